/* test_own_rules.c - what Xen does with its own tables, walkers, TLBs and caches, release by
 * release, and that a scenario's key `rules` switches it. */
#include "scenario_fixture.h"

#include "xen/own_rules.h"
#include "xenpt/pv.h"

/* Both in a machine's description and in a hypercall's rules, a row goes by one name. */
static void test_names(void **state)
{
    (void)state;
    for (size_t i = 0; own_rule(i); i++) {
        assert_non_null(own_rule(i)->text);
        assert_non_null(own_rule(i)->source);
        /* A policy, and what the xenstore refuses, come last. */
        assert_true(!own_rule(i)->error == (i < OWN_UNPAUSE_FOREIGN));
        assert_ptr_equal(xenpt_pv_rule_named(own_rule(i)->name), own_rule(i));
    }
}

static bool has(struct xenpt_release release, const char *name, bool on)
{
    struct xenpt_rules_wanted wanted = { .switched = { { name, on } }, .nr = name != NULL };
    struct xenpt_xen_desc xen = { .release = release, .rules = &wanted };
    bool rules[NR_OWN_RULES];

    own_rules_of(&xen, rules);
    return rules[OWN_MONITOR_LINEAR];
}

/* XSA-243 was mended in 4.9.1. */
static void test_releases(void **state)
{
    (void)state;
    assert_false(has((struct xenpt_release){ 4, 8, 5 }, NULL, false));
    assert_false(has((struct xenpt_release){ 4, 9, 0 }, NULL, false));
    assert_true(has((struct xenpt_release){ 4, 9, 1 }, NULL, false));
    assert_true(has((struct xenpt_release){ 4, 17, 0 }, NULL, false));
    assert_true(has((struct xenpt_release){ 4, 9, 0 }, "monitor-linear", true));
    assert_false(has((struct xenpt_release){ 4, 17, 0 }, "monitor-linear", false));
    assert_true(has((struct xenpt_release){ 4, 17, 0 }, "l1-writable", false));
}

static void test_another_release(void **state)
{
    struct xenpt_rules_wanted wanted = { .release = { 4, 9, 0 },
                                         .switched = { { "cr3-flush", false },
                                                       { "cr3-flush", true } },
                                         .nr = 2 };
    struct xenpt_xen_desc xen = { .release = { 4, 17, 0 }, .rules = &wanted };
    bool rules[NR_OWN_RULES];

    (void)state;
    own_rules_of(&xen, rules);
    assert_false(rules[OWN_MONITOR_LINEAR]);
    assert_true(rules[OWN_CR3_FLUSH]); /* A later word wins. */
}

#define HEAD                                                                                       \
    "host: { ram: 256M, processor: skylake-server }\n"                                             \
    "xen: { release: '4.17' }\n"                                                                   \
    "domains: { d0: { type: pv64, memory: 16M, privileged: yes },"                                 \
    " d1: { type: hvm, memory: 16M, paging: shadow }, d2: { type: hvm, memory: 16M } }\n"

static enum xenpt_run_verdict verdict_of(const char *text)
{
    struct xenpt_run *run = NULL;
    struct xenpt_runner *runner = NULL;
    struct xenpt_error err;
    enum xenpt_run_verdict ret;

    assert_int_equal(xenpt_runner_create(&runner, &err), XENPT_OK);
    assert_int_equal(xenpt_run_bytes(runner, "x.yaml", text, strlen(text), NULL, &run, &err),
                     XENPT_OK);
    assert_int_equal(xenpt_run_result(run)->nr_mistakes, 0);
    ret = xenpt_run_result(run)->verdict;
    xenpt_run_destroy(run);
    xenpt_runner_destroy(runner);
    return ret;
}

/* The shadow is what the guest has: another page, a right more, or one where the guest has none, is
 * found. */
static void test_shadows(void **state)
{
    static const struct {
        const char *steps;
        enum xenpt_run_verdict verdict;
    } rows[] = {
        { "", HELD },
        { "{ poke-entry: 0x5000, in: d1.v0.guest, frame: d1.gfn(6) },", FAILED },
        { "{ poke-entry: 0x5000, in: d1.v0.guest, clear: [RW] },", HELD },
        { "{ poke-entry: 0x30000, in: d1.v0.guest, set: [RW] },", HELD }, /* The guest's has RW. */
        { "{ poke-entry: 0x5000, in: d1.v0.guest, clear: [P] },", HELD },
        /* The guest takes its entry away behind Xen's back. */
        { "{ poke: maddr(d1.gfn(0x13)) + 0x28, value: 0 },", FAILED },
        /* RW, and then US. */
        { "{ poke: maddr(d1.gfn(0x13)) + 0x28, value: 0x5065 },", FAILED },
        { "{ poke: maddr(d1.gfn(0x13)) + 0x28, value: 0x5063 },", HELD },
        { "{ poke-entry: 0x5000, in: d1.v0.guest, set: [US] },", FAILED },
        /* It does so and Xen sees it. */
        { "{ guest-write: 0x13028, of: d1.v0, value: 0x6063 },", HELD },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char text[1024];

        snprintf(text, sizeof(text),
                 HEAD "steps: [ %s { run: d1.v0.guest, expect: [ { invariant: shadows, in: every "
                      "guest context of d1 } ] } ]\n",
                 rows[i].steps);
        if (verdict_of(text) != rows[i].verdict)
            fail_msg("%s", rows[i].steps);
    }
}

