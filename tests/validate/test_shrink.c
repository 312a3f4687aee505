/*
 * test_shrink.c - an MMU that is wrong in one thing, and the smallest case that shows it; and what
 * a comparison must notice, and must let pass.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "validate/answer.h"
#include "validate/compare.h"
#include "validate/matrix.h"
#include "validate/oracle_mmu.h"
#include "validate/shrink.h"

/* The MMU is an Intel processor, and the model believes that it is AMD's: bit 8 of L4 entries. */
struct wrong {
    struct oracle_mmu oracle;
    struct xenpt_cpu believed;
    bool *still;
    unsigned int n, runs;
    bool found;
    struct case_draft smallest;
    enum suite suite;
};

static bool note(void *ctx, const struct case_view *c, unsigned int i, const struct answer *answer)
{
    struct wrong *w = ctx;
    struct oracle_result got;
    struct comparison cmp;

    oracle_mmu_access(&w->oracle, c, i, &got);
    compare(c, i, answer, &got.result, &cmp);
    w->still[w->n++] = cmp.differs != 0;
    return true;
}

static enum xenpt_code ask(void *ctx, const struct blob *blob, bool *still, struct xenpt_error *err)
{
    struct wrong *w = ctx;

    w->still = still;
    w->n = 0;
    w->runs++;
    return answer_blob(&w->believed, blob, note, w, err);
}

/* Words of the image's own. */
static unsigned int image_words(const struct blob_word *word, unsigned int nr)
{
    unsigned int n = 0;

    for (unsigned int i = 0; i < nr; i++)
        n += word[i].at & WORD_UNWATCHED ? 1 : 0;
    return n;
}

static bool first_difference(void *ctx, const struct case_view *c, unsigned int i,
                             const struct answer *answer)
{
    struct wrong *w = ctx;
    const struct shrink_options options = { .ask = ask, .ctx = w, .flags = suite_flags(w->suite) };
    struct oracle_result got;
    struct comparison cmp;

    oracle_mmu_access(&w->oracle, c, i, &got);
    compare(c, i, answer, &got.result, &cmp);
    if (!cmp.differs)
        return true;
    assert_int_equal(shrink(&options, c, i, &w->smallest, NULL), XENPT_OK);
    /* Without them no other machine could run the case. */
    assert_true(image_words(c->words, c->head->nr_words));
    assert_int_equal(image_words(w->smallest.word, w->smallest.nr_words),
                     image_words(c->words, c->head->nr_words));
    w->found = true;
    return false;
}

static void the_smallest_case_is_found(void **state)
{
    struct wrong w = { .suite = SUITE_4LEVEL };
    struct matrix_options options = { .suite = w.suite, .seed = 3 };
    struct xenpt_cpu cpu = xenpt_cpu_widest(XENPT_INTEL);
    unsigned int tables = 0;
    struct matrix *m;
    struct blob blob;

    (void)state;
    cpu.maxphyaddr = 40;
    cpu.cet_ss = cpu.pks = false;
    w.believed = cpu;
    w.believed.vendor = XENPT_AMD;
    options.cpu = cpu;
    assert_true(oracle_mmu_init(&w.oracle, &cpu));
    assert_int_equal(matrix_create(&options, &m, NULL), XENPT_OK);
    blob_init(&blob, 0);
    assert_int_equal(matrix_more(m, 50000, &blob, NULL), XENPT_OK);
    assert_int_equal(blob_finish(&blob, NULL), XENPT_OK);
    assert_int_equal(answer_blob(&w.believed, &blob, first_difference, &w, NULL), XENPT_OK);
    assert_true(w.found);
    /* P and G in one entry of the root, and of what is below no more than that it is not there. */
    for (unsigned int i = 0; i < w.smallest.nr_words; i++) {
        if (w.smallest.word[i].at & WORD_UNWATCHED)
            continue;
        tables += (w.smallest.word[i].value & 0xfff) != 0;
        if (w.smallest.word[i].value & 0x100)
            assert_int_equal(w.smallest.word[i].value & ~UINT64_C(0xffffffff000), 0x101);
    }
    assert_true(tables <= 2);
    assert_int_equal(w.smallest.access[0].kind, ACCESS_READ);
    assert_int_equal(w.smallest.access[0].cpl, 0);
    assert_int_equal(w.smallest.access[0].size, 1);
    assert_int_equal(w.smallest.state[0].cr4 & ~XENPT_CR4_PAE, 0);
    assert_in_range(w.runs, 2, 16);
    blob_free(&blob);
    matrix_destroy(m);
    oracle_mmu_fini(&w.oracle);
}

