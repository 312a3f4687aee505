/*
 * who_hits.c - entries that map some of what is asked for: in all tables, or in those that the
 * index of pages names.
 */
#include "analysis/who.h"

#include <stdlib.h>
#include <string.h>

#include "arch/scan_bits.h"

/* An entry that may map it. */
static bool weigh(struct who_climb *c, uint32_t node, unsigned int slot, uint64_t entry)
{
    const struct xenpt_paging *pg = c->space->pg;
    unsigned int level = c->space->nodes[node].level;
    uint64_t out;

    if (!(entry & pg->format.present) || xenpt_entry_role(pg, level, entry) != XENPT_PAGE)
        return true;
    out = xenpt_entry_target(pg, level, entry);
    return out > c->last || out + ones(pg->format.level[level].shift) < c->first ||
           who_hit(c, node, slot, entry, out);
}

static bool hits_of_table(struct who_climb *c, uint32_t node)
{
    uint64_t copy[WHO_ENTRIES];
    unsigned int nr;
    const uint64_t *entry = who_table(c->space, c->space->nodes[node].base,
                                      c->space->nodes[node].level, copy, &nr);

    for (unsigned int i = 0; entry && i < nr; i++)
        if (entry[i] && !weigh(c, node, i, entry[i]))
            return false;
    return true;
}

/* What is looked for in L1 tables. */
struct lookout {
    scan_match_fn *match;
    struct scan_reach reach;
};

/* False: no entry can have such an address. */
static bool lookout_init(struct lookout *ret, const struct who_climb *c)
{
    const struct xenpt_format *f = &c->space->pg->format;
    uint64_t from = c->first & ~ones(XENPT_PAGE_SHIFT);
    uint64_t last = min_u64(c->last, f->address | ones(XENPT_PAGE_SHIFT)) & ~ones(XENPT_PAGE_SHIFT);
    /* Holes are as pages of frame 0, but for the bit that they lack, if it is one alone. */
    uint64_t present = f->present & (f->present - 1) ? 0 : f->present;

    *ret = (struct lookout){ scan_match_best(),
                             { f->address | present, from | present, last - from } };
    return last >= from;
}

/* next: the L1 table that is read after it. */
static bool hits_of_low(struct who_climb *c, const struct lookout *l, size_t low, size_t next)
{
    const struct who_space *s = c->space;
    uint64_t found[ENTRIES_MAX / 64], copy[WHO_ENTRIES];
    unsigned int nr;
    const uint64_t *entry = who_table(s, s->low[low].base, 1, copy, &nr);

    if (!entry || likely(!l->match(found, entry, nr, &l->reach, who_held(s, next))))
        return true;
    for (unsigned int word = 0; word < nr / 64; word++)
        for (uint64_t bits = found[word]; bits; bits &= bits - 1) {
            unsigned int slot = word * 64 + (unsigned int)__builtin_ctzll(bits);

            if (!weigh(c, s->low[low].node, slot, entry[slot]))
                return false;
        }
    return true;
}

static bool hits_by_tables(struct who_climb *c)
{
    const struct who_space *s = c->space;
    struct lookout l;

    for (size_t i = 0; i < s->nr_nodes && s->nodes[i].level > 1; i++)
        if (!hits_of_table(c, (uint32_t)i))
            return false;
    if (!lookout_init(&l, c))
        return true;
    for (size_t i = 0; i < s->nr_low; i++)
        if (!hits_of_low(c, &l, i, i + 1))
            return false;
    return true;
}

/* --- By the index -------------------------------------------------------------------------- */

/* The first word of a piece, or of one behind it. */
static size_t first_of(const struct who_pieces *p, uint64_t piece)
{
    size_t a = 0, b = p->nr;

    while (a < b) {
        size_t mid = a + (b - a) / 2;

        if (p->list[mid] >> 32 < piece)
            a = mid + 1;
        else
            b = mid;
    }
    return a;
}

static int by_number(const void *a, const void *b)
{
    uint32_t x, y;

    memcpy(&x, a, sizeof(x));
    memcpy(&y, b, sizeof(y));
    return (x > y) - (x < y);
}

/* Tables of a level that map pieces of what is asked for, ascending, and each once. */
static uint32_t *tables_of(const struct who_climb *c, unsigned int level, size_t *nr)
{
    const struct who_pieces *p = &c->space->pieces[level];
    uint64_t first = who_piece_of(c->space, level, c->first);
    uint64_t last = who_piece_of(c->space, level, c->last);
    size_t i = first_of(p, first), end = i, n = 0;
    uint32_t *list;

    while (end < p->nr && p->list[end] >> 32 <= last)
        end++;
    list = malloc((end - i + 1) * sizeof(*list));
    if (!list)
        return NULL;
    for (size_t k = i; k < end; k++)
        list[k - i] = (uint32_t)p->list[k];
    if (first != last)
        qsort(list, end - i, sizeof(*list), by_number);
    for (size_t k = 0; k < end - i; k++)
        if (!n || list[n - 1] != list[k])
            list[n++] = list[k];
    *nr = n;
    return list;
}

static bool hits_by_pieces(struct who_climb *c, unsigned int level)
{
    struct lookout l;
    size_t nr = 0;
    uint32_t *list;
    bool ok = true;

    if (!c->space->pieces[level].nr || !lookout_init(&l, c))
        return true;
    list = tables_of(c, level, &nr);
    for (size_t i = 0; list && ok && i < nr; i++)
        ok = level == 1 ? hits_of_low(c, &l, list[i], list[i + 1 < nr ? i + 1 : i])
                        : hits_of_table(c, list[i]);
    free(list);
    return list && ok;
}

bool who_hits(struct who_climb *c, bool pages)
{
    bool ok = true;

    if (!pages)
        return hits_by_tables(c);
    for (unsigned int level = 1; ok && level <= c->space->pg->format.top; level++)
        ok = hits_by_pieces(c, level);
    return ok;
}
