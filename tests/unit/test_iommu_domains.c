/*
 * test_iommu_domains.c - what devices of domains reach: drivers/passthrough/iommu.c and
 * x86/iommu.c, mm.c, _get_page_type, and grant_table.c of Xen 4.17, as files say it.
 */
#include "iommu_fixture.h"
#include "machine_fixture.h"
#include "xenpt/machine.h"
#include "xenpt/p2m.h"

/* --- Which tables -------------------------------------------------------------------------- */

struct tables_row {
    const char *says, *head, *domains;
    unsigned int domain;
    enum xenpt_device_tables tables;
    const char *format; /* Of its context; NULL: there is none. */
};

static const struct tables_row tables_rows[] = {
    { "a PV dom0 has all RAM", INTEL V17, D0, 0, XENPT_DEVICE_FIXED, "VT-d 4-level" },
    { "...unless it is strict", INTEL WITH("iommu=dom0-strict"), D0, 0, XENPT_DEVICE_APART,
      "VT-d 4-level" },
    { "...which has two names", INTEL WITH("dom0-iommu=strict"), D0, 0, XENPT_DEVICE_APART,
      "VT-d 4-level" },
    { "a PVH dom0 has what it has", INTEL WITH("dom0=pvh"), PVH0, 0, XENPT_DEVICE_SHARED,
      "VT-d 4-level" },
    { "without an IOMMU there is nothing", "host: { ram: 1G }\n" V17, D0, 0, XENPT_DEVICE_NO_TABLES,
      NULL },
    { "nor with iommu=no", INTEL WITH("iommu=no"), D0, 0, XENPT_DEVICE_NO_TABLES, NULL },
    { "a PV domain's are apart", INTEL V17, D0 "  d1: { type: pv64, memory: 16M, devices: [a] }\n",
      1, XENPT_DEVICE_APART, "VT-d 4-level" },
    { "it may have none yet", INTEL V17, D0 "  d1: { type: pv64, memory: 16M, devices: [] }\n", 1,
      XENPT_DEVICE_APART, NULL },
    { "or can have none", INTEL V17, D0 "  d1: { type: pv64, memory: 16M }\n", 1,
      XENPT_DEVICE_NO_TABLES, NULL },
    { "EPT is shared", INTEL V17, D0 "  d1: { type: hvm, memory: 16M, devices: [a] }\n", 1,
      XENPT_DEVICE_SHARED, "VT-d 4-level" },
    { "unless no-sharept", INTEL WITH("iommu=no-sharept"),
      D0 "  d1: { type: hvm, memory: 16M, devices: [a] }\n", 1, XENPT_DEVICE_APART,
      "VT-d 4-level" },
    { "nor is what is no EPT", INTEL V17,
      D0 "  d1: { type: hvm, memory: 16M, paging: shadow, devices: [a] }\n", 1, XENPT_DEVICE_APART,
      "VT-d 4-level" },
    { "nested paging is not shared", AMD V17, D0 "  d1: { type: pvh, memory: 16M, devices: [a] }\n",
      1, XENPT_DEVICE_APART, "AMD IOMMU mode 4" },
    { "a PV domain's have as many levels as RAM needs",
      AMD "xen: { release: \"4.17\", pv32: yes }\n",
      D0 "  d1: { type: pv32, memory: 16M, devices: [a] }\n", 1, XENPT_DEVICE_APART,
      "AMD IOMMU mode 3" },
    { "an IOMMU that does not snoop, and an EPT that is written back",
      "host: { ram: 1G, iommu: intel-noncoherent }\n" V17,
      D0 "  d1: { type: pvh, memory: 16M, devices: [a] }\n", 1, XENPT_DEVICE_SHARED,
      "VT-d 4-level" },
    { "...and one that is not",
      "host: { ram: 1G, iommu: intel-noncoherent }\nxen: { release: "
      "\"4.12\" }\n",
      D0 "  d1: { type: pvh, memory: 16M, devices: [a] }\n", 1, XENPT_DEVICE_LATE, "VT-d 4-level" },
};

