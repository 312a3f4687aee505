/* expose_spans.c - lists of stretches of memory. */
#include <stdlib.h>

#include "analysis/expose.h"
#include "base/search.h"

void spans_add(struct spans *s, uint64_t first, uint64_t last, uint32_t rights)
{
    struct span *end = s->nr ? &s->list[s->nr - 1] : NULL;

    if (end && end->rights == rights && end->last + 1 == first && first) {
        end->last = last;
        return;
    }
    if (!who_room(&s->list, s->nr, &s->max, sizeof(*s->list))) {
        s->no_memory = true;
        return;
    }
    s->list[s->nr++] = (struct span){ first, last, rights };
}

static int by_rights(const void *a, const void *b)
{
    const struct span *x = a, *y = b;

    if (x->rights != y->rights)
        return x->rights < y->rights ? -1 : 1;
    return (x->first > y->first) - (x->first < y->first);
}

static int by_address(const void *a, const void *b)
{
    const struct span *x = a, *y = b;

    return (x->first > y->first) - (x->first < y->first);
}

/* Neighbours of a sorted list that touch, or overlap, are one. */
static void join(struct spans *s, bool any)
{
    size_t nr = 0;

    for (size_t i = 0; i < s->nr; i++) {
        const struct span *p = &s->list[i];
        struct span *end = nr ? &s->list[nr - 1] : NULL;

        if (end && (any || end->rights == p->rights) &&
            (end->last == UINT64_MAX || p->first <= end->last + 1)) {
            if (p->last > end->last)
                end->last = p->last;
            end->rights |= p->rights;
        } else {
            s->list[nr++] = *p;
        }
    }
    s->nr = nr;
}

static bool is_sorted(const struct spans *s, int (*order)(const void *, const void *))
{
    for (size_t i = 1; i < s->nr; i++)
        if (order(&s->list[i - 1], &s->list[i]) > 0)
            return false;
    return true;
}

void spans_sort(struct spans *s)
{
    if (s->nr && !is_sorted(s, by_rights))
        qsort(s->list, s->nr, sizeof(*s->list), by_rights);
    join(s, false);
}

void spans_flatten(struct spans *s)
{
    if (s->nr && !is_sorted(s, by_address))
        qsort(s->list, s->nr, sizeof(*s->list), by_address);
    join(s, true);
}

void spans_free(struct spans *s)
{
    free(s->list);
    *s = (struct spans){ 0 };
}

uint64_t spans_size(const struct spans *s)
{
    uint64_t size = 0;

    for (size_t i = 0; i < s->nr; i++)
        size += s->list[i].last - s->list[i].first + 1;
    return size;
}

size_t spans_from(const struct spans *s, uint64_t first)
{
    size_t low = 0, high = s->nr;

    SEARCH(low, high, i, s->list[i].last < first);
    return low;
}

bool spans_touch(const struct spans *s, uint64_t first, uint64_t last)
{
    size_t i = spans_from(s, first);

    return i < s->nr && s->list[i].first <= last;
}
