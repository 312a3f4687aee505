/* owners_follow.h - tables and pages behind slots of a root. */
#ifndef XENPT_XEN_OWNERS_FOLLOW_H
#define XENPT_XEN_OWNERS_FOLLOW_H

#include "xen/pieces.h"

/* An entry, at this address; of the page that it maps these bytes count alone. */
struct clip {
    uint64_t at; /* 0: none. */
    uint64_t first, last;
};

/* Tables and pages behind slots of roots. */
struct behind {
    const struct xenpt_view *view;
    const struct xenpt_paging *pg;
    struct pieces tables, pages;
    const uint64_t *roots; /* Ascending. */
    size_t nr_roots;
    bool devices; /* Pages that are not cached count as well; where PCD does not say it, all do. */
    struct clip clips[2];
};

/* What is behind the slots of a root that `is_in` says; the root itself is not part of it.  The
 * view and the roots are in `b`. */
void owners_follow(struct behind *b, const struct xenpt_context *c,
                   bool (*is_in)(const void *ctx, unsigned int slot), const void *ctx);
/* Puts roots into order. */
int owners_by_address(const void *a, const void *b);

#endif
