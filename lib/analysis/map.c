/*
 * map.c - what a context maps; see map.h for what that promises.
 *
 *      scan of the first stage     each leaf entry, or a table that was met before
 *        -> second stage           a page is cut where the second stage's pages begin
 *          -> what was asked       rights, area, kind
 *            -> merge              neighbours become one
 */
#include "xenpt/map.h"

#include <string.h>

#include "analysis/guest_memory.h"
#include "analysis/merge.h"
#include "analysis/rights.h"
#include "base/bits.h"

struct map {
    const struct xenpt_view *view;
    const struct xenpt_context *context;
    struct xenpt_map_options opt;
    uint64_t first, last; /* The part asked for. */
    xenpt_map_fn fn;
    void *ctx;
    struct xenpt_map_counts counts;
    uint64_t met;  /* Pages of either stage, asked for or not. */
    bool too_many; /* That was more than the limit. */
    struct merge merge;
};

static const char *const kind_names[XENPT_NR_MAP_KINDS] = {
    [XENPT_MAP_PAGES] = "pages",         [XENPT_MAP_SHARED] = "shared",
    [XENPT_MAP_LINEAR] = "linear",       [XENPT_MAP_MALFORMED] = "malformed",
    [XENPT_MAP_NO_MEMORY] = "no-memory", [XENPT_MAP_NO_SECOND] = "no-second-stage",
};

const char *xenpt_map_kind_name(enum xenpt_map_kind kind)
{
    return kind < XENPT_NR_MAP_KINDS ? kind_names[kind] : "unknown";
}

/* --- Reporting ----------------------------------------------------------------------------- */

static bool hand_out(struct map *m, const struct xenpt_map_range *r)
{
    m->counts.ranges[r->kind]++;
    if (r->kind == XENPT_MAP_PAGES) {
        m->counts.pages += r->leaves;
        m->counts.bytes += r->last - r->first + 1;
    }
    return m->fn(m->ctx, r);
}

static bool flush(struct map *m)
{
    return !m->merge.pending || hand_out(m, &m->merge.range);
}

static bool in_area(const struct map *m, uint64_t in)
{
    const struct xenpt_explainer *e = m->view->explainer;
    struct xenpt_explanation x = { 0 };

    return e && e->address(e, m->context, in, &x) && x.area && !strcmp(x.area, m->opt.area);
}

/*
 * Whether a range is asked for.  What lies behind a table that was met before has at most the
 * rights of the way to it; what is no page has none, so that asking for rights leaves it out.
 */
static bool asked_for(const struct map *m, const struct xenpt_map_range *r)
{
    const struct xenpt_map_options *o = &m->opt;
    bool filtered = o->writable || o->executable || o->user || o->area;

    if (!(o->kinds >> r->kind & 1) || r->last < m->first || r->first > m->last)
        return false;
    if (!filtered)
        return true;
    if (r->kind != XENPT_MAP_PAGES && r->kind != XENPT_MAP_SHARED && r->kind != XENPT_MAP_LINEAR)
        return false;
    if ((o->writable && !(r->rights & 1u << XENPT_W)) ||
        (o->executable && !rights_fetch(r->rights)) || (o->user && !(r->rights & 1u << XENPT_U)))
        return false;
    return !o->area || in_area(m, r->first) || in_area(m, r->last);
}

static bool report(struct map *m, const struct xenpt_map_range *r)
{
    if (!asked_for(m, r))
        return true;
    if (m->opt.leaves)
        return hand_out(m, r);
    if (merge_join(&m->merge, r))
        return true;
    if (!flush(m))
        return false;
    m->merge.range = *r;
    m->merge.pending = true;
    return true;
}

/* --- The second stage ---------------------------------------------------------------------- */

/* One more page of either stage.  False: that is more than was allowed. */
static bool within_limit(struct map *m)
{
    m->met++;
    m->too_many = m->opt.limit && m->met > m->opt.limit;
    return !m->too_many;
}

static struct xenpt_map_leaf last_entry(const struct xenpt_walk *w)
{
    const struct xenpt_step *s = w->nr_steps ? &w->step[w->nr_steps - 1] : NULL;

    if (!s)
        return (struct xenpt_map_leaf){ 0 };
    return (struct xenpt_map_leaf){ s->entry, s->entry, s->entry, s->level };
}

/* The smaller of two pages' names; an unpaged first stage has no page of its own. */
static const char *smaller_page(const struct xenpt_context *c, unsigned int l1, unsigned int l2)
{
    const struct xenpt_format *first = &c->paging.format, *second = &c->second.format;

    if (!first->top || second->level[l2].shift < first->level[l1].shift)
        return xenpt_page_name(second, l2);
    return xenpt_page_name(first, l1);
}

/* The piece of a first-stage page, from `whole.first + done` on, that one entry maps. */
static struct xenpt_map_range piece_of(const struct map *m, const struct xenpt_map_range *whole,
                                       uint64_t done)
{
    const struct xenpt_context *c = m->context;
    struct xenpt_map_range r = *whole;
    uint64_t left = whole->last - whole->first - done;
    struct xenpt_walk walk;

    r.first += done;
    r.gaddr += done;
    xenpt_walk(&c->second, m->view->mem, r.gaddr, &walk);
    /* Both are powers of two, and aligned: the smaller one lies within the larger. */
    r.last = r.first + (walk.span ? min_u64(left, walk.span - 1) : left);
    r.second = last_entry(&walk);
    r.maddr = walk.out;
    if (walk.outcome != XENPT_MAPPED) {
        r.kind = XENPT_MAP_NO_SECOND;
        r.page = NULL;
        r.rights = 0;
        return r;
    }
    r.rights = rights_under(whole->rights, walk.rights);
    r.page = smaller_page(c, whole->leaf.level, r.second.level);
    return r;
}

