/*
 * audit_links.c - what is asked of a root's slots, and of a guest's entries that lead to tables:
 * those of its own domain, and of their own level by Xen's rules for linear ones (mm.c,
 * get_l4_linear_pagetable and those of other levels, 4.17).
 */
#include <inttypes.h>
#include <string.h>

#include "analysis/audit.h"
#include "base/bits.h"

/* A and D, which a processor sets. */
#define A_D (XENPT_BIT(5) | XENPT_BIT(6))

/* --- I3 ------------------------------------------------------------------------------------ */

void audit_slot(struct auditing *a, const struct audit_entry *e)
{
    const struct xenpt_audit_slot *s = &e->root->slots[e->nr];
    const char *area = s->area ? s->area : "nothing";

    if (!s->known || !audit_asks(a, XENPT_AUDIT_SLOTS))
        return;
    a->results[XENPT_AUDIT_SLOTS].looked++;
    if (!((e->entry ^ s->entry) & ~A_D) || (s->may_lack && !e->entry))
        return;
    if (!s->entry)
        audit_found(a, XENPT_AUDIT_SLOTS, e, 0, "empty", "slot %u is for %s: it has to be empty",
                    e->nr, area);
    else
        audit_found(a, XENPT_AUDIT_SLOTS, e, 0, "slot",
                    "slot %u is for %s, and Xen's entry is 0x%016" PRIx64, e->nr, area, s->entry);
}

/* --- I4, and tables of two domains --------------------------------------------------------- */

/* Whether a slot of a table of this level is Xen's. */
static bool is_xens(const struct audit_entry *e, unsigned int nr)
{
    return e->level == e->pg->format.top && e->root->slots && !e->root->slots[nr].guest;
}

/* Whether a table has an entry to another of its level, or above. */
static bool leads_on(const struct auditing *a, const struct audit_entry *e, uint64_t table)
{
    uint8_t copy[XENPT_PAGE_SIZE] __attribute__((aligned(8)));
    const uint8_t *page = xenpt_read_page(a->view->mem, table, copy);

    for (unsigned int i = 0; page && i < AUDIT_ENTRIES; i++) {
        uint64_t entry, to;

        memcpy(&entry, page + i * sizeof(entry), sizeof(entry));
        if (is_xens(e, i) || xenpt_entry_role(e->pg, e->level, entry) != XENPT_TABLE)
            continue;
        to = xenpt_entry_target(e->pg, e->level, entry);
        if (to != table && audit_table_at(a, to).level >= e->level)
            return true;
    }
    return false;
}

/* Why Xen would not have let it be; NULL: it would. */
static const char *refused(const struct auditing *a, const struct audit_entry *e, uint64_t to,
                           size_t domain)
{
    struct audit_table t = audit_table_at(a, to);

    if (t.level != e->level)
        return "a table of a higher level";
    if (!t.guest || t.of != domain)
        return "a table of another domain";
    if (e->root->no_linear >> e->level & 1)
        return "a table of its own level, which this guest may not have there";
    if (e->entry & e->pg->format.right[XENPT_W] & ~e->pg->format.inverted)
        return "a table of its own level, and can be written through";
    if (to != e->table && leads_on(a, e, to))
        return "a table which leads to one more of its level";
    return NULL;
}

void audit_link(struct auditing *a, const struct audit_entry *e)
{
    uint64_t to = xenpt_entry_target(e->pg, e->level, e->entry);
    struct audit_table own = audit_table_at(a, e->table), t = audit_table_at(a, to);
    const struct xenpt_context *of;
    const char *why;

    /* Through a linear entry tables are met at a lower level than their own. */
    if (e->root->part != XENPT_AUDIT_OF_GUEST || !e->guest || own.level != e->level || !own.guest)
        return;
    of = a->facts->roots[t.of].context;
    if (t.level >= e->level) {
        a->results[XENPT_AUDIT_LINEAR].looked++;
        why = audit_asks(a, XENPT_AUDIT_LINEAR) ? refused(a, e, to, own.of) : NULL;
        if (why)
            audit_found(a, XENPT_AUDIT_LINEAR, e, to, why,
                        "slot %u of an L%u leads to mfn 0x%" PRIx64 ": %s", e->nr, e->level,
                        to >> XENPT_PAGE_SHIFT, why);
        return;
    }
    if (audit_asks(a, XENPT_AUDIT_MEMORY) && (!t.guest || t.of != own.of))
        audit_found(a, XENPT_AUDIT_MEMORY, e, to, "other",
                    "it leads to the table mfn 0x%" PRIx64 ", which is %s%s",
                    to >> XENPT_PAGE_SHIFT, t.guest ? "of " : "Xen's for ",
                    *of->domain ? of->domain : of->name);
}
