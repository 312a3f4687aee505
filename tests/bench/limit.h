/*
 * limit.h - how fast it can be done by hand, for one format, one way of holding memory, and
 * with fewer checks than there should be.  The limit that a general engine is measured by.
 */
#ifndef XENPT_BENCH_LIMIT_H
#define XENPT_BENCH_LIMIT_H

#include <stddef.h>
#include <stdint.h>

struct limit_machine {
    const uint8_t *bytes; /* Physical memory from address 0 on. */
    uint64_t size;
    uint64_t cr3;
    uint64_t reserved; /* Address bits that must be 0. */
    uint64_t eptp;     /* Root of the EPT tables, for two stages. */
};

/* A 4-level walk: 0, or a fault.  `need`: bits that all levels must have. */
int limit_walk(const struct limit_machine *m, uint64_t va, uint64_t need, uint64_t not_needed,
               uint64_t *out, uint64_t *attributes);

/* A 4-level walk over 4-level EPT. */
int limit_walk2(const struct limit_machine *m, uint64_t va, uint64_t *out);

struct limit_counts {
    uint64_t tables, leaves, ranges, sum;
};

/* Every range of a 4-level tree: equal rights and G, frames in a row; nothing reserved is
 * checked.  Needs AVX2. */
struct limit_counts limit_scan(const struct limit_machine *m);

/* Entries of L1 tables under a 4-level root that map a frame.  Needs AVX2. */
uint64_t limit_find(const struct limit_machine *m, uint64_t frame);

#endif
