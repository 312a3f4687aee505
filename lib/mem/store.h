/* store.h - what a store and its snapshots are made of. */
#ifndef XENPT_MEM_STORE_H
#define XENPT_MEM_STORE_H

#include "mem/history.h"
#include "mem/places.h"
#include "mem/ram.h"
#include "mem/source.h"
#include "xenpt/mem.h"

/* Whose memory, and when: what stands behind a reader. */
struct store_view {
    const struct xenpt_store *store;
    const struct xenpt_snapshot *then; /* NULL: now. */
};

struct xenpt_store {
    struct store_view now;
    struct xenpt_reader reader;
    struct places places;
    struct ram ram;
    struct history history;
    struct xenpt_snapshot *newest;
    const struct store_source *source; /* Or NULL. */
    uint64_t era;                      /* The number of snapshots that were ever taken. */
};

struct xenpt_snapshot {
    struct store_view view;
    struct xenpt_reader reader;
    struct store_index index; /* Leads nowhere: every look ends in store_miss(). */
    uint64_t no_slot;
    struct xenpt_store *store;
    struct xenpt_snapshot *older, *newer;
    uint64_t era;
    uint32_t versions; /* The first of those that belong to it; NOWHERE: none. */
    bool has_ram;      /* False: the RAM was that of the next newer one, or is that of now. */
    struct ram ram;
};

/* The reader of an index. */
struct xenpt_reader store_reader(const struct store_index *index);

/* Gives back a place whose content nobody needs. */
void store_give(struct xenpt_store *store, uint32_t place);

#endif
