/*
 * test_pv_preempt.c - hypercalls that are pre-empted wherever Xen lets them be: mm.c,
 * promote_l2_table to promote_l4_table, demote_l2_table and so on, put_old_guest_table; asm/mm.h,
 * struct page_info, partial_flags.
 */
#include "fail_alloc.h"
#include "pv_tree.h"

#include <stdio.h>

#include "pv/op.h"

/* --- A tree with something in it ------------------------------------------------------------ */

/* Two L1 tables below each of two L2 tables, at both ends of those. */
static uint64_t root, upper, mid[2], low[4], data;

static void word(uint64_t frame, unsigned int slot, uint64_t entry)
{
    assert_int_equal(xenpt_store_write64(p.w.machine->store, at(frame, slot), entry, NULL),
                     XENPT_OK);
}

static void grow(const char *release)
{
    char text[1000];

    snprintf(text, sizeof(text), "%s%s", PV_HOST "xen: { release: \"", release);
    snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s",
             "\", pv32: yes }\n" PV_DOMAINS);
    pv_begin(&p, text);
    root = fresh(&p, 1);
    upper = fresh(&p, 1);
    data = fresh(&p, 1);
    for (int i = 0; i < 2; i++)
        mid[i] = fresh(&p, 1);
    for (int i = 0; i < 4; i++) {
        low[i] = fresh(&p, 1);
        word(low[i], 3, data << 12 | PAGE);
        word(mid[i / 2], i % 2 ? 511 : 1, low[i] << 12 | TABLE);
    }
    word(upper, 2, mid[0] << 12 | TABLE);
    word(upper, 500, mid[1] << 12 | TABLE);
    word(root, 7, upper << 12 | TABLE);
    counts_hold(&p);
}

static const char *call(uint32_t vcpu, uint32_t cmd, uint64_t frame, size_t nr, uint64_t preempt)
{
    struct xenpt_pv_caller c = pv_caller(&p, 1);
    struct xenpt_pv_mmuext op = { cmd, frame, 0 };
    struct xenpt_error err = { 0 };

    c.vcpu = vcpu;
    c.preempt = preempt;
    if (xenpt_pv_mmuext(p.w.machine, &c, &op, nr, SELF, &p.r, &err))
        fail_msg("%s", err.text);
    return p.r.name;
}

/* Goes on until it ends; counts are right wherever it stops.  How often it has stopped. */
static const char *result; /* In the end. */
static unsigned int through(uint32_t cmd, uint64_t frame, uint64_t preempt)
{
    unsigned int stops = 0;
    const char *then = NULL;
    size_t nr = 1;

    call(0, cmd, frame, nr, preempt);
    while (p.r.preempted) {
        assert_string_equal(p.r.name, "ERESTART");
        /* It takes a while, and few entries are more than a gap. */
        if (preempt > 2 || stops % 61 == 0)
            counts_hold(&p);
        nr = p.r.settled ? 0 : nr - p.r.done;
        then = p.r.settled && !then ? p.r.then_name : then;
        call(0, cmd, frame, nr, preempt);
        assert_true(++stops < 10000);
    }
    result = then ? then : p.r.name;
    counts_hold(&p);
    return stops;
}

/* --- To the end ---------------------------------------------------------------------------- */

static void test_same_in_the_end(void **state)
{
    static const char *const releases[] = { "4.12", "4.13", "4.17" };
    static const uint64_t limits[] = { 1,    2,    100,  511,  512,  513,  514,   600,
                                       1024, 1025, 1100, 1535, 2000, 3000, 100000 };

    (void)state;
    for (size_t r = 0; r < ARRAY_SIZE(releases); r++) {
        uint64_t pinned, apart;

        grow(releases[r]);
        assert_int_equal(through(XENPT_PV_PIN_L4, root, 0), 0);
        assert_int_equal(p.r.work, 1 + 512 + 512 + 2 * 512 + 4 * 512);
        pinned = pv_fingerprint(&p);
        through(XENPT_PV_UNPIN, root, 0);
        assert_int_equal(p.r.work, 1 + 512 + 512 + 2 * 512 + 4 * 512);
        apart = pv_fingerprint(&p);
        for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
            unsigned int stops = through(XENPT_PV_PIN_L4, root, limits[i]);

            assert_string_equal(p.r.name, "ok");
            assert_int_equal(stops == 0, limits[i] == 100000);
            if (pv_fingerprint(&p) != pinned)
                fail_msg("%s: pinned otherwise by %d at a time", releases[r], (int)limits[i]);
            stops = through(XENPT_PV_UNPIN, root, limits[i]);
            assert_int_equal(stops == 0, limits[i] == 100000);
            if (pv_fingerprint(&p) != apart)
                fail_msg("%s: apart otherwise by %d at a time", releases[r], (int)limits[i]);
        }
        pv_finish(&p);
    }
}

/* --- Not to the end ------------------------------------------------------------------------ */

