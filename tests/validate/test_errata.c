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

static void try_row(struct trying *t)
{
    struct matrix_options options = { .suite = t->suite, .seed = 1 };
    struct matrix *m;
    struct blob blob;

    t->cpu = xenpt_cpu_widest(t->suite == SUITE_EPT ? XENPT_INTEL : XENPT_AMD);
    t->cpu.maxphyaddr = 40;
    t->cpu.cet_ss = t->cpu.pks = t->cpu.ept_5level = t->cpu.ept_sss = false;
    options.cpu = t->cpu;
    blob_init(&blob, suite_flags(t->suite));
    assert_int_equal(matrix_create(&options, &m, NULL), XENPT_OK);
    assert_int_equal(matrix_more(m, ACCESSES, &blob, NULL), XENPT_OK);
    assert_int_equal(blob_finish(&blob, NULL), XENPT_OK);
    assert_int_equal(answer_blob(&t->cpu, &blob, look, t, NULL), XENPT_OK);
    blob_free(&blob);
    matrix_destroy(m);
}

static void each_row_explains_what_it_says(void **state)
{
    const struct erratum *row;

    (void)state;
    for (unsigned int i = 0; (row = erratum_row(i)); i++) {
        unsigned int seen = 0;

        assert_true(row->quirk < NR_QUIRKS || row->excludes);
        if (row->quirk == NR_QUIRKS)
            continue;
        for (unsigned int s = 0; s < NR_SUITES; s++) {
            struct trying t = { .row = row, .index = i, .suite = (enum suite)s };

            if (!(row->suites & 1u << s))
                continue;
            try_row(&t);
            seen += t.seen;
            print_message("%-22s %-8s %4u accesses, %5u ways of being wrong besides\n", row->name,
                          suite_name(t.suite), t.seen, t.spoilt);
        }
        if (!seen)
            fail_msg("%s: no access shows it", row->name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(each_row_explains_what_it_says) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
