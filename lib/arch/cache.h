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
    uint64_t tag;         /* in >> region_shift(); NO_REGION: nothing is kept here. */
    uint64_t base;        /* The L1 table's machine address, or the first byte of the region. */
    uint64_t granted;     /* By all levels above L1, or by all there are. */
    const uint8_t *bytes; /* The table, where it is held in one piece; else NULL, or... */
};

/* ...this: there is no table, the region lies in one larger page. */
extern const uint8_t region_is_page[1];

struct xenpt_cache {
    size_t nr;             /* Regions of each stage, a power of two. */
    struct region *first;  /* By guest-virtual address. */
    struct region *second; /* By guest-physical address. */
};

/* No address has this tag: regions are numbered by addresses shifted to the right. */
#define NO_REGION (~UINT64_C(0))

static always_inline unsigned int region_shift(const struct xenpt_format *shape)
{
    return shape->level[1].shift + (unsigned int)shape->level[1].bits;
}

/*
 * Where a region is kept, if it is.  Neighbours go to neighbours, which share cache lines, and
 * do not push each other out; the shift spreads what is a multiple of the cache's size apart.
 */
static always_inline struct region *region_at(struct region *regions, size_t nr, uint64_t tag)
{
    return &regions[(tag ^ tag >> 10) & (nr - 1)];
}

/* Where the L1 entry of `in` is held, in a region with a table that is in one piece. */
static always_inline const uint8_t *region_entry(const struct xenpt_format *shape,
                                                 const struct region *r, uint64_t in)
{
    return r->bytes + slot_of(&shape->level[1], in) * shape->entry_size;
}

/*
 * The rights that the page's own second-stage walk has to grant, for what the guest's walk
 * has granted.  A guest without paging has user-mode addresses only.
 */
static always_inline uint64_t need_final(const struct xenpt_format *guest_shape,
                                         const struct xenpt_paging *guest,
                                         const struct xenpt_paging *second,
                                         enum xenpt_access_kind kind, uint64_t guest_granted)
{
    const uint64_t *right = second->format.right;
    bool user_address = !guest_shape->top || guest_granted & guest->format.right[XENPT_U];

    if (kind == XENPT_FETCH)
        return right[user_address ? XENPT_XU : XENPT_XS];
    return right[kind == XENPT_WRITE ? XENPT_W : XENPT_R];
}

#endif
