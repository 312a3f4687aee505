/**
 * @file edit.h
 * Changing a tree of page tables in a store: map, unmap, split, change rights.
 *
 * These are the edits of a table's owner, who may write any entry: whether Xen would let a
 * guest do so is another module's question.
 *
 * An edit is done wholly or not at all: when one of these fails, every translation, every byte
 * of every table and the allocator are what they were.
 *
 * A table is freed when the one entry that leads to it goes.  Entries that lead back to a
 * table on their own way (linear page tables) free nothing; an edit that goes through one and
 * changes what it has still to go through is refused with #XENPT_ESTATE.  A table that is reached
 * in several ways, or is not the tree's own, is for the caller to keep, by clearing the entries
 * that lead to it with xenpt_edit_set_entry(), which frees nothing either.
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
    /**
     * What an entry that leads to a new table carries, its address left out: P and rights, or
     * EPT's rights.  A PAE PDPTE does without what it cannot carry of rights, A and D; and
     * where a page is split the entry grants every right, as its parts withhold what the page
     * did.
     */
    uint64_t table_flags;
};

/** A stretch of input addresses and what to make of it. */
struct xenpt_mapping {
    uint64_t first;         /**< First input address, page-aligned... */
    uint64_t last;          /**< ...and last, the last byte of a page. */
    uint64_t out;           /**< Where @ref first is to lead; page-aligned. */
    uint64_t flags;         /**< What a leaf carries, its address and the mark of a larger page
                                 left out; PAT at the place that 4 KiB pages have it. */
    unsigned int max_level; /**< The largest pages to use: 1 to 3; 0: as large as fits. */
};

/**
 * Maps a stretch, with pages as large as alignment, the format and max_level allow.
 * What was mapped there before is replaced; a larger page that the stretch cuts is split.
 * @return #XENPT_OK, #XENPT_ERANGE for what is no stretch of this format, for flags that reach
 *         into the address, for an address that an entry cannot hold, where a table lies
 *         outside memory, and when no frame is left for a table; #XENPT_ESTATE where an entry
 *         is or would be illegal, and when a table cannot be given back; #XENPT_ENOMEM.  The
 *         other calls fail for the same reasons.
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
 * holes.  @p set and @p clear may not name address bits or bits that make a page a page, nor
 * the same bit; PAT is named at the place that 4 KiB pages have it.
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
 * Writes the entry at @p level that @p in passes through, making the tables above it and
 * splitting a page there.  For what the calls above cannot say: illegal entries, linear page
 * tables.  An illegal entry above @p level is an error; what the entry led to is not freed.
 */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_edit_set_entry(const struct xenpt_tree *tree,
                                                           uint64_t in, unsigned int level,
                                                           uint64_t entry, struct xenpt_error *err);

/**
 * Frees every table of a tree, each once, the root included; pages that it maps are left
 * alone.
 */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_edit_destroy(const struct xenpt_tree *tree,
                                                         struct xenpt_error *err);

#ifdef __cplusplus
}
#endif

#endif
