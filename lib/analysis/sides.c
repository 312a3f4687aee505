/* sides.c - the contexts of two machines, by kind and by whose they are; see pairing.h. */
#include <stdlib.h>
#include <string.h>

#include "analysis/frame_map.h"
#include "analysis/pairing.h"

static bool counts(const struct xenpt_context *c)
{
    return c->kind && !c->has_second;
}

/* --- Kinds --------------------------------------------------------------------------------- */

/* There are a dozen kinds at most. */
static size_t kind_number(struct sides *s, const char *kind)
{
    size_t k = 0;

    while (k < s->nr_kinds && strcmp(s->kinds[k], kind) != 0)
        k++;
    if (k == s->nr_kinds)
        s->kinds[s->nr_kinds++] = kind;
    return k;
}

/* --- Roots --------------------------------------------------------------------------------- */

/* One root is one: what a CPU has loaded is one of the others once more. */
static bool add(struct sides *s, struct side *side, struct frame_half *seen,
                const struct xenpt_context *c)
{
    bool fresh;

    if (!counts(c))
        return true;
    if (!frame_set_add(seen, c->paging.root | (uint64_t)c->paging.id << 56, &fresh))
        return false;
    if (fresh)
        side->roots[side->nr++] = (struct side_root){
            .context = c,
            .kind = kind_number(s, c->kind),
            .party = NOBODY,
            .other = NOBODY,
        };
    return true;
}

static bool add_all(struct sides *s, struct side *side, const struct xenpt_context *const list[],
                    const struct xenpt_context *contexts, size_t nr)
{
    struct frame_half seen = { 0 };
    bool ok = true;

    for (size_t i = 0; ok && i < nr; i++)
        ok = add(s, side, &seen, list ? list[i] : &contexts[i]);
    free(seen.slot);
    return ok;
}

/* --- Parties ------------------------------------------------------------------------------- */

/* Which kinds have, in the image, a root that is nobody's. */
static void of_nobody(const struct sides *s, bool ret[])
{
    for (size_t i = 0; i < s->of_image.nr; i++)
        ret[s->of_image.roots[i].kind] |= !*s->of_image.roots[i].context->domain;
}

struct named {
    const char *name;
    size_t root;
};

static int by_name(const void *a, const void *b)
{
    const struct named *x = a, *y = b;
    int order = strcmp(x->name, y->name);

    return order ? order : x->root < y->root ? -1 : x->root > y->root;
}

/* To each root that is someone's, the first root of the same one. */
static void find_first(struct side *side, const bool nobody[], struct named *list)
{
    size_t n = 0, first = 0;

    for (size_t i = 0; i < side->nr; i++)
        if (*side->roots[i].context->domain && !nobody[side->roots[i].kind])
            list[n++] = (struct named){ side->roots[i].context->domain, i };
    qsort(list, n, sizeof(*list), by_name);
    for (size_t i = 0; i < n; i++) {
        if (strcmp(list[first].name, list[i].name) != 0)
            first = i;
        side->roots[list[i].root].party = list[first].root;
    }
}

static bool parties_init(struct side *side, const bool nobody[])
{
    struct named *list = calloc(side->nr + 1, sizeof(*list));
    size_t *number = calloc(side->nr + 1, sizeof(*number));

    side->parties = calloc(side->nr + 1, sizeof(*side->parties));
    if (list && number && side->parties) {
        find_first(side, nobody, list);
        for (size_t i = 0; i < side->nr; i++) {
            struct side_root *r = &side->roots[i];

            if (r->party == NOBODY)
                continue;
            if (r->party == i) {
                number[i] = side->nr_parties;
                side->parties[side->nr_parties++] = (struct party){ r->context->domain, NOBODY, 0 };
            }
            r->party = number[r->party];
        }
    }
    free(list);
    free(number);
    return list && number && side->parties;
}

/* --- Spans --------------------------------------------------------------------------------- */

static size_t span_number(const struct side *side, size_t party, size_t kind)
{
    return (party == NOBODY ? side->nr_parties : party) * side->nr_kinds + kind;
}

struct span side_span(const struct side *side, size_t party, size_t kind)
{
    return side->spans[span_number(side, party, kind)];
}

struct span side_all(const struct side *side, size_t kind)
{
    struct span first = side_span(side, 0, kind), last = side_span(side, NOBODY, kind);

    return (struct span){ first.first, last.first + last.nr - first.first };
}

/* Roots are counted, and then put where as many others come before them. */
static bool spans_init(struct side *side, size_t nr_kinds)
{
    size_t nr_owners = side->nr_parties + 1, at = 0;

    side->nr_kinds = nr_kinds;
    side->spans = calloc(nr_owners * nr_kinds + 1, sizeof(*side->spans));
    side->sorted = calloc(side->nr + 1, sizeof(*side->sorted));
    if (!side->spans || !side->sorted)
        return false;
    for (size_t i = 0; i < side->nr; i++)
        side->spans[span_number(side, side->roots[i].party, side->roots[i].kind)].nr++;
    for (size_t k = 0; k < nr_kinds; k++)
        for (size_t p = 0; p < nr_owners; p++) {
            struct span *span = &side->spans[p * nr_kinds + k];

            span->first = at;
            at += span->nr;
            span->nr = 0;
        }
    for (size_t i = 0; i < side->nr; i++) {
        struct span *span =
            &side->spans[span_number(side, side->roots[i].party, side->roots[i].kind)];

        side->sorted[span->first + span->nr++] = i;
    }
    return true;
}

/* --- Both ---------------------------------------------------------------------------------- */

static bool sort_out(struct sides *s, const struct xenpt_context *const image[], size_t nr_image)
{
    size_t nr_model = s->model->nr_contexts;
    bool *nobody = calloc(nr_model + nr_image + 1, sizeof(*nobody));
    bool ok;

    s->kinds = calloc(nr_model + nr_image + 1, sizeof(*s->kinds));
    s->of_model.roots = calloc(nr_model + 1, sizeof(*s->of_model.roots));
    s->of_image.roots = calloc(nr_image + 1, sizeof(*s->of_image.roots));
    ok = nobody && s->kinds && s->of_model.roots && s->of_image.roots &&
         add_all(s, &s->of_model, NULL, s->model->contexts, nr_model) &&
         add_all(s, &s->of_image, image, NULL, nr_image);
    if (ok)
        of_nobody(s, nobody);
    ok = ok && parties_init(&s->of_model, nobody) && parties_init(&s->of_image, nobody) &&
         spans_init(&s->of_model, s->nr_kinds) && spans_init(&s->of_image, s->nr_kinds);
    free(nobody);
    return ok;
}

enum xenpt_code sides_init(struct sides *ret, const struct xenpt_view *model,
                           const struct xenpt_reader *memory,
                           const struct xenpt_context *const image[], size_t nr_image,
                           struct xenpt_error *err)
{
    *ret = (struct sides){ .model = model };
    ret->of_model.mem = model->mem;
    ret->of_image.mem = memory;
    if (sort_out(ret, image, nr_image))
        return XENPT_OK;
    return xenpt_fail(err, XENPT_ENOMEM, "no memory for %zu contexts",
                      model->nr_contexts + nr_image);
}

static void side_fini(struct side *side)
{
    free(side->roots);
    free(side->parties);
    free(side->sorted);
    free(side->spans);
}

void sides_fini(struct sides *sides)
{
    side_fini(&sides->of_model);
    side_fini(&sides->of_image);
    free(sides->kinds);
    *sides = (struct sides){ .model = NULL };
}
