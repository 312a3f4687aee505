/*
 * test_scenario_tables.c - domains whose page tables and frames the file gives: what then is mapped
 * of 64-bit and 32-bit PV guests and of HVM guests in each mode, who shares what, what Xen adds,
 * why entries are there, and what cannot be.
 */
#include "fail_alloc.h"
#include "machine_fixture.h"
#include "scenario_fixture.h"

#define MODEL                                                                                      \
    "host: { ram: 4G, cpus: 2, processor: rome }\n"                                                \
    "xen: { release: \"4.17\", pv32: yes }\n"                                                      \
    "domains:\n"                                                                                   \
    "  d0: { type: pv64, memory: 64M, privileged: yes }\n"

static void check(const struct whole_row *row)
{
    whole_is(MODEL, row);
}

#define MAPPED(address, in, rest) "expect: [ { mapped: '" address "', in: " in ", " rest " } ]\n"
#define UNMAPPED(address, in)     "expect: [ { unmapped: '" address "', in: " in " } ]\n"
#define EXPECT(text)              "expect: [ { " text " } ]\n"

/* --- 64-bit PV ----------------------------------------------------------------------------- */

#define PV64(frames, tables)                                                                       \
    "  d1:\n    type: pv64\n    memory: 64M\n    vcpus: 2\n    frames: { " frames                  \
    " }\n    tables: { " tables " }\n"
/* Slot 5: an L3 with an L2 with an L1, of which both slots of the L2 have the same. */
#define TREE                                                                                       \
    "{ name: l3a, slots: { 0: { slots: { 0: { name: l1a, slots: { 0..3: { to: d1.gfn(0x300) }, "   \
    "4: { "                                                                                        \
    "to: secret, flags: [P, US, NX] }, 5..6: { to: buffer } } }, 1: { to: l1a }, 2: { to: "        \
    "d0.gfn(0x200), flags: [P, RW, PS] }, 3: { raw: 0x1234000 } } } } }"
#define GUEST                                                                                      \
    PV64("secret: 5, buffer: any",                                                                 \
         "kernel: { slots: { 5: " TREE                                                             \
         ", 6..7: { to: l3a }, 255: { to: self, flags: [P, US, A] } } }, v1.user: { builder: no, " \
         "slots: { 9: { to: l3a } } }, spare: { level: 4, slots: { 5: { to: l3a } } }, low: { "    \
         "level: 1, frame: 0x10, slots: { 7: { to: spare, flags: [P] } } }")

