/*
 * errata.h - what MMUs are known to do otherwise than their manuals say.
 *
 * A row says what the machine does instead, or keeps an access from a machine that would not
 * survive it. What no row explains is a disagreement.
 */
#ifndef XENPT_VALIDATE_ERRATA_H
#define XENPT_VALIDATE_ERRATA_H

#include "validate/compare.h"
#include "validate/mmu.h"
#include "validate/quirk.h"

/* A difference that was seen. */
struct difference {
    const struct xenpt_cpu *cpu;
    const struct case_view *c;
    const struct blob_access *access;
    const struct blob_state *state;
    const struct answer *answer;
    const struct result *result;
    const struct comparison *comparison;
};

struct erratum {
    const char *name;    /* "tcg-reserved-p" */
    const char *mmu;     /* What the backend's name begins with: "qemu". */
    const char *version; /* What is in its version: " 7.2."; "" for any. */
    unsigned int suites; /* Bit s: seen in enum suite s. */
    const char *text;    /* What it does. */
    const char *source;  /* What decides that it is wrong. */
    enum quirk quirk;    /* What the model has to do to give the same answer; NR_QUIRKS: there
                            is no such thing. */
    /* Whether an access is not for this machine at all. */
    bool (*excludes)(const struct xenpt_cpu *cpu, const struct blob_state *state);
};

/* Row @i, NULL at the end. */
const struct erratum *erratum_row(unsigned int i);
#define ERRATA_MAX 32 /* More than there are rows. */

/* Whether a row is about this machine. */
bool erratum_applies(const struct erratum *e, const char *mmu, const char *version,
                     enum suite suite);

/*
 * What of @d remains unexplained: nothing, if the model gives the MMU's answer with what the
 * machine is known to do wrong, or with a part of that; then bit i of @which is set for each
 * row that it takes.
 */
unsigned int errata_explain(const struct difference *d, const char *mmu, const char *version,
                            enum suite suite, uint32_t *which);
/* The row that keeps a state from a machine, or -1. */
int errata_exclude(const struct xenpt_cpu *cpu, const struct blob_state *state, const char *mmu,
                   const char *version, enum suite suite);

/* Whose errata. */
struct erratum_of {
    const struct xenpt_cpu *cpu;
    const char *mmu, *version;
    enum suite suite;
};

/*
 * A finished blob of all accesses of @all that no row keeps from the machine; free it, come
 * what may.  @counts, of ERRATA_MAX rows or NULL: those left out, by row.
 */
XENPT_CHECK enum xenpt_code errata_leave_out(const struct erratum_of *of, const struct blob *all,
                                             uint64_t *counts, struct blob *ret,
                                             struct xenpt_error *err);

#endif
