/* images.h - memory images that a scenario names, each opened once for all of a run. */
#ifndef XENPT_SCENARIO_IMAGES_H
#define XENPT_SCENARIO_IMAGES_H

#include "xenpt/image.h"
#include "xenpt/roots.h"

/* An image, and the roots of a Xen in it that are in use. */
struct image_held {
    const struct xenpt_view *view;
    const struct xenpt_context **contexts;
    size_t nr;
    /* Its own. */
    struct xenpt_image *image;
    struct xenpt_roots *roots;
    char *path;
    struct image_held *next;
};

/* All zero: none yet. */
struct images {
    struct image_held *first;
};

/*
 * The image of a file, opened now or before.  What keeps it from being of use is an error: no file,
 * none of the forms, cut short, no Xen in it.
 */
XENPT_CHECK enum xenpt_code images_open(struct images *images, const char *path,
                                        const struct image_held **ret, struct xenpt_error *err);
void images_close(struct images *images);

#endif
