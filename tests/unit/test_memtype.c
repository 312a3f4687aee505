/*
 * test_memtype.c - PAT, EPT memory types and how they combine, against the tables as the manuals
 * print them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "xenpt/memtype.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

#define UC  XENPT_MT_UC
#define UCM XENPT_MT_UC_MINUS
#define WC  XENPT_MT_WC
#define WP  XENPT_MT_WP
#define WT  XENPT_MT_WT
#define WB  XENPT_MT_WB
#define CD  XENPT_MT_CD
#define UND XENPT_MT_UNDEFINED

#define P   XENPT_BIT(0)
#define PWT XENPT_BIT(3)
#define PCD XENPT_BIT(4)
#define B7  XENPT_BIT(7)
#define B12 XENPT_BIT(12)

static void assert_type(const char *claim, enum xenpt_memtype got, enum xenpt_memtype want)
{
    if (got != want)
        fail_msg("%s: got %s, want %s", claim, xenpt_memtype_name(got), xenpt_memtype_name(want));
}

static void test_names(void **state)
{
    static const struct {
        enum xenpt_memtype type;
        const char *name;
    } rows[] = {
        { UC, "UC" }, { WC, "WC" },   { WT, "WT" }, { WP, "WP" },
        { WB, "WB" }, { UCM, "UC-" }, { CD, "CD" }, { UND, "undefined" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_string_equal(xenpt_memtype_name(rows[i].type), rows[i].name);
    assert_string_equal(xenpt_memtype_name((enum xenpt_memtype)2), "reserved");
    assert_string_equal(xenpt_memtype_name((enum xenpt_memtype)3), "reserved");
    assert_string_equal(xenpt_memtype_name((enum xenpt_memtype)10), "reserved");
}

/* --- PAT x MTRR ---------------------------------------------------------------------------- */

struct effective {
    enum xenpt_memtype mtrr, pat, effective;
};

/* clang-format off */

/* Intel SDM vol. 3, table "Effective Page-Level Memory Types for Pentium III and More Recent
 * Processor Families", row by row. */
static const struct effective intel[] = {
    { UC, UC, UC }, { UC, UCM, UC }, { UC, WC, WC }, { UC, WT, UC }, { UC, WB, UC }, { UC, WP, UC },
    { WC, UC, UC }, { WC, UCM, WC }, { WC, WC, WC }, { WC, WT, UC }, { WC, WB, WC }, { WC, WP, UC },
    { WT, UC, UC }, { WT, UCM, UC }, { WT, WC, WC }, { WT, WT, WT }, { WT, WB, WT }, { WT, WP, WP },
    { WB, UC, UC }, { WB, UCM, UC }, { WB, WC, WC }, { WB, WT, WT }, { WB, WB, WB }, { WB, WP, WP },
    { WP, UC, UC }, { WP, UCM, WC }, { WP, WC, WC }, { WP, WT, WT }, { WP, WB, WP }, { WP, WP, WP },
};

/* AMD APM vol. 2, 7.8: by PAT type, then by MTRR type. */
static const struct effective amd[] = {
    { UC, UC,  UC }, { WC, UC,  CD }, { WP, UC,  CD }, { WT, UC,  CD }, { WB, UC,  CD },
    { UC, UCM, UC }, { WC, UCM, WC }, { WP, UCM, CD }, { WT, UCM, CD }, { WB, UCM, CD },
    { UC, WC,  WC }, { WC, WC,  WC }, { WP, WC,  WC }, { WT, WC,  WC }, { WB, WC,  WC },
    { UC, WP,  UC }, { WC, WP,  CD }, { WP, WP,  WP }, { WT, WP,  CD }, { WB, WP,  WP },
    { UC, WT,  UC }, { WC, WT,  CD }, { WP, WT,  CD }, { WT, WT,  WT }, { WB, WT,  WT },
    { UC, WB,  UC }, { WC, WB,  WC }, { WP, WB,  WP }, { WT, WB,  WT }, { WB, WB,  WB },
};

