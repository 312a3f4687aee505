/* test_scenario_threats.c - the key `threat` of a scenario: what has to stay out of reach. */
#include "scenario_fixture.h"

#define MACHINE                                                                                    \
    "host: { ram: 1G, cpus: 2 }\nxen: { release: \"4.17\", livepatch: no, kexec: no }\ndomains:\n"
#define DOMAINS                                                                                    \
    "  d0: { type: pv64, memory: 64M, privileged: yes }\n"                                         \
    "  d1: { type: pv64, memory: 32M }\n  d2: { type: hvm, memory: 32M }\n"
#define APART(more) "threat:\n  apart: { compromised: [d1, d1.user], " more " }\n"
#define GRANTED                                                                                    \
    "steps:\n  - { pause: d2.v0, name: idle }\n"                                                   \
    "  - { grant-offer: d2, ref: 8, to: d1, frame: d2.gfn(0x500), read-only: yes, name: given }\n" \
    "  - { grant-offer: d2, ref: 8, type: nothing, name: taken }\n"

/* --- What holds, and what does not --------------------------------------------------------- */

static void test_verdicts(void **state)
{
    static const struct whole_row rows[] = {
        { DOMAINS, APART("unreachable: [d2, xen, image, d0]"), HELD, NULL, 0 },
        { DOMAINS, APART("unwritable: d1 tables, unreadable: d2.gfn(0x500)"), HELD, NULL, 0 },
        /* What Xen changes for a guest is another matter. */
        { DOMAINS, APART("unchangeable: d1 tables"), FAILED,
          "12 frames can be, the first by: d1.kernel: edit-own: edit", 0 },
        { DOMAINS, APART("unreachable: d1 tables"), FAILED,
          "12 frames can be, the first by: d1.kernel: mapped: read+execute", 0 },
        { DOMAINS, APART("unwritable: d1"), FAILED, "frames can be, the first by: d1.kernel", 0 },
        { DOMAINS, APART("unwritable: d1 memory tables"), FAILED, "frames can be", 0 },
        { DOMAINS, APART("unreadable: m2p"), FAILED, "d1.user: mapped: read", 0 },
        { DOMAINS, APART("unwritable: m2p"), HELD, NULL, 0 },
        { DOMAINS, APART("becomes-not: [xen, d0, d2]"), HELD, NULL, 0 },
        { DOMAINS, "threat:\n  it: { compromised: dom0, becomes-not: xen }\n", FAILED,
          "d0.kernel: drive: becomes d0.device; then d0.device: dma: write", 0 },
        { DOMAINS, "threat:\n  it: { compromised: dom0, becomes-not: xen, iommu: strict }\n", HELD,
          NULL, 0 },
        { DOMAINS,
          "threat:\n  it: { compromised: dom0, unreadable: d1, iommu: strict, without: "
          "[foreign-map, set-context, assign-device], except: granted }\n",
          HELD, NULL, 0 },
        { DOMAINS,
          "threat:\n  it: { compromised: dom0, unreadable: d1, iommu: strict, without: "
          "[foreign-map, set-context, assign-device] }\n",
          FAILED, "2 frames can be, the first by: d0.kernel: grant-map", 0 },
        { DOMAINS, "rules: -l4-xen-slot\n" APART("becomes-not: xen"), FAILED, "xen-slot", 0 },
        /* What never was there. */
        { DOMAINS, APART("unreachable: d2 tables"), FAILED, "so that this says nothing", 0 },
        { DOMAINS, APART("unreachable: d2.gfn(0x999999)"), FAILED, "so that this says nothing", 0 },
        /* Of two the second. */
        { DOMAINS,
          "threat:\n  one: { compromised: d1, unreachable: d2 }\n"
          "  other: { compromised: d2.qemu, unreachable: d0 }\n",
          FAILED, "d2.qemu: privcmd", 0 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        whole_is(MACHINE, &rows[i]);
}

/* --- Steps --------------------------------------------------------------------------------- */

/* A threat is told of after which step? */
static void told_at(const char *text, bool keep_going, const char *step)
{
    struct xenpt_run *run = NULL;
    struct xenpt_runner *runner;
    struct xenpt_error err = { 0 };
    char file[2000];
    const struct xenpt_run_options opt = { .keep_going = keep_going };
    const struct xenpt_run_cell *cell;
    const char *found = "";
    size_t told = 0;

    snprintf(file, sizeof(file), MACHINE DOMAINS "%s", text);
    assert_int_equal(xenpt_runner_create(&runner, &err), XENPT_OK);
    assert_int_equal(xenpt_run_bytes(runner, "t.yaml", file, strlen(file), &opt, &run, &err),
                     XENPT_OK);
    for (size_t i = 0; i < xenpt_run_result(run)->nr_mistakes; i++)
        print_message("%s\n", xenpt_run_result(run)->mistakes[i].text);
    assert_int_equal(xenpt_run_result(run)->nr_cells, 1);
    cell = &xenpt_run_result(run)->cells[0];
    for (size_t i = 0; i < cell->nr_steps; i++)
        for (size_t k = 0; k < cell->steps[i].nr_expectations; k++)
            if (cell->steps[i].expectations[k].verdict == XENPT_RUN_FAILED) {
                found = cell->steps[i].name ? cell->steps[i].name : "before";
                told++;
            }
    assert_string_equal(found, step);
    assert_int_equal(told, *step ? 1 : 0);
    assert_int_equal(cell->failed, told);
    xenpt_run_destroy(run);
    xenpt_runner_destroy(runner);
}

static void test_steps(void **state)
{
    (void)state;
    told_at(APART("unreachable: d2") GRANTED, false, "given");
    /* Once, however long it stays so. */
    told_at(APART("unreachable: d2") GRANTED
            "  - { grant-offer: d2, ref: 9, to: d1, frame: d2.gfn(0x501), name: again }\n",
            true, "given");
    told_at(APART("unreachable: d2, after: [idle, taken]") GRANTED, false, "");
    told_at(APART("unreachable: d2, after: 2") GRANTED, false, "given");
    told_at(APART("unreachable: d2, after: given") GRANTED, false, "given");
    told_at(APART("unwritable: d2") GRANTED, false, "");
    told_at(APART("unreachable: d2, except: granted") GRANTED, false, "");
    told_at("threat:\n  it: { compromised: dom0, unreadable: d1 }\n" GRANTED, false, "before");
    told_at("threat:\n  it: { compromised: dom0, unreadable: d1, after: taken }\n" GRANTED, false,
            "taken");
    /* A domain that is gone does nothing, and has nothing; one that comes is asked about. */
    told_at(APART("unreachable: d2") "steps:\n  - { destroy: d1 }\n  - { destroy: d2 }\n", false,
            "");
    told_at("threat:\n  it: { compromised: d3, unreachable: d1 memory }\n"
            "steps:\n  - { create: d3, as: { type: pv64, memory: 16M } }\n"
            "  - { grant-offer: d1, ref: 8, to: d3, frame: d1.gfn(8000), name: given }\n",
            false, "given");
}

/* What has held is told with the last step, and counts. */
static void test_kept(void **state)
{
    struct xenpt_run *run = scenario_run(
        "threat: { apart: { compromised: d1, unreachable: [d0, xen], because: so it is } }\n"
        "steps: [ { pause: d1.v0 }, { unpause: d1.v0 } ]\n",
        NULL);
    const struct xenpt_run_cell *cell = &xenpt_run_result(run)->cells[0];
    const struct xenpt_run_step *last = &cell->steps[cell->nr_steps - 1];

    (void)state;
    assert_int_equal(cell->nr_steps, 3);
    assert_int_equal(cell->steps[0].nr_expectations, 0);
    assert_int_equal(cell->steps[1].nr_expectations, 0);
    assert_int_equal(last->nr_expectations, 2);
    assert_int_equal(cell->held, 2);
    assert_string_equal(last->expectations[0].text, "threat: apart, unreachable: d0");
    assert_string_equal(last->expectations[1].text, "threat: apart, unreachable: xen");
    xenpt_run_destroy(run);
}

/* --- By name ------------------------------------------------------------------------------- */

/* An expectation takes from a threat who it is of, and what is taken for granted. */
static void test_named(void **state)
{
    static const char weak[] =
        "threat:\n  weak: { compromised: dom0, iommu: strict, without: foreign-map, unwritable: "
        "image }\nexpect:\n";
    static const struct {
        const char *expectation;
        enum xenpt_run_verdict verdict;
    } rows[] = {
        { "{ threat: weak, becomes-not: xen }", HELD },
        { "{ threat: dom0, becomes-not: xen }", FAILED },
        { "{ threat: weak, becomes-not: xen, iommu: stock }", FAILED },
        { "{ threat: weak, can: read, to: d1, way: [set-context, mapped] }", HELD },
        { "{ threat: weak, can: read, to: d1, way: foreign-map }", FAILED },
        { "{ threat: weak, can: read, to: d1, way: foreign-map, without: set-context }", HELD },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char text[400];

        snprintf(text, sizeof(text), "%s  - %s\n", weak, rows[i].expectation);
        whole_is(MACHINE, &(struct whole_row){ DOMAINS, text, rows[i].verdict, NULL, 0 });
    }
}

/* --- Mistakes ------------------------------------------------------------------------------ */

static void test_mistakes(void **state)
{
    static const struct whole_row rows[] = {
        { DOMAINS, "threat: d1\n", ERROR, "a map of names to threats was expected", 7 },
        { DOMAINS, "threat: { it: d1 }\n", ERROR, "a map was expected, such as {", 7 },
        { DOMAINS, "threat:\n  it: { compromised: d1 }\n", ERROR, "nothing is said of what", 8 },
        { DOMAINS, "threat:\n  it: { unreachable: d1 }\n", ERROR, "compromised", 8 },
        { DOMAINS, "threat:\n  it: { compromised: d9, unreachable: d1 }\n", ERROR,
          "compromised: 'd9' is none", 8 },
        { DOMAINS, "threat:\n  it: { compromised: d1, unreachable: d9 }\n", ERROR, "d9", 8 },
        { DOMAINS, "threat:\n  it: { compromised: d1, unreachable: d2 tabels }\n", ERROR, "tabels",
          8 },
        { DOMAINS, "threat:\n  it: { compromised: d1, unreachable: [] }\n", ERROR,
          "nothing is said of what", 8 },
        { DOMAINS, "threat:\n  it: { compromised: d1, unreachable: { a: b } }\n", ERROR,
          "unreachable: a map, and expected was a frame", 8 },
        { DOMAINS, "threat:\n  it: { compromised: d1, unreachable: d2, after: nowhere }\n", ERROR,
          "after: 'nowhere' is no step", 8 },
        { DOMAINS, "threat:\n  it: { compromised: d1, unreachable: d2, after: 1 }\n", ERROR,
          "numbers up to 0", 8 },
        { DOMAINS,
          "threat:\n  it: { compromised: d1, unreachable: d2, after: gven }\nsteps:\n  - { pause: "
          "d1.v0, name: given }\n",
          ERROR, "did you mean 'given'?", 8 },
        { DOMAINS, "threat:\n  d1: { compromised: d1, unreachable: d2 }\n", ERROR,
          "'d1' is somebody who can be compromised", 8 },
        { DOMAINS, "threat:\n  xen: { compromised: d1, unreachable: d2 }\n", ERROR,
          "'xen' is somebody", 8 },
        { DOMAINS, "threat:\n  a b: { compromised: d1, unreachable: d2 }\n", ERROR, "is no name",
          8 },
        { DOMAINS, "threat:\n  it: { compromised: d1, unreachible: d2 }\n", ERROR,
          "did you mean 'unreachable'?", 8 },
        { DOMAINS, "threat:\n  it: { compromised: d1, unreachable: d2, iommu: no }\n", ERROR,
          "iommu", 8 },
        { DOMAINS,
          "threat:\n  it: { compromised: d1, unreachable: d2 }\nexpect:\n  - { threat: [it, d2], "
          "can: read, to: d2 }\n",
          ERROR, "'it' is a threat of this file, and stands alone", 10 },
        { DOMAINS,
          "threat:\n  it: { compromised: d1, unreachable: d2 }\nexpect:\n  - { threat: itt, can: "
          "read, to: d2 }\n",
          ERROR, "did you mean 'it'?", 10 },
        { DOMAINS, "threat:\n  it: { compromised: d1.qemu, unreachable: d2 }\n", ERROR,
          "d1 has no device model", 0 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        whole_is(MACHINE, &rows[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_verdicts), cmocka_unit_test(test_steps),
        cmocka_unit_test(test_kept),     cmocka_unit_test(test_named),
        cmocka_unit_test(test_mistakes),
    };

    return cmocka_run_group_tests(tests, scenario_setup, scenario_teardown);
}
