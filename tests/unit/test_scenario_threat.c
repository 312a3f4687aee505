/* test_scenario_threat.c - the expectation threat: what holds, what it tells, what is wrong with
 * it. */
#include "scenario_fixture.h"

static void test_holds(void **state)
{
    static const struct expect_row rows[] = {
        { "{ threat: d1, can: [read, write, execute], to: d1, what: memory }", HELD, NULL },
        { "{ threat: d1, cannot: write, to: d1, what: tables }", HELD, NULL },
        { "{ threat: [d1, d1.user], cannot: [read, write], to: d2 }", HELD, NULL },
        { "{ threat: \"d1, d1.user\", cannot: \"read, write\", to: d2 }", HELD, NULL },
        { "{ threat: d1, can: read, to: d1.gfn(8000) }", HELD, NULL },
        { "{ threat: d1, cannot: read, to: d0.gfn(8000) }", HELD, NULL },
        { "{ threat: dom0, can: read, to: d1, way: foreign-map, what: memory }", HELD, NULL },
        { "{ threat: dom0, becomes: [d1, xen] }", HELD, NULL },
        { "{ threat: dom0, becomes: xen, way: [drive, dma, overwrite-xen] }", HELD, NULL },
        { "{ threat: dom0, becomes-not: xen, iommu: strict }", HELD, NULL },
        { "{ threat: dom0, becomes: d0.user, way: own-user }", HELD, NULL },
        { "{ threat: d1, becomes-not: [d1.device, d2, d0] }", HELD, NULL },
        { "{ threat: d1, becomes: d1.device, devices: d1 }", HELD, NULL },
        { "{ threat: d1, can: read, what: image, devices: [d1], iommu: none }", HELD, NULL },
        { "{ threat: dom0, cannot: read, to: d1, without: [foreign-map, set-context, dma], except: "
          "granted }",
          HELD, NULL },
        { "{ threat: dom0, can: [read, write], to: d1, frames: 2, without: [foreign-map, "
          "set-context, dma] }",
          HELD, NULL },
        { "{ threat: d1, can: read, what: mmio, frames: 0 }", HELD, NULL },
        { "{ threat: xen, can: [read, write, execute, edit, retype], what: [xen, image, m2p] }",
          HELD, NULL },
    };

    (void)state;
    CHECK(expected_is, rows);
}

/* What fails is told with the shortest way. */
static void test_fails(void **state)
{
    static const struct expect_row rows[] = {
        { "{ threat: dom0, cannot: [read, write], to: d1, what: memory }", FAILED,
          "d0.kernel: foreign-map: read+write+execute mfn 0x" },
        { "{ threat: d1, can: write, to: d1 }", FAILED, "frames can be; mfn 0x" },
        { "{ threat: d1, can: read, to: d2 }", FAILED, "0 of " },
        { "{ threat: d1, becomes: xen }", FAILED, "there is no way" },
        { "{ threat: dom0, becomes-not: d1 }", FAILED,
          "d0.kernel: set-context: becomes d1.kernel" },
        { "{ threat: dom0, becomes-not: dom0 }", FAILED, "it is compromised" },
        { "{ threat: dom0, becomes: d1.user, way: own-user }", FAILED,
          "d0.kernel: set-context: becomes d1.kernel; then d1.kernel: own-user: becomes d1.user" },
        { "{ threat: dom0, can: read, to: d1, what: memory, way: set-context }", FAILED,
          "foreign-map" },
        { "{ threat: d1, can: write, to: d1, what: memory, frames: 3 }", FAILED,
          "frames can be, the first by" },
        { "{ threat: dom0, cannot: [read, write], to: d1, except: granted, without: [foreign-map, "
          "set-context] }",
          FAILED, "dma" },
        /* What there is none of holds nothing. */
        { "{ threat: d1, cannot: read, to: d2, what: tables }", FAILED,
          "there are no such frames" },
        { "{ threat: d1, can: read, to: d2, what: tables }", FAILED, "there are no such frames" },
    };

    (void)state;
    CHECK(expected_is, rows);
}

