/*
 * test_touch.c - who but a guest touches its memory: for each kind of access a scenario that is
 * built to make it, and an expectation that catches it.  What is read where is as in
 * docs/architecture.md's sources: common/multicall.c, common/grant_table.c, arch/x86/mm.c and
 * arch/x86/usercopy.c of Xen 4.17, and the structures of its public headers.
 */
#include "scenario_fixture.h"

#define GUESTS   "through: guest-tables, consent: asked, by: xen, of: d1, access: read"
/* d1's frame 5 is mapped there, and one L1 entry before it. */
#define ARGUMENT "argument: 0xffffffff80005010"

static void all(const struct expect_row *rows, size_t nr)
{
    for (size_t i = 0; i < nr; i++)
        steps_are(&rows[i]);
}
#define ALL(rows) all(rows, sizeof(rows) / sizeof(rows[0]))

/* --- What hypercalls are given ------------------------------------------------------------- */

static void test_arguments(void **state)
{
    static const struct expect_row rows[] = {
        /* One request of 16 bytes; two of them; and 24 bytes of mmuext_op. */
        { "{ mmu-update: d1.v0, table: d1.v0.root, slot: 5, value: 0, " ARGUMENT
          ", expect: [ { touched: d1.gfn(5), why: argument, " GUESTS
          ", at: 0xffffffff80005010, count: 1 } ] }",
          HELD, NULL },
        { "{ mmu-update: d1.v0, requests: [ { table: d1.v0.root, slot: 5, value: 0 }, { table: "
          "d1.v0.root, slot: 6, value: 0 } ], " ARGUMENT ", expect: [ { touched: d1.gfn(5), why: "
          "argument, count: 2 }, { touched: d1.gfn(5), why: argument, at: 0xffffffff80005020 } ] }",
          HELD, NULL },
        { "{ mmuext-op: d1.v0, op: tlb-flush-local, " ARGUMENT
          ", expect: [ { untouched: d1.gfn(5), since: 1 }, { touched: d1.gfn(5), count: 0 } ] }",
          FAILED, "1 touch: step 1: xen on cpu0 for d1.v0 reads 24 bytes of d1, gfn 0x5, mfn " },
        /* An array over the end of a page is two touches, of two frames. */
        { "{ mmu-update: d1.v0, table: d1.v0.root, slot: 5, value: 0, argument: "
          "0xffffffff80005ff8, expect: [ { touched: d1.gfn(5), why: argument, count: 1 }, { "
          "touched: d1.gfn(6), why: argument, at: 0xffffffff80006000, count: 1 } ] }",
          HELD, NULL },
        /* Without an address it is d1's memory, and nobody knows which. */
        { "{ mmu-update: d1.v0, table: d1.v0.root, slot: 5, value: 0, expect: [ { touched: d1, "
          "why: argument, " GUESTS ", count: 1 } ] }",
          HELD, NULL },
        { "{ mmuext-op: d1.v0, op: tlb-flush-local, expect: [ { untouched: d1.gfn(5) } ] }", ERROR,
          "step 1 has a touch of which frame is not known" },
        { "{ mmuext-op: d1.v0, op: tlb-flush-local, expect: [ { touched: d1.gfn(5) } ] }", ERROR,
          "of which frame is not known" },
        { "{ set-gdt: d1.v0, frames: d1.gfn(8000), " ARGUMENT
          ", expect: [ { result: ok }, { touched: d1.gfn(5), why: argument, count: 1 } ] }",
          HELD, NULL },
        { "{ update-va-mapping: d1.v0, at: 0xffffffff80006000, value: 0, flush: invlpg, vcpus: "
          "1, " ARGUMENT ", expect: [ { touched: d1.gfn(5), why: argument, count: 1 } ] }",
          HELD, NULL },
        { "{ multicall: d1.v0, " ARGUMENT ", calls: [ { mmuext-op: d1.v0, op: tlb-flush-local, "
          "argument: 0xffffffff80006000 } ], expect: [ { touched: d1.gfn(5), why: argument, count: "
          "1 }, { touched: d1.gfn(5), why: result, access: write, at: 0xffffffff80005018 }, { "
          "touched: d1.gfn(6), why: argument, count: 1 } ] }",
          HELD, NULL },
        { "{ populate-physmap: d1.v0, gfns: 9000, " ARGUMENT ", list: 0xffffffff80006000, expect: "
          "[ { result: ok }, { touched: d1.gfn(5), why: argument, count: 1 }, { touched: "
          "d1.gfn(6), why: argument, count: 1 }, { touched: d1.gfn(6), why: result, access: write, "
          "count: 1 } ] }",
          HELD, NULL },
        { "{ grant-set-version: d1.v0, version: 2, " ARGUMENT
          ", expect: [ { touched: d1.gfn(5), why: argument }, { touched: d1.gfn(5), why: result, "
          "access: write } ] }",
          HELD, NULL },
        { "{ grant-setup-table: d1.v0, frames: 2, " ARGUMENT
          ", expect: [ { touched: d1.gfn(5), why: argument, count: 1 } ] }",
          HELD, NULL },
        /* event_channel_op: public/event_channel.h; what is bound is told by the same structure. */
        { "{ event-alloc-unbound: d1.v0, to: d0, " ARGUMENT
          ", expect: [ { touched: d1.gfn(5), why: argument, " GUESTS
          ", count: 1 }, { touched: d1.gfn(5), why: result, access: write, count: 1 } ] }",
          HELD, NULL },
        { "{ event-bind-ipi: d1.v0, " ARGUMENT
          ", got: p, expect: [ { touched: d1.gfn(5), why: result, count: 1 } ] }, { event-send: "
          "d1.v0, port: p, " ARGUMENT
          ", expect: [ { touched: d1.gfn(5), during: 2, why: argument, count: 1 }, { untouched: "
          "d1.gfn(5), during: 2, why: result } ] }, { event-close: d1.v0, port: p, argument: "
          "0xffffffff80006000, expect: [ { touched: d1.gfn(6), why: argument, count: 1 } ] }",
          HELD, NULL },
        { "{ event-bind-virq: d1.v0, virq: timer, expect: [ { touched: d1, why: argument, count: 1 "
          "}, { touched: d1, why: result, count: 1 } ] }",
          HELD, NULL },
        { "{ event-status: d1.v0, port: 1, " ARGUMENT
          ", expect: [ { touched: d1.gfn(5), why: result, count: 1 } ] }",
          HELD, NULL },
        { "{ event-send: d1.v0, port: 1, argument: 0x1000, expect: [ { result: EFAULT, rule: "
          "argument-mapped } ] }",
          HELD, NULL },
        /* memory_op, by which frames come to a place. */
        { "{ add-to-physmap: d2.v0, space: grant-table, gfn: 0x900, argument: 0x5010, expect: [ { "
          "touched: d2.gfn(5), why: argument, through: transient, count: 1 }, { untouched: "
          "d2.gfn(5), why: result } ] }, { remove-from-physmap: d2.v0, gfn: 0x900, argument: "
          "0x6000, "
          "expect: [ { touched: d2.gfn(6), why: argument, count: 1 } ] }",
          HELD, NULL },
        { "{ add-to-physmap: d2.v0, space: gmfn, idx: 5..6, gfn: 0x900, batch: yes, argument: "
          "0x7010, expect: [ { touched: d2, why: "
          "argument, count: 5 }, { touched: d2, why: result, count: 2 } ] }",
          HELD, NULL },
        { "{ add-to-physmap: d2.v0, space: grant-table, gfn: 0x900, argument: 0xfffff000, expect: "
          "[ { result: EFAULT, rule: argument-mapped } ] }",
          HELD, NULL },
        { "{ acquire-resource: d0.v0, of: d1, type: grant-table, " ARGUMENT
          ", expect: [ { result: ok }, { touched: d0.gfn(5), why: argument, count: 1 }, { touched: "
          "d0, why: result, access: write, count: 1 } ] }",
          HELD, NULL },
        /* By its own tables a guest is somebody else: what d0 asks for, d1 has not. */
        { "{ mmu-update: d0.v0, tables-of: d1, frames-of: d1, table: d1.v0.root, slot: 5, value: "
          "0, "
          "expect: [ { touched: d1, why: update, access: write, consent: none, of: d0 }, { "
          "untouched: d1, consent: asked } ] }",
          HELD, NULL },
        /* A guest that is pre-empted has the rest of its array read by what comes after. */
        { "{ mmu-update: d1.v0, preempt: 1, requests: [ { table: d1.v0.root, slot: 5, value: 0 }, "
          "{ table: d1.v0.root, slot: 6, value: 0 } ], " ARGUMENT
          " }, { continue: d1.v0, expect: [ "
          "{ touched: d1.gfn(5), during: 2, why: argument, at: 0xffffffff80005020, count: 1 } ] }",
          HELD, NULL },
    };

    (void)state;
    ALL(rows);
}

