/* test_evaluate.c - expressions that somebody asks about when a scenario has run up to a step. */
#include "scenario_fixture.h"

#include <stdlib.h>

/* What is there before any step is where a machine description puts it; the rest follows. */
static const char text[] = "names:\n"
                           "  secret: d1.gfn(5)\n"
                           "  some: d1.gfn(1)\n"
                           "  feed: d1.gfn(7)\n"
                           "steps:\n"
                           "  - { let: old, be: d1.v0.kernel.root }\n"
                           "  - { let: old, be: secret }\n";

static struct xenpt_run *until(const char *step)
{
    struct xenpt_run_options opt = { .until = step };
    struct xenpt_run *run = scenario_run(text, &opt);

    assert_non_null(xenpt_run_machine(run));
    return run;
}

static uint64_t value(struct xenpt_run *run, const char *expr, enum xenpt_run_value want)
{
    struct xenpt_error err = { 0 };
    uint64_t first = 1, last = 2;

    if (xenpt_run_evaluate(run, expr, want, &first, &last, &err))
        fail_msg("%s: %s", expr, err.text);
    assert_int_equal(first, last);
    return first;
}

/* The p2m of a PV guest is read where Xen has it, and the directmap begins where config.h says. */
static void test_frames_and_addresses(void **state)
{
    struct xenpt_run *run = until("0");
    uint64_t mfn = value(run, "secret", XENPT_RUN_MFN);

    assert_int_equal(value(run, "d1.gfn(5)", XENPT_RUN_MFN), mfn);
    assert_int_equal(value(run, "maddr(secret) + 8", XENPT_RUN_MADDR), (mfn << 12) + 8);
    assert_int_equal(value(run, "xen.directmap(secret)", XENPT_RUN_ADDRESS),
                     0xffff830000000000 + (mfn << 12));
    assert_int_equal(value(run, "d0.v0.xen.frame(xen.directmap(secret))", XENPT_RUN_MFN), mfn);
    assert_int_equal(value(run, "(feed)", XENPT_RUN_MFN), value(run, "d1.gfn(7)", XENPT_RUN_MFN));
    assert_int_equal(value(run, "0x10", XENPT_RUN_GFN), 0x10);
    xenpt_run_destroy(run);
    (void)state;
}

static void test_ranges(void **state)
{
    struct xenpt_run *run = until("0");
    struct xenpt_error err = { 0 };
    uint64_t first, last;

    assert_int_equal(xenpt_run_evaluate(run, "some..secret", XENPT_RUN_MFN, &first, &last, &err),
                     XENPT_OK);
    assert_int_equal(first, value(run, "d1.gfn(1)", XENPT_RUN_MFN));
    assert_int_equal(last, value(run, "d1.gfn(5)", XENPT_RUN_MFN));
    xenpt_run_destroy(run);
    (void)state;
}

/* A name that a step remembers is what it was made by then. */
static void test_remembered(void **state)
{
    struct xenpt_run *run = until("1");
    uint64_t root = value(run, "old", XENPT_RUN_MFN);

    assert_int_equal(root, value(run, "d1.v0.kernel.root", XENPT_RUN_MFN));
    xenpt_run_destroy(run);
    run = until("2");
    assert_int_equal(value(run, "old", XENPT_RUN_MFN), value(run, "secret", XENPT_RUN_MFN));
    assert_int_not_equal(value(run, "old", XENPT_RUN_MFN), root);
    xenpt_run_destroy(run);
    (void)state;
}

static void test_refused(void **state)
{
    static const struct {
        const char *expr, *why;
        enum xenpt_run_value want;
        enum xenpt_code code;
    } rows[] = {
        { "secrets", "'secrets': there is no 'secrets', did you mean 'secret'?", XENPT_RUN_MFN,
          XENPT_EPARSE },
        { "", "something is missing", XENPT_RUN_MFN, XENPT_EPARSE },
        { "secret secret", "'secret' is too much", XENPT_RUN_MFN, XENPT_EPARSE },
        { "secret", "xen.directmap(MFN) is where Xen has it mapped", XENPT_RUN_ADDRESS,
          XENPT_EPARSE },
        { "d1", "is a domain, and a frame of the machine (mfn) was expected", XENPT_RUN_MFN,
          XENPT_EPARSE },
        { "d1.gfn(0x10000000)", "d1 has no frame", XENPT_RUN_MFN, XENPT_ESTATE },
        { "secret..some", "ends before it begins", XENPT_RUN_MFN, XENPT_ESTATE },
        { "old", "'old' is not remembered yet", XENPT_RUN_MFN, XENPT_ESTATE },
    };
    struct xenpt_run *run = until("0");

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct xenpt_error err = { 0 };
        uint64_t first, last;

        assert_int_equal(xenpt_run_evaluate(run, rows[i].expr, rows[i].want, &first, &last, &err),
                         rows[i].code);
        if (!strstr(err.text, rows[i].why))
            fail_msg("'%s': %s", rows[i].expr, err.text);
    }
    /* And it goes on as if nothing had been asked. */
    assert_int_equal(value(run, "secret", XENPT_RUN_MFN), value(run, "d1.gfn(5)", XENPT_RUN_MFN));
    xenpt_run_destroy(run);
    (void)state;
}

static void test_no_machine(void **state)
{
    struct xenpt_run *run = scenario_run(text, NULL);
    struct xenpt_error err = { 0 };
    uint64_t first, last;

    assert_int_equal(xenpt_run_evaluate(run, "secret", XENPT_RUN_MFN, &first, &last, &err),
                     XENPT_ESTATE);
    xenpt_run_destroy(run);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_frames_and_addresses), cmocka_unit_test(test_ranges),
        cmocka_unit_test(test_remembered),           cmocka_unit_test(test_refused),
        cmocka_unit_test(test_no_machine),
    };

    return cmocka_run_group_tests(tests, scenario_setup, scenario_teardown);
}
