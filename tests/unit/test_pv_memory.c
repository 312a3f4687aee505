/*
 * test_pv_memory.c - memory that PV guests give back and get: common/memory.c, as its functions
 * have it in 4.17; whose frames are, what M2P says of them, and what Xen's allocator has.
 */
#include "fail_alloc.h"
#include "pv_memory.h"

#include "xen/internal.h"
#include "xenpt/derive.h"
#include "xenpt/roots.h"

static void start(void)
{
    begin("memory-own");
}

static uint64_t tot_pages(uint32_t d)
{
    return p.w.machine->domains[d].nr_frames;
}

/* A page that nothing refers to: it is free at once, and nobody's. */
static void test_given_back(void **state)
{
    uint64_t frames, free_before, frame, pfn;

    (void)state;
    start();
    frame = fresh(&p, 1);
    frames = tot_pages(1);
    free_before = nr_free();
    pfn = m2p_of(frame);
    assert_int_equal(mfn_of(&p, 1, pfn), frame);
    must(mmu(&p, 1, at(frame, 7), 0x1234, SELF));
    must(give_back(1, frame));
    assert_int_equal(p.r.done, 1);
    assert_int_equal(nr_free(), free_before + 1);
    assert_int_equal(tot_pages(1), frames - 1);
    assert_int_equal(m2p_of(frame), UINT64_MAX); /* INVALID_M2P_ENTRY */
    assert_int_equal(mfn_of(&p, 1, pfn), NO_TABLE);
    assert_int_equal(frame_is(&p, frame).count, 0);
    assert_int_equal(mem(&p, at(frame, 7)), 0);
    /* It has neighbours, which are what they were. */
    assert_int_equal(mfn_of(&p, 1, pfn - 1), frame - 1);
    assert_int_equal(mfn_of(&p, 1, pfn + 1), frame + 1);
    assert_int_equal(m2p_of(frame + 1), pfn + 1);
    /* Nobody has it: not to be mapped, nor given back again. */
    assert_string_equal(mmu(&p, 1, at(l1, 1), frame << 12 | PAGE, SELF), "EBUSY");
    assert_string_equal(give_back(1, frame), "short");
    assert_string_equal(pv_rule(&p), "memory-own");
    assert_int_equal(p.r.error, 0);
    counts_hold(&p);
    pv_finish(&p);
}

/* One that is mapped is the domain's until it is not mapped: PGC_allocated is one reference. */
static void test_still_mapped(void **state)
{
    uint64_t free_before;

    (void)state;
    start();
    free_before = nr_free();
    must(give_back(1, page));
    assert_int_equal(nr_free(), free_before);
    assert_int_equal(frame_is(&p, page).count, 1);
    assert_int_equal(frame_is(&p, page).type_count, 1);
    assert_int_not_equal(m2p_of(page), UINT64_MAX);
    counts_hold(&p);
    /* Twice: the reference is gone only once, and Xen does not mind. */
    must(give_back(1, page));
    assert_int_equal(frame_is(&p, page).count, 1);
    /* It can be mapped again meanwhile. */
    must(mmu(&p, 1, at(l1, 1), page << 12 | PAGE, SELF));
    must(mmu(&p, 1, at(l1, 0), 0, SELF));
    assert_int_equal(nr_free(), free_before);
    counts_hold(&p);
    must(mmu(&p, 1, at(l1, 1), 0, SELF));
    assert_int_equal(nr_free(), free_before + 1);
    assert_int_equal(m2p_of(page), UINT64_MAX);
    assert_int_equal(p.w.machine->nr_dropped, 0);
    counts_hold(&p);
    pv_finish(&p);
}

