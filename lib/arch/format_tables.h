/*
 * format_tables.h - the paging formats.  Data only: a new format is a new table.
 *
 * The tables stand in a header so that the compiler sees them where the walker is built, and
 * makes of one walker a straight line of code for each of them (walk_core.h, instances.h).
 */
#ifndef XENPT_ARCH_FORMAT_TABLES_H
#define XENPT_ARCH_FORMAT_TABLES_H

#include "xenpt/paging.h"

#define BIT  XENPT_BIT
#define BITS XENPT_BITS

/* Intel SDM vol. 3, "Paging"; AMD APM vol. 2, "Page Translation": the bits all share. */
#define P    BIT(0)
#define RW   BIT(1)
#define US   BIT(2)
#define PWT  BIT(3)
#define PCD  BIT(4)
#define A    BIT(5)
#define D    BIT(6)
#define PS   BIT(7)  /* Above L1. */
#define PAT  BIT(7)  /* At L1... */
#define PATL BIT(12) /* ...and in larger pages. */
#define G    BIT(8)
#define PKEY BITS(62, 59)
#define NX   BIT(63)

/* Intel SDM vol. 3, "EPT Translation Mechanism". */
#define EPT_R    BIT(0)
#define EPT_W    BIT(1)
#define EPT_X    BIT(2) /* Under mode-based execute control: of supervisor-mode addresses. */
#define EPT_RWX  BITS(2, 0)
#define EPT_MT   BITS(5, 3)
#define EPT_IPAT BIT(6)
#define EPT_A    BIT(8)
#define EPT_D    BIT(9)
#define EPT_XU   BIT(10)
#define EPT_SSS  BIT(60)
#define EPT_SVE  BIT(63)
#define EPT_WB   (UINT64_C(6) << 3)

/* AMD I/O Virtualization Technology (IOMMU) Specification, "I/O Page Tables for Host
 * Translations". */
#define IO_PR   BIT(0)
#define IO_A    BIT(5)
#define IO_D    BIT(6)
#define IO_NEXT BITS(11, 9)
#define IO_U    BIT(59)
#define IO_FC   BIT(60)
#define IO_IR   BIT(61)
#define IO_IW   BIT(62)
#define IO_NONE BIT(63) /* No entry has it. */

/* Intel Virtualization Technology for Directed I/O, "Second-Stage Paging Entries". */
#define VTD_R   BIT(0)
#define VTD_W   BIT(1)
#define VTD_SNP BIT(11)
#define VTD_TM  BIT(62) /* Transient mapping: no entry has it without device TLBs. */

/* clang-format off */

/* Bits 13.. up to the page's own alignment are reserved; bit 12 is PAT. */
#define IA_L5 { .name = "PML5E", .shift = 48, .bits = 9, .rsvd_table = PS }
#define IA_L4 { .name = "PML4E", .shift = 39, .bits = 9, .rsvd_table = PS }
#define IA_L3 { .name = "PDPTE", .shift = 30, .bits = 9, .page_if = PS, \
                .rsvd_page = BITS(29, 13), .pat = PATL }
#define IA_L2 { .name = "PDE",   .shift = 21, .bits = 9, .page_if = PS, \
                .rsvd_page = BITS(20, 13), .pat = PATL }
#define IA_L1 { .name = "PTE",   .shift = 12, .bits = 9, .page_if = P, .pat = PAT }

/* PAE's PDPTEs say nothing of rights and are not marked as accessed. */
#define PAE_L3 .name = "PDPTE", .shift = 30, .bits = 2, .silent = RW | US | NX | A, \
               .rsvd_table = BITS(63, 52) | BITS(8, 5) | RW | US
#define PAE_L2 { .name = "PDE", .shift = 21, .bits = 9, .page_if = PS, .pat = PATL, \
                 .rsvd_table = BITS(62, 52), .rsvd_page = BITS(62, 52) | BITS(20, 13) }
#define PAE_L1 { .name = "PTE", .shift = 12, .bits = 9, .page_if = P, .pat = PAT, \
                 .rsvd_page = BITS(62, 52) }

/* PSE-36 keeps address bits 39:32 in bits 20:13 of a 4 MiB page's entry. */
#define LEGACY_L2 { .name = "PDE", .shift = 22, .bits = 10, .page_if = PS, .pat = PATL, \
                    .rsvd_page = BIT(21), .fold = { 13, 8, 32 } }
#define LEGACY_L1 { .name = "PTE", .shift = 12, .bits = 10, .page_if = P, .pat = PAT }

