/*
 * test_grant_copy.c - Xen copies for a guest, from and to what it was granted; and tables of
 * version 2, with parts of pages and grants of what others granted; common/grant_table.c, 4.13.
 */
#include "grant_fixture.h"

#include "fail_alloc.h"
#include "xen/internal.h"

#define REF 8

static uint64_t mine; /* Of d0, who copies. */

static void setup(void)
{
    begin("grant-ref");
    mine = fresh(&p, 0);
    must(mmu(&p, 1, at(page, 0), UINT64_C(0x1122334455667788), SELF));
    must(mmu(&p, 1, at(page, 1), UINT64_C(0x99aabbccddeeff00), SELF));
    must(mmu(&p, 0, at(mine, 0), UINT64_MAX, SELF));
    must(mmu(&p, 0, at(mine, 1), UINT64_MAX, SELF));
}

static struct xenpt_grant_side by_ref(uint32_t domain, uint32_t ref, uint16_t offset)
{
    return (struct xenpt_grant_side){ true, domain, ref, offset };
}

static struct xenpt_grant_side by_frame(uint64_t frame, uint16_t offset)
{
    return (struct xenpt_grant_side){ false, SELF, frame, offset };
}

/* --- What is copied ------------------------------------------------------------------------ */

static void test_from(void **state)
{
    (void)state;
    setup();
    offer(1, REF, 0, page, XENPT_GRANT_READONLY);
    must(grant_copy(0, by_ref(1, REF, 4), by_frame(mine, 3), 8));
    /* Bytes 4 to 11 of one, at 3 to 10 of the other. */
    assert_int_equal(mem(&p, at(mine, 0)), UINT64_C(0x0011223344ffffff));
    assert_int_equal(mem(&p, at(mine, 1)), UINT64_C(0xffffffffffddeeff));
    assert_int_equal(pins(1, REF), 0);
    assert_int_equal(status_of(1, REF), 0);
    counts_hold(&p);
    pv_finish(&p);
}

static void test_to(void **state)
{
    (void)state;
    setup();
    offer(1, REF, 0, page, 0);
    must(grant_copy(0, by_frame(mine, 0), by_ref(1, REF, 8), 1));
    assert_int_equal(mem(&p, at(page, 1)), UINT64_C(0x99aabbccddeeffff));
    must(grant_copy(0, by_frame(mine, 0), by_ref(1, REF, 0), 0));
    assert_int_equal(mem(&p, at(page, 0)), UINT64_C(0x1122334455667788));
    assert_int_equal(frame_is(&p, page).type_count, 1);
    counts_hold(&p);
    pv_finish(&p);
}

/* All of a page, while it is mapped, from and to it: what is in use stays so. */
static void test_in_use(void **state)
{
    (void)state;
    setup();
    offer(1, REF, 0, page, 0);
    must(grant_map(0, va_of(0, 5), CPU_MAP | READ_ONLY, 1, REF));
    must(grant_copy(0, by_ref(1, REF, 0), by_frame(mine, 0), 4096));
    assert_int_equal(mem(&p, at(mine, 1)), UINT64_C(0x99aabbccddeeff00));
    must(grant_copy(0, by_ref(1, REF, 0), by_ref(1, REF, 16), 16));
    assert_int_equal(mem(&p, at(page, 3)), UINT64_C(0x99aabbccddeeff00));
    assert_int_equal(pins(1, REF), 0x100);
    assert_int_equal(status_of(1, REF), XENPT_GRANT_READING);
    counts_hold(&p);
    pv_finish(&p);
}

