/*
 * oracle_ia.c - from a linear address to a physical one, by the sections of "Paging" in the
 * Intel SDM, vol. 3, and of "Page Translation and Protection" in the AMD APM, vol. 2.
 */
#include "oracle/oracle_ia.h"

/* What a section needs to know of the world. */
struct world {
    const struct xenpt_cpu *cpu;
    const struct xenpt_regs *regs;
    const struct oracle_tables *t;
    struct oracle_walk *w;
};

/* "Paging-Mode Enabling": CR0.PG, CR4.PAE, IA32_EFER.LME, CR4.LA57. */
enum oracle_mode oracle_mode(const struct xenpt_regs *regs)
{
    if (!bit(regs->cr0, 31))
        return ORACLE_NO_PAGING;
    if (!bit(regs->cr4, 5))
        return ORACLE_32_BIT;
    if (!bit(regs->efer, 8))
        return ORACLE_PAE;
    return bit(regs->cr4, 12) ? ORACLE_5_LEVEL : ORACLE_4_LEVEL;
}

/* Bits 51:M of an entry, M being MAXPHYADDR. */
static uint64_t above_maxphyaddr(const struct world *x, uint64_t entry)
{
    return in_place(entry, 51, x->cpu->maxphyaddr);
}

/* "If IA32_EFER.NXE = 1, execute-disable ...; otherwise, reserved (must be 0)." */
static uint64_t execute_disable(const struct world *x, uint64_t entry)
{
    return bit(x->regs->efer, 11) ? 0 : in_place(entry, 63, 63);
}

/* --- 32-bit paging ------------------------------------------------------------------------- */

/*
 * "32-Bit Paging", "Format of a 32-Bit Page-Directory Entry that Maps a 4-MByte Page": bits
 * (M-20):13 are bits (M-1):32 of the address, bits 21:(M-19) are reserved, M being the lesser
 * of MAXPHYADDR and 40; without PSE-36, bits 21:13 are reserved.
 */
static void map_4_mbyte(const struct world *x, uint64_t pde)
{
    unsigned int m = x->cpu->maxphyaddr < 40 ? x->cpu->maxphyaddr : 40;
    uint64_t frame = bits(pde, 31, 22) << 22;

    if (!x->cpu->pse36)
        m = 32;
    if (oracle_reserved(x->w, in_place(pde, 21, m - 19)))
        return;
    if (m > 32)
        frame += bits(pde, m - 20, 13) << 32;
    oracle_page(x->w, frame, 22);
}

/* "32-Bit Paging": PDE, then PTE. */
static void paging_32_bit(const struct world *x)
{
    struct oracle_walk *w = x->w;
    uint64_t linear = w->in, pde, pte;

    if (linear >> 32) {
        w->end = XENPT_TOO_WIDE;
        return;
    }
    w->page_size = UINT64_C(4) << 20;
    if (!oracle_read_entry(w, x->t, (bits(x->regs->cr3, 31, 12) << 12) + bits(linear, 31, 22) * 4,
                           4, 2))
        return;
    pde = w->entry[0].value;
    if (!bit(pde, 0)) {
        oracle_not_present(w);
        return;
    }
    if (bit(x->regs->cr4, 4) && bit(pde, 7)) {
        map_4_mbyte(x, pde);
        return;
    }
    w->page_size = 4096;
    if (!oracle_read_entry(w, x->t, (bits(pde, 31, 12) << 12) + bits(linear, 21, 12) * 4, 4, 1))
        return;
    pte = w->entry[1].value;
    if (!bit(pte, 0)) {
        oracle_not_present(w);
        return;
    }
    oracle_page(w, bits(pte, 31, 12) << 12, 12);
}

/* --- What PAE, 4-level and 5-level paging share: the two lowest levels ----------------------- */

/* PAE reserves bits 62:52, which 4-level and 5-level paging ignore or use for keys. */
static uint64_t reserved_62_52(const struct world *x, uint64_t entry)
{
    return oracle_mode(x->regs) == ORACLE_PAE ? in_place(entry, 62, 52) : 0;
}

