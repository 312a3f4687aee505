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
        assert_null(own_rule(i)->error);
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
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_releases),
        cmocka_unit_test(test_another_release),
        cmocka_unit_test(test_cells),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
