/* test_scenario_control.c - running, repeating, remembering, going back; what is told of it. */
#include "scenario_fixture.h"

static void test_running(void **state)
{
    static const struct expect_row rows[] = {
        { "{ run: d0.v0.user, on: cpu1, expect: [{ root: cpu1, same-as: d0.v0.user }] }", HELD,
          NULL },
        { "{ run: d0.v0.user, on: cpu1, expect: [{ root: cpu0, same-as: d0.v0.user }] }", FAILED,
          "root mfn" },
        { "{ run: d0.v0.user }, { enter-xen: d0.v0, expect: [{ root: cpu0, same-as: d0.v0.xen-user "
          "}] }",
          HELD, NULL },
        { "{ run: d0.v0.user }, { enter-xen: d0.v0 }, { leave-xen: d0.v0, expect: [{ root: cpu0, "
          "same-as: d0.v0.user }] }",
          HELD, NULL },
        { "{ run: d2.v0.guest }, { enter-xen: d2.v0, expect: [{ root: cpu0, same-as: d2.v0.xen }] "
          "}, "
          "{ leave-xen: d2.v0 }",
          FAILED, "root mfn" }, /* d2's vCPU is on CPU 1. */
        { "{ run: d0.v0.user }, { switch: d0.v0, to: kernel, expect: [{ root: cpu0, same-as: "
          "d0.v0.kernel }] }",
          HELD, NULL },
        { "{ run: d0.v0.user }, { switch: d0.v0, to: user }", ERROR, "already" },
        { "{ run: d2.v0.guest }, { switch: d2.v0, to: user }", ERROR, "without Xen" },
        { "{ enter-xen: d0.v0 }", ERROR, "on no CPU" },
        { "{ run: d0.v0.xen }, { enter-xen: d0.v0 }", ERROR, "in Xen already" },
        { "{ run: d0.v0.user }, { leave-xen: d0.v0 }", ERROR, "not in Xen" },
        { "{ run: idle }", ERROR, "only contexts of vCPUs" },
        { "{ run: d0.v0.user, on: cpu2 }", ERROR, "the host has 2 CPUs" },
        { "{ run: d0.v0 }", ERROR, "its contexts" },
        { "{ run: d0.v0.user, no: cpu1 }", ERROR, "did you mean 'on'?" },
        { "{ run: d0.v0.user, enter-xen: d0.v0 }", ERROR, "a step is 'run' already" },
        { "run", ERROR, "a step was expected" },
    };

    (void)state;
    CHECK(steps_are, rows);
}

static void test_repeating(void **state)
{
    static const struct expect_row rows[] = {
        { "{ repeat: 3, as: i, steps: [{ access: read, in: d0.v0.xen, at: xen.directmap(i), "
          "expect: "
          "[{ fault: none }] }] }, { run: d0.v0.user, expect: [{ root: cpu0, same-as: d0.v0.user "
          "}] "
          "}",
          HELD, NULL },
        { "{ repeat: 3, as: i, steps: [{ poke: i * 8, value: i }, { access: read, in: d0.v0.xen, "
          "at: "
          "xen.directmap(0) + i * 8, expect: [{ data: 1 & i }] }] }",
          FAILED, "2 (0x2)" },
        { "{ repeat: 3, steps: [{ leave-xen: d0.v0 }] }", ERROR, "on no CPU" },
        { "{ repeat: 3, steps: 5 }", ERROR, "a list of steps" },
        { "{ repeat: 3 }", ERROR, "a list of steps" },
        { "{ repeat: 3, as: 5i, steps: [{ run: d0.v0.user }] }", ERROR, "is no name" },
        { "{ repeat: 3, as: i, steps: [{ run: d0.v0.user }] }, { poke: i, value: 1 }", ERROR,
          "there is no 'i'" },
        { "{ repeat: 2, as: a, steps: [{ repeat: 2, as: b, steps: [{ repeat: 2, as: c, steps: [{ "
          "repeat: 2, as: d, steps: [{ repeat: 2, as: e, steps: [{ repeat: 2, as: f, steps: [{ "
          "repeat: 2, as: g, steps: [{ run: d0.v0.user }] }] }] }] }] }] }] }",
          ERROR, "bound in each other" },
    };

    (void)state;
    CHECK(steps_are, rows);
}

