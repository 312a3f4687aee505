/*
 * fit_parts.c - how well a layout describes what few entries tell: where the image begins and what
 * is missing in it, guards of stacks, XPTI roots, what domains have; see fitting.h.
 */
#include "base/bits.h"
#include "xen/fitting.h"

#define RW XENPT_BIT(1)

/* --- The image ----------------------------------------------------------------------------- */

/* Two pieces of data as far apart as a hole, which is given back once Xen has booted. */
struct hole {
    uint64_t size, end, out; /* Behind the piece that came last, and where that leads; 0: none. */
    bool found, lost;
};

static bool look_for_hole(void *ctx, const struct xenpt_range ranges[], size_t n)
{
    struct hole *h = ctx;

    for (size_t i = 0; i < n; i++) {
        const struct xenpt_range *r = &ranges[i];
        uint64_t apart = r->first - h->end;

        h->lost |= r->kind == XENPT_RANGE_NO_MEMORY;
        if (r->kind != XENPT_RANGE_PAGES || !(r->entry & RW))
            continue;
        h->found |= h->end && apart == h->size && r->out - h->out == apart;
        h->end = r->last + 1;
        h->out = r->out + (h->end - r->first);
    }
    return true;
}

static enum xenpt_code weigh_image_hole(struct fitting *g, const struct found_table *t,
                                        const struct xenpt_area *area, struct xenpt_error *err)
{
    struct xenpt_scan_options opt = { .first = area->first, .last = area->last, .merge = true };
    struct hole hole = { .size = g->f->layout->image.hole };
    struct xenpt_paging pg = g->f->paging;
    enum xenpt_code code;

    if (!hole.size)
        return XENPT_OK;
    pg.root = t->at;
    code = xenpt_scan(&pg, g->f->view->mem, &opt, look_for_hole, &hole, NULL, err);
    if (hole.found || !hole.lost)
        fit_point(g, hole.found, "no hole in the image", area->first, hole.size);
    return code;
}

/* There is code where the image should begin. */
enum xenpt_code fit_image(struct fitting *g, const struct found_table *t, struct xenpt_error *err)
{
    const struct xenpt_area *area = xenpt_layout_filled(g->f->layout, XENPT_FILL_IMAGE);
    struct xenpt_paging pg = g->f->paging;
    struct xenpt_walk walk;
    uint64_t at;

    if (!area)
        return XENPT_OK;
    at = area->first + g->f->layout->image.start;
    pg.root = t->at;
    xenpt_walk(&pg, g->f->view->mem, at, &walk);
    if (walk.outcome == XENPT_NO_MEMORY)
        return XENPT_OK;
    fit_point(g, walk.outcome == XENPT_MAPPED && walk.rights & 1u << XENPT_XS,
              "no code where the image begins", at, 0);
    return weigh_image_hole(g, t, area, err);
}

/* --- Stacks -------------------------------------------------------------------------------- */

/* Holes of the directmap that are smaller than a stack: they are where its guards are, or not. */
struct guards {
    const struct xenpt_layout_stack *stack;
    uint64_t first, right, wrong;
    bool lost;
};

static bool weigh_hole(void *ctx, const struct xenpt_range ranges[], size_t n)
{
    struct guards *g = ctx;
    uint64_t stack = (uint64_t)g->stack->pages * XENPT_PAGE_SIZE;

    for (size_t i = 0; i < n; i++) {
        uint64_t offset = (ranges[i].first - g->first) & (stack - 1);
        uint64_t pages = (ranges[i].last - ranges[i].first + 1) / XENPT_PAGE_SIZE;

        g->lost |= ranges[i].kind == XENPT_RANGE_NO_MEMORY;
        if (ranges[i].kind != XENPT_RANGE_HOLE || pages >= g->stack->pages)
            continue;
        if (g->stack->guards >> offset / XENPT_PAGE_SIZE == ones((unsigned int)pages) &&
            !(g->stack->guards & ones((unsigned int)(offset / XENPT_PAGE_SIZE))))
            g->right++;
        else
            g->wrong++;
    }
    return true;
}

/* Guard pages of stacks: not mapped, or with flags of their own. */
enum xenpt_code fit_stacks(struct fitting *g, const struct found_table *t, struct xenpt_error *err)
{
    const struct xenpt_area *ram = xenpt_layout_filled(g->f->layout, XENPT_FILL_RAM);
    const struct xenpt_layout_stack *stack = &g->f->layout->stack;
    struct guards guards = { .stack = stack };
    struct xenpt_scan_options opt = { .merge = true, .holes = true };
    struct xenpt_paging pg = g->f->paging;
    enum xenpt_code code;

    if (!ram || !stack->pages)
        return XENPT_OK;
    if (stack->guard_leaf)
        fit_wants(g, fit_look(g, t, ram->first, ram->last, stack->guard_leaf), "guards of stacks",
                  ram->first, stack->guard_leaf);
    pg.root = t->at;
    guards.first = opt.first = ram->first;
    opt.last = ram->last;
    code = xenpt_scan(&pg, g->f->view->mem, &opt, weigh_hole, &guards, NULL, err);
    if (guards.lost)
        return code;
    if (stack->guards && !stack->guard_leaf)
        /* RAM has holes of its own, which happen to be where guards are least of all. */
        fit_point(g, guards.right, "guards of stacks", ram->first, guards.right);
    else
        fit_point(g, !(guards.right + guards.wrong), "holes in the directmap", ram->first,
                  guards.wrong);
    return code;
}

