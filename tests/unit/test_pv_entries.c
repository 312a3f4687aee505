/* test_pv_entries.c - what Xen's rules make of entries that they do not refuse. */
#include "pv_tree.h"

#include "xen/internal.h"

/* XSA-182: RW of a linear entry. */
static void test_fast_path(void **state)
{
    (void)state;
    for (int on = 1; on >= 0; on--) {
        begin("fast-path");
        xenpt_pv_rules_switch(&p.rules, "fast-path", on);
        must(mmu(&p, 1, at(l4, 5), l4 << 12 | RO, SELF));
        assert_string_equal(mmu(&p, 1, at(l4, 5), l4 << 12 | TABLE, SELF), on ? "EINVAL" : "ok");
        assert_string_equal(pv_rule(&p), on ? "linear-read-only" : "");
        assert_int_equal(mem(&p, at(l4, 5)) & 2, on ? 0 : 2);
        /* What may change freely does. */
        must(mmu(&p, 1, at(l3, 0), l2 << 12 | TABLE | UINT64_C(1) << 63 | 0xe00, SELF));
        pv_finish(&p);
    }
}

/* Each is tried as an entry of an L2 first, which is undone: that of the first stays. */
static void test_linear_twice(void **state)
{
    uint64_t table;

    (void)state;
    begin("linear-depth");
    table = fresh(&p, 1);
    for (unsigned int slot = 1; slot <= 2; slot++)
        must(mmu(&p, 1, at(table, slot), l3 << 12 | RO, SELF));
    must(ext(&p, 1, XENPT_PV_PIN_L3, table, 0, SELF));
    assert_int_equal(frame_is(&p, table).linear, 2);
    assert_int_equal(frame_is(&p, l3).linear, -2);
    assert_int_equal(frame_is(&p, l3).type_count, 3);
    counts_hold(&p);
    pv_finish(&p);
}

/* XSA-154: the local APIC, write-back; and MMCFG, writable. */
static void test_mmio(void **state)
{
    (void)state;
    for (int on = 1; on >= 0; on--) {
        uint64_t table;

        begin("mmio-uncached");
        xenpt_pv_rules_switch(&p.rules, "mmio-uncached", on);
        table = fresh(&p, 0);
        must(ext(&p, 0, XENPT_PV_PIN_L1, table, 0, SELF));
        must(mmu(&p, 0, at(table, 0), UINT64_C(0xfee00000) | PAGE, XENPT_DOMID_IO));
        assert_int_equal(mem(&p, at(table, 0)) & 0xfff, on ? 0x7f : 0x67);
        /* WP, and WC, which is not cacheable. */
        must(mmu(&p, 0, at(table, 1), UINT64_C(0xfee00000) | PAGE | 0x88, XENPT_DOMID_IO));
        assert_int_equal(mem(&p, at(table, 1)) & 0xfff, on ? 0x7f : 0xef);
        must(mmu(&p, 0, at(table, 2), UINT64_C(0xfee00000) | PAGE | 0x80, XENPT_DOMID_IO));
        assert_int_equal(mem(&p, at(table, 2)) & 0xfff, 0xe7);
        must(mmu(&p, 0, at(table, 3), UINT64_C(0xe0000000) | PAGE | 0x18, XENPT_DOMID_IO));
        assert_int_equal(mem(&p, at(table, 3)) & 0xfff, 0x7d);
        pv_finish(&p);
    }
}

/* XSA-273: which entries are safe, and what becomes of the domain. */
static void test_l1tf(void **state)
{
    static const struct {
        uint64_t entry;
        unsigned int level;
        bool safe;
    } entries[] = {
        { 0, 1, true },
        { 0xffe, 1, true },
        { UINT64_C(0x5000), 1, false },
        { UINT64_C(3) << 44, 1, true }, /* The upper quarter of 46 bits. */
        { (UINT64_C(3) << 44) - 4096, 1, false },
        { UINT64_C(1) << 46, 1, true }, /* Beyond what is cached: as 0. */
        { UINT64_C(0xfff) << 52, 1, true },
        { (UINT64_C(3) << 44) | 0x80, 2, false },
        { (UINT64_C(3) << 44) | 0x80, 1, true },
        { 0x80, 3, false },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(entries) / sizeof(entries[0]); i++) {
        uint64_t table;

        begin("l1tf-safe");
        table = entries[i].level == 1 ? l1 : entries[i].level == 2 ? l2 : l3;
        mmu(&p, 1, at(table, 9), entries[i].entry, SELF);
        assert_string_equal(pv_rule(&p), entries[i].safe ? "" : "l1tf-safe");
        assert_true(!p.w.machine->domains[1].shadows == entries[i].safe);
        /* Begun again, it is done: nothing is read by the processor but shadows. */
        if (!entries[i].safe)
            must(mmu(&p, 1, at(table, 9), entries[i].entry, SELF));
        counts_hold(&p);
        /* dom0 is trusted. */
        must(mmu(&p, 0, at(fresh(&p, 0), 9), 0x5000, SELF));
        pv_finish(&p);
    }
    /* In a table that is pinned. */
    begin("l1tf-safe");
    l1 = fresh(&p, 1);
    must(mmu(&p, 1, at(l1, 300), 0x5000, SELF));
    assert_string_equal(ext(&p, 1, XENPT_PV_PIN_L1, l1, 0, SELF), "ERESTART");
    assert_int_equal(p.r.slot, 300);
    must(ext(&p, 1, XENPT_PV_PIN_L1, l1, 0, SELF));
    pv_finish(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fast_path),
        cmocka_unit_test(test_linear_twice),
        cmocka_unit_test(test_mmio),
        cmocka_unit_test(test_l1tf),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
