/*
 * test_threat_moves.c - shortest ways are gone: each move is made by the hypercall, or the access,
 * that it is, and the frame is reached then with the rights that were said.  What is said not to be
 * reached is refused, by the rule that is named.
 */
#include "pv_memory.h"
#include "threat_fixture.h"

#include "pv/op.h"

static struct xenpt_threat_options opt = { .iommu = XENPT_DMA_STRICT, .rules = &p.rules };

#define WRITABLE UINT64_C(0x67)

static void start(void)
{
    pv_begin(&p, THREAT_MACHINE);
}

static void stop(void)
{
    threat_end();
    pv_finish(&p);
}

/* What a PV domain's kernel is granted at an address: r, w, x from bit 0 on; 0: nothing. */
static unsigned int granted(uint32_t d, uint64_t va, uint64_t *frame)
{
    const struct domain *dom = &p.w.machine->domains[d];
    struct xenpt_walk walk;
    struct xenpt_paging pg;
    unsigned int fetch;

    assert_int_equal(
        pv_paging(p.w.machine, dom, pv_guest_root(dom, &dom->vcpus[0], false), &pg, NULL),
        XENPT_OK);
    *frame = 0;
    if (xenpt_walk(&pg, xenpt_store_reader(p.w.machine->store), va, &walk) != XENPT_MAPPED)
        return 0;
    *frame = walk.out >> 12;
    fetch = walk.rights & (1u << XENPT_XU | 1u << XENPT_XS);
    return (walk.rights >> XENPT_R & 1) | (walk.rights >> XENPT_W & 1) << 1 | (fetch ? 4 : 0);
}

/* The way is this, and its last step is by the move of that name. */
static void way_is(const char *who, uint64_t frame, enum xenpt_threat_right right, const char *way)
{
    const char *is = way_of(threat_of(who, &opt), frame, right);

    if (strcmp(is, way) != 0)
        fail_msg("%s: mfn 0x%llx by '%s', and not '%s'", who, (unsigned long long)frame, is, way);
}

/* Its kernel maps a frame, in the name of a domain, at page 5 of its own. */
static const char *maps(uint32_t d, uint64_t frame, uint64_t flags, uint32_t of)
{
    return va_map(&p, d, va_of(d, 5), frame << 12 | flags, of);
}

static void has(uint32_t d, uint64_t frame, unsigned int rights)
{
    uint64_t there;

    assert_int_equal(granted(d, va_of(d, 5), &there), rights);
    assert_int_equal(there, frame);
}

/* --- One's own ----------------------------------------------------------------------------- */

static void test_map_own(void **state)
{
    static const enum place places[] = { AT_D1, AT_SHARED, AT_GRANTS };

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        start();
        way_is("d1", place(places[i]), XENPT_THREAT_WRITE, "map-own");
        must(maps(1, place(places[i]), WRITABLE, SELF));
        has(1, place(places[i]), 7);
        stop();
    }
    /* A table can be read, and not written. */
    start();
    way_is("d1", place(AT_D1_L4), XENPT_THREAT_EXECUTE, "mapped");
    way_is("d1", place(AT_D1_L4), XENPT_THREAT_WRITE, "");
    assert_string_equal(maps(1, place(AT_D1_L4), WRITABLE, SELF), "EBUSY");
    assert_string_equal(pv_rule(&p), "l1-writable");
    must(maps(1, place(AT_D1_L4), RO, SELF));
    has(1, place(AT_D1_L4), 5);
    /* Others' cannot be. */
    way_is("d1", place(AT_D2), XENPT_THREAT_READ, "");
    assert_string_equal(maps(1, place(AT_D2), RO, SELF), "EBUSY");
    assert_string_equal(pv_rule(&p), "l1-owner");
    assert_string_equal(maps(1, place(AT_D2), RO, 2), "EPERM");
    assert_string_equal(pv_rule(&p), "foreign-right");
    assert_string_equal(maps(1, place(AT_IMAGE), RO, SELF), "EBUSY");
    assert_string_equal(maps(1, place(AT_MMIO), RO, XENPT_DOMID_IO), "EPERM");
    stop();
}

