/*
 * promote.c - a frame becomes a table, or stops being one: what each of its entries leads to is
 * looked at in order, and referred to; mm.c, promote_l1_table to promote_l4_table, demote_l1_table
 * and so on.
 *
 * Model: where Xen refuses a table, entries that it has looked at before keep what it has made of
 * them, and the frame its new type at count 0; here all is as it was.  Xen does as much of a large
 * table as it likes and goes on later; here all of it is one step.
 */
#include "pv/op.h"

static int promote_l1(struct op *op, uint64_t frame, struct domain *d, uint64_t entry[ENTRIES])
{
    int rc = 0;

    for (unsigned int i = 0; !rc && i < ENTRIES; i++) {
        uint64_t flip = 0;

        if (!(entry[i] & ENTRY_P))
            continue;
        rc = get_from_l1e(op, frame, i, entry[i], d, d, PV_DOMAIN, &flip);
        if (!rc)
            rc = op_write(op, frame, i, adjust(d, 1, entry[i] ^ flip));
    }
    return rc;
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

static int promote_l2(struct op *op, uint64_t frame, struct domain *d, uint64_t entry[ENTRIES],
                      bool pae_xen_l2)
{
    unsigned int end = pae_xen_l2 ? first_xen_l2_slot(op->m) : ENTRIES;
    int rc = 0;

    for (unsigned int i = 0; !rc && i < end; i++) {
        if (!(entry[i] & ENTRY_P))
            continue;
        rc = get_from_entry(op, frame, i, 2, entry[i], d);
        if (!rc)
            rc = op_write(op, frame, i, adjust(d, 2, entry[i]));
    }
    return rc || !pae_xen_l2 ? rc : fill_pae_l2(op, frame);
}

/* The last L2 of a 32-bit guest, which has slots of Xen's. */
static int get_slot3(struct op *op, uint64_t frame, uint64_t entry, struct domain *d)
{
    uint64_t to = ENTRY_FRAME(entry);
    const struct frame_info *info;
    int rc = 0;

    if (!(entry & ENTRY_P) || entry & (ENTRY_CACHE | ENTRY_G | XENPT_BITS(63, 52)))
        rc = refused(op, RULE_PAE_SLOT3_PRESENT, frame, 3);
    if (rc || !(entry & ENTRY_P))
        return rc;
    rc = get_page_and_type(op, to, FRAME_L2, true, d);
    if (rc)
        return rc;
    info = frames_find(op->m->frames, to);
    return info->type_count == 1 ? 0 : refused(op, RULE_PAE_SLOT3_SHARED, frame, 3);
}

static int promote_pae_l3(struct op *op, uint64_t frame, struct domain *d, uint64_t entry[ENTRIES])
{
    int rc = 0;

    if (frame >= UINT64_C(1) << (32 - XENPT_PAGE_SHIFT) &&
        !has_assist(d, XENPT_PV_PAE_EXTENDED_CR3))
        rc = refused(op, RULE_PAE_BELOW_4G, frame, NO_SLOT_OF_IT);
    for (unsigned int i = 4; !rc && i < ENTRIES; i++)
        rc = op_write(op, frame, i, 0);
    for (unsigned int i = 0; !rc && i < 4; i++) {
        if (i == 3)
            rc = get_slot3(op, frame, entry[i], d);
        else if (entry[i] & ENTRY_P)
            rc = get_from_entry(op, frame, i, 3, entry[i], d);
        if (!rc)
            rc = op_write(op, frame, i, adjust(d, 3, entry[i]));
    }
    return rc;
}

static int promote_upper(struct op *op, uint64_t frame, struct domain *d, uint64_t entry[ENTRIES],
                         unsigned int level)
{
    int rc = 0;

    for (unsigned int i = 0; !rc && i < ENTRIES; i++) {
        if (!(entry[i] & ENTRY_P) || (level == 4 && !is_guest_l4_slot(op->m, d, i)))
            continue;
        rc = get_from_entry(op, frame, i, level, entry[i], d);
        if (!rc)
            rc = op_write(op, frame, i, adjust(d, level, entry[i]));
    }
    return rc;
}

/* Xen's slots of a root: init_xen_l4_slots.  M2P is there at once only under m2p_strict. */
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
    op->code = root_entries(op->m, &of, entry, op->err);
    for (unsigned int i = 0; !rc && !op->code && i < ENTRIES; i++)
        rc = op_write(op, frame, i, entry[i]);
    return op->code ? BROKEN : rc;
}

int promote(struct op *op, uint64_t frame, enum frame_type type, bool pae_xen_l2)
{
    uint64_t entry[ENTRIES];
    struct domain *d;
    int rc;

    if (pv_owner_of(op->m, frame, &d) != PV_DOMAIN)
        return refused(op, RULE_TABLE_OWNER, frame, NO_SLOT_OF_IT);
    if (!op_read_table(op, frame, entry))
        return op_broken(op, XENPT_ESTATE, "a table lies outside memory");
    switch (type) {
    case FRAME_L1:
        return promote_l1(op, frame, d, entry);
    case FRAME_L2:
        return promote_l2(op, frame, d, entry, pae_xen_l2);
    case FRAME_L3:
        return is_pv32(d) ? promote_pae_l3(op, frame, d, entry)
                          : promote_upper(op, frame, d, entry, 3);
    case FRAME_L4:
        rc = promote_upper(op, frame, d, entry, 4);
        return rc ? rc : fill_l4(op, frame, d);
    case FRAME_SEG_DESC:
        return promote_descriptors(op, frame, d, entry);
    default:
        return 0;
    }
}

/* --- The other way ------------------------------------------------------------------------- */

static bool has_reference(const struct op *op, uint64_t frame, const struct domain *d,
                          unsigned int level, unsigned int slot)
{
    const struct frame_info *info = frames_find(op->m->frames, frame);

    if (level == 4)
        return is_guest_l4_slot(op->m, d, slot);
    return level != 2 || !(info->flags & FRAME_PAE_XEN_L2) || slot < first_xen_l2_slot(op->m);
}

int demote(struct op *op, uint64_t frame, enum frame_type type)
{
    unsigned int level = type;
    uint64_t entry[ENTRIES];
    struct frame_info *info;
    struct domain *d;
    int rc = 0;

    pv_owner_of(op->m, frame, &d);
    if (!d || !op_read_table(op, frame, entry))
        return op_broken(op, XENPT_ESTATE, "a table lies outside memory");
    for (unsigned int i = ENTRIES; !rc && i-- > 0;) {
        if (!(entry[i] & ENTRY_P) || !has_reference(op, frame, d, level, i))
            continue;
        rc = level == 1 ? put_from_l1e(op, entry[i], d)
                        : put_from_entry(op, frame, level, entry[i]);
        if (!rc)
            rc = op_write(op, frame, i, unadjust(d, level, entry[i]));
    }
    info = rc ? NULL : op_info(op, frame);
    if (!info)
        return rc ? rc : BROKEN;
    info->flags &= (uint8_t)~FRAME_PAE_XEN_L2;
    return 0;
}
