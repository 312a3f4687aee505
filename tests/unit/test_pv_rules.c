/*
 * test_pv_rules.c - each of Xen's rules is reached, refuses with its error, and refuses nothing any
 * more when it is switched off; and which releases have it.
 */
#include "pv_cases.h"

static const struct pv_cases *const lists[] = {
    &pv_table_cases,   &pv_call_cases,     &pv_memory_cases,   &pv_control_cases,
    &pv_grant_cases,   &pv_event_cases,    &pv_resource_cases, &pv_store_cases,
    &pv_physmap_cases, &pv_argument_cases, &pv_device_cases,   &pv_grant_rare_cases,
    &pv_param_cases,   &pv_pager_cases,    &pv_fifo_cases,     &pv_vcpu_cases,
    &pv_pirq_cases,    &pv_sharing_cases,
};
#define NR_LISTS (sizeof(lists) / sizeof(lists[0]))

static size_t nr_cases(void)
{
    size_t nr = 0;

    for (size_t i = 0; i < NR_LISTS; i++)
        nr += lists[i]->nr;
    return nr;
}

static const struct pv_case *case_at(size_t i)
{
    size_t list = 0;

    while (i >= lists[list]->nr)
        i -= lists[list++]->nr;
    return &lists[list]->cases[i];
}

static void test_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < nr_cases(); i++) {
        const char *error;

        begin(case_at(i)->rule);
        error = case_at(i)->fn();
        if (strcmp(error, case_at(i)->error) != 0 || strcmp(pv_rule(&p), case_at(i)->rule) != 0)
            fail_msg("%s: %s by '%s'", case_at(i)->rule, error, pv_rule(&p));
        assert_string_equal(xenpt_pv_rule_named(case_at(i)->rule)->error, case_at(i)->error);
        pv_finish(&p);
    }
}

static void test_switched_off(void **state)
{
    (void)state;
    for (size_t i = 0; i < nr_cases(); i++) {
        begin(case_at(i)->rule);
        assert_true(xenpt_pv_rules_switch(&p.rules, case_at(i)->rule, false));
        case_at(i)->fn();
        if (strcmp(pv_rule(&p), case_at(i)->instead ? case_at(i)->instead : "") != 0)
            fail_msg("without %s: %s by '%s'", case_at(i)->rule, p.r.name, pv_rule(&p));
        pv_finish(&p);
    }
}

/* No row is left out here, but for those that refuse nothing. */
static void test_all(void **state)
{
    (void)state;
    for (size_t i = 0; xenpt_pv_rule(i); i++) {
        bool found = !xenpt_pv_rule(i)->error;

        for (size_t k = 0; k < nr_cases(); k++)
            found |= !strcmp(case_at(k)->rule, xenpt_pv_rule(i)->name);
        if (!found)
            fail_msg("no test reaches %s", xenpt_pv_rule(i)->name);
    }
}

/* --- Releases ------------------------------------------------------------------------------ */

static bool has(uint16_t minor, uint16_t patch, const char *rule)
{
    struct xenpt_pv_rules r = xenpt_pv_rules_of((struct xenpt_release){ 4, minor, patch });

    for (size_t i = 0; xenpt_pv_rule(i); i++)
        if (!strcmp(xenpt_pv_rule(i)->name, rule))
            return r.in_force[i];
    fail_msg("there is no rule %s", rule);
    return false;
}

