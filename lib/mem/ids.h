/*
 * ids.h - a hash that holds nothing but numbers: which of the caller's things have a key.
 *
 * Keys stay with the caller, who compares; so an entry costs 4 bytes, and one key may have
 * several.  Open addressing with linear probing.  Removal closes the gap it leaves: nothing
 * is marked, and a table is as good after a million removals as when it was new.
 */
#ifndef XENPT_MEM_IDS_H
#define XENPT_MEM_IDS_H

#include "base/bits.h"
#include "mem/store_index.h"

struct ids {
    uint32_t *slot; /* id + 1; 0: free.  At most 4 in 5 are taken. */
    unsigned int order;
    size_t count;
    uint64_t (*key_of)(const void *of, uint32_t id);
    const void *of;
};

/* False: no memory. */
bool ids_init(struct ids *ret, size_t room, uint64_t (*key_of)(const void *of, uint32_t id),
              const void *of);
void ids_fini(struct ids *ids);

/*
 * The same in memory that is the caller's: of 2^order slots, which are cleared.  It neither grows
 * nor is freed; at most 7 in 8 are to be taken.
 */
void ids_init_at(struct ids *ret, uint32_t *slot, unsigned int order,
                 uint64_t (*key_of)(const void *of, uint32_t id), const void *of);

/* Makes room for so many in all.  False: no memory, and nothing changed. */
bool ids_reserve(struct ids *ids, size_t room);

/* There is room. */
void ids_add(struct ids *ids, uint32_t id);
/* Removes the id in this slot. */
void ids_remove(struct ids *ids, size_t gap);
/* The slot of an id that is there. */
size_t ids_slot_of(const struct ids *ids, uint32_t id);

static inline size_t ids_first(const struct ids *ids, uint64_t key)
{
    return (size_t)store_mix(key, ids->order);
}

static inline size_t ids_next(const struct ids *ids, size_t slot)
{
    return (slot + 1) & (size_t)ones(ids->order);
}

/*
 * The ids that may have this key:
 *
 *     for (size_t at = ids_first(ids, key); ids_get(ids, at, &id); at = ids_next(ids, at))
 */
static inline bool ids_get(const struct ids *ids, size_t slot, uint32_t *id)
{
    *id = ids->slot[slot] - 1;
    return ids->slot[slot];
}

#endif
