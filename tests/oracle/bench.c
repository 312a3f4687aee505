#include "oracle/bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

int bench_create(void **state)
{
    struct bench *b = calloc(1, sizeof(*b));

    *state = b;
    for (unsigned int i = 0; b && i < 2; i++)
        if (xenpt_cache_create(6, &b->trial.cache[i], NULL))
            return -1;
    return b ? 0 : -1;
}

int bench_destroy(void **state)
{
    struct bench *b = *state;

    for (unsigned int i = 0; b && i < 2; i++)
        xenpt_cache_destroy(b->trial.cache[i]);
    free(b);
    return 0;
}

void bench_trial(struct bench *b, enum trial_stage stage)
{
    struct xenpt_cache *cache[2] = { b->trial.cache[0], b->trial.cache[1] };

    b->trial = (struct trial){ .stage = stage, .mem = &b->mem, .cache = { cache[0], cache[1] } };
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
    if (b->stride > 1 || b->report.cases < 16 * one_in)
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
