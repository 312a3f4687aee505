/* audit.c - what has to be so in page tables, asked of memory: rows, and all roots in turn. */
#include "xenpt/audit.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/audit.h"

/* clang-format off */
static const struct xenpt_audit_row rows[XENPT_NR_AUDITS] = {
    [XENPT_AUDIT_TABLES] = { "tables-read-only", "I1",
        "No page that a guest can write is a page table that some root leads to, or in a GDT or LDT of a PV guest's.",
        "Tables that no root leads to at the moment. What an HVM guest pages by itself is memory like other memory of its.",
        "arch/x86/mm.c, get_page_type, 4.17; XSA-148, 182, 185, 224, 234, 401" },
    [XENPT_AUDIT_MEMORY] = { "own-memory", "I2",
        "No entry of a guest's, and none of its physical memory, leads to memory of Xen's, or to a table of another domain's.",
        "Frames of other domains that are no tables, free ones, and of Xen's heap those that Xen maps nowhere but in its "
        "directmap: whose they are only the frametable says.",
        "arch/x86/mm.c, get_page_from_l1e, 4.17; XSA-148, 218, 248, 384" },
    [XENPT_AUDIT_SLOTS] = { "xen-slots", "I3",
        "What is Xen's of a root's slots is as Xen makes it: as in its own root, with the flags that the layout says.",
        "In Xen's own root and XPTI's, slots that are filled as is needed; of areas that depend on a build or a guest's "
        "wishes, whether they are there.",
        "arch/x86/pv/mm.h and x86_64/mm.c, init_xen_l4_slots, 4.17; XSA-64, 212, 243" },
    [XENPT_AUDIT_LINEAR] = { "linear-tables", "I4",
        "Linear entries of PV guests lead to tables of the same level and domain, read-only, one deep.",
        "pv-linear-pt=no, which no table tells of; the depth that Xen counts, of tables that no root leads to.",
        "arch/x86/mm.c, get_l4_linear_pagetable, 4.17; XSA-182, 185, 240, 280, 309" },
    [XENPT_AUDIT_COUNTS] = { "counts", "I5",
        "Xen counts as many references to each frame as there are, and as what they are.",
        "All of it.", "arch/x86/include/asm/mm.h, struct page_info, 4.17" },
    [XENPT_AUDIT_FLUSHED] = { "flushed", "I6",
        "Nothing that a CPU remembers is used where Xen had to drop it.",
        "All of it.", "XSA-286, 401" },
    [XENPT_AUDIT_M2P] = { "m2p", "I7",
        "The machine-to-physical table has, of each frame that is RAM of a guest under a second stage, the number by which it is "
        "reached there.",
        "PV guests, of whose frames it says what they tell it; frames that it has a number of, and nobody has.",
        "arch/x86/mm/p2m.c, 4.17; XSA-22, 379, 389" },
    [XENPT_AUDIT_LEGAL] = { "legal-entries", "I9",
        "No present entry has a reserved bit set, or is misconfigured.",
        "Tables of HVM guests' own; bits above the processor's width of addresses, unless --maxphyaddr says it.",
        "SDM vol. 3, 4.7 and 29.3.3.1; XSA-173, 176, 388" },
};
/* clang-format on */

const struct xenpt_audit_row *xenpt_audit_row(enum xenpt_audit_invariant which)
{
    return &rows[which];
}

/* --- Findings ------------------------------------------------------------------------------ */

static void tell(struct auditing *a, enum xenpt_audit_invariant which)
{
    if (!a->held[which].why)
        return;
    a->held[which].why = NULL;
    if (!a->stopped) {
        a->results[which].findings++;
        a->stopped = !a->fn(a->ctx, &a->held[which].finding);
    }
}

void audit_flush(struct auditing *a)
{
    for (unsigned int i = 0; i < XENPT_NR_AUDITS; i++)
        tell(a, (enum xenpt_audit_invariant)i);
}

void audit_found(struct auditing *a, enum xenpt_audit_invariant which, const struct audit_entry *e,
                 uint64_t maddr, const char *why, const char *fmt, ...)
{
    struct xenpt_audit_finding *f = &a->held[which].finding;
    uint64_t at = e->table + e->nr * sizeof(uint64_t);
    va_list args;

    if (a->held[which].why && !strcmp(a->held[which].why, why) &&
        at == f->at + f->nr * sizeof(uint64_t) && f->context == e->root->context) {
        f->nr++;
        return;
    }
    tell(a, which);
    a->held[which].why = why;
    *f = (struct xenpt_audit_finding){
        .which = which,
        .context = e->root->context,
        .in = e->in,
        .level = e->level,
        .at = at,
        .entry = e->entry,
        .nr = 1,
        .maddr = maddr,
    };
    va_start(args, fmt);
    vsnprintf(f->text, sizeof(f->text), fmt, args);
    va_end(args);
}