/* A table is edited, and then it is none. */
static void test_retype(void **state)
{
    uint64_t table;

    (void)state;
    start();
    table = fresh(&p, 1);
    must(ext(&p, 1, XENPT_PV_PIN_L1, table, 0, SELF));
    way_is("d1", table, XENPT_THREAT_EDIT, "edit-own");
    way_is("d1", table, XENPT_THREAT_RETYPE, "retype-own");
    way_is("d1", table, XENPT_THREAT_WRITE, "");
    must(mmu(&p, 1, at(table, 3), place(AT_D1) << 12 | RO, SELF));
    assert_string_equal(maps(1, table, WRITABLE, SELF), "EBUSY");
    must(ext(&p, 1, XENPT_PV_UNPIN, table, 0, SELF));
    way_is("d1", table, XENPT_THREAT_WRITE, "map-own");
    must(maps(1, table, WRITABLE, SELF));
    has(1, table, 7);
    stop();
}

static void test_populate(void **state)
{
    uint64_t extent = 0x8000;

    (void)state;
    start();
    must(reserve(1, XENPT_PV_POPULATE, &extent, 1, 0, SELF));
    stop();
    /* The same again: it was free, and then it is mapped. */
    start();
    way_is("d1", extent, XENPT_THREAT_WRITE, "populate");
    assert_string_equal(way_of(threat_of("d1.user", &opt), extent, XENPT_THREAT_WRITE), "");
    extent = 0x8000;
    must(reserve(1, XENPT_PV_POPULATE, &extent, 1, 0, SELF));
    must(maps(1, extent, WRITABLE, SELF));
    has(1, extent, 7);
    stop();
    /* Whose memory is all that it may have gets some when it has given some back. */
    pv_begin(&p, PV_HOST PV_XEN("4.17") "domains:\n"
                                        "  d0: { type: pv64, memory: 16M, privileged: yes }\n"
                                        "  d1: { type: pv64, memory: 16M, max-memory: 16M }\n"
                                        "running: { cpu1: d1.v0.kernel }\n");
    way_is("d1", place(AT_FREE), XENPT_THREAT_READ, "populate");
    extent = 0x8000;
    assert_string_equal(reserve(1, XENPT_PV_POPULATE, &extent, 1, 0, SELF), "short");
    assert_string_equal(pv_rule(&p), "memory-max");
    must(give_back(1, fresh(&p, 1)));
    must(reserve(1, XENPT_PV_POPULATE, &extent, 1, 0, SELF));
    stop();
}

/* What an HVM guest's p2m has, its kernel maps as it likes; what a monitor takes away, it has not.
 */
static void test_own_p2m(void **state)
{
    struct xenpt_p2m_entry e;

    (void)state;
    start();
    way_is("d3", place(AT_D3), XENPT_THREAT_WRITE, "own-p2m");
    assert_true(rights(&p.w, "d3.p2m", UINT64_C(0x500) << 12, &(uint64_t){ 0 }) & 1u << XENPT_W);
    assert_int_equal(xenpt_machine_p2m_set_access(p.w.machine, 3, XENPT_VIEW_HOST, 0x500, 1,
                                                  XENPT_ACCESS_R, NULL),
                     XENPT_OK);
    assert_true(xenpt_machine_p2m(p.w.machine, 3, XENPT_VIEW_HOST, 0x500, &e));
    way_is("d3", e.maddr >> 12, XENPT_THREAT_READ, "own-p2m");
    way_is("d3", e.maddr >> 12, XENPT_THREAT_WRITE, "");
    way_is("d3", e.maddr >> 12, XENPT_THREAT_EXECUTE, "");
    stop();
}

/* --- Grants -------------------------------------------------------------------------------- */

