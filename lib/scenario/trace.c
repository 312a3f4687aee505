/*
 * trace.c - what a step changes in memory, word by word, and in whose tables.
 *
 * Memory before the step is kept by the store; what is named are the frames that differ, by
 * following the tables of all contexts until each of them was met.
 */
#include "scenario/trace.h"

#include <stdlib.h>
#include <string.h>

#include "scenario/trace_words.h"
#include "xen/internal.h"

struct tracing {
    struct world *w;
    const struct xenpt_reader *before;
    struct xenpt_run_change *list; /* Outside of the results until their number is known. */
    size_t nr, max;
    bool poke, no_memory;
};

/* --- What differs -------------------------------------------------------------------------- */

static void note(struct tracing *t, uint64_t at, uint64_t before, uint64_t after)
{
    if (t->nr == t->max) {
        size_t max = t->max ? 2 * t->max : 64;
        struct xenpt_run_change *list = realloc(t->list, max * sizeof(*list));

        if (!list) {
            t->no_memory = true;
            return;
        }
        t->list = list;
        t->max = max;
    }
    t->list[t->nr++] = (struct xenpt_run_change){
        .at = at,
        .before = before,
        .after = after,
        .slot = (unsigned int)(at % XENPT_PAGE_SIZE / 8),
        .poke = t->poke,
    };
}

static bool compare_page(void *ctx, xenpt_mfn_t mfn, const void *page)
{
    uint64_t was[XENPT_PAGE_SIZE / 8], is[XENPT_PAGE_SIZE / 8];
    struct tracing *t = ctx;
    uint64_t at = xenpt_mfn_to_maddr(mfn);

    if (!xenpt_read(t->before, at, was, sizeof(was)))
        memset(was, 0, sizeof(was));
    memcpy(is, page, sizeof(is));
    if (!memcmp(was, is, sizeof(is)))
        return true;
    for (unsigned int i = 0; i < ENTRIES && !t->no_memory; i++)
        if (was[i] != is[i])
            note(t, at + 8 * i, was[i], is[i]);
    return !t->no_memory;
}

/* --- In whose tables ----------------------------------------------------------------------- */

/* Tables on the way to one, root first. */
struct naming {
    struct tracing *t;
    const struct xenpt_context *c;
    const struct xenpt_paging *pg;
    uint64_t path[XENPT_TOP_MAX];
    unsigned int depth;
};

/* Why an entry of a root is as it is. */
static const char *why(const struct naming *n, const struct xenpt_run_change *c)
{
    const struct xenpt_explainer *x = n->t->w->view->explainer;
    struct xenpt_entry_explanation ret = { .area = NULL };
    unsigned int shift = n->pg->format.level[c->level].shift;
    uint64_t in = (uint64_t)c->slot << shift;
    struct xenpt_entry_question q = {
        .context = n->c, .level = c->level, .at = c->at, .entry = c->after
    };

    q.in = n->pg->format.sign_extended && c->slot >= ENTRIES / 2 ? in | ~ones(shift + 9) : in;
    return x && x->entry && x->entry(x, &q, &ret) && ret.rule ? ret.rule->text : NULL;
}

static void name_table(struct naming *n, uint64_t table, unsigned int level)
{
    for (size_t i = 0; i < n->t->nr; i++) {
        struct xenpt_run_change *c = &n->t->list[i];
        char flags[XENPT_FLAGS_MAX];

        if (c->table || (c->at & ~(uint64_t)(XENPT_PAGE_SIZE - 1)) != table)
            continue;
        c->level = (uint8_t)level;
        c->table = world_text(n->t->w, "L%u of %s", level, n->c->name);
        c->flags = world_text(n->t->w, "%s",
                              xenpt_entry_words(&n->pg->format, level, c->after, true, flags));
        c->why = level == n->pg->format.top && c->after ? why(n, c) : NULL;
    }
}

static bool all_named(const struct tracing *t)
{
    for (size_t i = 0; i < t->nr; i++)
        if (!t->list[i].table)
            return false;
    return true;
}

static void name_below(struct naming *n, uint64_t table, unsigned int level)
{
    uint8_t copy[XENPT_PAGE_SIZE] __attribute__((aligned(8)));
    const uint8_t *page;

    for (unsigned int i = 0; i < n->depth; i++)
        if (n->path[i] == table)
            return; /* A linear page table: it has its name already. */
    name_table(n, table, level);
    page = level > 1 ? xenpt_read_page(n->t->w->view->mem, table, copy) : NULL;
    if (!page || n->pg->format.entry_size != 8)
        return;
    n->path[n->depth++] = table;
    for (unsigned int i = 0; i < 1u << n->pg->format.level[level].bits; i++) {
        uint64_t entry;

        memcpy(&entry, page + 8 * i, sizeof(entry));
        if (xenpt_entry_role(n->pg, level, entry) == XENPT_TABLE)
            name_below(n, xenpt_entry_target(n->pg, level, entry), level - 1);
    }
    n->depth--;
}

static bool is_of_cpu(const struct xenpt_context *c)
{
    return !c->domain[0] || !strncmp(c->name, "cpu", 3);
}

/* Roots have the name of the first that has them: under XPTI a guest's kernel is on its CPU's.
 * What is below is a vCPU's, if it is one's, and only then a CPU's that happens to run it. */
static void name_all(struct tracing *t)
{
    const struct xenpt_view *view = world_view(t->w);
    size_t nr = view ? view->nr_contexts : 0;

    for (size_t i = 0; i < 3 * nr && !all_named(t); i++) {
        const struct xenpt_context *c = &view->contexts[i % nr];
        struct naming n = { .t = t, .c = c, .pg = &c->paging };
        uint64_t root = n.pg->root & ~(uint64_t)(XENPT_PAGE_SIZE - 1);

        /* A guest's own tables are where its second stage has them. */
        if (!n.pg->format.top || c->has_second)
            continue;
        if (i < nr)
            name_table(&n, root, n.pg->format.top);
        else if (is_of_cpu(c) == (i >= 2 * nr))
            name_below(&n, root, n.pg->format.top);
    }
}

/* --- A step -------------------------------------------------------------------------------- */

struct xenpt_snapshot *trace_begin(struct world *w)
{
    struct xenpt_snapshot *snap = NULL;

    return xenpt_snapshot_take(w->machine->store, &snap, &w->problem) ? NULL : snap;
}

bool trace_end(struct world *w, struct xenpt_snapshot *before, bool poke,
               struct xenpt_run_step *ret)
{
    struct tracing t = { .w = w, .before = xenpt_snapshot_reader(before), .poke = poke };
    struct frame_names names = { .nr = 0 };
    struct xenpt_run_change *list;
    enum xenpt_code code = xenpt_store_each(w->machine->store, compare_page, &t, &w->problem);
    bool ok = !t.no_memory && (!code || code == XENPT_ESTOPPED);

    if (ok && t.nr) {
        name_all(&t);
        ok = frame_names_list(w, &names);
    }
    for (size_t i = 0; ok && i < t.nr; i++)
        trace_words(w, &names, &t.list[i]);
    list = ok ? doc_alloc(w->out, (t.nr + 1) * sizeof(*list)) : NULL;
    if (list && t.nr)
        memcpy(list, t.list, t.nr * sizeof(*list));
    ret->changes = list;
    ret->nr_changes = list ? t.nr : 0;
    free(t.list);
    xenpt_snapshot_drop(before);
    return list;
}
