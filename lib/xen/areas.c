/* areas.c - from an area of the layout to entries. */
#include "xen/internal.h"

struct stretch area_stretch(const struct xenpt_machine *m, const struct xenpt_area *area)
{
    struct stretch s = {
        .first = area->first,
        .last = area->last,
        .leaf = area->leaf,
        .pages = area->pages,
    };

    /* Flags that an area does not state are those of what is around it. */
    for (unsigned int l = 2; l <= 4; l++)
        for (const struct xenpt_area *a = area; a && !s.table[l]; a = a->inside)
            s.table[l] = a->table[l];
    if (!m->processor->cpu.gb_pages)
        s.pages &= ~(1u << 3);
    return s;
}

enum xenpt_code area_map(struct xenpt_machine *m, const struct stretch *s, struct xenpt_error *err)
{
    unsigned int slot = xenpt_layout_slot_of(m->layout, s->first);
    struct xenpt_layout_slot root = xenpt_layout_slot(m->layout, XENPT_ROOT_IDLE, m->conditions,
                                                      slot);
    struct stretch own = *s;

    own.table[4] = root.table;
    return stretch_map(m, m->idle, 4, &own, err);
}
