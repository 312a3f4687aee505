/* p2m.h - a guest's physical memory: entries of EPT and of nested paging. */
#ifndef XENPT_XEN_P2M_H
#define XENPT_XEN_P2M_H

#include "xen/internal.h"
#include "xenpt/hvm.h"

/* Types that frames of a guest have; asm/p2m.h, p2m_type_t. */
enum p2m_type {
    P2M_RAM_RW = 0,
    P2M_INVALID = 1,
    P2M_RAM_LOGDIRTY = 2,
    P2M_RAM_RO = 3,
    P2M_MMIO_DM = 4,
    P2M_MMIO_DIRECT = 5,
    P2M_POD = 6,
    P2M_GRANT_RW = 7,
    P2M_GRANT_RO = 8,
    P2M_PAGING_OUT = 9,
    P2M_PAGED = 10,
    P2M_PAGING_IN = 11,
    P2M_RAM_SHARED = 12,
    P2M_RAM_BROKEN = 13,
    P2M_FOREIGN = 14,
    P2M_IOREQ_SERVER = 15,
    P2M_APIC_ACCESS = 32, /* mmio_direct, but of RAM that VMX names. */
};

#define EPT_D XENPT_BIT(9)

/* The types that entries are present with, in turn; false behind the last. */
bool p2m_type_at(size_t i, enum p2m_type *ret);

/* Maps frames of a guest; a type decides rights and memory type. */
enum xenpt_code p2m_map(struct xenpt_machine *m, struct domain *d, enum p2m_type type, uint64_t gfn,
                        uint64_t mfn, uint64_t nr, unsigned int max_level, struct xenpt_error *err);
enum xenpt_code p2m_create(struct xenpt_machine *m, struct domain *d, struct xenpt_error *err);
/* What a new table has in it, or NULL: zeros. */
enum xenpt_code p2m_fresh(struct xenpt_machine *m, const struct domain *d, uint64_t table,
                          struct xenpt_error *err);

/* Gives back a table and those below it; and all of a root. */
enum xenpt_code p2m_free_below(struct xenpt_machine *m, uint64_t table, unsigned int level,
                               struct xenpt_error *err);
enum xenpt_code p2m_free(struct xenpt_machine *m, uint64_t root, struct xenpt_error *err);

/* What an entry of a p2m carries; level 0: one that leads to a table. */
uint64_t p2m_flags(const struct xenpt_machine *m, const struct domain *d, enum p2m_type type,
                   unsigned int level);
uint64_t p2m_flags_for(const struct xenpt_machine *m, const struct domain *d, enum p2m_type type,
                       enum xenpt_p2m_access access, unsigned int level);
/* What an entry says of itself. */
enum p2m_type p2m_type_of(const struct xenpt_machine *m, const struct domain *d, uint64_t entry);
enum xenpt_p2m_access p2m_access_of(const struct xenpt_machine *m, const struct domain *d,
                                    uint64_t entry);
/* Whether a domain's p2m is EPT. */
bool p2m_is_ept(const struct xenpt_machine *m, const struct domain *d);
/* Whether larger pages of a domain's EPT can be executed. */
bool p2m_exec_sp(const struct xenpt_machine *m, const struct domain *d);
/* Whether the processor keeps a log of what is written. */
bool p2m_has_pml(const struct xenpt_machine *m, const struct domain *d);

/* --- p2m_paging.c -------------------------------------------------------------------------- */

/* On the way to a disk, there, or on the way back. */
bool p2m_is_paging(enum p2m_type type);
/* What is at a frame of a guest's, and the machine's frame that it has, or NO_TABLE. */
enum p2m_type p2m_type_at_all(const struct xenpt_machine *m, const struct domain *d, uint64_t gfn,
                              uint64_t *frame);
/* An entry of such a type; frame NO_TABLE: none. */
enum xenpt_code p2m_set_paging(struct xenpt_machine *m, struct domain *d, uint64_t gfn,
                               uint64_t frame, enum p2m_type type, struct xenpt_error *err);
/* Somebody has touched it: it is to come back. */
enum xenpt_code p2m_page_in(struct xenpt_machine *m, struct domain *d, uint64_t gfn,
                            struct xenpt_error *err);
/* p2m_physmap.c: an entry of a page of 4 KiB, in views as well that have the frame. */
enum xenpt_code physmap_put_entry(struct xenpt_machine *m, struct domain *d, uint64_t gfn,
                                  uint64_t entry, struct xenpt_error *err);

