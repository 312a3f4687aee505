/*
 * test_scenario_faults.c - what Xen makes of faults of PV guests: writes to page tables through
 * read-only mappings, and descriptors of an LDT; traps.c, fixup_page_fault.
 */
#include "scenario_fixture.h"

/* An L1 of the kernel's own, which it has mapped at an address: of d1, which has XPTI, and d0. */
#define TABLE(d)                                                                                   \
    "{ mmuext-op: " d ".v0, op: pin-l1, frame: " d ".gfn(8000) }, "                                \
    "{ update-va-mapping: " d ".v0, at: 0xffffffff80005000, value: maddr(" d                       \
    ".gfn(8000)) | 0x61, "                                                                         \
    "flush: invlpg }, "
#define WRITE(d, at, data, expect)                                                                 \
    "{ access: write, in: " d ", at: " at ", data: " data ", expect: [ " expect " ] }"
#define SLOT1 "0xffffffff80005008"

static void test_writes(void **state)
{
    static const struct expect_row rows[] = {
        { TABLE("d1") WRITE("d1.v0.kernel", SLOT1, "maddr(d1.gfn(8001)) | 0x63",
                            "{ outcome: emulated, exits: 1 }, { fault: none }, { result: ok }, "
                            "{ type: d1.gfn(8001), is: writable, count: 1 }, { invariant: counts "
                            "}"),
          HELD, NULL },
        { TABLE("d0") WRITE("d0.v0.kernel", SLOT1, "maddr(d0.gfn(8001)) | 0x61",
                            "{ outcome: emulated, exits: 1 }, { type: d0.gfn(8001), references: 2 "
                            "}"),
          HELD, NULL },
        /* An entry that is refused: the kernel has its #PF, and the entry is what it was. */
        { TABLE("d1") WRITE("d1.v0.kernel", SLOT1, "maddr(d1.gfn(8000)) | 0x63",
                            "{ outcome: fault, exits: 1 }, { fault: page, at: " SLOT1
                            ", error-code: [present, write, user] }, { result: EBUSY, rule: "
                            "l1-writable }, { invariant: counts }"),
          HELD, NULL },
        { TABLE("d1") WRITE("d1.v0.kernel", "0xffffffff80005004", "5, bytes: 8",
                            "{ outcome: fault }, { result: EFAULT, rule: ptwr-aligned }"),
          HELD, NULL },
        { TABLE("d1") "{ vm-assist: d1.v0, type: writable-pagetables, command: disable }, " WRITE(
              "d1.v0.kernel", SLOT1, "0",
              "{ outcome: fault }, { result: EFAULT, rule: ptwr-asked "
              "}"),
          HELD, NULL },
        /* No table; and what is not there at all Xen does not look at. */
        { "{ update-va-mapping: d1.v0, at: 0xffffffff80005000, value: maddr(d1.gfn(5)) | 0x61, "
          "flush: invlpg }, " WRITE("d1.v0.kernel", SLOT1, "0",
                                    "{ outcome: fault }, { result: EFAULT, rule: ptwr-l1 }"),
          HELD, NULL },
        { TABLE("d1") WRITE("d1.v0.kernel", "0x5000", "0",
                            "{ outcome: fault, exits: 1 }, { fault: page }, { result: ok }"),
          HELD, NULL },
        /* User mode has no such help, nor has a read of what is not there. */
        { TABLE("d1") WRITE("d1.v0.user", SLOT1, "0", "{ outcome: fault, exits: 1 }"), HELD, NULL },
        { "{ mmu-update: d0.v0, table: d0.gfn(8000), slot: 0, value: maddr(d0.gfn(8000)) | 0x65 }, "
          "{ mmu-update: d0.v0, table: d0.gfn(8001), slot: 0, value: maddr(d0.gfn(8000)) | 0x67 }, "
          "{ mmu-update: d0.v0, table: d0.gfn(8002), slot: 0, value: maddr(d0.gfn(8001)) | 0x67 }, "
          "{ mmu-update: d0.v0, table: d0.v0.user.root, slot: 5, value: maddr(d0.gfn(8002)) | 0x67 "
          "}, " WRITE("d0.v0.user", "0x28000000000", "0",
                      "{ outcome: fault, exits: 1 }, { fault: page, error-code: [present, write, "
                      "user] }"),
          HELD, NULL },
        /* A 32-bit guest, by halves. */
        { "{ mmuext-op: d3.v0, op: pin-l1, frame: d3.gfn(8000) }, { update-va-mapping: d3.v0, at: "
          "0xc0005000, value: maddr(d3.gfn(8000)) | 0x61, flush: invlpg }, " WRITE(
              "d3.v0.kernel", "0xc0005008", "maddr(d3.gfn(8001)) | 0x63, bytes: 4",
              "{ outcome: emulated }, { type: d3.gfn(8001), is: writable }, { invariant: counts }"),
          HELD, NULL },
        /* On shadows it is so, too. */
        { TABLE("d1") WRITE("d1.v0.kernel", SLOT1, "maddr(d0.gfn(5)) | 0x62",
                            "{ outcome: emulated }, { result: ok }, { invariant: counts }"),
          HELD, NULL },
        { TABLE("d1")
              WRITE("d1.v0.kernel", SLOT1, "maddr(d0.gfn(5)) | 0x62", "{ result: ok }") ", " WRITE(
                  "d1.v0.kernel", "0xffffffff80005010", "maddr(d1.gfn(8001)) | 0x63",
                  "{ outcome: emulated }, { type: d1.gfn(8001), is: writable }, { invariant: "
                  "counts }"),
          HELD, NULL },
    };

    (void)state;
    CHECK(steps_are, rows);
}

