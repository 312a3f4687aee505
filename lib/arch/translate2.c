/*
 * translate2.c - walk and judge one address through both stages, leaving no record.
 *
 * This is the plain way: every entry is there, every right is held.  Whatever is not plain is
 * walked again, and decided as a record would be (settle2.c), or by a record itself.
 */
#include "arch/cache.h"
#include "arch/instances.h"
#include "arch/translate.h"

/* What is constant where a function is specialised. */
struct kind2 {
    const struct xenpt_format *guest, *second;
    enum xenpt_held held;
    bool folded; /* It is; else the second stage is called, not written out, at each level. */
};

/* Not being conclusive is not being plain: a glance will do. */
static always_inline struct kind second_kind(struct kind2 k)
{
    return (struct kind){ k.second, k.held, true };
}

/* The question, and how it goes. */
struct asking {
    const struct xenpt_paging *guest, *second;
    const struct xenpt_reader *mem;
    struct xenpt_cache *cache;
    uint64_t need_table; /* Rights to a guest's table: to read it, and to set A and D. */
};

/* From a region to the byte: its L1 entry, unless the region is one page. */
static always_inline bool second_last(struct kind2 k, const struct asking *q,
                                      const struct region *r, uint64_t gaddr, uint64_t *maddr,
                                      uint64_t *granted)
{
    struct trail t = { .table = r->base, .granted = r->granted };
    enum xenpt_outcome outcome = XENPT_MAPPED;

    if (unlikely(!r->bytes)) {
        outcome = descend(second_kind(k), q->second, q->mem, 1, gaddr, &t);
    } else if (r->bytes != region_is_page) {
        t.entry = mem_word(region_entry(k.second, r, gaddr), k.second->entry_size);
        outcome = weigh(k.second, q->second, 1, gaddr, &t);
    } else {
        t.out = r->base | (gaddr & ones(region_shift(k.second)));
    }
    if (unlikely(outcome != XENPT_MAPPED))
        return false;
    *maddr = t.out;
    *granted = t.granted;
    return true;
}

/* A region with an L1 table at @table. */
static struct region region_of(const struct asking *q, uint64_t tag, uint64_t table,
                               uint64_t granted)
{
    return (struct region){
        .tag = tag,
        .base = table,
        .granted = granted,
        .bytes = mem_at(q->mem->held, q->mem, table, XENPT_PAGE_SIZE),
    };
}

/* A region that is not kept yet: walked as far as its L1 table or its larger page, and kept. */
static __attribute__((noinline)) bool second_miss(const struct asking *q, uint64_t gaddr,
                                                  struct region *kept)
{
    const struct xenpt_format *f = &q->second->format;
    struct trail t = trail_from(q->second->root);
    enum xenpt_outcome outcome = fits(f, gaddr) ? GOES_ON : XENPT_TOO_WIDE;

    for (unsigned int l = f->top; l >= 2 && outcome == GOES_ON; l--)
        outcome = descend(any_kind(q->second, q->mem), q->second, q->mem, l, gaddr, &t);
    if (outcome != GOES_ON && outcome != XENPT_MAPPED)
        return false;
    *kept = region_of(q, gaddr >> region_shift(f), t.table, t.granted);
    if (outcome == XENPT_MAPPED) {
        kept->base = t.out & ~ones(region_shift(f));
        kept->bytes = region_is_page;
    }
    return true;
}

/* One walk of the second stage. */
static always_inline bool second_walk(struct kind2 k, const struct asking *q, bool cached,
                                      uint64_t gaddr, uint64_t *maddr, uint64_t *granted)
{
    struct region *r;
    struct trail t;

    if (cached) {
        r = region_at(q->cache->second, q->cache->order, gaddr >> region_shift(k.second));
        return (likely(r->tag == gaddr >> region_shift(k.second)) || second_miss(q, gaddr, r)) &&
               second_last(k, q, r, gaddr, maddr, granted);
    }
    if (unlikely(follow(second_kind(k), q->second, q->mem, gaddr, &t) != XENPT_MAPPED))
        return false;
    *maddr = t.out;
    *granted = t.granted;
    return true;
}

static __attribute__((noinline)) bool second_walk_any(const struct asking *q, uint64_t gaddr,
                                                      uint64_t *maddr, uint64_t *granted)
{
    struct kind2 k = { NULL, &q->second->format, q->mem->held, false };

    return q->cache ? second_walk(k, q, true, gaddr, maddr, granted)
                    : second_walk(k, q, false, gaddr, maddr, granted);
}

static always_inline bool second_stage(struct kind2 k, const struct asking *q, bool cached,
                                       uint64_t gaddr, uint64_t *maddr, uint64_t *granted)
{
    return k.folded ? second_walk(k, q, cached, gaddr, maddr, granted)
                    : second_walk_any(q, gaddr, maddr, granted);
}

