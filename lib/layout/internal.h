/* internal.h - a layout being made: named, read, resolved, checked. */
#ifndef XENPT_LAYOUT_INTERNAL_H
#define XENPT_LAYOUT_INTERNAL_H

#include "layout/schema.h"
#include "yaml/doc.h"

/* builtin.c: the files that are compiled in. */
struct builtin {
    struct xenpt_layout_name name;
    const char *text; /* Ends with a NUL. */
};

size_t builtin_rows(const struct builtin **ret);
const struct builtin *builtin_find(const char *name);

/* What users hold, and what it is made of. */
struct layout {
    struct xenpt_layout layout; /* First: it is cast back. */
    struct doc *doc;
    struct raw_layout raw;
};

/* resolve.c: from raw records to areas: references, what is taken over, order.  False: no memory.
 */
bool layout_resolve(struct layout *l, struct mistakes *m);

/* check.c: notes each rule that is broken. */
void layout_check(const struct layout *l, struct mistakes *m);

/* The raw record that an area was made of. */
const struct raw_area *raw_of(const struct layout *l, const struct xenpt_area *area);

#endif