/* --- What a comparison is about -------------------------------------------------------------- */

static const struct blob_case head = { .nr_states = 1, .nr_words = 2, .nr_accesses = 1 };
static const struct blob_state states[1];
static const struct blob_word words[2] = { { 0x2000000, 0x7 }, { 0x2000008, 0x7 } };
static const struct blob_access accesses[1] = { { .kind = ACCESS_READ, .size = 4 } };
static const struct case_view view = { &head, states, words, accesses };

static unsigned int differs(const struct answer *a, const struct oracle_result *r)
{
    struct comparison cmp;

    compare(&view, 0, a, &r->result, &cmp);
    return cmp.differs;
}

static void each_difference_is_seen(void **state)
{
    static const struct result fault = {
        .outcome = RESULT_FAULT, .vector = 14, .code = 5, .address = 0x10
    };
    static const struct result exits = {
        .outcome = RESULT_EXIT, .code = 48, .value = 0x181, .address = 0x20, .linear = 0x30
    };
    struct answer a = { .result = fault };
    struct oracle_result r = { .result = fault };
    char text[DIFFERS_TEXT];

    (void)state;
    assert_int_equal(differs(&a, &r), 0);
    r.result.code = 4;
    assert_int_equal(differs(&a, &r), DIFFERS_CODE);
    r.result = fault;
    r.result.address++;
    assert_int_equal(differs(&a, &r), DIFFERS_ADDRESS);
    r.result = fault;
    r.result.vector = 13;
    assert_int_equal(differs(&a, &r), DIFFERS_VECTOR);
    r.result = fault;
    r.result.flags = RESULT_LOST_CHANGES;
    assert_int_equal(differs(&a, &r), DIFFERS_LOST);
    assert_string_equal(differs_text(DIFFERS_CODE | DIFFERS_LOST, text), "code, lost");
    r.result = fault;
    r.result.outcome = RESULT_DONE;
    assert_int_equal(differs(&a, &r), DIFFERS_OUTCOME);
    r.result.outcome = RESULT_DIED;
    assert_int_equal(differs(&a, &r), DIFFERS_OUTCOME);
    a.open = true;
    assert_int_equal(differs(&a, &r), 0);

    a = (struct answer){ .result = exits };
    r.result = exits;
    assert_int_equal(differs(&a, &r), 0);
    r.result.value ^= 1;
    assert_int_equal(differs(&a, &r), DIFFERS_INFO);
    a.value_free = 1;
    assert_int_equal(differs(&a, &r), 0);
    r.result = exits;
    r.result.linear++;
    assert_int_equal(differs(&a, &r), DIFFERS_LINEAR);

    a = (struct answer){ .result = { .outcome = RESULT_DONE, .value = 9 } };
    r.result = a.result;
    r.result.value = 8;
    assert_int_equal(differs(&a, &r), DIFFERS_VALUE);
}

static void words_are_compared(void **state)
{
    struct answer a = { .result = { .outcome = RESULT_DONE, .nr_changed = 1 },
                        .changed = { { 1, 0, 0x27 } } };
    struct oracle_result r = { .result = { .outcome = RESULT_DONE, .nr_changed = 1 },
                               .changed = { { 1, 0, 0x27 } } };

    (void)state;
    assert_int_equal(differs(&a, &r), 0);
    r.result.nr_changed = 0;
    assert_int_equal(differs(&a, &r), DIFFERS_WORDS);
    r.result.nr_changed = 2;
    r.changed[0] = (struct result_changed){ 0, 0, 0x27 };
    r.changed[1] = (struct result_changed){ 1, 0, 0x27 };
    assert_int_equal(differs(&a, &r), DIFFERS_WORDS);
    a.nr_freedoms = 1;
    a.freedom[0] = (struct freedom){ FREEDOM_A_ON_FAULT, 0, 0x20 };
    assert_int_equal(differs(&a, &r), 0);
    r.changed[0].value = 0x67;
    assert_int_equal(differs(&a, &r), DIFFERS_WORDS);
    r.changed[0].word = 7; /* There is none. */
    assert_int_equal(differs(&a, &r), DIFFERS_WORDS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_smallest_case_is_found),
        cmocka_unit_test(each_difference_is_seen),
        cmocka_unit_test(words_are_compared),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
