/*
 * test_grant_table.c - tables of grants become larger, and change their version;
 * common/grant_table.c, 4.13, and public/grant_table.h.
 */
#include "grant_fixture.h"

#include "fail_alloc.h"
#include "xen/internal.h"

#define REF 8

static uint64_t table_frame(uint32_t d, enum xenpt_special special, uint64_t i)
{
    return grants_frame(&p.w.machine->domains[d], special, i);
}

static const char *setup_table(uint32_t d, uint32_t of, uint32_t nr, uint64_t *frames)
{
    struct xenpt_pv_caller c = pv_caller(&p, d);

    assert_int_equal(xenpt_grant_setup_table(p.w.machine, &c, of, nr, frames, &p.r, NULL),
                     XENPT_OK);
    return p.r.name;
}

static const char *status_frames(uint32_t d, uint32_t of, uint32_t nr, uint64_t *frames)
{
    struct xenpt_pv_caller c = pv_caller(&p, d);

    assert_int_equal(xenpt_grant_status_frames(p.w.machine, &c, of, nr, frames, &p.r, NULL),
                     XENPT_OK);
    return p.r.name;
}

/* --- Size ---------------------------------------------------------------------------------- */

static void test_grows(void **state)
{
    struct xenpt_special_place place;
    struct xenpt_pv_caller c;
    uint64_t frames[64];
    uint32_t nr, max;

    (void)state;
    begin("grant-ref");
    must(setup_table(1, SELF, 1, frames));
    assert_int_equal(frames[0], table_frame(1, XENPT_SPECIAL_GRANT_TABLE, 0));
    must(setup_table(1, SELF, 3, frames));
    assert_int_equal(frames[2], table_frame(1, XENPT_SPECIAL_GRANT_TABLE, 2));
    assert_true(xenpt_machine_place(p.w.machine, frames[2] << 12 | 12, &place));
    assert_string_equal(place.name, "grant_entry_v1[1].frame");
    c = pv_caller(&p, 1);
    assert_int_equal(xenpt_grant_query_size(p.w.machine, &c, SELF, &nr, &max, &p.r, NULL),
                     XENPT_OK);
    assert_int_equal(nr, 3);
    assert_int_equal(max, 64);
    /* The guest maps it, and others use what is in it. */
    must(mmu(&p, 1, at(l1, 9), frames[2] << 12 | PAGE, SELF));
    offer(1, 1024 + 5, 0, page, 0);
    assert_int_equal(mem(&p, at(frames[2], 5)), page << 32 | 1);
    must(grant_map(0, va_of(0, 5), CPU_MAP, 1, 1024 + 5));
    assert_string_equal(grant_map(0, va_of(0, 6), CPU_MAP, 1, 1536), "bad_gntref");
    must(setup_table(1, SELF, 64, frames));
    assert_string_equal(setup_table(1, SELF, 65, frames), "general_error");
    /* dom0 may ask for others, and has them become larger. */
    must(setup_table(0, 2, 2, frames));
    assert_string_equal(setup_table(1, 2, 2, frames), "permission_denied");
    assert_string_equal(setup_table(0, 77, 2, frames), "bad_domain");
    must(setup_table(0, 3, 1, frames));
    assert_int_equal(frames[0], UINT64_MAX);
    counts_hold(&p);
    pv_finish(&p);
}

static void test_no_memory(void **state)
{
    uint64_t frames[8];

    (void)state;
    begin("grant-ref");
    must(setup_table(1, SELF, 1, frames));
    for (unsigned long n = 0;; n++) {
        struct xenpt_pv_caller c = pv_caller(&p, 1);
        enum xenpt_code code;

        fail_alloc_after(n);
        code = xenpt_grant_setup_table(p.w.machine, &c, SELF, 8, frames, &p.r, NULL);
        if (!fail_alloc_stop()) {
            assert_int_equal(code, XENPT_OK);
            break;
        }
        assert_int_equal(code, XENPT_ENOMEM);
        assert_int_equal(grants_nr_frames(&p.w.machine->domains[1], XENPT_SPECIAL_GRANT_TABLE), 1);
    }
    for (unsigned long n = 0;; n++) {
        struct xenpt_pv_caller c = pv_caller(&p, 1);
        enum xenpt_code code;

        fail_alloc_after(n);
        code = xenpt_grant_set_version(p.w.machine, &c, 2, &p.r, NULL);
        if (!fail_alloc_stop()) {
            assert_int_equal(code, XENPT_OK);
            break;
        }
        assert_int_equal(code, XENPT_ENOMEM);
        assert_int_equal(grants_version(&p.w.machine->domains[1]), 1);
    }
    counts_hold(&p);
    pv_finish(&p);
}

/* --- Versions ------------------------------------------------------------------------------ */

