/*
 * ldt.c - pages of an LDT are mapped when a processor reads a descriptor of them, and faults;
 * pv/mm.c, pv_map_ldt_shadow_page; traps.c, handle_ldt_mapping_fault.
 */
#include "pv/op.h"

/* The guest's own entry of a page of it: of its kernel's, whatever mode it faults in. */
static bool find_entry(const struct op *op, uint64_t va, uint64_t *ret)
{
    uint64_t at = pv_guest_root(op->d, op->v, false);

    if (!is_guest_address(op, va))
        return false;
    for (unsigned int level = 4; level > 1; level--) {
        uint64_t entry = entry_read(op->m, at, slot_at(level, va));

        if (!(entry & ENTRY_P) || entry & ENTRY_PS)
            return false;
        at = entry & ENTRY_ADDR;
    }
    *ret = entry_read(op->m, at, slot_at(1, va));
    return *ret & ENTRY_P;
}

/* The guest's flags with RW; since 4.20 Xen's own, which the layout says. */
static uint64_t own_entry(const struct xenpt_part *ldt, uint64_t entry)
{
    return ldt->leaf & ENTRY_US ? entry | ENTRY_RW : (entry & ENTRY_ADDR) | ldt->leaf;
}

static int map(struct op *op, uint64_t offset)
{
    const struct xenpt_area *area = xenpt_layout_area(op->m->layout, "gdt-ldt");
    const struct xenpt_part *ldt = area ? xenpt_area_part(area, "ldt") : NULL;
    uint64_t at = op->v->ldt_base + offset, entry, table;
    unsigned int slot;
    int rc;

    if (offset >> 3 >= op->v->ldt_entries)
        return refused(op, RULE_LDT_LIMIT, 0, NO_SLOT_OF_IT);
    if (is_pv32(op->d))
        at &= UINT32_MAX;
    if (touch_heard(op->m))
        tell_linear(op, at, 1);
    if (!find_entry(op, at, &entry))
        return refused(op, RULE_LDT_MAPPED, 0, NO_SLOT_OF_IT);
    rc = get_page_and_type(op, ENTRY_FRAME(entry), FRAME_SEG_DESC, false, op->d);
    if (rc && rc != BROKEN) {
        op_undo(op, 0);
        rc = refused(op, RULE_LDT_FRAME, ENTRY_FRAME(entry), NO_SLOT_OF_IT);
        return rc; /* Without the rule nothing is mapped. */
    }
    if (rc)
        return rc;
    if (!ldt || !perdomain_l1(op->m, op->d,
                              xenpt_area_piece(area, op->caller->vcpu) + ldt->first +
                                  (offset & ~(uint64_t)(XENPT_PAGE_SIZE - 1)),
                              &table, &slot))
        return op_broken(op, XENPT_ESTATE, "the vCPU has no room for an LDT");
    if (op_read(op, table, slot) & ENTRY_P)
        return op_broken(op, XENPT_ESTATE, "the page of the LDT is mapped already");
    return op_write(op, table, slot, own_entry(ldt, entry));
}

enum xenpt_code xenpt_pv_map_ldt(struct xenpt_machine *m, const struct xenpt_pv_caller *caller,
                                 uint64_t offset, struct xenpt_pv_result *ret,
                                 struct xenpt_error *err)
{
    struct xenpt_pv_caller any = *caller;
    struct op op;
    enum xenpt_code code;
    int rc;

    any.entry = true; /* A guest's user mode uses its LDT as well. */
    code = op_begin(&op, m, &any, err);
    if (code)
        return code;
    rc = only_pv(&op);
    if (!rc)
        rc = map(&op, offset);
    return op_end_one(&op, rc, ret);
}