/* A 32-bit guest's are translated: read twice, the second time in the vCPU's own area. */
static void test_translated(void **state)
{
    static const struct expect_row rows[] = {
        { "{ mmuext-op: d3.v0, op: tlb-flush-local, argument: 0xc0005010, expect: [ { touched: "
          "d3.gfn(5), why: argument, through: guest-tables, at: 0xc0005010, count: 1 }, { touched: "
          "d3, through: argument-area, access: write, count: 1 }, { touched: d3, through: "
          "argument-area, access: read, count: 1 } ] }",
          HELD, NULL },
        /* Both kinds of guests have the same struct mmu_update. */
        { "{ mmu-update: d3.v0, at: 0, command: command-4, value: 0, argument: 0xc0005010, expect: "
          "[ { touched: d3.gfn(5), why: argument, count: 1 }, { untouched: d3, through: "
          "argument-area } ] }",
          HELD, NULL },
        { "{ mmuext-op: d3.v0, op: tlb-flush-local, argument: 0xf5800000, expect: [ { result: "
          "EFAULT, rule: argument-range } ] }",
          HELD, NULL },
        { "{ mmuext-op: d1.v0, op: tlb-flush-local, " ARGUMENT
          ", expect: [ { untouched: d1, through: argument-area } ] }",
          HELD, NULL },
    };

    (void)state;
    ALL(rows);
}

