/*
 * test_shadow.c - shadows follow their guest: A and D, writes to tables;
 * by what sh_page_fault and its neighbours do.
 */
#include <stdio.h>

#include "fail_alloc.h"
#include "guest_fixture.h"

#define ALONE "domains: { d0: { type: hvm, memory: 64M, paging: shadow } }\n"

/* --- A and D ------------------------------------------------------------------------------- */

/* Frame 0x30 of the guest's was not written, 0x31 not even read: guest.c. */
static void test_a_and_d(void **state)
{
    struct xenpt_guest_done done;
    struct world w;

    (void)state;
    build(&w, HOST("rome") XEN("4.17", "") ALONE);
    assert_int_equal(entry_at(&w, GUEST, 0x31000, 1), 0);
    done = touch(&w, 0x31000, XENPT_READ);
    assert_int_equal(done.outcome, XENPT_GUEST_DONE);
    assert_int_equal(done.exits, 1);
    assert_int_equal(guest_word(&w, 0x13000 + 8 * 0x31) & (A | D), A);
    assert_int_equal(entry_at(&w, GUEST, 0x31000, 1) & ~ADDR, P | A);
    done = touch(&w, 0x31000, XENPT_WRITE);
    assert_int_equal(done.exits, 1);
    assert_int_equal(guest_word(&w, 0x13000 + 8 * 0x31) & (A | D), A | D);
    /* The processor's own D, in the shadow. */
    assert_int_equal(entry_at(&w, GUEST, 0x31000, 1) & ~ADDR, P | RW | A | D);
    assert_int_equal(touch(&w, 0x31000, XENPT_WRITE).exits, 0);
    /* It was written before: no fault. */
    assert_int_equal(touch(&w, 0x20000, XENPT_WRITE).exits, 0);
    end(&w);
}

/* --- Writes to tables ---------------------------------------------------------------------- */

static void test_upper_tables(void **state)
{
    struct xenpt_guest_done done;
    struct world w;

    (void)state;
    build(&w, HOST("rome") XEN("4.17", "") ALONE);
    assert_false(entry_at(&w, GUEST, 0x12000, 1) & RW);
    assert_int_not_equal(entry_at(&w, GUEST, 0x205000, 1), 0);
    /* An L2, which does not go out of sync: the larger page becomes absent. */
    done = put(&w, 0x12000 + 8, 0);
    assert_int_equal(done.outcome, XENPT_GUEST_EMULATED);
    assert_int_equal(done.exits, 1);
    assert_int_equal(guest_word(&w, 0x12008), 0);
    assert_int_equal(entry_at(&w, GUEST, 0x205000, 2), 0);
    assert_int_equal(touch(&w, 0x205000, XENPT_READ).outcome, XENPT_GUEST_FAULT);
    /* It comes back read-only, by a fault. */
    done = put(&w, 0x12000 + 8, 0x200000 | P | A | D | PS);
    assert_int_equal(done.outcome, XENPT_GUEST_EMULATED);
    assert_int_equal(touch(&w, 0x205000, XENPT_READ).outcome, XENPT_GUEST_DONE);
    done = touch(&w, 0x205000, XENPT_WRITE);
    assert_int_equal(done.outcome, XENPT_GUEST_FAULT);
    assert_int_equal(done.fault.code, XENPT_PF_P | XENPT_PF_W);
    assert_int_equal(done.fault.address, 0x205000);
    end(&w);
}

/* A table that the guest has in use gets its shadow, and no mapping of it is writable. */
static void test_new_table(void **state)
{
    struct world w;

    (void)state;
    build(&w, HOST("rome") XEN("4.17", "") ALONE);
    for (unsigned int i = 0; i < 512; i++)
        assert_int_equal(poke(&w, 0x40000 + 8 * i, (0x100000 + 0x1000u * i) | 0x63, 8).outcome,
                         XENPT_GUEST_DONE);
    assert_true(entry_at(&w, GUEST, 0x40000, 1) & RW);
    put(&w, 0x12000 + 8 * 2, 0x40000 | 0x67);
    assert_true(entry_at(&w, GUEST, 0x40000, 1) & RW); /* Nothing has used it. */
    touch(&w, 0x400000 + 0x5000, XENPT_READ);
    assert_false(entry_at(&w, GUEST, 0x40000, 1) & RW);
    assert_int_equal(entry_at(&w, GUEST, 0x405000, 1), frame_of(&w, 0x105) | P | RW | A);
    assert_int_equal(entry_at(&w, GUEST, 0x405000 + 31 * 4096, 1) & ~ADDR, P | RW | A);
    assert_int_equal(entry_at(&w, GUEST, 0x405000 + 32 * 4096, 1), 0);
    assert_int_equal(entry_at(&w, GUEST, 0x404000, 1), 0);
    end(&w);
}

