/**
 * @file share.h
 * Which tables contexts have in common, and from which level down: asked of the tables, slot by
 * slot.
 */
#ifndef XENPT_SHARE_H
#define XENPT_SHARE_H

#include "xenpt/scan.h"
#include "xenpt/view.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Contexts whose roots have the same entry in a slot; A and D may differ. */
struct xenpt_share_group {
    uint64_t entry;        /**< The entry, as the first of them has it. */
    uint64_t target;       /**< Where it leads: a table, or a page. */
    enum xenpt_role role;  /**< What it is. */
    bool itself;           /**< It leads to the root that it stands in: a linear page table. */
    bool has_twin;         /**< An earlier slot of these contexts leads there, too... */
    unsigned int twin;     /**< ...this one. */
    const size_t *members; /**< Which contexts, as positions in the list. */
    size_t nr_members;     /**< Of @ref members. */
};

/** How the trees behind two groups of a slot, which begin with different tables, meet. */
struct xenpt_share_meeting {
    size_t a;           /**< The one group... */
    size_t b;           /**< ...and the other. */
    unsigned int level; /**< Level of the highest tables that both trees have, at the same
                             addresses; 0: they have at most pages in common. */
    uint64_t tables;    /**< Tables of that level that they have in common... */
    uint64_t of;        /**< ...of so many that either of them has there. */
    uint64_t pages;     /**< Pages that both map at the same addresses, beside those tables. */
    uint64_t others;    /**< Addresses at which both map pages, and not the same. */
    bool cut;           /**< The tables lead to one another in so many ways that not all were
                             followed: the numbers may be too small. */
};

/** One slot of the root table. */
struct xenpt_share_slot {
    unsigned int slot;                          /**< Its number. */
    uint64_t first;                             /**< First input address... */
    uint64_t last;                              /**< ...and last. */
    const struct xenpt_share_group *groups;     /**< Those that have an entry there, larger ones
                                                     first. */
    size_t nr_groups;                           /**< Of @ref groups. */
    const size_t *absent;                       /**< Contexts that have none. */
    size_t nr_absent;                           /**< Of @ref absent. */
    const struct xenpt_share_meeting *meetings; /**< Groups whose trees have something in
                                                     common. */
    size_t nr_meetings;                         /**< Of @ref meetings. */
};

/** Gets one slot, which is valid during the call.  @return False: stop. */
typedef bool (*xenpt_share_fn)(void *ctx, const struct xenpt_share_slot *slot);

/** Groups of a slot that are compared pair by pair: the first so many. */
#define XENPT_SHARE_PAIRS 16u

/**
 * Reports each slot in which at least one of these contexts has an entry, in ascending order.
 *
 * @param contexts  All of one format, with tables; a second stage under them makes their tables'
 *                  addresses a guest's, which have to be those of one guest to be compared.
 * @return #XENPT_OK; #XENPT_ESTOPPED by @p fn; #XENPT_ESTATE for contexts that cannot be
 *         compared; #XENPT_ENOMEM.
 */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_share(const struct xenpt_view *view,
                                                  const struct xenpt_context *const contexts[],
                                                  size_t nr_contexts, xenpt_share_fn fn, void *ctx,
                                                  struct xenpt_error *err);

#ifdef __cplusplus
}
#endif

#endif