/* HVM and PVH: by a walk of the guest's tables; and a mapping of Xen's own. */
static void test_walked(void **state)
{
    static const struct expect_row rows[] = {
        { "{ grant-set-version: d2.v0, version: 2, argument: 0x5010, expect: [ { touched: "
          "d2.gfn(5), why: argument, through: transient, access: read, count: 1 }, { touched: "
          "d2, why: walk, access: read }, { touched: d2.gfn(5), why: result, access: write } ] }",
          HELD, NULL },
        /* Four tables are read. */
        { "{ grant-setup-table: d2.v0, frames: 1, argument: 0x5010, expect: [ { touched: d2, why: "
          "walk, access: read, during: 1, count: 8 } ] }",
          HELD, NULL },
        /* gfn 0x31 was never accessed: Xen sets A, and D where it writes. */
        { "{ grant-set-version: d2.v0, version: 2, argument: 0x31010, expect: [ { entry: 0x31000, "
          "in: d2.v0.guest, level: 1, with: [A, D] }, { touched: d2, why: walk, access: write } ] "
          "}",
          HELD, NULL },
        { "{ grant-setup-table: d2.v0, frames: 1, argument: 0x7fff00000000, expect: [ { result: "
          "EFAULT, rule: argument-mapped } ] }",
          HELD, NULL },
    };

    (void)state;
    ALL(rows);
}