/* No further than an entry that will fault again in any case, for its D. */
static void test_prefetch(void **state)
{
    struct world w;

    (void)state;
    build(&w, HOST("rome") XEN("4.17", "") ALONE);
    for (unsigned int i = 0; i < 16; i++)
        poke(&w, 0x40000 + 8 * i, (0x100000 + 0x1000u * i) | (i == 7 ? 0x23 : 0x63), 8);
    put(&w, 0x12000 + 8 * 2, 0x40000 | 0x67);
    touch(&w, 0x402000, XENPT_READ);
    assert_int_not_equal(entry_at(&w, GUEST, 0x406000, 1), 0);
    assert_int_equal(entry_at(&w, GUEST, 0x407000, 1), 0);
    assert_int_equal(entry_at(&w, GUEST, 0x408000, 1), 0);
    end(&w);
}

/* Without CR0.WP the guest's kernel writes to read-only pages; the processor's WP is always set. */
static void test_no_wp(void **state)
{
    struct xenpt_regs regs;
    struct world w;

    (void)state;
    build(&w, HOST("rome") XEN("4.17", "") ALONE);
    poke(&w, 0x13000 + 8 * 0x90, 0x90000 | P | A | D, 8);
    assert_int_equal(touch(&w, 0x90000, XENPT_WRITE).outcome, XENPT_GUEST_FAULT);
    regs = regs_of(&w, 0);
    regs.cr0 &= ~XENPT_CR0_WP;
    load(&w, 0, regs);
    assert_int_equal(put(&w, 0x90008, 0x1234).outcome, XENPT_GUEST_EMULATED);
    assert_int_equal(guest_word(&w, 0x90008), 0x1234);
    assert_false(entry_at(&w, GUEST, 0x90000, 1) & RW);
    assert_true(context(&w, GUEST)->paging.regs.cr0 & XENPT_CR0_WP);
    end(&w);
}

/* --- Shadows as such ----------------------------------------------------------------------- */

/* What leads to a shadow keeps it; what nothing leads to is given up, with all below. */
static void test_references(void **state)
{
    struct xenpt_shadow_stats stats;
    struct xenpt_shadow one;
    struct xenpt_regs regs;
    struct world w;
    uint64_t tables;

    (void)state;
    build(&w, HOST("rome") XEN(
                  "4.17",
                  "") "domains: { d0: { type: hvm, memory: 64M, vcpus: 2, paging: shadow } }\n");
    assert_int_equal(xenpt_machine_shadow_stats(w.machine, 0).made, 5);
    tables = xenpt_machine_stats(w.machine).tables;
    assert_true(xenpt_machine_shadow(w.machine, 0, 0, &one));
    assert_string_equal(one.type, "l4-64");
    assert_int_equal(one.of, frame_of(&w, 0x10));
    assert_int_equal(one.refs, 3); /* Two vCPUs and a pin. */
    assert_int_equal(context(&w, "d0.v1.guest")->paging.root, one.page[0]);
    put(&w, 0x12000, 0); /* The first 2 MiB are gone, with the tables in them. */
    stats = xenpt_machine_shadow_stats(w.machine, 0);
    assert_int_equal(stats.freed, 1);
    assert_int_equal(xenpt_machine_stats(w.machine).tables, tables - 1);
    /* NX means nothing until EFER.NXE is set: all entries are made anew. */
    regs = regs_of(&w, 0);
    regs.efer |= XENPT_EFER_NXE;
    load(&w, 0, regs);
    stats = xenpt_machine_shadow_stats(w.machine, 0);
    assert_int_equal(stats.made - stats.freed, 1);
    assert_int_equal(entry_at(&w, GUEST, 0x205000, 4), 0);
    touch_as(&w, 1, 0, 0x205000, XENPT_READ);
    assert_int_not_equal(entry_at(&w, GUEST, 0x205000, 1), 0);
    end(&w);
}

