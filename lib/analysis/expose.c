/*
 * expose.c - rows: who executes on a context, what that reaches, and whose it is.
 *
 * Of each kind of access there is a flat list of the memory that it reaches, and owners are a list
 * as well; a row is one walk along all of them.
 */
#include "analysis/expose.h"

#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/search.h"

/* A row under way. */
struct row {
    struct exposing *x;
    const struct xenpt_context *c;
    enum xenpt_executor by;
    struct spans can[XENPT_EXPOSE_KINDS];
    struct xenpt_expose_piece *pieces;
    size_t nr, max;
    struct xenpt_expose_cell *cells; /* By number of owner, that of none last. */
    bool no_memory;
};

/* --- Contexts and owners ------------------------------------------------------------------- */

size_t expose_nr(const struct exposing *x)
{
    return x->opt->contexts ? x->opt->nr_contexts : x->view->nr_contexts;
}

const struct xenpt_context *expose_context(const struct exposing *x, size_t i)
{
    return x->opt->contexts ? x->opt->contexts[i] : &x->view->contexts[i];
}

uint32_t expose_owner(const struct xenpt_owners *o, uint64_t at, uint64_t *last)
{
    size_t low = 0, high = o->nr_pieces;

    SEARCH(low, high, i, o->pieces[i].last < at);
    if (low == o->nr_pieces) {
        *last = UINT64_MAX;
        return XENPT_OWNER_NONE;
    }
    *last = o->pieces[low].first > at ? o->pieces[low].first - 1 : o->pieces[low].last;
    return o->pieces[low].first > at ? XENPT_OWNER_NONE : o->pieces[low].owner;
}

enum xenpt_code expose_begin(struct exposing *x, const struct xenpt_view *view,
                             const struct xenpt_expose_options *opt, struct xenpt_error *err)
{
    *x = (struct exposing){ .view = view, .opt = opt };
    if (opt->threat == XENPT_FEAR_DOM0 && !opt->control)
        return xenpt_fail(err, XENPT_ESTATE,
                          "no table says which domain is dom0, so that it cannot be feared");
    for (size_t i = 0; i < expose_nr(x); i++) {
        const char *kind = expose_context(x, i)->kind;

        x->has_xpti |= kind && !strcmp(kind, "xpti");
    }
    return XENPT_OK;
}

/* --- What is reached ----------------------------------------------------------------------- */

static void add_can(struct row *r, uint64_t first, uint64_t last, unsigned int can)
{
    for (int k = 0; k < XENPT_EXPOSE_KINDS; k++)
        if (can & 1u << k)
            spans_add(&r->can[k], first, last, 1);
}

/* Who decides on all tables reaches all memory, whatever they have. */
static bool decides(const struct row *r)
{
    return r->x->opt->threat == XENPT_FEAR_XEN;
}

static bool reach(struct row *r)
{
    const struct xenpt_owners *o = r->x->opt->owners;
    struct spans all = { 0 };
    bool ok = expose_reach(r->x, r->c, 0, expose_last(r->c, r->by), &all);

    for (size_t i = 0; ok && i < all.nr; i++)
        add_can(r, all.list[i].first, all.list[i].last,
                expose_can(r->x, r->c, r->by, all.list[i].rights));
    for (size_t i = 0; ok && decides(r) && i < o->nr_pieces; i++)
        add_can(r, o->pieces[i].first, o->pieces[i].last,
                XENPT_EXPOSE_READ | XENPT_EXPOSE_WRITE | XENPT_EXPOSE_EXECUTE);
    for (int k = 0; k < XENPT_EXPOSE_KINDS; k++) {
        spans_flatten(&r->can[k]);
        ok = ok && !r->can[k].no_memory;
    }
    spans_free(&all);
    return ok;
}

/* --- Pieces and cells ---------------------------------------------------------------------- */

static struct xenpt_expose_cell *cell_of(struct row *r, uint32_t owner)
{
    size_t nr = r->x->opt->owners->nr_names;

    return &r->cells[owner == XENPT_OWNER_NONE ? nr : owner];
}

static enum xenpt_sight sight_of(const struct row *r, uint32_t owner)
{
    const struct xenpt_expose_options *opt = r->x->opt;

    if (!opt->sight || owner == XENPT_OWNER_NONE)
        return XENPT_SIGHT_PLAINTEXT;
    return opt->sight(opt->sight_ctx, r->c, r->by, owner);
}

static unsigned int denied(const struct row *r, uint32_t owner)
{
    const struct xenpt_expose_options *opt = r->x->opt;

    if (!opt->denies || owner == XENPT_OWNER_NONE)
        return 0;
    return opt->denies(opt->sight_ctx, r->c, r->by, owner);
}

static void count(struct row *r, const struct xenpt_expose_piece *p,
                  const struct xenpt_expose_piece *before)
{
    struct xenpt_expose_cell *cell = cell_of(r, p->owner);
    bool touches = before && before->last + 1 == p->first && before->owner == p->owner;
    uint64_t size = p->last - p->first + 1;

    for (int k = 0; k < XENPT_EXPOSE_KINDS; k++) {
        if (!(p->can & 1u << k))
            continue;
        cell->bytes[k] += size;
        cell->ranges[k] += !touches || !(before->can & 1u << k);
    }
    if (p->can & XENPT_EXPOSE_READ)
        cell->sight[p->sight] += size;
}

