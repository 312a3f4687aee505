/* test_scenario_run.c - expectations of what is mapped, of roots and slots; and who is meant. */
#include "scenario_fixture.h"

#define MISTAKE XENPT_RUN_ERROR

static void test_mapped(void **state)
{
    static const struct expect_row rows[] = {
        { "{ mapped: xen.directmap(d0.gfn(5)), in: d0.v0.xen }", HELD, NULL },
        { "{ mapped: xen.directmap(d0.gfn(5)), in: d0.v0.xen, rights: rw-- }", HELD, NULL },
        { "{ mapped: xen.directmap(d0.gfn(5)), in: d0.v0.xen, rights: rw- }", HELD, NULL },
        { "{ mapped: xen.directmap(d0.gfn(5)), in: d0.v0.xen, rights: r-- }", FAILED, "rw--" },
        { "{ mapped: xen.directmap(d0.gfn(5)), in: d0.v0.xen, rights: ..x }", FAILED, "rw--" },
        { "{ mapped: xen.directmap(d0.gfn(5)), in: d0.v0.xen, frame: d0.gfn(5) }", HELD, NULL },
        { "{ mapped: xen.directmap(d0.gfn(5)), in: d0.v0.xen, frame: d0.gfn(6) }", FAILED, "mfn" },
        { "{ mapped: xen.directmap(d0.gfn(5)), in: d0.v0.xen, page: 4K }", FAILED, "2M" },
        { "{ mapped: xen.directmap(d0.gfn(5)), in: d0.v0.xen, page: 2M }", HELD, NULL },
        { "{ mapped: xen.directmap(d0.gfn(5)), in: d1.v0.user }", FAILED, "not-present" },
        { "{ mapped: xen.directmap, in: d0.v0.xen, rights: rw-- }", FAILED, "is otherwise" },
        { "{ mapped: xen.directmap, in: d0.v0.xen, rights: r.-- }", HELD, NULL },
        { "{ mapped: 0x1000..0x2fff, in: d2.p2m }", HELD, NULL },
        { "{ mapped: xen.directmap(d0.gfn(5)), in: d0.v0.xen, flags: [P, RW, PS, NX] }", HELD,
          NULL },
        { "{ mapped: xen.directmap(d0.gfn(5)), in: d0.v0.xen, flags: RW NX, without: [US, PWT] }",
          HELD, NULL },
        { "{ mapped: xen.directmap(d0.gfn(5)), in: d0.v0.xen, flags: [US] }", FAILED,
          "by an L2 entry with P RW" },
        { "{ mapped: xen.directmap(d0.gfn(5)), in: d0.v0.xen, without: NX }", FAILED, "PS G NX" },
        { "{ mapped: xen.directmap(d0.gfn(5)), in: d0.v0.xen, flags: [WR] }", MISTAKE,
          "did you mean 'RW'?" },
        { "{ mapped: 0x1000..0x2fff, in: d2.p2m, flags: [R, W, X] }", HELD, NULL },
        { "{ mapped: 0x1000..0x2fff, in: d2.p2m, without: X }", FAILED, "0x1000 is otherwise" },
        { "{ mapped: 0x1000..0x2fff, in: d2.v0.guest, flags: [RW, D] }", HELD, NULL },
        { "{ mapped: 0x2f000..0x30fff, in: d2.v0.guest, flags: [RW, D] }", FAILED, "is otherwise" },
        { "{ mapped: 0x2f000..0x30fff, in: d2.v0.guest, without: D }", FAILED, "is otherwise" },
        { "{ mapped: 0x30000..0x31fff, in: d2.v0.guest, without: D }", HELD, NULL },
        { "{ mapped: 0x1000..0x2fff, in: d2.v0.guest, flags: AVL=1 }", MISTAKE, "this is a range" },
        { "{ mapped: xen.directmap, in: d0.v0.xen, without: AVL=1 }", MISTAKE, "all of an area" },
        { "{ mapped: xen.directmap, in: d0.v0.xen, frame: 5 }", MISTAKE, "all of an area" },
        { "{ mapped: xen.directmap(d0.gfn(5)) }", MISTAKE, "'in' is missing" },
        { "{ mapped: xen.directmap(d0.gfn(5)), in: d0.v0.xen, rights: wr- }", MISTAKE, "rwxu" },
        { "{ mapped: xen.directmap(d0.gfn(5)), in: d0.v0.xen, page: 3K }", MISTAKE, "4K" },
        { "{ mapped: d0.gfn(5), in: d0.v0.xen }", MISTAKE, "xen.directmap(MFN)" },
        { "{ mapped: xen.directmap(d0.gfn(5)), in: d0.v0.xen, raw: 5 }", MISTAKE, "raw" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        expected_is(&rows[i]);
}

static void test_unmapped(void **state)
{
    static const struct expect_row rows[] = {
        { "{ unmapped: xen.directmap(d0.gfn(5)), in: d1.v0.user }", HELD, NULL },
        { "{ unmapped: xen.directmap(d0.gfn(5)), in: every user context of d1 }", HELD, NULL },
        { "{ unmapped: xen.directmap(d0.gfn(5)), in: d1.v0.xen }", FAILED, "mapped to" },
        { "{ unmapped: l4.slot(257), in: every context }", HELD, NULL },
        { "{ unmapped: l4.slot(258), in: d0.v0.xen }", FAILED, "mapped to" },
        { "{ unmapped: 0x2000..0x1000, in: d0.v0.xen }", MISTAKE, "ends before it begins" },
        { "{ unmapped: xen.directmop, in: d0.v0.xen }", MISTAKE, "did you mean 'directmap'?" },
        { "{ unmaped: xen.directmap, in: d0.v0.xen }", MISTAKE, "did you mean 'unmapped'?" },
        { "{ unmapped: 0x1000, in: d0.v0.xen, root: d0.v0.xen }", MISTAKE, "another" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        expected_is(&rows[i]);
}

static void test_root(void **state)
{
    static const struct expect_row rows[] = {
        { "{ root: v.xen-user, differs-from: v.xen, for: v in every pv64 vcpu }", HELD, NULL },
        { "{ root: d1.v0.user, same-as: d1.v0.kernel }", HELD, NULL }, /* XPTI: the CPU's. */
        { "{ root: d0.v0.user, same-as: d0.v0.kernel }", FAILED, "root mfn" },
        { "{ root: d3.v0.kernel, is: d3.v0.root }", HELD, NULL },
        { "{ root: d3.v0.kernel, is: 5 }", FAILED, "root mfn" },
        { "{ root: d0.v0.user }", MISTAKE, "one of these is wanted" },
        { "{ root: d0.v0.user, is: 5, same-as: d0.v0.user }", MISTAKE, "one of these is wanted" },
        { "{ root: v.user, same-as: d0.v0.user, for: w in every vcpu }", MISTAKE, "no 'v'" },
        { "{ root: v.user, same-as: d0.v0.user, for: every vcpu }", MISTAKE, "NAME in SELECTOR" },
        { "{ root: d2.v0.user, same-as: d0.v0.user }", MISTAKE, "guest and xen" },
        { "{ root: d0.v2.user, same-as: d0.v0.user }", MISTAKE, "d0 has 2 vCPUs" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        expected_is(&rows[i]);
}

static void test_slot(void **state)
{
    static const struct expect_row rows[] = {
        { "{ slot: 258, in: every xen context, is: self }", HELD, NULL },
        { "{ slot: 257, in: d0.v0.xen, is: self }", FAILED, "absent" },
        { "{ slot: 260, in: d0.v0.xen, is: self }", FAILED, "P RW" },
        { "{ slot: 258, in: d0.v0.xen, is: shelf }", MISTAKE, "present, absent or self" },
        { "{ slot: 261, in: d0.v0.xen, same-as: idle }", HELD, NULL },
        { "{ slot: 260, in: d0.v0.xen, same-as: idle }", FAILED, "P RW A D NX" },
        { "{ slot: 260, in: d0.v0.xen, differs-from: d1.v0.xen }", HELD, NULL },
        { "{ slot: 261, in: d0.v0.xen, differs-from: idle }", FAILED, "P RW" },
        { "{ slot: 261, in: d0.v0.xen, same-as: idle, differs-from: idle }", MISTAKE, "not both" },
        { "{ slot: 4, in: d3.v0.xen, same-as-slot: 260 }", HELD, NULL },
        { "{ slot: 4, in: d0.v0.xen, same-as-slot: 260 }", FAILED, "absent" },
        { "{ slot: 263..271, in: d0.v0.xen, is: absent }", HELD, NULL },
        { "{ slot: 256..271, in: d0.v0.xen, is: absent }", FAILED, "slot 256" },
        { "{ slot: 261, in: d0.v0.xen, shared-with: d1.v0.xen }", HELD, NULL },
        { "{ slot: 261, in: d0.v0.xen, shared-with: d1.v0.xen, from: 2 }", FAILED, "L3" },
        { "{ slot: 260, in: d0.v0.xen, shared-with: d1.v0.xen }", FAILED, "no level" },
        { "{ slot: 260, in: d0.v0.xen, shared-with: d0.v1.xen }", HELD, NULL },
        { "{ slot: 258, in: d0.v0.xen, with: RW NX, without: [US, G] }", HELD, NULL },
        { "{ slot: 258, in: d0.v0.xen, with: [US] }", FAILED, "P RW" },
        { "{ slot: 258, in: d0.v0.xen, without: NX }", FAILED, "NX" },
        { "{ slot: 258, in: d0.v0.xen, frame: d0.v0.xen.root }", HELD, NULL },
        { "{ slot: 258, in: d0.v0.xen, raw: d0.v0.xen.slot(258) }", HELD, NULL },
        { "{ slot: 258, in: d0.v0.xen, raw: d0.v0.xen.slot(258) + 1 }", FAILED, "P RW" },
        { "{ slot: 512, in: d0.v0.xen, is: absent }", MISTAKE, "from 0 to 511" },
        { "{ slot: 258, in: d0.v0.xen }", MISTAKE, "what of it" },
        { "{ slot: 258, in: d0.v0.xen, with: WR }", MISTAKE, "did you mean 'RW'?" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        expected_is(&rows[i]);
}

/* --- Who is meant -------------------------------------------------------------------------- */

static void test_selectors(void **state)
{
    static const struct expect_row rows[] = {
        { "{ mapped: xen.directmap(5), in: every xen context }", HELD, NULL },
        { "{ mapped: xen.directmap(5), in: every context }", FAILED, "not-present" },
        { "{ mapped: xen.directmap(5), in: any context }", HELD, NULL },
        { "{ mapped: xen.directmap(5), in: no user context of d1 }", HELD, NULL },
        { "{ mapped: xen.directmap(5), in: no context but xen }", FAILED, "mapped to" },
        { "{ mapped: xen.directmap(5), in: 'no context but xen and d0, d3' }", HELD, NULL },
        { "{ mapped: xen.directmap(5), in: [d0.v0.xen, d1.v0.xen] }", HELD, NULL },
        { "{ mapped: xen.directmap(5), in: 'd0.v0.xen, d1.v0.user' }", FAILED, "not-present" },
        { "{ mapped: xen.directmap(5), in: any pv64 user of d1 }", FAILED, "not-present" },
        { "{ mapped: xen.directmap(5), in: every hvm context }", MISTAKE, "nobody is meant" },
        { "{ mapped: xen.directmap(5), in: every vcpu }", MISTAKE, "a context was expected" },
        { "{ mapped: xen.directmap(5), in: every pv46 context }", MISTAKE, "did you mean 'pv64'?" },
        { "{ mapped: xen.directmap(5), in: every pv64 }", MISTAKE, "context, vcpu or domain" },
        { "{ mapped: xen.directmap(5), in: d0 }", MISTAKE, "its contexts" },
        { "{ mapped: xen.directmap(5), in: { a: b } }", MISTAKE, "a map" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        /* What is found when it runs is an error of the expectation, and no mistake. */
        expected_is(&rows[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mapped),    cmocka_unit_test(test_unmapped),
        cmocka_unit_test(test_root),      cmocka_unit_test(test_slot),
        cmocka_unit_test(test_selectors),
    };

    return cmocka_run_group_tests(tests, scenario_setup, scenario_teardown);
}
