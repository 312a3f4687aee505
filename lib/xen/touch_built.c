/*
 * touch_built.c - who has built a domain has written what is in its memory: the toolstack, from
 * dom0, by foreign mappings; of what Xen builds itself, Xen.
 *
 * Model: what is told is what is left: each run of frames that have something in them, once.  Pages
 * that are cleared before, and what is written over, are not told.
 */
#include <string.h>

#include "mem/store.h"
#include "xen/touch.h"

static bool has_content(const struct xenpt_machine *m, uint64_t frame)
{
    static const uint8_t zeros[XENPT_PAGE_SIZE];
    uint8_t copy[XENPT_PAGE_SIZE] __attribute__((aligned(8)));
    const struct store_source *source = &m->contents.source;
    const void *page;

    /* Most frames have none. */
    if (places_find(&m->store->places, frame) == NOWHERE && !source->has(source, frame))
        return false;
    page = xenpt_read_page(xenpt_store_reader(m->store), frame << XENPT_PAGE_SHIFT, copy);

    return page && memcmp(page, zeros, sizeof(zeros)) != 0;
}

static void tell(struct xenpt_machine *m, const struct domain *d, uint64_t frame, uint64_t nr)
{
    bool xen = d->desc->built_by_xen;
    struct xenpt_touch t = {
        TOUCH(XENPT_TOUCH_BUILD, xen ? XENPT_TOUCH_DIRECTMAP : XENPT_TOUCH_FOREIGN),
        .by = xen ? XENPT_TOUCH_XEN : XENPT_TOUCH_VCPU, .maddr = frame << XENPT_PAGE_SHIFT,
        .length = nr << XENPT_PAGE_SHIFT, .write = true
    };

    if (!xen)
        t.by_domain = 0; /* Dom0. */
    touch_tell(m, d, &t);
}

void touch_built(struct xenpt_machine *m, const struct domain *d)
{
    for (size_t i = 0; i < d->nr_memory; i++) {
        const struct extent *e = &d->memory[i];
        uint64_t run = 0;

        for (uint64_t k = 0; k < e->nr; k++) {
            bool has = has_content(m, e->first + k);

            if (!has && run)
                tell(m, d, e->first + k - run, run);
            run = has ? run + 1 : 0;
        }
        if (run)
            tell(m, d, e->first + e->nr - run, run);
    }
}