static bool report_pieces(struct map *m, const struct xenpt_map_range *whole)
{
    struct xenpt_map_range r = { .last = whole->first - 1 };

    do {
        r = piece_of(m, whole, r.last + 1 - whole->first);
        if (!within_limit(m) || !report(m, &r))
            return false;
    } while (r.last != whole->last);
    return true;
}

/* --- The first stage ----------------------------------------------------------------------- */

static enum xenpt_map_kind kind_of(const struct xenpt_range *r)
{
    static const enum xenpt_map_kind kinds[XENPT_NR_RANGE_KINDS] = {
        [XENPT_RANGE_PAGES] = XENPT_MAP_PAGES,
        [XENPT_RANGE_MALFORMED] = XENPT_MAP_MALFORMED,
        [XENPT_RANGE_NO_MEMORY] = XENPT_MAP_NO_MEMORY,
        [XENPT_RANGE_SHARED] = XENPT_MAP_SHARED,
        [XENPT_RANGE_LINEAR] = XENPT_MAP_LINEAR,
    };

    return kinds[r->kind];
}

/*
 * A range of the scan in this module's terms.  The scan cuts an entry where the part asked for
 * ends; a reader wants to see the whole of a page that is touched.
 */
static struct xenpt_map_range whole_range(const struct map *m, const struct xenpt_range *s)
{
    const struct xenpt_paging *pg = &m->context->paging;
    bool guest = m->context->has_second;
    struct xenpt_map_range r = {
        .first = s->first,
        .last = s->last,
        .maddr = guest ? 0 : s->out,
        .gaddr = guest ? s->out : 0,
        .same_as = s->same_as,
        .same_level = s->same_level,
        .leaves = 1,
        .leaf = { s->entry, s->entry, s->entry, s->level },
        .rights = xenpt_rights(pg, s->granted),
        .kind = kind_of(s),
    };
    uint64_t within = ones(pg->format.level[s->level].shift);

    if (s->level && r.kind == XENPT_MAP_PAGES) {
        *(guest ? &r.gaddr : &r.maddr) -= s->first & within;
        r.first &= ~within;
        r.last |= within;
    }
    if (r.kind == XENPT_MAP_PAGES)
        r.page = xenpt_page_name(&pg->format, s->level);
    if (r.kind == XENPT_MAP_MALFORMED || r.kind == XENPT_MAP_NO_MEMORY)
        r.rights = 0;
    return r;
}

static bool take(void *ctx, const struct xenpt_range ranges[], size_t n)
{
    struct map *m = ctx;

    for (size_t i = 0; i < n; i++) {
        struct xenpt_map_range r = whole_range(m, &ranges[i]);
        bool cut = m->context->has_second && r.kind == XENPT_MAP_PAGES;

        if (cut ? !report_pieces(m, &r) : !within_limit(m) || !report(m, &r))
            return false;
    }
    if (m->opt.progress)
        m->opt.progress(m->opt.progress_ctx, m->met);
    return true;
}

static enum xenpt_code scan(struct map *m, struct xenpt_error *err)
{
    struct xenpt_scan_options opt = {
        .first = m->opt.first,
        .last = m->opt.last,
        .unfold = m->opt.unfold,
        .limit = m->opt.limit,
    };
    struct xenpt_scan_counts counts = { 0 };
    struct guest_memory guest;
    enum xenpt_code code;

    guest_memory_init(&guest, m->context, m->view->mem);
    code = xenpt_scan(&m->context->paging, m->context->has_second ? &guest.reader : m->view->mem,
                      &opt, take, m, &counts, err);
    m->counts.tables = counts.tables;
    if (m->too_many) /* Which the scan takes for the caller's wish to stop. */
        code = xenpt_fail(err, XENPT_ERANGE, "more than the limit of %llu pages",
                          (unsigned long long)m->opt.limit);
    return code;
}

enum xenpt_code xenpt_map(const struct xenpt_view *view, const struct xenpt_context *context,
                          const struct xenpt_map_options *opt, xenpt_map_fn fn, void *ctx,
                          struct xenpt_map_counts *counts, struct xenpt_error *err)
{
    struct map m = { .view = view, .context = context, .fn = fn, .ctx = ctx };
    enum xenpt_code code;

    if (opt)
        m.opt = *opt;
    if (!m.opt.kinds)
        m.opt.kinds = (1u << XENPT_NR_MAP_KINDS) - 1;
    m.first = m.opt.first;
    m.last = m.opt.first || m.opt.last ? m.opt.last : ~UINT64_C(0);
    merge_init(&m.merge, context, &m.opt);
    code = scan(&m, err);
    if (!code && !flush(&m))
        code = xenpt_fail(err, XENPT_ESTOPPED, "the map was stopped by its caller");
    if (!code && counts)
        *counts = m.counts;
    return code;
}
