/*
 * extents.c - from what a file lists to what it holds: sorted, disjoint, merged.
 *
 *        file order      0 |-----------|        1      |--------------|
 *                        2       |---|                       3 |---|
 *        flattened         |-----------|---------------|       (2 and 3 lose everywhere)
 *
 * A line sweeps over the addresses.  Of the extents it crosses the one that was listed first
 * wins, and a heap keeps that one on top.  Pieces that continue each other, in address and in
 * the file, become one; a dump by QEMU of 2 GiB that lists 66,779 extents ends up as two.
 */
#include <stdlib.h>

#include "image/internal.h"

/* Whether b goes on where a ends, in memory and in the file. */
static bool continues(const struct xenpt_image_run *a, const struct xenpt_image_run *b)
{
    return b->first == a->last + 1 && b->offset - a->offset == b->first - a->first;
}

enum xenpt_code image_extents_add(struct image_extents *x, uint64_t first, uint64_t last,
                                  uint64_t offset, struct xenpt_error *err)
{
    struct xenpt_image_run add = { .first = first, .last = last, .offset = offset };
    struct xenpt_image_run *list;

    if (x->nr && continues(&x->list[x->nr - 1], &add)) {
        x->list[x->nr - 1].last = last;
        return XENPT_OK;
    }
    list = image_grow(x->list, &x->max, x->nr, sizeof(*list));
    if (!list)
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for the image's %zu segments", x->nr);
    x->list = list;
    list[x->nr++] = add;
    return XENPT_OK;
}

void image_extents_fini(struct image_extents *x)
{
    free(x->list);
    *x = (struct image_extents){ 0 };
}

/* --- A heap of extents that the line crosses, the first in file order on top ---------------- */

/* An extent is known by its address in the list: the lower one was listed first. */
struct heap {
    const struct xenpt_image_run **at;
    size_t nr;
};

static void heap_push(struct heap *h, const struct xenpt_image_run *extent)
{
    size_t i = h->nr++;

    for (; i && h->at[(i - 1) / 2] > extent; i = (i - 1) / 2)
        h->at[i] = h->at[(i - 1) / 2];
    h->at[i] = extent;
}

static void heap_pop(struct heap *h)
{
    const struct xenpt_image_run *moved = h->at[--h->nr];
    size_t i = 0;

    for (size_t child; (child = 2 * i + 1) < h->nr; i = child) {
        if (child + 1 < h->nr && h->at[child + 1] < h->at[child])
            child++;
        if (h->at[child] > moved)
            break;
        h->at[i] = h->at[child];
    }
    h->at[i] = moved;
}

/* --- The sweep ------------------------------------------------------------------------------ */

struct sweep {
    const struct xenpt_image_run **start; /* By first address. */
    size_t next, nr;
    struct heap crossed;
    struct image_extents out;
    struct image_conflicts conflicts;
};

static int by_first(const void *a, const void *b)
{
    const struct xenpt_image_run *x = *(const struct xenpt_image_run *const *)a;
    const struct xenpt_image_run *y = *(const struct xenpt_image_run *const *)b;

    if (x->first != y->first)
        return x->first < y->first ? -1 : 1;
    return x < y ? -1 : x > y;
}

/* Notes that two extents disagree about where in the file an address lies. */
static void compare(struct sweep *s, const struct xenpt_image_run *a,
                    const struct xenpt_image_run *b)
{
    if (a->first - a->offset == b->first - b->offset)
        return;
    if (!s->conflicts.nr++) {
        s->conflicts.kept = a < b ? *a : *b;
        s->conflicts.dropped = a < b ? *b : *a;
    }
}

/* Lets go of what ends before `at`, and takes up what begins there. */
static void move_to(struct sweep *s, uint64_t at)
{
    while (s->crossed.nr && s->crossed.at[0]->last < at)
        heap_pop(&s->crossed);
    for (; s->next < s->nr && s->start[s->next]->first == at; s->next++) {
        if (s->crossed.nr)
            compare(s, s->crossed.at[0], s->start[s->next]);
        heap_push(&s->crossed, s->start[s->next]);
    }
}

static enum xenpt_code sweep(struct sweep *s, struct xenpt_error *err)
{
    uint64_t at = 0;

    while (s->crossed.nr || s->next < s->nr) {
        const struct xenpt_image_run *top;
        enum xenpt_code code;
        uint64_t last;

        if (!s->crossed.nr)
            at = s->start[s->next]->first;
        move_to(s, at);
        if (!s->crossed.nr)
            continue;
        top = s->crossed.at[0];
        last = top->last;
        if (s->next < s->nr)
            last = min_u64(last, s->start[s->next]->first - 1);
        code = image_extents_add(&s->out, at, last, top->offset + (at - top->first), err);
        if (code)
            return code;
        at = last + 1;
    }
    return XENPT_OK;
}

enum xenpt_code image_extents_flatten(struct image_extents *x, struct image_conflicts *ret,
                                      struct xenpt_error *err)
{
    struct sweep s = { .nr = x->nr };
    enum xenpt_code code;

    s.start = malloc((x->nr + 1) * sizeof(void *));
    s.crossed.at = malloc((x->nr + 1) * sizeof(void *));
    if (!s.start || !s.crossed.at) {
        free(s.start);
        free(s.crossed.at);
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for the image's %zu segments", x->nr);
    }
    for (size_t i = 0; i < x->nr; i++)
        s.start[i] = &x->list[i];
    qsort(s.start, s.nr, sizeof(void *), by_first);
    code = sweep(&s, err);
    free(s.start);
    free(s.crossed.at);
    if (code) {
        image_extents_fini(&s.out);
        return code;
    }
    image_extents_fini(x);
    *x = s.out;
    *ret = s.conflicts;
    return XENPT_OK;
}