static void test_mistakes(void **state)
{
    static const struct expect_row rows[] = {
        { "{ threat: d9, can: read, to: d1 }", ERROR, "threat: 'd9' is none" },
        { "{ threat: d1.kernl, can: read, to: d1 }", ERROR, "threat: 'd1.kernl' is none" },
        { "{ threat: { a: b }, can: read, to: d1 }", ERROR, "threat: a map" },
        { "{ threat: d1, can: raed, to: d1 }", ERROR, "did you mean 'read'?" },
        { "{ threat: d1, can: read, what: tabels }", ERROR, "did you mean 'tables'?" },
        { "{ threat: d1, can: read, to: d1, way: foreign-mapp }", ERROR,
          "did you mean 'foreign-map'?" },
        { "{ threat: d1, can: read, to: d1, stub-domains: d2 }", ERROR, "stub-domains: 'd2'" },
        { "{ threat: d1, can: read, to: d1, devices: d9 }", ERROR, "devices: 'd9' is none" },
        { "{ threat: d1, can: read, cannot: write, to: d1 }", ERROR, "is one of can, cannot" },
        { "{ threat: d1, to: d1 }", ERROR, "is one of can, cannot" },
        { "{ threat: d1, can: read }", ERROR, "of which frames?" },
        { "{ threat: d1, cannot: read, to: d1, frames: 5 }", ERROR, "of what it can" },
        { "{ threat: d1.qemu, can: read, to: d1 }", ERROR, "d1 has no device model" },
        { "{ threat: d1, can: read, to: d1, stub-domains: d1=d2 }", ERROR,
          "d2 has no device model" },
        { "{ threat: [d1, d1, d1, d1, d1, d1, d1, d1, d1, d1, d1, d1, d1, d1, d1, d1, d1], can: "
          "read, to: d1 }",
          ERROR, "more than 16" },
    };

    (void)state;
    CHECK(expected_is, rows);
}

/* Reach is that of the moment, and of the scenario's rules. */
static void test_steps(void **state)
{
    static const struct expect_row rows[] = {
        { "{ grant-offer: d1, ref: 8, to: d2, frame: d1.gfn(8000), read-only: yes, expect: [ { "
          "threat: d2, can: read, to: d1.gfn(8000), way: grant-map }, { threat: d2, cannot: write, "
          "to: d1 } ] }, { grant-offer: d1, ref: 8, type: nothing, expect: [ { threat: d2, cannot: "
          "read, to: d1 } ] }",
          HELD, NULL },
        { "{ mmuext-op: d1.v0, op: pin-l1, frame: d1.gfn(8000), expect: [ { threat: d1, cannot: "
          "write, to: d1.gfn(8000) }, { threat: d1, can: retype, to: d1.gfn(8000) } ] }, { "
          "mmuext-op: d1.v0, op: unpin, frame: d1.gfn(8000), expect: [ { threat: d1, can: write, "
          "to: d1.gfn(8000) } ] }",
          HELD, NULL },
        { "{ destroy: d1, expect: [ { threat: dom0, can: read, to: d1 } ] }", ERROR,
          "that domain is not there now" },
        { "{ destroy: d1, expect: [ { threat: d1, can: read, to: d2 } ] }", ERROR,
          "'d1' is nobody who can be compromised" },
        { "{ destroy: d1, expect: [ { threat: d2, can: read, to: d2, devices: d1 } ] }", ERROR,
          "'d1' is nobody who can be compromised" },
    };
    static const struct whole_row whole[] = {
        { "  d0: { type: pv64, memory: 64M, privileged: yes }\n  d1: { type: pv64, memory: 32M }\n",
          "rules: -fast-path\nexpect:\n  - { threat: d1, can: write, to: d1, what: tables }\n"
          "  - { threat: d1, becomes: xen }\n",
          HELD, NULL, 0 },
        { "  d0: { type: pv64, memory: 64M, privileged: yes }\n  d1: { type: pv64, memory: 32M }\n",
          "expect:\n  - { threat: d1, becomes: xen }\n", FAILED, "there is no way", 0 },
    };

    (void)state;
    CHECK(steps_are, rows);
    for (size_t i = 0; i < sizeof(whole) / sizeof(whole[0]); i++)
        whole_is("host: { ram: 1G, cpus: 2 }\nxen: { release: \"4.17\", livepatch: no, kexec: no "
                 "}\ndomains:\n",
                 &whole[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_holds),
        cmocka_unit_test(test_fails),
        cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_steps),
    };

    return cmocka_run_group_tests(tests, scenario_setup, scenario_teardown);
}
