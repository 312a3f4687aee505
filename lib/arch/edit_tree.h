/*
 * edit_tree.h - the part of an edit that goes through a tree and changes its tables.
 */
#ifndef XENPT_ARCH_EDIT_TREE_H
#define XENPT_ARCH_EDIT_TREE_H

#include "arch/edit_log.h"
#include "xenpt/edit.h"

/* What is to become of a stretch. */
struct edit_operation {
    enum { EDIT_MAP, EDIT_UNMAP, EDIT_CHANGE } what;
    uint64_t first, last;
    uint64_t out, flags;    /* MAP */
    unsigned int max_level; /* MAP */
    uint64_t set, clear;    /* CHANGE */
};

struct edit {
    struct edit_log log;
    const struct xenpt_paging *pg;
    const struct xenpt_format *f;
    struct edit_operation op;
    uint64_t path[XENPT_TOP_MAX + 1]; /* The tables on the way to the one at hand, by level. */
};

/* An entry, and where it is. */
struct edit_place {
    uint64_t at, entry;
    unsigned int level;
};

/* Entries of the largest table there is: a 2-level format's. */
#define ENTRIES_MAX 1024

/* --- edit_stretch.c ------------------------------------------------------------------------ */

/* Does e->op to its stretch, which is one of this format's. */
enum xenpt_code edit_stretch(struct edit *e);

/* --- edit_tree.c --------------------------------------------------------------------------- */

/* Reads `nr` neighbouring entries of a table, each into 8 bytes. */
enum xenpt_code edit_read(struct edit *e, uint64_t at, unsigned int nr, uint64_t *ret);

/* Writes `nr` neighbouring entries, of a table that this edit has taken or of another one. */
enum xenpt_code edit_write_entries(struct edit *e, uint64_t at, unsigned int nr,
                                   const uint64_t *entry, bool is_new);

/* Makes an entry lead to a new table: an empty one, or one of the parts of its page. */
enum xenpt_code edit_grow(struct edit *e, unsigned int level, bool of_page, uint64_t *entry);

/*
 * Goes down towards the entry at `level`, splitting pages on the way, and making tables where
 * there are none if `make`.  ret->level says how far it got: not to `level`, if an entry
 * above it is illegal, or a hole and not to be filled.
 */
enum xenpt_code edit_go_down(struct edit *e, uint64_t in, unsigned int level, bool make,
                             struct edit_place *ret);

/* A table that an entry below leads back to, as linear page tables do, is still in use. */
bool edit_on_path(const struct edit *e, uint64_t table);

/* Leaves a table of this level and every table below it. */
enum xenpt_code edit_leave_tree(struct edit *e, unsigned int level, uint64_t table);

#endif
