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
#include "xen/sharing.h"

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
    enum pv_owner owner = pv_owner_near(op->m, op->d, frame, &real);

    if ((owner != PV_DOMAIN && owner != PV_SPECIAL) || real != d)
        return false;
    info = op_info(op, frame);
    if (!info || is_gone(info))
        return false;
    info->count++;
    return true;
}

bool get_page_or_shared(struct op *op, uint64_t frame, const struct domain *d)
{
    struct frame_info *info;

    if (!sharing_frame(op->m, frame))
        return get_page(op, frame, d);
    info = op_info(op, frame);
    if (!info || is_gone(info))
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
static void flush_for_type(struct op *op, uint64_t frame, const struct frame_info *was,
                           enum frame_type type)
{
    unsigned int looked_at = in_force(op, RULE_TYPE_FLUSH_FROM) ? was->type : type;
    struct domain *d;

    pv_owner_near(op->m, op->d, frame, &d);
    if (!in_force(op, RULE_TYPE_FLUSH) || !d || (d->shadows && looked_at != FRAME_WRITABLE))
        return;
    for (uint32_t i = 0; i < op->m->nr_cpus; i++)
        if (is_dirty(op->m, d, i) && op->m->cpus[i].flushed <= was->stamp)
            op_flush_cpu(op, XENPT_PV_FLUSH_TLB, i, 0, xenpt_pv_rule(RULE_TYPE_FLUSH));
}

/* A frame whose type is not 0 has lost its contents' meaning by a change. */
static bool is_changed(const struct frame_info *was, enum frame_type type)
{
    return !was->type_count && was->type && was->type != type;
}

/* What was validated of it is taken apart, as it was refused. */
static int unmake(struct op *op, uint64_t frame, enum frame_type type)
{
    bool unstopped = op->unstopped;
    struct frame_info *info;
    int rc = 0;

    op->unstopped = true;
    if (type >= FRAME_L1 && type <= FRAME_L4)
        rc = demote(op, frame, type, true);
    op->unstopped = unstopped;
    if (is_stopped(rc))
        return op_waits(op, frame);
    info = rc ? NULL : op_info(op, frame);
    if (!info)
        return BROKEN;
    info->type_count = 0;
    return 0;
}

/* What is in it is looked at, or the rest of it.  Nobody else does meanwhile: they wait. */
static int validate(struct op *op, uint64_t frame, enum frame_type type, bool pae_xen_l2,
                    const struct frame_info *was)
{
    struct frame_info *info;
    int rc = 0;

    if (type != FRAME_WRITABLE && type != FRAME_SHARED) {
        rc = op_point(op, XENPT_PV_POINT_TYPED, frame);
        if (!rc)
            rc = promote(op, frame, type, pae_xen_l2);
        if (is_to_undo(op, rc) && unmake(op, frame, type))
            return BROKEN;
    }
    info = !is_failed(rc) || op->shared ? op_info(op, frame) : NULL;
    if (!info)
        return rc ? rc : BROKEN;
    if (!rc)
        info->flags = (uint16_t)((info->flags | FRAME_VALIDATED) & ~FRAME_ENTRY);
    if (rc == INTR)
        info->type_count = 0;
    if (rc == RESTART) {
        info->flags |= FRAME_PARTIAL;
        info->count++; /* That it is partial is a reference. */
    }
    if (was->flags & FRAME_PARTIAL)
        info->count--;
    return rc;
}

/* The count was 0, or what is in it is to be checked. */
static int first_of_type(struct op *op, uint64_t frame, enum frame_type type, bool pae_xen_l2,
                         const struct frame_info *was)
{
    struct frame_info *info;

    if (is_changed(was, type) && in_force(op, RULE_TYPE_FLUSH_AFTER))
        flush_for_type(op, frame, was, type);
    if (was->flags & FRAME_NON_COHERENT && type != FRAME_WRITABLE &&
        in_force(op, RULE_NON_COHERENT)) {
        op_flush_cpu(op, XENPT_PV_FLUSH_PAGE, op->cpu, frame << XENPT_PAGE_SHIFT,
                     xenpt_pv_rule(RULE_NON_COHERENT));
        info = op_info(op, frame);
        if (!info)
            return BROKEN;
        info->flags &= (uint16_t)~FRAME_NON_COHERENT;
    }
    return validate(op, frame, type, pae_xen_l2, was);
}

/* 1: the type may be taken now. */
static int may_take(struct op *op, uint64_t frame, enum frame_type type, bool pae_xen_l2,
                    enum rule rule, const struct frame_info *is)
{
    bool is_pae = is->flags & FRAME_PAE_XEN_L2;
    int rc = 0;

    if (is->type_count >= type_count_max(op) &&
        (rc = refused(op, RULE_TYPE_OVERFLOW, frame, NO_SLOT_OF_IT)))
        return rc;
    if (!is->type_count)
        return 1;
    /* Without the rule it is used so, and not counted. */
    if (is->type != type || is_pae != pae_xen_l2)
        return refused(op, rule, frame, NO_SLOT_OF_IT);
    if (is->flags & (FRAME_VALIDATED | FRAME_PARTIAL))
        return 1;
    return type >= FRAME_L2 && type <= FRAME_L4 ? INTR : op_waits(op, frame);
}

/* Whether it is still what it was; asm: cmpxchg of the type. */
static bool is_same(const struct frame_info *a, const struct frame_info *b)
{
    return a->type == b->type && a->type_count == b->type_count && a->flags == b->flags;
}

/* Before a type is changed: TLBs are flushed, as it was done, and others may be at work.  1: go on;
 * 0: look again. */
static int before_change(struct op *op, uint64_t frame, enum frame_type type,
                         const struct frame_info *was)
{
    const struct frame_info *info;

    if (!in_force(op, RULE_TYPE_FLUSH_AFTER))
        flush_for_type(op, frame, was, type);
    if (!op->caller->at)
        return 1;
    if (op_point(op, XENPT_PV_POINT_TYPE_FLUSH, frame))
        return BROKEN;
    info = frames_find(op->m->frames, frame);
    return is_same(info, was);
}

/* A table that somebody has validated in part is gone on with. */
static void take_over(struct op *op, uint64_t frame, struct frame_info *info)
{
    info->flags &= (uint16_t)~FRAME_PARTIAL;
    if (!in_force(op, RULE_LINEAR_KEPT))
        info->linear = 0;
    if (op->nr_taken < TAKEN_MAX)
        op->taken[op->nr_taken++] = frame;
}

int get_type(struct op *op, uint64_t frame, enum frame_type type, bool pae_xen_l2, enum rule rule)
{
    struct frame_info *info, was;
    int rc;

    for (;;) {
        info = op_info(op, frame);
        if (!info)
            return BROKEN;
        was = *info;
        rc = may_take(op, frame, type, pae_xen_l2, rule, &was);
        if (rc <= 0)
            return rc;
        if (!is_changed(&was, type))
            break;
        rc = before_change(op, frame, type, &was);
        if (rc < 0)
            return rc;
        if (rc) {
            info = op_info(op, frame);
            if (!info)
                return BROKEN;
            break;
        }
    }
    if (!was.type_count) {
        if (was.type != type)
            info->flags &= (uint16_t)~FRAME_VALIDATED;
        info->type = (uint8_t)type;
        info->validated = 0;
        info->flags &= (uint16_t)~FRAME_ENTRY;
        if (pae_xen_l2)
            info->flags |= FRAME_PAE_XEN_L2;
    }
    if (was.type_count && was.flags & FRAME_PARTIAL)
        take_over(op, frame, info); /* Its one reference as a table is the new one. */
    else
        info->type_count++;
    if (info->flags & FRAME_VALIDATED)
        return 0;
    return first_of_type(op, frame, type, pae_xen_l2, &was);
}

static bool is_table_type(unsigned int type)
{
    return type >= FRAME_L1 && type <= FRAME_L4;
}

/* The table is taken apart, or the rest of it; _put_final_page_type. */
static int put_last(struct op *op, uint64_t frame, uint64_t from)
{
    struct frame_info *info = op_info(op, frame);
    const struct frame_info *parent;
    struct frame_info was;
    int rc;

    if (!info)
        return BROKEN;
    was = *info;
    info->flags &= (uint16_t) ~(FRAME_VALIDATED | FRAME_PARTIAL);
    rc = demote(op, frame, (enum frame_type)was.type, was.flags & FRAME_PARTIAL);
    if (rc && !is_stopped(rc))
        return rc;
    parent = from == NO_TABLE ? NULL : frames_find(op->m->frames, from);
    if (parent && parent->type == was.type && was.flags & FRAME_VALIDATED && rc != INTR &&
        put_linear(op, from, frame))
        return BROKEN;
    info = op_info(op, frame);
    if (!info)
        return BROKEN;
    if (rc == INTR)
        info->flags |= FRAME_VALIDATED;
    if (rc == RESTART) {
        info->flags |= FRAME_PARTIAL;
        info->count++;
    }
    if (!rc && !--info->type_count)
        info->stamp = op->m->moment;
    if (was.flags & FRAME_PARTIAL)
        info->count--;
    return rc;
}

int put_type(struct op *op, uint64_t frame, uint64_t from)
{
    struct frame_info *info = op_info(op, frame);
    const struct frame_info *parent;

    if (!info)
        return BROKEN;
    if (!info->type_count)
        return 0; /* One that was not taken, by rules that were not in force. */
    if (info->type_count == 2 && info->flags & FRAME_LOCKED && in_force(op, RULE_LOCK_LAST))
        return is_table_type(info->type) ? INTR : op_waits(op, frame);
    if (info->type_count == 1 && is_table_type(info->type) &&
        info->flags & (FRAME_VALIDATED | FRAME_PARTIAL))
        return put_last(op, frame, from);
    parent = from == NO_TABLE ? NULL : frames_find(op->m->frames, from);
    if (parent && parent->type == info->type && put_linear(op, from, frame))
        return BROKEN;
    info = op_info(op, frame);
    if (!info)
        return BROKEN;
    if (!--info->type_count)
        info->stamp = op->m->moment;
    return 0;
}

int put_partial(struct op *op, uint64_t frame, uint64_t from)
{
    const struct frame_info *info = frames_find(op->m->frames, frame);

    if (in_force(op, RULE_PARTIAL_HELD) && !(info && info->flags & FRAME_PARTIAL))
        return 0; /* Somebody has validated all of it, and has the reference. */
    return put_type(op, frame, from);
}
