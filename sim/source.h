/* source.h - the machine that a command looks at, and the contexts of it that were asked for. */
#ifndef SIM_SOURCE_H
#define SIM_SOURCE_H

#include "settings.h"

struct source {
    struct xenpt_image *image;
    struct xenpt_view view; /* The image's, with the contexts below in place of its own. */
    struct xenpt_context *contexts;
    const struct xenpt_context **shown; /* Those asked for, in order. */
    size_t nr_shown;
};

enum xenpt_code source_open(struct source *ret, const char *path, const struct settings *settings,
                            struct xenpt_error *err);
void source_close(struct source *s);

#endif
