/*
 * test_physmap.c - frames come to the physical memory of a PVH guest and go from there: entries,
 * whose a frame is, what refers to it, what M2P says; mm/p2m.c, xenmem_add_to_physmap_one,
 * p2m_add_foreign; common/memory.c, guest_remove_page, 4.17.
 */
#include "fail_alloc.h"
#include "grant_fixture.h"
#include "physmap_fixture.h"

#include "xen/internal.h"

#define INFO   XENPT_PHYSMAP_SHARED_INFO
#define TABLE_ XENPT_PHYSMAP_GRANT_TABLE
#define GMFN   XENPT_PHYSMAP_GMFN
#define STATUS XENPT_PHYSMAP_STATUS

#define NONE UINT64_MAX

/* d3 has 16 MiB in pages of 2 MiB; 4.17, EPT. */
static void guest(void)
{
    begin("physmap-source");
    run_d3();
}

/* d3 is the hardware domain as well. */
static void hardware(void)
{
    begin("physmap-foreign-frame");
    run_d3();
}

static uint64_t nr_frames(uint32_t d)
{
    return p.w.machine->domains[d].nr_frames;
}

/* --- What comes, and what was there -------------------------------------------------------- */

static void test_shared_info(void **state)
{
    uint64_t info, was, next, frames;

    (void)state;
    guest();
    info = special_of(3, XENPT_SPECIAL_SHARED_INFO, 0);
    was = frame_at(3, 0x400);
    next = frame_at(3, 0x401);
    frames = nr_frames(3);
    assert_int_equal(entry_at(3, 0x400).level, 2);
    assert_int_equal(m2p_says(info), NONE);
    must(add(3, INFO, 0, 0x400));
    assert_int_equal(p.r.done, 1);
    /* In place of memory of its own, which is Xen's again; the larger page is split. */
    assert_int_equal(frame_at(3, 0x400), info);
    assert_string_equal(type_at(3, 0x400), "ram_rw");
    assert_int_equal(entry_at(3, 0x400).level, 1);
    assert_int_equal(frame_at(3, 0x401), next);
    assert_int_equal(m2p_says(info), 0x400);
    assert_int_equal(m2p_says(was), NONE);
    assert_true(is_free(was));
    assert_int_equal(nr_frames(3), frames - 1);
    counts_hold(&p);
    /* Elsewhere: where it was there is nothing. */
    must(add(3, INFO, 0, 0x80000));
    assert_int_equal(frame_at(3, 0x400), NONE);
    assert_int_equal(frame_at(3, 0x80000), info);
    assert_int_equal(m2p_says(info), 0x80000);
    /* What Xen shares is taken out by what comes there, and stays Xen's. */
    must(add(3, TABLE_, 0, 0x80000));
    assert_int_equal(frame_at(3, 0x80000), special_of(3, XENPT_SPECIAL_GRANT_TABLE, 0));
    assert_int_equal(m2p_says(info), NONE);
    assert_false(is_free(info));
    /* It is where M2P says, and the list of what a domain was given. */
    must(add(3, INFO, 0, 0x400));
    assert_int_equal(frames_of(&p.w.machine->domains[3], XENPT_SPECIAL_SHARED_INFO)->gfn, 0x400);
    counts_hold(&p);
    pv_finish(&p);
}

