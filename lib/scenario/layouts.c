/* layouts.c - layouts that were read: each once, however many scenarios have it. */
#include "scenario/layouts.h"

#include <stdlib.h>
#include <string.h>

struct kept {
    char *name; /* NULL: nobody asks for it again. */
    struct xenpt_layout *layout;
};

static enum xenpt_code no_memory(struct xenpt_error *err)
{
    return xenpt_fail(err, XENPT_ENOMEM, "no memory for layouts");
}

static enum xenpt_code keep(struct layouts *l, const char *name, struct xenpt_layout *layout,
                            struct xenpt_error *err)
{
    struct kept *list = realloc(l->list, (l->nr + 1) * sizeof(*list));
    char *copy = name ? malloc(strlen(name) + 1) : NULL;

    if (list)
        l->list = list;
    if (!list || (name && !copy)) {
        free(copy);
        xenpt_layout_close(layout);
        return no_memory(err);
    }
    if (name)
        memcpy(copy, name, strlen(name) + 1);
    list[l->nr++] = (struct kept){ copy, layout };
    return XENPT_OK;
}

enum xenpt_code layouts_open(struct layouts *l, const char *name, struct xenpt_layout **ret,
                             struct xenpt_error *err)
{
    struct xenpt_layout *layout = NULL;
    enum xenpt_code code;

    for (size_t i = 0; i < l->nr; i++)
        if (l->list[i].name && !strcmp(l->list[i].name, name)) {
            *ret = l->list[i].layout;
            return XENPT_OK;
        }
    code = xenpt_layout_open(name, &layout, err);
    if (!code)
        code = keep(l, name, layout, err);
    if (!code)
        *ret = layout;
    return code;
}

enum xenpt_code layouts_keep(struct layouts *l, struct xenpt_layout *layout,
                             struct xenpt_error *err)
{
    return keep(l, NULL, layout, err);
}

void layouts_fini(struct layouts *l)
{
    for (size_t i = 0; i < l->nr; i++) {
        free(l->list[i].name);
        xenpt_layout_close(l->list[i].layout);
    }
    free(l->list);
}
