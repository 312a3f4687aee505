/*
 * alloc.c - which frames are free, as extents in order of their addresses.
 *
 * A machine of tens of TiB has few extents of free memory, for whoever takes frames takes
 * them from an end; so an ordered array with binary search finds and splits them quickly, and
 * costs nothing for the frames themselves.
 */
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/search.h"
#include "xenpt/mem.h"

/* Frames first to last, all of them in the same state. */
struct extent {
    uint64_t first, last;
};

/* Extents in ascending order, none of which touch. */
struct extents {
    struct extent *at;
    size_t nr, max;
};

struct xenpt_alloc {
    struct extents owned; /* Every frame that was ever added... */
    struct extents free;  /* ...and those of them that can be taken. */
    uint64_t nr_free;
};

/* The first extent that ends at or after this frame; nr: none does. */
static size_t find(const struct extents *e, uint64_t frame)
{
    size_t low = 0, high = e->nr;

    SEARCH(low, high, i, e->at[i].last < frame);
    return low;
}

static bool holds(const struct extents *e, uint64_t first, uint64_t last)
{
    size_t i = find(e, first);

    return i < e->nr && e->at[i].first <= first && last <= e->at[i].last;
}

static bool touches(const struct extents *e, uint64_t first, uint64_t last)
{
    size_t i = find(e, first);

    return i < e->nr && e->at[i].first <= last;
}

/* Room for one extent more.  Asked for before anything is changed. */
static bool make_room(struct extents *e)
{
    size_t max = e->max ? e->max * 2 : 16;
    struct extent *larger;

    if (e->nr < e->max)
        return true;
    larger = realloc(e->at, max * sizeof(*larger));
    if (!larger)
        return false;
    e->at = larger;
    e->max = max;
    return true;
}

static void insert_at(struct extents *e, size_t i, struct extent x)
{
    memmove(e->at + i + 1, e->at + i, (e->nr - i) * sizeof(*e->at));
    e->at[i] = x;
    e->nr++;
}

static void remove_at(struct extents *e, size_t i)
{
    e->nr--;
    memmove(e->at + i, e->at + i + 1, (e->nr - i) * sizeof(*e->at));
}

/* Adds frames that are not there, joining them to their neighbours.  There is room. */
static void add(struct extents *e, uint64_t first, uint64_t last)
{
    size_t i = find(e, first);
    bool joins_before = i > 0 && e->at[i - 1].last + 1 == first;
    bool joins_after = i < e->nr && last + 1 == e->at[i].first;

    if (joins_before && joins_after) {
        e->at[i - 1].last = e->at[i].last;
        remove_at(e, i);
    } else if (joins_before) {
        e->at[i - 1].last = last;
    } else if (joins_after) {
        e->at[i].first = first;
    } else {
        insert_at(e, i, (struct extent){ first, last });
    }
}

/* Takes frames out of extent i, which holds them.  There is room for the second half. */
static void cut(struct extents *e, size_t i, uint64_t first, uint64_t last)
{
    struct extent x = e->at[i];

    if (x.first == first && x.last == last) {
        remove_at(e, i);
    } else if (x.first == first) {
        e->at[i].first = last + 1;
    } else if (x.last == last) {
        e->at[i].last = first - 1;
    } else {
        e->at[i].last = first - 1;
        insert_at(e, i + 1, (struct extent){ last + 1, x.last });
    }
}

enum xenpt_code xenpt_alloc_create(struct xenpt_alloc **ret, struct xenpt_error *err)
{
    struct xenpt_alloc *alloc = calloc(1, sizeof(*alloc));

    if (!alloc)
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for a frame allocator");
    *ret = alloc;
    return XENPT_OK;
}

static bool copy_extents(struct extents *ret, const struct extents *e)
{
    *ret = (struct extents){ .nr = e->nr, .max = e->nr };
    if (!e->nr)
        return true;
    ret->at = malloc(e->nr * sizeof(*e->at));
    if (!ret->at)
        return false;
    memcpy(ret->at, e->at, e->nr * sizeof(*e->at));
    return true;
}

enum xenpt_code xenpt_alloc_copy(const struct xenpt_alloc *alloc, struct xenpt_alloc **ret,
                                 struct xenpt_error *err)
{
    struct xenpt_alloc *copy = calloc(1, sizeof(*copy));

    if (!copy || !copy_extents(&copy->owned, &alloc->owned) ||
        !copy_extents(&copy->free, &alloc->free)) {
        xenpt_alloc_destroy(copy);
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for a frame allocator");
    }
    copy->nr_free = alloc->nr_free;
    *ret = copy;
    return XENPT_OK;
}

void xenpt_alloc_destroy(struct xenpt_alloc *alloc)
{
    if (!alloc)
        return;
    free(alloc->owned.at);
    free(alloc->free.at);
    free(alloc);
}

bool xenpt_alloc_run(const struct xenpt_alloc *alloc, xenpt_mfn_t from, xenpt_mfn_t *first,
                     xenpt_mfn_t *last)
{
    size_t i = find(&alloc->free, from.v);

    if (i == alloc->free.nr)
        return false;
    *first = xenpt_mfn(alloc->free.at[i].first);
    *last = xenpt_mfn(alloc->free.at[i].last);
    return true;
}

uint64_t xenpt_alloc_nr_free(const struct xenpt_alloc *alloc)
{
    return alloc->nr_free;
}

bool xenpt_alloc_free_range(const struct xenpt_alloc *alloc, size_t i, xenpt_mfn_t *first,
                            xenpt_mfn_t *last)
{
    if (i >= alloc->free.nr)
        return false;
    *first = xenpt_mfn(alloc->free.at[i].first);
    *last = xenpt_mfn(alloc->free.at[i].last);
    return true;
}

