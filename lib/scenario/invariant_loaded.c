/*
 * invariant_loaded.c - whether what a CPU has loaded is what it is recorded to run: XSA-213,
 * XSA-259 and XSA-494 were otherwise.
 *
 * CR3 and EPTP of a model's CPU are those of its vCPU by construction, but that a 64-bit guest's
 * table for user mode can be replaced while it is loaded.  What lies behind them is memory, and can
 * be another's: with XPTI the CPU's root is a copy of an L4, and a 32-bit guest's
 * CR3 is an entry in the L4 that Xen made for it.
 */
#include <inttypes.h>

#include "scenario/invariant.h"

static bool differ(uint64_t a, uint64_t b)
{
    return (a ^ b) & ~(ENTRY_A | ENTRY_D);
}

static bool wrong_slot(struct holding *h, unsigned int slot, uint64_t entry, uint64_t wanted,
                       const char *whose)
{
    return invariant_wrong(
        h, xenpt_layout_slot_first(h->w->machine->layout, slot),
        world_text(h->w, "slot %u of %s's root has 0x%016" PRIx64 ", and %s 0x%016" PRIx64, slot,
                   h->c->name, entry, whose, wanted));
}

/* The CPU's own root: the guest's slots of its L4, and its domain's per-domain area. */
static void of_xpti(struct holding *h, const struct context_of *of, const struct cpu *cpu,
                    const struct domain *d, uint64_t l4)
{
    const struct xenpt_machine *m = h->w->machine;
    const struct xenpt_area *area = xenpt_layout_filled(m->layout, XENPT_FILL_DOMAIN);
    unsigned int perdomain = xenpt_layout_slot_of(m->layout, area->first);
    uint64_t entry = entry_read(m, cpu->root, perdomain);

    if ((entry & ENTRY_ADDR) != d->perdomain) {
        wrong_slot(h, perdomain, entry, d->perdomain, "the per-domain area of its domain is at");
        return;
    }
    for (unsigned int s = 0; s < ENTRIES; s++) {
        uint64_t wanted = entry_read(m, l4, s);

        entry = entry_read(m, cpu->root, s);
        if (xenpt_layout_slot(m->layout, of->kind, of->when, s).guest && differ(entry, wanted)) {
            wrong_slot(h, s, entry, wanted, "the L4 of its vCPU");
            return;
        }
    }
}

static bool of_user(struct holding *h, const struct vcpu *v)
{
    bool none = v->user_l4 == NO_TABLE;

    h->nowhere = true;
    return invariant_wrong(
        h, 0,
        world_text(h->w, "CR3 has 0x%" PRIx64 ", and the vCPU's table for user mode is %s%" PRIx64,
                   v->held, none ? "none, " : "at 0x", none ? 0 : v->user_l4));
}

bool invariant_loaded(struct holding *h)
{
    const struct context_of *of = invariant_context(h);
    const struct xenpt_machine *m = h->w->machine;
    struct invariant_vcpu at;
    const struct domain *d;
    const struct vcpu *v;
    uint64_t entry;

    if (!of || !invariant_vcpu(h, &at) || !at.executes)
        return true;
    d = &m->domains[at.domain];
    v = &d->vcpus[at.vcpu];
    if (is_pv(d) && v->user && v->held && v->held != v->user_l4) {
        of_user(h, v);
        return !h->lost;
    }
    if (at.mode == XENPT_RUN_XEN)
        return true;
    if (d->desc->type == XENPT_DOMAIN_PV32) {
        entry = entry_read(m, h->c->paging.root, 0);
        if (!d->shadows && (entry & ENTRY_ADDR) != v->l3)
            wrong_slot(h, 0, entry, v->l3, "the guest's L3 is at");
    } else if (d->xpti) {
        of_xpti(h, of, &m->cpus[at.cpu], d, pv_root(d, v, v->user));
    }
    return !h->lost;
}
