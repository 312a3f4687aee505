/*
 * links.c - which roots lead to which tables.
 *
 *      leads     each entry of each root that leads to a table, sorted by the table
 *      groups    one for each table: the roots that lead there, and from which slots
 *      tables    groups in slots next to each other, of the same roots; all that one root alone has
 *      sources   roots that have the same tables
 */
#include "draw/links.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct lead {
    uint64_t space, target; /* A guest's addresses are of a memory of its own. */
    size_t root;
    unsigned int slot;
};

struct group {
    const struct lead *leads;
    size_t nr, nr_roots;
};

struct work {
    struct links *l;
    struct lead *leads;
    struct group *groups;
    size_t nr_leads, nr_groups;
    bool *placed; /* By root. */
};

/* --- Leads --------------------------------------------------------------------------------- */

static int compare(uint64_t a, uint64_t b)
{
    return a < b ? -1 : a > b;
}

static int by_table(const void *x, const void *y)
{
    const struct lead *a = x, *b = y;
    int c = compare(a->space, b->space);

    c = c ? c : compare(a->target, b->target);
    c = c ? c : compare(a->root, b->root);
    return c ? c : compare(a->slot, b->slot);
}

static void collect(struct work *w)
{
    for (size_t r = 0; r < w->l->roots.nr; r++) {
        const struct seen_root *root = &w->l->roots.list[r];
        const struct xenpt_paging *pg = root->paging;
        unsigned int top = pg->format.top;

        for (unsigned int i = 0; i < root->slots; i++) {
            struct lead lead = { .root = r, .slot = i };
            uint64_t entry;

            if (!seen_entry(root, pg->root, i, &entry) ||
                xenpt_entry_role(pg, top, entry) != XENPT_TABLE)
                continue;
            lead.target = xenpt_entry_target(pg, top, entry);
            lead.space = root->guest ? root->context->second.root + 1 : 0;
            if (lead.target != pg->root)
                w->leads[w->nr_leads++] = lead;
        }
    }
    qsort(w->leads, w->nr_leads, sizeof(*w->leads), by_table);
}

static int by_slot(const void *x, const void *y)
{
    const struct group *a = x, *b = y;
    int c = compare(a->leads->slot, b->leads->slot);

    return c ? c : by_table(a->leads, b->leads);
}

static void group(struct work *w)
{
    for (size_t i = 0; i < w->nr_leads; i++) {
        struct group *g = w->nr_groups ? &w->groups[w->nr_groups - 1] : NULL;

        if (!g || g->leads->target != w->leads[i].target || g->leads->space != w->leads[i].space) {
            g = &w->groups[w->nr_groups++];
            *g = (struct group){ .leads = &w->leads[i] };
        }
        g->nr_roots += !g->nr || w->leads[i].root != w->leads[i - 1].root;
        g->nr++;
    }
    qsort(w->groups, w->nr_groups, sizeof(*w->groups), by_slot);
}

/* --- Sources ------------------------------------------------------------------------------- */

static bool leads_there(const struct group *g, size_t root)
{
    for (size_t i = 0; i < g->nr; i++)
        if (g->leads[i].root == root)
            return true;
    return false;
}

/* The slots of tables that a root alone leads to, as text. */
static unsigned int own_slots(const struct work *w, size_t root, char *buf, size_t size)
{
    unsigned int n = 0, last = 0, run = 0;
    size_t used = 0;

    buf[0] = '\0';
    for (size_t g = 0; g < w->nr_groups; g++) {
        const struct lead *lead = w->groups[g].leads;

        if (w->groups[g].nr_roots > 1 || lead->root != root)
            continue;
        if (n && lead->slot == last + 1 && used + 12 < size) {
            size_t to = run ? used : strlen(buf);

            used = to;
            snprintf(buf + to, size - to, "-%u", lead->slot);
            run = 1;
        } else if (strlen(buf) + 12 < size) {
            used = strlen(buf);
            snprintf(buf + used, size - used, "%s%u", n ? ", " : "", lead->slot);
            run = 0;
        } else if (buf[strlen(buf) - 1] != '.') {
            snprintf(buf + strlen(buf), size - strlen(buf), ", ...");
        }
        last = lead->slot;
        n++;
    }
    return n;
}

