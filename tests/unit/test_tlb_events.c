/*
 * test_tlb_events.c - what each operation that invalidates drops, and what may stay.
 *
 * Caches are filled from several contexts; after an operation each row says what every one of
 * them has left: of three addresses the translation (X, Y, and G, a global one) and the entry
 * that leads to its L1 table (x, y, g), and of guest-physical addresses the same of X's frame
 * (p, q).  Claims are those of the Intel SDM vol. 3, "Operations that Invalidate TLBs and
 * Paging-Structure Caches" and "Operations that Invalidate Cached Mappings", and of the AMD APM
 * vol. 2, 5.5 and 15.16, and vol. 3, "INVLPGA" and "INVLPGB".
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tlb_fixture.h"

#define LEAF     (P | RW | US | A | D)
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Addresses in three regions of 2M, and where they lead: X's frame is alone in its 2M. */
enum { X, Y, G_, NR_PLACES };
static const uint64_t place[NR_PLACES] = { UINT64_C(0x40000000), UINT64_C(0x40200000),
                                           UINT64_C(0x40400000) };
static const uint64_t frame[NR_PLACES] = { MIB(64), MIB(66), MIB(68) };

/* A context that fills the caches. */
struct from {
    uint16_t vpid, pcid;
    unsigned int second; /* 1 or 2; 0: none. */
    bool global;         /* It has G, too: others of its VPID then use that. */
};

#define FROMS   8
#define SECONDS 2

struct room {
    struct world w;
    const struct from *from; /* FROMS of them. */
    struct xenpt_paging space, first[2], second[SECONDS];
};

/* What there is, as a string for each context and then for each guest-physical space. */
struct kept {
    char of[FROMS][NR_PLACES * 2 + 1];
    char guest[SECONDS][3];
};

static struct xenpt_tlb_context on(const struct room *r, unsigned int i)
{
    const struct from *f = &r->from[i];

    return world_on(&r->w, &r->first[f->pcid], f->second ? &r->second[f->second - 1] : NULL,
                    f->vpid);
}

static void room_init(struct room *r, enum xenpt_vendor vendor, const struct from *from)
{
    world_init(&r->w, vendor, xenpt_tlb_part(XENPT_TLB_IDEAL));
    r->from = from;
    r->space = world_space(&r->w, XENPT_CR4_PCIDE, 0);
    for (uint16_t pcid = 0; pcid < 2; pcid++)
        r->first[pcid] = with_pcid(&r->w, &r->space, pcid);
    for (unsigned int i = 0; i < SECONDS; i++)
        r->second[i] = world_second(&r->w, 1, true);
    for (unsigned int i = 0; i < NR_PLACES; i++)
        world_map(&r->w, &r->space, place[i], frame[i], LEAF | (i == G_ ? G : 0), 1);
}

static void fill(struct room *r)
{
    struct xenpt_tlb_event reset = { .id = XENPT_TLB_RESET };
    struct xenpt_tlb_context c = on(r, 0);

    xenpt_tlb_apply(r->w.tlb, &c, &reset, NULL, NULL);
    for (unsigned int i = 0; i < FROMS; i++) {
        c = on(r, i);
        for (unsigned int k = 0; k < NR_PLACES; k++)
            if (k != G_ || r->from[i].global)
                assert_true(READS(&r->w, &c, place[k]).used.allowed);
    }
}

struct look {
    const struct room *room;
    struct kept *kept;
};

static bool is_from(const struct room *r, const struct from *f, const struct xenpt_tlb_entry *e)
{
    bool amd = r->w.cpu.vendor == XENPT_AMD;
    uint64_t root = f->second && !amd ? r->second[f->second - 1].root : 0;

    return e->vpid == f->vpid && e->pcid == f->pcid && e->root == root &&
           e->kind == (root ? XENPT_TLB_COMBINED : XENPT_TLB_LINEAR);
}

static void look_at_guest(const struct look *l, const struct xenpt_tlb_entry *e)
{
    const struct room *r = l->room;
    bool amd = r->w.cpu.vendor == XENPT_AMD;

    for (unsigned int i = 0; i < SECONDS; i++)
        if ((amd ? e->vpid == i + 1 : e->root == r->second[i].root) &&
            frame[X] - e->first < e->span)
            l->kept->guest[i][e->table] = e->table ? 'q' : 'p';
}

