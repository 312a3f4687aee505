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
    FREEDOM_SECOND,     /* A and D of a second stage, of an access that then faults. */
    FREEDOM_GUEST,      /* A and D of a guest, of an access that the second stage refuses. */
    FREEDOM_OTHER_PART, /* A and D of the one page, if an access to two faults on the other. */
    FREEDOM_RMW_READ,   /* EPT: whether a read-modify-write says that it reads. */
    FREEDOM_PDPTE,      /* A and D of a second stage by the load of PDPTE registers. */
    FREEDOM_NPF_ID,     /* NPT: whether a fetch says so where the host's pages have no NX. */
    FREEDOM_NR,
};

/* The reason in words, and where it stands. */
const char *freedom_text(enum freedom_id id);
const char *freedom_source(enum freedom_id id);

struct freedom {
    enum freedom_id id;
    uint32_t word; /* Index of the word... */
    uint64_t bits; /* ...and its bits that may have been set. */
};

#define ANSWER_CHANGED  CASE_WORDS
#define ANSWER_FREEDOMS CASE_WORDS

struct model;

struct answer {
    struct result result;
    struct result_changed changed[ANSWER_CHANGED]; /* In the order of their words. */
    struct freedom freedom[ANSWER_FREEDOMS];
    unsigned int nr_freedoms;
    uint64_t value_free;     /* Bits of result.value that may be either way... */
    enum freedom_id because; /* ...and why. */
    enum xenpt_rule_id rule; /* What refused the access, for reports and for the table of
                                rules that were reached. */
    uint8_t level;           /* Of the entry that decided; 0: none did. */
    bool second;             /* It was the second stage's. */
    bool open;               /* The architecture does not say, or the model does not know: not
                                compared (an access to no memory, say). */
    struct model *model;     /* Who says so.  The case is planted there, and more can be asked. */
};

/* A machine as the model has it: a processor, and memory that a case is planted in. */
XENPT_CHECK enum xenpt_code model_create(const struct xenpt_cpu *cpu, struct model **ret,
                                         struct xenpt_error *err);
void model_destroy(struct model *model);

/* Plants a case, which must stay where it is; the following accesses are of it. */
void model_plant(struct model *model, const struct case_view *c);
/* What becomes of access @i of the case. */
void model_answer(struct model *model, unsigned int i, struct answer *ret);

/* The same in short, for those who only count: no words, no values, no freedoms. */
struct brief {
    uint64_t target; /* DONE: the machine address of the first byte. */
    uint64_t code;   /* Error code, exit qualification or EXITINFO1. */
    uint8_t outcome; /* RESULT_... */
    uint8_t vector;
};

void model_brief(struct model *model, unsigned int i, struct brief *ret);
/* The same of all accesses of the case at once, which is faster: @ret has room for each. */
void model_briefs(struct model *model, struct brief ret[]);

/* What is compared: a blob's cases, one access after the other. */
typedef bool answer_fn(void *ctx, const struct case_view *c, unsigned int i,
                       const struct answer *answer);

/* Answers a whole blob; ends early if @fn returns false. */
XENPT_CHECK enum xenpt_code answer_blob(const struct xenpt_cpu *cpu, const struct blob *blob,
                                        answer_fn *fn, void *ctx, struct xenpt_error *err);

#endif
