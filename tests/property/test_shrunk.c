/*
 * test_shrunk.c - what steps at random are worth: a rule is off, they break something, a few of
 * them are left, and `xenpt run` of those fails as well, and not with the rule.
 */
#include "random_steps.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "xenpt/scenario.h"

#define SEEDS 12
#define STEPS 4000

/* What a scenario in a file comes out as; what: what of it failed. */
static enum xenpt_run_verdict verdict_of(const char *path, char *what, size_t size)
{
    struct xenpt_runner *runner = NULL;
    struct xenpt_run *run = NULL;
    const struct xenpt_run_result *r;
    enum xenpt_run_verdict verdict;

    assert_int_equal(xenpt_runner_create(&runner, NULL), XENPT_OK);
    assert_int_equal(xenpt_run_file(runner, path, NULL, &run, NULL), XENPT_OK);
    r = xenpt_run_result(run);
    if (r->nr_mistakes)
        fail_msg("%s:%u: %s", path, r->mistakes[0].line, r->mistakes[0].text);
    verdict = r->verdict;
    snprintf(what, size, "nothing");
    for (size_t i = 0; i < r->cells[0].nr_steps; i++)
        for (size_t k = 0; k < r->cells[0].steps[i].nr_expectations; k++)
            if (r->cells[0].steps[i].expectations[k].verdict == XENPT_RUN_FAILED)
                snprintf(what, size, "%s", r->cells[0].steps[i].expectations[k].text);
    xenpt_run_destroy(run);
    xenpt_runner_destroy(runner);
    return verdict;
}

/* A file without what its line of rules switches off. */
static void with_the_rule(const char *path, const char *copy)
{
    FILE *from = fopen(path, "r"), *to = fopen(copy, "w");
    char line[1024];

    assert_non_null(from);
    assert_non_null(to);
    while (fgets(line, sizeof(line), from)) {
        char *result = strstr(line, ", expect: [ { result:");
        char *off = strncmp(line, "rules:", 6) ? NULL : strstr(line, " -");

        if (off)
            strcpy(off, "\n");
        /* What steps return is another thing then. */
        if (result)
            strcpy(result, " }\n");
        fputs(line, to);
    }
    assert_int_equal(fclose(from), 0);
    assert_int_equal(fclose(to), 0);
}

static const struct mutant {
    const char *rule;
    const struct random_machine *machine;
    const char *broken; /* Part of what is then; NULL: whatever it is. */
    size_t most;        /* Steps that are left. */
} mutants[] = {
    { "l1-writable", &random_machines[1], "are counted", 6 },
    { "table-type", &random_machines[1], "are counted", 4 },
    { "l1-owner", &random_machines[0], NULL, 6 },
};

static void found(const struct mutant *m)
{
    static const struct pace often = { .counts = 16, .invariants = 50 };
    const char *path = NULL;
    char what[400], mended[80];
    struct subject s;
    struct breached b;
    struct trace t;
    bool held = true;

    subject_begin(&s, m->machine->text, m->rule);
    for (uint64_t seed = 1; held && seed <= SEEDS; seed++) {
        held = run_random(&s, seed, STEPS, &often, &t, &b);
        if (!held)
            path = told(&s, seed, &t, &b);
        if (!held && t.nr > m->most)
            fail_msg("-%s: %zu steps are left, of %zu at most", m->rule, t.nr, m->most);
        free(t.step);
    }
    if (held)
        fail_msg("-%s: nobody noticed", m->rule);
    if (m->broken && !strstr(b.text, m->broken))
        fail_msg("-%s: %s", m->rule, b.text);
    subject_end(&s);
    assert_int_equal(verdict_of(path, what, sizeof(what)), XENPT_RUN_FAILED);
    if (!strstr(what, "invariant"))
        fail_msg("-%s: %s: %s has failed", m->rule, path, what);
    snprintf(mended, sizeof(mended), "mended-%s", path);
    with_the_rule(path, mended);
    if (verdict_of(mended, what, sizeof(what)) != XENPT_RUN_HELD)
        fail_msg("-%s: %s, with the rule: %s has failed", m->rule, mended, what);
}

static void test_mutants(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < sizeof(mutants) / sizeof(mutants[0]); i++)
        found(&mutants[i]);
}

/* --- A step that is refused, and changes something all the same ----------------------------- */

static bool do_bug(struct subject *s, const struct rstep *t)
{
    assert_int_equal(entry_write(s->w.machine, t->v[0] << XENPT_PAGE_SHIFT, (unsigned int)t->v[1],
                                 t->v[2], NULL),
                     XENPT_OK);
    s->r = (struct xenpt_pv_result){ .error = 22, .name = "EINVAL", .rule = xenpt_pv_rule(0) };
    return true;
}

static void print_bug(const struct subject *s, const struct rstep *t, char *buf, size_t size)
{
    char frame[48];

    snprintf(buf, size, "poke: maddr(%s) + %" PRIu64 ", value: %" PRIu64,
             frame_text(s, t->v[0], frame), 8 * t->v[1], t->v[2]);
}

static const struct rkind bug = { .name = "bug", .apply = do_bug, .print = print_bug };

/* It is the last, others are not needed for it, and the scenario reads what was there before. */
static void test_refused(void **unused)
{
    static const struct pace never = { 0, 0 };
    struct rstep list[5];
    struct trace t = { list, 5 };
    char what[400];
    struct breached b;
    struct subject s;

    (void)unused;
    subject_begin(&s, random_machines[1].text, NULL);
    s.dice = dice_of(7);
    for (unsigned int i = 0; i < 4; i++) {
        list[i] = subject_step(&s);
        assert_true(step_checked(&s, &list[i], i, &never, &b));
    }
    list[4] = (struct rstep){ .kind = &bug, .v = { s.pool[1][3], 5, 0x77 } };
    assert_false(step_checked(&s, &list[4], 4, &never, &b));
    assert_int_equal(b.what, BREACH_REFUSED);
    assert_int_equal(verdict_of(told(&s, 7, &t, &b), what, sizeof(what)), XENPT_RUN_FAILED);
    assert_int_equal(t.nr, 1);
    assert_string_equal(what, "data: 0x0");
    subject_end(&s);
}

/* A rule by its name, for whoever asks. */
static const char *asked;

static void test_asked(void **unused)
{
    (void)unused;
    for (unsigned int i = 0; i < 4; i++) {
        struct mutant m = { asked, &random_machines[i], NULL, 1000 };
        found(&m);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_mutants),
                                        cmocka_unit_test(test_refused) };
    const struct CMUnitTest one[] = { cmocka_unit_test(test_asked) };

    if (argc > 1) {
        asked = argv[1];
        return cmocka_run_group_tests(one, NULL, NULL);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
