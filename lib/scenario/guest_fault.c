/*
 * guest_fault.c - a PV guest's page fault: Xen writes to a page table in the place of its kernel,
 * or maps a page of its LDT; else the guest is given its exception.  traps.c, fixup_page_fault.
 */
#include <string.h>

#include "scenario/guest.h"
#include "scenario/hypercall.h"
#include "xen/internal.h"

/* --- Writes -------------------------------------------------------------------------------- */

static bool is_ptwr(const struct accessing *x, const struct xenpt_fault *f)
{
    return x->context.who.mode == XENPT_RUN_KERNEL && x->access.kind == XENPT_WRITE &&
           (f->code & (XENPT_PF_P | XENPT_PF_W | XENPT_PF_RSVD)) == (XENPT_PF_P | XENPT_PF_W);
}

/* Once more, on the shadows that it is on since. */
static bool again(struct world *w, const struct accessing *x, const char **said)
{
    const struct xenpt_context *c = world_context(w, &x->context);

    return c && guest_access(w, c, x, said);
}

static bool write_in_its_place(struct world *w, const struct accessing *x, const char **said)
{
    struct accessed *l = &w->last;
    struct calling c;
    bool made;

    call_of(w, &x->context.who, &c);
    if (!call_go(&c))
        return false;
    made = !xenpt_pv_write_table(w->machine, &c.caller, x->at, x->data, (unsigned int)x->bytes,
                                 &c.r, &w->problem);
    if (!call_end(&c, made, said))
        return false;
    if (!strcmp(c.r.name, "ERESTART"))
        return again(w, x, said);
    if (c.r.error)
        return true;
    l->outcome = XENPT_GUEST_EMULATED;
    l->allowed = true;
    l->refused = false;
    l->verdict.fault.kind = XENPT_FAULT_NONE;
    return true;
}

/* --- The LDT ------------------------------------------------------------------------------- */

/* Where in a vCPU's LDT, as Xen has it, an address is. */
static bool find_offset(const struct world *w, const struct who *who, uint64_t va, uint64_t *ret)
{
    const struct xenpt_layout *layout = w->machine->layout;
    const struct xenpt_area *area = xenpt_layout_area(layout, "gdt-ldt");
    const struct xenpt_part *ldt = area ? xenpt_area_part(area, "ldt") : NULL;
    uint64_t first = ldt ? xenpt_area_piece(area, who->vcpu) : 0;

    if (!ldt || va < first + ldt->first || va > first + ldt->last)
        return false;
    *ret = va - first - ldt->first;
    return true;
}

/* What the guest is told of: where it has its LDT itself. */
static void adjust(struct world *w, const struct who *who, uint64_t offset)
{
    const struct vcpu *v = &w->machine->domains[who->domain].vcpus[who->vcpu];
    struct xenpt_fault *f = &w->last.verdict.fault;
    uint64_t at = v->ldt_base + offset;

    if ((uint64_t)((int64_t)(at << 16) >> 16) != at) {
        f->kind = XENPT_FAULT_GP;
        f->code = (offset & 0xfff8) | 4;
        return;
    }
    f->address = at;
    if (who->mode == XENPT_RUN_USER)
        f->code |= XENPT_PF_U;
}

static bool map_ldt(struct world *w, const struct accessing *x, uint64_t offset, const char **said)
{
    const struct who *who = &x->context.who;
    const struct xenpt_context *context;
    struct accessed *l = &w->last;
    struct calling c;
    bool made;

    call_of(w, who, &c);
    if (!call_go(&c))
        return false;
    made = !xenpt_pv_map_ldt(w->machine, &c.caller, offset, &c.r, &w->problem);
    if (!call_end(&c, made, said))
        return false;
    if (c.r.error) {
        /* Beyond its end the fault is what it was. */
        if (offset >> 3 < w->machine->domains[who->domain].vcpus[who->vcpu].ldt_entries)
            adjust(w, who, offset);
        return true;
    }
    context = world_context(w, &x->context);
    if (!context || !access_by_processor(w, context, x))
        return false;
    l->guest = true;
    l->outcome = l->allowed ? XENPT_GUEST_DONE : XENPT_GUEST_FAULT;
    l->exits = 1;
    return true;
}

bool guest_fault(struct world *w, const struct accessing *x, const char **said)
{
    const struct xenpt_fault f = w->last.verdict.fault;
    uint64_t offset;

    if (f.kind != XENPT_FAULT_PF)
        return true;
    if (!(f.code & (XENPT_PF_U | XENPT_PF_RSVD | XENPT_PF_P)) &&
        find_offset(w, &x->context.who, x->at, &offset))
        return map_ldt(w, x, offset, said);
    return !is_ptwr(x, &f) || write_in_its_place(w, x, said);
}
