/* functions.c - what can be asked in an expression, a row each. */
#include <inttypes.h>
#include <string.h>

#include "base/bits.h"
#include "scenario/tables.h"
#include "xen/grants.h"
#include "xen/guest.h"
#include "xenpt/foreign.h"

/* --- Of addresses -------------------------------------------------------------------------- */

static bool fn_va(struct world *w, const struct value *self, const struct value *args,
                  unsigned int n, struct value *ret)
{
    unsigned int levels = w->scope->layout ? w->scope->layout->levels : 4;
    uint64_t va = 0;

    (void)self;
    if (n < levels || n > levels + 1)
        return world_cannot(w, "va() has %u slots here, from L%u down to L1, and an offset", levels,
                            levels);
    for (unsigned int i = 0; i < levels; i++) {
        if (args[i].v >= 512)
            return world_cannot(w, "slot %" PRIu64 " of an L%u: there are 512, from 0 on",
                                args[i].v, levels - i);
        va = va << 9 | args[i].v;
    }
    va <<= XENPT_PAGE_SHIFT;
    if (n > levels) {
        if (args[levels].v >= XENPT_PAGE_SIZE)
            return world_cannot(w, "the offset 0x%" PRIx64 " is not in a page", args[levels].v);
        va |= args[levels].v;
    }
    if (va >> (9 * levels + 11) & 1)
        va |= ~UINT64_C(0) << (9 * levels + 12);
    ret->v = va;
    return true;
}

static bool fn_maddr(struct world *w, const struct value *self, const struct value *args,
                     unsigned int n, struct value *ret)
{
    (void)self;
    (void)n;
    if (args[0].v >> (XENPT_MADDR_BITS - XENPT_PAGE_SHIFT))
        return world_cannot(w, "the mfn 0x%" PRIx64 " has more than 40 bits", args[0].v);
    ret->v = args[0].v << XENPT_PAGE_SHIFT;
    return true;
}

static bool fn_mfn(struct world *w, const struct value *self, const struct value *args,
                   unsigned int n, struct value *ret)
{
    (void)w;
    (void)self;
    (void)n;
    ret->v = args[0].v >> XENPT_PAGE_SHIFT;
    return true;
}

static bool fn_slot_first(struct world *w, const struct value *self, const struct value *args,
                          unsigned int n, struct value *ret)
{
    unsigned int levels = w->scope->layout ? w->scope->layout->levels : 4;
    unsigned int shift = 9 * (unsigned int)self->v + 3;
    uint64_t size = UINT64_C(1) << shift;

    (void)n;
    if (self->v > levels || args[0].v >= 512)
        return world_cannot(w, "there is no slot %" PRIu64 " at L%" PRIu64 " here", args[0].v,
                            self->v);
    ret->v = args[0].v * size;
    if (self->v == levels && args[0].v >= 256)
        ret->v |= ~UINT64_C(0) << (shift + 9);
    ret->last = ret->v + size - 1;
    return true;
}

/* --- Of Xen -------------------------------------------------------------------------------- */

static bool in(struct world *w, const struct xenpt_area *area, uint64_t offset, struct value *ret)
{
    if (!area)
        return world_cannot(w, "this layout has no such area");
    if (offset > area->last - area->first)
        return world_cannot(w, "that is 0x%" PRIx64 " bytes into %s, which has 0x%" PRIx64, offset,
                            area->name, xenpt_area_size(area));
    ret->v = area->first + offset;
    return true;
}

static bool in_area(struct world *w, enum xenpt_fill fill, uint64_t offset, struct value *ret)
{
    return in(w, xenpt_layout_filled(w->scope->layout, fill), offset, ret);
}

/* Xen's own M2P, which all of its roots have, or that of 64-bit guests, which has 8-byte entries
   as well. */