/* clang-format on */

/* Every pair of numbers: as the table says, and undefined where it says nothing. */
static void check_table(enum xenpt_vendor vendor, const struct effective rows[], size_t n)
{
    unsigned int said = 0;

    for (unsigned int pat = 0; pat < 12; pat++) {
        for (unsigned int mtrr = 0; mtrr < 12; mtrr++) {
            enum xenpt_memtype want = UND;
            char claim[64];

            for (size_t i = 0; i < n; i++)
                if (rows[i].pat == pat && rows[i].mtrr == mtrr) {
                    want = rows[i].effective;
                    said++;
                }
            snprintf(claim, sizeof(claim), "vendor %d, PAT type %u, MTRR type %u", vendor, pat,
                     mtrr);
            assert_type(
                claim,
                xenpt_memtype_combine(vendor, (enum xenpt_memtype)pat, (enum xenpt_memtype)mtrr),
                want);
        }
    }
    assert_int_equal(said, 30);
}

static void test_combine(void **state)
{
    (void)state;
    check_table(XENPT_INTEL, intel, COUNT(intel));
    check_table(XENPT_AMD, amd, COUNT(amd));
}

/* --- The PAT type of a leaf ------------------------------------------------------------------ */

static struct xenpt_paging paging(enum xenpt_vendor vendor, uint64_t cr0, uint64_t cr4,
                                  uint64_t efer, uint64_t pat)
{
    struct xenpt_cpu cpu = xenpt_cpu_widest(vendor);
    struct xenpt_regs regs = { .cr0 = cr0, .cr4 = cr4, .efer = efer, .pat = pat };
    struct xenpt_paging pg;
    struct xenpt_error err = { 0 };

    cpu.maxphyaddr = 46;
    if (xenpt_paging_init(&pg, &cpu, &regs, &err))
        fail_msg("%s", err.text);
    return pg;
}

#define PAGED (XENPT_CR0_PE | XENPT_CR0_PG)
#define LONG  (XENPT_EFER_LME | XENPT_EFER_LMA)

static struct xenpt_paging long_mode(enum xenpt_vendor vendor, uint64_t pat)
{
    return paging(vendor, PAGED, XENPT_CR4_PAE, LONG, pat);
}

static struct xenpt_paging second_stage(enum xenpt_vendor vendor, uint64_t host_cr0,
                                        uint64_t host_pat)
{
    struct xenpt_cpu cpu = xenpt_cpu_widest(vendor);
    struct xenpt_regs host = {
        .cr0 = host_cr0, .cr4 = XENPT_CR4_PAE, .efer = LONG, .pat = host_pat
    };
    struct xenpt_paging pg;
    struct xenpt_error err = { 0 };

    cpu.maxphyaddr = 46;
    if (vendor == XENPT_AMD ? xenpt_paging_init_npt(&pg, &cpu, &host, 0x1000, &err)
                            : xenpt_paging_init_ept(&pg, &cpu, 0x101e, &err))
        fail_msg("%s", err.text);
    return pg;
}

/* Entry i of IA32_PAT is WP, all others are WB. */
static uint64_t pat_with_wp_at(unsigned int i)
{
    uint64_t all_wb = UINT64_C(0x0606060606060606);

    return (all_wb & ~(UINT64_C(0xff) << 8 * i)) | UINT64_C(5) << 8 * i;
}

/* SDM vol. 3, "Selecting a Memory Type from the PAT": index = 4 PAT + 2 PCD + PWT, where PAT
 * is bit 7 of a 4 KiB page's entry and bit 12 of a larger one's. */
