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

/* There are a dozen kinds at most, and NULL ends them. */
static size_t kind_number(struct sides *s, const char *kind)
{
    size_t k = 0;

    for (; s->kinds[k]; k++)
        if (!strcmp(s->kinds[k], kind))
            return k;
    s->kinds[k] = kind;
    s->nr_kinds = k + 1;
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

static bool add_model(struct sides *s)
{
    struct frame_half seen = { 0 };
    bool ok = true;

    for (size_t i = 0; ok && i < s->model->nr_contexts; i++)
        ok = add(s, &s->of_model, &seen, &s->model->contexts[i]);
    free(seen.slot);
    return ok;
}

static bool add_image(struct sides *s, const struct xenpt_context *const image[], size_t nr)
{
    struct frame_half seen = { 0 };
    bool ok = true;

    for (size_t i = 0; ok && i < nr; i++)
        ok = add(s, &s->of_image, &seen, image[i]);
    free(seen.slot);
    return ok;
}

/* --- Both ---------------------------------------------------------------------------------- */

static bool sort_out(struct sides *s, const struct xenpt_context *const image[], size_t nr_image)
{
    size_t nr_model = s->model->nr_contexts;

    s->kinds = calloc(nr_model + nr_image + 1, sizeof(*s->kinds));
    s->of_model.roots = calloc(nr_model + 1, sizeof(*s->of_model.roots));
    s->of_image.roots = calloc(nr_image + 1, sizeof(*s->of_image.roots));
    if (!s->kinds || !s->of_model.roots || !s->of_image.roots)
        return false;
    return add_model(s) && add_image(s, image, nr_image) && sides_parties(s);
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
