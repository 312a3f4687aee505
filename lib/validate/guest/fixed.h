/*
 * fixed.h - the tables of the image, where blob.h says they are, and those that they lead to.
 *
 * All of them are in one structure, so that each has an address which is known to the
 * compiler.  fixed.c fills them in.
 */
#ifndef XENPT_GUEST_FIXED_H
#define XENPT_GUEST_FIXED_H

#include <stddef.h>

#include "validate/blob.h"

#define TABLE   512
#define TABLE32 1024

struct fixed {
    uint64_t l4[TABLE], l3[TABLE], pae_l2[TABLE];
    uint32_t l1_2[TABLE32];
    uint64_t g_l4[TABLE], g_l3[TABLE], g_pae_l2[TABLE];
    uint32_t g_l1_2[TABLE32];
    uint64_t ept_l2[TABLE], npt_l2[TABLE];
    uint32_t npt_l1_2[TABLE32];
    /* From here on the image's own. */
    uint64_t low_l4[TABLE], low_l3[TABLE]; /* For booting. */
    uint64_t l2[TABLE];                    /* The first GiB, at PROBE_HIGH. */
    uint64_t l2_u[TABLE], l1_u[TABLE];     /* Stubs in user mode, at PROBE_STUBS_U. */
    uint64_t pae_l1[TABLE];                /* The first 2 MiB. */
    uint64_t g_l2[TABLE], g_l2_u[TABLE], g_l1_u[TABLE], g_pae_l1[TABLE]; /* The same for guests. */
};

extern struct fixed fixed;

/* The machine address of a table. */
#define FIXED_AT(table) ((uint64_t)PROBE_L4 + offsetof(struct fixed, table))

/* Fills in what is not known before.  Memory is mapped by the first entry of l2, till then. */
void fixed_init(void);

#endif
