/**
 * @file pager.h
 * Memory of an HVM or PVH guest that a pager in another domain takes away, and brings back when it
 * is touched: public/memory.h, XENMEM_paging_op; public/domctl.h, XEN_DOMCTL_VM_EVENT_OP_PAGING.
 *
 *     ram_rw --nominate--> ram_paging_out --evict--> ram_paged
 *        ^                       |                       |
 *        |                    touched                 touched
 *        |                       v                       v
 *        +-----resume------ ram_paging_in <--------------+
 *        +-----prepare----- ram_paging_in, ram_paged
 *
 * What is on that way the guest cannot reach.  Each check is a row of xenpt_pv_rule(), as those of
 * pv.h are.
 */
#ifndef XENPT_PAGER_H
#define XENPT_PAGER_H

#include "xenpt/pv.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What a pager asks for. */
enum xenpt_pager_op {
    XENPT_PAGER_ENABLE,   /**< That it is told of what is touched: its ring. */
    XENPT_PAGER_DISABLE,  /**< No more of that. */
    XENPT_PAGER_NOMINATE, /**< A frame is to be taken away, and its guest leaves it alone. */
    XENPT_PAGER_EVICT,    /**< It is, unless somebody has touched it. */
    XENPT_PAGER_PREPARE,  /**< There is memory again. */
    XENPT_PAGER_RESUME,   /**< An answer in the ring: a frame that was nominated is as it was. */
    XENPT_NR_PAGER_OPS,   /**< How many there are. */
};

/** Name and meaning of one. */
XENPT_API const struct xenpt_word *xenpt_pager_word(enum xenpt_pager_op op);

/**
 * Does it to a frame of a domain's: see xenpt_pv_mmu_update(); callers may be HVM and PVH vCPUs.
 * On failure nothing was changed.
 *
 * Model: the ring is not looked at; what is evicted is not kept, and what comes is zeros: its pager
 * would write what was there.  Who uses a grant of such a frame, or maps one that is gone, is told
 * to try again, and has it brought back as the guest has; Xen's own accesses to the guest's memory
 * fail, and do not.
 */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_pager(struct xenpt_machine *machine,
                                                  const struct xenpt_pv_caller *caller,
                                                  uint32_t domain, enum xenpt_pager_op op,
                                                  uint64_t gfn, struct xenpt_pv_result *ret,
                                                  struct xenpt_error *err);

#ifdef __cplusplus
}
#endif

#endif
