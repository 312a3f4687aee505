/* test_scenario_physmap.c - physical memory of guests, as steps. */
#include "scenario_fixture.h"

#define ADD "{ add-to-physmap: d2.v0, "

static void test_steps(void **state)
{
    static const struct expect_row rows[] = {
        { "{ let: page, be: d2.gfn(0x400) }, " ADD "space: shared-info, gfn: 0x400, expect: [ { "
          "result: ok, done: 1 }, { owner: page, is: free }, { invariant: counts }, { invariant: "
          "m2p } ] }",
          HELD, NULL },
        { "{ let: page, be: d2.gfn(0x400) }, " ADD "space: gmfn, idx: 0x400, gfn: 0x80000, expect: "
          "[ { result: ok }, { owner: d2.gfn(0x80000), is: d2 }, { invariant: m2p } ] }",
          HELD, NULL },
        { ADD "space: gmfn-range, idx: 0x400..0x403, gfn: 0x80000, expect: [ { result: ok, done: 4 "
              "}, { owner: d2.gfn(0x80003), is: d2 } ] }",
          HELD, NULL },
        { ADD "space: gmfn, idx: 0x1ffe..0x2001, gfn: 0x80000, batch: yes, expect: [ { result: "
              "EINVAL, rule: physmap-source, done: 2 } ] }",
          HELD, NULL },
        { ADD "space: grant-table, idx: 2, gfn: 0x80000, expect: [ { result: ok } ] }", HELD,
          NULL },
        { ADD "space: grant-table, status: yes, gfn: 0x80000, expect: [ { result: EINVAL } ] }",
          HELD, NULL },
        { "{ grant-set-version: d2.v0, version: 2 }, " ADD "space: grant-table, status: yes, gfn: "
          "0x80000, expect: [ { result: ok } ] }",
          HELD, NULL },
        { ADD "space: dev-mmio, gfn: 0x80000, expect: [ { result: EACCES, rule: physmap-mmio } ] }",
          HELD, NULL },
        { ADD "space: gmfn-foreign, idx: 5, frames-of: d1, gfn: 0x80000, expect: [ { result: "
              "ENOSYS } ] }",
          HELD, NULL },
        { ADD "space: gmfn-foreign, frame: d1.gfn(5), frames-of: d1, gfn: 0x80000, batch: yes, "
              "expect: [ { result: EPERM, rule: physmap-foreign-hardware } ] }",
          HELD, NULL },
        { "{ add-to-physmap: d0.v0, of: d2, space: shared-info, gfn: 0x400, expect: [ { result: ok "
          "} ] }",
          HELD, NULL },
        { "{ add-to-physmap: d1.v0, space: shared-info, gfn: 5, expect: [ { result: EACCES } ] }",
          HELD, NULL },
        { "{ let: page, be: d2.gfn(0x400) }, { remove-from-physmap: d2.v0, gfn: 0x400, expect: [ { "
          "result: ok }, { owner: page, is: d2 }, { invariant: m2p }, { invariant: counts } ] }",
          HELD, NULL },
        { "{ remove-from-physmap: d2.v0, gfn: 0x80000, expect: [ { result: ENOENT } ] }", HELD,
          NULL },
        { "{ remove-from-physmap: d0.v0, of: d2, gfn: 0x400, expect: [ { result: ok } ] }", HELD,
          NULL },
        /* A guest touches what has come, and what is gone is the device model's. */
        { ADD "space: gmfn, idx: 0x400, gfn: 0x401 }, { guest-write: 0x401000, of: d2.v0, value: "
              "1, expect: [ { outcome: done } ] }",
          HELD, NULL },
        { ADD "space: gmfn, idx: 0x400, gfn: 0x401 }, { guest-write: 0x400000, of: d2.v0, value: "
              "1, expect: [ { outcome: device } ] }",
          HELD, NULL },
        /* Ballooning. */
        { "{ let: page, be: d2.gfn(0x400) }, { decrease-reservation: d2.v0, gfns: 0x400..0x5ff, "
          "order: 9, expect: [ { result: ok, done: 1 }, { owner: page, is: free }, { unmapped: "
          "0x400000, in: d2.p2m }, { invariant: m2p } ] }, { populate-physmap: d2.v0, gfns: "
          "0x400, order: 9, got: new, expect: [ { result: ok }, { mapped: 0x400000, in: d2.p2m, "
          "frame: new, page: 2M }, { invariant: m2p }, { invariant: counts } ] }",
          HELD, NULL },
        { "{ decrease-reservation: d0.v0, of: d2, gfns: 0x400, expect: [ { result: ok } ] }", HELD,
          NULL },
        { "{ increase-reservation: d2.v0, got: new, expect: [ { owner: new, is: d2 }, { "
          "invariant: m2p } ] }",
          HELD, NULL },
        /* Mistakes. */
        { ADD "space: shared-info, status: yes, gfn: 5 }", ERROR, "statuses are of the grant" },
        { ADD "space: gmfn, idx: 5, frames-of: d1, gfn: 5 }", ERROR, "frames-of is the domain" },
        { ADD "space: gmfn-foreign, idx: 5, gfn: 5 }", ERROR, "'frames-of' is missing" },
        { ADD "space: gmfn, frame: d1.gfn(5), gfn: 5 }", ERROR, "frame is in the place of idx" },
        { ADD "space: gmfn-range, idx: 0..0x10000, gfn: 5 }", ERROR, "more than 65535" },
    };

    (void)state;
    CHECK(steps_are, rows);
}

