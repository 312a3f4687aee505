/* table_set.h - which tables were met, each at which level, and where first. */
#ifndef XENPT_ARCH_TABLE_SET_H
#define XENPT_ARCH_TABLE_SET_H

#include "xenpt/types.h"

struct table_slot {
    uint64_t key; /* The table's address, its level in the lowest bits; 0: free. */
    uint64_t in;  /* The input address at which it was first met. */
};

struct table_set {
    struct table_slot *slot;
    unsigned int order; /* 2^order slots, at most half of them taken. */
    size_t nr;
};

/* Room for a first few tables.  False: no memory. */
bool table_set_init(struct table_set *set);
void table_set_fini(struct table_set *set);

/*
 * Enters a table.  *ret is NULL if it is new, else where it was entered before.
 * False: no memory.
 */
bool table_set_enter(struct table_set *set, uint64_t table, unsigned int level, uint64_t in,
                     const struct table_slot **ret);

#endif
