/*
 * test_grant_state.c - grants of guests that have physical memory of their own, of domains that go,
 * and of machines that are gone back to; nothing is left of what fails.
 */
#include "grant_fixture.h"

#include "fail_alloc.h"
#include "xen/internal.h"
#include "xen/p2m.h"

#define REF 8

/* --- HVM and PVH --------------------------------------------------------------------------- */

static struct xenpt_p2m_entry p2m_of_d3(uint64_t gfn)
{
    struct xenpt_p2m_entry e;

    assert_true(xenpt_machine_p2m(p.w.machine, 3, XENPT_VIEW_HOST, gfn, &e));
    return e;
}

/* p2m-ept.c, ept_p2m_type_to_flags: rw- and r--, and write-back; the type in bits 57:52. */
static void test_external(void **state)
{
    static const struct {
        uint32_t flags;
        const char *type;
        unsigned int rights, number;
        uint64_t type_count;
    } rows[] = {
        { CPU_MAP, "grant_map_rw", 3, 7, 2 },
        { CPU_MAP | READ_ONLY, "grant_map_ro", 1, 8, 1 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint64_t gfn = gfn_of_d3(5), was;
        struct xenpt_p2m_entry e;

        begin("grant-ref");
        run_d3();
        was = p2m_of_d3(gfn).maddr;
        offer(1, REF, 3, page, 0);
        must(grant_map(3, gfn << 12, rows[i].flags, 1, REF));
        e = p2m_of_d3(gfn);
        assert_string_equal(e.type->name, rows[i].type);
        assert_int_equal(e.maddr, page << 12);
        assert_int_equal(e.entry & 7, rows[i].rights);
        assert_int_equal(e.entry >> 3 & 0xf, 6 | 8);
        assert_int_equal(e.entry >> 52 & 0x3f, rows[i].number);
        /* Beside it there is what was there, and what was here is in M2P no more. */
        assert_int_equal(p2m_of_d3(gfn + 1).maddr, was + 4096);
        assert_int_equal(contents_gfn(&p.w.machine->contents, was >> 12), UINT64_MAX);
        assert_int_equal(frame_is(&p, page).count, 3);
        assert_int_equal(frame_is(&p, page).type_count, rows[i].type_count);
        counts_hold(&p);
        assert_string_equal(grant_unmap(3, (gfn + 1) << 12, 0, 0, handle), "general_error");
        must(grant_unmap(3, gfn << 12, 0, 0, handle));
        e = p2m_of_d3(gfn);
        assert_null(e.type);
        /* #VE stays suppressed. */
        assert_int_equal(e.entry, UINT64_C(1) << 63);
        assert_int_equal(frame_is(&p, page).count, 2);
        counts_hold(&p);
        pv_finish(&p);
    }
}

/* What it grants has its own numbers; and a mapping that writes takes no type of its frames. */
static void test_by_external(void **state)
{
    uint64_t frame;

    (void)state;
    begin("grant-ref");
    frame = p2m_of_d3(gfn_of_d3(7)).maddr >> 12;
    offer(3, REF, 0, gfn_of_d3(7), 0);
    must(grant_map(0, va_of(0, 5), CPU_MAP, 3, REF));
    assert_int_equal(entry_for(0, va_of(0, 5)) >> 12 & 0xfffffff, frame);
    assert_int_equal(frame_is(&p, frame).count, 2);
    assert_int_equal(frame_is(&p, frame).type_count, 0);
    counts_hold(&p);
    must(grant_unmap(0, va_of(0, 5), 0, 0, handle));
    assert_int_equal(frame_is(&p, frame).count, 1);
    offer(3, REF, 0, UINT64_C(0x7777777), 0);
    assert_string_equal(grant_map(0, va_of(0, 5), CPU_MAP, 3, REF), "bad_page");
    counts_hold(&p);
    pv_finish(&p);
}

static void test_not_running(void **state)
{
    struct xenpt_pv_caller c;
    struct xenpt_grant_map req = { 0, CPU_MAP, 1, REF };
    struct xenpt_error err = { 0 };

    (void)state;
    begin("grant-ref");
    c = pv_caller(&p, 3);
    assert_int_equal(xenpt_grant_map(p.w.machine, &c, &req, &handle, &bus, &p.r, &err),
                     XENPT_ESTATE);
    assert_string_equal(err.text, "d3.v0 is not in its kernel on a CPU");
    c.vcpu = 9;
    assert_int_equal(xenpt_grant_map(p.w.machine, &c, &req, &handle, &bus, &p.r, NULL),
                     XENPT_ERANGE);
    c.domain = 77;
    assert_int_equal(xenpt_grant_map(p.w.machine, &c, &req, &handle, &bus, &p.r, NULL),
                     XENPT_ERANGE);
    pv_finish(&p);
}

/* --- Offers -------------------------------------------------------------------------------- */

static void cannot_offer(uint32_t d, uint32_t ref, struct xenpt_grant_entry e, const char *text)
{
    struct xenpt_error err = { 0 };

    assert_int_equal(xenpt_grant_offer(p.w.machine, d, ref, &e, &err), XENPT_ERANGE);
    assert_non_null(strstr(err.text, text));
}

static void test_offers(void **state)
{
    struct xenpt_grant_entry e;

    (void)state;
    begin("grant-ref");
    /* public/grant_table.h: flags, domid, frame. */
    offer(1, REF, 2, 0x1234, XENPT_GRANT_READONLY);
    assert_int_equal(
        mem(&p, at(grants_frame(&p.w.machine->domains[1], XENPT_SPECIAL_GRANT_TABLE, 0), REF)),
        UINT64_C(0x0000123400020005));
    /* The builder's: the console's ring first, and then the xenstore's. */
    assert_true(xenpt_grant_entry(p.w.machine, 1, 0, &e));
    assert_int_equal(e.flags, XENPT_GRANT_PERMIT_ACCESS);
    assert_int_equal(e.domain, 0);
    assert_false(xenpt_grant_entry(p.w.machine, 1, 512, &e));
    assert_false(xenpt_grant_entry(p.w.machine, 77, 0, &e));
    e = (struct xenpt_grant_entry){ .flags = 1 };
    cannot_offer(77, 0, e, "there is no d77");
    cannot_offer(1, 512, e, "its table has 512 entries");
    e.frame = UINT64_C(1) << 32;
    cannot_offer(1, REF, e, "32 bits for a frame");
    e = (struct xenpt_grant_entry){ .flags = XENPT_GRANT_TRANSITIVE };
    cannot_offer(1, REF, e, "transitive grants are of version 2");
    pv_finish(&p);
}

/* --- Domains that go ----------------------------------------------------------------------- */

static void test_mapper_goes(void **state)
{
    (void)state;
    begin("grant-ref");
    offer(1, REF, 2, page, 0);
    must(grant_map(2, va_of(2, 5), CPU_MAP | DEV_MAP, 1, REF));
    assert_int_equal(frame_is(&p, page).count, 4);
    assert_int_equal(xenpt_machine_domain_destroy(p.w.machine, 2, NULL), XENPT_OK);
    assert_int_equal(pins(1, REF), 0);
    assert_int_equal(status_of(1, REF), 0);
    assert_int_equal(frame_is(&p, page).count, 2);
    counts_hold(&p);
    pv_finish(&p);
}

static void test_owner_goes(void **state)
{
    struct xenpt_grant_mapping map;
    uint32_t first;

    (void)state;
    begin("grant-ref");
    offer(1, REF, 0, page, 0);
    must(grant_map(0, va_of(0, 5), DEV_MAP, 1, REF));
    first = handle;
    assert_true(xenpt_grant_mapping(p.w.machine, 0, first, &map));
    assert_int_equal(xenpt_machine_domain_destroy(p.w.machine, 1, NULL), XENPT_OK);
    assert_false(xenpt_grant_mapping(p.w.machine, 0, first, &map));
    assert_string_equal(grant_unmap(0, 0, bus, 0, first), "bad_handle");
    assert_string_equal(grant_map(0, va_of(0, 5), DEV_MAP, 1, REF), "bad_domain");
    pv_finish(&p);
}

/* --- Going back ---------------------------------------------------------------------------- */

static void test_snapshot(void **state)
{
    struct xenpt_machine_snapshot *snap;
    uint64_t before;

    (void)state;
    begin("grant-ref");
    offer(1, REF, 0, page, 0);
    must(grant_map(0, va_of(0, 5), CPU_MAP | READ_ONLY, 1, REF));
    before = pv_fingerprint(&p);
    assert_int_equal(xenpt_machine_snapshot_take(p.w.machine, &snap, NULL), XENPT_OK);
    must(grant_map(0, va_of(0, 6), CPU_MAP, 1, REF));
    assert_int_equal(pins(1, REF), 0x1100);
    assert_int_equal(xenpt_machine_snapshot_restore(snap, NULL), XENPT_OK);
    assert_int_equal(pv_fingerprint(&p), before);
    assert_int_equal(pins(1, REF), 0x100);
    must(grant_map(0, va_of(0, 6), CPU_MAP, 1, REF));
    assert_int_equal(handle, 1);
    counts_hold(&p);
    xenpt_machine_snapshot_drop(snap);
    pv_finish(&p);
}

/* Each allocation fails once: nothing has changed then. */
static void test_no_memory(void **state)
{
    uint64_t before;

    (void)state;
    begin("grant-ref");
    offer(1, REF, 0, page, 0);
    before = pv_fingerprint(&p);
    for (unsigned long n = 0;; n++) {
        struct xenpt_pv_caller c = pv_caller(&p, 0);
        struct xenpt_grant_map req = { va_of(0, 5), CPU_MAP | DEV_MAP, 1, REF };
        enum xenpt_code code;

        fail_alloc_after(n);
        code = xenpt_grant_map(p.w.machine, &c, &req, &handle, &bus, &p.r, NULL);
        if (!fail_alloc_stop()) {
            assert_int_equal(code, XENPT_OK);
            assert_string_equal(p.r.name, "ok");
            break;
        }
        assert_int_equal(code, XENPT_ENOMEM);
        assert_int_equal(pv_fingerprint(&p), before);
        assert_int_equal(pins(1, REF), 0);
    }
    counts_hold(&p);
    pv_finish(&p);
}

static void test_no_memory_for_snapshot(void **state)
{
    struct xenpt_machine_snapshot *snap;

    (void)state;
    begin("grant-ref");
    offer(1, REF, 0, page, 0);
    must(grant_map(0, va_of(0, 5), CPU_MAP, 1, REF));
    for (unsigned long n = 0;; n++) {
        enum xenpt_code code;

        fail_alloc_after(n);
        code = xenpt_machine_snapshot_take(p.w.machine, &snap, NULL);
        if (!fail_alloc_stop()) {
            assert_int_equal(code, XENPT_OK);
            break;
        }
        assert_int_equal(code, XENPT_ENOMEM);
    }
    xenpt_machine_snapshot_drop(snap);
    pv_finish(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_external),
        cmocka_unit_test(test_by_external),
        cmocka_unit_test(test_not_running),
        cmocka_unit_test(test_offers),
        cmocka_unit_test(test_mapper_goes),
        cmocka_unit_test(test_owner_goes),
        cmocka_unit_test(test_snapshot),
        cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_no_memory_for_snapshot),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
