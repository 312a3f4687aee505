/**
 * @file edit.h
 * Changing a tree of page tables in a store: map, unmap, split, change rights.
 *
 * These are the edits of a table's owner, who may write any entry: whether Xen would let a
 * guest do so is another module's question.
 */
#ifndef XENPT_EDIT_H
#define XENPT_EDIT_H

#include "xenpt/paging.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A tree that can be changed: where it is and where its new tables come from. */
struct xenpt_tree {
    const struct xenpt_paging *paging; /**< Its format and root. */
    struct xenpt_store *store;         /**< The memory it lies in. */
    struct xenpt_alloc *alloc;         /**< Frames for new tables; emptied ones go back. */
    uint64_t table_flags;              /**< What an entry that leads to a new table carries,
                                            its address left out. */
};

/** A stretch of input addresses and what to make of it. */
struct xenpt_mapping {
    uint64_t first;         /**< First input address, page-aligned... */
    uint64_t last;          /**< ...and last, the last byte of a page. */
    uint64_t out;           /**< Where @ref first is to lead; page-aligned. */
    uint64_t flags;         /**< What a leaf carries, its address and page marks left out; PAT
                                 at the place that 4 KiB pages have it. */
    unsigned int max_level; /**< The largest pages to use: 1 to 3; 0: as large as fits. */
};

/**
 * Maps a stretch, with pages as large as alignment, the format and max_level allow.
 * What was mapped there before is replaced; a larger page that the stretch cuts is split.
 * On failure the tree's translations are what they were.
 */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_edit_map(const struct xenpt_tree *tree,
                                                     const struct xenpt_mapping *mapping,
                                                     struct xenpt_error *err);

/**
 * Unmaps a stretch, splitting pages that it cuts.  Tables that are left with no entry are
 * freed, the root excepted.
 */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_edit_unmap(const struct xenpt_tree *tree,
                                                       uint64_t first, uint64_t last,
                                                       struct xenpt_error *err);

/**
 * Sets and clears bits of every leaf in a stretch, splitting pages that it cuts; holes stay
 * holes.  @p set and @p clear may not name address bits or bits that make a page a page.
 */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_edit_change(const struct xenpt_tree *tree,
                                                        uint64_t first, uint64_t last, uint64_t set,
                                                        uint64_t clear, struct xenpt_error *err);

/**
 * Splits until @p in is mapped at @p level or below, or not at all.  No translation and no
 * right changes; A and D are copied to every part.
 */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_edit_split(const struct xenpt_tree *tree, uint64_t in,
                                                       unsigned int level, struct xenpt_error *err);

/**
 * Writes the entry at @p level that @p in passes through, making the tables above it.
 * For what the calls above cannot say: illegal entries, linear page tables.
 */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_edit_set_entry(const struct xenpt_tree *tree,
                                                           uint64_t in, unsigned int level,
                                                           uint64_t entry, struct xenpt_error *err);

/** Frees every table of a tree, the root included; pages that it maps are left alone. */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_edit_destroy(const struct xenpt_tree *tree,
                                                         struct xenpt_error *err);

#ifdef __cplusplus
}
#endif

#endif
