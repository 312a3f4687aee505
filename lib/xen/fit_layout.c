/*
 * fit_layout.c - how much of what is mapped a layout describes.
 *
 * The tables that all roots share are gone through, and each range of pages with the same flags
 * is one point for or against a layout: its addresses lie in an area that maps something, with
 * flags that the area or a part of it has.
 */
#include <inttypes.h>
#include <stdio.h>

#include "base/bits.h"
#include "xen/fitting.h"

#define EVERYTHING (~0u) /* All conditions hold: what could be there is no surprise. */

#define RW XENPT_BIT(1)
#define D  XENPT_BIT(6)
#define NX XENPT_BIT(63)

/* Flags of a leaf that are never the processor's doing, nor software's own. */
#define LEAF_FLAGS                                                                                 \
    (XENPT_BIT(1) | XENPT_BIT(2) | XENPT_BIT(3) | XENPT_BIT(4) | XENPT_BIT(8) | XENPT_BIT(63))
/* The same of an entry that leads to a table. */
#define TABLE_FLAGS (XENPT_BIT(1) | XENPT_BIT(2) | XENPT_BIT(63))

void fit_point(struct fitting *g, bool agrees, const char *what, uint64_t at, uint64_t entry)
{
    if (agrees) {
        g->fit.agree++;
        return;
    }
    if (!g->fit.differ++)
        snprintf(g->fit.first, sizeof(g->fit.first), "%s at 0x%" PRIx64 ": 0x%" PRIx64, what, at,
                 entry);
}

/* --- A page -------------------------------------------------------------------------------- */

/* D in an entry that may not be written through is Xen's; but where code has it, that is because
 * it was patched at boot, which not every page is. */
static bool leaf_is(uint64_t entry, uint64_t leaf)
{
    uint64_t flags = LEAF_FLAGS | (entry & RW || (leaf & D && !(leaf & NX)) ? 0 : D);

    return leaf && (entry & flags) == (leaf & flags);
}

static bool carried(unsigned int kinds, const struct fitting *g)
{
    return kinds >> g->kind & 1;
}

/* Whether a part with a place has this address, in each piece of the area if there are some. */
static bool part_has(const struct xenpt_area *area, const struct xenpt_part *part, uint64_t va)
{
    uint64_t offset = va - area->first;

    if (area->repeat.each != XENPT_EACH_ONCE && area->repeat.stride)
        offset %= area->repeat.stride;
    return part->placed && offset >= part->first && offset <= part->last;
}

/* Before its image, an area has only what a part says. */
static bool before_image(const struct found *f, const struct xenpt_area *area, uint64_t va)
{
    return area->fill == XENPT_FILL_IMAGE && va - area->first < f->layout->image.start;
}

/* Whether an area is mapped by such an entry there: as the part says that has this place, or as it
 * or a part without a place says. */
static bool describes(const struct fitting *g, const struct xenpt_area *area, uint64_t va,
                      uint64_t entry)
{
    bool stated = area->leaf;

    for (size_t i = 0; i < area->nr_parts; i++)
        if (carried(area->parts[i].kinds, g) && part_has(area, &area->parts[i], va))
            return leaf_is(entry, area->parts[i].leaf);
    if (before_image(g->f, area, va))
        return false;
    if (leaf_is(entry, area->leaf) ||
        (area->fill == XENPT_FILL_RAM && leaf_is(entry, g->f->layout->stack.guard_leaf)))
        return true;
    for (size_t i = 0; i < area->nr_parts; i++) {
        if (area->parts[i].placed || !carried(area->parts[i].kinds, g))
            continue;
        stated |= area->parts[i].leaf != 0;
        if (leaf_is(entry, area->parts[i].leaf))
            return true;
    }
    return !stated;
}

static bool weigh(void *ctx, const struct xenpt_range ranges[], size_t n)
{
    const struct xenpt_layout *layout = ((struct fitting *)ctx)->f->layout;
    struct fitting *g = ctx;

    for (size_t i = 0; i < n; i++) {
        const struct xenpt_range *r = &ranges[i];
        const struct xenpt_area *area = xenpt_layout_at(layout, g->kind, EVERYTHING, r->first);

        if (r->kind == XENPT_RANGE_NO_MEMORY && area && area - layout->areas < AREAS_MAX)
            g->lost[area - layout->areas] = true;
        if (r->kind != XENPT_RANGE_PAGES)
            continue;
        if (!area || area->fill == XENPT_FILL_NONE) {
            fit_point(g, false, "mapped where the layout has nothing", r->first, r->entry);
            continue;
        }
        fit_point(g, describes(g, area, r->first, r->entry), area->name, r->first, r->entry);
        if (area - layout->areas < AREAS_MAX && r->level == 1)
            g->pages[area - layout->areas] += (r->last - r->first + 1) / XENPT_PAGE_SIZE;
    }
    return true;
}

enum xenpt_code fit_slot(struct fitting *g, const struct found_table *t, unsigned int slot,
                         struct xenpt_error *err)
{
    struct xenpt_scan_options opt = { .merge = true, .same = LEAF_FLAGS | D };
    struct xenpt_paging pg = g->f->paging;

