/* draw_fixture.h - views to be drawn: captures, with the roots of their Xen and its layout's names.
 */
#ifndef XENPT_TESTS_DRAW_FIXTURE_H
#define XENPT_TESTS_DRAW_FIXTURE_H

#include "draw/draw.h"
#include "xenpt.h"

struct drawn {
    struct xenpt_image *image;
    struct xenpt_roots *roots;
    struct xenpt_view view;
    const struct xenpt_context **contexts;
    size_t nr;
    struct xenpt_draw_options opt;
    char *bytes; /* What was written. */
    size_t used, size;
};

/* The first so many of tests/captures that there are; NULL: no more. */
extern const char *const drawn_captures[];

void drawn_begin(struct drawn *d, const char *capture);
void drawn_end(struct drawn *d);
/* Draws into d->bytes, from its beginning. */
enum xenpt_code drawn_draw(struct drawn *d, enum xenpt_picture picture,
                           enum xenpt_picture_form form, struct xenpt_error *err);

#endif
