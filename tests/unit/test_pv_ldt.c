/*
 * test_pv_ldt.c - pages of an LDT that are mapped by a fault: pv/mm.c, pv_map_ldt_shadow_page, of
 * Xen 4.17; the entry as 4.2 to 4.19 and 4.20 had it on a machine.  And other faults of kernels.
 */
#include "pv_control.h"

#include "xen/frames.h"
#include "xen/internal.h"

static const char *map(uint32_t d, uint64_t offset)
{
    struct xenpt_pv_caller c = pv_caller(&p, d);
    struct xenpt_error err = { 0 };

    if (xenpt_pv_map_ldt(p.w.machine, &c, offset, &p.r, &err))
        fail_msg("%s", err.text);
    return p.r.name;
}

/* An address of the domain's kernel that leads to a page of its own, read-only. */
static uint64_t page_at(uint32_t d, uint64_t pfn, uint64_t flags)
{
    uint64_t va = p.w.machine->domains[d].at.base + pfn * 4096;

    must(va_map(&p, d, va, mfn_of(&p, d, pfn) << 12 | flags, SELF));
    return va;
}

/* The L2 of the first GiB of a 32-bit guest's, which it makes here. */
static uint64_t mfn_of_l2(uint32_t d)
{
    uint64_t l3_of = p.w.machine->domains[d].vcpus[0].l3 >> 12, l2_of = fresh(&p, d);

    must(mmu(&p, d, at(l3_of, 0), l2_of << 12 | 1, SELF));
    return l2_of;
}

/* Xen's entry of a page of it. */
static uint64_t entry(uint32_t d, unsigned int i)
{
    const struct xenpt_layout *layout = p.w.machine->layout;
    const struct xenpt_area *area = xenpt_layout_area(layout, "gdt-ldt");
    uint64_t va = xenpt_area_piece(area, 0) + 0x10000 + i * 4096, at;

    at = p.w.machine->domains[d].perdomain;
    for (unsigned int level = 3; level > 1; level--)
        at = entry_read(p.w.machine, at, slot_at(level, va)) & ENTRY_ADDR;
    return entry_read(p.w.machine, at, slot_at(1, va));
}

static void test_mapped(void **state)
{
    (void)state;
    for (uint32_t d = 1; d <= 2; d++) {
        uint64_t va, frame;

        begin("ldt-limit");
        va = page_at(d, 5, 0x25);
        page_at(d, 6, 0x25);
        frame = mfn_of(&p, d, 5);
        must(ext(&p, d, XENPT_PV_SET_LDT, va, 513, SELF));
        assert_int_equal(entry(d, 0), 0);
        must(map(d, 8));
        assert_int_equal(entry(d, 0) & (ENTRY_ADDR | 3), frame << 12 | 3);
        assert_int_equal(frame_is(&p, frame).type, XENPT_FRAME_SEG_DESC);
        assert_int_equal(frame_is(&p, frame).type_count, 1);
        assert_int_equal(entry(d, 1), 0);
        must(map(d, 4096));
        assert_int_equal(frame_is(&p, mfn_of(&p, d, 6)).type_count, 1);
        counts_hold(&p);
        /* It cannot be mapped writable meanwhile; a new LDT lets it go. */
        assert_string_equal(va_map(&p, d, va, frame << 12 | 0x27, SELF), "EBUSY");
        must(ext(&p, d, XENPT_PV_SET_LDT, 0, 0, SELF));
        assert_int_equal(entry(d, 0) | entry(d, 1), 0);
        must(va_map(&p, d, va, frame << 12 | 0x27, SELF));
        counts_hold(&p);
        pv_finish(&p);
    }
}

/* Until 4.19 the guest's own flags, with RW; then Xen's. */
static void test_flags(void **state)
{
    uint64_t va;

    (void)state;
    begin("ldt-limit");
    va = page_at(1, 5, 0xa25);
    must(ext(&p, 1, XENPT_PV_SET_LDT, va, 5, SELF));
    must(map(1, 0));
    assert_int_equal(entry(1, 0), mfn_of(&p, 1, 5) << 12 | 0xb27);
    pv_finish(&p);

    pv_begin(&p, PV_HOST PV_XEN("4.20") PV_DOMAINS);
    va = page_at(1, 5, 0xa25);
    must(ext(&p, 1, XENPT_PV_SET_LDT, va, 5, SELF));
    must(map(1, 0));
    assert_int_equal(entry(1, 0), mfn_of(&p, 1, 5) << 12 | 0x63 | ENTRY_NX);
    counts_hold(&p);
    pv_finish(&p);
}

/* A descriptor that no guest may have; the page's last use is undone wholly. */
static void test_refused(void **state)
{
    uint64_t va, frame;

    (void)state;
    begin("ldt-limit");
    va = page_at(1, 5, 0x25);
    frame = mfn_of(&p, 1, 5);
    must(mmu(&p, 1, frame << 12, CODE_32 & ~(UINT64_C(3) << 45), SELF)); /* DPL 0... */
    must(mmu(&p, 1, (frame << 12) + 16, UINT64_C(0x0000e20000000067), SELF));
    must(ext(&p, 1, XENPT_PV_SET_LDT, va, 5, SELF));
    assert_string_equal(map(1, 0), "EFAULT");
    assert_string_equal(pv_rule(&p), "ldt-frame");
    assert_int_equal(p.r.frame, frame);
    assert_int_equal(mem(&p, frame << 12), CODE_32 & ~(UINT64_C(3) << 45)); /* ...stays. */
    assert_int_equal(frame_is(&p, frame).type_count, 0);
    must(mmu(&p, 1, (frame << 12) + 16, 0, SELF));
    must(map(1, 0));
    assert_int_equal(mem(&p, frame << 12), CODE_32);
    /* The last descriptor, and the one behind it. */
    assert_string_equal(map(1, 40), "EFAULT");
    assert_string_equal(pv_rule(&p), "ldt-limit");
    counts_hold(&p);
    pv_finish(&p);
}

