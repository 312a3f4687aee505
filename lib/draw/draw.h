/* draw.h - the pictures, each of which fills a scene or writes itself. */
#ifndef XENPT_DRAW_DRAW_H
#define XENPT_DRAW_DRAW_H

#include "draw/roots.h"
#include "draw/scene.h"

/* A picture under way. */
struct drawing {
    const struct xenpt_view *view;
    const struct xenpt_draw_options *opt;
    struct scene scene;
    struct out out;
};

#define EDGE 20 /* Of the page, on all sides. */

/* Title and sentence at the top.  @return Where what follows begins. */
int draw_heading(struct drawing *d, const char *what, const char *about);
/* A legend in a row: fills with what they mean.  @return Its height. */
struct legend {
    enum fill fill;
    const char *text;
};
int draw_legend(struct scene *s, int x, int y, const struct legend *legend, unsigned int nr);
/* The line that says what was folded, and the end of the page. */
__attribute__((format(printf, 3, 4))) void draw_end(struct drawing *d, int y, const char *fmt, ...);

enum xenpt_code draw_slots(struct drawing *d, struct xenpt_error *err);
enum xenpt_code draw_tree(struct drawing *d, struct xenpt_error *err);
enum xenpt_code draw_walk(struct drawing *d, struct xenpt_error *err);
enum xenpt_code draw_sharing(struct drawing *d, struct xenpt_error *err);
enum xenpt_code draw_timeline(struct drawing *d, struct xenpt_error *err);
enum xenpt_code draw_exposure(struct drawing *d, struct xenpt_error *err);
enum xenpt_code dot_tree(struct drawing *d, struct xenpt_error *err);
enum xenpt_code dot_sharing(struct drawing *d, struct xenpt_error *err);
enum xenpt_code draw_html(struct drawing *d, struct xenpt_error *err);

#endif
