/* test_scenario_invariants.c - invariants that a run checks by itself: when, and which. */
#include "scenario_fixture.h"

/* d1's own L4 behind a page that it can write to: a rule has to be off for that. */
#define LINEAR "{ mmu-update: d0.v0, table: d0.v0.root, slot: 5, value: maddr(d0.v0.root) | 0x25 }"
#define WRITE  "{ mmu-update: d0.v0, table: d0.v0.root, slot: 5, value: maddr(d0.v0.root) | 0x27 }"
#define AFTER  "{ mmuext-op: d0.v0, op: tlb-flush-local }"
#define RULES  "rules: xen-4.7\n"

static const struct xenpt_run_invariant *invariant(const struct xenpt_run_cell *c, const char *name)
{
    for (size_t i = 0; i < c->nr_invariants; i++)
        if (!strcmp(c->invariants[i].name, name))
            return &c->invariants[i];
    fail_msg("there is no invariant %s", name);
    return NULL;
}

struct kept_row {
    const char *text;
    bool every_step;
    enum xenpt_run_verdict verdict;
    enum xenpt_run_verdict read_only; /* Of tables-read-only... */
    unsigned int step;                /* ...and after which. */
    uint64_t checks;
};

static void kept_is(const struct kept_row *row)
{
    const struct xenpt_run_options opt = { .check_invariants = row->every_step };
    struct xenpt_run *run = scenario_run(row->text, &opt);
    const struct xenpt_run_result *r = xenpt_run_result(run);
    const struct xenpt_run_invariant *i;

    if (r->nr_mistakes)
        fail_msg("%s: %s", row->text, r->mistakes[0].text);
    assert_int_equal(r->nr_cells, 1);
    i = invariant(&r->cells[0], "tables-read-only");
    if (r->verdict != row->verdict || i->verdict != row->read_only || i->step != row->step ||
        r->cells[0].checks != row->checks)
        fail_msg("%s: %s, tables-read-only %s, step %u, %llu checks", row->text,
                 xenpt_run_verdict_name(r->verdict), xenpt_run_verdict_name(i->verdict), i->step,
                 (unsigned long long)r->cells[0].checks);
    xenpt_run_destroy(run);
}

#define SKIPPED   XENPT_RUN_SKIPPED
#define ALL_THREE "steps: [" LINEAR ", " WRITE ", " AFTER "]\n"

static void test_when(void **state)
{
    static const struct kept_row rows[] = {
        { "steps: [" LINEAR "]\n", false, HELD, HELD, 0, 1 },
        { "steps: [" LINEAR "]\n", true, HELD, HELD, 0, 2 },
        /* XSA-182: until 4.8, RW of an L4 entry was none of what had it looked at. */
        { RULES ALL_THREE, false, FAILED, FAILED, 3, 1 },
        { RULES ALL_THREE, true, FAILED, FAILED, 2, 3 },
        { RULES "invariants: every-step\n" ALL_THREE, false, FAILED, FAILED, 2, 3 },
        { RULES "invariants: end\n" ALL_THREE, true, FAILED, FAILED, 2, 3 },
        { "invariants: every-step\n" ALL_THREE, false, HELD, HELD, 0, 4 },
        { RULES "invariants: none\n" ALL_THREE, false, HELD, SKIPPED, 0, 1 },
        { RULES "invariants: none\n" ALL_THREE, true, HELD, SKIPPED, 0, 4 },
        { RULES "invariants: -tables-read-only\n" ALL_THREE, false, FAILED, SKIPPED, 0, 1 },
        { RULES "invariants: -tables-read-only -linear-tables\n" ALL_THREE, false, HELD, SKIPPED, 0,
          1 },
        { RULES "invariants: [-tables-read-only, -linear-tables]\n" ALL_THREE, false, HELD, SKIPPED,
          0, 1 },
        { RULES "invariants: [own-memory, every-step]\n" ALL_THREE, false, HELD, SKIPPED, 0, 4 },
        { RULES "invariants: tables-read-only\n" ALL_THREE, false, FAILED, FAILED, 3, 1 },
        /* Each time that a step is repeated is a time after which it is checked. */
        { "steps: [{ repeat: 3, steps: [" LINEAR ", " AFTER "] }]\n", true, HELD, HELD, 0, 8 },
        { RULES "steps: [{ repeat: 3, steps: [" LINEAR ", " WRITE "] }, " AFTER "]\n", true, FAILED,
          FAILED, 1, 3 },
    };

    (void)state;
    CHECK(kept_is, rows);
}

