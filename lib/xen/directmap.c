/*
 * directmap.c - RAM at its machine address from the area's first byte on; setup.c, __start_xen,
 * and mm.c, map_pages_to_xen.
 */
#include "base/bits.h"
#include "xen/internal.h"

/* Machine addresses, as far as the idle table's directmap reaches. */
static enum xenpt_code map(struct xenpt_machine *m, const struct xenpt_area *area, uint64_t first,
                           uint64_t last, uint64_t leaf, unsigned int pages,
                           struct xenpt_error *err)
{
    struct stretch s = area_stretch(m, area);

    if (first > area->last - area->first)
        return XENPT_OK;
    s.first = area->first + first;
    s.last = area->first + min_u64(last, area->last - area->first);
    s.maddr = first;
    s.leaf = leaf;
    s.pages &= pages;
    return area_map(m, &s, err);
}

static bool part_holds(const struct xenpt_machine *m, const struct xenpt_part *p)
{
    return p->placed && p->kinds >> XENPT_ROOT_IDLE & 1 && xenpt_holds(p->when, m->conditions);
}

/* The part that an address lies in, and where the stretch of equal flags ends. */
static const struct xenpt_part *part_at(const struct xenpt_machine *m,
                                        const struct xenpt_area *area, uint64_t at, uint64_t *end)
{
    const struct xenpt_part *found = NULL;

    for (size_t i = 0; i < area->nr_parts; i++) {
        const struct xenpt_part *p = &area->parts[i];

        if (!part_holds(m, p))
            continue;
        if (p->first <= at && at <= p->last) {
            found = p;
            *end = min_u64(*end, p->last);
        } else if (p->first > at) {
            *end = min_u64(*end, p->first - 1);
        }
    }
    return found;
}

static enum xenpt_code ram_range(struct xenpt_machine *m, const struct xenpt_area *area,
                                 struct xenpt_ram_range r, struct xenpt_error *err)
{
    enum xenpt_code code = XENPT_OK;

    for (uint64_t at = r.first; !code && at <= r.last;) {
        uint64_t end = r.last;
        const struct xenpt_part *p = part_at(m, area, at, &end);

        /* What is mapped whether RAM or not is there already. */
        if (!p || !p->whole)
            code = map(m, area, at, end, p ? p->leaf : area->leaf, p ? p->pages : area->pages, err);
        at = end + 1;
    }
    return code;
}

/* Parts that are tables of the image, whatever is there. */
static enum xenpt_code whole_parts(struct xenpt_machine *m, const struct xenpt_area *area,
                                   struct xenpt_error *err)
{
    enum xenpt_code code = XENPT_OK;

    for (size_t i = 0; !code && i < area->nr_parts; i++) {
        const struct xenpt_part *p = &area->parts[i];

        if (part_holds(m, p) && p->whole)
            code = map(m, area, p->first, p->last, p->leaf, p->pages, err);
    }
    return code;
}

/* Tables that are there before it is known what they will map. */
static enum xenpt_code boot_tables(struct xenpt_machine *m, const struct xenpt_area *area,
                                   struct xenpt_error *err)
{
    struct stretch s = area_stretch(m, area);
    enum xenpt_code code = XENPT_OK;

    s.table[4] = xenpt_layout_slot(m->layout, XENPT_ROOT_IDLE, m->conditions,
                                   xenpt_layout_slot_of(m->layout, area->first))
                     .table;
    for (uint64_t at = 0; !code && at < area->boot_tables; at += level_size(3)) {
        s.first = area->first + at;
        code = stretch_reach(m, m->idle, 4, &s, 2, err);
    }
    return code;
}

enum xenpt_code directmap_build(struct xenpt_machine *m, struct xenpt_error *err)
{
    const struct xenpt_area *area = xenpt_layout_filled(m->layout, XENPT_FILL_RAM);
    const struct xenpt_part *alias = xenpt_area_part(area, "text-alias");
    uint64_t phys = m->image.phys;
    enum xenpt_code code = boot_tables(m, area, err);

    if (!code)
        code = whole_parts(m, area, err);
    for (size_t i = 0; !code && i < m->nr_ram; i++)
        code = ram_range(m, area, m->ram[i], err);
    if (!code && alias)
        code = map(m, area, phys + m->layout->image.start, phys + m->image.d.rodata_end - 1,
                   alias->leaf, alias->pages, err);
    return code;
}

/* Guard pages and shadow stacks, which split what is around them. */
enum xenpt_code directmap_stacks(struct xenpt_machine *m, struct xenpt_error *err)
{
    const struct xenpt_area *area = xenpt_layout_filled(m->layout, XENPT_FILL_RAM);
    const struct xenpt_layout_stack *stack = &m->layout->stack;
    struct stretch s = area_stretch(m, area);
    enum xenpt_code code = XENPT_OK;

    for (uint32_t i = 0; i < m->nr_cpus; i++) {
        for (uint32_t p = 0; !code && p < stack->pages; p++) {
            uint64_t maddr = m->cpus[i].stack + p * XENPT_PAGE_SIZE;

            if (!(stack->guards >> p & 1))
                continue;
            if (stack->guard_leaf) {
                code = map(m, area, maddr, maddr + XENPT_PAGE_SIZE - 1, stack->guard_leaf, 1u << 1,
                           err);
                continue;
            }
            s.first = area->first + maddr;
            s.last = s.first + XENPT_PAGE_SIZE - 1;
            code = stretch_unmap(m, m->idle, 4, &s, err);
        }
    }
    return code;
}