static void test_pat_index(void **state)
{
    static const struct {
        const char *claim;
        uint64_t cr4, efer;
        unsigned int level;
        uint64_t pat, no_pat; /* The PAT bit, and the bit that is it elsewhere. */
    } rows[] = {
        { "2-level, 4K", 0, 0, 1, B7, B12 },
        { "2-level, 4M", XENPT_CR4_PSE, 0, 2, B12, B7 },
        { "PAE, 4K", XENPT_CR4_PAE, 0, 1, B7, B12 },
        { "PAE, 2M", XENPT_CR4_PAE, 0, 2, B12, B7 },
        { "4-level, 4K", XENPT_CR4_PAE, LONG, 1, B7, B12 },
        { "4-level, 2M", XENPT_CR4_PAE, LONG, 2, B12, B7 },
        { "4-level, 1G", XENPT_CR4_PAE, LONG, 3, B12, B7 },
        { "5-level, 4K", XENPT_CR4_PAE | XENPT_CR4_LA57, LONG, 1, B7, B12 },
        { "5-level, 1G", XENPT_CR4_PAE | XENPT_CR4_LA57, LONG, 3, B12, B7 },
    };

    (void)state;
    for (size_t r = 0; r < COUNT(rows); r++) {
        for (unsigned int wp = 0; wp < 8; wp++) {
            struct xenpt_paging pg = paging(XENPT_INTEL, PAGED, rows[r].cr4, rows[r].efer,
                                            pat_with_wp_at(wp));

            for (unsigned int i = 0; i < 16; i++) {
                uint64_t leaf = P | (i & 1 ? PWT : 0) | (i & 2 ? PCD : 0) |
                                (i & 4 ? rows[r].pat : 0) | (i & 8 ? rows[r].no_pat : 0);

                assert_type(rows[r].claim, xenpt_pat_type(&pg, rows[r].level, leaf),
                            (i & 7) == wp ? WP : WB);
            }
        }
    }
}

static void test_pat_values(void **state)
{
    struct xenpt_paging pg = long_mode(XENPT_INTEL, 0);

    (void)state;
    /* "Memory Type Setting of PAT Entries Following a Power-up or Reset". */
    assert_type("reset, PAT0", xenpt_pat_type(&pg, 1, P), WB);
    assert_type("reset, PAT1", xenpt_pat_type(&pg, 1, P | PWT), WT);
    assert_type("reset, PAT2", xenpt_pat_type(&pg, 1, P | PCD), UCM);
    assert_type("reset, PAT3", xenpt_pat_type(&pg, 1, P | PCD | PWT), UC);
    assert_type("reset, PAT4", xenpt_pat_type(&pg, 1, P | B7), WB);
    assert_type("reset, PAT5", xenpt_pat_type(&pg, 1, P | B7 | PWT), WT);
    assert_type("reset, PAT6", xenpt_pat_type(&pg, 1, P | B7 | PCD), UCM);
    assert_type("reset, PAT7", xenpt_pat_type(&pg, 1, P | B7 | PCD | PWT), UC);
    pg = long_mode(XENPT_INTEL, UINT64_C(0x0605040302010700));
    assert_type("0 is UC", xenpt_pat_type(&pg, 1, P), UC);
    assert_type("7 is UC-", xenpt_pat_type(&pg, 1, P | PWT), UCM);
    assert_type("1 is WC", xenpt_pat_type(&pg, 1, P | PCD), WC);
    assert_type("2 is reserved", xenpt_pat_type(&pg, 1, P | PCD | PWT), UND);
    assert_type("3 is reserved", xenpt_pat_type(&pg, 1, P | B7), UND);
    assert_type("4 is WT", xenpt_pat_type(&pg, 1, P | B7 | PWT), WT);
    pg = long_mode(XENPT_INTEL, UINT64_C(0x86));
    assert_type("bits 7:3 of a PAT entry are reserved", xenpt_pat_type(&pg, 1, P), UND);
    pg = paging(XENPT_INTEL, XENPT_CR0_PE, 0, 0, UINT64_C(0x0101010101010101));
    assert_type("without paging PAT plays no part", xenpt_pat_type(&pg, 0, 0), WB);
    pg = second_stage(XENPT_INTEL, 0, 0);
    assert_type("an EPT leaf selects no PAT entry", xenpt_pat_type(&pg, 1, 7), UND);
}

