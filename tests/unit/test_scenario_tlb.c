/* test_scenario_tlb.c - what CPUs remember, what drops it; what HVM guests load and write. */
#include "scenario_fixture.h"

/* An access of Xen's to the directmap, with what is to be said of it. */
#define READ(what)                                                                                 \
    "{ access: read, in: d0.v0.xen, at: xen.directmap(d0.gfn(5)), expect: [" what "] }"
/* The page leads elsewhere from here on, and nobody is told. */
#define POKE ", { poke-entry: xen.directmap(d0.gfn(5)), in: d0.v0.xen, frame: 0x200 }, "

static void run_modelled(const struct expect_row *row)
{
    char text[2048];
    struct expect_row with = *row;

    snprintf(text, sizeof(text), "%s ]\ntlb: modelled\nnames: { nothing: 0 } # ", row->expectation);
    with.expectation = text;
    steps_are(&with);
}

static void test_tlb(void **state)
{
    static const struct expect_row rows[] = {
        { READ("{ tlb: miss }, { references: 3 }"), HELD, NULL },
        { READ("{ tlb: hit }"), FAILED, "a miss, right" },
        { READ("") ", " READ("{ references: 0 }, { tlb: hit }, { tlb: right }"), HELD, NULL },
        { READ("") ", " READ("{ tlb: stale }"), FAILED, "a hit, right" },
        { READ("") POKE READ("{ tlb: stale }"), HELD, NULL },
        { READ("") POKE READ("{ tlb: right }"), FAILED, "memory says 0x205000" },
        /* What drops it, and what does not. */
        { READ("") POKE
          "{ flush: invlpg, in: d0.v0.xen, address: xen.directmap(d0.gfn(5)) }, " READ(
              "{ tlb: miss }, { tlb: right }"),
          HELD, NULL },
        { READ("") POKE
          "{ flush: invlpg, in: d0.v0.xen, address: xen.directmap(0) }, " READ("{ tlb: stale }"),
          HELD, NULL },
        { READ("") POKE
          "{ flush: invlpg, in: cpu1, address: xen.directmap(d0.gfn(5)) }, " READ("{ tlb: stale }"),
          HELD, NULL }, /* That is another CPU's. */
        { READ("") POKE "{ flush: cr3-noflush, in: cpu0 }, " READ("{ tlb: stale }"), HELD, NULL },
        { READ("") POKE "{ flush: cr4-pge, in: cpu0 }, " READ("{ tlb: right }"), HELD, NULL },
        /* Xen drops everything when it puts another vCPU on a CPU. */
        { READ("") POKE "{ run: d1.v0.user, on: cpu0 }, " READ("{ tlb: miss }, { tlb: right }"),
          HELD, NULL },
        /* Also what Xen itself has remembered, entered from an HVM guest; and the guest comes back
           under another VPID. */
        { "{ run: d2.v0.guest, on: cpu0 }, { access: read, in: d2.v0.xen, at: "
          "xen.directmap(d0.gfn(5)) }, { run: d2.v0.guest }, { run: d0.v0.xen, on: cpu0 }, " READ(
              "{ tlb: miss }"),
          HELD, NULL },
        { "{ run: d2.v0.guest, on: cpu0 }, { access: read, in: d2.v0.guest, at: 0x1000 }, { run: "
          "d0.v0.xen, on: cpu0 }, { run: d2.v0.guest, on: cpu0 }, { access: read, in: d2.v0.guest, "
          "at: 0x1000, expect: [{ tlb: miss }, { references: 4 }] }",
          HELD, NULL }, /* What EPT's entries say is kept. */
        /* A snapshot has what is cached, too. */
        { READ("") ", { snapshot: a }, { flush: cr4-pge, in: cpu0 }, { restore: a }, " READ(
              "{ tlb: hit }"),
          HELD, NULL },
        /* A guest's: a VPID of its own is kept through VM exits. */
        { "{ access: read, in: d2.v0.guest, at: 0x1000 }, { enter-xen: d2.v0 }, { leave-xen: d2.v0 "
          "}, "
          "{ access: read, in: d2.v0.guest, at: 0x1008, expect: [{ tlb: hit }] }",
          HELD, NULL },
        { "{ access: read, in: d2.v0.guest, at: 0x1000 }, { flush: invvpid-all, in: d2.v0.guest }, "
          "{ "
          "access: read, in: d2.v0.guest, at: 0x1008, expect: [{ tlb: hit }] }",
          FAILED, "a miss" },
        /* Another vCPU's tables on its CPU, and it gets another VPID when it is back. */
        { "{ access: read, in: d2.v0.guest, at: 0x1000 }, { run: d1.v0.user, on: cpu0 }, { run: "
          "d2.v0.guest, on: cpu0 }, { access: read, in: d2.v0.guest, at: 0x1008, expect: [{ tlb: "
          "miss }] }",
          HELD, NULL },
        /* On another CPU nothing is known of what it left behind, and Xen's own tables are loaded
           where it was. */
        { READ("") ", { run: d0.v0.xen, on: cpu1 }, " READ(
              "{ tlb: miss }") ", { run: d0.v0.xen, on: "
                               "cpu0 }, " READ("{ tlb: miss }"),
          HELD, NULL },
        /* Between the modes of a vCPU CR3 is written: what is global stays. */
        { READ("") ", { switch: d0.v0, to: user }, " READ("{ tlb: hit }"), HELD, NULL },
        { "{ access: read, in: d0.v0.kernel, at: 0xffffffff80000000 }, { switch: d0.v0, to: user "
          "}, { switch: d0.v0, to: kernel }, { access: read, in: d0.v0.kernel, at: "
          "0xffffffff80000000, expect: [{ tlb: miss }] }",
          HELD, NULL },
        { "{ flush: invlpgg, in: cpu0 }", ERROR, "did you mean 'invlpg'?" },
        { "{ flush: invpcid-single, in: cpu0, pcid: 0x1000 }", ERROR, "PCID" },
        { "{ flush: invlpg, in: idle }", ERROR, "on a CPU" },
        { "{ run: d0.v0.xen, expect: [{ tlb: hit }] }", ERROR, "no access was made" },
        { READ("{ tlb: hot }"), ERROR, "did you mean 'hit'?" },
    };
    static const struct expect_row without[] = {
        { READ("{ tlb: hit }"), ERROR, "tlb: modelled" },
        { "{ flush: invlpg, in: cpu0 }", ERROR, "nothing is cached" },
    };

    (void)state;
    CHECK(run_modelled, rows);
    CHECK(steps_are, without);
}

