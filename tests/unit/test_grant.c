/*
 * test_grant.c - grants of version 1 are mapped and unmapped: entries that Xen makes, references
 * that it takes, what it notes in the guest's memory; common/grant_table.c, pv/grant_table.c,
 * hvm/grant_table.c, 4.17.
 */
#include "grant_fixture.h"

#include "xen/internal.h"
#include "xen/p2m.h"

#define REF 8
#define GK  (UINT64_C(1) << 52)
#define NX  (UINT64_C(1) << 63)
#define GNT (UINT64_C(1) << 62)

#define READING XENPT_GRANT_READING
#define WRITING XENPT_GRANT_WRITING

static void offered(unsigned int flags)
{
    begin("grant-ref");
    offer(1, REF, 0, page, flags);
}

/* --- Entries ------------------------------------------------------------------------------- */

/* pv/grant_table.c, grant_to_pte_flags: P A D NX; and what adjust_guest_l1e makes of that. */
static void test_entries(void **state)
{
    static const struct {
        uint32_t flags;
        uint64_t is64, is32;
    } rows[] = {
        { CPU_MAP, 0x67 | GK | NX, 0x63 | NX },
        { CPU_MAP | READ_ONLY, 0x65 | GK | NX, 0x61 | NX },
        { CPU_MAP | APP, 0x167 | NX, 0x67 | NX },
        { CPU_MAP | APP | READ_ONLY, 0x165 | NX, 0x65 | NX },
        { CPU_MAP | 5u << XENPT_GRANT_MAP_AVAIL, 0xa67 | GK | NX, 0xa63 | NX },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        for (uint32_t d = 0; d < 3; d += 2) {
            offered(0);
            offer(1, REF, d, page, 0);
            must(grant_map(d, va_of(d, 5), rows[i].flags, 1, REF));
            assert_int_equal(entry_for(d, va_of(d, 5)),
                             page << 12 | (d ? rows[i].is32 : rows[i].is64));
            assert_int_equal(bus, page << 12);
            counts_hold(&p);
            pv_finish(&p);
        }
}

/* Debug builds mark it. */
static void test_debug(void **state)
{
    (void)state;
    pv_begin(&p, PV_HOST "xen: { release: \"4.17\", debug: yes }\ndomains:\n"
                         "  d0: { type: pv64, memory: 16M, privileged: yes }\n"
                         "  d1: { type: pv64, memory: 16M }\n"
                         "running: { cpu0: d0.v0.kernel, cpu1: d1.v0.kernel }\n");
    page = fresh(&p, 1);
    offer(1, REF, 0, page, 0);
    must(grant_map(0, va_of(0, 5), CPU_MAP, 1, REF));
    assert_int_equal(entry_for(0, va_of(0, 5)), page << 12 | 0x67 | GK | NX | GNT);
    must(grant_unmap(0, va_of(0, 5), 0, 0, handle));
    pv_finish(&p);
}

static void test_by_pte(void **state)
{
    uint64_t table, old;

    (void)state;
    offered(0);
    table = fresh(&p, 0);
    old = fresh(&p, 0);
    must(ext(&p, 0, XENPT_PV_PIN_L1, table, 0, SELF));
    must(mmu(&p, 0, at(table, 3), old << 12 | PAGE, SELF));
    assert_int_equal(frame_is(&p, old).count, 2);
    must(grant_map(0, at(table, 3), CPU_MAP | BY_PTE, 1, REF));
    assert_int_equal(mem(&p, at(table, 3)), page << 12 | 0x67 | GK | NX);
    /* What was there is not referred to any more. */
    assert_int_equal(frame_is(&p, old).count, 1);
    assert_int_equal(frame_is(&p, old).type_count, 0);
    counts_hold(&p);
    must(grant_unmap(0, at(table, 3), 0, 0, handle));
    assert_int_equal(mem(&p, at(table, 3)), 0);
    counts_hold(&p);
    pv_finish(&p);
}

/* XSA-227: without the rule eight bytes are written over two entries. */
static void test_misaligned(void **state)
{
    uint64_t table, entry;

    (void)state;
    offered(0);
    xenpt_pv_rules_switch(&p.rules, "grant-pte-aligned", false);
    table = fresh(&p, 0);
    must(ext(&p, 0, XENPT_PV_PIN_L1, table, 0, SELF));
    must(grant_map(0, at(table, 3) + 4, CPU_MAP | BY_PTE, 1, REF));
    entry = page << 12 | 0x67 | GK | NX;
    assert_int_equal(mem(&p, at(table, 3)), entry << 32);
    assert_int_equal(mem(&p, at(table, 4)), entry >> 32);
    pv_finish(&p);
    /* The last of a page: what is behind it is another's. */
    offered(0);
    xenpt_pv_rules_switch(&p.rules, "grant-pte-aligned", false);
    table = fresh(&p, 0);
    must(ext(&p, 0, XENPT_PV_PIN_L1, table, 0, SELF));
    must(grant_map(0, at(table, 511) + 4, CPU_MAP | BY_PTE, 1, REF));
    assert_int_equal(mem(&p, at(table, 511)), (page << 12 | 0x67) << 32);
    pv_finish(&p);
}

/* --- References and pins ------------------------------------------------------------------- */

struct refs {
    uint32_t flags;
    unsigned int pins, count, type_count, status;
};

/* d1's page is mapped once by itself, writable: one reference besides that it is allocated. */
static void test_references(void **state)
{
    static const struct refs rows[] = {
        { CPU_MAP, 0x1000, 3, 2, READING | WRITING },
        { CPU_MAP | READ_ONLY, 0x100, 3, 1, READING },
        { DEV_MAP, 0x10, 3, 2, READING | WRITING },
        { DEV_MAP | READ_ONLY, 0x1, 3, 1, READING },
        { CPU_MAP | DEV_MAP, 0x1010, 4, 3, READING | WRITING },
        { CPU_MAP | DEV_MAP | READ_ONLY, 0x101, 4, 1, READING },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct xenpt_grant_use use;

        offered(0);
        must(grant_map(0, va_of(0, 5), rows[i].flags, 1, REF));
        assert_int_equal(pins(1, REF), rows[i].pins);
        assert_int_equal(frame_is(&p, page).count, rows[i].count);
        assert_int_equal(frame_is(&p, page).type_count, rows[i].type_count);
        assert_int_equal(status_of(1, REF), rows[i].status);
        assert_true(xenpt_grant_use(p.w.machine, 1, REF, &use));
        assert_int_equal(use.domain, 0);
        assert_int_equal(use.frame, page);
        counts_hold(&p);
        must(grant_unmap(0, va_of(0, 5), bus, 0, handle));
        assert_int_equal(pins(1, REF), 0);
        assert_int_equal(frame_is(&p, page).count, 2);
        assert_int_equal(frame_is(&p, page).type_count, 1);
        assert_int_equal(status_of(1, REF), 0);
        counts_hold(&p);
        pv_finish(&p);
    }
}

/* A second mapping changes the status only if it is the first that writes. */
static void test_twice(void **state)
{
    uint32_t first;

    (void)state;
    offered(0);
    must(grant_map(0, va_of(0, 5), CPU_MAP | READ_ONLY, 1, REF));
    first = handle;
    /* The guest lets others write no more; or has them another frame: that is looked at once. */
    offer(1, REF, 0, l1, READING);
    must(grant_map(0, va_of(0, 6), CPU_MAP, 1, REF));
    assert_int_equal(entry_for(0, va_of(0, 6)) >> 12 & 0xfffff, page);
    assert_int_equal(pins(1, REF), 0x1100);
    assert_int_equal(status_of(1, REF), READING | WRITING);
    must(grant_unmap(0, va_of(0, 6), 0, 0, handle));
    assert_int_equal(status_of(1, REF), READING);
    offer(1, REF, 0, page, READING | XENPT_GRANT_READONLY);
    assert_string_equal(grant_map(0, va_of(0, 6), CPU_MAP, 1, REF), "general_error");
    assert_string_equal(pv_rule(&p), "grant-read-only");
    must(grant_unmap(0, va_of(0, 5), 0, 0, first));
    assert_int_equal(status_of(1, REF), 0);
    counts_hold(&p);
    pv_finish(&p);
}

/* What is written by others already may be so once more, whatever the guest says by now. */
static void test_twice_to_write(void **state)
{
    (void)state;
    offered(0);
    must(grant_map(0, va_of(0, 5), CPU_MAP, 1, REF));
    offer(1, REF, 0, page, READING | WRITING | XENPT_GRANT_READONLY);
    must(grant_map(0, va_of(0, 6), CPU_MAP, 1, REF));
    assert_int_equal(pins(1, REF), 0x2000);
    counts_hold(&p);
    pv_finish(&p);
}

/* For CPUs and devices, unmapped one after the other. */
static void test_parts(void **state)
{
    struct xenpt_grant_mapping map;

    (void)state;
    offered(0);
    must(grant_map(0, va_of(0, 5), CPU_MAP | DEV_MAP, 1, REF));
    /* Neither is named: nothing is done. */
    must(grant_unmap(0, 0, 0, 0, handle));
    assert_int_equal(pins(1, REF), 0x1010);
    must(grant_unmap(0, va_of(0, 5), 0, 0, handle));
    assert_int_equal(pins(1, REF), 0x10);
    assert_int_equal(frame_is(&p, page).type_count, 2);
    assert_true(xenpt_grant_mapping(p.w.machine, 0, handle, &map));
    assert_int_equal(map.flags, DEV_MAP);
    counts_hold(&p);
    must(grant_unmap(0, 0, bus, 0, handle));
    assert_int_equal(frame_is(&p, page).type_count, 1);
    assert_false(xenpt_grant_mapping(p.w.machine, 0, handle, &map));
    counts_hold(&p);
    pv_finish(&p);
}

static void wrong(const char *rule)
{
    char text[XENPT_PV_WRONG_MAX];
    uint64_t frame;

    assert_int_equal(xenpt_pv_check_counts(p.w.machine, text, &frame, NULL), XENPT_OK);
    if (!*text || frame != page)
        fail_msg("without %s counts hold", rule);
}

/* XSA-224: what is mapped for devices keeps no reference. */
static void test_parts_forgotten(void **state)
{
    (void)state;
    offered(0);
    xenpt_pv_rules_switch(&p.rules, "grant-unmap-parts", false);
    must(grant_map(0, va_of(0, 5), CPU_MAP | DEV_MAP, 1, REF));
    must(grant_unmap(0, va_of(0, 5), 0, 0, handle));
    assert_int_equal(frame_is(&p, page).type_count, 1);
    wrong("grant-unmap-parts");
    pv_finish(&p);
}

/* XSA-234: an entry that only reads goes, and the reference of one that writes. */
static void test_rights_forgotten(void **state)
{
    uint32_t first;

    (void)state;
    offered(0);
    xenpt_pv_rules_switch(&p.rules, "grant-unmap-rights", false);
    must(grant_map(0, va_of(0, 5), CPU_MAP, 1, REF));
    first = handle;
    must(grant_map(0, va_of(0, 6), CPU_MAP | READ_ONLY, 1, REF));
    must(grant_unmap(0, va_of(0, 6), 0, 0, first));
    assert_int_equal(frame_is(&p, page).type_count, 1);
    assert_int_equal(entry_for(0, va_of(0, 5)), page << 12 | 0x67 | GK | NX);
    wrong("grant-unmap-rights");
    pv_finish(&p);
}

/* --- Replacing ----------------------------------------------------------------------------- */

static void test_replace(void **state)
{
    uint64_t by;

    (void)state;
    offered(0);
    by = entry_for(0, va_of(0, 6));
    must(grant_map(0, va_of(0, 5), CPU_MAP, 1, REF));
    must(grant_unmap(0, va_of(0, 5), 0, va_of(0, 6), handle));
    assert_int_equal(entry_for(0, va_of(0, 5)), by);
    assert_int_equal(entry_for(0, va_of(0, 6)), 0);
    counts_hold(&p);
    /* One that is refused: what was to come in its place is gone. */
    must(grant_map(0, va_of(0, 6), CPU_MAP, 1, REF));
    assert_string_equal(grant_unmap(0, va_of(0, 7), 0, va_of(0, 8), handle), "general_error");
    assert_int_equal(entry_for(0, va_of(0, 8)), 0);
    assert_int_equal(pins(1, REF), 0x1000);
    counts_hold(&p);
    pv_finish(&p);
}

/* --- Handles ------------------------------------------------------------------------------- */

/* They are taken from the front of the free ones, and put back behind them, refused or not. */
static void test_handles(void **state)
{
    (void)state;
    offered(0);
    must(grant_map(0, va_of(0, 5), CPU_MAP | READ_ONLY, 1, REF));
    assert_int_equal(handle, 0);
    assert_string_equal(grant_map(0, va_of(0, 6), CPU_MAP, 1, REF + 1), "general_error");
    must(grant_map(0, va_of(0, 6), CPU_MAP | READ_ONLY, 1, REF));
    assert_int_equal(handle, 2);
    must(grant_unmap(0, va_of(0, 6), 0, 0, 2));
    assert_string_equal(grant_unmap(0, va_of(0, 6), 0, 0, 2), "bad_handle");
    must(grant_map(0, va_of(0, 6), CPU_MAP | READ_ONLY, 1, REF));
    assert_int_equal(handle, 3);
    pv_finish(&p);
}

/* One whose request is refused is not lost. */
static void test_handles_come_back(void **state)
{
    (void)state;
    offered(0);
    grants_of(&p.w.machine->domains[0])->max_mapping_frames = 1;
    for (int i = 0; i < 300; i++)
        assert_string_equal(grant_map(0, va_of(0, 6), CPU_MAP, 1, REF + 1), "general_error");
    must(grant_map(0, va_of(0, 6), CPU_MAP, 1, REF));
    pv_finish(&p);
}

/* 256 of a page; the last that is free stays, unless there is another page. */
static void test_many(void **state)
{
    (void)state;
    offered(0);
    grants_of(&p.w.machine->domains[0])->max_mapping_frames = 2;
    for (uint32_t i = 0; i < 511; i++) {
        offer(1, REF + i / 100, 0, page, 0);
        must(grant_map(0, va_of(0, 5), DEV_MAP | READ_ONLY, 1, REF + i / 100));
    }
    assert_string_equal(grant_map(0, va_of(0, 5), DEV_MAP | READ_ONLY, 1, REF + 5), "no_space");
    assert_int_equal(frame_is(&p, page).count, 2 + 511);
    counts_hold(&p);
    must(grant_unmap(0, 0, bus, 0, 17));
    must(grant_map(0, va_of(0, 5), DEV_MAP | READ_ONLY, 1, REF));
    pv_finish(&p);
}

/* A vCPU that never had one takes two of another's: one stays. */
static void test_others_handles(void **state)
{
    struct xenpt_pv_caller c;
    struct xenpt_grant_map req = { 0, DEV_MAP | READ_ONLY, 0, REF };

    (void)state;
    begin("grant-ref");
    offer(0, REF, 1, fresh(&p, 0), 0);
    grants_of(&p.w.machine->domains[1])->max_mapping_frames = 1;
    must(grant_map(1, 0, DEV_MAP | READ_ONLY, 0, REF));
    c = pv_caller(&p, 1);
    c.vcpu = 1;
    assert_int_equal(xenpt_grant_map(p.w.machine, &c, &req, &handle, &bus, &p.r, NULL), XENPT_OK);
    assert_string_equal(p.r.name, "ok");
    assert_int_equal(handle, 2);
    counts_hold(&p);
    pv_finish(&p);
}

/* --- Flushes ------------------------------------------------------------------------------- */

static void test_flushes(void **state)
{
    (void)state;
    offered(0);
    must(grant_map(0, va_of(0, 5), CPU_MAP, 1, REF));
    assert_int_equal(p.nr_flushes, 0);
    must(grant_unmap(0, va_of(0, 5), 0, 0, handle));
    assert_int_equal(p.nr_flushes, 1);
    assert_int_equal(p.flush[0].kind, XENPT_PV_FLUSH_TLB);
    assert_int_equal(p.flush[0].cpu, 0);
    assert_string_equal(p.flush[0].rule->name, "grant-flush");
    xenpt_pv_rules_switch(&p.rules, "grant-flush", false);
    must(grant_map(0, va_of(0, 5), CPU_MAP, 1, REF));
    must(grant_unmap(0, va_of(0, 5), 0, 0, handle));
    assert_int_equal(p.nr_flushes, 0);
    pv_finish(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_entries),
        cmocka_unit_test(test_debug),
        cmocka_unit_test(test_by_pte),
        cmocka_unit_test(test_misaligned),
        cmocka_unit_test(test_references),
        cmocka_unit_test(test_twice),
        cmocka_unit_test(test_twice_to_write),
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_parts_forgotten),
        cmocka_unit_test(test_rights_forgotten),
        cmocka_unit_test(test_replace),
        cmocka_unit_test(test_handles),
        cmocka_unit_test(test_handles_come_back),
        cmocka_unit_test(test_many),
        cmocka_unit_test(test_others_handles),
        cmocka_unit_test(test_flushes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
