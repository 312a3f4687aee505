/*
 * promote.c - a frame becomes a table: what each of its entries leads to is looked at in order, and
 * referred to; mm.c, promote_l1_table to promote_l4_table.
 *
 * Xen is pre-empted between entries of an L2 or L3, and what it has of a table is then in the
 * frame: how many entries are validated, and whether the next one's table is so in part.
 *
 * Model: where Xen refuses a table, entries that it has looked at before keep what it has made of
 * them, and the frame its new type at count 0; here all is as it was, but where other vCPUs were
 * at work meanwhile.
 * Model: Xen reads each entry when its turn comes, and here all that are not 0 are found at first:
 * one that others write to an empty slot meanwhile, through a mapping that should not be, is not
 * looked at.
 */
#include "pv/op.h"
#include "pv/partial.h"

/* How much of a table is to be taken apart by unmake(). */
static int refuse_at(struct op *op, uint64_t frame, unsigned int slot, unsigned int had, int rc)
{
    struct frame_info *info = is_to_undo(op, rc) ? op_info(op, frame) : NULL;

    if (info) {
        info->validated = (uint16_t)slot;
        info->flags = (uint16_t)((info->flags & ~FRAME_ENTRY) | had);
    }
    return rc;
}

/* The entry in a slot could not be validated wholly. */
static int stop_promoting(struct op *op, uint64_t frame, unsigned int slot, unsigned int had,
                          int rc)
{
    if (is_refusal(rc) && slot)
        op->torn = frame;
    /* As Xen has it: whatever the first entry had is forgotten if it has to wait. */
    if (!is_stopped(rc) || (rc == INTR && !slot))
        return refuse_at(op, frame, slot, had, rc);
    return table_stop(op, frame, slot, rc == RESTART ? stopped_entry(op, had, false) : had, rc,
                      false);
}

/* --- To a table ---------------------------------------------------------------------------- */

static int promote_l1(struct op *op, uint64_t frame, struct domain *d, const struct entries *t)
{
    int rc = 0;

    op->work += ENTRIES;
    for (unsigned int i = 0; i < t->nr; i++) {
        uint64_t flip = 0;

        if (t->entry[i] & ENTRY_P)
            rc = get_from_l1e(op, frame, t->slot[i], t->entry[i], d, d, PV_DOMAIN, &flip);
        else
            rc = check_absent(op, d, frame, t->slot[i], 1, t->entry[i]);
        if (!rc && t->entry[i] & ENTRY_P)
            rc = op_write(op, frame, t->slot[i], adjust(d, 1, t->entry[i] ^ flip));
        if (rc)
            return refuse_at(op, frame, t->slot[i], 0, rc);
    }
    return 0;
}

/* The slots of a 32-bit guest's last L2 that are Xen's; pv/mm.h, init_xen_pae_l2_slots. */
static int fill_pae_l2(struct op *op, uint64_t frame)
{
    const struct xenpt_area *window = xenpt_layout_area(op->m->layout, "compat-m2p-window");
    const struct xenpt_area *own = xenpt_layout_area(op->m->layout, "compat-m2p");
    int rc = 0;

    for (unsigned int i = first_xen_l2_slot(op->m); !rc && i < ENTRIES; i++) {
        uint64_t in = (uint64_t)(i - first_xen_l2_slot(op->m)) * level_size(2), entry = 0;
        unsigned int level = 0;

        if (window && own && in < xenpt_area_size(window))
            entry = entry_of(op->m, op->m->idle, 4, own->first + in, &level);
        entry = level == 2 && entry & ENTRY_P ? (entry & ENTRY_ADDR) | window->leaf | ENTRY_PS : 0;
        rc = op_write(op, frame, i, entry);
    }
    return rc;
}

/* An entry of a table that is becoming one.  Others may have changed it since it was begun. */
static int promote_entry(struct op *op, uint64_t frame, struct domain *d, unsigned int slot,
                         unsigned int level, uint64_t entry, unsigned int had)
{
    int rc;

    if (op->caller->at)
        entry = op_read(op, frame, slot);
    if (entry & ENTRY_P)
        rc = get_from_entry(op, frame, slot, level, entry, d, had | KEEP_IF_STOPPED);
    else
        rc = check_absent(op, d, frame, slot, level, entry);
    return rc ? rc : op_write(op, frame, slot, adjust(d, level, entry));
}

/* A table of a higher level, as far as its slots are the guest's. */
static int promote_upper(struct op *op, uint64_t frame, struct domain *d, const struct entries *t,
                         unsigned int level, bool pae_xen_l2)
{
    const struct frame_info *info = frames_find(op->m->frames, frame);
    unsigned int first = info->validated, had = info->flags & FRAME_ENTRY, at = 0;

    for (unsigned int i = 0; i < t->nr; i++) {
        unsigned int slot = t->slot[i];
        int rc;

        if (slot < first)
            continue;
        if (table_preempted(op, level, &at, slot - first))
            return table_stop(op, frame, first + at, 0, INTR, true);
        if ((level == 4 && !is_guest_l4_slot(op->m, d, slot)) ||
            (pae_xen_l2 && slot >= first_xen_l2_slot(op->m)))
            continue;
        rc = promote_entry(op, frame, d, slot, level, t->entry[i], slot == first ? had : 0);
        if (rc)
            return stop_promoting(op, frame, slot, slot == first ? had : 0, rc);
        op->work++;
        at++;
    }
    if (first < ENTRIES && at < ENTRIES - first &&
        table_preempted(op, level, &at, ENTRIES - 1 - first))
        return table_stop(op, frame, first + at, 0, INTR, true);
    op->work += ENTRIES - first - at;
    return 0;
}

