/* who_graph.c - the tables of a space, each once a level, and the entries that lead to them. */
#include "analysis/who.h"

#include <stdlib.h>
#include <string.h>

#include "mem/lookup.h"

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

const uint8_t *who_held(const struct who_space *s, size_t low)
{
    return low < s->nr_low ? mem_at(s->mem->held, s->mem, s->low[low].base, XENPT_PAGE_SIZE) : NULL;
}

void who_space_free(struct who_space *s)
{
    if (!s)
        return;
    free(s->nodes);
    free(s->edges);
    free(s->slot);
    free(s->low);
    for (unsigned int level = 1; level <= XENPT_TOP_MAX; level++)
        free(s->pieces[level].list);
    free(s);
}
