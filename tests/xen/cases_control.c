/* cases_control.c - descriptors, vm_assist, multicalls, and faults that Xen deals with. */
#include "cases.h"

/* --- GDT ------------------------------------------------------------------------------------- */

#define CODE_64 UINT64_C(0x00af9b000000ffff)
#define DATA    UINT64_C(0x00cf93000000ffff)
#define LDT_OF  UINT64_C(0x0000e20000000067) /* A system descriptor: of an LDT. */

static void gdt_of(uint64_t frame, uint32_t entries)
{
    uint64_t frames[16];

    for (unsigned int i = 0; i < 16; i++)
        frames[i] = frame;
    said(ask_gdt(frames, entries));
    said(ask_gdt(NULL, 0));
}
static void gdt_good(void)
{
    gdt_of(fresh(), 512);
}
static void gdt_most(void)
{
    gdt_of(fresh(), 7168);
}
static void gdt_too_many(void)
{
    gdt_of(fresh(), 7169);
}
static void gdt_table(void)
{
    gdt_of(l1, 512);
}
static void gdt_page(void)
{
    gdt_of(page, 512);
}
static void gdt_others(void)
{
    gdt_of(other(), 512);
}
static void gdt_beyond(void)
{
    gdt_of(BEYOND, 512);
}
static void gdt_second(void)
{
    uint64_t frames[2] = { fresh(), l1 };

    said(ask_gdt(frames, 512));
    said(ask_gdt(frames, 513));
    said(ask_gdt(NULL, 0));
}
static void gdt_holding(uint64_t descriptor)
{
    uint64_t t = fresh();

    put(t, 3, descriptor);
    gdt_of(t, 512);
}
static void desc_ldt(void)
{
    gdt_holding(LDT_OF);
}
static void desc_code(void)
{
    gdt_holding(CODE_64);
}
static void desc_data(void)
{
    gdt_holding(DATA);
}
static void desc_tss(void)
{
    gdt_holding(UINT64_C(0x0000890000000067));
}
static void desc_dpl0(void)
{
    uint64_t t = fresh();

    put(t, 3, CODE_64);
    said(ask_gdt(&t, 512));
    /* Xen gives it a ring that a guest may have. */
    said_number(get(t, 3) >> 45 & 3);
    said(ask_gdt(NULL, 0));
}
static void desc_gate(void)
{
    gdt_holding(UINT64_C(0x0000ec0000080000));
}
static void desc_gate_own(void)
{
    gdt_holding(UINT64_C(0x0000ec00e0330000));
}
static void desc_absent(void)
{
    gdt_holding(UINT64_C(0x0000620000000067));
}
static void desc_32(void)
{
    gdt_holding(UINT64_C(0x00cf9b000000ffff));
}

static void describe(uint64_t where, uint64_t descriptor)
{
    said(ask_descriptor(where, descriptor));
}
static void describe_unaligned(void)
{
    describe(at(fresh(), 0) + 4, 0);
}
static void describe_table(void)
{
    describe(at(l1, 1), DATA);
}
static void describe_page(void)
{
    describe(at(page, 1), DATA);
}
static void describe_others(void)
{
    describe(at(other(), 1), DATA);
}
static void describe_beyond(void)
{
    describe(at(BEYOND, 1), DATA);
}
static void describe_shared(void)
{
    describe(at(shared_info(), 500), 0);
}
static void describe_bad(void)
{
    describe(at(page, 1), LDT_OF);
}
static void describe_gdt(void)
{
    uint64_t t = fresh();

    said(ask_gdt(&t, 512));
    describe(at(t, 3), CODE_64);
    describe(at(t, 3), LDT_OF);
    describe(at(t, 4), 0);
    said_number(get(t, 3) >> 40 & 0xff);
    said(ask_gdt(NULL, 0));
}

/* --- vm_assist ------------------------------------------------------------------------------- */

static void assist(uint32_t cmd, uint32_t type)
{
    said(ask_assist(cmd, type));
}
static void assist_types(void)
{
    for (uint32_t type = 3; type < 7; type++)
        assist(1, type);
    assist(1, 31);
    assist(1, 32);
    assist(1, 33);
    assist(1, 0xffffffff);
}
static void assist_commands(void)
{
    assist(0, 4);
    assist(1, 4);
    assist(2, 4);
    assist(0xffffffff, 4);
    assist(2, 6);
}

