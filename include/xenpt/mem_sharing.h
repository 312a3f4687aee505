/**
 * @file mem_sharing.h
 * Memory that HVM and PVH guests under EPT have in common until one of them writes:
 * public/memory.h, XENMEM_sharing_op; public/domctl.h, XEN_DOMCTL_mem_sharing_op.
 *
 *     ram_rw --nominate--> ram_shared --share, add to another--> ram_shared, the same frame
 *        ^                                                           |
 *        +------- a copy, or of the last that has it the frame ---- written
 *
 * Who nominates a frame has a handle for it.  The frame is dom_cow's then, M2P says of it that it
 * is shared, and each guest that has it reads and executes it.  Each check is a row of
 * xenpt_pv_rule(), as those of pv.h are.
 */
#ifndef XENPT_MEM_SHARING_H
#define XENPT_MEM_SHARING_H

#include "xenpt/pv.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What is asked for. */
enum xenpt_mem_sharing_op {
    XENPT_MEM_SHARING_ENABLE,      /**< A domain's memory may be shared. */
    XENPT_MEM_SHARING_DISABLE,     /**< Not by what is asked from now on. */
    XENPT_MEM_SHARING_LISTEN,      /**< Somebody is told where there is no memory for a copy. */
    XENPT_MEM_SHARING_NOMINATE,    /**< A frame may be shared, and has a handle. */
    XENPT_MEM_SHARING_SHARE,       /**< Two frames become one: what a client has is free. */
    XENPT_MEM_SHARING_ADD_PHYSMAP, /**< A frame is a client's as well, where it has nothing. */
    XENPT_MEM_SHARING_AUDIT,       /**< Xen checks what it keeps; in debug builds. */
    XENPT_MEM_SHARING_DEBUG,       /**< How many have a frame is told. */
    XENPT_NR_MEM_SHARING_OPS,      /**< How many there are. */
};

/** Name and meaning of one. */
XENPT_API const struct xenpt_word *xenpt_mem_sharing_word(enum xenpt_mem_sharing_op op);

/** A request. */
struct xenpt_mem_sharing {
    enum xenpt_mem_sharing_op op; /**< What is asked for. */
    uint32_t domain;              /**< Whose memory; of two, the one whose frame stays. */
    uint64_t gfn;                 /**< Which frame. */
    uint64_t handle;              /**< What names it. */
    uint32_t client;              /**< SHARE, ADD_PHYSMAP: who gets it... */
    uint64_t client_gfn;          /**< ...and where. */
    uint64_t client_handle;       /**< SHARE: what names what is there. */
};

/**
 * Does it: see xenpt_pv_mmu_update(); callers may be HVM and PVH vCPUs.  On failure nothing was
 * changed.
 * @param value  NOMINATE: the handle; DEBUG: how many frames of guests' it is; AUDIT: how many
 *               mistakes Xen finds; else 0.
 *
 * Model: the ring is not looked at.  Frames that are named by a grant, ranges, and forks of a
 * domain (XENMEM_sharing_op_nominate_gref, range_share, fork, fork_reset) are not modelled.
 * Where a guest's entry is gone (XENMEM_remove_from_physmap) Xen keeps it in its list, and the
 * frame with it; to share such a frame with another is not modelled once its guest is gone: Xen
 * stops there.
 */
XENPT_API XENPT_CHECK enum xenpt_code
xenpt_mem_sharing(struct xenpt_machine *machine, const struct xenpt_pv_caller *caller,
                  const struct xenpt_mem_sharing *request, uint64_t *value,
                  struct xenpt_pv_result *ret, struct xenpt_error *err);

/** The handle of what a domain has at a frame, or 0: it is not shared. */
XENPT_API uint64_t xenpt_mem_sharing_handle(const struct xenpt_machine *machine, uint32_t domain,
                                            uint64_t gfn);

#ifdef __cplusplus
}
#endif

#endif
