/*
 * owners_image.c - whose an image's memory is, by its tables: what Xen's own root maps beside all
 * of RAM is Xen's, what a guest's part of a root maps is the guest's.
 */
#include "xenpt/owners.h"

#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "xen/owners_follow.h"
#include "xenpt/scan.h"

#define PCD        XENPT_BIT(4)
#define FLAT_MAX   512u
/* By which an image without sections is mapped. */
#define IMAGE_PAGE (UINT64_C(2) << 20)
/* Xen's, or a guest's that Xen has mapped to write to it: vcpu_info. */
#define DEMANDED   (UINT32_MAX - 1)

enum { XEN, UNKNOWN, SEVERAL, FIRST_DOMAIN };

struct owning {
    const struct xenpt_view *view;
    const struct xenpt_layout *layout;
    struct xenpt_owners *o;
    struct pieces ram, xen, demanded;
    struct pieces *domains; /* By number of owner. */
    uint64_t *roots;        /* Ascending... */
    size_t nr_roots;        /* ...and how many. */
};

static void follow_root(struct behind *b, const struct owning *w, const struct xenpt_context *c,
                        bool (*is_in)(const void *ctx, unsigned int slot), const void *ctx)
{
    b->view = w->view;
    b->roots = w->roots;
    b->nr_roots = w->nr_roots;
    owners_follow(b, c, is_in, ctx);
}

/* --- Which slots --------------------------------------------------------------------------- */

struct part {
    const struct xenpt_layout *layout;
    const struct xenpt_area *ram;
    enum xenpt_root_kind kind;
};

static bool in_ram(const void *ctx, unsigned int slot)
{
    const struct part *p = ctx;

    return slot >= xenpt_layout_slot_of(p->layout, p->ram->first) &&
           slot <= xenpt_layout_slot_of(p->layout, p->ram->last);
}

static bool beside_ram(const void *ctx, unsigned int slot)
{
    return !in_ram(ctx, slot);
}

/* What an XPTI root has of its own: no copy of a guest's, and no area of a domain. */
static bool of_cpu(const void *ctx, unsigned int slot)
{
    const struct part *p = ctx;
    struct xenpt_layout_slot s = xenpt_layout_slot(p->layout, p->kind, ~0u, slot);

    return s.sharing == XENPT_SHARED_XPTI || s.sharing == XENPT_SHARED_CPU;
}

static bool of_guest(const void *ctx, unsigned int slot)
{
    const struct part *p = ctx;

    return xenpt_layout_slot(p->layout, p->kind, ~0u, slot).guest;
}

static bool of_domain(const void *ctx, unsigned int slot)
{
    const struct part *p = ctx;
    struct xenpt_layout_slot s = xenpt_layout_slot(p->layout, p->kind, ~0u, slot);

    return s.area && s.area->fill == XENPT_FILL_DOMAIN;
}

static bool any_slot(const void *ctx, unsigned int slot)
{
    (void)ctx;
    (void)slot;
    return true;
}

/* --- Whose --------------------------------------------------------------------------------- */

/* Adds pieces that were found to those of an owner. */
static void give(struct pieces *to, struct pieces *found, uint32_t owner)
{
    for (size_t i = 0; i < found->nr; i++)
        pieces_add(to, found->list[i].first, found->list[i].last, owner);
    to->no_memory |= found->no_memory;
    pieces_free(found);
}

static uint32_t owner_named(struct xenpt_owners *o, const char *name)
{
    for (size_t i = FIRST_DOMAIN; i < o->nr_names; i++)
        if (!strcmp(o->names[i], name))
            return (uint32_t)i;
    o->names[o->nr_names] = name;
    return (uint32_t)o->nr_names++;
}

static bool is_kind(const struct xenpt_context *c, const char *word)
{
    return c->kind && !strcmp(c->kind, word);
}

static enum xenpt_root_kind kind_of(const struct xenpt_context *c)
{
    unsigned int k = 0;

    while (k < XENPT_NR_ROOT_KINDS &&
           !is_kind(c, xenpt_root_kind_word((enum xenpt_root_kind)k)->name))
        k++;
    return (enum xenpt_root_kind)k;
}

static bool note_pages(void *ctx, const struct xenpt_range ranges[], size_t n)
{
    struct pieces *p = ctx;

    for (size_t i = 0; i < n; i++)
        if (ranges[i].kind == XENPT_RANGE_PAGES)
            pieces_add(p, ranges[i].out, ranges[i].out + (ranges[i].last - ranges[i].first),
                       DEMANDED);
    return true;
}

