/**
 * @file hvm.h
 * What a vCPU of an HVM or PVH domain does that changes tables: it loads registers, touches
 * addresses, and writes to its own page tables.
 *
 * Under HAP the processor sets A and D in the guest's tables, and Xen hears only of what the
 * second stage refuses.  Under shadow paging Xen makes the tables that the processor walks, as
 * they come to be needed, and has to see each change of the guest's:
 *
 *     guest's entry           its shadow
 *     not present             not present
 *     A clear                 not present until it is used: then the guest's A is set
 *     D clear                 read-only until it is written: then the guest's D is set
 *     leads to a table        that table's shadow, once there is one
 *     maps a table            read-only: Xen does such writes itself, or lets the table go out of
 *                             sync for a while
 *     A larger page           a table of small ones
 *
 * The names of what is modelled are those of arch/x86/mm/shadow/multi.c and common.c, 4.17.
 */
#ifndef XENPT_HVM_H
#define XENPT_HVM_H

#include "xenpt/judge.h"
#include "xenpt/machine.h"

#ifdef __cplusplus
extern "C" {
#endif

/** How something that a guest did has ended. */
enum xenpt_guest_outcome {
    XENPT_GUEST_DONE,        /**< The processor did it, perhaps once Xen had made what it lacked. */
    XENPT_GUEST_EMULATED,    /**< Xen did it in the guest's place. */
    XENPT_GUEST_FAULT,       /**< The guest was given an exception, and nothing else happened. */
    XENPT_GUEST_DEVICE,      /**< There is no memory: it went to the device model. */
    XENPT_GUEST_DISCARDED,   /**< A write to what the guest may only read: it was left out. */
    XENPT_GUEST_EVENT,       /**< The access rights of a view refuse it, or it is paged out: a
                                  monitor, or a pager, is told. */
    XENPT_GUEST_CRASH,       /**< Xen destroys the domain. */
    XENPT_NR_GUEST_OUTCOMES, /**< How many there are. */
};

/** Name and meaning of an outcome. */
XENPT_API const struct xenpt_word *xenpt_guest_outcome_word(enum xenpt_guest_outcome outcome);

/** What came of it. */
struct xenpt_guest_done {
    enum xenpt_guest_outcome outcome; /**< How it ended. */
    struct xenpt_fault fault;         /**< FAULT: what the guest was given. */
    enum xenpt_rule_id rule;          /**< FAULT: the rule that refused it; 0: a register's. */
    uint64_t gaddr;                   /**< Guest-physical address, if there is one. */
    uint64_t maddr;                   /**< Machine address of the byte; 0 where there is none. */
    uint32_t exits;                   /**< Times the processor left the guest for Xen. */
    char reason[160];                 /**< FAULT of a register: why; else "". */
};

/** The registers of a vCPU that decide how it pages, as the guest reads them.
 *  @return False: there is no such vCPU, or it is paravirtual. */
XENPT_API bool xenpt_machine_guest_regs(const struct xenpt_machine *machine, uint32_t domain,
                                        uint32_t vcpu, struct xenpt_regs *ret);

/**
 * Loads registers: those of @p regs that differ.  EFER.LMA follows from the others.
 * Under shadow paging a new CR3 puts tables that are out of sync right and makes the shadows of
 * the new root, or finds them; a change of CR0.PG, CR4.PAE or EFER.LME makes another monitor
 * table if the shadow has another number of levels.  Bits that change what entries mean
 * (EFER.NXE, CR4.PSE) do away with all shadows.
 * What the guest may not load is a #GP, in @p ret.
 * Model: which features a guest under shadow paging is not offered - PCIDs, protection keys,
 * 1 GiB pages, PSE-36 - is that of cpufeatureset.h, 4.17.  5-level paging no guest has.
 * @return #XENPT_ERANGE if there is no such vCPU; #XENPT_ESTATE if it is paravirtual;
 *         #XENPT_ENOMEM.
 */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_machine_load(struct xenpt_machine *machine,
                                                         uint32_t domain, uint32_t vcpu,
                                                         const struct xenpt_regs *regs,
                                                         struct xenpt_guest_done *ret,
                                                         struct xenpt_error *err);

/**
 * Touches an address of a vCPU's: the processor walks, sets A and D, and faults into Xen as
 * often as it has to.
 * Model: while something is amiss for want of memory (#XENPT_ENOMEM), the machine is only good for
 * destroying.
 */
XENPT_API XENPT_CHECK enum xenpt_code
xenpt_machine_touch(struct xenpt_machine *machine, uint32_t domain, uint32_t vcpu, uint64_t va,
                    const struct xenpt_access *access, struct xenpt_guest_done *ret,
                    struct xenpt_error *err);

/**
 * The guest writes @p size bytes, 4 or 8, at an address of a vCPU's, by the guest's own rights:
 * to a page table, as a rule.
 * @param access  Its privilege; the kind is a write whatever it says.  NULL: of the kernel.
 * @return #XENPT_ERANGE also for another size, or an address that is no multiple of it.
 */
XENPT_API XENPT_CHECK enum xenpt_code
xenpt_machine_guest_write(struct xenpt_machine *machine, uint32_t domain, uint32_t vcpu,
                          uint64_t va, uint64_t value, unsigned int size,
                          const struct xenpt_access *access, struct xenpt_guest_done *ret,
                          struct xenpt_error *err);

/**
 * The same at a guest-physical address, through whatever mapping the guest may have of it.  A
 * page table with shadows is written by Xen, in the guest's place.
 */
XENPT_API XENPT_CHECK enum xenpt_code
xenpt_machine_guest_write_phys(struct xenpt_machine *machine, uint32_t domain, uint32_t vcpu,
                               uint64_t gaddr, uint64_t value, unsigned int size,
                               struct xenpt_guest_done *ret, struct xenpt_error *err);

/** INVLPG of a vCPU: the table that maps @p va is put right, if it is out of sync. */
XENPT_API XENPT_CHECK enum xenpt_code
xenpt_machine_guest_invlpg(struct xenpt_machine *machine, uint32_t domain, uint32_t vcpu,
                           uint64_t va, struct xenpt_guest_done *ret, struct xenpt_error *err);

/* --- Shadows --------------------------------------------------------------------------------- */

/** A shadow: what Xen made of one of a guest's tables, or of a larger page. */
struct xenpt_shadow {
    const char *type;      /**< "l1-64", "fl1-64" (of a larger page), "l2-32", ... */
    unsigned int level;    /**< Of the shadow. */
    uint64_t of;           /**< Machine address of the guest's table; of a larger page, its
                                guest-physical address. */
    uint64_t page[4];      /**< Machine addresses of its pages... */
    unsigned int nr_pages; /**< ...and how many. */
    uint32_t refs;         /**< Entries, and vCPUs, that lead to it; and one if it is pinned. */
    bool pinned;           /**< It is kept though nothing leads to it: roots are. */
    bool out_of_sync;      /**< The guest writes to its table, and it is not told. */
};

/** Shadow @p i of a domain, from 0.  @return False: there is none; i is behind the last. */
XENPT_API bool xenpt_machine_shadow(const struct xenpt_machine *machine, uint32_t domain, size_t i,
                                    struct xenpt_shadow *ret);

/** What shadow paging of a domain did. */
struct xenpt_shadow_stats {
    uint64_t faults;   /**< Page faults that Xen took. */
    uint64_t made;     /**< Shadows that were made... */
    uint64_t freed;    /**< ...and given up. */
    uint64_t emulated; /**< Writes to tables that Xen did. */
    uint64_t unsynced; /**< Tables that went out of sync... */
    uint64_t resynced; /**< ...and were put right. */
    uint64_t monitors; /**< Monitor tables made, for vCPUs' modes. */
};

/** Counts; all 0 of a domain that is not under shadow paging. */
XENPT_API struct xenpt_shadow_stats xenpt_machine_shadow_stats(const struct xenpt_machine *machine,
                                                               uint32_t domain);

#ifdef __cplusplus
}
#endif

#endif
