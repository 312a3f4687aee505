/*
 * test_foreign.c - a domain's memory that others have mapped without a grant: who may, what refers
 * to what, and how many mappings there are; mm.c, get_page_from_l1e, mod_l1_entry, 4.17;
 * include/xsm/dummy.h.
 */
#include "sharing_fixture.h"

#include "fail_alloc.h"
#include "xen/internal.h"
#include "xen/p2m.h"

#define GK (UINT64_C(1) << 52)
#define NX (UINT64_C(1) << 63)

static void begins(void)
{
    pv_begin(&p, PV_HOST PV_XEN("4.17") PV_DOMAINS);
    tree_of_d1();
}

static bool counts_are(uint32_t d, uint64_t memory, uint64_t writable, uint64_t resources)
{
    struct xenpt_foreign_count c = foreign(d);

    if (c.memory != memory || c.writable != writable || c.resources != resources)
        print_error("d%u: %llu, %llu, %llu\n", d, (unsigned long long)c.memory,
                    (unsigned long long)c.writable, (unsigned long long)c.resources);
    return c.memory == memory && c.writable == writable && c.resources == resources;
}

/* --- Who may ------------------------------------------------------------------------------- */

static void test_privileged(void **state)
{
    (void)state;
    begins();
    must(va_map(&p, 0, va_of(0, 5), page << 12 | PAGE, 1));
    assert_int_equal(entry_for(0, va_of(0, 5)), page << 12 | 0x67 | GK);
    /* d1 has it mapped writable itself; that it is allocated is one more. */
    assert_int_equal(frame_is(&p, page).count, 3);
    assert_int_equal(frame_is(&p, page).type_count, 2);
    must(va_map(&p, 0, va_of(0, 6), page << 12 | RO, 1));
    assert_int_equal(frame_is(&p, page).count, 4);
    assert_int_equal(frame_is(&p, page).type_count, 2);
    /* A table of d1's can be read by it, and not written. */
    assert_string_equal(va_map(&p, 0, va_of(0, 7), l1 << 12 | PAGE, 1), "EBUSY");
    assert_string_equal(pv_rule(&p), "l1-writable");
    must(va_map(&p, 0, va_of(0, 7), l1 << 12 | RO, 1));
    /* By mmu_update as well; and whose it is has to be said. */
    must(mmu(&p, 0, pte_of(0, 8), page << 12 | PAGE, 1));
    assert_string_equal(va_map(&p, 0, va_of(0, 9), page << 12 | PAGE, SELF), "EBUSY");
    assert_string_equal(pv_rule(&p), "l1-owner");
    assert_string_equal(va_map(&p, 0, va_of(0, 9), page << 12 | PAGE, 2), "EBUSY");
    counts_hold(&p);
    pv_finish(&p);
}

static void test_others(void **state)
{
    (void)state;
    begins();
    assert_string_equal(va_map(&p, 1, va_of(1, 5), mfn_of(&p, 2, 100) << 12 | PAGE, 2), "EPERM");
    assert_string_equal(pv_rule(&p), "foreign-right");
    /* The device model's domain of d2 may that, and no other's. */
    p.w.machine->descs[1].has_target = true;
    p.w.machine->descs[1].target = 2;
    must(va_map(&p, 1, va_of(1, 5), mfn_of(&p, 2, 100) << 12 | PAGE, 2));
    assert_true(counts_are(2, 1, 1, 0));
    assert_string_equal(va_map(&p, 1, va_of(1, 6), mfn_of(&p, 0, 100) << 12 | PAGE, 0), "EPERM");
    assert_string_equal(va_map(&p, 1, va_of(1, 6), mfn_of(&p, 0, 100) << 12 | PAGE, 3), "EPERM");
    assert_string_equal(va_map(&p, 2, va_of(2, 6), mfn_of(&p, 1, 100) << 12 | PAGE, 1), "EPERM");
    counts_hold(&p);
    pv_finish(&p);
}

/* Of a domain with a p2m the frame is named as it calls it, unless the command says otherwise; and
 * no type is taken of it, whatever is mapped. */
