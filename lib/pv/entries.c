/*
 * entries.c - entries of guests' tables: which flags they may have, what Xen makes of them, and the
 * references that they stand for; mm.c, get_page_from_l1e to get_page_from_l4e; pv/mm.h,
 * adjust_guest_l1e and so on.
 */
#include "pv/op.h"

/* --- Slots --------------------------------------------------------------------------------- */

bool is_guest_l4_slot(const struct xenpt_machine *m, const struct domain *d, unsigned int slot)
{
    enum xenpt_root_kind kind = is_pv32(d) ? XENPT_ROOT_PV32 : XENPT_ROOT_PV64_KERNEL;

    return xenpt_layout_slot(m->layout, kind, m->conditions, slot).guest;
}

unsigned int first_xen_l2_slot(const struct xenpt_machine *m)
{
    const struct xenpt_area *window = xenpt_layout_area(m->layout, "compat-m2p-window");

    return window ? slot_at(2, window->first) : ENTRIES;
}

/* --- Adjusting ----------------------------------------------------------------------------- */

uint64_t adjust(const struct domain *d, unsigned int level, uint64_t entry)
{
    if (!(entry & ENTRY_P))
        return entry;
    if (is_pv32(d))
        return entry | (level == 4 ? ENTRY_A : level == 3 ? ENTRY_US | ENTRY_RW : 0);
    if (level > 1)
        return entry | ENTRY_US | (level == 4 ? ENTRY_A : 0);
    /* User pages are global, the kernel's have bit 52. */
    if (!(entry & ENTRY_US))
        entry |= ENTRY_US | ENTRY_GK;
    return entry & ENTRY_GK ? entry : entry | ENTRY_US | ENTRY_G;
}

uint64_t unadjust(const struct domain *d, unsigned int level, uint64_t entry)
{
    if (is_pv32(d) && level == 3 && entry & ENTRY_P)
        return entry & ~(ENTRY_US | ENTRY_RW | ENTRY_A);
    return entry;
}

/* --- Flags --------------------------------------------------------------------------------- */

static uint64_t refused_flags(const struct op *op, const struct domain *d, unsigned int level)
{
    if (level == 1)
        return (has_devices(d) ? 0 : ENTRY_CACHE) | (op->m->xen.debug ? ENTRY_GNT : 0);
    if (level == 3 && is_pv32(d))
        return ENTRY_CACHE | ENTRY_G | XENPT_BITS(63, 52);
    return ENTRY_PWT | ENTRY_PCD | ENTRY_G | (level == 2 ? 0 : ENTRY_PS);
}

static bool superpages(const struct op *op)
{
    return op->m->options.superpages == SET_ON;
}

int check_flags(struct op *op, const struct domain *d, uint64_t frame, unsigned int slot,
                unsigned int level, uint64_t entry)
{
    static const enum rule rules[] = { 0, RULE_L1_FLAGS, RULE_L2_FLAGS, RULE_L3_FLAGS,
                                       RULE_L4_FLAGS };
    int rc = 0;

    if (entry & refused_flags(op, d, level))
        rc = refused(op, rules[level], frame, slot);
    if (!rc && level == 2 && entry & ENTRY_PS && !superpages(op))
        rc = refused(op, RULE_L2_SUPERPAGE, frame, slot);
    return rc;
}

/* --- L1 entries ---------------------------------------------------------------------------- */

bool is_mmcfg(const struct xenpt_machine *m, uint64_t frame)
{
    uint64_t maddr = frame << XENPT_PAGE_SHIFT;

    return m->host.mmcfg && maddr >= m->host.mmcfg_base &&
           maddr - m->host.mmcfg_base < (uint64_t)m->host.mmcfg_buses << 20;
}

/* PAT as Xen has it: WB WT UC- UC WC WP UC UC. */
static bool is_cacheable(uint64_t entry)
{
    unsigned int index = (unsigned int)(entry >> 3 & 3) | (entry & ENTRY_PS ? 4 : 0);

    return index == 0 || index == 1 || index == 5;
}

/* Of what is no RAM a privileged domain may use what its processor can address; dom0_build.c,
 * dom0_setup_permissions, as of 4.11. Before, all that an entry can name. */
static bool can_be_addressed(const struct xenpt_machine *m, uint64_t frame)
{
    return !machine_since(m, 4, 11) ||
           frame >> (m->processor->cpu.maxphyaddr - XENPT_PAGE_SHIFT) == 0;
}