static void test_pv64(void **state)
{
    static const struct whole_row rows[] = {
        { GUEST, MAPPED("va(5,0,0,2)", "d1.v0.kernel", "frame: d1.gfn(0x302), flags: [RW, US]"),
          HELD, NULL, 0 },
        { GUEST, MAPPED("va(5,0,0,2)", "d1.v0.kernel", "frame: d1.gfn(0x303)"), FAILED, "mfn", 0 },
        { GUEST, MAPPED("va(7,0,1,4)", "d1.v1.kernel", "frame: d1.secret, flags: NX, without: RW"),
          HELD, NULL, 0 },
        { GUEST, MAPPED("va(5,0,0,5)", "d1.v0.kernel", "frame: d1.buffer"), HELD, NULL, 0 },
        { GUEST, MAPPED("va(5,0,0,6)", "d1.v0.kernel", "frame: d1.buffer"), HELD, NULL, 0 },
        { GUEST, EXPECT("slot: 255, in: d1.v0.kernel, is: self"), HELD, NULL, 0 },
        { GUEST, EXPECT("slot: 255, in: d1.v1.kernel, is: self"), HELD, NULL, 0 },
        { GUEST, EXPECT("slot: 255, in: d1.v0.kernel, without: RW, with: [US, A]"), HELD, NULL, 0 },
        { GUEST, EXPECT("slot: 6, in: d1.v0.kernel, same-as-slot: 7"), HELD, NULL, 0 },
        { PV64("", "kernel: { slots: { 5: { name: l3a, slots: {} }, 6..7: l3a } }"),
          EXPECT("slot: 7, in: d1.v0.kernel, frame: d1.l3a, with: [P, RW, US]"), HELD, NULL, 0 },
        { GUEST, EXPECT("slot: 6, in: d1.v0.kernel, frame: d1.l3a"), HELD, NULL, 0 },
        { GUEST,
          EXPECT(
              "entry: 'va(5,0,2,0)', in: d1.v0.kernel, level: 2, raw: maddr(d0.gfn(0x200)) | 0x83"),
          HELD, NULL, 0 },
        { GUEST, EXPECT("entry: 'va(5,0,3,0)', in: d1.v0.kernel, level: 2, raw: 0x1234000"), HELD,
          NULL, 0 },
        /* v1's user mode has nothing of the builder's, v0's has. */
        { GUEST, MAPPED("va(9,0,0,2)", "d1.v1.user", "frame: d1.gfn(0x302)"), HELD, NULL, 0 },
        { GUEST, UNMAPPED("va(9,0,0,2)", "d1.v0.user"), HELD, NULL, 0 },
        { GUEST, UNMAPPED("0x400000", "d1.v1.user"), HELD, NULL, 0 },
        { GUEST, MAPPED("0x400000", "d1.v0.user", "page: 4K"), HELD, NULL, 0 },
        { GUEST, MAPPED("xen.m2p(5)", "d1.v1.xen-user", "rights: rw-"), HELD, NULL, 0 },
        /* A table where the kernel has its memory: it is not to be written there. */
        { GUEST, MAPPED("0xffffffff80010000", "d1.v0.kernel", "frame: d1.low, without: RW"), HELD,
          NULL, 0 },
        { GUEST, MAPPED("0xffffffff80011000", "d1.v0.kernel", "flags: RW"), HELD, NULL, 0 },
        { GUEST, EXPECT("owner: d1.l3a, is: d1"), HELD, NULL, 0 },
        { GUEST, EXPECT("invariant: xen-slots, in: every guest context of d1"), HELD, NULL, 0 },
        /* Names of the file, and sums. */
        { PV64("a: 'base + 3'", "kernel: { slots: { 5: { to: d1.gfn(base + 2), flags: [] } } }"),
          "names: { base: 0x300 }\nexpect: [ { owner: d1.a, is: d1 }, { slot: 5, in: d1.v0.kernel, "
          "raw: 'maddr(d1.gfn(0x302))' } ]\n",
          HELD, NULL, 0 },
    };

    (void)state;
    CHECK(check, rows);
}

/* --- 32-bit PV ----------------------------------------------------------------------------- */

#define PV32(tables)                                                                               \
    "  d1:\n    type: pv32\n    memory: 64M\n    tables: { kernel: { " tables " } }\n"

static void test_pv32(void **state)
{
    static const struct whole_row rows[] = {
        { PV32("slots: { 1: { slots: { 0: { slots: { 0: { to: d1.gfn(7) } } } } } }"),
          MAPPED("0x40000000", "d1.v0.kernel", "frame: d1.gfn(7)"), HELD, NULL, 0 },
        { PV32("slots: { 1: { slots: { 0: { slots: { 0: { to: d1.gfn(7) } } } } } }"),
          MAPPED("0xc0000000", "d1.v0.kernel", "frame: d1.gfn(0)"), HELD, NULL, 0 },
        { PV32("builder: no, slots: { 1: { slots: { 0: { slots: { 0: { to: d1.gfn(7) } } } } } }"),
          UNMAPPED("0xc0000000", "d1.v0.kernel"), HELD, NULL, 0 },
        /* Its fourth L2 has Xen's slots, M2P, whoever made it. */
        { PV32("slots: { 3: { name: l2, slots: { 5: { to: d1.gfn(0x200), flags: [P, PS] } } } }"),
          MAPPED("0xf5800000", "d1.v0.kernel", "rights: r-.-"), HELD, NULL, 0 },
        { PV32("slots: { 3: { name: l2, slots: { 5: { to: d1.gfn(0x200), flags: [P, PS] } } } }"),
          MAPPED("0xc0a00000", "d1.v0.kernel", "page: 2M, frame: d1.gfn(0x200)"), HELD, NULL, 0 },
        { PV32("slots: { 3: { raw: 0 } }"), UNMAPPED("0xf5800000", "d1.v0.kernel"), HELD, NULL, 0 },
        { PV32("slots: { 4: { raw: 0 } }"), "", ERROR, "an L3 has slots 0 to 3, and not 4", 8 },
    };

    (void)state;
    CHECK(check, rows);
}

