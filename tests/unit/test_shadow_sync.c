/* test_shadow_sync.c - tables that a guest writes without Xen's doing it: which, and until when. */
#include "guest_fixture.h"

#define ALONE "domains: { d0: { type: hvm, memory: 64M, paging: shadow } }\n"

/* An L1 goes out of sync: its shadow is what it was, until CR3 is loaded or INVLPG tells. */
static void test_out_of_sync(void **state)
{
    struct xenpt_shadow_stats stats;
    struct xenpt_guest_done done;
    struct world w;

    (void)state;
    build(&w, HOST("rome") XEN("4.17", "") ALONE);
    assert_false(entry_at(&w, GUEST, 0x13000, 1) & RW);
    done = put(&w, 0x13000 + 8 * 0x80, 0);
    assert_int_equal(done.outcome, XENPT_GUEST_DONE);
    assert_true(entry_at(&w, GUEST, 0x13000, 1) & RW);
    assert_int_not_equal(entry_at(&w, GUEST, 0x80000, 1), 0);
    assert_int_equal(touch(&w, 0x80000, XENPT_READ).exits, 0);
    assert_int_equal(put(&w, 0x13000 + 8 * 0x81, 0).exits, 0);
    assert_int_equal(xenpt_machine_guest_invlpg(w.machine, 0, 0, 0x80000, &done, NULL), XENPT_OK);
    assert_int_equal(entry_at(&w, GUEST, 0x80000, 1), 0);
    assert_int_equal(entry_at(&w, GUEST, 0x81000, 1), 0);
    assert_false(entry_at(&w, GUEST, 0x13000, 1) & RW);
    assert_int_equal(touch(&w, 0x80000, XENPT_READ).outcome, XENPT_GUEST_FAULT);
    put(&w, 0x13000 + 8 * 0x82, 0);
    assert_int_not_equal(entry_at(&w, GUEST, 0x82000, 1), 0);
    load(&w, 0, regs_of(&w, 0));
    assert_int_equal(entry_at(&w, GUEST, 0x82000, 1), 0);
    stats = xenpt_machine_shadow_stats(w.machine, 0);
    assert_int_equal(stats.unsynced, 2);
    assert_int_equal(stats.resynced, 2);
    end(&w);
}

/* While a vCPU does not page, nothing goes out of sync. */
static void test_in_sync(void **state)
{
    struct xenpt_regs regs;
    struct world w;

    (void)state;
    build(&w, HOST("rome") XEN(
                  "4.17",
                  "") "domains: { d0: { type: hvm, memory: 64M, vcpus: 2, paging: shadow } }\n");
    regs = regs_of(&w, 1);
    regs.cr0 = 0x11;
    load(&w, 1, regs);
    assert_int_equal(put(&w, 0x13000 + 8 * 0x80, 0).outcome, XENPT_GUEST_EMULATED);
    assert_int_equal(entry_at(&w, GUEST, 0x80000, 1), 0);
    assert_int_equal(xenpt_machine_shadow_stats(w.machine, 0).unsynced, 0);
    end(&w);
}

/* One that is used above L1 as well is written by Xen; and one that comes to be is put right. */
static void test_above_l1(void **state)
{
    struct world w;

    (void)state;
    build(&w, HOST("rome") XEN("4.17", "") ALONE);
    put(&w, 0x13000 + 8 * 0x80, 0);
    assert_int_not_equal(entry_at(&w, GUEST, 0x80000, 1), 0);
    put(&w, 0x11000 + 8, 0x13000 | 0x67); /* The L1, as an L2. */
    touch(&w, UINT64_C(0x40000000) + (0x11 << 21), XENPT_READ);
    assert_int_equal(xenpt_machine_shadow_stats(w.machine, 0).resynced, 1);
    assert_int_equal(entry_at(&w, GUEST, 0x80000, 1), 0);
    assert_int_equal(put(&w, 0x13000 + 8 * 0x81, 0).outcome, XENPT_GUEST_EMULATED);
    assert_int_equal(entry_at(&w, GUEST, 0x81000, 1), 0);
    end(&w);
}

/* Mappings of one table: what is read of it stays read-only, and two at most can write. */
static void test_mappings(void **state)
{
    struct world w;

    (void)state;
    build(&w, HOST("rome") XEN("4.17", "") ALONE);
    for (unsigned int i = 0; i < 4; i++)
        put(&w, 0x13000 + 8 * (0x80 + i), 0x13000 | P | RW | D | (i < 3 ? A : 0));
    load(&w, 0, regs_of(&w, 0));
    touch(&w, 0x80000, XENPT_WRITE);
    touch(&w, 0x83000, XENPT_READ);
    assert_true(entry_at(&w, GUEST, 0x80000, 1) & RW);
    assert_false(entry_at(&w, GUEST, 0x83000, 1) & RW);
    touch(&w, 0x81000, XENPT_WRITE);
    assert_true(entry_at(&w, GUEST, 0x80000, 1) & RW);
    touch(&w, 0x82000, XENPT_WRITE);
    assert_false(entry_at(&w, GUEST, 0x80000, 1) & RW);
    assert_true(entry_at(&w, GUEST, 0x81000, 1) & RW);
    assert_true(entry_at(&w, GUEST, 0x82000, 1) & RW);
    end(&w);
}

/* Three tables for each vCPU; the fourth puts one of them right. */
static void test_three(void **state)
{
    struct xenpt_shadow_stats stats;
    struct xenpt_shadow one;
    unsigned int open = 0;
    struct world w;

    (void)state;
    build(&w, HOST("rome") XEN("4.17", "") ALONE);
    for (unsigned int i = 0; i < 4; i++) {
        poke(&w, 0x40000 + 0x1000 * i, 0x100000 | 0x63, 8);
        put(&w, 0x12000 + 8 * (2 + i), (0x40000 + 0x1000 * i) | 0x67);
        touch(&w, 0x400000 + 0x200000 * i, XENPT_READ);
    }
    for (unsigned int i = 0; i < 4; i++)
        put(&w, 0x40000 + 0x1000 * i, 0);
    stats = xenpt_machine_shadow_stats(w.machine, 0);
    assert_int_equal(stats.unsynced, 4);
    assert_int_equal(stats.resynced, 1);
    for (size_t i = 0; xenpt_machine_shadow(w.machine, 0, i, &one); i++)
        open += one.out_of_sync;
    assert_int_equal(open, 3);
    end(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_out_of_sync), cmocka_unit_test(test_in_sync),
        cmocka_unit_test(test_above_l1),    cmocka_unit_test(test_mappings),
        cmocka_unit_test(test_three),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