static bool in_m2p(struct world *w, bool own, uint64_t mfn, struct value *ret)
{
    const struct xenpt_layout *layout = w->scope->layout;
    const struct xenpt_area *area = NULL;

    for (size_t i = 0; i < layout->nr_areas; i++) {
        const struct xenpt_area *a = &layout->areas[i];

        if (a->fill == XENPT_FILL_M2P && a->entry_size == 8 &&
            (a->kinds >> XENPT_ROOT_HAP & 1) == own)
            area = a;
    }
    return in(w, area, mfn * 8, ret);
}

static bool fn_directmap(struct world *w, const struct value *self, const struct value *args,
                         unsigned int n, struct value *ret)
{
    (void)self;
    (void)n;
    return in_area(w, XENPT_FILL_RAM, args[0].v << XENPT_PAGE_SHIFT, ret);
}

static bool fn_m2p(struct world *w, const struct value *self, const struct value *args,
                   unsigned int n, struct value *ret)
{
    (void)self;
    (void)n;
    return in_m2p(w, true, args[0].v, ret);
}

static bool fn_guest_m2p(struct world *w, const struct value *self, const struct value *args,
                         unsigned int n, struct value *ret)
{
    (void)self;
    (void)n;
    return in_m2p(w, false, args[0].v, ret);
}

static bool fn_frametable(struct world *w, const struct value *self, const struct value *args,
                          unsigned int n, struct value *ret)
{
    const struct xenpt_area *area = xenpt_layout_filled(w->scope->layout, XENPT_FILL_FRAMETABLE);

    (void)self;
    (void)n;
    return in_area(w, XENPT_FILL_FRAMETABLE, args[0].v * (area ? area->entry_size : 0), ret);
}

static bool fn_phys(struct world *w, const struct value *self, const struct value *args,
                    unsigned int n, struct value *ret)
{
    (void)self;
    (void)args;
    (void)n;
    ret->v = xenpt_machine_phys(w->machine);
    return true;
}

/* --- Of domains and vCPUs ------------------------------------------------------------------ */

static const struct domain *domain_at(struct world *w, const struct who *who)
{
    if (who->domain < w->machine->nr_domains)
        return &w->machine->domains[who->domain];
    world_cannot(w, "that domain is not there now");
    return NULL;
}

static bool fn_gfn(struct world *w, const struct value *self, const struct value *args,
                   unsigned int n, struct value *ret)
{
    const struct domain *d = domain_at(w, &self->who);
    uint64_t maddr;

    (void)n;
    if (!d)
        return false;
    if (is_pv(d)) {
        maddr = domain_frame(d, args[0].v);
        if (maddr != NO_TABLE)
            maddr <<= XENPT_PAGE_SHIFT;
    } else {
        maddr = guest_maddr(w->machine, d, args[0].v);
    }
    if (maddr == NO_TABLE)
        return world_cannot(w, "%s has no frame 0x%" PRIx64 " (it has 0x%" PRIx64 " of them)",
                            d->name, args[0].v, d->nr_frames);
    ret->v = maddr >> XENPT_PAGE_SHIFT;
    return true;
}

/* The way back, by Xen's M2P. */
static bool fn_gfn_of(struct world *w, const struct value *self, const struct value *args,
                      unsigned int n, struct value *ret)
{
    const struct domain *d = domain_at(w, &self->who);
    struct value gfn = { .v = 0 }, back = gfn;

    if (!d)
        return false;
    gfn.v = contents_gfn(&w->machine->contents, args[0].v);
    if (gfn.v == UINT64_MAX || !fn_gfn(w, self, &gfn, n, &back) || back.v != args[0].v)
        return world_cannot(w, "%s has no frame that is mfn 0x%" PRIx64, d->name, args[0].v);
    ret->v = gfn.v;
    return true;
}

static bool frame_of_grants(struct world *w, const struct value *self, enum xenpt_special special,
                            uint64_t i, struct value *ret)
{
    const struct domain *d = domain_at(w, &self->who);

    if (!d)
        return false;
    ret->v = grants_frame(d, special, i);
    return ret->v != NO_TABLE ||
           world_cannot(w, "%s has %" PRIu64 " frames of %s, and none %" PRIu64, d->name,
                        grants_nr_frames(d, special), xenpt_special_word(special)->name, i);
}

