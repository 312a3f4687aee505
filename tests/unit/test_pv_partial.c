/*
 * test_pv_partial.c - tables that are validated in part, and what releases have got wrong of that:
 * XSA-299 (c40b33d726 and the ten before it), 309 (07e546ef49), 45, 290, 58; asm/mm.h, struct
 * page_info, partial_flags.
 */
#include "pv_grown.h"

/* --- Two vCPUs ----------------------------------------------------------------------------- */

/* XSA-299: the table that one has begun to take apart, another one has pinned meanwhile. */
static void pinned_meanwhile(const char *release)
{
    grow(release);
    must(call(0, XENPT_PV_PIN_L3, upper, 1, 0));
    assert_string_equal(call(0, XENPT_PV_UNPIN, upper, 1, 600), "ERESTART");
    assert_true(frame_is(&p, upper).partial);
    must(call(1, XENPT_PV_PIN_L3, upper, 1, 0));
    assert_true(frame_is(&p, upper).validated);
    counts_hold(&p);
    must(call(0, XENPT_PV_UNPIN, upper, 0, 0));
}

static void test_held(void **state)
{
    (void)state;
    pinned_meanwhile("4.13");
    counts_hold(&p);
    assert_int_equal(frame_is(&p, upper).type_count, 1);
    pv_finish(&p);
    pinned_meanwhile("4.12");
    assert_string_not_equal(wrong(), "");
    assert_true(frame_is(&p, upper).pinned);
    assert_int_equal(frame_is(&p, upper).type_count, 0);
    pv_finish(&p);
}

/* XSA-299: what an entry had at which Xen began is taken for what the one behind it has. */
static void begun_again(const char *release)
{
    grow(release);
    word(upper, 3, mid[1] << 12 | TABLE);
    word(upper, 500, 0);
    must(call(0, XENPT_PV_PIN_L3, upper, 1, 0));
    /* Into the L2 in slot 2. */
    assert_string_equal(call(0, XENPT_PV_UNPIN, upper, 1, 509 + 1 + 512 * 3 + 300), "ERESTART");
    assert_int_equal(frame_is(&p, upper).entries, 2);
    assert_true(frame_is(&p, mid[0]).partial);
    /* It is a table again, up to behind that slot, ... */
    assert_string_equal(call(1, XENPT_PV_PIN_L3, upper, 1, 1), "ERESTART");
    assert_int_equal(frame_is(&p, upper).entries, 3);
    /* ...and to the end. */
    must(call(1, XENPT_PV_PIN_L3, upper, 1, 0));
}

static void test_cleared(void **state)
{
    (void)state;
    begun_again("4.13");
    counts_hold(&p);
    pv_finish(&p);
    begun_again("4.12");
    assert_int_equal(frame_is(&p, mid[1]).count, 1);
    assert_string_not_equal(wrong(), "");
    pv_finish(&p);
}

/* Another one takes over what was begun, and finishes it. */
static void test_taken_over(void **state)
{
    uint64_t other;

    (void)state;
    grow("4.17");
    other = fresh(&p, 1);
    word(other, 0, mid[0] << 12 | TABLE);
    assert_string_equal(call(0, XENPT_PV_PIN_L4, root, 1, 600), "ERESTART");
    assert_true(frame_is(&p, mid[0]).partial);
    must(call(1, XENPT_PV_PIN_L3, other, 1, 0));
    assert_true(frame_is(&p, mid[0]).validated);
    assert_int_equal(frame_is(&p, mid[0]).type_count, 1);
    counts_hold(&p);
    must(call(0, XENPT_PV_PIN_L4, root, 1, 0));
    assert_int_equal(frame_is(&p, mid[0]).type_count, 2);
    counts_hold(&p);
    pv_finish(&p);
}

/* --- Linear tables ------------------------------------------------------------------------- */

/* XSA-309: a leads to b; c, which leads to a, would make a chain. */
static const char *chain(const char *release)
{
    uint64_t a, b, c;

    grow(release);
    a = fresh(&p, 1);
    b = fresh(&p, 1);
    c = fresh(&p, 1);
    must(call(0, XENPT_PV_PIN_L2, b, 1, 0));
    must(call(0, XENPT_PV_PIN_L2, c, 1, 0));
    word(a, 0, b << 12 | RO);
    assert_string_equal(call(0, XENPT_PV_PIN_L2, a, 1, 20), "ERESTART");
    assert_int_equal(frame_is(&p, a).linear, 1);
    must(call(0, XENPT_PV_PIN_L2, a, 1, 0));
    return mmu(&p, 1, at(c, 0), a << 12 | RO, SELF);
}