static bool same_tables(const struct work *w, size_t a, size_t b)
{
    char x[60], y[60];
    unsigned int of_a = own_slots(w, a, x, sizeof(x)), of_b = own_slots(w, b, y, sizeof(y));

    if (of_a != of_b || strcmp(x, y) != 0 ||
        w->l->roots.list[a].paging->id != w->l->roots.list[b].paging->id ||
        w->l->roots.list[a].second != w->l->roots.list[b].second)
        return false;
    for (size_t g = 0; g < w->nr_groups; g++)
        if (w->groups[g].nr_roots > 1 &&
            leads_there(&w->groups[g], a) != leads_there(&w->groups[g], b))
            return false;
    return true;
}

static size_t index_of(const struct links *l, const struct seen_root *root)
{
    return (size_t)(root - l->roots.list);
}

static void make_sources(struct work *w)
{
    struct links *l = w->l;
    bool fold = l->roots.nr > 12;

    for (size_t r = 0; r < l->roots.nr; r++) {
        size_t s = 0;

        while (fold && s < l->nr_sources && !same_tables(w, index_of(l, l->sources[s].root), r))
            s++;
        if (fold && s < l->nr_sources) {
            l->sources[s].nr++;
            continue;
        }
        w->placed[r] = l->nr_sources < LINK_SOURCES_MAX;
        if (w->placed[r])
            l->sources[l->nr_sources++] = (struct link_source){ &l->roots.list[r], 1 };
        else
            l->sources_left++;
    }
}

/* --- Tables -------------------------------------------------------------------------------- */

static uint32_t sources_of(const struct work *w, const struct group *g)
{
    uint32_t sources = 0;

    for (size_t s = 0; s < w->l->nr_sources; s++)
        if (leads_there(g, index_of(w->l, w->l->sources[s].root)))
            sources |= 1u << s;
    return sources;
}

static const char *area_at(const struct links *l, const struct seen_root *root, unsigned int slot)
{
    return root->second ? NULL : area_of(l->view, root->context, root_slot_first(root, slot));
}

static bool same_area(const char *a, const char *b)
{
    return a == b || (a && b && !strcmp(a, b));
}

/* Whether a group goes on where the last table ends. */
static bool continues(const struct links *l, const struct link_table *t, const struct link_table *g)
{
    return !t->own && !t->elsewhere && !g->elsewhere && g->first == t->last + 1 &&
           g->sources == t->sources && g->root == t->root &&
           same_area(area_at(l, t->root, t->last), area_at(l, t->root, g->first));
}

static void add_table(struct links *l, const struct link_table *t)
{
    struct link_table *last = l->nr_tables ? &l->tables[l->nr_tables - 1] : NULL;

    if (last && continues(l, last, t)) {
        last->last = t->last;
        last->nr++;
    } else if (l->nr_tables < LINK_TABLES_MAX) {
        l->tables[l->nr_tables++] = *t;
    } else {
        l->tables_left++;
    }
}

static void shared_tables(struct work *w)
{
    for (size_t i = 0; i < w->nr_groups; i++) {
        const struct group *g = &w->groups[i];
        struct link_table t = { .root = &w->l->roots.list[g->leads->root],
                                .first = g->leads->slot,
                                .last = g->leads->slot,
                                .target = g->leads->target,
                                .sources = sources_of(w, g),
                                .nr = 1 };

        for (size_t k = 1; k < g->nr && !t.elsewhere; k++) {
            t.elsewhere = g->leads[k].slot != t.first;
            t.other = g->leads[k].slot;
        }
        if (g->nr_roots > 1 && t.sources)
            add_table(w->l, &t);
    }
}

static void own_tables(struct work *w)
{
    for (size_t s = 0; s < w->l->nr_sources; s++) {
        struct link_table t = { .root = w->l->sources[s].root, .own = true, .sources = 1u << s };

        t.nr = own_slots(w, index_of(w->l, t.root), t.slots, sizeof(t.slots));
        if (t.nr)
            add_table(w->l, &t);
    }
}

