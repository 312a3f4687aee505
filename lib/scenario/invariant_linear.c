/*
 * invariant_linear.c - linear page tables: an entry of a PV guest's table that leads to a table of
 * the same level; mm.c, get_l4_linear_pagetable and those of other levels.
 *
 * The level of a table is the highest at which some context reaches it: through a linear entry
 * everything is reached one level lower once more.  Of one that linear entries alone lead to, Xen
 * knows what it is.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/frame_map.h"
#include "scenario/invariant.h"
#include "xen/frames.h"
#include "xen/owner.h"

struct looking {
    struct holding *h;
    const struct context_of *of;
    uint64_t root;
    struct frame_half own, *seen; /* Tables, by level. */
    struct machine_tables tables;
};

/* Whose a table is; NULL: Xen's.  An XPTI root has what the guest's own L4 has. */
static const struct domain *owner_of(const struct looking *l, uint64_t table)
{
    const struct xenpt_machine *m = l->h->w->machine;
    uint32_t domain;

    if (frame_owner(m, table >> XENPT_PAGE_SHIFT, &domain) == OWNER_DOMAIN)
        return &m->domains[domain];
    return l->of->kind == XENPT_ROOT_XPTI && table == l->root ? l->of->domain : NULL;
}

/* As it is reached; or, if nothing but linear entries lead to it, as Xen counts it. */
static unsigned int level_of(const struct looking *l, uint64_t table)
{
    unsigned int level = machine_tables_level(&l->tables, table >> XENPT_PAGE_SHIFT);
    const struct frame_info *info = frames_find(l->h->w->machine->frames,
                                                table >> XENPT_PAGE_SHIFT);

    if (info && info->type_count && info->type <= FRAME_L4 && info->type > level)
        return info->type;
    return level;
}

static bool is_xens_slot(const struct looking *l, uint64_t table, unsigned int level,
                         unsigned int slot)
{
    const struct xenpt_paging *pg = &l->h->c->paging;
    /* A guest's L4 under shadows is none of the root's kind. */
    enum xenpt_root_kind kind = table == pg->root && table == l->root ? l->of->kind
                                                                      : XENPT_ROOT_PV64_KERNEL;

    return level == pg->format.top &&
           !xenpt_layout_slot(l->h->w->machine->layout, kind, l->of->when, slot).guest;
}

/* The tables that entries lead to that are of this level at least, and not the table itself. */
static uint64_t leads_on(const struct looking *l, uint64_t table, unsigned int level)
{
    const struct xenpt_paging *pg = &l->h->c->paging;

    for (unsigned int i = 0; i < ENTRIES; i++) {
        uint64_t entry = entry_read(l->h->w->machine, table, i);
        uint64_t to = xenpt_entry_target(pg, level, entry);

        if (xenpt_entry_role(pg, level, entry) == XENPT_TABLE && to != table &&
            !is_xens_slot(l, table, level, i) && level_of(l, to) >= level)
            return to;
    }
    return NO_TABLE;
}

/* Of an entry that leads to a table of its own level, or a higher one. */
static const char *refused(const struct looking *l, const struct domain *d, uint64_t table,
                           unsigned int level, uint64_t entry)
{
    const struct xenpt_machine *m = l->h->w->machine;
    uint64_t to = xenpt_entry_target(&l->h->c->paging, level, entry);
    const struct domain *other = owner_of(l, to);
    bool copied = table == l->h->c->paging.root && l->of->kind == XENPT_ROOT_XPTI;

    if (copied) /* The guest's L4 it is that says so. */
        table = m->cpus[l->of->cpu].copied;
    if (level_of(l, to) != level)
        return "a table of a higher level";
    if (other != d)
        return "a table of another domain";
    if (m->options.linear_pt == SET_OFF && machine_since(m, 4, 10))
        return "a table of its own level, and pv-linear-pt=no";
    if (d->desc->type == XENPT_DOMAIN_PV32 && level == 3)
        return "an L3, which a 32-bit guest may not have";
    if (entry & ENTRY_RW)
        return "a table of its own level, and can be written through";
    if (to != table && leads_on(l, to, level) != NO_TABLE)
        return "a table which leads to one more of that level";
    return NULL;
}

/* One of the guest's tables, at its own level. */
static bool look_at(struct looking *l, uint64_t table, const uint64_t entries[ENTRIES],
                    unsigned int level, uint64_t in)
{
    const struct xenpt_paging *pg = &l->h->c->paging;
    const struct domain *d = owner_of(l, table);

    for (unsigned int i = 0; d && is_pv(d) && i < ENTRIES; i++) {
        uint64_t entry = entries[i], to;
        const char *why;

        if (!(entry & ENTRY_P) || xenpt_entry_role(pg, level, entry) != XENPT_TABLE)
            continue;
        to = xenpt_entry_target(pg, level, entry);
        if (level_of(l, to) < level || is_xens_slot(l, table, level, i))
            continue;
        why = refused(l, d, table, level, entry);
        if (why)
            return invariant_wrong(l->h, invariant_address(pg, level, in, i),
                                   world_text(l->h->w,
                                              "slot %u of an L%u of %s, mfn 0x%" PRIx64
                                              ", leads to mfn 0x%" PRIx64 ": %s",
                                              i, level, d->name, table >> XENPT_PAGE_SHIFT,
                                              to >> XENPT_PAGE_SHIFT, why));
    }
    return true;
}

static bool go_down(struct looking *l, uint64_t table, unsigned int level, uint64_t in)
{
    const struct xenpt_paging *pg = &l->h->c->paging;
    uint64_t entries[ENTRIES];
    bool fresh = false;

    if (level < 2)
        return true;
    if (!frame_set_add(l->seen, table | level, &fresh)) {
        l->h->lost = true;
        return false;
    }
    /* A root is another one in each context. */
    if ((!fresh && level < pg->format.top) ||
        !xenpt_read(l->h->w->view->mem, table, entries, sizeof(entries)))
        return true;
    if (level_of(l, table) == level && !look_at(l, table, entries, level, in))
        return false;
    for (unsigned int i = 0; i < ENTRIES; i++) {
        uint64_t entry = entries[i];

        if (entry & ENTRY_P && xenpt_entry_role(pg, level, entry) == XENPT_TABLE &&
            !go_down(l, xenpt_entry_target(pg, level, entry), level - 1,
                     invariant_address(pg, level, in, i)))
            return false;
    }
    return true;
}

bool invariant_linear(struct holding *h)
{
    struct looking l = { .h = h, .of = invariant_context(h), .root = invariant_guest_root(h) };

    if (!l.of || h->c->has_second)
        return true;
    if (!machine_tables_find(h->w, &l.tables)) {
        h->lost = true;
        return false;
    }
    l.seen = invariant_seen(h, LOOKED_LINEAR, &l.own);
    go_down(&l, l.root, h->c->paging.format.top, 0);
    machine_tables_fini(&l.tables);
    free(l.own.slot);
    return !h->lost;
}
