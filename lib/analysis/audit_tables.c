/*
 * audit_tables.c - which pages are tables: what some root leads to.  A linear entry leads to all
 * that is behind it one level lower once more, so that the level of a table is the highest at which
 * it is met.
 */
#include <stdlib.h>
#include <string.h>

#include "analysis/audit.h"
#include "base/bits.h"

/* A level in 3 bits, whose it is, and the number of a root. */
#define LEVEL      ones(3)
#define GUEST      XENPT_BIT(3)
#define ROOT_SHIFT 4

static uint64_t pack(struct audit_table t)
{
    return t.level | (t.guest ? GUEST : 0) | (uint64_t)t.of << ROOT_SHIFT;
}

/* A key is never 0, and a table can be at 0. */
static uint64_t key(uint64_t at)
{
    return at | 1;
}

struct audit_table audit_table_at(const struct auditing *a, uint64_t at)
{
    const uint64_t *v = frame_half_find(&a->tables, key(at & ~ones(XENPT_PAGE_SHIFT)));

    if (!v)
        return (struct audit_table){ .level = 0 };
    return (struct audit_table){ (unsigned int)(*v & LEVEL), *v & GUEST,
                                 (size_t)(*v >> ROOT_SHIFT) };
}

static bool note(struct auditing *a, uint64_t at, struct audit_table t)
{
    bool fresh = false;
    uint64_t *v = frame_half_at(&a->tables, key(at), &fresh);

    if (!v)
        return false;
    if (!fresh && (*v & LEVEL) >= t.level)
        return true;
    *v = pack(t);
    if (!fresh)
        return true;
    if (a->nr_list == a->max_list) {
        size_t max = a->max_list ? 2 * a->max_list : 1024;
        uint64_t *grown = realloc(a->list, max * sizeof(*grown));

        if (!grown)
            return false;
        a->list = grown;
        a->max_list = max;
    }
    a->list[a->nr_list++] = at;
    return true;
}

static bool go_down(struct auditing *a, const struct xenpt_audit_root *root, uint64_t table,
                    struct audit_table t)
{
    const struct xenpt_paging *pg = &root->context->paging;
    uint8_t copy[XENPT_PAGE_SIZE] __attribute__((aligned(8)));
    bool top = t.level == pg->format.top, fresh = false;
    const uint8_t *page;

    if (!note(a, table, t))
        return false;
    if (!frame_set_add(&a->seen, table | t.level | (t.guest ? GUEST : 0), &fresh))
        return false;
    if ((!fresh && !top) || t.level < 2)
        return true;
    page = xenpt_read_page(a->view->mem, table, copy);
    for (unsigned int i = 0; page && i < AUDIT_ENTRIES; i++) {
        struct audit_table below = { t.level - 1, t.guest, t.of };
        uint64_t entry;

        memcpy(&entry, page + i * sizeof(entry), sizeof(entry));
        if (!(entry & pg->format.present) || (top && !audit_follows(root, i)) ||
            xenpt_entry_role(pg, t.level, entry) != XENPT_TABLE)
            continue;
        if (top)
            below.guest = root->part == XENPT_AUDIT_OF_GUEST && root->slots && root->slots[i].guest;
        if (!go_down(a, root, xenpt_entry_target(pg, t.level, entry), below))
            return false;
    }
    return true;
}

static int by_address(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

bool audit_tables(struct auditing *a)
{
    for (size_t i = 0; i < a->facts->nr_roots; i++) {
        const struct xenpt_audit_root *root = &a->facts->roots[i];
        const struct xenpt_paging *pg = &root->context->paging;
        struct audit_table t = { pg->format.top, root->own_table, audit_domain(a, root) };

        if (!go_down(a, root, pg->root & ~ones(XENPT_PAGE_SHIFT), t))
            return false;
    }
    if (a->nr_list)
        qsort(a->list, a->nr_list, sizeof(*a->list), by_address);
    free(a->seen.slot);
    a->seen = (struct frame_half){ 0 };
    return true;
}

bool audit_first_table(const struct auditing *a, uint64_t first, uint64_t last, uint64_t *ret)
{
    size_t low = 0, high = a->nr_list;

    while (low < high) {
        size_t mid = low + (high - low) / 2;

        if (a->list[mid] < first)
            low = mid + 1;
        else
            high = mid;
    }
    if (low == a->nr_list || a->list[low] > last)
        return false;
    *ret = a->list[low];
    return true;
}