/* What Xen cannot read, or write. */
static void test_faults(void **state)
{
    static const struct expect_row rows[] = {
        { "{ mmu-update: d1.v0, table: d1.v0.root, slot: 5, value: 0, argument: "
          "0xffff830000000000, expect: [ { result: EFAULT, rule: argument-range }, { untouched: "
          "d1, since: 0 "
          "} ] }",
          HELD, NULL },
        { "{ mmu-update: d1.v0, table: d1.v0.root, slot: 5, value: 0, argument: "
          "0x7ffffffffff8, expect: [ { result: EFAULT, rule: argument-range } ] }",
          HELD, NULL },
        { "{ mmu-update: d1.v0, table: d1.v0.root, slot: 5, value: 0, argument: 0x5000, expect: [ "
          "{ result: EFAULT, rule: argument-mapped }, { untouched: d1, since: 0 } ] }",
          HELD, NULL },
        { "{ mmuext-op: d1.v0, op: tlb-flush-local, argument: 0x5000, expect: [ { result: EFAULT } "
          "] }",
          HELD, NULL },
        { "{ multicall: d1.v0, argument: 0x5000, calls: [ { mmuext-op: d1.v0, op: tlb-flush-local "
          "} ], expect: [ { result: EFAULT } ] }",
          HELD, NULL },
        { "{ grant-set-version: d1.v0, version: 2, argument: 0x5000, expect: [ { result: EFAULT, "
          "rule: argument-mapped } ] }",
          HELD, NULL },
        /* memory_op returns how many were done, and no error. */
        { "{ populate-physmap: d1.v0, gfns: 9000, argument: 0x5000, expect: [ { result: short, "
          "rule: memory-argument } ] }",
          HELD, NULL },
        { "{ populate-physmap: d1.v0, gfns: 9000, list: 0x5000, expect: [ { result: short, rule: "
          "memory-argument } ] }",
          HELD, NULL },
        /* The first request is done, the second lies in a page that is not mapped. */
        { "{ update-va-mapping: d1.v0, at: 0xffffffff80006000, value: 0, flush: invlpg }, { "
          "mmu-update: d1.v0, requests: [ { table: d1.v0.root, slot: 5, value: 0 }, { table: "
          "d1.v0.root, slot: 6, value: 0 } ], argument: 0xffffffff80005ff0, expect: [ { result: "
          "EFAULT, done: 1 } ] }",
          HELD, NULL },
        /* A result that cannot be told: the page is a table, and mapped read-only. */
        { "{ grant-set-version: d1.v0, version: 2, argument: \"0xffffffff80000000 + "
          "(d1.gfn-of(d1.v0.root) << 12)\", expect: [ { result: EFAULT, rule: argument-mapped } ] "
          "}",
          HELD, NULL },
    };

    (void)state;
    ALL(rows);
}

/* --- What hypercalls do -------------------------------------------------------------------- */

