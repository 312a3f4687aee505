/**
 * @file compare.h
 * Is one view's machine the other's, up to the frames that an allocator chose?
 *
 * The first view has an explainer, which says of each entry what it would accept in its place:
 * a simulated machine, the model.  The second is what is held against it, a memory image's.  Both
 * trees are followed from pairs of roots; the frames that the model has for a table or a page and
 * those that the image has must correspond one to one, wherever they are met.
 */
#ifndef XENPT_COMPARE_H
#define XENPT_COMPARE_H

#include "xenpt/view.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What an entry turned out to be. */
enum xenpt_compared {
    XENPT_EXACT,       /**< As predicted. */
    XENPT_ALLOWED,     /**< Not as predicted, and a rule accepts it. */
    XENPT_UNEXPLAINED, /**< There, and no rule accepts it. */
    XENPT_MISSING,     /**< Predicted, and not there. */
    XENPT_OPAQUE,      /**< Another's to decide: neither it nor what is below was looked at. */
    XENPT_NR_COMPARED, /**< How many there are. */
};

/** "exact", "allowed", "unexplained", "missing", "opaque". */
XENPT_API const char *xenpt_compared_name(enum xenpt_compared compared);

/** Contexts that correspond. */
struct xenpt_pair {
    const struct xenpt_context *model; /**< The model's... */
    const struct xenpt_context *image; /**< ...and the image's. */
};

/** Contexts that correspond, and those left over. */
struct xenpt_pairing {
    struct xenpt_pair *pairs; /**< In the order of the model; a root of the image that is one more
                                 of a kind and a domain is paired, too. */
    size_t nr_pairs;          /**< Of @ref pairs. */
    const struct xenpt_context **lone_model; /**< Of the model, with nothing to pair them with. */
    size_t nr_lone_model;                    /**< Of @ref lone_model. */
    const struct xenpt_context **lone_image; /**< Of the image. */
    size_t nr_lone_image;                    /**< Of @ref lone_image. */
};

/**
 * Pairs contexts by kind and domain: equal kinds, and domains that have roots of equal kinds.
 * Contexts without a kind, and those under a second stage, are left out; of those with the same
 * root, the first counts.  Among several, those are paired that look the same, frames apart, and
 * lead to what those of paired CPUs lead to; of the rest, those that differ least.  A kind of which
 * some root of the image is nobody's is paired by looks alone, whosever it is in the model.
 *
 * @param model  With an explainer.
 * @param image  Contexts of the image, in the order in which to take them.
 * @param ret    Free it with xenpt_pairing_fini().  Contexts are borrowed.
 * @return #XENPT_OK, whatever is left over; #XENPT_ESTATE for a model without an explainer of
 *         entries; #XENPT_ENOMEM.
 */
XENPT_API XENPT_CHECK enum xenpt_code
xenpt_pair_contexts(const struct xenpt_view *model, const struct xenpt_view *memory,
                    const struct xenpt_context *const image[], size_t nr_image,
                    struct xenpt_pairing *ret, struct xenpt_error *err);
/** Frees what a pairing holds. */
XENPT_API void xenpt_pairing_fini(struct xenpt_pairing *pairing);

/** An entry that is unexplained or missing, or one that is allowed, if those are asked for. */
struct xenpt_difference {
    const struct xenpt_pair *pair; /**< Whose tables it was met in first. */
    enum xenpt_compared compared;  /**< What it is. */
    unsigned int level;            /**< Level of the table it lies in. */
    uint64_t in;                   /**< First input address that it speaks for. */
    uint64_t at;                   /**< Machine address of the image's entry... */
    uint64_t found;                /**< ...its value... */
    uint64_t expected;             /**< ...and the value that was expected, with the address that
                                        the image has for the frame, if it has been met. */
    const char *reason;            /**< What is wrong, in words. */
    struct xenpt_entry_explanation why; /**< What the model says of it; all zero: nothing. */
};

/** Gets one difference, which is valid during the call.  @return False: stop. */
typedef bool (*xenpt_difference_fn)(void *ctx, const struct xenpt_difference *difference);

/** Entries of one area, by what they turned out to be. */
struct xenpt_area_count {
    const char *area;                    /**< Its name; NULL: what no area is known of. */
    uint64_t entries[XENPT_NR_COMPARED]; /**< Index: enum xenpt_compared. */
};

/** What a comparison counted. */
struct xenpt_comparison {
    uint64_t entries[XENPT_NR_COMPARED]; /**< Index: enum xenpt_compared. */
    struct xenpt_area_count *areas;      /**< In the order in which they were met. */
    size_t nr_areas;                     /**< Of @ref areas. */
    uint64_t tables;                     /**< Pairs of tables that were followed. */
    uint64_t frames;                     /**< Frames that correspond one to one. */
};

/** What to do; all zero: the usual. */
struct xenpt_compare_options {
    bool allowed; /**< Report entries that are allowed, too. */
};

/**
 * Compares.  Each pair of tables is followed once, with the first pair of contexts that leads
 * there.
 * @param opt  May be NULL.
 * @param fn   Gets differences as they are met; may be NULL.
 * @param ret  Free it with xenpt_comparison_fini().
 * @return #XENPT_OK, whatever differs; #XENPT_ESTATE for a model without an explainer of entries,
 *         or a pair of different formats; #XENPT_ESTOPPED by @p fn; #XENPT_ENOMEM.
 */
XENPT_API XENPT_CHECK enum xenpt_code
xenpt_compare(const struct xenpt_view *model, const struct xenpt_view *image,
              const struct xenpt_pair pairs[], size_t nr_pairs,
              const struct xenpt_compare_options *opt, xenpt_difference_fn fn, void *ctx,
              struct xenpt_comparison *ret, struct xenpt_error *err);
/** Frees what a comparison holds. */
XENPT_API void xenpt_comparison_fini(struct xenpt_comparison *comparison);

#ifdef __cplusplus
}
#endif

#endif
