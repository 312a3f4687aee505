/* layouts.h - layouts that were read: each once, however many scenarios have it. */
#ifndef XENPT_SCENARIO_LAYOUTS_H
#define XENPT_SCENARIO_LAYOUTS_H

#include "xenpt/layout.h"

struct layouts {
    struct kept *list;
    size_t nr;
};

/* As xenpt_layout_open(); what it returns is the list's. */
enum xenpt_code layouts_open(struct layouts *l, const char *name, struct xenpt_layout **ret,
                             struct xenpt_error *err);
/* Takes one over that was read from a file; on failure it is closed. */
enum xenpt_code layouts_keep(struct layouts *l, struct xenpt_layout *layout,
                             struct xenpt_error *err);
void layouts_fini(struct layouts *l);

#endif
