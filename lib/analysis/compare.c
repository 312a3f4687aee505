/*
 * compare.c - two machines' tables, side by side.
 *
 * The model's explainer says of each entry what should be there and what would do as well; where
 * an allocator decides, a frame of the model stands for one of the image, and frame_map.c holds
 * them to correspond one to one.  What an entry may be is the explainer's to say, and nothing of
 * it is known here.
 *
 *     both absent       nothing to compare
 *     image's absent    missing, unless it may be
 *     opaque            counted, and not followed
 *     otherwise         bits, then the address, by the rule for it (weigh.c); tables are followed
 *                       in turn
 */
#include <stdlib.h>

#include "analysis/comparing.h"
#include "analysis/entries.h"

/* A place in both trees: a pair of tables, of which the model may have none. */
struct place {
    unsigned int level;
    uint64_t in;           /* First input address of the table. */
    uint64_t model, image; /* Machine addresses of the tables. */
    bool has_model;
};

const char *xenpt_compared_name(enum xenpt_compared compared)
{
    static const char *const names[XENPT_NR_COMPARED] = {
        [XENPT_EXACT] = "exact",
        [XENPT_ALLOWED] = "allowed",
        [XENPT_UNEXPLAINED] = "unexplained",
        [XENPT_MISSING] = "missing",
        [XENPT_OPAQUE] = "opaque",
    };

    return names[compared];
}

/* --- One entry ----------------------------------------------------------------------------- */

static bool present(const struct comparing *c, unsigned int level, uint64_t entry)
{
    return compared_role(c, level, entry) != XENPT_HOLE;
}

/* What is expected, in the image's frames, for a reader to see. */
static void rename_expected(const struct comparing *c, struct xenpt_difference *d)
{
    const struct xenpt_paging *pg = &c->pair->image->paging;
    uint64_t target, renamed;

    if (d->why.frame != XENPT_FRAME_RENAMED || !present(c, d->level, d->expected))
        return;
    target = xenpt_entry_target(pg, d->level, d->expected);
    if (frame_map_find(&c->frames, target, &renamed))
        d->expected = d->expected - target + renamed;
}

static void follow(struct comparing *c, const struct place *p);

static void descend(struct comparing *c, const struct xenpt_difference *d)
{
    const struct xenpt_paging *pg = &c->pair->image->paging;
    struct place below = {
        .level = d->level - 1,
        .in = d->in,
        .image = xenpt_entry_target(pg, d->level, d->found),
    };

    if (below.image == c->pair->image->paging.root)
        return; /* A linear page table shows what is looked at anyway. */
    if (compared_role(c, d->level, d->expected) == XENPT_TABLE) {
        below.has_model = true;
        below.model = xenpt_entry_target(pg, d->level, d->expected);
    }
    follow(c, &below);
}

static void count_one(struct comparing *c, const struct xenpt_difference *d)
{
    struct xenpt_difference shown = *d;

    if (d->compared == XENPT_EXACT && d->why.frame == XENPT_FRAME_ANY) {
        count_later(c, d);
        return;
    }
    if (d->compared == XENPT_UNEXPLAINED || d->compared == XENPT_MISSING)
        rename_expected(c, &shown);
    count(c, &shown);
}

/* One entry; `model` is the model's own, `found` the image's. */
static void compare(struct comparing *c, const struct place *p, uint64_t in, uint64_t at,
                    uint64_t model, uint64_t found)
{
    const struct xenpt_explainer *e = c->model->explainer;
    struct xenpt_entry_question q = {
        .context = c->pair->model,
        .level = p->level,
        .in = in,
        .entry = found,
    };
    struct xenpt_difference d = {
        .pair = c->pair,
        .level = p->level,
        .in = in,
        .at = at,
        .found = found,
        .expected = model,
    };
    bool known = e->entry(e, &q, &d.why), descends = false;

    if (known)
        d.expected = d.why.entry;
    if (known && d.why.opaque) {
        d.compared = XENPT_OPAQUE;
    } else if (!present(c, p->level, found)) {
        if (!present(c, p->level, d.expected))
            return;
        d.compared = d.why.may_be_absent ? XENPT_ALLOWED : XENPT_MISSING;
        d.reason = "nothing is there";
        if (d.compared == XENPT_ALLOWED)
            return; /* What is counted is what is there. */
    } else if (!known || !present(c, p->level, d.expected)) {
        d.compared = XENPT_UNEXPLAINED;
        d.reason = "nothing is expected";
    } else {
        weigh(c, &d, &descends);
    }
    if (d.compared != XENPT_OPAQUE || present(c, p->level, found))
        count_one(c, &d);
    if (descends && !c->code)
        descend(c, &d);
}

