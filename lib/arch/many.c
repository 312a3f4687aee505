/*
 * many.c - many addresses, walked side by side.
 *
 * One walk waits for each of its entries in turn.  A group of walks taken level by level has
 * all of its entries of a level on their way from memory at once, which is what hides the
 * latency of tables that no cache holds.
 *
 *     lanes whose addresses share an L1 table (neighbours, mostly) walk the upper levels once:
 *
 *     in:      a0  a1  a2 | b0 | c0  c1          the first of each run leads
 *     levels   a           b    c                top .. L2: leaders only
 *     L1       a0  a1  a2   b0   c0  c1          L1: every lane
 */
#include "arch/instances.h"
#include "arch/translate.h"

/* Walks under way at once: enough to fill a core's outstanding misses, few enough for L1. */
#define GROUP 64

/* The addresses of a group, and whom the answers go to. */
struct batch {
    const struct xenpt_paging *pg;
    const struct xenpt_reader *mem;
    const struct xenpt_ask *ask;
    const uint64_t *in;
    struct xenpt_translation *ret;
    size_t n, allowed;
};

/* The walks of a group, by run of neighbours; each array is its own, for a loop needs few. */
struct runs {
    unsigned int n;
    uint8_t first[GROUP + 1];    /* Its first address leads; the next run's first ends it. */
    bool ended[GROUP];           /* The leader came to an end above L1; answers are given. */
    uint64_t in[GROUP];          /* The leader's address. */
    const uint8_t *entry[GROUP]; /* Where its next entry is held; NULL: nowhere, or a call. */
    uint64_t table[GROUP];       /* The table that lies in; FLAT: at L1 only. */
    uint64_t granted[GROUP];     /* By the levels above. */
};

static always_inline void finish(struct batch *b, unsigned int i, enum xenpt_outcome outcome,
                                 const struct trail *t)
{
    b->allowed += answer(b->pg, b->mem, b->ask, b->in[i], outcome, t, &b->ret[i]);
}

/* Finds where an entry is held, and has it fetched. */
static always_inline const uint8_t *aim(struct kind k, const struct batch *b, unsigned int level,
                                        uint64_t table, uint64_t in)
{
    const uint8_t *entry;

    if (k.held == XENPT_HELD_BEHIND_CALL)
        return NULL;
    entry = mem_glance(k.held, b->mem, entry_at(k.shape, level, table, in), k.shape->entry_size);
    __builtin_prefetch(entry);
    return entry;
}

/* An entry that a glance did not find: the reader knows whether there is one. */
static __attribute__((noinline)) enum xenpt_outcome
descend_by_call(const struct batch *b, unsigned int level, uint64_t in, struct trail *t)
{
    return descend(by_call(b->pg), b->pg, b->mem, level, in, t);
}

/* Reads the entry that was aimed at, and weighs it. */
static always_inline enum xenpt_outcome take(struct kind k, const struct batch *b,
                                             const uint8_t *entry, unsigned int level, uint64_t in,
                                             struct trail *t)
{
    if (k.held == XENPT_HELD_BEHIND_CALL)
        return descend(k, b->pg, b->mem, level, in, t);
    if (unlikely(!entry)) {
        if (k.held != XENPT_HELD_FLAT) {
            struct trail copy = *t; /* The address of *t itself would keep it in memory. */
            enum xenpt_outcome outcome = descend_by_call(b, level, in, &copy);

            *t = copy;
            return outcome;
        }
        t->level = level;
        return XENPT_NO_MEMORY;
    }
    t->entry = mem_word(entry, k.shape->entry_size);
    return weigh(k.shape, b->pg, level, in, t);
}

/* A leader came to an end above L1: so do all that follow it, but for the byte of the page. */
static __attribute__((noinline)) void end_run(struct batch *b, struct runs *w, unsigned int r,
                                              enum xenpt_outcome outcome, const struct trail *t)
{
    unsigned int leader = w->first[r];

    w->ended[r] = true;
    finish(b, leader, outcome, t);
    for (unsigned int i = leader + 1; i < w->first[r + 1]; i++) {
        b->ret[i] = b->ret[leader];
        if (outcome == XENPT_MAPPED)
            b->ret[i].out ^= b->in[leader] ^ b->in[i];
        b->allowed += b->ret[i].rule == XENPT_RULE_NONE;
    }
}

/* Finds the runs: addresses in a row that share an L1 table. */
static always_inline void find_runs(struct kind k, const struct batch *b, struct runs *w)
{
    unsigned int region = k.shape->level[1].shift + k.shape->level[1].bits;

    w->n = 0;
    for (unsigned int i = 0; i < b->n; i++) {
        if (i && (b->in[i] ^ b->in[i - 1]) >> region == 0)
            continue;
        w->first[w->n] = (uint8_t)i;
        w->in[w->n++] = b->in[i];
    }
    w->first[w->n] = (uint8_t)b->n;
}

/* Sets the leaders off at the root. */
static always_inline void set_off(struct kind k, struct batch *b, struct runs *w)
{
    struct trail t = trail_from(b->pg->root);

    for (unsigned int r = 0; r < w->n; r++) {
        w->ended[r] = false;
        w->table[r] = t.table;
        w->granted[r] = t.granted;
        if (likely(fits(k.shape, w->in[r])))
            w->entry[r] = aim(k, b, k.shape->top, t.table, w->in[r]);
        else
            end_run(b, w, r, k.shape->sign_extended ? XENPT_NON_CANONICAL : XENPT_TOO_WIDE, &t);
    }
}

