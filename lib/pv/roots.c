/*
 * roots.c - the tables that a vCPU runs on: new ones, M2P in them, and copies of them for XPTI;
 * mm.c, new_guest_cr3, fill_ro_mpt, zap_ro_mpt; domain.c, pv_destroy_ldt.
 */
#include "pv/op.h"

#include "xen/candidates.h"

/* --- M2P in a root ------------------------------------------------------------------------- */

static unsigned int m2p_slot(const struct op *op)
{
    return root_slots_of(op->m->layout).m2p;
}

/* Where a kernel's root has nothing there, it has M2P. */
static int fill_m2p(struct op *op, uint64_t frame)
{
    struct root_of of = { .kind = XENPT_ROOT_PV64_KERNEL,
                          .self = frame << XENPT_PAGE_SHIFT,
                          .shadow = NO_TABLE,
                          .perdomain = op->d->perdomain };
    unsigned int slot = m2p_slot(op);
    uint64_t entry[ENTRIES];

    if (slot == NO_SLOT || has_assist(op->d, XENPT_PV_M2P_STRICT) || op_read(op, frame, slot))
        return 0;
    op->code = root_entries(op->m, &of, entry, op->err);
    return op->code ? BROKEN : op_write(op, frame, slot, entry[slot]);
}

static int zap_m2p(struct op *op, uint64_t frame)
{
    unsigned int slot = m2p_slot(op);

    return slot != NO_SLOT && has_assist(op->d, XENPT_PV_M2P_STRICT) ? op_write(op, frame, slot, 0)
                                                                     : 0;
}

/* --- The LDT ------------------------------------------------------------------------------- */

int drop_ldt(struct op *op)
{
    const struct xenpt_area *area = xenpt_layout_area(op->m->layout, "gdt-ldt");
    const struct xenpt_part *ldt = area ? xenpt_area_part(area, "ldt") : NULL;
    uint64_t first = ldt ? xenpt_area_piece(area, op->caller->vcpu) + ldt->first : 0;
    int rc = 0;

    for (uint64_t i = 0; ldt && !rc && i <= (ldt->last - ldt->first) >> XENPT_PAGE_SHIFT; i++) {
        uint64_t va = first + (i << XENPT_PAGE_SHIFT), table;
        unsigned int slot;

        if (!perdomain_l1(op->m, op->d, va, &table, &slot) || !(op_read(op, table, slot) & ENTRY_P))
            continue;
        rc = put_page_and_type(op, ENTRY_FRAME(op_read(op, table, slot)));
        if (!rc)
            rc = op_write(op, table, slot, 0);
    }
    return rc;
}

/* --- CR3 ----------------------------------------------------------------------------------- */

/* Model: the CPU's TLB goes, though with PCID Xen keeps what it can. */
static void load(struct op *op)
{
    op->m->cpus[op->cpu].changed = true;
    op_flush_cpu(op, XENPT_PV_FLUSH_TLB, op->cpu, 0, NULL);
}

static int new_base_32(struct op *op, uint64_t frame)
{
    struct change c = {
        .frame = op->v->monitor >> XENPT_PAGE_SHIFT,
        .value = frame << XENPT_PAGE_SHIFT | ENTRY_P | ENTRY_RW | ENTRY_US | ENTRY_A,
        .d = op->d,
    };
    int rc = change_entry(op, 4, &c);

    if (!rc)
        rc = op_set(op, &op->v->l3, frame << XENPT_PAGE_SHIFT);
    if (!rc)
        rc = drop_ldt(op);
    if (!rc)
        load(op);
    return rc;
}

/* A root that the vCPU has left: what is left of it is done when it goes on, with the same root. */
static int put_root(struct op *op, uint64_t frame)
{
    int rc;

    op->unstopped = !in_force(op, RULE_PREEMPT_PUT);
    rc = put_page_and_type(op, frame);
    op->unstopped = false;
    if (is_stopped(rc))
        rc = set_old(op, frame, NO_TABLE, rc) ? BROKEN : RESTART;
    return rc;
}

int new_base(struct op *op, uint64_t frame)
{
    uint64_t old = op->v->kernel_l4 >> XENPT_PAGE_SHIFT;
    int rc;

    if (is_pv32(op->d))
        return new_base_32(op, frame);
    if (frame == old) {
        load(op);
        return 0;
    }
    rc = get_page_and_type(op, frame, FRAME_L4, false, op->d);
    if (!rc)
        rc = drop_ldt(op);
    if (!rc)
        rc = fill_m2p(op, frame);
    if (!rc)
        rc = op_set(op, &op->v->kernel_l4, frame << XENPT_PAGE_SHIFT);
    if (!rc)
        rc = op_set(op, &op->v->held, 0);
    if (rc)
        return rc;
    load(op);
    return put_root(op, old);
}

int new_user_base(struct op *op, uint64_t frame)
{
    bool had = op->v->user_l4 != NO_TABLE;
    uint64_t old = had ? op->v->user_l4 >> XENPT_PAGE_SHIFT : 0;
    int rc = 0;

    if (frame == old)
        return 0;
    if (frame)
        rc = get_page_and_type(op, frame, FRAME_L4, false, op->d);
    if (!rc && frame)
        rc = zap_m2p(op, frame);
    /* Nobody does this in user mode, and so nothing is loaded: XSA-213 was otherwise. */
    if (!rc && op->v->user && had && !op->v->held)
        rc = op_set(op, &op->v->held, op->v->user_l4);
    if (!rc)
        rc = op_set(op, &op->v->user_l4, frame ? frame << XENPT_PAGE_SHIFT : NO_TABLE);
    return rc || !had ? rc : put_root(op, old);
}

/* --- On the way out ------------------------------------------------------------------------ */

/* Model: an interrupt takes other CPUs through Xen at once, so that they copy as well. */
int roots_sync(struct op *op)
{
    op->code = xpti_sync(op->m, op->err);
    return op->code ? BROKEN : 0;
}
