/**
 * @file expose.h
 * What each context exposes of whose memory: contexts by owners, in bytes and ranges that can be
 * read, written and executed; as the tables have it, or under a threat.
 */
#ifndef XENPT_EXPOSE_H
#define XENPT_EXPOSE_H

#include "xenpt/view.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What is feared: who executes, and by what it reads. */
enum xenpt_fear {
    XENPT_FEAR_NONE,         /**< Nobody is: every context, as its tables have it. */
    XENPT_FEAR_GUEST_USER,   /**< User code of a guest. */
    XENPT_FEAR_GUEST_KERNEL, /**< A guest's kernel. */
    XENPT_FEAR_DOM0,         /**< The kernel of the control domain. */
    XENPT_FEAR_XEN,          /**< Xen itself. */
    XENPT_FEAR_MELTDOWN,     /**< Guests' code, on processors with rogue data cache loads. */
    XENPT_FEAR_L1TF,         /**< The same with L1 terminal faults. */
    XENPT_FEAR_SPECTRE_V1,   /**< Xen's code, whose bounds checks are bypassed. */
    XENPT_NR_FEARS,          /**< How many there are. */
};

/** All that is said of a threat: a row. */
struct xenpt_fear_row {
    const char *name;       /**< "meltdown". */
    const char *text;       /**< What is counted, in a sentence or two. */
    const char *source;     /**< Where this is known from. */
    const char *processor;  /**< What makes a processor immune, in words; NULL: nothing does. */
    const char *mitigation; /**< What leaves less of it; NULL: nothing that is modelled. */
};

/** The row of a threat. */
XENPT_API const struct xenpt_fear_row *xenpt_fear_row(enum xenpt_fear threat);

/** How many kinds of access there are. */
#define XENPT_EXPOSE_KINDS 3

/** An owner of memory that no piece of xenpt_owners has: what is no RAM. */
#define XENPT_OWNER_NONE UINT32_MAX

/** A piece of machine memory, of which all bytes can be accessed alike. */
struct xenpt_expose_piece {
    uint64_t first;         /**< Its first byte... */
    uint64_t last;          /**< ...and last. */
    uint32_t owner;         /**< Whose: number in xenpt_owners::names, or #XENPT_OWNER_NONE. */
    unsigned int can;       /**< XENPT_EXPOSE_*. */
    enum xenpt_sight sight; /**< What a read gives. */
};

/** One owner's memory, in one context. */
struct xenpt_expose_cell {
    uint32_t owner;                      /**< As of a piece. */
    uint64_t bytes[XENPT_EXPOSE_KINDS];  /**< That can be read, written, executed; each byte counts
                                              once, however many addresses it has. */
    uint64_t ranges[XENPT_EXPOSE_KINDS]; /**< In so many ranges of machine memory. */
    uint64_t sight[XENPT_NR_SIGHTS];     /**< Of those that can be read, by what they give. */
};

/** One row of the matrix. */
struct xenpt_expose_row {
    const struct xenpt_context *context;     /**< What is loaded... */
    enum xenpt_executor by;                  /**< ...and who executes. */
    const struct xenpt_expose_cell *cells;   /**< Owners of whom something is exposed, in the order
                                                  of their numbers. */
    size_t nr_cells;                         /**< Of @ref cells. */
    const struct xenpt_expose_piece *pieces; /**< All of it, ascending... */
    size_t nr_pieces;                        /**< ...and how many. */
    bool incomplete; /**< Some table is not in memory, so that what it maps is missing. */
};

/** Gets one row, which is valid during the call.  @return False: stop. */
typedef bool (*xenpt_expose_fn)(void *ctx, const struct xenpt_expose_row *row);

/** What a context is asked for; all zero but for its owners: every context, no threat. */
struct xenpt_expose_options {
    const struct xenpt_context *const *contexts; /**< These; NULL: all of the view's... */
    size_t nr_contexts;                          /**< ...and how many. */
    const struct xenpt_owners *owners;           /**< Whose memory is. */
    enum xenpt_fear threat;                      /**< What is feared. */
    bool immune;         /**< The processor is not one that the threat is about. */
    const char *control; /**< The control domain, for #XENPT_FEAR_DOM0; NULL: not known. */
    /** What a read of an owner's memory gives; NULL: plaintext. */
    enum xenpt_sight (*sight)(void *ctx, const struct xenpt_context *context,
                              enum xenpt_executor by, uint32_t owner);
    /** What of XENPT_EXPOSE_* is refused beyond the tables, of an owner's memory; NULL: nothing. */
    unsigned int (*denies)(void *ctx, const struct xenpt_context *context, enum xenpt_executor by,
                           uint32_t owner);
    void *sight_ctx; /**< Passed to both. */
};

