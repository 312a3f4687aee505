/*
 * test_iommu_domains.c - what devices of domains reach: drivers/passthrough/iommu.c and
 * x86/iommu.c, mm.c, _get_page_type, and grant_table.c of Xen 4.17, as files say it.
 */
#include "machine_fixture.h"
#include "scenario_fixture.h"
#include "xenpt/machine.h"
#include "xenpt/p2m.h"

/* --- Which tables -------------------------------------------------------------------------- */

#define INTEL         "host: { ram: 1G, cpus: 3, iommu: intel }\n"
#define AMD           "host: { ram: 1G, cpus: 3, processor: rome, iommu: amd }\n"
#define V17           "xen: { release: \"4.17\" }\n"
#define WITH(options) "xen: { release: \"4.17\", options: \"" options "\" }\n"
#define D0            "  d0: { type: pv64, memory: 64M, privileged: yes }\n"
#define PVH0          "  d0: { type: pvh, memory: 64M, privileged: yes }\n"

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

/* --- What they reach ----------------------------------------------------------------------- */

#define DOMAINS                                                                                    \
    "domains:\n" D0 "  d1: { type: pv64, memory: 32M, devices: [nic] }\n"                          \
    "  d2: { type: pvh, memory: 32M, devices: [gpu] }\n"                                           \
    "  d3: { type: pv32, memory: 32M, devices: [disk] }\n"                                         \
    "running: { cpu0: d0.v0.kernel, cpu1: d1.v0.kernel, cpu2: d3.v0.kernel }\n"
#define PV32         "xen: { release: \"4.17\", pv32: yes }\n"
#define AT(frame)    "bus(" frame ")"
#define MAPPED(f, r) "{ mapped: " AT(f) ", in: d1.device, frame: " f ", rights: " r " }"
#define UNMAPPED(f)  "{ unmapped: " AT(f) ", in: d1.device }"
#define PIN(f)       "{ mmuext-op: d1.v0, op: pin-l1, frame: " f ", expect: [ { result: ok }, "
#define STEPS(...)   "steps:\n  [ " __VA_ARGS__ " ]\n"
#define EXPECT(...)  "expect: [ " __VA_ARGS__ " ]\n"

#define BUILT                                                                                      \
    "expect:\n"                                                                                    \
    "  - { mapped: bus(d1.gfn(8000)), in: d1.device, frame: d1.gfn(8000), rights: rw- }\n"         \
    "  - { unmapped: bus(d1.v0.root), in: d1.device }\n"                                           \
    "  - { unmapped: bus(mfn(d1.v0.kernel.entry-at(0xffffffff80000000))), in: d1.device }\n"       \
    "  - { unmapped: bus(mfn(d1.v0.user.entry-at(0x400000))), in: d1.device }\n"                   \
    "  - { unmapped: bus(d3.v0.root), in: d3.device }\n"                                           \
    "  - { unreachable: d0, from: [d1.device, d3.device] }\n"                                      \
    "  - { unreachable: d2, from: d1.device }\n"                                                   \
    "  - { invariant: device-types, in: [d1.device, d2.device, d3.device] }\n"                     \
    "  - { invariant: device-memory, in: [d1.device, d2.device, d3.device] }\n"                    \
    "  - { invariant: legal-entries, in: every device context }\n"
#define OLD        "rules: xen-4.17 -device-types\n"
#define WRITES(to) "{ mmu-update: d1.v0, table: d1.gfn(8001), slot: 0, value: " to " }, "
#define RW_8000    "maddr(d1.gfn(8000)) | 0x63"
#define UNPIN                                                                                      \
    "{ mmuext-op: d1.v0, op: unpin, frame: d1.gfn(8000), expect: [ { result: ok }, { type: "       \
    "d1.gfn(8000), is: l1, count: 0 }, "