/* "Format of a ... Page-Table Entry that Maps a 4-KByte Page". */
static void page_table(const struct world *x, uint64_t table)
{
    struct oracle_walk *w = x->w;
    uint64_t pte;

    w->page_size = 4096;
    if (!oracle_read_entry(w, x->t, table + bits(w->in, 20, 12) * 8, 8, 1))
        return;
    pte = w->entry[w->nr - 1].value;
    if (!bit(pte, 0)) {
        oracle_not_present(w);
        return;
    }
    if (oracle_reserved(w, above_maxphyaddr(x, pte) | execute_disable(x, pte) |
                               reserved_62_52(x, pte)))
        return;
    oracle_page(w, bits(pte, 51, 12) << 12, 12);
}

/* "... Page-Directory Entry that Maps a 2-MByte Page", "... that References a Page Table". */
static void page_directory(const struct world *x, uint64_t table)
{
    struct oracle_walk *w = x->w;
    uint64_t pde, reserved;

    w->page_size = UINT64_C(2) << 20;
    if (!oracle_read_entry(w, x->t, table + bits(w->in, 29, 21) * 8, 8, 2))
        return;
    pde = w->entry[w->nr - 1].value;
    if (!bit(pde, 0)) {
        oracle_not_present(w);
        return;
    }
    reserved = above_maxphyaddr(x, pde) | execute_disable(x, pde) | reserved_62_52(x, pde);
    if (bit(pde, 7)) {
        if (!oracle_reserved(w, reserved | in_place(pde, 20, 13)))
            oracle_page(w, bits(pde, 51, 21) << 21, 21);
        return;
    }
    if (!oracle_reserved(w, reserved))
        page_table(x, bits(pde, 51, 12) << 12);
}

/* --- PAE paging ---------------------------------------------------------------------------- */

/*
 * "PAE Paging", "Format of an Entry in a Page-Directory-Pointer Table": bits 2:1, 8:5 and
 * 63:M are reserved.  "PDPTE Registers": they are loaded from 32 bytes at CR3 31:5.
 */
static void paging_pae(const struct world *x)
{
    struct oracle_walk *w = x->w;
    uint64_t linear = w->in, pdpte;

    if (linear >> 32) {
        w->end = XENPT_TOO_WIDE;
        return;
    }
    w->page_size = UINT64_C(1) << 30;
    if (!oracle_read_entry(w, x->t, (bits(x->regs->cr3, 31, 5) << 5) + bits(linear, 31, 30) * 8, 8,
                           3))
        return;
    if (!x->t->pdpte_on_demand) {
        w->entry[0].in_register = true;
        w->references--;
    }
    pdpte = w->entry[0].value;
    if (!bit(pdpte, 0)) {
        oracle_not_present(w);
        return;
    }
    if (oracle_reserved(w, in_place(pdpte, 2, 1) | in_place(pdpte, 8, 5) |
                               above_maxphyaddr(x, pdpte) | in_place(pdpte, 63, 52)))
        return;
    page_directory(x, bits(pdpte, 51, 12) << 12);
}

/* --- 4-level and 5-level paging -------------------------------------------------------------- */

/* "... Page-Directory-Pointer-Table Entry that Maps a 1-GByte Page", "... that References ...". */
static void page_directory_pointer_table(const struct world *x, uint64_t table)
{
    struct oracle_walk *w = x->w;
    uint64_t pdpte, reserved;

    w->page_size = UINT64_C(1) << 30;
    if (!oracle_read_entry(w, x->t, table + bits(w->in, 38, 30) * 8, 8, 3))
        return;
    pdpte = w->entry[w->nr - 1].value;
    if (!bit(pdpte, 0)) {
        oracle_not_present(w);
        return;
    }
    reserved = above_maxphyaddr(x, pdpte) | execute_disable(x, pdpte);
    if (bit(pdpte, 7) && x->cpu->gb_pages) {
        if (!oracle_reserved(w, reserved | in_place(pdpte, 29, 13)))
            oracle_page(w, bits(pdpte, 51, 30) << 30, 30);
        return;
    }
    if (!oracle_reserved(w, reserved | in_place(pdpte, 7, 7)))
        page_directory(x, bits(pdpte, 51, 12) << 12);
}

/*
 * "... PML5 Entry", "... PML4 Entry": bit 7 is reserved.  Bit 8 is ignored by Intel; the AMD
 * APM's figures of both say that it must be zero.
 */
static uint64_t reserved_in_pml(const struct world *x, uint64_t entry)
{
    uint64_t reserved = in_place(entry, 7, 7);

    if (x->cpu->vendor == XENPT_AMD)
        reserved |= in_place(entry, 8, 8);
    return reserved | above_maxphyaddr(x, entry) | execute_disable(x, entry);
}