/** What it took. */
struct xenpt_expose_counts {
    uint64_t tables; /**< Tables that were read, each once a level, whatever shares it. */
    uint64_t spans;  /**< Stretches of memory that they map, over all of them. */
    uint64_t rows;   /**< Reported. */
};

/**
 * Reports what contexts expose, row by row, in their order.  A table is read once for all that lead
 * to it, so that work grows with tables and not with what they map.
 *
 * A context stands for whoever executes on it: that of a CPU by its privilege level, that of a root
 * by its kind; a guest's tables under a second stage for its user code and its kernel, and its
 * physical memory for its kernel, which decides on those tables.  Where there are XPTI roots, an
 * L4 of a PV guest's is what Xen has loaded.  A 32-bit PV guest's code has addresses of 32 bits.
 *
 * Model: SMAP keeps nothing from a supervisor, who sets EFLAGS.AC, nor protection keys from a user,
 * who writes PKRU; SMEP does keep it from executing.
 *
 * @param counts  May be NULL.
 * @return #XENPT_OK; #XENPT_ESTOPPED by @p fn; #XENPT_ESTATE: dom0 is feared, and not known;
 *         #XENPT_ENOMEM; #XENPT_ERANGE: more than 2^32 tables.
 */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_expose(const struct xenpt_view *view,
                                                   const struct xenpt_expose_options *opt,
                                                   xenpt_expose_fn fn, void *ctx,
                                                   struct xenpt_expose_counts *counts,
                                                   struct xenpt_error *err);

/* --- Policies -------------------------------------------------------------------------------- */

/** What should not be. */
enum xenpt_policy {
    XENPT_POLICY_WX,         /**< Memory that can be written and executed. */
    XENPT_POLICY_TABLES,     /**< A page table that can be written. */
    XENPT_POLICY_SUPERPAGES, /**< An executable page of a second stage larger than 4 KiB. */
    XENPT_POLICY_USER_XEN,   /**< Xen's memory, that a guest's code reaches. */
    XENPT_NR_POLICIES,       /**< How many there are. */
};

/** Name, meaning and source of a policy. */
struct xenpt_policy_row {
    const char *name;   /**< "wx". */
    const char *text;   /**< What should not be. */
    const char *source; /**< Who asks for it. */
};

/** The row of a policy. */
XENPT_API const struct xenpt_policy_row *xenpt_policy_row(enum xenpt_policy policy);

/** What was found against a policy, in one slot of a context's root. */
struct xenpt_policy_finding {
    enum xenpt_policy policy;            /**< Which one. */
    const struct xenpt_context *context; /**< Where... */
    enum xenpt_executor by;              /**< ...and who. */
    unsigned int slot;                   /**< Of the root. */
    uint64_t bytes;                      /**< Of machine memory, each once. */
    uint64_t in;                         /**< The lowest address that shows it... */
    uint64_t maddr;                      /**< ...where it leads... */
    unsigned int can;                    /**< ...and what can be done there: XENPT_EXPOSE_*. */
    uint32_t owner;                      /**< Whose the memory is there. */
};

/** Gets one finding, which is valid during the call.  @return False: stop. */
typedef bool (*xenpt_policy_fn)(void *ctx, const struct xenpt_policy_finding *finding);

/**
 * Reports what is against policies.
 * @param policies  Bit p: enum xenpt_policy p; 0: all of them.
 * @param opt       As of xenpt_expose(); no threat.
 * @return As xenpt_expose().
 */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_expose_policies(const struct xenpt_view *view,
                                                            const struct xenpt_expose_options *opt,
                                                            unsigned int policies,
                                                            xenpt_policy_fn fn, void *ctx,
                                                            struct xenpt_error *err);

#ifdef __cplusplus
}
#endif

#endif
