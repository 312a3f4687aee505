/* test_scenario_meanwhile.c - steps inside of hypercalls, and hypercalls that are gone on with. */
#include "scenario_fixture.h"

/* d1 has two vCPUs, on CPUs of their own; an L2 with an L1. */
#define TWO "  d1: { type: pv64, memory: 32M, vcpus: 2 }\n"
#define RUNNING                                                                                    \
    "running: { cpu0: d1.v0.kernel, cpu1: d1.v1.kernel }\n"                                        \
    "names: { l3: d1.gfn(8000), l2: d1.gfn(8001), l1: d1.gfn(8002), page: d1.gfn(8003) }\n"
#define TREE                                                                                       \
    RUNNING "steps:\n"                                                                             \
            "  - { mmu-update: d1.v0, table: l1, slot: 3, value: maddr(page) | 0x63 }\n"           \
            "  - { mmu-update: d1.v0, table: l2, slot: 5, value: maddr(l1) | 0x67 }\n"             \
            "  - { mmu-update: d1.v0, table: l3, slot: 9, value: maddr(l2) | 0x67 }\n"
#define PIN       "{ mmuext-op: d1.v0, op: pin-l3, frame: l3"
#define HEAD(rel) "host: { ram: 1G, cpus: 2 }\nxen: { release: \"" rel "\" }\ndomains:\n"

