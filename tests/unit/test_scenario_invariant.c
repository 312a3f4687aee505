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

/* --- Linear tables -------------------------------------------------------------------------- */

#define SLOT(of, slot)  "{ poke: maddr(" of ".root) + 8 * " slot
#define LINEAR          "expect: [{ invariant: linear-tables, in: d0.v0.kernel }] }"
#define TABLE_OF(entry) "(" entry " & 0xffffffffff000)"

/* get_l4_linear_pagetable; XSA-240: depth; XSA-185: 32-bit guests. */
static void test_linear(void **state)
{
    static const struct expect_row rows[] = {
        { "{ let: a, be: 0, expect: [{ invariant: linear-tables, in: every context }] }", HELD,
          NULL },
        /* P, US, A, D: read-only. */
        { SLOT("d0.v0.kernel", "300") ", value: maddr(d0.v0.kernel.root) | 0x65, " LINEAR, HELD,
          NULL },
        { SLOT("d0.v0.kernel", "300") ", value: maddr(d0.v0.kernel.root) | 0x67, " LINEAR, FAILED,
          "slot 300 of an L4 of d0" },
        { SLOT("d0.v0.kernel", "300") ", value: maddr(d0.v1.kernel.root) | 0x65, " LINEAR, HELD,
          NULL },
        { SLOT("d0.v1.kernel", "300") ", value: maddr(d0.v1.kernel.root) | 0x65 }, " SLOT(
              "d0.v0.kernel", "300") ", value: "
                                     "maddr(d0.v1.kernel.root) | 0x65, " LINEAR,
          HELD, NULL }, /* It leads to itself alone. */
        { SLOT("d0.v1.kernel", "300") ", value: maddr(d0.v1.user.root) | 0x65 }, " SLOT(
              "d0.v0.kernel", "300") ", value: "
                                     "maddr(d0.v1.kernel.root) | 0x65, " LINEAR,
          FAILED, "which leads to one more of that level" },
        { SLOT("d0.v0.kernel", "300") ", value: maddr(d1.v0.xen.root) | 0x65, " LINEAR, FAILED,
          "another domain" },
        { "{ poke-entry: 0xffffffff80010000, in: d0.v0.kernel, level: 3, frame: d0.v0.kernel.root, "
          "clear: RW, " LINEAR,
          FAILED, "slot 510 of an L3 of d0" },
        { "{ poke-entry: 0xffffffff80010000, in: d0.v0.kernel, level: 2, frame: \"mfn(" TABLE_OF(
              "d0.v0.kernel.entry(0xffffffff80010000, 3)") ")\", clear: RW, " LINEAR,
          HELD, NULL }, /* An L2 that leads to itself. */
        { "{ poke: " TABLE_OF("d3.v0.kernel.slot(0)") " + 8, value: " TABLE_OF(
              "d3.v0.kernel.slot(0)") " | 1, expect: [{ invariant: linear-tables, in: "
                                      "d3.v0.kernel }] }",
          FAILED, "32-bit guest" },
        /* A copy of the guest's L4 says what that says. */
        { SLOT("d1.v0.xen", "300") ", value: maddr(d1.v0.xen.root) | 0x65 }, { run: d1.v0.kernel "
                                   "}, { switch: d1.v0, to: user }, { switch: d1.v0, to: kernel, "
                                   "expect: [{ slot: 300, in: d1.v0.kernel, is: present }, { "
                                   "invariant: linear-tables, in: d1.v0.kernel }] }",
          HELD, NULL },
        /* Xen's own slot 258 is none of the guest's. */
        { SLOT("d0.v0.kernel", "259") ", value: maddr(d0.v0.kernel.root) | 0x67, " LINEAR, HELD,
          NULL },
    };

    (void)state;
    CHECK(steps_are, rows);
}

/* --- L1TF ----------------------------------------------------------------------------------- */

#define SAFE "expect: [{ invariant: l1tf-safe, in: d0.v0.kernel }] }"

