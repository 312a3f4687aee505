/**
 * @file param.h
 * Parameters of HVM and PVH domains, by the hypercall hvm_op: where the pages are that a guest
 * shares with those who serve it; public/hvm/params.h, HVMOP_set_param, HVMOP_get_param.
 *
 * Each check is a row of xenpt_pv_rule(), as those of pv.h are.
 */
#ifndef XENPT_PARAM_H
#define XENPT_PARAM_H

#include "xenpt/construction.h"
#include "xenpt/pv.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Numbers of parameters that there can be, 4.17; public/hvm/params.h, HVM_NR_PARAMS. */
#define XENPT_NR_HVM_PARAMS 39u

/** A parameter, as a kind of it. */
struct xenpt_hvm_param_kind {
    const char *name; /**< "STORE_PFN"; NULL: this number has none. */
    bool guest_sets;  /**< The guest itself may set it... */
    bool guest_gets;  /**< ...and may read it. */
    bool once;        /**< When it is set it stays. */
    bool obsolete;    /**< It is neither set nor read by anybody any more, since 4.15. */
    const char *text; /**< What it says. */
};

/** Parameter number @p i; NULL behind the last. */
XENPT_API const struct xenpt_hvm_param_kind *xenpt_hvm_param_kind(size_t i);

/** Its number by its name.  @return False: there is none. */
XENPT_API bool xenpt_hvm_param_named(const char *name, uint32_t *ret);

/**
 * HVMOP_set_param: see xenpt_pv_mmu_update(); callers may be HVM and PVH vCPUs, too.  VM86_TSS is
 * kept in VM86_TSS_SIZED, with a size of 128 bytes.  A guest that says of itself what no TSS can be
 * is crashed.
 *
 * @param domain  Its number, or #XENPT_DOMID_SELF.
 *
 * Model: what a parameter says is kept, and does nothing besides: further ioreq servers have the
 * pages that the builder set apart, and views are permitted by Xen's command line.
 */
XENPT_API XENPT_CHECK enum xenpt_code
xenpt_hvm_param_set(struct xenpt_machine *machine, const struct xenpt_pv_caller *caller,
                    uint32_t domain, uint32_t nr, uint64_t value, struct xenpt_pv_result *ret,
                    struct xenpt_error *err);

/** HVMOP_get_param: as xenpt_hvm_param_set().  @param value  As it was if it is refused. */
XENPT_API XENPT_CHECK enum xenpt_code
xenpt_hvm_param_get(struct xenpt_machine *machine, const struct xenpt_pv_caller *caller,
                    uint32_t domain, uint32_t nr, uint64_t *value, struct xenpt_pv_result *ret,
                    struct xenpt_error *err);

#ifdef __cplusplus
}
#endif

#endif
