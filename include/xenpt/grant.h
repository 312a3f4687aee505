/**
 * @file grant.h
 * Grants: what a domain lets others do with its frames, and the hypercall grant_table_op by which
 * they do it; public/grant_table.h.
 *
 * What a domain offers is what it writes to its table, in memory that it shares with Xen.  Xen
 * looks there when somebody uses an entry, and counts uses of its own (xenpt_grant_use()).  A PV
 * guest's mapping is an entry of its L1 tables, an HVM or PVH guest's one of its physical memory.
 * Each check is a row of xenpt_pv_rule(), as those of pv.h are.
 *
 * Of a request that is refused, xenpt_pv_result.error is the number of an error as of pv.h; or, of
 * one that has a status of its own, #XENPT_GRANT_STATUS + n for the status -n, and
 * xenpt_pv_result.name its name: "bad_gntref".
 */
#ifndef XENPT_GRANT_H
#define XENPT_GRANT_H

#include "xenpt/construction.h"
#include "xenpt/pv.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What numbers of statuses (GNTST_*) begin at. */
#define XENPT_GRANT_STATUS 2000

/* --- What a domain offers -------------------------------------------------------------------- */

/** An entry of a table, of either version. */
struct xenpt_grant_entry {
    uint16_t flags;       /**< Of #xenpt_grant_flag; 0: it grants nothing. */
    uint16_t domain;      /**< To which domain. */
    uint64_t frame;       /**< PV: the machine's number; else the guest's. */
    uint16_t start;       /**< With #XENPT_GRANT_SUB_PAGE: where it begins... */
    uint16_t length;      /**< ...and how long it is, in bytes. */
    uint16_t from_domain; /**< #XENPT_GRANT_TRANSITIVE: who granted it... */
    uint32_t from_ref;    /**< ...by which entry; frame has it, too. */
};

/**
 * The guest writes an entry of its own.
 *
 * Model: it has its table mapped and writes there; the mapping itself is not looked for.
 * @return #XENPT_ERANGE if there is no such domain or entry, or one of version 1 cannot say it.
 */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_grant_offer(struct xenpt_machine *machine,
                                                        uint32_t domain, uint32_t ref,
                                                        const struct xenpt_grant_entry *entry,
                                                        struct xenpt_error *err);

/** What an entry says; of version 2, flags have Xen's of its status.  @return False: there is none.
 */
XENPT_API bool xenpt_grant_entry(const struct xenpt_machine *machine, uint32_t domain, uint32_t ref,
                                 struct xenpt_grant_entry *ret);

/* --- What is done with it -------------------------------------------------------------------- */

/** What Xen knows of an entry that is in use. */
struct xenpt_grant_use {
    uint32_t domain;        /**< Who uses it... */
    uint64_t frame;         /**< ...and which frame of the machine's. */
    unsigned int host_rw;   /**< How often for CPUs, to be written... */
    unsigned int host_ro;   /**< ...or only read... */
    unsigned int device_rw; /**< ...and for devices... */
    unsigned int device_ro; /**< ...likewise. */
};

/** Looks at an entry of a domain's.  @return False: it is not in use, or there is no such domain.
 */
XENPT_API bool xenpt_grant_use(const struct xenpt_machine *machine, uint32_t domain, uint32_t ref,
                               struct xenpt_grant_use *ret);

/** Version of a domain's table and its size.  @return False: there is no such domain. */
XENPT_API bool xenpt_grant_table(const struct xenpt_machine *machine, uint32_t domain,
                                 unsigned int *version, uint32_t *frames);

/** A mapping that a domain has of another's entry. */
struct xenpt_grant_mapping {
    uint32_t domain; /**< Whose entry... */
    uint32_t ref;    /**< ...and which. */
    uint32_t flags;  /**< Of #xenpt_grant_map_flag: what is left of it. */
};

/** Looks at one, by its handle.  @return False: there is none. */
XENPT_API bool xenpt_grant_mapping(const struct xenpt_machine *machine, uint32_t domain,
                                   uint32_t handle, struct xenpt_grant_mapping *ret);

/* --- Requests -------------------------------------------------------------------------------- */

/** One map_grant_ref. */
struct xenpt_grant_map {
    uint64_t at;     /**< Linear address; #XENPT_GRANT_MAP_CONTAINS_PTE: machine address of the L1
                          entry; of HVM and PVH callers a guest-physical address. */
    uint32_t flags;  /**< Of #xenpt_grant_map_flag. */
    uint32_t domain; /**< Whose entry... */
    uint32_t ref;    /**< ...and which. */
};

/**
 * map_grant_ref: see xenpt_pv_mmu_update(); callers may be HVM and PVH vCPUs, too.
 * @param[out] handle  What it is unmapped by...
 * @param[out] bus     ...and where devices find it; as they were if it is refused.
 */
XENPT_API XENPT_CHECK enum xenpt_code
xenpt_grant_map(struct xenpt_machine *machine, const struct xenpt_pv_caller *caller,
                const struct xenpt_grant_map *map, uint32_t *handle, uint64_t *bus,
                struct xenpt_pv_result *ret, struct xenpt_error *err);

/** One unmap_grant_ref, or unmap_and_replace. */
struct xenpt_grant_unmap {
    uint64_t at;     /**< Where it is mapped, as when it was; 0: that stays. */
    uint64_t bus;    /**< Where devices have it; 0: that stays. */
    uint64_t by;     /**< unmap_and_replace: whose L1 entry comes in place of it; else 0. */
    uint32_t handle; /**< Which it is. */
};

/** unmap_grant_ref and unmap_and_replace: see xenpt_grant_map(). */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_grant_unmap(struct xenpt_machine *machine,
                                                        const struct xenpt_pv_caller *caller,
                                                        const struct xenpt_grant_unmap *unmap,
                                                        struct xenpt_pv_result *ret,
                                                        struct xenpt_error *err);

