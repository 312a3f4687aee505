/* machine_tables.c - which frames of a machine are page tables. */
#include "scenario/machine_tables.h"

#include <stdlib.h>
#include <string.h>

#include "analysis/frame_map.h"
#include "base/search.h"
#include "xen/internal.h"

struct collecting {
    const struct xenpt_reader *mem;
    const struct xenpt_paging *pg;
    struct frame_half seen; /* Table and level: tables that lead back to themselves end. */
    bool no_memory;
};

/* Bits of an address of a table that are free for its level. */
#define LEVEL 7u

static void collect(struct collecting *c, uint64_t table, unsigned int level)
{
    const struct xenpt_paging *pg = c->pg;
    unsigned int n = 1u << pg->format.level[level].bits;
    size_t size = pg->format.entry_size;
    uint8_t entries[XENPT_PAGE_SIZE];
    bool fresh;

    if (!frame_set_add(&c->seen, table | level, &fresh)) {
        c->no_memory = true;
        return;
    }
    if (!fresh || n * size > sizeof(entries) || !xenpt_read(c->mem, table, entries, n * size))
        return;
    for (unsigned int i = 0; level > 1 && !c->no_memory && i < n; i++) {
        uint64_t entry = 0;

        memcpy(&entry, entries + i * size, size);
        if (xenpt_entry_role(pg, level, entry) == XENPT_TABLE)
            collect(c, xenpt_entry_target(pg, level, entry), level - 1);
    }
}

