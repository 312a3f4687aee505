/* ask.c - what a layout says of a name, an address, a slot. */
#include <string.h>

#include "base/bits.h"
#include "xenpt/layout.h"

const struct xenpt_area *xenpt_layout_area(const struct xenpt_layout *layout, const char *name)
{
    for (size_t i = 0; i < layout->nr_areas; i++)
        if (!strcmp(layout->areas[i].name, name))
            return &layout->areas[i];
    return NULL;
}

const struct xenpt_area *xenpt_layout_filled(const struct xenpt_layout *layout,
                                             enum xenpt_fill filling)
{
    for (size_t i = 0; i < layout->nr_areas; i++)
        if (layout->areas[i].fill == filling)
            return &layout->areas[i];
    return NULL;
}

const struct xenpt_part *xenpt_area_part(const struct xenpt_area *area, const char *name)
{
    for (size_t i = 0; i < area->nr_parts; i++)
        if (!strcmp(area->parts[i].name, name))
            return &area->parts[i];
    return NULL;
}

/* --- Kinds of root ------------------------------------------------------------------------- */

static const struct xenpt_exception *exception_of(const struct xenpt_area *area,
                                                  enum xenpt_root_kind kind)
{
    for (size_t i = 0; i < area->nr_but; i++)
        if (area->but[i].kind == kind)
            return &area->but[i];
    return NULL;
}

/* Of the outermost area around: the root's entries are its. */
static const struct xenpt_area *outermost(const struct xenpt_area *area)
{
    while (area->inside)
        area = area->inside;
    return area;
}

static uint64_t root_flags(const struct xenpt_area *area)
{
    return area->table[5] ? area->table[5] : area->table[4];
}

/* Whether it is there, regardless of what is around it. */
static bool is_there(const struct xenpt_area *area, enum xenpt_root_kind kind,
                     xenpt_conditions conditions)
{
    const struct xenpt_exception *but = exception_of(area, kind);

    return area->kinds >> kind & 1 && xenpt_holds(but ? but->when : area->when, conditions);
}

bool xenpt_area_extent(const struct xenpt_area *area, enum xenpt_root_kind kind,
                       xenpt_conditions conditions, struct xenpt_extent *ret)
{
    const struct xenpt_area *outer = outermost(area);
    const struct xenpt_exception *but = exception_of(area, kind), *nearest = but, *around;

    for (const struct xenpt_area *a = area; a; a = a->inside) {
        if (!is_there(a, kind, conditions))
            return false;
        nearest = nearest ? nearest : exception_of(a, kind);
    }
    around = exception_of(outer, kind);
    *ret = (struct xenpt_extent){
        .area = area,
        .first = area->first,
        .last = but ? but->last : area->last,
        .table = around ? around->table : root_flags(outer),
        .sharing = nearest ? nearest->sharing : area->sharing,
    };
    return true;
}

/* --- Addresses ----------------------------------------------------------------------------- */

const struct xenpt_area *xenpt_layout_at(const struct xenpt_layout *layout,
                                         enum xenpt_root_kind kind, xenpt_conditions conditions,
                                         uint64_t va)
{
    const struct xenpt_area *best = NULL;
    struct xenpt_extent e;

    /* What is around comes first, so the last that fits is the innermost. */
    for (size_t i = 0; i < layout->nr_areas && layout->areas[i].first <= va; i++)
        if (va <= layout->areas[i].last &&
            xenpt_area_extent(&layout->areas[i], kind, conditions, &e) && va <= e.last)
            best = &layout->areas[i];
    return best;
}

const struct xenpt_part *xenpt_area_part_at(const struct xenpt_area *area,
                                            enum xenpt_root_kind kind, uint64_t va)
{
    uint64_t offset = va - area->first;

    if (va < area->first || va > area->last)
        return NULL;
    if (area->repeat.stride)
        offset = (area->repeat.down ? area->last - va : offset) % area->repeat.stride;
    if (area->repeat.stride && area->repeat.down)
        offset = area->repeat.stride - 1 - offset;
    for (size_t i = 0; i < area->nr_parts; i++)
        if (area->parts[i].placed && area->parts[i].kinds >> kind & 1 &&
            offset >= area->parts[i].first && offset <= area->parts[i].last)
            return &area->parts[i];
    return NULL;
}

uint64_t xenpt_area_frames(const struct xenpt_area *area)
{
    return area->entry_size ? xenpt_area_size(area) / area->entry_size : 0;
}

uint64_t xenpt_area_pieces(const struct xenpt_area *area)
{
    return area->repeat.stride ? xenpt_area_size(area) / area->repeat.stride : 1;
}

uint64_t xenpt_area_piece(const struct xenpt_area *area, uint64_t i)
{
    uint64_t stride = area->repeat.stride;

    return area->repeat.down ? area->last + 1 - (i + 1) * stride : area->first + i * stride;
}

/* --- Slots --------------------------------------------------------------------------------- */

static unsigned int root_shift(const struct xenpt_layout *layout)
{
    return layout->levels == 5 ? 48 : 39;
}

unsigned int xenpt_layout_slot_of(const struct xenpt_layout *layout, uint64_t va)
{
    return (unsigned int)(va >> root_shift(layout)) & (XENPT_ROOT_SLOTS - 1);
}

uint64_t xenpt_layout_slot_first(const struct xenpt_layout *layout, unsigned int slot)
{
    unsigned int shift = root_shift(layout);
    uint64_t va = (uint64_t)slot << shift;

    return slot < XENPT_ROOT_SLOTS / 2 ? va : va | ~ones(shift + 9);
}

struct xenpt_layout_slot xenpt_layout_slot(const struct xenpt_layout *layout,
                                           enum xenpt_root_kind kind, xenpt_conditions conditions,
                                           unsigned int slot)
{
    uint64_t first = xenpt_layout_slot_first(layout, slot);
    uint64_t last = first | ones(root_shift(layout));
    struct xenpt_layout_slot ret = { 0 };
    struct xenpt_extent e;

    for (size_t i = 0; i < layout->nr_areas && layout->areas[i].first <= last; i++) {
        const struct xenpt_area *a = &layout->areas[i];
        bool maps = a->fill != XENPT_FILL_NONE;

        if (a->inside || a->last < first || !xenpt_area_extent(a, kind, conditions, &e) ||
            e.last < first || (ret.area && (ret.mapped || !maps)))
            continue;
        ret = (struct xenpt_layout_slot){
            .area = a,
            .table = e.table,
            .sharing = e.sharing,
            .guest = a->fill == XENPT_FILL_GUEST,
            .mapped = maps,
        };
    }
    return ret;
}

uint64_t xenpt_layout_linear(const struct xenpt_layout *layout, const struct xenpt_area *area,
                             const struct xenpt_area *through, unsigned int level)
{
    unsigned int top = layout->levels;
    uint64_t own = xenpt_layout_slot_of(layout, area->first);
    uint64_t by = xenpt_layout_slot_of(layout, through->first);
    /* The first slot that is picked leads back to a root, and so on; the last of them to the
     * root whose tables are to be seen. */
    uint64_t va = xenpt_layout_slot_first(layout, (unsigned int)(level > 1 ? by : own));

    for (unsigned int l = 1; l < level; l++)
        va |= (l == level - 1 ? own : by) << (12 + 9 * (top - 1 - l));
    return va;
}
