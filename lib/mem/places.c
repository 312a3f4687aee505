/*
 * places.c - see places.h, and store_index.h for what a slot is.
 */
#include "mem/places.h"

#include "mem/block.h"

#define ORDER_LEAST 8 /* Of the block: a page. */

/* More places than any host has room for: asking for them fails. */
#define ORDER_MAX 56u

/*
 * What an empty slot holds: what a frame whose home this is not would, in place 0.  A frame
 * below 2^order whose home it is, is the slot's own number, whatever mix() does; its look
 * leads to place 2^order - 1, which the pool has not.  Any other differs in `high`.
 */
static uint64_t empty_slot(const struct store_index *index, uint64_t slot)
{
    return (slot ^ index->mask) << XENPT_PAGE_SHIFT;
}

/*
 * What is empty again has a bit below the page's, which no look minds: while there are others, one
 * of them may have wanted the slot.  To one that was always empty no frame came late.
 */
#define VACATED UINT64_C(1)

static bool is_free(const struct store_index *index, uint64_t slot)
{
    return (index->slot[slot] | VACATED) == (empty_slot(index, slot) | VACATED);
}

static uint64_t slot_for(uint64_t place, uint64_t frame)
{
    return (place ^ frame) << XENPT_PAGE_SHIFT;
}

static uint64_t frame_of(const void *of, uint32_t place)
{
    return places_owner(of, place);
}

static uint64_t home_of(const struct places *p, uint32_t place)
{
    return store_home(&p->index, places_owner(p, place));
}

static bool is_at_home(const struct places *p, uint32_t place)
{
    return p->index.slot[home_of(p, place)] == slot_for(place, places_owner(p, place));
}

/* --- Building an index --------------------------------------------------------------------- */

/* Room for more places, which is not an index yet: owners are where they were in it. */
static bool block_grow(struct places *p, unsigned int order)
{
    uint8_t *block;

    if (!pool_open(&p->pool, order) || !(block = block_new(order)))
        return false;
    if (p->block) {
        memcpy(block, p->block, p->used * OWNER_SIZE);
        block_free(p->block, p->index.order);
    }
    p->block = block;
    return true;
}

/* Gives every frame its home slot if it is the first to want it, and counts those that are not. */
static uint64_t take_homes(struct places *p)
{
    uint64_t late = 0;

    for (uint64_t i = 0; i <= p->index.mask; i++)
        p->index.slot[i] = empty_slot(&p->index, i);
    for (uint64_t place = 0; place < p->used; place++) {
        uint64_t frame = places_owner(p, place), home = store_home(&p->index, frame);

        if (frame & KEPT)
            continue;
        if (is_free(&p->index, home))
            p->index.slot[home] = slot_for(place, frame);
        else
            late++;
    }
    return late;
}

static uint64_t room_for_others(const struct places *p)
{
    return XENPT_BIT(p->others.order) / 8 * 7;
}

/* Whether that many more frames may all be late. */
static bool has_room(const struct places *p, uint64_t more)
{
    return p->others.count + more <= room_for_others(p);
}

/*
 * Makes 2^order places of the block an index.  Frames at random leave a fifth of them late at
 * half load, and a third at full load; where it is more, neighbours in memory are not what this
 * is about, and mixing may do better.  False: too many are late.
 */
static bool build(struct places *p, unsigned int order, bool mixed, uint64_t more)
{
    uint64_t late, otherwise;

    p->index.order = (uint8_t)order;
    p->index.mask = ones(order);
    p->index.span = p->index.mask << XENPT_PAGE_SHIFT;
    p->index.slot = (uint64_t *)(void *)(p->block + block_size(order) / 2);
    p->index.mixed = mixed;
    ids_init_at(&p->others, (uint32_t *)(void *)(p->block + (OWNER_SIZE << order)), order - 1,
                frame_of, p);
    p->vacated = 0;
    late = take_homes(p);
    if (!mixed && (late > p->live * 3 / 8 || late + more > room_for_others(p))) {
        p->index.mixed = true;
        otherwise = take_homes(p);
        p->index.mixed = otherwise < late;
        late = otherwise < late ? otherwise : take_homes(p);
    }
    if (late > room_for_others(p))
        return false;
    for (uint32_t place = 0; late && place < p->used; place++)
        if (!(places_owner(p, place) & KEPT) && !is_at_home(p, place))
            ids_add(&p->others, place);
    return true;
}

/* Makes a smaller index in the block as it is; false: there is none. */
static bool shrink(struct places *p, unsigned int order, bool mixed)
{
    unsigned int was = p->index.order;

    if (!build(p, order, mixed, 0))
        return false;
    block_cut(p->block, was, order);
    return true;
}

/* --- From first to last -------------------------------------------------------------------- */

