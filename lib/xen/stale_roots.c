/*
 * stale_roots.c - pages that were a root, and still look like one.
 *
 * Nobody wipes a table when it is freed.  Two things tell: no frame that a PV guest can write
 * to is a table of its own, which is the first rule of Xen's page types; and a domain has no
 * more monitor tables than vCPUs.
 */
#include <inttypes.h>

#include "arch/table_set.h"
#include "base/bits.h"
#include "base/search.h"
#include "xen/found.h"

#define PV64     (1u << XENPT_ROOT_PV64_KERNEL | 1u << XENPT_ROOT_PV64_USER)
#define MONITORS (1u << XENPT_ROOT_HAP | 1u << XENPT_ROOT_SHADOW)

static bool is_one(const struct found_table *t, unsigned int kinds)
{
    return t->kinds && !t->shadows && !(t->kinds & ~kinds);
}

/* Whether a domain of this table was dealt with already: `t` is not the first of it. */
static bool met_before(const struct found *f, const struct found_table *t, unsigned int kinds)
{
    for (const struct found_table *u = f->table; u < t; u++)
        if (is_one(u, kinds) && t->domain == u->domain)
            return true;
    return false;
}

/* --- L4s that their guest can write to ------------------------------------------------------ */

struct writable {
    struct found *f;
    const struct xenpt_paging *pg;
    const struct found_table *of; /* A table of the domain. */
};

/* The first table that lies at or after this address; tables are in this order. */
static size_t first_from(const struct found *f, uint64_t at)
{
    size_t low = 0, high = f->nr;

    SEARCH(low, high, i, f->table[i].at < at);
    return low;
}

static bool mark_written(void *ctx, const struct xenpt_range ranges[], size_t n)
{
    struct writable *w = ctx;

    for (size_t i = 0; i < n; i++) {
        const struct xenpt_range *r = &ranges[i];

        if (r->kind != XENPT_RANGE_PAGES || !(xenpt_rights(w->pg, r->granted) & 1u << XENPT_W))
            continue;
        for (size_t k = first_from(w->f, r->out); k < w->f->nr; k++) {
            struct found_table *t = &w->f->table[k];

            if (t->at - r->out > r->last - r->first)
                break;
            if (t->stale || t->runs || !is_one(t, PV64) || t->domain != w->of->domain)
                continue;
            t->stale = true;
            found_say(t, "stale: its guest maps it writable, at 0x%" PRIx64,
                      r->first + (t->at - r->out));
        }
    }
    return true;
}

/* All that one table maps in slots of the guest's, but for tables of others met before. */
static enum xenpt_code look_for_writable(struct found *f, const struct found_table *t,
                                         struct table_set *met, struct xenpt_error *err)
{
    struct xenpt_scan_options opt = { .merge = true, .any_order = true };
    struct xenpt_paging pg = f->paging;
    struct writable w = { f, &pg, t };
    enum xenpt_code code = XENPT_OK;

    pg.root = t->at;
    for (unsigned int s = 0; !code && s < XENPT_ROOT_SLOTS; s++) {
        uint64_t lead = slot_lead(t, s);
        const struct table_slot *before;

        if (!lead || lead & ENTRY_PS || (lead & ENTRY_ADDRESS) == t->at ||
            !xenpt_layout_slot(f->layout, XENPT_ROOT_PV64_KERNEL, 0, s).guest)
            continue;
        if (!table_set_enter(met, lead & ENTRY_ADDRESS, f->layout->levels - 1, 0, &before))
            return xenpt_fail(err, XENPT_ENOMEM, "no memory for a set of tables");
        opt.first = xenpt_layout_slot_first(f->layout, s);
        opt.last = opt.first + (XENPT_BIT(pg.format.level[pg.format.top].shift) - 1);
        if (!before)
            code = xenpt_scan(&pg, f->view->mem, &opt, mark_written, &w, NULL, err);
    }
    return code;
}

/* Tables of one domain share most of their own, and what a table leads to is looked at once. */
static enum xenpt_code writable_roots(struct found *f, struct xenpt_error *err)
{
    enum xenpt_code code = XENPT_OK;
    struct table_set met;

    for (size_t i = 0; !code && i < f->nr; i++) {
        const struct found_table *of = &f->table[i];

        if (!is_one(of, PV64) || met_before(f, of, PV64))
            continue;
        if (!table_set_init(&met))
            return xenpt_fail(err, XENPT_ENOMEM, "no memory for a set of tables");
        for (size_t k = i; !code && k < f->nr; k++)
            if (is_one(&f->table[k], PV64) && of->domain == f->table[k].domain)
                code = look_for_writable(f, &f->table[k], &met, err);
        table_set_fini(&met);
    }
    return code;
}

/* --- More monitor tables than vCPUs --------------------------------------------------------- */

/* The area that each vCPU of such a domain has a piece of. */
static const struct xenpt_area *piece_of_vcpu(const struct found *f, unsigned int kinds)
{
    for (size_t i = 0; i < f->layout->nr_areas; i++) {
        const struct xenpt_area *a = &f->layout->areas[i];

        if (a->repeat.each == XENPT_EACH_VCPU && a->kinds & kinds &&
            xenpt_layout_slot_of(f->layout, a->first) == f->slots.domain)
            return a;
    }
    return NULL;
}

/* vCPUs that the domain of this table has a piece of the area for; they are numbered from 0. */
static uint64_t nr_vcpus(const struct found *f, const struct found_table *t,
                         const struct xenpt_area *area)
{
    struct xenpt_paging pg = f->paging;
    uint64_t n = 0, most = xenpt_area_pieces(area);
    struct xenpt_walk walk;

    pg.root = t->at;
    while (n < most &&
           xenpt_walk(&pg, f->view->mem, xenpt_area_piece(area, n), &walk) == XENPT_MAPPED)
        n++;
    return n;
}

static void too_many(struct found_table *t, uint64_t vcpus, uint64_t tables, uint64_t running)
{
    if (t->runs)
        return;
    if (running >= vcpus) {
        t->stale = true;
        found_say(t, "stale: CPUs run on those of all vCPUs of its domain");
        return;
    }
    t->confidence = XENPT_POSSIBLE;
    found_say(t, "its domain has %" PRIu64 " of these for %" PRIu64 " vCPUs: it may be stale",
              tables, vcpus);
}

static void spare_monitors(struct found *f, const struct found_table *of)
{
    const struct xenpt_area *area = piece_of_vcpu(f, MONITORS);
    uint64_t tables = 0, running = 0, vcpus;

    for (size_t k = 0; k < f->nr; k++)
        if (is_one(&f->table[k], MONITORS) && of->domain == f->table[k].domain) {
            tables++;
            running += f->table[k].runs;
        }
    vcpus = area ? nr_vcpus(f, of, area) : 0;
    if (!vcpus || tables <= vcpus)
        return;
    for (size_t k = 0; k < f->nr; k++)
        if (is_one(&f->table[k], MONITORS) && of->domain == f->table[k].domain)
            too_many(&f->table[k], vcpus, tables, running);
}

enum xenpt_code stale_roots(struct found *f, struct xenpt_error *err)
{
    for (size_t i = 0; i < f->nr; i++)
        if (is_one(&f->table[i], MONITORS) && !met_before(f, &f->table[i], MONITORS))
            spare_monitors(f, &f->table[i]);
    return writable_roots(f, err);
}
