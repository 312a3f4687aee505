/* derive_cpus.c - CPUs, by their stubs and XPTI roots, and the stack of each. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "xen/deriving.h"

#define RW XENPT_BIT(1)

uint64_t derived_stack_size(const struct deriving *d)
{
    return (uint64_t)d->layout->stack.pages * XENPT_PAGE_SIZE;
}

/* Guard pages next to each other, from the lowest one on. */
static unsigned int guards_in_row(uint32_t guards)
{
    unsigned int lowest = (unsigned int)__builtin_ctz(guards), n = 0;

    while (guards >> (lowest + n) & 1)
        n++;
    return n;
}

/* Bytes of RAM that are not mapped because they guard a stack; 0: such pages are mapped. */
uint64_t derived_guard_hole(const struct deriving *d)
{
    const struct xenpt_layout_stack *s = &d->layout->stack;

    return s->guards && !s->guard_leaf ? (uint64_t)guards_in_row(s->guards) * XENPT_PAGE_SIZE : 0;
}

/* --- Stacks -------------------------------------------------------------------------------- */

#define CPUS_MAX 4096

static bool add_stack(struct deriving *d, uint64_t base)
{
    for (size_t i = 0; i < d->desc->xen.nr_stacks; i++)
        if (d->stacks[i] == base)
            return true;
    if (d->desc->xen.nr_stacks == CPUS_MAX)
        return false;
    d->stacks[d->desc->xen.nr_stacks++] = base;
    return true;
}

/* How many bytes of one aligned piece are mapped; a range may begin before it, and go on. */
static uint64_t mapped_in(const struct ranges *list, uint64_t base, uint64_t size)
{
    uint64_t bytes = 0;

    for (size_t i = 0; i < list->nr; i++) {
        uint64_t first = list->range[i].out, end = first + range_size(&list->range[i]);

        first = first > base ? first : base;
        end = end < base + size ? end : base + size;
        bytes += end > first ? end - first : 0;
    }
    return bytes;
}

/* The stack that an XPTI root maps: most pages of one aligned piece. *alone: and nothing else. */
static enum xenpt_code xpti_stack(const struct deriving *d, const struct xenpt_context *xpti,
                                  uint64_t *ret, bool *alone)
{
    uint64_t size = derived_stack_size(d), best = 0;
    struct xenpt_extent extent;
    struct ranges list;
    enum xenpt_code code;

    *ret = 0;
    *alone = true;
    /* Behind it, where an idle CPU has more of the directmap, such a root has the guest's slots. */
    if (!xenpt_area_extent(derived_ram_area(d), XENPT_ROOT_XPTI, ~0u, &extent))
        return XENPT_OK;
    code = pages_of(d, xpti, extent.first, extent.last, false, &list);
    for (size_t i = 0; !code && i < list.nr; i++) {
        uint64_t end = list.range[i].out + range_size(&list.range[i]);

        for (uint64_t base = list.range[i].out & ~(size - 1); base < end; base += size) {
            uint64_t here = mapped_in(&list, base, size);

            if (here > best) {
                best = here;
                *ret = base;
            }
        }
    }
    for (size_t i = 0; !code && i < list.nr; i++)
        *alone &= list.range[i].out - *ret < size &&
                  list.range[i].out + range_size(&list.range[i]) - *ret <= size;
    free(list.range);
    return code;
}

/* The boot CPU's first: its IDT and TSS are in the image, and not beside its stack.  The others
 * came up one by one, and Xen allocates from the top. */
static enum xenpt_code stacks_of_xpti(struct deriving *d)
{
    enum xenpt_code code = XENPT_OK;

    for (unsigned int boot = 1; !code && boot < 3; boot++)
        for (size_t i = d->nr_roots; !code && i-- > 0;) {
            uint64_t base;
            bool alone;

            if (!root_is(&d->root[i], XENPT_ROOT_XPTI))
                continue;
            code = xpti_stack(d, &d->root[i].context, &base, &alone);
            if (code || !base || alone != (boot == 1) || !add_stack(d, base))
                continue;
            d->xpti[d->nr_xpti++] = &d->root[i].context;
        }
    return code;
}

/* A guard page that is not mapped is a hole of just its size, at its place in a stack. */
static bool is_hole_guard(const struct deriving *d, const struct xenpt_range *r, uint64_t maddr)
{
    uint32_t guards = d->layout->stack.guards;
    uint64_t lowest = (uint64_t)__builtin_ctz(guards) * XENPT_PAGE_SIZE;

    return r->kind == XENPT_RANGE_HOLE && range_size(r) == derived_guard_hole(d) &&
           (maddr & (derived_stack_size(d) - 1)) == lowest;
}

