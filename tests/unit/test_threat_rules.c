/*
 * test_threat_rules.c - what grants give, and what a rule that is not in force gives: the same way
 * as test_threat.c.
 */
#include "threat_fixture.h"

#include <stdio.h>

#include "pv/op.h"

static const struct xenpt_threat_options stock;

/* --- Grants -------------------------------------------------------------------------------- */

static void test_grants(void **state)
{
    const struct xenpt_threat *t;
    struct xenpt_threat_way way;
    struct xenpt_threat_piece piece;
    char text[XENPT_STEP_MAX];
    uint64_t rw, ro, table;

    (void)state;
    pv_begin(&p, THREAT_MACHINE);
    rw = fresh(&p, 1);
    ro = fresh(&p, 1);
    table = place(AT_D1_L4);
    offer(1, 8, 3, rw, 0);
    offer(1, 9, 3, ro, XENPT_GRANT_READONLY);
    offer(1, 10, 3, table, 0);
    t = threat_of("d3", &stock);
    reaches(t, rw, "rw---");
    assert_string_equal(way_of(t, rw, XENPT_THREAT_WRITE), "grant-map");
    reaches(t, ro, "r----");
    /* A table is granted to be written, and can be read. */
    reaches(t, table, "r----");
    reaches(t, place(AT_D1), "-----");
    assert_true(xenpt_threat_way(t, rw, XENPT_THREAT_READ, &way));
    assert_true(way.step[0].by_grant && way.step[0].owner == 1 && way.step[0].ref == 8);
    snprintf(text, sizeof(text),
             "d3.kernel: grant-map: read+write mfn 0x%llx (d1's memory), by grant 8 of d1 "
             "[grant-domid, grant-read-only, grant-writable]",
             (unsigned long long)rw);
    assert_string_equal(xenpt_threat_step_text(t, &way.step[0], (char[XENPT_STEP_MAX]){ 0 }), text);
    assert_true(xenpt_threat_piece(t, rw, &piece));
    assert_true(piece.granted && piece.first == rw && piece.last == rw);
    /* It names d3, and nobody else; and its owner needs no grant. */
    reaches(threat_of("d2", &stock), rw, "-----");
    reaches(threat_of("d1", &stock), rw, "rwx--");
    assert_true(xenpt_threat_piece(threat_of("d2", &stock), rw, &piece) && !piece.granted);
    threat_end();
    pv_finish(&p);
}

/* A part of a page, and what a third one granted, are copied and not mapped. */
static void test_copies(void **state)
{
    struct xenpt_grant_entry part = { .flags = XENPT_GRANT_PERMIT_ACCESS | XENPT_GRANT_SUB_PAGE,
                                      .domain = 2,
                                      .start = 64,
                                      .length = 64 },
                             on = { .flags = XENPT_GRANT_TRANSITIVE,
                                    .domain = 3,
                                    .from_domain = 1,
                                    .from_ref = 12 };
    const struct xenpt_threat *t;
    uint64_t page_of_d1;

    (void)state;
    pv_begin(&p, THREAT_MACHINE);
    part.frame = fresh(&p, 1);
    page_of_d1 = fresh(&p, 1);
    must(grant_version(1, 2));
    must(grant_version(2, 2));
    assert_int_equal(xenpt_grant_offer(p.w.machine, 1, 11, &part, NULL), XENPT_OK);
    offer(1, 12, 2, page_of_d1, XENPT_GRANT_READONLY);
    assert_int_equal(xenpt_grant_offer(p.w.machine, 2, 13, &on, NULL), XENPT_OK);
    t = threat_of("d2", &stock);
    reaches(t, part.frame, "rw---");
    assert_string_equal(way_of(t, part.frame, XENPT_THREAT_WRITE), "grant-copy");
    assert_string_equal(way_of(t, page_of_d1, XENPT_THREAT_READ), "grant-map");
    t = threat_of("d3", &stock);
    reaches(t, page_of_d1, "r----");
    assert_string_equal(way_of(t, page_of_d1, XENPT_THREAT_READ), "grant-copy");
    reaches(t, part.frame, "-----");
    /* What was granted to a third one is not handed on, nor is what is not the granter's. */
    offer(1, 14, 0, place(AT_D1), XENPT_GRANT_READONLY);
    on.from_ref = 14;
    assert_int_equal(xenpt_grant_offer(p.w.machine, 2, 14, &on, NULL), XENPT_OK);
    offer(1, 15, 3, place(AT_D2), 0);
    t = threat_of("d3", &stock);
    reaches(t, place(AT_D1), "-----");
    reaches(t, place(AT_D2), "-----");
    threat_end();
    pv_finish(&p);
}

