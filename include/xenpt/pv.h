/**
 * @file pv.h
 * Xen's rules for the page tables of paravirtual guests, enforced: what a hypercall checks, counts
 * and changes, and the error that it returns.
 *
 * Each check is a row of a table (xenpt_pv_rule()), with the releases that have it, so that a
 * machine can be given the rules of another time.  A request that is refused changes nothing.
 */
#ifndef XENPT_PV_H
#define XENPT_PV_H

#include "xenpt/machine.h"

#ifdef __cplusplus
extern "C" {
#endif

/* --- Rules ----------------------------------------------------------------------------------- */

/** Rule @p i, from 0; NULL behind the last. */
XENPT_API const struct xenpt_pv_rule *xenpt_pv_rule(size_t i);
/** The rule of that name; NULL: there is none. */
XENPT_API const struct xenpt_pv_rule *xenpt_pv_rule_named(const char *name);

/** Rules that there can be, at most. */
#define XENPT_PV_RULES_MAX 512

/** Which rules are in force: a value, from xenpt_pv_rules_of(). */
struct xenpt_pv_rules {
    struct xenpt_release release;      /**< Those of this release... */
    bool in_force[XENPT_PV_RULES_MAX]; /**< ...or as they were switched since. */
};

/** The rules of a release. */
XENPT_API struct xenpt_pv_rules xenpt_pv_rules_of(struct xenpt_release release);
/** Those of the release that a machine has; of its own rows, those that it was built with. */
XENPT_API struct xenpt_pv_rules xenpt_pv_rules_of_machine(const struct xenpt_machine *machine);
/** Switches one on or off.  @return False: there is no such rule. */
XENPT_API bool xenpt_pv_rules_switch(struct xenpt_pv_rules *rules, const char *name, bool on);

/* --- Operations ------------------------------------------------------------------------------ */

/** What has to be dropped, and where. */
enum xenpt_pv_flush_kind {
    XENPT_PV_FLUSH_TLB,      /**< All of the CPU's TLB. */
    XENPT_PV_FLUSH_ADDRESS,  /**< One address of it. */
    XENPT_PV_FLUSH_ROOT,     /**< The CPU's XPTI root is to be copied anew. */
    XENPT_PV_FLUSH_CACHE,    /**< The CPU's data caches. */
    XENPT_PV_FLUSH_PAGE,     /**< One page of them: of a frame. */
    XENPT_PV_FLUSH_SECOND,   /**< What is remembered of a domain's physical memory: INVEPT. */
    XENPT_PV_NR_FLUSH_KINDS, /**< How many there are. */
};

/** One flush that an operation caused. */
struct xenpt_pv_flush {
    enum xenpt_pv_flush_kind kind; /**< Of what. */
    uint32_t cpu;                  /**< On which CPU. */
    uint64_t address; /**< FLUSH_ADDRESS: which; FLUSH_PAGE: its machine address; FLUSH_SECOND: the
                         domain. */
    const struct xenpt_pv_rule *rule; /**< Why, or NULL: the guest asked for it. */
};

/** Gets each flush at the moment when Xen does it. */
typedef void (*xenpt_pv_flush_fn)(void *ctx, const struct xenpt_pv_flush *flush);

/** Reads a word at an address of Xen's, as the caller's CPU does in Xen.  @return False: a fault.
 */
typedef bool (*xenpt_pv_read_fn)(void *ctx, uint64_t at, uint64_t *word);

/** Places inside of a hypercall, where other vCPUs may be at work as well. */
enum xenpt_pv_point {
    XENPT_PV_POINT_TYPE_FLUSH, /**< A frame's type is about to change: TLBs were flushed for that,
                                    or, by the rule type-flush-after, will be. */
    XENPT_PV_POINT_TYPED,      /**< It has changed, and what is in the frame was not checked. */
    XENPT_PV_POINT_LOCKED,     /**< A table is locked, whose entry is to be changed. */
    XENPT_PV_POINT_PHYSMAP_FRAME, /**< It is known which frame is to come to physical memory. */
    XENPT_PV_POINT_PHYSMAP_OLD,   /**< It is to go from where it was, which is looked up next; or,
                                       without the rule physmap-one-place, was. */
    XENPT_PV_POINT_PHYSMAP_TABLE, /**< A table of physical memory was given up for a larger page: it
                                       is free, and what CPUs remember was flushed, or will be. */
    XENPT_PV_NR_POINTS,           /**< How many there are. */
};

/** Name and meaning of a point. */
XENPT_API const struct xenpt_word *xenpt_pv_point_word(enum xenpt_pv_point point);

/**
 * A hypercall has come to a point, of a frame: other vCPUs may make hypercalls before it goes on.
 * @return False: it cannot go on, and fails with #XENPT_ESTOPPED.
 */
typedef bool (*xenpt_pv_point_fn)(void *ctx, enum xenpt_pv_point point, uint64_t frame);

/** Who makes a hypercall, and under which rules. */
struct xenpt_pv_caller {
    uint32_t domain;                    /**< Its number. */
    uint32_t vcpu;                      /**< It has to be on a CPU, and not in user mode. */
    const struct xenpt_pv_rules *rules; /**< NULL: those of the machine's release. */
    xenpt_pv_flush_fn flush;            /**< Or NULL. */
    xenpt_pv_read_fn read; /**< How Xen reads its linear map, TLBs and all; NULL: as the
                                tables are in memory. */
    void *ctx;             /**< For it. */
    bool entry;       /**< It is made by a multicall, so that the mode is not looked at again. */
    uint64_t preempt; /**< It is pre-empted at the first place where Xen lets it be after so much
                           work; 0: never. */
    xenpt_pv_point_fn at; /**< What happens meanwhile; or NULL.  What is refused after that is put
                               back as Xen does: what it wrote into entries stays. */
    uint64_t argument;    /**< Where in its memory what the hypercall is given begins: the array of
                               requests, or the structure... */
    bool has_argument;    /**< ...if that is said.  What is there is @e not looked at: the call's
                               parameters are what Xen reads; but an address that Xen cannot read is
                               refused as Xen does. */
    uint64_t extents;     /**< memory_op: where the list of extents is... */
    bool has_extents;     /**< ...if that is said. */
};

/** What came of a hypercall. */
struct xenpt_pv_result {
    int error;        /**< 0, or the number of the error; Xen returns it negated. */
    const char *name; /**< "EINVAL"; "ok" for 0, or "short" of what was asked; "crash", which Xen
                           returns to nobody: the domain is crashed, and its vCPUs are paused. */
    const struct xenpt_pv_rule *rule; /**< What refused it, or NULL. */
    uint32_t done;                    /**< Requests that were done before. */
    uint64_t frame;                   /**< Refused: of the table, or frame, that it was about. */
    uint32_t slot;                    /**< The slot of it, or 512: of none. */
    bool left;                        /**< An iret: the guest executes where that leads to. */
    uint64_t work;                    /**< Entries and requests that were looked at. */
    bool preempted; /**< It was pre-empted: error is "ERESTART", which no guest sees.  The same call
                         with the requests that are left goes on with it... */
    bool settled;   /**< ...or, if this is set, with none at all. */
    int then;       /**< Settled: the error that it returns after that. */
    const char *then_name; /**< Its name. */
};

/** One request of mmu_update. */
struct xenpt_pv_mmu_update {
    uint64_t ptr; /**< Machine address of the entry; the command in the low three bits. */
    uint64_t val; /**< Its new value; of M2P, the guest's frame. */
};

/** Commands of mmu_update; public/xen.h. */
enum xenpt_pv_mmu_command {
    XENPT_PV_MMU_NORMAL,       /**< An entry of a table. */
    XENPT_PV_MMU_M2P,          /**< An entry of the machine-to-physical table. */
    XENPT_PV_MMU_PRESERVE_AD,  /**< An entry; A and D stay set if they are. */
    XENPT_PV_MMU_NO_TRANSLATE, /**< An entry whose frame is the machine's, whoever owns it. */
};

/** Whether a word is what results are called by: "ok", "EINVAL", "short". */
XENPT_API bool xenpt_pv_error_is(const char *name);

#define XENPT_DOMID_SELF 0x7ff0u /**< The caller. */
#define XENPT_DOMID_IO   0x7ff1u /**< Owner of MMIO. */
#define XENPT_DOMID_XEN  0x7ff2u /**< Owner of what Xen shares. */

/**
 * mmu_update: changes entries, in order, until one is refused.
 * @param foreigndom  Low half: owner of what is mapped; high half: owner of the tables + 1, or 0.
 * @return What failed on our side: #XENPT_ERANGE if there is no such vCPU, #XENPT_ESTATE if it is
 *         not in its guest's kernel on a CPU, #XENPT_ENOMEM; the request that it was in is undone.
 */
XENPT_API XENPT_CHECK enum xenpt_code
xenpt_pv_mmu_update(struct xenpt_machine *machine, const struct xenpt_pv_caller *caller,
                    const struct xenpt_pv_mmu_update *req, size_t nr, uint32_t foreigndom,
                    struct xenpt_pv_result *ret, struct xenpt_error *err);

/** What update_va_mapping flushes; public/xen.h. */
enum xenpt_pv_uvmf {
    XENPT_PV_UVMF_NONE,   /**< Nothing. */
    XENPT_PV_UVMF_TLB,    /**< TLBs. */
    XENPT_PV_UVMF_INVLPG, /**< The address. */
};

/** One update_va_mapping, or update_va_mapping_otherdomain. */
struct xenpt_pv_va_update {
    uint64_t va;              /**< The address. */
    uint64_t val;             /**< Its new L1 entry. */
    enum xenpt_pv_uvmf flush; /**< What to flush... */
    bool all;                 /**< ...on all CPUs of the domain; else on this one... */
    uint64_t vcpus;           /**< ...or, not 0, on those of these vCPUs: a bit each. */
    uint32_t domain;          /**< Owner of the frame, or #XENPT_DOMID_SELF. */
};

/** update_va_mapping: see xenpt_pv_mmu_update(). */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_pv_update_va(struct xenpt_machine *machine,
                                                         const struct xenpt_pv_caller *caller,
                                                         const struct xenpt_pv_va_update *update,
                                                         struct xenpt_pv_result *ret,
                                                         struct xenpt_error *err);

/** Commands of mmuext_op; public/xen.h. */
enum xenpt_pv_mmuext_command {
    XENPT_PV_PIN_L1,             /**< mfn is pinned as an L1... */
    XENPT_PV_PIN_L2,             /**< ...L2... */
    XENPT_PV_PIN_L3,             /**< ...L3... */
    XENPT_PV_PIN_L4,             /**< ...L4. */
    XENPT_PV_UNPIN,              /**< mfn is not. */
    XENPT_PV_NEW_BASE,           /**< mfn is the vCPU's table. */
    XENPT_PV_TLB_LOCAL,          /**< This CPU's TLB goes. */
    XENPT_PV_INVLPG_LOCAL,       /**< One address of it. */
    XENPT_PV_TLB_MULTI,          /**< Those of vCPUs... */
    XENPT_PV_INVLPG_MULTI,       /**< ...one address. */
    XENPT_PV_TLB_ALL,            /**< All of the domain's... */
    XENPT_PV_INVLPG_ALL,         /**< ...one address. */
    XENPT_PV_FLUSH_CACHE_LOCAL,  /**< WBINVD. */
    XENPT_PV_SET_LDT,            /**< linear, nr entries. */
    XENPT_PV_NEW_USER_BASE = 15, /**< mfn is the vCPU's table in user mode; 0: none. */
    XENPT_PV_CLEAR_PAGE,         /**< mfn is filled with zeros. */
    XENPT_PV_COPY_PAGE,          /**< mfn gets what source has. */
    XENPT_PV_FLUSH_CACHE_GLOBAL, /**< WBINVD on all CPUs. */
    XENPT_PV_MARK_SUPER,         /**< Of another time... */
    XENPT_PV_UNMARK_SUPER,       /**< ...as well. */
};

/** One request of mmuext_op. */
struct xenpt_pv_mmuext {
    uint32_t cmd;    /**< An enum xenpt_pv_mmuext_command, or any number. */
    uint64_t arg;    /**< mfn, or a linear address. */
    uint64_t second; /**< The number of LDT entries; the source; or vCPUs, a bit each. */
};

/** mmuext_op: see xenpt_pv_mmu_update(). */
XENPT_API XENPT_CHECK enum xenpt_code
xenpt_pv_mmuext(struct xenpt_machine *machine, const struct xenpt_pv_caller *caller,
                const struct xenpt_pv_mmuext *op, size_t nr, uint32_t foreigndom,
                struct xenpt_pv_result *ret, struct xenpt_error *err);

/**
 * set_gdt: the caller's GDT is in these frames from now on, 512 entries in each.
 * @param frames  As many as @p entries take.
 */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_pv_set_gdt(struct xenpt_machine *machine,
                                                       const struct xenpt_pv_caller *caller,
                                                       const uint64_t *frames, uint32_t entries,
                                                       struct xenpt_pv_result *ret,
                                                       struct xenpt_error *err);

/** update_descriptor: a descriptor at machine address @p at becomes another. */
XENPT_API XENPT_CHECK enum xenpt_code
xenpt_pv_update_descriptor(struct xenpt_machine *machine, const struct xenpt_pv_caller *caller,
                           uint64_t at, uint64_t descriptor, struct xenpt_pv_result *ret,
                           struct xenpt_error *err);

/** What vm_assist can be asked for; public/xen.h, VMASST_TYPE_*. */
enum xenpt_pv_assist {
    XENPT_PV_4GB_SEGMENTS,         /**< Of 32-bit guests without PAE... */
    XENPT_PV_4GB_SEGMENTS_NOTIFY,  /**< ...as well. */
    XENPT_PV_WRITABLE_PAGETABLES,  /**< Xen writes to read-only L1 tables in the guest's place. */
    XENPT_PV_PAE_EXTENDED_CR3,     /**< A 32-bit guest's L3 may be above 4 GiB. */
    XENPT_PV_ARCHITECTURAL_IOPL,   /**< IOPL is in EFLAGS. */
    XENPT_PV_RUNSTATE_UPDATE_FLAG, /**< Run states say that they are being written. */
    XENPT_PV_M2P_STRICT = 32,      /**< M2P is in roots of the kernel's alone. */
};

/** vm_assist: command 0 enables, 1 disables one of enum xenpt_pv_assist.
 *
 *  Model: a domain has asked for writable_pagetables when it is first looked at, as Linux does, and
 *  for m2p_strict if its description says so. */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_pv_vm_assist(struct xenpt_machine *machine,
                                                         const struct xenpt_pv_caller *caller,
                                                         uint32_t cmd, uint32_t type,
                                                         struct xenpt_pv_result *ret,
                                                         struct xenpt_error *err);

/**
 * Writable page tables: the caller's kernel writes to an L1 table of its own through a read-only
 * mapping, faults, and Xen does it in its place.  What Xen does not do is "EFAULT", which no guest
 * sees: it is given its #PF.  So it is if the entry is refused, whose error is told.  With
 * "ERESTART" the domain was put on shadows, and the guest writes again.
 *
 * So dom0's writes to PCI configuration space are made, which is mapped read-only, and is no
 * memory.
 */
XENPT_API XENPT_CHECK enum xenpt_code
xenpt_pv_write_table(struct xenpt_machine *machine, const struct xenpt_pv_caller *caller,
                     uint64_t va, uint64_t value, unsigned int bytes, struct xenpt_pv_result *ret,
                     struct xenpt_error *err);

/* --- Memory ---------------------------------------------------------------------------------- */

/** Hypercalls by which a guest has more memory or less; public/memory.h. */
enum xenpt_pv_reservation_kind {
    XENPT_PV_INCREASE, /**< increase_reservation: frames, which the guest calls nothing yet. */
    XENPT_PV_DECREASE, /**< decrease_reservation: frames go. */
    XENPT_PV_POPULATE, /**< populate_physmap: frames, to be called as the guest says. */
};

/** One memory_op of these. */
struct xenpt_pv_reservation {
    enum xenpt_pv_reservation_kind what; /**< Which. */
    uint32_t domain;                     /**< Whose memory: a number, or #XENPT_DOMID_SELF. */
    uint32_t order;                      /**< Each extent has 2^order frames. */
    uint32_t address_bits;               /**< Their addresses have at most so many; 0: any. */
    bool on_demand; /**< Populate, of an HVM or PVH guest: memory comes when it is touched. */
};

/**
 * memory_op: extents come or go, in order, until one cannot.  It returns no error, but how many
 * were done: if these are fewer than @p nr, the result is called "short", its error is 0, and the
 * rule is why.  A frame that is given back while something refers to it is the domain's until
 * nothing does.
 *
 * An HVM or PVH guest names frames of its physical memory alone: what it gives back is there no
 * more, and what comes is there, in a page as large as an extent if that is possible.
 * @param extents  Of each its first frame: to give back the machine's, or an HVM or PVH guest's;
 *                 to populate what the guest calls it.  The frames of the machine that came,
 *                 afterwards: a guest that is not paravirtual is not told.
 * @return See xenpt_pv_mmu_update().  The extent that it failed in was not changed; but what an HVM
 *         or PVH guest populates where nothing can be is its memory, and nowhere.
 */
XENPT_API XENPT_CHECK enum xenpt_code
xenpt_pv_reservation(struct xenpt_machine *machine, const struct xenpt_pv_caller *caller,
                     const struct xenpt_pv_reservation *reservation, uint64_t *extents, size_t nr,
                     struct xenpt_pv_result *ret, struct xenpt_error *err);

/** One exchange. */
struct xenpt_pv_exchange {
    const uint64_t *in;    /**< First frames of what is given... */
    size_t nr_in;          /**< ...how many extents... */
    uint32_t in_order;     /**< ...of 2^order frames. */
    uint64_t *out;         /**< What the guest calls the first frames of what it gets; those of
                                the machine, afterwards. */
    size_t nr_out;         /**< How many extents... */
    uint32_t out_order;    /**< ...of 2^order frames. */
    uint32_t address_bits; /**< Addresses of what it gets have at most so many; 0: any. */
    uint32_t domain;       /**< Whose: a number, or #XENPT_DOMID_SELF. */
    uint64_t begin;        /**< nr_exchanged: extents that the guest says are done already, of which
                                @ref in and @ref out have none; the guest's arrays begin with
                                them. */
    uint64_t at; /**< The address of the guest's array of what it gets, 8 bytes each, which
                      Xen writes to; 0: somewhere where it may. */
};

/**
 * memory_op, exchange: a domain has other frames for its own.  Chunks are done in order until one
 * cannot; the result's `done` counts extents of what was given.  See xenpt_pv_reservation().
 */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_pv_exchange(struct xenpt_machine *machine,
                                                        const struct xenpt_pv_caller *caller,
                                                        const struct xenpt_pv_exchange *exchange,
                                                        struct xenpt_pv_result *ret,
                                                        struct xenpt_error *err);

/**
 * What GNTTABOP_transfer does to a frame, the grant left out: the caller's becomes another
 * domain's.
 * @param mfn    To which nothing refers.
 * @param gfn    What the other domain calls it.
 * @param got    Which the other one has: another than @p mfn with the same in it, where a 32-bit
 *               guest could not name that.
 * @return See xenpt_pv_reservation(); #XENPT_EUNSUPPORTED if one of the two is not paravirtual.
 */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_pv_transfer(struct xenpt_machine *machine,
                                                        const struct xenpt_pv_caller *caller,
                                                        uint64_t mfn, uint32_t domain, uint64_t gfn,
                                                        uint64_t *got, struct xenpt_pv_result *ret,
                                                        struct xenpt_error *err);

/**
 * A processor reads a descriptor of the caller's LDT, in any mode, whose page is not mapped where
 * Xen has LDTs: it is mapped.  What Xen does not map is "EFAULT", which no guest sees: it is given
 * a #PF.
 * @param offset  Of the descriptor in the LDT.
 */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_pv_map_ldt(struct xenpt_machine *machine,
                                                       const struct xenpt_pv_caller *caller,
                                                       uint64_t offset, struct xenpt_pv_result *ret,
                                                       struct xenpt_error *err);

/** What iret takes from the guest's stack. */
struct xenpt_pv_iret {
    uint16_t cs;    /**< The selector to return to: its last two bits are the ring. */
    bool on_stack;  /**< It is read from a frame in the guest's memory... */
    uint64_t stack; /**< ...at this address. */
};

/**
 * iret: the caller's kernel goes to its user mode, and the table of that is loaded, or stays where
 * it is.  Of a 32-bit guest rings are modes, and the table is the same.  With the error "crash" the
 * domain is crashed.
 */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_pv_iret(struct xenpt_machine *machine,
                                                    const struct xenpt_pv_caller *caller,
                                                    const struct xenpt_pv_iret *iret,
                                                    struct xenpt_pv_result *ret,
                                                    struct xenpt_error *err);

/**
 * Makes entry @p i of a multicall: some hypercall above, by this caller, whose result it fills.
 * @return As the hypercall does; then nothing of the multicall is made any more.
 */
typedef enum xenpt_code (*xenpt_pv_entry_fn)(void *ctx, size_t i,
                                             const struct xenpt_pv_caller *caller,
                                             struct xenpt_pv_result *ret, struct xenpt_error *err);

/**
 * multicall: makes hypercalls, one behind the other, whatever comes of them; but behind an iret
 * none, by the rule of XSA-213, nor behind a crash.
 * @param ret  Entries that were made are "done"; an error is of the multicall itself.
 */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_pv_multicall(struct xenpt_machine *machine,
                                                         const struct xenpt_pv_caller *caller,
                                                         size_t nr, xenpt_pv_entry_fn entry,
                                                         void *ctx, struct xenpt_pv_result *ret,
                                                         struct xenpt_error *err);

/* --- Devices --------------------------------------------------------------------------------- */

/**
 * XEN_DOMCTL_assign_device and XEN_DOMCTL_deassign_device: a device becomes a domain's, or is
 * put into quarantine.
 *
 * Model: a domain that was built without devices gets none; before 4.13 Xen makes tables for it
 * then.
 * @param name      The device's.
 * @param domain    Whose it is to be; or is, and is no more.
 * @param assigned  It is given; else taken.
 */
XENPT_API XENPT_CHECK enum xenpt_code
xenpt_device_assign(struct xenpt_machine *machine, const struct xenpt_pv_caller *caller,
                    const char *name, uint32_t domain, bool assigned, struct xenpt_pv_result *ret,
                    struct xenpt_error *err);

/* --- What a vCPU does ------------------------------------------------------------------------ */

/** Places that a guest names, where Xen writes what a vCPU does; public/vcpu.h. */
enum xenpt_vcpu_area {
    XENPT_AREA_RUNSTATE, /**< VCPUOP_register_runstate_memory_area: struct vcpu_runstate_info. */
    XENPT_AREA_TIME,     /**< VCPUOP_register_vcpu_time_memory_area: struct vcpu_time_info. */
};

/**
 * vcpu_op: the caller names a place for its run state or its time, which Xen writes there now, and
 * whenever the vCPU gets a CPU; the run state also when it loses it.
 * @param at  Its virtual address; 0: nowhere any more.
 */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_pv_register_area(struct xenpt_machine *machine,
                                                             const struct xenpt_pv_caller *caller,
                                                             enum xenpt_vcpu_area area, uint64_t at,
                                                             struct xenpt_pv_result *ret,
                                                             struct xenpt_error *err);

/**
 * VCPUOP_register_vcpu_info: a vCPU of the caller's has its vcpu_info in a page of the guest's,
 * which Xen maps for good.  What it was is copied there, and all its events are pending, as some
 * may be lost; from now on Xen writes there, and no more to shared_info.
 * @param vcpu    Its number.
 * @param gfn     The page, as the caller calls it.
 * @param offset  Where in it 64 bytes begin.
 */
XENPT_API XENPT_CHECK enum xenpt_code
xenpt_pv_register_vcpu_info(struct xenpt_machine *machine, const struct xenpt_pv_caller *caller,
                            uint32_t vcpu, uint64_t gfn, uint32_t offset,
                            struct xenpt_pv_result *ret, struct xenpt_error *err);

/* --- Frames ---------------------------------------------------------------------------------- */

/** Types of frames, in the order of Xen's PGT_*. */
enum xenpt_frame_type {
    XENPT_FRAME_NONE,     /**< Nothing yet. */
    XENPT_FRAME_L1,       /**< A table... */
    XENPT_FRAME_L2,       /**< ...of... */
    XENPT_FRAME_L3,       /**< ...each... */
    XENPT_FRAME_L4,       /**< ...level. */
    XENPT_FRAME_SEG_DESC, /**< Descriptors: GDT or LDT. */
    XENPT_FRAME_SHARED,   /**< Shared between domains. */
    XENPT_FRAME_WRITABLE, /**< Mapped writable. */
    XENPT_NR_FRAME_TYPES, /**< How many there are. */
};

/** Name and meaning of a type. */
XENPT_API const struct xenpt_word *xenpt_frame_type_word(enum xenpt_frame_type type);

/** What Xen's frametable has of a frame. */
struct xenpt_frame {
    enum xenpt_frame_type type; /**< Its type: of the last use, if the count is 0. */
    uint64_t type_count;        /**< References as that. */
    uint64_t count;             /**< All references. */
    int32_t linear;             /**< Linear entries in it; negative: that lead to it. */
    bool pinned;                /**< As a table. */
    bool validated;             /**< Its contents were checked. */
    bool partial;               /**< Part of them. */
    bool locked;                /**< An entry of it is being changed. */
    uint32_t entries;           /**< Partial: how many of them. */
    bool pae_xen_l2;            /**< The last L2 of a 32-bit guest. */
    bool non_coherent;          /**< It was mapped write-combining. */
};

/** What Xen knows of a frame.  Counts first what nobody has counted. */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_pv_frame(struct xenpt_machine *machine, uint64_t mfn,
                                                     struct xenpt_frame *ret,
                                                     struct xenpt_error *err);

/** Room for a sentence about a frame whose counts are wrong. */
#define XENPT_PV_WRONG_MAX 200

/**
 * Counts all references anew, from the tables as they are in memory, and compares.
 * @param wrong  What is wrong of the lowest frame of which something is; "": nothing is.
 * @param frame  Which that is.
 */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_pv_check_counts(struct xenpt_machine *machine,
                                                            char wrong[XENPT_PV_WRONG_MAX],
                                                            uint64_t *frame,
                                                            struct xenpt_error *err);

#ifdef __cplusplus
}
#endif

#endif
