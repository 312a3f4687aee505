/*
 * types.c - references to frames, in general and as what they are; mm.c, get_page, put_page,
 * _get_page_type, _put_page_type.
 *
 * A frame that is a table, or has descriptors, is written by nobody but Xen: a mapping with RW
 * needs a reference as `writable`, and a frame has one type at a time.  A type can be changed while
 * its count is 0, and what a table has in it is checked when that becomes 1.
 */
#include "pv/op.h"

#include "base/bits.h"

/* asm/mm.h: PGT_count_width; 4.12 and before had no bit for non_coherent. */
static uint64_t type_count_max(const struct op *op)
{
    return machine_since(op->m, 4, 17) ? ones(55) : ones(56);
}

/* --- In general ---------------------------------------------------------------------------- */

bool get_page(struct op *op, uint64_t frame, const struct domain *d)
{
    struct frame_info *info;
    struct domain *real;
    enum pv_owner owner = pv_owner_of(op->m, frame, &real);

    if ((owner != PV_DOMAIN && owner != PV_SPECIAL) || real != d)
        return false;
    info = op_info(op, frame);
    if (!info)
        return false;
    info->count++;
    return true;
}

int put_page(struct op *op, uint64_t frame)
{
    struct frame_info *info = op_info(op, frame);

    if (!info)
        return BROKEN;
    if (info->count)
        info->count--;
    return 0;
}

/* --- As a type ----------------------------------------------------------------------------- */

/* No CPU is left with a mapping of the frame as what it was. */
static void flush_for_type(struct op *op, uint64_t frame, uint32_t stamp)
{
    struct domain *d;

    pv_owner_of(op->m, frame, &d);
    if (!in_force(op, RULE_TYPE_FLUSH) || !d)
        return;
    for (uint32_t i = 0; i < op->m->nr_cpus; i++)
        if (is_dirty(op->m, d, i) && op->m->cpus[i].flushed <= stamp)
            op_flush_cpu(op, XENPT_PV_FLUSH_TLB, i, 0, xenpt_pv_rule(RULE_TYPE_FLUSH));
}

/* The count was 0, or what is in it is to be checked. */
static int first_of_type(struct op *op, uint64_t frame, enum frame_type type, bool pae_xen_l2,
                         bool changed, uint32_t stamp, unsigned int flags)
{
    struct frame_info *info;
    int rc = 0;

    if (changed)
        flush_for_type(op, frame, stamp);
    if (flags & FRAME_NON_COHERENT && type != FRAME_WRITABLE && in_force(op, RULE_NON_COHERENT)) {
        op_flush_cpu(op, XENPT_PV_FLUSH_PAGE, op->cpu, frame << XENPT_PAGE_SHIFT,
                     xenpt_pv_rule(RULE_NON_COHERENT));
        info = op_info(op, frame);
        if (!info)
            return BROKEN;
        info->flags &= (uint8_t)~FRAME_NON_COHERENT;
    }
    if (type != FRAME_WRITABLE && type != FRAME_SHARED)
        rc = promote(op, frame, type, pae_xen_l2);
    info = rc ? NULL : op_info(op, frame);
    if (!info)
        return rc ? rc : BROKEN;
    info->flags |= FRAME_VALIDATED;
    return 0;
}

int get_type(struct op *op, uint64_t frame, enum frame_type type, bool pae_xen_l2, enum rule rule)
{
    struct frame_info *info = op_info(op, frame), was;
    bool changed = false, is_pae;
    int rc = 0;

    if (!info)
        return BROKEN;
    was = *info;
    is_pae = was.flags & FRAME_PAE_XEN_L2;
    if (was.type_count >= type_count_max(op) &&
        (rc = refused(op, RULE_TYPE_OVERFLOW, frame, NO_SLOT_OF_IT)))
        return rc;
    if (!was.type_count) {
        changed = was.type != type;
        if (changed)
            info->flags &= (uint8_t)~FRAME_VALIDATED;
        info->type = (uint8_t)type;
        if (pae_xen_l2)
            info->flags |= FRAME_PAE_XEN_L2;
    } else if (was.type != type || is_pae != pae_xen_l2) {
        /* Without the rule it is used so, and not counted. */
        return refused(op, rule, frame, NO_SLOT_OF_IT);
    }
    info->type_count++;
    if (info->flags & FRAME_VALIDATED)
        return 0;
    return first_of_type(op, frame, type, pae_xen_l2, changed && was.type, was.stamp, was.flags);
}

static bool is_table_type(unsigned int type)
{
    return type >= FRAME_L1 && type <= FRAME_L4;
}

int put_type(struct op *op, uint64_t frame, uint64_t from)
{
    struct frame_info *info = op_info(op, frame);
    const struct frame_info *parent;
    unsigned int type;
    int rc = 0;

    if (!info)
        return BROKEN;
    if (!info->type_count)
        return 0; /* One that was not taken, by rules that were not in force. */
    type = info->type;
    if (info->type_count == 1 && is_table_type(type) && info->flags & FRAME_VALIDATED) {
        info->flags &= (uint8_t)~FRAME_VALIDATED;
        rc = demote(op, frame, (enum frame_type)type);
    }
    parent = from == NO_TABLE ? NULL : frames_find(op->m->frames, from);
    if (!rc && parent && parent->type == type)
        rc = put_linear(op, from, frame);
    info = rc ? NULL : op_info(op, frame);
    if (!info)
        return rc ? rc : BROKEN;
    if (!--info->type_count)
        info->stamp = op->m->moment;
    return 0;
}

int get_page_and_type(struct op *op, uint64_t frame, enum frame_type type, bool pae_xen_l2,
                      struct domain *d)
{
    int rc;

    if (!get_page(op, frame, d)) {
        if (op->code)
            return BROKEN;
        rc = refused(op, RULE_TABLE_OWNER, frame, NO_SLOT_OF_IT);
        if (rc)
            return rc;
    }
    return get_type(op, frame, type, pae_xen_l2, RULE_TABLE_TYPE);
}

int put_page_and_type(struct op *op, uint64_t frame)
{
    int rc = put_type(op, frame, NO_TABLE);

    return rc ? rc : put_page(op, frame);
}