static void look_at(void *ctx, const struct xenpt_tlb_entry *e)
{
    static const char letters[] = "XYGxyg";
    const struct look *l = ctx;
    const struct from *from = l->room->from;
    unsigned int first = e->table ? NR_PLACES : 0;

    if (e->table && e->span != MIB(2))
        return;
    if (e->kind == XENPT_TLB_GUEST) {
        look_at_guest(l, e);
        return;
    }
    for (unsigned int i = 0; i < FROMS; i++)
        for (unsigned int k = 0; k < NR_PLACES; k++)
            if (is_from(l->room, &from[i], e) && place[k] - e->first < e->span)
                l->kept->of[i][first + k] = letters[first + k];
}

static struct kept look(const struct room *r)
{
    struct kept kept;
    struct look ctx = { r, &kept };

    for (unsigned int i = 0; i < FROMS; i++)
        strcpy(kept.of[i], "------");
    for (unsigned int i = 0; i < SECONDS; i++)
        strcpy(kept.guest[i], "--");
    xenpt_tlb_each(r->w.tlb, look_at, &ctx);
    return kept;
}

/* What is told as it goes is what is gone. */
static void tell(void *ctx, const struct xenpt_tlb_entry *e)
{
    struct xenpt_tlb_dropped *told = ctx;

    if (e->table)
        told->tables++;
    else
        told->translations++;
}

/* An operation, done in one of the contexts; NULL: all is kept. */
struct row {
    struct xenpt_tlb_event event;
    unsigned int in;
    const char *of[FROMS], *guest[SECONDS];
};

static void check_row(struct room *r, const struct row *row)
{
    const char *name = xenpt_tlb_event(row->event.id)->name;
    struct xenpt_tlb_context c = on(r, row->in);
    struct xenpt_tlb_dropped told = { 0 }, dropped;
    struct kept before, after;
    size_t n;

    fill(r);
    before = look(r);
    for (unsigned int i = 0; i < FROMS; i++)
        assert_string_equal(before.of[i], r->from[i].global ? "XYGxyg" : "XY-xy-");
    for (unsigned int i = 0; i < SECONDS; i++)
        assert_string_equal(before.guest[i], "pq");
    n = xenpt_tlb_each(r->w.tlb, NULL, NULL);
    dropped = xenpt_tlb_apply(r->w.tlb, &c, &row->event, tell, &told);
    assert_int_equal(dropped.tables, told.tables);
    assert_int_equal(dropped.translations, told.translations);
    assert_int_equal(xenpt_tlb_each(r->w.tlb, NULL, NULL), n - told.tables - told.translations);
    after = look(r);
    for (unsigned int i = 0; i < FROMS; i++) {
        const char *wanted = row->of[i] ? row->of[i] : before.of[i];

        if (strcmp(after.of[i], wanted) != 0)
            fail_msg("%s in context %u: context %u has %s left of %s, and should have %s", name,
                     row->in, i, after.of[i], before.of[i], wanted);
    }
    for (unsigned int i = 0; i < SECONDS; i++) {
        const char *wanted = row->guest[i] ? row->guest[i] : before.guest[i];

        if (strcmp(after.guest[i], wanted) != 0)
            fail_msg("%s in context %u: of guest-physical space %u %s is left, and should be %s",
                     name, row->in, i, after.guest[i], wanted);
    }
}

/* --- Intel ---------------------------------------------------------------------------------- */

/* A host with two PCIDs; guests with VPID 1 without EPT, over EPT 1 with two PCIDs, and over
 * EPT 2; one with VPID 2; and one over EPT 1 without VPID. */
enum { H0, H1, V0, E0, E1, F0, W0, Z0 };
static const struct from intel[FROMS] = {
    [H0] = { 0, 0, 0, true }, [H1] = { 0, 1, 0, false }, [V0] = { 1, 0, 0, true },
    [E0] = { 1, 0, 1, true }, [E1] = { 1, 1, 1, false }, [F0] = { 1, 0, 2, true },
    [W0] = { 2, 0, 1, true }, [Z0] = { 0, 0, 1, true },
};