static bool fn_grant_table(struct world *w, const struct value *self, const struct value *args,
                           unsigned int n, struct value *ret)
{
    (void)n;
    return frame_of_grants(w, self, XENPT_SPECIAL_GRANT_TABLE, args[0].v, ret);
}

static bool fn_grant_status(struct world *w, const struct value *self, const struct value *args,
                            unsigned int n, struct value *ret)
{
    (void)n;
    return frame_of_grants(w, self, XENPT_SPECIAL_GRANT_STATUS, args[0].v, ret);
}

static bool fn_frames(struct world *w, const struct value *self, const struct value *args,
                      unsigned int n, struct value *ret)
{
    const struct domain *d = domain_at(w, &self->who);

    (void)args;
    (void)n;
    ret->v = d ? d->nr_frames : 0;
    return d;
}

static bool fn_foreign_maps(struct world *w, const struct value *self, const struct value *args,
                            unsigned int n, struct value *ret)
{
    struct xenpt_foreign_count count;

    (void)args;
    (void)n;
    if (!domain_at(w, &self->who) ||
        xenpt_foreign_maps(w->machine, self->who.domain, NULL, NULL, &count, &w->problem))
        return false;
    ret->v = count.memory;
    return true;
}

static bool fn_port(struct world *w, const struct value *self, const char *use, struct value *ret)
{
    const struct domain *d = domain_at(w, &self->who);

    if (!d)
        return false;
    ret->v = port_of(d, use);
    return ret->v || world_cannot(w, "the builder of %s made no port for the %s", d->name, use);
}

static bool fn_xenstore_port(struct world *w, const struct value *self, const struct value *args,
                             unsigned int n, struct value *ret)
{
    (void)args;
    (void)n;
    return fn_port(w, self, "xenstore", ret);
}

static bool fn_console_port(struct world *w, const struct value *self, const struct value *args,
                            unsigned int n, struct value *ret)
{
    (void)args;
    (void)n;
    return fn_port(w, self, "console", ret);
}

static bool fn_ring(struct world *w, const struct value *self, enum xenpt_special special,
                    struct value *ret)
{
    const struct domain *d = domain_at(w, &self->who);
    const struct xenpt_special_frames *f = d ? frames_of(d, special) : NULL;

    if (!d)
        return false;
    ret->v = f ? f->mfn : 0;
    return f || world_cannot(w, "%s was given no %s", d->name, xenpt_special_word(special)->name);
}

static bool fn_xenstore_ring(struct world *w, const struct value *self, const struct value *args,
                             unsigned int n, struct value *ret)
{
    (void)args;
    (void)n;
    return fn_ring(w, self, XENPT_SPECIAL_XENSTORE, ret);
}

static bool fn_console_ring(struct world *w, const struct value *self, const struct value *args,
                            unsigned int n, struct value *ret)
{
    (void)args;
    (void)n;
    return fn_ring(w, self, XENPT_SPECIAL_CONSOLE, ret);
}

static bool fn_shared_info(struct world *w, const struct value *self, const struct value *args,
                           unsigned int n, struct value *ret)
{
    (void)args;
    (void)n;
    return fn_ring(w, self, XENPT_SPECIAL_SHARED_INFO, ret);
}