/* XSA-273, on a processor with addresses of 46 bits: what is safe begins at 3 << 44. */
static void test_l1tf(void **state)
{
    static const struct expect_row rows[] = {
        { "{ let: a, be: 0, expect: [{ invariant: l1tf-safe, in: every context }] }", HELD, NULL },
        /* One that a real guest was stopped for: "L1TF-vulnerable L1e 8010000018200066". */
        { "{ " PAGE ", value: 0x8010000018200066, " SAFE, FAILED,
          "the L1 entry of 0xffffffff80010000" },
        { "{ " PAGE ", value: 0x8010000018200067, " SAFE, HELD, NULL }, /* It is present. */
        { "{ " PAGE ", value: 0x2ffffffff000, " SAFE, FAILED, "below 0x300000000000" },
        { "{ " PAGE ", value: 0x300000000000, " SAFE, HELD, NULL },
        { "{ " PAGE ", value: 0xfffffffffffffffe, " SAFE, HELD, NULL },
        { "{ " PAGE ", value: 0x8000000000000ffe, " SAFE, HELD, NULL }, /* Its address is 0. */
        /* The L1 data cache knows no higher bits. */
        { "{ " PAGE ", value: 0x400000001000, " SAFE, FAILED, "the L1 entry" },
        { "{ " PAGE ", level: 2, value: 0x80, " SAFE, FAILED, "the L2 entry" },
        { "{ " PAGE ", value: 0x80, " SAFE, HELD, NULL },
        { SLOT("d0.v0.kernel", "300") ", value: 0x1000, " SAFE, FAILED, "the L4 entry" },
        /* An HVM guest's own entries are not Xen's affair: it flushes the cache. */
        { "{ poke-entry: 0x20000, in: d2.v0.guest, value: 0x1000, expect: [{ invariant: l1tf-safe, "
          "in: every context of d2 }] }",
          HELD, NULL },
    };

    (void)state;
    CHECK(steps_are, rows);
}

/* On other hosts; the one test whose host is not the fixture's. */
static void on_host(const char *processor, const char *value, enum xenpt_run_verdict verdict)
{
    struct xenpt_runner *runner = NULL;
    struct xenpt_run *run = NULL;
    char text[1024];
    int n = snprintf(text, sizeof(text),
                     "host: { ram: 1G, processor: %s }\nxen: { release: \"4.17\", options: "
                     "pv-linear-pt=no }\ndomains: { d0: { type: pv64, memory: 64M, privileged: yes "
                     "} }\nsteps: [{ poke: maddr(d0.v0.xen.root) + 8 * 300, value: %s, expect: [{ "
                     "invariant: l1tf-safe, in: d0.v0.xen }, { invariant: linear-tables, in: "
                     "d0.v0.xen }] }]\n",
                     processor, value);

    assert_int_equal(xenpt_runner_create(&runner, NULL), XENPT_OK);
    assert_int_equal(xenpt_run_bytes(runner, "t.yaml", text, (size_t)n, NULL, &run, NULL),
                     XENPT_OK);
    if (xenpt_run_result(run)->verdict != verdict)
        print_error("%s: %s\n", processor, value);
    assert_int_equal(xenpt_run_result(run)->verdict, verdict);
    xenpt_run_destroy(run);
    xenpt_runner_destroy(runner);
}

static void test_hosts(void **state)
{
    (void)state;
    on_host("skylake-server", "0x1000", FAILED);
    on_host("cascade-lake", "0x1000", HELD);
    on_host("rome", "0x1000", HELD);
    /* Addresses of 39 bits, and a cache that has 46: what is above 39 is safe. */
    on_host("skylake-client", "0x7ffffff000", FAILED);
    on_host("skylake-client", "0x8000000000", HELD);
    on_host("rome", "maddr(d0.v0.xen.root) | 0x65", FAILED); /* pv-linear-pt=no */
}

/* --- What is loaded -------------------------------------------------------------------------- */

#define RUN_D1 "{ run: d1.v0.user, on: cpu1 }, "
#define LOADED "expect: [{ invariant: loaded-tables, in: [d1.v0.user, cpu1] }] }"

static void test_loaded(void **state)
{
    static const struct expect_row rows[] = {
        { RUN_D1 "{ run: d3.v0.kernel, on: cpu0, expect: [{ invariant: loaded-tables, in: every "
                 "context }, { invariant: loaded-tables, in: [cpu0, cpu1] }] }",
          HELD, NULL },
        { RUN_D1 SLOT("cpu1.xpti", "300") ", value: 0x1067, " LOADED, FAILED, "slot 300" },
        { RUN_D1 SLOT("cpu0.xpti", "300") ", value: 0x1067, " LOADED, HELD, NULL },
        { RUN_D1 SLOT("cpu1.xpti", "260") ", value: d0.v0.xen.slot(260), " LOADED, FAILED,
          "per-domain" },
        /* The guest's L4 changes, and the copy does not. */
        { RUN_D1 SLOT("d1.v0.xen-user", "300") ", value: 0x1067, " LOADED, FAILED, "slot 300" },
        { RUN_D1 SLOT("d1.v0.xen", "300") ", value: 0x1067, " LOADED, HELD, NULL },
        /* It is another matter while Xen executes. */
        { RUN_D1 SLOT("cpu1.xpti",
                      "300") ", value: 0x1067 }, { enter-xen: d1.v0, expect: [{ invariant: "
                             "loaded-tables, in: [d1.v0.xen-user, cpu1] }] }",
          HELD, NULL },
        { "{ run: d3.v0.kernel, on: cpu1 }, { poke: maddr(d3.v0.kernel.root), value: 0x1027, "
          "expect: [{ "
          "invariant: loaded-tables, in: d3.v0.kernel }] }",
          FAILED, "the guest's L3" },
    };

    (void)state;
    CHECK(steps_are, rows);
}

