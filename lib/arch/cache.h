/*
 * cache.h - memory of walks done before: where a region's L1 table is, or the larger page
 * that holds all of it, and what the levels above grant.
 *
 * A region is what one L1 table maps: 2 MiB, or 4 MiB in the 2-level format.  Only what the
 * plain way found is kept, so whatever has to be refused is always found by a full walk.
 */
#ifndef XENPT_ARCH_CACHE_H
#define XENPT_ARCH_CACHE_H

#include "arch/walk_core.h"
#include "xenpt/nested.h"

struct region {
    uint64_t tag;     /* in >> region_shift(); NO_REGION: nothing is kept here. */
    uint64_t base;    /* The L1 table's machine address, or the first byte of the region. */
    uint64_t granted; /* By all levels above L1, or by all there are. */
    bool page;        /* The region lies in one larger page. */
};

struct xenpt_cache {
    unsigned int order;    /* 2^order regions for each stage. */
    struct region *first;  /* By guest-virtual address. */
    struct region *second; /* By guest-physical address. */
};

/* No address has this tag: regions are numbered by addresses shifted to the right. */
#define NO_REGION (~UINT64_C(0))

static always_inline unsigned int region_shift(const struct xenpt_format *shape)
{
    return shape->level[1].shift + (unsigned int)shape->level[1].bits;
}

/* Where a region is kept, if it is.  Neighbours go to neighbours; the multiplier spreads the
 * rest (Fibonacci hashing, Knuth vol. 3, 6.4). */
static always_inline struct region *region_at(struct region *regions, unsigned int order,
                                              uint64_t tag)
{
    return &regions[(tag * UINT64_C(0x9e3779b97f4a7c15)) >> (64 - order)];
}

#endif