/* --- HVM and PVH --------------------------------------------------------------------------- */

#define HVM(mode, tables)                                                                          \
    "  d1:\n    type: hvm\n    memory: 64M\n    " mode "\n    tables: { " tables " }\n"
#define L1_AT_512G                                                                                 \
    "guest: { slots: { 1: { name: l3, slots: { 0: { slots: { 0: { name: l1, slots: { 0..511: { "   \
    "to: "                                                                                         \
    "0x400 } } }, 1: { to: 0x600, flags: [P, PS] } } }, 1: { to: 0, flags: [P, RW, PS] } } } } "   \
    "}, "                                                                                          \
    "other: { level: 4, frame: 0x800, slots: { 0: { to: l3 }, 1: { to: self } } }"
#define LINEAR_2LEVEL                                                                              \
    "guest: { builder: no, frame: d1.gfn(0x700), slots: { 0: { to: 0, flags: [P, RW, PS] }, 1: { " \
    "slots: { 0..1023: { to: 0x800 } } }, 1023: { to: self } } }"

/* v0 goes to a root that has an L3 of its own, with this L2. */
#define TWO_ROOTS(l2)                                                                              \
    HVM("vcpus: 2",                                                                                \
        "guest: { slots: { 1: { slots: { 0: { name: l2, slots: { 5: { to: 0 } } } } } } }, "       \
        "other: { level: 4, slots: { 1: { slots: { 0: { " l2 " } } } } }")
#define LOAD_OTHER                                                                                 \
    "steps: [ { load: d1.v0, cr3: 'd1.gfn-of(d1.other) << 12', expect: [ { slot: 1, in: "          \
    "d1.v0.guest, "                                                                                \
    "shared-with: d1.v1.guest, from: 2 } ] } ]\n"