/* Each on both vendors' IOMMUs. */
static const struct whole_row types_rows[] = {
    { DOMAINS, BUILT, HELD, NULL, 0 },
    /* A table is out of reach, and stays so while that is its type. */
    { DOMAINS,
      STEPS(PIN("d1.gfn(8000)") UNMAPPED("d1.gfn(8000)") " ] }, " UNPIN UNMAPPED(
          "d1.gfn(8000)") " ] }, " PIN("d1.gfn(8001)")
                UNMAPPED("d1.gfn(8001)") " ] }, " WRITES(
                    RW_8000 ", expect: [ { result: ok }, " MAPPED("d1.gfn(8000)", "rw-") " ]")),
      HELD, NULL, 0 },
    /* So are descriptors. */
    { DOMAINS,
      STEPS("{ set-gdt: d1.v0, frames: d1.gfn(8000), expect: [ { result: ok }, " UNMAPPED(
          "d1.gfn(8000)") ", { invariant: device-types, in: d1.device } ] }"),
      HELD, NULL, 0 },
    /* What is refused changes nothing. */
    { DOMAINS,
      STEPS("{ poke: maddr(d1.gfn(8000)), value: maddr(d0.gfn(5)) | 0x63 }, { mmuext-op: d1.v0, "
            "op: pin-l1, frame: d1.gfn(8000), expect: [ { result: EBUSY }, " MAPPED("d1.gfn(8000)",
                                                                                    "rw-") " ] }"),
      HELD, NULL, 0 },
    /* XSA-288. */
    { DOMAINS,
      OLD "invariants: none\n" STEPS(PIN("d1.gfn(8000)") MAPPED("d1.gfn(8000)", "rw-") " ] }"),
      HELD, NULL, 0 },
    { DOMAINS, OLD STEPS(PIN("d1.gfn(8000)") "{ invariant: device-types, in: d1.device } ] }"),
      FAILED, "which can be written, and has a page table in use", 0 },
    { DOMAINS,
      OLD STEPS("{ set-gdt: d1.v0, frames: d1.gfn(8000), expect: [ { result: ok }, { invariant: "
                "device-types, in: d1.device } ] }"),
      FAILED, "has descriptors in use", 0 },
    { DOMAINS, OLD "invariants: end\n" STEPS(PIN("d1.gfn(8000)") " ] }"), FAILED,
      "has a page table in use", 0 },
    /* From writable it was taken out then, too. */
    { DOMAINS,
      OLD "invariants: none\n" STEPS(PIN("d1.gfn(8001)") " ] }, " WRITES(RW_8000) WRITES("0")
                                         PIN("d1.gfn(8000)") UNMAPPED("d1.gfn(8000)") " ] }"),
      HELD, NULL, 0 },
};

/* Memory that goes and comes. */
static const struct whole_row memory_rows[] = {
    { DOMAINS,
      STEPS("{ let: gone, be: d1.gfn(8000) }, { decrease-reservation: d1.v0, frames: gone, "
            "expect: [ { result: ok }, " UNMAPPED("gone") " ] }"),
      HELD, NULL, 0 },
    { DOMAINS,
      STEPS("{ decrease-reservation: d1.v0, frames: d1.gfn(8000) }, { populate-physmap: "
            "d1.v0, gfns: 8000, got: new, expect: [ " MAPPED("new", "rw-") " ] }"),
      HELD, NULL, 0 },
    { DOMAINS,
      STEPS("{ decrease-reservation: d1.v0, frames: d1.gfn(8000) }, { increase-reservation: "
            "d1.v0, got: new, expect: [ " UNMAPPED("new") " ] }, " PIN(
                "d1.gfn(8001)") " ] }, "
                                "{ mmu-update: d1.v0, table: d1.gfn(8001), "
                                "slot: 0, value: maddr(new) | 0x63, "
                                "expect: [ " MAPPED("new", "rw-") " ] }"),
      HELD, NULL, 0 },
    { DOMAINS,
      STEPS(
          "{ let: gone, be: d1.gfn(8000) }, { exchange: d1.v0, frames: gone, gfns: 8000, "
          "got: new, expect: [ { result: ok }, " UNMAPPED("gone") ", " MAPPED("new", "rw-") " ] }"),
      HELD, NULL, 0 },
    { DOMAINS,
      STEPS("{ let: given, be: d1.gfn(8000) }, { transfer-page: d1.v0, frame: given, to: d3, "
            "gfn: 0x9000, expect: [ { result: ok }, " UNMAPPED(
                "given") ", { mapped: bus(given), in: d3.device, frame: given } ] }"),
      HELD, NULL, 0 },
};

