/*
 * oracle_ia.h - the oracle of ordinary paging, Intel's and AMD's.
 */
#ifndef XENPT_TESTS_ORACLE_IA_H
#define XENPT_TESTS_ORACLE_IA_H

#include "oracle/oracle.h"

/* Intel SDM vol. 3, "Paging-Mode Enabling". */
enum oracle_mode {
    ORACLE_NO_PAGING,
    ORACLE_32_BIT,
    ORACLE_PAE,
    ORACLE_4_LEVEL,
    ORACLE_5_LEVEL,
};

enum oracle_mode oracle_mode(const struct xenpt_regs *regs);

/* Follows a linear address; @second_stage_amd: the guest runs under AMD's nested paging. */
void oracle_walk_ia(const struct xenpt_cpu *cpu, const struct xenpt_regs *regs,
                    const struct oracle_tables *t, uint64_t in, struct oracle_walk *w);

/* Intel SDM vol. 3, "Access Rights", "Page-Fault Exceptions", "Accessed and Dirty Flags". */
void oracle_judge_ia(const struct xenpt_cpu *cpu, const struct xenpt_regs *regs,
                     const struct oracle_tables *t, const struct xenpt_access *access,
                     const struct oracle_walk *w, struct oracle_verdict *v);

/* Whether a linear address is a user-mode one, if it has a translation. */
bool oracle_user_mode_address(const struct oracle_walk *w);

#endif