static void test_words(void **state)
{
    struct xenpt_run *run = scenario_run("tlb: modeled\n", NULL);

    (void)state;
    assert_int_equal(xenpt_run_result(run)->nr_mistakes, 1);
    assert_non_null(strstr(xenpt_run_result(run)->mistakes[0].text, "did you mean 'modelled'?"));
    xenpt_run_destroy(run);
}

static void test_guests(void **state)
{
    static const struct expect_row rows[] = {
        { "{ load: d2.v0, cr3: d2.v0.cr3, expect: [{ outcome: done }] }", HELD, NULL },
        { "{ load: d2.v0, cr4: 0, expect: [{ outcome: fault }, { fault: gp }] }", HELD, NULL },
        { "{ load: d2.v0, cr4: 0, expect: [{ outcome: done }] }", FAILED, "fault" },
        { "{ load: d2.v0, cr4: d2.v0.cr4 | 0x80, expect: [{ outcome: done }] }, { load: d2.v0, "
          "pkru: "
          "0x100000000 }",
          ERROR, "32 bits" },
        { "{ load: d2.v0 }", ERROR, "what?" },
        { "{ load: d0.v0, cr3: 0 }", ERROR, "only vCPUs of HVM" },
        { "{ access: read, in: d2.v0.guest, at: 0x1000, expect: [{ references: 24 }, { fault: none "
          "}] }",
          HELD, NULL },
        { "{ access: read, in: d2.v0.guest, at: 0x1000, expect: [{ outcome: done }] }", HELD,
          NULL },
        { "{ access: read, in: d2.v0.xen, at: xen.directmap(5), expect: [{ outcome: done }] }",
          ERROR, "no guest did" },
        { "{ run: d0.v0.kernel, expect: [{ outcome: done }] }", ERROR, "no guest has accessed" },
        { "{ guest-write: 0x1000, of: d2.v0, value: 7 }, { access: read, in: d2.v0.guest, at: "
          "0x1000, "
          "expect: [{ data: 7 }] }",
          HELD, NULL },
        { "{ guest-write: 0x1001, of: d2.v0, value: 7 }", ERROR, NULL },
        { "{ guest-write: 0x1000, of: d0.v0, value: 7 }", ERROR, NULL },
    };

    (void)state;
    CHECK(steps_are, rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tlb),
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_guests),
    };

    return cmocka_run_group_tests(tests, scenario_setup, scenario_teardown);
}
