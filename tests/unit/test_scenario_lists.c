/* test_scenario_lists.c - lists of requests in one hypercall: in order, until one is refused. */
#include "scenario_fixture.h"

#define L1(n, value) "{ table: d1.gfn(8000), slot: " #n ", value: " value " }"
#define PAGE         "maddr(d1.gfn(8001)) | 0x63"
#define MMU          "{ mmu-update: d1.v0, requests: "
#define EXT          "{ mmuext-op: d1.v0, requests: "

static void test_in_order(void **state)
{
    static const struct expect_row rows[] = {
        { MMU "[ " L1(0, PAGE) ", " L1(1, PAGE) " ], expect: [ { result: ok, done: 2 } ] }", HELD,
          NULL },
        /* What was done stays, what is behind the one that is refused is not looked at. */
        { MMU "[ " L1(0, PAGE) ", { table: d1.v0.root, slot: 256, value: 1 }, " L1(
              1, PAGE) " ], expect: [ { result: EINVAL, rule: l4-xen-slot, done: 1 } ] }, "
                       "{ mmuext-op: d1.v0, op: pin-l1, frame: d1.gfn(8000), expect: [ "
                       "{ type: d1.gfn(8001), is: writable, count: 1 }, { invariant: counts } ] }",
          HELD, NULL },
        { MMU "[ { at: maddr(d1.gfn(8000)), value: 5 }, { at: maddr(d1.gfn(8001)), value: 0, "
              "command: command-4 } ], expect: [ { result: ENOSYS, done: 1 } ] }",
          HELD, NULL },
        { EXT "[ { op: pin-l1, frame: d1.gfn(8000) }, { op: pin-l1, frame: d1.gfn(8001) }, "
              "{ op: unpin, frame: d1.gfn(8000) } ], expect: [ { result: ok, done: 3 }, "
              "{ type: d1.gfn(8000), count: 0, pinned: no }, "
              "{ type: d1.gfn(8001), is: l1, count: 1, pinned: yes }, { invariant: counts } ] }",
          HELD, NULL },
        { EXT "[ { op: set-ldt, address: 0xffffffff80005000, entries: 5 }, { op: copy-page, frame: "
              "d1.gfn(8002), source: d1.gfn(8001) }, { op: tlb-flush-multi, vcpus: 1 }, "
              "{ op: set-ldt, address: 8, entries: 5 } ], "
              "expect: [ { result: EINVAL, rule: ldt-address, done: 3 }, { flushed: tlb } ] }",
          HELD, NULL },
        /* All of them are of the domains that the step names. */
        { "{ mmu-update: d0.v0, tables-of: d1, frames-of: d1, requests: [ " L1(
              0, PAGE) " ], expect: [ { result: ok, done: 1 } ] }",
          HELD, NULL },
        { "{ mmuext-op: d0.v0, of: d1, requests: [ { op: pin-l1, frame: d1.gfn(8000) }, "
          "{ op: tlb-flush-local } ], expect: [ { result: EPERM, rule: mmuext-own, done: 1 } ] }",
          HELD, NULL },
    };

    (void)state;
    CHECK(steps_are, rows);
}

static void test_mistakes(void **state)
{
    static const struct expect_row rows[] = {
        { "{ mmu-update: d1.v0, requests: 5 }", ERROR, "a list of 1 to 512 requests" },
        { "{ mmu-update: d1.v0, requests: [] }", ERROR, "a list of 1 to 512 requests" },
        { "{ mmu-update: d1.v0, value: 5, requests: [ " L1(0, "5") " ] }", ERROR,
          "value: it is of one request" },
        { MMU "[ { table: d1.gfn(8000), value: 5 } ] }", ERROR, "which entry?" },
        { MMU "[ { at: 0x1000 } ] }", ERROR, "the key 'value' is missing" },
        { "{ mmu-update: d1.v0, at: 0x1000 }", ERROR, "the key 'value' is missing" },
        { MMU "[ { at: 0x1000, valeu: 5 } ] }", ERROR, "valeu" },
        { MMU "[ 5 ] }", ERROR, "a map" },
        { EXT "[ { frame: 5 } ] }", ERROR, "the key 'op' is missing" },
        { "{ mmuext-op: d1.v0, frame: 5 }", ERROR, "the key 'op' is missing" },
        { "{ mmuext-op: d1.v0, op: unpin, requests: [ { op: unpin } ] }", ERROR,
          "op: it is of one request" },
        { MMU "[ { table: d1.gfn(8000), slot: 512, value: 5 } ] }", ERROR, "slots 0 to 511" },
    };

    (void)state;
    CHECK(steps_are, rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_in_order),
        cmocka_unit_test(test_mistakes),
    };

    return cmocka_run_group_tests(tests, scenario_setup, scenario_teardown);
}
