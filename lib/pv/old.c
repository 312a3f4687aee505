/*
 * old.c - what a vCPU has yet to take apart, as it was pre-empted while it did; mm.c,
 * put_old_guest_table.
 *
 * Model: the end of a domain, and of a vCPU, which Xen pre-empts as well
 * (domain_relinquish_resources, vcpu_destroy_pagetables), is one step.
 */
#include "pv/op.h"

int set_old(struct op *op, uint64_t frame, uint64_t from, int rc)
{
    struct old_table *old = &op->v->old;

    rc = op_set(op, &old->partial, rc == RESTART);
    if (!rc)
        rc = op_set(op, &old->from, from);
    return rc ? rc : op_set(op, &old->frame, frame);
}

int put_old(struct op *op)
{
    struct old_table *old = &op->v->old;
    uint64_t frame = old->frame;
    int rc;

    if (!frame)
        return 0;
    rc = old->partial ? put_partial(op, frame, old->from) : put_type(op, frame, old->from);
    if (is_stopped(rc)) {
        rc = set_old(op, frame, old->from, rc);
        return rc ? rc : RESTART;
    }
    if (!rc)
        rc = put_page(op, frame);
    return rc ? rc : op_set(op, &old->frame, 0);
}

/*
 * Model: Xen takes apart what it has made of a table up to the entry that is refused.  What this
 * request has made is forgotten, and what those before it have made is taken apart: no reference
 * is left in either case.  Of several tables in part, which it takes a guest some effort to have,
 * only the first is taken apart with pre-emption.
 */
int put_taken(struct op *op)
{
    const struct frame_info *info;
    int rc = 0;

    for (unsigned int i = 0; i < op->nr_taken && !is_stopped(rc); i++) {
        uint64_t frame = op->taken[i];
        struct frame_info *own;

        info = frames_find(op->m->frames, frame);
        if (!(info->flags & FRAME_PARTIAL))
            continue; /* It was below one before it. */
        op->unstopped = i > 0;
        own = op_info(op, frame);
        if (!own)
            return BROKEN;
        own->count++;
        rc = set_old(op, frame, NO_TABLE, RESTART);
        if (!rc)
            rc = put_old(op);
        if (rc == BROKEN)
            return rc;
    }
    return 0;
}
