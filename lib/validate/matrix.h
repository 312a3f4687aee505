/*
 * matrix.h - cases made by rule: every combination that matters, in an order that a seed shuffles.
 *
 * A suite is a list of groups.  A group has dimensions for tables, a set of registers and a
 * set of kinds of access, and means their whole product.  It is gone through without
 * repeating anything: tables in a shuffled order, each with another few of its registers and
 * accesses in each round.  So a short run has some of everything, and a long one is complete.
 * What differs from an access before it in addresses and data alone is left out: all accesses
 * are distinct, up to some tens of millions of them.
 */
#ifndef XENPT_VALIDATE_MATRIX_H
#define XENPT_VALIDATE_MATRIX_H

#include "validate/mmu.h"

struct matrix;

struct matrix_options {
    enum suite suite;
    struct xenpt_cpu cpu; /* Of the machine that is to be asked. */
    uint64_t seed;
    /* Whether the machine is not to be given an access; NULL: it takes all. */
    bool (*leave_out)(void *ctx, const struct blob_state *state, const struct blob_access *access);
    void *ctx;
};

XENPT_CHECK enum xenpt_code matrix_create(const struct matrix_options *options, struct matrix **ret,
                                          struct xenpt_error *err);
void matrix_destroy(struct matrix *matrix);

/*
 * Adds the next cases to @blob, up to @accesses more accesses (or a few less) or until it is full.
 * The same options give the same cases, however they are cut into blobs.
 */
XENPT_CHECK enum xenpt_code matrix_more(struct matrix *matrix, unsigned int accesses,
                                        struct blob *blob, struct xenpt_error *err);

/* Why combinations are left out: rows for a report. */
struct matrix_prune {
    const char *name, *text;
};

#define MATRIX_GROUPS 16
#define MATRIX_PRUNES 17

/* Row @i, NULL at the end. */
const struct matrix_prune *matrix_prune(unsigned int i);

/* How far it has got. */
struct matrix_stats {
    uint64_t cases, accesses;
    uint64_t left_out;              /* By matrix_options.leave_out. */
    uint64_t repeated;              /* Accesses left out since there was one like it. */
    uint64_t pruned[MATRIX_PRUNES]; /* Combinations left out, by row. */
    unsigned int nr_groups;
    struct {
        const char *name, *text;
        uint64_t cases, accesses;
        uint64_t tables; /* In its product, pruned ones included; 0: without end. */
        uint64_t rounds; /* Times it has been gone through... */
        uint64_t of;     /* ...of so many, after which nothing new comes; 0: without end. */
    } group[MATRIX_GROUPS];
};

void matrix_stats(const struct matrix *matrix, struct matrix_stats *ret);

#endif