static void tables_are(const struct tables_row *row)
{
    const struct xenpt_context *c;
    char text[1024];
    struct world w;

    snprintf(text, sizeof(text), "%sdomains:\n%s", row->head, row->domains);
    build(&w, text);
    c = xenpt_view_context(w.view, row->domain ? "d1.device" : "d0.device");
    if (xenpt_machine_device_tables(w.machine, row->domain) != row->tables ||
        (c != NULL) != (row->format != NULL) || (c && strcmp(c->paging.format.name, row->format)))
        fail_msg(
            "%s: %s, %s", row->says,
            xenpt_device_tables_word(xenpt_machine_device_tables(w.machine, row->domain))->name,
            c ? c->paging.format.name : "no context");
    if (c && row->tables == XENPT_DEVICE_SHARED)
        assert_int_equal(
            c->paging.root,
            xenpt_view_context(w.view, row->domain ? "d1.p2m" : "d0.p2m")->paging.root);
    end(&w);
}

static void test_tables(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(tables_rows) / sizeof(tables_rows[0]); i++)
        tables_are(&tables_rows[i]);
    assert_string_equal(xenpt_iommu_word(XENPT_IOMMU_AMD)->name, "amd");
}

/* --- Who has which ------------------------------------------------------------------------- */

static void test_devices(void **state)
{
    struct xenpt_device device;
    struct world w;

    (void)state;
    build(&w, INTEL V17 "domains:\n" D0 "  d1: { type: pv64, memory: 16M, devices: [a, b] }\n");
    assert_true(xenpt_machine_device(w.machine, 1, &device));
    assert_string_equal(device.name, "b");
    assert_true(device.assigned);
    assert_int_equal(device.domain, 1);
    assert_false(xenpt_machine_device(w.machine, 2, &device));
    assert_int_equal(xenpt_machine_device_tables(w.machine, 7), XENPT_DEVICE_NO_TABLES);
    assert_int_equal(xenpt_machine_domain_destroy(w.machine, 1, NULL), XENPT_OK);
    assert_true(xenpt_machine_device(w.machine, 0, &device));
    assert_false(device.assigned);
    assert_int_equal(xenpt_machine_device_tables(w.machine, 1), XENPT_DEVICE_NO_TABLES);
    end(&w);
}

/* Tables that a domain had go with it, to the last frame. */
static void test_frames(void **state)
{
    static const char *const types[] = { "pv64", "hvm" };
    static const char *const heads[] = { INTEL WITH("iommu=no-sharept"), AMD V17 };

    (void)state;
    for (unsigned int i = 0; i < 4; i++) {
        struct xenpt_domain_desc desc = { .memory = 16u << 20, .devices = "x" };
        uint64_t before;
        char text[1024];
        uint32_t id;
        struct world w;

        snprintf(text, sizeof(text), "%sdomains:\n" D0, heads[i / 2]);
        desc.type = i % 2 ? XENPT_DOMAIN_HVM : XENPT_DOMAIN_PV64;
        build(&w, text);
        before = xenpt_machine_stats(w.machine).free_frames;
        assert_int_equal(xenpt_machine_domain_create(w.machine, &desc, &id, NULL), XENPT_OK);
        assert_true(xenpt_machine_stats(w.machine).free_frames < before);
        assert_int_equal(xenpt_machine_domain_destroy(w.machine, id, NULL), XENPT_OK);
        if (xenpt_machine_stats(w.machine).free_frames != before)
            fail_msg("%s on %u", types[i % 2], i / 2);
        end(&w);
    }
}

/* --- dom0 ---------------------------------------------------------------------------------- */

#define ONE "domains:\n" D0 "  d1: { type: pv64, memory: 32M }\n"