/* What some roots have and others do not. */
void fit_roots(struct fitting *g)
{
    const struct root_slots *s = &g->f->slots;
    bool xpti = g->f->layout->xpti.since.major;

    for (size_t i = 0; i < g->f->nr; i++) {
        const struct found_table *t = &g->f->table[i];

        if (slot_lead(t, s->linear) == (t->at | ENTRY_P)) {
            uint64_t mirror = slot_lead(t, s->mirror);

            if (mirror && mirror == slot_lead(t, s->domain))
                fit_point(g, true, "mirror", t->at, mirror);
        } else if (!xpti) {
            fit_point(g, false, "an XPTI root", t->at, 0);
        }
    }
}

/* --- XPTI and domains ---------------------------------------------------------------------- */

static bool count_code(void *ctx, const struct xenpt_range ranges[], size_t n)
{
    uint64_t *seen = ctx; /* Pages, and the address of the first. */

    for (size_t i = 0; i < n; i++) {
        if (ranges[i].kind != XENPT_RANGE_PAGES || ranges[i].entry >> 63 || ranges[i].entry & RW)
            continue;
        if (!seen[0])
            seen[1] = ranges[i].first;
        seen[0] += (ranges[i].last - ranges[i].first + 1) / XENPT_PAGE_SIZE;
    }
    return true;
}

/* How much code an XPTI root has of the image, its stubs not counted, and where. */
static enum xenpt_code weigh_xpti(struct fitting *g, const struct found_table *t,
                                  struct xenpt_error *err)
{
    const struct xenpt_layout *layout = g->f->layout;
    const struct xenpt_area *image = xenpt_layout_filled(layout, XENPT_FILL_IMAGE);
    struct xenpt_scan_options opt = { .merge = true };
    struct xenpt_paging pg = g->f->paging;
    uint64_t seen[2] = { 0 }, start;
    enum xenpt_code code;

    if (!image || !layout->xpti.since.major)
        return XENPT_OK;
    pg.root = t->at;
    opt.first = image->first;
    opt.last = image->first + (image->last - image->first) / 2; /* Stubs are in the upper half. */
    code = xenpt_scan(&pg, g->f->view->mem, &opt, count_code, seen, NULL, err);
    start = image->first + layout->image.start + layout->xpti.text_offset;
    fit_point(g, seen[0] == layout->xpti.text_pages, "code of an XPTI root", seen[1], seen[0]);
    if (!layout->xpti.text_at_end)
        fit_point(g, seen[1] == start, "code of an XPTI root", seen[1], seen[0]);
    else
        fit_point(g, seen[1] != image->first + layout->image.start + XENPT_PAGE_SIZE,
                  "code of an XPTI root", seen[1], seen[0]);
    return code;
}

/* Domains that are looked at, and roots. */
#define SOME 8

#define PV64 (1u << XENPT_ROOT_PV64_KERNEL | 1u << XENPT_ROOT_PV64_USER)

/* A domain with what no 64-bit PV one has is of a kind whose roots have the mirror. */
static void weigh_mirror(struct fitting *g, const struct found_table *t)
{
    const struct found *f = g->f;
    uint64_t mirror = slot_lead(t, f->slots.mirror);

    for (size_t i = 0; f->slots.mirror != NO_SLOT && i < f->layout->nr_areas; i++) {
        const struct xenpt_area *a = &f->layout->areas[i];

        if (a->inside && !(a->kinds & PV64) &&
            xenpt_layout_slot_of(f->layout, a->first) == f->slots.domain &&
            fit_look(g, t, a->first, a->last, a->leaf) == FIT_THERE)
            fit_point(g, mirror == slot_lead(t, f->slots.domain), "mirror", t->at, mirror);
    }
}

/* The first few XPTI roots, and what the first few domains have. */
enum xenpt_code fit_some(struct fitting *g, struct xenpt_error *err)
{
    const struct found *f = g->f;
    unsigned int xpti = 0, nr = 0;
    enum xenpt_code code = XENPT_OK;
    uint64_t domain[SOME];

    for (size_t i = 0; !code && i < f->nr; i++) {
        struct found_table t = f->table[i];
        uint64_t lead = slot_lead(&t, f->slots.domain);
        unsigned int k = 0;

        if (slot_lead(&t, f->slots.linear) != (t.at | ENTRY_P)) {
            if (f->m2p && slot_lead(&t, f->slots.m2p) == f->m2p && xpti++ < SOME)
                code = weigh_xpti(g, &t, err);
            continue;
        }
        while (k < nr && domain[k] != lead)
            k++;
        if (!lead || k < nr || nr == SOME || !found_of_family(f, &t) || t.in_image)
            continue;
        domain[nr++] = lead;
        weigh_mirror(g, &t);
        find_root_kind(f, &t);
        g->kind = root_kind_first(t.kinds);
        code = fit_slot(g, &t, f->slots.domain, err);
    }
    return code;
}
