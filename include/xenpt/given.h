/**
 * @file given.h
 * Page tables and frames that a guest has from the beginning, because a description gives them.
 *
 * They are laid over what the builder of the domain makes, or stand in its place.  They are taken
 * as they are: whether Xen would have validated them, nobody asks, since what Xen must never let
 * happen has to be sayable, too.
 *
 * Model: Xen keeps a PV guest's tables from being written by the guest, so the builder's mapping
 * of a frame that is a given table loses RW, as it does for the builder's own tables.
 */
#ifndef XENPT_GIVEN_H
#define XENPT_GIVEN_H

#include "xenpt/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Where an entry of a given table leads. */
enum xenpt_given_to {
    XENPT_GIVEN_RAW,   /**< #xenpt_given_entry::flags is all of it. */
    XENPT_GIVEN_SELF,  /**< To the table that it is in: a linear page table. */
    XENPT_GIVEN_FRAME, /**< To frame number `value` of those that a domain is given. */
    XENPT_GIVEN_GFN,   /**< To a frame of a domain, as it counts them. */
    XENPT_GIVEN_MFN,   /**< To a frame of the machine. */
};

/** An entry, or the same in several slots. */
struct xenpt_given_entry {
    uint32_t first; /**< The first slot... */
    uint32_t last;  /**< ...and the last.  Pages follow one another in them; a table, or a page
                         of @ref XENPT_GIVEN_FRAME, is in each. */
    enum xenpt_given_to to; /**< Where it leads... */
    uint32_t domain;        /**< ...of which domain; of an HVM guest, its own... */
    uint64_t value;         /**< ...and which. */
    uint64_t flags;         /**< All bits besides the address. */
};

/** What a given table is to its domain. */
enum xenpt_given_root {
    XENPT_GIVEN_NO_ROOT,     /**< No root that a vCPU begins with, or a page. */
    XENPT_GIVEN_KERNEL_ROOT, /**< The root that a PV guest's kernel begins with... */
    XENPT_GIVEN_USER_ROOT,   /**< ...64-bit: its user mode... */
    XENPT_GIVEN_GUEST_ROOT,  /**< ...and an HVM or PVH guest. */
};

/** Every vCPU. */
#define XENPT_GIVEN_ALL UINT32_MAX

/** A frame of a domain's memory that is given: a table, or a page. */
struct xenpt_given_frame {
    const char *name;           /**< Or NULL. */
    unsigned int level;         /**< Of a table; 0: a page. */
    enum xenpt_given_root root; /**< A root is where the builder has it, unless it is @ref alone
                                     and an HVM or PVH guest's. */
    uint32_t vcpu;              /**< Of a PV64 root: whose, or #XENPT_GIVEN_ALL. */
    bool alone;                 /**< A root has nothing of the builder's, but Xen's own slots. */
    bool placed;                /**< @ref gfn is said; else it is a frame that nothing is in. */
    uint64_t gfn;               /**< Which of the guest's frames. */
    const struct xenpt_given_entry *entries; /**< Of a table... */
    size_t nr_entries;                       /**< ...and how many. */
};

struct xenpt_machine;

/**
 * The frame of a machine that frame @p i of those given to a domain is.
 * @return False: there is none.
 */
XENPT_API bool xenpt_machine_given(const struct xenpt_machine *machine, uint32_t domain, size_t i,
                                   xenpt_mfn_t *ret);

#ifdef __cplusplus
}
#endif

#endif
