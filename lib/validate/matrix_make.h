/* matrix_make.h - the inside of the matrix: groups as rows, and what makes a case of a row. */
#ifndef XENPT_VALIDATE_MATRIX_MAKE_H
#define XENPT_VALIDATE_MATRIX_MAKE_H

#include "validate/matrix.h"
#include "validate/plan.h"

/* Reasons to leave a combination out; texts are rows in matrix_prunes.c. */
enum prune {
    PRUNE_NONE,
    PRUNE_BELOW_LEAF,
    PRUNE_ADDRESS_BIT,
    PRUNE_NO_SUCH_BIT,
    PRUNE_PDPTE_RIGHTS,
    PRUNE_NEXT_1G,
    PRUNE_BOUNDARY,
    PRUNE_NO_TREE,
    PRUNE_32_BIT_GUEST,
    PRUNE_EPT_PDPTE,
    PRUNE_FETCH_SIZE,
    PRUNE_FETCH_EDGE,
    PRUNE_BIG_IN_32_BIT,
    PRUNE_STUB,
    PRUNE_TWICE,
    PRUNE_NO_PDPTE,
    PRUNE_NO_PCID,
    PRUNE_ASTRAY,
    NR_PRUNES,
};

/* Registers that a group goes through; rows in matrix_state.c. */
enum state_dim {
    ST_WP,
    ST_NXE,
    ST_SMEP,
    ST_SMAP,
    ST_PKE,
    ST_PKRU,
    ST_PSE,
    ST_PGE,
    ST_PCIDE,
    ST_EPT_AD,
    NR_STATE_DIMS,
};

#define ST(dim) (1u << ST_##dim)

/* What of an access a group goes through; the rest is drawn. */
#define BY_KIND 1u
#define BY_CPL  2u
#define BY_AC   4u
#define BY_SIZE 8u

/* How many values a dimension has. */
enum dim_per {
    DIM_ONCE,       /* n. */
    DIM_PER_LEVEL,  /* n for each level: n^levels. */
    DIM_LEVELS,     /* The levels. */
    DIM_LEAVES,     /* The sizes of pages. */
    DIM_PLACES,     /* The page, and the table of each level. */
    DIM_PER_LEVEL2, /* The same of the second stage's tree. */
    DIM_LEVELS2,
    DIM_LEAVES2,
};

struct dim {
    const char *name;
    unsigned int n;
    enum dim_per per;
};

#define GROUP_DIMS 8

struct maker;

struct group {
    const char *name, *text;
    unsigned int suites; /* Bit s: it belongs to enum suite s. */
    unsigned int share;  /* Of all cases, in parts of the sum. */
    struct dim dims[GROUP_DIMS];
    /* Makes a plan of what was picked, one number for each dimension. */
    enum prune (*make)(struct maker *k, const uint64_t *pick);
    unsigned int states;   /* ST(...). */
    unsigned int accesses; /* BY_... */
    bool few;              /* Eight accesses a case, so that all tables come early. */
    bool endless;          /* It has no product: every number is another case. */
};

/* One case under way. */
struct maker {
    const struct xenpt_cpu *cpu;
    enum suite suite;
    uint32_t stage;
    const struct shape *s, *s2; /* Of the tree of linear addresses, and of the second stage. */
    struct plan plan;
    uint64_t random; /* State of the dice. */
    uint64_t edge;   /* What makes an address different from others, for counting. */
    bool need_pse;   /* PS means something... */
    bool need_nxe;   /* ...and NX. */
    bool pcide;      /* CR4.PCIDE is in question where it must not be. */
    bool no_fetch;   /* A jump there would fault before the fetch. */
};

/* Dice, and the bits of a number well shaken. */
uint64_t maker_mix(uint64_t z);
uint64_t maker_random(struct maker *k);
unsigned int maker_pick(struct maker *k, unsigned int n);

/* Where a permutation of 0 to @n - 1 has @i. */
uint64_t maker_permuted(uint64_t i, uint64_t n, uint64_t key);

/* matrix_dims.c: how many values a dimension has in a maker's mode, and a group's product. */
uint64_t dim_size(const struct maker *k, const struct dim *d);
uint64_t dims_product(const struct maker *k, const struct group *row);

/* matrix_access.c: how many accesses a group goes through, of @nr_sizes sizes in its mode. */
unsigned int accesses_nr(unsigned int by, unsigned int nr_sizes);
/* Access number @i, or why there is none. */
enum prune access_make(struct maker *k, unsigned int by, unsigned int i, struct blob_access *ret);

/* Finds addresses for the plan's paths.  @boundary: the level at whose boundary the access
 * crosses into the next page, 0 for none; @split: bytes in the first page. */
enum prune maker_place(struct maker *k, unsigned int boundary, unsigned int split);
/* Whether @bit of the entry at @level, if turned round, only leads elsewhere. */
bool maker_leads_elsewhere(const struct maker *k, const struct shape *s, unsigned int level,
                           bool leaf, unsigned int bit);

/* A bit that an 8-byte entry that maps a page must not have; 0, where addresses take them all. */
uint64_t maker_reserved(const struct maker *k, unsigned int leaf);

/* Registers: how many combinations of @dims there are in the mode; and number @i of them. */
unsigned int states_nr(const struct maker *k, unsigned int dims);
void states_make(struct maker *k, unsigned int dims, unsigned int i, const struct planned *planned,
                 struct blob_state *ret);

/* The groups; @i from 0, NULL at the end. */
const struct group *group_1d(unsigned int i);
const struct group *group_2d(unsigned int i);

#endif