static void test_tables(void **state)
{
    static const struct expect_row rows[] = {
        { "{ mmu-update: d1.v0, table: d1.v0.root, slot: 5, value: 0, expect: [ { touched: "
          "d1.v0.root, why: update, access: read, count: 1 }, { touched: d1.v0.root, "
          "why: update, access: write, through: transient, count: 1 } ] }",
          HELD, NULL },
        /* The L2 entry by the linear map, the L1 entry by a mapping of its own. */
        { "{ update-va-mapping: d1.v0, at: 0xffffffff80005000, value: 0, expect: [ { touched: d1, "
          "why: walk, through: linear, count: 1 }, { touched: d1, why: update, access: write, "
          "through: transient, count: 1 } ] }",
          HELD, NULL },
        { "{ update-va-mapping: d1.v0, at: 0xffffffff81f40000, value: 0, flush: invlpg }, { "
          "mmuext-op: d1.v0, op: pin-l1, frame: d1.gfn(8000), expect: [ { result: ok }, { "
          "touched: d1.gfn(8000), why: validate, access: read, count: 1 }, { touched: "
          "d1.gfn(8000), why: validate, access: write, count: 1 } ] }, { mmuext-op: d1.v0, op: "
          "unpin, frame: d1.gfn(8000), expect: [ { touched: d1.gfn(8000), why: validate, access: "
          "read, during: 3, count: 1 } ] }",
          HELD, NULL },
        { "{ set-gdt: d1.v0, frames: d1.gfn(8000), expect: [ { result: ok }, { touched: "
          "d1.gfn(8000), why: descriptors, access: read, count: 1 }, { touched: d1.gfn(8000), why: "
          "descriptors, access: write } ] }, { update-descriptor: d1.v0, at: maddr(d1.gfn(8000)) + "
          "8, value: 0, expect: [ { touched: d1.gfn(8000), during: 2, why: descriptors, access: "
          "write, count: 1 } ] }",
          HELD, NULL },
        { "{ mmuext-op: d1.v0, op: copy-page, frame: d1.gfn(5), source: d1.gfn(6), " ARGUMENT
          ", expect: [ { touched: d1.gfn(6), why: page, access: read, count: 1 }, { touched: "
          "d1.gfn(5), why: page, access: write, count: 1 } ] }",
          HELD, NULL },
        { "{ mmuext-op: d1.v0, op: clear-page, frame: d1.gfn(5), " ARGUMENT
          ", expect: [ { touched: d1.gfn(5), why: page, access: write, count: 1 } ] }",
          HELD, NULL },
        { "{ mmu-update: d1.v0, at: maddr(d1.gfn(5)), value: 7, " ARGUMENT
          ", expect: [ { touched: d1.gfn(5), why: page, access: write, count: 1 } ] }",
          HELD, NULL },
        { "{ mmu-update: d1.v0, at: maddr(d1.gfn(5)), value: 5, command: m2p, expect: [ { touched: "
          "d1, why: m2p, access: write, through: m2p, count: 1 } ] }",
          HELD, NULL },
        { "{ iret: d1.v0, stack: 0xffffffff80005010, expect: [ { touched: d1.gfn(5), why: iret, "
          "through: guest-tables, count: 1 } ] }",
          HELD, NULL },
        { "{ iret: d1.v0, expect: [ { touched: d1, why: iret, count: 1 } ] }", HELD, NULL },
        { "{ destroy: d1, expect: [ { touched: d1.gfn(5) } ] }", ERROR, "" },
        { "{ let: f, be: d1.gfn(5) }, { destroy: d1, expect: [ { touched: f, why: scrub, access: "
          "write, consent: none, count: 1 } ] }",
          HELD, NULL },
    };

    (void)state;
    ALL(rows);
}

#define OFFER  "{ grant-offer: d1, ref: 8, to: d0, frame: d1.gfn(8000) }, "
#define OFFER5 "{ grant-offer: d1, ref: 8, to: d0, frame: d1.gfn(5) }, "
#define HERE   "at: 0xffffffff80005000, "

/* A vCPU that gets a CPU has the time written for it, and what it has asked for. */
static void test_running(void **state)
{
#define STATE "{ register-area: d1.v0, area: runstate, at: 0xffffffff80005010 }, "
    static const struct expect_row rows[] = {
        { "{ run: d1.v0.kernel, on: cpu1, expect: [ { touched: d1, why: vcpu-info, access: write, "
          "through: directmap, consent: shared, count: 1 }, { untouched: d1, since: 0 } ] }",
          HELD, NULL },
        { "{ run: d1.v0.kernel, on: cpu1 }, { run: d1.v0.kernel, on: cpu1, expect: [ { untouched: "
          "d1, why: vcpu-info, during: 2 } ] }",
          HELD, NULL },
        { STATE
          "{ run: d0.v0.kernel, on: cpu0, expect: [ { touched: d1.gfn(5), why: runstate, "
          "access: write, through: guest-tables, at: 0xffffffff80005010, consent: "
          "registered, during: 1, count: 1 }, { touched: d1.gfn(5), why: runstate, during: 2, "
          "count: 1 } ] }, { run: d1.v0.kernel, on: cpu0, expect: [ { touched: d1.gfn(5), "
          "why: runstate, during: 3, count: 1 }, { untouched: d1, since: 0, unless: "
          "consented } ] }",
          HELD, NULL },
        /* In user mode the tables of its kernel are not loaded: it is told later. */
        { "{ run: d1.v0.kernel, on: cpu0 }, " STATE
          "{ run: d1.v0.user, on: cpu0 }, { run: d0.v0.kernel, on: cpu0 }, { run: d1.v0.user, on: "
          "cpu0, expect: [ { untouched: d1.gfn(5), why: runstate, during: 3 }, { untouched: "
          "d1.gfn(5), why: runstate, during: 4 }, { untouched: d1.gfn(5), why: runstate, during: 5 "
          "} ] }, { switch: d1.v0, to: kernel, expect: [ { touched: d1.gfn(5), why: runstate, "
          "during: 6, count: 1 } ] }",
          HELD, NULL },
        { "{ register-area: d2.v0, area: time, at: 0x5010 }, { run: d0.v1.kernel, on: cpu0 }, { "
          "run: d2.v0.guest, on: cpu0, expect: [ { touched: d2.gfn(5), why: time, access: write, "
          "through: transient, during: 3, count: 1 } ] }",
          HELD, NULL },
        { "{ register-area: d1.v0, area: time, at: 0xffff830000000000, expect: [ { result: EFAULT, "
          "rule: argument-range } ] }",
          HELD, NULL },
    };

    (void)state;
    ALL(rows);
}