/* --- What is remembered ----------------------------------------------------------------------- */

#define READ_XEN    "{ access: read, in: d0.v0.xen, at: xen.directmap(d0.gfn(5)) }, "
#define POKE_XEN    "{ poke-entry: xen.directmap(d0.gfn(5)), in: d0.v0.xen, frame: 0x200 }, "
#define FLUSHED(of) "{ let: z, be: 0, expect: [{ invariant: flushed, in: " of " }] }"
/* XSA-286: an L2 of the guest's through the linear window, and its L3 entry changes. */
#define READ_LINEAR "{ access: read, in: d0.v0.xen, at: 0xffff8140bfffe000 }, "
#define POKE_LINEAR                                                                                \
    "{ poke-entry: 0xffffffff80010000, in: d0.v0.xen, level: 3, frame: d0.gfn(0x2000) }, "
#define GUEST(what) "{ access: " what ", in: d0.v0.kernel, at: 0xffffffff80010000 }, "
#define HVM_READ    "{ access: read, in: d2.v0.guest, at: 0x20000 }, "

static void run_modelled(const struct expect_row *row)
{
    char text[2048];
    struct expect_row with = *row;

    snprintf(text, sizeof(text), "%s ]\ntlb: modelled\nnames: { nothing: 0 } # ", row->expectation);
    with.expectation = text;
    steps_are(&with);
}

