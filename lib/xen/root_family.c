/*
 * root_family.c - which candidates are roots of one Xen: they lead to one image and one directmap,
 * and one of them, the idle table, lies in that image.
 */
#include <stdlib.h>

#include "xen/found.h"

static bool runs_on(const struct xenpt_view *view, uint64_t table)
{
    for (size_t i = 0; i < view->nr_contexts; i++) {
        const struct xenpt_context *c = &view->contexts[i];

        if (c->has_cpu && !c->has_second && c->paging.root == table)
            return true;
    }
    return false;
}

bool found_load(const struct found *f, struct found_table *t, uint64_t at)
{
    *t = (struct found_table){ .at = at, .runs = runs_on(f->view, at) };
    return xenpt_read(f->view->mem, at, t->entry, sizeof(t->entry));
}

bool found_of_family(const struct found *f, const struct found_table *t)
{
    return f->image && slot_lead(t, f->slots.image) == f->image &&
           slot_lead(t, f->slots.ram) == f->ram;
}

static int by_address(const void *a, const void *b)
{
    const struct found_table *x = a, *y = b;

    return (x->at > y->at) - (x->at < y->at);
}

/* The order in which others look for a table. */
void found_in_order(struct found *f)
{
    qsort(f->table, f->nr, sizeof(*f->table), by_address);
    f->idle = NULL;
    for (size_t i = 0; i < f->nr; i++)
        if (f->table[i].in_image)
            f->idle = &f->table[i];
}

static bool leads_back(const struct found *f, const struct found_table *t)
{
    uint64_t self = t->at | ENTRY_P;

    return slot_lead(t, f->slots.linear) == self || slot_lead(t, f->slots.shadow) == self;
}

/* Most roots lead to one image and one directmap. */
void family_choose(struct found *f)
{
    size_t best = 0;

    f->image = f->ram = 0;
    for (size_t i = 0; i < f->nr; i++) {
        const struct found_table *t = &f->table[i];
        uint64_t image = slot_lead(t, f->slots.image), ram = slot_lead(t, f->slots.ram);
        size_t n = 0;

        if (!leads_back(f, t) || !image || !ram || (image | ram) & ENTRY_PS ||
            (image == f->image && ram == f->ram))
            continue;
        for (size_t k = 0; k < f->nr; k++)
            n += leads_back(f, &f->table[k]) && slot_lead(&f->table[k], f->slots.image) == image &&
                 slot_lead(&f->table[k], f->slots.ram) == ram;
        if (n > best) {
            best = n;
            f->image = image;
            f->ram = ram;
        }
    }
}

static bool mark_in_image(void *ctx, const struct xenpt_range ranges[], size_t n)
{
    struct found *f = ctx;

    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; ranges[i].kind == XENPT_RANGE_PAGES && k < f->nr; k++) {
            struct found_table *t = &f->table[k];

            if (t->at - ranges[i].out <= ranges[i].last - ranges[i].first && found_of_family(f, t))
                t->in_image = true;
        }
    return true;
}

/* How much a table in the image looks like the idle one: no domain's, and with nothing of a user's
 * but the M2P. */
static unsigned int idle_look(const struct found *f, const struct found_table *t)
{
    unsigned int look = slot_lead(t, f->slots.domain) ? 0 : 2;

    for (unsigned int s = 0; s < XENPT_ROOT_SLOTS; s++)
        if (s != f->slots.m2p && t->entry[s] & ENTRY_P && t->entry[s] & ENTRY_US)
            return look;
    return look + 1;
}

/*
 * Of tables in the image, one is the idle table.  Up to 4.6 the pages that map the image also map
 * what it gave back after boot, where any other can lie.
 */
static void choose_idle(struct found *f)
{
    struct found_table *best = NULL;

    for (size_t i = 0; i < f->nr; i++) {
        struct found_table *t = &f->table[i];

        if (t->in_image && (!best || idle_look(f, t) > idle_look(f, best)))
            best = t;
        t->in_image = false;
    }
    if (best)
        best->in_image = true;
    f->idle = best;
}

/* The idle table is part of the image, which every root maps. */
enum xenpt_code family_find_idle(struct found *f, struct xenpt_error *err)
{
    const struct xenpt_area *area = xenpt_layout_filled(f->layout, XENPT_FILL_IMAGE);
    struct xenpt_scan_options opt = { .merge = true };
    struct xenpt_paging pg = f->paging;
    const struct found_table *of = NULL;
    enum xenpt_code code = XENPT_OK;

    for (size_t i = 0; i < f->nr; i++) {
        f->table[i].in_image = false;
        if (!of && found_of_family(f, &f->table[i]))
            of = &f->table[i];
    }
    f->idle = NULL;
    if (area && of) {
        opt.first = area->first;
        opt.last = area->last;
        pg.root = of->at;
        code = xenpt_scan(&pg, f->view->mem, &opt, mark_in_image, f, NULL, err);
    }
    choose_idle(f);
    return code;
}

void family_choose_m2p(struct found *f)
{
    f->m2p = f->idle ? slot_lead(f->idle, f->slots.m2p) : 0;
    for (size_t i = 0; !f->m2p && i < f->nr; i++)
        if (found_of_family(f, &f->table[i]))
            f->m2p = slot_lead(&f->table[i], f->slots.m2p);
}

/* An XPTI root has the M2P of the others, and an image of its own. */
static bool is_root(const struct found *f, const struct found_table *t)
{
    if (leads_back(f, t))
        return found_of_family(f, t);
    return f->m2p && slot_lead(t, f->slots.m2p) == f->m2p &&
           slot_lead(t, f->slots.image) != f->image;
}

/* Leaves out what is no root of this Xen. */
void family_keep(struct found *f)
{
    size_t kept = 0;

    family_choose_m2p(f);
    for (size_t i = 0; i < f->nr; i++) {
        if (!is_root(f, &f->table[i]))
            continue;
        f->table[kept] = f->table[i];
        f->table[kept].domain = slot_lead(&f->table[i], f->slots.domain);
        kept++;
    }
    f->nr = kept;
    found_in_order(f);
}