static void test_hvm(void **state)
{
    static const struct whole_row rows[] = {
        { HVM("mode: 4level", L1_AT_512G),
          MAPPED("va(1,0,0,5)", "d1.v0.guest", "frame: d1.gfn(0x405), rights: rwxu"), HELD, NULL,
          0 },
        { HVM("mode: 4level", L1_AT_512G),
          MAPPED("va(1,0,1,5)", "d1.v0.guest", "frame: d1.gfn(0x605), without: RW"), HELD, NULL,
          0 },
        { HVM("mode: 4level", L1_AT_512G),
          EXPECT("entry: 'va(1,1,0,5)', in: d1.v0.guest, raw: 0x83"), HELD, NULL, 0 },
        { HVM("mode: 4level", L1_AT_512G), EXPECT("slot: 1, in: d1.v0.guest, frame: d1.l3"), HELD,
          NULL, 0 },
        { HVM("mode: 4level", L1_AT_512G), EXPECT("slot: 1, in: d1.v0.guest, frame: 0x40"), FAILED,
          "P RW US", 0 },
        { HVM("mode: 4level", L1_AT_512G),
          EXPECT("entry: 'va(1,0,0,5)', in: d1.v0.guest, frame: d1.gfn(0x405)"), HELD, NULL, 0 },
        { HVM("mode: 4level", L1_AT_512G),
          EXPECT("entry: 'va(1,0,0,5)', in: d1.v0.guest, frame: 0x405"), FAILED, "L1", 0 },
        { TWO_ROOTS("to: l2"), LOAD_OTHER, HELD, NULL, 0 },
        { TWO_ROOTS("slots: { 6: { to: 0 } }"), LOAD_OTHER, FAILED,
          "no level of tables is the same", 0 },
        { HVM("mode: 4level", L1_AT_512G), MAPPED("0x5000", "d1.v0.guest", "frame: d1.gfn(5)"),
          HELD, NULL, 0 },
        { HVM("mode: 4level", L1_AT_512G),
          "steps: [ { load: d1.v0, cr3: 'd1.gfn-of(d1.other) << 12', expect: [ { mapped: "
          "'va(0,0,0,5)', "
          "in: d1.v0.guest, frame: d1.gfn(0x405) }, { slot: 1, in: d1.v0.guest, is: self } ] } ]\n",
          HELD, NULL, 0 },
        { HVM("mode: pae",
              "guest: { slots: { 3: { slots: { 1: { slots: { 0..1: { to: 0x800 } } } } } } }"),
          MAPPED("0xc0201000", "d1.v0.guest", "frame: d1.gfn(0x801)"), HELD, NULL, 0 },
        { HVM("mode: 2level", LINEAR_2LEVEL),
          MAPPED("0x405000", "d1.v0.guest", "frame: d1.gfn(0x805), page: 4K"), HELD, NULL, 0 },
        { HVM("mode: 2level", LINEAR_2LEVEL),
          MAPPED("0xfffff000", "d1.v0.guest", "frame: d1.gfn(0x700)"), HELD, NULL, 0 },
        { HVM("mode: 2level", LINEAR_2LEVEL), UNMAPPED("0x800000", "d1.v0.guest"), HELD, NULL, 0 },
        { HVM("mode: 2level", LINEAR_2LEVEL), EXPECT("root: d1.v0.guest, is: d1.guest"), HELD, NULL,
          0 },
        /* The shadow is made of them. */
        { HVM("paging: shadow", L1_AT_512G),
          "steps: [ { access: write, in: d1.v0.guest, at: 'va(1,0,0,5)', data: 7, expect: [ { "
          "fault: "
          "none }, { mapped: 'va(1,0,0,5)', in: d1.v0.guest, frame: d1.gfn(0x405) } ] } ]\n",
          HELD, NULL, 0 },
        /* Tables that the guest needs, in memory with holes. */
        { "  d1: { type: pvh, memory: [{ gfn: 0x4000, size: 16M }], tables: { guest: { builder: "
          "no, "
          "slots: { 0: { slots: { 0: { to: 0, flags: [P, RW, PS] } } } } } } }\n",
          MAPPED("0x4000000", "d1.v0.guest", "frame: d1.gfn(0x4000)"), HELD, NULL, 0 },
    };

    (void)state;
    CHECK(check, rows);
}

/* --- What cannot be ------------------------------------------------------------------------ */

#define KERNEL(slots)                                                                              \
    "  d1: { type: pv64, memory: 64M, tables: { kernel: { slots: { " slots " } } } }\n"
#define GUEST_OF(mode, slots)                                                                      \
    "  d1: { type: pvh, memory: 64M, mode: " mode ", tables: { guest: { slots: { " slots           \
    " } } } }\n"
#define TABLES(tables) "  d1: { type: pv64, memory: 64M, tables: " tables " }\n"