/* A table's pin is a reference; and a page that d0 has mapped stays, too. */
static void test_table_and_foreign(void **state)
{
    uint64_t table = 0, other, free_before, map;

    (void)state;
    start();
    table = empty(1);
    other = fresh(&p, 1);
    map = fresh(&p, 0);
    must(ext(&p, 0, XENPT_PV_PIN_L1, map, 0, SELF));
    must(mmu(&p, 0, at(map, 3), other << 12 | PAGE, 1));
    free_before = nr_free();
    must(give_back(1, table));
    must(give_back(1, other));
    assert_int_equal(nr_free(), free_before);
    counts_hold(&p);
    must(ext(&p, 1, XENPT_PV_UNPIN, table, 0, SELF));
    assert_int_equal(nr_free(), free_before + 1);
    must(mmu(&p, 0, at(map, 3), 0, SELF));
    assert_int_equal(nr_free(), free_before + 2);
    counts_hold(&p);
    pv_finish(&p);
}

/* Extents end where one cannot be done; of one with several frames, those before are gone. */
static void test_partial(void **state)
{
    uint64_t list[3], free_before;

    (void)state;
    start();
    list[0] = fresh(&p, 1);
    list[1] = fresh(&p, 0);
    list[2] = fresh(&p, 1);
    free_before = nr_free();
    assert_string_equal(reserve(1, XENPT_PV_DECREASE, list, 3, 0, SELF), "short");
    assert_int_equal(p.r.done, 1);
    assert_int_equal(p.r.frame, list[1]);
    assert_int_equal(nr_free(), free_before + 1);
    /* Frames two by two: list[2] is below list[0]. */
    list[0] = list[2];
    assert_string_equal(reserve(1, XENPT_PV_DECREASE, list, 1, 1, SELF), "short");
    assert_int_equal(p.r.done, 0);
    assert_int_equal(nr_free(), free_before + 2);
    counts_hold(&p);
    pv_finish(&p);
}

/* increase_reservation: M2P says nothing of what came until the guest does. */
static void test_increase(void **state)
{
    uint64_t got[2] = { 0, 0 }, before, table;

    (void)state;
    start();
    before = tot_pages(1);
    must(reserve(1, XENPT_PV_INCREASE, got, 2, 0, SELF));
    assert_int_equal(p.r.done, 2);
    assert_int_equal(tot_pages(1), before + 2);
    assert_int_equal(m2p_of(got[0]), UINT64_MAX);
    assert_int_equal(frame_is(&p, got[0]).count, 1);
    must(mmu(&p, 1, at(l1, 1), got[0] << 12 | PAGE, SELF));
    must(mmu(&p, 1, at(got[0], 0) | XENPT_PV_MMU_M2P, 0x9000, SELF));
    assert_int_equal(m2p_of(got[0]), 0x9000);
    assert_int_equal(mfn_of(&p, 1, 0x9000), got[0]);
    /* It is memory as any other: a table, too. */
    table = got[1];
    must(ext(&p, 1, XENPT_PV_PIN_L1, table, 0, SELF));
    counts_hold(&p);
    pv_finish(&p);
}

/* populate_physmap: M2P says what the guest has asked for. */
static void test_populate(void **state)
{
    uint64_t extent = 0x8000, got;

    (void)state;
    start();
    must(reserve(1, XENPT_PV_POPULATE, &extent, 1, 4, SELF));
    got = extent;
    assert_int_equal(got % 16, 0);
    for (uint64_t i = 0; i < 16; i++) {
        assert_int_equal(m2p_of(got + i), 0x8000 + i);
        assert_int_equal(mfn_of(&p, 1, 0x8000 + i), got + i);
    }
    /* A number that another frame had: M2P says it of both, and the guest means the newer. */
    extent = 0x8003;
    must(reserve(1, XENPT_PV_POPULATE, &extent, 1, 0, SELF));
    assert_int_equal(mfn_of(&p, 1, 0x8003), extent);
    assert_int_equal(m2p_of(got + 3), 0x8003);
    assert_int_equal(mfn_of(&p, 1, 0x8004), got + 4);
    counts_hold(&p);
    pv_finish(&p);
}

/* Of another domain, as a toolstack does. */
static void test_of_another(void **state)
{
    uint64_t extent = 0x8000, frame, before;

    (void)state;
    start();
    frame = fresh(&p, 1);
    before = tot_pages(1);
    must(reserve(0, XENPT_PV_DECREASE, &frame, 1, 0, 1));
    assert_int_equal(tot_pages(1), before - 1);
    must(reserve(0, XENPT_PV_POPULATE, &extent, 1, 0, 1));
    assert_int_equal(mfn_of(&p, 1, 0x8000), extent);
    counts_hold(&p);
    pv_finish(&p);
}

