/* compare.h - an MMU's result beside the model's answer. */
#ifndef XENPT_VALIDATE_COMPARE_H
#define XENPT_VALIDATE_COMPARE_H

#include "validate/answer.h"

/* What differs: bits. */
#define DIFFERS_OUTCOME 1u
#define DIFFERS_VECTOR  2u
#define DIFFERS_CODE    4u  /* Error code, exit reason, entry failure. */
#define DIFFERS_ADDRESS 8u  /* CR2 or guest-physical address. */
#define DIFFERS_VALUE   16u /* What was read. */
#define DIFFERS_INFO    32u /* Exit qualification or EXITINFO1. */
#define DIFFERS_LINEAR  64u /* Guest-linear address. */
#define DIFFERS_WORDS   128u
#define DIFFERS_LOST                                                                               \
    256u /* More words changed than a result can tell of: an MMU's doing, for                      \
            no case has so many. */

struct comparison {
    unsigned int differs;    /* DIFFERS_...; 0: they agree. */
    bool open;               /* Not compared: nothing is known. */
    bool free;               /* They agree thanks to a freedom... */
    enum freedom_id freedom; /* ...this one. */
    uint32_t word;           /* DIFFERS_WORDS: the first... */
    uint64_t want, got;      /* ...and what is in it. */
};

void compare(const struct case_view *c, unsigned int access, const struct answer *answer,
             const struct result *result, struct comparison *ret);

/* "outcome, code", ... @return @buf. */
#define DIFFERS_TEXT 96
const char *differs_text(unsigned int differs, char buf[DIFFERS_TEXT]);

#endif
