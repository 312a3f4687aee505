/*
 * areas.c - what an address of an image is for, by a layout.
 *
 * Which areas a root has depends on its kind, and that is found as `xenpt roots` finds it; of a
 * root that is none of Xen's, as a guest's CR3, nothing is said.  Linux has two kinds, which no
 * slot tells apart: what its kernel has mapped is named.
 */
#include "areas.h"

#include <stdlib.h>
#include <string.h>

#include "xenpt/suggest.h"

struct areas {
    struct xenpt_explainer explainer; /* First: an explainer is handed to us, and we are its. */
    const struct xenpt_explainer *symbols;
    struct xenpt_layout *layout;
    struct xenpt_roots *roots; /* NULL: not of Xen. */
};

enum xenpt_code layout_stated(const char *name, struct xenpt_layout **ret, struct xenpt_error *err)
{
    if (strchr(name, '/'))
        return xenpt_layout_read(name, NULL, NULL, NULL, ret, err);
    return xenpt_layout_open(name, ret, err);
}

static bool kind_named(const char *name, enum xenpt_root_kind *ret)
{
    for (unsigned int k = 0; k < XENPT_NR_ROOT_KINDS; k++)
        if (!strcmp(xenpt_root_kind_word((enum xenpt_root_kind)k)->name, name)) {
            *ret = (enum xenpt_root_kind)k;
            return true;
        }
    return false;
}

static bool kind_of(const struct areas *a, const struct xenpt_context *c, enum xenpt_root_kind *ret)
{
    const struct xenpt_root *list;
    size_t nr;

    if (c->has_second || c->paging.id != XENPT_4LEVEL)
        return false;
    *ret = XENPT_ROOT_LINUX_KERNEL;
    if (!a->roots)
        return true;
    nr = xenpt_roots_list(a->roots, &list);
    for (size_t i = 0; i < nr; i++)
        if (list[i].context.paging.root == c->paging.root)
            return kind_named(list[i].context.kind, ret);
    return false;
}

static bool address(const struct xenpt_explainer *self, const struct xenpt_context *c, uint64_t in,
                    struct xenpt_explanation *ret)
{
    const struct areas *a = (const struct areas *)(const void *)self;
    const struct xenpt_area *area;
    enum xenpt_root_kind kind;

    if (a->symbols && a->symbols->address(a->symbols, c, in, ret))
        return true;
    if (!kind_of(a, c, &kind))
        return false;
    /* What depends on the machine may be there. */
    area = xenpt_layout_at(a->layout, kind, ~0u, in);
    if (!area)
        return false;
    *ret = (struct xenpt_explanation){ area->name, in - area->first };
    return true;
}

enum xenpt_code areas_create(struct areas **ret, const struct xenpt_view *view, const char *layout,
                             struct xenpt_error *err)
{
    struct areas *a = calloc(1, sizeof(*a));
    enum xenpt_code code;

    if (!a)
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for the areas of a layout");
    a->symbols = view->explainer;
    a->explainer.address = address;
    code = layout_stated(layout, &a->layout, err);
    if (!code && !strcmp(a->layout->system, "xen"))
        code = xenpt_roots_find(view, a->layout, &a->roots, err);
    if (code) {
        areas_destroy(a);
        return code;
    }
    *ret = a;
    return XENPT_OK;
}

void areas_destroy(struct areas *a)
{
    if (!a)
        return;
    xenpt_roots_free(a->roots);
    xenpt_layout_close(a->layout);
    free(a);
}

const struct xenpt_explainer *areas_explainer(const struct areas *a)
{
    return &a->explainer;
}

enum xenpt_code layout_area_named(const struct xenpt_layout *layout, const char *name,
                                  struct xenpt_error *err)
{
    char hint[XENPT_DID_YOU_MEAN_MAX];
    struct xenpt_suggestion near;

    xenpt_suggest_begin(&near, name);
    for (size_t i = 0; i < layout->nr_areas; i++) {
        if (!strcmp(layout->areas[i].name, name))
            return XENPT_OK;
        xenpt_suggest_try(&near, layout->areas[i].name, strlen(layout->areas[i].name));
    }
    return xenpt_fail(err, XENPT_EPARSE, "--area: %s has no area '%s'%s", layout->name, name,
                      xenpt_suggest_words(&near, hint));
}

enum xenpt_code areas_named(const struct areas *a, const char *name, struct xenpt_error *err)
{
    return layout_area_named(a->layout, name, err);
}
