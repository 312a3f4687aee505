/**
 * @file debugger.h
 * What a debugger in dom0 has Xen read and write of a domain's memory: gdbsx.
 */
#ifndef XENPT_DEBUGGER_H
#define XENPT_DEBUGGER_H

#include "xenpt/pv.h"

#ifdef __cplusplus
extern "C" {
#endif

/** XEN_DOMCTL_gdbsx_guestmemio. */
struct xenpt_gdbsx {
    uint32_t domain; /**< Whose memory. */
    uint64_t va;     /**< At an address of its first vCPU's, by the tables that this has... */
    uint64_t length; /**< ...so many bytes. */
    bool write;      /**< They are written. */
};

/**
 * Xen walks the domain's tables and maps each page, whatever rights its entries give: what is
 * read-only to the guest, or a page table, is written to as well.
 *
 * Model: what is written keeps what it has; the entry of an L3 that gdbsx can name in place of a
 * root is not given.
 * @param left  Bytes that were not reached.
 * @return See xenpt_pv_mmu_update().
 */
XENPT_API XENPT_CHECK enum xenpt_code
xenpt_gdbsx_memory(struct xenpt_machine *machine, const struct xenpt_pv_caller *caller,
                   const struct xenpt_gdbsx *what, uint64_t *left, struct xenpt_pv_result *ret,
                   struct xenpt_error *err);

#ifdef __cplusplus
}
#endif

#endif
