/* frame_map.c - numbers that correspond one to one: two open hashes, one for each direction. */
#include "analysis/frame_map.h"

#include <stdlib.h>

#include "base/bits.h"

#define FIRST_ORDER 8

/* Addresses are stored with a bit that none of them has, so that 0 is one as well. */
#define KEY(address) ((address) | XENPT_BIT(63))

static size_t home(const struct frame_half *h, uint64_t key)
{
    return (size_t)((key * UINT64_C(0x9e3779b97f4a7c15)) >> (64 - h->order));
}

/* The slot that has this key, or the free one where it belongs. */
static uint64_t *find(const struct frame_half *h, uint64_t key)
{
    size_t mask = ((size_t)1 << h->order) - 1, i = home(h, key);

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

void frame_map_fini(struct frame_map *map)
{
    free(map->there.slot);
    free(map->back.slot);
    *map = (struct frame_map){ 0 };
}

enum frame_match frame_map_match(struct frame_map *map, uint64_t a, uint64_t b)
{
    uint64_t *there, *back;

    if (!reserve(&map->there) || !reserve(&map->back))
        return FRAME_NO_MEMORY;
    there = find(&map->there, KEY(a));
    back = find(&map->back, KEY(b));
    if (there[0] || back[0])
        return there[0] && back[0] && there[1] == b && back[1] == a ? FRAME_SAME : FRAME_OTHER;
    there[0] = KEY(a);
    there[1] = b;
    back[0] = KEY(b);
    back[1] = a;
    map->there.nr++;
    map->back.nr++;
    return FRAME_NEW;
}

bool frame_map_find(const struct frame_map *map, uint64_t a, uint64_t *ret)
{
    const uint64_t *there = frame_half_find(&map->there, a);

    if (there)
        *ret = *there;
    return there;
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