#define NONE "------"

/* clang-format off */
static const struct row intel_rows[] = {
    { { .id = XENPT_TLB_RESET }, H0, { NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE }, { "--", "--" } },
    { { .id = XENPT_TLB_INVLPG, .address = UINT64_C(0x40000fff) }, H0, { [H0] = "-YG---", [Z0] = "-YG---" }, { 0 } },
    /* Combined mappings of the VPID go, whichever the EPT; linear ones, though EPT is in use. */
    { { .id = XENPT_TLB_INVLPG, .address = UINT64_C(0x40000000) }, E0, { [V0] = "-YG---", [E0] = "-YG---", [F0] = "-YG---" }, { 0 } },
    /* Global translations go under any PCID, tables of the current one. */
    { { .id = XENPT_TLB_INVLPG, .address = UINT64_C(0x40400000) }, H1, { [H0] = "XY-xyg", [H1] = "XY----", [Z0] = "XY-xyg" }, { 0 } },
    { { .id = XENPT_TLB_INVLPG, .address = UINT64_C(0x4040000040000000) }, H0, { 0 }, { 0 } },
    { { .id = XENPT_TLB_INVPCID_ADDRESS, .pcid = 1, .address = UINT64_C(0x40000000) }, H0, { [H1] = "-Y--y-" }, { 0 } },
    { { .id = XENPT_TLB_INVPCID_ADDRESS, .pcid = 0, .address = UINT64_C(0x40400000) }, H1, { [H0] = "XYGxy-", [Z0] = "XYGxy-" }, { 0 } },
    { { .id = XENPT_TLB_INVPCID_SINGLE, .pcid = 0 }, H1, { [H0] = "--G---", [Z0] = "--G---" }, { 0 } },
    { { .id = XENPT_TLB_INVPCID_SINGLE, .pcid = 1 }, H0, { [H1] = NONE }, { 0 } },
    { { .id = XENPT_TLB_INVPCID_ALL_GLOBAL }, H0, { [H0] = NONE, [H1] = NONE, [Z0] = NONE }, { 0 } },
    { { .id = XENPT_TLB_INVPCID_ALL }, H0, { [H0] = "--G---", [H1] = NONE, [Z0] = "--G---" }, { 0 } },
    { { .id = XENPT_TLB_CR3, .pcid = 1 }, E0, { [E1] = NONE }, { 0 } },
    { { .id = XENPT_TLB_CR3, .pcid = 0 }, H1, { [H0] = "--G---", [Z0] = "--G---" }, { 0 } },
    { { .id = XENPT_TLB_CR3_NOFLUSH, .pcid = 0 }, H0, { 0 }, { 0 } },
    { { .id = XENPT_TLB_TASK_SWITCH }, H0, { [H0] = "--G---", [Z0] = "--G---" }, { 0 } },
    { { .id = XENPT_TLB_CR0_PG }, E0, { [V0] = NONE, [E0] = NONE, [E1] = NONE, [F0] = NONE }, { 0 } },
    { { .id = XENPT_TLB_CR0_OTHER }, H0, { 0 }, { 0 } },
    { { .id = XENPT_TLB_CR4_ALL }, H1, { [H0] = NONE, [H1] = NONE, [Z0] = NONE }, { 0 } },
    { { .id = XENPT_TLB_CR4_PCID }, H1, { [H1] = NONE }, { 0 } },
    { { .id = XENPT_TLB_CR4_PCID }, H0, { [H0] = NONE, [Z0] = NONE }, { 0 } },
    { { .id = XENPT_TLB_CR4_OTHER }, H0, { 0 }, { 0 } },
    { { .id = XENPT_TLB_EFER }, H0, { 0 }, { 0 } },
    /* Unlike INVLPG: only tables on the way. */
    { { .id = XENPT_TLB_PAGE_FAULT, .address = UINT64_C(0x40000000) }, H0, { [H0] = "-YG-yg", [Z0] = "-YG-yg" }, { 0 } },
    { { .id = XENPT_TLB_EPT_VIOLATION, .gaddr = MIB(64), .address = UINT64_C(0x40000000), .linear = true }, E0, { [E0] = "-YG-yg" }, { "--", 0 } },
    { { .id = XENPT_TLB_EPT_VIOLATION, .gaddr = MIB(64), .address = UINT64_C(0x40000000) }, F0, { 0 }, { 0, "--" } },
    { { .id = XENPT_TLB_VM_TRANSITION }, E0, { [H0] = NONE, [H1] = NONE, [Z0] = NONE }, { 0 } },
    { { .id = XENPT_TLB_VM_TRANSITION_VPID }, E0, { 0 }, { 0 } },
    { { .id = XENPT_TLB_INVVPID_ADDRESS, .vpid = 1, .address = UINT64_C(0x40000000) }, H0, { [V0] = "-YG-yg", [E0] = "-YG-yg", [E1] = "-Y--y-", [F0] = "-YG-yg" }, { 0 } },
    { { .id = XENPT_TLB_INVVPID_ADDRESS, .vpid = 1, .address = UINT64_C(0x40400000) }, H0, { [V0] = "XY-xy-", [E0] = "XY-xy-", [F0] = "XY-xy-" }, { 0 } },
    { { .id = XENPT_TLB_INVVPID_SINGLE, .vpid = 1 }, H0, { [V0] = NONE, [E0] = NONE, [E1] = NONE, [F0] = NONE }, { 0 } },
    { { .id = XENPT_TLB_INVVPID_ALL }, H0, { [V0] = NONE, [E0] = NONE, [E1] = NONE, [F0] = NONE, [W0] = NONE }, { 0 } },
    { { .id = XENPT_TLB_INVVPID_LOCAL, .vpid = 1 }, H0, { [V0] = "--G---", [E0] = "--G---", [E1] = NONE, [F0] = "--G---" }, { 0 } },
    { { .id = XENPT_TLB_INVEPT_ALL }, H0, { [E0] = NONE, [E1] = NONE, [F0] = NONE, [W0] = NONE, [Z0] = NONE }, { "--", "--" } },
};
/* clang-format on */