/* --- One stage ------------------------------------------------------------------------------ */

/* The record of a walk that ends at `leaf` of a table of `level`, by way of another entry. */
static struct xenpt_walk mapped(unsigned int level, uint64_t leaf, uint64_t out)
{
    /* What it says of cacheability is not the leaf's word: it is about the next table. */
    struct xenpt_step table = { .level = (uint8_t)(level + 1), .entry = 0x2000 | P | PWT | PCD };
    struct xenpt_step last = { .level = (uint8_t)level, .entry = leaf };

    return (struct xenpt_walk){
        .outcome = XENPT_MAPPED, .out = out, .nr_steps = 2, .step = { table, last }
    };
}

/* A mask for a range of 1 GiB, with as many bits as MAXPHYADDR 46 has. */
#define GIB  UINT64_C(0x40000000)
#define MASK (XENPT_BITS(45, 30) | XENPT_BIT(11))

static const struct xenpt_mtrr ranges = {
    .enabled = true,
    .def_type = WB,
    .variable = { { 1 * GIB | UC, MASK },
                  { 2 * GIB | WC, MASK },
                  { 3 * GIB | WP, MASK },
                  { 4 * GIB | WT, MASK },
                  /* Bits that this processor does not have. */
                  { XENPT_BIT(50) | 5 * GIB | WC, MASK | XENPT_BITS(51, 46) } },
};

/* Xen's IA32_PAT: WB WT UC- UC WC WP UC UC. */
#define XEN_PAT UINT64_C(0x0000050100070406)

static void test_walk_memtype(void **state)
{
    static const struct {
        const char *claim;
        enum xenpt_vendor vendor;
        uint64_t cr0;
        unsigned int level;
        uint64_t leaf, out;
        enum xenpt_memtype type;
    } rows[] = {
        { "WB on WB", XENPT_INTEL, PAGED, 1, P, 0x5000, WB },
        { "WB on UC", XENPT_INTEL, PAGED, 1, P, GIB + 0x5000, UC },
        { "UC- on WC", XENPT_INTEL, PAGED, 1, P | PCD, 2 * GIB, WC },
        { "4K: bit 7 is PAT, so WC", XENPT_INTEL, PAGED, 1, P | B7, GIB, WC },
        { "2M: bit 7 is PS, so WB", XENPT_INTEL, PAGED, 2, P | B7, 0, WB },
        { "2M: bit 12 is PAT, so WC", XENPT_INTEL, PAGED, 2, P | B7 | B12, GIB, WC },
        { "Intel: WT on WP is WT", XENPT_INTEL, PAGED, 1, P | PWT, 3 * GIB, WT },
        { "AMD: WT on WP is CD", XENPT_AMD, PAGED, 1, P | PWT, 3 * GIB, CD },
        { "2M page: the type of the address asked about", XENPT_INTEL, PAGED, 2, P | B7,
          5 * GIB - 1, WT },
        { "the MTRRs are as wide as MAXPHYADDR", XENPT_INTEL, PAGED, 1, P, 5 * GIB, WC },
        { "CR0.CD: UC", XENPT_INTEL, PAGED | XENPT_CR0_CD, 1, P, 0x5000, UC },
        { "CR0.CD: UC even if PAT says WC", XENPT_INTEL, PAGED | XENPT_CR0_CD, 1, P | B7, 0, UC },
        { "CR0.CD on AMD: CD", XENPT_AMD, PAGED | XENPT_CR0_CD, 1, P, 0x5000, CD },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct xenpt_paging pg = paging(rows[i].vendor, rows[i].cr0, XENPT_CR4_PAE, LONG, XEN_PAT);
        struct xenpt_walk walk = mapped(rows[i].level, rows[i].leaf, rows[i].out);

        assert_type(rows[i].claim, xenpt_walk_memtype(&pg, &walk, &ranges), rows[i].type);
    }
}

