/*
 * test_pv_preempt.c - hypercalls that are pre-empted wherever Xen lets them be: mm.c,
 * promote_l2_table to promote_l4_table, demote_l2_table and so on, put_old_guest_table.
 */
#include "fail_alloc.h"
#include "pv_grown.h"

#include "pv/op.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_in_the_end), cmocka_unit_test(test_refused_later),
        cmocka_unit_test(test_what_is_pending), cmocka_unit_test(test_deferred),
        cmocka_unit_test(test_no_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
