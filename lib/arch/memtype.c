/*
 * memtype.c - the memory type that an access has in the end.
 *
 *     one stage:   leaf's PWT PCD PAT -> entry of IA32_PAT  x  MTRR type of the page
 *     over EPT:    guest's PAT type  x  EPT leaf's type        (bit 6: the latter alone)
 *     over NPT:    (guest's PAT type  x  host's PAT type)  x  MTRR type of the page
 *
 * CR0.CD = 1 overrides them all, and without paging the PAT type counts as WB: "Memory Type
 * Used for Translated Guest-Physical Addresses" in Intel SDM vol. 3 says both.
 *
 * Model: for a processor that runs without EPT, the SDM calls CR0.CD = 1 a mode in which
 * nothing is brought into the caches, though what lies there already is still found.  That
 * is given as UC; what AMD gives, CD, is meant to say just that.
 */
#include "xenpt/memtype.h"

#include "arch/format_tables.h"
#include "base/bits.h"

static const char *const names[] = {
    [XENPT_MT_UC] = "UC", [XENPT_MT_WC] = "WC",
    [XENPT_MT_WT] = "WT", [XENPT_MT_WP] = "WP",
    [XENPT_MT_WB] = "WB", [XENPT_MT_UC_MINUS] = "UC-",
    [XENPT_MT_CD] = "CD", [XENPT_MT_UNDEFINED] = "undefined",
};

const char *xenpt_memtype_name(enum xenpt_memtype type)
{
    return type < ARRAY_SIZE(names) && names[type] ? names[type] : "reserved";
}

/* --- PAT x MTRR ---------------------------------------------------------------------------- */

#define UC  XENPT_MT_UC
#define UCM XENPT_MT_UC_MINUS
#define WC  XENPT_MT_WC
#define WP  XENPT_MT_WP
#define WT  XENPT_MT_WT
#define WB  XENPT_MT_WB
#define CD  XENPT_MT_CD

#define NR_MTRR_TYPES 5
#define NR_PAT_TYPES  6

struct combination {
    uint8_t pat;
    uint8_t with[NR_MTRR_TYPES]; /* In the order of mtrr_types. */
};

/* clang-format off */
static const uint8_t mtrr_types[NR_MTRR_TYPES] = { UC, WC, WP, WT, WB };

static const struct combination combinations[][NR_PAT_TYPES] = {
    /* Intel SDM vol. 3, "Selecting Memory Types for Pentium III and More Recent Processor
     * Families". */
    [XENPT_INTEL] = {
        { UC,  { UC, UC, UC, UC, UC } },
        { UCM, { UC, WC, WC, UC, UC } },
        { WC,  { WC, WC, WC, WC, WC } },
        { WP,  { UC, UC, WP, WP, WP } },
        { WT,  { UC, UC, WT, WT, WT } },
        { WB,  { UC, WC, WP, WT, WB } },
    },
    /* AMD APM vol. 2, 7.8, "Page-Attribute Table Mechanism": the effect on memory access. */
    [XENPT_AMD] = {
        { UC,  { UC, CD, CD, CD, CD } },
        { UCM, { UC, WC, CD, CD, CD } },
        { WC,  { WC, WC, WC, WC, WC } },
        { WP,  { UC, CD, WP, CD, WP } },
        { WT,  { UC, CD, CD, WT, WT } },
        { WB,  { UC, WC, WP, WT, WB } },
    },
};
/* clang-format on */

enum xenpt_memtype xenpt_memtype_combine(enum xenpt_vendor vendor, enum xenpt_memtype pat,
                                         enum xenpt_memtype mtrr)
{
    const struct combination *rows = combinations[vendor];

    for (size_t p = 0; p < NR_PAT_TYPES; p++)
        for (size_t m = 0; m < NR_MTRR_TYPES; m++)
            if (rows[p].pat == pat && mtrr_types[m] == mtrr)
                return (enum xenpt_memtype)rows[p].with[m];
    return XENPT_MT_UNDEFINED;
}

/* --- What a leaf says ---------------------------------------------------------------------- */

enum xenpt_memtype xenpt_pat_type(const struct xenpt_paging *pg, unsigned int level, uint64_t leaf)
{
    uint64_t pat = pg->format.level[level].pat, type;
    unsigned int index = (leaf & PWT ? 1 : 0) | (leaf & PCD ? 2 : 0) | (leaf & pat ? 4 : 0);