static void test_mistakes(void **state)
{
    static const struct whole_row rows[] = {
        { KERNEL("5: { to: l3a }"), "", ERROR, "there is no 'l3a'", 5 },
        { KERNEL("5: { name: l3a, slots: {} }, 6: { to: l3b }"), "", ERROR, "did you mean 'l3a'?",
          5 },
        { KERNEL("5: { too: self }"), "", ERROR, "did you mean 'to'?", 5 },
        { KERNEL("5: {}"), "", ERROR, "where does it lead?", 5 },
        { KERNEL("5: { to: self, raw: 5 }"), "", ERROR, "and one alone", 5 },
        { KERNEL("5: { raw: 5, flags: [P] }"), "", ERROR, "raw is all of the entry", 5 },
        { KERNEL("5: { to: self, flags: [P, WR] }"), "", ERROR, "did you mean 'RW'?", 5 },
        { KERNEL("5: { to: self, flags: [P, AVL=9999] }"), "", ERROR, "has no AVL=9999", 5 },
        { KERNEL("5: 7"), "", ERROR, "7 can be all of it, { raw: 7 }, or a frame, { to: 7 }", 5 },
        { KERNEL("5: [ self ]"), "", ERROR, "a map was expected", 5 },
        { KERNEL("5: selv"), "", ERROR, "did you mean 'self'?", 5 },
        { KERNEL("x: { to: self }"), "", ERROR, "'x' is no slot", 5 },
        { KERNEL("7..5: { to: self }"), "", ERROR, "'7..5' is no slot", 5 },
        { KERNEL("512: { to: self }"), "", ERROR, "an L4 has slots 0 to 511, and not 512", 5 },
        { KERNEL("250..260: { to: self }"), "", ERROR, "slot 256 of an L4 is Xen's", 5 },
        { KERNEL("5: { to: self }, 4..6: { to: self }"), "", ERROR, "slot 5 is there already", 5 },
        { KERNEL("5: { to: d1.v0.root }"), "", ERROR, "nobody knows before there is a machine", 5 },
        { KERNEL("5: { to: d1.v0 }"), "", ERROR, "'d1.v0' is a vCPU", 5 },
        { KERNEL("5: { to: maddr(5) }"), "", ERROR, "mfn(MADDR)", 5 },
        { KERNEL("5: { to: self, name: l3a }"), "", ERROR, "for a table that is made here", 5 },
        { KERNEL("5: { slots: 5 }"), "", ERROR, "a map of slots was expected", 5 },
        { KERNEL("5: { slots: { 5: { slots: { 5: { slots: { 5: { slots: {} } } } } } } }"), "",
          ERROR, "an L1 entry maps a page", 5 },
        { KERNEL("5: { name: x, slots: {} }, 6: { name: x, slots: {} }"), "", ERROR,
          "has a table or a frame 'x' already", 5 },
        { KERNEL("5: { name: v7, slots: {} }"), "", ERROR, "'v7' means something else", 5 },
        { KERNEL("5: { name: 7x, slots: {} }"), "", ERROR, "is no name", 5 },
        { KERNEL("5: { frame: d0.gfn(5), slots: {} }"), "", ERROR, "a frame of d1 was expected",
          5 },
        { KERNEL("5: { frame: xen.directmap, slots: {} }"), "", ERROR, "is a virtual address", 5 },
        { TABLES("5"), "", ERROR, "a map was expected, such as { kernel:", 5 },
        { TABLES("{ kernle: { slots: {} } }"), "", ERROR, "did you mean 'kernel'?", 5 },
        { TABLES("{ guest: { slots: {} } }"), "", ERROR, "there is kernel, user, v0.kernel", 5 },
        { TABLES("{ v1.user: { slots: {} } }"), "", ERROR, "d1 has 1 vCPU, from v0 on", 5 },
        { TABLES("{ x: { level: 5, slots: {} } }"), "", ERROR, "a level from 1 to 4", 5 },
        { TABLES("{ x: { level: 2, builder: no } }"), "", ERROR, "its builder makes roots", 5 },
        { TABLES("{ kernel: { level: 3 } }"), "", ERROR, "this root is an L4", 5 },
        { TABLES("{ kernel: { frame: 5 } }"), "", ERROR, "is where its builder has it", 5 },
        { TABLES("{ kernel: 5 }"), "", ERROR, "a map was expected", 5 },
        { "  d1: { type: pv64, memory: 64M, frames: [ a ] }\n", "", ERROR, "such as { secret: 5",
          5 },
        { "  d1: { type: pv64, memory: 64M, frames: { a: anny } }\n", "", ERROR,
          "did you mean 'any'?", 5 },
        { "  d1: { type: pv64, memory: 64M, frames: { a: 5 } }\n", "names: { b: d1.aa }\n", ERROR,
          "a domain has no 'aa'", 6 },
        { GUEST_OF("4level", "5: { to: d0.gfn(5) }"), "", ERROR, "lead to frames of its own", 5 },
        { GUEST_OF("4level",
                   "5: { to: 5, flags: [P] }, 6: { slots: { 0: { to: 5, flags: [PS] } } }"),
          "", ERROR, "a page of 0x40000 frames begins at a multiple of that", 5 },
        { GUEST_OF("pae", "3: { raw: 1 }, 1: { to: 5, flags: [P, SD] }"), "", ERROR, "no flag", 5 },
        { GUEST_OF("2level", "1: { raw: 0x100000000 }"), "", ERROR, "has 32 bits", 5 },
        { GUEST_OF("unpaged", "1: { raw: 1 }"), "", ERROR, "is unpaged, and has none", 5 },
        { "",
          "steps: [ { create: d1, as: { type: pv64, memory: 64M, tables: { kernel: { slots: { 5: { "
          "to: x } } } } } } ]\n",
          ERROR, "there is no 'x'", 5 },
    };

    (void)state;
    CHECK(check, rows);
}

