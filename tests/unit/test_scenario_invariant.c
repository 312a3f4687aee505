/* test_scenario_invariant.c - what has to be so whatever happened, and what breaks it. */
#include "scenario_fixture.h"

static void test_as_built(void **state)
{
    static const struct expect_row rows[] = {
        { "{ invariant: tables-read-only, in: every guest context }", HELD, NULL },
        { "{ invariant: own-memory, in: every guest context }", HELD, NULL },
        { "{ invariant: xen-slots, in: every context }", HELD, NULL },
        { "{ invariant: legal-entries, in: every context }", HELD, NULL },
        { "{ invariant: legal-entries, in: every p2m context }", HELD, NULL },
        /* Xen itself has all of memory mapped. */
        { "{ invariant: tables-read-only, in: d0.v0.xen }", FAILED, "page table" },
        { "{ invariant: own-memory, in: d0.v0.xen }", FAILED, "which is" },
        { "{ invariant: own-memori, in: d0.v0.xen }", ERROR, "did you mean 'own-memory'?" },
        { "{ invariant: own-memory }", ERROR, "in" },
    };

    (void)state;
    CHECK(expected_is, rows);
}

#define PAGE "poke-entry: 0xffffffff80010000, in: d0.v0.kernel"

static void test_broken(void **state)
{
    static const struct expect_row rows[] = {
        /* A guest's own L4 behind a page that it can write to. */
        { "{ " PAGE ", frame: d0.v0.kernel.root, set: [RW, US], expect: [{ invariant: "
          "tables-read-only, in: d0.v0.kernel }] }",
          FAILED, "page table" },
        { "{ " PAGE ", frame: d0.v0.kernel.root, clear: RW, expect: [{ invariant: "
          "tables-read-only, in: d0.v0.kernel }] }",
          HELD, NULL },
        /* Xen's table of an HVM guest, in that guest's memory. */
        { "{ poke-entry: 0x20000, in: d2.p2m, frame: d2.v0.xen.root, expect: [{ invariant: "
          "tables-read-only, in: d2.v0.guest }] }",
          FAILED, "page table" },
        { "{ " PAGE ", frame: d1.gfn(5), expect: [{ invariant: own-memory, in: d0.v0.kernel }] }",
          FAILED, "which is d1" },
        { "{ let: frame, be: d3.gfn(5) }, { destroy: d3 }, { " PAGE
          ", frame: frame, expect: [{ invariant: own-memory, in: d0.v0.kernel }] }",
          FAILED, "which is free" },
        { "{ " PAGE ", frame: d0.gfn(5), expect: [{ invariant: own-memory, in: d0.v0.kernel }] }",
          HELD, NULL },
        { "{ poke: maddr(d0.v0.kernel.root) + 8 * 260, value: 0, expect: [{ invariant: xen-slots, "
          "in: d0.v0.kernel }] }",
          FAILED, "slot 260" },
        { "{ poke: maddr(d0.v0.kernel.root) + 8 * 258, value: d0.v0.kernel.slot(258) | 4, expect: "
          "[{ invariant: xen-slots, in: d0.v0.kernel }] }",
          FAILED, "slot 258" },
        { "{ poke: maddr(d0.v0.kernel.root) + 8 * 271, value: 0x1067, expect: [{ invariant: "
          "xen-slots, in: d0.v0.kernel }] }",
          FAILED, "slot 271" },
        /* What is the guest's, Xen does not mind. */
        { "{ poke: maddr(d0.v0.kernel.root) + 8 * 300, value: 0, expect: [{ invariant: xen-slots, "
          "in: d0.v0.kernel }] }",
          HELD, NULL },
        /* PS in an L4 is reserved. */
        { "{ poke: maddr(d0.v0.kernel.root) + 8 * 300, value: 0xa7, expect: [{ invariant: "
          "legal-entries, in: d0.v0.kernel }] }",
          FAILED, "not legal" },
    };

    (void)state;
    CHECK(steps_are, rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_as_built),
        cmocka_unit_test(test_broken),
    };

    return cmocka_run_group_tests(tests, scenario_setup, scenario_teardown);
}
