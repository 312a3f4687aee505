/*
 * test_physmap_memory.c - an HVM or PVH guest gives memory back and gets some, as its balloon
 * driver asks for; common/memory.c, decrease_reservation, populate_physmap, 4.17.
 */
#include "fail_alloc.h"
#include "physmap_fixture.h"
#include "pv_memory.h"

#include "xen/internal.h"

#define NONE UINT64_MAX

static void run(uint32_t d)
{
    struct xenpt_error err = { 0 };

    if (xenpt_machine_run(p.w.machine, d, 0, 3, XENPT_RUN_GUEST, &err))
        fail_msg("%s", err.text);
}

/* d3 has 16 MiB in pages of 2 MiB; 4.17, EPT. */
static void guest(void)
{
    begin("physmap-source");
    run(3);
}

static const char *take(uint64_t gfn, uint32_t order)
{
    uint64_t at = gfn;

    return reserve(3, XENPT_PV_DECREASE, &at, 1, order, SELF);
}

static const char *give(uint64_t *gfn, uint32_t order)
{
    return reserve(3, XENPT_PV_POPULATE, gfn, 1, order, SELF);
}

static uint64_t nr_frames(void)
{
    return p.w.machine->domains[3].nr_frames;
}

static void test_decrease(void **state)
{
    uint64_t was, next, frames;

    (void)state;
    guest();
    was = frame_at(3, 0x400);
    next = frame_at(3, 0x401);
    frames = nr_frames();
    must(take(0x400, 0));
    assert_int_equal(frame_at(3, 0x400), NONE);
    assert_int_equal(frame_at(3, 0x401), next);
    assert_int_equal(entry_at(3, 0x401).level, 1);
    assert_true(is_free(was));
    assert_int_equal(m2p_says(was), NONE);
    assert_int_equal(nr_frames(), frames - 1);
    counts_hold(&p);
    /* There is nothing any more; nor where there was no memory. */
    assert_string_equal(take(0x400, 0), "short");
    assert_string_equal(pv_rule(&p), "memory-own");
    assert_string_equal(take(0x80000, 0), "short");
    /* The page of the local APIC is no memory. */
    assert_string_equal(take(0xfee00, 0), "short");
    assert_string_equal(pv_rule(&p), "physmap-direct");
    /* What Xen shares with it is taken out. */
    must(add(3, XENPT_PHYSMAP_SHARED_INFO, 0, 0x400));
    counts_hold(&p);
    pv_finish(&p);
}

/* An extent of several ends in its middle: what is before is gone. */
static void test_middle(void **state)
{
    uint64_t frames;

    (void)state;
    guest();
    must(take(0x405, 0));
    frames = nr_frames();
    assert_string_equal(take(0x400, 3), "short");
    assert_int_equal(p.r.done, 0);
    assert_int_equal(frame_at(3, 0x404), NONE);
    assert_true(frame_at(3, 0x406) != NONE);
    assert_int_equal(nr_frames(), frames - 5);
    counts_hold(&p);
    pv_finish(&p);
}

/* A larger page comes in the place of a table. */
static void test_superpage(void **state)
{
    uint64_t at = 0x400, before;

    (void)state;
    guest();
    before = nr_free();
    must(take(0x400, 9));
    assert_int_equal(p.r.done, 1);
    /* 512 frames, and a table that its page became. */
    assert_int_equal(nr_free(), before + 511);
    for (uint64_t i = 0; i < 512; i++)
        assert_int_equal(frame_at(3, 0x400 + i), NONE);
    must(give(&at, 9));
    /* rw-, no x: code in it is what CVE-2018-12207 is about. */
    assert_int_equal(entry_at(3, 0x400).entry, UINT64_C(0x9c000000000003f3) | at << 12);
    assert_int_equal(entry_at(3, 0x5ff).level, 2);
    assert_int_equal(frame_at(3, 0x5ff), at + 511);
    assert_int_equal(m2p_says(at + 511), 0x5ff);
    assert_int_equal(nr_free(), before);
    counts_hold(&p);
    pv_finish(&p);
}