static void test_grant_map(void **state)
{
    uint64_t rw, ro, table;

    (void)state;
    start();
    rw = fresh(&p, 1);
    ro = fresh(&p, 1);
    table = fresh(&p, 1);
    must(ext(&p, 1, XENPT_PV_PIN_L1, table, 0, SELF));
    offer(1, 8, 2, rw, 0);
    offer(1, 9, 2, ro, XENPT_GRANT_READONLY);
    offer(1, 10, 2, table, 0);
    way_is("d2", rw, XENPT_THREAT_WRITE, "grant-map");
    way_is("d2", rw, XENPT_THREAT_EXECUTE, "");
    must(grant_map(2, va_of(2, 5), CPU_MAP, 1, 8));
    has(2, rw, 3);
    must(grant_unmap(2, va_of(2, 5), 0, 0, handle));
    way_is("d2", ro, XENPT_THREAT_READ, "grant-map");
    way_is("d2", ro, XENPT_THREAT_WRITE, "");
    assert_string_equal(grant_map(2, va_of(2, 5), CPU_MAP, 1, 9), "general_error");
    assert_string_equal(pv_rule(&p), "grant-read-only");
    must(grant_map(2, va_of(2, 5), CPU_MAP | READ_ONLY, 1, 9));
    has(2, ro, 1);
    must(grant_unmap(2, va_of(2, 5), 0, 0, handle));
    way_is("d2", table, XENPT_THREAT_WRITE, "");
    assert_string_equal(grant_map(2, va_of(2, 5), CPU_MAP, 1, 10), "general_error");
    assert_string_equal(pv_rule(&p), "grant-writable");
    must(grant_map(2, va_of(2, 5), CPU_MAP | READ_ONLY, 1, 10));
    has(2, table, 1);
    /* It is mapped now, and then it needs no entry. */
    offer(1, 10, 3, table, 0);
    way_is("d2", table, XENPT_THREAT_READ, "mapped");
    /* Who is not named. */
    way_is("d0.user", rw, XENPT_THREAT_READ, "");
    assert_string_equal(grant_map(0, va_of(0, 5), CPU_MAP, 1, 8), "general_error");
    assert_string_equal(pv_rule(&p), "grant-domid");
    stop();
}

/* By a third one. */
static void test_grant_copy(void **state)
{
    struct xenpt_grant_entry on = {
        .flags = XENPT_GRANT_TRANSITIVE, .domain = 1, .from_domain = 0, .from_ref = 12
    };
    uint64_t secret, mine;

    (void)state;
    start();
    secret = fresh(&p, 0);
    mine = fresh(&p, 1);
    must(mmu(&p, 0, at(secret, 4), 0x5ec4e7, SELF));
    must(grant_version(2, 2));
    offer(0, 12, 2, secret, XENPT_GRANT_READONLY);
    way_is("d1", secret, XENPT_THREAT_READ, "");
    assert_int_equal(xenpt_grant_offer(p.w.machine, 2, 13, &on, NULL), XENPT_OK);
    way_is("d1", secret, XENPT_THREAT_READ, "grant-copy");
    way_is("d1", secret, XENPT_THREAT_WRITE, "");
    assert_string_equal(grant_map(1, va_of(1, 5), CPU_MAP | READ_ONLY, 2, 13), "general_error");
    must(grant_copy(1, (struct xenpt_grant_side){ true, 2, 13, 32 },
                    (struct xenpt_grant_side){ false, SELF, mine, 0 }, 8));
    assert_int_equal(mem(&p, mine << 12), 0x5ec4e7);
    assert_string_equal(grant_copy(1, (struct xenpt_grant_side){ false, SELF, mine, 0 },
                                   (struct xenpt_grant_side){ true, 2, 13, 32 }, 8),
                        "general_error");
    stop();
}

/* --- dom0 ---------------------------------------------------------------------------------- */

