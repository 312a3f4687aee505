/*
 * tlb_parts.c - which structures processors cache translations in.  Data only: a processor
 * more is a row more.
 */
#include "arch/tlb.h"

#define READ  (1u << XENPT_READ)
#define WRITE (1u << XENPT_WRITE)
#define FETCH (1u << XENPT_FETCH)
#define DATA  (READ | WRITE)
#define ANY   (DATA | FETCH)
#define L(n)  (1u << (n))
#define UPPER (L(2) | L(3) | L(4) | L(5))
#define ALL   (L(1) | L(2) | L(3))

/* clang-format off */

/* One structure for everything, without limit; apart, so that none is in another's way. */
static const struct xenpt_tlb_unit ideal[] = {
    { .name = "TLB", .stage = 1, .accesses = ANY, .pages = ALL },
    { .name = "paging-structure cache", .tables = UPPER },
    { .name = "guest-physical TLB", .guest = ALL },
    { .name = "guest-physical paging-structure cache", .guest_tables = UPPER },
};

#define INTEL_WALK_CACHES \
    { .name = "PDE cache", .tables = L(2), .entries = 32, .ways = 4 }, \
    { .name = "PDPTE cache", .tables = L(3), .entries = 4 }, \
    { .name = "PML4E cache", .tables = L(4), .entries = 4 }, \
    { .name = "EPT PTE cache", .guest = ALL, .entries = 64, .ways = 4 }, \
    { .name = "EPT PDE cache", .guest_tables = L(2), .entries = 32, .ways = 4 }, \
    { .name = "EPT PDPTE cache", .guest_tables = L(3), .entries = 4 }, \
    { .name = "EPT PML4E cache", .guest_tables = L(4), .entries = 4 }

static const struct xenpt_tlb_unit skylake[] = {
    { .name = "L1 DTLB 4K", .stage = 1, .accesses = DATA, .pages = L(1), .entries = 64, .ways = 4 },
    { .name = "L1 DTLB 2M", .stage = 1, .accesses = DATA, .pages = L(2), .entries = 32, .ways = 4 },
    { .name = "L1 DTLB 1G", .stage = 1, .accesses = DATA, .pages = L(3), .entries = 4, .ways = 4 },
    { .name = "L1 ITLB 4K", .stage = 1, .accesses = FETCH, .pages = L(1), .entries = 128, .ways = 8 },
    { .name = "L1 ITLB 2M", .stage = 1, .accesses = FETCH, .pages = L(2), .entries = 8 },
    { .name = "STLB 4K 2M", .stage = 2, .accesses = ANY, .pages = L(1) | L(2), .entries = 1536, .ways = 12 },
    { .name = "STLB 1G", .stage = 2, .accesses = ANY, .pages = L(3), .entries = 16, .ways = 4 },
    INTEL_WALK_CACHES,
};

static const struct xenpt_tlb_unit icelake[] = {
    { .name = "L1 DTLB loads 4K", .stage = 1, .accesses = READ, .pages = L(1), .entries = 64, .ways = 4 },
    { .name = "L1 DTLB loads 2M", .stage = 1, .accesses = READ, .pages = L(2), .entries = 32, .ways = 4 },
    { .name = "L1 DTLB loads 1G", .stage = 1, .accesses = READ, .pages = L(3), .entries = 8 },
    { .name = "L1 DTLB stores", .stage = 1, .accesses = WRITE, .pages = ALL, .entries = 16 },
    { .name = "L1 ITLB 4K", .stage = 1, .accesses = FETCH, .pages = L(1), .entries = 128, .ways = 8 },
    { .name = "L1 ITLB 2M", .stage = 1, .accesses = FETCH, .pages = L(2), .entries = 16 },
    { .name = "STLB", .stage = 2, .accesses = ANY, .pages = ALL, .entries = 2048, .ways = 16 },
    { .name = "PML5E cache", .tables = L(5), .entries = 4 },
    INTEL_WALK_CACHES,
    { .name = "EPT PML5E cache", .guest_tables = L(5), .entries = 4 },
};