#define EPT_L5 { .name = "EPT PML5E", .shift = 48, .bits = 9, .rsvd_table = BITS(7, 3) }
#define EPT_L4 { .name = "EPT PML4E", .shift = 39, .bits = 9, .rsvd_table = BITS(7, 3) }
#define EPT_L3 { .name = "EPT PDPTE", .shift = 30, .bits = 9, .page_if = PS, \
                 .rsvd_table = BITS(6, 3), .rsvd_page = BITS(29, 12) }
#define EPT_L2 { .name = "EPT PDE",   .shift = 21, .bits = 9, .page_if = PS, \
                 .rsvd_table = BITS(6, 3), .rsvd_page = BITS(20, 12) }
#define EPT_L1 { .name = "EPT PTE",   .shift = 12, .bits = 9, \
                 .page_if = EPT_RWX | EPT_XU }

#define IA_RIGHTS  .right = { [XENPT_W] = RW, [XENPT_XS] = NX, [XENPT_XU] = NX, [XENPT_U] = US }
/* AMD APM vol. 2, "Nested Paging": every access of a guest counts as a user's. */
#define NPT_RIGHTS .right = { [XENPT_R] = US, [XENPT_W] = US | RW, \
                              [XENPT_XS] = US | NX, [XENPT_XU] = US | NX }, \
                   .second_stage = true
#define EPT_RIGHTS .right = { [XENPT_R] = EPT_R, [XENPT_W] = EPT_W, \
                              [XENPT_XS] = EPT_X, [XENPT_XU] = EPT_X }, \
                   .second_stage = true
#define IA_ENTRY   .present = P, .inverted = NX, .accessed = A, .dirty = D
#define IA_WORD    .entry_size = 8, .address = BITS(51, 12), IA_ENTRY
#define IA_DWORD   .entry_size = 4, .address = BITS(31, 12), IA_ENTRY
/* "EPT Misconfigurations": W without R (and X, without execute-only: paging.c); types. */
#define EPT_WORD   .entry_size = 8, .address = BITS(51, 12), .present = EPT_RWX, \
                   .accessed = EPT_A, .dirty = EPT_D, .cache = XENPT_CACHE_EPT, \
                   .dependent = EPT_W, .upon = EPT_R, \
                   .bad_types = 1 << 2 | 1 << 3 | 1 << 7

/*
 * Model: an entry states the level of the table that it leads to (next level), 0 for a page.  Here
 * levels are counted down from the mode of the device table entry, and L1 entries map pages, as
 * XSA-445 says that IOMMUs do; so entries that skip a level, and larger pages, are not in it.
 * Devices fetch no instructions.  Host A and D are not kept: Xen leaves HAD in the device table
 * entry clear.  What an IOMMU refuses it writes to its event log as an IO_PAGE_FAULT; here it is
 * told as a nested page fault of the same rule.
 */
#define IO_L(n) { .name = "IOMMU L" #n "E", .shift = 12 + 9 * (n - 1), .bits = 9 }
#define IO_L1   { .name = "IOMMU L1E", .shift = 12, .bits = 9, .page_if = IO_PR }
#define IO_WORD .entry_size = 8, .address = BITS(51, 12), .present = IO_PR, .second_stage = true, \
                .cache = XENPT_CACHE_IOMMU, .right = { [XENPT_R] = IO_IR, [XENPT_W] = IO_IW, \
                [XENPT_XS] = IO_NONE, [XENPT_XU] = IO_NONE }

/*
 * Model: the IOMMU has pages of 2 MiB and 1 GiB, and controls snooping (SNP), and devices have no
 * TLBs of their own.  It takes bits 10:2 for nothing: X, as requests to execute are refused; what EPT
 * calls a memory type, and A and D, as those are of scalable mode.  So it walks an EPT.  An entry
 * without R and W does not exist, whatever else is in it.  What it refuses is told as for AMD's.
 */
#define VTD_L4 { .name = "SS-PML4E", .shift = 39, .bits = 9, .rsvd_table = VTD_TM | VTD_SNP | PS }
#define VTD_L3 { .name = "SS-PDPE", .shift = 30, .bits = 9, .page_if = PS, \
                 .rsvd_table = VTD_TM | VTD_SNP, .rsvd_page = VTD_TM | BITS(29, 12) }
#define VTD_L2 { .name = "SS-PDE", .shift = 21, .bits = 9, .page_if = PS, \
                 .rsvd_table = VTD_TM | VTD_SNP, .rsvd_page = VTD_TM | BITS(20, 12) }
#define VTD_L1 { .name = "SS-PTE", .shift = 12, .bits = 9, .page_if = VTD_R | VTD_W, \
                 .rsvd_page = VTD_TM }