static void test_foreign_map(void **state)
{
    (void)state;
    start();
    way_is("dom0", place(AT_D1), XENPT_THREAT_WRITE, "foreign-map");
    must(maps(0, place(AT_D1), WRITABLE, 1));
    has(0, place(AT_D1), 7);
    way_is("dom0", place(AT_D1_L4), XENPT_THREAT_READ, "foreign-map");
    way_is("dom0", place(AT_D1_L4), XENPT_THREAT_WRITE, "");
    assert_string_equal(maps(0, place(AT_D1_L4), WRITABLE, 1), "EBUSY");
    assert_string_equal(pv_rule(&p), "l1-writable");
    must(maps(0, place(AT_D1_L4), RO, 1));
    has(0, place(AT_D1_L4), 5);
    /* Of a guest with a p2m, by its own number. */
    way_is("dom0", place(AT_D3), XENPT_THREAT_WRITE, "foreign-map");
    must(maps(0, 0x500, WRITABLE, 3));
    has(0, place(AT_D3), 7);
    /* Xen's own. */
    way_is("dom0", place(AT_IMAGE), XENPT_THREAT_READ, "");
    way_is("dom0", place(AT_HEAP), XENPT_THREAT_READ, "");
    assert_string_equal(maps(0, place(AT_HEAP), RO, 1), "EBUSY");
    assert_string_equal(maps(0, place(AT_HEAP), RO, XENPT_DOMID_XEN), "EBUSY");
    assert_string_equal(maps(0, place(AT_HEAP), RO, XENPT_DOMID_IO), "EBUSY");
    stop();
}

static void test_m2p_and_mmio(void **state)
{
    (void)state;
    start();
    way_is("dom0", place(AT_M2P), XENPT_THREAT_EXECUTE, "map-m2p");
    must(maps(0, place(AT_M2P), RO, XENPT_DOMID_XEN));
    has(0, place(AT_M2P), 5);
    assert_string_equal(maps(0, place(AT_M2P), WRITABLE, XENPT_DOMID_XEN), "EBUSY");
    way_is("dom0", place(AT_MMIO), XENPT_THREAT_WRITE, "map-mmio");
    must(maps(0, place(AT_MMIO), WRITABLE, XENPT_DOMID_IO));
    has(0, place(AT_MMIO), 7);
    way_is("dom0", place(AT_MMCFG), XENPT_THREAT_WRITE, "");
    must(maps(0, place(AT_MMCFG), WRITABLE, XENPT_DOMID_IO));
    has(0, place(AT_MMCFG), 5);
    stop();
}

/* It edits a table in d1's name, and has it be none; then it writes. */
static void test_foreign_edit(void **state)
{
    uint64_t table;

    (void)state;
    start();
    table = fresh(&p, 1);
    must(ext(&p, 1, XENPT_PV_PIN_L1, table, 0, SELF));
    way_is("dom0", table, XENPT_THREAT_EDIT, "foreign-edit");
    must(mmu(&p, 0, at(table, 7), place(AT_D1) << 12 | RO, 2u << 16 | 1));
    assert_int_equal(mem(&p, at(table, 7)) >> 12 & 0xffffffff, place(AT_D1));
    way_is("dom0", table, XENPT_THREAT_RETYPE, "foreign-edit");
    assert_string_equal(maps(0, table, WRITABLE, 1), "EBUSY");
    must(ext(&p, 0, XENPT_PV_UNPIN, table, 0, 1));
    must(maps(0, table, WRITABLE, 1));
    has(0, table, 7);
    assert_string_equal(mmu(&p, 1, at(mfn_of(&p, 0, 5), 0), 0, 1u << 16 | SELF), "EPERM");
    stop();
}

/* --- Without a rule ------------------------------------------------------------------------ */

static void off(const char *rule)
{
    start();
    assert_true(xenpt_pv_rules_switch(&p.rules, rule, false));
}

