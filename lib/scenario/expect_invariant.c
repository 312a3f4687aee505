/* expect_invariant.c - expectations: what has to be so in every context, whatever happened. */
#include <inttypes.h>
#include <string.h>

#include "scenario/machine_tables.h"
#include "scenario/tables.h"
#include "scenario/verbs.h"
#include "xen/internal.h"
#include "xen/owner.h"
#include "xen/view.h"
#include "xenpt/map.h"

/* A context that is gone through, and what was met first. */
struct holding {
    struct world *w;
    const struct xenpt_context *c;
    struct machine_tables tables;
    const char *found; /* NULL: nothing is wrong. */
    uint64_t in;       /* Where. */
    bool lost;         /* No memory. */
};

static bool wrong(struct holding *h, uint64_t in, const char *found)
{
    h->found = found;
    h->in = in;
    h->lost |= !found;
    return false;
}

/* Whether what executes there at its privilege level can use such an address. */
static bool can_use(const struct holding *h, const struct xenpt_map_range *range)
{
    return !h->c->has_cpu || h->c->cpl < 3 || range->rights & 1u << XENPT_U;
}

static uint64_t first_frame(const struct xenpt_map_range *range)
{
    return range->maddr >> XENPT_PAGE_SHIFT;
}

static uint64_t last_frame(const struct xenpt_map_range *range)
{
    return (range->maddr + (range->repeated ? 0 : range->last - range->first)) >> XENPT_PAGE_SHIFT;
}

static uint64_t address_of(const struct xenpt_map_range *range, uint64_t frame)
{
    return range->first + ((frame - first_frame(range)) << XENPT_PAGE_SHIFT);
}

static bool go_through(struct holding *h, bool (*fn)(void *ctx, const struct xenpt_map_range *r),
                       struct xenpt_map_options opt)
{
    enum xenpt_code code;

    opt.last = context_last_address(h->w, h->c);
    opt.unfold = true;
    opt.limit = UINT64_C(64) << 20;
    code = xenpt_map(h->w->view, h->c, &opt, fn, h, NULL, &h->w->problem);
    return !h->lost && (!code || code == XENPT_ESTOPPED);
}

/* --- Tables are not written to ------------------------------------------------------------- */

static bool writable(void *ctx, const struct xenpt_map_range *range)
{
    struct holding *h = ctx;
    uint64_t frame;

    if (!can_use(h, range) ||
        !machine_tables_meet(&h->tables, first_frame(range), last_frame(range), &frame))
        return true;
    return wrong(h, address_of(range, frame),
                 world_text(h->w,
                            "0x%" PRIx64 " leads to a page table, mfn 0x%" PRIx64
                            ", and can be written",
                            address_of(range, frame), frame));
}

static bool hold_tables(struct holding *h)
{
    struct xenpt_map_options opt = { .kinds = 1u << XENPT_MAP_PAGES, .writable = true };
    bool ok;

    if (!machine_tables_find(h->w, &h->tables))
        return false;
    ok = go_through(h, writable, opt);
    machine_tables_fini(&h->tables);
    return ok;
}

/* --- Memory of one's own ------------------------------------------------------------------- */

/* How many frames from this one on are of the same extent of a domain's memory. */
static uint64_t run_of(const struct domain *d, uint64_t frame)
{
    for (size_t i = 0; i < d->nr_memory; i++)
        if (frame >= d->memory[i].first && frame - d->memory[i].first < d->memory[i].nr)
            return d->memory[i].nr - (frame - d->memory[i].first);
    return 1;
}

static bool others(void *ctx, const struct xenpt_map_range *range)
{
    struct holding *h = ctx;
    const struct xenpt_machine *m = h->w->machine;
    uint64_t last = last_frame(range);

    if (!can_use(h, range))
        return true;
    for (uint64_t frame = first_frame(range), n; frame <= last; frame += n) {
        uint32_t domain = 0;
        enum owner owner = frame_owner(m, frame, &domain);
        const struct domain *d = owner == OWNER_DOMAIN ? &m->domains[domain] : NULL;

        n = d ? run_of(d, frame) : 1;
        if (d ? !strcmp(d->name, h->c->domain) : owner != OWNER_FREE)
            continue;
        return wrong(h, address_of(range, frame),
                     world_text(h->w, "0x%" PRIx64 " leads to mfn 0x%" PRIx64 ", which is %s",
                                address_of(range, frame), frame, d ? d->name : "free"));
    }
    return true;
}

static bool hold_memory(struct holding *h)
{
    return go_through(h, others, (struct xenpt_map_options){ .kinds = 1u << XENPT_MAP_PAGES });
}

/* --- Xen's slots --------------------------------------------------------------------------- */

/* What the view knows of a context; NULL: it is a CPU's, another one over again. */
static const struct context_of *of_context(const struct holding *h)
{
    const struct machine_view *v = h->w->machine->view;

    for (size_t i = 0; i < v->nr; i++)
        if (!strcmp(v->contexts[i].name, h->c->name))
            return v->of[i].guest || v->of[i].p2m ? NULL : &v->of[i];
    return NULL;
}

