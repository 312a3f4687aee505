/*
 * pair.c - which context of one machine corresponds to which of another.
 *
 * No number and no name is common to both: a machine's domains are known by what roots they have,
 * and roots of one kind and domain are alike, but for those of CPUs, of which each has its own.
 * Those that have equal shapes (shape.c) are paired first, and for what is left a few are
 * compared, so that time grows as the number of roots does.
 */
#include <stdlib.h>
#include <string.h>

#include "analysis/pairing.h"

/* --- How near contexts are ---------------------------------------------------------------- */

enum xenpt_code pair_distance(const struct sides *s, const struct xenpt_context *a,
                              const struct xenpt_context *b, struct distance *ret,
                              struct xenpt_error *err)
{
    struct xenpt_pair pair = { a, b };
    struct xenpt_view memory = { .mem = s->of_image.mem };
    struct xenpt_comparison result;
    enum xenpt_code code = xenpt_compare(s->model, &memory, &pair, 1, NULL, NULL, NULL, &result,
                                         err);

    if (code)
        return code;
    *ret = (struct distance){
        .wrong = result.entries[XENPT_UNEXPLAINED] + result.entries[XENPT_MISSING],
        .allowed = result.entries[XENPT_ALLOWED],
        .exact = result.entries[XENPT_EXACT],
    };
    xenpt_comparison_fini(&result);
    return XENPT_OK;
}

/* Whether one is nearer: less is wrong with it, and more of it is exact. */
static bool nearer(const struct distance *a, const struct distance *b)
{
    return a->wrong != b->wrong ? a->wrong < b->wrong : a->exact > b->exact;
}

/* --- What is equal on both sides ----------------------------------------------------------- */

static int compare_names(const struct keyed *a, const struct keyed *b)
{
    return strcmp(a->name, b->name);
}

static int compare_shapes(const struct keyed *a, const struct keyed *b)
{
    return a->shape < b->shape ? -1 : a->shape > b->shape;
}

static int in_order(const struct keyed *a, const struct keyed *b, int order)
{
    return order ? order : a->number < b->number ? -1 : a->number > b->number;
}

static int by_name(const void *a, const void *b)
{
    return in_order(a, b, compare_names(a, b));
}

static int by_shape(const void *a, const void *b)
{
    return in_order(a, b, compare_shapes(a, b));
}

void match_equal(struct sides *s, struct keyed *a, size_t nr_a, struct keyed *b, size_t nr_b,
                 bool names, void (*equal)(struct sides *s, size_t model, size_t image))
{
    size_t i = 0, k = 0;

    qsort(a, nr_a, sizeof(*a), names ? by_name : by_shape);
    qsort(b, nr_b, sizeof(*b), names ? by_name : by_shape);
    while (i < nr_a && k < nr_b) {
        int order = names ? compare_names(&a[i], &b[k]) : compare_shapes(&a[i], &b[k]);

        if (!order)
            equal(s, a[i].number, b[k].number);
        i += order <= 0;
        k += order >= 0;
    }
}

/* --- Roots of domains ---------------------------------------------------------------------- */

static void take(struct sides *s, size_t model, size_t image)
{
    s->of_model.roots[model].other = image;
    s->of_image.roots[image].other = model;
}

/* Roots of one kind and domain are alike: the first is the first. */
static void take_in_order(struct sides *s, size_t party, size_t kind)
{
    size_t other = s->of_model.parties[party].other;
    struct span a = side_span(&s->of_model, party, kind), b;

    if (other == NOBODY)
        return;
    b = side_span(&s->of_image, other, kind);
    for (size_t i = 0; i < a.nr && i < b.nr; i++)
        take(s, s->of_model.sorted[a.first + i], s->of_image.sorted[b.first + i]);
}

/* --- Roots that are nobody's --------------------------------------------------------------- */

/* What is left of a span, in order. */
static size_t left_of(const struct side *side, struct span span, struct keyed *ret)
{
    size_t n = 0;

    for (size_t i = 0; i < span.nr; i++) {
        const struct side_root *r = &side->roots[side->sorted[span.first + i]];

        if (r->other == NOBODY)
            ret[n++] = (struct keyed){ NULL, r->shape, side->sorted[span.first + i] };
    }
    return n;
}

/* The nearest of the image's to one of the model's. */
static enum xenpt_code take_nearest(struct sides *s, size_t model, const struct keyed *b,
                                    size_t nr_b, struct xenpt_error *err)
{
    struct distance least = { .wrong = UINT64_MAX };
    size_t best = NOBODY, tries = 0;
    enum xenpt_code code = XENPT_OK;

    for (size_t i = 0; !code && i < nr_b && tries < PAIR_TRIES; i++) {
        const struct side_root *r = &s->of_image.roots[b[i].number];
        struct distance n = { 0 };

        if (r->other != NOBODY)
            continue;
        tries++;
        if (nr_b > 1)
            code = pair_distance(s, s->of_model.roots[model].context, r->context, &n, err);
        if (!code && (best == NOBODY || nearer(&n, &least))) {
            least = n;
            best = b[i].number;
        }
    }
    if (!code && best != NOBODY)
        take(s, model, best);
    return code;
}

