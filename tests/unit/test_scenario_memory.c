/*
 * test_scenario_memory.c - domains whose memory is where the file has it: p2m, M2P, a PV guest's
 * own list and what the guest is told follow, and what cannot be is told.
 */
#include "fail_alloc.h"
#include "machine_fixture.h"
#include "scenario_fixture.h"

#define HOST_RAM "host: { ram: 4G, cpus: 2, processor: skylake-server }\n"
#define XEN_417  "xen: { release: \"4.17\", pv32: yes }\n"
#define DOM0     "  d0: { type: pv64, memory: 64M, privileged: yes }\n"
#define MODEL    HOST_RAM XEN_417 "domains:\n" DOM0

/* --- What there is ------------------------------------------------------------------------- */

static void check(const struct whole_row *row)
{
    whole_is(MODEL, row);
}

#define PVH_AT                                                                                     \
    "  d1: { type: pvh, memory: [{ mfn: 0x40000, pages: 512 }, { mfn: 0x60000, size: 2M }, { "     \
    "gfn: "                                                                                        \
    "0x800, mfn: 0x48000, size: 16M }, { gfn: 0x100000, pages: 0x1000 }] }\n"
#define PV_AT(type)                                                                                \
    "  d1: { type: " type ", memory: [{ mfn: 0x50000, size: 24M }, { pages: 0x1800 }, { mfn: "     \
    "0x30000, pages: 0x20 }] }\n"
#define IN_P2M(address, rest) "expect: [ { mapped: " address ", in: d1.p2m" rest " } ]\n"
#define READS(context, address, value)                                                             \
    "steps: [ { access: read, in: " context ", at: " address ", expect: [ { data: " value          \
    " } ] } ]\n"
#define OWNER(frame, who) "expect: [ { owner: " frame ", is: " who " } ]\n"

static void test_places(void **state)
{
    static const struct whole_row rows[] = {
        { PVH_AT, IN_P2M("0x5000", ", frame: 0x40005, page: 4K"), HELD, NULL, 0 },
        { PVH_AT, IN_P2M("0x5000", ", frame: 0x40006"), FAILED, "mfn 0x40005", 0 },
        { PVH_AT, IN_P2M("0x200000", ", frame: 0x60000, page: 2M"), HELD, NULL, 0 },
        { PVH_AT, IN_P2M("0x800000..0x17fffff", ", page: 2M"), HELD, NULL, 0 },
        { PVH_AT, IN_P2M("0x400000", ""), FAILED, "not-present", 0 },
        { PVH_AT, IN_P2M("0x1800000", ""), FAILED, "not-present", 0 },
        { PVH_AT, IN_P2M("0x100000000", ""), HELD, NULL, 0 },
        { PVH_AT, IN_P2M("0x101000000", ""), FAILED, "not-present", 0 },
        { PVH_AT, OWNER("0x481ff", "d1"), HELD, NULL, 0 },
        { PVH_AT, OWNER("0x4a000", "free"), HELD, NULL, 0 },
        { PVH_AT, OWNER("d1.gfn(0x100fff)", "d1"), HELD, NULL, 0 },
        { PVH_AT, READS("d0.v0.xen", "xen.m2p(0x48001)", "0x801"), HELD, NULL, 0 },
        { PVH_AT, READS("d0.v0.xen", "xen.m2p(0x60001)", "0x201"), HELD, NULL, 0 },
        { PVH_AT, READS("d0.v0.xen", "xen.m2p(0x48001)", "0x802"), FAILED, "0x801", 0 },
        { PV_AT("pv64"), OWNER("d1.gfn(0x17ff)", "d1"), HELD, NULL, 0 },
        { PV_AT("pv64"),
          "expect: [ { mapped: 0xffffffff80005000, in: d1.v0.kernel, frame: 0x50005 } ]\n", HELD,
          NULL, 0 },
        { PV_AT("pv64"), READS("d0.v0.xen", "xen.m2p(0x3001f)", "0x301f"), HELD, NULL, 0 },
        /* Its own list, behind 4 MiB of kernel. */
        { PV_AT("pv64"), READS("d1.v0.kernel", "0xffffffff80400000 + 8 * 0x1705", "0x51705"), HELD,
          NULL, 0 },
        { PV_AT("pv64"), READS("d1.v0.kernel", "0xffffffff80400000 + 8 * 0x301f", "0x3001f"), HELD,
          NULL, 0 },
        { PV_AT("pv32"), "expect: [ { mapped: 0xc0005000, in: d1.v0.kernel, frame: 0x50005 } ]\n",
          HELD, NULL, 0 },
        /* Another domain, built before, does not get what is given. */
        { "  d1: { type: pv64, memory: 512M }\n  d2: { type: pvh, memory: [{ mfn: 0x13c000, pages: "
          "4096 }] }\n",
          OWNER("0x13c010", "d2"), HELD, NULL, 0 },
        { "  d1: { type: hvm, paging: shadow, memory: [{ mfn: 0x40000, size: 16M }] }\n",
          "expect: [ { mapped: 0x5000, in: d1.v0.guest, frame: 0x40005 } ]\n", HELD, NULL, 0 },
    };

    (void)state;
    CHECK(check, rows);
}

