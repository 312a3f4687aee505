/*
 * answer.h - what the model says to a blob, and what the manuals leave open about it.
 *
 * An answer is a result as an MMU would give it, with freedoms beside it: bits that an MMU may
 * have either way, each with the reason.  Whatever differs from the result outside of them is
 * a disagreement.
 */
#ifndef XENPT_VALIDATE_ANSWER_H
#define XENPT_VALIDATE_ANSWER_H

#include "validate/blob_build.h"
#include "xenpt/nested.h"

/* Why something may be either way; texts and manual sections are rows in answer.c. */
enum freedom_id {
    FREEDOM_A_ON_FAULT, /* A may have been set in entries that were visited. */
    FREEDOM_NR,
};

struct freedom {
    enum freedom_id id;
    uint32_t word; /* Index of the word... */
    uint64_t bits; /* ...and its bits that may have been set. */
};

#define ANSWER_CHANGED  (XENPT_UPDATES2_MAX + 4)
#define ANSWER_FREEDOMS XENPT_UPDATES2_MAX

struct answer {
    struct result result;
    struct result_changed changed[ANSWER_CHANGED]; /* In the order of their words. */
    struct freedom freedom[ANSWER_FREEDOMS];
    unsigned int nr_freedoms;
    enum xenpt_rule_id rule; /* What refused the access, for reports and for the table of
                                rules that were reached. */
    uint8_t level;           /* Of the entry that decided; 0: none did. */
    bool second;             /* It was the second stage's. */
    bool open;               /* The architecture does not say, or the model does not know: not
                                compared (an access to no memory, say). */
};

#endif