/* --- Tables -------------------------------------------------------------------------------- */

/* A table of the image that is not there: as if its entries were not. */
static void follow(struct comparing *c, const struct place *p)
{
    const struct xenpt_format *f = &c->pair->image->paging.format;
    uint8_t model_copy[XENPT_PAGE_SIZE] __attribute__((aligned(8)));
    uint8_t image_copy[XENPT_PAGE_SIZE] __attribute__((aligned(8)));
    const uint8_t *model = NULL, *image;
    bool fresh;

    if (!frame_set_add(&c->followed, p->image | p->level, &fresh)) {
        c->code = xenpt_fail(c->err, XENPT_ENOMEM, "no memory for the tables that were followed");
        return;
    }
    if (!fresh)
        return;
    c->result.tables++;
    if (p->has_model)
        model = xenpt_read_page(c->model->mem, p->model, model_copy);
    image = xenpt_read_page(c->image->mem, p->image, image_copy);
    for (unsigned int i = 0; !c->code && i < 1u << f->level[p->level].bits; i++) {
        uint64_t in = entry_input(f, p->level, p->in, i);
        uint64_t a = table_entry(model, i, f->entry_size), b = table_entry(image, i, f->entry_size);

        /* Under a page of the model's that is split, only the explainer knows. */
        if (b || a || !p->has_model)
            compare(c, p, in, p->image + (uint64_t)i * f->entry_size, a, b);
    }
}

static enum xenpt_code check(const struct comparing *c, const struct xenpt_pair *pair)
{
    const struct xenpt_paging *a = &pair->model->paging, *b = &pair->image->paging;

    if (a->id != b->id)
        return xenpt_fail(c->err, XENPT_ESTATE, "%s is %s, and %s is %s: they cannot be compared",
                          pair->model->name, a->format.name, pair->image->name, b->format.name);
    return XENPT_OK;
}

static void compare_pair(struct comparing *c, const struct xenpt_pair *pair)
{
    struct place root = {
        .level = pair->image->paging.format.top,
        .model = pair->model->paging.root,
        .image = pair->image->paging.root,
        .has_model = true,
    };

    c->pair = pair;
    c->code = check(c, pair);
    if (!c->code)
        follow(c, &root);
}

enum xenpt_code xenpt_compare(const struct xenpt_view *model, const struct xenpt_view *image,
                              const struct xenpt_pair pairs[], size_t nr_pairs,
                              const struct xenpt_compare_options *opt, xenpt_difference_fn fn,
                              void *ctx, struct xenpt_comparison *ret, struct xenpt_error *err)
{
    static const struct xenpt_compare_options usual;
    struct comparing c = {
        .model = model,
        .image = image,
        .opt = opt ? opt : &usual,
        .fn = fn,
        .ctx = ctx,
        .err = err,
    };

    if (!model->explainer || !model->explainer->entry)
        return xenpt_fail(err, XENPT_ESTATE, "the model says nothing of its entries");
    for (size_t i = 0; !c.code && i < nr_pairs; i++)
        compare_pair(&c, &pairs[i]);
    count_deferred(&c);
    frame_map_fini(&c.frames);
    free(c.followed.slot);
    free(c.deferred);
    if (c.code) {
        xenpt_comparison_fini(&c.result);
        return c.code;
    }
    *ret = c.result;
    return XENPT_OK;
}

void xenpt_comparison_fini(struct xenpt_comparison *comparison)
{
    free(comparison->areas);
    *comparison = (struct xenpt_comparison){ 0 };
}