/* Grants: what all mappings of a frame come to. */
#define OFFER(n)                                                                                   \
    "{ grant-offer: d0, ref: 8, to: d1, frame: d0.gfn(16000) }, { grant-map: d1.v0, of: d0, "      \
    "ref: 8, " n
#define HERE  "at: 0xffffffff80005000, "
#define THERE "at: 0xffffffff80006000, "
#define PAGE  "d0.gfn(16000)"

static const struct whole_row grants_rows[] = {
    { DOMAINS, STEPS(OFFER(HERE) "read-only: yes, expect: [ " MAPPED(PAGE, "r--") " ] }"), HELD,
      NULL, 0 },
    { DOMAINS,
      STEPS(OFFER(HERE) "expect: [ " MAPPED(
          PAGE, "rw-") ", { invariant: device-memory, in: d1.device } ] }, "
                       "{ grant-unmap: d1.v0, handle: 0, " HERE
                       "expect: [ { result: ok }, " UNMAPPED(PAGE) " ] }"),
      HELD, NULL, 0 },
    { DOMAINS, STEPS(OFFER("device: yes, ") "expect: [ " MAPPED(PAGE, "rw-") " ] }"), HELD, NULL,
      0 },
    { DOMAINS,
      STEPS(OFFER(HERE) "read-only: yes }, " OFFER(THERE) "expect: [ " MAPPED(
          PAGE, "rw-") " ] }, { grant-unmap: d1.v0, handle: 1, " THERE
                       "expect: [ { result: ok }, " MAPPED(PAGE, "r--") " ] }"),
      HELD, NULL, 0 },
    /* What is gone with the domain that granted it. */
    { DOMAINS,
      STEPS("{ let: page, be: d3.gfn(8000) }, { grant-offer: d3, ref: 8, to: d1, frame: page "
            "}, { grant-map: d1.v0, of: d3, ref: 8, device: yes, expect: [ " MAPPED(
                "page",
                "rw-") " ] }, { destroy: d3, expect: [ " UNMAPPED("page") ", { invariant: "
                                                                          "device-memory, in: "
                                                                          "d1.device } ] }"),
      HELD, NULL, 0 },
    /* Physical memory of a guest. */
    { DOMAINS,
      STEPS("{ grant-offer: d1, ref: 8, to: d2, frame: d1.gfn(8000) }, { grant-map: d2.v0, "
            "of: d1, ref: 8, gfn: 0x500, expect: [ { mapped: 0x500000, in: d2.device, frame: "
            "d1.gfn(8000), rights: rw- } ] }, { grant-unmap: d2.v0, handle: 0, gfn: 0x500, "
            "expect: [ { unmapped: 0x500000, in: d2.device } ] }"),
      HELD, NULL, 0 },
    { DOMAINS,
      STEPS("{ grant-offer: d1, ref: 8, to: d2, frame: d1.gfn(8000) }, { grant-map: d2.v0, "
            "of: d1, ref: 8, gfn: 0x500, read-only: yes, expect: [ { mapped: 0x500000, in: "
            "d2.device, frame: d1.gfn(8000), rights: r-- } ] }"),
      HELD, NULL, 0 },
};

static void on_both(const struct whole_row *rows, size_t nr)
{
    for (size_t i = 0; i < nr; i++) {
        whole_is(INTEL PV32, &rows[i]);
        whole_is(AMD PV32, &rows[i]);
    }
    for (size_t i = 0; i < nr; i++)
        whole_is(INTEL "xen: { release: \"4.17\", pv32: yes, options: iommu=no-sharept }\n",
                 &rows[i]);
}

