/*
 * expose_tables.c - what is behind tables, each looked at once.
 *
 * A node knows the memory that its entries lead to, with the rights that are left from there down,
 * and joined to stretches: so a table that a thousand roots share costs one reading, and what it
 * maps costs as much as it is scattered.
 */
#include <stdlib.h>
#include <string.h>

#include "analysis/expose.h"
#include "analysis/rights.h"
#include "base/bits.h"

/* --- Spaces -------------------------------------------------------------------------------- */

bool expose_enter(struct exposing *x, const struct xenpt_context *c, bool second, size_t *space,
                  uint32_t *root)
{
    const struct xenpt_paging *pg = second ? &c->second : &c->paging;
    size_t i = 0;

    while (i < x->nr_spaces && !who_space_has(x->spaces[i].space, c, second))
        i++;
    if (i == x->nr_spaces) {
        if (!who_room(&x->spaces, x->nr_spaces, &x->max_spaces, sizeof(*x->spaces)))
            return false;
        x->spaces[i] = (struct expose_space){ .space = who_space_new(x->view, c, second) };
        if (!x->spaces[i].space)
            return false;
        x->nr_spaces++;
    }
    *space = i;
    *root = who_node_enter(x->spaces[i].space, pg->root, pg->format.top);
    return *root != WHO_NONE;
}

/* Room for what is behind each node.  Nodes are as many as tables were met. */
static bool room_for_nodes(struct expose_space *s)
{
    size_t want = s->space->max_nodes;
    struct behind_node *grown;

    if (s->had >= want)
        return true;
    grown = realloc(s->nodes, want * sizeof(*grown));
    if (!grown)
        return false;
    memset(grown + s->had, 0, (want - s->had) * sizeof(*grown));
    s->nodes = grown;
    s->had = want;
    return true;
}

void expose_free(struct exposing *x)
{
    for (size_t i = 0; i < x->nr_spaces; i++) {
        struct expose_space *s = &x->spaces[i];

        for (size_t n = 0; n < s->had; n++)
            spans_free(&s->nodes[n].spans);
        free(s->nodes);
        who_space_free(s->space);
    }
    free(x->spaces);
    spans_free(&x->tables);
}

/* --- Entries ------------------------------------------------------------------------------- */

/* Rights that an entry leaves. */
static uint32_t rights_of(const struct xenpt_paging *pg, unsigned int level, uint64_t entry)
{
    return xenpt_rights(pg, (entry ^ pg->format.inverted) | pg->format.level[level].silent);
}

static uint32_t both(uint32_t above, uint32_t below)
{
    return (below & above & SPAN_MAPPED) | (below & SPAN_TERMINAL);
}

static uint64_t page_size(const struct xenpt_paging *pg, unsigned int level)
{
    return XENPT_BIT(pg->format.level[level].shift);
}

/* The memory that an entry names which is no mapping. */
static void add_terminal(const struct xenpt_paging *pg, unsigned int level, uint64_t entry,
                         struct spans *ret)
{
    bool page = level == 1 || entry & pg->format.level[level].page_if;
    uint64_t size = page ? page_size(pg, level) : XENPT_PAGE_SIZE;
    uint64_t at = entry & pg->format.address & ~(size - 1);

    if (at || (page && level > 1))
        spans_add(ret, at, at + size - 1, SPAN_TERMINAL);
}

/* --- Behind a node ------------------------------------------------------------------------- */

static void add_all(struct spans *to, const struct spans *from, uint32_t rights)
{
    for (size_t i = 0; i < from->nr; i++) {
        uint32_t left = both(rights, from->list[i].rights);

        if (left)
            spans_add(to, from->list[i].first, from->list[i].last, left);
    }
}

static bool know(struct exposing *x, size_t space, uint32_t node);

/* What an entry leads to; *last: the table and the rights of the entry before, likewise, and
 * whether anything was lost. */
