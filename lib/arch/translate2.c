/*
 * translate2.c - walk and judge one address through both stages, leaving no record.
 *
 * This is the plain way: every entry is there, every right is held.  Whatever is not plain is
 * walked again, and decided as a record would be (settle2.c), or by a record itself.
 */
#include "arch/instances.h"
#include "arch/second_stage.h"
#include "arch/translate.h"

/* Where a guest's table, or an entry of it, lies: as far as the processor may read it and
 * set its A and D flags, which with `above` is yet to be asked. */
static always_inline bool find_table(struct kind2 k, const struct asking *q, struct above *above,
                                     uint64_t gaddr, uint64_t *maddr)
{
    uint64_t granted = ~UINT64_C(0);

    if (above)
        return second_stage(k, q, above, gaddr, maddr, &above->guest_tables);
    return likely(second_stage(k, q, NULL, gaddr, maddr, &granted) &&
                  (granted & q->need_table) == q->need_table);
}

/* Reads and weighs one entry of the guest.  NO_MEMORY stands for all that is not plain. */
static always_inline enum xenpt_outcome guest_entry(struct kind2 k, const struct asking *q,
                                                    unsigned int level, uint64_t in, uint64_t maddr,
                                                    struct trail *t)
{
    if (unlikely(!mem_load(k.held, true, q->mem, maddr, k.guest->entry_size, &t->entry)))
        return XENPT_NO_MEMORY;
    return weigh_as(plain_kind(k.guest, k, PLAIN), q->guest, level, in, t);
}

/* One level of the guest, found through the second stage. */
static always_inline enum xenpt_outcome guest_level(struct kind2 k, const struct asking *q,
                                                    struct above *above, unsigned int level,
                                                    uint64_t in, struct trail *t)
{
    uint64_t maddr;

    if (!find_table(k, q, above, entry_at(k.guest, level, t->table, in), &maddr))
        return XENPT_NO_MEMORY;
    return guest_entry(k, q, level, in, maddr, t);
}

/* The guest's levels above L1, written out as in follow(). */
static always_inline enum xenpt_outcome guest_above(struct kind2 k, const struct asking *q,
                                                    struct above *above, uint64_t in,
                                                    struct trail *t)
{
    enum xenpt_outcome outcome = GOES_ON;

    if (k.guest->top >= 5)
        outcome = guest_level(k, q, above, 5, in, t);
    if (k.guest->top >= 4 && outcome == GOES_ON)
        outcome = guest_level(k, q, above, 4, in, t);
    if (k.guest->top >= 3 && outcome == GOES_ON)
        outcome = guest_level(k, q, above, 3, in, t);
    return outcome == GOES_ON ? guest_level(k, q, above, 2, in, t) : outcome;
}

/*
 * A region of the guest that is not kept yet: walked as far as its L1 table, and kept.  A
 * larger page ends the walk and is not kept: where it leads, the second stage's regions know.
 */
static __attribute__((noinline)) enum xenpt_outcome guest_miss(const struct asking *q, uint64_t in,
                                                               struct trail *t, struct region *kept)
{
    struct kind2 k = { &q->guest->format, &q->second->format, q->mem->held, false };
    enum xenpt_outcome outcome = guest_above(k, q, NULL, in, t);
    uint64_t maddr;

    if (outcome != GOES_ON)
        return outcome;
    if (!find_table(k, q, NULL, t->table, &maddr))
        return XENPT_NO_MEMORY;
    *kept = region_of(q, in >> region_shift(k.guest), maddr, t->granted);
    return GOES_ON;
}

/* The guest's walk: where `in` leads in guest-physical memory. */
static always_inline enum xenpt_outcome first_stage(struct kind2 k, const struct asking *q,
                                                    struct above *above, uint64_t in,
                                                    struct trail *t)
{
    enum xenpt_outcome outcome;
    struct region *r;

    *t = trail_from(q->guest->root);
    t->out = in;
    if (unlikely(!fits(k.guest, in)))
        return XENPT_NO_MEMORY;
    if (!k.guest->top)
        return XENPT_MAPPED;
    if (above) {
        outcome = guest_above(k, q, above, in, t);
        return outcome == GOES_ON ? guest_level(k, q, above, 1, in, t) : outcome;
    }
    r = region_at(q->cache->first, q->cache->nr, in >> region_shift(k.guest));
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
    return weigh_as(plain_kind(k.guest, k, PLAIN), q->guest, 1, in, t);
}

/* The plain way.  False: it was not plain, and nothing is known. */
static always_inline bool plainly(struct kind2 k, const struct asking *q, bool cached,
                                  const struct xenpt_ask *ask, uint64_t in,
                                  struct xenpt_translation2 *ret)
{
    struct above top = { .slot = ~UINT64_C(0), .guest_tables = ~UINT64_C(0) };
    struct above *above = cached ? NULL : &top;
    struct trail t;
    uint64_t granted = ~UINT64_C(0), need;

