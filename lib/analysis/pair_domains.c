/*
 * pair_domains.c - which domain of one machine is which of another.
 *
 * By name, if names are common; else those of equal shapes; and of what is left, the one of the
 * same kinds of roots of which the least is wrong.
 */
#include <stdlib.h>

#include "analysis/pairing.h"

static void marry(struct sides *s, size_t model, size_t image)
{
    s->of_model.parties[model].other = image;
    s->of_image.parties[image].other = model;
}

/* --- Domains that are not equal ------------------------------------------------------------ */

/* How far a domain of the image is from one of the model, before anything is compared. */
struct suitor {
    size_t kinds;  /* Roots of kinds that only one of them has: they count most. */
    size_t more;   /* Roots of the others that one of them has more. */
    size_t common; /* A kind that both have, that of the model's first root of such, or NOBODY. */
    size_t number;
};

static struct suitor suitor(const struct sides *s, size_t model, size_t image)
{
    struct suitor ret = { .common = NOBODY, .number = image };
    size_t first = NOBODY;

    for (size_t k = 0; k < s->nr_kinds; k++) {
        struct span a = side_span(&s->of_model, model, k), b = side_span(&s->of_image, image, k);

        if (!a.nr || !b.nr) {
            ret.kinds += a.nr + b.nr;
            continue;
        }
        ret.more += a.nr > b.nr ? a.nr - b.nr : b.nr - a.nr;
        if (s->of_model.sorted[a.first] < first) {
            first = s->of_model.sorted[a.first];
            ret.common = k;
        }
    }
    return ret;
}

static int by_kinds(const void *a, const void *b)
{
    const struct suitor *x = a, *y = b;

    if (x->kinds != y->kinds)
        return x->kinds < y->kinds ? -1 : 1;
    if (x->more != y->more)
        return x->more < y->more ? -1 : 1;
    return x->number < y->number ? -1 : x->number > y->number;
}

/* Those of the image that are left and have a kind in common with one of the model. */
static size_t suitors(const struct sides *s, size_t model, struct suitor *ret)
{
    size_t n = 0;

    for (size_t i = 0; i < s->of_image.nr_parties; i++) {
        if (s->of_image.parties[i].other != NOBODY)
            continue;
        ret[n] = suitor(s, model, i);
        n += ret[n].common != NOBODY;
    }
    qsort(ret, n, sizeof(*ret), by_kinds);
    return n;
}

static const struct xenpt_context *first_of(const struct side *side, size_t party, size_t kind)
{
    return side->roots[side->sorted[side_span(side, party, kind).first]].context;
}

/* What is wrong counts more than any number of entries that only are not as good as they could be.
 */
static uint64_t far_off(const struct distance *d)
{
    return d->wrong * 100000 + d->allowed;
}

/* The one of the image that is most like this one of the model, by the first roots of both. */
static enum xenpt_code marry_nearest(struct sides *s, size_t model, struct suitor *list,
                                     struct xenpt_error *err)
{
    uint64_t least = UINT64_MAX;
    size_t nr = suitors(s, model, list), best = NOBODY;

    for (size_t i = 0; i < nr && i < PAIR_TRIES && list[i].kinds == list[0].kinds && least; i++) {
        struct distance n = { 0 };
        enum xenpt_code code = XENPT_OK;

        if (nr > 1)
            code = pair_distance(s, first_of(&s->of_model, model, list[i].common),
                                 first_of(&s->of_image, list[i].number, list[i].common), &n, err);
        if (code)
            return code;
        if (best == NOBODY || far_off(&n) < least) {
            least = n.wrong || list[i].more ? far_off(&n) : 0; /* As good as any. */
            best = list[i].number;
        }
    }
    if (best != NOBODY)
        marry(s, model, best);
    return XENPT_OK;
}

/* --- All of them --------------------------------------------------------------------------- */

static size_t left_of(const struct side *side, struct keyed *ret)
{
    size_t n = 0;

    for (size_t i = 0; i < side->nr_parties; i++)
        if (side->parties[i].other == NOBODY)
            ret[n++] = (struct keyed){ side->parties[i].name, side->parties[i].shape, i };
    return n;
}

static enum xenpt_code marry_equal(struct sides *s, bool by_name, struct xenpt_error *err)
{
    struct keyed *a = calloc(s->of_model.nr_parties + 1, sizeof(*a));
    struct keyed *b = calloc(s->of_image.nr_parties + 1, sizeof(*b));
    bool ok = a && b;

    if (ok)
        match_equal(s, a, left_of(&s->of_model, a), b, left_of(&s->of_image, b), by_name, marry);
    free(a);
    free(b);
    return ok ? XENPT_OK : xenpt_fail(err, XENPT_ENOMEM, "no memory for domains");
}

enum xenpt_code pair_domains(struct sides *s, struct xenpt_error *err)
{
    struct suitor *list = calloc(s->of_image.nr_parties + 1, sizeof(*list));
    enum xenpt_code code;

    if (!list)
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for domains");
    code = marry_equal(s, true, err);
    if (!code)
        code = marry_equal(s, false, err);
    for (size_t i = 0; !code && i < s->of_model.nr_parties; i++)
        if (s->of_model.parties[i].other == NOBODY)
            code = marry_nearest(s, i, list, err);
    free(list);
    return code;
}
