/*
 * invariant_descriptors.c - whether a PV vCPU's GDT and LDT have descriptors that its guest may
 * have: XSA-214 had one of a 64-bit guest's in a 32-bit one's.  The other entries are Xen's.
 */
#include <inttypes.h>

#include "pv/op.h"
#include "scenario/invariant.h"

/* Of a present one, in its upper half. */
static const char *wrong_of(uint64_t descriptor, bool is_32)
{
    unsigned int high = (unsigned int)(descriptor >> 40), dpl = high >> 5 & 3, type = high & 0xf;
    bool system = !(high & 0x10);
    /* Of a call gate Xen keeps that in the selector, and has whoever uses it fault. */
    unsigned int kept = system && type == 0xc && !dpl ? (unsigned int)(descriptor >> 16) & 3 : dpl;

    if (!(high & 0x80) || (system && !type)) /* Not present; or half of a call gate. */
        return NULL;
    if (kept < (is_32 ? 1 : 3))
        return "is Xen's to use";
    if (system)
        return type == 0xc ? NULL : "is neither a segment nor a call gate";
    return is_32 && descriptor >> 53 & 1 ? "is a 64-bit segment, and the guest is a 32-bit one"
                                         : NULL;
}

/* One page of them, at an address of the per-domain area. */
static void page(struct holding *h, const struct domain *d, uint64_t va)
{
    const struct xenpt_machine *m = h->w->machine;
    uint64_t table, entry;
    struct domain *owner;
    unsigned int slot;

    if (!perdomain_l1(m, d, va, &table, &slot))
        return;
    entry = entry_read(m, table << XENPT_PAGE_SHIFT, slot);
    pv_owner_of(m, ENTRY_FRAME(entry), &owner);
    for (unsigned int i = 0; entry & ENTRY_P && owner == d && !h->found && i < ENTRIES; i++) {
        uint64_t descriptor = entry_read(m, entry & ENTRY_ADDR, i);
        const char *wrong = wrong_of(descriptor, is_pv32(d));

        if (wrong)
            invariant_wrong(
                h, va + 8 * i,
                world_text(h->w, "the descriptor 0x%016" PRIx64 " %s", descriptor, wrong));
    }
}

bool invariant_descriptors(struct holding *h)
{
    static const char *const names[] = { "gdt", "ldt" };
    const struct xenpt_machine *m = h->w->machine;
    const struct xenpt_area *area = xenpt_layout_area(m->layout, "gdt-ldt");
    struct invariant_vcpu at;
    const struct domain *d;

    if (!area || !invariant_vcpu(h, &at) || !is_pv(&m->domains[at.domain]))
        return true;
    d = &m->domains[at.domain];
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        const struct xenpt_part *part = xenpt_area_part(area, names[i]);
        uint64_t first = xenpt_area_piece(area, at.vcpu);

        for (uint64_t in = part ? part->first : 1; part && !h->found && in < part->last;
             in += XENPT_PAGE_SIZE)
            page(h, d, first + in);
    }
    return !h->lost;
}