/* XSA-176: PS in an L4 entry, and in an L3 entry without pages of 1 GiB; Intel SDM vol. 3, 4.5. */
static void test_walks(void **state)
{
    static const struct {
        const char *rules, *write, *of;
        enum xenpt_run_verdict verdict;
    } rows[] = {
        { "xen-4.17", "0x10008, value: 0x110e7", "d2", HELD },
        { "-walk-ps", "0x10008, value: 0x110e7", "d2", FAILED },
        { "-walk-ps", "0x10008, value: 0x110e7", "d1", FAILED },
        { "-walk-ps", "0x10008, value: 0x11067", "d1", HELD },
        { "xen-4.17", "0x11008, value: 0x120e7", "d1", HELD },
        { "-walk-ps", "0x11008, value: 0x120e7", "d1", FAILED },       /* Shadows have no 1 GiB. */
        { "-walk-ps", "0x11008, value: 0x400000e7", "d2", HELD },      /* HAP has. */
        { "-walk-ps", "0x10008, value: 0x8000000011067", "d2", HELD }, /* Another reserved bit. */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char text[1024];

        snprintf(text, sizeof(text),
                 HEAD "rules: %s\nsteps: [ { guest-write: %s, of: %s.v0, expect: [ { invariant: "
                      "walks, in: every guest context of %s } ] } ]\n",
                 rows[i].rules, rows[i].write, rows[i].of, rows[i].of);
        if (verdict_of(text) != rows[i].verdict)
            fail_msg("%s %s %s", rows[i].rules, rows[i].write, rows[i].of);
    }
}

/* XSA-173: a guest on shadows has 44 bits, and one under HAP what the processor has: 46. */
static void test_width(void **state)
{
    static const struct {
        const char *rules, *of, *fault;
    } rows[] = {
        { "xen-4.17", "d1", "fault: page, error-code: [present, reserved]" },
        { "-shadow-gfn", "d1", "outcome: device" },
        { "xen-4.17", "d2", "fault: ept-violation" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char text[1024];

        snprintf(text, sizeof(text),
                 HEAD "rules: %s\nsteps: [ { guest-write: 0x12020, of: %s.v0, value: "
                      "0x1000004000e7 }, { access: read, in: %s.v0.guest, at: 0x800000, expect: "
                      "[ { %s } ] } ]\n",
                 rows[i].rules, rows[i].of, rows[i].of, rows[i].fault);
        if (verdict_of(text) != HELD)
            fail_msg("%s %s %s", rows[i].rules, rows[i].of, rows[i].fault);
    }
}

/* Machines that differ by such a rule are not the same, whatever else of them is. */
static void test_cells(void **state)
{
    static const char text[] =
        "parameters: { rules: [ xen-4.17, -monitor-linear ], held: [ every, 'no' ] }\n"
        "except: [ { rules: xen-4.17, held: 'no' }, { rules: -monitor-linear, held: every } ]\n"
        "host: { ram: 256M }\n"
        "xen: { release: '4.17' }\n"
        "domains: { d0: { type: pv64, memory: 16M, privileged: yes },"
        " d1: { type: hvm, memory: 16M, paging: shadow } }\n"
        "rules: $rules\n"
        "expect: [ { invariant: xen-slots, in: $held xen context of d1 } ]\n";
    struct xenpt_run *run = NULL;
    struct xenpt_runner *runner = NULL;
    struct xenpt_error err;

    (void)state;
    assert_int_equal(xenpt_runner_create(&runner, &err), XENPT_OK);
    assert_int_equal(
        xenpt_run_bytes(runner, "cells.yaml", text, sizeof(text) - 1, NULL, &run, &err), XENPT_OK);
    assert_int_equal(xenpt_run_result(run)->nr_mistakes, 0);
    assert_int_equal(xenpt_run_result(run)->nr_cells, 2);
    assert_int_equal(xenpt_run_result(run)->verdict, HELD);
    xenpt_run_destroy(run);
    xenpt_runner_destroy(runner);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),           cmocka_unit_test(test_releases),
        cmocka_unit_test(test_another_release), cmocka_unit_test(test_shadows),
        cmocka_unit_test(test_walks),           cmocka_unit_test(test_width),
        cmocka_unit_test(test_cells),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
