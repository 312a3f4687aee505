/*
 * naive.h - what one writes first: a walker and an enumerator over segments, one entry at a
 * time.  The reference that every ratio of the benchmarks is taken against.
 */
#ifndef XENPT_BENCH_NAIVE_H
#define XENPT_BENCH_NAIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A stretch of physical memory, and where its bytes are. */
struct segment {
    uint64_t first, size;
    const uint8_t *bytes;
};

struct naive_memory {
    const struct segment *segment; /* Sorted. */
    size_t nr;
};

struct naive_translation {
    uint64_t out, size;
    unsigned int level;
    bool write, execute, user;
    int fault; /* 0: none. */
};

/* A checked 4-level walk of a user write. */
int naive_walk(const struct naive_memory *mem, uint64_t cr3, unsigned int maxphyaddr, uint64_t va,
               struct naive_translation *ret);

/* Every leaf of a 4-level tree, with its effective rights. */
void naive_enumerate(const struct naive_memory *mem, uint64_t cr3,
                     void (*leaf)(void *ctx, uint64_t va, uint64_t out, uint64_t size,
                                  uint64_t rights),
                     void *ctx);

#endif
