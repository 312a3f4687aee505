/**
 * @file iommu.h
 * Devices and IOMMUs of a machine: which domain has a device, and by which tables that reaches
 * memory.
 *
 * A domain that has devices has tables of the IOMMU's, or the IOMMU walks its EPT.  What a device
 * of d1's reaches is the context "d1.device" of the machine's view, as any other.
 */
#ifndef XENPT_IOMMU_H
#define XENPT_IOMMU_H

#include "xenpt/error.h"

#ifdef __cplusplus
extern "C" {
#endif

/** An IOMMU of a host's. */
enum xenpt_iommu {
    XENPT_IOMMU_NONE,              /**< There is none, or Xen does not use it. */
    XENPT_IOMMU_INTEL,             /**< Intel VT-d, which reads tables through caches. */
    XENPT_IOMMU_INTEL_NONCOHERENT, /**< Intel VT-d, which reads them from memory. */
    XENPT_IOMMU_AMD,               /**< AMD-Vi. */
    XENPT_NR_IOMMUS,               /**< How many there are. */
};

/** Name and meaning of an IOMMU. */
XENPT_API const struct xenpt_word *xenpt_iommu_word(enum xenpt_iommu iommu);

/** Longest name of a device, its end included. */
#define XENPT_DEVICE_MAX 24

/** By which tables devices of a domain reach memory. */
enum xenpt_device_tables {
    XENPT_DEVICE_NO_TABLES, /**< None: it can have no devices. */
    XENPT_DEVICE_SHARED,    /**< By the domain's EPT. */
    XENPT_DEVICE_LATE,  /**< The same, as memory has it: what Xen changes stays in caches until it
                             is evicted from there. */
    XENPT_DEVICE_APART, /**< By tables of their own, which follow what the domain has. */
    XENPT_DEVICE_FIXED, /**< By tables of their own that were made at boot: dom0's, of all RAM. */
    XENPT_NR_DEVICE_TABLES, /**< How many there are. */
};

/** Name and meaning of such tables. */
XENPT_API const struct xenpt_word *xenpt_device_tables_word(enum xenpt_device_tables tables);

struct xenpt_machine;

/** How devices of a domain reach memory; #XENPT_DEVICE_NO_TABLES if there is no such domain. */
XENPT_API enum xenpt_device_tables xenpt_machine_device_tables(const struct xenpt_machine *machine,
                                                               uint32_t domain);

/** A device. */
struct xenpt_device {
    const char *name; /**< Borrowed, until the machine changes. */
    bool assigned;    /**< A domain has it; else it is in quarantine, and reaches nothing... */
    uint32_t domain;  /**< ...and which. */
};

/** Looks at device @p i, from 0.  @return False: there is none. */
XENPT_API bool xenpt_machine_device(const struct xenpt_machine *machine, size_t i,
                                    struct xenpt_device *ret);

/**
 * Has data caches write back what they have of a frame, where an IOMMU reads tables from memory.
 * Nothing happens where no such table is in it.
 */
XENPT_API XENPT_CHECK enum xenpt_code
xenpt_machine_device_evict(struct xenpt_machine *machine, uint64_t mfn, struct xenpt_error *err);

/* --- What an IOMMU remembers ----------------------------------------------------------------- */

/**
 * Whether an IOMMU has translated an address before, so that a device needs no table.
 *
 * Model: it remembers sixteen pages of each domain, and no tables.
 * @param address  As the domain's devices name it.
 * @param maddr    Where that leads.
 */
XENPT_API bool xenpt_machine_device_remembers(struct xenpt_machine *machine, uint32_t domain,
                                              uint64_t address, bool write, uint64_t *maddr);
/** A device has used an address, which is remembered, if it leads somewhere. */
XENPT_API void xenpt_machine_device_uses(struct xenpt_machine *machine, uint32_t domain,
                                         uint64_t address);
/**
 * Looks for an address that is remembered, and of which tables say something else by now.
 * @return False: there is none.
 */
XENPT_API bool xenpt_machine_device_stale(struct xenpt_machine *machine, uint32_t domain,
                                          uint64_t *address, uint64_t *maddr);

#ifdef __cplusplus
}
#endif

#endif
