/* test_scenario_access.c - accesses and pokes, faults, owners, and who reaches what. */
#include "scenario_fixture.h"

static void test_access(void **state)
{
    static const struct expect_row rows[] = {
        /* Xen writes to the directmap, and reads it again. */
        { "{ access: write, in: d0.v0.xen, at: xen.directmap(d0.gfn(5)), data: 7, "
          "expect: [{ fault: none }] }, { access: read, in: d0.v0.xen, at: "
          "xen.directmap(d0.gfn(5)), expect: [{ data: 7 }] }",
          HELD, NULL },
        { "{ access: write, in: d0.v0.xen, at: xen.directmap(d0.gfn(5)), data: 0x1122334455, "
          "bytes: "
          "2 }, { access: read, in: d0.v0.xen, at: xen.directmap(d0.gfn(5)), expect: [{ data: 7 }] "
          "}",
          FAILED, "0x4455" },
        /* A guest that does not have it; PV64 without XPTI, where it is there, and Xen's alone. */
        { "{ access: read, in: d1.v0.user, at: xen.directmap(d0.gfn(5)), expect: [{ fault: page, "
          "error-code: [user], at: xen.directmap(d0.gfn(5)), rule: not-present }] }",
          HELD, NULL },
        { "{ access: write, in: d0.v0.user, at: xen.directmap(5), expect: [{ fault: page, "
          "error-code: [present, write, user], rule: user }] }",
          HELD, NULL },
        { "{ access: write, in: d0.v0.user, at: xen.directmap(5), expect: [{ fault: page, "
          "error-code: 7 }] }",
          HELD, NULL },
        { "{ access: write, in: d0.v0.user, at: xen.directmap(5), expect: [{ fault: page, "
          "error-code: [write, user] }] }",
          FAILED, "[present, write, user]" },
        { "{ access: write, in: d0.v0.user, at: xen.directmap(5), expect: [{ fault: none }] }",
          FAILED, "#PF" },
        { "{ access: read, in: d0.v0.user, at: 0x800000000000, expect: [{ fault: gp }] }", HELD,
          NULL },
        { "{ access: read, in: d0.v0.user, at: 0x800000000000, stack-segment: yes, expect: [{ "
          "fault: ss }] }",
          HELD, NULL },
        /* A guest-physical address that the second stage has not. */
        { "{ access: read, in: d2.p2m, at: 0x40000000, expect: [{ fault: ept-violation, "
          "error-code: "
          "[read, linear, final], at: 0x40000000 }] }",
          HELD, NULL },
        { "{ access: read, in: d2.p2m, at: 0x1000, expect: [{ references: 4 }] }", HELD, NULL },
        { "{ access: read, in: d2.p2m, at: 0x1000, expect: [{ references: 24 }] }", FAILED, "4" },
        { "{ run: d0.v0.xen, expect: [{ fault: none }] }", ERROR, "no access has been made" },
        { "{ access: write, in: d0.v0.xen, at: xen.directmap(5), expect: [{ data: 1 }] }", ERROR,
          "read nothing" },
        { "{ access: read, in: d0.v0.xen, at: xen.directmap(5) + 4090 }", ERROR, "in two" },
        { "{ access: read, in: d0.v0.xen, at: xen.directmap(5), cpl: 4 }", ERROR, "privilege" },
        { "{ access: raed, in: d0.v0.xen, at: 5 }", ERROR, "did you mean 'read'?" },
        { "{ access: read, in: d0.v0.xen, at: 5, expect: [{ fault: page, error-code: [usr] }] }",
          ERROR, "did you mean 'user'?" },
        { "{ access: read, in: d0.v0.xen, at: 5, expect: [{ fault: page, rule: smapp }] }", ERROR,
          "did you mean 'smap'?" },
    };

    (void)state;
    CHECK(steps_are, rows);
}

static void test_pokes(void **state)
{
    static const struct expect_row rows[] = {
        { "{ poke: maddr(d0.gfn(5)) + 8, value: 77 }, { access: read, in: d0.v0.xen, at: "
          "xen.directmap(d0.gfn(5)) + 8, expect: [{ data: 77 }] }",
          HELD, NULL },
        /* The bug that XPTI guards against would be this: the directmap open to user mode. */
        { "{ poke-entry: xen.directmap(5), in: d0.v0.kernel, level: 4, set: [US] }, { poke-entry: "
          "xen.directmap(5), in: d0.v0.kernel, level: 3, set: US }, { poke-entry: "
          "xen.directmap(5), in: d0.v0.kernel, level: 2, set: US }, { poke-entry: "
          "xen.directmap(5), in: d0.v0.kernel, set: US, clear: RW, expect: [{ mapped: "
          "xen.directmap(5), in: d0.v0.kernel, rights: rwxu }] }",
          FAILED, "r--u" },
        { "{ poke-entry: xen.directmap(5), in: d0.v0.kernel, level: 4, value: 0, expect: [{ "
          "unmapped: xen.directmap(5), in: d0.v0.kernel }] }",
          HELD, NULL },
        { "{ poke-entry: xen.directmap(5), in: d0.v0.kernel, level: 5, value: 0 }", ERROR,
          "no L5 entry" },
        { "{ poke-entry: xen.directmap(5), in: d0.v0.kernel, set: [IPAT] }", ERROR,
          "no flag IPAT" },
        { "{ poke-entry: xen.directmap(5), in: d0.v0.kernel }", ERROR, "what is to be in it" },
        { "{ poke: d0.gfn(5), value: 5 }", ERROR, "maddr(MFN)" },
        { "{ poke: 0xfffffffffff000, value: 5 }", ERROR, "" },
    };

    (void)state;
    CHECK(steps_are, rows);
}

