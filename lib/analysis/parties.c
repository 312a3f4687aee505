/* parties.c - whose the roots of a machine are, and where each party's are; see pairing.h. */
#include <stdlib.h>
#include <string.h>

#include "analysis/pairing.h"

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

bool sides_parties(struct sides *s)
{
    bool *nobody = calloc(s->nr_kinds + 1, sizeof(*nobody)), ok;

    if (!nobody)
        return false;
    of_nobody(s, nobody);
    ok = parties_init(&s->of_model, nobody) && parties_init(&s->of_image, nobody) &&
         spans_init(&s->of_model, s->nr_kinds) && spans_init(&s->of_image, s->nr_kinds);
    free(nobody);
    return ok;
}
