/*
 * meet.c - two trees, side by side.
 *
 * Where both lead to one table, all below it is common, and nothing more is to be seen.  A page
 * on one side is, for a table on the other, as many smaller ones.
 */
#include "analysis/meet.h"

#include <string.h>

#include "base/bits.h"

struct pair {
    const struct xenpt_paging *pg;
    const struct xenpt_reader *mem;
    uint64_t common[XENPT_TOP_MAX + 1]; /* Index: level.  Tables of it that both have... */
    uint64_t either[XENPT_TOP_MAX + 1]; /* ...and that either has. */
    uint64_t pages, others;
    struct meet_budget *budget;
};

/* An entry as one side has it: a table, or a page, whose entry may stand at a level above. */
struct side {
    enum xenpt_role role;
    uint64_t target;
};

static uint64_t entry_of(const struct pair *p, const uint8_t *table, unsigned int i)
{
    unsigned int size = p->pg->format.entry_size;
    uint64_t entry = 0;

    memcpy(&entry, table + (size_t)i * size, size);
    return entry;
}

static struct side look(const struct pair *p, unsigned int level, uint64_t entry)
{
    struct side s;

    s.role = xenpt_entry_role(p->pg, level, entry);
    s.target = s.role == XENPT_TABLE || s.role == XENPT_PAGE
                   ? xenpt_entry_target(p->pg, level, entry)
                   : 0;
    return s;
}

static void follow(struct pair *p, unsigned int level, uint64_t a, uint64_t b);
static void divide(struct pair *p, unsigned int level, uint64_t page, uint64_t table);

static void compare(struct pair *p, unsigned int level, struct side a, struct side b)
{
    unsigned int below = level - 1;

    p->either[below] += a.role == XENPT_TABLE;
    p->either[below] += b.role == XENPT_TABLE;
    if (a.role == XENPT_TABLE && b.role == XENPT_TABLE) {
        if (a.target != b.target) {
            follow(p, below, a.target, b.target);
            return;
        }
        p->common[below]++;
        p->either[below]--;
        return;
    }
    if (a.role == XENPT_PAGE && b.role == XENPT_TABLE)
        divide(p, below, a.target, b.target);
    if (a.role == XENPT_TABLE && b.role == XENPT_PAGE)
        divide(p, below, b.target, a.target);
    if (a.role == XENPT_PAGE && b.role == XENPT_PAGE) {
        if (a.target == b.target)
            p->pages++;
        else
            p->others++;
    }
}

static void follow(struct pair *p, unsigned int level, uint64_t a, uint64_t b)
{
    const struct xenpt_format *f = &p->pg->format;
    uint8_t copy_a[XENPT_PAGE_SIZE] __attribute__((aligned(8)));
    uint8_t copy_b[XENPT_PAGE_SIZE] __attribute__((aligned(8)));
    const uint8_t *table_a = xenpt_read_page(p->mem, a, copy_a);
    const uint8_t *table_b = xenpt_read_page(p->mem, b, copy_b);

    if (!table_a || !table_b || !p->budget->left)
        return;
    p->budget->left--;
    for (unsigned int i = 0; i < 1u << f->level[level].bits; i++) {
        uint64_t x = entry_of(p, table_a, i), y = entry_of(p, table_b, i);

        if (x || y)
            compare(p, level, look(p, level, x), look(p, level, y));
    }
}

/* A page that begins at `page`, against the entries of a table. */
static void divide(struct pair *p, unsigned int level, uint64_t page, uint64_t table)
{
    const struct xenpt_format *f = &p->pg->format;
    uint8_t copy[XENPT_PAGE_SIZE] __attribute__((aligned(8)));
    const uint8_t *bytes = xenpt_read_page(p->mem, table, copy);

    if (!bytes || !p->budget->left)
        return;
    p->budget->left--;
    for (unsigned int i = 0; i < 1u << f->level[level].bits; i++) {
        struct side a = { XENPT_PAGE, page + ((uint64_t)i << f->level[level].shift) };

        compare(p, level, a, look(p, level, entry_of(p, bytes, i)));
    }
}

bool meet(const struct xenpt_paging *pg, const struct xenpt_reader *mem, unsigned int level,
          uint64_t a, uint64_t b, struct meet_budget *budget, struct xenpt_share_meeting *ret)
{
    struct pair p = { .pg = pg, .mem = mem, .budget = budget };
    unsigned int l = level;

    follow(&p, level, a, b);
    while (l && !p.common[l])
        l--;
    ret->level = l;
    ret->tables = p.common[l];
    ret->of = l ? p.either[l] : 0;
    ret->cut = !budget->left;
    ret->pages = p.pages;
    ret->others = p.others;
    return l || p.pages || !budget->left;
}
