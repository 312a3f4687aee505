/*
 * grant_transfer.c - a frame of a domain's becomes another's, which has an entry for that:
 * common/grant_table.c, gnttab_transfer, gnttab_prepare_for_transfer, 4.17.
 *
 * An HVM or PVH guest has no such request (hvm_grant_table_op); what would stop it otherwise is
 * there as well.
 *
 * Model: that was looked at in 4.17, and is so from there on; XSA-217 speaks of such guests that
 * transfer, so that releases before let them.
 *
 * Model: where the frame of an HVM domain's cannot be taken out of its physical memory, Xen frees
 * it; here that does not happen.
 */
#include "pv/argument.h"
#include "pv/grant.h"
#include "pv/physmap.h"

#define ENTRY_BITS_V1 (32 + XENPT_PAGE_SHIFT) /* Addresses that an entry of version 1 can name. */

/* --- The entry ----------------------------------------------------------------------------- */

static bool is_offered(const struct op *op, const struct transfer *t)
{
    struct xenpt_grant_entry e;

    if (t->ref >= grants_nr_entries(t->to))
        return false;
    e = grant_read(op->m, t->to, t->ref);
    return e.flags == XENPT_GRANT_ACCEPT_TRANSFER && e.domain == op->d->id;
}

/* Flags of the entry, in its first word. */
static int set_flags(struct op *op, const struct transfer *t, uint64_t flags)
{
    struct grant_place at = grants_place(t->to, t->ref);

    return op_write(op, at.frame, at.slot, op_read(op, at.frame, at.slot) | flags);
}

static int prepare(struct op *op, const struct transfer *t)
{
    int rc = is_offered(op, t) ? 0 : refused(op, RULE_GRANT_TRANSFER_OFFERED, 0, NO_SLOT_OF_IT);

    if (rc || t->ref >= grants_nr_entries(t->to))
        return rc ? rc : GRANT_NOTHING;
    return set_flags(op, t, XENPT_GRANT_TRANSFER_COMMITTED);
}

/* A PV guest is told which frame it is. */
static int complete(struct op *op, const struct transfer *t, uint64_t frame)
{
    struct grant_place at = grants_place(t->to, t->ref);
    uint64_t head = op_read(op, at.frame, at.slot);
    bool first = grants_version(t->to) == 1;
    int rc = 0;

    if (is_pv(t->to) && first)
        rc = op_write(op, at.frame, at.slot, (head & UINT32_MAX) | frame << 32);
    else if (is_pv(t->to))
        rc = op_write(op, at.frame, at.slot + 1, frame);
    return rc ? rc : set_flags(op, t, XENPT_GRANT_TRANSFER_COMPLETED);
}

/* --- The frame ----------------------------------------------------------------------------- */

/* What the caller calls it, as Xen finds it; NO_TABLE: nothing is there. */
static uint64_t frame_of(const struct op *op, uint64_t frame)
{
    struct there t;

    if (is_pv(op->d))
        return frame;
    t = physmap_look(op, op->d, frame);
    return t.page ? t.frame : NO_TABLE;
}

static int check_frame(struct op *op, uint64_t frame)
{
    struct domain *real = NULL;
    struct frame_info *info;

    if (frame == NO_TABLE || pv_owner_of(op->m, frame, &real) != PV_DOMAIN || real != op->d)
        return grant_needs(op, RULE_GRANT_TRANSFER_OWNER, frame == NO_TABLE ? 0 : frame,
                           NO_SLOT_OF_IT);
    info = op_info(op, frame);
    if (!info)
        return BROKEN;
    return info->count != 1 || info->flags & FRAME_DROPPED
               ? refused(op, RULE_GRANT_TRANSFER_HELD, frame, NO_SLOT_OF_IT)
               : 0;
}

