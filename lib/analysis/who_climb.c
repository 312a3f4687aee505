/*
 * who_climb.c - from the entries that map a piece of memory up to the roots.
 *
 * Level by level, what a node knows is added to each node that leads to it, for the rights that are
 * left: how many addresses there are, the lowest and the highest.  Rights are a few bits, so that a
 * node knows of a few kinds of addresses, however many there are.
 */
#include "analysis/who.h"

#include <stdlib.h>
#include <string.h>

#include "base/bits.h"

/* --- Nodes that were touched --------------------------------------------------------------- */

static uint32_t *find(const struct who_climb *c, uint32_t node)
{
    size_t mask = ((size_t)1 << c->order) - 1;
    size_t i = (size_t)(node * UINT64_C(0x9e3779b97f4a7c15) >> (64 - c->order));

    while (c->slot[i] && c->touched[c->slot[i] - 1].node != node)
        i = (i + 1) & mask;
    return &c->slot[i];
}

static bool grow(struct who_climb *c)
{
    unsigned int order = c->order ? c->order + 1 : 6;
    uint32_t *slot = calloc((size_t)1 << order, sizeof(*slot));

    if (!slot)
        return false;
    free(c->slot);
    c->slot = slot;
    c->order = order;
    for (size_t i = 0; i < c->nr_touched; i++)
        *find(c, c->touched[i].node) = (uint32_t)i + 1;
    return true;
}

uint32_t who_climb_states(const struct who_climb *c, uint32_t node)
{
    uint32_t i = c->order && node != WHO_NONE ? *find(c, node) : 0;

    return i ? c->touched[i - 1].state : WHO_NONE;
}

static struct touched *touch(struct who_climb *c, uint32_t node)
{
    uint32_t *slot;

    if ((!c->order || c->nr_touched >= (size_t)1 << (c->order - 1)) && !grow(c))
        return NULL;
    slot = find(c, node);
    if (*slot)
        return &c->touched[*slot - 1];
    if (!who_room(&c->touched, c->nr_touched, &c->max_touched, sizeof(*c->touched)))
        return NULL;
    c->touched[c->nr_touched] = (struct touched){ node, WHO_NONE };
    *slot = (uint32_t)++c->nr_touched;
    return &c->touched[*slot - 1];
}

/* --- What they know ------------------------------------------------------------------------ */

static uint64_t add(uint64_t a, uint64_t b)
{
    return a + b < a ? UINT64_MAX : a + b;
}

/* A node knows of more addresses. */
static bool learn(struct who_climb *c, uint32_t node, const struct who_state *more)
{
    struct touched *t = touch(c, node);
    struct who_state *s;
    uint32_t i = t ? t->state : WHO_NONE;

    while (i != WHO_NONE && (c->states[i].granted != more->granted ||
                             c->states[i].level != more->level || c->states[i].slot != more->slot))
        i = c->states[i].next;
    if (i == WHO_NONE) {
        if (!t || !who_room(&c->states, c->nr_states, &c->max_states, sizeof(*c->states)))
            return false;
        c->states[c->nr_states] = *more;
        c->states[c->nr_states].next = t->state;
        t->state = (uint32_t)c->nr_states++;
        return true;
    }
    s = &c->states[i];
    s->count = add(s->count, more->count);
    s->hi = max_u64(s->hi, more->hi);
    if (more->lo < s->lo) {
        s->lo = more->lo;
        s->out = more->out;
        s->leaf = more->leaf;
        s->leaf_slot = more->leaf_slot;
    }
    return true;
}

static uint64_t granted_by(const struct who_space *s, unsigned int level, uint64_t entry)
{
    const struct xenpt_format *f = &s->pg->format;

    return ((entry ^ f->inverted) | f->level[level].silent) & s->rights;
}

static uint64_t entry_at(const struct who_space *s, uint32_t node, unsigned int slot)
{
    unsigned int size = s->pg->format.entry_size;
    uint64_t entry = 0;

    /* It was read when the node was made. */
    return xenpt_read(s->mem, s->nodes[node].base + (uint64_t)slot * size, &entry, size) ? entry
                                                                                         : 0;
}

bool who_hit(struct who_climb *c, uint32_t node, unsigned int slot, uint64_t entry, uint64_t out)
{
    const struct who_space *s = c->space;
    unsigned int level = s->nodes[node].level;
    unsigned int shift = s->pg->format.level[level].shift;
    uint64_t first = max_u64(out, c->first), last = min_u64(out + ones(shift), c->last);
    struct who_state state = {
        .granted = granted_by(s, level, entry),
        .count = (last >> XENPT_PAGE_SHIFT) - (first >> XENPT_PAGE_SHIFT) + 1,
        .lo = ((uint64_t)slot << shift) + (first - out),
        .out = first,
        .leaf = node,
        .leaf_slot = (uint16_t)slot,
        .level = (uint8_t)level,
        .slot = (uint16_t)(level == s->pg->format.top ? slot : 0),
    };

    /* The highest address of its kind is one of the first byte asked for that it has. */
    state.hi = state.lo + ((last & ~ones(XENPT_PAGE_SHIFT)) > first
                               ? (last & ~ones(XENPT_PAGE_SHIFT)) - first
                               : 0);
    return learn(c, node, &state);
}

/* --- Up ------------------------------------------------------------------------------------ */

static bool climb_edge(struct who_climb *c, uint32_t states, const struct who_edge *e)
{
    const struct who_space *s = c->space;
    unsigned int level = s->nodes[e->from].level;
    uint64_t granted = granted_by(s, level, entry_at(s, e->from, e->slot));
    uint64_t add_to = (uint64_t)e->slot << s->pg->format.level[level].shift;

    for (uint32_t i = states; i != WHO_NONE; i = c->states[i].next) {
        struct who_state more = c->states[i];

        more.granted &= granted;
        more.lo += add_to;
        more.hi += add_to;
        more.slot = level == s->pg->format.top ? e->slot : 0;
        if (!learn(c, e->from, &more))
            return false;
    }
    return true;
}

static bool climb_level(struct who_climb *c, unsigned int level)
{
    /* What is touched on the way is of higher levels. */
    for (size_t i = 0; i < c->nr_touched; i++) {
        struct touched t = c->touched[i];

        if (c->space->nodes[t.node].level != level)
            continue;
        for (uint32_t e = c->space->nodes[t.node].edge; e != WHO_NONE; e = c->space->edges[e].next)
            if (!climb_edge(c, t.state, &c->space->edges[e]))
                return false;
    }
    return true;
}

bool who_climb(struct who_climb *ret, const struct who_space *s, bool pages, uint64_t first,
               uint64_t last)
{
    bool ok;

    *ret = (struct who_climb){ .space = s, .first = first, .last = last };
    ok = who_hits(ret, pages);
    for (unsigned int level = 1; ok && level < s->pg->format.top; level++)
        ok = climb_level(ret, level);
    return ok;
}

void who_climb_fini(struct who_climb *c)
{
    free(c->states);
    free(c->touched);
    free(c->slot);
}

uint64_t who_address(const struct who_space *s, uint64_t in)
{
    const struct xenpt_format *f = &s->pg->format;

    return f->sign_extended && in >> (f->input_bits - 1) & 1 ? in | ~ones(f->input_bits) : in;
}