/* --- Rules --------------------------------------------------------------------------------- */

/* Without a rule, reach is another. */
static void test_rules(void **state)
{
    /* clang-format off */
    static const struct {
        const char *rule, *who;
        enum place where;
        const char *with, *without, *way;
    } cases[] = {
        { "l1-writable", "d1", AT_D1_L4, "r-xet", "rwxet", "mapped" },
        { "l1-writable", "d1", AT_IMAGE, "-----", "rwxet", "map-own write-entries unchecked-entry" },
        { "foreign-right", "d1", AT_D2, "-----", "rwx--", "foreign-map" },
        { "foreign-right", "d1", AT_D2_L3, "-----", "r-xet", "foreign-map" },
        { "l1-owner", "d1", AT_D3, "-----", "rwxet", "any-owner" },
        { "mmio-permission", "d1", AT_MMIO, "-----", "rwx--", "map-mmio" },
        { "fast-path", "d1", AT_D1_L4, "r-xet", "rwxet", "mapped" },
        { "fast-path", "d1", AT_HEAP, "-----", "rwxet", "raise-rights write-entries unchecked-entry" },
        { "fast-path", "d2", AT_HEAP, "-----", "-----", "" },
        { "linear-pae", "d2", AT_D2_L3, "r-xet", "rwxet", "mapped" },
        { "linear-pae", "d1", AT_HEAP, "-----", "-----", "" },
        { "l4-xen-slot", "d1", AT_IMAGE, "-----", "rwxet", "xen-slot directmap" },
        { "exchange-array", "d1", AT_IMAGE, "-----", "rwxet", "exchange-array directmap" },
    };
    /* clang-format on */
    struct xenpt_threat_options opt = { .rules = &p.rules, .iommu = XENPT_DMA_STRICT };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct xenpt_threat *t;

        pv_begin(&p, THREAT_MACHINE);
        reaches(threat_of(cases[i].who, &opt), place(cases[i].where), cases[i].with);
        assert_true(xenpt_pv_rules_switch(&p.rules, cases[i].rule, false));
        t = threat_of(cases[i].who, &opt);
        if (strcmp(reach_of(t, place(cases[i].where)), cases[i].without) != 0)
            fail_msg("without %s: %s", cases[i].rule, reach_of(t, place(cases[i].where)));
        if (strcmp(way_of(t, place(cases[i].where), XENPT_THREAT_READ), cases[i].way) != 0)
            fail_msg("without %s: %s", cases[i].rule,
                     way_of(t, place(cases[i].where), XENPT_THREAT_READ));
        threat_end();
        pv_finish(&p);
    }
}

/* Of grants: who is named, what is written, and what is a table. */
static void test_grant_rules(void **state)
{
    static const struct {
        const char *rule, *who, *page, *table;
    } cases[] = { { NULL, "d3", "r----", "r----" },
                  { "grant-read-only", "d3", "rw---", "r----" },
                  { "grant-writable", "d3", "r----", "rw---" },
                  { "grant-domid", "d2", "r----", "r----" },
                  { NULL, "d2", "-----", "-----" } };
    struct xenpt_threat_options opt = { .rules = &p.rules };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint64_t page_of_d1;

        pv_begin(&p, THREAT_MACHINE);
        page_of_d1 = fresh(&p, 1);
        offer(1, 9, 3, page_of_d1, XENPT_GRANT_READONLY);
        offer(1, 10, 3, place(AT_D1_L1), 0);
        if (cases[i].rule)
            assert_true(xenpt_pv_rules_switch(&p.rules, cases[i].rule, false));
        reaches(threat_of(cases[i].who, &opt), page_of_d1, cases[i].page);
        reaches(threat_of(cases[i].who, &opt), place(AT_D1_L1), cases[i].table);
        threat_end();
        pv_finish(&p);
    }
}