/* One that is mapped read-only differs from all of RAM. */
static bool is_leaf_guard(const struct deriving *d, const struct xenpt_range *r, uint64_t maddr)
{
    uint64_t lowest = (uint64_t)__builtin_ctz(d->layout->stack.guards) * XENPT_PAGE_SIZE;

    return r->kind == XENPT_RANGE_PAGES && r->level == 1 && !(r->entry & RW) &&
           r->entry & XENPT_BIT(6) && (maddr & (derived_stack_size(d) - 1)) == lowest;
}

static enum xenpt_code stacks_of_guards(struct deriving *d)
{
    const struct xenpt_area *area = derived_ram_area(d);
    struct ranges list;
    enum xenpt_code code;

    if (!d->layout->stack.guards)
        return XENPT_OK;
    code = pages_of(d, d->idle, area->first, area->last, true, &list);
    for (size_t i = list.nr; !code && i-- > 0;) {
        uint64_t maddr = list.range[i].first - area->first;

        if (d->layout->stack.guard_leaf ? is_leaf_guard(d, &list.range[i], maddr)
                                        : is_hole_guard(d, &list.range[i], maddr))
            add_stack(d, maddr & ~(derived_stack_size(d) - 1));
    }
    free(list.range);
    return code;
}

/* The boot CPU's stack, where the image has it, comes first. */
static void boot_stack_first(struct deriving *d)
{
    struct xenpt_xen_desc *xen = &d->desc->xen;

    for (size_t i = 0; d->layout->stack.boot_in_image && i < xen->nr_stacks; i++) {
        uint64_t base = d->stacks[i];

        if (base - xen->phys >= xen->image.data_end)
            continue;
        xen->image.boot_stack = base - xen->phys;
        memmove(&d->stacks[1], &d->stacks[0], i * sizeof(*d->stacks));
        d->stacks[0] = base;
        if (i < d->nr_xpti) {
            const struct xenpt_context *boot = d->xpti[i];

            memmove(&d->xpti[1], &d->xpti[0], i * sizeof(boot));
            d->xpti[0] = boot;
        }
        return;
    }
}

/* --- CPUs ---------------------------------------------------------------------------------- */

static uint32_t stubs(const struct deriving *d)
{
    uint32_t most = 0;

    for (size_t i = 0; i < d->layout->nr_areas; i++) {
        const struct xenpt_area *a = &d->layout->areas[i];
        uint32_t n = 0;

        if (a->repeat.each != XENPT_EACH_CPU)
            continue;
        while (n < CPUS_MAX && n < xenpt_area_pieces(a) &&
               maps_any_page(d, d->idle, xenpt_area_piece(a, n),
                             xenpt_area_piece(a, n) + XENPT_PAGE_SIZE - 1))
            n++;
        most = n > most ? n : most;
    }
    return most;
}

enum xenpt_code derive_cpus(struct deriving *d)
{
    struct xenpt_host_desc *host = &d->desc->host;
    enum xenpt_code code;
    uint32_t by_notes = 0, by_xpti = 0, by_stubs = stubs(d);
    char value[80];

    d->stacks = calloc(CPUS_MAX, sizeof(*d->stacks));
    d->xpti = calloc(d->nr_roots + 1, sizeof(const struct xenpt_context *));
    if (!d->stacks || !d->xpti)
        return xenpt_fail(d->err, XENPT_ENOMEM, "no memory for stacks");
    for (size_t i = 0; i < d->view->nr_contexts; i++)
        by_notes += d->view->contexts[i].has_cpu;
    for (size_t i = 0; i < d->nr_roots; i++)
        by_xpti += root_is(&d->root[i], XENPT_ROOT_XPTI);
    code = by_xpti ? stacks_of_xpti(d) : stacks_of_guards(d);
    if (code)
        return code;
    boot_stack_first(d);
    host->cpus = by_stubs ? by_stubs : by_xpti ? by_xpti : by_notes;
    if (!host->cpus)
        host->cpus = 1;
    /* What looks like a stack and has no CPU is none, or one that was given back. */
    if (d->desc->xen.nr_stacks > host->cpus)
        d->desc->xen.nr_stacks = host->cpus;
    d->desc->xen.stacks = d->desc->xen.nr_stacks ? d->stacks : NULL;
    snprintf(value, sizeof(value), "%" PRIu32 ", %zu with their stacks", host->cpus,
             d->desc->xen.nr_stacks);
    infer(d, "CPUs", value, "%" PRIu32 " stubs, %" PRIu32 " XPTI roots, %" PRIu32 " notes; %s",
          by_stubs, by_xpti, by_notes,
          by_xpti ? "stacks that XPTI roots map" : "stacks by their guard pages");
    return XENPT_OK;
}