#define ON_PURPOSE(expect)                                                                         \
    RULES "steps: [" LINEAR                                                                        \
          ", { mmu-update: d0.v0, table: d0.v0.root, slot: 5, value: maddr(d0.v0.root) | "         \
          "0x27, expect: [" expect "] }, " AFTER "]\n"

static void test_declared(void **state)
{
    static const struct kept_row rows[] = {
        { ON_PURPOSE(
              "{ invariant: tables-read-only, in: no kernel context of d0.v0 }, { invariant: "
              "linear-tables, in: d0.v0.kernel, broken: yes }"),
          true, HELD, SKIPPED, 0, 4 },
        { ON_PURPOSE("{ invariant: tables-read-only, in: no kernel context of d0.v0 }"), true,
          FAILED, SKIPPED, 0, 3 },
        { ON_PURPOSE("{ invariant: tables-read-only, in: d0.v0.kernel, broken: no }"), true, FAILED,
          HELD, 0, 2 },
        { "steps: [{ let: a, be: 1, expect: [{ invariant: counts, broken: yes }] }]\n", false,
          FAILED, SKIPPED, 0, 0 },
        { "steps: [{ let: a, be: 1, expect: [{ invariant: counts, broken: no }] }]\n", false, HELD,
          SKIPPED, 0, 1 },
    };

    (void)state;
    CHECK(kept_is, rows);
}

#define POKE "{ poke: maddr(d0.v0.root) + 40, value: maddr(d0.v0.root) | 0x27 }"

/* What a file writes against all rules is told if that is asked for. */
static void test_poked(void **state)
{
    static const struct kept_row rows[] = {
        { "steps: [" POKE "]\n", false, HELD, SKIPPED, 0, 0 },
        { "steps: [" LINEAR ", " POKE ", " AFTER "]\n", true, FAILED, FAILED, 2, 3 },
        { "invariants: end\nsteps: [" POKE ", " AFTER "]\n", false, FAILED, FAILED, 2, 1 },
    };

    (void)state;
    CHECK(kept_is, rows);
}