/* Model: a privileged domain may use all that is no RAM, and no other domain any of it. */
static int get_mmio(struct op *op, uint64_t at, unsigned int slot, uint64_t entry,
                    const struct domain *d, const struct domain *pg_owner, uint64_t *flip)
{
    uint64_t frame = ENTRY_FRAME(entry);
    int rc = 0;

    if (!has_devices(pg_owner) || !has_devices(d) || !can_be_addressed(op->m, frame))
        rc = frame == ENTRY_ADDR >> XENPT_PAGE_SHIFT ? refused(op, RULE_MMIO_INVALID, at, slot)
                                                     : refused(op, RULE_MMIO_PERMISSION, at, slot);
    if (rc)
        return rc;
    if (is_mmcfg(op->m, frame) && entry & ENTRY_RW)
        *flip = ENTRY_RW;
    if (is_cacheable(entry) && in_force(op, RULE_MMIO_UNCACHED))
        *flip |= (entry & ENTRY_CACHE) ^ (ENTRY_PWT | ENTRY_PCD);
    return 0;
}

/* Whether a domain's frame, or Xen's, may be mapped in the name of another. */
static bool is_named(const struct domain *d, const struct domain *pg_owner, enum pv_owner named,
                     const struct domain *real, enum pv_owner owner)
{
    /* Whoever asks, in whose name ever: that it is dom_cow's is all that is looked at. */
    if (owner == PV_COW)
        return true;
    if (owner == PV_XEN || named == PV_XEN)
        return owner == named;
    if (!real || named == PV_MMIO)
        return false;
    return real == pg_owner || (pg_owner != d && controls(pg_owner, real));
}

static int get_writable(struct op *op, uint64_t at, unsigned int slot, uint64_t frame)
{
    int rc = get_type(op, frame, FRAME_WRITABLE, false, RULE_L1_WRITABLE);

    if (rc && rc != BROKEN) {
        op->frame = at;
        op->slot = slot;
    }
    return rc;
}

/* What guests share is read, and not written. */
static int check_shared(struct op *op, uint64_t at, unsigned int slot, uint64_t entry,
                        enum pv_owner owner)
{
    return owner == PV_COW && entry & ENTRY_RW ? refused(op, RULE_L1_SHARED, at, slot) : 0;
}

int get_from_l1e(struct op *op, uint64_t at, unsigned int slot, uint64_t entry, struct domain *d,
                 struct domain *pg_owner, enum pv_owner named, uint64_t *flip)
{
    uint64_t frame = ENTRY_FRAME(entry);
    struct domain *real;
    enum pv_owner owner = pv_owner_near(op->m, op->d, frame, &real);
    bool non_wb = entry & ENTRY_CACHE;
    struct frame_info *info;
    int rc = check_flags(op, d, at, slot, 1, entry);

    *flip = 0;
    if (rc)
        return rc;
    if (owner == PV_MMIO)
        return get_mmio(op, at, slot, entry, d, pg_owner ? pg_owner : op->d, flip);
    if (!is_named(d, pg_owner, named, real, owner) && (rc = refused(op, RULE_L1_OWNER, at, slot)))
        return rc;
    info = op_info(op, frame);
    if (!info)
        return BROKEN;
    if (is_gone(info) && (rc = refused(op, RULE_L1_OWNER, at, slot)))
        return rc;
    rc = check_shared(op, at, slot, entry, owner);
    if (rc)
        return rc;
    info->count++;
    if (entry & ENTRY_RW && (!real || d == real || !is_external(real)))
        rc = get_writable(op, at, slot, frame);
    if (is_to_undo(op, rc) && put_page(op, frame))
        return BROKEN;
    if (rc)
        return rc;
    if (non_wb && (owner == PV_SPECIAL || owner == PV_XEN))
        rc = refused(op, RULE_L1_CACHE_SPECIAL, at, slot);
    if (is_to_undo(op, rc) && put_from_l1e(op, entry, d))
        return BROKEN;
    if (rc)
        return rc;
    /* Model: processors are taken to snoop themselves no more than Xen requires: all are flushed.
     */
    if ((entry & (ENTRY_CACHE | ENTRY_RW)) == (ENTRY_PS | ENTRY_RW)) {
        info = op_info(op, frame);
        if (!info)
            return BROKEN;
        info->flags |= FRAME_NON_COHERENT;
    }
    return 0;
}