static void test_pre_empted(void **state)
{
    static const struct whole_row rows[] = {
        { TWO, TREE "  - " PIN ", expect: [ { result: ok, work: 1537 } ] }\n", HELD, NULL, 0 },
        { TWO, TREE "  - " PIN ", expect: [ { result: ok, work: 1 } ] }\n", FAILED, "1537 of work",
          0 },
        { TWO,
          TREE "  - " PIN ", preempt: 600, expect: [ { result: ERESTART, done: 0, work: 600 }, "
               "{ type: l3, partial: yes, entries: 9 }, { type: l2, partial: yes, entries: 78 }, { "
               "invariant: counts } ] }\n"
               "  - { continue: d1.v0, preempt: 10, expect: [ { result: ERESTART, work: 10 } ] }\n"
               "  - { continue: d1.v0, expect: [ { result: ok, done: 1 }, { type: l3, validated: "
               "yes, partial: no }, { invariant: counts } ] }\n",
          HELD, NULL, 0 },
        { TWO, TREE "  - { continue: d1.v0 }\n", ERROR, "no hypercall to go on with", 0 },
        { TWO, TREE "  - " PIN ", preempt: 600 }\n  - { mmuext-op: d1.v0, op: tlb-flush-all }\n",
          ERROR, "the step continue goes on with it", 0 },
        /* Another vCPU is free. */
        { TWO,
          TREE "  - " PIN ", preempt: 600 }\n  - { mmuext-op: d1.v1, op: tlb-flush-all, expect: [ "
               "{ result: ok } ] }\n",
          HELD, NULL, 0 },
        /* What is to be returned in the end was settled. */
        { TWO,
          TREE "  - " PIN " }\n"
               "  - { mmu-update: d1.v0, table: l2, slot: 5, value: 0, preempt: 1, expect: [ { "
               "result: ok } ] }\n"
               "  - { mmuext-op: d1.v0, op: unpin, frame: l3, preempt: 200, expect: [ { result: "
               "ERESTART } ] }\n"
               "  - { continue: d1.v0, preempt: 200, expect: [ { result: ERESTART } ] }\n"
               "  - { continue: d1.v0, expect: [ { result: ok, done: 1 }, { invariant: counts } ] "
               "}\n",
          HELD, NULL, 0 },
        /* It goes back with the machine. */
        { TWO,
          TREE "  - " PIN ", preempt: 600 }\n  - { snapshot: then }\n  - { continue: d1.v0 }\n"
               "  - { restore: then }\n  - { continue: d1.v0, expect: [ { result: ok }, { "
               "invariant: counts } ] }\n",
          HELD, NULL, 0 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        whole_is(HEAD("4.17"), &rows[i]);
}

#define IN(point, of, steps) ", meanwhile: { at: " point of ", steps: [ " steps " ] }"
#define OTHER                                                                                      \
    "{ mmu-update: d1.v1, table: d1.gfn(7000), slot: 0, value: 0, expect: [ { result: ok } ] }"

static void test_inside(void **state)
{
    static const struct whole_row rows[] = {
        { TWO, TREE "  - " PIN IN("typed", ", of: l2", OTHER) ", expect: [ { result: ok } ] }\n",
          HELD, NULL, 0 },
        /* What does not hold inside is told, and what cannot be done. */
        { TWO,
          TREE "  - " PIN IN("typed", "",
                             "{ mmuext-op: d1.v1, op: unpin, frame: l3, expect: [ "
                             "{ result: ok } ] }") " }\n",
          FAILED, "EINVAL by the rule unpin-pinned", 0 },
        { TWO, TREE "  - " PIN IN("typed", "", "{ mmuext-op: d1.v0, op: tlb-flush-all }") " }\n",
          ERROR, "d1.v0 is at work in a hypercall", 0 },
        { TWO, TREE "  - " PIN IN("locked", "", OTHER) " }\n", ERROR,
          "the hypercall has not come to locked", 0 },
        { TWO, TREE "  - " PIN IN("typed", ", of: page", OTHER) " }\n", ERROR,
          "has not come to typed of that frame", 0 },
        /* Who is refused before need not come to it. */
        { TWO,
          TREE "  - " PIN
               " }\n  - " PIN IN("typed", "", OTHER) ", expect: [ { result: EINVAL } ] }\n",
          HELD, NULL, 0 },
        { TWO,
          TREE "  - { update-va-mapping: d1.v0, at: 0xffffffff80005000, value: 0" IN(
              "locked", "", OTHER) ", expect: [ { result: ok } ] }\n",
          HELD, NULL, 0 },
        /* What it waits for is told by a result. */
        { TWO,
          TREE "  - " PIN IN(
              "typed", ", of: l2",
              "{ mmuext-op: d1.v1, op: pin-l3, frame: l3, "
              "expect: [ { result: ERESTART } ] }") " }\n"
                                                    "  - { continue: d1.v1, expect: [ { result: "
                                                    "EINVAL, rule: pin-twice } ] }\n",
          HELD, NULL, 0 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        whole_is(HEAD("4.17"), &rows[i]);
}

static void test_mistakes(void **state)
{
    static const struct whole_row rows[] = {
        { TWO, RUNNING "steps:\n  - " PIN IN("typ", "", OTHER) " }\n", ERROR,
          "type-flush, typed, locked, physmap-frame, physmap-old or physmap-table", 8 },
        { TWO, RUNNING "steps:\n  - " PIN ", meanwhile: yes }\n", ERROR,
          "{ at: POINT, steps: [...] }", 8 },
        { TWO, RUNNING "steps:\n  - " PIN ", meanwhile: { at: typed } }\n", ERROR,
          "a list of steps was expected", 8 },
        { TWO, RUNNING "steps:\n  - " PIN ", meanwhile: { steps: [ " OTHER " ] } }\n", ERROR,
          "it has no at", 8 },
        { TWO, RUNNING "steps:\n  - " PIN IN("typed", ", when: 5", OTHER) " }\n", ERROR,
          "no key 'when'", 8 },
        { TWO, RUNNING "steps:\n  - " PIN IN("typed", "", "{ snapshot: a }") " }\n", ERROR,
          "snapshot cannot be inside", 8 },
        { TWO,
          RUNNING
          "steps:\n  - " PIN IN("typed", "", "{ repeat: 2, steps: [ { destroy: d1 } ] }") " }\n",
          ERROR, "destroy cannot be inside", 8 },
        { TWO, RUNNING "steps:\n  - " PIN ", preempt: d1 }\n", ERROR, "a number was expected", 8 },
        { TWO, RUNNING "steps:\n  - " PIN IN("typed", ", of: d1", OTHER) " }\n", ERROR,
          "(mfn) was expected", 8 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        whole_is(HEAD("4.17"), &rows[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pre_empted),
        cmocka_unit_test(test_inside),
        cmocka_unit_test(test_mistakes),
    };

    return cmocka_run_group_tests(tests, scenario_setup, scenario_teardown);
}
