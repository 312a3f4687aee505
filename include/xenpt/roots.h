/**
 * @file roots.h
 * Finding the roots of a Xen in memory, without being told of any.
 */
#ifndef XENPT_ROOTS_H
#define XENPT_ROOTS_H

#include "xenpt/layout.h"
#include "xenpt/view.h"

#ifdef __cplusplus
extern "C" {
#endif

/** The roots of a Xen, and the layout by which they were recognised. */
struct xenpt_roots;

/**
 * Finds the roots of a Xen in the memory of @p view: every L4 that it uses or a guest of it does,
 * and pages that were one (xenpt_root::stale).  Each page of memory is looked at, the tables that
 * lead off what was found are followed.
 *
 * A context that was found is of one of the kinds of xenpt_root_kind_word(), or "hvm-shadow": the
 * L4 that Xen made for a guest under shadow paging.  Its domain is named by the frame of the L3
 * that holds what belongs to it, as "0xfdbb": no table says its number.
 *
 * Where there are HVM or PVH guests, the tables of their physical memory are looked for as well:
 * "ept", by the form of Xen's entries, or "npt", nested paging or the p2m of shadow paging, as a
 * tree of a guest's pages that has no parent and does not map itself.  Whose one is, no table
 * says: it is of the one domain that has a second stage, or else of none that is known.
 *
 * @param layout  The layout of the Xen that is there (borrowed), or NULL: that of those compiled
 *                in which describes it best.
 * @return #XENPT_OK, also if there is no Xen and so no root; #XENPT_EUNSUPPORTED for memory that
 *         cannot be read from end to end; #XENPT_ENOMEM.
 */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_roots_find(const struct xenpt_view *view,
                                                       const struct xenpt_layout *layout,
                                                       struct xenpt_roots **ret,
                                                       struct xenpt_error *err);
/** Frees what was found; contexts taken from it end with it.  NULL is fine. */
XENPT_API void xenpt_roots_free(struct xenpt_roots *roots);

/** What was found: Xen's own first, then domain by domain.  Borrowed.  @return How many. */
XENPT_API size_t xenpt_roots_list(const struct xenpt_roots *roots, const struct xenpt_root **ret);

/** The layout they were recognised by; NULL if none were.  Borrowed. */
XENPT_API const struct xenpt_layout *xenpt_roots_layout(const struct xenpt_roots *roots);

/**
 * Layout @p i of those that describe what was found equally well, the oldest first: that of
 * xenpt_roots_layout() is among them.  Releases may be alike, and of memory that is not all there
 * less can be told.
 * @return Its name and variant, as xenpt_layout_open() takes them (borrowed); NULL: there are no
 *         more, or the layout was given.
 */
XENPT_API const char *xenpt_roots_fit(const struct xenpt_roots *roots, size_t i);

#ifdef __cplusplus
}
#endif

#endif
