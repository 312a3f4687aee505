/* frame_map.c - open hashes with linear probing; of a map, one for each direction. */
#include "analysis/frame_map.h"

#include <stdlib.h>

#include "base/bits.h"

#define FIRST_ORDER 8

/* Addresses are stored with a bit that none of them has, so that 0 is one as well. */
#define KEY(address) ((address) | XENPT_BIT(63))

static size_t scatter(uint64_t key, unsigned int order)
{
    return (size_t)((key * UINT64_C(0x9e3779b97f4a7c15)) >> (64 - order));
}

/* --- Numbers by address -------------------------------------------------------------------- */

/* The slot that has this key, or the free one where it belongs. */
static uint64_t *find(const struct frame_half *h, uint64_t key)
{
    size_t mask = ((size_t)1 << h->order) - 1, i = scatter(key, h->order);

    while (h->slot[2 * i] && h->slot[2 * i] != key)
        i = (i + 1) & mask;
    return &h->slot[2 * i];
}

/* Room for one more.  False: no memory. */
static bool reserve(struct frame_half *h)
{
    struct frame_half larger = { .order = h->order ? h->order + 1 : FIRST_ORDER };

    if (h->order && 2 * (h->nr + 1) <= (size_t)1 << h->order)
        return true;
    larger.slot = calloc((size_t)2 << larger.order, sizeof(*larger.slot));
    if (!larger.slot)
        return false;
    for (size_t i = 0; h->order && i < (size_t)1 << h->order; i++) {
        uint64_t *to;

        if (!h->slot[2 * i])
            continue;
        to = find(&larger, h->slot[2 * i]);
        to[0] = h->slot[2 * i];
        to[1] = h->slot[2 * i + 1];
    }
    larger.nr = h->nr;
    free(h->slot);
    *h = larger;
    return true;
}

uint64_t *frame_half_at(struct frame_half *half, uint64_t a, bool *fresh)
{
    uint64_t *slot;

    if (!reserve(half))
        return NULL;
    slot = find(half, KEY(a));
    *fresh = !slot[0];
    if (*fresh) {
        slot[0] = KEY(a);
        half->nr++;
    }
    return &slot[1];
}

const uint64_t *frame_half_find(const struct frame_half *half, uint64_t a)
{
    const uint64_t *slot = half->order ? find(half, KEY(a)) : NULL;

    return slot && slot[0] ? &slot[1] : NULL;
}

bool frame_set_add(struct frame_half *set, uint64_t a, bool *fresh)
{
    return frame_half_at(set, a, fresh) != NULL;
}

/* --- Frames -------------------------------------------------------------------------------- */

#define GROUP ((UINT64_C(16) << XENPT_PAGE_SHIFT) - 1)

static uint64_t bit_of(uint64_t a)
{
    return XENPT_BIT(a >> XENPT_PAGE_SHIFT & 15);
}

/* Slot after slot, from where the group of a frame is looked for; the last one is free. */
static struct frame_group *first_slot(const struct frame_groups *g, uint64_t a)
{
    return &g->slot[scatter(a & ~GROUP, g->order)];
}

static struct frame_group *next_slot(const struct frame_groups *g, struct frame_group *slot)
{
    return slot == g->slot + ones(g->order) ? g->slot : slot + 1;
}

/* What says of a frame to which other it corresponds; NULL: nothing does. */
static const struct frame_group *group_of(const struct frame_groups *g, uint64_t a)
{
    if (!g->order)
        return NULL;
    for (struct frame_group *at = first_slot(g, a); at->frames; at = next_slot(g, at))
        if (!((at->frames ^ a) & ~GROUP) && at->frames & bit_of(a))
            return at;
    return NULL;
}

/* There is room, and nothing says it yet. */
static void say(struct frame_groups *g, uint64_t a, uint64_t apart)
{
    struct frame_group *at = first_slot(g, a);

    for (; at->frames; at = next_slot(g, at))
        if (!((at->frames ^ a) & ~GROUP) && at->apart == apart) {
            at->frames |= bit_of(a);
            return;
        }
    *at = (struct frame_group){ (a & ~GROUP) | bit_of(a), apart };
    g->nr++;
}

/* Room for one more.  False: no memory. */
static bool room_for_group(struct frame_groups *g)
{
    struct frame_groups larger = { .order = g->order ? g->order + 1 : FIRST_ORDER };

    if (g->order && 2 * (g->nr + 1) <= (size_t)1 << g->order)
        return true;
    larger.slot = calloc((size_t)1 << larger.order, sizeof(*larger.slot));
    if (!larger.slot)
        return false;
    for (size_t i = 0; g->order && i <= ones(g->order); i++) {
        struct frame_group *to;

        if (!g->slot[i].frames)
            continue;
        to = first_slot(&larger, g->slot[i].frames);
        while (to->frames)
            to = next_slot(&larger, to);
        *to = g->slot[i];
    }
    larger.nr = g->nr;
    free(g->slot);
    *g = larger;
    return true;
}

void frame_map_fini(struct frame_map *map)
{
    free(map->there.slot);
    free(map->back.slot);
    *map = (struct frame_map){ 0 };
}

enum frame_match frame_map_match(struct frame_map *map, uint64_t a, uint64_t b)
{
    const struct frame_group *there = group_of(&map->there, a);

    /* Both ways were said at once, so that one tells of the other. */
    if (there)
        return there->apart == b - a ? FRAME_SAME : FRAME_OTHER;
    if (group_of(&map->back, b))
        return FRAME_OTHER;
    if (!room_for_group(&map->there) || !room_for_group(&map->back))
        return FRAME_NO_MEMORY;
    say(&map->there, a, b - a);
    say(&map->back, b, a - b);
    return FRAME_NEW;
}

bool frame_map_find(const struct frame_map *map, uint64_t a, uint64_t *ret)
{
    const struct frame_group *there = group_of(&map->there, a);

    if (there)
        *ret = a + there->apart;
    return there;
}
