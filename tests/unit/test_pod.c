/*
 * test_pod.c - populate-on-demand: frames of a guest's that wait for memory, what is kept for them,
 * and zeros that are taken back; mm/p2m-pod.c, 4.17.
 */
#include "fail_alloc.h"
#include "grant_fixture.h"
#include "physmap_fixture.h"
#include "pv_memory.h"

#include "xen/internal.h"
#include "xen/pod.h"

#define NONE UINT64_MAX
/* Behind its 16 MiB of RAM. */
#define AT   UINT64_C(0x2000)

static const char *mark(uint64_t gfn, uint32_t order)
{
    struct xenpt_pv_reservation r = { XENPT_PV_POPULATE, 3, order, 0, true };
    struct xenpt_pv_caller c = pv_caller(&p, 0);
    struct xenpt_error err = { 0 };

    if (xenpt_pv_reservation(p.w.machine, &c, &r, &gfn, 1, &p.r, &err))
        fail_msg("%s", err.text);
    return p.r.name;
}

/* So many frames are to be kept besides what it has. */
static const char *keep(uint64_t nr)
{
    struct xenpt_pv_caller c = pv_caller(&p, 0);
    struct xenpt_error err = { 0 };
    uint64_t has = p.w.machine->domains[3].nr_frames;

    if (xenpt_physmap_pod_target(p.w.machine, &c, 3, has + nr, &p.r, &err))
        fail_msg("%s", err.text);
    return p.r.name;
}

static struct xenpt_physmap_pod pod(void)
{
    struct xenpt_physmap_pod is;

    assert_true(xenpt_physmap_pod(p.w.machine, 3, &is));
    assert_int_equal(is.entries, is.waiting);
    return is;
}

static enum xenpt_guest_outcome write_at(uint64_t gfn, uint64_t value)
{
    struct xenpt_guest_done done;

    assert_int_equal(
        xenpt_machine_guest_write_phys(p.w.machine, 3, 0, gfn << 12, value, 8, &done, NULL),
        XENPT_OK);
    return done.outcome;
}

static void guest(void)
{
    begin("pod-own");
    run_d3();
}

/* --- Waiting ------------------------------------------------------------------------------- */

static void test_entries(void **state)
{
    (void)state;
    guest();
    must(mark(AT, 9));
    assert_int_equal(pod().entries, 512);
    assert_int_equal(pod().cache, 0);
    /* Not present, type 6, no frame, which is uncached whatever the guest says. */
    assert_int_equal(entry_at(3, AT).entry, UINT64_C(0x9c6ffffffffff0c0));
    assert_string_equal(type_at(3, AT + 5), "populate_on_demand");
    /* Twice is once. */
    must(mark(AT, 9));
    assert_int_equal(pod().entries, 512);
    /* Not aligned, it is small entries. */
    must(mark(AT + 0x301, 3));
    assert_int_equal(entry_at(3, AT + 0x301).entry, UINT64_C(0x9c6ffffffffff040));
    assert_int_equal(pod().entries, 520);
    /* Memory that comes there does so in its place. */
    {
        uint64_t at = AT + 0x301;

        must(reserve(0, XENPT_PV_POPULATE, &at, 1, 0, 3));
    }
    assert_int_equal(pod().entries, 519);
    counts_hold(&p);
    pv_finish(&p);
}

static void test_amd(void **state)
{
    uint64_t gfn = AT;
    struct xenpt_pv_reservation r = { XENPT_PV_POPULATE, 3, 9, 0, true };
    struct xenpt_pv_caller c;

    (void)state;
    pv_begin(&p, "host: { ram: 2G, cpus: 4, processor: milan }\n" PV_XEN("4.17") PV_DOMAINS);
    c = pv_caller(&p, 0);
    assert_int_equal(xenpt_pv_reservation(p.w.machine, &c, &r, &gfn, 1, &p.r, NULL), XENPT_OK);
    /* Type 6, NX, PS, and P clear. */
    assert_int_equal(entry_at(3, AT).entry, UINT64_C(0x806ffffffffff080));
    assert_int_equal(pod().entries, 512);
    pv_finish(&p);
}

/* --- Memory that comes --------------------------------------------------------------------- */

static void test_populated(void **state)
{
    uint64_t frames;

    (void)state;
    guest();
    must(mark(AT, 9));
    frames = p.w.machine->domains[3].nr_frames;
    must(keep(100));
    assert_int_equal(pod().cache, 100);
    assert_int_equal(p.w.machine->domains[3].nr_frames, frames + 100);
    /* What is kept is no larger page: one frame comes. */
    assert_int_equal(write_at(AT + 7, 5), XENPT_GUEST_DONE);
    assert_string_equal(type_at(3, AT + 7), "ram_rw");
    assert_int_equal(entry_at(3, AT + 7).level, 1);
    assert_int_equal(m2p_says(frame_at(3, AT + 7)), AT + 7);
    assert_string_equal(type_at(3, AT + 8), "populate_on_demand");
    assert_int_equal(pod().entries, 511);
    assert_int_equal(pod().cache, 99);
    counts_hold(&p);
    /* By others as well: a grant of it, and a move. */
    offer(3, 8, 0, AT + 9, 0);
    must(grant_map(0, va_of(0, 5), CPU_MAP, 3, 8));
    assert_string_equal(type_at(3, AT + 9), "ram_rw");
    must(add(3, XENPT_PHYSMAP_GMFN, AT + 10, AT + 0x400));
    assert_int_equal(pod().entries, 509);
    assert_int_equal(pod().cache, 97);
    must(va_map(&p, 0, va_of(0, 6), (AT + 11) << 12 | 0x61, 3));
    assert_string_equal(type_at(3, AT + 11), "ram_rw");
    assert_int_equal(pod().cache, 96);
    counts_hold(&p);
    pv_finish(&p);
}

