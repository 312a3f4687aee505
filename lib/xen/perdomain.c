/*
 * perdomain.c - the area that one domain's roots have in common: descriptor tables of PV vCPUs,
 * the map cache, and room for arguments that Xen translates; mm.c, create_perdomain_mapping.
 */
#include "xen/vcpus.h"

enum perdomain_page {
    PAGE_NONE,
    PAGE_GDT,      /* The guest's own. */
    PAGE_GDT_ZERO, /* One page of zeros, of all domains. */
    PAGE_GDT_XEN,  /* The CPU's that the vCPU runs on. */
    PAGE_LDT,      /* The guest's own. */
    PAGE_NEW,      /* Allocated for this. */
};

/* Which page a part of which area is; the rest have none. */
static const struct {
    const char *area, *part; /* part NULL: pages of no part. */
    enum perdomain_page page;
    unsigned int types; /* Bit t: domains of enum xenpt_domain_type t have it. */
} pages[] = {
    { "gdt-ldt", "gdt", PAGE_GDT, 3 },
    { "gdt-ldt", "gdt-unused", PAGE_GDT_ZERO, 3 },
    { "gdt-ldt", "gdt-xen", PAGE_GDT_XEN, 3 },
    { "gdt-ldt", "ldt", PAGE_LDT, 1 << XENPT_DOMAIN_PV64 },
    { "gdt-ldt", "ldt-pv32", PAGE_LDT, 1 << XENPT_DOMAIN_PV32 },
    { "argument-translation", "buffer", PAGE_NEW, 15 & ~(1 << XENPT_DOMAIN_PV64) },
};

static enum xenpt_code frame_for(struct xenpt_machine *m, struct domain *d, struct vcpu *v,
                                 enum perdomain_page page, uint64_t *ret, struct xenpt_error *err)
{
    const struct cpu *c = &m->cpus[v->cpu];

    switch (page) {
    case PAGE_GDT:
        *ret = d->gdt;
        break;
    case PAGE_LDT:
        *ret = d->ldt;
        break;
    case PAGE_GDT_ZERO:
        *ret = m->zero_page;
        break;
    case PAGE_GDT_XEN:
        *ret = d->desc->type == XENPT_DOMAIN_PV32 ? c->gdt32 : c->gdt;
        break;
    case PAGE_NEW:
        return own_frame_new(m, d, m->heap_below, ret, err);
    case PAGE_NONE:
        break;
    }
    return XENPT_OK;
}

/* The pages of one part, for one vCPU.  The guest's GDT and LDT have a page each. */
static enum xenpt_code part(struct xenpt_machine *m, struct domain *d, uint32_t vcpu,
                            const struct xenpt_area *area, const struct xenpt_part *p,
                            enum perdomain_page page, struct xenpt_error *err)
{
    struct vcpu *v = &d->vcpus[vcpu];
    bool guests = page == PAGE_GDT || page == PAGE_LDT;
    struct stretch s = area_stretch(m, area);
    /* Pages of the GDT that the guest has not set are where the others are. */
    const struct xenpt_part *place = p->placed ? p : xenpt_area_part(area, "gdt");
    uint64_t piece = xenpt_area_piece(area, vcpu);
    uint64_t first = place->first + (page == PAGE_GDT_ZERO ? XENPT_PAGE_SIZE : 0);
    enum xenpt_code code = XENPT_OK;

    s.leaf = p->leaf;
    s.pages = 1u << 1;
    for (uint64_t at = first; !code && at <= place->last; at += XENPT_PAGE_SIZE) {
        code = frame_for(m, d, v, page, &s.maddr, err);
        s.first = piece + at;
        s.last = s.first + XENPT_PAGE_SIZE - 1;
        if (!code && s.maddr != NO_TABLE)
            code = stretch_map(m, d->perdomain, 3, &s, err);
        if (guests)
            break;
    }
    return code;
}

/* Pages of Xen's own, or those of the guest's GDT and LDT. */
static enum xenpt_code vcpu_pages(struct xenpt_machine *m, struct domain *d, uint32_t vcpu,
                                  bool new, struct xenpt_error *err)
{
    enum xenpt_code code = XENPT_OK;

    for (size_t i = 0; !code && i < sizeof(pages) / sizeof(pages[0]); i++) {
        const struct xenpt_area *area = xenpt_layout_area(m->layout, pages[i].area);
        const struct xenpt_part *p = area ? xenpt_area_part(area, pages[i].part) : NULL;

        if (p && p->leaf && pages[i].types >> d->desc->type & 1 &&
            (pages[i].page == PAGE_NEW) == new)
            code = part(m, d, vcpu, area, p, pages[i].page, err);
    }
    return code;
}

enum xenpt_code perdomain_vcpu_create(struct xenpt_machine *m, struct domain *d, uint32_t vcpu,
                                      struct xenpt_error *err)
{
    const struct xenpt_area *gdt = xenpt_layout_area(m->layout, "gdt-ldt");
    enum xenpt_code code = XENPT_OK;

    if (gdt && is_pv(d)) {
        struct stretch s = area_stretch(m, gdt);

        s.first = xenpt_area_piece(gdt, vcpu);
        code = stretch_reach(m, d->perdomain, 3, &s, 1, err);
    }
    return code ? code : vcpu_pages(m, d, vcpu, true, err);
}

