/*
 * store_index.h - from a machine address to the page of a store that holds it, inline.
 */
#ifndef XENPT_MEM_STORE_INDEX_H
#define XENPT_MEM_STORE_INDEX_H

#include "base/bits.h"
#include "xenpt/types.h"

/* Where one frame's content is; page is NULL in a slot that is free. */
struct store_slot {
    uint64_t frame;
    uint8_t *page;
};

/* Open addressing with linear probing; at most half of the slots are taken. */
struct store_index {
    struct store_slot *slot;
    unsigned int shift; /* 64 - log2 of the number of slots. */
    uint64_t mask;      /* The number of slots - 1. */
};

static always_inline uint64_t store_home(const struct store_index *index, uint64_t frame)
{
    return frame * UINT64_C(0x9e3779b97f4a7c15) >> index->shift;
}

/* Frames without content: zeros where there is RAM, else NULL. */
const uint8_t *store_bare(const struct store_index *index, uint64_t at);

/* The bytes at `at`, to the end of their page, or NULL where there is no RAM. */
static always_inline const uint8_t *store_at(const void *in, uint64_t at)
{
    const struct store_index *index = in;
    uint64_t frame = at >> XENPT_PAGE_SHIFT;

    for (uint64_t i = store_home(index, frame);; i = (i + 1) & index->mask) {
        const struct store_slot *slot = &index->slot[i];

        if (unlikely(!slot->page))
            return store_bare(index, at);
        if (likely(slot->frame == frame))
            return slot->page + (at & (XENPT_PAGE_SIZE - 1));
    }
}

#endif