/* The last L2 of a 32-bit guest, which has slots of Xen's. */
static int get_slot3(struct op *op, uint64_t frame, uint64_t entry, struct domain *d,
                     unsigned int had)
{
    uint64_t to = ENTRY_FRAME(entry);
    const struct frame_info *info;
    int rc = 0;

    if (!(entry & ENTRY_P) || entry & (ENTRY_CACHE | ENTRY_G | XENPT_BITS(63, 52)))
        rc = refused(op, RULE_PAE_SLOT3_PRESENT, frame, 3);
    if (rc || !(entry & ENTRY_P))
        return rc;
    rc = get_of_entry(op, to, FRAME_L2, true, d, had | KEEP_IF_STOPPED);
    if (rc)
        return rc;
    info = frames_find(op->m->frames, to);
    rc = info->type_count == 1 ? 0 : refused(op, RULE_PAE_SLOT3_SHARED, frame, 3);
    return is_to_undo(op, rc) && put_page_and_type(op, to) ? BROKEN : rc;
}

/* One of the four entries of a 32-bit guest's L3. */
static int promote_pae_entry(struct op *op, uint64_t frame, struct domain *d, unsigned int slot,
                             unsigned int had)
{
    uint64_t entry = op_read(op, frame, slot);
    int rc;

    if (slot == 3)
        rc = get_slot3(op, frame, entry, d, had);
    else if (entry & ENTRY_P)
        rc = get_from_entry(op, frame, slot, 3, entry, d, had | KEEP_IF_STOPPED);
    else
        rc = check_absent(op, d, frame, slot, 3, entry);
    return rc ? rc : op_write(op, frame, slot, adjust(d, 3, entry));
}

static int promote_pae_l3(struct op *op, uint64_t frame, struct domain *d)
{
    const struct frame_info *info = frames_find(op->m->frames, frame);
    unsigned int first = info->validated, had = info->flags & FRAME_ENTRY, at = 0;
    int rc = 0;

    if (frame >= UINT64_C(1) << (32 - XENPT_PAGE_SHIFT) &&
        !has_assist(d, XENPT_PV_PAE_EXTENDED_CR3))
        rc = refused(op, RULE_PAE_BELOW_4G, frame, NO_SLOT_OF_IT);
    for (unsigned int i = 4; !rc && i < ENTRIES; i++)
        rc = op_write(op, frame, i, 0);
    for (unsigned int i = first; !rc && i < 4; i++) {
        unsigned int has = i == first ? had : 0;

        if (table_preempted(op, 3, &at, i - first))
            return table_stop(op, frame, first + at, 0, INTR, true);
        rc = promote_pae_entry(op, frame, d, i, has);
        if (rc)
            return stop_promoting(op, frame, i, has, rc);
        op->work++;
        at++;
    }
    return rc;
}

/* Xen's slots of a root: init_xen_l4_slots.  M2P is there at once only under m2p_strict; and
 * whatever the guest had in a slot of Xen's is gone, if nothing of Xen's comes there. */
static int fill_l4(struct op *op, uint64_t frame, const struct domain *d)
{
    struct root_of of = {
        .kind = has_assist(d, XENPT_PV_M2P_STRICT) ? XENPT_ROOT_PV64_KERNEL : XENPT_ROOT_PV64_USER,
        .self = frame << XENPT_PAGE_SHIFT,
        .shadow = NO_TABLE,
        .perdomain = d->perdomain,
    };
    uint64_t entry[ENTRIES];
    int rc = 0;

    if (!op_read_table(op, frame, entry))
        return op_broken(op, XENPT_ESTATE, "a root table lies outside memory");
    for (unsigned int i = 0; i < ENTRIES; i++)
        if (!is_guest_l4_slot(op->m, d, i))
            entry[i] = 0;
    op->code = root_entries(op->m, &of, entry, op->err);
    for (unsigned int i = 0; !rc && !op->code && i < ENTRIES; i++)
        rc = op_write(op, frame, i, entry[i]);
    return op->code ? BROKEN : rc;
}

/* Entries are read, and written as Xen has them. */
static void tell_table(struct op *op, uint64_t frame, uint64_t length)
{
    op_tell(op, XENPT_TOUCH_VALIDATE, false, frame, 0, length);
    op_tell(op, XENPT_TOUCH_VALIDATE, true, frame, 0, length);
}

int promote(struct op *op, uint64_t frame, enum frame_type type, bool pae_xen_l2)
{
    struct entries t;
    struct domain *d;
    int rc;

    if (pv_owner_of(op->m, frame, &d) != PV_DOMAIN)
        return refused(op, RULE_TABLE_OWNER, frame, NO_SLOT_OF_IT);
    if (type == FRAME_SEG_DESC)
        return promote_descriptors(op, frame, d);
    if (type == FRAME_L3 && is_pv32(d)) {
        tell_table(op, frame, 32);
        return promote_pae_l3(op, frame, d);
    }
    if (!table_entries(op, frame, &t))
        return op_broken(op, XENPT_ESTATE, "a table lies outside memory");
    tell_table(op, frame, XENPT_PAGE_SIZE);
    if (type == FRAME_L1)
        return promote_l1(op, frame, d, &t);
    rc = promote_upper(op, frame, d, &t, type, pae_xen_l2);
    if (!rc && pae_xen_l2)
        rc = fill_pae_l2(op, frame);
    return rc || type != FRAME_L4 ? rc : fill_l4(op, frame, d);
}