static void test_intel(void **state)
{
    struct room r;
    struct row invept = { { .id = XENPT_TLB_INVEPT_SINGLE },
                          H0,
                          { [E0] = NONE, [E1] = NONE, [W0] = NONE, [Z0] = NONE },
                          { "--", NULL } };

    (void)state;
    room_init(&r, XENPT_INTEL, intel);
    for (size_t i = 0; i < COUNT(intel_rows); i++)
        check_row(&r, &intel_rows[i]);
    /* Of an EPTP only the root counts. */
    invept.event.root = r.second[0].root | 0x5e;
    check_row(&r, &invept);
    world_fini(&r.w);
}

/* --- AMD ------------------------------------------------------------------------------------ */

/* A host with two PCIDs; ASID 1 with two PCIDs, ASID 2 with one, each over a table of its own;
 * and ASID 3, which has shadow paging.  The last two are as the first. */
enum { A0, A1, B0, B1, C0, S0 };
static const struct from amd[FROMS] = {
    [A0] = { 0, 0, 0, true },  [A1] = { 0, 1, 0, false }, [B0] = { 1, 0, 1, true },
    [B1] = { 1, 1, 1, false }, [C0] = { 2, 0, 2, true },  [S0] = { 3, 0, 0, true },
    { 0, 0, 0, true },         { 0, 0, 0, true },
};

#define LIKE_A0(s) [A0] = s, [6] = s, [7] = s
#define INVLPGB(...)                                                                               \
    {                                                                                              \
        .id = XENPT_TLB_INVLPGB, __VA_ARGS__                                                       \
    }
#define ASID(n) .vpid = n, .flags = XENPT_INVLPGB_ASID

