/* test_iommu_reach.c - what devices of domains reach while pages are typed, come, go and are
 * granted: in steps of scenarios. */
#include "iommu_fixture.h"
#include "machine_fixture.h"
#include "xenpt/p2m.h"

/* --- What they reach ----------------------------------------------------------------------- */

#define PIN(f) "{ mmuext-op: d1.v0, op: pin-l1, frame: " f ", expect: [ { result: ok }, "

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

/* --- An IOMMU that reads memory past the caches ---------------------------------------------- */

#define LATE                                                                                       \
    "host: { ram: 1G, cpus: 3, iommu: intel-noncoherent }\nxen: { release: \"4.13\", pv32: yes "   \
    "}\n"
#define SEEN "{ evict: mfn(d2.p2m.entry-at(0x500000)), expect: [ "

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_types), cmocka_unit_test(test_memory), cmocka_unit_test(test_grants),
        cmocka_unit_test(test_late),  cmocka_unit_test(test_steps),  cmocka_unit_test(test_log),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