enum xenpt_code perdomain_vcpu_fill(struct xenpt_machine *m, struct domain *d, uint32_t vcpu,
                                    struct xenpt_error *err)
{
    return vcpu_pages(m, d, vcpu, false, err);
}

/* A page that was allocated for it; mm.c, destroy_perdomain_mapping. */
static enum xenpt_code free_page(struct xenpt_machine *m, struct domain *d, uint64_t at,
                                 struct xenpt_error *err)
{
    unsigned int level;
    uint64_t entry = entry_of(m, d->perdomain, 3, at, &level);

    if (level != 1 || !(entry & ENTRY_P))
        return XENPT_OK;
    return own_frame_free(m, d, entry & ENTRY_ADDR, err);
}

enum xenpt_code perdomain_vcpu_clear(struct xenpt_machine *m, struct domain *d, uint32_t vcpu,
                                     struct xenpt_error *err)
{
    static const struct {
        const char *area;
        bool frees;
        unsigned int types;
    } rows[] = {
        { "gdt-ldt", false, 3 },
        { "argument-translation", true, 15 & ~(1 << XENPT_DOMAIN_PV64) },
    };
    enum xenpt_code code = XENPT_OK;

    for (size_t i = 0; !code && i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct xenpt_area *area = xenpt_layout_area(m->layout, rows[i].area);
        struct stretch s;

        if (!area || !(rows[i].types >> d->desc->type & 1))
            continue;
        s = area_stretch(m, area);
        s.first = xenpt_area_piece(area, vcpu);
        s.last = s.first + area->repeat.stride - 1;
        for (uint64_t at = s.first; !code && rows[i].frees && at < s.last; at += XENPT_PAGE_SIZE)
            code = free_page(m, d, at, err);
        if (!code)
            code = stretch_unmap(m, d->perdomain, 3, &s, err);
    }
    return code;
}

/* Windows that no frame is in yet, and the bitmaps beside them. */
static enum xenpt_code mapcache(struct xenpt_machine *m, struct domain *d, struct xenpt_error *err)
{
    static const char *const bitmaps[] = { "mapcache-in-use", "mapcache-garbage" };
    const struct xenpt_area *area = xenpt_layout_area(m->layout, "mapcache");
    enum xenpt_code code = XENPT_OK;
    struct stretch s;

    if (!area || !xenpt_holds(area->when, m->conditions) || !is_pv(d))
        return XENPT_OK;
    for (uint32_t i = 0; !code && i < d->nr_vcpus; i++) {
        s = area_stretch(m, area);
        s.first = xenpt_area_piece(area, i);
        code = stretch_reach(m, d->perdomain, 3, &s, 1, err);
    }
    for (size_t i = 0; !code && i < sizeof(bitmaps) / sizeof(bitmaps[0]); i++) {
        area = xenpt_layout_area(m->layout, bitmaps[i]);
        s = area_stretch(m, area);
        s.last = s.first + XENPT_PAGE_SIZE - 1;
        code = own_frame_new(m, d, m->heap_below, &s.maddr, err);
        if (!code)
            code = stretch_map(m, d->perdomain, 3, &s, err);
    }
    return code;
}

enum xenpt_code perdomain_build(struct xenpt_machine *m, struct domain *d, struct xenpt_error *err)
{
    enum xenpt_code code = table_new(m, &d->perdomain, err);

    for (uint32_t i = 0; !code && i < d->nr_vcpus; i++) {
        if (vcpu_begun(&d->vcpus[i]))
            code = perdomain_vcpu_fill(m, d, i, err);
        if (!code)
            code = perdomain_vcpu_create(m, d, i, err);
    }
    return code ? code : mapcache(m, d, err);
}

/* Where the layout has the area in Xen's own table, too: of the idle domain, whose vCPUs have
 * tables and no descriptors; x86_64/mm.c, setup_idle_pagetable, 4.2. */
enum xenpt_code perdomain_idle(struct xenpt_machine *m, uint64_t *ret, struct xenpt_error *err)
{
    const struct xenpt_area *area = xenpt_layout_filled(m->layout, XENPT_FILL_DOMAIN);
    const struct xenpt_area *gdt = xenpt_layout_area(m->layout, "gdt-ldt");
    struct xenpt_extent extent;
    enum xenpt_code code;

    *ret = NO_TABLE;
    if (!area || !gdt || !xenpt_area_extent(area, XENPT_ROOT_IDLE, m->conditions, &extent))
        return XENPT_OK;
    code = table_new(m, ret, err);
    for (uint32_t i = 0; !code && i < m->nr_cpus; i++) {
        struct stretch s = area_stretch(m, gdt);

        s.first = xenpt_area_piece(gdt, i);
        code = stretch_reach(m, *ret, 3, &s, 1, err);
    }
    return code;
}

enum xenpt_code perdomain_switch(struct xenpt_machine *m, struct domain *d, uint32_t vcpu,
                                 struct xenpt_error *err)
{
    const struct xenpt_area *area = xenpt_layout_area(m->layout, "gdt-ldt");
    const struct xenpt_part *p = xenpt_area_part(area, "gdt-xen");

    return is_pv(d) && p ? part(m, d, vcpu, area, p, PAGE_GDT_XEN, err) : XENPT_OK;
}
