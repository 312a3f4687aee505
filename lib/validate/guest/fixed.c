/*
 * fixed.c - the tables that live below the last slot of a case's root, or below its first.
 *
 * Entries have A and D set, so that no processor writes to them, and none has NX, which would be
 * a reserved bit in states without EFER.NXE.
 */
#include "fixed.h"
#include "memory.h"

#define P       0x001u
#define RW      0x002u
#define US      0x004u
#define A_D     0x060u
#define PS      0x080u
#define TABLE_S (P | RW | A_D)
#define TABLE_U (TABLE_S | US)

/* EPT: readable, writable, executable, write-back, accessed and dirty. */
#define EPT_PAGE 0x3b7u

#define SAME(table, where) _Static_assert(FIXED_AT(table) == (where), #table)

SAME(l4, PROBE_L4);
SAME(l3, PROBE_L3);
SAME(pae_l2, PROBE_PAE_L2);
SAME(l1_2, PROBE_L1_2);
SAME(g_l4, PROBE_G_L4);
SAME(g_l3, PROBE_G_L3);
SAME(g_pae_l2, PROBE_G_PAE_L2);
SAME(g_l1_2, PROBE_G_L1_2);
SAME(ept_l2, PROBE_EPT_L2);
SAME(npt_l2, PROBE_NPT_L2);
SAME(npt_l1_2, PROBE_NPT_L1_2);

#define GUEST_AT(table) (PROBE_GUEST + FIXED_AT(table))

#define SLOT(level, va) ((va) >> (12 + 9 * ((level)-1)) & (TABLE - 1))
_Static_assert(SLOT(4, PROBE_HIGH) == 511 && SLOT(4, PROBE_STUBS_U) == 511, "in the last slot");
_Static_assert(SLOT(3, (uint64_t)PROBE_GUEST) == 3, "one entry of the second stage");

__attribute__((section(".fixed"))) struct fixed fixed = {
    .l4 = { [511] = FIXED_AT(l3) | TABLE_U },
    .l3 = { [SLOT(3, PROBE_HIGH)] = FIXED_AT(l2) | TABLE_S,
            [SLOT(3, PROBE_STUBS_U)] = FIXED_AT(l2_u) | TABLE_U },
    .l2_u = { FIXED_AT(l1_u) | TABLE_U },
    .pae_l2 = { FIXED_AT(pae_l1) | TABLE_U },
    .g_l4 = { [511] = GUEST_AT(g_l3) | TABLE_U },
    .g_l3 = { [SLOT(3, PROBE_HIGH)] = GUEST_AT(g_l2) | TABLE_S,
              [SLOT(3, PROBE_STUBS_U)] = GUEST_AT(g_l2_u) | TABLE_U },
    .g_l2_u = { GUEST_AT(g_l1_u) | TABLE_U },
    .g_pae_l2 = { GUEST_AT(g_pae_l1) | TABLE_U },
    .low_l4 = { FIXED_AT(low_l3) | TABLE_S },
    .low_l3 = { FIXED_AT(l2) | TABLE_S },
    .l2 = { TABLE_S | PS },
};

/* Roots to boot on, and then to be the image's own; see boot64.S. */
#define ROOT __attribute__((section(".fixed.roots"), aligned(4096))) uint64_t

extern uint64_t root4[TABLE], root5[TABLE];
ROOT root4[TABLE] = { [0] = FIXED_AT(low_l3) | TABLE_S, [511] = FIXED_AT(l3) | TABLE_U };
ROOT root5[TABLE] = { [0] = FIXED_AT(low_l4) | TABLE_S, [511] = FIXED_AT(l4) | TABLE_U };

/* Whether a frame holds stubs that run in user mode. */
static uint32_t rights(uint32_t frame)
{
    return frame << 12 == machine_address(stubs_of_user()) ? TABLE_U : TABLE_S;
}

void fixed_init(void)
{
    uint32_t stubs = machine_address(stubs_of_user());

    for (uint32_t i = 0; i < TABLE; i++) {
        fixed.l2[i] = i << 21 | TABLE_S | PS;
        fixed.g_l2[i] = (PROBE_GUEST + (i << 21)) | TABLE_S | PS;
        fixed.ept_l2[i] = i << 21 | EPT_PAGE;
        fixed.npt_l2[i] = i << 21 | TABLE_U | PS;
        fixed.pae_l1[i] = i << 12 | rights(i);
        fixed.g_pae_l1[i] = (PROBE_GUEST + (i << 12)) | rights(i);
    }
    for (uint32_t i = 0; i < TABLE32; i++) {
        fixed.l1_2[i] = i << 12 | rights(i);
        fixed.npt_l1_2[i] = i << 12 | TABLE_U;
        fixed.g_l1_2[i] = (PROBE_GUEST + (i << 12)) | rights(i);
    }
    /* In PAE paging all of the window, as it is. */
    for (uint32_t i = PROBE_WINDOW >> 21; i < (PROBE_WINDOW + PROBE_WINDOW_SIZE) >> 21; i++)
        fixed.pae_l2[i] = i << 21 | TABLE_S | PS;
    fixed.l1_u[0] = stubs | TABLE_U;
    fixed.g_l1_u[0] = (PROBE_GUEST + stubs) | TABLE_U;
}