static void test_cannot_be(void **state)
{
#define PVH(list) "  d1: { type: pvh, memory: " list " }\n"
    static const struct whole_row rows[] = {
        { PVH("[{ gfn: 0, mfn: 0xbfff0, size: 16M }]"), "", ERROR,
          "gfn 0x10 of d1 is to be mfn 0xc0000, which is no RAM", 5 },
        { PVH("[{ mfn: 0x40000, size: 16M }, { mfn: 0x40fff, pages: 2 }]"), "", ERROR,
          "mfn 0x40fff is to be gfn 0x1000 of d1, and is gfn 0xfff of d1 already (line 5)", 5 },
        { PVH("[{ mfn: 0x40000, size: 16M }]") "  d2: { type: pv64, memory: [{ mfn: 0x3f800, size: "
                                               "64M }] }\n",
          "", ERROR, "mfn 0x40000 is to be gfn 0x800 of d2, and is gfn 0x0 of d1 already (line 5)",
          6 },
        { PVH("[{ gfn: 0x10, size: 16M }, { gfn: 0x1000, size: 16M }]"), "", ERROR,
          "do not follow the range before them, which ends with gfn 0x100f", 5 },
        { "  d1: { type: pv64, memory: [{ size: 16M }, { gfn: 0x1001, size: 16M }] }\n", "", ERROR,
          "its gfn 0x1000 has no memory", 5 },
        { "  d1: { type: pv32, memory: [{ gfn: 1, size: 16M }] }\n", "", ERROR,
          "its gfn 0x0 has no memory", 5 },
        { PVH("[{ pages: 4096, size: 16M }]"), "", ERROR, "either pages or size", 5 },
        { PVH("[{ gfn: 5 }]"), "", ERROR, "either pages or size", 5 },
        { PVH("[{ size: 0x1001 }]"), "", ERROR, "no whole pages", 5 },
        { PVH("[{ pages: 0 }]"), "", ERROR, "0x0 frames", 5 },
        { PVH("[{ gfn: 0xfffffffff, pages: 2 }]"), "", ERROR, "below gfn 0x1000000000", 5 },
        { PVH("[{ mfn: 0xfffffffffffff000, pages: 0x1001 }]"), "", ERROR, "more than 40 bits", 5 },
        { PVH("[{ mfn: 0xffffffffff, pages: 2 }]"), "", ERROR, "more than 40 bits", 5 },
        { PVH("[{ page: 5 }]"), "", ERROR, "did you mean 'pages'?", 5 },
        { PVH("[{ mfn: x, pages: 5 }]"), "", ERROR, "mfn: 'x'", 5 },
        { PVH("[]"), "", ERROR, "a list, and a size was expected, such as 512M, or a list", 5 },
        { PVH("lots"), "", ERROR, "'lots', and a size was expected", 5 },
        { PVH("[ 16M ]"), "", ERROR, "a map was expected", 5 },
        /* What only a machine tells. */
        { PVH("[{ mfn: 0x10, size: 128K }, { mfn: 0x40000, size: 16M }]"), "", ERROR,
          "d1: its gfn 0x0 is to be mfn 0x10, which is Xen's own: the first MiB is", 0 },
        { PVH("[{ mfn: 0x13f000, size: 16M }]"), "", ERROR,
          "d1: its gfn 0x0 is to be mfn 0x13f000, which is Xen's own: it took it", 0 },
        { PVH("[{ mfn: 0xbf000, size: 16M }]"), "", ERROR, "Xen's own: its image is there", 0 },
        { PVH("[{ pages: 512 }]"), "", ERROR, "4 MiB at least", 0 },
        { PVH("[{ size: 16M }, { gfn: 0xfc008, size: 4K }]"), "", ERROR,
          "memory at gfn 0xfc000, where it has its acpi-tables", 0 },
        { PVH("[{ size: 16M }, { gfn: 0xfee00, size: 4K }]"), "", ERROR, "its local APIC is", 0 },
        { PVH("[{ gfn: 0x200, size: 16M }]"), "", ERROR, "no memory at gfn 0x10", 0 },
        { PVH("[{ size: 8G }]"), "", ERROR, "the host has no memory left", 0 },
    };

    (void)state;
    CHECK(check, rows);
}

