/*
 * who_list.c - each way from a root down to a piece of memory, in the order of addresses.
 *
 * Only nodes that were touched on the way up are gone into, so that no way is gone in vain.
 */
#include "analysis/who.h"

#include "base/bits.h"

struct listing {
    const struct who_climb *c;
    const struct xenpt_paging *pg;
    who_piece_fn fn;
    void *ctx;
};

/* What has been gone through from the root on. */
struct way {
    uint64_t in, granted;
};

static bool list_page(const struct listing *l, uint64_t at, unsigned int level, uint64_t entry,
                      const struct way *way)
{
    uint64_t out = xenpt_entry_target(l->pg, level, entry);
    uint64_t end = out + ones(l->pg->format.level[level].shift);
    uint64_t first = max_u64(out, l->c->first), last = min_u64(end, l->c->last);
    struct who_piece p = {
        .in = who_address(l->c->space, way->in + (first - out)),
        .out = first,
        .size = last - first + 1,
        .granted = way->granted,
        .at = at,
        .entry = entry,
        .level = (uint8_t)level,
    };

    return out > l->c->last || end < l->c->first || l->fn(l->ctx, &p);
}

/* By the level, which falls with each call: no deeper than a tree is high. */
static bool list_node(const struct listing *l, uint32_t node, const struct way *way)
{
    const struct who_space *s = l->c->space;
    const struct xenpt_format *f = &l->pg->format;
    uint64_t base = s->nodes[node].base, copy[WHO_ENTRIES];
    unsigned int level = s->nodes[node].level, nr;
    const uint64_t *entry = who_table(s, base, level, copy, &nr);

    for (unsigned int i = 0; entry && i < nr; i++) {
        struct way below = {
            way->in + ((uint64_t)i << f->level[level].shift),
            way->granted & (((entry[i] ^ f->inverted) | f->level[level].silent) & s->rights),
        };
        enum xenpt_role role = entry[i] ? xenpt_entry_role(l->pg, level, entry[i]) : XENPT_HOLE;
        uint32_t to = role == XENPT_TABLE
                          ? who_node_find(s, who_target(s, level, entry[i]), level - 1u)
                          : WHO_NONE;

        if (role == XENPT_PAGE &&
            !list_page(l, base + (uint64_t)i * f->entry_size, level, entry[i], &below))
            return false;
        if (to != WHO_NONE && who_climb_states(l->c, to) != WHO_NONE && !list_node(l, to, &below))
            return false;
    }
    return true;
}

bool who_list(const struct who_climb *c, uint32_t root, who_piece_fn fn, void *ctx)
{
    struct listing l = { c, c->space->pg, fn, ctx };

    return who_climb_states(c, root) == WHO_NONE ||
           list_node(&l, root, &(struct way){ 0, c->space->rights });
}
