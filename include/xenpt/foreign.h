/**
 * @file foreign.h
 * Memory of a domain that others have mapped without having been granted it: by privileged domains,
 * device models and those whose resources they acquire; how many mappings there are, and whose.
 *
 * How such mappings are made is in pv.h: xenpt_pv_mmu_update() and xenpt_pv_update_va() with
 * another domain's number.
 */
#ifndef XENPT_FOREIGN_H
#define XENPT_FOREIGN_H

#include "xenpt/pv.h"

#ifdef __cplusplus
extern "C" {
#endif

/* --- Who has mapped a domain ----------------------------------------------------------------- */

/** Where a foreign mapping is. */
enum xenpt_foreign_how {
    XENPT_FOREIGN_ENTRY,   /**< An entry of an L1 table of a PV domain. */
    XENPT_FOREIGN_P2M,     /**< An entry of the p2m of an HVM or PVH domain, of type map_foreign. */
    XENPT_NR_FOREIGN_HOWS, /**< How many there are. */
};

/** Name and meaning of it. */
XENPT_API const struct xenpt_word *xenpt_foreign_how_word(enum xenpt_foreign_how how);

/** One mapping of one domain's frame by another. */
struct xenpt_foreign_map {
    enum xenpt_foreign_how how; /**< Where it is. */
    uint32_t by;                /**< Whose it is. */
    uint64_t at;                /**< Machine address of the entry. */
    uint64_t gfn;               /**< P2M: what that domain calls the frame. */
    uint64_t frame;             /**< The frame. */
    bool writable;              /**< The entry has RW; of p2m it always has. */
    bool resource; /**< The frame is none of the domain's memory, but Xen's, shared with
                        it: its grant table, statuses, shared_info, or the pages of an
                        ioreq server. */
};

/** How many there are. */
struct xenpt_foreign_count {
    uint64_t memory;    /**< Of the domain's memory... */
    uint64_t writable;  /**< ...and of these, those that can be written... */
    uint64_t resources; /**< ...and of what Xen shares with it. */
};

/** Gets each mapping, by domain and by the place of its entry.  @return False: enough. */
typedef bool (*xenpt_foreign_fn)(void *ctx, const struct xenpt_foreign_map *map);

/**
 * Counts the foreign maps into a domain: entries of L1 tables that other PV domains have validated,
 * and which lead to a frame that is the domain's to Xen's checks, less those that stand for a
 * grant; and entries of the p2m of other domains with the type map_foreign.  What is not counted:
 * mappings by grants; Xen's own, such as its directmap; shadows and views, which have what those
 * tables have; what devices reach.  A resource that was acquired counts when it is mapped, and
 * apart.
 *
 * It is counted from the tables, in time that grows with the number of L1 and p2m tables of others.
 *
 * Model: Xen has no such count.  A PV domain's entry by a grant looks as any other in a release
 * build: of several entries of one domain for one frame, as many stand for grants as it has grants
 * of the frame mapped for CPUs, first those with the grant's RW.  A grant whose entry the guest has
 * overwritten itself takes one entry too many away.
 * @param fn  Or NULL.
 * @return #XENPT_ERANGE: there is no such domain; #XENPT_ENOMEM.
 */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_foreign_maps(struct xenpt_machine *machine,
                                                         uint32_t domain, xenpt_foreign_fn fn,
                                                         void *ctx, struct xenpt_foreign_count *ret,
                                                         struct xenpt_error *err);

/* --- Resources ------------------------------------------------------------------------------- */

/** What can be acquired; public/memory.h, XENMEM_resource_*. */
enum xenpt_resource_type {
    XENPT_RESOURCE_IOREQ_SERVER, /**< Pages of an ioreq server: frame 0 for requests that nobody
                                      waits for, 1 for the others. */
    XENPT_RESOURCE_GRANT_TABLE,  /**< Frames of a grant table: id 0, of the table; 1, statuses. */
    XENPT_RESOURCE_VMTRACE,      /**< A buffer of a vCPU's traces. */
};

/** Frames of one. */
struct xenpt_resource {
    uint32_t domain; /**< Whose. */
    uint32_t type;   /**< An enum xenpt_resource_type, or any number. */
    uint32_t id;     /**< Of ioreq servers: which; of grant tables see above. */
    uint64_t frame;  /**< The first. */
};

/**
 * XENMEM_acquire_resource, 4.11 and later: frames of another domain's that are no memory of its.
 * A PV domain is told which they are, and maps them as a foreign domain's; an HVM or PVH domain,
 * which has to be the hardware domain, has them at frames of its own, as type map_foreign.
 *
 * Model: domains have no vmtrace buffer. The size of a resource is not asked for.  Frames of a
 * grant table that come by this stay with the domain; so do pages of ioreq servers, even when the
 * server goes.
 * @param frames  PV: the machine's, afterwards; else where they are to be, as the caller counts.
 * @return See xenpt_pv_mmu_update().
 */
XENPT_API XENPT_CHECK enum xenpt_code
xenpt_acquire_resource(struct xenpt_machine *machine, const struct xenpt_pv_caller *caller,
                       const struct xenpt_resource *resource, uint64_t *frames, size_t nr,
                       struct xenpt_pv_result *ret, struct xenpt_error *err);

/* --- ioreq servers --------------------------------------------------------------------------- */

/** One of an HVM or PVH domain: what a device model is asked by. */
struct xenpt_ioreq_server {
    uint32_t emulator; /**< The domain that has created it. */
    uint32_t
        buffered; /**< HVM_IOREQSRV_BUFIOREQ_*: 0, there is no page for what nobody waits for. */
    bool enabled; /**< Requests go to it. */
    struct {
        bool there;   /**< It has been made... */
        uint64_t mfn; /**< ...of this frame of the machine's... */
        bool has_gfn; /**< ...which is memory of the guest's... */
        uint64_t gfn; /**< ...that it calls so, while the server is not enabled. */
    } page[2];        /**< 0: of requests that nobody waits for; 1: of the others. */
};

/** Looks at one.  @return False: there is no such domain or server. */
XENPT_API bool xenpt_ioreq_server(const struct xenpt_machine *machine, uint32_t domain, uint32_t id,
                                  struct xenpt_ioreq_server *ret);

/** What is done to one: XEN_DMOP_*_ioreq_server. */
enum xenpt_ioreq_op {
    XENPT_IOREQ_CREATE,  /**< The caller creates one; arg: how it handles requests that nobody waits
                              for, 0 not, 1 or 2. */
    XENPT_IOREQ_INFO,    /**< It asks for the guest's frames that its pages are, and gets them: of
                              the 8 that there are for that the lowest that no server has. */
    XENPT_IOREQ_ENABLE,  /**< Requests go to it: its pages leave the guest's physical memory. */
    XENPT_IOREQ_DISABLE, /**< They come back, cleared. */
    XENPT_IOREQ_DESTROY, /**< It goes, disabled. */
    XENPT_NR_IOREQ_OPS,  /**< How many there are. */
};

/**
 * dm_op of these.
 * Model: Xen has a reference to a page that it has made; here no count knows of it.  The two pages
 * of QEMU before 4.5, ioreq and bufioreq, which serve where those 8 are used up, are not used.
 * @param id  Of which; of create, its number afterwards.
 */
XENPT_API XENPT_CHECK enum xenpt_code
xenpt_ioreq(struct xenpt_machine *machine, const struct xenpt_pv_caller *caller,
            enum xenpt_ioreq_op what, uint32_t domain, uint32_t *id, uint32_t arg,
            struct xenpt_pv_result *ret, struct xenpt_error *err);

#ifdef __cplusplus
}
#endif

#endif