static void test_grant_table(void **state)
{
    struct xenpt_pv_caller c;
    unsigned int version;
    uint32_t nr;

    (void)state;
    guest();
    c = pv_caller(&p, 3);
    /* gnttab_get_shared_frame_mfn: it grows, to as many frames as it may have. */
    must(add(3, TABLE_, 3, 0x500));
    assert_true(xenpt_grant_table(p.w.machine, 3, &version, &nr));
    assert_int_equal(nr, 4);
    assert_int_equal(frame_at(3, 0x500), special_of(3, XENPT_SPECIAL_GRANT_TABLE, 3));
    must(add(3, TABLE_, 63, 0x501));
    assert_string_equal(add(3, TABLE_, 64, 0x502), "EINVAL");
    assert_string_equal(pv_rule(&p), "physmap-source");
    /* Of version 1 there are no statuses. */
    assert_string_equal(add(3, TABLE_, STATUS, 0x502), "EINVAL");
    assert_int_equal(xenpt_grant_set_version(p.w.machine, &c, 2, &p.r, NULL), XENPT_OK);
    must(add(3, TABLE_, STATUS, 0x502));
    assert_int_equal(frame_at(3, 0x502), special_of(3, XENPT_SPECIAL_GRANT_STATUS, 0));
    /* 64 frames of 256 entries have 8 of 2048 statuses. */
    must(add(3, TABLE_, STATUS | 7, 0x503));
    assert_string_equal(add(3, TABLE_, STATUS | 8, 0x504), "EINVAL");
    /* gnttab_unpopulate_status_frames: they are taken out before they go. */
    assert_int_equal(xenpt_grant_set_version(p.w.machine, &c, 1, &p.r, NULL), XENPT_OK);
    assert_string_equal(p.r.name, "ok");
    assert_int_equal(frame_at(3, 0x502), NONE);
    assert_int_equal(frame_at(3, 0x503), NONE);
    counts_hold(&p);
    pv_finish(&p);
}

static void test_moved(void **state)
{
    uint64_t moved, gone;

    (void)state;
    guest();
    moved = frame_at(3, 0x400);
    gone = frame_at(3, 0x600);
    must(add(3, GMFN, 0x400, 0x600));
    assert_int_equal(frame_at(3, 0x600), moved);
    assert_int_equal(frame_at(3, 0x400), NONE);
    assert_int_equal(m2p_says(moved), 0x600);
    assert_true(is_free(gone));
    assert_string_equal(add(3, GMFN, 0x400, 0x601), "EINVAL");
    counts_hold(&p);
    /* Where nothing can be: it has left its old place by then. */
    gone = frame_at(3, 0x700);
    assert_string_equal(add(3, GMFN, 0x700, UINT64_C(1) << 36), "EINVAL");
    assert_string_equal(pv_rule(&p), "physmap-gfn");
    assert_int_equal(frame_at(3, 0x700), NONE);
    assert_int_equal(m2p_says(gone), NONE);
    assert_false(is_free(gone));
    counts_hold(&p);
    /* Where it is: nothing happens. */
    must(add(3, GMFN, 0x600, 0x600));
    assert_int_equal(frame_at(3, 0x600), moved);
    assert_int_equal(m2p_says(moved), 0x600);
    /* Until 4.15 it was given back first, and was nowhere then. */
    assert_true(xenpt_pv_rules_switch(&p.rules, "physmap-same", false));
    assert_string_equal(add(3, GMFN, 0x600, 0x600), "EXDEV");
    assert_int_equal(frame_at(3, 0x600), NONE);
    assert_true(is_free(moved));
    counts_hold(&p);
    pv_finish(&p);
}

static void test_range(void **state)
{
    uint64_t frame[2];

    (void)state;
    guest();
    frame[0] = frame_at(3, 0xffe);
    frame[1] = frame_at(3, 0xfff);
    /* RAM ends with 0xfff. */
    assert_string_equal(add_range(3, 0xffe, 0x2000, 4), "EINVAL");
    assert_int_equal(p.r.done, 2);
    assert_int_equal(frame_at(3, 0x2000), frame[0]);
    assert_int_equal(frame_at(3, 0x2001), frame[1]);
    must(add_range(3, 0x2000, 0x3000, 2));
    assert_int_equal(p.r.done, 2);
    must(add_range(3, 0x2000, 0x3000, 0));
    counts_hold(&p);
    pv_finish(&p);
}

/* Each has an error of its own. */
static void test_batch(void **state)
{
    (void)state;
    guest();
    assert_string_equal(add_batch(3, GMFN, 0xffe, 0x2000, 0, 4), "EINVAL");
    assert_int_equal(p.r.done, 2);
    assert_string_equal(pv_rule(&p), "physmap-source");
    assert_int_equal(batch_errors[0], 0);
    assert_int_equal(batch_errors[1], 0);
    assert_int_equal(batch_errors[2], 22);
    assert_int_equal(batch_errors[3], 22);
    /* The first fails, and those behind it are done. */
    assert_string_equal(add_batch(3, GMFN, 0x1fff, 0x3000, 0, 3), "EINVAL");
    assert_int_equal(p.r.done, 2);
    assert_int_equal(batch_errors[0], 22);
    assert_int_equal(batch_errors[1], 0);
    counts_hold(&p);
    pv_finish(&p);
}

