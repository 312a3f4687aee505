/*
 * pv_grown.h - tables of d1's that nobody looks at yet, two L1 below each of two L2, and hypercalls
 * with them that are pre-empted and gone on with.
 */
#ifndef XENPT_TEST_PV_GROWN_H
#define XENPT_TEST_PV_GROWN_H

#include "pv_tree.h"

/* An L4, its L3, and what is below; data is mapped by all four. */
extern uint64_t root, upper, mid[2], low[4], data;

/* A machine of a release, with these. */
void grow(const char *release);
/* Writes an entry, and nobody asks. */
void word(uint64_t frame, unsigned int slot, uint64_t entry);
/* mmuext_op of a vCPU of d1's with nr requests, 0 or 1; the name of the error, or "ok". */
const char *call(uint32_t vcpu, uint32_t cmd, uint64_t frame, size_t nr, uint64_t preempt);
/* Goes on until it ends; counts are right wherever it stops.  How often it has stopped. */
unsigned int through(uint32_t cmd, uint64_t frame, uint64_t preempt);
extern const char *result; /* Of that. */
/* What is wrong of the counts; "": nothing. */
const char *wrong(void);

#endif