/* The map of memory that a PVH guest is given has its holes. */
static void test_map(void **state)
{
    static const uint64_t want[][3] = {
        { 0, UINT64_C(0x400000), 1 },
        { UINT64_C(0x480000), UINT64_C(0x100000), 1 },
        { UINT64_C(0x800000), UINT64_C(0x1000000), 1 },
        { UINT64_C(0xfeff8000), UINT64_C(0x8000), 2 },
        { UINT64_C(0xfc008000), UINT64_C(0x40), 3 },
        { UINT64_C(0xfc000000), UINT64_C(0x1000), 3 },
        { UINT64_C(0xfc001000), UINT64_C(0x7000), 3 },
        { UINT64_C(0x100000000), UINT64_C(0x1000000), 1 },
    };
    const uint64_t start = UINT64_C(0x500000); /* Behind 4 MiB from 1 MiB on. */
    uint64_t map;
    struct world w;

    (void)state;
    build(&w, MODEL
          "  d1: { type: pvh, memory: [{ size: 2M }, { size: 2M }, { gfn: 0x480, pages: 256 }, { "
          "gfn: 0x800, size: 16M }, { gfn: 0x100000, size: 16M }] }\n");
    map = word_at(&w, "d1.p2m", start + 40, 8);
    assert_int_equal(word_at(&w, "d1.p2m", start, 4), 0x336ec578);
    assert_int_equal(word_at(&w, "d1.p2m", start + 48, 4), 8);
    for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
        assert_int_equal(word_at(&w, "d1.p2m", map + 24 * i, 8), want[i][0]);
        assert_int_equal(word_at(&w, "d1.p2m", map + 24 * i + 8, 8), want[i][1]);
        assert_int_equal(word_at(&w, "d1.p2m", map + 24 * i + 16, 4), want[i][2]);
    }
    end(&w);
    /* With a hole there it is told nothing. */
    build(&w, MODEL "  d1: { type: pvh, memory: [{ size: 4M }, { gfn: 0x800, size: 16M }] }\n");
    assert_int_equal(rights(&w, "d1.p2m", start, &map), 0);
    end(&w);
    /* HVM: hvm_info, where its memory ends below 4 GiB and above. */
    build(&w, MODEL
          "  d1: { type: hvm, memory: [{ size: 4M }, { gfn: 0x800, size: 16M }, { gfn: 0x100000, "
          "size: 16M }] }\n");
    assert_int_equal(word_at(&w, "d1.p2m", UINT64_C(0x9f800) + 20, 4), 0x1800);
    assert_int_equal(word_at(&w, "d1.p2m", UINT64_C(0x9f800) + 24, 4), 0x101000);
    end(&w);
}

/* --- While it runs ------------------------------------------------------------------------- */

#define CREATE(name, mfn)                                                                          \
    "{ create: " name ", as: { type: pvh, memory: [{ mfn: " mfn ", size: 16M }] } }"

static void test_steps(void **state)
{
    static const struct whole_row rows[] = {
        { "",
          "steps: [ " CREATE(
              "d1", "0x40000") ", { pause: d1, expect: [ { owner: 0x40005, is: d1 } ] } ]\n",
          HELD, NULL, 0 },
        { "", "steps: [ " CREATE("d1", "0x40000") ", " CREATE("d2", "0x40fff") " ]\n", ERROR,
          "d2: its gfn 0x0 is to be mfn 0x40fff, which is d1's", 0 },
        { "",
          "steps: [ " CREATE("d1", "0x40000") ", { destroy: d1 }, " CREATE(
              "d2", "0x40800") ", { pause: d2, expect: [ { owner: 0x40005, is: free }, { owner: "
                               "0x40805, is: d2 } ] } ]\n",
          HELD, NULL, 0 },
        /* Both a row of frames to the machine, and to the guests: one can go without the other. */
        { "  d1: { type: pv64, memory: [{ mfn: 0x40000, size: 16M }] }\n"
          "  d2: { type: pvh, mode: unpaged, memory: [{ gfn: 0x1000, mfn: 0x41000, size: 16M }] "
          "}\n",
          "steps: [ { destroy: d1 }, { access: read, in: d0.v0.xen, at: xen.m2p(0x41005), expect: "
          "[ { "
          "data: 0x1005 } ] }, { access: read, in: d0.v0.xen, at: xen.m2p(0x40005), expect: [ { "
          "data: "
          "0xffffffffffffffff } ] } ]\n",
          HELD, NULL, 0 },
        { "", "steps: [ { create: d1, as: { type: pv64, memory: [{ gfn: 5, size: 16M }] } } ]\n",
          ERROR, "without a hole", 5 },
    };

    (void)state;
    CHECK(check, rows);
}

static void test_no_memory(void **state)
{
    static const char text[] = MODEL PVH_AT
        "  d2: { type: pv64, memory: [{ mfn: 0x50000, size: 16M "
        "}, { pages: 0x800 }] }\n";
    unsigned long n = 0;

    (void)state;
    for (;; n++) {
        struct xenpt_machine *machine = NULL;
        struct xenpt_model *model = NULL;
        enum xenpt_code code;
        bool failed;

        fail_alloc_after(n);
        code = xenpt_model_parse("t.yaml", text, sizeof(text) - 1, NULL, NULL, &model, NULL);
        if (!code)
            code = xenpt_model_build(model, &machine, NULL);
        failed = fail_alloc_stop();
        xenpt_machine_destroy(machine);
        xenpt_model_close(model);
        if (!failed)
            break;
        assert_int_equal(code, XENPT_ENOMEM);
        n += n / 50;
    }
    assert_true(n > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_places), cmocka_unit_test(test_cannot_be), cmocka_unit_test(test_map),
        cmocka_unit_test(test_steps),  cmocka_unit_test(test_no_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