/* Where a guest's table, or an entry of it, lies: as far as the processor may read it and
 * set its A and D flags. */
static always_inline bool find_table(struct kind2 k, const struct asking *q, bool cached,
                                     uint64_t gaddr, uint64_t *maddr)
{
    uint64_t granted;

    return likely(second_stage(k, q, cached, gaddr, maddr, &granted) &&
                  (granted & q->need_table) == q->need_table);
}

/* Reads and weighs one entry of the guest.  NO_MEMORY stands for all that is not plain. */
static always_inline enum xenpt_outcome guest_entry(struct kind2 k, const struct asking *q,
                                                    unsigned int level, uint64_t in, uint64_t maddr,
                                                    struct trail *t)
{
    if (unlikely(!mem_load(k.held, true, q->mem, maddr, k.guest->entry_size, &t->entry)))
        return XENPT_NO_MEMORY;
    return weigh(k.guest, q->guest, level, in, t);
}

/* One level of the guest, found through the second stage. */
static always_inline enum xenpt_outcome guest_level(struct kind2 k, const struct asking *q,
                                                    bool cached, unsigned int level, uint64_t in,
                                                    struct trail *t)
{
    uint64_t maddr;

    if (!find_table(k, q, cached, entry_at(k.guest, level, t->table, in), &maddr))
        return XENPT_NO_MEMORY;
    return guest_entry(k, q, level, in, maddr, t);
}

/* The guest's levels above L1, written out as in follow(). */
static always_inline enum xenpt_outcome guest_above(struct kind2 k, const struct asking *q,
                                                    bool cached, uint64_t in, struct trail *t)
{
    enum xenpt_outcome outcome = GOES_ON;

    if (k.guest->top >= 5)
        outcome = guest_level(k, q, cached, 5, in, t);
    if (k.guest->top >= 4 && outcome == GOES_ON)
        outcome = guest_level(k, q, cached, 4, in, t);
    if (k.guest->top >= 3 && outcome == GOES_ON)
        outcome = guest_level(k, q, cached, 3, in, t);
    return outcome == GOES_ON ? guest_level(k, q, cached, 2, in, t) : outcome;
}

/*
 * A region of the guest that is not kept yet: walked as far as its L1 table, and kept.  A
 * larger page ends the walk and is not kept: where it leads, the second stage's regions know.
 */
static __attribute__((noinline)) enum xenpt_outcome guest_miss(const struct asking *q, uint64_t in,
                                                               struct trail *t, struct region *kept)
{
    struct kind2 k = { &q->guest->format, &q->second->format, q->mem->held, false };
    enum xenpt_outcome outcome = guest_above(k, q, true, in, t);
    uint64_t maddr;

    if (outcome != GOES_ON)
        return outcome;
    if (!find_table(k, q, true, t->table, &maddr))
        return XENPT_NO_MEMORY;
    *kept = region_of(q, in >> region_shift(k.guest), maddr, t->granted);
    return GOES_ON;
}

/* The guest's walk: where `in` leads in guest-physical memory. */
static always_inline enum xenpt_outcome first_stage(struct kind2 k, const struct asking *q,
                                                    bool cached, uint64_t in, struct trail *t)
{
    enum xenpt_outcome outcome;
    struct region *r;

    *t = trail_from(q->guest->root);
    t->out = in;
    if (unlikely(!fits(k.guest, in)))
        return XENPT_NO_MEMORY;
    if (!k.guest->top)
        return XENPT_MAPPED;
    if (!cached) {
        outcome = guest_above(k, q, false, in, t);
        return outcome == GOES_ON ? guest_level(k, q, false, 1, in, t) : outcome;
    }
    r = region_at(q->cache->first, q->cache->order, in >> region_shift(k.guest));
    if (unlikely(r->tag != in >> region_shift(k.guest))) {
        struct trail full = *t; /* A copy: the address of *t itself would keep it in memory. */

        outcome = guest_miss(q, in, &full, r);
        if (outcome != GOES_ON) {
            *t = full;
            return outcome;
        }
    }
    t->granted = r->granted;
    if (unlikely(!r->bytes))
        return guest_entry(k, q, 1, in, entry_at(k.guest, 1, r->base, in), t);
    t->entry = mem_word(region_entry(k.guest, r, in), k.guest->entry_size);
    return weigh(k.guest, q->guest, 1, in, t);
}

/* The plain way.  False: it was not plain, and nothing is known. */
static always_inline bool plainly(struct kind2 k, const struct asking *q, bool cached,
                                  const struct xenpt_ask *ask, uint64_t in,
                                  struct xenpt_translation2 *ret)
{
    struct trail t;
    uint64_t granted, need;

