/* pairing.h - the contexts of two machines, sorted, so that pairing them takes no search. */
#ifndef XENPT_ANALYSIS_PAIRING_H
#define XENPT_ANALYSIS_PAIRING_H

#include "xenpt/compare.h"

#define NOBODY SIZE_MAX

/* A context that counts: there is one for each root. */
struct side_root {
    const struct xenpt_context *context;
    size_t kind, party; /* Indices; a root that is nobody's: NOBODY. */
    size_t other;       /* Of the other side, that it was paired with, or NOBODY. */
    uint64_t shape;     /* Of what it alone leads to; of a party's roots: 0. */
};

/* A domain. */
struct party {
    const char *name;
    size_t other;   /* Of the other side, or NOBODY. */
    uint64_t shape; /* Of what its roots alone lead to. */
};

/* Roots of one kind, of one party or of any: a piece of a side's `sorted`. */
struct span {
    size_t first, nr;
};

struct side {
    const struct xenpt_reader *mem;
    struct side_root *roots; /* In the order in which they were given. */
    size_t nr;
    size_t *sorted;        /* Roots by kind, then by party, then in order; nobody's are last. */
    struct party *parties; /* In the order in which they were met. */
    size_t nr_parties;
    struct span *spans; /* Of each party, then of nobody: one for each kind. */
    size_t nr_kinds;
};

/* Both sides know kinds by the same numbers. */
struct sides {
    const struct xenpt_view *model;
    struct side of_model, of_image;
    const char **kinds;
    size_t nr_kinds;
};

/*
 * Contexts without a kind, and those under a second stage, are left out.  A kind of which some
 * root of the image is nobody's is nobody's in the model as well: its roots have to be told
 * apart by what they hold.
 */
enum xenpt_code sides_init(struct sides *ret, const struct xenpt_view *model,
                           const struct xenpt_reader *memory,
                           const struct xenpt_context *const image[], size_t nr_image,
                           struct xenpt_error *err);
void sides_fini(struct sides *sides);

/* --- parties.c ----------------------------------------------------------------------------- */

/* Once both have their roots.  False: no memory. */
bool sides_parties(struct sides *s);
/* Roots of a kind, of a party or of NOBODY. */
struct span side_span(const struct side *side, size_t party, size_t kind);
/* Roots of a kind, whosever they are. */
struct span side_all(const struct side *side, size_t kind);

/* --- shape.c ------------------------------------------------------------------------------- */

/* Works out the shapes of both sides. */
enum xenpt_code shapes_find(struct sides *sides, struct xenpt_error *err);

/* --- pair_domains.c ------------------------------------------------------------------------ */

enum xenpt_code pair_domains(struct sides *sides, struct xenpt_error *err);

/* --- pair.c -------------------------------------------------------------------------------- */

/* How many are compared with one, at most, to find the nearest. */
#define PAIR_TRIES 32

/* How much two contexts differ when nothing else is compared. */
struct distance {
    uint64_t wrong, allowed, exact;
};

enum xenpt_code pair_distance(const struct sides *s, const struct xenpt_context *a,
                              const struct xenpt_context *b, struct distance *ret,
                              struct xenpt_error *err);

/* Something of one side that is equal to something of the other if its key is. */
struct keyed {
    const char *name;
    uint64_t shape;
    size_t number;
};

/* Says what is equal, the first to the first; it sorts both lists.  `names`: by those. */
void match_equal(struct sides *sides, struct keyed *a, size_t nr_a, struct keyed *b, size_t nr_b,
                 bool names, void (*equal)(struct sides *sides, size_t model, size_t image));

#endif
