/*
 * test_matrix_oracle.c - the matrix, asked of the model and of the oracle: an MMU that shares
 * nothing with the engine.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "validate/answer.h"
#include "validate/compare.h"
#include "validate/describe.h"
#include "validate/matrix.h"
#include "validate/oracle_mmu.h"

static unsigned int wanted(void)
{
    const char *s = getenv("XENPT_MATRIX_ACCESSES");

    return s ? (unsigned int)strtoul(s, NULL, 0) : 100000;
}

struct tally {
    struct oracle_mmu oracle;
    struct model *model;             /* For short answers. */
    struct brief all[CASE_ACCESSES]; /* Of the case, had at once. */
    unsigned long accesses, open, free, differ;
    unsigned long rules[XENPT_NR_RULES], outcomes[8];
};

/* The short answer says what the long one does, where that is not open; and alone what it says
 * among all of its case. */
static void look_short(struct tally *t, const struct case_view *c, unsigned int i,
                       const struct answer *answer)
{
    const struct result *r = &answer->result;
    struct brief brief;

    if (i == 0) {
        model_plant(t->model, c);
        model_briefs(t->model, t->all);
    }
    model_brief(t->model, i, &brief);
    assert_true(brief.outcome == t->all[i].outcome && brief.vector == t->all[i].vector &&
                brief.code == t->all[i].code && brief.target == t->all[i].target);
    if (answer->open)
        return;
    assert_int_equal(brief.outcome, r->outcome);
    if (r->outcome == RESULT_FAULT || r->outcome == RESULT_LOAD)
        assert_int_equal(brief.vector, r->vector);
    if (r->outcome == RESULT_EXIT)
        assert_int_equal(brief.code | answer->value_free, r->value | answer->value_free);
    else if (r->outcome != RESULT_DONE)
        assert_int_equal(brief.code, r->code);
}

static bool look(void *ctx, const struct case_view *c, unsigned int i, const struct answer *answer)
{
    struct tally *t = ctx;
    struct oracle_result got;
    struct comparison cmp;
    char text[DESCRIBE_TEXT], words[DIFFERS_TEXT];

    look_short(t, c, i, answer);
    oracle_mmu_access(&t->oracle, c, i, &got);
    compare(c, i, answer, &got.result, &cmp);
    t->accesses++;
    t->open += cmp.open;
    t->free += cmp.free;
    t->rules[answer->rule]++;
    t->outcomes[answer->result.outcome]++;
    if (cmp.differs && t->differ++ < 3) {
        describe(&t->oracle.cpu, c, i, text);
        print_message("%s\n  differs in %s: word %u want %llx got %llx\n", text,
                      differs_text(cmp.differs, words), cmp.word, (unsigned long long)cmp.want,
                      (unsigned long long)cmp.got);
        describe_result(&answer->result, answer->changed, text);
        print_message("  model  %s\n", text);
        describe_result(&got.result, got.changed, text);
        print_message("  oracle %s\n", text);
    }
    return true;
}