/* steal_page, of whom; where a guest has physical memory of its own, Xen looks there first. */
static int check(struct op *op, uint64_t frame)
{
    bool external = is_external(op->d);
    int rc = 0;

    if (frame == NO_TABLE)
        return check_frame(op, frame);
    if (external)
        rc = refused(op, RULE_GRANT_TRANSFER_EXTERNAL_OLD, frame, NO_SLOT_OF_IT);
    if (!rc && external)
        rc = refused(op, RULE_GRANT_TRANSFER_EXTERNAL, frame, NO_SLOT_OF_IT);
    return rc ? rc : check_frame(op, frame);
}

static struct transfer to_whom(struct op *op, const struct xenpt_grant_transfer *a)
{
    struct transfer t = { .to = domain_there(op->m, a->domain),
                          .gfn = NO_GFN,
                          .exists = RULE_GRANT_TRANSFER_DOMAIN,
                          .free = RULE_GRANT_TRANSFER_FREE,
                          .room = RULE_GRANT_TRANSFER_ROOM,
                          .accept = prepare,
                          .ref = a->ref };

    if (t.to && is_pv(t.to) && grants_version(t.to) == 1)
        t.bits = ENTRY_BITS_V1;
    return t;
}

static int one(struct physmap *p, const struct xenpt_grant_transfer *a, uint64_t *got)
{
    struct op *op = &p->op;
    struct transfer t = to_whom(op, a);
    uint64_t frame = frame_of(op, a->frame), gfn = 0;
    int rc = check(op, frame);

    if (!rc && is_external(op->d))
        rc = physmap_unhook(op, op->d, a->frame);
    if (rc)
        return rc;
    if (t.to && a->ref < grants_nr_entries(t.to))
        gfn = grant_read(op->m, t.to, a->ref).frame;
    if (t.to && is_pv(t.to))
        t.gfn = gfn; /* guest_physmap_add_page: under the number that the entry has. */
    rc = transfer(op, frame, &t, got);
    if (!rc && !is_pv(t.to))
        rc = physmap_hook(op, t.to, gfn, *got, 0);
    if (rc)
        return rc == NOTHING ? GRANT_NOTHING : rc;
    return complete(op, &t, *got);
}

/* --- The request --------------------------------------------------------------------------- */

static bool is_switched_off(const struct op *op)
{
    return op->m->options.gnttab_transfer == SET_OFF;
}

static bool is_unknown_to(const struct domain *d, struct xenpt_release release)
{
    return is_external(d) && (release.major > 4 || release.minor >= 17);
}

static int request(struct physmap *p, const struct xenpt_grant_transfer *a, uint64_t *got)
{
    struct op *op = &p->op;
    int rc = is_unknown_to(op->d, op->m->xen.release)
                 ? refused(op, RULE_HVM_GRANT, 0, NO_SLOT_OF_IT)
                 : 0;

    if (!rc)
        rc = argument_range(op, ARGUMENT_GRANT_TRANSFER, 1);
    if (!rc && is_switched_off(op))
        rc = refused(op, RULE_GRANT_TRANSFER_SWITCH, 0, NO_SLOT_OF_IT);
    if (!rc)
        rc = argument_read(op, ARGUMENT_GRANT_TRANSFER, 0);
    if (rc)
        return rc;
    return grant_return(op, one(p, a, got), ARGUMENT_GRANT_TRANSFER, 16, 2);
}

enum xenpt_code xenpt_grant_transfer(struct xenpt_machine *m, const struct xenpt_pv_caller *caller,
                                     const struct xenpt_grant_transfer *a, uint64_t *got,
                                     struct xenpt_pv_result *ret, struct xenpt_error *err)
{
    struct physmap p;
    enum xenpt_code code = physmap_start(&p, m, caller, err);
    uint64_t frame = 0;
    int rc;

    if (code)
        return code;
    rc = request(&p, a, &frame);
    code = grant_end(&p.op, rc, ret);
    if (p.inside)
        xenpt_machine_snapshot_drop(p.before);
    else
        code = snapshot_end(p.before, code);
    if (!code && !rc)
        *got = frame;
    return code;
}
