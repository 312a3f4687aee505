/*
 * test_oracle_random.c - random trees: the engine and the oracle agree on every address.
 *
 * XENPT_ORACLE_CASES sets how many addresses each format is asked about; the seed is fixed, so
 * the same number means the same cases.
 */
#include "oracle/grow.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define USUAL_CASES 400000

static void run_first_stage(struct bench *b, enum oracle_mode mode, unsigned long usual)
{
    unsigned long cases = bench_cases(usual);
    struct trial *t = &b->trial;

    b->dice.state = mode;
    bench_trial(b, TRIAL_FIRST);
    while (b->report.cases < cases) {
        grow_first_stage(b, mode);
        bench_hold(b);
        for (unsigned int i = 0; i < 3; i++) {
            t->regs = random_regs(&b->dice, mode, &t->cpu);
            t->regs.cr3 = b->tree.cr3;
            assert_true(trial_prepare(t));
            for (unsigned int j = 0; j < 5; j++) {
                uint64_t in[TRIAL_BATCH];
                unsigned int n = random_batch(&b->dice);

                t->access = random_access(&b->dice, &t->regs);
                random_tree_addresses(&b->tree, &b->dice, n, in);
                trial_check(&b->report, t, n, in);
            }
        }
    }
}

static const enum xenpt_rule_id everywhere[] = {
    XENPT_RULE_NOT_PRESENT, XENPT_RULE_NO_MEMORY,    XENPT_RULE_USER, XENPT_RULE_WRITE,
    XENPT_RULE_SMEP,        XENPT_RULE_SHADOW_STACK, XENPT_RULE_SMAP, XENPT_RULE_RESERVED,
};

static void test_unpaged(void **state)
{
    struct bench *b = *state;

    run_first_stage(b, ORACLE_NO_PAGING, USUAL_CASES / 20);
    report_conclude(&b->report, "unpaged");
    bench_assert_seen(b, "an address above 4 GiB", b->report.rule[XENPT_RULE_TOO_WIDE], 200);
    assert_int_equal(b->report.allowed + b->report.rule[XENPT_RULE_TOO_WIDE], b->report.cases);
}

static void test_2_level(void **state)
{
    struct bench *b = *state;

    run_first_stage(b, ORACLE_32_BIT, USUAL_CASES);
    report_conclude(&b->report, "2-level");
    BENCH_ASSERT_RULES(b, everywhere, 200);
    bench_assert_seen(b, "an address above 4 GiB", b->report.rule[XENPT_RULE_TOO_WIDE], 200);
    bench_assert_seen(b, "a 4M page", b->report.page_shift[22], 20);
    bench_assert_seen(b, "a 4K page", b->report.page_shift[12], 4);
    assert_int_equal(b->report.rule[XENPT_RULE_EXECUTE], 0);
    assert_int_equal(b->report.rule[XENPT_RULE_PKEY], 0);
}

static void test_pae(void **state)
{
    struct bench *b = *state;

    run_first_stage(b, ORACLE_PAE, USUAL_CASES);
    report_conclude(&b->report, "PAE");
    BENCH_ASSERT_RULES(b, everywhere, 200);
    bench_assert_seen(b, "a bad PDPTE", b->report.rule[XENPT_RULE_PDPTE], 200);
    bench_assert_seen(b, "an address above 4 GiB", b->report.rule[XENPT_RULE_TOO_WIDE], 200);
    bench_assert_seen(b, "NX", b->report.rule[XENPT_RULE_EXECUTE], 200);
    bench_assert_seen(b, "a 2M page", b->report.page_shift[21], 20);
    assert_int_equal(b->report.rule[XENPT_RULE_PKEY], 0);
}

static void assert_long_mode(const struct bench *b)
{
    static const enum xenpt_rule_id also[] = { XENPT_RULE_NON_CANONICAL, XENPT_RULE_EXECUTE,
                                               XENPT_RULE_PKEY };

    BENCH_ASSERT_RULES(b, everywhere, 200);
    BENCH_ASSERT_RULES(b, also, 200);
    bench_assert_seen(b, "#SS", b->report.fault[XENPT_FAULT_SS], 1000);
    bench_assert_seen(b, "#GP", b->report.fault[XENPT_FAULT_GP], 200);
    bench_assert_seen(b, "a 1G page", b->report.page_shift[30], 50);
    bench_assert_seen(b, "a 2M page", b->report.page_shift[21], 50);
    bench_assert_seen(b, "a 4K page", b->report.page_shift[12], 50);
    bench_assert_seen(b, "an allowed access", b->report.allowed, 10);
    bench_assert_seen(b, "an update", b->report.updates, 10);
    for (unsigned int n = 0; n < 7; n++)
        bench_assert_seen(b, "a bit of the error code", b->report.code_bit[n], 200);
}

static void test_4_level(void **state)
{
    struct bench *b = *state;

    run_first_stage(b, ORACLE_4_LEVEL, USUAL_CASES);
    report_conclude(&b->report, "4-level");
    assert_long_mode(b);
}

static void test_5_level(void **state)
{
    struct bench *b = *state;

    run_first_stage(b, ORACLE_5_LEVEL, USUAL_CASES);
    report_conclude(&b->report, "5-level");
    assert_long_mode(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BENCH_TEST(test_unpaged), BENCH_TEST(test_2_level), BENCH_TEST(test_pae),
        BENCH_TEST(test_4_level), BENCH_TEST(test_5_level),
    };

    return cmocka_run_group_tests_name("oracle: random trees", tests, NULL, NULL);
}