/* XSA-500: d1 has the entry lead elsewhere, and what is written is not what is referred to. */
static void test_held(void **state)
{
    uint64_t other;

    (void)state;
    for (int fixed = 0; fixed < 2; fixed++) {
        setup();
        xenpt_pv_rules_switch(&p.rules, "grant-copy-held", fixed);
        other = fresh(&p, 1);
        offer(1, REF, 0, other, 0);
        must(grant_map(0, va_of(0, 5), CPU_MAP | READ_ONLY, 1, REF));
        must(ext(&p, 1, XENPT_PV_PIN_L1, other, 0, SELF));
        offer(1, REF, 0, page, XENPT_GRANT_READING);
        grant_copy(0, by_frame(mine, 0), by_ref(1, REF, 0), 8);
        assert_string_equal(p.r.name, fixed ? "general_error" : "ok");
        assert_string_equal(pv_rule(&p), fixed ? "grant-writable" : "");
        /* A table, which nobody but Xen writes. */
        assert_int_equal(mem(&p, at(other, 0)), fixed ? 0 : UINT64_MAX);
        assert_int_equal(mem(&p, at(page, 0)), UINT64_C(0x1122334455667788));
        assert_int_equal(frame_is(&p, page).count, 2);
        assert_int_equal(frame_is(&p, other).type, XENPT_FRAME_L1);
        pv_finish(&p);
    }
}

/* Its mapping is written over, and its owner gives the frame back: the entry is in use, of nobody's
 * frame; acquire_grant_for_copy. */
static void test_gone(void **state)
{
    struct xenpt_pv_reservation back = { .what = XENPT_PV_DECREASE, .domain = SELF };
    struct xenpt_pv_caller c;
    uint64_t before, other;

    (void)state;
    setup();
    other = fresh(&p, 1);
    offer(1, REF, 0, other, 0);
    must(grant_map(0, va_of(0, 5), CPU_MAP, 1, REF));
    must(grant_map(0, va_of(0, 5), CPU_MAP, 1, 0));
    c = pv_caller(&p, 1);
    assert_int_equal(xenpt_pv_reservation(p.w.machine, &c, &back, &other, 1, &p.r, NULL), XENPT_OK);
    must(p.r.name);
    must(ext(&p, 0, XENPT_PV_TLB_LOCAL, 0, 0, SELF));
    before = pv_fingerprint(&p);
    assert_string_equal(grant_copy(0, by_ref(1, REF, 0), by_frame(mine, 0), 8), "bad_domain");
    assert_string_equal(pv_rule(&p), "grant-domain");
    assert_string_equal(grant_copy(0, by_frame(mine, 0), by_ref(1, REF, 0), 8), "bad_domain");
    assert_int_equal(pv_fingerprint(&p), before);
    pv_finish(&p);
}

/* One that is refused leaves nothing: neither pins nor references, nor a byte. */
static void test_refused(void **state)
{
    uint64_t before;

    (void)state;
    setup();
    offer(1, REF, 0, page, XENPT_GRANT_READONLY);
    must(ext(&p, 0, XENPT_PV_TLB_LOCAL, 0, 0, SELF));
    before = pv_fingerprint(&p);
    assert_string_equal(grant_copy(0, by_frame(mine, 0), by_ref(1, REF, 0), 8), "general_error");
    assert_string_equal(pv_rule(&p), "grant-read-only");
    assert_string_equal(grant_copy(0, by_ref(1, REF, 0), by_frame(l1, 0), 8), "bad_page");
    assert_string_equal(grant_copy(0, by_ref(1, REF, 4090), by_frame(mine, 0), 8), "bad_copy_arg");
    assert_string_equal(grant_copy(0, by_ref(1, REF, 0), by_frame(mine, 4090), 8), "bad_copy_arg");
    assert_int_equal(pv_fingerprint(&p), before);
    assert_int_equal(pins(1, REF), 0);
    pv_finish(&p);
}

static void test_no_memory(void **state)
{
    uint64_t before;

    (void)state;
    setup();
    offer(1, REF, 0, page, 0);
    before = pv_fingerprint(&p);
    for (unsigned long n = 0;; n++) {
        struct xenpt_pv_caller c = pv_caller(&p, 0);
        struct xenpt_grant_copy req = { by_ref(1, REF, 0), by_frame(mine, 0), 16 };
        enum xenpt_code code;

        fail_alloc_after(n);
        code = xenpt_grant_copy(p.w.machine, &c, &req, &p.r, NULL);
        if (!fail_alloc_stop()) {
            assert_int_equal(code, XENPT_OK);
            break;
        }
        assert_int_equal(code, XENPT_ENOMEM);
        assert_int_equal(pv_fingerprint(&p), before);
    }
    pv_finish(&p);
}

