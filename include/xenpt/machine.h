/**
 * @file machine.h
 * A simulated machine: a host, Xen on it, its domains, and every page table that they have.
 *
 * A description says what is there; xenpt_machine_create() builds the tables that a Xen of that
 * release would have.  Nothing here knows an address or a flag of Xen: the layout (layout.h)
 * does.  vCPUs run on CPUs and change between modes by xenpt_machine_run(), and what that does
 * to tables and registers is done.  The machine presents a view, whose explainer says of each
 * entry why it is there.
 */
#ifndef XENPT_MACHINE_H
#define XENPT_MACHINE_H

#include "xenpt/enclave.h"
#include "xenpt/encrypt.h"
#include "xenpt/given.h"
#include "xenpt/iommu.h"
#include "xenpt/layout.h"
#include "xenpt/rule.h"
#include "xenpt/view.h"

#ifdef __cplusplus
extern "C" {
#endif

/* --- The description ------------------------------------------------------------------------- */

/** Machine addresses; both bytes are in it. */
struct xenpt_ram_range {
    uint64_t first; /**< First byte... */
    uint64_t last;  /**< ...and last. */
};

/** A processor that there is. */
struct xenpt_cpu_model {
    const char *name;      /**< "skylake-server". */
    const char *text;      /**< Which ones these are. */
    struct xenpt_cpu cpu;  /**< What it can do. */
    bool invpcid;          /**< INVPCID, without which Xen does not use PCIDs. */
    bool meltdown;         /**< User code can read what only the supervisor may: XPTI is wanted. */
    bool l1tf;             /**< Entries that are not present can leak what they name. */
    bool multihit;         /**< A change of the size of a page that code is fetched from can be a
                                machine check: what IF_PSCHANGE_MC_NO says that it is not. */
    unsigned int encrypts; /**< Bit e: guests' memory by enum xenpt_encryption e. */
    uint8_t c_bit;         /**< SEV: the bit of a guest's entry that says that a page is private
                                (CPUID 8000001F, EBX). */
};

/** The processors that are known by name.  @return How many. */
XENPT_API size_t xenpt_cpu_models(const struct xenpt_cpu_model **ret);

/** The host.  All zero but for @ref ram or @ref ranges it is a machine of the usual kind. */
struct xenpt_host_desc {
    uint64_t ram; /**< Bytes of RAM, placed as PCs have it: 640K, from 1M to the PCI hole at
                       3 GiB, the rest from 4 GiB on.  Not with @ref ranges. */
    const struct xenpt_ram_range *ranges;    /**< RAM as e820 has it, ascending... */
    size_t nr_ranges;                        /**< ...and how many ranges. */
    uint32_t cpus;                           /**< Physical CPUs; 0: 1. */
    const struct xenpt_cpu_model *processor; /**< NULL: the first of xenpt_cpu_models(). */
    bool mmcfg;                              /**< PCI configuration space is in memory... */
    uint64_t mmcfg_base;                     /**< ...from this machine address on... */
    uint32_t mmcfg_buses;                    /**< ...for so many buses, 1 MiB each; 0: 256. */
    bool quarantine;        /**< A device is in quarantine, on an AMD IOMMU, with a scratch page
                                 (iommu=quarantine=scratch-page): a context of that name. */
    uint64_t epc_base;      /**< The enclave page cache (SGX) begins there... */
    uint64_t epc_size;      /**< ...and has so many bytes; 0: there is none.  CPUID leaf 12H,
                                 subleaves from 2 on. */
    enum xenpt_iommu iommu; /**< By which devices of domains reach memory; of the processor's
                                 vendor. */
};

/** Whether something is compiled into Xen. */
enum xenpt_built {
    XENPT_BUILT_USUAL, /**< As its release is by default. */
    XENPT_BUILT_IN,    /**< It is. */
    XENPT_BUILT_OUT,   /**< It is not. */
    XENPT_NR_BUILT,    /**< How many there are. */
};

/** What can be compiled into Xen, or left out, by which a privileged domain gets at memory. */
enum xenpt_feature {
    XENPT_FEATURE_LIVEPATCH, /**< Its code is replaced while it runs (CONFIG_LIVEPATCH). */
    XENPT_FEATURE_KEXEC,     /**< Another kernel is executed in its place (CONFIG_KEXEC). */
    XENPT_FEATURE_GDBSX,     /**< Guests are debugged from dom0 (CONFIG_GDBSX). */
    XENPT_FEATURE_SHARING,   /**< Guests share memory (CONFIG_MEM_SHARING). */
    XENPT_NR_FEATURES,       /**< How many there are. */
};

/** Name and meaning of a feature. */
XENPT_API const struct xenpt_word *xenpt_feature_word(enum xenpt_feature feature);

struct xenpt_machine;

/**
 * Whether a machine's Xen has a feature: as its description says, or as its release has it by
 * default.
 */
XENPT_API bool xenpt_machine_has_feature(const struct xenpt_machine *machine,
                                         enum xenpt_feature feature);

/** Xen. */
struct xenpt_xen_desc {
    const struct xenpt_layout *layout; /**< Its address space; borrowed, as long as the machine. */
    struct xenpt_release release; /**< Which release of those that @ref layout is for; all 0: its
                                       last, or its first if that is open. */
    const char *options;          /**< Command line words: "xpti=dom0 pcid=off"; or NULL. */
    bool debug;                   /**< A debug build. */
    bool pv32;                    /**< Built with 32-bit PV. */
    enum xenpt_built features[XENPT_NR_FEATURES]; /**< What else it is built with. */
    bool has_phys;                     /**< @ref phys is given; else it is where Xen puts itself. */
    uint64_t phys;                     /**< Machine address of the first byte of the image's area
                                            (xen_phys_start). */
    struct xenpt_image_sections image; /**< Its build's own; data_end 0: as the layout has it. */
    const uint64_t *stacks; /**< Machine address of each CPU's stack, as allocated; or NULL. */
    size_t nr_stacks;       /**< Of @ref stacks. */
    const struct xenpt_rules_wanted *rules; /**< What it does with its own tables, walkers, TLBs
                                                 and caches, where that is not as its release does;
                                                 or NULL.  Copied. */
};

/** What a domain is. */
enum xenpt_domain_type {
    XENPT_DOMAIN_PV64,     /**< Paravirtual, 64-bit. */
    XENPT_DOMAIN_PV32,     /**< Paravirtual, 32-bit with PAE. */
    XENPT_DOMAIN_HVM,      /**< Hardware-assisted, with a device model. */
    XENPT_DOMAIN_PVH,      /**< Hardware-assisted, without. */
    XENPT_NR_DOMAIN_TYPES, /**< How many there are. */
};

/** Name and meaning of a type of domain. */
XENPT_API const struct xenpt_word *xenpt_domain_type_word(enum xenpt_domain_type type);

/** How a guest's addresses are translated. */
enum xenpt_guest_paging {
    XENPT_GUEST_USUAL,     /**< PV: the guest's own tables; HVM and PVH: HAP. */
    XENPT_GUEST_SHADOW,    /**< Shadow page tables. */
    XENPT_NR_GUEST_PAGING, /**< How many there are. */
};

/** How a guest under shadow paging pages when it is looked at. */
enum xenpt_guest_mode {
    XENPT_GUEST_4LEVEL,   /**< Long mode. */
    XENPT_GUEST_PAE,      /**< PAE. */
    XENPT_GUEST_2LEVEL,   /**< 32-bit paging. */
    XENPT_GUEST_UNPAGED,  /**< CR0.PG = 0. */
    XENPT_NR_GUEST_MODES, /**< How many there are. */
};

/** Name and meaning of a guest's paging mode. */
XENPT_API const struct xenpt_word *xenpt_guest_mode_word(enum xenpt_guest_mode mode);

/** Memory of a domain: frames in a row as it counts them, and as the machine does where that is
 *  said. */
struct xenpt_domain_range {
    uint64_t gfn; /**< The first of the guest's frames; a PV guest's pfn... */
    uint64_t nr;  /**< ...and how many there are. */
    bool placed;  /**< @ref mfn is said; else they are where the allocator has some. */
    uint64_t mfn; /**< The machine's frame that the first one is. */
};

/** A domain; its number is its place in the list, and number 0 is dom0 if Xen built it. */
struct xenpt_domain_desc {
    const char *name;               /**< "d1", which NULL stands for; borrowed. */
    enum xenpt_domain_type type;    /**< What it is. */
    enum xenpt_guest_paging paging; /**< How its addresses are translated; of a PV domain
                                         shadow is as a log of dirty pages or L1TF has it. */
    enum xenpt_guest_mode mode;     /**< HVM, PVH: how it pages. */
    uint64_t memory;                /**< Bytes; a multiple of 4 KiB.  Not with @ref ranges. */
    const struct xenpt_domain_range *ranges; /**< Where its memory is, ascending by gfn, of PV
                                                  guests without a hole; or NULL: where builders
                                                  and the allocator have it.  Borrowed, as long as
                                                  the machine... */
    size_t nr_ranges;                        /**< ...and how many ranges. */
    uint32_t vcpus;                          /**< 0: 1. */
    uint32_t max_vcpus;                      /**< vCPUs that it may have: those beyond @ref vcpus
                                                  are created, and down; 0: none beyond. */
    bool privileged;                         /**< It may control others, and the hardware. */
    bool built_by_xen;                       /**< As dom0 is; else by the toolstack. */
    bool m2p_strict;                         /**< PV64: it asked for m2p_strict. */
    bool ldt;                                /**< PV: it has an LDT of one page in use. */
    bool linear_pt; /**< PV64: its kernel's roots lead to themselves in slot 255. */
    bool log_dirty; /**< A log of the pages that it writes to is kept, from now on;
                         see xenpt_machine_log_dirty(). */
    const struct xenpt_given_frame *given; /**< Tables and frames that it has from the beginning,
                                                besides; or NULL.  Borrowed, as long as the
                                                machine... */
    size_t nr_given;                       /**< ...and how many. */
    uint32_t views;      /**< HVM, PVH: how many views of its memory it has; 0: none. */
    uint64_t max_memory; /**< Bytes that it may have; 0: 1 MiB more than it has, as libxl sets it,
                            or any number if Xen has built it. */
    const char *devices; /**< Names of devices that it has, with blanks between; "": it can have
                            some, and has none yet; NULL: it can have none.  Borrowed, as long as
                            the machine. */
    bool paused;         /**< All of its vCPUs are paused, as the toolstack creates a domain. */
    bool has_target;     /**< It is the device model's domain (a stubdom) of... */
    uint32_t target;     /**< ...this one, whose number this is, and may do to it what a privileged
                              domain may. */
    enum xenpt_encryption encryption;     /**< HVM, PVH under HAP: what encrypts its memory. */
    const struct xenpt_enclave *enclaves; /**< HVM, PVH under HAP: enclaves of its programs; or
                                             NULL. Borrowed, as long as the machine... */
    size_t nr_enclaves;                   /**< ...and how many. */
};

/** A machine. */
struct xenpt_machine_desc {
    struct xenpt_host_desc host;             /**< The host. */
    struct xenpt_xen_desc xen;               /**< Xen. */
    const struct xenpt_domain_desc *domains; /**< The domains, by number... */
    size_t nr_domains;                       /**< ...and how many. */
};

/** A word of Xen's command line that is known. */
struct xenpt_xen_option {
    const char *name;   /**< "xpti". */
    const char *values; /**< What may follow "=", in words. */
    const char *text;   /**< What it changes of what is modelled. */
};

/** Word @p i of Xen's command line, from 0: those that change tables, then those that are taken
 *  and change nothing; NULL behind the last. */
XENPT_API const struct xenpt_xen_option *xenpt_xen_option(size_t i);

/* --- The machine ----------------------------------------------------------------------------- */

/** A machine.  One thread may change it; while none does, many may read its view. */
struct xenpt_machine;

/**
 * Builds a machine.  Destroy it with xenpt_machine_destroy().
 * @return #XENPT_EPARSE for words of the command line that are not known or contradict the
 *         rest; #XENPT_ERANGE for what cannot be: RAM that overlaps, too many vCPUs, domains
 *         larger than the host; #XENPT_EUNSUPPORTED for what this release has not;
 *         #XENPT_ENOMEM.
 */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_machine_create(const struct xenpt_machine_desc *desc,
                                                           struct xenpt_machine **ret,
                                                           struct xenpt_error *err);
/** Frees a machine, its view and its memory; NULL is fine. */
XENPT_API void xenpt_machine_destroy(struct xenpt_machine *machine);

/**
 * What the machine is as a view, as it is now.  Contexts are named "idle", "cpu0.xpti",
 * "d1.v0.user", "d1.v0.kernel", "d1.v0.xen" (entered from the guest's kernel),
 * "d1.v0.xen-user" (from its user mode), "d2.v0.guest", "d1.device" (what devices of a domain
 * reach), and "cpu0": what a CPU runs on. Borrowed; its contexts are valid until the machine is run
 * or destroyed.
 */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_machine_view(struct xenpt_machine *machine,
                                                         const struct xenpt_view **ret,
                                                         struct xenpt_error *err);

/** Where a vCPU is executing. */
enum xenpt_run_mode {
    XENPT_RUN_USER,     /**< PV guest, user mode. */
    XENPT_RUN_KERNEL,   /**< PV guest, kernel mode. */
    XENPT_RUN_GUEST,    /**< HVM, PVH: in non-root mode. */
    XENPT_RUN_XEN,      /**< In Xen, on behalf of it. */
    XENPT_NR_RUN_MODES, /**< How many there are. */
};

/** Name and meaning of a mode. */
XENPT_API const struct xenpt_word *xenpt_run_mode_word(enum xenpt_run_mode mode);

/**
 * Puts a vCPU on a CPU, in a mode, by the ways that there are: through Xen, with all that is
 * switched and copied on them.  A vCPU that runs on another CPU leaves that one idle.
 * @return #XENPT_ERANGE if there is no such domain, vCPU or CPU; #XENPT_ESTATE for a mode that
 *         this type of domain has not.
 */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_machine_run(struct xenpt_machine *machine,
                                                        uint32_t domain, uint32_t vcpu,
                                                        uint32_t cpu, enum xenpt_run_mode mode,
                                                        struct xenpt_error *err);

/**
 * Has nothing to run on a CPU: the vCPU that was there waits.  Its tables stay loaded, of the mode
 * that it was in, until another vCPU comes, or until it runs on another CPU.
 * Source: arch/x86/domain.c, context_switch, 4.17; seen in 4.17.5.
 * @return #XENPT_ERANGE if there is no such CPU.
 */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_machine_idle(struct xenpt_machine *machine,
                                                         uint32_t cpu, struct xenpt_error *err);

/**
 * Runs what a context is named after, "d1.v0.user", on the CPU that its vCPU was on last, so that
 * the tables of that CPU are those of this context.  Other names change nothing.
 */
XENPT_API XENPT_CHECK enum xenpt_code
xenpt_machine_enter(struct xenpt_machine *machine, const char *context, struct xenpt_error *err);

/**
 * The machine as it was at one moment: its memory, its allocator, its domains, what its CPUs do.
 * Taking one copies no memory; what is written afterwards costs one copy of each page first.
 * Owned by the machine: those that were not dropped go with it.
 */
struct xenpt_machine_snapshot;

/** Takes a snapshot of a machine. */
XENPT_API XENPT_CHECK enum xenpt_code
xenpt_machine_snapshot_take(struct xenpt_machine *machine, struct xenpt_machine_snapshot **ret,
                            struct xenpt_error *err);
/**
 * Makes the machine what it was.  Snapshots taken later are dropped; @p snap stays, and the
 * contexts of the machine's view have to be asked for anew.  On failure (#XENPT_ENOMEM) nothing
 * was changed.
 */
XENPT_API XENPT_CHECK enum xenpt_code
xenpt_machine_snapshot_restore(struct xenpt_machine_snapshot *snap, struct xenpt_error *err);
/** Forgets a snapshot; others, earlier or later, stay right.  NULL is fine. */
XENPT_API void xenpt_machine_snapshot_drop(struct xenpt_machine_snapshot *snap);

/**
 * Creates a domain while the machine runs, as the toolstack does; its number is the next.
 * @param desc  Its name is borrowed, as long as the machine.
 * @return As xenpt_machine_create(), of a domain; on failure nothing was changed.
 */
XENPT_API XENPT_CHECK enum xenpt_code
xenpt_machine_domain_create(struct xenpt_machine *machine, const struct xenpt_domain_desc *desc,
                            uint32_t *ret, struct xenpt_error *err);

/**
 * Destroys a domain: its vCPUs leave their CPUs; its memory, and what Xen took for it - monitor
 * tables, the per-domain area, EPT or NPT with their views, shadows, shared_info and the like -
 * is free and reads as zeros; its contexts and its name are gone.  Its number is not used again.
 * A frame that another domain has mapped is not free until that one lets it go.
 * What an XPTI root of a CPU has of it stays there until something else runs on that CPU.
 * @return #XENPT_ERANGE if there is no such domain; #XENPT_ENOMEM.  On failure nothing was changed.
 */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_machine_domain_destroy(struct xenpt_machine *machine,
                                                                   uint32_t domain,
                                                                   struct xenpt_error *err);

/**
 * Pauses a vCPU, or lets it run again.  One that executes leaves its CPU, which is idle then and
 * keeps the tables that it has loaded, as Xen does.
 * @return #XENPT_ERANGE if there is no such vCPU; #XENPT_ESTATE if it is paused already, or is
 *         not, or if the rule unpause-foreign (docs/rules.md), a policy that no Xen has, is in
 *         force and another domain has memory of its domain mapped: the text says who.
 */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_machine_pause(struct xenpt_machine *machine,
                                                          uint32_t domain, uint32_t vcpu,
                                                          bool paused, struct xenpt_error *err);

/** How far a vCPU is. */
enum xenpt_vcpu_state {
    XENPT_VCPU_ABSENT,    /**< Not created, or destroyed. */
    XENPT_VCPU_CREATED,   /**< Xen has it; PV: it has no roots. */
    XENPT_VCPU_DOWN,      /**< It is not to run. */
    XENPT_VCPU_UP,        /**< It is. */
    XENPT_NR_VCPU_STATES, /**< How many there are. */
};

/** Name and meaning of a state of a vCPU. */
XENPT_API const struct xenpt_word *xenpt_vcpu_state_word(enum xenpt_vcpu_state state);

/** Looks at a vCPU.  @return False: the domain has none of this number. */
XENPT_API bool xenpt_machine_vcpu(const struct xenpt_machine *machine, uint32_t domain,
                                  uint32_t vcpu, enum xenpt_vcpu_state *ret);

/**
 * Has Xen create a vCPU that was destroyed: the tables of its part of the per-domain area, of a
 * 32-bit PV guest the L4 that Xen makes for it, of HVM and PVH guests its monitor table and, under
 * shadow paging, the shadows of its roots.
 *
 * Model: Xen creates all vCPUs that a domain may have at once, and destroys them with it.
 * @return #XENPT_ERANGE: the domain may not have so many; #XENPT_ESTATE: it is there;
 *         #XENPT_ENOMEM.  On failure nothing was changed.
 */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_machine_vcpu_create(struct xenpt_machine *machine,
                                                                uint32_t domain, uint32_t vcpu,
                                                                struct xenpt_error *err);
/**
 * Has Xen destroy a vCPU: it leaves its CPU, and what xenpt_machine_vcpu_create() lists is gone but
 * for tables of the per-domain area, whose entries are empty.  A PV guest's roots are its memory,
 * and stay.
 * @return #XENPT_ERANGE; #XENPT_ESTATE: it is not there; #XENPT_ENOMEM.
 */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_machine_vcpu_destroy(struct xenpt_machine *machine,
                                                                 uint32_t domain, uint32_t vcpu,
                                                                 struct xenpt_error *err);
/**
 * Brings a vCPU up.  One of a PV guest that has not been initialised is: VCPUOP_initialise, by
 * which the guest says its roots, GDT and LDT; then VCPUOP_up.
 *
 * Model: an HVM or PVH guest's vCPU begins with the registers that the first one began with.
 * @param kernel,user  Frames of the roots: of a 64-bit PV guest both, of a 32-bit one @p kernel;
 * NULL: ones like those of a vCPU that has some, in frames that nothing is in.
 * @return #XENPT_ERANGE; #XENPT_ESTATE: it is up, not there, or has roots already; #XENPT_ENOMEM.
 */
XENPT_API XENPT_CHECK enum xenpt_code
xenpt_machine_vcpu_up(struct xenpt_machine *machine, uint32_t domain, uint32_t vcpu,
                      const xenpt_mfn_t *kernel, const xenpt_mfn_t *user, struct xenpt_error *err);
/**
 * Brings a vCPU down: VCPUOP_down.  It keeps its tables, and its CPU has them loaded.
 * @return #XENPT_ERANGE; #XENPT_ESTATE: it is not up, or is the last that is, whose domain Xen
 * would shut down.
 */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_machine_vcpu_down(struct xenpt_machine *machine,
                                                              uint32_t domain, uint32_t vcpu,
                                                              struct xenpt_error *err);

/** What a CPU is doing, and what is in its registers. */
struct xenpt_cpu_state {
    bool idle;                /**< No vCPU of a domain: the members below but @ref cr3 are 0. */
    uint32_t domain;          /**< Whose vCPU... */
    uint32_t vcpu;            /**< ...and which. */
    enum xenpt_run_mode mode; /**< Where it is executing. */
    uint64_t cr3;             /**< CR3, as the register is read: non-root, the guest's own. */
    uint64_t host_cr3;        /**< CR3 that Xen is entered with from here, as it is stored. */
    uint64_t pv_cr3;          /**< What Xen leaves with, as it is stored; 0 without XPTI. */
    uint64_t cr4;             /**< CR4. */
    uint64_t second;          /**< EPTP or nCR3; 0 where there is no second stage. */
};

/** Looks at a CPU.  @return False: there is no such CPU. */
XENPT_API bool xenpt_machine_cpu(const struct xenpt_machine *machine, uint32_t cpu,
                                 struct xenpt_cpu_state *ret);

/** What a machine consists of, and what it did. */
struct xenpt_machine_stats {
    uint64_t tables;         /**< Frames that are page tables; guests' as they are built. */
    uint64_t free_frames;    /**< Frames that nothing has taken yet, or any more. */
    uint64_t bytes;          /**< Host memory in use for all of it. */
    uint64_t root_copies;    /**< Times a guest's L4 was copied into an XPTI root... */
    uint64_t entries_copied; /**< ...and entries that were. */
    uint64_t guest_exits;    /**< Times a CPU left Xen for a guest. */
};

/** Counts; see #xenpt_machine_stats. */
XENPT_API struct xenpt_machine_stats xenpt_machine_stats(const struct xenpt_machine *machine);

/**
 * Memory whose contents are worked out when they are read, and stored nowhere: the pieces of the
 * machine-to-physical table, and of the lists that PV guests have of their frames, ascending.
 * @return False: there is no piece @p i.
 */
XENPT_API bool xenpt_machine_computed(const struct xenpt_machine *machine, size_t i,
                                      struct xenpt_ram_range *ret);

/** Where Xen's image is: the machine address of the first byte of its area. */
XENPT_API uint64_t xenpt_machine_phys(const struct xenpt_machine *machine);

/** The layout of its Xen: that of its description. */
XENPT_API const struct xenpt_layout *xenpt_machine_layout(const struct xenpt_machine *machine);

/** The conditions of the layout that hold on this machine. */
XENPT_API xenpt_conditions xenpt_machine_conditions(const struct xenpt_machine *machine);

#ifdef __cplusplus
}
#endif

#endif
