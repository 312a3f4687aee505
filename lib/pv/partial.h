/* partial.h - a table's entries, as they are gone through one by one, and where that is stopped. */
#ifndef XENPT_PV_PARTIAL_H
#define XENPT_PV_PARTIAL_H

#include "pv/op.h"

/* The entries of a table that are not 0.  Most tables have few, and are not copied for them. */
struct entries {
    unsigned int nr;
    unsigned int slot[ENTRIES + 1]; /* One more than there can be: it is written and not kept. */
    uint64_t entry[ENTRIES + 1];
};

/* False: it lies outside memory. */
bool table_entries(struct op *op, uint64_t frame, struct entries *ret);
/*
 * Entries are counted from where a table was begun, or gone on with: *at is how many were looked
 * at.  Goes on up to `to`, past those that are empty; true: Xen is pre-empted before *at.
 */
bool table_preempted(struct op *op, unsigned int level, unsigned int *at, unsigned int to);
/*
 * A table's validation, or the opposite, has stopped at an entry: RESTART, or BROKEN.
 * entry: what it has; between: promoting was stopped, and not by the entry.
 */
int table_stop(struct op *op, uint64_t frame, unsigned int validated, unsigned int entry, int rc,
               bool between);
/* What an entry has whose table has stopped; before: what it had. */
unsigned int stopped_entry(const struct op *op, unsigned int before, bool demoting);

#endif
