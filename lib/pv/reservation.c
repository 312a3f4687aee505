/*
 * reservation.c - memory_op: a guest asks for more memory, and gives some back; common/memory.c,
 * increase_reservation, decrease_reservation, populate_physmap.
 *
 * These return how many extents were done, and no error: what ends them is a rule whose error is
 * "short".  An extent of several frames that is given back can end in its middle; those before are
 * gone.
 *
 * Model: the list that a guest keeps of its frames is its own to change, and stays as its builder
 * wrote it; what it calls a frame is what M2P was told last.
 *
 * Memory of HVM and PVH guests is physmap_reservation.c's affair.
 *
 * Model: interrupts make Xen go on later, which a guest does not see; a request is done in one go.
 * compat_memory_op brings a 32-bit guest's arrays into this form, in pieces of a page, and back;
 * nothing else differs.  Nor is there more than one NUMA node.  A guest can drop the allocation of
 * its shared_info, too; here that is refused.
 */
#include "pv/argument.h"
#include "pv/physmap.h"

/* CONFIG_DOMU_MAX_ORDER, CONFIG_CTLDOM_MAX_ORDER; memop-max-order changes them. */
unsigned int max_order(const struct domain *d)
{
    return d->desc->privileged ? 18 : 9;
}

int find_any_memory_of(struct op *op, uint32_t id, enum rule exists, enum rule right,
                       struct domain **ret)
{
    struct domain *d = id == XENPT_DOMID_SELF ? op->d : domain_there(op->m, id);
    int rc = d ? 0 : refused(op, exists, 0, NO_SLOT_OF_IT);

    *ret = d ? d : op->d;
    if (!rc && *ret != op->d && !controls(op->d, *ret))
        rc = refused(op, right, 0, NO_SLOT_OF_IT);
    return rc;
}

int find_memory_of(struct op *op, uint32_t id, enum rule exists, enum rule right,
                   struct domain **ret)
{
    int rc = find_any_memory_of(op, id, exists, right, ret);

    if (!rc && !is_pv(*ret))
        return op_broken(op, XENPT_EUNSUPPORTED,
                         "memory_op for a domain that is not paravirtual is not modelled");
    return rc;
}

/* --- Giving back --------------------------------------------------------------------------- */

/* guest_remove_page.  A table that is pinned stays one: its pin is a reference. */
static int remove_page(struct op *op, struct domain *d, uint64_t frame)
{
    struct domain *real;
    /* What Xen shares with it, too: that loses a reference, and is not mapped any more. */
    enum pv_owner owner = pv_owner_of(op->m, frame, &real);
    int rc;

    if ((owner != PV_DOMAIN && owner != PV_SPECIAL) || real != d)
        return refused(op, RULE_MEMORY_OWN, frame, NO_SLOT_OF_IT);
    if (!get_page(op, frame, d))
        return op->code ? BROKEN : refused(op, RULE_MEMORY_OWN, frame, NO_SLOT_OF_IT);
    rc = drop_allocation(op, frame);
    if (!rc)
        rc = put_page(op, frame);
    return rc ? rc : op_commit(op);
}

static int decrease(struct op *op, struct domain *d, const struct xenpt_pv_reservation *r,
                    uint64_t first)
{
    int rc = 0;

    for (uint64_t i = 0; !rc && i < UINT64_C(1) << r->order; i++)
        rc = remove_page(op, d, first + i);
    return rc;
}

/* --- Asking for ---------------------------------------------------------------------------- */

int more_memory(struct op *op, struct domain *d, const struct xenpt_pv_reservation *r, uint64_t gfn,
                uint64_t *ret)
{
    uint64_t nr = UINT64_C(1) << r->order;
    int rc = has_room(d, nr) ? 0 : refused(op, RULE_MEMORY_MAX, 0, NO_SLOT_OF_IT);

    if (!rc)
        rc = set_aside(op, d, gfn != NO_GFN && domain_has_some(d, gfn, nr) ? 2 * nr + 2 : 4);
    if (rc)
        return rc;
    if (!allocate(op, d, r->order, r->address_bits, ret))
        return op->code ? BROKEN : refused(op, RULE_MEMORY_FREE, 0, NO_SLOT_OF_IT);
    return assign(op, d, *ret, nr, gfn);
}

