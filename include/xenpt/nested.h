/**
 * @file nested.h
 * Two-dimensional walks: a guest's format over a second stage.
 *
 *        guest CR3 -> [L4] -> [L3] -> [L2] -> [L1] -> page
 *              |       |       |       |       |       |
 *            EPT/NPT  ...     ...     ...     ...     EPT/NPT       each: one second-stage walk
 *
 * Each arrow into a guest table, and the last into the page, is a guest-physical address that
 * the second stage has to translate: (g + 1)(h + 1) - 1 references for g guest levels over h
 * host levels, 24 for 4 over 4.
 */
#ifndef XENPT_NESTED_H
#define XENPT_NESTED_H

#include "xenpt/judge.h"

#ifdef __cplusplus
extern "C" {
#endif

/** The record of a two-dimensional walk. */
struct xenpt_walk2 {
    struct xenpt_walk guest; /**< First stage; xenpt_step::at is guest-physical, and so is out. */
    /**
     * Second-stage walks, in order: of the address of each guest entry that was read, then,
     * if the guest's walk is MAPPED, of the address it leads to.
     */
    struct xenpt_walk second[XENPT_TOP_MAX + 1];
    unsigned int nr_second;     /**< Of @ref second. */
    enum xenpt_outcome outcome; /**< MAPPED: both stages have a translation. */
    uint64_t out;               /**< Machine address; valid if MAPPED, else 0. */
    uint64_t span;              /**< The smaller of both stages' spans for the page. */
    unsigned int references;    /**< Entries read from memory, in both dimensions. */
};

/**
 * Follows one guest-virtual address through both stages.  A second stage that does not let
 * the processor reach a guest table ends the walk as SECOND_STAGE.
 *
 * @param guest   First stage, with guest-physical root; unpaged is fine.
 * @param second  An EPT or NPT paging.
 * @return ret->outcome.
 */
XENPT_API enum xenpt_outcome xenpt_walk2(const struct xenpt_paging *guest,
                                         const struct xenpt_paging *second,
                                         const struct xenpt_reader *mem, uint64_t in,
                                         struct xenpt_walk2 *ret);

/** Most updates that one two-dimensional access can make. */
#define XENPT_UPDATES2_MAX ((XENPT_TOP_MAX + 1) * XENPT_TOP_MAX + XENPT_TOP_MAX)

/** A change to an entry of either stage. */
struct xenpt_update2 {
    struct xenpt_update update; /**< The change; @ref xenpt_update::at is a machine address. */
    bool second;                /**< The entry is the second stage's. */
};

/** What judge found about a two-dimensional walk. */
struct xenpt_verdict2 {
    bool allowed;             /**< The access goes through. */
    enum xenpt_rule_id rule;  /**< What refused it, else NONE. */
    bool second;              /**< The second stage refused it: a VM exit, not an exception. */
    unsigned int which;       /**< If so, the index of the walk in xenpt_walk2::second. */
    uint8_t level;            /**< Level of the entry that decided; 0: none did. */
    uint64_t bits;            /**< The bits of that entry that decided. */
    struct xenpt_fault fault; /**< What software sees: the guest's, or the hypervisor's. */
    unsigned int nr_updates;  /**< Of @ref update, in order. */
    struct xenpt_update2 update[XENPT_UPDATES2_MAX]; /**< A and D flags to be set. */
};

/**
 * Weighs the record of a two-dimensional walk.
 *
 * Model: each guest-physical access is an access of its own.  The second stage's A and D
 * flags are set for every one that succeeded, the guest's own once its whole walk is allowed,
 * and before the page's own second-stage walk is judged; so a fault there leaves the guest's
 * A and D set.  QEMU's and Bochs's SVM agree.
 */
XENPT_API void xenpt_judge2(const struct xenpt_paging *guest, const struct xenpt_paging *second,
                            const struct xenpt_walk2 *walk, const struct xenpt_access *access,
                            struct xenpt_verdict2 *ret);

/* --- Many addresses ------------------------------------------------------------------------ */

/**
 * Memory of walks done before, as a processor's paging-structure caches: where the L1 table
 * of a region is.  It speeds up xenpt_translate2().
 *
 * A cache belongs to one thread and one pair of pagings over one reader.  It does not notice
 * changes of memory: flush it when tables change, as software must flush a TLB.
 */
struct xenpt_cache;

/** A cache of 2^@p order regions for each stage; @p order 4 to 20. */
XENPT_API XENPT_CHECK enum xenpt_code
xenpt_cache_create(unsigned int order, struct xenpt_cache **ret, struct xenpt_error *err);
/** Frees a cache; NULL is fine. */
XENPT_API void xenpt_cache_destroy(struct xenpt_cache *cache);
/** Forgets everything. */
XENPT_API void xenpt_cache_flush(struct xenpt_cache *cache);

/** The short form of a two-dimensional walk and its verdict. */
struct xenpt_translation2 {
    uint64_t out;    /**< Machine address; valid if outcome is MAPPED. */
    uint64_t gaddr;  /**< Guest-physical address of the page, or of the entry refused. */
    uint64_t code;   /**< As xenpt_fault::code. */
    uint8_t outcome; /**< An enum xenpt_outcome. */
    uint8_t rule;    /**< The enum xenpt_rule_id that refused; 0: allowed. */
    uint8_t fault;   /**< An enum xenpt_fault_kind. */
    bool second;     /**< The second stage refused. */
};

/**
 * Walks and judges one address through both stages.
 * Agrees with xenpt_walk2() and xenpt_judge2() in every member.
 * @param ask    From xenpt_ask_init() with @p guest.
 * @param cache  May be NULL.
 * @return Whether the access is allowed.
 */
XENPT_API bool xenpt_translate2(const struct xenpt_paging *guest, const struct xenpt_paging *second,
                                const struct xenpt_reader *mem, const struct xenpt_ask *ask,
                                struct xenpt_cache *cache, uint64_t in,
                                struct xenpt_translation2 *ret);

/**
 * Walks and judges @p n addresses through both stages; the same answers as @p n calls of
 * xenpt_translate2(), but, with a cache, with the memory accesses of many walks under way at
 * once.
 * @param cache  May be NULL.
 * @return How many were allowed.
 */
XENPT_API size_t xenpt_translate2_many(const struct xenpt_paging *guest,
                                       const struct xenpt_paging *second,
                                       const struct xenpt_reader *mem, const struct xenpt_ask *ask,
                                       struct xenpt_cache *cache, size_t n, const uint64_t in[],
                                       struct xenpt_translation2 ret[]);

#ifdef __cplusplus
}
#endif

#endif
