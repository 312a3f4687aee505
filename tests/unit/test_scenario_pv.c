/* test_scenario_pv.c - hypercalls of PV guests as steps, and what can be expected of them. */
#include "scenario_fixture.h"

#define MMU "{ mmu-update: d1.v0, "
#define SETUP                                                                                      \
    MMU "table: d1.gfn(8000), slot: 0, value: maddr(d1.gfn(8001)) | 0x63 }, "                      \
        "{ mmuext-op: d1.v0, op: pin-l1, frame: d1.gfn(8000) }, "

static void test_steps(void **state)
{
    static const struct expect_row rows[] = {
        { SETUP
          "{ mmu-update: d1.v0, table: d1.gfn(8000), slot: 1, value: maddr(d1.gfn(8000)) | 0x63, "
          "expect: [ { result: EBUSY, rule: l1-writable, done: 0 }, { invariant: counts } ] }",
          HELD, NULL },
        { SETUP MMU "at: maddr(d1.gfn(8000)) + 8, value: maddr(d1.gfn(5)) | 0x61, "
                    "expect: [ { result: ok, done: 1 }, { type: d1.gfn(5), references: 3 } ] }",
          HELD, NULL },
        { SETUP MMU "table: d1.gfn(8000), slot: 1, value: 0, command: command-4, "
                    "expect: [ { result: ENOSYS, rule: mmu-command } ] }",
          HELD, NULL },
        /* dom0 maps a frame of d1, by both halves. */
        { "{ mmuext-op: d0.v0, op: pin-l1, frame: d0.gfn(16000) }, "
          "{ mmu-update: d0.v0, table: d0.gfn(16000), slot: 0, value: maddr(d1.gfn(8000)) | 0x63, "
          "frames-of: d1, expect: [ { result: ok }, { type: d1.gfn(8000), is: writable, count: 1 } "
          "] }",
          HELD, NULL },
        { SETUP
          "{ mmu-update: d0.v0, table: d1.gfn(8000), slot: 3, value: maddr(d1.gfn(5)) | 0x61, "
          "tables-of: d1, frames-of: d1, expect: [ { result: ok }, { invariant: counts } ] }",
          HELD, NULL },
        { SETUP "{ mmu-update: d1.v0, table: d1.gfn(8000), slot: 3, value: 0xfee00063, foreigndom: "
                "0x7ff1, expect: [ { result: EPERM, rule: mmio-permission } ] }",
          HELD, NULL },
        { "{ update-va-mapping: d1.v0, at: 0xffffffff80005000, value: 0, flush: invlpg, all: yes, "
          "expect: [ { result: ok }, { flushed: address, on: cpu0 }, "
          "{ unmapped: 0xffffffff80005000, in: d1.v0.kernel } ] }",
          HELD, NULL },
        { "{ update-va-mapping: d3.v0, at: 0xc0005000, value: 0, expect: [ { result: ok } ] }",
          HELD, NULL },
        { "{ update-va-mapping: d1.v0, at: 0x5000, value: 0, expect: [ { result: EINVAL, rule: "
          "va-l1 "
          "} ] }",
          HELD, NULL },
        { "{ mmuext-op: d3.v0, op: new-user-baseptr, frame: d3.gfn(8000), "
          "expect: [ { result: EINVAL, rule: user-base-64 } ] }",
          HELD, NULL },
        { "{ mmuext-op: d1.v0, op: tlb-flush-local, expect: [ { flushed: tlb } ] }", HELD, NULL },
        { "{ mmuext-op: d1.v0, op: clear-page, frame: d1.gfn(8001), expect: [ { flushed: none } ] "
          "}",
          HELD, NULL },
        { "{ mmuext-op: d1.v0, op: copy-page, frame: d1.gfn(8001), source: d1.gfn(8002), "
          "expect: [ { result: ok } ] }",
          HELD, NULL },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        steps_are(&rows[i]);
}

static void test_more_steps(void **state)
{
    static const struct expect_row rows[] = {
        { "{ set-gdt: d1.v0, frames: d1.gfn(8000)..d1.gfn(8001), entries: 1000, expect: [ { "
          "result: ok }, "
          "{ type: d1.gfn(8001), is: seg_desc, count: 1 }, { flushed: tlb }, { invariant: counts } "
          "] }",
          HELD, NULL },
        { "{ set-gdt: d1.v0, frames: d1.v0.root, expect: [ { result: EINVAL, rule: gdt-frame } ] }",
          HELD, NULL },
        { "{ set-gdt: d1.v0, frames: d1 }", ERROR, "not all of a domain's" },
        { "{ update-descriptor: d1.v0, at: maddr(d1.gfn(8000)) + 8, value: 0x00cffb000000ffff, "
          "expect: [ { result: ok } ] }",
          HELD, NULL },
        { "{ update-descriptor: d3.v0, at: maddr(d3.gfn(8000)) + 8, value: 0x00affb000000ffff, "
          "expect: [ { result: EINVAL, rule: descriptor } ] }",
          HELD, NULL },
        { "{ vm-assist: d1.v0, type: m2p-strict, expect: [ { result: ok } ] }", HELD, NULL },
        { "{ vm-assist: d3.v0, type: m2p-strict, expect: [ { result: EINVAL, rule: assist-type } ] "
          "}",
          HELD, NULL },
        { "{ vm-assist: d1.v0, type: writable-pagetables, command: disable }, "
          "{ write-table: 0xffffffff80005000, of: d1.v0, value: 0, expect: [ { result: EFAULT, "
          "rule: "
          "ptwr-asked } ] }",
          HELD, NULL },
        { "{ write-table: 0xffffffff80005000, of: d1.v0, value: 0, expect: [ { result: EFAULT, "
          "rule: "
          "ptwr-read-only } ] }",
          HELD, NULL },
        { "{ write-table: 0xffffffff80005000, of: d1.v0, value: 0, bytes: 16, expect: [ { result: "
          "ok } "
          "] }",
          FAILED, "ptwr-read-only" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        steps_are(&rows[i]);
}

static void test_not_so(void **state)
{
    static const struct expect_row rows[] = {
        { SETUP MMU "table: d1.gfn(8000), slot: 1, value: maddr(d1.gfn(8000)) | 0x63, "
                    "expect: [ { result: ok } ] }",
          FAILED, "EBUSY by the rule l1-writable, after 0" },
        { SETUP MMU "table: d1.gfn(8000), slot: 1, value: 0, expect: [ { result: ok, done: 2 } ] }",
          FAILED, "ok, after 1" },
        { SETUP MMU "table: d1.gfn(8000), slot: 1, value: 0, expect: [ { flushed: tlb } ] }",
          FAILED, "nothing" },
        { SETUP MMU "table: d1.gfn(8000), slot: 1, value: 0, "
                    "expect: [ { type: d1.gfn(8000), is: l2 } ] }",
          FAILED, "l1, 1 references as that, 2 in all, pinned, validated" },
        { SETUP MMU "table: d1.gfn(8000), slot: 1, value: 0, "
                    "expect: [ { type: d1.gfn(8000), is: l1, pinned: no } ] }",
          FAILED, "pinned" },
        /* A table is changed, and nobody asked Xen. */
        { SETUP "{ poke: maddr(d1.gfn(8000)), value: 0, expect: [ { invariant: counts } ] }",
          FAILED, "2 references are counted, and there are 1" },
        { MMU "table: d1.gfn(8000), slot: 512, value: 0 }", ERROR, "slots 0 to 511" },
        { MMU "value: 0 }", ERROR, "which entry?" },
        { MMU "at: 0x1000, table: d1.gfn(5), value: 0 }", ERROR, "which entry?" },
        { "{ mmuext-op: d1.v0, op: pin-l5, frame: d1.gfn(5) }", ERROR, "pin-l" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        steps_are(&rows[i]);
}

static void test_expectations(void **state)
{
    static const struct expect_row rows[] = {
        { "{ invariant: counts }", HELD, NULL },
        { "{ invariant: counts, in: d1.v0.kernel }", ERROR, "of no context" },
        { "{ type: d1.v0.kernel.root, pinned: maybe }", ERROR, "yes or no" },
        { "{ type: d1.gfn(5), is: l5 }", ERROR, "types are" },
        { "{ type: d1.gfn(5), is: writable, count: 1, references: 2, validated: yes }", HELD,
          NULL },
        { "{ result: ok }", ERROR, "no hypercall was made" },
        { "{ flushed: tlb }", ERROR, "no hypercall was made" },
        { "{ result: EINVALID }", ERROR, "is none" },
        { "{ result: EINVAL, rule: l1-writeable }", ERROR, "did you mean 'l1-writable'?" },
    };

    (void)state;
    CHECK(expected_is, rows);
}

/* --- Rules --------------------------------------------------------------------------------- */

static void rules_are(const char *rules, enum xenpt_run_verdict verdict, const char *found)
{
    char text[1024];
    struct xenpt_run *run;
    const struct xenpt_run_result *r;

    snprintf(text, sizeof(text),
             "rules: %s\nsteps: [ " SETUP MMU
             "table: d1.gfn(8000), slot: 1, value: maddr(d1.gfn(8000)) | 0x63, "
             "expect: [ { result: EBUSY } ] } ]\n",
             rules);
    run = scenario_run(text, NULL);
    r = xenpt_run_result(run);
    if (r->verdict != verdict)
        print_error("%s\n", rules);
    assert_int_equal(r->verdict, verdict);
    if (found)
        assert_non_null(strstr(r->mistakes[0].text, found));
    xenpt_run_destroy(run);
}

static void test_rules(void **state)
{
    (void)state;
    rules_are("", HELD, NULL);
    rules_are("xen-4.5", HELD, NULL);
    rules_are("4.6.1", HELD, NULL);
    rules_are("-l1-writable", FAILED, NULL);
    rules_are("[xen-4.5, -l1-writable, +l1-writable]", HELD, NULL);
    rules_are("[xen-4.5, -l1-writable]", FAILED, NULL);
    rules_are("xen-four", ERROR, "is no release");
    rules_are("-l1-writeable", ERROR, "did you mean 'l1-writable'?");
    rules_are("[[4.5]]", ERROR, "is no release");
}

/* What a hypercall flushes, a CPU has not any more. */
static void test_caches(void **state)
{
    static const char *const flush[] = { "invlpg", "none", "tlb" };

    (void)state;
    for (int i = 0; i < 3; i++) {
        char text[1024];
        struct xenpt_run *run;

        snprintf(
            text, sizeof(text),
            "tlb: modelled\nsteps:\n"
            "- { run: d1.v0.kernel, on: cpu1 }\n"
            "- { access: read, in: d1.v0.kernel, at: 0xffffffff80005000 }\n"
            "- { update-va-mapping: d1.v0, at: 0xffffffff80005000, value: 0, flush: %s }\n"
            "- { access: read, in: d1.v0.kernel, at: 0xffffffff80005000, expect: [ { tlb: %s }, "
            "{ fault: %s } ] }\n",
            flush[i], i == 1 ? "stale" : "right", i == 1 ? "none" : "page");
        run = scenario_run(text, NULL);
        if (xenpt_run_result(run)->verdict != HELD)
            print_error("%s", text);
        assert_int_equal(xenpt_run_result(run)->verdict, HELD);
        xenpt_run_destroy(run);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_steps),  cmocka_unit_test(test_more_steps),
        cmocka_unit_test(test_not_so), cmocka_unit_test(test_expectations),
        cmocka_unit_test(test_rules),  cmocka_unit_test(test_caches),
    };

    return cmocka_run_group_tests(tests, scenario_setup, scenario_teardown);
}
