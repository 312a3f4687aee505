/*
 * edit_entry.h - the entries that an edit makes.
 *
 * Flags of a leaf are told as those of a 4 KiB page, whatever its level: without its address
 * and the mark of a larger page, and with PAT where 4 KiB pages have it.
 */
#ifndef XENPT_ARCH_EDIT_ENTRY_H
#define XENPT_ARCH_EDIT_ENTRY_H

#include "arch/walk_core.h"

/* The flags of a leaf. */
uint64_t edit_leaf_flags(const struct xenpt_format *f, unsigned int level, uint64_t leaf);

/* A leaf that leads to `out` with these flags. */
uint64_t edit_leaf(const struct xenpt_format *f, unsigned int level, uint64_t out, uint64_t flags);

/* Whether an entry is a legal leaf that leads to `out`; else what is wrong with it. */
enum xenpt_code edit_check_leaf(const struct xenpt_paging *pg, unsigned int level, uint64_t out,
                                uint64_t entry, struct xenpt_error *err);

/*
 * An entry that leads to a new table.  What a PAE PDPTE lacks - rights, A and D - is left out.
 * Where the table takes the place of a page, the entry withholds nothing: its parts carry
 * what the page withheld, and also the shadow-stack right, which RW grants from above, stays.
 */
uint64_t edit_table_entry(const struct xenpt_format *f, unsigned int level, uint64_t table,
                          uint64_t flags, bool of_page);

/* Whether an entry leads to a table, legally; else what is wrong with it. */
enum xenpt_code edit_check_table(const struct xenpt_paging *pg, unsigned int level, uint64_t entry,
                                 struct xenpt_error *err);

/* Addresses that an entry which leads to a table can hold: all up to this. */
static inline uint64_t edit_table_reach(const struct xenpt_format *f, unsigned int level)
{
    return f->address & ~f->level[level].rsvd_table;
}

/* Bits that mark a larger page, and mean nothing else in a 4 KiB one. */
uint64_t edit_size_marks(const struct xenpt_format *f);

#endif