#define VTD_WORD .entry_size = 8, .address = BITS(51, 12), .present = VTD_R | VTD_W, \
                 .second_stage = true, .cache = XENPT_CACHE_VTD, \
                 .right = { [XENPT_R] = VTD_R, [XENPT_W] = VTD_W, \
                 [XENPT_XS] = VTD_TM, [XENPT_XU] = VTD_TM }

static const struct xenpt_format formats[XENPT_NR_FORMATS] = {
    [XENPT_UNPAGED] = { .name = "unpaged", .top = 0, .entry_size = 8, .input_bits = 32 },
    [XENPT_2LEVEL] = {
        .name = "2-level", .top = 2, .input_bits = 32, IA_DWORD, IA_RIGHTS,
        .level = { [2] = LEGACY_L2, [1] = LEGACY_L1 },
    },
    [XENPT_PAE] = {
        .name = "PAE", .top = 3, .input_bits = 32, IA_WORD, IA_RIGHTS,
        .level = { [3] = { PAE_L3, .in_register = true }, [2] = PAE_L2, [1] = PAE_L1 },
    },
    [XENPT_4LEVEL] = {
        .name = "4-level", .top = 4, .input_bits = 48, .sign_extended = true,
        .pkey = PKEY, IA_WORD, IA_RIGHTS,
        .level = { [4] = IA_L4, [3] = IA_L3, [2] = IA_L2, [1] = IA_L1 },
    },
    [XENPT_5LEVEL] = {
        .name = "5-level", .top = 5, .input_bits = 57, .sign_extended = true,
        .pkey = PKEY, IA_WORD, IA_RIGHTS,
        .level = { [5] = IA_L5, [4] = IA_L4, [3] = IA_L3, [2] = IA_L2, [1] = IA_L1 },
    },
    [XENPT_EPT4] = {
        .name = "EPT", .top = 4, .input_bits = 48, EPT_WORD, EPT_RIGHTS,
        .level = { [4] = EPT_L4, [3] = EPT_L3, [2] = EPT_L2, [1] = EPT_L1 },
    },
    [XENPT_EPT5] = {
        .name = "EPT 5-level", .top = 5, .input_bits = 57, EPT_WORD, EPT_RIGHTS,
        .level = { [5] = EPT_L5, [4] = EPT_L4, [3] = EPT_L3, [2] = EPT_L2, [1] = EPT_L1 },
    },
    [XENPT_NPT2] = {
        .name = "NPT 2-level", .top = 2, .input_bits = 32, IA_DWORD, NPT_RIGHTS,
        .level = { [2] = LEGACY_L2, [1] = LEGACY_L1 },
    },
    [XENPT_NPT_PAE] = {
        .name = "NPT PAE", .top = 3, .input_bits = 32, IA_WORD, NPT_RIGHTS,
        .level = { [3] = { PAE_L3 }, [2] = PAE_L2, [1] = PAE_L1 },
    },
    [XENPT_NPT4] = {
        .name = "NPT", .top = 4, .input_bits = 48, IA_WORD, NPT_RIGHTS,
        .level = { [4] = IA_L4, [3] = IA_L3, [2] = IA_L2, [1] = IA_L1 },
    },
    [XENPT_NPT5] = {
        .name = "NPT 5-level", .top = 5, .input_bits = 57, IA_WORD, NPT_RIGHTS,
        .level = { [5] = IA_L5, [4] = IA_L4, [3] = IA_L3, [2] = IA_L2, [1] = IA_L1 },
    },
    [XENPT_IOMMU3] = {
        .name = "AMD IOMMU mode 3", .top = 3, .input_bits = 39, IO_WORD,
        .level = { [3] = IO_L(3), [2] = IO_L(2), [1] = IO_L1 },
    },
    [XENPT_IOMMU4] = {
        .name = "AMD IOMMU mode 4", .top = 4, .input_bits = 48, IO_WORD,
        .level = { [4] = IO_L(4), [3] = IO_L(3), [2] = IO_L(2), [1] = IO_L1 },
    },
    [XENPT_VTD3] = {
        .name = "VT-d 3-level", .top = 3, .input_bits = 39, VTD_WORD,
        .level = { [3] = VTD_L3, [2] = VTD_L2, [1] = VTD_L1 },
    },
    [XENPT_VTD4] = {
        .name = "VT-d 4-level", .top = 4, .input_bits = 48, VTD_WORD,
        .level = { [4] = VTD_L4, [3] = VTD_L3, [2] = VTD_L2, [1] = VTD_L1 },
    },
};

/* clang-format on */

#endif
