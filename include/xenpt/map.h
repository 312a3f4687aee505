/**
 * @file map.h
 * What a context maps: every range, with the rights that hold in effect, in the order of its
 * addresses.
 *
 * Where scan.h reports entries, this reports what a reader asks about: neighbours that differ
 * in nothing that matters are one range, and under a second stage a range says where in
 * machine memory it ends up and what both stages together allow.
 */
#ifndef XENPT_MAP_H
#define XENPT_MAP_H

#include "xenpt/scan.h"
#include "xenpt/view.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What a range is. */
enum xenpt_map_kind {
    XENPT_MAP_PAGES,     /**< Mapped, through both stages if there are two. */
    XENPT_MAP_SHARED,    /**< The same table, at the same level, as at @ref
                              xenpt_map_range::same_as; see #xenpt_map_options::unfold. */
    XENPT_MAP_LINEAR,    /**< A table on the way here, used again at a lower level. */
    XENPT_MAP_MALFORMED, /**< Entries that are present and not legal. */
    XENPT_MAP_NO_MEMORY, /**< Tables outside memory, or that the second stage keeps from the
                              processor. */
    XENPT_MAP_NO_SECOND, /**< Mapped by the first stage, and not by the second. */
    XENPT_NR_MAP_KINDS,  /**< How many there are. */
};

/** "pages", "shared", "linear", "malformed", "no-memory", "no-second-stage". */
XENPT_API const char *xenpt_map_kind_name(enum xenpt_map_kind kind);

/** The entries that a range was made of, in one stage. */
struct xenpt_map_leaf {
    uint64_t entry; /**< The entry of the first address. */
    uint64_t all;   /**< Bits that all of the entries have; address bits say nothing. */
    uint64_t any;   /**< Bits that some of the entries have. */
    uint8_t level;  /**< Level of the table they lie in; 0: there is none. */
};

/** One range. */
struct xenpt_map_range {
    uint64_t first;   /**< First input address... */
    uint64_t last;    /**< ...and last. */
    uint64_t maddr;   /**< PAGES: machine address of @ref first; else of the table that is
                           meant, or 0. */
    uint64_t gaddr;   /**< Under a second stage: guest-physical address of @ref first, or of
                           the table. */
    uint64_t same_as; /**< SHARED, LINEAR: input address where the table was first met. */
    uint64_t leaves;  /**< Pages, or entries, that it was made of. */
    struct xenpt_map_leaf leaf;   /**< First stage. */
    struct xenpt_map_leaf second; /**< Second stage, if there is one. */
    unsigned int rights;      /**< Bit r set: enum xenpt_right r holds in effect, at all levels of
                                   both stages.  SHARED, LINEAR: no page behind it has more. */
    enum xenpt_map_kind kind; /**< What it is. */
    bool repeated;            /**< All of its pages lead to one, at @ref maddr. */
    bool scattered;           /**< Its pages lead here and there, the first one to @ref maddr. */
    uint8_t same_level;       /**< LINEAR: level at which the table was first met. */
    const char *page;         /**< PAGES: "4K", "2M", ...: the smaller of both stages' pages. */
};

/** What is asked for; all zero: everything, merged, folded, without limit. */
struct xenpt_map_options {
    uint64_t first;     /**< Part of the input addresses, from here... */
    uint64_t last;      /**< ...to here, included; both 0: all. */
    bool writable;      /**< Only pages that can be written... */
    bool executable;    /**< ...and from which can be fetched, in either mode... */
    bool user;          /**< ...and that are user-mode addresses. */
    const char *area;   /**< Only pages whose first or last byte the view's explainer says to
                             lie in the area of this name; NULL: all. */
    unsigned int kinds; /**< Bit k set: report ranges of enum xenpt_map_kind k; 0: all. */
    bool repeats;       /**< Neighbours that lead to one and the same page become one range,
                             too; see xenpt_map_range::repeated. */
    bool scatter;       /**< So do neighbours wherever they lead; see
                             xenpt_map_range::scattered. */
    bool leaves;        /**< One range for each leaf entry. */
    bool unfold;        /**< Follow shared and linear tables as the processor would, so that
                             every page is met through every path. */
    uint64_t limit;     /**< Fail with #XENPT_ERANGE after this many entries; 0: none. */
    /** Called now and then, with the pages met so far; may be NULL. */
    void (*progress)(void *ctx, uint64_t pages);
    void *progress_ctx; /**< Passed to @ref progress. */
};

/** What was reported. */
struct xenpt_map_counts {
    uint64_t ranges[XENPT_NR_MAP_KINDS]; /**< Ranges, by kind. */
    uint64_t pages;                      /**< Leaf entries in ranges of PAGES... */
    uint64_t bytes;                      /**< ...and the input addresses they map. */
    uint64_t tables;                     /**< First-stage tables read to find them. */
};

/** Gets one range.  It is valid during the call.  @return False: stop. */
typedef bool (*xenpt_map_fn)(void *ctx, const struct xenpt_map_range *range);

/**
 * Reports what @p context maps.
 *
 * Neighbours become one range if they lead to neighbouring memory with pages of one size,
 * equal rights and equal flags; A, D and bits that software owns may differ.
 *
 * @param opt     May be NULL: all zero.
 * @param counts  May be NULL.
 * @return #XENPT_OK; #XENPT_ESTOPPED by @p fn; #XENPT_ERANGE at the limit, or for addresses
 *         that the format has not; #XENPT_ENOMEM.
 */
XENPT_API XENPT_CHECK enum xenpt_code
xenpt_map(const struct xenpt_view *view, const struct xenpt_context *context,
          const struct xenpt_map_options *opt, xenpt_map_fn fn, void *ctx,
          struct xenpt_map_counts *counts, struct xenpt_error *err);

#ifdef __cplusplus
}
#endif

#endif
