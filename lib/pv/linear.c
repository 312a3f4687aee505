/*
 * linear.c - entries that lead to a table of their own level, so that tables can be read as
 * memory; mm.c, define_get_linear_pagetable, inc_linear_entries, inc_linear_uses.
 *
 *     a table with such entries      linear > 0, how many
 *     one that they lead to          linear < 0, how often
 *     one that leads to itself       neither: it takes no reference
 */
#include "pv/op.h"

static int get_depth(struct op *op, uint64_t frame, unsigned int slot, uint64_t to)
{
    struct frame_info *info = op_info(op, frame);
    int rc = 0;

    if (!info)
        return BROKEN;
    if (info->linear < 0)
        rc = refused(op, RULE_LINEAR_DEPTH, frame, slot);
    else if (in_force(op, RULE_LINEAR_DEPTH))
        info->linear++;
    if (rc)
        return rc;
    info = op_info(op, to);
    if (!info)
        return BROKEN;
    if (info->linear > 0)
        return refused(op, RULE_LINEAR_DEPTH, frame, slot);
    if (in_force(op, RULE_LINEAR_DEPTH))
        info->linear--;
    return 0;
}

static int get_other(struct op *op, uint64_t frame, unsigned int slot, unsigned int level,
                     uint64_t to, const struct domain *d)
{
    struct frame_info *info;
    struct domain *owner;
    int rc = 0;

    if (pv_owner_of(op->m, frame, &owner) != PV_DOMAIN || owner != d || !get_page(op, to, d)) {
        if (op->code)
            return BROKEN;
        rc = refused(op, RULE_LINEAR_OWNER, frame, slot);
    }
    if (!rc)
        rc = get_depth(op, frame, slot, to);
    info = rc ? NULL : op_info(op, to);
    if (!info)
        return rc ? rc : BROKEN;
    if (info->type != level || !(info->flags & FRAME_VALIDATED))
        rc = refused(op, RULE_LINEAR_VALIDATED, frame, slot);
    if (!rc)
        info->type_count++;
    return rc;
}

int get_linear(struct op *op, uint64_t frame, unsigned int slot, unsigned int level, uint64_t entry,
               struct domain *d)
{
    uint64_t to = ENTRY_FRAME(entry);
    int rc = 0;

    if (op->m->options.linear_pt == SET_OFF)
        rc = refused(op, RULE_LINEAR_SWITCH, frame, slot);
    if (!rc && entry & ENTRY_RW)
        rc = refused(op, RULE_LINEAR_READ_ONLY, frame, slot);
    return rc || to == frame ? rc : get_other(op, frame, slot, level, to, d);
}

int put_linear(struct op *op, uint64_t from, uint64_t to)
{
    struct frame_info *info = op_info(op, to);

    if (!info)
        return BROKEN;
    if (info->linear < 0)
        info->linear++;
    info = op_info(op, from);
    if (!info)
        return BROKEN;
    if (info->linear > 0)
        info->linear--;
    return 0;
}
