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

/* A file without its line of rules. */
static void with_the_rule(const char *path, const char *copy)
{
    FILE *from = fopen(path, "r"), *to = fopen(copy, "w");
    char line[1024];

    assert_non_null(from);
    assert_non_null(to);
    while (fgets(line, sizeof(line), from)) {
        char *result = strstr(line, ", expect: [ { result:");

        if (!strncmp(line, "rules:", 6))
            continue;
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
    { "l1-writable", &random_machines[1], NULL, 6 },
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
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_mutants) };
    const struct CMUnitTest one[] = { cmocka_unit_test(test_asked) };

    if (argc > 1) {
        asked = argv[1];
        return cmocka_run_group_tests(one, NULL, NULL);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