/* Without the rule nothing is mapped, and nothing is left of it. */
static void test_switched_off(void **state)
{
    (void)state;
    begin("ldt-limit");
    xenpt_pv_rules_switch(&p.rules, "ldt-frame", false);
    must(mmu(&p, 1, mfn_of(&p, 1, 5) << 12, UINT64_C(0x0000e20000000067), SELF));
    must(ext(&p, 1, XENPT_PV_SET_LDT, page_at(1, 5, 0x25), 5, SELF));
    must(map(1, 0));
    assert_int_equal(entry(1, 0), 0);
    counts_hold(&p);
    pv_finish(&p);
}

/* An entry that is not present; and an LDT that goes on at address 0 of a 32-bit guest. */
static void test_absent(void **state)
{
    uint64_t va;

    (void)state;
    begin("ldt-limit");
    xenpt_pv_rules_switch(&p.rules, "l1tf-safe", false);
    va = page_at(1, 5, 0x24);
    must(ext(&p, 1, XENPT_PV_SET_LDT, va, 5, SELF));
    assert_string_equal(map(1, 0), "EFAULT");
    assert_string_equal(pv_rule(&p), "ldt-mapped");
    must(ext(&p, 2, XENPT_PV_SET_LDT, UINT64_C(0xfffff000), 1024, SELF));
    assert_string_equal(map(2, 0x1000), "EFAULT");
    assert_string_equal(pv_rule(&p), "ldt-mapped");
    {
        uint64_t table = fresh(&p, 2), upper = mfn_of_l2(2);

        must(mmu(&p, 2, at(table, 0), mfn_of(&p, 2, 5) << 12 | 0x25, SELF));
        page_at(2, 5, 0x25);
        must(mmu(&p, 2, at(upper, 0), table << 12 | 0x67, SELF));
        must(map(2, 0x1000));
        assert_int_equal(entry(2, 1) >> 12 & 0xffffffff, mfn_of(&p, 2, 5));
    }
    counts_hold(&p);
    pv_finish(&p);
}

/* In user mode the kernel's tables say it. */
static void test_user(void **state)
{
    uint64_t va;

    (void)state;
    begin("ldt-limit");
    va = page_at(1, 5, 0x25);
    must(ext(&p, 1, XENPT_PV_SET_LDT, va, 5, SELF));
    must(iret(1, 0xe033));
    must(map(1, 0));
    assert_true(p.w.machine->domains[1].vcpus[0].user);
    counts_hold(&p);
    pv_finish(&p);
}

/* An entry that is not present is L1TF-safe, or the domain is put on shadows and writes again. */
static void test_l1tf(void **state)
{
    uint64_t va, table, unsafe;

    (void)state;
    begin("ptwr-l1");
    va = l1_at(1);
    table = mfn_of(&p, 1, (va - p.w.machine->domains[1].at.base) / 4096);
    unsafe = fresh(&p, 0) << 12 | 0x62;
    assert_string_equal(write_table(1, va + 5 * 8, unsafe, 8), "ERESTART");
    assert_string_equal(pv_rule(&p), "l1tf-safe");
    assert_int_not_equal(mem(&p, at(table, 5)), unsafe);
    assert_non_null(p.w.machine->domains[1].shadows);
    must(write_table(1, va + 5 * 8, unsafe, 8));
    assert_int_equal(mem(&p, at(table, 5)), unsafe);
    counts_hold(&p);
    pv_finish(&p);
}

/* PCI configuration space: dom0 has it read-only, and Xen writes in its place. */
static void test_mmcfg(void **state)
{
    static const struct {
        uint64_t offset;
        unsigned int bytes;
        const char *is;
    } rows[] = { { 4, 4, "ok" },     { 6, 2, "ok" },     { 7, 1, "ok" },    { 8, 8, "EFAULT" },
                 { 6, 4, "EFAULT" }, { 7, 2, "EFAULT" }, { 8, 3, "EFAULT" } };
    uint64_t va;

    (void)state;
    begin("mmcfg-aligned");
    va = p.w.machine->domains[0].at.base + 0x5000;
    must(va_map(&p, 0, va, UINT64_C(0xe0000063), SELF));
    must(assist(1, XENPT_PV_WRITABLE_PAGETABLES)); /* Of d1: nothing is asked of dom0's either. */
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_string_equal(write_table(0, va + rows[i].offset, 5, rows[i].bytes), rows[i].is);
        if (p.r.error)
            assert_string_equal(pv_rule(&p), "mmcfg-aligned");
    }
    counts_hold(&p);
    pv_finish(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_switched_off), cmocka_unit_test(test_absent),
        cmocka_unit_test(test_mapped),       cmocka_unit_test(test_flags),
        cmocka_unit_test(test_refused),      cmocka_unit_test(test_user),
        cmocka_unit_test(test_l1tf),         cmocka_unit_test(test_mmcfg),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
