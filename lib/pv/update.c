/* update.c - one entry of a guest's table becomes another; mm.c, mod_l1_entry to mod_l4_entry. */
#include "pv/op.h"
#include "pv/physmap.h"
#include "xen/p2m.h"

/* What may change in an entry without a new look at it. */
#define FREELY                                                                                     \
    (ENTRY_NX | XENPT_BITS(62, 52) | XENPT_BITS(11, 9) | ENTRY_G | ENTRY_D | ENTRY_A | ENTRY_US)

static int store(struct op *op, const struct change *c, uint64_t old, uint64_t entry)
{
    if (c->preserve_ad)
        entry |= old & (ENTRY_A | ENTRY_D);
    op_tell(op, XENPT_TOUCH_UPDATE, true, c->frame, 8 * (uint64_t)c->slot, 8);
    return op_write(op, c->frame, c->slot, entry);
}

/* --- L1 ------------------------------------------------------------------------------------ */

/* What is on its way to a disk is there yet; what is gone is asked for, and the guest tries again.
 */
static int paged(struct op *op, const struct change *c, const struct xenpt_p2m_entry *p2m,
                 uint64_t gfn)
{
    if (!p2m->type || !p2m_is_paging((enum p2m_type)p2m->type->number) || p2m->maddr)
        return 0;
    op->code = p2m_page_in(op->m, c->pg_owner, gfn, op->err);
    return op->code ? BROKEN : refused(op, RULE_FOREIGN_PAGED, c->frame, c->slot);
}

/* get_page_from_gfn: a device's frame is no page. */
static bool is_device(const struct op *op, const struct change *c)
{
    return physmap_look(op, c->pg_owner, ENTRY_FRAME(c->value)).type == P2M_MMIO_DIRECT;
}

/* A frame of an HVM or PVH guest's is named as the guest calls it. */
static int translate(struct op *op, const struct change *c, uint64_t *entry)
{
    struct xenpt_p2m_entry p2m = { .type = NULL };
    bool there;
    int rc;

    /* get_page_from_gfn, P2M_ALLOC: what waits for memory has some then. */
    if (physmap_populate(op, c->pg_owner, ENTRY_FRAME(*entry)))
        return BROKEN;
    rc = *entry & ENTRY_RW
             ? physmap_unshare(op, c->pg_owner, ENTRY_FRAME(*entry), RULE_FOREIGN_SHARED)
             : 0;
    if (rc == NOTHING)
        rc = -error_number("ENOMEM"); /* There is nothing that it could lead to. */
    if (rc)
        return rc;
    there = xenpt_machine_p2m(op->m, c->pg_owner->id, XENPT_VIEW_HOST, ENTRY_FRAME(*entry), &p2m);
    rc = there ? paged(op, c, &p2m, ENTRY_FRAME(*entry)) : 0;
    if (rc)
        return rc;
    if (!there || !p2m.type || (!p2m.type->present && !p2m.maddr) || is_device(op, c))
        return refused(op, RULE_FOREIGN_GFN, c->frame, c->slot);
    *entry = (*entry & ~ENTRY_ADDR) | (p2m.maddr & ENTRY_ADDR);
    return 0;
}

static int change_l1(struct op *op, const struct change *c)
{
    uint64_t old = op_read(op, c->frame, c->slot), entry = c->value, flip = 0;
    int rc = 0;

    if (entry & ENTRY_P) {
        rc = check_flags(op, c->d, c->frame, c->slot, 1, entry);
        if (!rc && c->translate && c->pg_owner && is_external(c->pg_owner))
            rc = translate(op, c, &entry);
        if (rc)
            return rc;
        entry = adjust(c->d, 1, entry);
        if (!((old ^ entry) & ~FREELY))
            return store(op, c, old, entry);
        rc = get_from_l1e(op, c->frame, c->slot, entry, c->d, c->pg_owner, c->named, &flip);
    } else {
        rc = check_absent(op, c->d, c->frame, c->slot, 1, entry);
    }
    if (!rc)
        rc = store(op, c, old, entry ^ flip);
    return rc ? rc : put_from_l1e(op, old, c->d);
}

/* --- L2 to L4 ------------------------------------------------------------------------------ */

static int check_slot(struct op *op, unsigned int level, const struct change *c)
{
    const struct frame_info *info = frames_find(op->m->frames, c->frame);

    if (level == 2 && info && info->flags & FRAME_PAE_XEN_L2 && c->slot >= first_xen_l2_slot(op->m))
        return refused(op, RULE_L2_XEN_SLOT, c->frame, c->slot);
    if (level == 3 && is_pv32(c->d) && c->slot >= 3)
        return refused(op, RULE_L3_PAE_SLOT, c->frame, c->slot);
    if (level == 4 && !is_guest_l4_slot(op->m, c->d, c->slot))
        return refused(op, RULE_L4_XEN_SLOT, c->frame, c->slot);
    return 0;
}

static bool is_new(const struct op *op, uint64_t old, uint64_t entry)
{
    uint64_t looked_at = ~FREELY;

    if (!in_force(op, RULE_FAST_PATH))
        looked_at = ENTRY_ADDR | ENTRY_P |
                    (op->m->options.superpages == SET_ON ? ENTRY_PS | ENTRY_RW : 0);
    return (old ^ entry) & looked_at;
}

/* The table that the entry led to; what there is no time for is done when the caller goes on. */
static int put_old_entry(struct op *op, unsigned int level, const struct change *c, uint64_t old)
{
    int rc = put_from_entry(op, c->frame, level, old, 0);

    return is_stopped(rc) ? set_old(op, ENTRY_FRAME(old), c->frame, rc) : rc;
}

static int change_upper(struct op *op, unsigned int level, const struct change *c)
{
    uint64_t old = op_read(op, c->frame, c->slot), entry = c->value;
    int rc = check_slot(op, level, c);

    if (!rc && entry & ENTRY_P) {
        rc = check_flags(op, c->d, c->frame, c->slot, level, entry);
        entry = adjust(c->d, level, entry);
        if (!rc && !is_new(op, old, entry))
            return store(op, c, old, entry);
        /* As the guest has it: RW, which Xen adds to a 32-bit guest's L3 entries, is not meant. */
        if (!rc)
            rc = get_from_entry(op, c->frame, c->slot, level, c->value, c->d, 0);
    } else if (!rc) {
        rc = check_absent(op, c->d, c->frame, c->slot, level, entry);
    }
    if (!rc)
        rc = store(op, c, old, entry);
    return rc ? rc : put_old_entry(op, level, c, old);
}

int change_entry(struct op *op, unsigned int level, const struct change *c)
{
    op_tell(op, XENPT_TOUCH_UPDATE, false, c->frame, 8 * (uint64_t)c->slot, 8);
    return level == 1 ? change_l1(op, c) : change_upper(op, level, c);
}

int change_locked(struct op *op, unsigned int level, const struct change *c)
{
    int rc;

    if (!op->caller->at)
        return change_entry(op, level, c);
    rc = lock_table(op, c->frame);
    if (!rc)
        rc = change_entry(op, level, c);
    return unlock_table(op, c->frame) ? BROKEN : rc;
}
