/* test_scenario_multicall.c - multicalls and iret as steps, and callers that are not paravirtual.
 */
#include "scenario_fixture.h"

#define CALLS    "{ multicall: d1.v0, calls: [ "
#define TLB      "{ mmuext-op: d1.v0, op: tlb-flush-local }"
#define REFUSED  "{ mmuext-op: d1.v0, op: command-14 }"
#define PIN(gfn) "{ mmuext-op: d1.v0, op: pin-l1, frame: d1.gfn(" #gfn ") }"

static void test_multicalls(void **state)
{
    static const struct expect_row rows[] = {
        { CALLS TLB ", " REFUSED ", " PIN(8000) " ], expect: [ { result: ok, done: 3 }, "
                                                "{ result: ok, call: 1 }, { result: ENOSYS, call: "
                                                "2, rule: mmuext-command }, { result: ok, call: "
                                                "3, done: 1 }, { type: d1.gfn(8000), is: l1, "
                                                "pinned: yes }, { flushed: tlb } ] }",
          HELD, NULL },
        { CALLS "{ multicall: d1.v0, calls: [ " TLB " ] }, " TLB " ], expect: [ { result: ok, "
                "done: 2 }, { result: EINVAL, call: 1, rule: multicall-nested } ] }",
          HELD, NULL },
        /* Lists of requests in it, and every step that is a hypercall. */
        { CALLS "{ mmuext-op: d1.v0, requests: [ { op: pin-l1, frame: d1.gfn(8000) }, { op: unpin, "
                "frame: d1.gfn(8001) } ] }, { vm-assist: d1.v0, type: type-6 }, "
                "{ update-va-mapping: d1.v0, at: 0x5000, value: 0 }, { set-gdt: d1.v0, frames: "
                "d1.gfn(8001) }, { update-descriptor: d1.v0, at: 0x4, value: 0 }, { mmu-update: "
                "d1.v0, at: 0, value: 0 } ], expect: [ { result: ok, done: 6 }, { result: EINVAL, "
                "call: 1, done: 1, rule: unpin-pinned }, { result: EINVAL, call: 2 }, { result: "
                "EINVAL, call: 3, rule: va-l1 }, { result: ok, call: 4 }, { result: EINVAL, call: "
                "5, rule: descriptor-aligned }, { result: EINVAL, call: 6, rule: entry-frame } ] }",
          HELD, NULL },
        /* Behind an iret there is nothing. */
        { CALLS TLB ", { iret: d1.v0 }, " PIN(8000) " ], expect: [ { result: ok, done: 2 }, "
                                                    "{ type: d1.gfn(8000), count: 0 } ] }",
          HELD, NULL },
        { CALLS TLB ", { iret: d1.v0 }, " PIN(8000) " ], expect: [ { result: ok, call: 3 } ] }",
          ERROR, "call 3 was not made: a multicall has made 2" },
        { TLB ", { iret: d1.v0, expect: [ { result: ok, call: 1 } ] }", ERROR,
          "call 1 was not made" },
        { CALLS TLB " ], expect: [ { result: ok, call: 0 } ] }", ERROR, "call 0 was not made" },
        { CALLS TLB " ], expect: [ { result: EINVAL, call: 1 } ] }", FAILED, "ok" },
    };

    (void)state;
    CHECK(steps_are, rows);
}

static void test_irets(void **state)
{
    static const struct expect_row rows[] = {
        { "{ iret: d1.v0, expect: [ { result: ok, done: 1 }, { root: cpu0.xpti, same-as: "
          "d1.v0.user }, { invariant: loaded-tables, in: d1.v0.user } ] }",
          HELD, NULL },
        /* The next hypercall is made by its kernel again. */
        { "{ iret: d1.v0 }, { mmuext-op: d1.v0, op: tlb-flush-local, expect: [ { result: ok } ] }",
          HELD, NULL },
        { "{ iret: d0.v0, expect: [ { root: cpu0, same-as: d0.v0.user } ] }, "
          "{ iret: d0.v0, to: kernel, expect: [ { result: ok }, { root: cpu0, same-as: "
          "d0.v0.kernel } ] }",
          HELD, NULL },
        { "{ iret: d0.v0, cs: 0xe030, expect: [ { root: cpu0, same-as: d0.v0.kernel } ] }", HELD,
          NULL },
        { "{ iret: d3.v0, cs: 0x8, expect: [ { result: crash, rule: iret-ring-0 } ] }", HELD,
          NULL },
        { "{ iret: d3.v0, expect: [ { result: ok } ] }, { iret: d3.v0, to: kernel, expect: [ "
          "{ result: ok } ] }",
          HELD, NULL },
        { "{ iret: d1.v0, stack: 0x5000, expect: [ { result: crash, rule: iret-frame } ] }, "
          "{ mmuext-op: d1.v0, op: tlb-flush-local }",
          ERROR, "paused" },
        { "{ mmu-update: d1.v0, at: maddr(d1.gfn(5)) + 40, value: 0xe033 }, "
          "{ iret: d1.v0, stack: 0xffffffff80005000, expect: [ { result: ok }, "
          "{ root: cpu0.xpti, same-as: d1.v0.user } ] }",
          HELD, NULL },
        { CALLS "{ mmuext-op: d1.v0, op: new-user-baseptr }, { iret: d1.v0 }, " TLB
                " ], expect: [ { result: crash, done: 2, rule: iret-user-table } ] }",
          HELD, NULL },
    };

    (void)state;
    CHECK(steps_are, rows);
}