int put_from_l1e(struct op *op, uint64_t entry, const struct domain *d)
{
    uint64_t frame = ENTRY_FRAME(entry);
    const struct frame_info *info;
    struct domain *real;
    int rc = 0;

    if (!(entry & ENTRY_P) || pv_owner_near(op->m, op->d, frame, &real) == PV_MMIO)
        return 0;
    info = frames_find(op->m->frames, frame);
    if (entry & ENTRY_RW && (!real || d == real || !is_external(real)) && info &&
        info->type == FRAME_WRITABLE)
        rc = put_type(op, frame, NO_TABLE);
    return rc ? rc : put_page(op, frame);
}

/* --- Higher levels ------------------------------------------------------------------------- */

/* The first nr frames of it. */
static int put_data(struct op *op, uint64_t entry, unsigned int nr)
{
    uint64_t first = ENTRY_FRAME(entry) & ~(uint64_t)(ENTRIES - 1);
    int rc = 0;

    for (unsigned int i = 0; !rc && i < nr; i++) {
        const struct frame_info *info = frames_find(op->m->frames, first + i);

        if (info && entry & ENTRY_RW && info->type == FRAME_WRITABLE)
            rc = put_type(op, first + i, NO_TABLE);
        if (!rc)
            rc = put_page(op, first + i);
    }
    return rc;
}

/* A larger page, of frames of the domain's own. */
static int get_data(struct op *op, uint64_t at, unsigned int slot, uint64_t entry, struct domain *d)
{
    uint64_t first = ENTRY_FRAME(entry) & ~(uint64_t)(ENTRIES - 1);
    int rc = 0;

    for (unsigned int i = 0; !rc && i < ENTRIES; i++) {
        if (!get_page(op, first + i, d))
            rc = op->code ? BROKEN : refused(op, RULE_TABLE_OWNER, at, slot);
        if (!rc && entry & ENTRY_RW && (rc = get_writable(op, at, slot, first + i)) &&
            is_to_undo(op, rc) && put_page(op, first + i))
            return BROKEN;
        if (is_to_undo(op, rc))
            return put_data(op, entry, i) ? BROKEN : rc;
    }
    return rc;
}

/* Whether an entry leads to a table of its own level, or to one that was. */
static bool is_linear(const struct op *op, uint64_t frame, unsigned int level, uint64_t entry)
{
    const struct frame_info *info = frames_find(op->m->frames, ENTRY_FRAME(entry));

    return ENTRY_FRAME(entry) == frame || (info && info->type == level);
}

int get_from_entry(struct op *op, uint64_t frame, unsigned int slot, unsigned int level,
                   uint64_t entry, struct domain *d, unsigned int how)
{
    size_t before = op_mark(op);
    int rc = check_flags(op, d, frame, slot, level, entry);

    if (rc)
        return rc;
    if (level == 2 && entry & ENTRY_PS) {
        rc = superpages(op) ? 0 : refused(op, RULE_L2_SUPERPAGE_NEW, frame, slot);
        return rc ? rc : get_data(op, frame, slot, entry, d);
    }
    rc = get_of_entry(op, ENTRY_FRAME(entry), (enum frame_type)(level - 1), false, d, how);
    if (is_refusal(rc) && op->frame == ENTRY_FRAME(entry)) {
        op->frame = frame;
        op->slot = slot;
    }
    if (rc != -error_number("EINVAL"))
        return rc;
    op_undo(op, before);
    op->lost = 0;
    if (!is_linear(op, frame, level, entry))
        return rc;
    if (level == 3 && is_pv32(d) && (rc = refused(op, RULE_LINEAR_PAE, frame, slot)))
        return rc;
    before = op->shared ? op_mark(op) : 0;
    rc = get_linear(op, frame, slot, level, entry, d);
    if (is_to_undo(op, rc))
        op_undo_alone(op, before); /* Nobody else was at work in between. */
    return rc;
}

/* Model: where a rule is switched off, an entry can be without the reference that it would have;
 * none is dropped that cannot be it. */
int put_from_entry(struct op *op, uint64_t frame, unsigned int level, uint64_t entry,
                   unsigned int how)
{
    uint64_t to = ENTRY_FRAME(entry);
    const struct frame_info *info = frames_find(op->m->frames, to);
    int rc = 0;

    if (!(entry & ENTRY_P) || to == frame)
        return 0;
    if (level < 4 && entry & ENTRY_PS)
        return put_data(op, entry, ENTRIES);
    if (info && info->type_count && (info->type == level - 1 || info->type == level))
        rc = how & FRAME_ENTRY_SET ? put_partial(op, to, frame) : put_type(op, to, frame);
    /* An entry that was to have been validated, without the rule partial-ref, has no reference. */
    return rc || how == FRAME_ENTRY_SET ? rc : put_page(op, to);
}
