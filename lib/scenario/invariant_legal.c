/*
 * invariant_legal.c - entries that no processor accepts: reserved bits, EPT misconfigurations.
 *
 * With one stage each table is looked at once at each level; with two, as what maps it is.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "base/bits.h"
#include "scenario/invariant.h"
#include "xenpt/map.h"

/* p2m-ept.c, ept_invalidate_emt: a memory type that there is not has the processor ask Xen. */
#define EPT_ASKS 7u

static bool asks(const struct xenpt_paging *pg, uint64_t entry)
{
    return pg->format.present != ENTRY_P && (entry >> 3 & 7) == EPT_ASKS;
}

static bool wrong(struct holding *h, unsigned int level, uint64_t in, uint64_t entry)
{
    return invariant_wrong(h, in,
                           world_text(h->w,
                                      "the L%u entry of 0x%" PRIx64 " is not legal: 0x%016" PRIx64,
                                      level, in, entry));
}

/* --- One stage ----------------------------------------------------------------------------- */

static bool go_down(struct holding *h, struct frame_half *seen, uint64_t table, unsigned int level,
                    uint64_t in)
{
    const struct xenpt_paging *pg = &h->c->paging;
    unsigned int n = 1u << pg->format.level[level].bits;
    uint64_t entries[ENTRIES];
    bool fresh = false;

    if (!frame_set_add(seen, table | level, &fresh)) {
        h->lost = true;
        return false;
    }
    /* A root is copied anew in each context. */
    if ((!fresh && level < pg->format.top) ||
        !xenpt_read(h->w->view->mem, table, entries, n * sizeof(entries[0])))
        return true;
    for (unsigned int i = 0; i < n; i++) {
        enum xenpt_role role = XENPT_HOLE;

        if (entries[i] & pg->format.present)
            role = xenpt_entry_role(pg, level, entries[i]);
        if (role == XENPT_MALFORMED && !asks(pg, entries[i]))
            return wrong(h, level, invariant_address(pg, level, in, i), entries[i]);
        if (role == XENPT_TABLE && !go_down(h, seen, xenpt_entry_target(pg, level, entries[i]),
                                            level - 1, invariant_address(pg, level, in, i)))
            return false;
    }
    return true;
}

/* --- Two ----------------------------------------------------------------------------------- */

static bool malformed(void *ctx, const struct xenpt_map_range *range)
{
    const struct xenpt_map_leaf *leaf = range->second.level ? &range->second : &range->leaf;
    struct holding *h = ctx;

    if (range->second.level && asks(&h->c->second, leaf->entry))
        return true;
    return wrong(h, leaf->level, range->first, leaf->entry);
}

static bool through_both(struct holding *h)
{
    struct xenpt_map_options opt = { .kinds = 1u << XENPT_MAP_MALFORMED };

    return invariant_go_through(h, malformed, opt);
}

bool invariant_legal(struct holding *h)
{
    const struct xenpt_format *f = &h->c->paging.format;
    struct frame_half own = { NULL, 0, 0 }, *seen = &own;

    if (h->c->has_second || f->entry_size != sizeof(uint64_t))
        return through_both(h);
    /* Guest-physical memory has a format of its own. */
    if (invariant_context(h))
        seen = invariant_seen(h, LOOKED_LEGAL, &own);
    go_down(h, seen, h->c->paging.root & ~ones(XENPT_PAGE_SHIFT), f->top, 0);
    free(own.slot);
    return !h->lost;
}
