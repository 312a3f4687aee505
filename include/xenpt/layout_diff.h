/**
 * @file layout_diff.h
 * What differs from one layout to another.
 */
#ifndef XENPT_LAYOUT_DIFF_H
#define XENPT_LAYOUT_DIFF_H

#include "xenpt/layout.h"

#ifdef __cplusplus
extern "C" {
#endif

/** How two layouts differ in one thing. */
enum xenpt_change_kind {
    XENPT_CHANGE_NEW,      /**< An area, or a part of one, that was not there. */
    XENPT_CHANGE_GONE,     /**< One that is not there any more. */
    XENPT_CHANGE_MOVED,    /**< An area of the same size at another address. */
    XENPT_CHANGE_RESIZED,  /**< An area of another size. */
    XENPT_CHANGE_VALUE,    /**< Some key has another value. */
    XENPT_NR_CHANGE_KINDS, /**< How many there are. */
};

/** "new", "gone", "moved", "resized", "changed". */
XENPT_API const char *xenpt_change_name(enum xenpt_change_kind kind);

/** One difference.  Pointers are good until the function that is given it returns. */
struct xenpt_layout_change {
    enum xenpt_change_kind kind;       /**< What it is. */
    const struct xenpt_area *old_area; /**< The area in the one layout; NULL: none. */
    const struct xenpt_area *new_area; /**< The area in the other; both NULL: it is no area's. */
    const char *part;                  /**< The part of the area, or NULL. */
    const char *root;                  /**< The one kind of root that this is so in, or NULL. */
    const char *record;                /**< No area's: "image", "stack", "xpti", or NULL. */
    const char *key;                   /**< #XENPT_CHANGE_VALUE: the key, as files have it. */
    const char *before;                /**< And its value in the one; "" for none. */
    const char *after;                 /**< In the other. */
};

/** Gets one difference.  @return False: stop. */
typedef bool (*xenpt_layout_change_fn)(void *ctx, const struct xenpt_layout_change *change);

/** Tells of all differences, area by area in the order of @p b.  What is prose does not count. */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_layout_diff(const struct xenpt_layout *a,
                                                        const struct xenpt_layout *b,
                                                        xenpt_layout_change_fn fn, void *ctx,
                                                        struct xenpt_error *err);

#ifdef __cplusplus
}
#endif

#endif