static bool add_entry(struct exposing *x, size_t space, unsigned int level, uint64_t entry,
                      uint64_t last[3], struct spans *ret)
{
    const struct xenpt_paging *pg = x->spaces[space].space->pg;
    enum xenpt_role role = xenpt_entry_role(pg, level, entry);
    uint32_t rights = rights_of(pg, level, entry), child;
    uint64_t to;

    if (role != XENPT_TABLE && role != XENPT_PAGE) {
        add_terminal(pg, level, entry, ret);
        return true;
    }
    to = xenpt_entry_target(pg, level, entry);
    if (role == XENPT_PAGE) {
        if (rights)
            spans_add(ret, to, to + page_size(pg, level) - 1, rights);
        return true;
    }
    if (last[0] == to && last[1] == rights)
        return true;
    last[0] = to;
    last[1] = rights;
    child = who_node_enter(x->spaces[space].space, to, level - 1);
    if (child == WHO_NONE || !know(x, space, child))
        return false;
    add_all(ret, &x->spaces[space].nodes[child].spans, rights);
    last[2] |= x->spaces[space].nodes[child].lost;
    return true;
}

static bool know(struct exposing *x, size_t space, uint32_t node)
{
    uint64_t copy[WHO_ENTRIES], last[3] = { UINT64_MAX, 0, 0 };
    struct who_space *s = x->spaces[space].space;
    struct who_node at = s->nodes[node];
    struct spans found = { 0 };
    const uint64_t *entry;
    unsigned int nr;
    bool ok = true;

    if (node < x->spaces[space].had && x->spaces[space].nodes[node].known)
        return true;
    entry = who_table(s, at.base, at.level, copy, &nr);
    x->nr_read++;
    last[2] = !entry;
    for (unsigned int i = 0; ok && entry && i < nr; i++)
        if (entry[i])
            ok = add_entry(x, space, at.level, entry[i], last, &found);
    spans_sort(&found);
    ok = ok && !found.no_memory && room_for_nodes(&x->spaces[space]);
    if (!ok) {
        spans_free(&found);
        return false;
    }
    x->nr_spans += found.nr;
    x->spaces[space].nodes[node] = (struct behind_node){ found, true, last[2] };
    return true;
}

/* --- Part of what is behind one ------------------------------------------------------------ */

/* Bytes of input that a table at this level speaks for, less one. */
static uint64_t last_of(const struct xenpt_paging *pg, unsigned int level)
{
    return ones(pg->format.level[level].shift + pg->format.level[level].bits);
}

static bool part_of_entry(struct exposing *x, size_t space, unsigned int level, uint64_t entry,
                          uint64_t first, uint64_t last, uint32_t rights, struct spans *ret)
{
    struct who_space *s = x->spaces[space].space;
    enum xenpt_role role = xenpt_entry_role(s->pg, level, entry);
    uint32_t child, left = both(rights, rights_of(s->pg, level, entry));
    uint64_t to;

    if (role != XENPT_TABLE && role != XENPT_PAGE) {
        add_terminal(s->pg, level, entry, ret);
        return !ret->no_memory;
    }
    to = xenpt_entry_target(s->pg, level, entry);
    if (role == XENPT_PAGE) {
        if (left)
            spans_add(ret, to + first, to + last, left);
        return !ret->no_memory;
    }
    child = who_node_enter(s, to, level - 1);
    return child != WHO_NONE && expose_gather(x, space, child, first, last, left, ret);
}

bool expose_gather(struct exposing *x, size_t space, uint32_t node, uint64_t first, uint64_t last,
                   uint32_t rights, struct spans *ret)
{
    struct who_space *s = x->spaces[space].space;
    struct who_node at = s->nodes[node];
    uint64_t copy[WHO_ENTRIES], size = page_size(s->pg, at.level);
    const uint64_t *entry;
    unsigned int nr;

    if (!first && last >= last_of(s->pg, at.level)) {
        if (!know(x, space, node))
            return false;
        add_all(ret, &x->spaces[space].nodes[node].spans, rights);
        x->lost |= x->spaces[space].nodes[node].lost;
        return !ret->no_memory;
    }
    entry = who_table(s, at.base, at.level, copy, &nr);
    x->lost |= !entry;
    for (uint64_t i = first / size; entry && i < nr && i <= last / size; i++) {
        uint64_t in = i * size, from = first > in ? first - in : 0;
        uint64_t to = last - in < size - 1 ? last - in : size - 1;

        if (entry[i] && !part_of_entry(x, space, at.level, entry[i], from, to, rights, ret))
            return false;
    }
    return true;
}

