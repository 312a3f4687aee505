/* machine_tables.c - which frames of a machine are page tables. */
#include "scenario/machine_tables.h"

#include <stdlib.h>
#include <string.h>

#include "analysis/frame_map.h"

struct collecting {
    const struct xenpt_reader *mem;
    const struct xenpt_paging *pg;
    struct frame_half seen; /* Table and level: tables that lead back to themselves end. */
    bool no_memory;
};

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

bool machine_tables_find(struct world *w, struct machine_tables *ret)
{
    struct collecting c = { .mem = w->view->mem };
    size_t n = 0;

    *ret = (struct machine_tables){ NULL, 0 };
    for (size_t i = 0; !c.no_memory && i < w->view->nr_contexts; i++) {
        const struct xenpt_context *context = &w->view->contexts[i];

        c.pg = context->has_second ? &context->second : &context->paging;
        collect(&c, c.pg->root, c.pg->format.top);
    }
    if (!c.no_memory)
        ret->frame = malloc((c.seen.nr + 1) * sizeof(*ret->frame));
    for (size_t i = 0; ret->frame && c.seen.slot && i < (size_t)1 << c.seen.order; i++)
        if (c.seen.slot[2 * i])
            ret->frame[n++] = (c.seen.slot[2 * i] & XENPT_BITS(51, 12)) >> XENPT_PAGE_SHIFT;
    free(c.seen.slot);
    if (!ret->frame)
        return false;
    qsort(ret->frame, n, sizeof(*ret->frame), by_number);
    ret->nr = n;
    return true;
}

void machine_tables_fini(struct machine_tables *t)
{
    free(t->frame);
    *t = (struct machine_tables){ NULL, 0 };
}

bool machine_tables_meet(const struct machine_tables *t, uint64_t first, uint64_t last,
                         uint64_t *ret)
{
    size_t low = 0, high = t->nr;

    while (low < high) {
        size_t mid = low + (high - low) / 2;

        if (t->frame[mid] < first)
            low = mid + 1;
        else
            high = mid;
    }
    if (low == t->nr || t->frame[low] > last)
        return false;
    *ret = t->frame[low];
    return true;
}
