/* derive_ram.c - RAM, from the directmap, and from the M2P where that ends first. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "xen/deriving.h"

#define MIB1 (UINT64_C(1) << 20)
#define PCD  XENPT_BIT(4)

const struct xenpt_area *derived_ram_area(const struct deriving *d)
{
    return xenpt_layout_filled(d->layout, XENPT_FILL_RAM);
}

/* Where memory of devices begins that the directmap maps all the same; 0: nowhere. */
static uint64_t devices(const struct xenpt_area *area)
{
    for (size_t i = 0; i < area->nr_parts; i++)
        if (area->parts[i].placed && area->parts[i].leaf & PCD)
            return area->parts[i].first;
    return 0;
}

/* Whether what is not mapped between two pieces of RAM are guards, in their place in a stack. */
static bool is_guard(const struct deriving *d, uint64_t end, uint64_t next)
{
    return next - end == derived_guard_hole(d) && next > end &&
           (end & (derived_stack_size(d) - 1)) ==
               (uint64_t)__builtin_ctz(d->layout->stack.guards) * XENPT_PAGE_SIZE;
}

/* Joins pages that only a stack's guards keep apart. */
static size_t join(const struct deriving *d, const struct ranges *list, uint64_t first,
                   struct xenpt_ram_range *ret)
{
    size_t nr = 0;

    for (size_t i = 0; i < list->nr; i++) {
        const struct xenpt_range *r = &list->range[i];

        if (r->kind != XENPT_RANGE_PAGES || r->out != r->first - first)
            continue;
        if (nr && (r->out == ret[nr - 1].last + 1 || is_guard(d, ret[nr - 1].last + 1, r->out)))
            ret[nr - 1].last = r->out + range_size(r) - 1;
        else
            ret[nr++] = (struct xenpt_ram_range){ r->out, r->out + range_size(r) - 1 };
    }
    return nr;
}

/* Below 1 MiB a PC has RAM up to its graphics memory, and nothing above. */
static size_t leave_out_devices(struct xenpt_ram_range *ram, size_t nr, uint64_t first)
{
    if (!first || !nr || ram[0].first || ram[0].last < MIB1)
        return nr;
    memmove(&ram[1], &ram[0], nr * sizeof(*ram));
    ram[0].last = first - 1;
    ram[1].first = MIB1;
    return nr + 1;
}

/* Up to 4.2 the directmap ends, and RAM behind it has nothing but its part of the M2P, by the
 * GiB. */
static enum xenpt_code behind_directmap(struct deriving *d, const struct xenpt_area *map,
                                        size_t *nr)
{
    const struct xenpt_area *m2p = xenpt_layout_area(d->layout, "rdwr-m2p");
    uint64_t end = map->last - map->first + 1;
    struct xenpt_ram_range *more;
    struct ranges list;
    enum xenpt_code code;

    if (!m2p || !*nr || d->ram[*nr - 1].last + 1 != end)
        return XENPT_OK;
    code = pages_of(d, d->idle, m2p->first + end / XENPT_PAGE_SIZE * 8, m2p->last, false, &list);
    if (code)
        return code;
    more = realloc(d->ram, (*nr + list.nr + 1) * sizeof(*more));
    if (more)
        d->ram = more;
    for (size_t i = 0; more && i < list.nr; i++) {
        uint64_t first = (list.range[i].first - m2p->first) / 8 * XENPT_PAGE_SIZE;
        uint64_t last = first + range_size(&list.range[i]) / 8 * XENPT_PAGE_SIZE - 1;

        if (first == d->ram[*nr - 1].last + 1)
            d->ram[*nr - 1].last = last;
        else
            d->ram[(*nr)++] = (struct xenpt_ram_range){ first, last };
    }
    free(list.range);
    return more ? XENPT_OK : xenpt_fail(d->err, XENPT_ENOMEM, "no memory for ranges of RAM");
}

enum xenpt_code derive_ram(struct deriving *d)
{
    const struct xenpt_area *area = derived_ram_area(d);
    struct ranges list;
    enum xenpt_code code;
    char value[160] = "";
    size_t nr;

    if (!area)
        return xenpt_fail(d->err, XENPT_ESTATE, "the layout has no directmap");
    code = pages_of(d, d->idle, area->first, area->last, false, &list);
    if (code)
        return code;
    d->ram = calloc(list.nr + 2, sizeof(*d->ram));
    if (!d->ram) {
        free(list.range);
        return xenpt_fail(d->err, XENPT_ENOMEM, "no memory for ranges of RAM");
    }
    nr = leave_out_devices(d->ram, join(d, &list, area->first, d->ram), devices(area));
    free(list.range);
    code = behind_directmap(d, area, &nr);
    if (code)
        return code;
    d->desc->host.ranges = d->ram;
    d->desc->host.nr_ranges = nr;
    for (size_t i = 0; i < nr; i++) {
        size_t used = strlen(value);

        snprintf(value + used, sizeof(value) - used, "%s0x%" PRIx64 "..0x%" PRIx64, i ? ", " : "",
                 d->ram[i].first, d->ram[i].last);
    }
    infer(d, "RAM", value, "what %s maps, less what a PC has below 1 MiB", area->name);
    return nr ? XENPT_OK : xenpt_fail(d->err, XENPT_ESTATE, "the directmap maps nothing");
}
