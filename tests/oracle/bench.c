#include "oracle/bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

int bench_create(void **state)
{
    struct bench *b = calloc(1, sizeof(*b));

    *state = b;
    for (unsigned int i = 0; b && i < HELD_WAYS; i++)
        if (xenpt_cache_create(6, &b->trial.cache[i], NULL))
            return -1;
    return b ? 0 : -1;
}

int bench_destroy(void **state)
{
    struct bench *b = *state;

    for (unsigned int i = 0; b && i < HELD_WAYS; i++)
        xenpt_cache_destroy(b->trial.cache[i]);
    if (b)
        held_drop(&b->held);
    free(b);
    return 0;
}

void bench_trial(struct bench *b, enum trial_stage stage)
{
    struct trial t = { .stage = stage, .mem = &b->mem, .held = &b->held };

    for (unsigned int i = 0; i < HELD_WAYS; i++)
        t.cache[i] = b->trial.cache[i];
    b->trial = t;
    held_simply(&b->held, &b->mem);
}

void bench_hold(struct bench *b)
{
    if (!dice_chance(&b->dice, 10))
        held_simply(&b->held, &b->mem);
    else
        assert_true(held_in_all_ways(&b->held, &b->mem));
}

void bench_flush(struct bench *b)
{
    for (unsigned int i = 0; i < HELD_WAYS; i++)
        xenpt_cache_flush(b->trial.cache[i]);
}

unsigned long bench_cases(unsigned long usual)
{
    const char *wanted = getenv("XENPT_ORACLE_CASES");

    return wanted ? strtoul(wanted, NULL, 0) : usual;
}

void bench_enumerate(struct bench *b, void (*all)(struct bench *b), const char *what)
{
    unsigned long wanted = bench_cases(0);

    b->stride = 1;
    b->counting = true;
    all(b);
    b->counting = false;
    if (wanted && wanted < b->counter)
        b->stride = (unsigned int)(b->counter / wanted);
    all(b);
    report_conclude(&b->report, what);
}

void bench_assert_seen(const struct bench *b, const char *what, unsigned long seen,
                       unsigned long one_in)
{
    if (bench_cases(0))
        return;
    if (seen * one_in < b->report.cases)
        fail_msg("%s was seen %lu times in %lu cases", what, seen, b->report.cases);
}

void bench_assert_rules(const struct bench *b, const enum xenpt_rule_id *rule, size_t n,
                        unsigned long one_in)
{
    for (size_t i = 0; i < n; i++)
        bench_assert_seen(b, xenpt_rule(rule[i])->name, b->report.rule[rule[i]], one_in);
}