/* The image's may be a domain's: of a CPU, whatever ran there last. */
static enum xenpt_code take_alike(struct sides *s, size_t kind, struct xenpt_error *err)
{
    struct span of_model = side_span(&s->of_model, NOBODY, kind);
    struct span of_image = side_all(&s->of_image, kind);
    struct keyed *a = calloc(of_model.nr + 1, sizeof(*a));
    struct keyed *b = calloc(of_image.nr + 1, sizeof(*b));
    enum xenpt_code code = XENPT_OK;
    size_t nr_a, nr_b;

    if (a && b) {
        match_equal(s, a, left_of(&s->of_model, of_model, a), b, left_of(&s->of_image, of_image, b),
                    false, take);
        nr_a = left_of(&s->of_model, of_model, a);
        nr_b = left_of(&s->of_image, of_image, b);
        for (size_t i = 0; !code && i < nr_a; i++)
            code = take_nearest(s, a[i].number, b, nr_b, err);
    } else {
        code = xenpt_fail(err, XENPT_ENOMEM, "no memory for roots");
    }
    free(a);
    free(b);
    return code;
}

/* --- All of it ----------------------------------------------------------------------------- */

static enum xenpt_code take_all(struct sides *s, struct xenpt_error *err)
{
    enum xenpt_code code = shapes_find(s, err);

    if (!code)
        code = pair_domains(s, err);
    for (size_t k = 0; !code && k < s->nr_kinds; k++) {
        for (size_t p = 0; p < s->of_model.nr_parties; p++)
            take_in_order(s, p, k);
        code = take_alike(s, k, err);
    }
    return code;
}

static void pair(struct xenpt_pairing *ret, const struct xenpt_context *model,
                 const struct xenpt_context *image)
{
    ret->pairs[ret->nr_pairs++] = (struct xenpt_pair){ model, image };
}

/* What was taken, in the order of the model; and each that is left to one that is like it. */
static void list(const struct sides *s, struct xenpt_pairing *ret)
{
    for (size_t i = 0; i < s->of_model.nr; i++) {
        const struct side_root *r = &s->of_model.roots[i];

        if (r->other != NOBODY)
            pair(ret, r->context, s->of_image.roots[r->other].context);
        else
            ret->lone_model[ret->nr_lone_model++] = r->context;
    }
    for (size_t i = 0; i < s->of_image.nr; i++) {
        const struct side_root *r = &s->of_image.roots[i];
        size_t party = r->party == NOBODY ? NOBODY : s->of_image.parties[r->party].other;
        struct span like = { 0, 0 };

        if (r->other != NOBODY)
            continue;
        if (party != NOBODY)
            like = side_span(&s->of_model, party, r->kind);
        if (like.nr)
            pair(ret, s->of_model.roots[s->of_model.sorted[like.first]].context, r->context);
        else
            ret->lone_image[ret->nr_lone_image++] = r->context;
    }
}

enum xenpt_code xenpt_pair_contexts(const struct xenpt_view *model, const struct xenpt_view *memory,
                                    const struct xenpt_context *const image[], size_t nr_image,
                                    struct xenpt_pairing *ret, struct xenpt_error *err)
{
    struct xenpt_pairing pairing = { 0 };
    struct sides sides;
    enum xenpt_code code;

    if (!model->explainer || !model->explainer->entry)
        return xenpt_fail(err, XENPT_ESTATE, "the model says nothing of its entries");
    code = sides_init(&sides, model, memory->mem, image, nr_image, err);
    if (!code)
        code = take_all(&sides, err);
    pairing.pairs = calloc(sides.of_model.nr + sides.of_image.nr + 1, sizeof(*pairing.pairs));
    pairing.lone_model = calloc(sides.of_model.nr + 1, sizeof(*pairing.lone_model));
    pairing.lone_image = calloc(sides.of_image.nr + 1, sizeof(*pairing.lone_image));
    if (!code && pairing.pairs && pairing.lone_model && pairing.lone_image)
        list(&sides, &pairing);
    else if (!code)
        code = xenpt_fail(err, XENPT_ENOMEM, "no memory for pairs of contexts");
    sides_fini(&sides);
    if (code)
        xenpt_pairing_fini(&pairing);
    else
        *ret = pairing;
    return code;
}

void xenpt_pairing_fini(struct xenpt_pairing *pairing)
{
    free(pairing->pairs);
    free(pairing->lone_model);
    free(pairing->lone_image);
    *pairing = (struct xenpt_pairing){ 0 };
}
