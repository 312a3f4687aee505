/* own_live.h - a process's live page tables, found in the machine's memory and walked. */
#ifndef XENPT_VALIDATE_OWN_LIVE_H
#define XENPT_VALIDATE_OWN_LIVE_H

#include "validate/kcore.h"
#include "validate/own_cpu.h"

/*
 * Finds the root of the process whose pages are @ground's, by their frames alone: the L1 table
 * that holds them, the L2 table that leads to it, and so on.
 * @return The root's machine address; 0: it was not found.
 */
uint64_t own_live_root(const struct kcore *kcore, const struct own_ground *ground,
                       unsigned int levels);

/* Compares what the CPU did, and the frames, with the live tables; fills in `live...`. */
void own_live_check(const char *path, const struct own_ground *ground, struct own_report *ret);

#endif
