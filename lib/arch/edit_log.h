/*
 * edit_log.h - an edit under way: what it has written, taken and left behind, so that it can
 * be finished or undone as a whole.
 */
#ifndef XENPT_ARCH_EDIT_LOG_H
#define XENPT_ARCH_EDIT_LOG_H

#include "arch/walk_core.h"
#include "xenpt/edit.h"

/* A slice of a table as it was before it was written. */
struct old_slice {
    uint64_t at;
    size_t size;
    size_t bytes; /* Where its old bytes begin in edit_log::bytes. */
};

/* A growing list of frames. */
struct frames {
    xenpt_mfn_t *mfn;
    size_t nr, max;
};

struct edit_log {
    const struct xenpt_tree *tree;
    struct xenpt_error *err;
    struct old_slice *slice;
    size_t nr_slices, max_slices;
    uint8_t *bytes;
    size_t nr_bytes, max_bytes;
    struct frames taken; /* New tables: given back if the edit is undone. */
    struct frames left;  /* Tables that nothing leads to any more: given back if it is not. */
};

struct edit_log edit_begin(const struct xenpt_tree *tree, struct xenpt_error *err);

/* Ends an edit: keeps it if `code` is XENPT_OK, else undoes all of it.  Returns the outcome. */
enum xenpt_code edit_end(struct edit_log *log, enum xenpt_code code);

/* Writes part of a table. */
enum xenpt_code edit_write(struct edit_log *log, uint64_t at, const void *bytes, size_t size);

/* A new table, not written yet. */
enum xenpt_code edit_take_table(struct edit_log *log, uint64_t *ret);

/* Nothing leads to this table any more. */
enum xenpt_code edit_leave_table(struct edit_log *log, uint64_t table);

#endif