static enum xenpt_code measure(struct links *l, struct xenpt_error *err)
{
    enum xenpt_code code = XENPT_OK;

    for (size_t i = 0; !code && i < l->nr_tables; i++) {
        struct link_table *t = &l->tables[i];
        const struct xenpt_format *f = &t->root->paging->format;

        if (!t->own)
            code = extent_measure(l->view, t->root, root_slot_first(t->root, t->first),
                                  root_slot_first(t->root, t->last) |
                                      (XENPT_BIT(f->level[f->top].shift) - 1),
                                  &t->extent, err);
    }
    return code;
}

enum xenpt_code links_make(struct links *ret, const struct xenpt_view *view,
                           const struct xenpt_draw_options *opt, struct xenpt_error *err)
{
    struct work w = { .l = ret };
    enum xenpt_code code;
    size_t slots = 0;

    *ret = (struct links){ .view = view };
    code = roots_see(&ret->roots, view, opt, err);
    if (code)
        return code;
    for (size_t r = 0; r < ret->roots.nr; r++)
        slots += ret->roots.list[r].slots;
    w.leads = calloc(slots + 1, sizeof(*w.leads));
    w.groups = calloc(slots + 1, sizeof(*w.groups));
    w.placed = calloc(ret->roots.nr + 1, sizeof(*w.placed));
    if (!w.leads || !w.groups || !w.placed) {
        code = xenpt_fail(err, XENPT_ENOMEM, "no memory for the tables of %zu roots",
                          ret->roots.nr);
    } else {
        collect(&w);
        group(&w);
        make_sources(&w);
        shared_tables(&w);
        own_tables(&w);
        code = measure(ret, err);
    }
    free(w.leads);
    free(w.groups);
    free(w.placed);
    return code;
}

void links_free(struct links *l)
{
    roots_forget(&l->roots);
}

bool link_has(const struct links *l, size_t table, size_t source)
{
    return l->tables[table].sources >> source & 1;
}

/* --- In words ------------------------------------------------------------------------------ */

const char *link_name(const struct links *l, const struct link_table *t, char buf[LINK_TEXT_MAX])
{
    char areas[EXTENT_TEXT_MAX], slots[40];
    const char *area = extent_areas(&t->extent, areas);

    if (t->own) {
        snprintf(buf, LINK_TEXT_MAX, "%s of its own, slot%s %s", t->nr == 1 ? "a table" : "tables",
                 t->nr == 1 ? "" : "s", t->slots);
        return buf;
    }
    if (!*area)
        area = area_at(l, t->root, t->first);
    if (t->first != t->last)
        snprintf(slots, sizeof(slots), "slots %u-%u", t->first, t->last);
    else if (t->elsewhere)
        snprintf(slots, sizeof(slots), "slots %u, %u", t->first, t->other);
    else
        snprintf(slots, sizeof(slots), "slot %u", t->first);
    snprintf(buf, LINK_TEXT_MAX, "%s%s%s", slots, area && *area ? ": " : "", area ? area : "");
    return buf;
}

const char *link_text(const struct links *l, const struct link_table *t, char buf[LINK_TEXT_MAX])
{
    unsigned int below = t->root->paging->format.top - 1u;
    char extent[EXTENT_TEXT_MAX];

    (void)l;
    if (t->own)
        snprintf(buf, LINK_TEXT_MAX, "%u L%u", t->nr, below);
    else if (t->nr > 1)
        snprintf(buf, LINK_TEXT_MAX, "%u L%u, first 0x%" PRIx64 ", %s", t->nr, below,
                 t->target >> XENPT_PAGE_SHIFT, extent_text(&t->extent, extent));
    else
        snprintf(buf, LINK_TEXT_MAX, "L%u 0x%" PRIx64 ", %s", below, t->target >> XENPT_PAGE_SHIFT,
                 extent_text(&t->extent, extent));
    return buf;
}
