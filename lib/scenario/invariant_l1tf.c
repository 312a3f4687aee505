/*
 * invariant_l1tf.c - entries that are not present, on processors with L1TF: these read the L1 data
 * cache by the address in such an entry, whoever may; XSA-273; asm/shadow.h, pv_l1tf_check_pte, and
 * spec_ctrl.c, l1tf_calculations.
 *
 * An entry is safe if its address is 0, or above whatever may be cached.  Above level 1 PS is not
 * safe with any address: the processor takes low bits of it as well.
 *
 * Model: the L1 data cache has addresses of 46 bits, as it has in all processors of the table that
 * are vulnerable (Sandy Bridge and later), whatever CPUID says.  What may be cached ends where RAM
 * does, where CPUID's addresses do if those are narrower, else with their third quarter.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "analysis/frame_map.h"
#include "base/bits.h"
#include "scenario/invariant.h"

#define L1D_BITS 46u

struct leaking {
    struct holding *h;
    struct frame_half own, *seen; /* Tables, by level. */
    struct machine_tables tables;
    uint64_t safe; /* From this address on. */
};

static uint64_t safe_from(const struct xenpt_machine *m)
{
    unsigned int bits = m->processor->cpu.maxphyaddr;
    uint64_t ram = m->max_frame << XENPT_PAGE_SHIFT;
    uint64_t guess = L1D_BITS > bits ? XENPT_BIT(bits) : UINT64_C(3) << (bits - 2);

    return ram > guess ? ram : guess;
}

static bool leaks(const struct leaking *l, unsigned int level, uint64_t entry)
{
    uint64_t address = entry & ones(L1D_BITS) & ~ones(XENPT_PAGE_SHIFT);

    if (entry & ENTRY_P || !entry)
        return false;
    return (level > 1 && entry & ENTRY_PS) || (address && address < l->safe);
}

/* Not through linear entries: what these lead to is met at its own level. */
static bool is_below(const struct leaking *l, unsigned int level, uint64_t entry)
{
    const struct xenpt_paging *pg = &l->h->c->paging;

    return xenpt_entry_role(pg, level, entry) == XENPT_TABLE &&
           machine_tables_level(&l->tables,
                                xenpt_entry_target(pg, level, entry) >> XENPT_PAGE_SHIFT) < level;
}

static bool go_down(struct leaking *l, uint64_t table, unsigned int level, uint64_t in)
{
    const struct xenpt_paging *pg = &l->h->c->paging;
    uint64_t entries[ENTRIES];
    bool fresh = false;

    if (!frame_set_add(l->seen, table | level, &fresh)) {
        l->h->lost = true;
        return false;
    }
    /* A root is copied anew in each context. */
    if ((!fresh && level < pg->format.top) ||
        !xenpt_read(l->h->w->view->mem, table, entries, sizeof(entries)))
        return true;
    for (unsigned int i = 0; i < ENTRIES; i++) {
        uint64_t entry = entries[i], to;

        if (!entry)
            continue;
        to = invariant_address(pg, level, in, i);
        if (leaks(l, level, entry))
            return invariant_wrong(l->h, to,
                                   world_text(l->h->w,
                                              "the L%u entry of 0x%" PRIx64
                                              " is not present, and 0x%016" PRIx64
                                              ": addresses below 0x%" PRIx64 " leak",
                                              level, to, entry, l->safe));
        if (level > 1 && is_below(l, level, entry) &&
            !go_down(l, xenpt_entry_target(pg, level, entry), level - 1, to))
            return false;
    }
    return true;
}

/* Whom Xen trusts (pv-l1tf=no-dom0, its default) a run does not hold to it. */
static bool is_trusted(const struct holding *h)
{
    struct invariant_vcpu at;

    return h->w->trusting && invariant_vcpu(h, &at) &&
           h->w->machine->domains[at.domain].desc->privileged;
}

bool invariant_l1tf(struct holding *h)
{
    struct leaking l = { .h = h, .safe = safe_from(h->w->machine) };

    if (!h->w->machine->processor->l1tf || !invariant_context(h) || h->c->has_second ||
        is_trusted(h))
        return true;
    if (!machine_tables_find(h->w, &l.tables)) {
        h->lost = true;
        return false;
    }
    l.seen = invariant_seen(h, LOOKED_L1TF, &l.own);
    go_down(&l, h->c->paging.root, h->c->paging.format.top, 0);
    machine_tables_fini(&l.tables);
    free(l.own.slot);
    return !h->lost;
}
