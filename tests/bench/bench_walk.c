/*
 * bench_walk.c - one translation: naive, by hand, and ours; one at a time and many at once.
 *
 *     bench_walk [L1-TABLES...]     each maps 2 MiB; a power of two
 */
#include <stdio.h>
#include <stdlib.h>

#include "bench.h"
#include "trees.h"

#define BATCH 4096

struct walking {
    struct tree tree;
    struct xenpt_reader runs; /* The same bytes in 10,000 pieces. */
    struct xenpt_ask write, forbidden;
    uint64_t *va, random;
    size_t n;
    struct xenpt_translation answer[BATCH];
};

static void random_addresses(void *ctx)
{
    struct walking *w = ctx;

    for (size_t i = 0; i < w->n; i++)
        w->va[i] = bench_random(&w->random) % w->tree.pages << 12 | 0x123;
}

static void addresses_in_row(void *ctx)
{
    struct walking *w = ctx;
    uint64_t first = bench_random(&w->random) % w->tree.pages;

    for (size_t i = 0; i < w->n; i++)
        w->va[i] = (first + i) % w->tree.pages << 12 | 0x123;
}

static void addresses_of_nothing(void *ctx)
{
    struct walking *w = ctx;

    random_addresses(ctx);
    for (size_t i = 0; i < w->n; i++)
        w->va[i] |= UINT64_C(0xffff900000000000);
}

static uint64_t naive(void *ctx)
{
    struct walking *w = ctx;
    uint64_t sum = 0;

    for (size_t i = 0; i < w->n; i++) {
        struct naive_translation t;

        naive_walk(&w->tree.naive, w->tree.cr3, 48, w->va[i], &t);
        sum += t.out;
    }
    return sum;
}

static uint64_t by_hand(void *ctx)
{
    struct walking *w = ctx;
    uint64_t sum = 0;

    for (size_t i = 0; i < w->n; i++) {
        uint64_t out = 0, attributes;

        limit_walk(&w->tree.limit, w->va[i], 7, 0, &out, &attributes);
        sum += out;
    }
    return sum;
}

static uint64_t translate(struct walking *w, const struct xenpt_reader *mem,
                          const struct xenpt_ask *ask)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < w->n; i++) {
        struct xenpt_translation t;

        xenpt_translate(&w->tree.paging, mem, ask, w->va[i], &t);
        sum += t.out;
    }
    return sum;
}

static uint64_t ours(void *ctx)
{
    struct walking *w = ctx;

    return translate(w, &w->tree.flat, &w->write);
}

static uint64_t refused(void *ctx)
{
    struct walking *w = ctx;

    return translate(w, &w->tree.flat, &w->forbidden);
}

static uint64_t with_record(void *ctx)
{
    struct walking *w = ctx;
    uint64_t sum = 0;

    for (size_t i = 0; i < w->n; i++) {
        struct xenpt_walk walk;

        xenpt_walk(&w->tree.paging, &w->tree.flat, w->va[i], &walk);
        sum += walk.out;
    }
    return sum;
}

static uint64_t at_once(void *ctx)
{
    struct walking *w = ctx;
    uint64_t sum = 0;

    for (size_t i = 0; i < w->n; i += BATCH) {
        xenpt_translate_many(&w->tree.paging, &w->tree.flat, &w->write, BATCH, w->va + i,
                             w->answer);
        for (size_t j = 0; j < BATCH; j++)
            sum += w->answer[j].out;
    }
    return sum;
}

enum { NAIVE, BY_HAND, OURS, REFUSED, RECORD, NOTHING, MANY, MANY_IN_ROW, NR };

static void measure(struct walking *w, uint64_t nr_l1)
{
    struct contender c[NR] = {
        [NAIVE] = { .name = "naive", .run = naive },
        [BY_HAND] = { .name = "by hand (checks less)", .run = by_hand },
        [OURS] = { .name = "xenpt_translate", .run = ours },
        [RECORD] = { .name = "xenpt_walk, with its record", .run = with_record },
        [NOTHING] = { .name = "xenpt_translate, not present",
                      .run = ours,
                      .prepare = addresses_of_nothing },
        [REFUSED] = { .name = "xenpt_translate, refused by rights", .run = refused },
        [MANY] = { .name = "xenpt_translate_many", .run = at_once },
        [MANY_IN_ROW] = { .name = "xenpt_translate_many, addresses in a row",
                          .run = at_once,
                          .prepare = addresses_in_row },
    };
    bool dram = nr_l1 >= 1 << 16;
    unsigned int rounds = dram ? 21 : 63;
    char title[128];

    for (size_t i = 0; i < NR; i++)
        if (!c[i].prepare)
            c[i].prepare = random_addresses;
    w->n = dram ? 1 << 18 : BATCH * 4; /* Not so many that they drive tables out of the L2. */
    w->va = malloc(w->n * sizeof(*w->va));
    if (!w->va)
        exit(2);
    snprintf(title, sizeof(title), "one translation, %llu L1 tables (%llu MiB), random addresses",
             (unsigned long long)nr_l1, (unsigned long long)(w->tree.size >> 20));
    bench_agree(c, RECORD + 1, w);
    bench(title, c, NR, rounds, (double)w->n, w);
    if (nr_l1 == bench_l2_tables()) {
        bench_target("xenpt_translate / by hand, tables in L2",
                     bench_ratio(&c[OURS], &c[BY_HAND], rounds), true, 1.25);
        bench_target("not present / mapped", bench_ratio(&c[NOTHING], &c[OURS], rounds), true, 1.0);
        bench_target("refused / mapped", bench_ratio(&c[REFUSED], &c[OURS], rounds), true, 1.0);
        bench_target("in a row / random, many at once",
                     bench_ratio(&c[MANY_IN_ROW], &c[MANY], rounds), true, 0.4);
    }
    if (dram)
        bench_target("naive / xenpt_translate_many, tables in DRAM",
                     bench_ratio(&c[NAIVE], &c[MANY], rounds), false, 6.0);
    free(w->va);
}

int main(int argc, char **argv)
{
    const uint64_t sizes[] = { 4, bench_l2_tables(), 4096, 524288 };
    int n = argc > 1 ? argc - 1 : (int)(sizeof(sizes) / sizeof(sizes[0]));
    struct xenpt_access user_write = { .kind = XENPT_WRITE, .cpl = 3 };
    struct xenpt_access kernel_fetch = { .kind = XENPT_FETCH };

    for (int i = 0; i < n; i++) {
        static struct walking w;
        uint64_t nr_l1 = argc > 1 ? strtoull(argv[i + 1], NULL, 0) : sizes[i];

        if (!nr_l1 || nr_l1 & (nr_l1 - 1)) {
            fprintf(stderr, "%s is not a power of two\n", argv[i + 1]);
            return 2;
        }
        w.random = 88172645463325252;
        tree_init(&w.tree, nr_l1, DENSE, true);
        xenpt_ask_init(&w.write, &w.tree.paging, &user_write);
        xenpt_ask_init(&w.forbidden, &w.tree.paging, &kernel_fetch);
        measure(&w, nr_l1);
        tree_fini(&w.tree);
    }
    printf("\n%u targets missed\n", bench_missed());
    return 0;
}