static void test_walk_without_leaf(void **state)
{
    struct xenpt_paging pg = paging(XENPT_INTEL, XENPT_CR0_PE, 0, 0, UINT64_C(0x0101010101010101));
    struct xenpt_walk walk = { .outcome = XENPT_MAPPED, .out = 3 * GIB };

    (void)state;
    assert_type("unpaged: the MTRR's", xenpt_walk_memtype(&pg, &walk, &ranges), WP);
    pg.regs.cr0 |= XENPT_CR0_CD;
    assert_type("unpaged, CR0.CD", xenpt_walk_memtype(&pg, &walk, &ranges), UC);
    pg = long_mode(XENPT_INTEL, 0);
    for (unsigned int o = XENPT_MAPPED + 1; o < XENPT_NR_OUTCOMES; o++) {
        walk = mapped(1, P, 0x5000);
        walk.outcome = (enum xenpt_outcome)o;
        assert_type("not mapped", xenpt_walk_memtype(&pg, &walk, &ranges), UND);
    }
}

static void test_second_stage_alone(void **state)
{
    struct xenpt_paging ept = second_stage(XENPT_INTEL, 0, 0);
    struct xenpt_paging npt = second_stage(XENPT_AMD, PAGED, XEN_PAT);
    struct xenpt_walk walk = mapped(1, 7 | 4 << 3, 2 * GIB);

    (void)state;
    assert_type("EPT: its own type", xenpt_walk_memtype(&ept, &walk, &ranges), WT);
    walk = mapped(1, P | PWT, 2 * GIB);
    assert_type("NPT: PAT and MTRRs", xenpt_walk_memtype(&npt, &walk, &ranges), CD);
}

/* --- Two stages ----------------------------------------------------------------------------- */

/* A two-dimensional record with one table access before the page's own second-stage walk. */
static struct xenpt_walk2 mapped2(uint64_t guest_leaf, uint64_t table_leaf, uint64_t page_leaf,
                                  uint64_t out)
{
    return (struct xenpt_walk2){
        .guest = mapped(1, guest_leaf, 0x7000),
        .second = { mapped(1, table_leaf, 0x9000), mapped(1, page_leaf, out) },
        .nr_second = 2,
        .outcome = XENPT_MAPPED,
        .out = out,
    };
}

#define EPT(mt) (UINT64_C(7) | (uint64_t)(mt) << 3)
#define IPAT    XENPT_BIT(6)

/* SDM vol. 3, "Memory Type Used for Translated Guest-Physical Addresses". */
static void test_over_ept(void **state)
{
    static const struct {
        const char *claim;
        uint64_t cr0, guest_leaf, ept_leaf;
        enum xenpt_memtype type;
    } rows[] = {
        { "WB, EPT WB", PAGED, P, EPT(WB), WB },
        { "the EPT type stands where an MTRR's would: UC- on WC", PAGED, P | PCD, EPT(WC), WC },
        { "WT on WB", PAGED, P | PWT, EPT(WB), WT },
        { "WB on UC", PAGED, P, EPT(UC), UC },
        { "Intel's table: WT on WP", PAGED, P | PWT, EPT(WP), WT },
        { "ignore PAT: EPT's alone", PAGED, P | PCD | PWT, EPT(WB) | IPAT, WB },
        { "ignore PAT, UC", PAGED, P, EPT(UC) | IPAT, UC },
        { "CR0.CD: UC", PAGED | XENPT_CR0_CD, P, EPT(WB), UC },
        { "CR0.CD: UC, ignore PAT or not", PAGED | XENPT_CR0_CD, P, EPT(WB) | IPAT, UC },
    };
    struct xenpt_paging second = second_stage(XENPT_INTEL, 0, 0);

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct xenpt_paging guest = paging(XENPT_INTEL, rows[i].cr0, XENPT_CR4_PAE, LONG, XEN_PAT);
        struct xenpt_walk2 walk = mapped2(rows[i].guest_leaf, EPT(WP) | IPAT, rows[i].ept_leaf,
                                          GIB);

        assert_type(rows[i].claim, xenpt_walk2_memtype(&guest, &second, &walk, &ranges),
                    rows[i].type);
        walk.outcome = XENPT_NOT_PRESENT;
        assert_type("not mapped", xenpt_walk2_memtype(&guest, &second, &walk, &ranges), UND);
    }
}

