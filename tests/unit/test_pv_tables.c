/*
 * test_pv_tables.c - what Xen makes of guests' entries, and what it flushes: pv/mm.h,
 * adjust_guest_l1e and so on; mm.c, 4.17.
 */
#include "pv_fixture.h"

#include <stdio.h>

#include "xen/shadow.h"

#define SELF XENPT_DOMID_SELF
#define GK   (UINT64_C(1) << 52)

static struct pv_world p;

static uint64_t at(uint64_t frame, unsigned int slot)
{
    return frame << 12 | (uint64_t)slot * 8;
}

static void must(const char *error)
{
    if (strcmp(error, "ok") != 0)
        fail_msg("%s, by %s", error, pv_rule(&p));
}

static void begin(void)
{
    pv_begin(&p, PV_HOST PV_XEN("4.17") PV_DOMAINS);
}

/* --- Adjusting ----------------------------------------------------------------------------- */

static void test_l1(void **state)
{
    static const struct {
        uint64_t was, is64, is32;
    } rows[] = {
        { 0x61, 0x65 | GK, 0x61 },           /* The kernel's. */
        { 0x65, 0x165, 0x65 },               /* A user's is global. */
        { 0x161, 0x165 | GK, 0x161 },        /* Both bits: only warned about. */
        { 0x65 | GK, 0x65 | GK, 0x65 | GK }, /* A user's that says it is the kernel's. */
        { 0x62, 0x62, 0x62 },                /* Not present, and safe only at frame 0. */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        for (uint32_t d = 1; d < 3; d++) {
            uint64_t table, page, is = d == 1 ? rows[i].is64 : rows[i].is32;

            begin();
            table = fresh(&p, d);
            page = rows[i].was & 1 ? fresh(&p, d) : 0;
            /* By an update, and by validation. */
            must(ext(&p, d, XENPT_PV_PIN_L1, table, 0, SELF));
            must(mmu(&p, d, at(table, 3), page << 12 | rows[i].was, SELF));
            assert_int_equal(mem(&p, at(table, 3)), page << 12 | is);
            table = fresh(&p, d);
            must(mmu(&p, d, at(table, 3), page << 12 | rows[i].was, SELF));
            must(ext(&p, d, XENPT_PV_PIN_L1, table, 0, SELF));
            assert_int_equal(mem(&p, at(table, 3)), page << 12 | is);
            /* It stays so. */
            must(ext(&p, d, XENPT_PV_UNPIN, table, 0, SELF));
            assert_int_equal(mem(&p, at(table, 3)), page << 12 | is);
            pv_finish(&p);
        }
}

static void test_upper(void **state)
{
    uint64_t l1, l2, l3, l4;

    (void)state;
    begin();
    l1 = fresh(&p, 1);
    l2 = fresh(&p, 1);
    l3 = fresh(&p, 1);
    l4 = fresh(&p, 1);
    must(mmu(&p, 1, at(l2, 1), l1 << 12 | 0x03, SELF));
    must(mmu(&p, 1, at(l3, 1), l2 << 12 | 0x03, SELF));
    must(mmu(&p, 1, at(l4, 1), l3 << 12 | 0x03, SELF));
    must(ext(&p, 1, XENPT_PV_PIN_L4, l4, 0, SELF));
    assert_int_equal(mem(&p, at(l2, 1)), l1 << 12 | 0x07);
    assert_int_equal(mem(&p, at(l3, 1)), l2 << 12 | 0x07);
    assert_int_equal(mem(&p, at(l4, 1)), l3 << 12 | 0x27);
    must(mmu(&p, 1, at(l4, 2), l3 << 12 | 0x03, SELF));
    assert_int_equal(mem(&p, at(l4, 2)), l3 << 12 | 0x27);
    pv_finish(&p);
}

/* A 32-bit guest's L3: US and RW while it is one, and entries behind the fourth are none. */
static void test_pae(void **state)
{
    uint64_t l3, last, other;

    (void)state;
    begin();
    l3 = fresh(&p, 2);
    last = fresh(&p, 2);
    other = fresh(&p, 2);
    must(mmu(&p, 2, at(l3, 0), other << 12 | 0x1, SELF));
    must(mmu(&p, 2, at(l3, 3), last << 12 | 0x1, SELF));
    must(mmu(&p, 2, at(l3, 4), 0x123, SELF));
    must(mmu(&p, 2, at(l3, 511), 0x123, SELF));
    must(ext(&p, 2, XENPT_PV_PIN_L3, l3, 0, SELF));
    assert_int_equal(mem(&p, at(l3, 0)), other << 12 | 0x7);
    assert_int_equal(mem(&p, at(l3, 3)), last << 12 | 0x7);
    assert_int_equal(mem(&p, at(l3, 4)), 0);
    assert_int_equal(mem(&p, at(l3, 511)), 0);
    assert_true(frame_is(&p, last).pae_xen_l2);
    /* Slots of Xen's: M2P, by 2 MiB, which user code cannot read. */
    assert_int_equal(mem(&p, at(last, 428)) & 0xfff, 0x81);
    must(ext(&p, 2, XENPT_PV_UNPIN, l3, 0, SELF));
    assert_int_equal(mem(&p, at(l3, 0)), other << 12 | 0x1);
    assert_int_equal(mem(&p, at(l3, 3)), last << 12 | 0x1);
    assert_false(frame_is(&p, last).pae_xen_l2);
    counts_hold(&p);
    pv_finish(&p);
}

static void test_preserved(void **state)
{
    uint64_t table, page;

    (void)state;
    begin();
    table = fresh(&p, 1);
    page = fresh(&p, 1);
    must(ext(&p, 1, XENPT_PV_PIN_L1, table, 0, SELF));
    must(mmu(&p, 1, at(table, 0), page << 12 | 0x65, SELF));
    must(mmu(&p, 1, at(table, 0) | XENPT_PV_MMU_PRESERVE_AD, page << 12 | 0x05, SELF));
    assert_int_equal(mem(&p, at(table, 0)) & 0xfff, 0x165);
    must(mmu(&p, 1, at(table, 0), page << 12 | 0x05, SELF));
    assert_int_equal(mem(&p, at(table, 0)) & 0xfff, 0x105);
    pv_finish(&p);
}

/* --- Foreign frames ------------------------------------------------------------------------ */

static void test_foreign(void **state)
{
    struct xenpt_p2m_entry hvm;
    uint64_t table, frame, own, m2p;

    (void)state;
    begin();
    table = fresh(&p, 0);
    frame = fresh(&p, 1);
    must(ext(&p, 0, XENPT_PV_PIN_L1, table, 0, SELF));
    must(mmu(&p, 0, at(table, 0), frame << 12 | 0x63, 1));
    assert_int_equal(frame_is(&p, frame).type_count, 1);
    /* Of an HVM guest by the guest's own number, without a type. */
    assert_true(xenpt_machine_p2m(p.w.machine, 3, XENPT_VIEW_HOST, 5, &hvm));
    must(mmu(&p, 0, at(table, 1), 5 << 12 | 0x63, 3));
    assert_int_equal(mem(&p, at(table, 1)) >> 12 & 0xfffffff, hvm.maddr >> 12);
    assert_int_equal(frame_is(&p, hvm.maddr >> 12).type_count, 0);
    assert_int_equal(frame_is(&p, hvm.maddr >> 12).count, 2);
    must(mmu(&p, 0, at(table, 2) | XENPT_PV_MMU_NO_TRANSLATE, hvm.maddr | 0x61, 3));
    counts_hold(&p);
    /* In a table of d1's, in the name of dom0, which may map anybody's: d2's. */
    own = fresh(&p, 1);
    must(ext(&p, 1, XENPT_PV_PIN_L1, own, 0, SELF));
    must(mmu(&p, 0, at(own, 0), fresh(&p, 2) << 12 | 0x61, 2u << 16 | SELF));
    assert_string_equal(mmu(&p, 0, at(own, 1), fresh(&p, 2) << 12 | 0x61, 2u << 16 | 1), "EBUSY");
    counts_hold(&p);
    /* M2P, which Xen shares with whoever is privileged, to be read. */
    m2p = 0;
    for (size_t i = 0; !m2p && i < p.w.machine->contents.lists->nr_pieces; i++)
        if (!p.w.machine->contents.lists->pieces[i].nr)
            m2p = p.w.machine->contents.lists->pieces[i].maddr;
    must(mmu(&p, 0, at(table, 3), m2p | 0x61, XENPT_DOMID_XEN));
    assert_string_equal(mmu(&p, 0, at(table, 4), m2p | 0x63, XENPT_DOMID_XEN), "EBUSY");
    assert_string_equal(pv_rule(&p), "l1-writable");
    assert_string_equal(mmu(&p, 0, at(table, 4), m2p | 0x61, SELF), "EBUSY");
    assert_string_equal(mmu(&p, 1, at(own, 4), m2p | 0x61, XENPT_DOMID_XEN), "EPERM");
    counts_hold(&p);
    must(mmu(&p, 0, at(table, 3), 0, SELF));
    counts_hold(&p);
    must(mmu(&p, 0, at(table, 1), 0, SELF));
    must(mmu(&p, 0, at(table, 0), 0, SELF));
    assert_int_equal(frame_is(&p, frame).count, 1);
    counts_hold(&p);
    pv_finish(&p);
}

/* --- Flushes ------------------------------------------------------------------------------- */

static unsigned int cpus_of(enum xenpt_pv_flush_kind kind)
{
    unsigned int cpus = 0;

    for (size_t i = 0; i < p.nr_flushes; i++)
        if (p.flush[i].kind == kind)
            cpus |= 1u << p.flush[i].cpu;
    return cpus;
}

/* d1's vCPUs are on CPUs 1 and 3. */
static void test_asked_for(void **state)
{
    (void)state;
    begin();
    must(ext(&p, 1, XENPT_PV_TLB_LOCAL, 0, 0, SELF));
    assert_int_equal(cpus_of(XENPT_PV_FLUSH_TLB), 2);
    must(ext(&p, 1, XENPT_PV_TLB_ALL, 0, 0, SELF));
    assert_int_equal(cpus_of(XENPT_PV_FLUSH_TLB), 2 | 8);
    must(ext(&p, 1, XENPT_PV_TLB_MULTI, 0, 2, SELF));
    assert_int_equal(cpus_of(XENPT_PV_FLUSH_TLB), 8);
    must(ext(&p, 1, XENPT_PV_INVLPG_LOCAL, 0x5000, 0, SELF));
    assert_int_equal(cpus_of(XENPT_PV_FLUSH_ADDRESS), 2);
    assert_int_equal(p.flush[0].address, 0x5000);
    must(ext(&p, 1, XENPT_PV_INVLPG_ALL, 0x5000, 0, SELF));
    assert_int_equal(cpus_of(XENPT_PV_FLUSH_ADDRESS), 2 | 8);
    must(ext(&p, 1, XENPT_PV_INVLPG_MULTI, 0x5000, 3, SELF));
    assert_int_equal(cpus_of(XENPT_PV_FLUSH_ADDRESS), 2 | 8);
    /* In Xen's area, and not canonical. */
    must(ext(&p, 1, XENPT_PV_INVLPG_ALL, UINT64_C(0xffff830000000000), 0, SELF));
    assert_int_equal(p.nr_flushes, 0);
    must(ext(&p, 1, XENPT_PV_INVLPG_MULTI, UINT64_C(1) << 50, 3, SELF));
    assert_int_equal(p.nr_flushes, 0);
    must(ext(&p, 0, XENPT_PV_FLUSH_CACHE_LOCAL, 0, 0, SELF));
    assert_int_equal(cpus_of(XENPT_PV_FLUSH_CACHE), 1);
    /* Since 4.21 both are of all. */
    assert_true(xenpt_pv_rules_switch(&p.rules, "cache-everywhere", true));
    must(ext(&p, 0, XENPT_PV_FLUSH_CACHE_LOCAL, 0, 0, SELF));
    assert_int_equal(cpus_of(XENPT_PV_FLUSH_CACHE), 15);
    must(ext(&p, 0, XENPT_PV_FLUSH_CACHE_GLOBAL, 0, 0, SELF));
    assert_int_equal(cpus_of(XENPT_PV_FLUSH_CACHE), 15);
    pv_finish(&p);
}

static void test_by_address(void **state)
{
    struct xenpt_pv_va_update u = { .domain = SELF, .flush = XENPT_PV_UVMF_TLB };
    static const struct {
        bool all;
        uint64_t vcpus;
        unsigned int cpus;
    } rows[] = { { false, 0, 2 }, { true, 0, 10 }, { false, 2, 8 }, { false, 3, 10 } };
    struct xenpt_pv_caller c;

    (void)state;
    begin();
    u.va = p.w.machine->domains[1].at.base + 0x5000;
    must(va_map(&p, 1, u.va, 0, SELF));
    assert_int_equal(p.nr_flushes, 0);
    c = pv_caller(&p, 1);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        for (int address = 0; address < 2; address++) {
            u.flush = address ? XENPT_PV_UVMF_INVLPG : XENPT_PV_UVMF_TLB;
            u.all = rows[i].all;
            u.vcpus = rows[i].vcpus;
            p.nr_flushes = 0;
            assert_int_equal(xenpt_pv_update_va(p.w.machine, &c, &u, &p.r, NULL), XENPT_OK);
            assert_int_equal(cpus_of(address ? XENPT_PV_FLUSH_ADDRESS : XENPT_PV_FLUSH_TLB),
                             rows[i].cpus);
        }
    pv_finish(&p);
}

/* An L4 entry: CPU 3 is told only if its vCPU may be on that L4. */
static void test_roots_of_others(void **state)
{
    const struct domain *d;
    uint64_t root;

    (void)state;
    begin();
    d = &p.w.machine->domains[1];
    root = d->vcpus[1].kernel_l4 >> 12;
    must(mmu(&p, 1, at(root, 7), 0, SELF));
    assert_int_equal(cpus_of(XENPT_PV_FLUSH_ROOT), 8);
    must(mmu(&p, 1, at(d->vcpus[0].kernel_l4 >> 12, 7), 0, SELF));
    assert_int_equal(cpus_of(XENPT_PV_FLUSH_ROOT), 2);
    /* Not pinned: nothing explains a second reference but another CPU. */
    must(ext(&p, 1, XENPT_PV_UNPIN, root, 0, SELF));
    must(mmu(&p, 1, at(root, 7), 0, SELF));
    assert_int_equal(cpus_of(XENPT_PV_FLUSH_ROOT), 8);
    /* Both vCPUs on one. */
    must(ext(&p, 1, XENPT_PV_NEW_BASE, root, 0, SELF));
    must(mmu(&p, 1, at(root, 7), 0, SELF));
    assert_int_equal(cpus_of(XENPT_PV_FLUSH_ROOT), 10);
    counts_hold(&p);
    pv_finish(&p);
}

/* --- LDTs ---------------------------------------------------------------------------------- */

static void test_ldt(void **state)
{
    const struct domain *d;
    uint64_t ldt;

    (void)state;
    begin();
    d = &p.w.machine->domains[1];
    ldt = d->ldt >> 12;
    assert_int_equal(frame_is(&p, ldt).type_count, 2);
    /* Another root: the vCPU's is unmapped. */
    must(ext(&p, 1, XENPT_PV_NEW_BASE, d->vcpus[1].kernel_l4 >> 12, 0, SELF));
    assert_int_equal(frame_is(&p, ldt).type_count, 1);
    counts_hold(&p);
    must(ext(&p, 1, XENPT_PV_SET_LDT, 0x1000, 5, SELF));
    assert_int_equal(d->vcpus[0].ldt_entries, 5);
    assert_int_equal(frame_is(&p, ldt).type_count, 1);
    pv_finish(&p);
    begin();
    must(ext(&p, 1, XENPT_PV_SET_LDT, 0x1000, 5, SELF));
    assert_int_equal(frame_is(&p, ldt).type_count, 1);
    counts_hold(&p);
    pv_finish(&p);
}

/* --- Shadows ------------------------------------------------------------------------------- */

#define SHADOWED                                                                                   \
    "host: { ram: 2G, cpus: 4, processor: rome }\n" PV_XEN(                                        \
        "4.17") "domains:\n"                                                                       \
                "  d0: { type: pv64, memory: 16M, privileged: yes }\n"                             \
                "  d1: { type: pv64, memory: 16M, paging: shadow }\n"                              \
                "running: { cpu1: d1.v0.kernel }\n"

/* A root that is none any more has no shadow, and neither has one that no vCPU has. */
static void test_shadows(void **state)
{
    const struct domain *d;
    uint64_t old, root, user;
    uint32_t id;

    (void)state;
    pv_begin(&p, SHADOWED);
    d = &p.w.machine->domains[1];
    old = d->vcpus[0].kernel_l4;
    user = d->vcpus[0].user_l4;
    root = fresh(&p, 1);
    must(ext(&p, 1, XENPT_PV_PIN_L4, root, 0, SELF));
    must(ext(&p, 1, XENPT_PV_NEW_BASE, root, 0, SELF));
    assert_true(shadow_find(d->shadows, SH_L4_64, root << 12, &id));
    assert_true(shadow_find(d->shadows, SH_L4_64, old, &id)); /* It is pinned. */
    must(ext(&p, 1, XENPT_PV_UNPIN, old >> 12, 0, SELF));
    assert_false(shadow_find(d->shadows, SH_L4_64, old, &id));
    must(ext(&p, 1, XENPT_PV_UNPIN, user >> 12, 0, SELF));
    assert_true(shadow_find(d->shadows, SH_L4_64, user, &id));
    must(ext(&p, 1, XENPT_PV_NEW_USER_BASE, 0, 0, SELF));
    assert_false(shadow_find(d->shadows, SH_L4_64, user, &id));
    assert_int_equal(d->vcpus[0].top[1], NO_SHADOW);
    pv_finish(&p);
}

/* 39 bits of addresses, and caches that have more: nothing that there is is safe. */
static void test_l1tf_client(void **state)
{
    static const struct {
        uint64_t entry;
        const char *rule;
    } rows[] = { { (UINT64_C(1) << 39) - 4096, "l1tf-safe" }, { UINT64_C(1) << 39, "" } };

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        uint64_t table;

        pv_begin(&p, "host: { ram: 2G, cpus: 4, processor: skylake-client }\n" PV_XEN("4.17")
                         PV_DOMAINS);
        table = fresh(&p, 1);
        must(ext(&p, 1, XENPT_PV_PIN_L1, table, 0, SELF));
        mmu(&p, 1, at(table, 0), rows[i].entry, SELF);
        assert_string_equal(pv_rule(&p), rows[i].rule);
        pv_finish(&p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_l1),          cmocka_unit_test(test_upper),
        cmocka_unit_test(test_pae),         cmocka_unit_test(test_preserved),
        cmocka_unit_test(test_foreign),     cmocka_unit_test(test_asked_for),
        cmocka_unit_test(test_by_address),  cmocka_unit_test(test_roots_of_others),
        cmocka_unit_test(test_ldt),         cmocka_unit_test(test_shadows),
        cmocka_unit_test(test_l1tf_client),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
