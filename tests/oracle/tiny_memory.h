/*
 * tiny_memory.h - a memory of a few dozen frames, and two readers of it: a flat one, and one
 * that is behind a call.
 */
#ifndef XENPT_TESTS_TINY_MEMORY_H
#define XENPT_TESTS_TINY_MEMORY_H

#include "oracle/oracle.h"
#include "xenpt/mem.h"

#define TINY_FRAMES 48

struct tiny_memory {
    struct xenpt_reader behind_call; /* First, so that its read can cast itself back. */
    struct xenpt_reader flat;
    struct oracle_memory view;
    uint64_t first;
    uint8_t bytes[TINY_FRAMES * 4096];
};

/* All zero, at machine addresses from @first on; @size of its bytes exist. */
void tiny_memory_init(struct tiny_memory *m, uint64_t first, uint64_t size);
/* The machine address of frame number @frame. */
uint64_t tiny_frame(const struct tiny_memory *m, unsigned int frame);
/* Stores one little-endian word of @size bytes. */
void tiny_put(struct tiny_memory *m, uint64_t at, uint64_t word, unsigned int size);

#endif
