/*
 * test_conservation.c - steps at random on machines of several kinds: what is refused changes
 * nothing, counts are what is live, invariants hold, and when all domains are gone everything is
 * free.
 *
 * With an argument: the first seed; a second one: how many steps in all; a third: the machine.
 * XENPT_PV_STEPS is how many, likewise.  Without, fifty thousand: then it takes a quarter of a
 * minute.
 */
#include "random_state.h"
#include "random_steps.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "xenpt/scenario.h"

#define EPISODE 2500 /* Steps on one machine. */

#define MACHINES 9
#define REPLAYED 5 /* Seeds that are made again. */

static uint64_t seed = 1;
static unsigned long steps = 50000;
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
    go(&random_machines[6]);
}

static void test_pvh(void **unused)
{
    (void)unused;
    go(&random_machines[7]);
}

static void test_sharing(void **unused)
{
    (void)unused;
    go(&random_machines[8]);
}

/* --- Again --------------------------------------------------------------------------------- */

/* As a scenario; the last of its steps is named. */
static char *text_of(struct subject *s, const struct trace *t)
{
    char *text = scenario_of(s, t, NULL);
    size_t n = strlen(text);

    text = realloc(text, n + 64);
    assert_non_null(text);
    strcpy(text + n, "  - { name: last, let: a, be: 1 }\n");
    return text;
}

/* The first step that has another result, or NULL. */
static const char *other_result(const struct xenpt_run_result *r)
{
    if (r->nr_mistakes)
        return r->mistakes[0].text;
    for (size_t i = 0; i < r->cells[0].nr_steps; i++)
        if (r->cells[0].steps[i].verdict != XENPT_RUN_HELD)
            return r->cells[0].steps[i].text;
    return NULL;
}

/* So many steps as a scenario: what of it is not as it was, or NULL; the last step: text. */
static const char *differs(const struct random_machine *m, uint64_t of, size_t steps_,
                           char last[STEP_TEXT_MAX])
{
    const struct xenpt_run_options until = { .until = "last" };
    static const struct pace never = { 0, 0 };
    static char what[600];
    struct xenpt_runner *runner = NULL;
    struct xenpt_run *run = NULL;
    struct state_parts is, was;
    struct subject s, again;
    const char *ret;
    struct breached b;
    struct trace t;
    uint64_t sum;
    char *text;

    subject_begin(&s, m->text, NULL);
    assert_true(run_random(&s, of, steps_, &never, &t, &b));
    sum = subject_fingerprint(&s);
    state_take(s.w.machine, &was);
    text = text_of(&s, &t);
    assert_true(subject_fingerprint(&s) == sum);
    step_text(&s, &t.step[t.nr - 1], last, STEP_TEXT_MAX);
    assert_int_equal(xenpt_runner_create(&runner, NULL), XENPT_OK);
    assert_int_equal(xenpt_run_bytes(runner, "random.yaml", text, strlen(text), &until, &run, NULL),
                     XENPT_OK);
    ret = other_result(xenpt_run_result(run));
    if (!ret) {
        again = s;
        again.w.machine = xenpt_run_machine(run);
        assert_non_null(again.w.machine);
        state_take(again.w.machine, &is);
        ret = state_differs(&is, &was);
        if (!ret && subject_fingerprint(&again) != sum)
            ret = "memory, or what is known of frames";
    }
    if (ret)
        ret = what + 0 * snprintf(what, sizeof(what), "%s", ret);
    xenpt_run_destroy(run);
    xenpt_runner_destroy(runner);
    free(text);
    free(t.step);
    subject_end(&s);
    return ret;
}

/* The steps as a scenario: each has the same result, and the machine is the same. */
static void replayed(const struct random_machine *m, uint64_t of)
{
    size_t same = 0, other = 400;
    char last[STEP_TEXT_MAX];

    if (only && !strstr(m->name, only))
        return;
    if (!differs(m, of, other, last))
        return;
    while (other - same > 1) {
        size_t middle = (same + other) / 2;

        *(differs(m, of, middle, last) ? &other : &same) = middle;
    }
    fail_msg("%s, seed %" PRIu64 ", after %zu steps: %s; the last: %s", m->name, of, other,
             differs(m, of, other, last), last);
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
        cmocka_unit_test(test_devices), cmocka_unit_test(test_pvh),
        cmocka_unit_test(test_sharing), cmocka_unit_test(test_replay),
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