static int by_number(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

/* What was seen, in order: of a frame the highest level comes last. */
static bool take(const struct frame_half *seen, struct machine_tables *ret)
{
    uint64_t *key = malloc((seen->nr + 1) * sizeof(*key));
    size_t n = 0;

    ret->frame = malloc((seen->nr + 1) * sizeof(*ret->frame));
    ret->level = malloc(seen->nr + 1);
    if (!key || !ret->frame || !ret->level) {
        free(key);
        machine_tables_fini(ret);
        return false;
    }
    for (size_t i = 0; seen->slot && i < (size_t)1 << seen->order; i++)
        if (seen->slot[2 * i])
            key[n++] = seen->slot[2 * i];
    qsort(key, n, sizeof(*key), by_number);
    for (size_t i = 0; i < n; i++) {
        uint64_t frame = (key[i] & XENPT_BITS(51, 12)) >> XENPT_PAGE_SHIFT;

        if (!ret->nr || ret->frame[ret->nr - 1] != frame)
            ret->frame[ret->nr++] = frame;
        ret->level[ret->nr - 1] = key[i] & LEVEL;
    }
    free(key);
    return true;
}

/* What a PV guest's kernel has made itself, while the processor walks shadows of it. */
static void collect_shadowed(struct collecting *c, const struct xenpt_machine *m,
                             const struct xenpt_paging *host)
{
    c->pg = host;
    for (size_t i = 0; i < m->nr_domains; i++)
        for (uint32_t v = 0; v < m->domains[i].nr_vcpus; v++)
            for (unsigned int user = 0; user < 2; user++)
                if (is_pv(&m->domains[i]) && m->domains[i].shadows && !c->no_memory)
                    collect(c, pv_guest_root(&m->domains[i], &m->domains[i].vcpus[v], user),
                            host->format.top);
}

/* A device's tables as Xen has made them, wherever its IOMMU takes them for. */
static void collect_quarantine(struct collecting *c, const struct quarantine *q)
{
    bool fresh;

    for (unsigned int level = 1; q->mode && level <= q->levels; level++)
        if (!frame_set_add(&c->seen, q->table[level] | level, &fresh))
            c->no_memory = true;
}

/*
 * An XPTI root that no guest executes on has what was its guest's on the last way out of Xen, and
 * gets it anew before a CPU is on it again: what it leads to there is in use by nobody.
 */
static bool is_old(const struct xenpt_machine *m, uint64_t root)
{
    struct xenpt_cpu_state s;

    for (uint32_t i = 0; i < m->nr_cpus; i++)
        if (m->cpus[i].root == root)
            return xenpt_machine_cpu(m, i, &s) &&
                   (s.idle || s.mode == XENPT_RUN_XEN || !m->domains[s.domain].xpti);
    return false;
}

/* Slots of such a root that are Xen's. */
#define XEN_SLOT_FIRST 256u
#define XEN_SLOT_LAST  271u

/* Slots that are written on the way to a guest: as old as the guest's own. */
static unsigned int old_slot(const struct xenpt_machine *m, enum xenpt_fill fill)
{
    const struct xenpt_area *area = xenpt_layout_filled(m->layout, fill);

    return area ? xenpt_layout_slot_of(m->layout, area->first) : 0;
}

static void collect_old(struct collecting *c, const struct xenpt_machine *m, uint64_t root)
{
    unsigned int shadow = old_slot(m, XENPT_FILL_SHADOW), domain = old_slot(m, XENPT_FILL_DOMAIN);
    bool fresh;

    if (!frame_set_add(&c->seen, root | 4, &fresh))
        c->no_memory = true;
    for (unsigned int i = XEN_SLOT_FIRST; !c->no_memory && i <= XEN_SLOT_LAST; i++) {
        uint64_t entry;

        if (i != shadow && i != domain &&
            xenpt_read(c->mem, root + 8 * (uint64_t)i, &entry, sizeof(entry)) &&
            xenpt_entry_role(c->pg, 4, entry) == XENPT_TABLE)
            collect(c, xenpt_entry_target(c->pg, 4, entry), 3);
    }
}

static bool find(struct world *w, struct machine_tables *ret)
{
    struct collecting c = { .mem = w->view->mem };
    bool ok;

    *ret = (struct machine_tables){ .nr = 0 };
    for (size_t i = 0; !c.no_memory && i < w->view->nr_contexts; i++) {
        const struct xenpt_context *context = &w->view->contexts[i];

        c.pg = context->has_second ? &context->second : &context->paging;
        if (!context->has_second && is_old(w->machine, c.pg->root))
            collect_old(&c, w->machine, c.pg->root);
        else
            collect(&c, c.pg->root, c.pg->format.top);
    }
    if (w->view->nr_contexts) /* The first is Xen's own. */
        collect_shadowed(&c, w->machine, &w->view->contexts[0].paging);
    collect_quarantine(&c, &w->machine->quarantine);
    ok = !c.no_memory && take(&c.seen, ret);
    free(c.seen.slot);
    return ok;
}

bool machine_tables_find(struct world *w, struct machine_tables *ret)
{
    struct together *t = w->together;

    if (!t)
        return find(w, ret);
    if (!t->has_tables && !find(w, &t->tables))
        return false;
    t->has_tables = true;
    *ret = t->tables;
    ret->borrowed = true;
    return true;
}

void together_fini(struct together *t)
{
    if (t->has_tables)
        machine_tables_fini(&t->tables);
    for (size_t i = 0; i < NR_LOOKED_AT; i++)
        free(t->seen[i].slot);
}

void machine_tables_fini(struct machine_tables *t)
{
    if (!t->borrowed) {
        free(t->frame);
        free(t->level);
    }
    *t = (struct machine_tables){ .nr = 0 };
}

/* The first that is not below a frame. */
static size_t from(const struct machine_tables *t, uint64_t first)
{
    size_t low = 0, high = t->nr;

    SEARCH(low, high, i, t->frame[i] < first);
    return low;
}

bool machine_tables_meet(const struct machine_tables *t, uint64_t first, uint64_t last,
                         uint64_t *ret)
{
    size_t i = from(t, first);

    if (i == t->nr || t->frame[i] > last)
        return false;
    *ret = t->frame[i];
    return true;
}

unsigned int machine_tables_level(const struct machine_tables *t, uint64_t frame)
{
    size_t i = from(t, frame);

    return i < t->nr && t->frame[i] == frame ? t->level[i] : 0;
}
