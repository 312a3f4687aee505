/* warnings.c - what was odd about an image: sentences, kept in the order in which they arose. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "image/internal.h"

void *image_grow(void *array, size_t *max, size_t nr, size_t item)
{
    size_t want = nr ? nr * 2 : 16;
    void *more;

    if (nr < *max)
        return array;
    more = realloc(array, want * item);
    if (more)
        *max = want;
    return more;
}

enum xenpt_code image_warn(struct image_warnings *w, struct xenpt_error *err, const char *fmt, ...)
{
    char **list, text[400];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    list = image_grow(w->text, &w->max, w->nr, sizeof(*list));
    if (!list)
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for a warning");
    w->text = list;
    list[w->nr] = strdup(text);
    if (!list[w->nr])
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for a warning");
    w->nr++;
    return XENPT_OK;
}

void image_warnings_fini(struct image_warnings *w)
{
    for (size_t i = 0; i < w->nr; i++)
        free(w->text[i]);
    free(w->text);
    *w = (struct image_warnings){ 0 };
}