    if (pg->format.top == 0)
        return XENPT_MT_WB;
    if (pg->format.cache != XENPT_CACHE_PAT)
        return XENPT_MT_UNDEFINED;
    type = pg->regs.pat >> 8 * index & 0xff;
    /* WRMSR refuses the encodings 2, 3 and all above 7; a register that was stated can have
     * them. */
    return type < 8 && type != 2 && type != 3 ? (enum xenpt_memtype)type : XENPT_MT_UNDEFINED;
}

/* The step of the leaf; of a walk without paging, which has none, one that says nothing. */
static const struct xenpt_step *leaf_of(const struct xenpt_walk *walk)
{
    static const struct xenpt_step none;

    return walk->nr_steps ? &walk->step[walk->nr_steps - 1] : &none;
}

static enum xenpt_memtype pat_of(const struct xenpt_paging *pg, const struct xenpt_walk *walk)
{
    return xenpt_pat_type(pg, leaf_of(walk)->level, leaf_of(walk)->entry);
}

/* A walk that is MAPPED met no type that does not exist: that is a misconfiguration. */
static enum xenpt_memtype ept_of(const struct xenpt_walk *walk)
{
    return (enum xenpt_memtype)((leaf_of(walk)->entry & EPT_MT) >> 3);
}

/* --- Effective types ------------------------------------------------------------------------ */

enum xenpt_memtype xenpt_walk_memtype(const struct xenpt_paging *pg, const struct xenpt_walk *walk,
                                      const struct xenpt_mtrr *mtrr)
{
    if (walk->outcome != XENPT_MAPPED)
        return XENPT_MT_UNDEFINED;
    if (pg->format.cache == XENPT_CACHE_EPT)
        return ept_of(walk);
    if (xenpt_format_is_device(&pg->format))
        return XENPT_MT_WB; /* FC, SNP: what a device reads or writes is coherent with caches. */
    if (pg->regs.cr0 & XENPT_CR0_CD)
        return pg->cpu.vendor == XENPT_AMD ? XENPT_MT_CD : XENPT_MT_UC;
    return xenpt_memtype_combine(pg->cpu.vendor, pat_of(pg, walk),
                                 xenpt_mtrr_type(mtrr, pg->cpu.maxphyaddr, walk->out));
}

/* Intel SDM vol. 3, "Memory Type Used for Translated Guest-Physical Addresses". */
static enum xenpt_memtype over_ept(const struct xenpt_paging *guest, const struct xenpt_walk *first,
                                   const struct xenpt_walk *second)
{
    if (guest->regs.cr0 & XENPT_CR0_CD)
        return XENPT_MT_UC;
    if (leaf_of(second)->entry & EPT_IPAT)
        return ept_of(second);
    return xenpt_memtype_combine(XENPT_INTEL, pat_of(guest, first), ept_of(second));
}

/*
 * AMD APM vol. 2, 15.25.8, "Combining Memory Types, MTRRs".  Where the host says WB, the
 * guest's own type stands, but for UC-, which has no MTRR of the guest to give way to.
 */
static enum xenpt_memtype over_npt(const struct xenpt_paging *guest, const struct xenpt_walk *first,
                                   const struct xenpt_paging *host, const struct xenpt_walk *second,
                                   const struct xenpt_mtrr *mtrr)
{
    enum xenpt_memtype pat = pat_of(guest, first);

    if ((guest->regs.cr0 | host->regs.cr0) & XENPT_CR0_CD)
        return XENPT_MT_CD;
    if (pat_of(host, second) != XENPT_MT_WB)
        return XENPT_MT_UNDEFINED;
    return xenpt_memtype_combine(XENPT_AMD, pat == XENPT_MT_UC_MINUS ? XENPT_MT_UC : pat,
                                 xenpt_mtrr_type(mtrr, host->cpu.maxphyaddr, second->out));
}

enum xenpt_memtype xenpt_walk2_memtype(const struct xenpt_paging *guest,
                                       const struct xenpt_paging *second,
                                       const struct xenpt_walk2 *walk,
                                       const struct xenpt_mtrr *mtrr)
{
    const struct xenpt_walk *page;

    if (walk->outcome != XENPT_MAPPED)
        return XENPT_MT_UNDEFINED;
    page = &walk->second[walk->nr_second - 1];
    if (second->format.cache == XENPT_CACHE_EPT)
        return over_ept(guest, &walk->guest, page);
    return over_npt(guest, &walk->guest, second, page, mtrr);
}