/* XSA-213 with what CPUs remember, under XPTI. */
static void test_old_rules(void **state)
{
    static const char *const caches[] = { "", "tlb: modelled\n" };

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        char text[900];
        struct xenpt_run *run;

        snprintf(text, sizeof(text),
                 "%srules: -multicall-iret\nnames: { other: d1.gfn(8003) }\nsteps:\n"
                 "  - multicall: d1.v0\n"
                 "    calls:\n"
                 "      - { mmuext-op: d1.v0, op: pin-l4, frame: other }\n"
                 "      - { iret: d1.v0 }\n"
                 "      - { mmuext-op: d1.v0, op: new-user-baseptr, frame: other }\n"
                 "      - { update-va-mapping: d1.v0, at: 0xffffffff80005000, value: 0 }\n"
                 "    expect:\n"
                 "      - { result: ok, done: 4 }\n"
                 "      - { result: EINVAL, call: 4, rule: va-l1, because: user mode has no such "
                 "address }\n"
                 "      - { invariant: loaded-tables, in: no user context of d1.v0 }\n"
                 "  - { switch: d1.v0, to: kernel }\n"
                 "  - { switch: d1.v0, to: user, expect: [ { invariant: loaded-tables, in: "
                 "d1.v0.user } ] }\n",
                 caches[i]);
        run = scenario_run(text, NULL);
        if (xenpt_run_result(run)->verdict != HELD)
            print_error("%s", text);
        assert_int_equal(xenpt_run_result(run)->verdict, HELD);
        xenpt_run_destroy(run);
    }
}

/* XSA-286 in one go, as its test of XTF has it: what a call flushes, no later one does again. */
static void test_linear(void **state)
{
    static const char *const rules[] = { "xen-4.14", "xen-4.14.1" };
    static const char *const right[] = { "no", "every" };

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        char text[1500];
        struct xenpt_run *run;

        snprintf(text, sizeof(text),
                 "tlb: modelled\nrules: %s\n"
                 "names: { l3: d0.gfn(8000), l2a: d0.gfn(8001), l1a: d0.gfn(8002), l2b: "
                 "d0.gfn(8003), l1b: d0.gfn(8004) }\nsteps:\n"
                 "  - { mmu-update: d0.v0, table: l2a, slot: 0, value: maddr(l1a) | 0x67 }\n"
                 "  - { mmu-update: d0.v0, table: l2b, slot: 0, value: maddr(l1b) | 0x67 }\n"
                 "  - { mmuext-op: d0.v0, requests: [ { op: pin-l2, frame: l2a }, { op: pin-l2, "
                 "frame: l2b } ] }\n"
                 "  - { mmu-update: d0.v0, table: l3, slot: 0, value: maddr(l2a) | 0x67 }\n"
                 "  - { mmu-update: d0.v0, table: d0.v0.root, slot: 5, value: maddr(l3) | 0x67 }\n"
                 "  - multicall: d0.v0\n"
                 "    calls:\n"
                 "      - { mmuext-op: d0.v0, op: tlb-flush-local }\n"
                 "      - { update-va-mapping: d0.v0, at: \"va(5,0,0,1)\", value: "
                 "maddr(d0.gfn(8005)) | 0x61 }\n"
                 "      - { mmu-update: d0.v0, table: l3, slot: 0, value: maddr(l2b) | 0x67 }\n"
                 "      - { update-va-mapping: d0.v0, at: \"va(5,0,0,1)\", value: "
                 "maddr(d0.gfn(8006)) | 0x61 }\n"
                 "    expect:\n"
                 "      - { result: ok, done: 4 }\n"
                 "      - { mapped: \"va(5,0,0,1)\", in: %s kernel context of d0.v0, frame: "
                 "d0.gfn(8006) }\n",
                 rules[i], right[i]);
        run = scenario_run(text, NULL);
        if (xenpt_run_result(run)->verdict != HELD)
            print_error("%s", text);
        assert_int_equal(xenpt_run_result(run)->verdict, HELD);
        xenpt_run_destroy(run);
    }
}