    pg.root = t->at;
    opt.first = xenpt_layout_slot_first(g->f->layout, slot);
    opt.last = opt.first + (XENPT_BIT(pg.format.level[pg.format.top].shift) - 1);
    return xenpt_scan(&pg, g->f->view->mem, &opt, weigh, g, NULL, err);
}

/* --- What should be there ------------------------------------------------------------------ */

/* Whether any page of these addresses has such an entry; of what is not in memory nobody knows. */
struct search {
    uint64_t leaf;
    bool found, lost;
};

static bool search(void *ctx, const struct xenpt_range ranges[], size_t n)
{
    struct search *s = ctx;

    for (size_t i = 0; i < n; i++)
        if (ranges[i].kind == XENPT_RANGE_NO_MEMORY)
            s->lost = true;
        else
            s->found |= ranges[i].kind == XENPT_RANGE_PAGES && leaf_is(ranges[i].entry, s->leaf);
    return !s->found;
}

enum fit_seen fit_look(const struct fitting *g, const struct found_table *t, uint64_t first,
                       uint64_t last, uint64_t leaf)
{
    struct xenpt_scan_options opt = { .first = first, .last = last };
    struct xenpt_paging pg = g->f->paging;
    struct search s = { .leaf = leaf };

    pg.root = t->at;
    /* Stopping at what was sought is no failure. */
    (void)!xenpt_scan(&pg, g->f->view->mem, &opt, search, &s, NULL, NULL);
    return s.found ? FIT_THERE : s.lost ? FIT_LOST : FIT_ABSENT;
}

void fit_wants(struct fitting *g, enum fit_seen seen, const char *what, uint64_t at, uint64_t entry)
{
    if (seen != FIT_LOST)
        fit_point(g, seen == FIT_THERE, what, at, entry);
}

/* Parts that a layout names are there: in their place, or somewhere in the area. */
static void weigh_parts(struct fitting *g, const struct found_table *t,
                        const struct xenpt_area *area)
{
    for (size_t i = 0; i < area->nr_parts; i++) {
        const struct xenpt_part *p = &area->parts[i];
        uint64_t first = area->first + (p->placed ? p->first : 0);
        uint64_t last = p->placed ? area->first + p->last : area->last;

        if (p->leaf && !p->when && carried(p->kinds, g))
            fit_wants(g, fit_look(g, t, first, last, p->leaf), p->name, first, 0);
    }
}

static void weigh_areas(struct fitting *g, const struct found_table *t)
{
    for (size_t i = 0; i < g->f->layout->nr_areas; i++) {
        const struct xenpt_area *a = &g->f->layout->areas[i];

        if (!carried(a->kinds, g))
            continue;
        if (a->boot_pages && i < AREAS_MAX && !g->lost[i])
            fit_point(g, g->pages[i] == a->boot_pages, a->name, a->first, g->pages[i]);
        if (a->repeat.each == XENPT_EACH_ONCE && !a->when &&
            (a->fill == XENPT_FILL_FIXED || a->fill == XENPT_FILL_IMAGE ||
             a->fill == XENPT_FILL_RAM))
            weigh_parts(g, t, a);
    }
}

/* The entries of the root itself. */
static void weigh_slots(struct fitting *g, const struct found_table *t)
{
    for (unsigned int s = 0; s < XENPT_ROOT_SLOTS; s++) {
        struct xenpt_layout_slot slot = xenpt_layout_slot(g->f->layout, g->kind, EVERYTHING, s);

        if (slot.table && !slot.guest && t->entry[s] & ENTRY_P)
            fit_point(g, !((slot.table ^ t->entry[s]) & TABLE_FLAGS), "root's entry", s,
                      t->entry[s]);
    }
}

/* --- All of it ----------------------------------------------------------------------------- */

/* Tables that hang from a guest's slots, or from the table itself, say nothing of Xen. */
static bool is_xens(const struct found *f, const struct found_table *t, unsigned int slot)
{
    uint64_t lead = slot_lead(t, slot);

    return lead && !(lead & ENTRY_PS) && (lead & ENTRY_ADDRESS) != t->at &&
           slot != f->slots.domain && slot != f->slots.mirror;
}

/* The idle table, or any of the family, which is not empty. */
static const struct found_table *sample(const struct found *f)
{
    size_t i = 0;

    if (f->idle)
        return f->idle;
    while (i + 1 < f->nr && !found_of_family(f, &f->table[i]))
        i++;
    return &f->table[i];
}

enum xenpt_code layout_fit(const struct found *f, struct layout_fit *ret, struct xenpt_error *err)
{
    struct fitting g = { .f = f, .kind = f->idle ? XENPT_ROOT_IDLE : XENPT_ROOT_PV64_KERNEL };
    const struct found_table *t = sample(f);
    enum xenpt_code code = XENPT_OK;

    for (unsigned int s = 0; !code && s < XENPT_ROOT_SLOTS; s++)
        if (is_xens(f, t, s) && !xenpt_layout_slot(f->layout, g.kind, EVERYTHING, s).guest)
            code = fit_slot(&g, t, s, err);
    weigh_slots(&g, t);
    if (!code)
        code = fit_image(&g, t, err);
    weigh_areas(&g, t);
    fit_roots(&g);
    if (!code)
        code = fit_stacks(&g, t, err);
    if (!code)
        code = fit_some(&g, err);
    *ret = g.fit;
    return code;
}