/* What others refer to is the domain's until they do not. */
static void test_referred_to(void **state)
{
    uint64_t frame, frames;

    (void)state;
    guest();
    frame = frame_at(3, 0x400);
    frames = nr_frames(3);
    offer(3, 8, 0, 0x400, 0);
    must(grant_map(0, va_of(0, 5), CPU_MAP, 3, 8));
    must(add(3, INFO, 0, 0x400));
    assert_false(is_free(frame));
    assert_int_equal(nr_frames(3), frames);
    assert_int_equal(m2p_says(frame), NONE);
    counts_hold(&p);
    must(grant_unmap(0, va_of(0, 5), 0, 0, handle));
    assert_true(is_free(frame));
    assert_int_equal(nr_frames(3), frames - 1);
    counts_hold(&p);
    pv_finish(&p);
}

/* Over a grant nothing comes; without the rule its entry goes, and what is known of it stays. */
static void test_over_grant(void **state)
{
    uint64_t count;

    (void)state;
    guest();
    offer(1, 8, 3, page, 0);
    must(grant_map(3, UINT64_C(0x500) << 12, CPU_MAP, 1, 8));
    count = frame_is(&p, page).count;
    assert_string_equal(add(3, INFO, 0, 0x500), "ENXIO");
    assert_string_equal(type_at(3, 0x500), "grant_map_rw");
    assert_string_equal(take_out(3, 0x500), "ENOENT");
    assert_int_equal(frame_is(&p, page).count, count);
    counts_hold(&p);
    pv_finish(&p);
}

/* --- Going --------------------------------------------------------------------------------- */

static void test_removed(void **state)
{
    uint64_t frame, info;

    (void)state;
    guest();
    frame = frame_at(3, 0x400);
    must(take_out(3, 0x400));
    assert_int_equal(frame_at(3, 0x400), NONE);
    assert_int_equal(m2p_says(frame), NONE);
    assert_false(is_free(frame));
    assert_string_equal(take_out(3, 0x400), "ENOENT");
    info = special_of(3, XENPT_SPECIAL_SHARED_INFO, 0);
    must(add(3, INFO, 0, 0x400));
    must(take_out(3, 0x400));
    assert_int_equal(m2p_says(info), NONE);
    assert_false(frames_of(&p.w.machine->domains[3], XENPT_SPECIAL_SHARED_INFO)->has_gfn);
    /* The local APIC's page is no memory of its. */
    assert_string_equal(take_out(3, 0xfee00), "ENOENT");
    counts_hold(&p);
    pv_finish(&p);
}

/* Others' memory is a privileged domain's affair; a PV guest has no such memory. */
static void test_callers(void **state)
{
    (void)state;
    guest();
    must(add_to(0, 3, INFO, 0, 0x80000));
    assert_int_equal(frame_at(3, 0x80000), special_of(3, XENPT_SPECIAL_SHARED_INFO, 0));
    assert_string_equal(add_to(1, 3, INFO, 0, 0x80001), "EPERM");
    assert_string_equal(pv_rule(&p), "foreign-right");
    assert_string_equal(add_to(0, 77, INFO, 0, 0x80001), "ESRCH");
    assert_string_equal(take_out(1, 5), "EACCES");
    pv_finish(&p);
    /* 4.10: it has no effect. */
    begin("physmap-translated-old");
    must(take_out(1, 5));
    counts_hold(&p);
    pv_finish(&p);
}

/* The entries that CPUs of the guest remember. */
static void test_flushed(void **state)
{
    (void)state;
    guest();
    must(add(3, INFO, 0, 0x80000));
    assert_true(p.nr_flushes > 0);
    for (size_t i = 0; i < p.nr_flushes; i++) {
        assert_int_equal(p.flush[i].cpu, 3);
        assert_int_equal(p.flush[i].kind, XENPT_PV_FLUSH_TLB);
    }
    pv_finish(&p);
}

/* --- Another's ----------------------------------------------------------------------------- */