static void test_rules_off(void **state)
{
    static const char *const no_overwriting[] = { "overwrite-xen" };

    (void)state;
    off("l1-writable");
    way_is("d1", place(AT_D1_L1), XENPT_THREAT_WRITE, "map-own");
    must(maps(1, place(AT_D1_L1), WRITABLE, SELF));
    has(1, place(AT_D1_L1), 7);
    stop();
    off("foreign-right");
    way_is("d1", place(AT_D2), XENPT_THREAT_WRITE, "foreign-map");
    must(maps(1, place(AT_D2), WRITABLE, 2));
    has(1, place(AT_D2), 7);
    stop();
    off("l1-owner");
    way_is("d1", place(AT_HEAP), XENPT_THREAT_WRITE, "any-owner");
    must(maps(1, place(AT_HEAP), WRITABLE, SELF));
    has(1, place(AT_HEAP), 7);
    /* M2P has a type, so that nobody has it with RW; but Xen was overwritten by then. */
    opt.without = no_overwriting;
    opt.nr_without = 1;
    way_is("d1", place(AT_M2P), XENPT_THREAT_EXECUTE, "any-owner");
    way_is("d1", place(AT_M2P), XENPT_THREAT_WRITE, "");
    opt.nr_without = 0;
    assert_string_equal(maps(1, place(AT_M2P), WRITABLE, SELF), "EBUSY");
    stop();
    off("mmio-permission");
    way_is("d1", place(AT_MMIO), XENPT_THREAT_WRITE, "map-mmio");
    must(maps(1, place(AT_MMIO), WRITABLE, SELF));
    has(1, place(AT_MMIO), 7);
    stop();
    off("grant-domid");
    offer(1, 8, 3, place(AT_D1), 0);
    way_is("d2", place(AT_D1), XENPT_THREAT_WRITE, "grant-map");
    must(grant_map(2, va_of(2, 5), CPU_MAP, 1, 8));
    has(2, place(AT_D1), 3);
    stop();
    off("grant-writable");
    offer(1, 8, 2, place(AT_D1_L1), 0);
    way_is("d2", place(AT_D1_L1), XENPT_THREAT_WRITE, "grant-map");
    must(grant_map(2, va_of(2, 5), CPU_MAP, 1, 8));
    has(2, place(AT_D1_L1), 3);
    stop();
}

/* A root that leads to itself is given RW, is written to, and then its guest has what it likes. */
static void test_raise_rights(void **state)
{
    uint64_t root, there, va;

    (void)state;
    off("fast-path");
    root = place(AT_D1_L4);
    way_is("d1", root, XENPT_THREAT_WRITE, "raise-rights");
    way_is("d1", place(AT_IMAGE), XENPT_THREAT_WRITE, "raise-rights write-entries unchecked-entry");
    must(mmu(&p, 1, at(root, 5), root << 12 | 0x25, SELF));
    must(mmu(&p, 1, at(root, 5), root << 12 | 0x27, SELF));
    va = UINT64_C(5) << 39 | UINT64_C(5) << 30 | 5 << 21 | 5 << 12;
    assert_int_equal(granted(1, va, &there) & 3, 3);
    assert_int_equal(there, root);
    /* By that it writes an entry: with slot 6 its own root is an L3, L2 and L1 of what it wants. */
    assert_int_equal(xenpt_store_write64(p.w.machine->store, at(root, 6),
                                         place(AT_IMAGE) << 12 | WRITABLE, NULL),
                     XENPT_OK);
    va = UINT64_C(5) << 39 | UINT64_C(5) << 30 | 5 << 21 | 6 << 12;
    assert_int_equal(granted(1, va, &there) & 3, 3);
    assert_int_equal(there, place(AT_IMAGE));
    stop();
}

/* As examples/advisories/xsa-185.yaml. */
static void test_raise_pae(void **state)
{
    uint64_t top, l2s, there;

    (void)state;
    off("linear-pae");
    top = fresh(&p, 2);
    l2s = fresh(&p, 2);
    must(mmu(&p, 2, at(top, 3), l2s << 12 | 1, SELF));
    must(ext(&p, 2, XENPT_PV_PIN_L3, top, 0, SELF));
    must(ext(&p, 2, XENPT_PV_NEW_BASE, top, 0, SELF));
    way_is("d2", top, XENPT_THREAT_WRITE, "raise-pae");
    must(mmu(&p, 2, at(top, 0), top << 12 | 1, SELF));
    assert_int_equal(granted(2, 0, &there) & 3, 3);
    assert_int_equal(there, top);
    stop();
    start();
    way_is("d2", place(AT_D2_L3), XENPT_THREAT_WRITE, "");
    stop();
}

