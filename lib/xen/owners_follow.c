/*
 * owners_follow.c - tables and pages behind slots of a root, level by level, each table once a
 * level, so that linear ones lead to an end.
 */
#include "xen/owners_follow.h"

#include <stdlib.h>

#include "base/bits.h"

#define PCD      XENPT_BIT(4)
#define FLAT_MAX 512u

int owners_by_address(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

/* A linear page table leads to a root again, and has large pages behind it as small ones. */
static bool is_root(const struct behind *b, uint64_t at)
{
    return b->nr_roots && bsearch(&at, b->roots, b->nr_roots, sizeof(at), owners_by_address);
}

static void note_page(struct behind *b, uint64_t at, uint64_t first, uint64_t size)
{
    uint64_t last = first + size - 1;

    for (size_t i = 0; i < ARRAY_SIZE(b->clips); i++)
        if (b->clips[i].at == at) {
            first = first < b->clips[i].first ? b->clips[i].first : first;
            last = last > b->clips[i].last ? b->clips[i].last : last;
        }
    if (first <= last)
        pieces_add(&b->pages, first, last, 0);
}

static void note_entry(struct behind *b, struct pieces *next, unsigned int level, uint64_t at,
                       uint64_t entry)
{
    enum xenpt_role role = xenpt_entry_role(b->pg, level, entry);
    uint64_t to;

    if (role != XENPT_TABLE && role != XENPT_PAGE)
        return;
    to = xenpt_entry_target(b->pg, level, entry);
    if (role == XENPT_TABLE && is_root(b, to))
        return;
    if (role == XENPT_TABLE)
        pieces_add(next, to, to + XENPT_PAGE_SIZE - 1, 0);
    else if (b->devices || !(entry & PCD))
        note_page(b, at, to, XENPT_BIT(b->pg->format.level[level].shift));
}

static void note_table(struct behind *b, struct pieces *next, unsigned int level, uint64_t table)
{
    uint64_t entries[FLAT_MAX];

    if (!xenpt_read(b->view->mem, table, entries, sizeof(entries)))
        return;
    for (unsigned int i = 0; i < FLAT_MAX; i++)
        if (entries[i])
            note_entry(b, next, level, table + i * sizeof(entries[0]), entries[i]);
}

/* All that is behind a list of tables, which become part of it. */
static void follow_down(struct behind *b, struct pieces *now, unsigned int level)
{
    for (; level; level--) {
        struct pieces next = { 0 };

        pieces_sort(now);
        for (size_t i = 0; i < now->nr; i++) {
            pieces_add(&b->tables, now->list[i].first, now->list[i].last, 0);
            for (uint64_t t = now->list[i].first; t < now->list[i].last; t += XENPT_PAGE_SIZE)
                note_table(b, &next, level, t);
        }
        b->tables.no_memory |= next.no_memory || now->no_memory;
        pieces_free(now);
        *now = next;
    }
    pieces_free(now);
}

void owners_follow(struct behind *b, const struct xenpt_context *c,
                   bool (*is_in)(const void *ctx, unsigned int slot), const void *ctx)
{
    unsigned int top = c->paging.format.top;
    uint64_t entries[FLAT_MAX];
    struct pieces now = { 0 };

    b->pg = &c->paging;
    if (c->paging.format.entry_size != sizeof(uint64_t) || !top ||
        !xenpt_read(b->view->mem, c->paging.root, entries, sizeof(entries)))
        return;
    for (unsigned int i = 0; i < FLAT_MAX; i++)
        if (entries[i] && is_in(ctx, i))
            note_entry(b, &now, top, c->paging.root + i * sizeof(entries[0]), entries[i]);
    follow_down(b, &now, top - 1u);
}