static void test_types(void **state)
{
    (void)state;
    on_both(types_rows, sizeof(types_rows) / sizeof(types_rows[0]));
}

static void test_memory(void **state)
{
    (void)state;
    on_both(memory_rows, sizeof(memory_rows) / sizeof(memory_rows[0]));
}

static void test_grants(void **state)
{
    (void)state;
    on_both(grants_rows, sizeof(grants_rows) / sizeof(grants_rows[0]));
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

/* --- An IOMMU that reads memory past the caches ---------------------------------------------- */

#define LATE                                                                                       \
    "host: { ram: 1G, cpus: 3, iommu: intel-noncoherent }\nxen: { release: \"4.13\", pv32: yes "   \
    "}\n"
#define TAKE                                                                                       \
    "{ grant-offer: d1, ref: 8, to: d2, frame: d1.gfn(8000) }, { grant-map: d2.v0, of: d1, "       \
    "ref: 8, gfn: 0x500"
#define SEEN   "{ evict: mfn(d2.p2m.entry-at(0x500000)), expect: [ "
#define LET_GO "{ grant-unmap: d2.v0, handle: 0, gfn: 0x500, expect: [ "

static const struct whole_row late_rows[] = {
    { DOMAINS,
      "caches: modelled\n" STEPS(
          "{ let: own, be: d2.gfn(0x500) }, " TAKE ", expect: [ { mapped: 0x500000, in: d2.device, "
          "frame: own }, { mapped: 0x500000, in: d2.p2m, frame: d1.gfn(8000) } ] }, " SEEN
          "{ mapped: 0x500000, in: d2.device, frame: d1.gfn(8000) } ] }, " LET_GO
          "{ unmapped: 0x500000, in: d2.p2m }, { mapped: 0x500000, in: d2.device, frame: "
          "d1.gfn(8000) }, { invariant: device-memory, in: d2.device, broken: yes } ] }"),
      HELD, NULL, 0 },
    { DOMAINS,
      "caches: modelled\nrules: xen-4.13.2\n" STEPS(
          TAKE ", expect: [ { mapped: 0x500000, in: d2.device, frame: d1.gfn(8000) } ] }, " LET_GO
               "{ unmapped: 0x500000, in: d2.device } ] }"),
      HELD, NULL, 0 },
    /* Of another's frame nothing is written back. */
    { DOMAINS,
      "caches: modelled\n" STEPS(
          TAKE " }, { evict: d1.gfn(5), expect: [ { mapped: 0x500000, in: d2.device, frame: "
               "d1.gfn(8000) } ] }"),
      FAILED, NULL, 0 },
};

static void test_late(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(late_rows) / sizeof(late_rows[0]); i++)
        whole_is(LATE, &late_rows[i]);
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

/* --- Steps --------------------------------------------------------------------------------- */

#define RESULT(...) STEPS("{ device-assign: d0.v0, " __VA_ARGS__ " } ] }")

static const struct whole_row steps_rows[] = {
    { DOMAINS,
      STEPS("{ device-deassign: d0.v0, device: nic, of: d1, expect: [ { result: ok } ] }, "
            "{ device-assign: d0.v0, device: nic, to: d3, expect: [ { result: ok }, { mapped: "
            "bus(d3.gfn(8000)), in: d3.device } ] }"),
      HELD, NULL, 0 },
    { DOMAINS,
      STEPS("{ device-deassign: d0.v0, device: nic, of: d1, expect: [ { unmapped: 0, in: "
            "d1.device } ] }"),
      ERROR, "there is no context d1.device now", 0 },
    { DOMAINS, RESULT("device: nic, to: d3, expect: [ { result: EBUSY, rule: device-free"), HELD,
      NULL, 0 },
    { DOMAINS, RESULT("device: nick, to: d3, expect: [ { result: ENODEV, rule: device-there"), HELD,
      NULL, 0 },
    { DOMAINS,
      STEPS("{ device-deassign: d0.v0, device: nic, of: d3, expect: [ { result: ENODEV, "
            "rule: device-there } ] }"),
      HELD, NULL, 0 },
    { DOMAINS,
      STEPS("{ device-assign: d1.v0, device: nic, to: d1, expect: [ { result: EPERM, rule: "
            "device-right } ] }"),
      HELD, NULL, 0 },
    { DOMAINS,
      STEPS("{ destroy: d3 }, { device-assign: d0.v0, device: disk, to: d3, expect: [ { "
            "result: ESRCH, rule: device-domain } ] }"),
      HELD, NULL, 0 },
    { DOMAINS,
      STEPS("{ create: d4, as: { type: pv64, memory: 16M } }, { device-deassign: d0.v0, "
            "device: nic, of: d1 }, { device-assign: d0.v0, device: nic, to: d4, expect: [ { "
            "result: EOPNOTSUPP, rule: device-tables } ] }"),
      HELD, NULL, 0 },
    { DOMAINS,
      "rules: xen-4.17 -device-tables\n" STEPS(
          "{ create: d4, as: { type: pv64, memory: 16M } }, { device-deassign: d0.v0, device: nic, "
          "of: "
          "d1 }, { device-assign: d0.v0, device: nic, to: d4 }"),
      ERROR, "a domain that has no tables for it", 0 },
    { DOMAINS,
      "rules: xen-4.17 -device-there\n" STEPS("{ device-assign: d0.v0, device: nick, to: d3 }"),
      ERROR, "there is no such device", 0 },
    /* A device writes where it can, and nowhere else. */
    { DOMAINS,
      STEPS("{ access: write, in: d1.device, at: bus(d1.gfn(8000)), data: 0x77, expect: [ { "
            "fault: none }, { mapped: bus(d1.gfn(8000)), in: d1.device } ] }, "
            "{ access: read, in: d1.device, at: bus(d1.gfn(8000)), expect: [ { data: 0x77 } ] "
            "}, { access: write, in: d1.device, at: bus(d0.gfn(5)), expect: [ { fault: "
            "npf } ] }"),
      HELD, NULL, 0 },
};

static void test_steps(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(steps_rows) / sizeof(steps_rows[0]); i++)
        whole_is(INTEL PV32, &steps_rows[i]);
}

