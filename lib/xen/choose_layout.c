/* choose_layout.c - candidates that a layout's slots make, and which layout describes them best. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "xen/found.h"

/* Candidates, in the order of their addresses. */
static enum xenpt_code load_all(struct found *f, const struct candidates *c,
                                struct xenpt_error *err)
{
    const struct pages *lists[] = { &c->linear, &c->without };
    size_t max = c->linear.nr + c->without.nr;

    /* Shadow slots may lead to as many again. */
    f->table = calloc(2 * max + 1, sizeof(*f->table));
    if (!f->table)
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for %zu candidates", max);
    for (size_t l = 0; l < ARRAY_SIZE(lists); l++)
        for (size_t i = 0; i < lists[l]->nr; i++)
            f->nr += found_load(f, &f->table[f->nr], lists[l]->at[i]);
    found_in_order(f);
    return XENPT_OK;
}

/* A layout that was tried, and how well it did. */
struct trial {
    struct xenpt_layout *layout;
    struct layout_fit fit;
    bool idle;
    struct xenpt_layout *newest; /* The last after it that did as well, or NULL. */
    struct fit_name *equals;     /* All that did as well, it among them. */
    size_t nr_equals;
};

static enum xenpt_code name_equal(struct trial *best, const struct xenpt_layout *layout,
                                  struct xenpt_error *err)
{
    struct fit_name *list = realloc(best->equals, (best->nr_equals + 1) * sizeof(*list));

    if (!list)
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for the names of layouts");
    best->equals = list;
    list += best->nr_equals++;
    snprintf(list->text, sizeof(list->text), "%s%s%s", layout->name, layout->variant ? ":" : "",
             layout->variant ? layout->variant : "");
    return XENPT_OK;
}

static bool as_well(const struct trial *a, const struct trial *b)
{
    return b->layout && a->idle == b->idle && a->fit.differ == b->fit.differ &&
           a->fit.agree == b->fit.agree;
}

static bool better(const struct trial *a, const struct trial *b)
{
    if (!b->layout || a->idle != b->idle)
        return !b->layout || a->idle;
    if (a->fit.differ != b->fit.differ)
        return a->fit.differ < b->fit.differ;
    return a->fit.agree > b->fit.agree; /* Of equals, the oldest. */
}

static enum xenpt_code try(struct found *f, struct trial *best, struct xenpt_layout *layout,
                           struct xenpt_error *err)
{
    struct trial trial = { .layout = layout };
    enum xenpt_code code;

    f->layout = layout;
    f->slots = root_slots_of(layout);
    code = family_find_idle(f, err);
    family_choose_m2p(f);
    if (!code)
        code = layout_fit(f, &trial.fit, err);
    trial.idle = f->idle;
    if (!code && as_well(&trial, best)) {
        xenpt_layout_close(best->newest);
        best->newest = layout;
        return name_equal(best, layout, err);
    }
    if (code || !better(&trial, best)) {
        xenpt_layout_close(layout);
        return code;
    }
    trial.equals = best->equals;
    xenpt_layout_close(best->newest);
    xenpt_layout_close(best->layout);
    *best = trial;
    return name_equal(best, layout, err);
}

/* The candidates that this layout's slots make; those of one like it serve as well. */
enum xenpt_code found_look(struct found *f, const struct xenpt_layout *layout,
                           struct xenpt_error *err)
{
    struct root_slots slots = root_slots_of(layout);
    struct candidates candidates;
    enum xenpt_code code;
    bool again = f->table && root_slots_alike(&slots, &f->slots);

    f->slots = slots;
    f->layout = layout;
    if (!again) {
        free(f->table);
        f->table = NULL;
        f->nr = 0;
        code = candidates_find(f->view->mem, &slots, &candidates, err);
        if (code)
            return code;
        code = load_all(f, &candidates, err);
        candidates_fini(&candidates);
        if (code)
            return code;
    }
    family_choose(f);
    return XENPT_OK;
}

/* Tries a layout, and each variant of it. */
static enum xenpt_code try_named(struct found *f, struct trial *best, const char *name,
                                 struct xenpt_error *err)
{
    struct xenpt_layout *layout;
    enum xenpt_code code = xenpt_layout_open(name, &layout, err);
    size_t nr_variants;

    if (code)
        return code;
    if (strcmp(layout->system, "xen") != 0) {
        xenpt_layout_close(layout);
        return XENPT_OK;
    }
    nr_variants = layout->variant ? 0 : layout->nr_variants;
    for (size_t v = 0; !code && v < nr_variants; v++) {
        char variant[96];

        snprintf(variant, sizeof(variant), "%s:%s", name, layout->variants[v].name);
        code = try_named(f, best, variant, err);
    }
    if (!code)
        code = found_look(f, layout, err);
    if (code || !f->image) {
        xenpt_layout_close(layout);
        return code;
    }
    return try(f, best, layout, err);
}

enum xenpt_code found_choose_layout(struct found *f, struct xenpt_layout **ret,
                                    struct fit_name **fits, size_t *nr_fits,
                                    struct xenpt_error *err)
{
    const struct xenpt_layout_name *name;
    enum xenpt_code code = XENPT_OK;
    struct trial best = { 0 };

    for (size_t i = 0; !code && (name = xenpt_layout_name(i)); i++)
        code = try_named(f, &best, name->name, err);
    /* Where two are equal, what tells them apart is not in use here, and the older will do; where
     * more are, few tables are there, and newer ones are in use more often. */
    if (best.nr_equals > 2) {
        struct xenpt_layout *oldest = best.layout;

        best.layout = best.newest;
        best.newest = oldest;
    }
    xenpt_layout_close(best.newest);
    *ret = best.layout;
    *fits = best.equals;
    *nr_fits = best.nr_equals;
    return code;
}
