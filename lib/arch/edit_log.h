/*
 * edit_log.h - an edit under way: what it has written, taken and left behind, so that it can
 * be finished or undone as a whole.
 */
#ifndef XENPT_ARCH_EDIT_LOG_H
#define XENPT_ARCH_EDIT_LOG_H

#include "arch/table_set.h"
#include "xenpt/edit.h"

/* A slice of a table as it was before it was written. */
struct old_slice {
    uint64_t at;
    size_t size;
    size_t bytes; /* Where its old bytes begin in edit_log::bytes. */
};

/* A frame taken for a new table. */
struct taken {
    xenpt_mfn_t mfn;
    bool had_content; /* It was not all zeros: what it held is among the slices. */
};

struct edit_log {
    const struct xenpt_tree *tree;
    struct xenpt_error *err;
    struct old_slice *slice;
    size_t nr_slices, max_slices;
    uint8_t *bytes;
    size_t nr_bytes, max_bytes;
    struct taken *taken; /* Given back if the edit is undone. */
    size_t nr_taken, max_taken;
    uint64_t *left; /* Tables that nothing leads to any more: given back if it is not. */
    size_t nr_left, max_left;
    struct table_set is_left; /* The same, to ask; no slots as long as there is none. */
};

struct edit_log edit_begin(const struct xenpt_tree *tree, struct xenpt_error *err);

/* Ends an edit: keeps it if `code` is XENPT_OK, else undoes all of it.  Returns the outcome. */
enum xenpt_code edit_end(struct edit_log *log, enum xenpt_code code);

/* Writes part of a table. */
enum xenpt_code edit_write(struct edit_log *log, uint64_t at, const void *bytes, size_t size);

/* A new table, which reads as zeros, from the frames whose addresses `address` can hold. */
enum xenpt_code edit_take_table(struct edit_log *log, uint64_t address, uint64_t *ret);

/* Writes part of a table that this edit has taken: undoing drops it, so nothing is noted. */
enum xenpt_code edit_fill(struct edit_log *log, uint64_t at, const void *bytes, size_t size);

/* Nothing leads to this table any more.  Said twice, it is freed once. */
enum xenpt_code edit_leave_table(struct edit_log *log, uint64_t table);

#endif
