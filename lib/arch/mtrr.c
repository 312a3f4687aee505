/*
 * mtrr.c - the memory type that a machine address has by itself, without any page table.
 *
 *     0          80000       c0000     100000                         2^MAXPHYADDR
 *     |  8 x 64K  | 16 x 16K | 64 x 4K  |  variable ranges, then the default  |
 *
 * Below 1 MiB the fixed ranges, where enabled, win over the variable ones.  Intel SDM vol. 3,
 * "Memory Type Range Registers (MTRRs)"; AMD APM vol. 2, "Memory-Type Range Registers".
 *
 * Model: of AMD's additions neither the RdMem and WrMem bits of the fixed ranges, nor
 * SYSCFG.Tom2ForceMemTypeWB, nor the I/O range registers are known here; the last say where
 * an access goes, not of which type it is.
 */
#include "base/bits.h"
#include "xenpt/memtype.h"

#define TYPE_BIT(t) (1u << (t))
/* What a range may say; 2, 3, 7 and all above 7 are reserved. */
#define MTRR_TYPES                                                                                 \
    (TYPE_BIT(XENPT_MT_UC) | TYPE_BIT(XENPT_MT_WC) | TYPE_BIT(XENPT_MT_WT) |                       \
     TYPE_BIT(XENPT_MT_WP) | TYPE_BIT(XENPT_MT_WB))

#define BASE_TYPE XENPT_BITS(7, 0)
#define BASE_RSVD (XENPT_BITS(63, 52) | XENPT_BITS(11, 8))
#define MASK_V    XENPT_BIT(11)
#define MASK_RSVD (XENPT_BITS(63, 52) | XENPT_BITS(10, 0))

/* IA32_MTRR_FIX64K_00000, FIX16K_80000 and FIX4K_C0000 on. */
static const struct {
    uint32_t first, last;
    uint8_t shift; /* log2 of a range's size. */
    uint8_t index; /* Of the range at first, in xenpt_mtrr::fixed. */
} fixed_ranges[] = {
    { 0x00000, 0x7ffff, 16, 0 },
    { 0x80000, 0xbffff, 14, 8 },
    { 0xc0000, 0xfffff, 12, 24 },
};

struct xenpt_mtrr xenpt_mtrr_all_wb(void)
{
    return (struct xenpt_mtrr){ .enabled = true, .def_type = XENPT_MT_WB };
}

static bool is_mtrr_type(uint64_t type)
{
    return type < 8 && MTRR_TYPES & TYPE_BIT(type);
}

static enum xenpt_code refuse(struct xenpt_error *err, const char *name, size_t n, uint64_t value,
                              const char *why)
{
    return xenpt_fail(err, XENPT_ESTATE, "%s %zu is 0x%llx: %s", name, n, (unsigned long long)value,
                      why);
}

enum xenpt_code xenpt_mtrr_check(const struct xenpt_mtrr *mtrr, struct xenpt_error *err)
{
    if (!is_mtrr_type(mtrr->def_type))
        return xenpt_fail(err, XENPT_ESTATE,
                          "the default type is %u: it can be 0 (UC), 1 (WC), 4 (WT), 5 (WP) or "
                          "6 (WB)",
                          mtrr->def_type);
    for (size_t n = 0; n < ARRAY_SIZE(mtrr->fixed); n++)
        if (!is_mtrr_type(mtrr->fixed[n]))
            return refuse(err, "fixed range", n, mtrr->fixed[n], "this type is reserved");
    for (size_t n = 0; n < XENPT_MTRR_MAX; n++) {
        uint64_t base = mtrr->variable[n].base, mask = mtrr->variable[n].mask;

        if (!is_mtrr_type(base & BASE_TYPE))
            return refuse(err, "the base of variable range", n, base,
                          "its type (bits 7:0) is reserved");
        if (base & BASE_RSVD)
            return refuse(err, "the base of variable range", n, base,
                          "bits 63:52 and 11:8 are reserved");
        if (mask & MASK_RSVD)
            return refuse(err, "the mask of variable range", n, mask,
                          "bits 63:52 and 10:0 are reserved");
    }
    return XENPT_OK;
}

static enum xenpt_memtype fixed_type(const struct xenpt_mtrr *mtrr, uint64_t maddr)
{
    size_t row = 0;

    while (maddr > fixed_ranges[row].last)
        row++;
    return mtrr->fixed[fixed_ranges[row].index +
                       ((maddr - fixed_ranges[row].first) >> fixed_ranges[row].shift)];
}

/* "MTRR Precedences": of ranges that overlap, UC wins, and WT over WB; the rest is open. */
static enum xenpt_memtype overlap(unsigned int types)
{
    if (types & TYPE_BIT(XENPT_MT_UC))
        return XENPT_MT_UC;
    if (types == (TYPE_BIT(XENPT_MT_WT) | TYPE_BIT(XENPT_MT_WB)))
        return XENPT_MT_WT;
    if (types & (types - 1))
        return XENPT_MT_UNDEFINED;
    return (enum xenpt_memtype)__builtin_ctz(types);
}

enum xenpt_memtype xenpt_mtrr_type(const struct xenpt_mtrr *mtrr, unsigned int width,
                                   uint64_t maddr)
{
    uint64_t bits = ones(width) & XENPT_BITS(51, 12);
    unsigned int types = 0;

    if (!mtrr->enabled)
        return XENPT_MT_UC;
    if (mtrr->fixed_enabled && maddr < 0x100000)
        return fixed_type(mtrr, maddr);
    for (size_t n = 0; n < XENPT_MTRR_MAX; n++) {
        uint64_t base = mtrr->variable[n].base, mask = mtrr->variable[n].mask;

        if (mask & MASK_V && !((maddr ^ base) & mask & bits))
            types |= TYPE_BIT(base & 7);
    }
    return types ? overlap(types) : (enum xenpt_memtype)mtrr->def_type;
}