/* XSA-148 is about 512 frames, the first of which is the guest's. */
static void test_superpage(void **state)
{
    static const char *const others[] = { "populate", "write-entries" };
    struct xenpt_threat_options opt = { .rules = &p.rules, .without = others, .nr_without = 2 };
    const struct xenpt_threat *t;

    (void)state;
    pv_begin(&p,
             PV_HOST PV_XEN("4.17") "domains:\n"
                                    "  d0: { type: pv64, memory: 16M, privileged: yes }\n"
                                    "  d1: { type: pv64, memory: [{ gfn: 0, mfn: 0x8000, pages: "
                                    "4096 }, { gfn: 4096, mfn: "
                                    "0xa000, pages: 1 }, { gfn: 4097, mfn: 0xa3ff, pages: 1 }] }\n"
                                    "  d2: { type: pv64, memory: [{ gfn: 0, mfn: 0xb000, pages: "
                                    "4096 }, { gfn: 4096, mfn: "
                                    "0xa001, pages: 1 }] }\n"
                                    "running: { cpu1: d1.v0.kernel }\n");
    /* It needs both rules to be off: a change of PS is looked at otherwise. */
    assert_true(xenpt_pv_rules_switch(&p.rules, "l2-superpage", false));
    assert_string_equal(way_of(threat_of("d1", &opt), 0xa001, XENPT_THREAT_WRITE), "");
    assert_true(xenpt_pv_rules_switch(&p.rules, "fast-path", false));
    t = threat_of("d1", &opt);
    assert_string_equal(way_of(t, 0xa001, XENPT_THREAT_WRITE), "superpage");
    assert_string_equal(way_of(t, 0xa1ff, XENPT_THREAT_WRITE), "superpage");
    assert_string_equal(way_of(t, 0xa200, XENPT_THREAT_WRITE), "");
    assert_string_equal(way_of(t, 0xa3fe, XENPT_THREAT_WRITE), "");
    /* A page of d2's is not d2. */
    assert_string_equal(way_of(t, 0xb100, XENPT_THREAT_READ), "");
    assert_false(xenpt_threat_becomes(t, (struct xenpt_party){ XENPT_PARTY_KERNEL, 2 }));
    threat_end();
    pv_finish(&p);
}

/* What has descriptors leads nowhere: who writes to it has none of its guest's addresses. */
static void test_descriptors(void **state)
{
    const struct xenpt_party unchecked = { XENPT_PARTY_UNCHECKED, 1 };
    struct xenpt_threat_options opt = { .rules = &p.rules };

    (void)state;
    pv_begin(&p, THREAT_MACHINE);
    assert_true(xenpt_pv_rules_switch(&p.rules, "grant-writable", false));
    offer(1, 8, 3, p.w.machine->domains[1].gdt >> 12, 0);
    reaches(threat_of("d3 d1.user", &opt), p.w.machine->domains[1].gdt >> 12, "rw---");
    assert_false(xenpt_threat_becomes(threat_of("d3 d1.user", &opt), unchecked));
    offer(1, 9, 3, place(AT_D1_L1), 0);
    assert_true(xenpt_threat_becomes(threat_of("d3 d1.user", &opt), unchecked));
    /* And a table that is written to is nobody's who does not run on it. */
    assert_false(xenpt_threat_becomes(threat_of("d3", &opt), unchecked));
    threat_end();
    pv_finish(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_grants),    cmocka_unit_test(test_copies),
        cmocka_unit_test(test_rules),     cmocka_unit_test(test_grant_rules),
        cmocka_unit_test(test_superpage), cmocka_unit_test(test_descriptors),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
