/* images.c - memory images that a scenario names, each opened once for all of a run. */
#include "scenario/images.h"

#include <stdlib.h>
#include <string.h>

static void image_free(struct image_held *held)
{
    free(held->contexts);
    xenpt_roots_free(held->roots);
    xenpt_image_close(held->image);
    free(held->path);
    free(held);
}

static enum xenpt_code no_memory(struct xenpt_error *err)
{
    return xenpt_fail(err, XENPT_ENOMEM, "no memory for an image");
}

static enum xenpt_code no_xen(const struct image_held *held, struct xenpt_error *err)
{
    return xenpt_fail(err, XENPT_ESTATE, "no root of a Xen is in it, taken as an image of form: %s",
                      xenpt_image_form_name(xenpt_image_info(held->image).form));
}

static enum xenpt_code find_roots(struct image_held *held, struct xenpt_error *err)
{
    const struct xenpt_root *list;
    enum xenpt_code code = xenpt_roots_find(held->view, NULL, &held->roots, err);
    size_t nr;

    /* What is read page by page is a file that no page of a table fits into. */
    if (code)
        return code == XENPT_EUNSUPPORTED ? no_xen(held, err) : code;
    nr = xenpt_roots_list(held->roots, &list);
    held->contexts = calloc(nr + 1, sizeof(const struct xenpt_context *));
    if (!held->contexts)
        return no_memory(err);
    for (size_t i = 0; i < nr; i++)
        if (!list[i].stale)
            held->contexts[held->nr++] = &list[i].context;
    return held->nr ? XENPT_OK : no_xen(held, err);
}

static enum xenpt_code image_fill(struct image_held *held, const char *path,
                                  struct xenpt_error *err)
{
    size_t size = strlen(path) + 1;
    enum xenpt_code code;

    held->path = malloc(size);
    if (!held->path)
        return no_memory(err);
    memcpy(held->path, path, size);
    code = xenpt_image_open(path, NULL, &held->image, err);
    if (code)
        return code;
    held->view = xenpt_image_view(held->image);
    return find_roots(held, err);
}

enum xenpt_code images_open(struct images *images, const char *path, const struct image_held **ret,
                            struct xenpt_error *err)
{
    struct image_held *held;
    enum xenpt_code code;

    for (held = images->first; held; held = held->next)
        if (!strcmp(held->path, path)) {
            *ret = held;
            return XENPT_OK;
        }
    held = calloc(1, sizeof(*held));
    if (!held)
        return no_memory(err);
    code = image_fill(held, path, err);
    if (code) {
        image_free(held);
        return code;
    }
    held->next = images->first;
    images->first = held;
    *ret = held;
    return XENPT_OK;
}

void images_close(struct images *images)
{
    for (struct image_held *held = images->first, *next; held; held = next) {
        next = held->next;
        image_free(held);
    }
    images->first = NULL;
}
