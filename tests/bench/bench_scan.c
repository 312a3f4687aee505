/*
 * bench_scan.c - every range of a whole hierarchy: naive, by hand, and ours.
 *
 *     bench_scan                 made-up trees, in the caches and in DRAM
 *     bench_scan CAPTURE...      captures: their tables are copied to where they lay in memory
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "trees.h"

#define ROUNDS 15

struct scanning {
    struct tree tree;
    struct xenpt_scan_options opt;
    struct xenpt_scan_counts counts;
    uint64_t leaves, sum;
};

static void naive_leaf(void *ctx, uint64_t va, uint64_t out, uint64_t size, uint64_t rights)
{
    struct scanning *s = ctx;

    (void)size;
    (void)rights;
    s->leaves++;
    s->sum += va ^ out;
}

static uint64_t naive(void *ctx)
{
    struct scanning *s = ctx;

    s->leaves = 0;
    naive_enumerate(&s->tree.naive, s->tree.cr3, naive_leaf, s);
    return s->leaves;
}

static uint64_t by_hand(void *ctx)
{
    struct scanning *s = ctx;

    return limit_scan(&s->tree.limit).leaves;
}

static bool take(void *ctx, const struct xenpt_range *r, size_t n)
{
    struct scanning *s = ctx;

    for (size_t i = 0; i < n; i++)
        s->sum += r[i].first ^ r[i].out;
    return true;
}

static uint64_t scan(struct scanning *s, bool any_order)
{
    struct xenpt_error err = { 0 };

    s->opt.any_order = any_order;
    must(xenpt_scan(&s->tree.paging, &s->tree.flat, &s->opt, take, s, &s->counts, &err), &err);
    return s->counts.leaves;
}

static uint64_t ours(void *ctx)
{
    return scan(ctx, false);
}

static uint64_t ours_folded(void *ctx)
{
    struct scanning *s = ctx;
    uint64_t leaves;

    s->opt.unfold = false;
    leaves = scan(s, false);
    s->opt.unfold = true;
    return leaves;
}

static uint64_t ours_any_order(void *ctx)
{
    return scan(ctx, true);
}

/* The floor: every byte read once, in order. */
static uint64_t read_all(void *ctx)
{
    struct scanning *s = ctx;
    const uint64_t *words = (const void *)s->tree.bytes;
    uint64_t any[8] = { 0 };

    for (uint64_t i = 0; i < s->tree.size / 8; i += 8)
        for (unsigned int j = 0; j < 8; j++)
            any[j] ^= words[i + j];
    s->sum += any[0] ^ any[1] ^ any[2] ^ any[3] ^ any[4] ^ any[5] ^ any[6] ^ any[7];
    return 0;
}

enum { NAIVE, BY_HAND, OURS, ANY_ORDER, FOLDED, READ, NR };

static void measure(struct scanning *s, const char *title, double tables, bool dram)
{
    struct contender c[NR] = {
        [NAIVE] = { .name = "naive, a call a leaf", .run = naive },
        [BY_HAND] = { .name = "by hand (AVX2, checks less)", .run = by_hand },
        [OURS] = { .name = "xenpt_scan", .run = ours },
        [ANY_ORDER] = { .name = "xenpt_scan, any order", .run = ours_any_order },
        [FOLDED] = { .name = "xenpt_scan, each table once", .run = ours_folded },
        [READ] = { .name = "reading all of the memory once", .run = read_all },
    };

    /* Merged as by hand: equal rights and G, frames in a row. */
    s->opt = (struct xenpt_scan_options){ .merge = true, .same = XENPT_BIT(8) };
    s->opt.unfold = true; /* As the others do: every table as often as it is reached. */
    bench_agree(c, FOLDED, s);
    bench(title, c, dram ? NR : READ, ROUNDS, tables, s);
    ours(s); /* For what it counts. */
    printf("  %llu tables, %llu leaves, %llu ranges; ours reads %.1f GB/s of tables\n",
           (unsigned long long)s->counts.tables, (unsigned long long)s->counts.leaves,
           (unsigned long long)s->counts.ranges, 4096 / bench_least(&c[OURS]));
    if (dram)
        bench_target("xenpt_scan's speed / by hand's", bench_ratio(&c[BY_HAND], &c[OURS], ROUNDS),
                     false, 0.8);
    else
        bench_target("naive / xenpt_scan", bench_ratio(&c[NAIVE], &c[OURS], ROUNDS), false, 8.0);
}

static const struct {
    uint64_t nr_l1;
    enum content content;
    bool scattered;
    const char *title;
} made[] = {
    { 64, DENSE, true, "256 KiB of L1 tables, dense" },
    { 64, MIXED, true, "256 KiB of L1 tables, mixed" },
    { 2048, DENSE, true, "8 MiB of L1 tables, scattered, dense" },
    { 2048, MIXED, true, "8 MiB of L1 tables, scattered, mixed" },
    { 1 << 18, DENSE, true, "1 GiB of L1 tables, scattered, dense" },
    { 1 << 18, RANDOM, true, "1 GiB of L1 tables, scattered, frames at random" },
    { 1 << 18, LINE, true, "1 GiB of L1 tables, scattered, an entry a cache line" },
    { 1 << 18, SPARSE, true, "1 GiB of L1 tables, scattered, an entry a table" },
    { 1 << 18, DENSE, false, "1 GiB of L1 tables, in physical order, dense" },
};

int main(int argc, char **argv)
{
    static struct scanning s;

    for (int i = 1; i < argc; i++) {
        tree_init_capture(&s.tree, argv[i]);
        s.opt.unfold = true;
        scan(&s, false);
        measure(&s, argv[i], (double)s.counts.tables, false);
        tree_fini(&s.tree);
    }
    for (size_t i = 0; argc == 1 && i < sizeof(made) / sizeof(made[0]); i++) {
        tree_init(&s.tree, made[i].nr_l1, made[i].content, made[i].scattered);
        measure(&s, made[i].title, (double)made[i].nr_l1, made[i].nr_l1 >= 1 << 16);
        tree_fini(&s.tree);
    }
    printf("\n%u targets missed\n", bench_missed());
    return 0;
}
