/* disagreements.c - see disagreements.h. */
#include "disagreements.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* P RW US A D */
#define F    UINT64_C(0x67)
#define RW   XENPT_BIT(1)
#define US   XENPT_BIT(2)
#define PS   XENPT_BIT(7)
#define B13  XENPT_BIT(13)
#define NX   XENPT_BIT(63)
/* Entries that lead to the table of the level named. */
#define TO3  (0x2000 | F)
#define TO2  (0x3000 | F)
#define TO1  (0x4000 | F)
#define PAGE UINT64_C(0x1234567000)
#define VA   UINT64_C(0x400000201000)

/* clang-format off */
/*
 * Error codes: 1 P, 2 W, 4 U, 8 RSVD, 10 I.  Intel SDM vol. 3, "4-Level Paging" for what is
 * reserved, "Page-Fault Exceptions" for the codes; without NXE and SMEP, I is never set.
 */
const struct disagreement disagreements[NR_DISAGREEMENTS] = {
    { "an ordinary page", VA, { 0, PAGE | F, TO1, TO2, TO3 }, false,
      XENPT_MAPPED, XENPT_FAULT_NONE, ALLOWED, ALLOWED, ALLOWED, true, PAGE },
    { "PS is reserved in a PML4E", VA, { 0, PAGE | F, TO1, TO2, TO3 | PS }, false,
      XENPT_RESERVED, XENPT_FAULT_PF, 0xd, 0xf, 0x1d, true, PAGE },
    { "bit 13 is reserved in a 1 GiB page", VA,
      { 0, 0, 0, 0x40000000 | F | PS | B13, TO3 }, false,
      XENPT_RESERVED, XENPT_FAULT_PF, 0xd, 0xf, 0x1d, true, 0x40201000 },
    { "bit 13 is reserved in a 2 MiB page", VA,
      { 0, 0, 0x1200000 | F | PS | B13, TO2, TO3 }, false,
      XENPT_RESERVED, XENPT_FAULT_PF, 0xd, 0xf, 0x1d, true, 0x1201000 },
    { "address bit 51 is reserved with 48 of them", VA,
      { 0, PAGE | XENPT_BIT(51) | F, TO1, TO2, TO3 }, false,
      XENPT_RESERVED, XENPT_FAULT_PF, 0xd, 0xf, 0x1d, true, PAGE | XENPT_BIT(51) },
    { "NX is reserved with EFER.NXE clear", VA, { 0, PAGE | F | NX, TO1, TO2, TO3 }, true,
      XENPT_RESERVED, XENPT_FAULT_PF, 0xd, 0xf, 0xd, true, PAGE },
    { "a non-canonical address is #GP", VA | XENPT_BITS(63, 48),
      { 0, PAGE | F, TO1, TO2, TO3 }, false,
      XENPT_NON_CANONICAL, XENPT_FAULT_GP, 0, 0, 0, false, 0 },
    { "RW clear at L3 alone: read-only", VA, { 0, PAGE | F, TO1, TO2 & ~RW, TO3 }, false,
      XENPT_MAPPED, XENPT_FAULT_PF, ALLOWED, 0x7, ALLOWED, true, PAGE },
    { "US clear at L2 alone: supervisor", VA, { 0, PAGE | F, TO1 & ~US, TO2, TO3 }, false,
      XENPT_MAPPED, XENPT_FAULT_PF, 0x5, 0x7, 0x15, true, PAGE },
    { "NX at L4 alone: not executable", VA, { 0, PAGE | F, TO1, TO2, TO3 | NX }, false,
      XENPT_MAPPED, XENPT_FAULT_PF, ALLOWED, ALLOWED, 0x15, true, PAGE },
};
/* clang-format on */

void disagreement_build(const struct disagreement *row, uint64_t memory[DISAGREEMENT_BYTES / 8])
{
    /* Tables of level 4 to 1 in pages 1 to 4; slots 128, 0, 1 and 1 of them. */
    static const unsigned int at[] = {
        [4] = 1 * 512 + 128, [3] = 2 * 512, [2] = 3 * 512 + 1, [1] = 4 * 512 + 1
    };

    memset(memory, 0, DISAGREEMENT_BYTES);
    for (unsigned int l = 1; l <= 4; l++)
        memory[at[l]] = row->entry[l];
}

struct xenpt_paging disagreement_paging(const struct disagreement *row)
{
    struct xenpt_cpu cpu = xenpt_cpu_widest(XENPT_INTEL);
    struct xenpt_regs regs = {
        .cr0 = XENPT_CR0_PE | XENPT_CR0_PG | XENPT_CR0_WP,
        .cr3 = 0x1000,
        .cr4 = XENPT_CR4_PAE,
        .efer = XENPT_EFER_LME | XENPT_EFER_LMA | (row->no_nxe ? 0 : XENPT_EFER_NXE),
    };
    struct xenpt_paging pg;
    struct xenpt_error err = { 0 };

    cpu.maxphyaddr = 48;
    if (xenpt_paging_init(&pg, &cpu, &regs, &err))
        fail_msg("%s", err.text);
    return pg;
}