static const struct dom0_row {
    const char *options;
    struct whole_row row;
} dom0_rows[] = {
    { "iommu=yes",
      { ONE,
        EXPECT("{ mapped: bus(d1.v0.root), in: d0.device, rights: rw- }"
               ", "
               "{ unmapped: bus(mfn(xen.phys)) + 0x200000, in: d0.device }"
               ", "
               "{ unmapped: 0xf0000000, in: d0.device }"),
        HELD, NULL, 0 } },
    { "iommu=yes",
      { ONE, EXPECT("{ invariant: device-memory, in: d0.device }"), FAILED, "which is ", 0 } },
    { "iommu=yes",
      { ONE, EXPECT("{ invariant: device-types, in: d0.device }"), FAILED,
        "has a page table in use", 0 } },
    { "iommu=yes", { ONE, "invariants: end\n", HELD, NULL, 0 } },
    { "dom0-iommu=map-inclusive",
      { ONE,
        EXPECT("{ mapped: 0xf0000000, in: d0.device, rights: rw- }"
               ", "
               "{ unmapped: bus(mfn(xen.phys)) + 0x200000, in: d0.device }"
               ", "
               "{ mapped: bus(d1.v0.root), in: d0.device }"),
        HELD, NULL, 0 } },
    { "iommu=dom0-passthrough",
      { ONE,
        EXPECT("{ mapped: 0xf0000000, in: d0.device, rights: rw- }"
               ", "
               "{ mapped: bus(mfn(xen.phys)) + 0x200000, in: d0.device, rights: rw- }"),
        HELD, NULL, 0 } },
    { "iommu=dom0-strict",
      { ONE,
        EXPECT("{ unreachable: d1, from: d0.device }"
               ", "
               "{ mapped: bus(d0.gfn(16000)), in: "
               "d0.device }"
               ", "
               "{ unmapped: bus(d0.v0.root), in: d0.device }"
               ", "
               "{ invariant: device-types, in: d0.device }"
               ", "
               "{ invariant: device-memory, in: d0.device }"),
        HELD, NULL, 0 } },
};

static void test_dom0(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(dom0_rows) / sizeof(dom0_rows[0]); i++) {
        char head[256];

        snprintf(head, sizeof(head), INTEL WITH("%s"), dom0_rows[i].options);
        whole_is(head, &dom0_rows[i].row);
        snprintf(head, sizeof(head), AMD WITH("%s"), dom0_rows[i].options);
        whole_is(head, &dom0_rows[i].row);
    }
}

/* --- What is remembered -------------------------------------------------------------------- */

#define TLB "tlb: modelled\n"
#define USED                                                                                       \
    "{ access: write, in: d1.device, at: bus(page), data: 0, expect: [ { fault: none } ] }, "
#define AGAIN(what)                                                                                \
    "{ access: write, in: d1.device, at: bus(page), expect: [ { fault: " what " } ] }"
#define GONE                                                                                       \
    "{ let: page, be: d1.gfn(8000) }, " USED "{ decrease-reservation: d1.v0, frames: page }, "
#define STALE "{ invariant: device-flushed, in: d1.device } ] }"

static const struct iotlb_row {
    const char *head;
    struct whole_row row;
} iotlb_rows[] = {
    { INTEL PV32, { DOMAINS, TLB STEPS(GONE AGAIN("npf")), HELD, NULL, 0 } },
    { INTEL PV32,
      { DOMAINS, TLB "rules: xen-4.17 -iommu-flush\ninvariants: none\n" STEPS(GONE AGAIN("none")),
        HELD, NULL, 0 } },
    { INTEL PV32,
      { DOMAINS, TLB "rules: xen-4.17 -iommu-flush\n" STEPS(GONE AGAIN("none")), FAILED,
        "for an IOMMU that remembers it", 0 } },
    /* Without `tlb` nothing is remembered; and the rule is Intel's. */
    { INTEL PV32,
      { DOMAINS, "rules: xen-4.17 -iommu-flush\n" STEPS(GONE AGAIN("npf")), HELD, NULL, 0 } },
    { AMD PV32,
      { DOMAINS, TLB "rules: xen-4.17 -iommu-flush\n" STEPS(GONE AGAIN("npf")), HELD, NULL, 0 } },
    /* A device that leaves leaves nothing. */
    { INTEL PV32,
      { DOMAINS,
        TLB "rules: xen-4.17 -iommu-flush\n" STEPS(
            GONE "{ device-deassign: d0.v0, device: nic, of: d1 }, { device-assign: d0.v0, device: "
                 "nic, to: d1, expect: [ { invariant: device-flushed, in: d1.device } ] }"),
        HELD, NULL, 0 } },
    /* A table that was remembered as a page. */
    { INTEL PV32,
      { DOMAINS,
        TLB "rules: xen-4.17 -iommu-flush\n" STEPS(
            "{ let: page, be: d1.gfn(8000) }, " USED
            "{ mmuext-op: d1.v0, op: pin-l1, frame: page, expect: [ " STALE),
        FAILED, "for an IOMMU that remembers it", 0 } },
    /* What may be read alone. */
    { INTEL PV32,
      { DOMAINS,
        TLB STEPS(
            "{ grant-offer: d0, ref: 8, to: d1, frame: d0.gfn(16000) }, { grant-map: d1.v0, "
            "of: d0, ref: 8, device: yes, read-only: yes }, { access: read, in: d1.device, at: "
            "bus(d0.gfn(16000)), expect: [ { fault: none } ] }, { access: write, in: "
            "d1.device, at: bus(d0.gfn(16000)), expect: [ { fault: npf } ] }"),
        HELD, NULL, 0 } },
    /* An EPT that is shared; and data that are read where they were written. */
    { INTEL PV32,
      { DOMAINS,
        TLB "rules: xen-4.17 -iommu-flush\ninvariants: none\n" STEPS(
            TAKE " }, { access: write, in: d2.device, at: 0x500008, data: 0x77 }, " LET_GO
                 "{ unmapped: 0x500000, in: d2.device } ] }, { access: read, in: d2.device, at: "
                 "0x500008, expect: [ { fault: none }, { data: 0x77 } ] }"),
        HELD, NULL, 0 } },
    { INTEL PV32,
      { DOMAINS,
        TLB STEPS(TAKE " }, { access: write, in: d2.device, at: 0x500008, data: 0x77 }, " LET_GO
                       "] }, { access: read, in: d2.device, at: 0x500008, expect: [ { fault: npf } "
                       "] }"),
        HELD, NULL, 0 } },
};

