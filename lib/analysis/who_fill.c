/*
 * who_fill.c - what tables lead to, found once for all questions.
 *
 * Upper tables are read in the order in which they are met, L1 tables in that in which they lie in
 * memory, and of these which entries are pages in a row is found for a whole table at a time.
 */
#include <stdlib.h>

#include "analysis/who.h"
#include "arch/scan_bits.h"
#include "base/sort.h"

/* --- Upper tables, and what is not plain ----------------------------------------------------- */

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

/* A table has pages of a piece; `which`: see struct who_pieces. */
static bool add_piece(struct who_space *s, unsigned int level, uint32_t which, uint64_t piece)
{
    struct who_pieces *p = &s->pieces[level];
    uint64_t word = piece << 32 | which;

    if (p->nr && p->list[p->nr - 1] == word)
        return true;
    if (!who_room(&p->list, p->nr, &p->max, sizeof(*p->list)))
        return false;
    p->list[p->nr++] = word;
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
    const uint64_t *entry = who_table(s, base, level, copy, &nr);

    s->no_memory += !entry;
    for (unsigned int i = 0; entry && i < nr; i++) {
        enum xenpt_role role = entry[i] ? role_of(s->pg, level, entry[i]) : XENPT_HOLE;

        if (role == XENPT_TABLE && !add_edge(s, node, i, who_target(s, level, entry[i])))
            return false;
        if (role == XENPT_PAGE && pages &&
            !add_piece(s, level, node, who_piece_of(s, level, who_target(s, level, entry[i]))))
            return false;
    }
    return true;
}

/* --- L1 tables ------------------------------------------------------------------------------- */

/* What is asked of their entries. */
struct filling {
    struct who_space *s;
    scan_classify_fn *classify;
    struct scan_masks masks;
    uint64_t mask, value; /* Of what is plainly a page... */
    uint64_t highest;     /* ...and the last that one can lead to. */
};

/* Pages in a row: of two pieces at most, since they are no more than a table has. */
static bool add_stretch(const struct filling *f, size_t low, const uint64_t *entry, unsigned int nr)
{
    struct who_space *s = f->s;
    uint64_t out = entry[0] & s->pg->format.address;
    uint64_t end = out + ((uint64_t)(nr - 1) << XENPT_PAGE_SHIFT);

    if (likely((entry[0] & f->mask) == f->value && end <= f->highest)) {
        uint64_t first = who_piece_of(s, 1, out), last = who_piece_of(s, 1, end);

        return add_piece(s, 1, (uint32_t)low, first) &&
               (likely(first == last) || add_piece(s, 1, (uint32_t)low, last));
    }
    for (unsigned int i = 0; i < nr; i++)
        if (role_of(s->pg, 1, entry[i]) == XENPT_PAGE &&
            !add_piece(s, 1, (uint32_t)low, who_piece_of(s, 1, who_target(s, 1, entry[i]))))
            return false;
    return true;
}

/* How many bits from this one on are set, in a row. */
static unsigned int ones_from(const uint64_t *bits, unsigned int from, unsigned int end)
{
    unsigned int n = 0;

    while (from + n < end) {
        uint64_t clear = ~bits[(from + n) / 64] >> (from + n) % 64;

        if (clear)
            return n + (unsigned int)__builtin_ctzll(clear);
        n += 64 - (from + n) % 64;
    }
    return n;
}

static bool fill_low(const struct filling *f, size_t low)
{
    struct who_space *s = f->s;
    uint64_t copy[WHO_ENTRIES];
    struct scan_bits bits;
    unsigned int nr;
    const uint64_t *entry = who_table(s, s->low[low].base, 1, copy, &nr);

    s->no_memory += !entry;
    if (!entry)
        return true;
    f->classify(&bits, entry, nr, &f->masks, who_held(s, low + 1));
    for (unsigned int word = 0; word < nr / 64; word++) {
        uint64_t starts = bits.present[word] & ~bits.continues[word];

        for (; starts; starts &= starts - 1) {
            unsigned int slot = word * 64 + (unsigned int)__builtin_ctzll(starts);

            if (!add_stretch(f, low, entry + slot, 1 + ones_from(bits.continues, slot + 1, nr)))
                return false;
        }
    }
    return true;
}

static bool fill_lows(struct who_space *s)
{
    const struct xenpt_format *format = &s->pg->format;
    struct filling f = {
        .s = s,
        .classify = scan_classify_best(),
        .mask = s->pg->plain.page[1].mask,
        .value = s->pg->plain.page[1].value,
        .highest = format->address & ~s->pg->plain.page[1].mask,
    };

    f.masks = (struct scan_masks){ format->present, format->present | f.mask | format->address };
    for (size_t i = 0; i < s->nr_low; i++)
        if (!fill_low(&f, i))
            return false;
    return true;
}

/* L1 tables are the last that were met. */
static bool list_lows(struct who_space *s, size_t first)
{
    s->nr_low = s->nr_nodes - first;
    s->low = malloc((s->nr_low + 1) * sizeof(*s->low));
    if (!s->low)
        return false;
    for (size_t i = 0; i < s->nr_low; i++)
        s->low[i] = (struct who_low){ s->nodes[first + i].base, (uint32_t)(first + i) };
    return sort_by_word(s->low, s->nr_low, sizeof(*s->low), XENPT_PAGE_SHIFT);
}

bool who_space_fill(struct who_space *s, bool pages)
{
    size_t i = 0;

    /* All roots are of one level, and nodes that are met on the way are behind those that are
       being looked at: so levels come one after the other. */
    for (; i < s->nr_nodes && s->nodes[i].level > 1; i++)
        if (!fill_node(s, (uint32_t)i, pages))
            return false;
    if (!list_lows(s, i) || (pages && !fill_lows(s)))
        return false;
    for (unsigned int level = 1; level <= XENPT_TOP_MAX; level++)
        if (!sort_by_word(s->pieces[level].list, s->pieces[level].nr,
                          sizeof(*s->pieces[level].list), 32))
            return false;
    return true;
}