/* CR0.PG = 0: the guest's type counts as WB, so EPT's stands. */
static void test_unpaged_over_ept(void **state)
{
    struct xenpt_paging guest = paging(XENPT_INTEL, XENPT_CR0_PE, 0, 0,
                                       UINT64_C(0x0101010101010101));
    struct xenpt_paging second = second_stage(XENPT_INTEL, 0, 0);
    struct xenpt_walk2 walk = {
        .guest = { .outcome = XENPT_MAPPED, .out = GIB },
        .second = { mapped(1, EPT(WT), GIB) },
        .nr_second = 1,
        .outcome = XENPT_MAPPED,
        .out = GIB,
    };

    (void)state;
    assert_type("unpaged guest", xenpt_walk2_memtype(&guest, &second, &walk, &ranges), WT);
}

/* AMD APM vol. 2, 15.25.8. */
static void test_over_npt(void **state)
{
    static const struct {
        const char *claim;
        uint64_t guest_cr0, host_cr0, guest_leaf, nested_leaf, out;
        enum xenpt_memtype type;
    } rows[] = {
        { "WB, WB, WB", PAGED, PAGED, P, P, 0, WB },
        { "WB on an MTRR's UC", PAGED, PAGED, P, P, GIB, UC },
        { "UC on WB: CD", PAGED, PAGED, P | PCD | PWT, P, 0, CD },
        { "UC- is UC, so CD even where an MTRR says WC", PAGED, PAGED, P | PCD, P, 2 * GIB, CD },
        { "WC on UC", PAGED, PAGED, P | B7, P, GIB, WC },
        { "WC on WB", PAGED, PAGED, P | B7, P, 0, WC },
        { "WP on WB", PAGED, PAGED, P | B7 | PWT, P, 0, WP },
        { "WT on WB", PAGED, PAGED, P | PWT, P, 0, WT },
        { "AMD's table: WT on WP", PAGED, PAGED, P | PWT, P, 3 * GIB, CD },
        { "the MTRRs are as wide as MAXPHYADDR", PAGED, PAGED, P, P, 5 * GIB, WC },
        { "a host type other than WB", PAGED, PAGED, P, P | PCD, 0, UND },
        { "a host type other than WB, through PAT", PAGED, PAGED, P, P | B7, 0, UND },
        { "guest's CR0.CD", PAGED | XENPT_CR0_CD, PAGED, P, P, 0, CD },
        { "host's CR0.CD", PAGED, PAGED | XENPT_CR0_CD, P, P, 0, CD },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct xenpt_paging guest = paging(XENPT_AMD, rows[i].guest_cr0, XENPT_CR4_PAE, LONG,
                                           XEN_PAT);
        struct xenpt_paging second = second_stage(XENPT_AMD, rows[i].host_cr0, XEN_PAT);
        struct xenpt_walk2 walk = mapped2(rows[i].guest_leaf, P | PCD, rows[i].nested_leaf,
                                          rows[i].out);

        assert_type(rows[i].claim, xenpt_walk2_memtype(&guest, &second, &walk, &ranges),
                    rows[i].type);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_combine),
        cmocka_unit_test(test_pat_index),
        cmocka_unit_test(test_pat_values),
        cmocka_unit_test(test_walk_memtype),
        cmocka_unit_test(test_walk_without_leaf),
        cmocka_unit_test(test_second_stage_alone),
        cmocka_unit_test(test_over_ept),
        cmocka_unit_test(test_unpaged_over_ept),
        cmocka_unit_test(test_over_npt),
    };

    return cmocka_run_group_tests_name("memtype", tests, NULL, NULL);
}