/* What Xen puts into a slot of such a root; false: it is the guest's, or depends on the moment. */
static bool of_xen(const struct holding *h, const struct context_of *of, uint64_t root,
                   unsigned int nr, uint64_t *ret)
{
    const struct xenpt_machine *m = h->w->machine;
    uint64_t perdomain = of->domain ? of->domain->perdomain : NO_TABLE;
    xenpt_conditions when = of->when | (perdomain != NO_TABLE ? 1u << XENPT_IF_RAN_PV : 0);
    struct xenpt_layout_slot slot = xenpt_layout_slot(m->layout, of->kind, when, nr);
    uint64_t idle = entry_read(m, m->idle, nr);

    if (slot.guest || of->kind == XENPT_ROOT_XPTI || of->kind == XENPT_ROOT_IDLE ||
        (slot.area && !slot.table))
        return false;
    *ret = 0;
    if (!slot.area)
        return true;
    switch (slot.area->fill) {
    case XENPT_FILL_SELF:
        *ret = root | slot.table;
        return true;
    case XENPT_FILL_DOMAIN:
    case XENPT_FILL_MIRROR:
        *ret = perdomain == NO_TABLE ? 0 : perdomain | slot.table;
        return true;
    case XENPT_FILL_GUEST:
    case XENPT_FILL_SHADOW:
        return false;
    default:
        *ret = idle & ENTRY_P ? (idle & ENTRY_ADDR) | slot.table : 0;
        return slot.sharing == XENPT_SHARED_MACHINE && !m->options.highmem_start;
    }
}

static bool hold_slots(struct holding *h)
{
    const struct context_of *of = of_context(h);
    const uint64_t ignored = ENTRY_A | ENTRY_D;
    uint64_t root, entry, wanted;

    if (!of || h->c->has_second)
        return true;
    if (!table_root(h->w, h->c, &root))
        return false;
    for (unsigned int s = 0; !h->found && s < XENPT_ROOT_SLOTS; s++) {
        if (!of_xen(h, of, root, s, &wanted))
            continue;
        if (!table_entry(h->w, h->c, root, s, &entry))
            return false;
        if ((entry ^ wanted) & ~ignored)
            wrong(h, xenpt_layout_slot_first(h->w->machine->layout, s),
                  world_text(h->w, "slot %u has 0x%016" PRIx64 ", and Xen's is 0x%016" PRIx64, s,
                             entry, wanted));
    }
    return !h->lost;
}

/* --- Legal entries ------------------------------------------------------------------------- */

static bool malformed(void *ctx, const struct xenpt_map_range *range)
{
    struct holding *h = ctx;
    const struct xenpt_map_leaf *leaf = range->second.level ? &range->second : &range->leaf;

    return wrong(h, range->first,
                 world_text(h->w, "the L%u entry of 0x%" PRIx64 " is not legal: 0x%016" PRIx64,
                            leaf->level, range->first, leaf->entry));
}

static bool hold_legal(struct holding *h)
{
    return go_through(h, malformed,
                      (struct xenpt_map_options){ .kinds = 1u << XENPT_MAP_MALFORMED });
}

/* --- The row ------------------------------------------------------------------------------- */

enum invariant {
    TABLES_READ_ONLY,
    OWN_MEMORY,
    XEN_SLOTS,
    LEGAL_ENTRIES,
    NR_INVARIANTS,
};

/* clang-format off */
static const struct xenpt_word names[NR_INVARIANTS] = {
    [TABLES_READ_ONLY] = { "tables-read-only", "no address that can be written leads to a page table "
        "that a processor reads" },
    [OWN_MEMORY] = { "own-memory", "no address leads to memory of another domain, or to free memory" },
    [XEN_SLOTS] = { "xen-slots", "what is Xen's of the root table is as Xen made it" },
    [LEGAL_ENTRIES] = { "legal-entries", "no present entry has a reserved bit set, or is misconfigured" },
};
/* clang-format on */
static const struct words name_words = { names, NR_INVARIANTS, NULL, 0 };

static bool (*const holds[NR_INVARIANTS])(struct holding *h) = {
    [TABLES_READ_ONLY] = hold_tables,
    [OWN_MEMORY] = hold_memory,
    [XEN_SLOTS] = hold_slots,
    [LEGAL_ENTRIES] = hold_legal,
};

struct invariant_args {
    struct check_head head;
    uint32_t which;
};

static enum checked check(struct world *w, const void *args, const struct xenpt_context *c,
                          struct finding *ret)
{
    const struct invariant_args *a = args;
    struct holding h = { .w = w, .c = c };

    if (!world_view(w) || !holds[a->which](&h))
        return CHECK_CANNOT;
    if (ret->tell) {
        ret->expected = names[a->which].text;
        ret->found = h.found ? h.found : "it is so";
        ret->walks[0] = h.found ? show_walk(w, c, h.in) : NULL;
        ret->nr_walks = ret->walks[0] != NULL;
    }
    return h.found ? CHECK_FAILED : CHECK_HELD;
}

/* clang-format off */
static const struct row rows[] = {
    { .key = "invariant", .type = ROW_ONE, ROW_AT(invariant_args, which), .words = &name_words,
      .required = true, .text = "What must be so." },
    IN_ROW,
    CHECK_ROWS,
};

const struct verb verb_invariant = {
    .record = VERB("invariant", "Something that has to be so in a context, whatever happened: of all "
                "of its addresses.", rows),
    .example = "{ invariant: tables-read-only, in: every guest context }",
    .size = sizeof(struct invariant_args), .check = check,
};
/* clang-format on */