/* A machine that is made what it was has the shadows that it had, and they follow as before. */
static void test_snapshot(void **state)
{
    struct xenpt_machine_snapshot *snap;
    struct xenpt_shadow_stats stats;
    struct xenpt_regs regs;
    struct world w;

    (void)state;
    build(&w, HOST("rome") XEN("4.17", "") ALONE);
    log_dirty(&w, XENPT_LOG_ENABLE);
    touch(&w, 0x20000, XENPT_WRITE);
    put(&w, 0x13000 + 8 * 0x80, 0);
    stats = xenpt_machine_shadow_stats(w.machine, 0);
    assert_int_equal(xenpt_machine_snapshot_take(w.machine, &snap, NULL), XENPT_OK);
    for (unsigned int round = 0; round < 2; round++) {
        put(&w, 0x12008, 0);
        touch(&w, 0x21000, XENPT_WRITE);
        regs = regs_of(&w, 0);
        regs.efer |= XENPT_EFER_NXE;
        load(&w, 0, regs);
        log_dirty(&w, XENPT_LOG_DISABLE);
        assert_int_equal(xenpt_machine_nr_dirty(w.machine, 0), 0);
        assert_int_equal(entry_at(&w, GUEST, 0x20000, 4), 0);
        assert_int_equal(xenpt_machine_snapshot_restore(snap, NULL), XENPT_OK);
        assert_int_equal(xenpt_machine_view(w.machine, &w.view, NULL), XENPT_OK);
        assert_true(xenpt_machine_is_dirty(w.machine, 0, 0x20));
        assert_false(xenpt_machine_is_dirty(w.machine, 0, 0x21));
        assert_int_equal(entry_at(&w, GUEST, 0x20000, 1) & ~ADDR, P | RW | A | D);
        assert_string_equal(why(&w, GUEST, 0x13000, 1), "shadow-open");
        assert_int_equal(xenpt_machine_shadow_stats(w.machine, 0).made, stats.made);
    }
    end(&w);
}

/* A device model answers: an entry with reserved bits has the frame; where there are none, none. */
static void test_device(void **state)
{
    struct world w;

    (void)state;
    build(&w, HOST("rome") XEN("4.17", "") ALONE);
    poke(&w, 0x13000 + 8 * 0x90, 0xf1234000 | P | RW | A | D, 8);
    assert_int_equal(touch(&w, 0x90000, XENPT_READ).outcome, XENPT_GUEST_DEVICE);
    assert_int_equal(entry_at(&w, GUEST, 0x90000, 1), UINT64_C(0xfffffff000000003) | 0xf1234 << 4);
    assert_int_equal(touch(&w, 0x90000, XENPT_WRITE).outcome, XENPT_GUEST_DEVICE);
    end(&w);
    build(&w, HOST("genoa") XEN("4.17", "") ALONE);
    poke(&w, 0x13000 + 8 * 0x90, 0xf1234000 | P | RW | A | D, 8);
    assert_int_equal(touch(&w, 0x90000, XENPT_READ).outcome, XENPT_GUEST_DEVICE);
    assert_int_equal(entry_at(&w, GUEST, 0x90000, 1), 0);
    end(&w);
}

/* --- Why an entry is as it is -------------------------------------------------------------- */

static void test_why(void **state)
{
    struct world w;

    (void)state;
    build(&w, HOST("rome") XEN("4.17", "") ALONE);
    assert_string_equal(why(&w, GUEST, 0x20000, 4), "shadow-table");
    assert_string_equal(why(&w, GUEST, 0x20000, 1), "shadow-page");
    assert_string_equal(why(&w, GUEST, 0x13000, 1), "shadow-protected");
    assert_string_equal(why(&w, GUEST, 0x30000, 1), "shadow-clean");
    assert_string_equal(why(&w, GUEST, 0x31000, 1), "shadow-unused");
    assert_string_equal(why(&w, GUEST, 0x205000, 1), "shadow-piece");
    assert_string_equal(why(&w, GUEST, 0x600000, 2), "shadow-absent");
    assert_string_equal(why(&w, GUEST, UINT64_C(0x8000000000), 4), "shadow-absent");
    put(&w, 0x13000 + 8 * 0x80, 0);
    assert_string_equal(why(&w, GUEST, 0x13000, 1), "shadow-open");
    assert_string_equal(why(&w, GUEST, 0x80000, 1), "shadow-stale");
    load(&w, 0, regs_of(&w, 0));
    assert_string_equal(why(&w, GUEST, 0x80000, 1), "shadow-absent");
    assert_int_equal(xenpt_machine_p2m_set_type(w.machine, 0, 0x85, "ram_ro", NULL), XENPT_OK);
    assert_string_equal(why(&w, GUEST, 0x85000, 1), "shadow-later");
    touch(&w, 0x85000, XENPT_READ);
    assert_string_equal(why(&w, GUEST, 0x85000, 1), "shadow-read-only");
    poke(&w, 0x13000 + 8 * 0x90, 0xf1234000 | P | RW | A | D, 8);
    touch(&w, 0x90000, XENPT_READ);
    assert_string_equal(why(&w, GUEST, 0x90000, 1), "shadow-device");
    assert_int_equal(xenpt_machine_log_dirty(w.machine, 0, XENPT_LOG_ENABLE, NULL), XENPT_OK);
    touch(&w, 0x20000, XENPT_READ);
    assert_string_equal(why(&w, GUEST, 0x20000, 1), "shadow-log");
    end(&w);
    build(&w,
          HOST("rome") XEN(
              "4.17",
              "") "domains: { d0: { type: hvm, memory: 64M, paging: shadow, mode: 2level } }\n");
    assert_string_equal(why(&w, GUEST, 0x20000, 3), "shadow-root");
    assert_string_equal(why(&w, GUEST, 0x13000, 1), "shadow-protected");
    assert_string_equal(why(&w, GUEST, 0x405000, 1), "shadow-piece");
    assert_string_equal(why(&w, GUEST, 0x605000, 2), "shadow-table");
    end(&w);
}

