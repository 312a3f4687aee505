/*
 * invariant_shadow.c - what roots of shadow paging have in slots that the guest's L4 does not
 * decide: XSA-64 and 243.
 */
#include <inttypes.h>

#include "scenario/invariant.h"
#include "scenario/tables.h"
#include "scenario/verbs.h"
#include "xen/candidates.h"
#include "xen/shadow.h"

static void slot_is_wrong(struct holding *h, unsigned int slot, uint64_t entry, const char *why)
{
    invariant_wrong(h, xenpt_layout_slot_first(h->w->machine->layout, slot),
                    world_text(h->w, "slot %u has 0x%016" PRIx64 ", %s", slot, entry, why));
}

/* The shadow of a PV guest's L4: what is the guest's there leads to shadows alone. */
static bool of_pv(struct holding *h, struct domain *d)
{
    struct xenpt_machine *m = h->w->machine;
    struct shadowing s = { .m = m, .d = d, .all = d->shadows };
    uint64_t root = h->c->paging.root, entry;
    unsigned int nr;
    uint32_t id;

    for (unsigned int i = 0; !h->found && i < ENTRIES; i++) {
        if (pv_shadow_is_xens(&s, SH_L4_64, i))
            continue;
        if (!table_entry(h->w, h->c, root, i, &entry))
            return false;
        if (entry & ENTRY_P && !shadow_of_page(s.all, entry & ENTRY_ADDR, &id, &nr))
            slot_is_wrong(h, i, entry, "which is no shadow: the guest's L4 decides what is there");
    }
    return true;
}

/* A monitor table, when its vCPU's root got a shadow. */
static bool of_monitor(struct holding *h, const struct vcpu *v)
{
    unsigned int slot = root_slots_of(h->w->machine->layout).shadow;

    if (v->first_linear & ENTRY_P && (v->first_linear & ENTRY_ADDR) == v->monitor)
        slot_is_wrong(h, slot, v->first_linear,
                      "the monitor table itself, when the guest's root got its shadow, and Xen "
                      "looked in it for mappings of the guest's");
    return true;
}

bool invariant_shadow_root(struct holding *h)
{
    struct invariant_vcpu at;
    const struct context_of *of = invariant_context(h);
    struct domain *d;

    if (!of || !invariant_vcpu(h, &at))
        return true;
    d = &h->w->machine->domains[at.domain];
    if (!d->shadows || of->kind == XENPT_ROOT_XPTI)
        return true;
    return is_pv(d) ? of_pv(h, d) : of_monitor(h, &d->vcpus[at.vcpu]);
}