static void agree(enum suite suite, const struct xenpt_cpu *cpu)
{
    struct matrix_options options = { .suite = suite, .cpu = *cpu, .seed = 1 };
    struct matrix_stats stats;
    struct tally t = { 0 };
    struct matrix *m;
    struct blob blob;

    assert_true(oracle_mmu_init(&t.oracle, cpu));
    assert_int_equal(model_create(cpu, &t.model, NULL), XENPT_OK);
    assert_int_equal(matrix_create(&options, &m, NULL), XENPT_OK);
    while (t.accesses < wanted()) {
        blob_init(&blob, suite_flags(suite));
        assert_int_equal(matrix_more(m, wanted() / 4, &blob, NULL), XENPT_OK);
        assert_int_equal(blob_finish(&blob, NULL), XENPT_OK);
        assert_int_equal(answer_blob(cpu, &blob, look, &t, NULL), XENPT_OK);
        blob_free(&blob);
    }
    model_destroy(t.model);
    matrix_stats(m, &stats);
    print_message(
        "%s: %lu accesses, without %llu repetitions, %lu open, %lu thanks to a freedom; done %lu, "
        "faults %lu, exits %lu, loads %lu, entries %lu\n",
        suite_name(suite), t.accesses, (unsigned long long)stats.repeated, t.open, t.free,
        t.outcomes[RESULT_DONE], t.outcomes[RESULT_FAULT], t.outcomes[RESULT_EXIT],
        t.outcomes[RESULT_LOAD], t.outcomes[RESULT_ENTRY]);
    for (unsigned int i = 0; i < stats.nr_groups; i++)
        print_message(
            "  %-10s %8llu accesses in %llu of %llu tables, round %llu of %llu\n",
            stats.group[i].name, (unsigned long long)stats.group[i].accesses,
            (unsigned long long)stats.group[i].cases, (unsigned long long)stats.group[i].tables,
            (unsigned long long)stats.group[i].rounds, (unsigned long long)stats.group[i].of);
    for (unsigned int i = 1; i < XENPT_NR_RULES; i++)
        if (t.rules[i])
            print_message("  %-16s %lu\n", xenpt_rule((enum xenpt_rule_id)i)->name, t.rules[i]);
    assert_int_equal(t.differ, 0);
    /* Nearly all must be worth asking: known answers. */
    assert_true(t.open * 20 < t.accesses);
    matrix_destroy(m);
    oracle_mmu_fini(&t.oracle);
}

static struct xenpt_cpu intel(void)
{
    struct xenpt_cpu cpu = xenpt_cpu_widest(XENPT_INTEL);

    cpu.maxphyaddr = 40;
    cpu.cet_ss = cpu.pks = cpu.ept_5level = cpu.ept_sss = false;
    return cpu;
}

static struct xenpt_cpu amd(void)
{
    struct xenpt_cpu cpu = xenpt_cpu_widest(XENPT_AMD);

    cpu.maxphyaddr = 48;
    cpu.cet_ss = cpu.pks = false;
    return cpu;
}

/* One that lacks what can be lacked. */
static struct xenpt_cpu poor(void)
{
    struct xenpt_cpu cpu = { .vendor = XENPT_INTEL, .maxphyaddr = 36, .nx = true };

    return cpu;
}

#define TEST(suite, cpu)                                                                           \
    static void suite##_##cpu(void **state)                                                        \
    {                                                                                              \
        const struct xenpt_cpu processor = cpu();                                                  \
                                                                                                   \
        (void)state;                                                                               \
        agree(suite, &processor);                                                                  \
    }

TEST(SUITE_2LEVEL, intel)
TEST(SUITE_2LEVEL, poor)
TEST(SUITE_PAE, intel)
TEST(SUITE_PAE, amd)
TEST(SUITE_4LEVEL, intel)
TEST(SUITE_4LEVEL, amd)
TEST(SUITE_4LEVEL, poor)
TEST(SUITE_5LEVEL, intel)
TEST(SUITE_EPT, intel)
TEST(SUITE_NPT, amd)
TEST(SUITE_NPT_PAE, amd)
TEST(SUITE_NPT_2LEVEL, amd)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(SUITE_2LEVEL_intel), cmocka_unit_test(SUITE_2LEVEL_poor),
        cmocka_unit_test(SUITE_PAE_intel),    cmocka_unit_test(SUITE_PAE_amd),
        cmocka_unit_test(SUITE_4LEVEL_intel), cmocka_unit_test(SUITE_4LEVEL_amd),
        cmocka_unit_test(SUITE_4LEVEL_poor),  cmocka_unit_test(SUITE_5LEVEL_intel),
        cmocka_unit_test(SUITE_EPT_intel),    cmocka_unit_test(SUITE_NPT_amd),
        cmocka_unit_test(SUITE_NPT_PAE_amd),  cmocka_unit_test(SUITE_NPT_2LEVEL_amd),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
