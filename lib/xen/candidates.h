/*
 * candidates.h - pages that could be a root of Xen, by what a few of their slots hold.
 *
 * A root leads back to itself through one slot, its linear page table; a look at that slot
 * tells a root from nearly everything else in memory.  An XPTI root has no such slot, and is
 * told by its neighbours.  All the slots that are looked at lie side by side, so that a page
 * costs one line of the cache.
 */
#ifndef XENPT_XEN_CANDIDATES_H
#define XENPT_XEN_CANDIDATES_H

#include "xenpt/layout.h"

#define NO_SLOT ~0u

/* The slots by which roots are told apart, as a layout has them.  NO_SLOT: it has none. */
struct root_slots {
    unsigned int m2p;    /* The M2P as guests see it. */
    unsigned int linear; /* The root itself. */
    unsigned int shadow; /* The shadow in use. */
    unsigned int domain; /* What belongs to the domain. */
    unsigned int mirror; /* The same once more. */
    unsigned int image;  /* Xen itself. */
    unsigned int ram;    /* The directmap's first. */
};

struct root_slots root_slots_of(const struct xenpt_layout *layout);
/* Whether the same pages are candidates. */
bool root_slots_alike(const struct root_slots *a, const struct root_slots *b);

/* Machine addresses of pages. */
struct pages {
    uint64_t *at;
    size_t nr, max;
};

struct candidates {
    struct pages linear;  /* Lead back to themselves. */
    struct pages without; /* Could be an XPTI root. */
};

/* Looks at every page of a memory. */
enum xenpt_code candidates_find(const struct xenpt_reader *mem, const struct root_slots *slots,
                                struct candidates *ret, struct xenpt_error *err);
void candidates_fini(struct candidates *c);

#endif
