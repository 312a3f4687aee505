/* finding.h - roots that nobody named: those of a Xen in the image. */
#ifndef SIM_FINDING_H
#define SIM_FINDING_H

#include "source.h"

struct finding {
    struct xenpt_layout *layout; /* The one of --layout, or NULL. */
    struct xenpt_roots *roots;   /* NULL: none were looked for. */
    struct xenpt_report_found found;
    char name[64];
};

/* Looks for roots in an image, unless --root or --context say which ones matter. */
enum xenpt_code finding_begin(struct finding *ret, const struct source *source,
                              const struct settings *settings, struct xenpt_error *err);
/* Looks for them whatever else is given; own: the layout to take if several fit equally, or NULL.
 * Once it was called, even if it failed, finding_end() is. */
enum xenpt_code finding_all(struct finding *ret, const struct source *source, const char *path,
                            const struct settings *settings, const struct xenpt_layout *own,
                            struct xenpt_error *err);
void finding_end(struct finding *f);

#endif