/* What Xen maps where its code asks for it. */
static void find_demanded(struct owning *w, const struct xenpt_context *c)
{
    for (size_t i = 0; i < w->layout->nr_areas; i++) {
        const struct xenpt_area *a = &w->layout->areas[i];
        struct xenpt_scan_options opt = { .first = a->first, .last = a->last, .merge = true };

        if (a->fill == XENPT_FILL_DEMAND && a->kinds >> XENPT_ROOT_IDLE & 1 &&
            xenpt_scan(&c->paging, w->view->mem, &opt, note_pages, &w->demanded, NULL, NULL))
            w->demanded.no_memory = true;
    }
    pieces_sort(&w->demanded);
}

/*
 * Not all that is mapped with the image is of it: Xen up to 4.16 has a page of 2 MiB in front of
 * it, and one without sections (up to 4.6) the rest of its last page.  Such memory is on the heap,
 * and a guest's as soon as it is given to one.
 *
 * Model: where an image ends that has no sections no table tells.  It is taken to end where that of
 * the build does that the layout was seen in.
 */
static void clip_image(struct behind *b, const struct owning *w, const struct xenpt_context *c)
{
    const struct xenpt_area *area = xenpt_layout_filled(w->layout, XENPT_FILL_IMAGE);
    const struct xenpt_layout_image *image = &w->layout->image;
    struct xenpt_walk walk;

    if (!area)
        return;
    if (image->start && xenpt_walk(&c->paging, w->view->mem, area->first, &walk) == XENPT_MAPPED)
        b->clips[0] = (struct clip){ walk.step[walk.nr_steps - 1].at, walk.out + image->start,
                                     UINT64_MAX };
    if (!image->sections &&
        xenpt_walk(&c->paging, w->view->mem, area->first + image->typical.data_end - 1, &walk) ==
            XENPT_MAPPED)
        b->clips[1] = (struct clip){ walk.step[walk.nr_steps - 1].at, 0, walk.out };
}

static void of_idle(struct owning *w, const struct xenpt_context *c)
{
    struct part part = { w->layout, xenpt_layout_filled(w->layout, XENPT_FILL_RAM),
                         XENPT_ROOT_IDLE };
    struct behind ram = { 0 }, rest = { .devices = true };

    if (!part.ram)
        return;
    clip_image(&rest, w, c);
    follow_root(&ram, w, c, in_ram, &part);
    follow_root(&rest, w, c, beside_ram, &part);
    give(&w->ram, &ram.pages, UNKNOWN);
    give(&w->xen, &ram.tables, XEN);
    give(&w->xen, &rest.pages, XEN);
    give(&w->xen, &rest.tables, XEN);
    find_demanded(w, c);
}

/* The guest's part of a root, or all of a second stage; Xen's tables of a domain. */
static void of_root(struct owning *w, const struct xenpt_context *c)
{
    bool second = is_kind(c, "ept") || is_kind(c, "npt"), shadow = is_kind(c, "hvm-shadow");
    struct part part = { w->layout, NULL, second || shadow ? XENPT_ROOT_HAP : kind_of(c) };
    bool own = part.kind == XENPT_ROOT_PV64_KERNEL || part.kind == XENPT_ROOT_PV64_USER;
    struct behind guest = { .devices = second }, area = { 0 };
    struct pieces *to;
    uint32_t owner;

    if (part.kind == XENPT_NR_ROOT_KINDS)
        return;
    owner = owner_named(w->o, *c->domain ? c->domain : c->name);
    to = &w->domains[owner];
    follow_root(&guest, w, c, second ? any_slot : of_guest, &part);
    give(to, &guest.pages, owner);
    if (second || shadow)
        give(&w->xen, &guest.tables, XEN);
    else
        give(to, &guest.tables, owner);
    pieces_add(own ? to : &w->xen, c->paging.root, c->paging.root + XENPT_PAGE_SIZE - 1,
               own ? owner : XEN);
    if (!second)
        follow_root(&area, w, c, of_domain, &part);
    pieces_free(&area.pages);
    give(&w->xen, &area.tables, XEN);
}

static void of_xpti(struct owning *w, const struct xenpt_context *c)
{
    struct part part = { w->layout, NULL, XENPT_ROOT_XPTI };
    struct behind own = { 0 };

    follow_root(&own, w, c, of_cpu, &part);
    give(&w->xen, &own.pages, XEN);
    give(&w->xen, &own.tables, XEN);
    pieces_add(&w->xen, c->paging.root, c->paging.root + XENPT_PAGE_SIZE - 1, XEN);
}

