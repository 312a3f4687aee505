/* functions.c - what can be asked in an expression, a row each. */
#include <inttypes.h>
#include <string.h>

#include "base/bits.h"
#include "scenario/functions.h"
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
