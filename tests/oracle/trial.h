/*
 * trial.h - one question to the engine and to the oracle, and whether they agree.
 */
#ifndef XENPT_TESTS_TRIAL_H
#define XENPT_TESTS_TRIAL_H

#include "oracle/held.h"
#include "oracle/oracle_2d.h"
#include "xenpt/nested.h"

/* What is walked. */
enum trial_stage {
    TRIAL_FIRST,  /* Ordinary paging. */
    TRIAL_SECOND, /* A second stage by itself. */
    TRIAL_BOTH,   /* A guest's paging over a second stage. */
};

/* A question. */
struct trial {
    enum trial_stage stage;
    struct xenpt_cpu cpu;
    struct xenpt_regs regs;
    struct oracle_second second;
    struct xenpt_access access;
    const struct tiny_memory *mem;
    /* The same, as the engine wants it. */
    struct xenpt_paging pg, second_pg;
    const struct held *held;
    struct xenpt_cache *cache[HELD_WAYS]; /* One for each reader. */
};

/* Most addresses asked about at once. */
#define TRIAL_BATCH 100

/* A member in which engine and oracle differed. */
struct disagreement {
    const char *where, *member;
    unsigned long count;
    char first[4096]; /* The first such case, in words. */
};

#define REPORT_KINDS 24

/* What was seen, and what differed. */
struct report {
    unsigned long cases, allowed, free, updates, references[40];
    unsigned long outcome[XENPT_NR_OUTCOMES];
    unsigned long rule[XENPT_NR_RULES];
    unsigned long fault[XENPT_NR_FAULT_KINDS];
    unsigned long code_bit[40]; /* Of #PF codes, qualifications and EXITINFO1 alike. */
    unsigned long page_shift[64];
    unsigned long second_refused;
    unsigned int nr_kinds;
    struct disagreement kind[REPORT_KINDS];
};

/* Makes the engine's half of @t from the oracle's; false: it refuses these registers. */
bool trial_prepare(struct trial *t);

/* Asks both about @n addresses, and compares every member that the oracle defines. */
void trial_check(struct report *r, const struct trial *t, size_t n, const uint64_t in[]);
void trial_check2(struct report *r, const struct trial *t, size_t n, const uint64_t in[]);

/* Fails the test if anything differed; says what was seen if XENPT_ORACLE_VERBOSE is set. */
void report_conclude(const struct report *r, const char *what);

/* "4-level, Intel, M=46 ...": the question in words, in @buf of @size bytes. */
void trial_describe(const struct trial *t, uint64_t in, char *buf, size_t size);
/* "PML4E at 0x1000 = 0x2027: P RW US A", a line for each entry. */
void trial_describe_walk(const struct oracle_walk *w, enum trial_stage stage, char *buf,
                         size_t size);

#endif