/* One level for every leader still under way; the next entry of those that go on is aimed at. */
static always_inline void step_down(struct kind k, struct batch *b, struct runs *w,
                                    unsigned int level)
{
    for (unsigned int r = 0; r < w->n; r++) {
        uint64_t in = w->in[r];
        struct trail t = { .granted = w->granted[r] };
        enum xenpt_outcome outcome;

        if (unlikely(w->ended[r]))
            continue;
        if (k.held != XENPT_HELD_FLAT)
            t.table = w->table[r];
        outcome = take(k, b, w->entry[r], level, in, &t);
        if (unlikely(outcome != GOES_ON)) {
            struct trail copy = t; /* As in take(). */

            end_run(b, w, r, outcome, &copy);
            continue;
        }
        if (k.held != XENPT_HELD_FLAT || level == 2)
            w->table[r] = t.table;
        w->granted[r] = t.granted;
        w->entry[r] = aim(k, b, level - 1, t.table, in);
    }
}

/* Where the table is not held in one piece: its entries are asked for in turn. */
static __attribute__((noinline)) void last_level_by_call(struct batch *b, const struct runs *w,
                                                         unsigned int r)
{
    for (unsigned int i = w->first[r]; i < w->first[r + 1]; i++) {
        struct trail t = { .table = w->table[r], .granted = w->granted[r] };

        finish(b, i, descend_by_call(b, 1, b->in[i], &t), &t);
    }
}

/* A run of several addresses: they read one table. */
static always_inline void last_level_of_run(struct kind k, struct batch *b, const struct runs *w,
                                            unsigned int r)
{
    const uint8_t *table = mem_at(k.held, b->mem, w->table[r], XENPT_PAGE_SIZE);
    const struct batch q = *b; /* A copy: what is stored in answers cannot be part of it. */
    uint64_t granted = w->granted[r];
    size_t allowed = 0;

    if (unlikely(!table)) {
        last_level_by_call(b, w, r);
        return;
    }
    for (unsigned int i = w->first[r], end = w->first[r + 1]; i < end; i++) {
        uint64_t in = q.in[i];
        struct trail t = { .granted = granted };
        enum xenpt_outcome outcome;

        t.entry = mem_word(table + entry_at(k.shape, 1, 0, in), k.shape->entry_size);
        outcome = weigh(k.shape, q.pg, 1, in, &t);
        allowed += answer(q.pg, q.mem, q.ask, in, outcome, &t, &q.ret[i]);
    }
    b->allowed += allowed;
}

static always_inline void last_level(struct kind k, struct batch *b, const struct runs *w)
{
    for (unsigned int r = 0; r < w->n; r++) {
        unsigned int i = w->first[r];
        struct trail t = { .table = w->table[r], .granted = w->granted[r] };

        if (unlikely(w->ended[r]))
            continue;
        if (w->first[r + 1] - i > 1)
            last_level_of_run(k, b, w, r);
        else
            finish(b, i, take(k, b, w->entry[r], 1, b->in[i], &t), &t);
    }
}

static always_inline void translate_group(struct kind k, struct batch *b)
{
    struct runs w;

    find_runs(k, b, &w);
    set_off(k, b, &w);
    if (k.shape->top >= 5)
        step_down(k, b, &w, 5);
    if (k.shape->top >= 4)
        step_down(k, b, &w, 4);
    if (k.shape->top >= 3)
        step_down(k, b, &w, 3);
    step_down(k, b, &w, 2);
    last_level(k, b, &w);
}

typedef void many_fn(struct batch *);

/* What is asked of much memory at once is specialised; all else runs the same code unfolded. */
#define EACH_HOT(X)                                                                                \
    EACH_OPEN(X, XENPT_4LEVEL)                                                                     \
    EACH_OPEN(X, XENPT_EPT4)

#define INSTANCE(id, way)                                                                          \
    static void many_##id##_##way(struct batch *b)                                                 \
    {                                                                                              \
        translate_group((struct kind){ &formats[id], way, .glance = true, CERTAIN }, b);           \
    }
EACH_HOT(INSTANCE)

#define ROW(id, way) [id][way] = many_##id##_##way,
static many_fn *const instances[XENPT_NR_FORMATS][XENPT_NR_HELD] = { EACH_HOT(ROW) };

static void many_any(struct batch *b)
{
    translate_group(any_kind(b->pg, b->mem), b);
}

size_t xenpt_translate_many(const struct xenpt_paging *pg, const struct xenpt_reader *mem,
                            const struct xenpt_ask *ask, size_t n, const uint64_t in[],
                            struct xenpt_translation ret[])
{
    many_fn *group = instances[pg->id][mem->held];
    struct batch b = { .pg = pg, .mem = mem, .ask = ask };

    if (pg->id == XENPT_UNPAGED) {
        for (size_t i = 0; i < n; i++)
            b.allowed += xenpt_translate(pg, mem, ask, in[i], &ret[i]);
        return b.allowed;
    }
    if (!group)
        group = many_any;
    for (size_t done = 0; done < n; done += b.n) {
        b.in = in + done;
        b.ret = ret + done;
        b.n = n - done < GROUP ? n - done : GROUP;
        group(&b);
    }
    return b.allowed;
}