static void test_entry(void **state)
{
    static const struct expect_row rows[] = {
        { "{ entry: xen.directmap(d0.gfn(5)), in: d0.v0.xen, with: [P, RW, NX, PS], without: US }",
          HELD, NULL },
        { "{ entry: xen.directmap(5), in: d0.v0.xen, with: [US] }", FAILED, "L1" },
        { "{ entry: xen.directmap(5), in: d0.v0.xen, level: 4, frame: 5 }", FAILED, "L4" },
        { "{ entry: 0x1000, in: d2.p2m, level: 1, with: [R, W, X], frame: d2.gfn(1) }", HELD,
          NULL },
        { "{ entry: l4.slot(257), in: d0.v0.xen, is: absent }", HELD, NULL },
        { "{ entry: xen.directmap(5), in: d0.v0.xen, is: absent }", FAILED, "L1" },
        { "{ entry: l4.slot(257), in: d0.v0.xen, level: 3, is: absent }", ERROR, "no L3 entry" },
        { "{ entry: xen.directmap(5), in: d0.v0.xen, is: present }", HELD, NULL },
        { "{ entry: l4.slot(257), in: d0.v0.xen, is: present }", FAILED, "absent" },
        { "{ entry: l4.slot(257), in: d0.v0.xen, is: gone }", ERROR, "present or absent" },
        { "{ entry: xen.directmap(5), in: d0.v0.xen }", ERROR, "what of it" },
    };

    (void)state;
    CHECK(expected_is, rows);
}

static void test_owners(void **state)
{
    static const struct expect_row rows[] = {
        { "{ owner: d1.gfn(5), is: d1 }", HELD, NULL },
        { "{ owner: d1.gfn(5), is: d0 }", FAILED, "d1" },
        { "{ owner: d3.v0.root, is: xen }", HELD, NULL },
        { "{ owner: d0.v0.root, is: d0 }", HELD, NULL },
        { "{ owner: 0x100000000, is: nobody }", HELD, NULL },
        { "{ owner: d2.v0.root, is: free }", FAILED, "xen" },
        { "{ owner: d1.gfn(5), is: d9 }", ERROR, "no owner" },
        { "{ owner: d1.gfn(0x10000), is: d1 }", ERROR, "no frame 0x10000" },
        { "{ area: xen.directmap(5), in: d0.v0.xen, is: directmap }", HELD, NULL },
        { "{ area: xen.directmap(5), in: d0.v0.xen, is: ro-m2p }", FAILED, "directmap" },
        { "{ area: 0x1000, in: d0.v0.xen, is: none }", FAILED, "in " },
        { "{ area: xen.directmap(5), in: d0.v0.xen, is: directmop }", ERROR, "did you mean" },
    };

    (void)state;
    CHECK(expected_is, rows);
}

static void test_reach(void **state)
{
    static const struct expect_row rows[] = {
        { "{ reachable: d0.gfn(5), from: every xen context }", HELD, NULL },
        { "{ unreachable: d0.gfn(5), from: every guest context of d1 }", HELD, NULL },
        { "{ unreachable: d0, from: 'every guest context of d1, d2, d3' }", HELD, NULL },
        { "{ unreachable: d0, from: every guest context of d0 }", FAILED, "leads to mfn" },
        { "{ unreachable: d0, from: d2.p2m }", HELD, NULL },
        { "{ reachable: d2, from: d2.p2m, rights: .w. }", HELD, NULL },
        { "{ reachable: d0.gfn(5), from: d1.v0.user }", FAILED, "no address" },
        { "{ unreachable: d0.gfn(5)..d0.gfn(6), from: d1.v0.xen }", FAILED, "rw--" },
        { "{ unreachable: d0.gfn(5), from: d1.v0.xen, rights: ..x }", HELD, NULL },
        { "{ unreachable: d0.v0, from: d1.v0.xen }", ERROR, ".root" },
        { "{ unreachable: d0 }", ERROR, "'from' is missing" },
    };

    (void)state;
    CHECK(expected_is, rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_access), cmocka_unit_test(test_pokes), cmocka_unit_test(test_entry),
        cmocka_unit_test(test_owners), cmocka_unit_test(test_reach),
    };

    return cmocka_run_group_tests(tests, scenario_setup, scenario_teardown);
}
