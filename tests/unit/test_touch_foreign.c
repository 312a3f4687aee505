/*
 * test_touch_foreign.c - what programs in dom0 do to another domain's memory: by mappings that Xen
 * lets them make, as h of the rules has it, and not otherwise.
 */
#include "scenario_fixture.h"

#define WINDOW "by: d0.v0, at: 0xffffffff80005000"

static void test_kinds(void **state)
{
    static const struct expect_row rows[] = {
        { "{ foreign-access: d1.gfn(5), " WINDOW
          ", why: introspection, expect: [ { result: ok }, { touched: d1.gfn(5), why: "
          "introspection, by: domain, of: d0, through: foreign, access: read, consent: none, at: "
          "0xffffffff80005000, count: 1 }, { unmapped: 0xffffffff80005000, in: d0.v0.kernel }, { "
          "invariant: counts } ] }",
          HELD, NULL },
        { "{ foreign-access: d1.gfn(5), " WINDOW
          ", why: debugger, access: write, offset: 8, bytes: 8, expect: [ { touched: d1.gfn(5), "
          "why: debugger, access: write, at: 0xffffffff80005008, count: 1 } ] }",
          HELD, NULL },
        /* A PV guest's table is not mapped to be written; but it is to be read. */
        { "{ foreign-access: d1.v0.root, " WINDOW
          ", why: debugger, access: write, expect: [ { result: EBUSY }, { untouched: d1, since: 0 "
          "} ] }",
          HELD, NULL },
        { "{ foreign-access: d1.v0.root, " WINDOW
          ", why: debugger, expect: [ { touched: d1.v0.root, why: debugger, count: 1 } ] }",
          HELD, NULL },
        /* A PVH guest's frames, which it has not granted to QEMU either; and all of them. */
        { "{ foreign-access: d2.gfn(5), " WINDOW
          ", why: device-model, access: write, expect: [ { touched: d2.gfn(5), why: device-model, "
          "through: foreign } ] }",
          HELD, NULL },
        { "{ foreign-access: d2.gfn(5), " WINDOW ", why: ring, bytes: 0 }", ERROR,
          "offset and bytes lie in it" },
        /* Who is not privileged maps nothing. */
        { "{ foreign-access: d2.gfn(5), by: d1.v0, at: 0xffffffff80005000, why: introspection, "
          "expect: [ { result: EPERM }, { untouched: d2, since: 0 } ] }",
          HELD, NULL },
        { "{ foreign-access: d1.gfn(5), by: d2.v0, at: 0x5000, why: introspection }", ERROR,
          "d2 is no PV domain" },
        { "{ foreign-access: 0, " WINDOW ", why: introspection }", ERROR, "is no domain's" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        steps_are(&rows[i]);
}

#define HEAD                                                                                       \
    "host: { ram: 1G, cpus: 2 }\n"                                                                 \
    "xen: { release: \"4.17\" }\n"                                                                 \
    "domains:\n"                                                                                   \
    "  d0: { type: pv64, memory: 64M, privileged: yes }\n"

static void test_saving(void **state)
{
    static const struct whole_row rows[] = {
        /* Each of its frames once, and it does not run any more. */
        { "  d1: { type: pv64, memory: 8M }\n",
          "steps:\n"
          "  - { save: d1, by: d0.v0, at: 0xffffffff80005000, expect: [ { touched: d1, why: save, "
          "access: read, through: foreign, count: d1.frames }, { untouched: d1, during: 1, access: "
          "write }, { touched: d1.gfn(7), why: save, count: 1 } ] }\n"
          "  - { unpause: d1 }\n",
          HELD, NULL, 0 },
        /* What the guest writes while it is migrated is read again, and what it does not, not. */
        { "  d1: { type: pvh, memory: 8M }\n",
          "steps:\n"
          "  - { migrate: d1, by: d0.v0, at: 0xffffffff80005000, round: first, expect: [ { "
          "touched: "
          "d1, why: migrate, access: read, count: d1.frames }, { untouched: d0, why: dirty-log } ] "
          "}\n"
          "  - { access: write, in: d1.v0.guest, at: 0x7000 }\n"
          "  - { migrate: d1, by: d0.v0, at: 0xffffffff80005000, round: next, expect: [ { touched: "
          "d1.gfn(7), during: 3, why: migrate, count: 1 }, { untouched: d1.gfn(8), during: 3 }, { "
          "touched: d0, why: dirty-log, access: write, by: xen, during: 3 } ] }\n"
          "  - { migrate: d1, by: d0.v0, at: 0xffffffff80005000, round: last, bitmap: "
          "0xffffffff80007000, expect: [ { untouched: d1.gfn(7), during: 4 }, { touched: "
          "d0.gfn(7), why: dirty-log, access: write, at: 0xffffffff80007000, during: 4 } ] }\n",
          HELD, NULL, 0 },
        { "  d1: { type: pvh, memory: 8M }\n",
          "steps:\n"
          "  - { migrate: d1, by: d0.v0, at: 0xffffffff80005000, round: next }\n",
          ERROR, "d1 has not a log of dirty pages", 0 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        whole_is(HEAD, &rows[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_saving),
    };

    return cmocka_run_group_tests(tests, scenario_setup, scenario_teardown);
}