static void add_piece(struct row *r, uint64_t first, uint64_t last, unsigned int can,
                      uint32_t owner)
{
    const struct xenpt_expose_piece *before;

    if (!who_room(&r->pieces, r->nr, &r->max, sizeof(*r->pieces))) {
        r->no_memory = true;
        return;
    }
    before = r->nr ? &r->pieces[r->nr - 1] : NULL;
    r->pieces[r->nr] = (struct xenpt_expose_piece){ first, last, owner, can, sight_of(r, owner) };
    count(r, &r->pieces[r->nr], before);
    r->nr++;
}

/* What can be done with the byte at `in`, and the last byte of which all lists say the same. */
static unsigned int can_at(const struct row *r, size_t at[XENPT_EXPOSE_KINDS], uint64_t in,
                           uint64_t *end)
{
    unsigned int can = 0;

    *end = UINT64_MAX;
    for (int k = 0; k < XENPT_EXPOSE_KINDS; k++) {
        const struct spans *s = &r->can[k];

        while (at[k] < s->nr && s->list[at[k]].last < in)
            at[k]++;
        if (at[k] == s->nr)
            continue;
        if (s->list[at[k]].first > in) {
            *end = min_u64(*end, s->list[at[k]].first - 1);
        } else {
            *end = min_u64(*end, s->list[at[k]].last);
            can |= 1u << k;
        }
    }
    return can;
}

/* One walk along all lists: between two of their ends all bytes are alike. */
static void split(struct row *r)
{
    size_t at[XENPT_EXPOSE_KINDS] = { 0 };
    uint64_t in = 0, end;

    do {
        unsigned int can = can_at(r, at, in, &end);

        if (can) {
            uint64_t last;
            uint32_t owner = expose_owner(r->x->opt->owners, in, &last);

            end = min_u64(end, last);
            can &= ~denied(r, owner);
            if (can)
                add_piece(r, in, end, can, owner);
        }
        in = end + 1;
    } while (end != UINT64_MAX && !r->no_memory);
}

/* --- Rows ---------------------------------------------------------------------------------- */

static bool row_begin(struct row *r, struct exposing *x, const struct xenpt_context *c,
                      enum xenpt_executor by)
{
    size_t nr = x->opt->owners->nr_names + 1;

    *r = (struct row){ .x = x, .c = c, .by = by };
    r->cells = calloc(nr, sizeof(*r->cells));
    if (!r->cells)
        return false;
    for (size_t i = 0; i < nr; i++)
        r->cells[i].owner = i + 1 < nr ? (uint32_t)i : XENPT_OWNER_NONE;
    return reach(r);
}

static void row_end(struct row *r)
{
    for (int k = 0; k < XENPT_EXPOSE_KINDS; k++)
        spans_free(&r->can[k]);
    free(r->pieces);
    free(r->cells);
}

/* Owners of whom nothing is exposed are left out. */
static size_t used_cells(struct row *r)
{
    size_t all = r->x->opt->owners->nr_names + 1, nr = 0;

    for (size_t i = 0; i < all; i++)
        if (r->cells[i].bytes[0] || r->cells[i].bytes[1] || r->cells[i].bytes[2])
            r->cells[nr++] = r->cells[i];
    return nr;
}

static enum xenpt_code one_row(struct exposing *x, const struct xenpt_context *c,
                               enum xenpt_executor by, xenpt_expose_fn fn, void *ctx,
                               struct xenpt_error *err)
{
    enum xenpt_code code = XENPT_OK;
    struct row r;

    x->lost = false;
    if (row_begin(&r, x, c, by))
        split(&r);
    else
        r.no_memory = true;
    if (r.no_memory) {
        code = xenpt_fail(err, XENPT_ENOMEM, "no memory for what %s exposes", c->name);
    } else {
        struct xenpt_expose_row row = {
            .context = c,
            .by = by,
            .cells = r.cells,
            .nr_cells = used_cells(&r),
            .pieces = r.pieces,
            .nr_pieces = r.nr,
            .incomplete = x->lost,
        };

        if (!fn(ctx, &row))
            code = xenpt_fail(err, XENPT_ESTOPPED, "stopped at %s", c->name);
    }
    row_end(&r);
    return code;
}

enum xenpt_code xenpt_expose(const struct xenpt_view *view, const struct xenpt_expose_options *opt,
                             xenpt_expose_fn fn, void *ctx, struct xenpt_expose_counts *counts,
                             struct xenpt_error *err)
{
    struct exposing x;
    enum xenpt_code code = expose_begin(&x, view, opt, err);
    uint64_t rows = 0;

    for (size_t i = 0; !code && i < expose_nr(&x); i++) {
        const struct xenpt_context *c = expose_context(&x, i);
        unsigned int parties = expose_parties(&x, c);

        for (unsigned int by = 0; !code && by < XENPT_NR_EXECUTORS; by++) {
            if (!(parties >> by & 1) || !expose_concerns(&x, c, (enum xenpt_executor)by))
                continue;
            code = one_row(&x, c, (enum xenpt_executor)by, fn, ctx, err);
            rows += !code;
        }
    }
    if (counts)
        *counts = (struct xenpt_expose_counts){ x.nr_read, x.nr_spans, rows };
    expose_free(&x);
    return code;
}