/* --- Under HAP ----------------------------------------------------------------------------- */

/* The same calls: the processor sets A and D, and nothing faults. */
static void test_hap(void **state)
{
    struct xenpt_guest_done done;
    struct world w;

    (void)state;
    build(&w, HOST("rome") XEN("4.17", "") "domains: { d0: { type: pvh, memory: 64M } }\n");
    done = touch(&w, 0x31000, XENPT_WRITE);
    assert_int_equal(done.outcome, XENPT_GUEST_DONE);
    assert_int_equal(done.exits, 0);
    assert_int_equal(done.maddr, frame_of(&w, 0x31));
    assert_int_equal(guest_word(&w, 0x13000 + 8 * 0x31) & (A | D), A | D);
    put(&w, 0x12008, 0);
    assert_int_equal(touch(&w, 0x205000, XENPT_READ).outcome, XENPT_GUEST_FAULT);
    assert_int_equal(touch(&w, 0x205000, XENPT_READ).exits, 0);
    assert_false(xenpt_machine_shadow(w.machine, 0, 0, &(struct xenpt_shadow){ 0 }));
    end(&w);
}

/* --- What cannot be ------------------------------------------------------------------------ */

static void test_refused(void **state)
{
    struct xenpt_guest_done done;
    struct xenpt_error err = { 0 };
    struct xenpt_regs regs;
    struct world w;

    (void)state;
    build(&w, HOST("rome") XEN("4.17", "") ALONE "  \n");
    assert_int_equal(xenpt_machine_guest_write(w.machine, 0, 0, 0x1000, 0, 2, NULL, &done, &err),
                     XENPT_ERANGE);
    assert_int_equal(xenpt_machine_guest_write(w.machine, 0, 0, 0x1004, 0, 8, NULL, &done, &err),
                     XENPT_ERANGE);
    assert_int_equal(xenpt_machine_guest_write(w.machine, 0, 1, 0x1000, 0, 8, NULL, &done, &err),
                     XENPT_ERANGE);
    regs = regs_of(&w, 0);
    regs.cr3 = 0xfffff000;
    assert_int_equal(xenpt_machine_load(w.machine, 0, 0, &regs, &done, &err), XENPT_ESTATE);
    end(&w);
    build(&w, HOST("rome") XEN("4.17", "") "domains: { d0: { type: pv64, memory: 64M } }\n");
    assert_false(xenpt_machine_guest_regs(w.machine, 0, 0, &regs));
    assert_int_equal(xenpt_machine_load(w.machine, 0, 0, &regs, &done, &err), XENPT_ESTATE);
    assert_non_null(strstr(err.text, "hypercalls"));
    end(&w);
}

/* Whichever allocation is the first that fails, it is said, and nothing leaks. */
static void test_no_memory(void **state)
{
    struct xenpt_access write = { .kind = XENPT_WRITE };
    enum xenpt_code code = XENPT_OK;

    (void)state;
    for (unsigned long n = 0; n < 4000; n++) {
        struct xenpt_machine_snapshot *snap;
        struct xenpt_guest_done done;
        struct xenpt_regs regs;
        struct world w;

        build(&w, HOST("rome") XEN("4.17", "") ALONE);
        regs = regs_of(&w, 0);
        regs.efer |= XENPT_EFER_NXE;
        fail_alloc_after(n);
        code = xenpt_machine_touch(w.machine, 0, 0, 0x2000000, &write, &done, NULL);
        if (!code)
            code = xenpt_machine_snapshot_take(w.machine, &snap, NULL);
        if (!code)
            code = xenpt_machine_load(w.machine, 0, 0, &regs, &done, NULL);
        for (uint64_t va = 0x13000; !code && va < 0x15000; va += 0x1000)
            code = xenpt_machine_touch(w.machine, 0, 0, va, &write, &done, NULL);
        if (!fail_alloc_stop()) {
            end(&w);
            break;
        }
        assert_int_equal(code, XENPT_ENOMEM);
        end(&w);
    }
    assert_int_equal(code, XENPT_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {

        cmocka_unit_test(test_a_and_d),    cmocka_unit_test(test_upper_tables),
        cmocka_unit_test(test_new_table),  cmocka_unit_test(test_prefetch),
        cmocka_unit_test(test_no_wp),

        cmocka_unit_test(test_references), cmocka_unit_test(test_device),
        cmocka_unit_test(test_snapshot),   cmocka_unit_test(test_hap),
        cmocka_unit_test(test_why),        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_no_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