static void test_iotlb(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(iotlb_rows) / sizeof(iotlb_rows[0]); i++)
        whole_is(iotlb_rows[i].head, &iotlb_rows[i].row);
}

/* Sixteen, of which the first makes room; by what they may. */
static void test_remembered(void **state)
{
    uint64_t first, maddr;
    struct world w;

    (void)state;
    build(&w, INTEL PV32 DOMAINS);
    first = xenpt_view_context(w.view, "d1.v0.kernel")->paging.root; /* Not in the tables. */
    xenpt_machine_device_uses(w.machine, 1, first);
    assert_false(xenpt_machine_device_remembers(w.machine, 1, first, false, &maddr));
    for (uint64_t i = 0; i < 17; i++)
        xenpt_machine_device_uses(w.machine, 2, i << 12);
    assert_false(xenpt_machine_device_remembers(w.machine, 2, 0, false, &maddr));
    assert_true(xenpt_machine_device_remembers(w.machine, 2, 0x1234, true, &maddr));
    assert_int_equal(rights(&w, "d2.p2m", 0x1234, &first) & 3, 3);
    assert_int_equal(maddr, first);
    xenpt_machine_device_uses(w.machine, 2, 0x1000); /* Once more is no other. */
    assert_true(xenpt_machine_device_remembers(w.machine, 2, 0x10000, false, &maddr));
    assert_false(xenpt_machine_device_stale(w.machine, 2, &first, &maddr));
    assert_false(xenpt_machine_device_remembers(w.machine, 0, 0, false, &maddr) ||
                 xenpt_machine_device_remembers(w.machine, 9, 0, false, &maddr));
    end(&w);
}

/* Entries as the manuals have them: R 0, W 1, SNP 11; PR 0, next level 11:9, FC 60, IR 61, IW 62.
 */
