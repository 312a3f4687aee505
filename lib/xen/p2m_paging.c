/*
 * p2m_paging.c - frames of a guest's that are on their way to a disk, or back: entries that no
 * processor uses, with the frame while there is one; mm/p2m-ept.c, mm/p2m-pt.c, and
 * mm/mem_paging.c, p2m_mem_paging_populate.
 */
#include "xen/p2m.h"

#define EPT_WB (UINT64_C(6) << 3)

bool p2m_is_paging(enum p2m_type type)
{
    return type == P2M_PAGING_OUT || type == P2M_PAGED || type == P2M_PAGING_IN;
}

enum p2m_type p2m_type_at_all(const struct xenpt_machine *m, const struct domain *d, uint64_t gfn,
                              uint64_t *frame)
{
    struct p2m_slot s = p2m_slot_of(m, d->p2m, gfn);

    *frame = p2m_is_page(&s) ? p2m_maddr(&s, gfn) >> XENPT_PAGE_SHIFT : NO_TABLE;
    return p2m_type_of(m, d, s.entry);
}

/* epte_get_entry_emt: what has a frame is cached as RAM is. */
enum xenpt_code p2m_set_paging(struct xenpt_machine *m, struct domain *d, uint64_t gfn,
                               uint64_t frame, enum p2m_type type, struct xenpt_error *err)
{
    uint64_t flags = p2m_flags(m, d, type, 1);
    uint64_t at = frame == NO_TABLE ? ENTRY_ADDR : frame << XENPT_PAGE_SHIFT;

    if (frame != NO_TABLE && p2m_is_ept(m, d))
        flags |= EPT_WB;
    return physmap_put_entry(m, d, gfn, at | flags, err);
}

enum xenpt_code p2m_page_in(struct xenpt_machine *m, struct domain *d, uint64_t gfn,
                            struct xenpt_error *err)
{
    uint64_t frame;
    enum p2m_type type = p2m_type_at_all(m, d, gfn, &frame);

    return type == P2M_PAGING_OUT || type == P2M_PAGED
               ? p2m_set_paging(m, d, gfn, frame, P2M_PAGING_IN, err)
               : XENPT_OK;
}