/* What only a machine tells. */
static void test_cannot_be(void **state)
{
    static const struct whole_row rows[] = {
        { KERNEL("5: { to: d1.gfn(0x4000) }"), "", ERROR, "frame 0x4000 of d1, which it has not",
          0 },
        { KERNEL("5: { to: d2.gfn(5) }") "  d2: { type: pv64, memory: 64M }\n", "", ERROR,
          "a domain that is not there yet: number 2", 0 },
        { KERNEL("5: { slots: { 0: { to: d1.gfn(1), flags: [P, PS] } } }"), "", ERROR,
          "which is no multiple of that", 0 },
        { KERNEL("5: { frame: 0x4000, slots: {} }"), "", ERROR,
          "its frame 0x4000, which it has not", 0 },
        { KERNEL("5: { frame: 0x802, slots: {} }"), "", ERROR, "a page that it has made itself",
          0 },
        { TABLES("{ x: { level: 1, frame: 0x401, slots: {} } }"), "", ERROR,
          "what its builder tells", 0 },
        { TABLES("{ x: { level: 1, frame: 0x428, slots: {} } }"), "", ERROR,
          "a table of its builder's", 0 },
        { TABLES("{ x: { level: 1, frame: 9, slots: {} }, y: { level: 1, frame: 9 } }"), "", ERROR,
          "two tables are to be its frame 0x9", 0 },
        { "  d1: { type: pv64, memory: 64M, frames: { a: 0x4000 } }\n", "", ERROR,
          "a is to be its frame 0x4000, which it has not", 0 },
        { GUEST_OF("4level", "5: { frame: 0x12, slots: {} }"), "", ERROR,
          "a table of its builder's", 0 },
        { GUEST_OF("4level", "5: { frame: 0x1000000200, slots: {} }"), "", ERROR,
          "its frame 0x1000000200, which it has not", 0 },
        { GUEST_OF("4level", "5: { frame: 0xfeffe, slots: {} }"), "", ERROR, "ident-pt", 0 },
        { GUEST_OF("2level", "5: { to: 0x100000 }"), "", ERROR, "for which an entry has no room",
          0 },
    };

    (void)state;
    CHECK(check, rows);
}

/* --- While it runs ------------------------------------------------------------------------- */