/* PDEs that lead to tables share the second-level data TLB with translations. */
static const struct xenpt_tlb_unit zen[] = {
    { .name = "L1 DTLB", .stage = 1, .accesses = DATA, .pages = ALL, .entries = 64 },
    { .name = "L1 ITLB", .stage = 1, .accesses = FETCH, .pages = ALL, .entries = 64 },
    { .name = "L2 DTLB", .stage = 2, .accesses = DATA, .pages = L(1) | L(2), .tables = L(2), .entries = 2048, .ways = 16 },
    { .name = "L2 ITLB", .stage = 2, .accesses = FETCH, .pages = L(1) | L(2), .entries = 512, .ways = 8 },
    { .name = "page directory cache", .tables = L(3) | L(4) | L(5), .entries = 64 },
    { .name = "nested TLB", .guest = ALL, .guest_tables = UPPER, .entries = 64 },
};

/* clang-format on */

#define UNITS(array) .nr_units = ARRAY_SIZE(array), .unit = array
#define INTEL_UNSAID                                                                               \
    " (those of paging-structure caches and of EPT's entries are not published, and assumed)"
#define AMD_UNSAID " (those of the nested TLB are not published, and assumed)"

static const struct xenpt_tlb_part parts[XENPT_NR_TLB_PARTS] = {
    [XENPT_TLB_IDEAL] = { "ideal", "keeps whatever may be kept: the worst case for a missed flush",
                          "Intel SDM vol. 3, \"Caching Translation Information\"", UNITS(ideal) },
    [XENPT_TLB_NONE] = { "none", "keeps nothing: every access is a walk",
                         "Intel SDM vol. 3, \"Caching Translations in TLBs\": none is required",
                         .nr_units = 0, .unit = ideal },
    [XENPT_TLB_SKYLAKE] = { "skylake", "Intel Skylake, client and server",
                            "Intel optimization manual, \"TLB Parameters of the Skylake Client "
                            "Microarchitecture\"" INTEL_UNSAID,
                            UNITS(skylake) },
    [XENPT_TLB_ICELAKE] = { "icelake", "Intel Ice Lake (Sunny Cove)",
                            "Intel optimization manual, \"TLB Parameters of the Ice Lake Client "
                            "Microarchitecture\", its shared second level as one" INTEL_UNSAID,
                            UNITS(icelake) },
    [XENPT_TLB_ZEN2] = { "zen2", "AMD Zen 2",
                         "AMD software optimization guide for family 17h, models 30h and "
                         "later, \"Translation Lookaside Buffers\"" AMD_UNSAID,
                         UNITS(zen) },
    [XENPT_TLB_ZEN3] = { "zen3", "AMD Zen 3, with PCIDs",
                         "AMD software optimization guide for family 19h, \"Translation "
                         "Lookaside Buffers\"" AMD_UNSAID,
                         UNITS(zen) },
};

const struct xenpt_tlb_part *xenpt_tlb_part(enum xenpt_tlb_part_id id)
{
    return &parts[id < XENPT_NR_TLB_PARTS ? id : XENPT_TLB_NONE];
}

static const char *unit_check(const struct xenpt_tlb_unit *u)
{
    bool linear = u->stage;

    if (!u->name)
        return "a unit has no name";
    if (u->stage > 2)
        return "a unit is of stage 1 or 2, or caches no linear translations";
    if (linear != !!u->pages || linear != !!u->accesses)
        return "a unit of a stage, and no other, has pages and accesses";
    if (u->accesses & ~ANY)
        return "a unit is for accesses that do not exist";
    if ((u->pages | u->guest) & ~ALL)
        return "pages are of levels 1 to 3";
    if ((u->tables | u->guest_tables) & ~UPPER)
        return "entries that lead to tables are of levels 2 to 5";
    if (!(u->pages | u->guest | u->tables | u->guest_tables))
        return "a unit holds nothing";
    if (!u->entries && u->ways)
        return "a unit without limit has no ways";
    if (u->ways && u->entries % u->ways)
        return "the entries of a unit are a multiple of its ways";
    return NULL;
}

const char *xenpt_tlb_part_check(const struct xenpt_tlb_part *part)
{
    const char *broken = NULL;

    if (part->nr_units > XENPT_TLB_UNITS_MAX)
        return "a part has more units than there is room for";
    for (size_t i = 0; i < part->nr_units && !broken; i++) {
        broken = unit_check(&part->unit[i]);
        if (!broken && i && part->unit[i].stage == 1 && part->unit[i - 1].stage != 1)
            broken = "units of stage 1 come first";
    }
    return broken;
}
