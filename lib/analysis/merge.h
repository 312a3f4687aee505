/*
 * merge.h - making one range of neighbours that differ in nothing that matters.
 */
#ifndef XENPT_ANALYSIS_MERGE_H
#define XENPT_ANALYSIS_MERGE_H

#include "xenpt/map.h"

struct merge {
    const struct xenpt_map_options *opt;
    bool second;  /* There is a second stage. */
    bool pending; /* The range at hand may still grow. */
    struct xenpt_map_range range;
    uint64_t matter[XENPT_TOP_MAX + 1];  /* Bits of a leaf that must be equal, by level... */
    uint64_t matter2[XENPT_TOP_MAX + 1]; /* ...and of a leaf of the second stage. */
};

/* `opt` is borrowed. */
void merge_init(struct merge *ret, const struct xenpt_context *context,
                const struct xenpt_map_options *opt);

/* Joins r to the range at hand.  False: it does not continue that one. */
bool merge_join(struct merge *m, const struct xenpt_map_range *r);

#endif
