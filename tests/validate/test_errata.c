/*
 * test_errata.c - an erratum explains what it says that a machine does, and nothing besides.
 *
 * The model does the wrong thing in the machine's place; then one more thing is wrong with it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/bits.h"
#include "validate/errata.h"
#include "validate/matrix.h"

#define ACCESSES 60000
#define ENOUGH   400 /* Accesses of a suite that a row makes a difference to. */

/* What a machine says, in one piece. */
struct said {
    struct result result;
    struct result_changed changed[CASE_WORDS + 1];
};

/* One row under test, in one suite. */
struct trying {
    const struct erratum *row;
    unsigned int index;
    enum suite suite;
    struct xenpt_cpu cpu;
    unsigned int seen, spoilt;
};

static unsigned int explain(const struct trying *t, const struct case_view *c, unsigned int i,
                            const struct answer *right, const struct said *said, uint32_t *rows)
{
    struct comparison comparison;
    const struct difference d = { &t->cpu,         c,
                                  &c->accesses[i], &c->states[c->accesses[i].state],
                                  right,           &said->result,
                                  &comparison };

    compare(c, i, right, &said->result, &comparison);
    *rows = 0;
    return comparison.differs ? errata_explain(&d, t->row->mmu, t->row->version, t->suite, rows)
                              : 0;
}

/* One more thing that is wrong; false: there is no such thing in a result like this. */
static bool spoil(const struct case_view *c, unsigned int how, struct said *s)
{
    struct result *r = &s->result;
    bool fault = r->outcome == RESULT_FAULT, exits = r->outcome == RESULT_EXIT;
    uint32_t word = c->head->nr_words - 1;

    switch (how) {
    case 0:
        r->outcome = RESULT_ENTRY;
        r->code = 0x1234;
        return true;
    case 1:
        r->vector ^= 3;
        return fault;
    case 2:
        r->code ^= 0x8000;
        return fault || exits;
    case 3:
        r->address ^= XENPT_BIT(20);
        return exits || (fault && r->vector == 14);
    case 4:
        r->value ^= XENPT_BIT(40);
        return exits && r->code != 49;
    case 5:
        r->linear ^= XENPT_BIT(20);
        return exits && r->linear != XENPT_BIT(20);
    case 6: /* Of a word that nothing was to become of. */
        for (unsigned int i = 0; i < r->nr_changed; i++)
            if (s->changed[i].word == word)
                return false;
        s->changed[r->nr_changed++] = (struct result_changed){
            word, 0, c->words[word].value ^ XENPT_BIT(10)
        };
        return true;
    default: /* Of one that was to change: it did, and more than that. */
        if (r->nr_changed)
            s->changed[0].value ^= XENPT_BIT(10);
        return r->nr_changed > 0;
    }
}

static void try_access(struct trying *t, const struct case_view *c, unsigned int i,
                       const struct answer *right)
{
    struct answer wrong;
    struct said said;
    uint32_t rows;

    if (!quirk_concerns(t->row->quirk, &t->cpu, &c->states[c->accesses[i].state], &c->accesses[i]))
        return;
    model_answer_with(right->model, i, 1u << t->row->quirk, &wrong);
    said.result = wrong.result;
    memcpy(said.changed, wrong.changed, wrong.result.nr_changed * sizeof(said.changed[0]));
    if (wrong.open || right->open || explain(t, c, i, right, &said, &rows))
        return; /* Open, or another row's as well: then it is not this one's alone. */
    if (!(rows & 1u << t->index))
        return;
    t->seen++;
    for (unsigned int how = 0; how < 8; how++) {
        struct said worse = said;

        if (!spoil(c, how, &worse))
            continue;
        if (!explain(t, c, i, right, &worse, &rows))
            fail_msg("%s, %s: explains what it does not say, the %u. way of being wrong",
                     t->row->name, suite_name(t->suite), how);
        t->spoilt++;
    }
}

static bool look(void *ctx, const struct case_view *c, unsigned int i, const struct answer *answer)
{
    struct trying *t = ctx;

    try_access(t, c, i, answer);
    return t->seen < ENOUGH;
}

/* A suite's accesses, for a processor that has all that may go wrong. */
static void make_cases(enum suite suite, struct xenpt_cpu *cpu, struct blob *ret)
{
    struct matrix_options options = { .suite = suite, .seed = 1 };
    struct matrix *m;

    *cpu = xenpt_cpu_widest(suite == SUITE_EPT ? XENPT_INTEL : XENPT_AMD);
    cpu->maxphyaddr = 40;
    cpu->cet_ss = cpu->pks = cpu->ept_5level = cpu->ept_sss = false;
    options.cpu = *cpu;
    blob_init(ret, suite_flags(suite));
    assert_int_equal(matrix_create(&options, &m, NULL), XENPT_OK);
    assert_int_equal(matrix_more(m, ACCESSES, ret, NULL), XENPT_OK);
    assert_int_equal(blob_finish(ret, NULL), XENPT_OK);
    matrix_destroy(m);
}

static void try_rows(enum suite suite, unsigned int seen[ERRATA_MAX])
{
    const struct erratum *row;
    struct xenpt_cpu cpu;
    struct blob blob;

    make_cases(suite, &cpu, &blob);
    for (unsigned int i = 0; (row = erratum_row(i)); i++) {
        struct trying t = { .row = row, .index = i, .suite = suite, .cpu = cpu };

        if (row->quirk == NR_QUIRKS || !(row->suites & 1u << suite))
            continue;
        assert_int_equal(answer_blob(&cpu, &blob, look, &t, NULL), XENPT_OK);
        seen[i] += t.seen;
        print_message("%-8s %-22s %4u accesses, %5u ways of being wrong besides\n",
                      suite_name(suite), row->name, t.seen, t.spoilt);
    }
    blob_free(&blob);
}

static void each_row_explains_what_it_says(void **state)
{
    unsigned int seen[ERRATA_MAX] = { 0 };
    const struct erratum *row;

    (void)state;
    for (unsigned int s = 0; s < NR_SUITES; s++)
        try_rows((enum suite)s, seen);
    for (unsigned int i = 0; (row = erratum_row(i)); i++) {
        assert_true(row->quirk < NR_QUIRKS || row->excludes);
        if (row->quirk < NR_QUIRKS && !seen[i])
            fail_msg("%s: no access shows it", row->name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(each_row_explains_what_it_says) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
