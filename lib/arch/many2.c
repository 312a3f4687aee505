/*
 * many2.c - many addresses through both stages, side by side.
 *
 * A walk that finds both of its regions in the cache has two entries to read: the guest's L1
 * entry, and then the second stage's.  A group of walks has all entries of a kind on their
 * way from memory at once.  A walk that is not plain, or finds no region, is xenpt_translate2()'s.
 */
#include "arch/cache.h"
#include "arch/format_tables.h"
#include "arch/translate.h"

/* Walks under way at once. */
#define GROUP 32

/* What is constant where a group is specialised. */
struct shapes {
    const struct xenpt_format *guest, *second;
};

struct batch2 {
    const struct xenpt_paging *guest, *second;
    const struct xenpt_reader *mem;
    const struct xenpt_ask *ask;
    struct xenpt_cache *cache;
    const uint64_t *in;
    struct xenpt_translation2 *ret;
    size_t n, allowed;
};

/* The walks of a group that are still plain; each array is its own, for a loop needs few. */
struct lanes {
    unsigned int n;
    uint8_t of[GROUP];           /* Which address of the group. */
    const uint8_t *entry[GROUP]; /* Where its next entry is held... */
    uint64_t granted[GROUP];     /* ...and what is granted above it. */
    uint64_t page[GROUP];        /* The page it lies in, where there is no entry. */
    uint64_t gaddr[GROUP];
    uint64_t need[GROUP]; /* Rights that the second stage has to grant. */
};

static __attribute__((noinline)) void singly(struct batch2 *b, unsigned int i)
{
    b->allowed += xenpt_translate2(b->guest, b->second, b->mem, b->ask, b->cache, b->in[i],
                                   &b->ret[i]);
}

/* Finds the region of an address and has its L1 entry fetched.  False: it has none. */
static always_inline bool aim(const struct xenpt_format *shape, struct region *regions, size_t nr,
                              uint64_t in, struct lanes *w, unsigned int l)
{
    const struct region *r = region_at(regions, nr, in >> region_shift(shape));

    if (unlikely(r->tag != in >> region_shift(shape) || !r->bytes))
        return false;
    w->granted[l] = r->granted;
    w->page[l] = r->base;
    w->entry[l] = r->bytes == region_is_page ? r->bytes : region_entry(shape, r, in);
    __builtin_prefetch(w->entry[l]);
    return true;
}

static always_inline void aim_at_guest(struct shapes k, struct batch2 *b, struct lanes *w)
{
    w->n = 0;
    for (unsigned int i = 0; i < b->n; i++) {
        w->of[w->n] = (uint8_t)i;
        if (likely(fits(k.guest, b->in[i]) &&
                   aim(k.guest, b->cache->first, b->cache->nr, b->in[i], w, w->n)))
            w->n++;
        else
            singly(b, i);
    }
}

/* Takes the guest's entries: where each leads, and where the second stage has that. */
static always_inline void aim_at_second(struct shapes k, struct batch2 *b, struct lanes *w)
{
    unsigned int n = 0;

    for (unsigned int l = 0; l < w->n; l++) {
        unsigned int i = w->of[l];
        struct trail t = { .granted = w->granted[l] };

        t.entry = mem_word(w->entry[l], k.guest->entry_size);
        w->of[n] = (uint8_t)i;
        if (likely(weigh(k.guest, b->guest, 1, b->in[i], &t) == XENPT_MAPPED &&
                   plainly_allowed(b->ask, t.granted) &&
                   aim(k.second, b->cache->second, b->cache->nr, t.out, w, n))) {
            w->gaddr[n] = t.out;
            w->need[n++] = need_final(k.guest, b->guest, b->second, b->ask->access.kind, t.granted);
        } else {
            singly(b, i);
        }
    }
    w->n = n;
}

/* Takes the second stage's entries, and answers. */
static always_inline void finish(struct shapes k, struct batch2 *b, struct lanes *w)
{
    for (unsigned int l = 0; l < w->n; l++) {
        struct trail t = { .granted = w->granted[l] };
        uint64_t gaddr = w->gaddr[l];
        enum xenpt_outcome outcome = XENPT_MAPPED;

        if (likely(w->entry[l] != region_is_page)) {
            t.entry = mem_word(w->entry[l], k.second->entry_size);
            outcome = weigh(k.second, b->second, 1, gaddr, &t);
        } else {
            t.out = w->page[l] | (gaddr & ones(region_shift(k.second)));
        }
        if (unlikely(outcome != XENPT_MAPPED || (t.granted & w->need[l]) != w->need[l])) {
            singly(b, w->of[l]);
            continue;
        }
        b->ret[w->of[l]] = (struct xenpt_translation2){ .out = t.out,
                                                        .gaddr = gaddr,
                                                        .outcome = XENPT_MAPPED };
        b->allowed++;
    }
}

static always_inline void group(struct shapes k, struct batch2 *b)
{
    struct lanes w;

    aim_at_guest(k, b, &w);
    aim_at_second(k, b, &w);
    finish(k, b, &w);
}

static void each_singly(struct batch2 *b)
{
    for (unsigned int i = 0; i < b->n; i++)
        singly(b, i);
}

/* A 4-level guest over EPT or nested paging is specialised; any other pair is the same code. */
static void by_shapes(struct batch2 *b)
{
    if (b->guest->id == XENPT_4LEVEL && b->second->id == XENPT_EPT4)
        group((struct shapes){ &formats[XENPT_4LEVEL], &formats[XENPT_EPT4] }, b);
    else if (b->guest->id == XENPT_4LEVEL && b->second->id == XENPT_NPT4)
        group((struct shapes){ &formats[XENPT_4LEVEL], &formats[XENPT_NPT4] }, b);
    else
        group((struct shapes){ &b->guest->format, &b->second->format }, b);
}

size_t xenpt_translate2_many(const struct xenpt_paging *guest, const struct xenpt_paging *second,
                             const struct xenpt_reader *mem, const struct xenpt_ask *ask,
                             struct xenpt_cache *cache, size_t n, const uint64_t in[],
                             struct xenpt_translation2 ret[])
{
    struct batch2 b = { guest, second, mem, ask, cache, .in = in, .ret = ret };
    bool side_by_side = cache && guest->format.top && !ask->access.shadow_stack;

    for (size_t done = 0; done < n; done += GROUP) {
        b.in = in + done;
        b.ret = ret + done;
        b.n = n - done < GROUP ? n - done : GROUP;
        if (side_by_side)
            by_shapes(&b);
        else
            each_singly(&b);
    }
    return b.allowed;
}
