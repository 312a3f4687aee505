/* count.c - what entries turned out to be, by area; see comparing.h. */
#include <stdlib.h>
#include <string.h>

#include "analysis/comparing.h"

static bool same_name(const char *a, const char *b)
{
    return a == b || (a && b && !strcmp(a, b));
}

/* Where entries of an area are counted: c->last_area.  False: no memory. */
static bool area_of(struct comparing *c, const char *name)
{
    struct xenpt_comparison *r = &c->result;

    /* Neighbouring entries are of one area. */
    if (c->last_area < r->nr_areas && same_name(r->areas[c->last_area].area, name))
        return true;
    for (size_t i = 0; i < r->nr_areas; i++)
        if (same_name(r->areas[i].area, name)) {
            c->last_area = i;
            return true;
        }
    if (r->nr_areas == c->max_areas) {
        size_t max = c->max_areas ? 2 * c->max_areas : 32;
        struct xenpt_area_count *more = realloc(r->areas, max * sizeof(*more));

        if (!more) {
            c->code = xenpt_fail(c->err, XENPT_ENOMEM, "no memory for %zu areas", max);
            return false;
        }
        r->areas = more;
        c->max_areas = max;
    }
    c->last_area = r->nr_areas++;
    r->areas[c->last_area] = (struct xenpt_area_count){ .area = name };
    return true;
}

static void tell(struct comparing *c, const struct xenpt_difference *d)
{
    bool asked = d->compared == XENPT_UNEXPLAINED || d->compared == XENPT_MISSING ||
                 (d->compared == XENPT_ALLOWED && c->opt->allowed);

    if (asked && c->fn && !c->fn(c->ctx, d))
        c->code = xenpt_fail(c->err, XENPT_ESTOPPED, "stopped at 0x%llx",
                             (unsigned long long)d->in);
}

static void add(struct comparing *c, size_t area, const struct xenpt_difference *d)
{
    c->result.areas[area].entries[d->compared]++;
    c->result.entries[d->compared]++;
    tell(c, d);
}

void count(struct comparing *c, const struct xenpt_difference *d)
{
    if (area_of(c, d->why.area))
        add(c, c->last_area, d);
}

/* --- Frames that may be any ---------------------------------------------------------------- */

void count_later(struct comparing *c, const struct xenpt_difference *d)
{
    if (!area_of(c, d->why.area))
        return;
    if (c->nr_deferred == c->max_deferred) {
        size_t max = c->max_deferred ? 2 * c->max_deferred : 32;
        struct deferred *more = realloc(c->deferred, max * sizeof(*more));

        if (!more) {
            c->code = xenpt_fail(c->err, XENPT_ENOMEM, "no memory for %zu entries", max);
            return;
        }
        c->deferred = more;
        c->max_deferred = max;
    }
    c->deferred[c->nr_deferred++] = (struct deferred){ *d, c->last_area };
}

static void judge(struct comparing *c, struct deferred *deferred)
{
    struct xenpt_difference *d = &deferred->difference;
    const struct xenpt_paging *pg = &d->pair->image->paging;

    switch (frame_map_match(&c->frames, xenpt_entry_target(pg, d->level, d->expected),
                            xenpt_entry_target(pg, d->level, d->found))) {
    case FRAME_NEW:
        c->result.frames++;
        d->compared = XENPT_EXACT;
        break;
    case FRAME_SAME:
        d->compared = XENPT_EXACT;
        break;
    case FRAME_OTHER:
        d->compared = XENPT_ALLOWED;
        break;
    case FRAME_NO_MEMORY:
        c->code = xenpt_fail(c->err, XENPT_ENOMEM, "no memory for the frames of both machines");
        return;
    }
    add(c, deferred->area, d);
}

void count_deferred(struct comparing *c)
{
    for (size_t i = 0; !c->code && i < c->nr_deferred; i++)
        judge(c, &c->deferred[i]);
}