static void test_remembering(void **state)
{
    static const struct expect_row rows[] = {
        { "{ let: one, be: d0.v0.root }, { run: d0.v0.user, expect: [{ root: d0.v0.xen, is: one }] "
          "}",
          HELD, NULL },
        { "{ run: d0.v0.kernel }, { let: one, be: d0.v0.root }, { run: d0.v0.user }, { let: two, "
          "be: "
          "d0.v0.root, expect: [{ root: d0.v0.xen, is: two }] }",
          FAILED, "root mfn" },
        { "{ let: one, be: 5 }, { let: one, be: d0.v0.root }", ERROR, "was a number" },
        { "{ let: one, be: two }", ERROR, "there is no 'two'" },
        { "{ let: 1x, be: 5 }", ERROR, "is no name" },
        { "{ snapshot: a }, { poke: 0x1000, value: 5 }, { restore: a }, { access: read, in: "
          "d0.v0.xen, "
          "at: xen.directmap(1), expect: [{ data: 0 }] }",
          HELD, NULL },
        { "{ snapshot: a }, { poke: 0x1000, value: 5 }, { access: read, in: d0.v0.xen, at: "
          "xen.directmap(1), expect: [{ data: 0 }] }",
          FAILED, "5" },
        { "{ snapshot: a }, { snapshot: b }, { restore: a }, { restore: b }", ERROR,
          "no snapshot 'b'" },
        { "{ snapshot: a }, { snapshot: b }, { snapshot: a }, { restore: b }, { restore: a }",
          ERROR, "no snapshot 'a'" },
        { "{ restore: a }", ERROR, "no snapshot 'a'" },
    };

    (void)state;
    CHECK(steps_are, rows);
}

static void test_domains(void **state)
{
    static const struct expect_row rows[] = {
        { "{ create: d5, as: { type: pv64, memory: 16M } }, { run: d5.v0.user, expect: [{ owner: "
          "d5.gfn(5), is: d5 }, { unreachable: d0, from: every guest context of d5 }, { slot: 258, "
          "in: "
          "d5.v0.xen, is: self }] }",
          HELD, NULL },
        { "{ create: d5, as: { type: hvm, memory: 16M, vcpus: 2 } }, { run: d5.v1.guest, expect: "
          "[{ "
          "reachable: d5, from: d5.p2m }, { owner: d5.v1.root, is: xen }] }",
          HELD, NULL },
        { "{ let: frame, be: d1.gfn(5) }, { destroy: d1, expect: [{ owner: frame, is: free }, { "
          "unreachable: frame, from: every guest context }] }",
          HELD, NULL },
        { "{ let: frame, be: d1.gfn(5) }, { destroy: d1 }, { create: d5, as: { type: pv64, memory: "
          "32M "
          "}, expect: [{ owner: frame, is: free }] }",
          FAILED, "d5" },
        { "{ destroy: d1 }, { run: d1.v0.user }", ERROR, "no such vCPU" },
        { "{ destroy: d1 }, { destroy: d1 }", ERROR, "there is no domain" },
        { "{ destroy: d1, expect: [{ mapped: 0, in: every context of d1 }] }", ERROR,
          "nobody is meant" },
        { "{ create: d1, as: { type: pv64, memory: 16M } }", ERROR, "a domain 'd1' already" },
        { "{ create: d5, as: { type: pv46, memory: 16M } }", ERROR, "did you mean 'pv64'?" },
        { "{ create: d5, as: { type: pv64, memory: 16G } }", ERROR, "no memory left" },
        { "{ create: d5, as: { type: pv64 } }", ERROR, "'memory' is missing" },
        { "{ run: d5.v0.user }, { create: d5, as: { type: pv64, memory: 16M } }", ERROR,
          "there is no 'd5'" },
        { "{ repeat: 2, steps: [ { create: d5, as: { type: pv64, memory: 16M } } ] }", ERROR,
          "created already" },
        { "{ snapshot: a }, { create: d5, as: { type: pv64, memory: 16M } }, { restore: a, expect: "
          "[{ "
          "mapped: 0, in: every context of d5 }] }",
          ERROR, "nobody is meant" },
        { "{ run: d0.v0.user }, { pause: d0.v0, expect: [{ root: cpu0, same-as: d0.v0.user }] }",
          HELD, NULL }, /* The tables that it has loaded stay. */
        { "{ pause: d0 }, { run: d0.v1.user }", ERROR, "is paused" },
        { "{ pause: d0.v0 }, { unpause: d0.v0 }, { run: d0.v0.user, expect: [{ root: cpu0, "
          "same-as: "
          "d0.v0.user }] }",
          HELD, NULL },
        { "{ pause: d0.v0 }, { pause: d0.v0 }", ERROR, "paused already" },
        { "{ unpause: d0.v0 }", ERROR, "not paused" },
        { "{ pause: cpu0 }", ERROR, "a vCPU or a domain" },
    };

    (void)state;
    CHECK(steps_are, rows);
}

