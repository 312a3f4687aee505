/* test_scenario_guest.c - guests' accesses, and what Xen does when the processor asks it. */
#include "scenario_fixture.h"

#include "xenpt/p2m.h"

struct guest_row {
    const char *processor, *options; /* Of Xen. */
    const char *steps;
    enum xenpt_run_verdict verdict;
    const char *said; /* In what is found last, or the last step led to. */
};

static const char *last_of(const struct xenpt_run_result *r)
{
    const struct xenpt_run_step *s = &r->cells[0].steps[r->cells[0].nr_steps - 1];

    if (s->nr_expectations && s->expectations[s->nr_expectations - 1].found)
        return s->expectations[s->nr_expectations - 1].found;
    return s->said ? s->said : "";
}

static void check(const struct guest_row *row)
{
    const struct xenpt_run_result *r;
    struct xenpt_runner *runner = NULL;
    struct xenpt_run *run = NULL;
    char text[2048];
    int n = snprintf(text, sizeof(text),
                     "host: { ram: 1G, processor: %s }\n"
                     "xen: { release: \"4.17\", options: [xpti=no, %s] }\n"
                     "domains:\n"
                     "  d0: { type: pv64, memory: 32M, privileged: yes }\n"
                     "  d1: { type: pvh, memory: 32M, log-dirty: yes }\n"
                     "  d2: { type: pv64, memory: 32M, log-dirty: yes }\n"
                     "  d3: { type: hvm, memory: 32M, paging: shadow }\n"
                     "  d4: { type: pvh, memory: 32M }\n"
                     "steps: [ %s ]\n",
                     row->processor, row->options, row->steps);

    assert_true(n > 0 && (size_t)n < sizeof(text));
    assert_int_equal(xenpt_runner_create(&runner, NULL), XENPT_OK);
    assert_int_equal(xenpt_run_bytes(runner, "t.yaml", text, (size_t)n, NULL, &run, NULL),
                     XENPT_OK);
    r = xenpt_run_result(run);
    if (r->verdict != row->verdict || r->nr_mistakes ||
        (row->said && !strstr(last_of(r), row->said)))
        print_error("%s\n  is %s: %s\n", row->steps, xenpt_run_verdict_name(r->verdict),
                    r->nr_mistakes ? r->mistakes[0].text : last_of(r));
    assert_int_equal(r->verdict, row->verdict);
    if (row->said)
        assert_non_null(strstr(last_of(r), row->said));
    xenpt_run_destroy(run);
    xenpt_runner_destroy(runner);
}

#define EPT "skylake-server", "ept=no-pml"
#define PML "skylake-server", "ept=pml"
#define NPT "rome", "noreboot"

#define READ(of)                 "{ access: read, in: " of ".v0.guest, at: 0x20000 "
#define WRITE(of, as)            "{ access: write, in: " of ".v0.guest, at: 0x20000, data: " #as " "
#define EXPECT(what)             ", expect: [" what "] }"
#define KERNEL_WRITE(of, at, as) "{ access: write, in: " of ".v0.kernel, at: " at ", data: " #as " "

/* hvm_hap_nested_page_fault: a write to ram_logdirty makes it ram_rw, once. */
static void test_log_dirty(void **state)
{
    static const struct guest_row rows[] = {
        { EPT, READ("d1") EXPECT("{ outcome: done, exits: 1 }, { fault: ept-misconfig }"), HELD,
          NULL },
        { EPT, READ("d1") " }, " WRITE("d1", 7) " }", HELD,
          "EPT violation at guest-physical 0x20000, where there is ram_logdirty, rwx, L1, and Xen "
          "makes it ram_rw, rwx, L1; done" },
        { EPT,
          READ("d1") " }, " WRITE("d1", 7)
              EXPECT("{ fault: ept-violation, error-code: [write, can-read, can-fetch, linear, "
                     "final], at: 0x20000 }, { outcome: done, exits: 1 }"),
          HELD, NULL },
        { EPT,
          READ("d1") " }, " WRITE("d1", 7) " }, " WRITE("d1", 8) EXPECT(
              "{ fault: none }, { outcome: done, exits: 0 }") ", " READ("d1") EXPECT("{ data: 8 }"),
          HELD, NULL },
        { EPT, READ("d1") " }, " WRITE("d1", 7) EXPECT("{ outcome: done, exits: 2 }"), FAILED,
          "done, after 1 exit" },
        /* The processor notes it by itself. */
        { PML,
          READ("d1") " }, " WRITE("d1", 7) EXPECT("{ fault: none }, { outcome: done, exits: 0 }"),
          HELD, NULL },
        { NPT,
          WRITE("d1", 7) EXPECT("{ fault: npf }, { outcome: done }") ", " READ("d1")
              EXPECT("{ data: 7 }, { fault: none }"),
          HELD, NULL },
        /* A PV domain runs on shadows meanwhile. */
        { EPT,
          KERNEL_WRITE("d2", "0xffffffff80010000", 7)
              EXPECT("{ fault: none }, { outcome: done, exits: 1 }") ", " KERNEL_WRITE(
                  "d2", "0xffffffff80010000", 8)
                  EXPECT(
                      "{ outcome: done, exits: 0 }") ", { access: "
                                                     "read, in: d2.v0.kernel, at: "
                                                     "0xffffffff80010000, expect: [{ data: 8 }] }",
          HELD, NULL },
    };

    (void)state;
    CHECK(check, rows);
}

