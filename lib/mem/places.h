/*
 * places.h - which place of the pool holds which frame's content.
 *
 * Places in use lie side by side, so that the pool is never larger than what it holds.  All that
 * is known of 2^order of them is in one block of 16 bytes each, so that few places cost few pages:
 *
 *     owners, 6 bytes a place | hash of the others, 4 bytes for 2 places | slots, 8 bytes a place
 *
 * Of the owners only as many are touched as there are places in use, so that a place costs 26
 * bytes at most when an index has just grown, and 16 when it is full.
 */
#ifndef XENPT_MEM_PLACES_H
#define XENPT_MEM_PLACES_H

#include <string.h>

#include "mem/ids.h"
#include "mem/pool.h"
#include "mem/store_index.h"

struct places {
    struct store_index index; /* Most live frames: those that have their home slot. */
    struct ids others;        /* The rest: places, by their frames. */
    uint8_t *block;
    struct pool pool;
    uint64_t used;    /* Places. */
    uint64_t live;    /* Those that hold what a frame contains now. */
    uint64_t vacated; /* Slots that were left while there were others. */
};

/* Of each place: a frame's number, or KEPT and a version's. */
#define OWNER_SIZE ((size_t)6)
#define KEPT       XENPT_BIT(47)
#define NOWHERE    UINT32_MAX

/* False: no memory. */
bool places_init(struct places *ret, const struct store_view *view);
void places_fini(struct places *p);

/* Makes room for so many places more, and so many live frames.  False: no memory, nothing changed
 * that one can see. */
bool places_reserve(struct places *p, uint64_t places, uint64_t frames);

/* A frame's place, or NOWHERE. */
uint32_t places_find(const struct places *p, uint64_t frame);

static inline uint64_t places_owner(const struct places *p, uint64_t place)
{
    uint64_t owner;

    /* Behind the owners is the hash: these 8 bytes are always there. */
    memcpy(&owner, p->block + place * OWNER_SIZE, sizeof(owner));
    return owner & ones(8 * OWNER_SIZE);
}

static inline void places_own(struct places *p, uint64_t place, uint64_t owner)
{
    memcpy(p->block + place * OWNER_SIZE, &owner, OWNER_SIZE);
}

static inline uint8_t *places_page(const struct places *p, uint32_t place)
{
    return p->pool.base + (uint64_t)place * XENPT_PAGE_SIZE;
}

/* A new place, all zeros.  There is room. */
uint32_t places_take(struct places *p, uint64_t owner);

/* From now on, this place that it owns is what the frame contains.  There is room. */
void places_enter(struct places *p, uint32_t place);
/* From now on, the place is not what its frame contains. */
void places_leave(struct places *p, uint32_t place);

/*
 * Gives back a place that holds nothing that counts.  The content of the last place moves
 * into it; where that was kept for a version, the result is this version's number, which has
 * to be told its new place, and else NOWHERE.
 */
uint32_t places_give(struct places *p, uint32_t place);

/* After places were given back, and frames left: as much memory as what is left needs. */
void places_trim(struct places *p);

/* What all of this costs. */
uint64_t places_bytes(const struct places *p);

#endif
