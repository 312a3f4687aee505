/*
 * pool.h - host memory for the pages of a store: one stretch of address space, filled from
 * its beginning.
 *
 * Address space is reserved once, so that pages never move, and costs nothing; memory is the
 * host's until a page is first touched.  Where 512 pages in a row are in use the host is asked
 * for one large page in their stead, which halves the time of a walk through many tables and
 * spares the host's own page tables; not before, for then it would pay for all 512 at once.
 */
#ifndef XENPT_MEM_POOL_H
#define XENPT_MEM_POOL_H

#include "xenpt/types.h"

struct pool {
    uint8_t *base;      /* Aligned to a large page. */
    void *reserved;     /* What the host gave... */
    size_t size;        /* ...and how much of it. */
    unsigned int order; /* log2 of the pages that there is address space for. */
    unsigned int open;  /* log2 of the pages that may be touched. */
    uint64_t touched;   /* Pages that cost host memory. */
    uint64_t large;     /* Large pages, from the beginning. */
};

/* False: no address space. */
bool pool_init(struct pool *ret);
void pool_fini(struct pool *pool);

/* Lets 2^order pages be touched.  False: the host does not. */
bool pool_open(struct pool *pool, unsigned int order);

/* Readies the page behind `used` others, all zeros. */
uint8_t *pool_extend(struct pool *pool, uint64_t used);
/* Gives back what lies behind `used` pages, once it is worth the call. */
void pool_shrink(struct pool *pool, uint64_t used);

#endif
