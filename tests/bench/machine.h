/*
 * machine.h - a machine of 16 TiB with page tables scattered in it, held in every way there
 * is to be compared.
 */
#ifndef XENPT_BENCH_MACHINE_H
#define XENPT_BENCH_MACHINE_H

#include "stores.h"
#include "xenpt/judge.h"
#include "xenpt/mem.h"

/* Pages of a tree: the L4 table, then all L3, all L2 and all L1 tables. */
struct machine {
    layout *frame_of;
    uint64_t nr_l1, nr_l2, nr_l3, nr;
    struct flat_store flat;
    struct radix_store radix;
    struct hash_store hash;
    uint8_t *pool;             /* The tables, side by side: radix and hash lead into it. */
    struct flat_store offsets; /* Tables that hold offsets: nothing to be found at all. */
    struct xenpt_store *ours;
    const void *index;
    struct xenpt_reader flat_reader;
    struct xenpt_paging paging;
    struct xenpt_ask ask;
    uint64_t *va, n, random;
};

/* Where a page of the tree is, in memory and where all are side by side. */
static inline uint64_t by_frame(const struct machine *m, uint64_t page)
{
    return m->frame_of(page) * PAGE;
}

static inline uint64_t by_offset(const struct machine *m, uint64_t page)
{
    (void)m;
    return (page + 1) * PAGE;
}

/* nr_l1: L1 tables, a power of two. */
void machine_init(struct machine *m, uint64_t nr_l1, layout *frame_of);
void machine_fini(struct machine *m);

/* Our own store alone, empty. */
void machine_our_store(struct machine *m);

/* What each of the stores costs a page, beside the page: printed, with the target. */
void measure_cost(uint64_t nr);

#endif