static void page_map_level_4(const struct world *x, uint64_t table)
{
    struct oracle_walk *w = x->w;
    uint64_t pml4e;

    w->page_size = UINT64_C(1) << 39;
    if (!oracle_read_entry(w, x->t, table + bits(w->in, 47, 39) * 8, 8, 4))
        return;
    pml4e = w->entry[w->nr - 1].value;
    if (!bit(pml4e, 0))
        oracle_not_present(w);
    else if (!oracle_reserved(w, reserved_in_pml(x, pml4e)))
        page_directory_pointer_table(x, bits(pml4e, 51, 12) << 12);
}

static void page_map_level_5(const struct world *x, uint64_t table)
{
    struct oracle_walk *w = x->w;
    uint64_t pml5e;

    w->page_size = UINT64_C(1) << 48;
    if (!oracle_read_entry(w, x->t, table + bits(w->in, 56, 48) * 8, 8, 5))
        return;
    pml5e = w->entry[w->nr - 1].value;
    if (!bit(pml5e, 0))
        oracle_not_present(w);
    else if (!oracle_reserved(w, reserved_in_pml(x, pml5e)))
        page_map_level_4(x, bits(pml5e, 51, 12) << 12);
}

/* "Canonical Addressing": the bits above the width are copies of its highest bit. */
static bool canonical(uint64_t linear, unsigned int width)
{
    for (unsigned int n = width; n < 64; n++)
        if (bit(linear, n) != bit(linear, width - 1))
            return false;
    return true;
}

/* "4-Level Paging and 5-Level Paging": CR3 51:12 locates the first table. */
static void paging_4_or_5_level(const struct world *x, bool five)
{
    uint64_t table = bits(x->regs->cr3, 51, 12) << 12;

    if (!canonical(x->w->in, five ? 57 : 48))
        x->w->end = XENPT_NON_CANONICAL;
    else if (five)
        page_map_level_5(x, table);
    else
        page_map_level_4(x, table);
}

/* "Paging-Mode Enabling": without paging, linear addresses (of 32 bits) are physical ones. */
static void no_paging(struct oracle_walk *w)
{
    w->end = w->in >> 32 ? XENPT_TOO_WIDE : XENPT_MAPPED;
    if (w->end != XENPT_MAPPED)
        return;
    w->out = w->in;
    w->r = w->w = w->xs = w->xu = w->u = true;
}

/* --- Any of them --------------------------------------------------------------------------- */

/*
 * "Determination of Access Rights": of all entries but PAE's PDPTEs, which have no rights.
 * Like w, xu says what the entries permit where the mode of the address does not stand in the
 * way; u is that mode.
 */
static void collect_rights(struct oracle_walk *w, enum oracle_mode mode)
{
    bool xd = false;

    w->r = w->w = w->u = true;
    for (unsigned int i = 0; i < w->nr; i++) {
        const struct oracle_entry *e = &w->entry[i];

        if (mode == ORACLE_PAE && e->level == 3)
            continue;
        w->w = w->w && bit(e->value, 1);
        w->u = w->u && bit(e->value, 2);
        xd = xd || (mode != ORACLE_32_BIT && bit(e->value, 63));
    }
    w->xs = w->xu = !xd;
}

bool oracle_user_mode_address(const struct oracle_walk *w)
{
    return w->u;
}

void oracle_walk_ia(const struct xenpt_cpu *cpu, const struct xenpt_regs *regs,
                    const struct oracle_tables *t, uint64_t in, struct oracle_walk *w)
{
    const struct world x = { cpu, regs, t, w };

    *w = (struct oracle_walk){ .in = in };
    switch (oracle_mode(regs)) {
    case ORACLE_NO_PAGING:
        no_paging(w);
        return;
    case ORACLE_32_BIT:
        paging_32_bit(&x);
        break;
    case ORACLE_PAE:
        paging_pae(&x);
        break;
    case ORACLE_4_LEVEL:
        paging_4_or_5_level(&x, false);
        break;
    case ORACLE_5_LEVEL:
        paging_4_or_5_level(&x, true);
        break;
    }
    if (w->end == XENPT_MAPPED)
        collect_rights(w, oracle_mode(regs));
}
