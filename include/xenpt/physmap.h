/**
 * @file physmap.h
 * What is done with the physical memory of HVM and PVH guests by the hypercall memory_op: frames
 * come to a place of it and go from there; public/memory.h, XENMEM_add_to_physmap and
 * XENMEM_remove_from_physmap.
 *
 * Each check is a row of xenpt_pv_rule(), as those of pv.h are.  Memory that comes to a domain, or
 * goes back to Xen, is xenpt_pv_reservation()'s affair.
 */
#ifndef XENPT_PHYSMAP_H
#define XENPT_PHYSMAP_H

#include "xenpt/pv.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Where a frame that is to be mapped is from; public/memory.h, XENMAPSPACE_*. */
enum xenpt_physmap_space {
    XENPT_PHYSMAP_SHARED_INFO, /**< The domain's shared_info: number 0. */
    XENPT_PHYSMAP_GRANT_TABLE, /**< A frame of its grant table, which grows until there is one; with
                                    #XENPT_PHYSMAP_STATUS of the statuses of version 2. */
    XENPT_PHYSMAP_GMFN,        /**< What it has at another frame of its: that is there no more. */
    XENPT_PHYSMAP_GMFN_RANGE,  /**< The same of frames in a row. */
    XENPT_PHYSMAP_FOREIGN,     /**< What another domain has at a frame of its; in a batch alone. */
    XENPT_PHYSMAP_DEV_MMIO,    /**< A device's frame, which x86 does not do. */
    XENPT_PHYSMAP_NR_SPACES,   /**< How many there are. */
};

/** Name and meaning of one. */
XENPT_API const struct xenpt_word *xenpt_physmap_space_word(enum xenpt_physmap_space space);

/** Of a number in the grant table: a frame of statuses is meant; XENMAPIDX_grant_table_status. */
#define XENPT_PHYSMAP_STATUS (UINT64_C(1) << 31)

/** Frames that come into a domain's physical memory. */
struct xenpt_physmap_add {
    uint32_t domain;  /**< Whose memory: a number, or #XENPT_DOMID_SELF. */
    uint32_t space;   /**< An enum xenpt_physmap_space, or any number. */
    uint64_t idx;     /**< Which frame of that... */
    uint64_t gfn;     /**< ...and where it comes. */
    uint64_t size;    /**< Range: how many, 65535 at most. */
    uint32_t foreign; /**< Foreign: the other domain. */
};

/**
 * XENMEM_add_to_physmap.  What was at the place is taken out of it: memory of the domain's goes
 * back to Xen as soon as nothing refers to it, and what Xen shares with the domain stays Xen's.
 * Larger pages are split.  A frame is at one place: it is taken from where it was.
 * @return See xenpt_pv_mmu_update(); #XENPT_EUNSUPPORTED for frames of #XENPT_DOMID_XEN.
 *         On failure nothing was changed.
 *
 * Model: a range is done in one go, and its result counts the frames that were.
 */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_physmap_add(struct xenpt_machine *machine,
                                                        const struct xenpt_pv_caller *caller,
                                                        const struct xenpt_physmap_add *add,
                                                        struct xenpt_pv_result *ret,
                                                        struct xenpt_error *err);

/**
 * XENMEM_add_to_physmap_batch: the same of several, each with an error of its own, which is
 * another's affair than that of the next.
 * @param add     Of all, domain, space and foreign of the first count.
 * @param errors  Of each its number, 0 for none, as of xenpt_pv_result.error; or NULL.
 * @param ret     Of the first that has an error: Xen returns 0, and tells errors in an array.
 */
XENPT_API XENPT_CHECK enum xenpt_code
xenpt_physmap_add_batch(struct xenpt_machine *machine, const struct xenpt_pv_caller *caller,
                        const struct xenpt_physmap_add *add, size_t nr, int *errors,
                        struct xenpt_pv_result *ret, struct xenpt_error *err);

/**
 * XENMEM_remove_from_physmap: nothing is at a place any more.  Memory of the domain's stays its
 * own, though it cannot reach it; another's frame is referred to no more.
 */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_physmap_remove(struct xenpt_machine *machine,
                                                           const struct xenpt_pv_caller *caller,
                                                           uint32_t domain, uint64_t gfn,
                                                           struct xenpt_pv_result *ret,
                                                           struct xenpt_error *err);

/* --- Populate-on-demand ---------------------------------------------------------------------- */

/** Memory that a guest waits for: frames without any until they are touched. */
struct xenpt_physmap_pod {
    uint64_t entries; /**< Frames that wait, as Xen counts them... */
    uint64_t waiting; /**< ...and as its physical memory has them. */
    uint64_t cache;   /**< Frames of its own that are kept for them. */
};

/** What a domain waits for.  @return False: there is no such domain, or it is paravirtual. */
XENPT_API bool xenpt_physmap_pod(const struct xenpt_machine *machine, uint32_t domain,
                                 struct xenpt_physmap_pod *ret);

/**
 * XENMEM_set_pod_target: a domain is to have so many frames of memory, of which those that nothing
 * was populated with yet are kept for frames that wait.  It does not take memory away: that is the
 * guest's balloon driver's affair.
 */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_physmap_pod_target(struct xenpt_machine *machine,
                                                               const struct xenpt_pv_caller *caller,
                                                               uint32_t domain, uint64_t frames,
                                                               struct xenpt_pv_result *ret,
                                                               struct xenpt_error *err);

#ifdef __cplusplus
}
#endif

#endif