static const char *foreign(uint64_t idx, uint64_t gfn, uint32_t of)
{
    return add_batch(3, XENPT_PHYSMAP_FOREIGN, idx, gfn, of, 1);
}

static void test_foreign(void **state)
{
    struct xenpt_frame f;
    uint64_t own;

    (void)state;
    hardware();
    own = frame_at(3, 0x400);
    f = frame_is(&p, page);
    must(foreign(page, 0x400, 1));
    /* rw-, and no x, in EPT: WB, ipat, A and D, type 14, access rwx, suppress_ve. */
    assert_int_equal(entry_at(3, 0x400).entry, UINT64_C(0x9ce0000000000373) | page << 12);
    assert_string_equal(type_at(3, 0x400), "map_foreign");
    /* A general reference, and none as writable. */
    assert_int_equal(frame_is(&p, page).count, f.count + 1);
    assert_int_equal(frame_is(&p, page).type_count, f.type_count);
    /* What was there is Xen's; what d1 calls its frame, M2P says yet. */
    assert_true(is_free(own));
    assert_int_equal(m2p_says(page), domain_pfn(&p.w.machine->domains[1], page));
    counts_hold(&p);
    /* Nothing comes over it. */
    assert_string_equal(foreign(page, 0x400, 1), "ENXIO");
    assert_string_equal(add(3, INFO, 0, 0x400), "ENXIO");
    assert_int_equal(frame_is(&p, page).count, f.count + 1);
    must(take_out(3, 0x400));
    assert_int_equal(frame_is(&p, page).count, f.count);
    assert_int_equal(frame_at(3, 0x400), NONE);
    counts_hold(&p);
    /* A table of d1's can be written by it: no type says that it cannot. */
    must(foreign(l1, 0x80000, 1));
    assert_int_equal(frame_is(&p, l1).type, XENPT_FRAME_L1);
    counts_hold(&p);
    assert_string_equal(foreign(page, 0x80001, 77), "ESRCH");
    pv_finish(&p);
}

/* What is mapped of a domain that is destroyed is the dead one's; and a mapper's maps go with it.
 */
static void test_foreign_destroyed(void **state)
{
    uint64_t count;

    (void)state;
    hardware();
    must(foreign(page, 0x80000, 1));
    assert_int_equal(xenpt_machine_domain_destroy(p.w.machine, 1, NULL), XENPT_OK);
    assert_false(is_free(page));
    counts_hold(&p);
    must(take_out(3, 0x80000));
    assert_true(is_free(page));
    counts_hold(&p);
    pv_finish(&p);

    hardware();
    count = frame_is(&p, page).count;
    must(foreign(page, 0x80000, 1));
    assert_int_equal(xenpt_machine_domain_destroy(p.w.machine, 3, NULL), XENPT_OK);
    assert_int_equal(frame_is(&p, page).count, count);
    counts_hold(&p);
    pv_finish(&p);
}

/* Of a guest with a p2m a frame is asked for as that calls it, and has to be RAM of its own. */
static void test_foreign_of_hvm(void **state)
{
    struct xenpt_pv_caller c;
    struct xenpt_physmap_add a = {
        .domain = SELF, .space = XENPT_PHYSMAP_FOREIGN, .idx = 0x400, .gfn = 0x80000, .foreign = 4
    };
    uint64_t frame;

    (void)state;
    pv_begin(&p, "host: { ram: 2G, cpus: 5, processor: skylake-server }\n" PV_XEN(
                     "4.17") "domains:\n"
                             "  d0: { type: pv64, memory: 16M, privileged: yes }\n"
                             "  d1: { type: pv64, memory: 16M }\n"
                             "  d2: { type: pv64, memory: 16M }\n"
                             "  d3: { type: pvh, memory: 16M, privileged: yes }\n"
                             "  d4: { type: hvm, memory: 16M }\n");
    run_d3();
    frame = frame_at(4, 0x400);
    c = pv_caller(&p, 3);
    assert_int_equal(xenpt_physmap_add_batch(p.w.machine, &c, &a, 1, NULL, &p.r, NULL), XENPT_OK);
    assert_string_equal(p.r.name, "ok");
    assert_int_equal(frame_at(3, 0x80000), frame);
    assert_int_equal(m2p_says(frame), 0x400);
    assert_int_equal(frame_is(&p, frame).count, 2);
    /* Its read-only RAM, too; and not what is a device's. */
    assert_int_equal(xenpt_machine_p2m_set_type(p.w.machine, 4, 0x401, "ram_ro", NULL), XENPT_OK);
    must(foreign(0x401, 0x80001, 4));
    assert_string_equal(foreign(0xfee00, 0x80002, 4), "EINVAL");
    assert_string_equal(foreign(0x80000, 0x80002, 4), "EINVAL");
    /* A ring of its, which its builder gave it. */
    must(foreign(0xfeff8 + 4, 0x80003, 4));
    assert_int_equal(frame_at(3, 0x80003), special_of(4, XENPT_SPECIAL_XENSTORE, 0));
    counts_hold(&p);
    /* Another's of another's. */
    a.foreign = XENPT_DOMID_XEN;
    assert_int_equal(xenpt_physmap_add_batch(p.w.machine, &c, &a, 1, NULL, &p.r, NULL),
                     XENPT_EUNSUPPORTED);
    counts_hold(&p);
    pv_finish(&p);
}

