/*
 * oracle_2d.h - the oracle of two-dimensional walks: a guest's paging over a second stage.
 */
#ifndef XENPT_TESTS_ORACLE_2D_H
#define XENPT_TESTS_ORACLE_2D_H

#include "oracle/oracle_ia.h"
#include "oracle/oracle_second.h"

struct oracle_walk2 {
    struct oracle_walk guest;
    struct oracle_walk second[6]; /* Of each guest entry's address, then of the page's. */
    unsigned int nr_second;
    uint64_t entry_at[5]; /* Where in machine memory the guest's entries are. */
    enum xenpt_outcome end;
    uint64_t out, page_size;
    unsigned int references;
};

/* Follows @in through both stages and says what becomes of @access. */
void oracle_2d(const struct xenpt_cpu *cpu, const struct xenpt_regs *regs,
               const struct oracle_second *s, const struct oracle_memory *m,
               const struct xenpt_access *access, uint64_t in, struct oracle_walk2 *w,
               struct oracle_verdict *v);

#endif