/* --- Writable page tables -------------------------------------------------------------------- */

/* The window's own L1, and others, where they can be read. */
static void look_at(unsigned int slot, uint64_t frame)
{
    mmu(at(l1, slot), frame << 12 | RO);
}
static void writes(uint64_t va, uint64_t value, unsigned int bytes)
{
    int vector = ask_write(va, value, bytes);

    said_text(vector ? " #PF" : " ok");
}
static uint64_t entry(unsigned int slot, unsigned int of)
{
    return WINDOW + slot * UINT64_C(4096) + of * 8;
}
static void ptwr_good(void)
{
    look_at(1, l1);
    writes(entry(1, 5), page << 12 | PAGE, 8);
    said_number(get(l1, 5) & 0xfff);
    writes(entry(1, 5), 0x25, 1);
    said_number(get(l1, 5) & 0xfff);
    writes(entry(1, 5), 0, 8);
    writes(entry(1, 5) + 4, 0, 4);
    writes(entry(1, 5) + 6, 0, 2);
}
static void ptwr_bad_entry(void)
{
    look_at(1, l1);
    writes(entry(1, 5), other() << 12 | PAGE, 8);
    writes(entry(1, 5), l2 << 12 | PAGE, 8);
    writes(entry(1, 5), UINT64_C(0xffffffffff) << 12 | PAGE, 8);
    said_number(get(l1, 5));
}
static void ptwr_unaligned(void)
{
    look_at(1, l1);
    writes(entry(1, 5) + 4, 0, 8);
    writes(entry(1, 5) + 1, 0, 2);
    writes(entry(1, 5) + 1, 0, 4);
}
static void ptwr_l2(void)
{
    look_at(1, l2);
    writes(entry(1, 5), 0, 8);
}
static void ptwr_root(void)
{
    look_at(1, root());
    writes(entry(1, 9), 0, 8);
}
static void ptwr_page(void)
{
    look_at(1, page);
    writes(entry(1, 5), 0, 8);
}
static void ptwr_absent(void)
{
    writes(entry(7, 5), 0, 8);
}
static void ptwr_others(void)
{
    mmu_of(at(l1, 1), other() << 12 | RO, D1);
    writes(entry(1, 5), 0, 8);
}
static void ptwr_not_asked(void)
{
    look_at(1, l1);
    assist(1, 2);
    writes(entry(1, 5), 0, 8);
    assist(0, 2);
    writes(entry(1, 5), 0, 8);
}

/* --- LDT ------------------------------------------------------------------------------------- */

static void uses(uint64_t offset)
{
    said_text(ask_ldt(offset) ? " #PF" : " ok");
}
/* Page 2 of the window is the LDT. */
static uint64_t ldt(void)
{
    uint64_t t = fresh();

    put(t, 0, DATA | UINT64_C(3) << 45);
    mmu(at(l1, 2), t << 12 | RO);
    ext(SET_LDT, WINDOW + 0x2000, 512);
    return t;
}
static void no_ldt(void)
{
    ext(SET_LDT, 0, 0);
}
static void ldt_good(void)
{
    uint64_t t = ldt();

    uses(0);
    /* It has descriptors by now. */
    mmu(at(l1, 3), t << 12 | PAGE);
    no_ldt();
    mmu(at(l1, 3), t << 12 | PAGE);
}
static void ldt_absent(void)
{
    ldt();
    mmu(at(l1, 2), 0);
    uses(0);
    no_ldt();
}
static void ldt_writable(void)
{
    ldt();
    mmu(at(l1, 2), page << 12 | PAGE);
    uses(0);
    no_ldt();
}
static void ldt_table(void)
{
    ldt();
    mmu(at(l1, 2), l1 << 12 | RO);
    uses(0);
    no_ldt();
}
static void ldt_bad(void)
{
    uint64_t t = ldt();

    put(t, 9, LDT_OF);
    uses(0);
    no_ldt();
}

/* --- Multicalls ------------------------------------------------------------------------------ */