static void test_steps(void **state)
{
    static const struct whole_row rows[] = {
        { "",
          "steps: [ { create: d1, as: { type: pv64, memory: 64M, frames: { a: 5 }, tables: { "
          "kernel: { "
          "slots: { 5: { name: l3a, slots: {} } } } } } }, { pause: d1, expect: [ { slot: 5, in: "
          "d1.v0.kernel, frame: d1.l3a }, { owner: d1.a, is: d1 } ] } ]\n",
          HELD, NULL, 0 },
        { GUEST, "steps: [ { destroy: d1 }, { let: x, be: d1.l3a } ]\n", ERROR,
          "that domain is not there now", 0 },
        { GUEST,
          "steps: [ { snapshot: s }, { poke-entry: 'va(5,0,0,2)', in: d1.v0.kernel, value: 0 }, { "
          "restore: s, expect: [ { mapped: 'va(5,0,0,2)', in: d1.v0.kernel }, { owner: d1.buffer, "
          "is: d1 "
          "} ] } ]\n",
          HELD, NULL, 0 },
    };

    (void)state;
    CHECK(check, rows);
}

/* A root that nobody is on has what Xen puts into it when it validates one. */
static void test_spare_root(void **state)
{
    enum { SPARE = 7 }; /* Behind two frames and five tables. */
    uint64_t entry, at;
    struct world w;
    xenpt_mfn_t mfn;

    (void)state;
    build(&w, MODEL GUEST);
    assert_true(xenpt_machine_given(w.machine, 1, SPARE, &mfn));
    at = xenpt_mfn_to_maddr(mfn);
    for (unsigned int i = 256; i < 272; i++) {
        uint64_t kernel = slot(&w, "d1.v0.xen", i);

        assert_true(xenpt_read(w.view->mem, at + 8 * i, &entry, 8));
        if (i == 258)
            assert_int_equal(entry & ADDR, at);
        else
            assert_int_equal(entry, kernel);
    }
    assert_false(xenpt_machine_given(w.machine, 1, SPARE + 2, &mfn));
    assert_false(xenpt_machine_given(w.machine, 0, 0, &mfn));
    assert_false(xenpt_machine_given(w.machine, 9, 0, &mfn));
    end(&w);
}

/* Frames whose place is not said: none that is said, and none where something is loaded. */
static void test_places(void **state)
{
    static const struct whole_row rows[] = {
        { HVM("mode: 4level", "guest: { slots: { 5: { frame: 0x40, slots: {} }, 6: { slots: {} } } "
                              "}") "    frames: { x: 0x41 }\n",
          EXPECT("slot: 6, in: d1.v0.guest, frame: d1.gfn(0x42)"), HELD, NULL, 0 },
        { PV64("x: 0x809",
               "kernel: { slots: { 5: { name: a, slots: {} }, 6: { name: b, slots: {} } } }"),
          EXPECT("slot: 6, in: d1.v0.kernel, frame: d1.b"), HELD, NULL, 0 },
    };
    char text[4096] = MODEL "  d1: { type: hvm, memory: 64M, frames: { f0: any";
    size_t used = strlen(text);
    uint64_t maddr;
    struct world w;
    xenpt_mfn_t mfn;

    (void)state;
    CHECK(check, rows);
    for (int i = 1; i < 120; i++)
        used += (size_t)snprintf(text + used, sizeof(text) - used, ", f%d: any", i);
    snprintf(text + used, sizeof(text) - used, " } }\n");
    build(&w, text);
    for (unsigned int i = 0; i < 120; i++) {
        uint64_t gfn = i < 0x5f ? 0x40 + i : 0x600 + (i - 0x5f);

        assert_true(xenpt_machine_given(w.machine, 1, i, &mfn));
        rights(&w, "d1.p2m", gfn << XENPT_PAGE_SHIFT, &maddr);
        assert_int_equal(xenpt_mfn_to_maddr(mfn), maddr);
    }
    end(&w);
    /* The whole of it is wanted. */
    used = (size_t)snprintf(text, sizeof(text),
                            MODEL
                            "  d1: { type: pvh, mode: unpaged, memory: [{ gfn: 0x80, pages: 8 }, "
                            "{ gfn: 0x4000, size: 4M }, { gfn: 0x8000, pages: 1 }], frames: { f0: "
                            "any");
    for (int i = 1; i < 9; i++)
        used += (size_t)snprintf(text + used, sizeof(text) - used, ", f%d: any", i);
    snprintf(text + used, sizeof(text) - used, " } }\n");
    build(&w, text);
    assert_true(xenpt_machine_given(w.machine, 1, 8, &mfn));
    rights(&w, "d1.p2m", UINT64_C(0x4000000), &maddr);
    assert_int_equal(xenpt_mfn_to_maddr(mfn), maddr);
    end(&w);
}

