/**
 * @file p2m.h
 * A guest's physical memory: types and access rights of its frames, views of it (altp2m), and the
 * log of pages that were written (log-dirty, as live migration uses it).
 *
 * What Xen would answer to a toolstack or a monitor is in the text of an error, by its name:
 * "-EINVAL: ...".
 */
#ifndef XENPT_P2M_H
#define XENPT_P2M_H

#include "xenpt/machine.h"

#ifdef __cplusplus
extern "C" {
#endif

/* --- Types and access ------------------------------------------------------------------------ */

/** A type that a frame of a guest can have; asm/p2m.h, p2m_type_t, 4.12 to 4.22. */
struct xenpt_p2m_type {
    const char *name;    /**< "ram_rw". */
    unsigned int number; /**< As it stands in entries. */
    bool present;        /**< The guest reaches it at all... */
    bool write;          /**< ...and may write to it... */
    bool execute;        /**< ...and fetch code from it. */
    const char *text;    /**< What it is for, in words. */
};

/** Type @p i, from 0, in the order of their numbers; NULL behind the last. */
XENPT_API const struct xenpt_p2m_type *xenpt_p2m_type(size_t i);

/** What a monitor lets be done to a frame; it takes rights away from what its type gives. */
enum xenpt_p2m_access {
    XENPT_ACCESS_N,     /**< Nothing. */
    XENPT_ACCESS_R,     /**< Read. */
    XENPT_ACCESS_W,     /**< Write; a processor has no such thing, and faults on it. */
    XENPT_ACCESS_RW,    /**< Both. */
    XENPT_ACCESS_X,     /**< Fetch; where the processor has execute-only entries. */
    XENPT_ACCESS_RX,    /**< Read and fetch. */
    XENPT_ACCESS_WX,    /**< Write and fetch; as W. */
    XENPT_ACCESS_RWX,   /**< All that the type gives. */
    XENPT_ACCESS_RX2RW, /**< Read and fetch; from the first write on, read and write. */
    XENPT_ACCESS_N2RWX, /**< Nothing; from the first access on, everything. */
    XENPT_NR_ACCESS,    /**< How many there are. */
};

/** Name and meaning of access rights. */
XENPT_API const struct xenpt_word *xenpt_p2m_access_word(enum xenpt_p2m_access access);

/** A domain's own physical memory, and no view of it. */
#define XENPT_VIEW_HOST UINT32_MAX

/** What a frame of a guest is. */
struct xenpt_p2m_entry {
    const struct xenpt_p2m_type *type; /**< NULL: nothing is there. */
    enum xenpt_p2m_access access;      /**< What a monitor lets be done. */
    uint64_t maddr;                    /**< Machine address of the frame. */
    uint64_t entry;                    /**< As it stands in the table... */
    uint64_t at;                       /**< ...at this machine address... */
    unsigned int level;                /**< ...of this level. */
    bool pending;                      /**< Its type is worked out anew when it is first touched. */
};

/**
 * Looks up a frame of an HVM or PVH domain.
 * @param view  A view, or #XENPT_VIEW_HOST.
 * @return False: no such domain or view, or a paravirtual one.
 */
XENPT_API bool xenpt_machine_p2m(const struct xenpt_machine *machine, uint32_t domain,
                                 uint32_t view, uint64_t gfn, struct xenpt_p2m_entry *ret);

/** Gives a frame another type: "ram_rw" and "ram_ro" can be given.
 *  @return #XENPT_ERANGE, #XENPT_ESTATE, #XENPT_ENOMEM. */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_machine_p2m_set_type(struct xenpt_machine *machine,
                                                                 uint32_t domain, uint64_t gfn,
                                                                 const char *type,
                                                                 struct xenpt_error *err);

/**
 * Gives frames other access rights, as XENMEM_access_op_set_access and HVMOP_altp2m_set_mem_access
 * do.  Larger pages are split; frames that have no RAM are left out.  View 0 is the domain's own
 * memory here, and what is set there is set in all views that have the frame.
 * Source: arch/x86/mm/mem_access.c, p2m_set_mem_access; common/mem_access.c, mem_access_memop.
 * @return #XENPT_EUNSUPPORTED: nested paging and shadow paging have no such rights, for which Xen
 *         says -EINVAL; #XENPT_ERANGE for -EINVAL: no such view, access or frame; #XENPT_ENOMEM.
 */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_machine_p2m_set_access(struct xenpt_machine *machine,
                                                                   uint32_t domain, uint32_t view,
                                                                   uint64_t gfn, uint64_t nr,
                                                                   enum xenpt_p2m_access access,
                                                                   struct xenpt_error *err);

/* --- Views ----------------------------------------------------------------------------------- */

/** Views that a domain can have, number 0 included; asm/domain.h, MAX_ALTP2M, 4.17. */
#define XENPT_VIEWS_MAX 10u

/**
 * Switches views of a domain on, or off: HVMOP_altp2m_set_domain_state.  When they are on, all
 * vCPUs are on view 0, which like all views is empty at first: entries are copied from the
 * domain's own physical memory when they are first used.
 * Source: arch/x86/hvm/hvm.c, do_altp2m_op, for this and what follows.
 * @return #XENPT_EUNSUPPORTED for -EOPNOTSUPP: a processor without EPT, shadow paging, a release
 *         before 4.6, or no "altp2m" on Xen's command line; of the others below also: they are off.
 */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_machine_views(struct xenpt_machine *machine,
                                                          uint32_t domain, bool on,
                                                          struct xenpt_error *err);

/** Makes one more view.  @return #XENPT_ERANGE for -EINVAL: there are #XENPT_VIEWS_MAX. */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_machine_view_create(struct xenpt_machine *machine,
                                                                uint32_t domain, uint32_t *ret,
                                                                struct xenpt_error *err);
/** Gives a view up.  @return #XENPT_ESTATE for -EBUSY: it is view 0, a vCPU is on it, or it is not
 *  there. */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_machine_view_destroy(struct xenpt_machine *machine,
                                                                 uint32_t domain, uint32_t view,
                                                                 struct xenpt_error *err);
/** No frame of a guest's. */
#define XENPT_NO_FRAME UINT64_MAX

/**
 * Has a view lead from one frame of the guest's to where another one is, in a page of 4 KiB with
 * that one's type and access: HVMOP_altp2m_change_gfn.
 * @param to  The other frame; or #XENPT_NO_FRAME: what the view has is taken out, so that it is
 *            copied from the domain's own physical memory when it is next used.
 * @return #XENPT_ERANGE for -EINVAL: there is no such view; #XENPT_ESTATE for -ESRCH: a frame is no
 *         RAM; #XENPT_EUNSUPPORTED for -EOPNOTSUPP; #XENPT_ENOMEM.
 */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_machine_view_remap(struct xenpt_machine *machine,
                                                               uint32_t domain, uint32_t view,
                                                               uint64_t gfn, uint64_t to,
                                                               struct xenpt_error *err);
/**
 * Puts a vCPU on a view: its EPTP names that root from now on.
 * Model: HVMOP_altp2m_switch_p2m switches all vCPUs of a domain, and a guest with VMFUNC one; here
 * it is one vCPU that is told.
 */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_machine_view_switch(struct xenpt_machine *machine,
                                                                uint32_t domain, uint32_t vcpu,
                                                                uint32_t view,
                                                                struct xenpt_error *err);

/* --- The log of written pages ---------------------------------------------------------------- */

/** What is done to a domain's log: XEN_DOMCTL_shadow_op. */
enum xenpt_log_dirty {
    XENPT_LOG_ENABLE,  /**< From now on, writes are noted. */
    XENPT_LOG_CLEAN,   /**< What was noted is forgotten, and noted anew. */
    XENPT_LOG_DISABLE, /**< No more. */
};

/**
 * Keeps a log of the pages that a domain writes to.
 *
 *     HAP            all of its RAM gets type ram_logdirty, when it is next touched: read-only,
 *                    until it is written; with PML the processor notes writes in D of EPT
 *     shadow         entries of shadows are made without RW until the page is written
 *     PV             the domain gets shadows, of all of its roots, and runs on them
 *
 * @return #XENPT_ESTATE: enabled already (-EINVAL), or not enabled; #XENPT_ENOMEM.
 */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_machine_log_dirty(struct xenpt_machine *machine,
                                                              uint32_t domain,
                                                              enum xenpt_log_dirty op,
                                                              struct xenpt_error *err);

/** Whether a frame of the guest's was written since the log was cleaned; false without a log. */
XENPT_API bool xenpt_machine_is_dirty(const struct xenpt_machine *machine, uint32_t domain,
                                      uint64_t pfn);

/** How many were. */
XENPT_API uint64_t xenpt_machine_nr_dirty(const struct xenpt_machine *machine, uint32_t domain);

#ifdef __cplusplus
}
#endif

#endif