static void test_translated(void **state)
{
    struct xenpt_p2m_entry e;
    uint64_t mfn;

    (void)state;
    begins();
    assert_true(xenpt_machine_p2m(p.w.machine, 3, XENPT_VIEW_HOST, gfn_of_d3(1), &e));
    mfn = e.maddr >> 12;
    must(va_map(&p, 0, va_of(0, 5), gfn_of_d3(1) << 12 | PAGE, 3));
    assert_int_equal(entry_for(0, va_of(0, 5)), mfn << 12 | 0x67 | GK);
    assert_int_equal(frame_is(&p, mfn).count, 2);
    assert_int_equal(frame_is(&p, mfn).type_count, 0);
    assert_string_equal(va_map(&p, 0, va_of(0, 6), UINT64_C(0x7ffff) << 12 | PAGE, 3), "EINVAL");
    assert_string_equal(pv_rule(&p), "foreign-gfn");
    must(mmu(&p, 0, pte_of(0, 8) | XENPT_PV_MMU_NO_TRANSLATE, mfn << 12 | RO, 3));
    assert_true(counts_are(3, 2, 1, 0));
    counts_hold(&p);
    pv_finish(&p);
}

/* What is nobody's memory: MMIO, and what Xen shares with all. */
static void test_nobodys(void **state)
{
    const struct lists *l;
    uint64_t m2p = 0;

    (void)state;
    begins();
    l = p.w.machine->contents.lists;
    for (size_t i = 0; i < l->nr_pieces && !m2p; i++)
        m2p = l->pieces[i].nr ? 0 : l->pieces[i].maddr >> 12;
    must(va_map(&p, 0, va_of(0, 5), m2p << 12 | RO, XENPT_DOMID_XEN));
    assert_string_equal(va_map(&p, 0, va_of(0, 6), m2p << 12 | PAGE, XENPT_DOMID_XEN), "EBUSY");
    assert_string_equal(va_map(&p, 1, va_of(1, 6), m2p << 12 | RO, XENPT_DOMID_XEN), "EPERM");
    must(va_map(&p, 0, va_of(0, 6), UINT64_C(0xfec00000) | PAGE | 0x18, XENPT_DOMID_IO));
    /* DOMID_IO is nobody's right: who may not use devices is told so by what is mapped. */
    assert_string_equal(va_map(&p, 1, va_of(1, 6), UINT64_C(0xfec00000) | PAGE, XENPT_DOMID_IO),
                        "EPERM");
    assert_string_equal(pv_rule(&p), "mmio-permission");
    for (uint32_t d = 0; d < 4; d++)
        assert_true(counts_are(d, 0, 0, 0));
    pv_finish(&p);
}

/* --- How many ------------------------------------------------------------------------------ */

struct seen {
    struct xenpt_foreign_map map[8];
    size_t nr;
};

static bool see(void *ctx, const struct xenpt_foreign_map *map)
{
    struct seen *s = ctx;

    s->map[s->nr++] = *map;
    return s->nr < 8;
}

static void test_entries(void **state)
{
    struct xenpt_foreign_count count;
    struct seen s = { .nr = 0 };
    uint64_t table;

    (void)state;
    begins();
    assert_true(counts_are(1, 0, 0, 0));
    must(va_map(&p, 0, va_of(0, 5), page << 12 | PAGE, 1));
    must(va_map(&p, 0, va_of(0, 6), page << 12 | RO, 1));
    must(va_map(&p, 0, va_of(0, 7), mfn_of(&p, 2, 100) << 12 | RO, 2));
    assert_true(counts_are(1, 2, 1, 0) && counts_are(2, 1, 0, 0) && counts_are(0, 0, 0, 0));
    assert_int_equal(xenpt_foreign_maps(p.w.machine, 1, see, &s, &count, NULL), XENPT_OK);
    assert_int_equal(s.nr, 2);
    assert_int_equal(s.map[0].how, XENPT_FOREIGN_ENTRY);
    assert_int_equal(s.map[0].by, 0);
    assert_int_equal(s.map[0].at, pte_of(0, 5));
    assert_int_equal(s.map[0].frame, page);
    assert_true(s.map[0].writable && !s.map[0].resource && !s.map[1].writable);
    assert_int_equal(s.map[1].at, pte_of(0, 6));
    /* A table of d0's that is in use as none maps nothing. */
    table = fresh(&p, 0);
    must(ext(&p, 0, XENPT_PV_PIN_L1, table, 0, SELF));
    must(mmu(&p, 0, at(table, 3), page << 12 | PAGE, 1));
    assert_true(counts_are(1, 3, 2, 0));
    must(ext(&p, 0, XENPT_PV_UNPIN, table, 0, SELF));
    assert_true(counts_are(1, 2, 1, 0));
    must(va_map(&p, 0, va_of(0, 5), 0, SELF));
    must(va_map(&p, 0, va_of(0, 6), 0, SELF));
    assert_true(counts_are(1, 0, 0, 0));
    assert_int_equal(xenpt_foreign_maps(p.w.machine, 9, NULL, NULL, &count, NULL), XENPT_ERANGE);
    pv_finish(&p);
}