/* A target does not exceed what waits, and takes nothing away. */
static void test_target(void **state)
{
    (void)state;
    guest();
    must(keep(100));
    assert_int_equal(pod().cache, 0);
    must(mark(AT, 5));
    must(keep(200));
    assert_int_equal(pod().cache, 32);
    must(keep(0));
    assert_int_equal(pod().cache, 32);
    counts_hold(&p);
    pv_finish(&p);
}

/* --- Zeros --------------------------------------------------------------------------------- */

/* Nothing is left: what was populated and is zeros yet is taken back. */
static void test_reclaimed(void **state)
{
    (void)state;
    guest();
    must(mark(AT, 9));
    must(keep(2));
    assert_int_equal(write_at(AT, 0), XENPT_GUEST_DONE);
    assert_int_equal(write_at(AT + 1, 7), XENPT_GUEST_DONE);
    assert_int_equal(pod().cache, 0);
    assert_int_equal(write_at(AT + 2, 7), XENPT_GUEST_DONE);
    assert_string_equal(type_at(3, AT), "populate_on_demand");
    assert_string_equal(type_at(3, AT + 1), "ram_rw");
    assert_int_equal(pod().entries, 510);
    counts_hold(&p);
    /* All that was populated has something in it: RAM below is gone through. */
    assert_int_equal(write_at(AT + 3, 7), XENPT_GUEST_DONE);
    assert_int_equal(pod().entries - pod().cache, 510);
    /* 16 at a time: two that have something in them, and 14, of which one has come. */
    assert_int_equal(pod().cache, 13);
    assert_string_equal(type_at(3, 0xff2), "populate_on_demand");
    assert_string_equal(type_at(3, 0xff1), "ram_rw");
    counts_hold(&p);
    pv_finish(&p);
}

/* What others refer to is not taken. */
static void test_referred_to(void **state)
{
    (void)state;
    guest();
    must(mark(AT, 9));
    must(keep(1));
    assert_int_equal(write_at(AT, 0), XENPT_GUEST_DONE);
    offer(3, 8, 0, AT, 0);
    must(grant_map(0, va_of(0, 5), CPU_MAP, 3, 8));
    assert_int_equal(write_at(AT + 1, 7), XENPT_GUEST_DONE);
    assert_string_equal(type_at(3, AT), "ram_rw");
    counts_hold(&p);
    pv_finish(&p);
}

/* --- Giving back --------------------------------------------------------------------------- */

static const char *take(uint64_t gfn, uint32_t order)
{
    return reserve(3, XENPT_PV_DECREASE, &gfn, 1, order, SELF);
}

static void test_decrease(void **state)
{
    uint64_t frame;

    (void)state;
    guest();
    must(mark(AT, 9));
    must(keep(100));
    /* What waits is no more; nothing else changes. */
    must(take(AT + 0x10, 4));
    assert_int_equal(pod().entries, 496);
    assert_int_equal(pod().cache, 100);
    /* More waits than is kept: memory that is given back is kept, whatever was in it. */
    frame = frame_at(3, 0x400);
    must(take(0x400, 0));
    assert_int_equal(frame_at(3, 0x400), NONE);
    assert_false(is_free(frame));
    assert_int_equal(m2p_says(frame), NONE);
    assert_int_equal(pod().cache, 101);
    /* As little waits as is kept: some of that is free. */
    must(take(AT + 0x100, 8));
    assert_int_equal(pod().entries, 240);
    must(take(AT + 0x80, 7));
    assert_int_equal(pod().entries, 112);
    must(take(AT + 0x40, 6));
    assert_int_equal(pod().entries, 48);
    assert_int_equal(pod().cache, 48);
    counts_hold(&p);
    pv_finish(&p);
}

/* All frames of a domain that is destroyed come back, those that were kept as well. */
static void test_destroyed(void **state)
{
    uint64_t before, frames;

    (void)state;
    guest();
    before = nr_free();
    frames = p.w.machine->domains[3].nr_frames;
    must(mark(AT, 9));
    must(keep(100));
    assert_int_equal(write_at(AT, 7), XENPT_GUEST_DONE);
    assert_int_equal(xenpt_machine_domain_destroy(p.w.machine, 3, NULL), XENPT_OK);
    assert_true(nr_free() >= before + frames);
    counts_hold(&p);
    pv_finish(&p);
}

/* --- Memory for it ------------------------------------------------------------------------- */

static void test_memory(void **state)
{
    enum xenpt_code code;

    (void)state;
    guest();
    must(mark(AT, 9));
    for (unsigned long n = 0;; n++) {
        struct xenpt_pv_caller c = pv_caller(&p, 0);
        uint64_t before = pv_fingerprint(&p), has = p.w.machine->domains[3].nr_frames;

        fail_alloc_after(n);
        code = xenpt_physmap_pod_target(p.w.machine, &c, 3, has + 10, &p.r, NULL);
        if (!fail_alloc_stop())
            break;
        assert_int_equal(code, XENPT_ENOMEM);
        assert_int_equal(pv_fingerprint(&p), before);
        assert_int_equal(pod().cache, 0);
    }
    assert_int_equal(code, XENPT_OK);
    assert_int_equal(pod().cache, 10);
    pv_finish(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_entries),   cmocka_unit_test(test_amd),
        cmocka_unit_test(test_populated), cmocka_unit_test(test_target),
        cmocka_unit_test(test_reclaimed), cmocka_unit_test(test_referred_to),
        cmocka_unit_test(test_decrease),  cmocka_unit_test(test_destroyed),
        cmocka_unit_test(test_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