/* Who has built a domain has written to it. */
static void test_building(void **state)
{
    static const struct expect_row rows[] = {
        { "{ pause: d1.v0, expect: [ { touched: d1, why: build, by: domain, of: d0, through: "
          "foreign, access: write, consent: none, during: 0 }, { touched: d1.v0.root, why: build, "
          "count: 1 }, { touched: d0, why: build, by: xen, through: directmap }, { untouched: d0, "
          "by: domain }, { touched: d2, why: build, by: domain }, { untouched: d1, since: 0 } ] }",
          HELD, NULL },
        { "{ create: d5, as: { type: pv64, memory: 16M }, expect: [ { touched: d5, why: build, "
          "during: 1, through: foreign }, { untouched: d5, during: 1, by: xen } ] }",
          HELD, NULL },
    };

    (void)state;
    ALL(rows);
}

/* Under shadow paging Xen walks the guest's tables at each fault, and writes to them in its place.
 */
static void test_shadows(void **state)
{
#define SHADOWED                                                                                   \
    "host: { ram: 1G, cpus: 2 }\n"                                                                 \
    "xen: { release: \"4.17\" }\n"                                                                 \
    "domains:\n"                                                                                   \
    "  d0: { type: pv64, memory: 64M, privileged: yes }\n"
    static const struct whole_row rows[] = {
        { "  d1: { type: hvm, memory: 32M, paging: shadow }\n",
          "steps:\n"
          "  - { access: write, in: d1.v0.guest, at: 0x13028, data: 0x5063, expect: [ { touched: "
          "d1, since: 0, why: walk, access: read, through: transient, by: xen, count: 4 } ] }\n"
          /* A root is never out of sync. */
          "  - { guest-write: 0x10028, of: d1.v0, value: 0, expect: [ { touched: d1.gfn(0x10), "
          "during: 2, why: shadow, access: read, count: 1 }, { touched: d1.gfn(0x10), during: 2, "
          "why: operand, access: write, count: 1 }, { touched: d1, during: 2, why: fetch } ] }\n",
          HELD, NULL, 0 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        whole_is(SHADOWED, &rows[i]);
}

static void test_grants(void **state)
{
    static const struct expect_row rows[] = {
        { OFFER5
          "{ grant-copy: d0.v0, from-ref: 8, from-of: d1, to-frame: d0.gfn(16000), length: 8, "
          "expect: [ { touched: d1.gfn(5), why: grant-copy, access: read, consent: granted, "
          "of: d0, count: 1 }, { touched: d0.gfn(16000), why: grant-copy, access: write, "
          "consent: asked, count: 1 }, { untouched: d1, since: 0, unless: granted }, { touched: "
          "d1, "
          "why: grant-entry, access: read, consent: shared }, { touched: d1, why: "
          "grant-entry, access: write } ] }",
          HELD, NULL },
        { OFFER "{ grant-map: d0.v0, of: d1, ref: 8, " HERE
                "expect: [ { result: ok }, { touched: d1, why: grant-entry }, { touched: d0, why: "
                "update, access: write }, { untouched: d1, since: 0 } ] }, { access: write, in: "
                "d0.v0.kernel, " HERE
                "expect: [ { touched: d1.gfn(8000), by: domain, of: d0, through: grant, access: "
                "write, consent: granted, why: access, count: 1 }, { untouched: d1, since: 0, "
                "unless: granted "
                "} ] }",
          HELD, NULL },
        /* A foreign mapping: nobody has asked the guest. */
        { "{ update-va-mapping: d0.v0, " HERE "value: maddr(d1.gfn(8000)) | 0x67, frames-of: d1, "
          "flush: invlpg, expect: [ { result: ok } ] }, { access: read, in: d0.v0.kernel, " HERE
          "expect: [ { touched: d1.gfn(8000), by: domain, through: foreign, consent: none, access: "
          "read, count: 1 } ] }",
          HELD, NULL },
        { "{ update-va-mapping: d0.v0, " HERE "value: maddr(d1.gfn(8000)) | 0x67, frames-of: d1, "
          "flush: invlpg }, { access: read, in: d0.v0.kernel, " HERE
          "expect: [ { untouched: d1, since: 0, unless: granted } ] }",
          FAILED, "step 2: d0.v0 on cpu0 reads 8 bytes of d1, gfn 0x1f40, mfn " },
        { "{ access: read, in: d0.v0.xen, at: xen.directmap(d1.gfn(5)), expect: [ { touched: "
          "d1.gfn(5), by: xen, why: access, through: directmap } ] }",
          HELD, NULL },
        /* Its own memory is nobody else's affair. */
        { "{ access: read, in: d1.v0.kernel, at: 0xffffffff80005000, expect: [ { untouched: d1, "
          "since: 0 } ] "
          "}",
          HELD, NULL },
    };

    (void)state;
    ALL(rows);
}

/* --- When ---------------------------------------------------------------------------------- */

static void test_spans(void **state)
{
#define FLUSH "mmuext-op: d1.v0, op: tlb-flush-local, " ARGUMENT
    static const struct expect_row rows[] = {
        { "{ " FLUSH ", name: first }, { pause: d0.v0, expect: [ { untouched: d1.gfn(5), since: "
          "first }, { touched: d1.gfn(5), during: first }, { touched: d1.gfn(5), since: 0 }, { "
          "untouched: d1.gfn(5), during: 0 } ] }",
          HELD, NULL },
        { "{ " FLUSH ", expect: [ { touched: d1.gfn(5), since: nowhere } ] }", ERROR,
          "no step before this has the number or the name 'nowhere'" },
        { "{ " FLUSH ", expect: [ { touched: d1.gfn(5), since: 0, during: 1 } ] }", ERROR,
          "since and during" },
        /* What is gone back on was not. */
        { "{ snapshot: s }, { " FLUSH " }, { restore: s, expect: [ { untouched: d1, since: 0 } ] }",
          HELD, NULL },
        { "{ repeat: 5, steps: [ { " FLUSH " } ], expect: [ { touched: d1.gfn(5), count: 5 } ] }",
          HELD, NULL },
        /* What an expectation looks at is no touch. */
        { "{ pause: d0.v0, expect: [ { mapped: 0xffffffff80005000, in: d1.v0.kernel }, { "
          "reachable: d1, from: d1.v0.xen }, { untouched: d1, since: 0 }, { untouched: d0, since: "
          "0 } ] }",
          HELD, NULL },
    };

    (void)state;
    ALL(rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_arguments), cmocka_unit_test(test_translated),
        cmocka_unit_test(test_walked),    cmocka_unit_test(test_faults),
        cmocka_unit_test(test_tables),    cmocka_unit_test(test_grants),
        cmocka_unit_test(test_spans),     cmocka_unit_test(test_running),
        cmocka_unit_test(test_building),  cmocka_unit_test(test_shadows),
    };

    return cmocka_run_group_tests(tests, scenario_setup, scenario_teardown);
}
