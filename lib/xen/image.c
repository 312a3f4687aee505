/* image.c - Xen's image in its area: sections, stubs, and what follows the image. */
#include "xen/internal.h"

static const struct xenpt_area *image_area(const struct xenpt_machine *m)
{
    return xenpt_layout_filled(m->layout, XENPT_FILL_IMAGE);
}

/* Offsets in the area; both are in it. */
static enum xenpt_code map(struct xenpt_machine *m, uint64_t first, uint64_t end, uint64_t leaf,
                           unsigned int pages, struct xenpt_error *err)
{
    const struct xenpt_area *area = image_area(m);
    struct stretch s = area_stretch(m, area);

    if (first >= end)
        return XENPT_OK;
    s.first = area->first + first;
    s.last = area->first + end - 1;
    s.maddr = m->image.phys + first;
    s.leaf = leaf;
    s.pages &= pages;
    return area_map(m, &s, err);
}

static uint64_t leaf_of_part(const struct xenpt_machine *m, const char *name)
{
    const struct xenpt_part *p = xenpt_area_part(image_area(m), name);

    return p ? p->leaf : image_area(m)->leaf;
}

/* Code begins where the image does, or behind what is mapped there in any case. */
static uint64_t text_first(const struct xenpt_machine *m)
{
    const struct xenpt_area *area = image_area(m);
    uint64_t first = m->layout->image.start;

    for (size_t i = 0; i < area->nr_parts; i++) {
        const struct xenpt_part *p = &area->parts[i];

        if (p->placed && p->leaf && p->first <= first && first <= p->last)
            first = p->last + 1;
    }
    return first;
}

static enum xenpt_code sections(struct xenpt_machine *m, struct xenpt_error *err)
{
    const struct xenpt_image_sections *d = &m->image.d;
    uint64_t hole = m->layout->image.hole, data = leaf_of_part(m, "data");
    uint64_t hole_first = hole ? d->hole_first : d->data_end;
    unsigned int pages = image_area(m)->pages;
    enum xenpt_code code = map(m, text_first(m), d->text_end, leaf_of_part(m, "text"), pages, err);

    if (!code)
        code = map(m, d->text_end, d->rodata_end, leaf_of_part(m, "rodata"), pages, err);
    if (!code)
        code = map(m, d->data_first, hole_first, data, pages, err);
    if (!code)
        code = map(m, hole_first + hole, d->data_end, data, pages, err);
    return code;
}

/*
 * Model: from 4.14 to 4.16 pages of code have D if alternatives were patched into them at boot,
 * which is so of nearly all; here all have it.
 */

/* The bitmap of livepatch's part of the VA allocator: the first page of what it hands out. */
static enum xenpt_code livepatch(struct xenpt_machine *m, struct xenpt_error *err)
{
    uint64_t align = level_size(2), end = m->image.d.data_end;
    const struct xenpt_area *area = image_area(m);
    struct stretch s = area_stretch(m, area);
    enum xenpt_code code;

    if (m->layout->image.livepatch == XENPT_LIVEPATCH_NONE)
        return XENPT_OK;
    if (m->layout->image.livepatch == XENPT_LIVEPATCH_ROUNDED)
        end = (end + align - 1) / align * align;
    code = frames_new(m, 0, &s.maddr, err);
    s.first = area->first + end;
    s.last = s.first + XENPT_PAGE_SIZE - 1;
    s.pages = 1u << 1;
    return code ? code : area_map(m, &s, err);
}

/* Stretches that the layout has a place for, whatever the build. */
static enum xenpt_code placed_parts(struct xenpt_machine *m, struct xenpt_error *err)
{
    const struct xenpt_area *area = image_area(m);
    enum xenpt_code code = XENPT_OK;

    for (size_t i = 0; !code && i < area->nr_parts; i++) {
        const struct xenpt_part *p = &area->parts[i];

        if (p->placed && p->leaf && xenpt_holds(p->when, m->conditions))
            code = map(m, p->first, p->last + 1, p->leaf, p->pages, err);
    }
    return code;
}

enum xenpt_code image_build(struct xenpt_machine *m, struct xenpt_error *err)
{
    uint64_t align = level_size(2);
    enum xenpt_code code;

    if (!m->layout->image.sections)
        return map(m, 0, (m->image.d.data_end + align - 1) / align * align, image_area(m)->leaf,
                   image_area(m)->pages, err);
    code = placed_parts(m, err);
    if (!code)
        code = sections(m, err);
    return code ? code : livepatch(m, err);
}

/* --- Stubs --------------------------------------------------------------------------------- */

/* CPUs whose stubs are in one frame. */
#define STUBS_IN_FRAME 32

enum xenpt_code stubs_build(struct xenpt_machine *m, struct xenpt_error *err)
{
    const struct xenpt_area *area = xenpt_layout_area(m->layout, "stubs");
    enum xenpt_code code = XENPT_OK;
    uint64_t maddr = 0;

    for (uint32_t i = 0; !code && area && i < m->nr_cpus; i++) {
        struct stretch s = area_stretch(m, area);

        if (i % STUBS_IN_FRAME == 0)
            code = frames_new(m, 0, &maddr, err);
        s.first = xenpt_area_piece(area, i);
        s.last = s.first + XENPT_PAGE_SIZE - 1;
        s.maddr = maddr;
        if (!code)
            code = area_map(m, &s, err);
    }
    return code;
}
