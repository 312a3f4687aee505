/* test_scenario_pv_memory.c - memory that PV guests give back, get, exchange and pass on, as steps.
 */
#include "scenario_fixture.h"

#define DECREASE "{ decrease-reservation: d1.v0, frames: "

static void test_steps(void **state)
{
    static const struct expect_row rows[] = {
        { "{ let: page, be: d1.gfn(8000) }, " DECREASE "page, expect: [ { result: ok, done: 1 }, "
          "{ owner: page, is: free }, { invariant: counts } ] }",
          HELD, NULL },
        { DECREASE "d1.gfn(8000)..d1.gfn(8003), expect: [ { result: ok, done: 4 } ] }", HELD,
          NULL },
        { DECREASE "d1.gfn(8000)..d1.gfn(8003), order: 1, expect: [ { result: ok, done: 2 } ] }",
          HELD, NULL },
        { DECREASE "d0.gfn(8000), expect: [ { result: short, rule: memory-own, done: 0 } ] }", HELD,
          NULL },
        { "{ decrease-reservation: d0.v0, frames: d1.gfn(8000), of: d1, expect: [ { result: ok } "
          "] }",
          HELD, NULL },
        /* Mapped, it is d1's yet. */
        { "{ let: page, be: d1.gfn(5) }, " DECREASE "page, expect: [ { result: ok }, "
          "{ owner: page, is: d1 }, { invariant: counts } ] }",
          HELD, NULL },
        /* What has come is called as was asked for, and has a name. */
        { "{ populate-physmap: d1.v0, gfns: 0x9000..0x9001, got: new, expect: [ { result: ok, "
          "done: 2 }, { owner: new, is: d1 }, { owner: d1.gfn(0x9001), is: d1 } ] }",
          HELD, NULL },
        { "{ populate-physmap: d1.v0, gfns: 0x9000, got: new }, { mmuext-op: d1.v0, op: pin-l1, "
          "frame: new, expect: [ { type: d1.gfn(0x9000), is: l1, pinned: yes } ] }",
          HELD, NULL },
        { "{ increase-reservation: d1.v0, extents: 300, got: new, expect: [ { result: short, rule: "
          "memory-max, done: 256 } ] }",
          HELD, NULL },
        { "{ increase-reservation: d1.v0, order: 10, expect: [ { result: short, rule: memory-order "
          "} ] }",
          HELD, NULL },
        { "{ increase-reservation: d1.v0, address-bits: 12, expect: [ { result: short, rule: "
          "memory-bits } ] }",
          HELD, NULL },
        { "{ increase-reservation: d1.v0, got: new }, { mmu-update: d1.v0, at: maddr(new), value: "
          "0x9000, command: m2p, expect: [ { result: ok }, { owner: d1.gfn(0x9000), is: d1 } ] }",
          HELD, NULL },
        { "{ exchange: d1.v0, frames: d1.gfn(8000)..d1.gfn(8003), gfns: 0x9000, to-order: 2, got: "
          "new, expect: [ { result: ok, done: 4 }, { owner: d1.gfn(0x9003), is: d1 } ] }",
          HELD, NULL },
        { "{ exchange: d1.v0, frames: d1.gfn(5), gfns: 0x9000, expect: [ { result: EINVAL, rule: "
          "steal-references } ] }",
          HELD, NULL },
        { "{ exchange: d1.v0, frames: d1.gfn(8000), gfns: 0x9000, array: 0xffff830000000000, "
          "expect: [ { result: EFAULT, rule: exchange-array } ] }",
          HELD, NULL },
        { "{ transfer-page: d1.v0, frame: d1.gfn(8000), to: d3, gfn: 0x9000, got: new, expect: [ { "
          "result: ok }, { owner: new, is: d3 }, { owner: d3.gfn(0x9000), is: d3 } ] }",
          HELD, NULL },
        /* As much as it may have, and what is above is refused. */
        { "{ create: d4, as: { type: pv64, memory: 16M, max-memory: 17M } }, { "
          "increase-reservation: d4.v0, extents: 300, expect: [ { result: short, rule: memory-max, "
          "done: 256 } ] }",
          HELD, NULL },
        { "{ create: d4, as: { type: pv64, memory: 16M, max-memory: 16M } }, { "
          "increase-reservation: d4.v0, expect: [ { result: short, rule: memory-max, done: 0 } ] }",
          HELD, NULL },
        { "{ create: d4, as: { type: pv64, memory: 16M, built-by: xen } }, { increase-reservation: "
          "d4.v0, extents: 300, expect: [ { result: ok, done: 300 } ] }",
          HELD, NULL },
        /* What d0 has mapped of one that is destroyed is its own until then. */
        { "{ let: page, be: d1.gfn(8000) }, { mmuext-op: d0.v0, op: pin-l1, frame: d0.gfn(16000) "
          "}, { mmu-update: d0.v0, table: d0.gfn(16000), slot: 0, value: maddr(page) | 0x63, "
          "frames-of: d1 }, { destroy: d1 }, { mmu-update: d0.v0, table: d0.gfn(16000), slot: 0, "
          "value: 0, expect: [ { result: ok }, { owner: page, is: free }, { invariant: counts } ] "
          "}",
          HELD, NULL },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        steps_are(&rows[i]);
}

static void test_not_so(void **state)
{
    static const struct expect_row rows[] = {
        { DECREASE "d0.gfn(8000), expect: [ { result: ok } ] }", FAILED,
          "short by the rule memory-own, after 0" },
        { DECREASE "d1 }", ERROR, "not all of a domain's" },
        { "{ decrease-reservation: d0.v0, frames: d2.gfn(5), of: d2 }", ERROR, "gfns says" },
        { "{ decrease-reservation: d2.v0, frames: d2.gfn(5) }", ERROR, "gfns says" },
        { "{ decrease-reservation: d1.v0, gfns: 5 }", ERROR, "frames says which" },
        { "{ decrease-reservation: d1.v0 }", ERROR, "decrease-reservation: what?" },
        { "{ decrease-reservation: d1.v0, gfns: 5, frames: d1.gfn(5) }", ERROR,
          "decrease-reservation: what?" },
        { "{ increase-reservation: d1.v0, extents: 0 }", ERROR, "extents are 1 to" },
        { "{ increase-reservation: d1.v0, order: 64 }", ERROR, "2^63" },
        { "{ increase-reservation: d1.v0, got: 'a b' }", ERROR, "is no name" },
        { "{ populate-physmap: d1.v0, gfns: 0..0x100000 }", ERROR, "more than 65536 extents" },
        { "{ transfer-page: d1.v0, frame: d1.gfn(8000), to: d2, gfn: 5 }", ERROR,
          "not paravirtual" },
        /* A frame that is gone has no name. */
        { DECREASE "d1.gfn(8000) }, " DECREASE "d1.gfn(8000) }", ERROR, "has no frame 0x1f40" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        steps_are(&rows[i]);
}

/* Whatever came, a snapshot makes what it was. */
static void test_restored(void **state)
{
    static const struct expect_row row = {
        "{ let: page, be: d1.gfn(8000) }, { snapshot: before }, " DECREASE "page }, "
        "{ populate-physmap: d1.v0, gfns: 8000 }, { restore: before, expect: [ "
        "{ owner: page, is: d1 }, { invariant: counts } ] }",
        HELD, NULL
    };

    (void)state;
    steps_are(&row);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_steps),
        cmocka_unit_test(test_not_so),
        cmocka_unit_test(test_restored),
    };

    return cmocka_run_group_tests(tests, scenario_setup, scenario_teardown);
}
