/*
 * grow.h - random machines: a processor, and random trees in a tiny memory.
 */
#ifndef XENPT_TESTS_GROW_H
#define XENPT_TESTS_GROW_H

#include "oracle/bench.h"

/* Of two stages: frames for the second one's tables, and those of the guest. */
#define HOST_FRAMES  24
#define GUEST_FRAMES (TINY_FRAMES - HOST_FRAMES)

/* A tree of this mode, which b->tree describes. */
void grow_first_stage(struct bench *b, enum oracle_mode mode);
/* The same in guest-physical memory, and b->second, which maps that. */
void grow_both_stages(struct bench *b, enum second_kind kind, enum oracle_mode mode);

#endif
