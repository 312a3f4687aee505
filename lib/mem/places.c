/*
 * places.c - see places.h, and store_index.h for what a slot is.
 */
#define _GNU_SOURCE
#include "mem/places.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define ORDER_LEAST 9 /* Of 8-byte words, a page. */
#define LARGE       ((size_t)2 << 20)

/*
 * What an empty slot holds: what a frame whose home this is not would, in place 0.  A frame
 * below 2^order whose home it is, is the slot's own number, whatever mix() does; its look
 * leads to place 2^order - 1, which the pool has not.  Any other differs in `high`.
 */
static uint64_t empty_slot(const struct store_index *index, uint64_t slot)
{
    return (slot ^ index->mask) << XENPT_PAGE_SHIFT;
}

static uint64_t slot_for(uint64_t place, uint64_t frame)
{
    return (place ^ frame) << XENPT_PAGE_SHIFT;
}

static uint64_t home_of(const void *of, uint32_t place)
{
    const struct places *p = of;

    return store_home(&p->index, p->owner[place]);
}

static bool is_at_home(const struct places *p, uint32_t place)
{
    return p->index.slot[home_of(p, place)] == slot_for(place, p->owner[place]);
}

/* --- Arrays -------------------------------------------------------------------------------- */

/*
 * Arrays come from the host and go back to it: in a heap, each time that one grows, the smaller
 * one would stay behind as a gap, and gaps be more than what is in use.
 */
static void *array_new(size_t size)
{
    void *array = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    return array == MAP_FAILED ? NULL : array;
}

static void array_free(void *array, size_t size)
{
    if (array)
        munmap(array, size);
}

/* More slots than any host has room for: asking for them fails. */
#define ORDER_MAX 56u

static size_t size_of_slots(unsigned int order)
{
    return sizeof(uint64_t) << order;
}

/* Large ones are looked at in random places: on large pages. */
static uint64_t *slots_new(unsigned int order)
{
    size_t size = size_of_slots(order);
    uint64_t *slot;

    if (size < LARGE)
        return array_new(size);
    slot = aligned_alloc(LARGE, size);
    if (slot)
        madvise(slot, size, MADV_HUGEPAGE);
    return slot;
}

static void slots_free(uint64_t *slot, unsigned int order)
{
    if (size_of_slots(order) < LARGE)
        array_free(slot, size_of_slots(order));
    else
        free(slot);
}

/* Room to note whose each of 2^order places is; never less than there was. */
static bool room_for_owners(struct places *p, unsigned int order)
{
    uint64_t *owner;

    if (order <= p->owners)
        return true;
    owner = array_new(sizeof(*owner) << order);
    if (!owner)
        return false;
    if (p->owner)
        memcpy(owner, p->owner, p->used * sizeof(*owner));
    array_free(p->owner, sizeof(*owner) << p->owners);
    p->owner = owner;
    p->owners = (uint8_t)order;
    return true;
}

/* --- Building an index --------------------------------------------------------------------- */

/* Gives every frame its home slot if it is the first to want it; returns how many are not. */
static uint64_t fill(struct store_index *index, const struct places *p)
{
    uint64_t late = 0;

    for (uint64_t i = 0; i <= index->mask; i++)
        index->slot[i] = empty_slot(index, i);
    for (uint64_t place = 0; place < p->used; place++) {
        uint64_t frame = p->owner[place], home = store_home(index, frame);

        if (frame & KEPT)
            continue;
        if (index->slot[home] == empty_slot(index, home))
            index->slot[home] = slot_for(place, frame);
        else
            late++;
    }
    return late;
}

/*
 * An index of 2^order slots, and all else that depends on the order.  Frames at random leave
 * a fifth of them late at half load, and a third at full load; where it is more, neighbours
 * in memory are not what this is about, and mixing does better.
 */
static bool build(struct places *p, unsigned int order, bool mixed)
{
    struct store_index index = p->index;
    struct ids others;
    uint64_t late;

    if (!pool_open(&p->pool, order) || !room_for_owners(p, order))
        return false;

    index.order = (uint8_t)order;
    index.mask = ones(order);
    index.span = index.mask << XENPT_PAGE_SHIFT;
    index.mixed = mixed;
    index.slot = slots_new(order);
    if (!index.slot)
        return false;
    late = fill(&index, p);
    if (!mixed && late > p->live * 3 / 8) {
        index.mixed = true;
        late = fill(&index, p);
    }
    if (!ids_init(&others, late, home_of, p)) {
        slots_free(index.slot, order);
        return false;
    }

    slots_free(p->index.slot, p->index.order);
    ids_fini(&p->others);
    p->index = index;
    p->others = others;
    for (uint32_t place = 0; place < p->used; place++)
        if (!(p->owner[place] & KEPT) && !is_at_home(p, place))
            ids_add(&p->others, place);
    return true;
}