/* clang-format off */
static const struct row amd_rows[] = {
    /* With EFER.TCE clear INVLPG and INVPCID drop all tables of the PCID. */
    { { .id = XENPT_TLB_INVLPG, .address = UINT64_C(0x40000000) }, A0, { LIKE_A0("-YG---") }, { 0 } },
    { { .id = XENPT_TLB_INVLPG, .address = UINT64_C(0x40000000) }, B1, { [B1] = "-Y----" }, { 0 } },
    { { .id = XENPT_TLB_INVPCID_ADDRESS, .pcid = 1, .address = UINT64_C(0x40000000) }, B0, { [B1] = "-Y----" }, { 0 } },
    { { .id = XENPT_TLB_CR3, .pcid = 0 }, B0, { [B0] = "--G---" }, { 0 } },
    { { .id = XENPT_TLB_CR4_ALL }, B0, { [B0] = NONE, [B1] = NONE }, { 0 } },
    { { .id = XENPT_TLB_EPT_VIOLATION, .gaddr = MIB(64), .address = UINT64_C(0x40000000), .linear = true }, B0, { [B0] = "-YG-yg" }, { "--", 0 } },
    { { .id = XENPT_TLB_VMRUN_KEEP, .vpid = 1 }, A0, { 0 }, { 0 } },
    { { .id = XENPT_TLB_VMRUN_ALL, .vpid = 1 }, A0, { NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE }, { "--", "--" } },
    { { .id = XENPT_TLB_VMRUN_ASID, .vpid = 1 }, A0, { [B0] = NONE, [B1] = NONE }, { "--", 0 } },
    { { .id = XENPT_TLB_VMRUN_ASID_LOCAL, .vpid = 1 }, A0, { [B0] = "--G---", [B1] = NONE }, { "--", 0 } },
    { { .id = XENPT_TLB_VMRUN_ASID, .vpid = 3 }, A0, { [S0] = NONE }, { 0 } },
    { { .id = XENPT_TLB_VMEXIT }, B0, { 0 }, { 0 } },
    { { .id = XENPT_TLB_INVLPGA, .vpid = 1, .address = UINT64_C(0x40000000) }, A0, { [B0] = "-YG---", [B1] = "-Y----" }, { 0 } },
    { { .id = XENPT_TLB_INVLPGA, .vpid = 1, .address = UINT64_C(0x40400000) }, A0, { [B0] = "XY----", [B1] = "XY----" }, { 0 } },
    { { .id = XENPT_TLB_TLBSYNC }, A0, { 0 }, { 0 } },
    { INVLPGB(ASID(1)), A0, { [B0] = "--G---", [B1] = NONE }, { 0 } },
    { INVLPGB(.vpid = 1, .flags = XENPT_INVLPGB_ASID | XENPT_INVLPGB_GLOBAL), A0, { [B0] = NONE, [B1] = NONE }, { 0 } },
    { INVLPGB(.vpid = 1, .flags = XENPT_INVLPGB_ASID | XENPT_INVLPGB_NESTED), A0, { [B0] = "--G---", [B1] = NONE }, { "--", 0 } },
    { INVLPGB(.vpid = 1, .flags = XENPT_INVLPGB_ASID | XENPT_INVLPGB_FINAL), A0, { [B0] = "--Gxyg", [B1] = "---xy-" }, { 0 } },
    { INVLPGB(.vpid = 1, .pcid = 1, .flags = XENPT_INVLPGB_ASID | XENPT_INVLPGB_PCID), A0, { [B1] = NONE }, { 0 } },
    { INVLPGB(.pcid = 1, .flags = XENPT_INVLPGB_PCID), A0, { [A1] = NONE, [B1] = NONE }, { 0 } },
    { INVLPGB(.vpid = 2, .address = UINT64_C(0x40000000), .flags = XENPT_INVLPGB_ASID | XENPT_INVLPGB_ADDRESS), A0, { [C0] = "-YG---" }, { 0 } },
    /* From X's page on, as far as Y's: 513 pages. */
    { INVLPGB(.vpid = 2, .address = UINT64_C(0x40000000), .pages = 513, .flags = XENPT_INVLPGB_ASID | XENPT_INVLPGB_ADDRESS | XENPT_INVLPGB_FINAL), A0, { [C0] = "--Gxyg" }, { 0 } },
    { INVLPGB(.vpid = 2, .address = UINT64_C(0x40000000), .pages = 512, .flags = XENPT_INVLPGB_ASID | XENPT_INVLPGB_ADDRESS | XENPT_INVLPGB_FINAL), A0, { [C0] = "-YGxyg" }, { 0 } },
};

