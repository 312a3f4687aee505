/*
 * bench.h - contenders for one job, timed in turn.
 *
 * A machine's speed drifts, so nothing is timed alone: every round runs each contender once,
 * in CPU time of this thread, and what is reported is the median over rounds and its ratio to
 * the first contender's.  Ratios are what the targets are about.
 */
#ifndef XENPT_BENCH_H
#define XENPT_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BENCH_ROUNDS_MAX 64

struct contender {
    const char *name;
    /* Does the job once; returns a checksum, for bench_agree(). */
    uint64_t (*run)(void *ctx);
    /* Called before each timed run, untimed; may be NULL. */
    void (*prepare)(void *ctx);
    double in_round[BENCH_ROUNDS_MAX]; /* Nanoseconds per operation... */
    double ns[BENCH_ROUNDS_MAX];       /* ...and the same, sorted once it is done. */
};

/*
 * Runs `rounds` rounds, after one that is not counted, and prints a line each: median, least,
 * ratio to the first.  `operations`: how many one run stands for.
 */
void bench(const char *title, struct contender *c, size_t n, unsigned int rounds, double operations,
           void *ctx);

/* Prepares once, runs each contender once, and ends the program if their checksums differ. */
void bench_agree(const struct contender *c, size_t n, void *ctx);

/* The median time per operation of a contender... */
double bench_median(const struct contender *c, unsigned int rounds);
/* ...and the least: what it takes where others leave the caches alone. */
double bench_least(const struct contender *c);

/*
 * How many times as long a takes as b: the median over rounds of the ratio within the round.  A
 * core can be twice as fast from one millisecond to the next, as what it shares is idle or not,
 * and the least times of two contenders may come from both of its speeds.
 */
double bench_ratio(const struct contender *a, const struct contender *b, unsigned int rounds);

/* States a target and whether it is met: "value is at most (or at least) bound". */
void bench_target(const char *what, double value, bool at_most, double bound);

/* Targets missed so far. */
unsigned int bench_missed(void);

/* A reproducible stream of numbers (xorshift64). */
uint64_t bench_random(uint64_t *state);

/* Memory of whole huge pages, zeroed; exits if there is none. */
void *bench_memory(size_t size);

/* L1 tables, a power of two, that fill half of this processor's L2 cache. */
uint64_t bench_l2_tables(void);

/* Seconds of this thread's CPU time, and of the wall clock. */
double bench_cpu_seconds(void);
double bench_wall_seconds(void);

#endif
