/*
 * step_segment.c - the step load-segment: a PV guest loads a selector, and its processor reads the
 * descriptor where Xen has the guest's descriptor tables.
 *
 * Model: what the descriptor says is not looked at.
 */
#include <inttypes.h>

#include "scenario/guest.h"
#include "scenario/verbs.h"
#include "xen/internal.h"

#define SELECTOR_LDT UINT64_C(4)
#define GDT_BYTES    UINT64_C(0xf000) /* asm/desc.h, LAST_RESERVED_GDT_BYTE. */

struct segment_args {
    struct step_head head;
    const struct expr *in, *selector;
};

/* Beyond the table's end the processor itself refuses it. */
static void refuse(struct world *w, const struct xenpt_context *c, const struct accessing *x,
                   uint64_t selector)
{
    struct accessed *l = &w->last;

    *l = (struct accessed){ .made = true, .of = *c, .in = x->at, .access = x->access };
    l->refused = l->guest = true;
    l->outcome = XENPT_GUEST_FAULT;
    l->exits = 1;
    l->verdict.fault = (struct xenpt_fault){ .kind = XENPT_FAULT_GP,
                                             .code = selector & ~UINT64_C(3) };
}

/* Where the descriptor is; false: behind the end. */
static bool find(const struct world *w, const struct who *who, uint64_t selector, uint64_t *ret)
{
    const struct xenpt_area *area = xenpt_layout_area(w->machine->layout, "gdt-ldt");
    const struct vcpu *v = &w->machine->domains[who->domain].vcpus[who->vcpu];
    bool ldt = selector & SELECTOR_LDT;
    const struct xenpt_part *part = area ? xenpt_area_part(area, ldt ? "ldt" : "gdt") : NULL;
    uint64_t offset = selector & ~UINT64_C(7), bytes = ldt ? v->ldt_entries * 8 : GDT_BYTES;

    *ret = part ? xenpt_area_piece(area, who->vcpu) + part->first + offset : 0;
    return part && offset + 8 <= bytes;
}

static bool run_segment(struct world *w, const void *args, const char **said)
{
    const struct segment_args *a = args;
    struct accessing x = { .bytes = 8 };
    const struct who *who = &x.context.who;
    const struct xenpt_context *c;
    struct value selector;
    bool found;

    *said = NULL;
    w->last.made = false;
    if (!expr_eval(w, a->in, &x.context) || !access_execute(w, &x.context) ||
        !expr_eval(w, a->selector, &selector))
        return false;
    if (!is_guest(w, &x.context) || !is_pv(&w->machine->domains[who->domain]))
        return world_cannot(w, "only a PV guest's descriptors are where Xen has them");
    if (selector.v > UINT16_MAX || !(selector.v & ~UINT64_C(3)))
        return world_cannot(
            w, "a selector that has a descriptor is 4 to 0xffff, and not 0x%" PRIx64, selector.v);
    c = world_context(w, &x.context);
    if (!c)
        return false;
    found = find(w, who, selector.v, &x.at);
    x.access = (struct xenpt_access){ .kind = XENPT_READ, .cpl = c->cpl, .implicit = true };
    if (found)
        return guest_access(w, c, &x, said);
    refuse(w, c, &x, selector.v);
    return true;
}

/* clang-format off */
static const struct row segment_rows[] = {
    { .key = "load-segment", KIND_ROW(kind_context, segment_args, in), .required = true,
      .text = "The context of a PV guest that does it. It is put on its CPU, as by run, if it is not there." },
    { .key = "selector", KIND_ROW(kind_number, segment_args, selector), .required = true,
      .text = "The selector: bit 2 is set of one of the LDT's." },
    STEP_ROWS,
};

const struct verb verb_load_segment = {
    .record = VERB("load-segment", "A PV guest loads a segment register: its processor reads the descriptor where "
                   "Xen has the guest's GDT and LDT. Xen maps pages of an LDT when they are needed; `outcome`, `fault` "
                   "and `result` tell what came of that.", segment_rows),
    .example = "{ load-segment: d1.v0.user, selector: 0xf }",
    .size = sizeof(struct segment_args), .run = run_segment,
};
/* clang-format on */