/* What was granted is not counted, by whatever entry. */
static void test_grants(void **state)
{
    (void)state;
    begins();
    offer(1, 8, 0, page, 0);
    must(grant_map(0, va_of(0, 5), CPU_MAP, 1, 8));
    must(grant_map(0, va_of(0, 6), CPU_MAP | READ_ONLY, 1, 8));
    must(grant_map(0, va_of(0, 7), DEV_MAP, 1, 8));
    assert_true(counts_are(1, 0, 0, 0));
    /* Beside grants: the one that is left over, with the right that no grant has. */
    must(va_map(&p, 0, va_of(0, 8), page << 12 | RO, 1));
    assert_true(counts_are(1, 1, 0, 0));
    must(va_map(&p, 0, va_of(0, 9), page << 12 | PAGE, 1));
    assert_true(counts_are(1, 2, 1, 0));
    /* d2 has none of it. */
    assert_string_equal(grant_map(2, va_of(2, 5), CPU_MAP, 1, 8), "general_error");
    must(grant_unmap(0, va_of(0, 6), 0, 0, 1));
    assert_true(counts_are(1, 2, 1, 0));
    must(va_map(&p, 0, va_of(0, 8), 0, SELF));
    must(va_map(&p, 0, va_of(0, 9), 0, SELF));
    assert_true(counts_are(1, 0, 0, 0));
    /* A grant to be read does not stand for the entry that writes, wherever that is. */
    must(grant_unmap(0, va_of(0, 5), 0, 0, 0));
    must(grant_map(0, va_of(0, 6), CPU_MAP | READ_ONLY, 1, 8));
    must(va_map(&p, 0, va_of(0, 5), page << 12 | PAGE, 1));
    assert_true(counts_are(1, 1, 1, 0));
    pv_finish(&p);
}

/* Entries of a p2m, whoever makes them; grants there have types of their own. */
static void test_p2m(void **state)
{
    struct domain *d3;
    struct xenpt_foreign_count count;
    struct seen s = { .nr = 0 };

    (void)state;
    begins();
    run_d3();
    offer(1, 8, 3, page, 0);
    must(grant_map(3, gfn_of_d3(0) << 12, CPU_MAP, 1, 8));
    assert_true(counts_are(1, 0, 0, 0));
    d3 = &p.w.machine->domains[3];
    assert_int_equal(p2m_shatter(p.w.machine, d3, d3->p2m, gfn_of_d3(5), 1, NULL), XENPT_OK);
    assert_int_equal(p2m_map(p.w.machine, d3, P2M_FOREIGN, gfn_of_d3(5), page, 1, 1, NULL),
                     XENPT_OK);
    assert_true(counts_are(1, 1, 1, 0));
    assert_int_equal(xenpt_foreign_maps(p.w.machine, 1, see, &s, &count, NULL), XENPT_OK);
    assert_int_equal(s.map[0].how, XENPT_FOREIGN_P2M);
    assert_int_equal(s.map[0].by, 3);
    assert_int_equal(s.map[0].gfn, gfn_of_d3(5));
    assert_int_equal(s.map[0].frame, page);
    assert_true(counts_are(3, 0, 0, 0));
    pv_finish(&p);
}

/* It is of the machine as it is: snapshots, and domains that go. */
static void test_as_it_is(void **state)
{
    struct xenpt_machine_snapshot *snap;

    (void)state;
    begins();
    must(va_map(&p, 1, va_of(1, 9), mfn_of(&p, 1, 9) << 12 | PAGE, SELF));
    assert_int_equal(xenpt_machine_snapshot_take(p.w.machine, &snap, NULL), XENPT_OK);
    must(va_map(&p, 0, va_of(0, 5), mfn_of(&p, 2, 100) << 12 | PAGE, 2));
    assert_true(counts_are(2, 1, 1, 0));
    assert_int_equal(xenpt_machine_snapshot_restore(snap, NULL), XENPT_OK);
    assert_true(counts_are(2, 0, 0, 0));
    must(va_map(&p, 0, va_of(0, 5), mfn_of(&p, 2, 100) << 12 | PAGE, 2));
    assert_int_equal(xenpt_machine_domain_destroy(p.w.machine, 0, NULL), XENPT_OK);
    assert_true(counts_are(2, 0, 0, 0));
    pv_finish(&p);
}