/* With it set, only those on the way; so too INVLPGA and INVLPGB. */
static const struct row tce_rows[] = {
    { { .id = XENPT_TLB_INVLPG, .address = UINT64_C(0x40000000) }, B0, { [B0] = "-YG-yg" }, { 0 } },
    { { .id = XENPT_TLB_INVPCID_ADDRESS, .pcid = 1, .address = UINT64_C(0x40000000) }, B0, { [B1] = "-Y--y-" }, { 0 } },
    { { .id = XENPT_TLB_INVLPGA, .vpid = 1, .address = UINT64_C(0x40000000) }, A0, { [B0] = "-YG-yg", [B1] = "-Y--y-" }, { 0 } },
    { INVLPGB(.vpid = 2, .address = UINT64_C(0x40000000), .flags = XENPT_INVLPGB_ASID | XENPT_INVLPGB_ADDRESS), A0, { [C0] = "-YG-yg" }, { 0 } },
};
/* clang-format on */

static void test_amd(void **state)
{
    struct room r;

    (void)state;
    room_init(&r, XENPT_AMD, amd);
    for (size_t i = 0; i < COUNT(amd_rows); i++)
        check_row(&r, &amd_rows[i]);
    for (unsigned int pcid = 0; pcid < 2; pcid++)
        r.first[pcid].regs.efer |= XENPT_EFER_TCE;
    for (size_t i = 0; i < COUNT(tce_rows); i++)
        check_row(&r, &tce_rows[i]);
    world_fini(&r.w);
}

/* --- Registers ------------------------------------------------------------------------------ */

#define R(x) XENPT_TLB_REG_##x

