/*
 * given_page.c - get_page_from_gfn(), get_page_type() and map_domain_page_global(), as Xen does for
 * pages of event channels and of vcpu_info; common/event_fifo.c, map_guest_page; common/domain.c,
 * map_vcpu_info, 4.17.
 */
#include "pv/given_page.h"

#include "pv/grant.h"
#include "xen/p2m.h"

/*
 * get_page_from_gfn: RAM, whether its guest can write to it or not.
 * Model: another's frame, which Xen would take as well, is none; and one that waits to be populated
 * is not.
 */
static bool is_ram(enum p2m_type type)
{
    switch (type) {
    case P2M_RAM_RW:
    case P2M_RAM_LOGDIRTY:
    case P2M_RAM_RO:
    case P2M_IOREQ_SERVER:
    case P2M_PAGING_OUT:
    case P2M_PAGING_IN:
        return true;
    default:
        return false;
    }
}

int given_page(struct op *op, uint64_t gfn, enum rule page, enum rule type, uint64_t *ret)
{
    struct domain *d = op->d;
    int rc;

    *ret = gfn;
    if (!is_pv(d)) {
        enum p2m_type p2m = p2m_type_at_all(op->m, d, gfn, ret);

        if (*ret == NO_TABLE || !is_ram(p2m))
            return grant_needs(op, page, 0, NO_SLOT_OF_IT);
    }
    if (!get_page(op, *ret, d))
        return op->code ? BROKEN : grant_needs(op, page, *ret, NO_SLOT_OF_IT);
    rc = get_type(op, *ret, FRAME_WRITABLE, false, type);
    if (rc && rc != BROKEN && put_page(op, *ret))
        return BROKEN;
    return rc;
}

int given_page_back(struct op *op, uint64_t frame)
{
    int rc = put_type(op, frame, NO_TABLE);

    return rc ? rc : put_page(op, frame);
}