bool places_init(struct places *ret, const struct store_view *view)
{
    *ret = (struct places){ .index = { .view = view } };
    if (!pool_init(&ret->pool))
        return false;
    ret->index.pool = ret->pool.base;
    if (block_grow(ret, ORDER_LEAST))
        return build(ret, ORDER_LEAST, false, 0);
    places_fini(ret);
    return false;
}

void places_fini(struct places *p)
{
    if (p->block)
        block_free(p->block, p->index.order);
    pool_fini(&p->pool);
}

/* Whether too many of the others could be at home. */
static bool is_worn(const struct places *p)
{
    return p->vacated > 64 + p->live / 16;
}

bool places_reserve(struct places *p, uint64_t places, uint64_t frames)
{
    unsigned int was = p->index.order, order = was;
    bool mixed = p->index.mixed;

    if (p->used + places <= ones(was)) {
        if (has_room(p, frames) && !is_worn(p))
            return true;
        if (build(p, was, mixed, frames) && has_room(p, frames))
            return true;
        mixed = p->index.mixed;
    }
    /* Where less than half of it is taken, all may be late. */
    while (++order <= ORDER_MAX) {
        if (p->used + places > ones(order))
            continue;
        if (!block_grow(p, order))
            break;
        if (build(p, order, false, frames) && has_room(p, frames))
            return true;
    }
    if (p->index.order > was)
        shrink(p, was, mixed); /* Where they had room, they have. */
    return false;
}

uint32_t places_find(const struct places *p, uint64_t frame)
{
    uint64_t home = store_home(&p->index, frame), slot = p->index.slot[home];
    uint64_t offset = slot ^ frame << XENPT_PAGE_SHIFT;
    uint32_t place;

    if (likely(offset < p->index.span))
        return (uint32_t)(offset >> XENPT_PAGE_SHIFT);
    if (slot == empty_slot(&p->index, home))
        return NOWHERE;
    for (size_t at = ids_first(&p->others, frame); ids_get(&p->others, at, &place);
         at = ids_next(&p->others, at))
        if (places_owner(p, place) == frame)
            return place;
    return NOWHERE;
}

uint32_t places_take(struct places *p, uint64_t owner)
{
    uint32_t place = (uint32_t)p->used;

    pool_extend(&p->pool, p->used);
    places_own(p, place, owner);
    p->used++;
    return place;
}

void places_enter(struct places *p, uint32_t place)
{
    uint64_t home = home_of(p, place);

    if (is_free(&p->index, home))
        p->index.slot[home] = slot_for(place, places_owner(p, place));
    else
        ids_add(&p->others, place);
    p->live++;
}

void places_leave(struct places *p, uint32_t place)
{
    uint64_t home = home_of(p, place);

    p->live--;
    if (!is_at_home(p, place)) {
        ids_remove(&p->others, ids_slot_of(&p->others, place));
        return;
    }
    p->index.slot[home] = empty_slot(&p->index, home);
    /* Whoever had to stand aside gets the slot when the index is built anew. */
    if (p->others.count) {
        p->index.slot[home] |= VACATED;
        p->vacated++;
    }
}

/* The content of one place goes to another, whose owner is gone.  Returns as places_give(). */
static uint32_t move(struct places *p, uint32_t from, uint32_t to)
{
    uint64_t owner = places_owner(p, from);

    memcpy(places_page(p, to), places_page(p, from), XENPT_PAGE_SIZE);
    if (owner & KEPT) {
        places_own(p, to, owner);
        return (uint32_t)owner;
    }
    if (is_at_home(p, from))
        p->index.slot[home_of(p, from)] = slot_for(to, owner);
    else
        p->others.slot[ids_slot_of(&p->others, from)] = to + 1;
    places_own(p, to, owner);
    return NOWHERE;
}

uint32_t places_give(struct places *p, uint32_t place)
{
    uint32_t last = (uint32_t)p->used - 1;
    uint32_t version = place == last ? NOWHERE : move(p, last, place);

    p->used--;
    return version;
}

void places_trim(struct places *p)
{
    unsigned int order = p->index.order;
    bool mixed = p->index.mixed;

    pool_shrink(&p->pool, p->used);
    while (order > ORDER_LEAST && p->used < XENPT_BIT(order) / 8 * 3) {
        if (!shrink(p, order - 1, false)) {
            build(p, order, mixed, 0);
            return;
        }
        order--;
        mixed = p->index.mixed;
    }
    if (is_worn(p))
        build(p, order, mixed, 0);
}

uint64_t places_bytes(const struct places *p)
{
    return p->pool.touched * XENPT_PAGE_SIZE + p->used * OWNER_SIZE +
           (block_size(p->index.order) - (OWNER_SIZE << p->index.order));
}
