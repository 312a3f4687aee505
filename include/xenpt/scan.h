/**
 * @file scan.h
 * Every range of a tree of page tables, in the order of its input addresses.
 *
 * Every input address belongs to exactly one range: a page, a hole, an illegal entry, a table
 * outside memory, or a subtree that was met before.  A table is read once, however often it
 * is reached, so the work is bounded by the number of tables - also where an entry points
 * back at a table it is reached through, as linear page tables do.
 */
#ifndef XENPT_SCAN_H
#define XENPT_SCAN_H

#include "xenpt/paging.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What a range is. */
enum xenpt_range_kind {
    XENPT_RANGE_PAGES,     /**< Mapped. */
    XENPT_RANGE_HOLE,      /**< Not present. */
    XENPT_RANGE_MALFORMED, /**< An entry is not legal. */
    XENPT_RANGE_NO_MEMORY, /**< An entry points at a table outside memory. */
    XENPT_RANGE_SHARED,    /**< The same table, at the same level, as at xenpt_range::same_as. */
    XENPT_RANGE_LINEAR,    /**< A table on the way here, used again at a lower level. */
    XENPT_NR_RANGE_KINDS,  /**< How many there are. */
};

/** One range. */
struct xenpt_range {
    uint64_t first;     /**< First input address... */
    uint64_t last;      /**< ...and last. */
    uint64_t out;       /**< PAGES: where @ref first leads; else the table meant, or 0. */
    uint64_t entry;     /**< The entry of @ref first, as it stands in its table. */
    uint64_t granted;   /**< Bits that every level grants; see xenpt_rights(). */
    uint64_t same_as;   /**< SHARED, LINEAR: input address where the table was first met. */
    uint8_t level;      /**< Level of that entry: 1 for 4 KiB pages; 0 for a hole that
                             several levels share. */
    uint8_t kind;       /**< An enum xenpt_range_kind. */
    uint8_t same_level; /**< LINEAR: level at which the table was first met. */
};

/** What a scan is to do; all zero: every leaf entry by itself, pages only, nothing twice. */
struct xenpt_scan_options {
    uint64_t first; /**< Part of the input space to scan, from here... */
    uint64_t last;  /**< ...to here, included; both 0: all. */
    /**
     * Bits of the leaf that must be equal, beside the effective rights and a continuing
     * @ref xenpt_range::out, for neighbours to be one range; see @ref merge.
     */
    uint64_t same;
    bool merge;     /**< Make one range of neighbouring pages of equal rights and size. */
    bool holes;     /**< Report holes; neighbouring ones are always one range. */
    bool unfold;    /**< Follow shared and linear entries as the processor would: every leaf
                         through every path.  The work is then bounded by @ref limit only. */
    bool any_order; /**< Ranges may come in any order: tables are read in the order in which
                         they lie in memory, which is faster. */
    uint64_t limit; /**< Stop with #XENPT_ERANGE after this many entries; 0: none. */
};

/** Gets @p n ranges at a time, 1 or more.  @return False: stop. */
typedef bool (*xenpt_range_fn)(void *ctx, const struct xenpt_range ranges[], size_t n);

/** What a scan met. */
struct xenpt_scan_counts {
    uint64_t tables;    /**< Tables read; one that is shared counts once unless unfolded. */
    uint64_t leaves;    /**< Entries that map a page. */
    uint64_t malformed; /**< Entries that are present and illegal. */
    uint64_t shared;    /**< Entries that lead to a subtree met before. */
    uint64_t linear;    /**< Entries that lead back to a table on their own path. */
    uint64_t ranges;    /**< Ranges reported. */
};

/**
 * Scans a tree.
 * @param opt     May be NULL: all zero.
 * @param counts  May be NULL.
 * @return #XENPT_OK, #XENPT_ESTOPPED by @p fn, #XENPT_ERANGE at the limit or for an
 *         impossible part, #XENPT_ENOMEM.
 */
XENPT_API XENPT_CHECK enum xenpt_code
xenpt_scan(const struct xenpt_paging *pg, const struct xenpt_reader *mem,
           const struct xenpt_scan_options *opt, xenpt_range_fn fn, void *ctx,
           struct xenpt_scan_counts *counts, struct xenpt_error *err);

#ifdef __cplusplus
}
#endif

#endif
