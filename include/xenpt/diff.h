/**
 * @file diff.h
 * What one context maps and another does not: two states of one machine, two dumps, two contexts.
 *
 * Addresses are compared by what an access comes to: where they lead, with which rights, by which
 * pages; not entry by entry.  A table that was met before is one thing (#XENPT_MAP_SHARED), and
 * what differs in it is told where it was met first.
 */
#ifndef XENPT_DIFF_H
#define XENPT_DIFF_H

#include "xenpt/map.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What became of some addresses. */
enum xenpt_diff_kind {
    XENPT_DIFF_NEW,      /**< The first context has nothing there. */
    XENPT_DIFF_GONE,     /**< The second one has nothing there. */
    XENPT_DIFF_CHANGED,  /**< Both have something: see #xenpt_diff_part. */
    XENPT_NR_DIFF_KINDS, /**< How many there are. */
};

/** "new", "gone", "changed". */
XENPT_API const char *xenpt_diff_kind_name(enum xenpt_diff_kind kind);

/** In what it differs; bits. */
enum xenpt_diff_part {
    XENPT_DIFF_KIND,     /**< Pages, a table met before, illegal entries: enum xenpt_map_kind. */
    XENPT_DIFF_TARGET,   /**< Machine address, or the table meant. */
    XENPT_DIFF_GUEST,    /**< Guest-physical address, under a second stage. */
    XENPT_DIFF_RIGHTS,   /**< Rights in effect. */
    XENPT_DIFF_PAGE,     /**< The size of pages. */
    XENPT_DIFF_FLAGS,    /**< Other flags of the entries, but A, D and those that software owns. */
    XENPT_NR_DIFF_PARTS, /**< How many there are. */
};

/** "kind", "target", "guest", "rights", "page", "flags". */
XENPT_API const char *xenpt_diff_part_name(enum xenpt_diff_part part);

/** Addresses in a row that differ in one way. */
struct xenpt_difference_range {
    uint64_t first;            /**< First input address... */
    uint64_t last;             /**< ...and last. */
    enum xenpt_diff_kind kind; /**< What became of them. */
    unsigned int parts;        /**< #XENPT_DIFF_CHANGED: bit p set: enum xenpt_diff_part p. */
    /** What the first context has there, from @ref first to @ref last; without
     *  #XENPT_DIFF_NEW.  Its leaves are those of a range that this is a part of. */
    struct xenpt_map_range before;
    struct xenpt_map_range after; /**< And the second one; without #XENPT_DIFF_GONE. */
};

/** How much was reported. */
struct xenpt_diff_counts {
    uint64_t ranges[XENPT_NR_DIFF_KINDS]; /**< Ranges. */
    uint64_t bytes[XENPT_NR_DIFF_KINDS];  /**< And the input addresses in them. */
};

/** Gets one range, which is valid during the call.  @return False: stop. */
typedef bool (*xenpt_diff_fn)(void *ctx, const struct xenpt_difference_range *range);

/** A context, and the view that it is of. */
struct xenpt_diff_side {
    const struct xenpt_view *view;       /**< Memory. */
    const struct xenpt_context *context; /**< What is mapped there. */
};

/**
 * Reports, in ascending order, which addresses differ from @p before to @p after.
 *
 * Work and memory are as of two maps, both folded.
 * @param counts  May be NULL.
 * @return #XENPT_OK; #XENPT_ESTOPPED by @p fn; #XENPT_ENOMEM.
 */
XENPT_API XENPT_CHECK enum xenpt_code
xenpt_diff(const struct xenpt_diff_side *before, const struct xenpt_diff_side *after,
           xenpt_diff_fn fn, void *ctx, struct xenpt_diff_counts *counts, struct xenpt_error *err);

#ifdef __cplusplus
}
#endif

#endif
