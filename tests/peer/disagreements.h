/*
 * disagreements.h - ten small trees on which tools that walk page tables disagree with each
 * other, and most of them with the hardware.
 *
 * All map 0x400000201000 to 0x1234567000 by 4-level paging, on a processor with 48 address
 * bits, and carry one thing that has to be noticed.
 */
#ifndef XENPT_PEER_DISAGREEMENTS_H
#define XENPT_PEER_DISAGREEMENTS_H

#include "xenpt/judge.h"

#define NR_DISAGREEMENTS 10
#define ALLOWED          UINT64_MAX

struct disagreement {
    const char *claim;
    uint64_t in;
    uint64_t entry[5]; /* By level; an entry that is not reached is 0. */
    bool no_nxe;       /* EFER.NXE = 0. */

    enum xenpt_outcome outcome;
    enum xenpt_fault_kind fault;                /* If one of the following is refused. */
    uint64_t user_read, user_write, user_fetch; /* ALLOWED, or the fault's error code. */

    bool peer_maps;    /* libaddrxlat 0.5.1 finds a translation... */
    uint64_t peer_out; /* ...to this address. */
};

extern const struct disagreement disagreements[NR_DISAGREEMENTS];

#define DISAGREEMENT_BYTES (5 * XENPT_PAGE_SIZE)

/* Writes a row's tree into memory that stands for machine addresses from 0 on. */
void disagreement_build(const struct disagreement *row, uint64_t memory[DISAGREEMENT_BYTES / 8]);

/* The paging that a row is about. */
struct xenpt_paging disagreement_paging(const struct disagreement *row);

#endif