static void test_releases(void **state)
{
    (void)state;
    /* XSA-148: 4.6.1; XSA-185: 4.7.1; XSA-240: 4.10; XSA-286: 4.14.1. */
    assert_false(has(6, 0, "l2-superpage"));
    assert_true(has(6, 1, "l2-superpage"));
    assert_true(has(7, 0, "l2-superpage"));
    assert_false(has(7, 0, "linear-pae"));
    assert_true(has(7, 1, "linear-pae"));
    assert_false(has(9, 4, "linear-depth"));
    assert_true(has(10, 0, "linear-depth"));
    assert_false(has(14, 0, "linear-flush"));
    assert_true(has(14, 1, "linear-flush"));
    assert_true(has(20, 0, "cache-global-old") && !has(21, 0, "cache-global-old"));
    assert_true(has(21, 0, "cache-global") && !has(20, 4, "cache-global"));
    assert_false(has(18, 0, "pae-below-4g"));
    /* XSA-212: 4.8.1; XSA-214: 4.8.2. */
    assert_true(has(8, 1, "exchange-array") && !has(8, 0, "exchange-array"));
    assert_true(has(8, 0, "exchange-base") && !has(8, 1, "exchange-base"));
    assert_true(has(16, 0, "pod-external") && !has(17, 0, "pod-external"));
    assert_true(has(15, 0, "resource-empty") && !has(14, 0, "resource-empty"));
    assert_true(has(17, 7, "grant-copy-domain") && !has(17, 5, "grant-copy-domain"));
    assert_true(has(8, 2, "steal-type") && !has(8, 1, "steal-type"));
    /* XSA-213: 4.8.2. */
    assert_false(has(8, 1, "multicall-iret"));
    assert_true(has(8, 2, "multicall-iret"));
    assert_true(has(15, 0, "hvm-multicall") && !has(16, 0, "hvm-multicall"));
    assert_true(has(8, 2, "hvm-mmuext") && !has(9, 0, "hvm-mmuext"));
    /* XSA-378, 379 and 384: the first branch after them is 4.16. */
    assert_true(has(16, 0, "physmap-direct") && !has(15, 0, "physmap-direct"));
    assert_true(has(16, 0, "physmap-one-place") && !has(15, 0, "physmap-one-place"));
    assert_true(has(16, 0, "physmap-held") && !has(15, 0, "physmap-held"));
    assert_true(has(18, 0, "physmap-foreign-hardware") && !has(19, 0, "physmap-foreign-hardware"));
    /* XSA-288: 4.12. */
    assert_true(has(12, 0, "device-types") && !has(11, 4, "device-types"));
    assert_true(has(15, 0, "event-status-xen") && has(18, 0, "event-status-xen"));
    assert_false(has(14, 0, "event-status-xen") || has(19, 0, "event-status-xen"));
    assert_true(has(10, 0, "resource-none") && !has(11, 0, "resource-none"));
    assert_true(has(14, 0, "param-deprecated-old") && !has(15, 0, "param-deprecated-old"));
    assert_true(has(15, 0, "param-deprecated") && !has(11, 0, "param-deprecated-old"));
    assert_true(has(14, 0, "resource-nr") && !has(15, 0, "resource-nr"));
    /* The domctl first, and then by the way, of VMX alone. */
    assert_true(has(13, 0, "sharing-enabled") && !has(14, 0, "sharing-enabled"));
    assert_true(has(14, 0, "sharing-vmx") && !has(13, 0, "sharing-vmx"));
    assert_false(has(10, 0, "resource-right") || has(22, 0, "unpause-foreign"));
    assert_true(has(18, 0, "resource-translated") && !has(19, 0, "resource-translated"));
    assert_true(has(19, 0, "resource-views") && !has(18, 0, "resource-views"));
    assert_null(xenpt_pv_rule_named("no-such"));
    assert_false(xenpt_pv_rules_switch(&p.rules, "no-such", true));
}

/* What one release answers otherwise than another, of the same machine. */
static void test_told_apart(void **state)
{
    static const struct xenpt_release old = { 4, 17, 7 }, new = { 4, 20, 5 };

    (void)state;
    for (size_t i = 0; i < nr_pv_answers; i++)
        for (int k = 0; k < 2; k++) {
            const char *expected = k ? pv_answers[i].newer : pv_answers[i].older, *error;

            begin("");
            p.rules = xenpt_pv_rules_of(k ? new : old);
            error = pv_answers[i].fn();
            if (strcmp(error, expected) != 0)
                fail_msg("%s, of 4.%d: %s by '%s', expected %s", pv_answers[i].what, k ? 20 : 17,
                         error, pv_rule(&p), expected);
            pv_finish(&p);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refused),    cmocka_unit_test(test_switched_off),
        cmocka_unit_test(test_all),        cmocka_unit_test(test_releases),
        cmocka_unit_test(test_told_apart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
