/* test_pv_calls.c - descriptors, writable page tables and m2p_strict, as Xen has them. */
#include "pv_tree.h"

#include "xen/internal.h"

/* What Xen makes of descriptors, and where it puts them. */
static void test_descriptors(void **state)
{
    static const struct {
        uint64_t was, is; /* 0: refused. */
    } descs[] = {
        { 0, 0 },
        { UINT64_C(0x00af9b000000ffff), UINT64_C(0x00affb000000ffff) }, /* DPL 0 is 3. */
        { CODE_32, CODE_32 },
        { UINT64_C(0x0000e20000000067) & ~(UINT64_C(1) << 47), UINT64_C(0x0000620000000067) },
        /* A call gate: its DPL is in the selector; no reserved bits. */
        { UINT64_C(0x00018c0000101234), UINT64_C(0x00018c0000131234) },
        { UINT64_C(0x00018c0100101234), 0 },
        { UINT64_C(0x00018c00e0331234), UINT64_C(0x00018c00e0331234) }, /* Xen's own code... */
        { UINT64_C(0x00018c00e0081234), 0 },                            /* ...and what is none. */
        { UINT64_C(0x00008e0000101234), 0 },                            /* An interrupt gate. */
        { UINT64_C(0x0000800000001234), UINT64_C(0x0000800000001234) }, /* Type 0. */
    };
    const struct domain *d;
    uint64_t frame, other;

    (void)state;
    begin("descriptor");
    d = &p.w.machine->domains[1];
    frame = fresh(&p, 1);
    other = fresh(&p, 1);
    for (size_t i = 1; i < sizeof(descs) / sizeof(descs[0]); i++) {
        assert_string_equal(describe(at(frame, (unsigned int)i), descs[i].was),
                            descs[i].is ? "ok" : "EINVAL");
        assert_int_equal(mem(&p, at(frame, (unsigned int)i)), descs[i].is);
    }
    must(gdt(frame, 600));
    counts_hold(&p);
    /* Twice in it: frames[] is the same one. */
    assert_int_equal(frame_is(&p, frame).type, XENPT_FRAME_SEG_DESC);
    assert_int_equal(frame_is(&p, frame).type_count, 2);
    assert_int_equal(frame_is(&p, d->gdt >> 12).type_count, 1); /* The other vCPU's. */
    assert_string_equal(mmu(&p, 1, at(l1, 1), frame << 12 | PAGE, SELF), "EBUSY");
    must(gdt(other, 1));
    counts_hold(&p);
    assert_int_equal(frame_is(&p, frame).type_count, 0);
    must(gdt(other, 0));
    assert_int_equal(frame_is(&p, other).type_count, 0);
    counts_hold(&p);
    pv_finish(&p);
}

static void test_writable_tables(void **state)
{
    uint64_t va, table;

    (void)state;
    begin("ptwr-l1");
    va = l1_at(1);
    table = mfn_of(&p, 1, (va - p.w.machine->domains[1].at.base) / 4096);
    assert_string_equal(write_table(1, va + 5 * 8, table << 12 | PAGE, 8), "EBUSY");
    assert_string_equal(pv_rule(&p), "l1-writable");
    must(write_table(1, va + 5 * 8, page << 12 | 0x61, 8));
    assert_int_equal(mem(&p, at(table, 5)), page << 12 | 0x65 | UINT64_C(1) << 52);
    /* Two bytes of it: P goes. What is left is not L1TF-safe, which test_pv_ldt.c is about. */
    xenpt_pv_rules_switch(&p.rules, "l1tf-safe", false);
    must(write_table(1, va + 5 * 8, 0, 2));
    assert_int_equal(mem(&p, at(table, 5)), (page << 12 & ~UINT64_C(0xffff)) | UINT64_C(1) << 52);
    counts_hold(&p);
    /* The upper half of an entry of a 32-bit guest's: no RAM is there. */
    for (int on = 1; on >= 0; on--) {
        uint64_t is;

        xenpt_pv_rules_switch(&p.rules, "ptwr-upper-half", on);
        va = l1_at(2);
        table = mfn_of(&p, 2, (va - p.w.machine->domains[2].at.base) / 4096);
        is = mem(&p, at(table, on ? 5 : 6));
        assert_string_equal(write_table(2, va + (uint64_t)(5 + !on) * 8 + 4, 0x777, 4),
                            on ? "ok" : "EPERM");
        assert_int_equal(mem(&p, at(table, on ? 5 : 6)),
                         on ? UINT64_C(0x777) << 32 | (is & 0xfffffffe) : is);
        counts_hold(&p);
    }
    pv_finish(&p);
}

/* m2p_strict: M2P is in an L4 at once, and goes when it is a user's. */
static void test_strict(void **state)
{
    uint64_t root;

    (void)state;
    begin("assist-type");
    must(assist(0, XENPT_PV_M2P_STRICT));
    root = empty(4);
    assert_int_not_equal(mem(&p, at(root, 256)), 0);
    must(ext(&p, 1, XENPT_PV_NEW_USER_BASE, root, 0, SELF));
    assert_int_equal(mem(&p, at(root, 256)), 0);
    must(assist(1, XENPT_PV_M2P_STRICT));
    assert_int_equal(mem(&p, at(empty(4), 256)), 0);
    counts_hold(&p);
    pv_finish(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_descriptors),
        cmocka_unit_test(test_writable_tables),
        cmocka_unit_test(test_strict),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