    if (unlikely(first_stage(k, q, above, in, &t) != XENPT_MAPPED) ||
        !plainly_allowed(ask, t.granted))
        return false;
    if (above && unlikely((top.guest_tables & q->need_table) != q->need_table))
        return false;
    if (above)
        granted = top.granted;
    need = need_final(k.guest, q->guest, q->second, ask->access.kind, t.granted);
    if (unlikely(!second_stage(k, q, above, t.out, &ret->out, &granted) ||
                 (granted & need) != need || (above && !exist(k.second, granted))))
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

/* All that is not plain. */
static __attribute__((noinline)) bool
not_plain(const struct xenpt_paging *guest, const struct xenpt_paging *second,
          const struct xenpt_reader *mem, const struct xenpt_ask *ask, struct xenpt_cache *cache,
          uint64_t in, struct xenpt_translation2 *ret)
{
    struct asking q = { .guest = guest, .second = second, .mem = mem };
    enum settled settled = SETTLED_NOT;

    (void)cache;
    /* What a shadow stack is depends on more entries than the short ways look at. */
    if (!ask->access.shadow_stack)
        settled = settle2(guest, second, mem, ask, in, ret);
    return settled == SETTLED_NOT ? by_record(&q, ask, in, ret) : settled == SETTLED_ALLOWED;
}

static always_inline bool translate2(struct kind2 k, bool cached, const struct xenpt_paging *guest,
                                     const struct xenpt_paging *second,
                                     const struct xenpt_reader *mem, const struct xenpt_ask *ask,
                                     struct xenpt_cache *cache, uint64_t in,
                                     struct xenpt_translation2 *ret)
{
    const uint64_t *right = second->format.right;
    struct asking q = { guest, second, mem, cache,
                        right[XENPT_R] | right[XENPT_W] | plain_bit(&second->format) };

    return plainly(k, &q, cached, ask, in, ret) ||
           not_plain(guest, second, mem, ask, cache, in, ret);
}

typedef bool translate2_fn(const struct xenpt_paging *, const struct xenpt_paging *,
                           const struct xenpt_reader *, const struct xenpt_ask *,
                           struct xenpt_cache *, uint64_t, struct xenpt_translation2 *);

/*
 * A 4-level guest over EPT or nested paging, the pairs that matter, is specialised for each
 * way of holding memory.
 */
#define EACH_HOT(X)                                                                                \
    EACH_OPEN(X, XENPT_EPT4)                                                                       \
    EACH_OPEN(X, XENPT_NPT4)

#define INSTANCE_OF(name, id, held, cached)                                                        \
    static bool name##_##id##_##held(                                                              \
        const struct xenpt_paging *guest, const struct xenpt_paging *second,                       \
        const struct xenpt_reader *mem, const struct xenpt_ask *ask, struct xenpt_cache *cache,    \
        uint64_t in, struct xenpt_translation2 *ret)                                               \
    {                                                                                              \
        struct kind2 k = { &formats[XENPT_4LEVEL], &formats[id], held, true };                     \
                                                                                                   \
        return translate2(k, cached, guest, second, mem, ask, cache, in, ret);                     \
    }
#define INSTANCE(id, held)                                                                         \
    INSTANCE_OF(plain, id, held, false)                                                            \
    INSTANCE_OF(cached, id, held, true)
EACH_HOT(INSTANCE)

#define ROW(id, held) [id][held] = { plain_##id##_##held, cached_##id##_##held },
static translate2_fn *const instances[XENPT_NR_FORMATS][XENPT_NR_HELD][2] = { EACH_HOT(ROW) };

/* Any other pair goes through the same code with a cache, not folded. */
static bool cached_any(const struct xenpt_paging *guest, const struct xenpt_paging *second,
                       const struct xenpt_reader *mem, const struct xenpt_ask *ask,
                       struct xenpt_cache *cache, uint64_t in, struct xenpt_translation2 *ret)
{
    struct kind2 k = { &guest->format, &second->format, mem->held, false };

    if (unlikely(ask->access.shadow_stack))
        return not_plain(guest, second, mem, ask, cache, in, ret);
    return translate2(k, true, guest, second, mem, ask, cache, in, ret);
}

bool xenpt_translate2(const struct xenpt_paging *guest, const struct xenpt_paging *second,
                      const struct xenpt_reader *mem, const struct xenpt_ask *ask,
                      struct xenpt_cache *cache, uint64_t in, struct xenpt_translation2 *ret)
{
    translate2_fn *way = NULL;

    if (likely(guest->id == XENPT_4LEVEL))
        way = instances[second->id][mem->held][cache != NULL];
    if (unlikely(!way))
        way = cache ? cached_any : not_plain; /* With neither, there is no shorter way. */
    return way(guest, second, mem, ask, cache, in, ret);
}
