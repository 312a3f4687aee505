/*
 * block.c - see block.h.
 *
 * Not from a heap: each time that a block grows, the smaller one would stay behind there as a gap,
 * and gaps be more than what is in use.
 */
#define _GNU_SOURCE
#include "mem/block.h"

#include <sys/mman.h>

#define LARGE ((size_t)2 << 20)

static uint8_t *map(size_t size)
{
    void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    return at == MAP_FAILED ? NULL : at;
}

/* Slots are half of a block; many are looked at in random places: on large pages. */
uint8_t *block_new(unsigned int order)
{
    size_t size = block_size(order), before;
    uint8_t *block;

    if (size / 2 < LARGE)
        return map(size);
    block = map(size + LARGE);
    if (!block)
        return NULL;
    before = -(uintptr_t)block & (LARGE - 1);
    if (before)
        munmap(block, before);
    munmap(block + before + size, LARGE - before);
    block += before;
    madvise(block + size / 2, size / 2, MADV_HUGEPAGE);
    return block;
}

void block_free(uint8_t *block, unsigned int order)
{
    munmap(block, block_size(order));
}

void block_cut(uint8_t *block, unsigned int was, unsigned int order)
{
    munmap(block + block_size(order), block_size(was) - block_size(order));
}
