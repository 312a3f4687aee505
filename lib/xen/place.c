/*
 * place.c - where Xen puts its image: as high below 4 GiB as there is room, aligned to 2 MiB;
 * arch/x86/setup.c, __start_xen, of any release.
 */
#include "xen/internal.h"

static uint64_t round_up(uint64_t v, uint64_t to)
{
    return (v + to - 1) / to * to;
}

static enum xenpt_code check_sections(const struct xenpt_machine *m, struct xenpt_error *err)
{
    const struct xenpt_image_sections *d = &m->image.d;
    uint64_t in[] = { m->layout->image.start, d->text_end, d->rodata_end, d->data_first,
                      d->data_end };

    if (!m->layout->image.sections)
        in[1] = in[2] = in[0]; /* It has none. */
    for (size_t i = 1; i < sizeof(in) / sizeof(in[0]); i++)
        if (in[i] < in[i - 1] || in[i] % XENPT_PAGE_SIZE)
            return xenpt_fail(err, XENPT_ERANGE,
                              "sections of Xen's image end at 0x%llx, 0x%llx, 0x%llx and 0x%llx: "
                              "they are to be of whole pages, and to follow each other from "
                              "0x%llx on",
                              (unsigned long long)d->text_end, (unsigned long long)d->rodata_end,
                              (unsigned long long)d->data_first, (unsigned long long)d->data_end,
                              (unsigned long long)in[0]);
    if (m->layout->image.hole &&
        (d->hole_first < d->data_first || d->hole_first % XENPT_PAGE_SIZE ||
         d->hole_first + m->layout->image.hole > d->data_end))
        return xenpt_fail(err, XENPT_ERANGE,
                          "the hole of Xen's image begins at 0x%llx, which is not in its data",
                          (unsigned long long)d->hole_first);
    return XENPT_OK;
}

static enum xenpt_code highest(struct xenpt_machine *m, uint64_t size, struct xenpt_error *err)
{
    uint64_t align = m->layout->image.align, below = m->layout->image.below;

    for (size_t i = m->nr_ram; i-- > 0;) {
        uint64_t end = (m->ram[i].last + 1) / align * align;

        if (below && m->ram[i].last >= below)
            continue;
        if (end < size || end - size < m->ram[i].first)
            continue;
        m->image.phys = end - size;
        return XENPT_OK;
    }
    return xenpt_fail(err, XENPT_ERANGE, "no range of RAM below 4 GiB has room for Xen's image");
}

/* What stays Xen's of its image: what is needed at boot alone, and a hole, are given back. */
static size_t kept(const struct xenpt_machine *m, struct xenpt_ram_range ret[3])
{
    const struct xenpt_image_sections *d = &m->image.d;
    uint64_t phys = m->image.phys, hole = m->layout->image.hole;

    if (!m->layout->image.sections) {
        ret[0] = (struct xenpt_ram_range){ phys + m->layout->image.start, phys + d->data_end - 1 };
        return 1;
    }
    ret[0] = (struct xenpt_ram_range){ phys + m->layout->image.start, phys + d->rodata_end - 1 };
    ret[1] = (struct xenpt_ram_range){ phys + d->data_first, phys + d->data_end - 1 };
    if (!hole)
        return 2;
    ret[1].last = phys + d->hole_first - 1;
    ret[2] = (struct xenpt_ram_range){ phys + d->hole_first + hole, phys + d->data_end - 1 };
    return 3;
}

/* Nor is the first MiB the allocator's. */
#define LOW (UINT64_C(1) << 20)

static enum xenpt_code give(struct xenpt_machine *m, uint64_t first, uint64_t end,
                            struct xenpt_error *err)
{
    struct xenpt_ram_range keep[3];
    size_t n = kept(m, keep);
    enum xenpt_code code = XENPT_OK;

    for (size_t i = 0; !code && i <= n; i++) {
        uint64_t stop = i < n ? keep[i].first : end;

        if (stop > end)
            stop = end;
        if (first < LOW)
            first = LOW;
        if (first < stop)
            code = xenpt_alloc_add(m->alloc, xenpt_maddr_to_mfn(first),
                                   xenpt_maddr_to_mfn(stop - 1), err);
        /* Nor is anything added twice: a range may end before what is kept begins. */
        if (i < n && first <= keep[i].last)
            first = keep[i].last + 1;
    }
    return code;
}

enum xenpt_code place_xen(struct xenpt_machine *m, const struct xenpt_xen_desc *xen,
                          struct xenpt_error *err)
{
    enum xenpt_code code;
    uint64_t size;

    m->image.d = xen->image.data_end ? xen->image : m->layout->image.typical;
    code = check_sections(m, err);
    size = round_up(m->image.d.data_end, m->layout->image.align);
    if (!code && xen->has_phys) {
        m->image.phys = xen->phys;
        if (xen->phys % m->layout->image.align ||
            !ram_all(m, (xen->phys + m->layout->image.start) >> XENPT_PAGE_SHIFT,
                     (xen->phys + m->image.d.data_end - 1) >> XENPT_PAGE_SHIFT))
            code = xenpt_fail(err, XENPT_ERANGE,
                              "Xen at 0x%llx is not aligned, or not in one range of RAM",
                              (unsigned long long)xen->phys);
        else if (m->layout->image.below && xen->phys + size > m->layout->image.below)
            code = xenpt_fail(err, XENPT_ERANGE, "Xen at 0x%llx is not below 0x%llx",
                              (unsigned long long)xen->phys,
                              (unsigned long long)m->layout->image.below);
    } else if (!code) {
        code = highest(m, size, err);
    }
    m->next_static = m->image.phys + m->image.d.data_first;
    for (size_t i = 0; !code && i < m->nr_ram; i++)
        code = give(m, m->ram[i].first, m->ram[i].last + 1, err);
    return code;
}