/* Why an entry is there: the model gives it, as long as it is as given. */
static void test_explained(void **state)
{
    struct xenpt_entry_explanation why;
    struct xenpt_entry_question q;
    struct xenpt_walk walk;
    struct world w;

    (void)state;
    build(&w, MODEL GUEST);
    q = (struct xenpt_entry_question){ .context = context(&w, "d1.v0.kernel") };
    assert_int_equal(xenpt_walk(&q.context->paging, w.view->mem, UINT64_C(0x28000002000), &walk),
                     XENPT_MAPPED);
    for (unsigned int i = 0; i < walk.nr_steps; i++) {
        q.level = walk.step[i].level;
        q.in = walk.in;
        q.at = walk.step[i].at;
        q.entry = walk.step[i].entry;
        assert_true(w.view->explainer->entry(w.view->explainer, &q, &why));
        assert_string_equal(why.rule->name, "guest-given");
        assert_string_equal(why.owner, "d1");
        q.entry |= 0x60; /* A and D */
        assert_true(w.view->explainer->entry(w.view->explainer, &q, &why));
        assert_string_equal(why.rule->name, "guest-given");
        q.entry ^= 4;
        assert_true(w.view->explainer->entry(w.view->explainer, &q, &why));
        assert_string_equal(why.rule->name, "guest");
    }
    /* Slots that are not given are the builder's. */
    assert_int_equal(
        xenpt_walk(&q.context->paging, w.view->mem, UINT64_C(0xffffffff80005000), &walk),
        XENPT_MAPPED);
    q.level = 4;
    q.in = walk.in;
    q.at = walk.step[0].at;
    q.entry = walk.step[0].entry;
    assert_true(w.view->explainer->entry(w.view->explainer, &q, &why));
    assert_string_equal(why.rule->name, "guest");
    end(&w);
}

static void test_no_memory(void **state)
{
    static const char text[] = MODEL GUEST "  d2: { type: pvh, memory: 64M, frames: { a: any }, "
                                           "tables: { guest: { slots: { 5: { slots: {} } } "
                                           "} } }\n";
    unsigned long n = 0;

    (void)state;
    for (;; n += 1 + n / 50) {
        struct xenpt_machine *machine = NULL;
        struct xenpt_machine_snapshot *snapshot = NULL;
        struct xenpt_model *model = NULL;
        enum xenpt_code code;
        bool failed;

        fail_alloc_after(n);
        code = xenpt_model_parse("t.yaml", text, sizeof(text) - 1, NULL, NULL, &model, NULL);
        if (!code)
            code = xenpt_model_build(model, &machine, NULL);
        if (!code)
            code = xenpt_machine_snapshot_take(machine, &snapshot, NULL);
        failed = fail_alloc_stop();
        xenpt_machine_destroy(machine);
        xenpt_model_close(model);
        if (!failed)
            break;
        assert_int_equal(code, XENPT_ENOMEM);
    }
    assert_true(n > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pv64),       cmocka_unit_test(test_pv32),
        cmocka_unit_test(test_hvm),        cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_cannot_be),  cmocka_unit_test(test_steps),
        cmocka_unit_test(test_explained),  cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_spare_root), cmocka_unit_test(test_places),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
