/*
 * test_scenario_lines.c - what data caches have where memory has something else: a page that is
 * mapped twice, write-back and write-combining; Intel SDM vol. 3, "Methods of Caching Available",
 * and "Programming the PAT".
 */
#include "scenario_fixture.h"

/* d0 has devices, so that it may have PAT in an L1 entry: index 4 is WC, as Xen programs it. */
#define MAP(slot, flags)                                                                           \
    "{ mmu-update: d0.v0, table: d0.gfn(8001), slot: " slot                                        \
    ", value: maddr(d0.gfn(8000)) | " flags " }, "
#define SETUP                                                                                      \
    MAP("0", "0x67")                                                                               \
    MAP("1", "0xe7")                                                                               \
    MAP("2", "0x7f") /* UC */                                                                      \
    "{ mmu-update: d0.v0, table: d0.gfn(8002), slot: 0, value: maddr(d0.gfn(8001)) | 0x67 }, "     \
    "{ mmu-update: d0.v0, table: d0.gfn(8003), slot: 0, value: maddr(d0.gfn(8002)) | 0x67 }, "     \
    "{ mmu-update: d0.v0, table: d0.v0.root, slot: 5, value: maddr(d0.gfn(8003)) | 0x67 }, "

#define WB "0x28000000000"
#define WC "0x28000001000"
#define UC "0x28000002000"

#define READ(at)        "{ access: read, in: d0.v0.kernel, at: " at " }, "
#define WRITE(at, data) "{ access: write, in: d0.v0.kernel, at: " at ", data: " data " }, "
#define EVICT           "{ evict: d0.gfn(8000) }, "
#define SAYS(at, data)                                                                             \
    "{ access: read, in: d0.v0.kernel, at: " at ", expect: [ { data: " data " } ] }"

static void run_cached(const struct expect_row *row)
{
    char text[4096];
    struct expect_row with = *row;

    snprintf(text, sizeof(text), SETUP "%s ]\ncaches: modelled\nnames: { nothing: 0 } # ",
             row->expectation);
    with.expectation = text;
    steps_are(&with);
}

static void test_lines(void **state)
{
    static const struct expect_row rows[] = {
        /* A line that was read hides what memory was given past it... */
        { READ(WB) WRITE(WC, "5") SAYS(WB, "0"), HELD, NULL },
        { READ(WB) WRITE(WC, "5") SAYS(WC, "5"), HELD, NULL },
        { READ(WB) WRITE(WC, "5") SAYS(UC, "5"), HELD, NULL },
        { READ(WB) WRITE(UC, "5") SAYS(WB, "0"), HELD, NULL },
        /* ...until it is gone... */
        { READ(WB) WRITE(WC, "5") EVICT SAYS(WB, "5"), HELD, NULL },
        { READ(WB) WRITE(WC, "5") "{ evict: d0.gfn(8001) }, " SAYS(WB, "0"), HELD, NULL },
        /* ...and one that was not read does not, nor another line. */
        { WRITE(WC, "5") SAYS(WB, "5"), HELD, NULL },
        { READ(WB) WRITE("0x28000001040", "5") SAYS("0x28000000040", "5"), HELD, NULL },
        { READ(WB) WRITE("0x28000001038", "5") SAYS("0x28000000038", "0"), HELD, NULL },
        /* What was written to is written back, all of the line. */
        { WRITE(WB, "7") WRITE(WC, "5") SAYS(WC, "5"), HELD, NULL },
        { WRITE(WB, "7") WRITE(WC, "5") EVICT SAYS(WC, "7"), HELD, NULL },
        { READ(WB) WRITE(WC, "5") WRITE("0x28000000008", "7") EVICT SAYS(WB, "0"), HELD, NULL },
        /* By bytes. */
        { WRITE(WB, "0x1122334455667788")
              EVICT READ(WB) "{ access: write, in: d0.v0.kernel, at: 0x28000001002, data: 0xabcd, "
                             "bytes: 2 }, " EVICT SAYS(WB, "0x11223344abcd7788"),
          HELD, NULL },
        /* WBINVD, which only a domain with devices is let do. */
        { READ(WB) WRITE(WC, "5") "{ mmuext-op: d0.v0, op: flush-cache }, " SAYS(WB, "5"), HELD,
          NULL },
        /* A snapshot has what is cached. */
        { READ(WB) WRITE(WC, "5") "{ snapshot: a }, " EVICT "{ restore: a }, " SAYS(WB, "0"), HELD,
          NULL },
        { READ(WB) WRITE(WC, "5") "{ snapshot: a }, " EVICT "{ restore: a }, " EVICT SAYS(WB, "5"),
          HELD, NULL },
        { READ(WB) "{ snapshot: a }, " WRITE(WC, "5") "{ restore: a }, " EVICT SAYS(WB, "0"), HELD,
          NULL },
        /* A frame that is no table may have what it likes. */
        { READ(WB) WRITE(WC, "5") "{ run: d0.v0.kernel, expect: [ { invariant: cache-coherent, in: "
                                  "every context of d0 } ] }",
          HELD, NULL },
    };

    (void)state;
    CHECK(run_cached, rows);
}

static void test_mistakes(void **state)
{
    static const struct expect_row rows[] = {
        { "{ evict: d0.gfn(5) }", ERROR, "no key `caches`" },
        { "{ run: d0.v0.kernel, expect: [ { invariant: cache-coherent, in: d0.v0.kernel } ] }",
          ERROR, "it takes caches: modelled" },
        { "{ run: d0.v0.kernel } ]\ncaches: all\nnames: { nothing: 0 } # ", ERROR,
          "is none of: modelled none" },
    };

    (void)state;
    CHECK(steps_are, rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_mistakes),
    };

    return cmocka_run_group_tests(tests, scenario_setup, scenario_teardown);
}