/* In place of what names it, the frame that came. */
static int one(struct op *op, struct domain *d, const struct xenpt_pv_reservation *r,
               uint64_t *extent)
{
    if (r->what == XENPT_PV_DECREASE)
        return decrease(op, d, r, *extent);
    return more_memory(op, d, r, r->what == XENPT_PV_POPULATE ? *extent : NO_GFN, extent);
}

/* --- All of it ----------------------------------------------------------------------------- */

int check_reservation(struct op *op, const struct xenpt_pv_reservation *r)
{
    int rc = 0;

    if (r->address_bits && r->address_bits <= XENPT_PAGE_SHIFT)
        rc = refused(op, RULE_MEMORY_BITS, 0, NO_SLOT_OF_IT);
    if (!rc && r->order > max_order(op->d))
        rc = refused(op, RULE_MEMORY_ORDER, 0, NO_SLOT_OF_IT);
    return rc;
}

/* Without the rules nothing is done, and it is told that all was. */
static int on_demand(struct op *op, const struct domain *d, size_t nr, size_t *done)
{
    int rc = d == op->d ? refused(op, RULE_POD_OWN, 0, NO_SLOT_OF_IT) : 0;

    if (!rc)
        rc = refused(op, RULE_POD_EXTERNAL, 0, NO_SLOT_OF_IT);
    *done = rc ? 0 : nr;
    return rc;
}

static int reservation(struct op *op, const struct xenpt_pv_reservation *r, uint64_t *extents,
                       size_t nr, size_t *done)
{
    struct domain *d;
    int rc = reservation_read(op);

    if (!rc)
        rc = find_memory_of(op, r->domain, RULE_MEMORY_DOMAIN, RULE_MEMORY_RIGHT, &d);
    if (!rc)
        rc = check_reservation(op, r);
    if (!rc && r->what != XENPT_PV_INCREASE)
        rc = extents_range(op, nr);
    if (!rc && r->on_demand)
        return on_demand(op, d, nr, done);
    while (!rc && *done < nr) {
        rc = r->what == XENPT_PV_INCREASE ? 0 : extents_read(op, *done);
        if (!rc)
            rc = one(op, d, r, &extents[*done]);
        *done += !rc;
        if (!rc && r->what != XENPT_PV_DECREASE)
            rc = extents_return(op, *done - 1);
    }
    return rc;
}

/* Whose memory it is decides how it is done. */
static bool is_of_external(const struct xenpt_machine *m, const struct xenpt_pv_caller *caller,
                           uint32_t id)
{
    const struct domain *d = domain_there(m, id == XENPT_DOMID_SELF ? caller->domain : id);

    return d && is_external(d);
}

enum xenpt_code xenpt_pv_reservation(struct xenpt_machine *m, const struct xenpt_pv_caller *caller,
                                     const struct xenpt_pv_reservation *r, uint64_t *extents,
                                     size_t nr, struct xenpt_pv_result *ret,
                                     struct xenpt_error *err)
{
    enum xenpt_code code;
    size_t done = 0;
    struct op op;
    int rc;

    if ((unsigned int)r->what > XENPT_PV_POPULATE || r->order > 63)
        return xenpt_fail(err, XENPT_ERANGE, "memory_op of a kind, or order, that there is not");
    if (is_of_external(m, caller, r->domain))
        return physmap_reservation(m, caller, r, extents, nr, ret, err);
    code = op_begin(&op, m, caller, err);
    if (code)
        return code;
    rc = reservation(&op, r, extents, nr, &done);
    *ret = (struct xenpt_pv_result){ .done = (uint32_t)done };
    code = op_end(&op, rc, ret);
    if (!code && ret->error == SHORT_OF)
        ret->error = 0;
    return code;
}