    if (unlikely(first_stage(k, q, cached, in, &t) != XENPT_MAPPED) ||
        !plainly_allowed(ask, t.granted))
        return false;
    need = need_final(k.guest, q->guest, q->second, ask->access.kind, t.granted);
    if (unlikely(!second_stage(k, q, cached, t.out, &ret->out, &granted) ||
                 (granted & need) != need))
        return false;
    ret->gaddr = t.out;
    ret->code = 0;
    ret->outcome = XENPT_MAPPED;
    ret->rule = XENPT_RULE_NONE;
    ret->fault = XENPT_FAULT_NONE;
    ret->second = false;
    return true;
}

/* What no shorter way can tell: as walk and judge have it. */
static bool by_record(const struct asking *q, const struct xenpt_ask *ask, uint64_t in,
                      struct xenpt_translation2 *ret)
{
    struct xenpt_walk2 walk;
    struct xenpt_verdict2 verdict;

    xenpt_walk2(q->guest, q->second, q->mem, in, &walk);
    xenpt_judge2(q->guest, q->second, &walk, &ask->access, &verdict);
    *ret = (struct xenpt_translation2){
        .out = walk.out,
        .gaddr = verdict.second ? walk.second[verdict.which].in : walk.guest.out,
        .code = verdict.fault.code,
        .outcome = (uint8_t)walk.outcome,
        .rule = (uint8_t)verdict.rule,
        .fault = (uint8_t)verdict.fault.kind,
        .second = verdict.second,
    };
    return verdict.allowed;
}

typedef bool plainly_fn(const struct asking *, const struct xenpt_ask *, uint64_t,
                        struct xenpt_translation2 *);

/*
 * A 4-level guest over EPT or nested paging, the pairs that matter, is specialised for each
 * way of holding memory.
 */
#define EACH_HOT(X)                                                                                \
    EACH_OPEN(X, XENPT_EPT4)                                                                       \
    EACH_OPEN(X, XENPT_NPT4)

#define INSTANCE(second, held)                                                                     \
    static bool plain_##second##_##held(const struct asking *q, const struct xenpt_ask *ask,       \
                                        uint64_t in, struct xenpt_translation2 *ret)               \
    {                                                                                              \
        struct kind2 k = { &formats[XENPT_4LEVEL], &formats[second], held, true };                 \
                                                                                                   \
        return plainly(k, q, false, ask, in, ret);                                                 \
    }                                                                                              \
                                                                                                   \
    static bool cached_##second##_##held(const struct asking *q, const struct xenpt_ask *ask,      \
                                         uint64_t in, struct xenpt_translation2 *ret)              \
    {                                                                                              \
        struct kind2 k = { &formats[XENPT_4LEVEL], &formats[second], held, true };                 \
                                                                                                   \
        return plainly(k, q, true, ask, in, ret);                                                  \
    }
EACH_HOT(INSTANCE)

#define ROW(second, held) [second][held] = { plain_##second##_##held, cached_##second##_##held },
static plainly_fn *const instances[XENPT_NR_FORMATS][XENPT_NR_HELD][2] = { EACH_HOT(ROW) };

/* Any other pair goes through the same code with a cache, not folded. */
static bool plain_any(const struct asking *q, const struct xenpt_ask *ask, uint64_t in,
                      struct xenpt_translation2 *ret)
{
    struct kind2 k = { &q->guest->format, &q->second->format, q->mem->held, false };

    return plainly(k, q, true, ask, in, ret);
}

/* Where neither a cache nor a specialised way saves anything, there is no plain way. */
static bool not_plain(const struct asking *q, const struct xenpt_ask *ask, uint64_t in,
                      struct xenpt_translation2 *ret)
{
    (void)q;
    (void)ask;
    (void)in;
    (void)ret;
    return false;
}

static plainly_fn *way(const struct asking *q)
{
    plainly_fn *plain = NULL;

    if (q->guest->id == XENPT_4LEVEL)
        plain = instances[q->second->id][q->mem->held][q->cache != NULL];
    return plain ? plain : q->cache ? plain_any : not_plain;
}

bool xenpt_translate2(const struct xenpt_paging *guest, const struct xenpt_paging *second,
                      const struct xenpt_reader *mem, const struct xenpt_ask *ask,
                      struct xenpt_cache *cache, uint64_t in, struct xenpt_translation2 *ret)
{
    const uint64_t *right = second->format.right;
    struct asking q = { guest, second, mem, cache, right[XENPT_R] | right[XENPT_W] };

    /* What a shadow stack is depends on more entries than the plain way looks at. */
    if (unlikely(ask->access.shadow_stack))
        return by_record(&q, ask, in, ret);
    if (likely(way(&q)(&q, ask, in, ret)))
        return true;
    switch (settle2(guest, second, mem, ask, in, ret)) {
    case SETTLED_REFUSED:
        return false;
    case SETTLED_ALLOWED:
        return true;
    default:
        return by_record(&q, ask, in, ret);
    }
}