static void test_flushed(void **state)
{
    static const struct expect_row rows[] = {
        { READ_XEN GUEST("write") HVM_READ FLUSHED("every context but p2m"), HELD, NULL },
        { READ_XEN POKE_XEN FLUSHED("d0.v0.xen"), FAILED, "in memory it leads elsewhere" },
        { READ_XEN POKE_XEN FLUSHED("cpu0"), FAILED, "address 0xffff83" },
        { READ_XEN POKE_XEN FLUSHED("cpu1"), HELD, NULL },
        /* Xen returns to the kernel on the same root; to user mode it is another, and global
           entries stay. */
        { READ_XEN POKE_XEN FLUSHED("d0.v0.kernel"), FAILED, "leads elsewhere" },
        { READ_XEN POKE_XEN FLUSHED("d0.v0.user"), FAILED, "leads elsewhere" },
        { READ_LINEAR POKE_LINEAR FLUSHED("d0.v0.kernel"), FAILED, "address 0xffff8140bfffe000" },
        { READ_LINEAR POKE_LINEAR FLUSHED("d0.v0.user"), HELD, NULL },
        { READ_XEN POKE_XEN
          "{ flush: invlpg, in: d0.v0.xen, address: xen.directmap(d0.gfn(5)) }, " FLUSHED(
              "d0.v0.xen"),
          HELD, NULL },
        { READ_XEN POKE_XEN
          "{ flush: invlpg, in: d0.v0.xen, address: xen.directmap(0) }, " FLUSHED("d0.v0.xen"),
          FAILED, "leads elsewhere" },
        /* Xen drops everything when it puts another vCPU on the CPU; what was there is not used. */
        { READ_XEN POKE_XEN "{ run: d1.v0.user, on: cpu0 }, " FLUSHED("every context but p2m"),
          HELD, NULL },
        /* A visit to another vCPU's context leaves what is remembered alone. */
        { READ_XEN POKE_XEN FLUSHED("d1.v0.user"), HELD, NULL },
        /* Rights: fewer in memory, and more. */
        { READ_XEN "{ poke-entry: xen.directmap(d0.gfn(5)), in: d0.v0.xen, clear: RW }, " FLUSHED(
              "d0.v0.xen"),
          FAILED, "does not grant" },
        { READ_XEN
          "{ poke-entry: xen.directmap(d0.gfn(5)), in: d0.v0.xen, set: US }, " FLUSHED("d0.v0.xen"),
          HELD, NULL },
        { READ_XEN
          "{ poke-entry: xen.directmap(d0.gfn(5)), in: d0.v0.xen, clear: [A, D] }, " FLUSHED(
              "d0.v0.xen"),
          HELD, NULL },
        { READ_XEN "{ poke-entry: xen.directmap(d0.gfn(5)), in: d0.v0.xen, set: PCD }, " FLUSHED(
              "d0.v0.xen"),
          FAILED, "memory type" },
        /* A table on the way; its pages are gone for the TLB as well, so INVLPG cannot do. */
        { READ_XEN
          "{ poke-entry: xen.directmap(d0.gfn(5)), in: d0.v0.xen, level: 3, value: 0 }, " FLUSHED(
              "d0.v0.xen"),
          FAILED, "no translation" },
    };
    static const struct expect_row guests[] = {
        /* A guest's entry is its own, while the frame is. */
        { GUEST("write") "{ " PAGE ", frame: d0.gfn(5) }, " FLUSHED("d0.v0.kernel"), HELD, NULL },
        { GUEST("write") "{ " PAGE ", value: 0 }, " FLUSHED("d0.v0.kernel"), HELD, NULL },
        { "{ " PAGE ", frame: d1.gfn(5) }, " GUEST(
              "read") "{ " PAGE ", frame: d0.gfn(5) }, " FLUSHED("d0.v0.kernel"),
          FAILED, "no memory of this domain" },
        { "{ " PAGE ", frame: d3.gfn(5) }, " GUEST(
              "read") "{ " PAGE ", frame: d0.gfn(5) }, { destroy: d3 }, " FLUSHED("d0.v0.kernel"),
          FAILED, "no memory of this domain" },
        { "{ " PAGE ", frame: d0.v1.user.root, set: RW }, " GUEST(
              "read") "{ " PAGE ", clear: RW }, " FLUSHED("d0.v0.kernel"),
          FAILED, "is a page table" },
        { "{ " PAGE ", frame: d0.v1.user.root, clear: RW }, " GUEST(
              "read") "{ " PAGE ", frame: d0.gfn(5) }, " FLUSHED("d0.v0.kernel"),
          HELD, NULL },
        /* An L1 that is a page by now, and is remembered as a table. */
        { "{ let: l1, be: \"mfn(" TABLE_OF(
              "d0.v0.kernel.entry(0xffffffff80010000, 2)") ")\" }, " GUEST("read") "{ " PAGE
                                                                                   ", level: 2, "
                                                                                   "value: 0 "
                                                                                   "}, " FLUSHED(
                                                                                       "d0.v0."
                                                                                       "kernel"),
          HELD, NULL },
        { "{ let: l1, be: \"mfn(" TABLE_OF(
              "d0.v0.kernel.entry(0xffffffff80010000, 2)") ")\" }, " GUEST("read") "{ " PAGE
                                                                                   ", level: 2, "
                                                                                   "value: 0 }, { "
                                                                                   "poke-entry: "
                                                                                   "0xffffffff80210"
                                                                                   "000, in: "
                                                                                   "d0.v0.kernel, "
                                                                                   "frame: l1, "
                                                                                   "set: RW "
                                                                                   "}, " FLUSHED(
                                                                                       "d0.v0."
                                                                                       "kernel"),
          FAILED, "no page table any more" },
        /* An HVM guest's own table, and its physical memory, which is Xen's. */
        { HVM_READ "{ poke-entry: 0x20000, in: d2.v0.guest, value: 0 }, " FLUSHED("d2.v0.guest"),
          HELD, NULL },
        { HVM_READ "{ poke-entry: 0x20000, in: d2.p2m, value: 0 }, " FLUSHED("d2.v0.guest"), FAILED,
          "no translation" },
        { HVM_READ "{ poke-entry: 0x20000, in: d2.p2m, value: 0 }, { flush: invept-all, in: "
                   "d2.v0.guest }, " FLUSHED("d2.v0.guest"),
          HELD, NULL },
        { HVM_READ "{ poke-entry: 0x20000, in: d2.p2m, value: 0 }, { flush: invvpid-all, in: "
                   "d2.v0.guest }, " FLUSHED("d2.v0.guest"),
          FAILED, "guest-physical address" },
        { HVM_READ "{ poke-entry: 0x20000, in: d2.p2m, level: 3, clear: [R, W, X] }, { flush: "
                   "invvpid-all, in: d2.v0.guest }, " FLUSHED("d2.v0.guest"),
          FAILED, "guest-physical address" },
    };
    static const struct expect_row without[] = {
        { FLUSHED("d0.v0.xen"), ERROR, "nothing is cached" },
    };

    (void)state;
    CHECK(run_modelled, rows);
    CHECK(run_modelled, guests);
    CHECK(steps_are, without);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_as_built), cmocka_unit_test(test_broken),
        cmocka_unit_test(test_linear),   cmocka_unit_test(test_l1tf),
        cmocka_unit_test(test_hosts),    cmocka_unit_test(test_loaded),
        cmocka_unit_test(test_flushed),
    };

    return cmocka_run_group_tests(tests, scenario_setup, scenario_teardown);
}