/* A PVH dom0 has frames of others in its memory, rw-, as long as it wants. */
static void test_foreign(void **state)
{
    static const struct whole_row rows[] = {
        { "domains:\n"
          "  d0: { type: pvh, memory: 64M, privileged: yes }\n"
          "  d1: { type: pv64, memory: 32M }\n"
          "  d2: { type: hvm, memory: 32M }\n",
          "steps:\n"
          "- { add-to-physmap: d0.v0, space: gmfn-foreign, frame: d1.gfn(100), frames-of: d1, gfn: "
          "0x80000, batch: yes }\n"
          "- { add-to-physmap: d0.v0, space: gmfn-foreign, frame: d2.gfn(0x400), frames-of: d2, "
          "gfn: 0x80001, batch: yes }\n"
          "- { add-to-physmap: d0.v0, space: gmfn-foreign, idx: 0x401..0x404, frames-of: d2, gfn: "
          "0x80002, batch: yes, expect: [ { result: ok, done: 4 }, { mapped: 0x80000000, in: "
          "d0.p2m, frame: d1.gfn(100), rights: rw. }, { mapped: 0x80001000, in: d0.p2m, frame: "
          "d2.gfn(0x400) }, { type: d2.gfn(0x404), references: 2 }, { invariant: counts } ] }\n"
          "- { remove-from-physmap: d0.v0, gfn: 0x80005, expect: [ { type: d2.gfn(0x404), "
          "references: 1 }, { invariant: counts } ] }\n",
          HELD, NULL, 0 },
        { "domains:\n"
          "  d0: { type: pvh, memory: 64M, privileged: yes }\n"
          "  d1: { type: hvm, memory: 32M }\n",
          "steps:\n"
          "- { let: page, be: d1.gfn(0x400) }\n"
          "- { remove-from-physmap: d1.v0, gfn: 0x400 }\n"
          "- { add-to-physmap: d0.v0, space: gmfn-foreign, frame: page, frames-of: d1, gfn: 5, "
          "batch: yes }\n",
          ERROR, "has no number in d1's physical memory", 0 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        whole_is("host: { ram: 1G, cpus: 4 }\nxen: { release: \"4.17\", options: dom0=pvh }\n",
                 &rows[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_steps),
        cmocka_unit_test(test_foreign),
    };

    return cmocka_run_group_tests(tests, scenario_setup, scenario_teardown);
}