#define LDT                                                                                        \
    "{ update-va-mapping: d1.v0, at: 0xffffffff80005000, value: maddr(d1.gfn(5)) | 0x25, flush: "  \
    "invlpg }, { mmuext-op: d1.v0, op: set-ldt, address: 0xffffffff80005000, entries: 5 }, "
#define LOAD(in, selector, expect)                                                                 \
    "{ load-segment: d1.v0." in ", selector: " selector ", expect: [ " expect " ] }"
#define MAPPED                                                                                     \
    "{ outcome: done, exits: 1 }, { fault: none }, { result: ok }, { type: d1.gfn(5), is: "        \
    "seg_desc, count: 1 }, { invariant: counts }"

static void test_ldt(void **state)
{
    static const struct expect_row rows[] = {
        { LDT LOAD("kernel", "0xf", MAPPED), HELD, NULL },
        { LDT LOAD("user", "0xf", MAPPED), HELD, NULL },
        /* Once. */
        { LDT LOAD("user", "4", MAPPED) ", " LOAD("kernel", "0x27", "{ outcome: done, exits: 0 }"),
          HELD, NULL },
        { LDT LOAD("kernel", "0x2f", "{ outcome: fault }, { fault: gp, error-code: 0x2c }"), HELD,
          NULL },
        { LOAD("kernel", "0xf", "{ fault: gp, error-code: 0xc }"), HELD, NULL },
        /* The kernel is told of its own address. */
        { "{ mmuext-op: d1.v0, op: set-ldt, address: 0x5000, entries: 5 }, " LOAD(
              "user", "0xf",
              "{ outcome: fault, exits: 1 }, { fault: page, at: 0x5008, error-code: [user] }, "
              "{ result: EFAULT, rule: ldt-mapped }"),
          HELD, NULL },
        { "{ mmuext-op: d1.v0, op: set-ldt, address: 0x5000, entries: 5 }, " LOAD(
              "kernel", "0xf", "{ fault: page, at: 0x5008, error-code: 0 }"),
          HELD, NULL },
        { "{ mmuext-op: d1.v0, op: set-ldt, address: 0xffffffff80005000, entries: 5 }, " LOAD(
              "kernel", "0xf",
              "{ fault: page, at: 0xffffffff80005008 }, { result: EFAULT, rule: "
              "ldt-frame }"),
          HELD, NULL },
        /* The end of the lower half: an address that is none. */
        { "{ mmuext-op: d1.v0, op: set-ldt, address: 0x7ffffffff000, entries: 1024 }, " LOAD(
              "kernel", "0x100f", "{ fault: gp, error-code: 0x100c }, { result: EFAULT }"),
          HELD, NULL },
        /* An access of the processor's own to where Xen has it; not one of the guest's. */
        { LDT "{ access: read, in: d1.v0.kernel, at: xen.gdt-ldt + 0x10008, implicit: yes, expect: "
              "[ " MAPPED " ] }",
          HELD, NULL },
        { LDT "{ access: read, in: d1.v0.kernel, at: xen.gdt-ldt + 0x10008, expect: [ { outcome: "
              "fault }, { fault: page, at: xen.gdt-ldt + 0x10008 }, { type: d1.gfn(5), count: 0 } "
              "] }",
          HELD, NULL },
        { LDT "{ access: read, in: d1.v0.kernel, at: xen.gdt-ldt + 0x11008, implicit: yes, expect: "
              "[ { fault: page, at: xen.gdt-ldt + 0x11008 }, { result: EFAULT, rule: ldt-limit } ] "
              "}",
          HELD, NULL },
        { "{ update-va-mapping: d3.v0, at: 0xc0005000, value: maddr(d3.gfn(5)) | 0x25, flush: "
          "invlpg }, { mmuext-op: d3.v0, op: set-ldt, address: 0xc0005000, entries: 5 }, "
          "{ load-segment: d3.v0.user, selector: 0xf, expect: [ { outcome: done, exits: 1 }, "
          "{ result: ok }, { type: d3.gfn(5), is: seg_desc, count: 1 } ] }",
          HELD, NULL },
        /* The GDT is there from the beginning, up to Xen's own. */
        { LOAD("kernel", "0xe033", "{ outcome: done, exits: 0 }"), HELD, NULL },
        { LOAD("kernel", "0xf003", "{ fault: gp, error-code: 0xf000 }"), HELD, NULL },
        { LOAD("kernel", "3", ""), ERROR, "a selector that has a descriptor" },
        { LOAD("kernel", "0x10004", ""), ERROR, "a selector that has a descriptor" },
        { "{ load-segment: d2.v0.guest, selector: 8 }", ERROR, "only a PV guest's descriptors" },
        { "{ load-segment: d1.v0.xen, selector: 8 }", ERROR, "only a PV guest's descriptors" },
    };

    (void)state;
    CHECK(steps_are, rows);
}

/* What CPUs remember of the entry that was not there is nothing; that of the old L1 entry is. */
static void test_caches(void **state)
{
    static const char text[] = "tlb: modelled\nsteps: [ " TABLE("d1") WRITE(
        "d1.v0.kernel", SLOT1, "maddr(d1.gfn(8001)) | 0x63",
        "{ outcome: emulated, exits: 1 }, { fault: none }") ", " LDT
                                                            "{ access: read, in: d1.v0.kernel, at: "
                                                            "0x5000, expect: [ { fault: page } ] "
                                                            "}, " LOAD("user", "0xf",
                                                                       "{ outcome: done, exits: 1 "
                                                                       "}, { result: ok }") " ]\n";
    struct xenpt_run *run;

    (void)state;
    run = scenario_run(text, NULL);
    if (xenpt_run_result(run)->verdict != HELD)
        print_error("%s", text);
    assert_int_equal(xenpt_run_result(run)->verdict, HELD);
    xenpt_run_destroy(run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_writes),
        cmocka_unit_test(test_ldt),
        cmocka_unit_test(test_caches),
    };

    return cmocka_run_group_tests(tests, scenario_setup, scenario_teardown);
}
