/*
 * touch_access.c - whose memory an access of a step is to, if it is not the memory of whoever makes
 * it: a domain by what it has mapped of another, Xen by what it has of all, a device.
 */
#include "scenario/guest.h"
#include "scenario/journal.h"
#include "xen/grants.h"

static bool is_in(const struct xenpt_area *area, uint64_t va)
{
    return area && va >= area->first && va <= area->last;
}

/* By which of Xen's mappings. */
static enum xenpt_touch_through of_xen(const struct world *w, const struct domain *d, uint64_t va)
{
    const struct xenpt_layout *layout = w->machine->layout;
    unsigned int slot = slot_at(4, va);
    const struct xenpt_area *self = xenpt_layout_filled(layout, XENPT_FILL_SELF);

    if (is_in(xenpt_layout_filled(layout, XENPT_FILL_RAM), va))
        return XENPT_TOUCH_DIRECTMAP;
    if (is_in(self, va))
        return XENPT_TOUCH_LINEAR;
    if (d && d->desc->type == XENPT_DOMAIN_PV64 && (slot < 256 || slot > 271))
        return XENPT_TOUCH_GUEST_TABLES;
    return d && d->desc->type == XENPT_DOMAIN_PV32 && !(va >> 32) ? XENPT_TOUCH_GUEST_TABLES
                                                                  : XENPT_TOUCH_TABLES;
}

static void by_domain(const struct world *w, const struct domain *d, struct xenpt_touch *t)
{
    bool granted = grants_allow(w->machine, d->name, t->maddr >> XENPT_PAGE_SHIFT);

    t->by = XENPT_TOUCH_VCPU;
    t->through = granted ? XENPT_TOUCH_GRANTED : XENPT_TOUCH_FOREIGN;
    t->consent = granted ? XENPT_TOUCH_BY_GRANT : XENPT_TOUCH_NONE;
}

/* That of a domain, or the one that is in quarantine. */
static void by_device(const struct world *w, const struct who *who, struct xenpt_touch *t)
{
    const struct domain *d = who->kind == WHO_DEVICES ? domain_there(w->machine, who->domain)
                                                      : NULL;

    t->by = XENPT_TOUCH_DEVICE;
    t->through = XENPT_TOUCH_IOMMU;
    if (!d)
        return;
    t->by_domain = d->id;
    if (grants_allow(w->machine, d->name, t->maddr >> XENPT_PAGE_SHIFT))
        t->consent = XENPT_TOUCH_BY_GRANT;
}

void access_tell(struct world *w, const struct accessing *x)
{
    const struct who *who = &x->context.who;
    const struct accessed *l = &w->last;
    const struct xenpt_context *c;
    struct followed f;
    const struct domain *d = who->kind == WHO_VCPU ? domain_there(w->machine, who->domain) : NULL;
    struct xenpt_touch t = { TOUCH(XENPT_TOUCH_ACCESS, XENPT_TOUCH_TABLES),
                             .maddr = l->maddr ? l->maddr : l->walk.out, .length = x->bytes,
                             .write = x->access.kind == XENPT_WRITE };

    if (!touch_heard(w->machine) || !l->made || !l->allowed || who->kind == WHO_P2M ||
        (l->guest && l->outcome != XENPT_GUEST_DONE && l->outcome != XENPT_GUEST_EMULATED))
        return;
    /* Nearly all that a guest accesses is its own. */
    if (d && who->mode != XENPT_RUN_XEN && domain_extent(d, t.maddr >> XENPT_PAGE_SHIFT))
        return;
    t.va = x->at;
    c = world_context(w, &x->context);
    if (c)
        follow_address(w, c, x->at, &f);
    t.writable = t.write || !c || f.rights & 1u << XENPT_W;
    if (d) {
        t.by_domain = who->domain;
        t.by_vcpu = who->vcpu;
        t.cpu = d->vcpus[who->vcpu].cpu;
    } else if (who->kind == WHO_CPU || who->kind == WHO_XPTI) {
        t.cpu = who->cpu;
    }
    if (d && who->mode != XENPT_RUN_XEN)
        by_domain(w, d, &t);
    else if (who->kind == WHO_DEVICE || who->kind == WHO_DEVICES)
        by_device(w, who, &t);
    else
        t.through = (uint8_t)of_xen(w, d, x->at);
    touch_tell(w->machine, d, &t);
}
