/*
 * ptwr.c - writable page tables: a guest's kernel writes to an L1 table that is mapped read-only,
 * and Xen does it in its place if it may be; pv/ro-page-fault.c, ptwr_do_page_fault.
 */
#include "pv/op.h"

/* The L1 entry of an address, in memory. */
static bool l1_entry_of(const struct op *op, uint64_t va, uint64_t *ret)
{
    uint64_t at = pv_guest_root(op->d, op->v, false);

    if ((int64_t)(va << 16) >> 16 != (int64_t)va)
        return false;
    for (unsigned int level = 4; level > 1; level--) {
        uint64_t entry = entry_read(op->m, at, slot_at(level, va));

        if (!(entry & ENTRY_P) || entry & ENTRY_PS)
            return false;
        at = entry & ENTRY_ADDR;
    }
    *ret = entry_read(op->m, at, slot_at(1, va));
    return true;
}

/* A write of less than an entry: the rest of it stays. */
static uint64_t merged(uint64_t old, uint64_t va, uint64_t value, unsigned int bytes)
{
    unsigned int shift = (unsigned int)(va % 8) * 8;
    uint64_t mask = ones(8 * bytes) << shift;

    return (old & ~mask) | (value << shift & mask);
}

/*
 * The upper half of an entry of a 32-bit guest that is written first makes one that may not be: it
 * loses P, until the lower half is written.
 */
static int get_entry(struct op *op, uint64_t frame, unsigned int slot, uint64_t *entry,
                     bool upper_half)
{
    size_t before = op_mark(op);
    uint64_t flip = 0;
    int rc;

    if (!(*entry & ENTRY_P))
        return check_absent(op, op->d, frame, slot, 1, *entry);
    rc = get_from_l1e(op, frame, slot, *entry, op->d, op->d, PV_DOMAIN, &flip);
    if (rc && rc != BROKEN && upper_half && in_force(op, RULE_PTWR_UPPER_HALF)) {
        op_undo(op, before);
        *entry &= ~ENTRY_P;
        return 0;
    }
    *entry ^= flip;
    return rc;
}

/* mmio_ro_do_page_fault: of what is mapped so, which a guest may not do itself.  Model: devices are
 * not modelled, and so nothing comes of the write. */
static int write_mmcfg(struct op *op, uint64_t va, uint64_t frame, unsigned int bytes)
{
    if (bytes > 4 || !bytes || bytes & (bytes - 1) || va & (bytes - 1))
        return refused(op, RULE_MMCFG_ALIGNED, frame, NO_SLOT_OF_IT);
    return 0;
}

/* The instruction, byte by byte by the guest's own tables: where it is, if the caller says so. */
static void tell_fetch(struct op *op)
{
    struct guest_copy c = {
        .d = op->d, .v = op->v, .va = op->caller->argument, .length = 1, .why = XENPT_TOUCH_FETCH
    };
    struct xenpt_touch t = { TOUCH(XENPT_TOUCH_FETCH, XENPT_TOUCH_GUEST_TABLES),
                             .maddr = XENPT_TOUCH_UNKNOWN };

    t.domain = op->d->id;
    if (op->caller->has_argument)
        touch_guest(op->m, &c);
    else
        op_tell_slowly(op, &t);
}

static int write_entry(struct op *op, uint64_t va, uint64_t value, unsigned int bytes)
{
    const struct frame_info *info;
    uint64_t mapping = 0, frame, old, entry;
    unsigned int slot = (unsigned int)(va % XENPT_PAGE_SIZE / 8);
    struct domain *owner;
    bool read_only;
    int rc = 0;

    if (touch_heard(op->m))
        tell_linear(op, va, 1);
    read_only = l1_entry_of(op, va, &mapping) && (mapping & (ENTRY_P | ENTRY_RW)) == ENTRY_P;

    if (read_only && op->d->desc->privileged && is_mmcfg(op->m, ENTRY_FRAME(mapping)))
        return write_mmcfg(op, va, ENTRY_FRAME(mapping), bytes);
    if (!has_assist(op->d, XENPT_PV_WRITABLE_PAGETABLES) &&
        !(op->d->desc->privileged && in_force(op, RULE_PTWR_DOM0)) &&
        (rc = refused(op, RULE_PTWR_ASKED, 0, NO_SLOT_OF_IT)))
        return rc;
    if (!read_only)
        return refused(op, RULE_PTWR_READ_ONLY, 0, NO_SLOT_OF_IT);
    frame = ENTRY_FRAME(mapping);
    info = frames_find(op->m->frames, frame);
    if (pv_owner_of(op->m, frame, &owner) != PV_DOMAIN || owner != op->d || !info ||
        info->type != FRAME_L1 || !info->type_count || !(info->flags & FRAME_VALIDATED))
        return refused(op, RULE_PTWR_L1, frame, NO_SLOT_OF_IT);
    if (bytes > 8 || !bytes || bytes & (bytes - 1) || va & (bytes - 1))
        return refused(op, RULE_PTWR_ALIGNED, frame, slot);
    if (touch_heard(op->m))
        tell_fetch(op);
    op_tell(op, XENPT_TOUCH_OPERAND, false, frame, va % XENPT_PAGE_SIZE & ~UINT64_C(7), 8);
    old = op_read(op, frame, slot);
    entry = merged(old, va, value, bytes);
    rc = get_entry(op, frame, slot, &entry, is_pv32(op->d) && bytes == 4 && va & 4);
    if (!rc)
        op_tell(op, XENPT_TOUCH_UPDATE, true, frame, 8 * (uint64_t)slot, 8);
    if (!rc)
        rc = op_write(op, frame, slot, adjust(op->d, 1, entry));
    return rc ? rc : put_from_l1e(op, old, op->d);
}

enum xenpt_code xenpt_pv_write_table(struct xenpt_machine *m, const struct xenpt_pv_caller *caller,
                                     uint64_t va, uint64_t value, unsigned int bytes,
                                     struct xenpt_pv_result *ret, struct xenpt_error *err)
{
    struct op op;
    enum xenpt_code code = op_begin(&op, m, caller, err);
    int rc;

    if (code)
        return code;
    rc = only_pv(&op);
    if (!rc)
        rc = write_entry(&op, va, value, bytes);
    return op_end_one(&op, rc, ret);
}
