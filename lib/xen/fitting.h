/* fitting.h - a layout that is held against tables, point by point; grouped by file. */
#ifndef XENPT_XEN_FITTING_H
#define XENPT_XEN_FITTING_H

#include "xen/found.h"

/* Areas whose pages are counted. */
#define AREAS_MAX 64

struct fitting {
    const struct found *f;
    enum xenpt_root_kind kind; /* As which the table that is gone through is looked up. */
    struct layout_fit fit;
    uint64_t pages[AREAS_MAX]; /* Index: area.  4K pages met in it... */
    bool lost[AREAS_MAX];      /* ...and whether a table of it is not in memory. */
};

/* What is looked for. */
enum fit_seen {
    FIT_ABSENT,
    FIT_THERE,
    FIT_LOST, /* Tables that may have it are not in memory. */
};

/* --- fit_layout.c -------------------------------------------------------------------------- */

/* For or against the layout. */
void fit_point(struct fitting *g, bool agrees, const char *what, uint64_t at, uint64_t entry);
/* For a page from first to last that has these flags. */
enum fit_seen fit_look(const struct fitting *g, const struct found_table *t, uint64_t first,
                       uint64_t last, uint64_t leaf);
/* A point for a layout if it is there, against it if it is not, and none if it is lost. */
void fit_wants(struct fitting *g, enum fit_seen seen, const char *what, uint64_t at,
               uint64_t entry);
/* All that is below one slot of a table. */
enum xenpt_code fit_slot(struct fitting *g, const struct found_table *t, unsigned int slot,
                         struct xenpt_error *err);

/* --- fit_parts.c --------------------------------------------------------------------------- */

enum xenpt_code fit_image(struct fitting *g, const struct found_table *t, struct xenpt_error *err);
enum xenpt_code fit_stacks(struct fitting *g, const struct found_table *t, struct xenpt_error *err);
void fit_roots(struct fitting *g);
/* The first few XPTI roots, and what the first few domains have. */
enum xenpt_code fit_some(struct fitting *g, struct xenpt_error *err);

#endif