/* XENMEM's limit is what the domain may have: with libxl, 1 MiB more than it has. */
static void test_limit(void **state)
{
    uint64_t got[300] = { 0 };

    (void)state;
    start();
    assert_string_equal(reserve(1, XENPT_PV_INCREASE, got, 300, 0, SELF), "short");
    assert_int_equal(p.r.done, 256);
    assert_string_equal(pv_rule(&p), "memory-max");
    must(give_back(1, got[7]));
    must(reserve(1, XENPT_PV_INCREASE, got, 1, 0, SELF));
    counts_hold(&p);
    pv_finish(&p);
}

/* Types and vCPUs of the domains that are seen in memory alone, in one number. */
static uint64_t derived(void)
{
    const struct xenpt_machine_desc *desc;
    const struct xenpt_view *view;
    struct xenpt_derived *found;
    struct xenpt_error err = { 0 };
    struct xenpt_roots *roots;
    struct xenpt_view bare;
    uint64_t sum = 0;

    assert_int_equal(xenpt_machine_view(p.w.machine, &view, &err), XENPT_OK);
    bare = (struct xenpt_view){ .mem = view->mem };
    if (xenpt_roots_find(&bare, NULL, &roots, &err) || xenpt_derive(&bare, roots, &found, &err))
        fail_msg("%s", err.text);
    desc = xenpt_derived_desc(found);
    for (size_t i = 0; i < desc->nr_domains; i++)
        sum = sum * 100 + (uint64_t)desc->domains[i].type * 10 + desc->domains[i].vcpus;
    xenpt_derived_free(found);
    xenpt_roots_free(roots);
    return sum;
}

/* Frames that were passed around are of the same domains. */
static void test_derived(void **state)
{
    uint64_t extent = 0x8000, in, gone, out = 0x8100, before;

    (void)state;
    start();
    before = derived();
    in = fresh(&p, 1);
    gone = fresh(&p, 1);
    must(reserve(1, XENPT_PV_POPULATE, &extent, 1, 0, SELF));
    must(swap_one(1, in, &out));
    must(ext(&p, 1, XENPT_PV_PIN_L1, out, 0, SELF));
    must(mmu(&p, 1, at(l2, 1), out << 12 | TABLE, SELF));
    must(mmu(&p, 1, at(out, 5), extent << 12 | PAGE, SELF));
    must(give_back(1, gone));
    assert_int_equal(derived(), before);
    pv_finish(&p);
}

/* Without memory to note that it is free, a frame is mapped yet, and the request is undone. */
static void test_no_memory(void **state)
{
    unsigned int n = 0;
    bool done = false;

    (void)state;
    start();
    must(give_back(1, page));
    while (!done) {
        struct xenpt_pv_mmu_update req = { at(l1, 0), 0 };
        uint64_t free_before = nr_free(), sum = pv_fingerprint(&p);
        struct xenpt_pv_caller c = pv_caller(&p, 1);
        enum xenpt_code code;

        fail_alloc_once_after(n++);
        code = xenpt_pv_mmu_update(p.w.machine, &c, &req, 1, SELF, &p.r, NULL);
        done = !fail_alloc_stop();
        assert_int_equal(code, done ? XENPT_OK : XENPT_ENOMEM);
        assert_int_equal(nr_free(), free_before + done);
        if (!done)
            assert_int_equal(pv_fingerprint(&p), sum);
        counts_hold(&p);
    }
    assert_true(n > 1);
    pv_finish(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_given_back),        cmocka_unit_test(test_still_mapped),
        cmocka_unit_test(test_table_and_foreign), cmocka_unit_test(test_partial),
        cmocka_unit_test(test_increase),          cmocka_unit_test(test_populate),
        cmocka_unit_test(test_of_another),        cmocka_unit_test(test_limit),
        cmocka_unit_test(test_no_memory),         cmocka_unit_test(test_derived),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
