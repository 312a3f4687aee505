/*
 * test_pv_transfer.c - frames that PV guests pass on: mm.c, steal_page; common/grant_table.c,
 * gnttab_transfer; and what TLBs are told when a frame is another's.
 */
#include "pv_memory.h"

#include "xen/internal.h"

static void start(void)
{
    begin("memory-own");
}

static uint64_t tot_pages(uint32_t d)
{
    return p.w.machine->domains[d].nr_frames;
}

/* --- Passing on ---------------------------------------------------------------------------- */

/* XSA-214: with 64-bit code in it, which only the rule has looked at again. */
static void test_transfer(void **state)
{
    (void)state;
    for (int old = 0; old < 2; old++) {
        struct xenpt_pv_caller c = { .domain = 2 };
        uint64_t frame, got, frames;

        start();
        c.rules = &p.rules;
        assert_true(xenpt_pv_rules_switch(&p.rules, "steal-type", !old));
        frame = fresh(&p, 1);
        must(describe(at(frame, 3), UINT64_C(0x00affb000000ffff)));
        must(gdt(frame, 1));
        must(gdt(fresh(&p, 1), 0));
        frames = tot_pages(1);
        must(transfer_to(1, frame, 2, 0x9000, &got));
        assert_int_equal(got, frame);
        assert_int_equal(tot_pages(1), frames - 1);
        assert_int_equal(mfn_of(&p, 2, 0x9000), frame);
        assert_int_equal(m2p_of(frame), 0x9000);
        assert_int_equal(frame_is(&p, frame).type, old ? XENPT_FRAME_SEG_DESC : XENPT_FRAME_NONE);
        assert_int_equal(frame_is(&p, frame).count, 1);
        assert_int_equal(p.flush[0].kind, XENPT_PV_FLUSH_TLB);
        assert_int_equal(xenpt_pv_set_gdt(p.w.machine, &c, &frame, 1, &p.r, NULL), XENPT_OK);
        assert_string_equal(p.r.name, old ? "ok" : "EINVAL");
        counts_hold(&p);
        pv_finish(&p);
    }
}

/* What the other cannot have is gone all the same: put_gfn_and_copyback frees it. */
static void test_lost(void **state)
{
    uint64_t frame, got, free_before;

    (void)state;
    start();
    frame = fresh(&p, 1);
    free_before = nr_free();
    assert_string_equal(transfer_to(1, frame, 77, 0x9000, &got), "ESRCH");
    assert_int_equal(frame_is(&p, frame).count, 0);
    assert_int_equal(nr_free(), free_before + 1);
    /* But not if it was never taken. */
    assert_string_equal(transfer_to(1, page, 2, 0x9000, &got), "EINVAL");
    assert_int_equal(frame_is(&p, page).count, 2);
    counts_hold(&p);
    pv_finish(&p);
}

/* --- TLBs ---------------------------------------------------------------------------------- */

/* What was given back is forgotten by all CPUs before it is anybody's; of what was exchanged, which
 * has no owner when it is free, none is told. */
static void test_flushes(void **state)
{
    uint64_t frame = 0, got = 0, out = 0x8000;

    (void)state;
    start();
    /* Xen hands out the highest first. */
    must(reserve(1, XENPT_PV_INCREASE, &frame, 1, 0, SELF));
    assert_int_equal(p.nr_flushes, 0);
    must(give_back(1, frame));
    assert_int_equal(p.nr_flushes, 0);
    must(reserve(2, XENPT_PV_INCREASE, &got, 1, 0, SELF));
    assert_int_equal(got, frame);
    assert_int_equal(p.nr_flushes, 4);
    assert_string_equal(p.flush[0].rule->name, "memory-flush");
    must(give_back(2, got));
    /* CPUs that were flushed since need not be again. */
    must(ext(&p, 1, XENPT_PV_TLB_LOCAL, 0, 0, SELF));
    must(reserve(0, XENPT_PV_INCREASE, &got, 1, 0, SELF));
    assert_int_equal(got, frame);
    assert_int_equal(p.nr_flushes, 3);
    must(give_back(0, got));
    assert_true(xenpt_pv_rules_switch(&p.rules, "memory-flush", false));
    must(reserve(0, XENPT_PV_INCREASE, &got, 1, 0, SELF));
    assert_int_equal(p.nr_flushes, 0);
    assert_true(xenpt_pv_rules_switch(&p.rules, "memory-flush", true));
    must(swap_one(0, got, &out));
    got = 0;
    must(reserve(2, XENPT_PV_INCREASE, &got, 1, 0, SELF));
    assert_int_equal(p.nr_flushes, 0);
    /* Of two, the one that was given back later counts. */
    must(reserve(1, XENPT_PV_INCREASE, &frame, 1, 1, SELF));
    must(give_back(1, frame));
    for (uint32_t d = 0; d < 3; d++)
        must(ext(&p, d, XENPT_PV_TLB_LOCAL, 0, 0, SELF));
    must(give_back(1, frame + 1));
    must(reserve(1, XENPT_PV_INCREASE, &got, 1, 1, SELF));
    assert_int_equal(got, frame);
    assert_int_equal(p.nr_flushes, 4);
    pv_finish(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_transfer),
        cmocka_unit_test(test_lost),
        cmocka_unit_test(test_flushes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
