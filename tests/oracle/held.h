/*
 * held.h - the same tiny memory, held in every way in which a reader can hold one.
 */
#ifndef XENPT_TESTS_HELD_H
#define XENPT_TESTS_HELD_H

#include "mem/lookup.h"
#include "oracle/tiny_memory.h"

#define HELD_WAYS 4

struct held {
    unsigned int nr; /* Of those below that can be used. */
    const struct xenpt_reader *reader[HELD_WAYS];
    /* What they read. */
    struct xenpt_store *store;
    struct mem_run run[3];
    struct mem_runs runs;
    struct xenpt_reader in_runs;
    uint8_t copy[sizeof(((struct tiny_memory *)NULL)->bytes)];
};

/* The two ways that cost nothing to set up: flat, and behind a call. */
void held_simply(struct held *h, const struct tiny_memory *m);
/* These and, of the memory as it is now, runs and (of whole pages) a store. */
bool held_in_all_ways(struct held *h, const struct tiny_memory *m);
/* Frees what was set up; all zero is fine. */
void held_drop(struct held *h);

extern const char *const held_name[HELD_WAYS];

#endif
