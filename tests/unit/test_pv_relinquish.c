/*
 * test_pv_relinquish.c - domains that are destroyed: what they refer to is let go, their frames are
 * Xen's again, and those that others have mapped when they have not; domain.c,
 * domain_relinquish_resources.
 */
#include "fail_alloc.h"
#include "pv_memory.h"

#include "xen/internal.h"

static void start(void)
{
    begin("memory-own");
}

static void destroy(uint32_t d)
{
    struct xenpt_error err = { 0 };

    if (xenpt_machine_domain_destroy(p.w.machine, d, &err))
        fail_msg("%s", err.text);
}

/* An L1 table of d0's, in which it maps a frame of another's. */
static uint64_t mapped_by_d0(uint64_t frame, uint32_t of)
{
    uint64_t table = fresh(&p, 0);

    must(ext(&p, 0, XENPT_PV_PIN_L1, table, 0, SELF));
    must(mmu(&p, 0, at(table, 3), frame << 12 | PAGE, of));
    return at(table, 3);
}

/* As many frames are free as on a machine where no domain ever was. */
static void test_all_is_free(void **state)
{
    struct world w;
    uint64_t frames;

    (void)state;
    build(&w, PV_HOST PV_XEN("4.17"));
    frames = xenpt_alloc_nr_free(w.machine->alloc);
    end(&w);
    start();
    must(gdt(fresh(&p, 1), 1));
    for (uint32_t i = 0; i < 4; i++) {
        destroy(3 - i);
        counts_hold(&p);
    }
    assert_int_equal(nr_free(), frames);
    assert_int_equal(p.w.machine->nr_dropped, 0);
    pv_finish(&p);
}

/* Two roots that lead to each other, as before XSA-240, hold each other up: they are let go all the
 * same. */
static void test_circle(void **state)
{
    uint64_t other;

    (void)state;
    start();
    assert_true(xenpt_pv_rules_switch(&p.rules, "linear-depth", false));
    other = fresh(&p, 1);
    must(ext(&p, 1, XENPT_PV_PIN_L4, other, 0, SELF));
    must(mmu(&p, 1, at(l4, 5), other << 12 | 0x25, SELF));
    must(mmu(&p, 1, at(other, 5), l4 << 12 | 0x25, SELF));
    must(ext(&p, 1, XENPT_PV_UNPIN, other, 0, SELF));
    must(ext(&p, 1, XENPT_PV_UNPIN, l4, 0, SELF));
    assert_int_equal(frame_is(&p, l4).type_count, 1);
    destroy(1);
    assert_int_equal(p.w.machine->domains[1].nr_frames, 0);
    assert_int_equal(frame_is(&p, l4).count, 0);
    assert_int_equal(frame_is(&p, other).count, 0);
    counts_hold(&p);
    pv_finish(&p);
}

/* What another has mapped is the dead domain's until then: of a PV guest, and of an HVM one. */
static void test_mapped_by_another(void **state)
{
    (void)state;
    for (uint32_t d = 1; d < 4; d += 2) {
        uint64_t entry, frame, freed, gfn = d == 1 ? 0 : 5;
        const struct xenpt_machine *m;
        struct xenpt_frame f;

        start();
        m = p.w.machine;
        frame = d == 1 ? page : domain_frame(&m->domains[d], 5);
        entry = mapped_by_d0(d == 1 ? frame : gfn, d);
        assert_int_equal(mem(&p, entry) >> 12 & 0xffffffffff, frame);
        destroy(d);
        freed = nr_free();
        assert_int_equal(m->domains[d].nr_frames, 1);
        assert_int_equal(m->nr_dropped, 1);
        f = frame_is(&p, frame);
        assert_int_equal(f.count, 1);
        assert_int_equal(f.type_count, d == 1);
        counts_hold(&p);
        must(mmu(&p, 0, entry, 0, SELF));
        assert_int_equal(nr_free(), freed + 1);
        assert_int_equal(m->domains[d].nr_memory, 0);
        assert_int_equal(m->nr_dropped, 0);
        assert_int_equal(m2p_of(frame), UINT64_MAX);
        counts_hold(&p);
        pv_finish(&p);
    }
}

/* The other way: who maps a frame of another's is destroyed, and had mapped the last of it. */
static void test_mapper_goes(void **state)
{
    uint64_t freed, frame, kept;

    (void)state;
    start();
    frame = fresh(&p, 1);
    kept = fresh(&p, 1);
    mapped_by_d0(frame, 1);
    mapped_by_d0(kept, 1);
    must(give_back(1, frame));
    assert_int_equal(frame_is(&p, frame).count, 1);
    assert_int_equal(frame_is(&p, kept).count, 2);
    destroy(0);
    freed = nr_free();
    assert_int_equal(frame_is(&p, frame).count, 0);
    assert_int_equal(frame_is(&p, kept).count, 1);
    assert_int_equal(frame_is(&p, kept).type_count, 0);
    counts_hold(&p);
    must(give_back(1, kept));
    assert_int_equal(nr_free(), freed + 1);
    pv_finish(&p);
}

/* What others' frames are is not forgotten: descriptors that were checked, at count 0. */
static void test_others_stay(void **state)
{
    uint64_t frame;

    (void)state;
    start();
    frame = fresh(&p, 1);
    must(gdt(frame, 1));
    must(gdt(frame, 0));
    destroy(2);
    assert_int_equal(frame_is(&p, frame).type, XENPT_FRAME_SEG_DESC);
    assert_true(frame_is(&p, frame).validated);
    pv_finish(&p);
}

/* Without memory for it nothing has changed. */
static void test_no_memory(void **state)
{
    unsigned int n = 0;
    bool done = false;

    (void)state;
    start();
    mapped_by_d0(page, 1);
    counts_hold(&p);
    while (!done) {
        uint64_t free_before = nr_free(), sum = pv_fingerprint(&p);
        enum xenpt_code code;

        fail_alloc_once_after(n++);
        code = xenpt_machine_domain_destroy(p.w.machine, 1, NULL);
        done = !fail_alloc_stop();
        assert_int_equal(code, done ? XENPT_OK : XENPT_ENOMEM);
        if (done)
            break;
        assert_int_equal(nr_free(), free_before);
        assert_int_equal(pv_fingerprint(&p), sum);
    }
    assert_true(n > 5);
    counts_hold(&p);
    pv_finish(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_is_free),       cmocka_unit_test(test_circle),
        cmocka_unit_test(test_mapped_by_another), cmocka_unit_test(test_mapper_goes),
        cmocka_unit_test(test_others_stay),       cmocka_unit_test(test_no_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
