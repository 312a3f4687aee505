/*
 * diff.c - two maps side by side.
 *
 * Both are ranges in ascending order.  Where one of either begins or ends a piece begins, of which
 * both sides say one thing each; pieces that differ in the same way, and go on where the one before
 * ended, are one.
 */
#include "xenpt/diff.h"

#include <stdlib.h>
#include <string.h>

#include "base/bits.h"

const char *xenpt_diff_kind_name(enum xenpt_diff_kind kind)
{
    static const char *const names[XENPT_NR_DIFF_KINDS] = {
        [XENPT_DIFF_NEW] = "new",
        [XENPT_DIFF_GONE] = "gone",
        [XENPT_DIFF_CHANGED] = "changed",
    };

    return names[kind];
}

const char *xenpt_diff_part_name(enum xenpt_diff_part part)
{
    static const char *const names[XENPT_NR_DIFF_PARTS] = {
        [XENPT_DIFF_KIND] = "kind",   [XENPT_DIFF_TARGET] = "target",
        [XENPT_DIFF_GUEST] = "guest", [XENPT_DIFF_RIGHTS] = "rights",
        [XENPT_DIFF_PAGE] = "page",   [XENPT_DIFF_FLAGS] = "flags",
    };

    return names[part];
}

/* --- Sides --------------------------------------------------------------------------------- */

struct side {
    const struct xenpt_context *context;
    struct xenpt_map_range *list;
    size_t nr, max, at; /* at: the first that does not end before where we are. */
    bool no_memory;
};

static bool keep(void *ctx, const struct xenpt_map_range *range)
{
    struct side *s = ctx;

    if (s->nr == s->max) {
        size_t max = s->max ? 2 * s->max : 128;
        struct xenpt_map_range *list = realloc(s->list, max * sizeof(*list));

        s->no_memory = !list;
        if (!list)
            return false;
        s->list = list;
        s->max = max;
    }
    s->list[s->nr++] = *range;
    return true;
}

static enum xenpt_code read_side(struct side *s, const struct xenpt_diff_side *of,
                                 struct xenpt_error *err)
{
    enum xenpt_code code;

    *s = (struct side){ .context = of->context };
    code = xenpt_map(of->view, of->context, NULL, keep, s, NULL, err);
    return s->no_memory
               ? xenpt_fail(err, XENPT_ENOMEM, "no memory for what %s maps", of->context->name)
               : code;
}

/* A range of a side, from `first` to `last`. */
static struct xenpt_map_range cut(const struct side *s, const struct xenpt_map_range *r,
                                  uint64_t first, uint64_t last)
{
    bool moves = r->kind == XENPT_MAP_PAGES;
    struct xenpt_map_range ret = *r;
    uint64_t by = first - r->first;

    ret.first = first;
    ret.last = last;
    if (moves)
        ret.maddr += by;
    if (s->context->has_second && (moves || r->kind == XENPT_MAP_NO_SECOND))
        ret.gaddr += by;
    if (r->kind == XENPT_MAP_SHARED || r->kind == XENPT_MAP_LINEAR)
        ret.same_as += by;
    return ret;
}

/* --- What differs -------------------------------------------------------------------------- */

static uint64_t flags_of(const struct xenpt_paging *pg, const struct xenpt_map_leaf *leaf)
{
    const struct xenpt_format *f = &pg->format;
    uint64_t flags = 0;
    const struct xenpt_flag *names[64];
    size_t n = xenpt_entry_flags(f, leaf->level, leaf->entry, false, names, ARRAY_SIZE(names));

    for (size_t i = 0; i < n; i++)
        flags |= leaf->entry & names[i]->mask;
    return flags & ~(f->accessed | f->dirty);
}

static bool same_flags(const struct side *a, const struct xenpt_map_range *x, const struct side *b,
                       const struct xenpt_map_range *y)
{
    return flags_of(&a->context->paging, &x->leaf) == flags_of(&b->context->paging, &y->leaf) &&
           (!x->second.level || !y->second.level ||
            flags_of(&a->context->second, &x->second) == flags_of(&b->context->second, &y->second));
}

/* Of two ranges with the same addresses. */
static unsigned int parts_of(const struct side *a, const struct xenpt_map_range *x,
                             const struct side *b, const struct xenpt_map_range *y)
{
    bool pages = x->kind == XENPT_MAP_PAGES;
    unsigned int parts = 0;

    if (x->kind != y->kind)
        return 1u << XENPT_DIFF_KIND;
    if (x->kind == XENPT_MAP_MALFORMED)
        return x->leaf.entry == y->leaf.entry ? 0 : 1u << XENPT_DIFF_FLAGS;
    if (x->maddr != y->maddr || x->same_as != y->same_as ||
        (!pages && x->leaf.level != y->leaf.level))
        parts |= 1u << XENPT_DIFF_TARGET;
    if (x->gaddr != y->gaddr)
        parts |= 1u << XENPT_DIFF_GUEST;
    if (x->rights != y->rights)
        parts |= 1u << XENPT_DIFF_RIGHTS;
    if (!pages)
        return parts;
    if (strcmp(x->page, y->page) != 0)
        parts |= 1u << XENPT_DIFF_PAGE;
    /* Flags say of what size a page is, and which rights there are, as well. */
    if (!parts && !same_flags(a, x, b, y))
        parts |= 1u << XENPT_DIFF_FLAGS;
    return parts;
}

