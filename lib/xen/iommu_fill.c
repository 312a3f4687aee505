/*
 * iommu_fill.c - what is in an IOMMU's tables: of PV domains frames by their types, of HVM and PVH
 * domains their physical memory, of a dom0 that is trusted all RAM; x86/iommu.c, hwdom_iommu_map;
 * mm/p2m.c, guest_physmap_add_entry; asm/p2m.h, p2m_get_iommu_flags.
 */
#include "xen/iommu.h"
#include "xen/p2m.h"

#define BOTH (DEVICE_READS | DEVICE_WRITES)

/* --- PV domains ---------------------------------------------------------------------------- */

/*
 * A table of the guest's, and those below it, are taken out.  Each is met once: what is out already
 * was met, and linear entries lead to such.
 */
static enum xenpt_code without_table(struct xenpt_machine *m, struct domain *d, uint64_t frame,
                                     unsigned int level, struct xenpt_error *err)
{
    enum xenpt_code code;
    unsigned int rights;
    uint64_t mfn;

    if (!domain_extent(d, frame) || !iommu_get(m, d, frame, &mfn, &rights))
        return XENPT_OK;
    code = iommu_set(m, d, frame, frame, 1, 0, err);
    for (unsigned int i = 0; !code && level > 1 && i < ENTRIES; i++) {
        uint64_t entry = entry_read(m, frame << XENPT_PAGE_SHIFT, i);

        if (entry & ENTRY_P && (level == 4 || !(entry & ENTRY_PS)))
            code = without_table(m, d, (entry & ENTRY_ADDR) >> XENPT_PAGE_SHIFT, level - 1, err);
    }
    return code;
}

static enum xenpt_code without_root(struct xenpt_machine *m, struct domain *d, uint64_t maddr,
                                    unsigned int level, struct xenpt_error *err)
{
    return maddr && maddr != NO_TABLE ? without_table(m, d, maddr >> XENPT_PAGE_SHIFT, level, err)
                                      : XENPT_OK;
}

/* A table that a description gives, and to which no root leads, is none to Xen: it has been pinned
 * by nobody. */
static enum xenpt_code without_tables(struct xenpt_machine *m, struct domain *d,
                                      struct xenpt_error *err)
{
    enum xenpt_code code = XENPT_OK;

    for (uint32_t i = 0; !code && i < d->nr_vcpus; i++) {
        const struct vcpu *v = &d->vcpus[i];

        if (!vcpu_begun(v))
            continue;
        if (d->desc->type == XENPT_DOMAIN_PV32) {
            code = without_root(m, d, v->l3, 3, err);
            continue;
        }
        code = without_root(m, d, v->kernel_l4, 4, err);
        if (!code)
            code = without_root(m, d, v->user_l4, 4, err);
    }
    if (!code)
        code = without_root(m, d, d->gdt, 1, err);
    return code ? code : without_root(m, d, d->ldt, 1, err);
}

enum xenpt_code iommu_fill_pv(struct xenpt_machine *m, struct domain *d, struct xenpt_error *err)
{
    enum xenpt_code code = XENPT_OK;

    for (size_t i = 0; !code && i < d->nr_memory; i++)
        code = iommu_set(m, d, d->memory[i].first, d->memory[i].first, d->memory[i].nr, BOTH, err);
    return code ? code : without_tables(m, d, err);
}

/* --- A dom0 that is trusted ---------------------------------------------------------------- */

/* Frames from one on, below another, but for Xen's image. */
static enum xenpt_code all_of(struct xenpt_machine *m, struct domain *d, uint64_t first,
                              uint64_t end, struct xenpt_error *err)
{
    uint64_t xen = (m->image.phys + m->layout->image.start) >> XENPT_PAGE_SHIFT;
    uint64_t behind = (m->image.d.data_end + m->image.phys + XENPT_PAGE_SIZE - 1) >>
                      XENPT_PAGE_SHIFT;
    enum xenpt_code code;

    if (m->options.dom0_passthrough == SET_ON || behind <= first || xen >= end)
        return iommu_set_large(m, d, first, end - first, err);
    code = first < xen ? iommu_set_large(m, d, first, xen - first, err) : XENPT_OK;
    return code || behind >= end ? code : iommu_set_large(m, d, behind, end - behind, err);
}

/*
 * Model: dom0-iommu=map-inclusive has all below 4 GiB besides, and iommu=dom0-passthrough, where
 * nothing is translated, is told by tables in which each address leads to itself: up to 4 GiB, or
 * the end of RAM.  Regions that firmware reserves for devices are not in it.
 */