/**
 * setup_table: the frames of a domain's table, which becomes larger if it has fewer.
 * @param domain  Its number, or #XENPT_DOMID_SELF.
 * @param frames  @p nr of them: PV: the machine's numbers; else the guest's, all ones for those
 * that it has nowhere.  As they were if it is refused.
 */
XENPT_API XENPT_CHECK enum xenpt_code
xenpt_grant_setup_table(struct xenpt_machine *machine, const struct xenpt_pv_caller *caller,
                        uint32_t domain, uint32_t nr, uint64_t *frames, struct xenpt_pv_result *ret,
                        struct xenpt_error *err);

/** get_status_frames: those where version 2 has what is done with entries; as setup_table. */
XENPT_API XENPT_CHECK enum xenpt_code
xenpt_grant_status_frames(struct xenpt_machine *machine, const struct xenpt_pv_caller *caller,
                          uint32_t domain, uint32_t nr, uint64_t *frames,
                          struct xenpt_pv_result *ret, struct xenpt_error *err);

/** query_size: how many frames a domain's table has, and may have. */
XENPT_API XENPT_CHECK enum xenpt_code
xenpt_grant_query_size(struct xenpt_machine *machine, const struct xenpt_pv_caller *caller,
                       uint32_t domain, uint32_t *nr, uint32_t *max, struct xenpt_pv_result *ret,
                       struct xenpt_error *err);

/**
 * set_version: the caller's table is of version 1 or 2 from now on.  What its first 8 entries say
 * is kept; the others are cleared.
 */
XENPT_API XENPT_CHECK enum xenpt_code
xenpt_grant_set_version(struct xenpt_machine *machine, const struct xenpt_pv_caller *caller,
                        uint32_t version, struct xenpt_pv_result *ret, struct xenpt_error *err);

/** One side of a copy. */
struct xenpt_grant_side {
    bool by_ref;     /**< What is an entry of the domain's, and no frame. */
    uint32_t domain; /**< Its number, or #XENPT_DOMID_SELF. */
    uint64_t what;   /**< The entry; or the frame, as the caller calls it. */
    uint16_t offset; /**< Bytes from its start. */
};

/** One request of copy. */
struct xenpt_grant_copy {
    struct xenpt_grant_side from; /**< What is read... */
    struct xenpt_grant_side to;   /**< ...and where it is written. */
    uint16_t length;              /**< In bytes. */
};

/** copy: Xen copies for the caller, who maps nothing. */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_grant_copy(struct xenpt_machine *machine,
                                                       const struct xenpt_pv_caller *caller,
                                                       const struct xenpt_grant_copy *copy,
                                                       struct xenpt_pv_result *ret,
                                                       struct xenpt_error *err);

/** get_version: of which version a domain's table is; as query_size. */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_grant_get_version(struct xenpt_machine *machine,
                                                              const struct xenpt_pv_caller *caller,
                                                              uint32_t domain, uint32_t *version,
                                                              struct xenpt_pv_result *ret,
                                                              struct xenpt_error *err);

/** swap_grant_ref: two entries of the caller's, of which nobody uses one, change places. */
XENPT_API XENPT_CHECK enum xenpt_code
xenpt_grant_swap(struct xenpt_machine *machine, const struct xenpt_pv_caller *caller, uint32_t a,
                 uint32_t b, struct xenpt_pv_result *ret, struct xenpt_error *err);

/** What is done with lines of caches; public/grant_table.h, GNTTAB_CACHE_*. */
enum xenpt_grant_cache {
    XENPT_GRANT_CACHE_CLEAN = 1 << 0,      /**< They are written back. */
    XENPT_GRANT_CACHE_INVALIDATE = 1 << 1, /**< They are dropped. */
};

/** One request of cache_flush. */
struct xenpt_grant_cache_flush {
    uint64_t frame;  /**< Of the machine's: the caller's own, or one that it has mapped. */
    uint16_t offset; /**< Bytes from its start... */
    uint16_t length; /**< ...and how many. */
    uint32_t what;   /**< Of #xenpt_grant_cache; 0: nothing. */
};

/**
 * cache_flush: what caches have of a frame is written back.
 * Model: on x86 that is all of a CPU's caches, whatever is asked for, and it is told as a flush of
 * them (#XENPT_PV_FLUSH_CACHE).
 */
XENPT_API XENPT_CHECK enum xenpt_code
xenpt_grant_cache_flush(struct xenpt_machine *machine, const struct xenpt_pv_caller *caller,
                        const struct xenpt_grant_cache_flush *flush, struct xenpt_pv_result *ret,
                        struct xenpt_error *err);

/** One request of transfer. */
struct xenpt_grant_transfer {
    uint64_t frame;  /**< The caller's, as it calls it. */
    uint32_t domain; /**< Who gets it... */
    uint32_t ref;    /**< ...by which entry, #XENPT_GRANT_ACCEPT_TRANSFER. */
};

/**
 * transfer: a frame of the caller's becomes another domain's, which has offered to take one: its
 * entry says so from then on, and of a PV domain which frame that is.
 * @param got  The frame of the machine that the other domain has; as it was if it is refused.
 *
 * If it is refused after the frame was taken from the caller, the frame is free: so it is where the
 * other domain is not there, has no room or has not offered it.
 */
XENPT_API XENPT_CHECK enum xenpt_code
xenpt_grant_transfer(struct xenpt_machine *machine, const struct xenpt_pv_caller *caller,
                     const struct xenpt_grant_transfer *transfer, uint64_t *got,
                     struct xenpt_pv_result *ret, struct xenpt_error *err);

#ifdef __cplusplus
}
#endif

#endif
