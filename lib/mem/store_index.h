/*
 * store_index.h - from a machine address to the page of a store that holds it, inline.
 *
 * The pages with content lie side by side in a pool, each in a place; a slot of a hash says
 * which place is whose.  A slot is one word,
 *
 *     place's offset in the pool  XOR  frame's address
 *
 * and a look is: take the frame's slot, XOR the address, and see whether that is in the pool.
 * For another frame that shares the slot it is not, so that a slot needs no key: the home
 * slot of a frame is
 *
 *     (low ^ mix(high)) & mask,    low, high: the frame number below and above `order` bits
 *
 * with 2^order slots.  Two frames with equal `high` never share a slot; with another `high`,
 * the XOR has a bit at or above 2^order pages, and the pool has fewer pages than that.  The
 * same makes an empty slot possible in one word: see EMPTY_SLOT in places.c.
 *
 * mix() is nothing for as long as that serves: neighbouring frames then lie in neighbouring
 * slots, and the way from an address to its slot is a shift and a mask.  Where frames are such
 * that too many want the same slot, it scatters them.
 *
 * A frame whose slot is another's, and one without content, is left to store_miss(): the former are
 * in a second hash, by their numbers, however many of them want one slot.
 */
#ifndef XENPT_MEM_STORE_INDEX_H
#define XENPT_MEM_STORE_INDEX_H

#include "base/bits.h"
#include "xenpt/types.h"

struct store_view;

struct store_index {
    uint64_t *slot;
    uint64_t mask; /* The number of slots - 1. */
    uint64_t span; /* Bytes that the pool has at most: `mask` pages. */
    const uint8_t *pool;
    const struct store_view *view; /* For store_miss(). */
    uint8_t order;                 /* log2 of the number of slots; at least 1. */
    bool mixed;                    /* Whether there is a mix(). */
};

/* Scatters numbers over 2^order ones, 0 to 0.  One multiplication would leave progressions. */
static always_inline uint64_t store_mix(uint64_t number, unsigned int order)
{
    const uint64_t odd = UINT64_C(0x9e3779b97f4a7c15);
    uint64_t mixed = number * odd;

    return (mixed ^ mixed >> 32) * odd >> (64 - order);
}

/* The home slot of a frame. */
static always_inline uint64_t store_home(const struct store_index *index, uint64_t frame)
{
    uint64_t home = frame;

    if (unlikely(index->mixed))
        home ^= store_mix(frame >> index->order, index->order);
    return home & index->mask;
}

/* Where its home slot leads `at` in the pool; elsewhere than in the pool: it is not its slot. */
static always_inline uint64_t store_offset(const struct store_index *index, uint64_t at)
{
    return index->slot[store_home(index, at >> XENPT_PAGE_SHIFT)] ^ at;
}

/* The bytes at `at`, in a page that its home slot leads to, or NULL: ask store_miss(). */
static always_inline const uint8_t *store_glance(const void *in, uint64_t at)
{
    const struct store_index *index = in;
    uint64_t offset = store_offset(index, at);

    return likely(offset < index->span) ? index->pool + offset : NULL;
}

/* The same for what store_glance() does not find: zeros where there is RAM without content. */
const uint8_t *store_miss(const struct store_index *index, uint64_t at);

/* The bytes at `at`, to the end of their page, or NULL where there is no RAM. */
static always_inline const uint8_t *store_at(const void *in, uint64_t at)
{
    const struct store_index *index = in;
    uint64_t offset = store_offset(index, at);

    /* Not by way of store_glance(): its result would be looked at a second time. */
    return likely(offset < index->span) ? index->pool + offset : store_miss(index, at);
}

#endif