/* What was made before is taken apart, with pre-emption as well. */
static void test_refused_later(void **state)
{
    static const uint64_t limits[] = { 0, 1, 300, 513, 700, 1500, 1700, 2600, 3600 };
    uint64_t before;

    (void)state;
    grow("4.17");
    word(low[3], 9, low[0] << 12 | PAGE); /* A table, mapped writable. */
    before = pv_fingerprint(&p);
    for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
        through(XENPT_PV_PIN_L4, root, limits[i]);
        assert_string_equal(result, "EBUSY");
        assert_false(frame_is(&p, root).pinned);
        for (int k = 0; k < 4; k++)
            assert_int_equal(frame_is(&p, low[k]).type_count, 0);
        assert_int_equal(frame_is(&p, mid[0]).count, 1);
        if (!limits[i])
            assert_true(pv_fingerprint(&p) == before);
    }
    pv_finish(&p);
}

static void test_what_is_pending(void **state)
{
    (void)state;
    grow("4.17");
    assert_string_equal(call(0, XENPT_PV_PIN_L4, root, 1, 520), "ERESTART");
    assert_true(p.r.preempted && !p.r.rule && !p.r.done);
    assert_true(frame_is(&p, mid[0]).partial && frame_is(&p, upper).partial);
    assert_false(frame_is(&p, root).validated);
    /* One of its own, one for being partial, and the entry's. */
    assert_int_equal(frame_is(&p, mid[0]).count, 3);
    assert_int_equal(frame_is(&p, mid[0]).type_count, 1);
    assert_true(frame_is(&p, mid[0]).entries > 0 && frame_is(&p, mid[0]).entries < 512);
    /* Nobody takes it for anything else. */
    assert_string_equal(mmu(&p, 1, at(root, 0), 0, SELF), "EINVAL");
    counts_hold(&p);
    assert_string_equal(call(0, XENPT_PV_PIN_L4, root, 1, 0), "ok");
    counts_hold(&p);
    /* It is unpinned at once, and the rest comes with no request. */
    assert_string_equal(call(0, XENPT_PV_UNPIN, root, 1, 520), "ERESTART");
    assert_int_equal(p.r.done, 1);
    assert_string_equal(p.r.then_name, "ok");
    counts_hold(&p);
    assert_string_equal(call(0, XENPT_PV_UNPIN, root, 0, 0), "ok");
    counts_hold(&p);
    pv_finish(&p);
}

/* Entries of a table that is left: the old one is taken apart later. */
static void test_deferred(void **state)
{
    struct xenpt_pv_mmu_update req[2];
    struct xenpt_pv_caller c;

    (void)state;
    grow("4.17");
    must(call(0, XENPT_PV_PIN_L4, root, 1, 0));
    req[0] = (struct xenpt_pv_mmu_update){ at(root, 7), 0 };
    req[1] = (struct xenpt_pv_mmu_update){ at(root, 8), 0 };
    c = pv_caller(&p, 1);
    c.preempt = 600;
    assert_int_equal(xenpt_pv_mmu_update(p.w.machine, &c, req, 2, SELF, &p.r, NULL), XENPT_OK);
    assert_true(p.r.preempted);
    assert_int_equal(p.r.done, 1);
    assert_int_equal(mem(&p, at(root, 7)), 0);
    assert_true(frame_is(&p, upper).partial);
    counts_hold(&p);
    c.preempt = 0;
    assert_int_equal(xenpt_pv_mmu_update(p.w.machine, &c, req + 1, 1, SELF, &p.r, NULL), XENPT_OK);
    assert_string_equal(p.r.name, "ok");
    assert_int_equal(frame_is(&p, upper).count, 1);
    counts_hold(&p);
    pv_finish(&p);
}

/* --- Two vCPUs ----------------------------------------------------------------------------- */

static const char *wrong(void)
{
    static char text[XENPT_PV_WRONG_MAX];
    uint64_t frame;

    assert_int_equal(xenpt_pv_check_counts(p.w.machine, text, &frame, NULL), XENPT_OK);
    return text;
}

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

/* --- Without memory ------------------------------------------------------------------------ */

/* Whoever has no memory to go on is where he was. */
static void test_no_memory(void **state)
{
    size_t nr = 1;

    (void)state;
    grow("4.17");
    for (int part = 0; part < 6; part++) {
        uint64_t before = pv_fingerprint(&p);

        for (unsigned long n = 0;; n++) {
            struct xenpt_pv_caller c = { .domain = 1, .preempt = 700 };
            struct xenpt_pv_mmuext op = { part < 3 ? XENPT_PV_PIN_L4 : XENPT_PV_UNPIN, root, 0 };
            enum xenpt_code code;

            fail_alloc_after(n);
            code = xenpt_pv_mmuext(p.w.machine, &c, &op, nr, SELF, &p.r, NULL);
            if (!fail_alloc_stop()) {
                assert_int_equal(code, XENPT_OK);
                break;
            }
            assert_int_equal(code, XENPT_ENOMEM);
            assert_true(pv_fingerprint(&p) == before);
        }
        counts_hold(&p);
        nr = p.r.preempted ? nr - p.r.done : 1;
    }
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
        cmocka_unit_test(test_same_in_the_end),
        cmocka_unit_test(test_refused_later),
        cmocka_unit_test(test_what_is_pending),
        cmocka_unit_test(test_deferred),
        cmocka_unit_test(test_held),
        cmocka_unit_test(test_cleared),
        cmocka_unit_test(test_taken_over),
        cmocka_unit_test(test_linear),
        cmocka_unit_test(test_preemptible),
        cmocka_unit_test(test_pin_error),
        cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_branches),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