/* --- Pieces -------------------------------------------------------------------------------- */

struct diffing {
    struct side before, after;
    xenpt_diff_fn fn;
    void *ctx;
    struct xenpt_diff_counts counts;
    struct xenpt_difference_range last; /* Which may go on; first > last: none. */
    bool stopped;
};

/* Whether `y`, which begins where `x` ends, is more of the same. */
static bool goes_on(const struct xenpt_map_range *x, const struct xenpt_map_range *y)
{
    uint64_t by = y->first - x->first;
    bool pages = x->kind == XENPT_MAP_PAGES;

    if (x->kind != y->kind || x->rights != y->rights || x->leaf.level != y->leaf.level)
        return false;
    if (!pages)
        return x->maddr == y->maddr && x->same_as + by == y->same_as;
    if (strcmp(x->page, y->page) != 0)
        return false;
    if (x->maddr == y->maddr && (x->repeated || x->leaves == 1))
        return y->leaves == 1 && x->gaddr == y->gaddr;
    if (x->repeated)
        return false;
    return x->maddr + by == y->maddr && (!x->gaddr || x->gaddr + by == y->gaddr);
}

static void tell(struct diffing *d)
{
    struct xenpt_difference_range *r = &d->last;

    if (r->first > r->last)
        return;
    d->counts.ranges[r->kind]++;
    d->counts.bytes[r->kind] += r->last - r->first + 1;
    if (!d->stopped && !d->fn(d->ctx, r))
        d->stopped = true;
    r->first = 1;
    r->last = 0;
}

static void add(struct diffing *d, const struct xenpt_difference_range *r)
{
    struct xenpt_difference_range *l = &d->last;

    if (l->first <= l->last && l->last + 1 == r->first && l->kind == r->kind &&
        l->parts == r->parts && (r->kind == XENPT_DIFF_NEW || goes_on(&l->before, &r->before)) &&
        (r->kind == XENPT_DIFF_GONE || goes_on(&l->after, &r->after))) {
        l->before.repeated |= l->before.maddr == r->before.maddr;
        l->after.repeated |= l->after.maddr == r->after.maddr;
        l->last = l->before.last = l->after.last = r->last;
        return;
    }
    tell(d);
    *l = *r;
}

/* A piece that at least one side has something in. */
static void piece(struct diffing *d, uint64_t first, uint64_t last,
                  const struct xenpt_map_range *before, const struct xenpt_map_range *after)
{
    struct xenpt_difference_range r = { .first = first, .last = last };

    if (before)
        r.before = cut(&d->before, before, first, last);
    if (after)
        r.after = cut(&d->after, after, first, last);
    r.kind = !before ? XENPT_DIFF_NEW : !after ? XENPT_DIFF_GONE : XENPT_DIFF_CHANGED;
    if (before && after)
        r.parts = parts_of(&d->before, &r.before, &d->after, &r.after);
    if (!before || !after || r.parts)
        add(d, &r);
}

/* The range that does not end before `at`, or NULL. */
static const struct xenpt_map_range *next_of(struct side *s, uint64_t at)
{
    while (s->at < s->nr && s->list[s->at].last < at)
        s->at++;
    return s->at < s->nr ? &s->list[s->at] : NULL;
}

static void sweep(struct diffing *d)
{
    uint64_t at = 0, last;

    do {
        const struct xenpt_map_range *x = next_of(&d->before, at), *y = next_of(&d->after, at);

        if (!x && !y)
            break;
        at = max_u64(at, min_u64(x ? x->first : UINT64_MAX, y ? y->first : UINT64_MAX));
        last = UINT64_MAX;
        if (x)
            last = min_u64(last, x->first > at ? x->first - 1 : x->last);
        if (y)
            last = min_u64(last, y->first > at ? y->first - 1 : y->last);
        piece(d, at, last, x && x->first <= at ? x : NULL, y && y->first <= at ? y : NULL);
        at = last + 1;
    } while (last != UINT64_MAX && !d->stopped);
    tell(d);
}

enum xenpt_code xenpt_diff(const struct xenpt_diff_side *before,
                           const struct xenpt_diff_side *after, xenpt_diff_fn fn, void *ctx,
                           struct xenpt_diff_counts *counts, struct xenpt_error *err)
{
    struct diffing d = { .fn = fn, .ctx = ctx, .last = { .first = 1 } };
    enum xenpt_code code = read_side(&d.before, before, err);

    if (!code)
        code = read_side(&d.after, after, err);
    if (!code)
        sweep(&d);
    if (!code && counts)
        *counts = d.counts;
    free(d.before.list);
    free(d.after.list);
    if (!code && d.stopped)
        code = xenpt_fail(err, XENPT_ESTOPPED, "what differs was stopped by its caller");
    return code;
}