static bool fn_vcpu_root(struct world *w, const struct value *self, const struct value *args,
                         unsigned int n, struct value *ret)
{
    const struct domain *d = domain_at(w, &self->who);
    const struct vcpu *v;

    (void)args;
    (void)n;
    if (!d)
        return false;
    if (self->who.vcpu >= d->nr_vcpus)
        return world_cannot(w, "%s has no v%u", d->name, (unsigned int)self->who.vcpu);
    v = &d->vcpus[self->who.vcpu];
    if (v->absent || (v->fresh && d->desc->type == XENPT_DOMAIN_PV64))
        return world_cannot(w, "%s.v%u has no root: it %s", d->name, (unsigned int)self->who.vcpu,
                            v->absent ? "is not there" : "has not been initialised");
    ret->v = v->monitor;
    if (d->desc->type == XENPT_DOMAIN_PV64)
        ret->v = v->user ? v->user_l4 : v->kernel_l4;
    ret->v >>= XENPT_PAGE_SHIFT;
    return true;
}

/* The registers of an HVM guest, by their place in the struct. */
static bool guest_register(struct world *w, const struct value *self, size_t offset,
                           struct value *ret)
{
    struct xenpt_regs regs;

    if (!xenpt_machine_guest_regs(w->machine, self->who.domain, self->who.vcpu, &regs))
        return world_cannot(w,
                            "only vCPUs of HVM and PVH domains have registers of their own here");
    memcpy(&ret->v, (const char *)&regs + offset, sizeof(ret->v));
    return true;
}

#define REGISTER(name)                                                                             \
    static bool fn_##name(struct world *w, const struct value *self, const struct value *args,     \
                          unsigned int n, struct value *ret)                                       \
    {                                                                                              \
        (void)args;                                                                                \
        (void)n;                                                                                   \
        return guest_register(w, self, offsetof(struct xenpt_regs, name), ret);                    \
    }

REGISTER(cr0)
REGISTER(cr3)
REGISTER(cr4)
REGISTER(efer)

/* --- Of contexts --------------------------------------------------------------------------- */

/* Does something in a context as it is while it runs. */
static bool visit(struct world *w, const struct value *self, const struct value *args,
                  unsigned int n, struct value *ret,
                  bool (*fn)(struct world *w, const struct xenpt_context *c,
                             const struct value *args, unsigned int n, struct value *ret))
{
    const struct xenpt_context *c;
    char name[WHO_MAX];
    struct visit visit;
    bool done;

    c = world_enter(w, who_text(w, self, name), &visit);
    done = c && fn(w, c, args, n, ret);
    return world_leave(w, &visit) && done;
}

static bool root_in(struct world *w, const struct xenpt_context *c, const struct value *args,
                    unsigned int n, struct value *ret)
{
    uint64_t maddr;

    (void)args;
    (void)n;
    if (!table_root(w, c, &maddr))
        return false;
    ret->v = maddr >> XENPT_PAGE_SHIFT;
    return true;
}

static bool slot_in(struct world *w, const struct xenpt_context *c, const struct value *args,
                    unsigned int n, struct value *ret)
{
    uint64_t maddr;

    (void)n;
    return table_root(w, c, &maddr) &&
           table_entry(w, c, maddr, args[0].v > 511 ? 512 : (unsigned int)args[0].v, &ret->v);
}

static bool entry_in(struct world *w, const struct xenpt_context *c, const struct value *args,
                     unsigned int n, struct value *ret)
{
    struct entry_found found = { .entry = 0 };
    bool there = table_entry_of(w, c, args[0].v, n > 1 ? (unsigned int)args[1].v : 0, &found);

    ret->v = found.entry;
    return there;
}

static bool entry_at_in(struct world *w, const struct xenpt_context *c, const struct value *args,
                        unsigned int n, struct value *ret)
{
    struct entry_found found = { .maddr = 0 };
    bool there = table_entry_of(w, c, args[0].v, n > 1 ? (unsigned int)args[1].v : 0, &found);

    ret->v = found.maddr;
    return there;
}

static bool maddr_of_in(struct world *w, const struct xenpt_context *c, const struct value *args,
                        unsigned int n, struct value *ret)
{
    struct followed f;

    (void)n;
    follow_address(w, c, args[0].v, &f);
    if (f.walk.outcome != XENPT_MAPPED)
        return world_cannot(w, "0x%" PRIx64 " leads nowhere in %s: %s", args[0].v, c->name,
                            followed_text(w, c, &f));
    ret->v = f.walk.out;
    return true;
}

