/*
 * test_oracle_random_2d.c - random second stages, alone and under random guests.
 *
 * XENPT_ORACLE_CASES sets how many addresses each format, or pair of them, is asked about.
 */
#include "oracle/grow.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define USUAL_CASES    200000
#define USUAL_CASES_2D 16000

static void run_second_stage(struct bench *b, enum second_kind kind)
{
    unsigned long cases = bench_cases(USUAL_CASES) + b->report.cases;
    struct trial *t = &b->trial;

    b->dice.state = kind + 100u;
    bench_trial(b, TRIAL_SECOND);
    while (b->report.cases < cases) {
        grow_both_stages(b, kind, ORACLE_4_LEVEL);
        bench_hold(b);
        for (unsigned int i = 0; i < 3; i++) {
            t->second = second_tree_random(&b->second, &b->dice, &t->cpu);
            t->regs = random_regs(&b->dice, ORACLE_4_LEVEL, &t->cpu);
            assert_true(trial_prepare(t));
            for (unsigned int j = 0; j < 5; j++) {
                uint64_t in[TRIAL_BATCH];
                unsigned int n = random_batch(&b->dice);

                t->access = random_access(&b->dice, &t->regs);
                t->access.stack_segment = false;
                for (unsigned int k = 0; k < n; k++) {
                    in[k] = b->tree.address[dice_pick(&b->dice, GUEST_FRAMES)] +
                            (dice_word(&b->dice) & 0xfff);
                    if (dice_chance(&b->dice, 4)) /* One that fits, mostly. */
                        in[k] ^= UINT64_C(1) << dice_pick(&b->dice, 64);
                }
                trial_check(&b->report, t, n, in);
            }
        }
    }
}

static const enum xenpt_rule_id by_ept[] = { XENPT_RULE_NOT_PRESENT,   XENPT_RULE_READ,
                                             XENPT_RULE_WRITE,         XENPT_RULE_EXECUTE,
                                             XENPT_RULE_EPT_MISCONFIG, XENPT_RULE_SHADOW_STACK };
static const enum xenpt_rule_id by_npt[] = { XENPT_RULE_NOT_PRESENT, XENPT_RULE_WRITE,
                                             XENPT_RULE_NPT_USER, XENPT_RULE_RESERVED };

static void test_ept(void **state)
{
    struct bench *b = *state;

    run_second_stage(b, SECOND_EPT4);
    bench_assert_seen(b, "an address above 2^48", b->report.rule[XENPT_RULE_TOO_WIDE], 5000);
    run_second_stage(b, SECOND_EPT5);
    report_conclude(&b->report, "EPT");
    BENCH_ASSERT_RULES(b, by_ept, 200);
    for (unsigned int n = 0; n < 9; n++)
        bench_assert_seen(b, "a bit of the qualification", b->report.code_bit[n], 200);
    bench_assert_seen(b, "a shadow-stack access", b->report.code_bit[13], 200);
    bench_assert_seen(b, "a supervisor shadow-stack page", b->report.code_bit[14], 200);
}

static void test_npt(void **state)
{
    struct bench *b = *state;

    for (enum second_kind kind = SECOND_NPT2; kind <= SECOND_NPT5; kind++)
        run_second_stage(b, kind);
    report_conclude(&b->report, "NPT");
    BENCH_ASSERT_RULES(b, by_npt, 200);
    bench_assert_seen(b, "NX", b->report.rule[XENPT_RULE_EXECUTE], 1000);
    for (unsigned int n = 0; n < 5; n++)
        bench_assert_seen(b, "a bit of EXITINFO1", b->report.code_bit[n], 500);
    bench_assert_seen(b, "bit 32 of EXITINFO1", b->report.code_bit[32], 10);
    assert_int_equal(b->report.code_bit[33], 0);
}

/* --- Both stages ----------------------------------------------------------------------------- */

static void run_both(struct bench *b, enum second_kind kind, enum oracle_mode mode)
{
    unsigned long cases = bench_cases(USUAL_CASES_2D) + b->report.cases;
    struct trial *t = &b->trial;

    b->dice.state = kind * 10u + mode + 1000u;
    bench_trial(b, TRIAL_BOTH);
    while (b->report.cases < cases) {
        grow_both_stages(b, kind, mode);
        bench_hold(b);
        for (unsigned int i = 0; i < 3; i++) {
            t->second = second_tree_random(&b->second, &b->dice, &t->cpu);
            t->regs = random_regs(&b->dice, mode, &t->cpu);
            t->regs.cr3 = b->tree.cr3;
            assert_true(trial_prepare(t));
            bench_flush(b);
            for (unsigned int j = 0; j < 5; j++) {
                uint64_t in[TRIAL_BATCH];
                unsigned int n = random_batch(&b->dice);

                t->access = random_access(&b->dice, &t->regs);
                random_tree_addresses(&b->tree, &b->dice, n, in);
                trial_check2(&b->report, t, n, in);
            }
        }
    }
}

static void run_all_guests(struct bench *b, enum second_kind first, enum second_kind last)
{
    for (enum second_kind kind = first; kind <= last; kind++)
        for (enum oracle_mode mode = ORACLE_NO_PAGING; mode <= ORACLE_5_LEVEL; mode++)
            run_both(b, kind, mode);
}

static const enum xenpt_rule_id by_guest[] = {
    XENPT_RULE_USER,  XENPT_RULE_SMEP,          XENPT_RULE_SMAP,     XENPT_RULE_PKEY,
    XENPT_RULE_TABLE, XENPT_RULE_NON_CANONICAL, XENPT_RULE_RESERVED,
};

static void assert_both(const struct bench *b)
{
    BENCH_ASSERT_RULES(b, by_guest, 400);
    bench_assert_seen(b, "a bad PDPTE", b->report.rule[XENPT_RULE_PDPTE], 2000);
    bench_assert_seen(b, "a #PF", b->report.fault[XENPT_FAULT_PF], 10);
    bench_assert_seen(b, "a refusal by the second stage", b->report.second_refused, 5);
    bench_assert_seen(b, "an allowed access", b->report.allowed, 10);
}

static void test_guests_on_ept(void **state)
{
    struct bench *b = *state;

    run_all_guests(b, SECOND_EPT4, SECOND_EPT5);
    report_conclude(&b->report, "guests on EPT");
    assert_both(b);
    BENCH_ASSERT_RULES(b, by_ept, 400);
    bench_assert_seen(b, "24 references", b->report.references[24], 1000);
    bench_assert_seen(b, "35 references", b->report.references[35], 1000);
}

static void test_guests_on_npt(void **state)
{
    struct bench *b = *state;

    run_all_guests(b, SECOND_NPT2, SECOND_NPT5);
    report_conclude(&b->report, "guests on NPT");
    assert_both(b);
    BENCH_ASSERT_RULES(b, by_npt, 400);
    bench_assert_seen(b, "bit 33 of EXITINFO1", b->report.code_bit[33], 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BENCH_TEST(test_ept),
        BENCH_TEST(test_npt),
        BENCH_TEST(test_guests_on_ept),
        BENCH_TEST(test_guests_on_npt),
    };

    return cmocka_run_group_tests_name("oracle: random second stages", tests, NULL, NULL);
}