/* --- p2m_set.c ----------------------------------------------------------------------------- */

/* The entry that speaks for a frame. */
struct p2m_slot {
    uint64_t table, entry;
    unsigned int slot, level;
};

/* A frame or a table is in it; not: nothing, nor what waits for memory, whose frame is all ones. */
static inline bool p2m_leads(uint64_t entry)
{
    return entry & ENTRY_ADDR && (entry & ENTRY_ADDR) != ENTRY_ADDR;
}

struct p2m_slot p2m_slot_of(const struct xenpt_machine *m, uint64_t root, uint64_t gfn);
bool p2m_is_page(const struct p2m_slot *s);
/* Memory comes there when it is touched: populate-on-demand. */
bool p2m_waits(const struct xenpt_machine *m, const struct domain *d, const struct p2m_slot *s);
/* Leads to a table. */
bool p2m_is_table(const struct p2m_slot *s);
/* A larger page becomes smaller ones, until one entry speaks for one frame. */
enum xenpt_code p2m_shatter(struct xenpt_machine *m, struct domain *d, uint64_t root, uint64_t gfn,
                            unsigned int level, struct xenpt_error *err);
/* Where a page that an entry maps has this frame. */
uint64_t p2m_maddr(const struct p2m_slot *s, uint64_t gfn);
/* One frame, in one root; it is there. */
enum xenpt_code p2m_set(struct xenpt_machine *m, struct domain *d, uint64_t root, uint64_t gfn,
                        enum p2m_type type, enum xenpt_p2m_access access, struct xenpt_error *err);
/* The domain's own, and views that have it. */
enum xenpt_code p2m_set_all(struct xenpt_machine *m, struct domain *d, uint64_t gfn,
                            enum p2m_type type, enum xenpt_p2m_access access,
                            struct xenpt_error *err);

/* --- p2m_recalc.c -------------------------------------------------------------------------- */

/* The types of all RAM are to be worked out anew, when it is touched. */
enum xenpt_code p2m_recalculate(struct xenpt_machine *m, struct domain *d, struct xenpt_error *err);
bool p2m_is_pending(const struct xenpt_machine *m, const struct domain *d, uint64_t entry);
/* Works out what is pending on the way to a frame.  ret: there was something. */
enum xenpt_code p2m_resolve(struct xenpt_machine *m, struct domain *d, uint64_t root, uint64_t gfn,
                            bool *ret, struct xenpt_error *err);

/* --- altp2m.c ------------------------------------------------------------------------------ */

/* Gives back the tables of all views; vCPUs stay in the one that they are in. */
enum xenpt_code altp2m_free(struct xenpt_machine *m, struct domain *d, struct xenpt_error *err);
/* The root of a view, or NO_TABLE. */
uint64_t p2m_root(const struct domain *d, uint32_t view);
enum xenpt_code p2m_view_paging(const struct xenpt_machine *m, const struct domain *d,
                                uint32_t view, struct xenpt_paging *ret, struct xenpt_error *err);
/* An entry of the domain's own, in a view that has none yet.  ret: there was one. */
enum xenpt_code p2m_copy_lazily(struct xenpt_machine *m, struct domain *d, uint64_t root,
                                uint64_t gfn, bool *ret, struct xenpt_error *err);

/* --- p2m_physmap.c ------------------------------------------------------------------------- */

/* The level at which 2^order frames, aligned so on both sides, are one entry. */
unsigned int physmap_level(const struct xenpt_machine *m, const struct domain *d, uint64_t gfn,
                           uint64_t mfn, unsigned int order);
/* What the guest has at frames of its physical memory becomes these; views that had anything there
 * have them, too.  Tables in the way of a larger page are given back. */
enum xenpt_code physmap_put(struct xenpt_machine *m, struct domain *d, uint64_t gfn, uint64_t mfn,
                            unsigned int order, enum p2m_type type, struct xenpt_error *err);
/* Nothing is there any more: shadows forget it. */
enum xenpt_code physmap_clear(struct xenpt_machine *m, struct domain *d, uint64_t gfn,
                              unsigned int order, struct xenpt_error *err);

/* --- p2m_fault.c --------------------------------------------------------------------------- */

/* What the second stage refused; again: the processor is to try once more. */
enum xenpt_code p2m_fault(struct xenpt_machine *m, struct domain *d, struct vcpu *v, uint64_t gaddr,
                          enum xenpt_access_kind kind, bool *again, struct xenpt_guest_done *ret,
                          struct xenpt_error *err);

#endif