/* The grants that a guest's builder makes are of its own memory, and can be mapped. */
static void test_rings(void **state)
{
    (void)state;
    guest();
    must(grant_map(0, va_of(0, 5), CPU_MAP, 3, 1));
    assert_int_equal(bus >> 12, special_of(3, XENPT_SPECIAL_XENSTORE, 0));
    counts_hold(&p);
    pv_finish(&p);
}

/* --- Memory for it ------------------------------------------------------------------------- */

static void test_memory(void **state)
{
    struct xenpt_physmap_add a = { .domain = SELF, .space = INFO, .gfn = 0x400 };
    enum xenpt_code code;

    (void)state;
    guest();
    for (unsigned long n = 0;; n++) {
        struct xenpt_pv_caller c = pv_caller(&p, 3);
        uint64_t before = pv_fingerprint(&p), frames = nr_frames(3);

        fail_alloc_after(n);
        code = xenpt_physmap_add(p.w.machine, &c, &a, &p.r, NULL);
        if (!fail_alloc_stop())
            break;
        assert_int_equal(code, XENPT_ENOMEM);
        assert_int_equal(pv_fingerprint(&p), before);
        assert_int_equal(nr_frames(3), frames);
        counts_hold(&p);
    }
    assert_int_equal(code, XENPT_OK);
    assert_string_equal(p.r.name, "ok");
    counts_hold(&p);
    pv_finish(&p);
}

/* What cannot be asked for at all. */
static void test_bad(void **state)
{
    struct xenpt_physmap_add a = { .domain = SELF,
                                   .space = XENPT_PHYSMAP_GMFN_RANGE,
                                   .size = 0x10000 };
    struct xenpt_pv_caller c;

    (void)state;
    guest();
    c = pv_caller(&p, 3);
    assert_int_equal(xenpt_physmap_add(p.w.machine, &c, &a, &p.r, NULL), XENPT_ERANGE);
    assert_int_equal(xenpt_physmap_add_batch(p.w.machine, &c, &a, 0, NULL, &p.r, NULL),
                     XENPT_ERANGE);
    c.domain = 77;
    assert_int_equal(xenpt_physmap_remove(p.w.machine, &c, SELF, 5, &p.r, NULL), XENPT_ERANGE);
    for (unsigned int i = 0; i < XENPT_PHYSMAP_NR_SPACES; i++)
        assert_non_null(xenpt_physmap_space_word((enum xenpt_physmap_space)i)->text);
    pv_finish(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shared_info),    cmocka_unit_test(test_grant_table),
        cmocka_unit_test(test_moved),          cmocka_unit_test(test_range),
        cmocka_unit_test(test_batch),          cmocka_unit_test(test_referred_to),
        cmocka_unit_test(test_over_grant),     cmocka_unit_test(test_removed),
        cmocka_unit_test(test_callers),        cmocka_unit_test(test_flushed),
        cmocka_unit_test(test_foreign),        cmocka_unit_test(test_foreign_destroyed),
        cmocka_unit_test(test_foreign_of_hvm), cmocka_unit_test(test_rings),
        cmocka_unit_test(test_memory),         cmocka_unit_test(test_bad),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
