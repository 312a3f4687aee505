/*
 * extents.c - which frames are a domain's, one by one: single frames leave it and come to it while
 * it runs, and what it calls them can change.
 *
 * Extents are in the order of the machine's frames, so that whose a frame is, which is asked for
 * each entry of a table, is a binary search among few.  By what a guest calls a frame they are
 * searched one after the other.
 */
#include <stdlib.h>
#include <string.h>

#include "base/search.h"
#include "xen/internal.h"

/* The first that ends behind a frame. */
static size_t place_of(const struct domain *d, uint64_t mfn)
{
    size_t low = 0, high = d->nr_memory;

    SEARCH(low, high, i, d->memory[i].first + d->memory[i].nr <= mfn);
    return low;
}

const struct extent *domain_extent_of_many(const struct domain *d, uint64_t mfn)
{
    size_t i = place_of(d, mfn);

    return i < d->nr_memory && d->memory[i].first <= mfn ? &d->memory[i] : NULL;
}

uint64_t domain_run(const struct domain *d, uint64_t pfn, uint64_t *mfn)
{
    for (size_t i = 0; i < d->nr_memory; i++) {
        const struct extent *e = &d->memory[i];

        if (e->gfn != NO_GFN && pfn >= e->gfn && pfn - e->gfn < e->nr) {
            *mfn = e->first + (pfn - e->gfn);
            return e->nr - (pfn - e->gfn);
        }
    }
    return 0;
}

uint64_t domain_frame(const struct domain *d, uint64_t pfn)
{
    uint64_t mfn;

    return domain_run(d, pfn, &mfn) ? mfn : NO_TABLE;
}

uint64_t domain_pfn(const struct domain *d, uint64_t mfn)
{
    const struct extent *e = domain_extent(d, mfn);

    return e && e->gfn != NO_GFN ? e->gfn + (mfn - e->first) : NO_TABLE;
}

bool domain_has_some(const struct domain *d, uint64_t pfn, uint64_t nr)
{
    for (size_t i = 0; i < d->nr_memory; i++) {
        const struct extent *e = &d->memory[i];

        if (e->gfn != NO_GFN && e->gfn < pfn + nr && pfn < e->gfn + e->nr)
            return true;
    }
    return false;
}

/* --- Coming and going ---------------------------------------------------------------------- */

enum xenpt_code memory_reserve(struct domain *d, size_t nr, struct xenpt_error *err)
{
    struct extent *grown;
    size_t max;

    if (d->nr_memory + 2 * nr <= d->max_memory)
        return XENPT_OK;
    max = 2 * d->nr_memory + 2 * nr + 2;
    grown = realloc(d->memory, max * sizeof(*grown));
    if (!grown)
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for the extents of a domain");
    d->memory = grown;
    d->max_memory = max;
    return XENPT_OK;
}

/* A frame in the middle of an extent makes three of it. */
static enum xenpt_code make_room(struct domain *d, struct xenpt_error *err)
{
    return memory_reserve(d, 1, err);
}

static void insert(struct domain *d, size_t at, struct extent e)
{
    memmove(d->memory + at + 1, d->memory + at, (d->nr_memory - at) * sizeof(e));
    d->memory[at] = e;
    d->nr_memory++;
}

static void drop(struct domain *d, size_t at)
{
    d->nr_memory--;
    memmove(d->memory + at, d->memory + at + 1, (d->nr_memory - at) * sizeof(*d->memory));
}

/* Whether two that are side by side are one. */
static bool joins(const struct extent *a, const struct extent *b)
{
    return a->first + a->nr == b->first &&
           (a->gfn == NO_GFN ? b->gfn == NO_GFN : a->gfn + a->nr == b->gfn);
}

static void put_in(struct domain *d, struct extent e)
{
    size_t at = place_of(d, e.first);

    if (at && joins(&d->memory[at - 1], &e)) {
        e = (struct extent){ d->memory[at - 1].first, d->memory[at - 1].nr + e.nr,
                             d->memory[at - 1].gfn };
        drop(d, --at);
    }
    if (at < d->nr_memory && joins(&e, &d->memory[at])) {
        e.nr += d->memory[at].nr;
        drop(d, at);
    }
    insert(d, at, e);
}

/* One frame out of the extent that has it. */
static void take_out(struct domain *d, uint64_t mfn)
{
    size_t at = place_of(d, mfn);
    struct extent before = d->memory[at], after = before;

    before.nr = mfn - before.first;
    after.first = mfn + 1;
    after.nr -= before.nr + 1;
    if (after.gfn != NO_GFN)
        after.gfn += before.nr + 1;
    drop(d, at);
    if (after.nr)
        insert(d, at, after);
    if (before.nr)
        insert(d, at, before);
}

enum xenpt_code memory_gain(struct domain *d, uint64_t mfn, uint64_t nr, uint64_t gfn,
                            struct xenpt_error *err)
{
    enum xenpt_code code = make_room(d, err);

    if (!code)
        put_in(d, (struct extent){ mfn, nr, gfn });
    return code;
}

enum xenpt_code memory_lose(struct domain *d, uint64_t mfn, struct xenpt_error *err)
{
    enum xenpt_code code = make_room(d, err);

    if (!code)
        take_out(d, mfn);
    return code;
}

/* Two frames are not called the same: the one that was before has no name then. */
static enum xenpt_code forget_name(struct domain *d, uint64_t gfn, struct xenpt_error *err)
{
    uint64_t mfn = gfn == NO_GFN ? NO_TABLE : domain_frame(d, gfn);
    enum xenpt_code code = mfn == NO_TABLE ? XENPT_OK : make_room(d, err);

    if (code || mfn == NO_TABLE)
        return code;
    take_out(d, mfn);
    put_in(d, (struct extent){ mfn, 1, NO_GFN });
    return XENPT_OK;
}

enum xenpt_code memory_name(struct domain *d, uint64_t mfn, uint64_t gfn, struct xenpt_error *err)
{
    enum xenpt_code code;

    if (!domain_extent(d, mfn) || domain_pfn(d, mfn) == gfn)
        return XENPT_OK;
    code = forget_name(d, gfn, err);
    if (!code)
        code = make_room(d, err);
    if (code)
        return code;
    take_out(d, mfn);
    put_in(d, (struct extent){ mfn, 1, gfn });
    return XENPT_OK;
}