static void test_registers(void **state)
{
    static const struct {
        enum xenpt_vendor vendor;
        enum xenpt_tlb_register reg;
        uint64_t old, set, clear; /* CR3 is given whole. */
        enum xenpt_tlb_event_id id;
        uint16_t pcid;
    } row[] = {
        { XENPT_INTEL, R(CR0), XENPT_CR0_PG, 0, XENPT_CR0_PG, XENPT_TLB_CR0_PG, 0 },
        { XENPT_INTEL, R(CR0), 0, XENPT_CR0_PG, 0, XENPT_TLB_CR0_OTHER, 0 },
        { XENPT_AMD, R(CR0), 0, XENPT_CR0_PG, 0, XENPT_TLB_CR0_PG, 0 },
        { XENPT_INTEL, R(CR0), XENPT_CR0_PG | XENPT_CR0_WP, 0, XENPT_CR0_WP, XENPT_TLB_CR0_OTHER,
          0 },
        { XENPT_INTEL, R(CR4), XENPT_CR4_PGE, 0, XENPT_CR4_PGE, XENPT_TLB_CR4_ALL, 0 },
        { XENPT_INTEL, R(CR4), 0, XENPT_CR4_PGE, 0, XENPT_TLB_CR4_ALL, 0 },
        { XENPT_AMD, R(CR4), 0, XENPT_CR4_PGE, 0, XENPT_TLB_CR4_ALL, 0 },
        { XENPT_INTEL, R(CR4), XENPT_CR4_PCIDE, 0, XENPT_CR4_PCIDE, XENPT_TLB_CR4_ALL, 0 },
        { XENPT_INTEL, R(CR4), 0, XENPT_CR4_PCIDE, 0, XENPT_TLB_CR4_OTHER, 0 },
        { XENPT_INTEL, R(CR4), 0, XENPT_CR4_PAE, 0, XENPT_TLB_CR4_PCID, 0 },
        { XENPT_AMD, R(CR4), 0, XENPT_CR4_PAE, 0, XENPT_TLB_CR4_ALL, 0 },
        { XENPT_AMD, R(CR4), XENPT_CR4_PSE, 0, XENPT_CR4_PSE, XENPT_TLB_CR4_ALL, 0 },
        { XENPT_INTEL, R(CR4), XENPT_CR4_PSE, 0, XENPT_CR4_PSE, XENPT_TLB_CR4_OTHER, 0 },
        { XENPT_INTEL, R(CR4), 0, XENPT_CR4_SMEP, 0, XENPT_TLB_CR4_PCID, 0 },
        { XENPT_INTEL, R(CR4), XENPT_CR4_SMEP, 0, XENPT_CR4_SMEP, XENPT_TLB_CR4_OTHER, 0 },
        { XENPT_INTEL, R(CR4), 0, XENPT_CR4_SMAP | XENPT_CR4_PKE, 0, XENPT_TLB_CR4_OTHER, 0 },
        { XENPT_INTEL, R(EFER), 0, XENPT_EFER_NXE, 0, XENPT_TLB_EFER, 0 },
        { XENPT_INTEL, R(CR3), XENPT_CR4_PCIDE, 0x5003, 0, XENPT_TLB_CR3, 3 },
        { XENPT_INTEL, R(CR3), XENPT_CR4_PCIDE, 0x5003 | XENPT_CR3_NOFLUSH, 0,
          XENPT_TLB_CR3_NOFLUSH, 3 },
        /* Without PCIDs the low bits are not one. */
        { XENPT_INTEL, R(CR3), 0, 0x5018, 0, XENPT_TLB_CR3, 0 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(row); i++) {
        struct xenpt_paging pg = { .cpu = { .vendor = row[i].vendor },
                                   .regs = { .cr0 = row[i].old, .cr4 = row[i].old } };
        struct xenpt_tlb_context c = { .first = &pg };
        uint64_t value = row[i].reg == R(CR3) ? row[i].set
                                              : (row[i].old | row[i].set) & ~row[i].clear;
        struct xenpt_tlb_event event = xenpt_tlb_register_event(&c, row[i].reg, value);

        if (event.id != row[i].id)
            fail_msg("row %zu: %s", i, xenpt_tlb_event(event.id)->name);
        assert_int_equal(event.pcid, row[i].pcid);
    }
}

/* Writing one does what its operation does. */
static void test_write_register(void **state)
{
    struct xenpt_tlb_context c;
    struct xenpt_tlb_dropped told = { 0 }, dropped;
    struct room r;

    (void)state;
    room_init(&r, XENPT_INTEL, intel);
    fill(&r);
    c = on(&r, H0);
    dropped = xenpt_tlb_write_register(r.w.tlb, &c, XENPT_TLB_REG_CR3,
                                       r.space.root | 1 | XENPT_CR3_NOFLUSH, tell, &told);
    assert_int_equal(dropped.translations + dropped.tables, 0);
    dropped = xenpt_tlb_write_register(r.w.tlb, &c, XENPT_TLB_REG_CR3, r.space.root | 1, tell,
                                       &told);
    assert_int_equal(dropped.translations, 2);
    assert_int_equal(told.translations, 2);
    assert_string_equal(look(&r).of[H1], NONE);
    world_fini(&r.w);
}

/* Operations are rows with words; what is none does nothing. */
static void test_rows(void **state)
{
    struct xenpt_tlb_event none = { .id = XENPT_NR_TLB_EVENTS };
    struct xenpt_tlb_context c;
    struct room r;

    (void)state;
    for (unsigned int i = 0; i < XENPT_NR_TLB_EVENTS; i++) {
        const struct xenpt_tlb_event_row *row = xenpt_tlb_event(i);

        assert_true(row->name && row->drops && row->keeps && row->source);
    }
    assert_null(xenpt_tlb_event(XENPT_NR_TLB_EVENTS));
    room_init(&r, XENPT_INTEL, intel);
    fill(&r);
    c = on(&r, H0);
    assert_int_equal(xenpt_tlb_apply(r.w.tlb, &c, &none, NULL, NULL).translations, 0);
    world_fini(&r.w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_intel),     cmocka_unit_test(test_amd),
        cmocka_unit_test(test_registers), cmocka_unit_test(test_write_register),
        cmocka_unit_test(test_rows),
    };

    return cmocka_run_group_tests_name("tlb events", tests, NULL, NULL);
}
