/* pages.c - references to a frame and to what it is, both at once; and the lock of a table. */
#include "pv/op.h"

/* --- Both ---------------------------------------------------------------------------------- */

int get_of_entry(struct op *op, uint64_t frame, enum frame_type type, bool pae_xen_l2,
                 struct domain *d, unsigned int how)
{
    bool keep = how & FRAME_ENTRY_HELD;
    int rc;

    if (!keep && !get_page(op, frame, d)) {
        if (op->code)
            return BROKEN;
        rc = refused(op, RULE_TABLE_OWNER, frame, NO_SLOT_OF_IT);
        if (rc)
            return rc;
    }
    rc = get_type(op, frame, type, pae_xen_l2, RULE_TABLE_TYPE);
    if (is_refusal(rc) && op->torn == frame && !in_force(op, RULE_PIN_ERROR_REF))
        op->lost = frame;
    keep |= rc == RESTART && how & KEEP_IF_STOPPED && in_force(op, RULE_PARTIAL_REF);
    if ((is_stopped(rc) || is_to_undo(op, rc)) && !keep && put_page(op, frame))
        return BROKEN;
    return rc;
}

int get_page_and_type(struct op *op, uint64_t frame, enum frame_type type, bool pae_xen_l2,
                      struct domain *d)
{
    return get_of_entry(op, frame, type, pae_xen_l2, d, 0);
}

int put_page_and_type(struct op *op, uint64_t frame)
{
    int rc = put_type(op, frame, NO_TABLE);

    return rc ? rc : put_page(op, frame);
}

/* --- Locks --------------------------------------------------------------------------------- */

/* page_lock: a reference as what it is. */
int lock_table(struct op *op, uint64_t frame)
{
    struct frame_info *info = op_info(op, frame);

    if (!info)
        return BROKEN;
    info->flags |= FRAME_LOCKED;
    info->type_count++;
    return op_point(op, XENPT_PV_POINT_LOCKED, frame);
}

/* page_unlock: what the lock had is dropped, and nothing is taken apart. */
int unlock_table(struct op *op, uint64_t frame)
{
    struct frame_info *info = op_info(op, frame);

    if (!info)
        return BROKEN;
    info->flags &= (uint16_t)~FRAME_LOCKED;
    info->type_count--;
    return 0;
}