enum xenpt_code iommu_fill_fixed(struct xenpt_machine *m, struct domain *d, struct xenpt_error *err)
{
    uint64_t four = UINT64_C(4) << (30 - XENPT_PAGE_SHIFT);
    uint64_t end = m->max_frame > four ? m->max_frame : four;
    bool everything = m->options.dom0_passthrough == SET_ON;
    bool low = m->options.dom0_inclusive == SET_ON;
    enum xenpt_code code = XENPT_OK;

    if (everything || low)
        code = all_of(m, d, 0, everything ? end : four, err);
    for (size_t i = 0; !code && !everything && i < m->nr_ram; i++) {
        uint64_t first = m->ram[i].first >> XENPT_PAGE_SHIFT;
        uint64_t behind = (m->ram[i].last >> XENPT_PAGE_SHIFT) + 1;

        if (low && first < four)
            first = four;
        if (first < behind)
            code = all_of(m, d, first, behind, err);
    }
    return code;
}

/* --- HVM and PVH domains ------------------------------------------------------------------- */

/* asm/p2m.h, p2m_get_iommu_flags. */
static unsigned int rights_of(const struct xenpt_machine *m, const struct domain *d, uint64_t entry)
{
    switch (p2m_type_of(m, d, entry)) {
    case P2M_RAM_RW:
    case P2M_RAM_LOGDIRTY:
    case P2M_GRANT_RW:
    case P2M_FOREIGN:
    case P2M_MMIO_DIRECT:
        return BOTH;
    case P2M_RAM_RO:
    case P2M_GRANT_RO:
        return DEVICE_READS;
    default:
        return 0;
    }
}

/* One page, if it is not so already. */
static enum xenpt_code follow_page(struct xenpt_machine *m, struct domain *d, uint64_t gfn,
                                   uint64_t mfn, unsigned int rights, struct xenpt_error *err)
{
    unsigned int has = 0;
    uint64_t is = 0;

    if (!iommu_get(m, d, gfn, &is, &has))
        has = 0;
    if (has == rights && (!rights || is == mfn))
        return XENPT_OK;
    return iommu_set(m, d, gfn, mfn, 1, rights, err);
}

struct following {
    struct xenpt_machine *m;
    struct domain *d;
    uint64_t first, last;
    struct xenpt_error *err;
};

/* What one entry maps. */
static enum xenpt_code follow_pages(struct following *f, const struct p2m_slot *s, uint64_t gfn,
                                    uint64_t nr)
{
    unsigned int rights = rights_of(f->m, f->d, s->entry);
    enum xenpt_code code = XENPT_OK;

    for (uint64_t k = gfn < f->first ? f->first - gfn : 0; !code && k < nr && gfn + k <= f->last;
         k++)
        code = follow_page(f->m, f->d, gfn + k, p2m_maddr(s, gfn + k) >> XENPT_PAGE_SHIFT, rights,
                           f->err);
    return code;
}

/* What a table of the p2m speaks for. */
static enum xenpt_code follow_below(struct following *f, uint64_t table, unsigned int level,
                                    uint64_t base)
{
    enum xenpt_code code = XENPT_OK;
    uint64_t span = level_size(level) >> XENPT_PAGE_SHIFT;

    for (unsigned int i = 0; !code && i < ENTRIES; i++) {
        struct p2m_slot s = { .table = table, .slot = i, .level = level };
        uint64_t gfn = base + i * span;

        if (gfn + span - 1 < f->first || gfn > f->last)
            continue;
        s.entry = entry_read(f->m, table, i);
        if (p2m_is_table(&s)) {
            code = follow_below(f, s.entry & ENTRY_ADDR, level - 1, gfn);
            continue;
        }
        code = p2m_is_page(&s) ? follow_pages(f, &s, gfn, span)
                               : iommu_set(f->m, f->d, gfn, 0, span, 0, f->err);
    }
    return code;
}

enum xenpt_code iommu_follow_p2m(struct xenpt_machine *m, struct domain *d, uint64_t first,
                                 uint64_t last, struct xenpt_error *err)
{
    struct following f = { m, d, first, last, err };

    return follow_below(&f, d->p2m, 4, 0);
}

enum xenpt_code iommu_follow(struct xenpt_machine *m, struct xenpt_error *err)
{
    enum xenpt_code code = XENPT_OK;

    for (size_t i = 0; !code && i < m->nr_domains; i++) {
        struct domain *d = &m->domains[i];

        if (d->nr_vcpus && d->device.how == XENPT_DEVICE_APART && !is_pv(d))
            code = iommu_follow_p2m(m, d, 0, d->max_gfn, err);
    }
    return code;
}