/* --- What can be judged -------------------------------------------------------------------- */

size_t audit_domain(const struct auditing *a, const struct xenpt_audit_root *root)
{
    size_t i = 0, own = (size_t)(root - a->facts->roots);

    while (i < own && (!*root->context->domain ||
                       strcmp(a->facts->roots[i].context->domain, root->context->domain) != 0))
        i++;
    return i;
}

static bool has_part(const struct xenpt_audit_facts *o, unsigned int parts)
{
    for (size_t i = 0; i < o->nr_roots; i++)
        if (parts >> o->roots[i].part & 1)
            return true;
    return false;
}

static bool has_slots(const struct xenpt_audit_facts *o)
{
    for (size_t i = 0; i < o->nr_roots; i++)
        if (o->roots[i].slots)
            return true;
    return false;
}

static uint32_t number_of_xen(const struct xenpt_owners *owners)
{
    for (size_t i = 0; owners && i < owners->nr_names; i++)
        if (!strcmp(owners->names[i], "xen"))
            return (uint32_t)i;
    return UINT32_MAX;
}

static const char *why_not(const struct auditing *a, enum xenpt_audit_invariant which)
{
    const unsigned int memory = 1u << XENPT_AUDIT_OF_MEMORY;
    const unsigned int guests = 1u << XENPT_AUDIT_OF_GUEST | 1u << XENPT_AUDIT_OF_SHADOW | memory;
    const struct xenpt_audit_facts *o = a->facts;

    switch (which) {
    case XENPT_AUDIT_TABLES:
        return has_part(o, guests) ? NULL : "there is no guest's root";
    case XENPT_AUDIT_MEMORY:
        if (!has_part(o, guests))
            return "there is no guest's root";
        return a->xen != UINT32_MAX ? NULL : "nothing says which memory is Xen's";
    case XENPT_AUDIT_SLOTS:
        return has_slots(o) ? NULL : "no root has slots that are known";
    case XENPT_AUDIT_LINEAR:
        return has_part(o, 1u << XENPT_AUDIT_OF_GUEST) ? NULL : "there is no PV guest's root";
    case XENPT_AUDIT_COUNTS:
        return "counts are in the frametable, and no page table says them";
    case XENPT_AUDIT_FLUSHED:
        return "no memory has what a CPU remembers";
    case XENPT_AUDIT_M2P:
        if (!has_part(o, memory))
            return "there is no second stage";
        return o->m2p ? NULL : "where the machine-to-physical table is, is not known";
    default:
        return NULL;
    }
}

static void begin(struct auditing *a)
{
    for (unsigned int i = 0; i < XENPT_NR_AUDITS; i++) {
        struct xenpt_audit_result *r = &a->results[i];

        *r = (struct xenpt_audit_result){ .asked = !a->which || a->which >> i & 1 };
        if (!r->asked)
            continue;
        r->why_not = why_not(a, (enum xenpt_audit_invariant)i);
        r->judged = !r->why_not;
    }
}

static void end(struct auditing *a)
{
    struct xenpt_audit_result *m2p = &a->results[XENPT_AUDIT_M2P];

    if (m2p->judged && !m2p->looked) {
        m2p->judged = false;
        m2p->why_not = m2p->unread ? "the machine-to-physical table is not in this memory"
                                   : "no second stage leads to RAM";
    }
    for (unsigned int i = 0; i < XENPT_NR_AUDITS; i++)
        if (!a->results[i].judged)
            a->results[i].looked = a->results[i].unread = 0;
}

enum xenpt_code xenpt_audit(const struct xenpt_view *view, const struct xenpt_audit_facts *facts,
                            unsigned int which, xenpt_audit_fn fn, void *ctx,
                            struct xenpt_audit_result results[XENPT_NR_AUDITS],
                            struct xenpt_error *err)
{
    struct auditing a = {
        .view = view, .facts = facts, .which = which, .results = results, .fn = fn, .ctx = ctx
    };

    a.xen = number_of_xen(facts->owners);
    begin(&a);
    a.no_memory = !audit_tables(&a);
    for (size_t i = 0; i < facts->nr_roots && !a.no_memory && !a.stopped; i++)
        audit_root(&a, &facts->roots[i]);
    end(&a);
    free(a.tables.slot);
    free(a.seen.slot);
    free(a.list);
    if (a.no_memory)
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for an audit");
    return a.stopped ? xenpt_fail(err, XENPT_ESTOPPED, "stopped at a finding") : XENPT_OK;
}
