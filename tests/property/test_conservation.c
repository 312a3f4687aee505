/*
 * test_conservation.c - steps at random on machines of several kinds: what is refused changes
 * nothing, counts are what is live, invariants hold, and when all domains are gone everything is
 * free.
 *
 * With an argument: the first seed; a second one: how many steps in all; a third: the machine.
 * XENPT_PV_STEPS is how many, likewise.  Without, a hundred thousand: then it takes half a minute.
 */
#include "random_steps.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "xenpt/scenario.h"

#define EPISODE 2500 /* Steps on one machine. */

#define MACHINES 7
#define REPLAYED 5 /* Seeds that are made again. */

static uint64_t seed = 1;
static unsigned long steps = 100000;
static const char *only;

static const struct pace pace = { .counts = 64, .invariants = 250 };

static void go(const struct random_machine *m)
{
    struct subject s;
    struct breached b;
    struct trace t;

    if (only && !strstr(m->name, only))
        return;
    subject_begin(&s, m->text, NULL);
    all_destroyed(&s, UINT64_MAX, &b);
    s.empty = xenpt_machine_stats(s.w.machine).free_frames;
    for (unsigned long n = 0, i = 0, more; n < steps / MACHINES; n += more, i++) {
        bool held;

        more = steps / MACHINES - n < EPISODE ? steps / MACHINES - n : EPISODE;
        held = run_random(&s, seed + i, more, &pace, &t, &b);

        if (held && !all_destroyed(&s, s.empty, &b))
            held = false;
        if (!held) {
            told(&s, seed + i, &t, &b);
            fail_msg("%s, seed %" PRIu64 ": %s", m->name, seed + i, b.text);
        }
        free(t.step);
    }
    print_message("%s: seeds %" PRIu64 " and on\n", m->name, seed);
    subject_end(&s);
}

static void test_xpti(void **unused)
{
    (void)unused;
    go(&random_machines[0]);
}

static void test_last(void **unused)
{
    (void)unused;
    go(&random_machines[1]);
}

static void test_older(void **unused)
{
    (void)unused;
    go(&random_machines[2]);
}

static void test_shadows(void **unused)
{
    (void)unused;
    go(&random_machines[3]);
}

static void test_devices(void **unused)
{
    (void)unused;
    go(&random_machines[4]);
    go(&random_machines[5]);
}

static void test_sharing(void **unused)
{
    (void)unused;
    go(&random_machines[6]);
}

/* --- Again --------------------------------------------------------------------------------- */

/* The steps as a scenario: each has the same result, and the machine is the same. */
static void replayed(const struct random_machine *m, uint64_t of)
{
    const struct xenpt_run_options until = { .until = "last" };
    static const struct pace never = { 0, 0 };
    struct xenpt_runner *runner = NULL;
    struct xenpt_run *run = NULL;
    const struct xenpt_run_result *r;
    struct subject s, again;
    struct breached b;
    struct trace t;
    uint64_t was;
    size_t n;
    char *text;

    subject_begin(&s, m->text, NULL);
    assert_true(run_random(&s, of, 400, &never, &t, &b));
    was = subject_fingerprint(&s);
    text = scenario_of(&s, &t, NULL);
    assert_true(subject_fingerprint(&s) == was);
    n = strlen(text);
    text = realloc(text, n + 64);
    assert_non_null(text);
    strcpy(text + n, "  - { name: last, let: a, be: 1 }\n");
    assert_int_equal(xenpt_runner_create(&runner, NULL), XENPT_OK);
    assert_int_equal(xenpt_run_bytes(runner, "random.yaml", text, strlen(text), &until, &run, NULL),
                     XENPT_OK);
    r = xenpt_run_result(run);
    if (r->nr_mistakes)
        fail_msg("%s, seed %" PRIu64 ": line %u: %s", m->name, of, r->mistakes[0].line,
                 r->mistakes[0].text);
    for (size_t i = 0; i < r->cells[0].nr_steps; i++)
        if (r->cells[0].steps[i].verdict != XENPT_RUN_HELD)
            fail_msg("%s, seed %" PRIu64 ": %s: %s", m->name, of, r->cells[0].steps[i].text,
                     r->cells[0].steps[i].expectations[0].found);
    again = s;
    again.w.machine = xenpt_run_machine(run);
    assert_non_null(again.w.machine);
    assert_true(subject_fingerprint(&again) == was);
    xenpt_run_destroy(run);
    xenpt_runner_destroy(runner);
    free(text);
    free(t.step);
    subject_end(&s);
}

static void test_replay(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < MACHINES; i++)
        for (uint64_t k = 0; k < REPLAYED; k++)
            replayed(&random_machines[i], seed + k);
    /* What was known of a frame did depend on whether a snapshot was held. */
    replayed(&random_machines[3], 100);
    /* A call that cannot be made has its vCPU in its kernel all the same. */
    replayed(&random_machines[2], 200);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_xpti),    cmocka_unit_test(test_last),
        cmocka_unit_test(test_older),   cmocka_unit_test(test_shadows),
        cmocka_unit_test(test_devices), cmocka_unit_test(test_sharing),
        cmocka_unit_test(test_replay),
    };
    const char *wanted = getenv("XENPT_PV_STEPS");

    if (wanted)
        steps = strtoul(wanted, NULL, 0);
    if (argc > 1)
        seed = strtoull(argv[1], NULL, 0);
    if (argc > 2)
        steps = strtoul(argv[2], NULL, 0);
    if (argc > 3)
        only = argv[3];
    return cmocka_run_group_tests(tests, NULL, NULL);
}