static void test_no_memory(void **state)
{
    struct xenpt_foreign_count count;
    enum xenpt_code code;

    (void)state;
    begins();
    must(va_map(&p, 0, va_of(0, 5), page << 12 | PAGE, 1));
    for (unsigned long n = 0;; n++) {
        fail_alloc_after(n);
        code = xenpt_foreign_maps(p.w.machine, 1, NULL, NULL, &count, NULL);
        if (!fail_alloc_stop())
            break;
        assert_int_equal(code, XENPT_ENOMEM);
    }
    assert_int_equal(code, XENPT_OK);
    assert_int_equal(count.memory, 1);
    pv_finish(&p);
}

/* --- The policy ---------------------------------------------------------------------------- */

static void test_policy(void **state)
{
    struct xenpt_error err = { 0 };

    (void)state;
    pv_begin(&p, "policy: { unpause: refuse-while-foreign-mapped }\n" PV_HOST PV_XEN("4.17")
                     PV_DOMAINS);
    tree_of_d1();
    assert_int_equal(xenpt_machine_pause(p.w.machine, 1, 1, true, &err), XENPT_OK);
    must(va_map(&p, 0, va_of(0, 5), page << 12 | RO, 1));
    assert_int_equal(xenpt_machine_pause(p.w.machine, 1, 1, false, &err), XENPT_ESTATE);
    assert_non_null(strstr(err.text, "d1 has 1 foreign maps, the first by d0"));
    /* It holds nobody back who is not paused, and pauses nobody. */
    assert_int_equal(xenpt_machine_pause(p.w.machine, 1, 0, false, &err), XENPT_ESTATE);
    assert_non_null(strstr(err.text, "is not paused"));
    assert_int_equal(xenpt_machine_pause(p.w.machine, 2, 0, true, &err), XENPT_OK);
    assert_int_equal(xenpt_machine_pause(p.w.machine, 2, 0, false, &err), XENPT_OK);
    must(va_map(&p, 0, va_of(0, 5), 0, SELF));
    assert_int_equal(xenpt_machine_pause(p.w.machine, 1, 1, false, &err), XENPT_OK);
    pv_finish(&p);
    /* Xen has no such policy. */
    begins();
    must(va_map(&p, 0, va_of(0, 5), page << 12 | RO, 1));
    assert_int_equal(xenpt_machine_pause(p.w.machine, 1, 1, true, &err), XENPT_OK);
    assert_int_equal(xenpt_machine_pause(p.w.machine, 1, 1, false, &err), XENPT_OK);
    pv_finish(&p);
}

/* All of a domain's vCPUs wait until it is unpaused. */
static void test_paused(void **state)
{
    struct xenpt_error err = { 0 };

    (void)state;
    pv_begin(&p,
             PV_HOST PV_XEN("4.17") "domains:\n"
                                    "  d0: { type: pv64, memory: 16M, privileged: yes }\n"
                                    "  d1: { type: pv64, memory: 16M, vcpus: 2, paused: yes }\n");
    for (uint32_t v = 0; v < 2; v++) {
        assert_int_equal(xenpt_machine_run(p.w.machine, 1, v, 1, XENPT_RUN_KERNEL, &err),
                         XENPT_ESTATE);
        assert_int_equal(xenpt_machine_pause(p.w.machine, 1, v, false, &err), XENPT_OK);
        assert_int_equal(xenpt_machine_run(p.w.machine, 1, v, 1, XENPT_RUN_KERNEL, &err), XENPT_OK);
    }
    pv_finish(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_privileged), cmocka_unit_test(test_others),
        cmocka_unit_test(test_translated), cmocka_unit_test(test_nobodys),
        cmocka_unit_test(test_entries),    cmocka_unit_test(test_grants),
        cmocka_unit_test(test_p2m),        cmocka_unit_test(test_as_it_is),
        cmocka_unit_test(test_no_memory),  cmocka_unit_test(test_policy),
        cmocka_unit_test(test_paused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