/* --- Version 2 ----------------------------------------------------------------------------- */

static void second(uint32_t d)
{
    must(grant_version(d, 2));
}

static void test_part(void **state)
{
    struct xenpt_grant_entry e = { .flags = XENPT_GRANT_PERMIT_ACCESS | XENPT_GRANT_SUB_PAGE,
                                   .frame = 0,
                                   .start = 8,
                                   .length = 8 };

    (void)state;
    setup();
    second(1);
    e.frame = page;
    assert_int_equal(xenpt_grant_offer(p.w.machine, 1, REF, &e, NULL), XENPT_OK);
    must(grant_copy(0, by_ref(1, REF, 8), by_frame(mine, 0), 8));
    assert_int_equal(mem(&p, at(mine, 0)), UINT64_C(0x99aabbccddeeff00));
    assert_string_equal(grant_copy(0, by_ref(1, REF, 7), by_frame(mine, 0), 2), "general_error");
    assert_string_equal(pv_rule(&p), "grant-copy-part");
    assert_string_equal(grant_copy(0, by_ref(1, REF, 9), by_frame(mine, 0), 8), "general_error");
    assert_string_equal(grant_map(0, va_of(0, 5), CPU_MAP, 1, REF), "general_error");
    assert_string_equal(pv_rule(&p), "grant-sub-page");
    counts_hold(&p);
    pv_finish(&p);
}

/* d1 grants d2 a page, and d2 grants d0 what it was granted. */
static void test_transitive(void **state)
{
    struct xenpt_grant_entry e = { .flags = XENPT_GRANT_TRANSITIVE, .from_ref = REF };

    (void)state;
    setup();
    second(2);
    offer(1, REF, 2, page, 0);
    e.from_domain = 1;
    assert_int_equal(xenpt_grant_offer(p.w.machine, 2, 9, &e, NULL), XENPT_OK);
    must(grant_copy(0, by_ref(2, 9, 0), by_frame(mine, 0), 8));
    assert_int_equal(mem(&p, at(mine, 0)), UINT64_C(0x1122334455667788));
    must(grant_copy(0, by_frame(mine, 8), by_ref(2, 9, 8), 8));
    assert_int_equal(mem(&p, at(page, 1)), UINT64_MAX);
    assert_int_equal(pins(2, 9), 0);
    assert_int_equal(pins(1, REF), 0);
    assert_int_equal(status_of(1, REF), 0);
    assert_int_equal(status_of(2, 9), 0);
    /* It is not mapped; and d0 itself was granted nothing by d1. */
    assert_string_equal(grant_map(0, va_of(0, 5), CPU_MAP, 2, 9), "general_error");
    assert_string_equal(grant_copy(0, by_ref(1, REF, 0), by_frame(mine, 0), 8), "general_error");
    assert_string_equal(pv_rule(&p), "grant-domid");
    counts_hold(&p);
    pv_finish(&p);
}

/* From and to the same one: it is in use twice, and so is what it leads to. */
static void test_transitive_twice(void **state)
{
    struct xenpt_grant_entry e = { .flags = XENPT_GRANT_TRANSITIVE,
                                   .from_domain = 1,
                                   .from_ref = REF };

    (void)state;
    setup();
    second(2);
    offer(1, REF, 2, page, 0);
    assert_int_equal(xenpt_grant_offer(p.w.machine, 2, 9, &e, NULL), XENPT_OK);
    must(grant_copy(0, by_ref(2, 9, 0), by_ref(2, 9, 8), 8));
    assert_int_equal(mem(&p, at(page, 1)), UINT64_C(0x1122334455667788));
    counts_hold(&p);
    pv_finish(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_from),       cmocka_unit_test(test_to),
        cmocka_unit_test(test_in_use),     cmocka_unit_test(test_held),
        cmocka_unit_test(test_gone),       cmocka_unit_test(test_refused),
        cmocka_unit_test(test_no_memory),  cmocka_unit_test(test_part),
        cmocka_unit_test(test_transitive), cmocka_unit_test(test_transitive_twice),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