/* Without the rule, results are those of the outer one's. */
static void test_nested(void **state)
{
    static const char text[] =
        "rules: -multicall-nested\nsteps: [ " CALLS TLB ", { multicall: d1.v0, calls: [ " REFUSED
        ", " REFUSED ", " TLB " ] }, " TLB " ], expect: [ { result: ok, done: 3 }, { result: ok, "
        "call: 1 }, { result: ok, call: 2, done: 3 }, { result: ok, call: 3 } ] } ]\n";
    struct xenpt_run *run;

    (void)state;
    run = scenario_run(text, NULL);
    assert_int_equal(xenpt_run_result(run)->verdict, HELD);
    xenpt_run_destroy(run);
}

/* CR3 is written: what was remembered of the kernel's tables goes, without PCIDs. */
static void test_written(void **state)
{
    static const char text[] =
        "tlb: modelled\nsteps: [ { access: read, in: d0.v0.kernel, at: 0xffffffff80005000, expect: "
        "[ { outcome: done } ] }, { iret: d0.v0 }, { access: read, in: d0.v0.user, at: "
        "0xffffffff80005000, expect: [ { tlb: miss }, { tlb: right }, { fault: page } ] } ]\n";
    struct xenpt_run *run;

    (void)state;
    run = scenario_run(text, NULL);
    assert_int_equal(xenpt_run_result(run)->verdict, HELD);
    xenpt_run_destroy(run);
}

static void test_callers(void **state)
{
    static const struct expect_row rows[] = {
        { "{ mmu-update: d2.v0, at: 0, value: 0, expect: [ { result: ENOSYS, rule: hvm-hypercall } "
          "] }",
          HELD, NULL },
        { "{ mmuext-op: d2.v0, op: pin-l1, frame: d1.gfn(8000), of: d1, expect: [ { result: EPERM, "
          "rule: foreign-right } ] }",
          HELD, NULL },
        { "{ multicall: d2.v0, calls: [ { iret: d2.v0 } ], expect: [ { result: ok }, { result: "
          "ENOSYS, call: 1 } ] }",
          HELD, NULL },
    };

    (void)state;
    CHECK(steps_are, rows);
}

static void test_mistakes(void **state)
{
    static const struct expect_row rows[] = {
        { "{ multicall: d1.v0 }", ERROR, "nothing, and a list of 1 to 64 hypercalls" },
        { "{ multicall: d1.v0, calls: [] }", ERROR, "a list of 1 to 64 hypercalls" },
        { "{ multicall: d1.v0, calls: 5 }", ERROR, "'5', and a list of 1 to 64 hypercalls" },
        { CALLS "{ run: d1.v0.user } ] }", ERROR, "'run' is no hypercall" },
        { CALLS "{ write-table: 5, of: d1.v0, value: 0 } ] }", ERROR,
          "'write-table' is no hypercall" },
        { CALLS "{ iret: d1.v0, expect: [ { result: ok } ] } ] }", ERROR,
          "a call of a multicall has none" },
        { CALLS "{ iret: d0.v0 } ] }", ERROR, "d0.v0 makes no call of another vCPU's multicall" },
        { CALLS "{ irte: d1.v0 } ] }", ERROR, "iret" },
        { "{ iret: d1.v0, cs: 0x10000 }", ERROR, "a selector has 16 bits" },
        { "{ iret: d1.v0, cs: 3, to: user }", ERROR, "where to?" },
    };

    (void)state;
    CHECK(steps_are, rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_multicalls), cmocka_unit_test(test_irets),
        cmocka_unit_test(test_old_rules),  cmocka_unit_test(test_callers),
        cmocka_unit_test(test_mistakes),   cmocka_unit_test(test_linear),
        cmocka_unit_test(test_nested),     cmocka_unit_test(test_written),
    };

    return cmocka_run_group_tests(tests, scenario_setup, scenario_teardown);
}