/* The first entries stay, as the other version says them; those behind are cleared. */
static void test_version(void **state)
{
    uint64_t table, status, console, frames[2];
    struct xenpt_special_place place;
    struct xenpt_grant_entry e;

    (void)state;
    begin("grant-ref");
    table = table_frame(1, XENPT_SPECIAL_GRANT_TABLE, 0);
    console = mem(&p, at(table, 0)) >> 32;
    must(grant_map(0, va_of(0, 5), CPU_MAP, 1, 0));
    offer(1, REF, 0, page, 0);
    must(grant_version(1, 2));
    assert_int_equal(mem(&p, at(table, 0)), 0x1);
    assert_int_equal(mem(&p, at(table, 1)), console);
    assert_int_equal(mem(&p, at(table, 2)), 0x1);
    assert_int_equal(mem(&p, at(table, 16)), 0);
    status = table_frame(1, XENPT_SPECIAL_GRANT_STATUS, 0);
    assert_int_equal(mem(&p, at(status, 0)), XENPT_GRANT_READING | XENPT_GRANT_WRITING);
    assert_int_equal(status_of(1, 0), XENPT_GRANT_READING | XENPT_GRANT_WRITING);
    must(status_frames(1, SELF, 1, frames));
    assert_int_equal(frames[0], status);
    assert_string_equal(status_frames(1, SELF, 2, frames), "general_error");
    assert_true(xenpt_machine_place(p.w.machine, table << 12 | 24, &place));
    assert_string_equal(place.name, "grant_entry_v2[1].frame");
    assert_true(xenpt_machine_place(p.w.machine, status << 12 | 6, &place));
    assert_string_equal(place.name, "grant_status[3].status");
    /* 256 entries of a page; the status of one is 16 bits of a word. */
    assert_false(xenpt_grant_entry(p.w.machine, 1, 256, &e));
    offer(1, 13, 2, page, 0);
    assert_int_equal(mem(&p, at(table, 26)), 0x20001);
    assert_int_equal(mem(&p, at(table, 27)), page);
    must(grant_map(2, va_of(2, 5), CPU_MAP | READ_ONLY, 1, 13));
    assert_int_equal(mem(&p, at(status, 3)), (uint64_t)XENPT_GRANT_READING << 16);
    assert_int_equal(mem(&p, at(table, 26)), 0x20001);
    counts_hold(&p);
    must(grant_unmap(2, va_of(2, 5), 0, 0, handle));
    assert_int_equal(mem(&p, at(status, 3)), 0);
    /* And back. */
    must(grant_version(1, 1));
    assert_int_equal(mem(&p, at(table, 0)), console << 32 | 0x19);
    assert_int_equal(grants_nr_frames(&p.w.machine->domains[1], XENPT_SPECIAL_GRANT_STATUS), 0);
    must(grant_version(1, 1));
    counts_hold(&p);
    pv_finish(&p);
}

/* A table that grows has statuses grow with it: a page of them for 8 of entries. */
static void test_status_grows(void **state)
{
    uint64_t frames[16];

    (void)state;
    begin("grant-ref");
    must(grant_version(1, 2));
    must(setup_table(1, SELF, 9, frames));
    must(status_frames(1, SELF, 2, frames));
    assert_string_equal(status_frames(1, SELF, 3, frames), "general_error");
    offer(1, 2049, 0, page, 0);
    must(grant_map(0, va_of(0, 5), CPU_MAP | READ_ONLY, 1, 2049));
    assert_int_equal(mem(&p, at(frames[1], 0)), (uint64_t)XENPT_GRANT_READING << 16);
    counts_hold(&p);
    pv_finish(&p);
}

/* XSA-255: without the rule frames go that the guest has mapped. */
static void test_status_mapped(void **state)
{
    uint64_t frames[1];
    char text[XENPT_PV_WRONG_MAX];
    uint64_t frame;

    (void)state;
    begin("grant-ref");
    must(grant_version(1, 2));
    must(status_frames(1, SELF, 1, frames));
    must(mmu(&p, 1, at(l1, 9), frames[0] << 12 | PAGE, SELF));
    assert_string_equal(grant_version(1, 1), "EBUSY");
    assert_string_equal(pv_rule(&p), "grant-status-mapped");
    counts_hold(&p);
    xenpt_pv_rules_switch(&p.rules, "grant-status-mapped", false);
    must(grant_version(1, 1));
    assert_int_equal(xenpt_pv_check_counts(p.w.machine, text, &frame, NULL), XENPT_OK);
    assert_true(*text && frame == frames[0]);
    pv_finish(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_grows),         cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_version),       cmocka_unit_test(test_status_grows),
        cmocka_unit_test(test_status_mapped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