static uint32_t is_demanded(uint32_t below, uint32_t above)
{
    (void)below;
    return above;
}

/* Memory that is not RAM stays nobody's. */
static uint32_t claims(uint32_t below, uint32_t above)
{
    if (above == DEMANDED)
        return below >= FIRST_DOMAIN && below != UINT32_MAX ? SEVERAL : XEN;
    if (below == UINT32_MAX || below == UNKNOWN || below == above)
        return above;
    return above == XEN ? XEN : SEVERAL;
}

/* Cuts away what is no RAM. */
static void keep_ram(struct pieces *p, const struct pieces *ram)
{
    struct pieces kept = { .no_memory = p->no_memory };
    size_t j = 0;

    for (size_t i = 0; i < p->nr; i++) {
        while (j && ram->list[j - 1].last >= p->list[i].first)
            j--;
        for (; j < ram->nr && ram->list[j].first <= p->list[i].last; j++) {
            uint64_t first = p->list[i].first, last = p->list[i].last;

            if (ram->list[j].last < first)
                continue;
            first = first > ram->list[j].first ? first : ram->list[j].first;
            last = last < ram->list[j].last ? last : ram->list[j].last;
            pieces_add(&kept, first, last, p->list[i].owner);
        }
    }
    pieces_free(p);
    *p = kept;
}

static void lay_all(struct owning *w)
{
    struct pieces all = { 0 };

    pieces_sort(&w->ram);
    pieces_sort(&w->xen);
    for (size_t i = 0; i < w->ram.nr; i++)
        pieces_add(&all, w->ram.list[i].first, w->ram.list[i].last, UNKNOWN);
    for (size_t i = FIRST_DOMAIN; i < w->o->nr_names; i++) {
        pieces_sort(&w->domains[i]);
        keep_ram(&w->domains[i], &w->ram);
        pieces_lay(&all, &w->domains[i], claims);
    }
    pieces_lay(&w->xen, &w->demanded, is_demanded);
    keep_ram(&w->xen, &w->ram);
    pieces_lay(&all, &w->xen, claims);
    all.no_memory |= w->ram.no_memory;
    pieces_free(&w->ram);
    w->ram = all;
}

static bool make(struct owning *w, const struct xenpt_root *root, size_t nr)
{
    for (size_t i = 0; i < nr; i++)
        if (!root[i].context.paging.format.second_stage)
            w->roots[w->nr_roots++] = root[i].context.paging.root;
    qsort(w->roots, w->nr_roots, sizeof(*w->roots), owners_by_address);
    for (size_t i = 0; i < nr; i++) {
        const struct xenpt_context *c = &root[i].context;

        if (root[i].stale)
            continue;
        if (is_kind(c, "idle"))
            of_idle(w, c);
        else if (is_kind(c, "xpti"))
            of_xpti(w, c);
        else
            of_root(w, c);
    }
    lay_all(w);
    w->o->pieces = w->ram.list;
    w->o->nr_pieces = w->ram.nr;
    return !w->ram.no_memory;
}

enum xenpt_code xenpt_image_owners(const struct xenpt_view *view, const struct xenpt_roots *roots,
                                   struct xenpt_owners **ret, struct xenpt_error *err)
{
    struct owning w = { .view = view, .layout = xenpt_roots_layout(roots) };
    const struct xenpt_root *root;
    size_t nr = xenpt_roots_list(roots, &root);
    bool ok = true;

    if (!w.layout)
        return xenpt_fail(err, XENPT_ESTATE, "no table says whose memory is: there is no Xen");
    w.o = calloc(1, sizeof(*w.o));
    w.domains = calloc(nr + FIRST_DOMAIN, sizeof(*w.domains));
    if (w.o)
        w.o->names = calloc(nr + FIRST_DOMAIN, sizeof(*w.o->names));
    w.roots = calloc(nr + 1, sizeof(*w.roots));
    ok = w.o && w.domains && w.roots && w.o->names;
    if (ok) {
        w.o->names[XEN] = "xen";
        w.o->names[UNKNOWN] = "unknown";
        w.o->names[SEVERAL] = "several";
        w.o->nr_names = FIRST_DOMAIN;
        ok = make(&w, root, nr);
    }
    for (size_t i = FIRST_DOMAIN; w.domains && i < nr + FIRST_DOMAIN; i++)
        pieces_free(&w.domains[i]);
    free(w.domains);
    free(w.roots);
    if (!ok) {
        xenpt_owners_free(w.o);
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for whose memory is");
    }
    *ret = w.o;
    return XENPT_OK;
}
