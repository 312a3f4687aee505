/* random_state.h - what a machine is besides its memory and its frames, as a number. */
#ifndef XENPT_TEST_RANDOM_STATE_H
#define XENPT_TEST_RANDOM_STATE_H

#include <stdint.h>

#include "xenpt/machine.h"

static inline uint64_t mix(uint64_t sum, uint64_t word)
{
    return (sum ^ word) * UINT64_C(0x100000001b3);
}

/* Not when TLBs were flushed: a refused step may do that. */
uint64_t state_of(const struct xenpt_machine *m);
/* The first of its parts that is another than in a list of them: its name, or NULL. */
#define STATE_PARTS 24
struct state_parts {
    uint64_t sum[STATE_PARTS];
};
void state_take(const struct xenpt_machine *m, struct state_parts *ret);
const char *state_differs(const struct state_parts *a, const struct state_parts *b);

#endif
