/*
 * bench.h - what a test of the oracle works on, and how it says that it has seen enough.
 */
#ifndef XENPT_TESTS_BENCH_H
#define XENPT_TESTS_BENCH_H

#include "oracle/random_tree.h"
#include "oracle/second_tree.h"
#include "oracle/trial.h"

/* Too big for the stack; its caches are made and freed with it. */
struct bench {
    struct tiny_memory mem;
    struct report report;
    struct trial trial;
    struct held held;
    struct random_tree tree;
    struct second_tree second;
    struct dice dice;
    unsigned long counter; /* Enumerations: their cases... */
    unsigned int stride;   /* ...of which one in so many is run; 0: no enumeration. */
    bool counting;         /* Only count them: nothing is run. */
};

/* A fixture of cmocka. */
int bench_create(void **state);
int bench_destroy(void **state);

#define BENCH_TEST(test) cmocka_unit_test_setup_teardown(test, bench_create, bench_destroy)

/* How many addresses to ask about at once: mostly a few, at times more than fit one group. */
static inline unsigned int random_batch(struct dice *d)
{
    return 1 + dice_pick(d, dice_chance(d, 5) ? TRIAL_BATCH : 16);
}

/* Makes the trial anew for @stage, of this memory, held simply. */
void bench_trial(struct bench *b, enum trial_stage stage);
/* Has the memory, as it is now, held in all ways; once in a while, for that takes its time. */
void bench_hold(struct bench *b);
/* Forgets what the caches know. */
void bench_flush(struct bench *b);

/* How many random cases there are to be: XENPT_ORACLE_CASES, or @usual. */
unsigned long bench_cases(unsigned long usual);

/*
 * Runs an enumeration: all of it, or, if XENPT_ORACLE_CASES is set, about as many of its
 * cases, picked at random.  @all calls bench_turn() for each case, to know whether to run it.
 */
void bench_enumerate(struct bench *b, void (*all)(struct bench *b), const char *what);

static inline bool bench_turn(struct bench *b)
{
    b->counter++;
    return !b->counting && (b->stride <= 1 || dice_pick(&b->dice, b->stride) == 0);
}

/*
 * Fails unless @seen is at least one in @one_in of all cases.  A run of another length than
 * usual need not have seen everything.
 */
void bench_assert_seen(const struct bench *b, const char *what, unsigned long seen,
                       unsigned long one_in);
void bench_assert_rules(const struct bench *b, const enum xenpt_rule_id *rule, size_t n,
                        unsigned long one_in);

#define BENCH_ASSERT_RULES(b, rules, one_in)                                                       \
    bench_assert_rules(b, rules, sizeof(rules) / sizeof((rules)[0]), one_in)

#endif
