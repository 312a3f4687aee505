/* areas.h - addresses of an image, named by areas of the layout that --layout states. */
#ifndef SIM_AREAS_H
#define SIM_AREAS_H

#include "xenpt/roots.h"

struct areas;

/*
 * An explainer that names what the view's own, of symbols, does not.
 * @param view  The image; borrowed, with its explainer, as long as what is made.
 */
enum xenpt_code areas_create(struct areas **ret, const struct xenpt_view *view, const char *layout,
                             struct xenpt_error *err);
void areas_destroy(struct areas *areas);
const struct xenpt_explainer *areas_explainer(const struct areas *areas);
/* Fails unless the layout has an area of that name. */
enum xenpt_code areas_named(const struct areas *areas, const char *name, struct xenpt_error *err);
/* The same of any layout. */
enum xenpt_code layout_area_named(const struct xenpt_layout *layout, const char *name,
                                  struct xenpt_error *err);
/* Opens the layout that --layout states: a name, or a file if there is a slash in it. */
enum xenpt_code layout_stated(const char *name, struct xenpt_layout **ret, struct xenpt_error *err);

#endif
