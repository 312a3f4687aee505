/*
 * hvm.c - HVM and PVH domains: their physical memory, and Xen's table for each vCPU, on which
 * it runs on behalf of the guest; hvm/hvm.c, mm/hap/hap.c, tools/libs/guest/xg_dom_x86.c.
 */
#include "xen/enclave.h"
#include "xen/given.h"
#include "xen/guest.h"
#include "xen/p2m.h"
#include "xen/shadow.h"
#include "xen/vcpus.h"

/* --- Where a guest has its memory ---------------------------------------------------------- */

#define FOUR_GB   (UINT64_C(1) << (32 - XENPT_PAGE_SHIFT))
#define VGA_FIRST UINT64_C(0xa0)
#define VGA_END   UINT64_C(0xc0)
#define MB2       UINT64_C(0x200)
#define APIC_GFN  UINT64_C(0xfee00)

/* libxl_dom.c, libxl__build_hvm: devices are from 0xf0000000 on; without any, ACPI's tables. */
uint64_t hvm_mmio_first(const struct domain *d)
{
    return d->desc->type == XENPT_DOMAIN_HVM ? UINT64_C(0xf0000) : UINT64_C(0xfc000);
}

/* The next frames of the domain's memory. */
struct feed {
    struct domain *d;
    uint64_t next;
};

/* How many frames follow the next one without a gap. */
static uint64_t together(const struct feed *f)
{
    uint64_t mfn;

    return domain_run(f->d, f->next, &mfn);
}

static enum xenpt_code ram(struct xenpt_machine *m, struct feed *f, uint64_t gfn, uint64_t end,
                           unsigned int max_level, struct xenpt_error *err)
{
    enum xenpt_code code = XENPT_OK;

    while (!code && gfn < end && together(f)) {
        uint64_t nr = together(f) < end - gfn ? together(f) : end - gfn;

        code = p2m_map(m, f->d, P2M_RAM_RW, gfn, domain_frame(f->d, f->next), nr, max_level, err);
        gfn += nr;
        f->next += nr;
    }
    return code;
}

/*
 * Model: below 2 MiB there are small pages, as the toolstack has them around VGA's hole
 * (xg_dom_x86.c, meminit_hvm, 4.17).  Without a device model, which is a PVH domain's way, that may
 * be one page of 2 MiB, and of a domain of 16 MiB both were seen: with an EPT whose larger pages
 * have no code (ept=no-exec-sp), Xen splits it when the guest first executes there.  A comparison
 * takes either.
 */
static enum xenpt_code ram_at(struct xenpt_machine *m, struct feed *f, uint64_t gfn, uint64_t end,
                              struct xenpt_error *err)
{
    enum xenpt_code code = ram(m, f, gfn, end < MB2 ? end : MB2, 1, err);

    return code ? code : ram(m, f, gfn < MB2 ? MB2 : gfn, end, 3, err);
}

/* Where the description has them, which must not be where the toolstack has pages of its own. */
static enum xenpt_code by_ranges(struct xenpt_machine *m, struct domain *d, struct xenpt_error *err)
{
    const struct hvm_special *s;
    enum xenpt_code code = XENPT_OK;
    struct feed f = { d, 0 };

    for (size_t i = 0; !code && i < d->desc->nr_ranges; i++) {
        const struct xenpt_domain_range *r = &d->desc->ranges[i];

        for (size_t k = 0; !code && (s = hvm_special(k)); k++)
            if (hvm_has_special(m, d, s) && r->gfn < s->first + s->nr && s->first < r->gfn + r->nr)
                code = xenpt_fail(err, XENPT_ERANGE, "memory at gfn 0x%llx, where it has its %s",
                                  (unsigned long long)s->first,
                                  xenpt_special_word(s->special)->name);
        if (!code && p2m_is_ept(m, d) && APIC_GFN - r->gfn < r->nr)
            code = xenpt_fail(err, XENPT_ERANGE, "memory at gfn 0x%llx, where its local APIC is",
                              (unsigned long long)APIC_GFN);
        if (!code)
            code = ram_at(m, &f, r->gfn, r->gfn + r->nr, err);
    }
    return code;
}

/* Superpages want frames that are aligned as the guest's are, so what is small comes last. */
static enum xenpt_code by_toolstack(struct xenpt_machine *m, struct domain *d,
                                    struct xenpt_error *err)
{
    bool vga = d->desc->type == XENPT_DOMAIN_HVM;
    struct feed f = { d, 0 };
    enum xenpt_code code = ram(m, &f, 0, vga ? VGA_FIRST : MB2, 1, err);

    if (!code && vga) {
        f.next = VGA_END; /* Frames that would be there are given back. */
        code = ram(m, &f, VGA_END, MB2, 1, err);
    }
    if (!code)
        code = ram(m, &f, MB2, hvm_mmio_first(d), 3, err);
    return code ? code : ram(m, &f, FOUR_GB, UINT64_MAX >> XENPT_PAGE_SHIFT, 3, err);
}

/* A page of its own memory, as the toolstack populates it, that is none of what it counts. */
static enum xenpt_code special_page(struct xenpt_machine *m, struct domain *d, uint64_t gfn,
                                    struct xenpt_error *err)
{
    uint64_t maddr = 0;
    enum xenpt_code code = frames_below(m, 0, m->heap_below, &maddr, err);

