/* bench.c - see bench.h. */
#define _GNU_SOURCE
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static unsigned int missed;
static volatile uint64_t sink; /* So that no work is left out as unused. */

static double seconds(clockid_t clock)
{
    struct timespec t;

    clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

double bench_cpu_seconds(void)
{
    return seconds(CLOCK_THREAD_CPUTIME_ID);
}

double bench_wall_seconds(void)
{
    return seconds(CLOCK_MONOTONIC);
}

static int by_value(const void *a, const void *b)
{
    const double *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

double bench_median(const struct contender *c, unsigned int rounds)
{
    return c->ns[rounds / 2];
}

double bench_least(const struct contender *c)
{
    return c->ns[0];
}

double bench_ratio(const struct contender *a, const struct contender *b, unsigned int rounds)
{
    double ratio[BENCH_ROUNDS_MAX];

    for (unsigned int i = 0; i < rounds; i++)
        ratio[i] = a->in_round[i] / b->in_round[i];
    qsort(ratio, rounds, sizeof(ratio[0]), by_value);
    return ratio[rounds / 2];
}

static void one_round(struct contender *c, size_t n, int round, double operations, void *ctx)
{
    for (size_t i = 0; i < n; i++) {
        double t;

        if (c[i].prepare)
            c[i].prepare(ctx);
        t = bench_cpu_seconds();
        sink = c[i].run(ctx);
        t = bench_cpu_seconds() - t;
        if (round >= 0)
            c[i].ns[round] = c[i].in_round[round] = t * 1e9 / operations;
    }
}

void bench(const char *title, struct contender *c, size_t n, unsigned int rounds, double operations,
           void *ctx)
{
    for (int round = -1; round < (int)rounds; round++)
        one_round(c, n, round, operations, ctx);
    printf("\n%s\n  %-44s %10s %10s %8s\n", title, "", "median ns", "least ns", "ratio");
    for (size_t i = 0; i < n; i++) {
        qsort(c[i].ns, rounds, sizeof(c[i].ns[0]), by_value);
        printf("  %-44s %10.2f %10.2f %8.2f\n", c[i].name, bench_median(&c[i], rounds), c[i].ns[0],
               bench_median(&c[i], rounds) / bench_median(&c[0], rounds));
    }
}

void bench_agree(const struct contender *c, size_t n, void *ctx)
{
    uint64_t first = 0;

    if (c[0].prepare)
        c[0].prepare(ctx);
    for (size_t i = 0; i < n; i++) {
        uint64_t sum = c[i].run(ctx);

        if (i && sum != first) {
            fprintf(stderr, "%s and %s disagree about the answers\n", c[0].name, c[i].name);
            exit(1);
        }
        first = i ? first : sum;
    }
}

void bench_target(const char *what, double value, bool at_most, double bound)
{
    bool met = at_most ? value <= bound : value >= bound;

    missed += !met;
    printf("  target: %-50s %8.2f  %s %.2f  %s\n", what, value, at_most ? "<=" : ">=", bound,
           met ? "met" : "MISSED");
}

unsigned int bench_missed(void)
{
    return missed;
}

uint64_t bench_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

void *bench_memory(size_t size)
{
    const size_t huge = (size_t)2 << 20;
    uint8_t *p = mmap(NULL, size + huge, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (p == MAP_FAILED) {
        perror("no memory for the benchmark");
        exit(2);
    }
    p = (uint8_t *)(((uintptr_t)p + huge - 1) & ~(uintptr_t)(huge - 1));
    madvise(p, size, MADV_HUGEPAGE);
    return p;
}

uint64_t bench_l2_tables(void)
{
    long size = sysconf(_SC_LEVEL2_CACHE_SIZE);
    uint64_t tables = 128;

    while (size > 0 && tables > 1 && tables * 4096 > (uint64_t)size / 2)
        tables /= 2;
    return tables;
}
