/*
 * second_stage.h - the second stage's walks of one access, the plain way; for translate2.c.
 *
 * Each is a walk of its own for the record.  Here they leave none, so what they have in common
 * is done once: by a cache's regions, or, without a cache, at the top table.
 */
#ifndef XENPT_ARCH_SECOND_STAGE_H
#define XENPT_ARCH_SECOND_STAGE_H

#include "arch/cache.h"

/* What is constant where a function is specialised. */
struct kind2 {
    const struct xenpt_format *guest, *second;
    enum xenpt_held held;
    bool folded; /* It is; else the second stage is called, by way of the cache, at each level. */
};

/* Not being conclusive is not being plain: a glance will do. */
static always_inline struct kind plain_kind(const struct xenpt_format *shape, struct kind2 k,
                                            enum care care)
{
    return (struct kind){ shape, k.held, .glance = true, care };
}

/*
 * Without a cache: what one access has found out of the second stage.  Its walks have the top
 * table's entry in common, nearly always, and read it once; and what they grant of the guest's
 * tables is weighed once, for all of them.
 */
struct above {
    uint64_t slot;           /* Of the top table; ~0, which no address has: nothing yet. */
    uint64_t table, granted; /* What the entry there leads to, and grants. */
    uint64_t guest_tables;   /* Granted by all walks to a table of the guest's. */
};

/* The question, and how it goes. */
struct asking {
    const struct xenpt_paging *guest, *second;
    const struct xenpt_reader *mem;
    struct xenpt_cache *cache;
    uint64_t need_table; /* Of what is granted of a guest's table: that it exists, can be read,
                            and that A and D can be set in it. */
};

/* From a region to the byte: its L1 entry, unless the region is one page. */
static always_inline bool second_last(struct kind2 k, const struct asking *q,
                                      const struct region *r, uint64_t gaddr, uint64_t *maddr,
                                      uint64_t *granted)
{
    struct trail t = { .table = r->base, .granted = r->granted };
    enum xenpt_outcome outcome = XENPT_MAPPED;

    if (unlikely(!r->bytes)) {
        outcome = descend(plain_kind(k.second, k, PLAIN), q->second, q->mem, 1, gaddr, &t);
    } else if (r->bytes != region_is_page) {
        t.entry = mem_word(region_entry(k.second, r, gaddr), k.second->entry_size);
        outcome = weigh_as(plain_kind(k.second, k, PLAIN), q->second, 1, gaddr, &t);
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

/* Where all levels are to be walked: the top one, unless it is known. */
static always_inline bool second_top(struct kind2 k, const struct asking *q, uint64_t gaddr,
                                     struct above *above, uint64_t *granted)
{
    unsigned int top = k.second->top;
    uint64_t slot = gaddr >> k.second->level[top].shift;
    struct trail t = trail_from(q->second->root);

    if (likely(slot == above->slot))
        return true;
    if (unlikely(!fits(k.second, gaddr) || descend(plain_kind(k.second, k, PLAIN_LATE), q->second,
                                                   q->mem, top, gaddr, &t) != GOES_ON))
        return false;
    above->slot = slot;
    above->table = t.table;
    above->granted = t.granted;
    *granted &= t.granted;
    return true;
}

/*
 * One walk of the second stage: by the regions of the cache, where there is no `above`.  Takes
 * from `granted` what it does not grant.
 */
static always_inline bool second_walk(struct kind2 k, const struct asking *q, struct above *above,
                                      uint64_t gaddr, uint64_t *maddr, uint64_t *granted)
{
    struct region *r;
    struct trail t;

    if (!above) {
        r = region_at(q->cache->second, q->cache->nr, gaddr >> region_shift(k.second));
        return (likely(r->tag == gaddr >> region_shift(k.second)) || second_miss(q, gaddr, r)) &&
               second_last(k, q, r, gaddr, maddr, granted);
    }
    if (unlikely(!second_top(k, q, gaddr, above, granted)))
        return false;
    t = (struct trail){ .table = above->table, .granted = *granted };
    if (unlikely(follow_from(plain_kind(k.second, k, PLAIN_LATE), q->second, q->mem,
                             k.second->top - 1, gaddr, &t) != XENPT_MAPPED))
        return false;
    *maddr = t.out;
    *granted = t.granted;
    return true;
}

static __attribute__((noinline)) bool second_walk_any(const struct asking *q, uint64_t gaddr,
                                                      uint64_t *maddr, uint64_t *granted)
{
    struct kind2 k = { NULL, &q->second->format, q->mem->held, false };

    return second_walk(k, q, NULL, gaddr, maddr, granted);
}

static always_inline bool second_stage(struct kind2 k, const struct asking *q, struct above *above,
                                       uint64_t gaddr, uint64_t *maddr, uint64_t *granted)
{
    return k.folded ? second_walk(k, q, above, gaddr, maddr, granted)
                    : second_walk_any(q, gaddr, maddr, granted);
}

#endif
