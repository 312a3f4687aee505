/* bench_nested.c - two-dimensional walks: a 4-level guest over 4-level EPT. */
#include <stdio.h>
#include <stdlib.h>

#include "bench.h"
#include "trees.h"

#define ROUNDS   63
#define N        (1 << 12) /* Short, so that some rounds go undisturbed. */
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct nested {
    struct tree tree;
    struct xenpt_ask ask;
    struct xenpt_cache *cache;
    uint64_t va[N], random;
    bool in_row;
};

static void addresses(void *ctx)
{
    struct nested *w = ctx;
    uint64_t first = bench_random(&w->random) % w->tree.pages;

    for (size_t i = 0; i < N; i++)
        w->va[i] =
            (w->in_row ? (first + i) % w->tree.pages : bench_random(&w->random) % w->tree.pages)
                << 12 |
            0x18;
}

static uint64_t by_hand(void *ctx)
{
    struct nested *w = ctx;
    uint64_t sum = 0;

    for (size_t i = 0; i < N; i++) {
        uint64_t out = 0;

        if (limit_walk2(&w->tree.limit, w->va[i], &out))
            abort();
        sum += out;
    }
    return sum;
}

static uint64_t translate(struct nested *w, struct xenpt_cache *cache)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < N; i++) {
        struct xenpt_translation2 t;

        if (!xenpt_translate2(&w->tree.paging, &w->tree.second, &w->tree.flat, &w->ask, cache,
                              w->va[i], &t))
            abort();
        sum += t.out;
    }
    return sum;
}

static uint64_t ours(void *ctx)
{
    return translate(ctx, NULL);
}

static uint64_t ours_cached(void *ctx)
{
    struct nested *w = ctx;

    return translate(w, w->cache);
}

/* As many at a time as one would hand over. */
static uint64_t ours_many(void *ctx)
{
    static struct xenpt_translation2 t[1024];
    struct nested *w = ctx;
    uint64_t sum = 0;

    for (size_t i = 0; i < N; i += COUNT(t)) {
        if (xenpt_translate2_many(&w->tree.paging, &w->tree.second, &w->tree.flat, &w->ask,
                                  w->cache, COUNT(t), w->va + i, t) != COUNT(t))
            abort();
        for (size_t j = 0; j < COUNT(t); j++)
            sum += t[j].out;
    }
    return sum;
}

int main(void)
{
    static const struct {
        uint64_t nr_l1, gib;
    } sizes[] = { { 128, 1 }, { 4096, 16 } };
    struct xenpt_access access = { .kind = XENPT_WRITE, .cpl = 3 };
    struct xenpt_error err = { 0 };

    for (size_t i = 0; i < COUNT(sizes); i++) {
        static struct nested w;
        char title[128];

        w.random = 88172645463325252;
        tree_init_nested(&w.tree, sizes[i].nr_l1, sizes[i].gib);
        xenpt_ask_init(&w.ask, &w.tree.paging, &access);
        must(xenpt_cache_create(12, &w.cache, &err), &err);
        for (int row = 0; row < 2; row++) {
            struct contender c[] = {
                { .name = "by hand (checks less)", .run = by_hand, .prepare = addresses },
                { .name = "xenpt_translate2", .run = ours, .prepare = addresses },
                { .name = "xenpt_translate2, cached", .run = ours_cached, .prepare = addresses },
                { .name = "xenpt_translate2_many, cached", .run = ours_many, .prepare = addresses },
            };

            w.in_row = row;
            snprintf(title, sizeof(title), "4x4 levels, guest of %llu GiB, %llu MiB of tables, %s",
                     (unsigned long long)sizes[i].gib, (unsigned long long)(w.tree.size >> 20),
                     row ? "in a row" : "random");
            bench_agree(c, COUNT(c), &w);
            bench(title, c, COUNT(c), ROUNDS, N, &w);
            if (row || i)
                continue;
            bench_target("xenpt_translate2 / by hand", bench_ratio(&c[1], &c[0], ROUNDS), true,
                         1.15);
            bench_target("many, cached / by hand", bench_ratio(&c[3], &c[0], ROUNDS), true, 0.35);
        }
        xenpt_cache_destroy(w.cache);
        tree_fini(&w.tree);
    }
    printf("\n%u targets missed\n", bench_missed());
    return 0;
}