/* --- Contexts ------------------------------------------------------------------------------ */

bool expose_stage(struct exposing *x, const struct xenpt_context *c, bool second, uint64_t first,
                  uint64_t last, struct spans *ret)
{
    const struct xenpt_paging *pg = second ? &c->second : &c->paging;
    size_t space;
    uint32_t root;

    if (!pg->format.top) {
        uint64_t end = ones(c->has_second && !second ? pg->format.input_bits : XENPT_MADDR_BITS);

        spans_add(ret, first, last < end ? last : end, SPAN_MAPPED);
        return !ret->no_memory;
    }
    return expose_enter(x, c, second, &space, &root) &&
           expose_gather(x, space, root, first, last, SPAN_MAPPED, ret);
}

/* Machine memory behind a stretch of a guest's. */
static bool under(struct exposing *x, const struct xenpt_context *c, const struct span *guest,
                  struct spans *ret)
{
    struct spans found = { 0 };
    bool ok = expose_stage(x, c, true, guest->first, guest->last, &found);

    for (size_t i = 0; ok && i < found.nr; i++) {
        uint32_t second = found.list[i].rights;
        uint32_t left = rights_under(guest->rights & SPAN_MAPPED, second & SPAN_MAPPED);

        if (second & SPAN_TERMINAL)
            spans_add(ret, found.list[i].first, found.list[i].last, SPAN_TERMINAL);
        else if (left & ~(1u << XENPT_U))
            spans_add(ret, found.list[i].first, found.list[i].last, left);
    }
    spans_free(&found);
    return ok && !ret->no_memory;
}

bool expose_reach(struct exposing *x, const struct xenpt_context *c, uint64_t first, uint64_t last,
                  struct spans *ret)
{
    struct spans guest = { 0 };
    bool ok;

    if (!c->has_second)
        return expose_stage(x, c, false, first, last, ret);
    ok = expose_stage(x, c, false, first, last, &guest);
    spans_sort(&guest);
    for (size_t i = 0; ok && i < guest.nr; i++) {
        /* A terminal fault ends before the second stage: its address is the machine's. */
        if (guest.list[i].rights & SPAN_TERMINAL)
            spans_add(ret, guest.list[i].first, guest.list[i].last, SPAN_TERMINAL);
        else
            ok = under(x, c, &guest.list[i], ret);
    }
    ok = ok && !guest.no_memory && !ret->no_memory;
    spans_free(&guest);
    return ok;
}

bool expose_list_tables(struct exposing *x)
{
    if (x->has_tables)
        return true;
    for (size_t i = 0; i < expose_nr(x); i++) {
        const struct xenpt_context *c = expose_context(x, i);

        for (int second = 0; second < (c->has_second ? 2 : 1); second++) {
            const struct xenpt_paging *pg = second ? &c->second : &c->paging;
            size_t space;
            uint32_t root;

            if (pg->format.top &&
                (!expose_enter(x, c, second, &space, &root) || !know(x, space, root)))
                return false;
        }
    }
    for (size_t i = 0; i < x->nr_spaces; i++) {
        const struct who_space *s = x->spaces[i].space;

        for (size_t n = 0; !s->in_guest && n < s->nr_nodes; n++)
            spans_add(&x->tables, s->nodes[n].base & ~ones(XENPT_PAGE_SHIFT),
                      s->nodes[n].base | ones(XENPT_PAGE_SHIFT), 1);
    }
    spans_flatten(&x->tables);
    x->has_tables = true;
    return !x->tables.no_memory;
}
