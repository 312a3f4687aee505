/* cells.h - a file with its includes, and one tree for each combination of its parameters. */
#ifndef XENPT_SCENARIO_CELLS_H
#define XENPT_SCENARIO_CELLS_H

#include "scenario/keys.h"

/*
 * The tree of a file, with those that it includes laid under it.  NULL: there is none, and mistakes
 * say why.  bytes NULL: from the file.
 */
const struct node *source_read(struct doc *doc, const char *file, const char *bytes, size_t n,
                               struct mistakes *m);
/* The same of a file with several documents: a list of their trees. */
const struct node *source_read_all(struct doc *doc, const char *file, const char *bytes, size_t n,
                                   struct mistakes *m);
/* The path of a file that a node names: relative to the file that it stands in.  NULL: no memory.
 */
const char *source_path(struct doc *doc, const struct node *name);

#define PARAMETERS_MAX 16
#define CELLS_MAX      65536u

struct parameter {
    const char *name;
    const struct node *const *values;
    size_t nr;
    const struct node *only; /* The value that it is fixed to, or NULL. */
};

struct cells {
    const struct node *root;
    struct parameter parameters[PARAMETERS_MAX];
    size_t nr_parameters;
    size_t nr; /* Combinations, those that are left out as well. */
};

/* set: "release=4.17", nr_set of them.  False: no memory. */
bool cells_read(struct doc *doc, const struct node *root, const char *const *set, size_t nr_set,
                struct mistakes *m, struct cells *ret);
/* Whether a combination is run at all. */
bool cell_is_left_out(const struct cells *c, size_t i);
/* The tree of a combination; NULL: no memory. */
const struct node *cell_root(struct doc *doc, const struct cells *c, size_t i, struct mistakes *m);
/* "release=4.17 xpti=off"; before: what comes first in it, or "". */
const char *cell_name(struct doc *doc, const char *before, const struct cells *c, size_t i);

/* Whether two trees say the same, wherever they stand. */
bool node_same(const struct node *a, const struct node *b);

#endif