/* --- From first to last -------------------------------------------------------------------- */

bool places_init(struct places *ret, const struct store_view *view)
{
    *ret = (struct places){ .index = { .view = view } };
    if (!pool_init(&ret->pool))
        return false;
    ret->index.pool = ret->pool.base;
    if (build(ret, ORDER_LEAST, false))
        return true;
    places_fini(ret);
    return false;
}

void places_fini(struct places *p)
{
    slots_free(p->index.slot, p->index.order);
    ids_fini(&p->others);
    array_free(p->owner, sizeof(*p->owner) << p->owners);
    pool_fini(&p->pool);
}

bool places_reserve(struct places *p, uint64_t more)
{
    unsigned int order = p->index.order;

    while (order < ORDER_MAX && ones(order) < p->used + more)
        order++;
    if (order > p->index.order && !build(p, order, false))
        return false;
    /* Too many came late since it was built: without memory, it just stays slow. */
    if (!p->index.mixed && p->others.count > 64 + p->live / 2)
        build(p, order, true);
    return ids_reserve(&p->others, p->others.count + more);
}

uint32_t places_find(const struct places *p, uint64_t frame)
{
    uint64_t home = store_home(&p->index, frame);
    uint64_t offset = p->index.slot[home] ^ frame << XENPT_PAGE_SHIFT;
    uint32_t place;

    if (likely(offset < p->index.span))
        return (uint32_t)(offset >> XENPT_PAGE_SHIFT);
    for (size_t at = ids_first(&p->others, home); ids_get(&p->others, at, &place);
         at = ids_next(&p->others, at))
        if (p->owner[place] == frame)
            return place;
    return NOWHERE;
}

uint32_t places_take(struct places *p, uint64_t owner)
{
    uint32_t place = (uint32_t)p->used;

    pool_extend(&p->pool, p->used);
    p->owner[place] = owner;
    p->used++;
    return place;
}

void places_enter(struct places *p, uint32_t place)
{
    uint64_t home = home_of(p, place);

    if (p->index.slot[home] == empty_slot(&p->index, home))
        p->index.slot[home] = slot_for(place, p->owner[place]);
    else
        ids_add(&p->others, place);
    p->live++;
}

void places_leave(struct places *p, uint32_t place)
{
    uint64_t home = home_of(p, place);
    uint32_t heir;

    p->live--;
    if (!is_at_home(p, place)) {
        ids_remove(&p->others, ids_slot_of(&p->others, place));
        return;
    }
    p->index.slot[home] = empty_slot(&p->index, home);
    /* Whoever had to stand aside gets the slot, so that coming and going costs nobody. */
    for (size_t at = ids_first(&p->others, home); ids_get(&p->others, at, &heir);
         at = ids_next(&p->others, at)) {
        if (home_of(p, heir) != home)
            continue;
        p->index.slot[home] = slot_for(heir, p->owner[heir]);
        ids_remove(&p->others, at);
        return;
    }
}

/* The content of one place goes to another, whose owner is gone.  Returns as places_give(). */
static uint32_t move(struct places *p, uint32_t from, uint32_t to)
{
    uint64_t owner = p->owner[from];

    memcpy(places_page(p, to), places_page(p, from), XENPT_PAGE_SIZE);
    if (owner & KEPT) {
        p->owner[to] = owner;
        return (uint32_t)owner;
    }
    if (is_at_home(p, from))
        p->index.slot[home_of(p, from)] = slot_for(to, owner);
    else
        p->others.slot[ids_slot_of(&p->others, from)] = to + 1;
    p->owner[to] = owner;
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
    pool_shrink(&p->pool, p->used);
    /* Without memory for a smaller index, the larger one stays. */
    while (p->index.order > ORDER_LEAST && p->used < XENPT_BIT(p->index.order) / 8 * 3)
        if (!build(p, p->index.order - 1u, false))
            break;
}

uint64_t places_bytes(const struct places *p)
{
    return p->pool.touched * XENPT_PAGE_SIZE + p->used * sizeof(*p->owner) +
           (sizeof(*p->index.slot) << p->index.order) +
           (sizeof(*p->others.slot) << p->others.order);
}