/* A table whose frame's number is a multiple of 512 becomes a page. */
static void test_superpage(void **state)
{
    static const char *const no_populate[] = { "populate" };
    uint64_t of = 0x8000, mid, top, there, va;

    (void)state;
    pv_begin(&p, PV_HOST PV_XEN("4.17") "domains:\n"
                                        "  d0: { type: pv64, memory: 16M, privileged: yes }\n"
                                        "  d1: { type: pv64, memory: [{ gfn: 0, mfn: 0x9000, "
                                        "pages: 4095 }, { gfn: 4095, mfn: "
                                        "0x8000, pages: 1 }] }\n"
                                        "running: { cpu1: d1.v0.kernel }\n");
    assert_true(xenpt_pv_rules_switch(&p.rules, "l2-superpage", false));
    assert_true(xenpt_pv_rules_switch(&p.rules, "fast-path", false));
    opt.without = no_populate;
    opt.nr_without = 1;
    way_is("d1", 0x8005, XENPT_THREAT_WRITE, "superpage");
    p.taken[1] = 1;
    mid = fresh(&p, 1);
    top = fresh(&p, 1);
    must(ext(&p, 1, XENPT_PV_PIN_L1, of, 0, SELF));
    must(mmu(&p, 1, at(mid, 0), of << 12 | TABLE, SELF));
    must(mmu(&p, 1, at(top, 0), mid << 12 | TABLE, SELF));
    must(mmu(&p, 1, at(place(AT_D1_L4), 5), top << 12 | TABLE, SELF));
    must(mmu(&p, 1, at(mid, 0), of << 12 | 0xe7, SELF));
    va = UINT64_C(5) << 39 | 5 << 12;
    assert_int_equal(granted(1, va, &there), 7);
    assert_int_equal(there, 0x8005);
    opt.nr_without = 0;
    stop();
}

/* Xen finds a guest's table where its directmap was. */
static void test_xen_slot(void **state)
{
    uint64_t top, root, there;
    unsigned int slot262 = 262;

    (void)state;
    off("l4-xen-slot");
    way_is("d1", place(AT_IMAGE), XENPT_THREAT_WRITE, "xen-slot directmap");
    top = fresh(&p, 1);
    root = place(AT_D1_L4);
    must(mmu(&p, 1, at(root, slot262), top << 12 | TABLE, SELF));
    assert_int_equal(mem(&p, at(root, slot262)) & ADDR, top << 12);
    assert_int_equal(granted(1, xenpt_layout_slot_first(p.w.machine->layout, slot262), &there), 0);
    stop();
    start();
    way_is("d1", place(AT_IMAGE), XENPT_THREAT_READ, "");
    assert_string_equal(mmu(&p, 1, at(place(AT_D1_L4), slot262), 0, SELF), "EINVAL");
    assert_string_equal(pv_rule(&p), "l4-xen-slot");
    stop();
}

/* Xen's directmap has what a compromised Xen is said to have by it. */
static void test_directmap(void **state)
{
    static const enum place places[] = { AT_D0, AT_D1, AT_D1_L4, AT_D2, AT_D3, AT_D4, AT_HEAP };
    const struct xenpt_area *area;

    (void)state;
    start();
    area = xenpt_layout_area(p.w.machine->layout, "directmap");
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        uint64_t frame = place(places[i]), out;
        unsigned int got = rights(&p.w, "d1.v0.xen", area->first + (frame << 12), &out);

        way_is("xen", frame, XENPT_THREAT_WRITE, "directmap");
        assert_int_equal(out >> 12, frame);
        assert_true(got & 1u << XENPT_R && got & 1u << XENPT_W);
        assert_false(got & 1u << XENPT_XS);
    }
    stop();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_map_own),      cmocka_unit_test(test_retype),
        cmocka_unit_test(test_populate),     cmocka_unit_test(test_own_p2m),
        cmocka_unit_test(test_grant_map),    cmocka_unit_test(test_grant_copy),
        cmocka_unit_test(test_foreign_map),  cmocka_unit_test(test_m2p_and_mmio),
        cmocka_unit_test(test_foreign_edit), cmocka_unit_test(test_rules_off),
        cmocka_unit_test(test_raise_rights), cmocka_unit_test(test_raise_pae),
        cmocka_unit_test(test_superpage),    cmocka_unit_test(test_xen_slot),
        cmocka_unit_test(test_directmap),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
