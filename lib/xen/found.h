/*
 * found.h - the roots of one Xen, while they are being found.
 *
 *     candidates.c     pages that could be one
 *     root_family.c    those that lead to one image and one directmap
 *     choose_layout.c  the layout that says most of what they hold: fit_layout.c, fit_parts.c
 *     root_kinds.c     what each of them is for
 *     stale_roots.c    which of them were roots once
 *     find_shadows.c   what monitor tables lead to
 *     find_p2m.c       second stages, if there are guests that have one
 *     find_roots.c     in this order, and what is said of each
 */
#ifndef XENPT_XEN_FOUND_H
#define XENPT_XEN_FOUND_H

#include "xen/candidates.h"
#include "xenpt/layout.h"
#include "xenpt/scan.h"
#include "xenpt/view.h"

/* A table that may be a root. */
struct found_table {
    uint64_t at;
    uint64_t entry[XENPT_ROOT_SLOTS];
    uint64_t domain;    /* Where its domain's slot leads: equal for tables of one domain. */
    unsigned int kinds; /* Bit k: it may be an enum xenpt_root_kind k. */
    bool in_image;      /* It is the idle table, which lies in Xen's image. */
    bool runs;          /* A CPU runs on it. */
    bool shadows;       /* It is what the shadow slot of a monitor table leads to. */
    bool stale;
    enum xenpt_confidence confidence;
    char why[sizeof(((struct xenpt_root *)NULL)->why)];
};

struct found {
    const struct xenpt_view *view;
    const struct xenpt_layout *layout;
    struct root_slots slots;
    struct xenpt_paging paging; /* With which each of them is read; its root varies. */
    struct found_table *table;
    size_t nr;
    const struct found_table *idle; /* NULL: it was not found. */
    uint64_t image, ram, m2p;       /* Entries that most of the roots have: frames and P. */
};

#define ENTRY_P       XENPT_BIT(0)
#define ENTRY_US      XENPT_BIT(2)
#define ENTRY_PS      XENPT_BIT(7)
#define ENTRY_ADDRESS XENPT_BITS(51, 12)

/* Kinds that a Xen's roots are of. */
#define XEN_KINDS (XENPT_BIT(XENPT_ROOT_LINUX_KERNEL) - 1)

/* Adds to the words that say why. */
__attribute__((format(printf, 2, 3))) void found_say(struct found_table *t, const char *fmt, ...);

/* Where an entry leads, with P; 0: it is absent. */
static inline uint64_t entry_lead(uint64_t entry)
{
    return entry & ENTRY_P ? entry & (ENTRY_ADDRESS | ENTRY_PS | ENTRY_P) : 0;
}

static inline uint64_t slot_lead(const struct found_table *t, unsigned int slot)
{
    return slot == NO_SLOT ? 0 : entry_lead(t->entry[slot]);
}

/* root_family.c.  Reads a table; false: it is not in memory. */
bool found_load(const struct found *f, struct found_table *t, uint64_t at);
/* Puts tables into the order of their addresses. */
void found_in_order(struct found *f);
/* Chooses the image and the directmap that most candidates lead to. */
void family_choose(struct found *f);
/* Whether table `t` is of the same Xen as the others: it has their image and their RAM. */
bool found_of_family(const struct found *f, const struct found_table *t);
/* Finds the idle table, by the layout. */
enum xenpt_code family_find_idle(struct found *f, struct xenpt_error *err);
/* Chooses the guests' M2P, by which XPTI roots are known. */
void family_choose_m2p(struct found *f);
/* Leaves out what is no root of this Xen. */
void family_keep(struct found *f);

/* How well a layout says what is there. */
struct layout_fit {
    unsigned int agree, differ; /* Ranges and entries that it describes, and does not. */
    char first[160];            /* What differs first, in words. */
};

/* choose_layout.c: makes this layout's candidates the tables of `f`. */
enum xenpt_code found_look(struct found *f, const struct xenpt_layout *layout,
                           struct xenpt_error *err);
/* The name of a layout, with its variant. */
struct fit_name {
    char text[XENPT_NAME_MAX];
};

/* The layout that describes them best, or NULL, to be closed; fits: all that do as well, oldest
 * first, to be freed. */
enum xenpt_code found_choose_layout(struct found *f, struct xenpt_layout **ret,
                                    struct fit_name **fits, size_t *nr_fits,
                                    struct xenpt_error *err);

/* find_shadows.c.  A CPU in a guest under shadow paging runs on the shadow: its monitor table is in
 * use, too. */
void found_add_shadows(struct found *f);
/* What became of a monitor table became of the shadow that it leads to. */
void found_follow_monitors(struct found *f);

/* fit_layout.c: how much of what the roots map the layout of `f` describes.  There is a family. */
enum xenpt_code layout_fit(const struct found *f, struct layout_fit *ret, struct xenpt_error *err);

/* root_kinds.c: what a table may be for, and why. */
void find_root_kind(const struct found *f, struct found_table *t);
/* The kind to call a table by: the first that it may be. */
enum xenpt_root_kind root_kind_first(unsigned int kinds);

/* stale_roots.c */
enum xenpt_code stale_roots(struct found *f, struct xenpt_error *err);

/* find_p2m.c: roots of guests' physical memory.  *ret is to be freed. */
enum xenpt_code find_p2m(const struct found *f, struct xenpt_root **ret, size_t *nr,
                         struct xenpt_error *err);

/* Kinds of the roots of guests' physical memory. */
#define P2M_KIND_EPT "ept"
#define P2M_KIND_NPT "npt" /* Shadow paging has it as well, though no processor walks it. */

#endif
