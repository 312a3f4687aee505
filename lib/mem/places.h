/*
 * places.h - which place of the pool holds which frame's content.
 *
 * Places in use lie side by side, so that the pool is never larger than what it holds.
 */
#ifndef XENPT_MEM_PLACES_H
#define XENPT_MEM_PLACES_H

#include "mem/ids.h"
#include "mem/pool.h"
#include "mem/store_index.h"

struct places {
    struct store_index index; /* Most live frames: those that have their home slot. */
    struct ids others;        /* The rest: places, by their frame's home slot. */
    uint64_t *owner;          /* Of each place: a frame's number, or KEPT and a version's. */
    uint8_t owners;           /* log2 of how many there is room for. */
    struct pool pool;
    uint64_t used; /* Places. */
    uint64_t live; /* Those that hold what a frame contains now. */
};

#define KEPT    XENPT_BIT(63)
#define NOWHERE UINT32_MAX

/* False: no memory. */
bool places_init(struct places *ret, const struct store_view *view);
void places_fini(struct places *p);

/* Makes room for so many places and live frames more.  False: no memory, nothing changed. */
bool places_reserve(struct places *p, uint64_t more);

/* A frame's place, or NOWHERE. */
uint32_t places_find(const struct places *p, uint64_t frame);

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

/* After places were given back: as much memory as what is left needs. */
void places_trim(struct places *p);

/* What all of this costs. */
uint64_t places_bytes(const struct places *p);

#endif
