/**
 * @file who.h
 * Who reaches memory: the contexts and the addresses that lead to a frame, with the rights that
 * hold in effect - the question that page tables answer backwards.
 *
 * A reverse index of a view has each table once for each level that it is used at, with the entries
 * that lead to it.  A question climbs from the entries that map what is asked for up to the roots,
 * and counts on its way: so a frame that linear page tables show at a million addresses costs no
 * more than one that has a few.
 */
#ifndef XENPT_WHO_H
#define XENPT_WHO_H

#include "xenpt/view.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A reverse index of a view, as the view's tables were when it was made. */
struct xenpt_who;

/** What an index is to have; all zero: all contexts, for a question or two. */
struct xenpt_who_options {
    const struct xenpt_context *const *contexts; /**< Those that are asked about; NULL: all of the
                                                      view's. */
    size_t nr_contexts;                          /**< Of @ref contexts. */
    /**
     * Pages are indexed as well: a question reads the tables that map memory within 2 MiB of what
     * is asked for.  Without, one reads all tables of the lowest level again, and the index is
     * smaller: by a word for each L1 table, if what it maps lies together.
     */
    bool pages;
};

/** What an index has. */
struct xenpt_who_counts {
    uint64_t tables;    /**< Tables, once for each level that they are used at. */
    uint64_t entries;   /**< Entries that lead to tables. */
    uint64_t pieces;    /**< If pages are indexed: pieces of memory that tables map pages of, each
                             of the size that a table maps: 2 MiB by L1 tables. */
    uint64_t no_memory; /**< Tables outside memory, as far as they had to be read. */
    uint64_t bytes;     /**< Its size in memory. */
};

/** Addresses of one context, in one slot of its root, that lead there with the same rights. */
struct xenpt_reach {
    const struct xenpt_context *context; /**< Whose. */
    uint64_t first;      /**< The lowest of them, of the first byte that is asked for there... */
    uint64_t last;       /**< ...and the highest, likewise. */
    uint64_t count;      /**< How many there are; UINT64_MAX: so many or more. */
    uint64_t maddr;      /**< Machine address of @ref first. */
    uint64_t gaddr;      /**< Under a second stage: its guest-physical address; else 0. */
    uint64_t at;         /**< Where the entry that maps @ref first is: a machine address, or,
                              under a second stage, a guest-physical one... */
    uint64_t entry;      /**< ...what it holds... */
    uint8_t level;       /**< ...and the level of the table that it is in; 0: not paged. */
    unsigned int rights; /**< Bit r set: enum xenpt_right r holds in effect, in both stages. */
    const char *page;    /**< "4K", "2M": the page that maps it, of the stage nearest to memory
                              that has the smaller one. */
};

/** Gets one of them, which is valid during the call.  @return False: stop. */
typedef bool (*xenpt_reach_fn)(void *ctx, const struct xenpt_reach *reach);

/** What is asked; all zero: folded. */
struct xenpt_who_question {
    uint64_t first; /**< Machine memory, from this byte... */
    uint64_t last;  /**< ...to this one. */
    /** Each address by itself, ascending in each context; else those of a slot of the root that
     *  have the same rights and pages of one size are one. */
    bool unfold;
    uint64_t limit; /**< Fail with #XENPT_ERANGE after so many; 0: none. */
};

/**
 * Makes an index.
 * @param view  Has to live, unchanged, as long as the index does.
 * @param opt   May be NULL: all zero.
 * @return #XENPT_ENOMEM; #XENPT_ERANGE: more than 2^32 tables.
 */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_who_create(const struct xenpt_view *view,
                                                       const struct xenpt_who_options *opt,
                                                       struct xenpt_who **ret,
                                                       struct xenpt_error *err);
/** Frees it; NULL is fine. */
XENPT_API void xenpt_who_destroy(struct xenpt_who *who);

/** What it has. */
XENPT_API struct xenpt_who_counts xenpt_who_size(const struct xenpt_who *who);

/**
 * Reports who reaches a piece of memory: contexts in the view's order, of each the addresses
 * ascending.  A page that has part of it counts once for each 4 KiB of that part.
 *
 * Under a second stage, what a guest calls that memory is looked for first, and then who in the
 * guest reaches it.  An unpaged context reaches all of its memory, by its address.
 *
 * @return #XENPT_OK; #XENPT_ESTOPPED by @p fn; #XENPT_ERANGE at the limit, or if @p question ends
 *         before it begins; #XENPT_ENOMEM.
 */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_who(const struct xenpt_who *who,
                                                const struct xenpt_who_question *question,
                                                xenpt_reach_fn fn, void *ctx,
                                                struct xenpt_error *err);

#ifdef __cplusplus
}
#endif

#endif
