/*
 * oracle_mmu.h - the oracle as if it were a machine: it plants words, loads states, makes accesses.
 *
 * It knows what the manuals say of loading registers, of crossing into another page and of
 * storing, and leaves translation to tests/oracle, which shares nothing with the engine.
 */
#ifndef XENPT_TESTS_ORACLE_MMU_H
#define XENPT_TESTS_ORACLE_MMU_H

#include "oracle/oracle_2d.h"
#include "validate/blob_build.h"

struct oracle_mmu {
    struct xenpt_cpu cpu;
    uint8_t *bytes; /* PROBE_WINDOW_SIZE of them. */
    uint64_t free;  /* The code's bits that the manuals leave open, of the last access. */
};

/* Room for any result. */
struct oracle_result {
    struct result result;
    struct result_changed changed[CASE_WORDS];
};

bool oracle_mmu_init(struct oracle_mmu *mmu, const struct xenpt_cpu *cpu);
void oracle_mmu_fini(struct oracle_mmu *mmu);
/* Carries out one access of a case. */
void oracle_mmu_access(struct oracle_mmu *mmu, const struct case_view *c, unsigned int access,
                       struct oracle_result *ret);

#endif