static void test_linear(void **state)
{
    (void)state;
    assert_string_equal(chain("4.13"), "EINVAL");
    assert_string_equal(pv_rule(&p), "linear-depth");
    pv_finish(&p);
    assert_string_equal(chain("4.12"), "ok");
    pv_finish(&p);
}

/* --- What is pre-empted at all, and what is lost ---------------------------------------------- */

static void test_preemptible(void **state)
{
    uint64_t empty_l3;

    (void)state;
    /* XSA-45. */
    grow("4.2");
    assert_true(through(XENPT_PV_PIN_L4, root, 600) > 0);
    assert_int_equal(through(XENPT_PV_UNPIN, root, 600), 0);
    pv_finish(&p);
    grow("4.3");
    assert_int_equal(through(XENPT_PV_PIN_L4, root, 0), 0);
    assert_true(through(XENPT_PV_UNPIN, root, 600) > 0);
    pv_finish(&p);
    /* XSA-290. */
    grow("4.11");
    empty_l3 = fresh(&p, 1);
    assert_int_equal(through(XENPT_PV_PIN_L3, empty_l3, 10), 0);
    pv_finish(&p);
    grow("4.12");
    empty_l3 = fresh(&p, 1);
    assert_true(through(XENPT_PV_PIN_L3, empty_l3, 10) > 0);
    pv_finish(&p);
}

/* XSA-58: a table that is refused behind its first entry. */
static void test_pin_error(void **state)
{
    (void)state;
    grow("4.17");
    must(call(0, XENPT_PV_PIN_L4, l4 = fresh(&p, 1), 1, 0));
    word(mid[1], 300, l4 << 12 | TABLE);
    word(low[0], 5, mid[1] << 12 | RO);
    must(call(0, XENPT_PV_PIN_L1, low[0], 1, 0));
    assert_string_equal(call(0, XENPT_PV_PIN_L2, mid[1], 1, 0), "EINVAL");
    assert_int_equal(frame_is(&p, mid[1]).count, 2);
    counts_hold(&p);
    xenpt_pv_rules_switch(&p.rules, "pin-error-ref", false);
    assert_string_equal(call(0, XENPT_PV_PIN_L2, mid[1], 1, 0), "EINVAL");
    assert_string_not_equal(wrong(), "");
    pv_finish(&p);
    /* Not at its first. */
    grow("4.17");
    must(call(0, XENPT_PV_PIN_L4, l4 = fresh(&p, 1), 1, 0));
    word(mid[1], 0, l4 << 12 | TABLE);
    xenpt_pv_rules_switch(&p.rules, "pin-error-ref", false);
    assert_string_equal(call(0, XENPT_PV_PIN_L2, mid[1], 1, 0), "EINVAL");
    counts_hold(&p);
    pv_finish(&p);
}

static bool has(const char *rule, uint16_t minor, uint16_t patch)
{
    struct xenpt_pv_rules of = xenpt_pv_rules_of((struct xenpt_release){ 4, minor, patch });

    for (size_t i = 0; xenpt_pv_rule(i); i++)
        if (!strcmp(xenpt_pv_rule(i)->name, rule))
            return of.in_force[i];
    return false;
}

/* git tag --contains: 758f40d7fa is in 4.14.6, and 221f6a97b5, which came after it, in 4.16.2. */
static void test_branches(void **state)
{
    (void)state;
    assert_false(has("type-flush-after", 14, 0));
    assert_false(has("type-flush-after", 14, 5));
    assert_true(has("type-flush-after", 14, 6));
    assert_false(has("type-flush-after", 15, 3));
    assert_true(has("type-flush-after", 15, 4));
    assert_false(has("type-flush-after", 16, 1));
    assert_true(has("type-flush-after", 16, 2));
    assert_true(has("type-flush-after", 17, 0));
    assert_true(has("type-flush-after", 18, 0));
    assert_false(has("type-flush-after", 13, 9));
    assert_false(has("non-coherent", 16, 0));
    assert_true(has("non-coherent", 14, 6));
    assert_true(has("type-flush-from", 14, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_held),        cmocka_unit_test(test_cleared),
        cmocka_unit_test(test_taken_over),  cmocka_unit_test(test_linear),
        cmocka_unit_test(test_preemptible), cmocka_unit_test(test_pin_error),
        cmocka_unit_test(test_branches),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