static void multicall(struct in_call *calls, unsigned int nr)
{
    said(ask_multicall(calls, nr));
    for (unsigned int i = 0; i < nr; i++)
        said(calls[i].rc);
}
static void multi_good(void)
{
    struct in_call calls[] = { { IN_MMU, at(l1, 1), page << 12 | PAGE, 0 },
                               { IN_EXT, PIN_L1, l1, 0 },
                               { IN_EXT, UNPIN, l1, 0 },
                               { IN_VA, WINDOW + 0x1000, 0, 0 } };

    multicall(calls, 4);
}
static void multi_bad(void)
{
    struct in_call calls[] = { { IN_MMU, at(l1, 1), l1 << 12 | PAGE, 0 },
                               { IN_EXT, 14, 0, 0 },
                               { IN_VA, UINT64_C(0x123456000), 0, 0 },
                               { IN_MMU, at(l1, 1), page << 12 | PAGE, 0 } };

    multicall(calls, 4);
}
static void multi_nested(void)
{
    struct in_call calls[] = { { IN_MMU, at(l1, 1), page << 12 | PAGE, 0 },
                               { IN_MULTICALL, 0, 0, 0 },
                               { IN_MMU, at(l1, 1), 0, 0 } };

    multicall(calls, 3);
}

static const struct xen_case cases[] = {
    { "gdt-size", "512 entries", gdt_good, BOTH },
    { "gdt-size", "7168 entries", gdt_most, BOTH },
    { "gdt-size", "7169 entries", gdt_too_many, BOTH },
    { "gdt-frame", "a table", gdt_table, BOTH },
    { "gdt-frame", "a page that is mapped writable", gdt_page, BOTH },
    { "gdt-frame", "another's", gdt_others, BOTH },
    { "gdt-frame", "beyond all RAM", gdt_beyond, BOTH },
    { "gdt-frame", "the second one", gdt_second, BOTH },
    { "descriptor", "of an LDT", desc_ldt, BOTH },
    { "descriptor", "64-bit code", desc_code, BOTH },
    { "descriptor", "32-bit code", desc_32, BOTH },
    { "descriptor", "data", desc_data, BOTH },
    { "descriptor", "of a TSS", desc_tss, BOTH },
    { "descriptor", "ring 0", desc_dpl0, BOTH },
    { "descriptor", "a gate to selector 8", desc_gate, BOTH },
    { "descriptor", "a gate to Xen's selectors", desc_gate_own, BOTH },
    { "descriptor", "one that is not present", desc_absent, BOTH },
    { "descriptor", "update_descriptor", describe_bad, BOTH },
    { "descriptor-aligned", "4 bytes behind one", describe_unaligned, BOTH },
    { "descriptor-frame", "a table", describe_table, BOTH },
    { "descriptor-frame", "a page", describe_page, BOTH },
    { "descriptor-frame", "another's", describe_others, BOTH },
    { "descriptor-frame", "beyond all RAM", describe_beyond, BOTH },
    { "descriptor-frame", "shared_info", describe_shared, BOTH },
    { "descriptor-frame", "a GDT", describe_gdt, BOTH },
    { "assist-type", "each", assist_types, BOTH },
    { "assist-command", "each", assist_commands, BOTH },
    { "ptwr-l1", "an L1, in pieces", ptwr_good, BOTH },
    { "ptwr-l1", "entries that are refused", ptwr_bad_entry, BOTH },
    { "ptwr-l1", "an L2", ptwr_l2, BOTH },
    { "ptwr-l1", "the root", ptwr_root, BOTH },
    { "ptwr-l1", "a page", ptwr_page, BOTH },
    { "ptwr-l1", "another's page", ptwr_others, BY_D0 },
    { "ptwr-aligned", "behind where an entry begins", ptwr_unaligned, BOTH },
    { "ptwr-read-only", "nothing is there", ptwr_absent, BOTH },
    { "ptwr-asked", "it is off, and on again", ptwr_not_asked, BOTH },
    { "ldt-frame", "a good one", ldt_good, BOTH },
    { "ldt-frame", "a page that is mapped writable", ldt_writable, BOTH },
    { "ldt-frame", "a table", ldt_table, BOTH },
    { "ldt-frame", "one with a bad descriptor", ldt_bad, BOTH },
    { "ldt-mapped", "nothing is there", ldt_absent, BOTH },
    { "multicall-nested", "others go on", multi_nested, BOTH },
    { "multicall-nested", "what is good", multi_good, BOTH },
    { "multicall-nested", "what is refused stops nothing", multi_bad, BOTH },
};
const struct xen_cases control_cases = CASES_OF(cases);
