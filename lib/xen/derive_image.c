/* derive_image.c - where Xen's image is, and where its sections begin and end. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "xen/deriving.h"

static const struct xenpt_area *image_area(const struct deriving *d)
{
    return xenpt_layout_filled(d->layout, XENPT_FILL_IMAGE);
}

/* Whether a range is of the image: it lies where the image's first byte says. */
static bool of_image(const struct deriving *d, const struct xenpt_range *r, uint64_t phys)
{
    return r->kind == XENPT_RANGE_PAGES && r->out == phys + (r->first - image_area(d)->first);
}

/* Text, constants, data: one after the other, by what may be done with them. */
static void sections(const struct deriving *d, const struct ranges *list, uint64_t phys,
                     struct xenpt_image_sections *s)
{
    uint64_t first = image_area(d)->first, hole = d->layout->image.hole, end = 0;
    bool data = false;

    s->text_end = s->rodata_end = 0;
    for (size_t i = 0; i < list->nr; i++) {
        const struct xenpt_range *r = &list->range[i];
        uint64_t from = r->first - first, to = r->last - first + 1;

        if (!of_image(d, r, phys))
            continue;
        if (range_writable(r)) {
            if (!data)
                s->data_first = from;
            else if (hole && from - end >= hole)
                s->hole_first = end;
            data = true;
            s->data_end = end = to;
        } else if (!data && range_executable(r)) {
            s->text_end = s->rodata_end = to;
        } else if (!data) {
            s->rodata_end = to;
        }
    }
}

/* What an XPTI root has of the image: entry code, and pages of the boot CPU. */
static enum xenpt_code from_xpti(const struct deriving *d, const struct xenpt_context *xpti,
                                 uint64_t phys, struct xenpt_image_sections *s)
{
    const struct xenpt_area *area = image_area(d);
    struct ranges list;
    enum xenpt_code code = pages_of(d, xpti, area->first, area->last, false, &list);
    unsigned int pages = 0;
    bool text = false;

    for (size_t i = 0; !code && i < list.nr; i++) {
        const struct xenpt_range *r = &list.range[i];
        uint64_t from = r->first - area->first;

        if (!of_image(d, r, phys))
            continue;
        if (range_executable(r) && !text) {
            s->entry_first = from;
            text = true;
        }
        for (uint64_t at = from; range_writable(r) && at <= r->last - area->first;
             at += XENPT_PAGE_SIZE) {
            if (pages == 0)
                s->boot_idt = at;
            if (pages == 1)
                s->boot_tss = at;
            pages++;
        }
    }
    free(list.range);
    return code;
}

enum xenpt_code derive_image(struct deriving *d)
{
    const struct xenpt_area *area = image_area(d);
    struct xenpt_image_sections s = d->layout->image.typical;
    char value[120];
    struct ranges list;
    enum xenpt_code code;
    uint64_t start;
    size_t i = 0;

    if (!area)
        return xenpt_fail(d->err, XENPT_ESTATE, "the layout has no image");
    start = area->first + d->layout->image.start;
    code = pages_of(d, d->idle, area->first, area->last, false, &list);
    if (code)
        return code;
    while (i < list.nr && list.range[i].last < start)
        i++;
    if (i == list.nr) {
        free(list.range);
        return xenpt_fail(d->err, XENPT_ESTATE, "nothing is mapped where Xen's image should be");
    }
    d->desc->xen.has_phys = true;
    d->desc->xen.phys = list.range[i].out - (list.range[i].first - area->first);
    if (d->layout->image.sections)
        sections(d, &list, d->desc->xen.phys, &s);
    free(list.range);
    for (size_t k = 0; !code && d->layout->image.sections && k < d->nr_roots; k++)
        if (root_is(&d->root[k], XENPT_ROOT_XPTI)) {
            code = from_xpti(d, &d->root[k].context, d->desc->xen.phys, &s);
            break;
        }
    d->desc->xen.image = s;
    snprintf(value, sizeof(value),
             "at 0x%" PRIx64 ", text to 0x%" PRIx64 ", constants to 0x%" PRIx64 ", data 0x%" PRIx64
             " to 0x%" PRIx64,
             d->desc->xen.phys, s.text_end, s.rodata_end, s.data_first, s.data_end);
    infer(d, "image", value, "where %s leads, and with which rights", area->name);
    return code;
}