    if (!code)
        code = memory_gain(d, maddr >> XENPT_PAGE_SHIFT, 1, NO_GFN, err);
    d->nr_frames += !code;
    return code ? code : p2m_map(m, d, P2M_RAM_RW, gfn, maddr >> XENPT_PAGE_SHIFT, 1, 1, err);
}

static enum xenpt_code special_pages(struct xenpt_machine *m, struct domain *d,
                                     struct xenpt_error *err)
{
    const struct hvm_special *s;
    enum xenpt_code code = XENPT_OK;

    for (size_t i = 0; (s = hvm_special(i)); i++)
        for (uint64_t n = 0; !code && hvm_has_special(m, d, s) && n < s->nr; n++)
            code = special_page(m, d, s->first + n, err);
    return code;
}

/* Frames of the host's RAM below 2 MiB. */
static uint64_t low_frames(const struct xenpt_machine *m)
{
    uint64_t n = 0;

    for (size_t i = 0; i < m->nr_ram; i++) {
        uint64_t first = m->ram[i].first >> XENPT_PAGE_SHIFT;
        uint64_t end = (m->ram[i].last + 1) >> XENPT_PAGE_SHIFT;

        if (first < MB2)
            n += (end < MB2 ? end : MB2) - first;
    }
    return n;
}

/* Dom0 sees the host's own map: as much of its RAM as it may have, and devices where they are. */
static enum xenpt_code by_xen(struct xenpt_machine *m, struct domain *d, struct xenpt_error *err)
{
    /* What is below 2 MiB has the last frames, so that larger pages fit above. */
    uint64_t left = d->nr_frames - low_frames(m), end = 0;
    uint64_t holes = UINT64_C(0x100000) >> XENPT_PAGE_SHIFT;
    struct feed low = { d, left }, f = { d, 0 };
    enum xenpt_code code = XENPT_OK;

    for (size_t i = 0; !code && i < m->nr_ram; i++) {
        uint64_t first = m->ram[i].first >> XENPT_PAGE_SHIFT, nr;

        if (first > end && end < holes)
            code = p2m_map(m, d, P2M_MMIO_DIRECT, end, end, first - end, 1, err);
        end = (m->ram[i].last + 1) >> XENPT_PAGE_SHIFT;
        if (!code && first < MB2)
            code = ram(m, &low, first, end < MB2 ? end : MB2, 1, err);
        first = first < MB2 ? MB2 : first;
        if (code || first >= end)
            continue;
        nr = end - first < left ? end - first : left;
        left -= nr;
        code = ram(m, &f, first, first + nr, 3, err);
    }
    return code;
}

/* VMX has one page that stands for the APIC's registers; hvm/vmx/vmx.c, vmx_alloc_vlapic_mapping.
 */
static enum xenpt_code apic_page(struct xenpt_machine *m, struct domain *d, struct xenpt_error *err)
{
    uint64_t maddr;
    enum xenpt_code code;

    if (!p2m_is_ept(m, d))
        return XENPT_OK;
    code = own_frame_new(m, d, m->heap_below, &maddr, err);
    return code ? code
                : p2m_map(m, d, P2M_APIC_ACCESS, APIC_GFN, maddr >> XENPT_PAGE_SHIFT, 1, 1, err);
}

static enum xenpt_code physical(struct xenpt_machine *m, struct domain *d, struct xenpt_error *err)
{
    enum xenpt_code code = p2m_create(m, d, err);

    if (!code && d->desc->nr_ranges)
        code = by_ranges(m, d, err);
    else if (!code)
        code = d->desc->built_by_xen ? by_xen(m, d, err) : by_toolstack(m, d, err);
    if (!code)
        code = special_pages(m, d, err);
    return code ? code : apic_page(m, d, err);
}

/* --- Xen's table for a vCPU ---------------------------------------------------------------- */

static enum xenpt_code monitor(struct xenpt_machine *m, struct domain *d, struct vcpu *v,
                               struct xenpt_error *err)
{
    struct root_of of = { .kind = XENPT_ROOT_HAP, .shadow = NO_TABLE, .perdomain = d->perdomain };
    enum xenpt_code code = table_new(m, &v->monitor, err);

    of.self = v->monitor;
    return code ? code : root_fill(m, v->monitor, &of, err);
}

enum xenpt_code hvm_vcpu_build(struct xenpt_machine *m, struct domain *d, struct vcpu *v,
                               struct xenpt_error *err)
{
    guest_reset(m, d, v, d->first_cr3);
    return d->desc->paging == XENPT_GUEST_SHADOW ? shadow_build(m, d, v, err)
                                                 : monitor(m, d, v, err);
}

enum xenpt_code hvm_build(struct xenpt_machine *m, struct domain *d, struct xenpt_error *err)
{
    enum xenpt_code code = perdomain_build(m, d, err);

    if (!code)
        code = physical(m, d, err);
    if (!code)
        code = enclaves_map(m, d, err);
    if (!code && !given_alone(d))
        code = guest_tables(m, d, &d->first_cr3, err);
    if (!code)
        code = given_hvm(m, d, &d->first_cr3, err);
    for (uint32_t i = 0; !code && i < d->nr_vcpus; i++)
        code = hvm_vcpu_build(m, d, &d->vcpus[i], err);
    return code;
}
