/*
 * demote.c - a frame stops being a table: what its entries lead to is given up, from the last one
 * that is validated down to the first; mm.c, demote_l1_table to demote_l4_table.
 */
#include "pv/op.h"
#include "pv/partial.h"

static bool has_reference(const struct op *op, uint64_t frame, const struct domain *d,
                          unsigned int level, unsigned int slot)
{
    const struct frame_info *info = frames_find(op->m->frames, frame);

    if (level == 4)
        return is_guest_l4_slot(op->m, d, slot);
    return level != 2 || !(info->flags & FRAME_PAE_XEN_L2) || slot < first_xen_l2_slot(op->m);
}

/* An entry of a table that stops being one. */
static int demote_entry(struct op *op, uint64_t frame, const struct domain *d, unsigned int slot,
                        unsigned int level, uint64_t entry, unsigned int had)
{
    int rc;

    if (!(entry & ENTRY_P) || (level > 1 && !has_reference(op, frame, d, level, slot)))
        return 0;
    rc = level == 1 ? put_from_l1e(op, entry, d) : put_from_entry(op, frame, level, entry, had);
    if (!rc && level == 3)
        rc = op_write(op, frame, slot, unadjust(d, level, entry));
    return rc;
}

/* The entry in a slot could not be given up wholly. */
static int stop_demoting(struct op *op, uint64_t frame, unsigned int slot, unsigned int had, int rc)
{
    bool kept = in_force(op, RULE_PARTIAL_KEPT) && had;

    if (!is_stopped(rc) || (rc == INTR && slot == ENTRIES - 1))
        return rc;
    if (rc == RESTART)
        return table_stop(op, frame, slot, stopped_entry(op, had, true), rc, false);
    return table_stop(op, frame, kept ? slot : slot + 1, had, rc, false);
}

/* Entries from the last that is validated down to the first. */
static int demote_entries(struct op *op, uint64_t frame, const struct domain *d, unsigned int level,
                          struct entries *t)
{
    const struct frame_info *info = frames_find(op->m->frames, frame);
    unsigned int had = info->flags & FRAME_ENTRY, at = 0, nr = info->validated + (had ? 1u : 0u);

    while (t->nr-- > 0) {
        unsigned int slot = t->slot[t->nr];
        bool first = slot == nr - 1;
        int rc;

        if (slot >= nr)
            continue;
        if (table_preempted(op, level, &at, nr - 1 - slot))
            return table_stop(op, frame, nr - at, 0, INTR, false);
        rc = demote_entry(op, frame, d, slot, level, t->entry[t->nr], first ? had : 0);
        if (rc)
            return stop_demoting(op, frame, slot, first ? had : 0, rc);
        op->work++;
        at++;
    }
    if (at < nr && table_preempted(op, level, &at, nr - 1))
        return table_stop(op, frame, nr - at, 0, INTR, false);
    op->work += nr - at;
    return 0;
}

int demote(struct op *op, uint64_t frame, enum frame_type type, bool partial)
{
    struct frame_info *info = op_info(op, frame);
    struct entries t;
    struct domain *d;
    int rc;

    if (!info)
        return BROKEN;
    if (!partial) {
        info->validated = ENTRIES;
        info->flags &= (uint16_t)~FRAME_ENTRY;
    }
    pv_owner_of(op->m, frame, &d);
    if (!d || !table_entries(op, frame, &t))
        return op_broken(op, XENPT_ESTATE, "a table lies outside memory");
    op_tell(op, XENPT_TOUCH_VALIDATE, false, frame, 0, XENPT_PAGE_SIZE);
    rc = demote_entries(op, frame, d, type, &t);
    info = rc ? NULL : op_info(op, frame);
    if (!info)
        return rc ? rc : BROKEN;
    info->validated = 0;
    info->flags &= (uint16_t) ~(FRAME_PAE_XEN_L2 | FRAME_ENTRY);
    return 0;
}
