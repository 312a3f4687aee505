/* who_graph.c - the tables of a space, each once a level, and the entries that lead to them. */
#include "analysis/who.h"

#include <stdlib.h>
#include <string.h>

#include "base/bits.h"

bool who_room(void *list, size_t nr, size_t *max, size_t size)
{
    size_t more = *max ? 2 * *max : 64;
    void *now = NULL;

    if (nr < *max)
        return true;
    memcpy(&now, list, sizeof(now));
    now = realloc(now, more * size);
    if (!now)
        return false;
    memcpy(list, &now, sizeof(now));
    *max = more;
    return true;
}

/* --- Nodes --------------------------------------------------------------------------------- */

static size_t place_of(const struct who_space *s, uint64_t base, unsigned int level)
{
    return (size_t)((base + level) * UINT64_C(0x9e3779b97f4a7c15) >> (64 - s->order));
}

/* Where it is, or would be. */
static uint32_t *find(const struct who_space *s, uint64_t base, unsigned int level)
{
    size_t mask = ((size_t)1 << s->order) - 1, i = place_of(s, base, level);

    while (s->slot[i]) {
        const struct who_node *n = &s->nodes[s->slot[i] - 1];

        if (n->base == base && n->level == level)
            break;
        i = (i + 1) & mask;
    }
    return &s->slot[i];
}

static bool grow(struct who_space *s)
{
    unsigned int order = s->order ? s->order + 1 : 8;
    uint32_t *slot = calloc((size_t)1 << order, sizeof(*slot));

    if (!slot)
        return false;
    free(s->slot);
    s->slot = slot;
    s->order = order;
    for (size_t i = 0; i < s->nr_nodes; i++)
        *find(s, s->nodes[i].base, s->nodes[i].level) = (uint32_t)i + 1;
    return true;
}

uint32_t who_node_find(const struct who_space *s, uint64_t base, unsigned int level)
{
    return s->order ? *find(s, base, level) - 1 : WHO_NONE;
}

uint32_t who_node_enter(struct who_space *s, uint64_t base, unsigned int level)
{
    uint32_t *slot;

    if (!s->order || s->nr_nodes >= (size_t)1 << (s->order - 1)) {
        if (!grow(s))
            return WHO_NONE;
    }
    slot = find(s, base, level);
    if (*slot)
        return *slot - 1;
    if (s->nr_nodes >= WHO_NONE - 1 ||
        !who_room(&s->nodes, s->nr_nodes, &s->max_nodes, sizeof(*s->nodes)))
        return WHO_NONE;
    s->nodes[s->nr_nodes] = (struct who_node){ base, WHO_NONE, (uint8_t)level };
    *slot = (uint32_t)++s->nr_nodes;
    return *slot - 1;
}

/* --- Tables -------------------------------------------------------------------------------- */

const uint64_t *who_table(const struct who_space *s, uint64_t base, unsigned int level,
                          uint64_t copy[WHO_ENTRIES], unsigned int *nr)
{
    unsigned int size = s->pg->format.entry_size;
    const uint8_t *page;

    *nr = 1u << s->pg->format.level[level].bits;
    if (size == 8 && *nr * size == XENPT_PAGE_SIZE && !(base & (XENPT_PAGE_SIZE - 1))) {
        page = xenpt_read_page(s->mem, base, (uint8_t *)copy);
        if (page && (uintptr_t)page % sizeof(*copy))
            memcpy(copy, page, XENPT_PAGE_SIZE);
        return !page || (uintptr_t)page % sizeof(*copy) ? (page ? copy : NULL)
                                                        : (const uint64_t *)(const void *)page;
    }
    if (!xenpt_read(s->mem, base, copy, (size_t)*nr * size))
        return NULL;
    for (unsigned int i = *nr; size == 4 && i-- > 0;) {
        uint32_t entry;

        memcpy(&entry, (const uint8_t *)copy + 4u * i, sizeof(entry));
        copy[i] = entry;
    }
    return copy;
}

static bool add_edge(struct who_space *s, uint32_t from, unsigned int slot, uint64_t target)
{
    uint32_t to = who_node_enter(s, target, s->nodes[from].level - 1u);

    if (to == WHO_NONE || s->nr_edges >= WHO_NONE - 1 ||
        !who_room(&s->edges, s->nr_edges, &s->max_edges, sizeof(*s->edges)))
        return false;
    s->edges[s->nr_edges] = (struct who_edge){ from, s->nodes[to].edge, (uint16_t)slot };
    s->nodes[to].edge = (uint32_t)s->nr_edges++;
    return true;
}

static bool add_page(struct who_space *s, uint32_t node, unsigned int slot, uint64_t out)
{
    unsigned int level = s->nodes[node].level;
    uint64_t span = UINT64_C(1) << s->pg->format.level[level].shift;
    struct who_runs *r = &s->runs[level];
    struct who_run *last = r->nr ? &r->list[r->nr - 1] : NULL;

    if (last && last->node == node && last->slot + last->nr == (int)slot &&
        last->out + last->nr * span == out) {
        last->nr++;
        return true;
    }
    if (!who_room(&r->list, r->nr, &r->max, sizeof(*r->list)) || !r->list)
        return false;
    r->list[r->nr++] = (struct who_run){ out, node, (uint16_t)slot, 1 };
    return true;
}

/* The role of an entry that most are proved to have at once. */
static enum xenpt_role role_of(const struct xenpt_paging *pg, unsigned int level, uint64_t entry)
{
    if (!(entry & pg->format.present))
        return XENPT_HOLE;
    if ((entry & pg->plain.page[level].mask) == pg->plain.page[level].value)
        return XENPT_PAGE;
    return xenpt_entry_role(pg, level, entry);
}

static bool fill_node(struct who_space *s, uint32_t node, bool pages)
{
    uint64_t copy[WHO_ENTRIES], base = s->nodes[node].base;
    unsigned int level = s->nodes[node].level, nr;
    const uint64_t *entry;

    if (level == 1 && !pages)
        return true;
    entry = who_table(s, base, level, copy, &nr);
    s->no_memory += !entry;
    for (unsigned int i = 0; entry && i < nr; i++) {
        enum xenpt_role role = entry[i] ? role_of(s->pg, level, entry[i]) : XENPT_HOLE;

        if (role == XENPT_TABLE && !add_edge(s, node, i, who_target(s, level, entry[i])))
            return false;
        if (role == XENPT_PAGE && pages && !add_page(s, node, i, who_target(s, level, entry[i])))
            return false;
    }
    return true;
}

static int by_out(const void *a, const void *b)
{
    const struct who_run *x = a, *y = b;

    return (x->out > y->out) - (x->out < y->out);
}

bool who_space_fill(struct who_space *s, bool pages)
{
    /* Nodes that are met on the way are behind those that are being looked at. */
    for (size_t i = 0; i < s->nr_nodes; i++)
        if (!fill_node(s, (uint32_t)i, pages))
            return false;
    for (unsigned int level = 1; level <= XENPT_TOP_MAX; level++)
        if (s->runs[level].nr)
            qsort(s->runs[level].list, s->runs[level].nr, sizeof(*s->runs[level].list), by_out);
    return true;
}

void who_space_free(struct who_space *s)
{
    if (!s)
        return;
    free(s->nodes);
    free(s->edges);
    free(s->slot);
    for (unsigned int level = 1; level <= XENPT_TOP_MAX; level++)
        free(s->runs[level].list);
    free(s);
}
