/* pieces.c - whose machine memory is, laid over one another: each a merge of two sorted lists. */
#include "xen/pieces.h"

#include <stdlib.h>

void pieces_add(struct pieces *p, uint64_t first, uint64_t last, uint32_t owner)
{
    struct xenpt_owned *end = p->nr ? &p->list[p->nr - 1] : NULL;

    if (end && end->owner == owner && end->last + 1 == first) {
        end->last = last;
        return;
    }
    if (p->nr == p->max) {
        size_t max = p->max ? 2 * p->max : 64;
        struct xenpt_owned *list = realloc(p->list, max * sizeof(*list));

        if (!list) {
            p->no_memory = true;
            return;
        }
        p->list = list;
        p->max = max;
    }
    p->list[p->nr++] = (struct xenpt_owned){ first, last, owner };
}

static int by_first(const void *a, const void *b)
{
    const struct xenpt_owned *x = a, *y = b;

    return (x->first > y->first) - (x->first < y->first);
}

void pieces_sort(struct pieces *p)
{
    size_t nr = 0;

    if (p->nr)
        qsort(p->list, p->nr, sizeof(*p->list), by_first);
    for (size_t i = 0; i < p->nr; i++) {
        if (nr && p->list[i].first <= p->list[nr - 1].last + 1) {
            if (p->list[i].last > p->list[nr - 1].last)
                p->list[nr - 1].last = p->list[i].last;
        } else {
            p->list[nr++] = p->list[i];
        }
    }
    p->nr = nr;
}

/* The piece that an address is in, or NULL; *end: the last byte of which that is true. */
static const struct xenpt_owned *at(const struct pieces *p, size_t *i, uint64_t in, uint64_t *end)
{
    while (*i < p->nr && p->list[*i].last < in)
        ++*i;
    if (*i == p->nr)
        return NULL;
    if (p->list[*i].first > in) {
        if (p->list[*i].first - 1 < *end)
            *end = p->list[*i].first - 1;
        return NULL;
    }
    if (p->list[*i].last < *end)
        *end = p->list[*i].last;
    return &p->list[*i];
}

void pieces_lay(struct pieces *below, struct pieces *above, pieces_fn fn)
{
    struct pieces sum = { .no_memory = below->no_memory || above->no_memory };
    size_t i = 0, j = 0;
    uint64_t in = 0, end;

    do {
        const struct xenpt_owned *b, *a;

        end = UINT64_MAX;
        b = at(below, &i, in, &end);
        a = at(above, &j, in, &end);
        if (a)
            pieces_add(&sum, in, end, fn(b ? b->owner : UINT32_MAX, a->owner));
        else if (b)
            pieces_add(&sum, in, end, b->owner);
        in = end + 1;
    } while (end != UINT64_MAX);
    pieces_free(below);
    pieces_free(above);
    *below = sum;
}

void pieces_free(struct pieces *p)
{
    free(p->list);
    *p = (struct pieces){ 0 };
}