static void test_mistakes(void **state)
{
    static const struct {
        const char *text, *said;
    } rows[] = {
        { "invariants: own-memori\n", "did you mean 'own-memory'?" },
        { "invariants: [end, every-stp]\n", "did you mean 'every-step'?" },
        { "invariants: +counts\n", "is none of end" },
        { "invariants: { end: yes }\n", "a map is none of" },
        { "invariants: none counts\n", "and some are" },
        { "invariants: \"\"\n", "is none of" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct xenpt_run *run = scenario_run(rows[i].text, NULL);
        const struct xenpt_run_result *r = xenpt_run_result(run);

        assert_int_equal(r->nr_mistakes, 1);
        if (!strstr(r->mistakes[0].text, rows[i].said))
            fail_msg("%s: %s", rows[i].text, r->mistakes[0].text);
        xenpt_run_destroy(run);
    }
}

/* --- Each of them -------------------------------------------------------------------------- */

static void only_is(const struct expect_row *row)
{
    char text[600];
    struct xenpt_run *run;
    const struct xenpt_run_result *r;

    snprintf(text, sizeof(text), "invariants: %s\nsteps: [ %s ]\n", row->found, row->expectation);
    run = scenario_run(text, NULL);
    r = xenpt_run_result(run);
    if (r->nr_mistakes)
        fail_msg("%s: %s", text, r->mistakes[0].text);
    if (r->verdict != row->verdict)
        fail_msg("%s: %s", text, xenpt_run_verdict_name(r->verdict));
    xenpt_run_destroy(run);
}

#define PAGE "{ poke-entry: 0xffffffff80010000, in: d0.v0.kernel"

/* A run finds each of them broken, and nothing else of what is held beside it. */
static void test_each(void **state)
{
    static const struct expect_row rows[] = {
        { PAGE ", frame: d0.v0.kernel.root, set: [RW, US] }", FAILED, "tables-read-only" },
        { PAGE ", frame: d0.v0.kernel.root, clear: RW }", HELD, "tables-read-only" },
        { "{ poke-entry: 0xffffffff80010000, in: d1.v0.kernel, frame: d0.gfn(5) }", FAILED,
          "own-memory" },
        { "{ poke-entry: 0xffffffff80010000, in: d1.v0.kernel, frame: d0.gfn(5) }", HELD,
          "-own-memory -counts" },
        /* Who is privileged may map what is another's, but nothing that is free. */
        { PAGE ", frame: d1.gfn(5) }", HELD, "own-memory" },
        { "{ let: f, be: d1.gfn(5) }, { destroy: d1 }, " PAGE ", frame: f }", FAILED,
          "own-memory" },
        /* Who does not run has no root of a CPU's: that is another's. */
        { "{ run: d1.v0.user, on: cpu1 }, { pause: d1.v0 }, { run: d0.v0.user, on: cpu1 }", HELD,
          "own-memory" },
        { "{ pause: d1 }, { pause: d0 }", HELD, "every-step" },
        { "{ poke: maddr(d0.v0.kernel.root) + 8 * 260, value: 0 }", FAILED, "xen-slots" },
        { "{ poke: maddr(d0.v0.kernel.root) + 8 * 300, value: 0xa7 }", FAILED, "legal-entries" },
        { "{ poke-entry: 0x20000, in: d2.p2m, value: 0x2 }", FAILED, "legal-entries" },
        /* EPT with a memory type that there is not, by which Xen is asked; another is a mistake. */
        { "{ poke-entry: 0x20000, in: d2.p2m, value: 0x3f }", HELD, "legal-entries" },
        { "{ poke-entry: 0x20000, in: d2.p2m, value: 0x17 }", FAILED, "legal-entries" },
        { "{ poke: maddr(d0.v0.kernel.root) + 8 * 300, value: maddr(d0.v0.kernel.root) | 0x67 }",
          FAILED, "linear-tables" },
        { "{ poke-entry: 0xffffffff80010000, in: d1.v0.kernel, value: 0x8010000018200066 }", FAILED,
          "l1tf-safe" },
        /* Whom Xen trusts. */
        { PAGE ", value: 0x8010000018200066 }", HELD, "l1tf-safe" },
        /* What was counted before. */
        { AFTER ", " PAGE ", frame: d0.gfn(5) }", FAILED, "counts" },
    };

    (void)state;
    CHECK(only_is, rows);
}

/* M2P: XSA-22 had it changed where P2M was not. */
static void test_m2p(void **state)
{
    static const struct expect_row rows[] = {
        { "{ mmu-update: d0.v0, at: maddr(d0.gfn(5)), value: 0x1234, command: m2p }", HELD, "m2p" },
        { "{ mmu-update: d0.v0, at: maddr(d0.gfn(5)), value: 0x1234, command: m2p }, { destroy: "
          "d0 }",
          HELD, "m2p" },
        { "{ poke-entry: 0x20000, in: d2.p2m, frame: d2.gfn(0x21) }", FAILED, "m2p" },
        /* Another's frame, or Xen's: it has it of nobody, or of that one. */
        { "{ poke-entry: 0x20000, in: d2.p2m, frame: d0.gfn(5) }", HELD, "m2p" },
        { "{ destroy: d2 }", HELD, "m2p" },
        { "{ access: write, in: d0.v0.xen, at: xen.m2p(d2.gfn(5)), data: 5 }", HELD, "m2p" },
        { "{ access: write, in: d0.v0.xen, at: xen.m2p(d2.gfn(5)), data: 6 }", FAILED, "m2p" },
    };

    (void)state;
    CHECK(only_is, rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_when),  cmocka_unit_test(test_declared),
        cmocka_unit_test(test_poked), cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_each),  cmocka_unit_test(test_m2p),
    };

    return cmocka_run_group_tests(tests, scenario_setup, scenario_teardown);
}