/* A log of dirty pages and devices exclude each other. */
static void test_log(void **state)
{
    struct xenpt_error err;
    struct world w;

    (void)state;
    build(&w, INTEL PV32 DOMAINS);
    assert_int_equal(xenpt_machine_log_dirty(w.machine, 2, XENPT_LOG_ENABLE, &err), XENPT_ESTATE);
    assert_non_null(strstr(err.text, "d2 has devices"));
    end(&w);
    whole_is(INTEL PV32, &(struct whole_row){
                             "domains:\n" D0 "  d1: { type: pv64, memory: 32M, devices: [nic] }\n"
                             "  d2: { type: pvh, memory: 32M, log-dirty: yes, devices: [] }\n",
                             "steps: [ { device-deassign: d0.v0, device: nic, of: "
                             "d1 }, { device-assign: d0.v0, device: nic, "
                             "to: d2, expect: [ { result: EXDEV, rule: device-log } ] } ]\n",
                             HELD, NULL, 0 });
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
        cmocka_unit_test(test_frames),     cmocka_unit_test(test_types),
        cmocka_unit_test(test_memory),     cmocka_unit_test(test_grants),
        cmocka_unit_test(test_dom0),       cmocka_unit_test(test_late),
        cmocka_unit_test(test_steps),      cmocka_unit_test(test_log),
        cmocka_unit_test(test_mistakes),   cmocka_unit_test(test_iotlb),
        cmocka_unit_test(test_remembered), cmocka_unit_test(test_entries),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