static bool frame_in(struct world *w, const struct xenpt_context *c, const struct value *args,
                     unsigned int n, struct value *ret)
{
    bool done = maddr_of_in(w, c, args, n, ret);

    ret->v >>= XENPT_PAGE_SHIFT;
    return done;
}

#define VISITOR(name)                                                                              \
    static bool fn_##name(struct world *w, const struct value *self, const struct value *args,     \
                          unsigned int n, struct value *ret)                                       \
    {                                                                                              \
        return visit(w, self, args, n, ret, name##_in);                                            \
    }

VISITOR(root)
VISITOR(slot)
VISITOR(entry)
VISITOR(entry_at)
VISITOR(maddr_of)
VISITOR(frame)

/* --- The rows ------------------------------------------------------------------------------ */

#define N VALUE_NUMBER

/* clang-format off */
const struct func funcs[] = {
    { "va", "va(L4, L3, L2, L1[, OFFSET])", "The address with these slots; with 5 levels of paging "
      "va(L5, L4, L3, L2, L1[, OFFSET]).", N, false, 4, 6, { N, N, N, N, N, N }, VALUE_ADDRESS, fn_va },
    { "maddr", "maddr(MFN)", "The machine address of a frame's first byte.", N, false, 1, 1,
      { VALUE_MFN }, VALUE_MADDR, fn_maddr },
    { "mfn", "mfn(MADDR)", "The frame that a machine address lies in.", N, false, 1, 1,
      { VALUE_MADDR }, VALUE_MFN, fn_mfn },
    { "slot", "l4.slot(N)", "The addresses of a slot of an L4, or of another level's: the first of "
      "them where one is wanted.", VALUE_LEVEL, false, 1, 1, { N }, VALUE_ADDRESS, fn_slot_first },

    { "directmap", "xen.directmap(MFN)", "Where Xen's directmap has a frame.", VALUE_XEN, false, 1, 1,
      { VALUE_MFN }, VALUE_ADDRESS, fn_directmap },
    { "m2p", "xen.m2p(MFN)", "Where Xen has the entry of a frame in the machine-to-physical table.",
      VALUE_XEN, false, 1, 1, { VALUE_MFN }, VALUE_ADDRESS, fn_m2p },
    { "guest-m2p", "xen.guest-m2p(MFN)", "Where kernels of 64-bit PV guests read it.",
      VALUE_XEN, false, 1, 1, { VALUE_MFN }, VALUE_ADDRESS, fn_guest_m2p },
    { "frametable", "xen.frametable(MFN)", "Where a frame's page_info is.", VALUE_XEN, false, 1, 1,
      { VALUE_MFN }, VALUE_ADDRESS, fn_frametable },
    { "phys", "xen.phys", "The machine address of the first byte of Xen's image's area.", VALUE_XEN,
      true, 0, 0, { N }, VALUE_MADDR, fn_phys },

    { "gfn", "d1.gfn(N)", "The machine's frame that is frame N of a domain.", VALUE_DOMAIN, false, 1,
      1, { VALUE_GFN }, VALUE_MFN, fn_gfn },
    { "pfn", "d1.pfn(N)", "The same, as PV guests call it.", VALUE_DOMAIN, false, 1, 1, { N },
      VALUE_MFN, fn_gfn },
    { "gfn-of", "d1.gfn-of(MFN)", "The other way: what a domain calls a frame of the machine's.",
      VALUE_DOMAIN, false, 1, 1, { VALUE_MFN }, N, fn_gfn_of },
    { "frames", "d1.frames", "How many frames a domain has.", VALUE_DOMAIN, true, 0, 0, { N }, N,
      fn_frames },
    { "grant-table", "d1.grant-table(N)", "A frame of a domain's grant table, from 0.", VALUE_DOMAIN,
      false, 1, 1, { N }, VALUE_MFN, fn_grant_table },
    { "grant-status", "d1.grant-status(N)", "A frame that says what is done with grants of version 2.",
      VALUE_DOMAIN, false, 1, 1, { N }, VALUE_MFN, fn_grant_status },
    { "root", "d1.v0.root", "The root table that Xen runs on for a vCPU.", VALUE_VCPU, true, 0, 0,
      { N }, VALUE_MFN, fn_vcpu_root },

    { "cr0", "d2.v0.cr0", "CR0 of a vCPU of an HVM or PVH domain, as the guest reads it.", VALUE_VCPU,
      true, 0, 0, { N }, N, fn_cr0 },
    { "cr3", "d2.v0.cr3", "CR3.", VALUE_VCPU, true, 0, 0, { N }, N, fn_cr3 },
    { "cr4", "d2.v0.cr4", "CR4.", VALUE_VCPU, true, 0, 0, { N }, N, fn_cr4 },
    { "efer", "d2.v0.efer", "IA32_EFER.", VALUE_VCPU, true, 0, 0, { N }, N, fn_efer },

    { "root", "CONTEXT.root", "The frame of a context's root table.", VALUE_CONTEXT, true, 0, 0,
      { N }, VALUE_MFN, fn_root },
    { "slot", "CONTEXT.slot(N)", "The raw entry in a slot of its root table.", VALUE_CONTEXT, false,
      1, 1, { N }, N, fn_slot },
    { "entry", "CONTEXT.entry(ADDRESS[, LEVEL])", "The raw entry that a walk of an address reads, at "
      "a level; without one, the last.", VALUE_CONTEXT, false, 1, 2, { VALUE_ADDRESS, N }, N,
      fn_entry },
    { "entry-at", "CONTEXT.entry-at(ADDRESS[, LEVEL])", "The machine address of that entry.",
      VALUE_CONTEXT, false, 1, 2, { VALUE_ADDRESS, N }, VALUE_MADDR, fn_entry_at },
    { "maddr", "CONTEXT.maddr(ADDRESS)", "The machine address that an address leads to.",
      VALUE_CONTEXT, false, 1, 1, { VALUE_ADDRESS }, VALUE_MADDR, fn_maddr_of },
    { "frame", "CONTEXT.frame(ADDRESS)", "The frame that an address leads to.", VALUE_CONTEXT, false,
      1, 1, { VALUE_ADDRESS }, VALUE_MFN, fn_frame },
    { "bus", "bus(MFN)", "The address by which devices of a PV domain reach a frame: its own number.", N, false,
      1, 1, { VALUE_MFN }, VALUE_ADDRESS, fn_maddr },

    { "foreign-maps", "d1.foreign-maps", "How many mappings of a domain's memory others have that were not granted.",
      VALUE_DOMAIN, true, 0, 0, { N }, N, fn_foreign_maps },
    { "xenstore-port", "d1.xenstore-port", "The port that the builder made for the xenstore.", VALUE_DOMAIN, true, 0, 0,
      { N }, N, fn_xenstore_port },
    { "console-port", "d1.console-port", "And for the console.", VALUE_DOMAIN, true, 0, 0, { N }, N, fn_console_port },
    { "xenstore-ring", "d1.xenstore-ring", "The frame of a domain's ring of the xenstore.", VALUE_DOMAIN, true, 0, 0,
      { N }, VALUE_MFN, fn_xenstore_ring },
    { "console-ring", "d1.console-ring", "And of the console.", VALUE_DOMAIN, true, 0, 0, { N }, VALUE_MFN, fn_console_ring },
    { "shared-info", "d1.shared-info", "The frame of a domain's shared_info.", VALUE_DOMAIN, true, 0, 0, { N }, VALUE_MFN,
      fn_shared_info },
};
/* clang-format on */
const size_t nr_funcs = ARRAY_SIZE(funcs);