/* --- What is told -------------------------------------------------------------------------- */

static void test_places(void **state)
{
    struct xenpt_run *run = scenario_run(
        "steps:\n  - run: d0.v0.user\n    name: first\n    expect:\n"
        "      - unmapped: xen.directmap(5)\n"
        "        in: every xen context\n"
        "        because: it is Xen's\n"
        "  - run: d0.v0.kernel\n",
        NULL);
    const struct xenpt_run_result *r = xenpt_run_result(run);
    const struct xenpt_run_cell *c = &r->cells[0];
    const struct xenpt_run_expectation *e;

    (void)state;
    assert_int_equal(r->verdict, FAILED);
    assert_int_equal(r->nr_cells, 1);
    assert_string_equal(c->name, "");
    assert_int_equal(c->nr_steps, 3);
    assert_int_equal(c->failed, 1);
    assert_string_equal(c->steps[1].text, "run: d0.v0.user");
    assert_string_equal(c->steps[1].name, "first");
    assert_int_equal(c->steps[1].place.line, 9);
    assert_int_equal(c->steps[2].verdict, XENPT_RUN_SKIPPED);
    e = &c->steps[1].expectations[0];
    assert_string_equal(e->text, "unmapped: xen.directmap(5), in: every xen context");
    assert_string_equal(e->because, "it is Xen's");
    assert_int_equal(e->place.line, 12);
    assert_int_equal(e->place.column, 9);
    assert_string_equal(e->subject, "idle");
    assert_string_equal(e->expected, "not mapped");
    assert_int_equal(e->asked, 9);
    assert_int_equal(e->failed, 9);
    assert_int_equal(e->nr_walks, 1);
    assert_int_equal(e->walks[0].nr_entries, 4);
    assert_int_equal(e->walks[0].entries[0].slot, 262);
    assert_string_equal(e->walks[0].entries[0].owner, "xen");
    xenpt_run_destroy(run);
}

static void test_keep_going(void **state)
{
    static const struct xenpt_run_options opt = { .keep_going = true };
    struct xenpt_run *run = scenario_run("steps:\n  - leave-xen: d0.v0\n  - run: d0.v0.user\n"
                                         "    expect: [{ root: cpu0, same-as: d0.v0.user }]\n",
                                         &opt);
    const struct xenpt_run_cell *c = &xenpt_run_result(run)->cells[0];

    (void)state;
    assert_int_equal(c->verdict, ERROR);
    assert_int_equal(c->steps[1].verdict, ERROR);
    assert_int_equal(c->steps[2].verdict, HELD);
    assert_int_equal(c->held, 1);
    assert_int_equal(c->errors, 1);
    xenpt_run_destroy(run);
}

static void test_trace(void **state)
{
    static const struct xenpt_run_options opt = { .trace = true };
    struct xenpt_run *run = scenario_run("steps:\n"
                                         "  - { poke: maddr(d0.gfn(5)) + 8, value: 7 }\n"
                                         "  - { run: d1.v0.user, on: cpu1 }\n"
                                         "  - { snapshot: a }\n"
                                         "  - { restore: a }\n",
                                         &opt);
    const struct xenpt_run_cell *c = &xenpt_run_result(run)->cells[0];

    (void)state;
    assert_int_equal(c->verdict, HELD);
    assert_int_equal(c->steps[1].nr_changes, 1);
    assert_true(c->steps[1].changes[0].poke);
    assert_int_equal(c->steps[1].changes[0].after, 7);
    assert_int_equal(c->steps[1].changes[0].slot, 1);
    assert_null(c->steps[1].changes[0].table);
    assert_true(c->steps[2].nr_changes > 1);
    assert_false(c->steps[2].changes[0].poke);
    assert_string_equal(c->steps[2].changes[c->steps[2].nr_changes - 1].table, "L4 of cpu1.xpti");
    assert_int_equal(c->steps[4].nr_changes, 0);
    xenpt_run_destroy(run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_running),   cmocka_unit_test(test_domains),
        cmocka_unit_test(test_repeating), cmocka_unit_test(test_remembering),
        cmocka_unit_test(test_places),    cmocka_unit_test(test_keep_going),
        cmocka_unit_test(test_trace),
    };

    return cmocka_run_group_tests(tests, scenario_setup, scenario_teardown);
}