static enum xenpt_code no_memory(struct xenpt_error *err)
{
    return xenpt_fail(err, XENPT_ENOMEM, "no memory to note which frames are free");
}

enum xenpt_code xenpt_alloc_reserve(struct xenpt_alloc *alloc, size_t nr, struct xenpt_error *err)
{
    struct extents *e = &alloc->free;
    size_t max = e->nr + nr + 1 > 2 * e->nr ? e->nr + nr + 1 : 2 * e->nr;
    struct extent *larger;

    if (e->nr + nr < e->max)
        return XENPT_OK;
    larger = realloc(e->at, max * sizeof(*larger));
    if (!larger)
        return no_memory(err);
    e->at = larger;
    e->max = max;
    return XENPT_OK;
}

enum xenpt_code xenpt_alloc_add(struct xenpt_alloc *alloc, xenpt_mfn_t first, xenpt_mfn_t last,
                                struct xenpt_error *err)
{
    const uint64_t end = ones(XENPT_MADDR_BITS - XENPT_PAGE_SHIFT);

    if (first.v > last.v || last.v > end)
        return xenpt_fail(err, XENPT_ERANGE, "0x%llx..0x%llx are no frames: they go up to 0x%llx",
                          (unsigned long long)first.v, (unsigned long long)last.v,
                          (unsigned long long)end);
    if (touches(&alloc->owned, first.v, last.v))
        return xenpt_fail(err, XENPT_ESTATE, "some frame of 0x%llx..0x%llx was added before",
                          (unsigned long long)first.v, (unsigned long long)last.v);
    if (!make_room(&alloc->owned) || !make_room(&alloc->free))
        return no_memory(err);
    add(&alloc->owned, first.v, last.v);
    add(&alloc->free, first.v, last.v);
    alloc->nr_free += last.v - first.v + 1;
    return XENPT_OK;
}

/* Where 2^order frames fit into an extent, from its low or its high end.  False: nowhere. */
static bool fit(const struct extent *e, const struct xenpt_alloc_want *want, uint64_t *ret)
{
    uint64_t more = ones(want->order); /* One frame less than are wanted. */
    uint64_t last = want->below ? min_u64(e->last, want->below - 1) : e->last;
    uint64_t first;

    if (last < e->first || last - e->first < more)
        return false;
    first = want->low ? (e->first + more) & ~more : (last - more) & ~more;
    if (first < e->first || first > last || last - first < more)
        return false;
    *ret = first;
    return true;
}

enum xenpt_code xenpt_alloc_take(struct xenpt_alloc *alloc, struct xenpt_alloc_want want,
                                 xenpt_mfn_t *ret, struct xenpt_error *err)
{
    struct extents *e = &alloc->free;
    uint64_t first;

    if (!make_room(e))
        return no_memory(err);
    for (size_t n = 0; want.order < XENPT_MADDR_BITS - XENPT_PAGE_SHIFT && n < e->nr; n++) {
        size_t i = want.low ? n : e->nr - 1 - n;

        if (!fit(&e->at[i], &want, &first))
            continue;
        cut(e, i, first, first + ones(want.order));
        alloc->nr_free -= XENPT_BIT(want.order);
        *ret = xenpt_mfn(first);
        return XENPT_OK;
    }
    return xenpt_fail(err, XENPT_ERANGE, "no 2^%u free frames in a row%s, of %llu that are free",
                      want.order, want.below ? " below the limit" : "",
                      (unsigned long long)alloc->nr_free);
}

/* Whether there can be 2^order frames from `first` on. */
static bool possible(xenpt_mfn_t first, unsigned int order)
{
    const unsigned int bits = XENPT_MADDR_BITS - XENPT_PAGE_SHIFT;

    return order <= bits && first.v <= ones(bits) && ones(bits) - first.v >= ones(order);
}

static enum xenpt_code impossible(xenpt_mfn_t first, unsigned int order, struct xenpt_error *err)
{
    return xenpt_fail(err, XENPT_ERANGE, "2^%u frames from 0x%llx on: there are no such", order,
                      (unsigned long long)first.v);
}

enum xenpt_code xenpt_alloc_claim(struct xenpt_alloc *alloc, xenpt_mfn_t first, unsigned int order,
                                  struct xenpt_error *err)
{
    uint64_t last = first.v + ones(order & 63);

    if (!possible(first, order))
        return impossible(first, order, err);
    if (!holds(&alloc->free, first.v, last))
        return xenpt_fail(err, XENPT_ESTATE, "not all of the frames 0x%llx..0x%llx are free",
                          (unsigned long long)first.v, (unsigned long long)last);
    if (!make_room(&alloc->free))
        return no_memory(err);
    cut(&alloc->free, find(&alloc->free, first.v), first.v, last);
    alloc->nr_free -= XENPT_BIT(order);
    return XENPT_OK;
}

enum xenpt_code xenpt_alloc_give(struct xenpt_alloc *alloc, xenpt_mfn_t first, unsigned int order,
                                 struct xenpt_error *err)
{
    uint64_t last = first.v + ones(order & 63);

    if (!possible(first, order))
        return impossible(first, order, err);
    if (!holds(&alloc->owned, first.v, last))
        return xenpt_fail(err, XENPT_ESTATE,
                          "not all of the frames 0x%llx..0x%llx are this allocator's",
                          (unsigned long long)first.v, (unsigned long long)last);
    if (touches(&alloc->free, first.v, last))
        return xenpt_fail(err, XENPT_ESTATE, "some frame of 0x%llx..0x%llx is free already",
                          (unsigned long long)first.v, (unsigned long long)last);
    if (!make_room(&alloc->free))
        return no_memory(err);
    add(&alloc->free, first.v, last);
    alloc->nr_free += XENPT_BIT(order);
    return XENPT_OK;
}