/* Not aligned, it is small pages. */
static void test_small(void **state)
{
    uint64_t at = 0x10001;

    (void)state;
    guest();
    must(take(0x400, 9));
    must(give(&at, 9));
    assert_int_equal(entry_at(3, 0x10001).level, 1);
    assert_int_equal(frame_at(3, 0x10200), at + 0x1ff);
    assert_int_equal(frame_at(3, 0x10201), NONE);
    assert_int_equal(m2p_says(at + 0x1ff), 0x10200);
    counts_hold(&p);
    pv_finish(&p);
}

/* Memory that it had there is its own, and nowhere. */
static void test_over(void **state)
{
    uint64_t at = 0x400, was, frames;

    (void)state;
    guest();
    was = frame_at(3, 0x400);
    frames = nr_frames();
    must(give(&at, 0));
    assert_int_equal(frame_at(3, 0x400), at);
    assert_int_equal(m2p_says(was), NONE);
    assert_false(is_free(was));
    assert_int_equal(nr_frames(), frames + 1);
    counts_hold(&p);
    pv_finish(&p);
}

static void test_limits(void **state)
{
    uint64_t at = UINT64_C(1) << 36, many[300], frames;

    (void)state;
    guest();
    frames = nr_frames();
    assert_string_equal(give(&at, 0), "short");
    assert_string_equal(pv_rule(&p), "physmap-gfn");
    /* It is the guest's by then. */
    assert_int_equal(nr_frames(), frames + 1);
    at = 0x10000;
    assert_string_equal(give(&at, 10), "short");
    assert_string_equal(pv_rule(&p), "memory-order");
    /* 256 pages more than it was described with, of which its builder took some. */
    for (uint64_t i = 0; i < 300; i++)
        many[i] = 0x10000 + i;
    assert_string_equal(reserve(3, XENPT_PV_POPULATE, many, 300, 0, SELF), "short");
    assert_string_equal(pv_rule(&p), "memory-max");
    assert_int_equal(nr_frames(), (16 << 8) + 256);
    /* What comes without a place. */
    must(take(0x400, 0));
    must(reserve(3, XENPT_PV_INCREASE, &at, 1, 0, SELF));
    assert_int_equal(m2p_says(at), NONE);
    assert_false(is_free(at));
    /* Another's, by who may. */
    at = 0x401;
    must(reserve(0, XENPT_PV_DECREASE, &at, 1, 0, 3));
    at = 0x402;
    assert_string_equal(reserve(1, XENPT_PV_DECREASE, &at, 1, 0, 3), "short");
    assert_string_equal(pv_rule(&p), "memory-right");
    counts_hold(&p);
    pv_finish(&p);
}

static void test_memory(void **state)
{
    enum xenpt_code code;

    (void)state;
    guest();
    must(take(0x400, 9));
    for (unsigned long n = 0;; n++) {
        struct xenpt_pv_reservation r = { XENPT_PV_POPULATE, SELF, 9, 0, false };
        struct xenpt_pv_caller c = pv_caller(&p, 3);
        uint64_t before = pv_fingerprint(&p), frames = nr_frames(), free = nr_free(), at = 0x400;

        fail_alloc_after(n);
        code = xenpt_pv_reservation(p.w.machine, &c, &r, &at, 1, &p.r, NULL);
        if (!fail_alloc_stop())
            break;
        assert_int_equal(code, XENPT_ENOMEM);
        assert_int_equal(pv_fingerprint(&p), before);
        assert_int_equal(nr_frames(), frames);
        assert_int_equal(nr_free(), free);
    }
    assert_int_equal(code, XENPT_OK);
    counts_hold(&p);
    pv_finish(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decrease),  cmocka_unit_test(test_middle),
        cmocka_unit_test(test_superpage), cmocka_unit_test(test_small),
        cmocka_unit_test(test_over),      cmocka_unit_test(test_limits),
        cmocka_unit_test(test_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
