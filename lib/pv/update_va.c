/*
 * update_va.c - update_va_mapping: an L1 entry by the address that it maps; mm.c,
 * __do_update_va_mapping; pv/mm.c, map_guest_l1e.
 */
#include "pv/argument.h"

/* An L2 entry through Xen's linear map: what the CPU's TLB has of that may not be what memory has.
 */
static bool find_linear(const struct op *op, uint64_t va, uint64_t *frame)
{
    const struct xenpt_area *self = xenpt_layout_filled(op->m->layout, XENPT_FILL_SELF);
    uint64_t first = self ? xenpt_layout_linear(op->m->layout, self, self, 2) : 0, entry = 0;
    uint64_t nr = (va & ones(48)) / level_size(2);

    if (!self || !op->caller->read(op->caller->ctx, first + 8 * nr, &entry))
        return false;
    *frame = ENTRY_FRAME(entry);
    return entry & ENTRY_P && !(entry & ENTRY_PS);
}

/* asm/x86_64/uaccess.h, __addr_ok. */
bool is_guest_address(const struct op *op, uint64_t va)
{
    if ((int64_t)(va << 16) >> 16 != (int64_t)va)
        return false;
    return is_pv32(op->d) ? !(va >> 32) : is_guest_l4_slot(op->m, op->d, slot_at(4, va));
}

/* What Xen's linear map is of: what the guest has made of the tables that are loaded. */
static uint64_t loaded_root(const struct op *op)
{
    return op->d->shadows ? pv_guest_root(op->d, op->v, op->v->user)
                          : pv_root(op->d, op->v, op->v->user);
}

void tell_linear(struct op *op, uint64_t va, unsigned int level)
{
    uint64_t at = loaded_root(op), nr = (va & ones(48)) / level_size(level);
    struct xenpt_touch t = { TOUCH(XENPT_TOUCH_WALK, XENPT_TOUCH_LINEAR),
                             .consent = XENPT_TOUCH_ASKED, .length = 8 };

    for (unsigned int i = 4; i > level; i--) {
        uint64_t entry = entry_read(op->m, at, slot_at(i, va));

        if (!(entry & ENTRY_P) || entry & ENTRY_PS)
            return;
        at = entry & ENTRY_ADDR;
    }
    t.maddr = at + 8 * (uint64_t)slot_at(level, va);
    if (op->m->touch.linear[level])
        t.va = op->m->touch.linear[level] + 8 * nr;
    op_tell_slowly(op, &t);
}

/* The L1 table of an address, as the caller's tables have it. */
bool linear_l1(const struct op *op, uint64_t va, uint64_t *frame)
{
    uint64_t at = loaded_root(op);

    if ((int64_t)(va << 16) >> 16 != (int64_t)va || (is_pv32(op->d) && va >> 32))
        return false;
    if (op->caller->read)
        return find_linear(op, va, frame);
    for (unsigned int level = 4; level > 1; level--) {
        uint64_t entry = entry_read(op->m, at, slot_at(level, va));

        if (!(entry & ENTRY_P) || entry & ENTRY_PS)
            return false;
        at = entry & ENTRY_ADDR;
    }
    *frame = at >> XENPT_PAGE_SHIFT;
    return true;
}

static bool is_own_l1(const struct op *op, uint64_t frame)
{
    const struct frame_info *info = frames_find(op->m->frames, frame);
    struct domain *owner;

    return pv_owner_of(op->m, frame, &owner) == PV_DOMAIN && owner == op->d && info &&
           info->type == FRAME_L1 && info->type_count && info->flags & FRAME_VALIDATED;
}

static int update(struct op *op, const struct xenpt_pv_va_update *u)
{
    struct change c = { .value = u->val, .d = op->d, .translate = true };
    int rc = find_pg_owner(op, u->domain, &c.pg_owner, &c.named);
    bool found;

    if (!rc)
        rc = may_touch(op, c.pg_owner, c.named);
    if (rc)
        return rc;
    if (touch_heard(op->m))
        tell_linear(op, u->va, 2);
    found = linear_l1(op, u->va, &c.frame);
    if (!found || !is_own_l1(op, c.frame)) {
        rc = refused(op, RULE_VA_L1, found ? c.frame : 0, NO_SLOT_OF_IT);
        if (rc || !found || !frames_find(op->m->frames, c.frame))
            return rc;
    }
    c.slot = slot_at(1, u->va);
    op->work++;
    if (frames_find(op->m->frames, c.frame)->flags & FRAME_LOCKED)
        return op_waits(op, c.frame);
    return change_locked(op, 1, &c);
}

void op_flush_vcpus(struct op *op, uint64_t vcpus, enum xenpt_pv_flush_kind kind, uint64_t address)
{
    for (uint32_t i = 0; i < op->m->nr_cpus; i++) {
        const struct cpu *c = &op->m->cpus[i];

        if (is_dirty(op->m, op->d, i) && c->vcpu < 64 && vcpus >> c->vcpu & 1)
            op_flush_cpu(op, kind, i, address, NULL);
    }
}

static void flush(struct op *op, const struct xenpt_pv_va_update *u)
{
    enum xenpt_pv_flush_kind kind = u->flush == XENPT_PV_UVMF_TLB ? XENPT_PV_FLUSH_TLB
                                                                  : XENPT_PV_FLUSH_ADDRESS;

    if (u->flush == XENPT_PV_UVMF_NONE)
        return;
    if (u->all)
        op_flush_domain(op, op->d, kind, u->va, NULL);
    else if (u->vcpus)
        op_flush_vcpus(op, u->vcpus, kind, u->va);
    else
        op_flush_cpu(op, kind, op->cpu, u->va, NULL);
}

enum xenpt_code xenpt_pv_update_va(struct xenpt_machine *m, const struct xenpt_pv_caller *caller,
                                   const struct xenpt_pv_va_update *u, struct xenpt_pv_result *ret,
                                   struct xenpt_error *err)
{
    struct op op;
    enum xenpt_code code = op_begin(&op, m, caller, err);
    int rc;

    if (code)
        return code;
    rc = no_hvm(&op, RULE_HVM_HYPERCALL);
    if (!rc && u->vcpus)
        rc = argument_whole(&op, ARGUMENT_VCPUS, 1);
    if (!rc)
        rc = update(&op, u);
    if (!rc)
        flush(&op, u);
    return op_end_one(&op, rc, ret);
}