static void test_others(void **state)
{
    static const struct guest_row rows[] = {
        /* A hole of the guest's physical memory is a device. */
        { EPT,
          "{ poke-entry: 0x20000, in: d4.v0.guest, frame: 0x9000 }, " READ("d4")
              EXPECT("{ fault: ept-violation, at: 0x9000000 }, { outcome: device }"),
          HELD, NULL },
        { EPT, "{ poke-entry: 0x20000, in: d4.v0.guest, frame: 0x9000 }, " READ("d4") " }", HELD,
          "where there is nothing; device" },
        { NPT,
          "{ poke-entry: 0x20000, in: d4.v0.guest, frame: 0x9000 }, " READ("d4")
              EXPECT("{ fault: npf }, { outcome: device }, { fault: none }"),
          FAILED, "NPF" },
        { EPT,
          "{ poke-entry: 0x20000, in: d4.v0.guest, frame: 0x9000 }, " READ("d4")
              EXPECT("{ data: 0 }"),
          ERROR, "read nothing" },
        /* The guest's own exception, without Xen. */
        { EPT,
          "{ poke-entry: 0x20000, in: d4.v0.guest, value: 0 }, " READ("d4")
              EXPECT("{ fault: page }, { outcome: fault, exits: 0 }"),
          HELD, NULL },
        { EPT, WRITE("d4", 7) EXPECT("{ outcome: done, exits: 0 }, { fault: none }"), HELD, NULL },
        { EPT,
          WRITE("d3", 7) EXPECT("{ outcome: done }, { fault: none }") ", " READ("d3")
              EXPECT("{ data: 7 }"),
          HELD, NULL },
        /* PV: Xen is told of exceptions first, and may write to a table itself. */
        { EPT, KERNEL_WRITE("d0", "0xffffffff80010000", 7) EXPECT("{ outcome: done, exits: 0 }"),
          HELD, NULL },
        { EPT,
          KERNEL_WRITE("d0", "0x10", 7) EXPECT("{ fault: page }, { outcome: fault, exits: 1 }"),
          HELD, NULL },
        { EPT,
          "{ poke-entry: 0xffffffff80010000, in: d0.v0.kernel, clear: RW }, " KERNEL_WRITE(
              "d0", "0xffffffff80010000", 7)
              EXPECT("{ fault: page }, { outcome: fault, exits: 1 }"),
          HELD, NULL },
        { EPT,
          "{ poke-entry: 0xffffffff80010000, in: d0.v0.kernel, clear: RW }, { access: read, in: "
          "d0.v0.kernel, at: 0xffffffff80010000, expect: [{ outcome: done }] }",
          HELD, NULL },
    };

    (void)state;
    CHECK(check, rows);
}

/* With PML no exit tells of a write, and the log has it all the same. */
static void test_pml_notes(void **state)
{
    static const char text[] = "host: { ram: 1G, processor: skylake-server }\n"
                               "xen: { release: \"4.17\", options: ept=pml }\n"
                               "domains: { d1: { type: pvh, memory: 32M, log-dirty: yes } }\n"
                               "steps: [ " READ("d1") " }, " WRITE("d1", 7) " } ]\n";
    const struct xenpt_run_options until[] = { { .until = "1" }, { .until = "2" } };
    struct xenpt_runner *runner = NULL;

    (void)state;
    assert_int_equal(xenpt_runner_create(&runner, NULL), XENPT_OK);
    for (size_t i = 0; i < 2; i++) {
        struct xenpt_run *run = NULL;

        assert_int_equal(
            xenpt_run_bytes(runner, "t.yaml", text, sizeof(text) - 1, &until[i], &run, NULL),
            XENPT_OK);
        assert_non_null(xenpt_run_machine(run));
        assert_int_equal(xenpt_machine_is_dirty(xenpt_run_machine(run), 0, 0x20), i == 1);
        xenpt_run_destroy(run);
    }
    xenpt_runner_destroy(runner);
}

/* By what the CPU remembers: the violation is taken, handled, and the access made again. */
static void test_remembered(void **state)
{
    static const struct guest_row rows[] = {
        { EPT,
          READ("d1") " }, " WRITE("d1", 7) EXPECT(
              "{ fault: ept-violation }, { outcome: done, exits: 1 }") ", " WRITE("d1", 8)
              EXPECT("{ tlb: hit }, { tlb: right }, { fault: none }, { outcome: done, exits: 0 "
                     "}") ", " READ("d1") EXPECT("{ data: 8 }") " ]\ntlb: modelled\nnames: { a: "
                                                                "0 } #",
          HELD, NULL },
    };

    (void)state;
    CHECK(check, rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_log_dirty),
        cmocka_unit_test(test_others),
        cmocka_unit_test(test_pml_notes),
        cmocka_unit_test(test_remembered),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