static void test_entries(void **state)
{
    static const struct {
        const char *head;
        uint64_t leaf, table, mask;
        unsigned int next; /* Shift of what counts levels, or 0. */
    } rows[] = {
        { INTEL PV32, 0x803, 3, UINT64_C(0xfff0000000000fff), 0 },
        { "host: { ram: 1G, iommu: intel-noncoherent }\n" PV32, 3, 3, UINT64_C(0xfff0000000000fff),
          0 },
        { AMD PV32, UINT64_C(0x7000000000000001), UINT64_C(0x6000000000000001),
          UINT64_C(0xfff0000000000fff), 9 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct xenpt_context *c;
        struct xenpt_walk walk;
        char text[1024];
        struct world w;
        uint64_t in;

        snprintf(text, sizeof(text),
                 "%sdomains:\n" D0 "  d1: { type: pv64, memory: 16M, devices: "
                 "[nic] }\n",
                 rows[i].head);
        build(&w, text);
        c = context(&w, "d1.device");
        /* A page of the domain's that is no table: its first, where its kernel is. */
        assert_true(rights(&w, "d1.v0.xen", UINT64_C(0xffffffff80000000), &in) & 1);
        assert_int_equal(xenpt_walk(&c->paging, w.view->mem, in, &walk), XENPT_MAPPED);
        for (unsigned int k = 0; k < walk.nr_steps; k++) {
            unsigned int level = walk.step[k].level;
            uint64_t wanted = level == 1 ? rows[i].leaf : rows[i].table;

            if (rows[i].next)
                wanted |= (uint64_t)(level - 1) << rows[i].next;
            assert_int_equal(walk.step[k].entry & rows[i].mask, wanted);
        }
        end(&w);
    }
}

/* --- Mistakes ------------------------------------------------------------------------------ */

static const struct mistake_row {
    const char *head;
    struct whole_row row;
} mistakes[] = {
    { "host: { ram: 1G }\n" V17,
      { "domains:\n" D0 "  d1: { type: pv64, memory: 16M, devices: [nic] }\n", "", ERROR,
        "it has devices, and the host has no IOMMU", 0 } },
    { INTEL WITH("iommu=no"),
      { "domains:\n" D0 "  d1: { type: pv64, memory: 16M, devices: [nic] }\n", "", ERROR,
        "it has devices, and Xen's command line has iommu=no", 0 } },
    { "host: { ram: 1G, iommu: amd }\n" V17,
      { "domains:\n" D0, "", ERROR, "the host's IOMMU is AMD's, and its processor is not", 0 } },
    { "host: { ram: 1G, processor: rome, iommu: intel }\n" V17,
      { "domains:\n" D0, "", ERROR, "the host's IOMMU is Intel's, and its processor is not", 0 } },
    { "host: { ram: 128G, processor: rome, iommu: amd }\n" V17,
      { "domains:\n" D0, "", ERROR, "more than 64 GiB of RAM", 0 } },
    { "host: { ram: [0x0..0x9fbff, 0x100000..0x3fffffff, "
      "0x1000000000000..0x100003fffffff], "
      "processor: rome, iommu: amd }\n" WITH("iommu=dom0-strict"),
      { "domains:\n" D0, "", ERROR, "walks 5 levels is not modelled", 0 } },
    { INTEL V17,
      { "domains:\n" D0 "  d1: { type: pv64, memory: 16M, devices: [nic] }\n"
        "  d2: { type: pv64, memory: 16M, devices: [nic] }\n",
        "", ERROR, "the device nic is another domain's", 0 } },
    { INTEL V17,
      { "domains:\n" D0 "  d1: { type: pv64, memory: 16M, devices: "
        "[abcdefghijklmnopqrstuvwxyz] }\n",
        "", ERROR, "has 23 letters at most", 0 } },
    { INTEL V17,
      { "domains:\n" D0 "  d1: { type: pv64, memory: 16M, log-dirty: yes, devices: [nic] }\n", "",
        ERROR, "keeps no log of dirty pages", 0 } },
    { INTEL V17,
      { "domains:\n" D0 "  d1: { type: pv64, memory: 16M, devices: nic }\n", "", ERROR,
        "a list of names was expected", 5 } },
    { INTEL V17,
      { "domains:\n" D0 "  d1: { type: pv64, memory: 16M, devices: [a b] }\n", "", ERROR,
        "the name of a device was expected", 5 } },
    { INTEL V17,
      { "domains:\n" D0 "  d1: { type: pv64, memory: 16M, devices: [a0,a1,a2,a3,a4,a5,a6,a7,"
        "b0,b1,b2,b3,b4,b5,b6,b7,c0,c1,c2,c3,c4,c5,c6,c7,d0,d1,d2,d3,d4,d5,d6,d7,e0] }\n",
        "", ERROR, "a host has 32 devices", 0 } },
    { "host: { ram: 1G, iommu: arm }\n" V17, { "domains:\n" D0, "", ERROR, NULL, 1 } },
};

static void test_mistakes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++)
        whole_is(mistakes[i].head, &mistakes[i].row);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tables),     cmocka_unit_test(test_devices),
        cmocka_unit_test(test_frames),     cmocka_unit_test(test_dom0),
        cmocka_unit_test(test_mistakes),   cmocka_unit_test(test_iotlb),
        cmocka_unit_test(test_remembered), cmocka_unit_test(test_entries),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
