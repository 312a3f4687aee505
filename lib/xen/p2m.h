/* p2m.h - a guest's physical memory: entries of EPT and of nested paging. */
#ifndef XENPT_XEN_P2M_H
#define XENPT_XEN_P2M_H

#include "xen/internal.h"

/* Types that frames of a guest have; asm/p2m.h, p2m_type_t. */
enum p2m_type {
    P2M_RAM_RW = 0,
    P2M_RAM_LOGDIRTY = 2,
    P2M_RAM_RO = 3,
    P2M_MMIO_DIRECT = 5,
    P2M_GRANT_RW = 7,
    P2M_GRANT_RO = 8,
    P2M_RAM_SHARED = 12,
    P2M_FOREIGN = 14,
    P2M_IOREQ_SERVER = 15,
    P2M_APIC_ACCESS = 32, /* mmio_direct, but of RAM that VMX names. */
};

/* The types, in turn; false behind the last. */
bool p2m_type_at(size_t i, enum p2m_type *ret);

/* Maps frames of a guest; a type decides rights and memory type. */
enum xenpt_code p2m_map(struct xenpt_machine *m, struct domain *d, enum p2m_type type, uint64_t gfn,
                        uint64_t mfn, uint64_t nr, unsigned int max_level, struct xenpt_error *err);
enum xenpt_code p2m_create(struct xenpt_machine *m, struct domain *d, struct xenpt_error *err);

/* What an entry of a p2m carries; level 0: one that leads to a table. */
uint64_t p2m_flags(const struct xenpt_machine *m, const struct domain *d, enum p2m_type type,
                   unsigned int level);
/* Whether a domain's p2m is EPT. */
bool p2m_is_ept(const struct xenpt_machine *m, const struct domain *d);

#endif
