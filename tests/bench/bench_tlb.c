/*
 * bench_tlb.c - accesses through the caches of a CPU, beside walks without any.
 *
 * Addresses lie in as many pages as a part's TLBs hold, or in many more.
 */
#include <stdio.h>
#include <stdlib.h>

#include "bench.h"
#include "trees.h"
#include "xenpt/tlb.h"

#define ROUNDS   15
#define N        (1 << 15)
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct job {
    struct tree tree;
    struct xenpt_access access;
    struct xenpt_ask ask;
    struct xenpt_tlb *ideal, *skylake;
    bool nested;
    uint64_t pages, va[N], random;
};

static void addresses(void *ctx)
{
    struct job *j = ctx;

    for (size_t i = 0; i < N; i++)
        j->va[i] = bench_random(&j->random) % j->pages << 12 | 0x18;
}

static uint64_t walks(void *ctx)
{
    struct job *j = ctx;
    uint64_t sum = 0;

    for (size_t i = 0; i < N; i++) {
        struct xenpt_translation2 t2;
        struct xenpt_translation t;

        if (j->nested ? !xenpt_translate2(&j->tree.paging, &j->tree.second, &j->tree.flat, &j->ask,
                                          NULL, j->va[i], &t2)
                      : !xenpt_translate(&j->tree.paging, &j->tree.flat, &j->ask, j->va[i], &t))
            abort();
        sum += j->nested ? t2.out : t.out;
    }
    return sum;
}

static uint64_t accesses(struct job *j, struct xenpt_tlb *tlb, bool compare)
{
    struct xenpt_tlb_context on = {
        .first = &j->tree.paging,
        .second = j->nested ? &j->tree.second : NULL,
        .memory = &j->tree.flat,
    };
    uint64_t sum = 0;

    for (size_t i = 0; i < N; i++) {
        struct xenpt_tlb_result r;

        if (xenpt_tlb_access(tlb, &on, &j->access, j->va[i], compare, &r, NULL) || !r.used.allowed)
            abort();
        sum += r.used.out;
    }
    return sum;
}

static uint64_t by_ideal(void *ctx)
{
    struct job *j = ctx;

    return accesses(j, j->ideal, false);
}

static uint64_t by_skylake(void *ctx)
{
    struct job *j = ctx;

    return accesses(j, j->skylake, false);
}

static uint64_t compared(void *ctx)
{
    struct job *j = ctx;

    return accesses(j, j->skylake, true);
}

static void run(bool nested, uint64_t pages)
{
    static struct job j;
    struct contender c[] = {
        { .name = "walks, no caches", .run = walks, .prepare = addresses },
        { .name = "ideal", .run = by_ideal, .prepare = addresses },
        { .name = "skylake", .run = by_skylake, .prepare = addresses },
        { .name = "skylake, compared with memory", .run = compared, .prepare = addresses },
    };
    struct xenpt_error err = { 0 };
    char title[128];

    j = (struct job){ .random = 88172645463325252, .nested = nested, .pages = pages };
    j.access = (struct xenpt_access){ .kind = XENPT_WRITE, .cpl = 3 };
    if (nested)
        tree_init_nested(&j.tree, 128, 1);
    else
        tree_init(&j.tree, 128, DENSE, true);
    xenpt_ask_init(&j.ask, &j.tree.paging, &j.access);
    must(xenpt_tlb_create(xenpt_tlb_part(XENPT_TLB_IDEAL), &j.ideal, &err), &err);
    must(xenpt_tlb_create(xenpt_tlb_part(XENPT_TLB_SKYLAKE), &j.skylake, &err), &err);
    snprintf(title, sizeof(title), "%s, random in %llu pages", nested ? "4x4 levels" : "4 levels",
             (unsigned long long)pages);
    bench_agree(c, COUNT(c), &j);
    bench(title, c, COUNT(c), ROUNDS, N, &j);
    if (pages <= 1024)
        bench_target("a hit: nanoseconds", bench_median(&c[2], ROUNDS), true, 300);
    xenpt_tlb_destroy(j.ideal);
    xenpt_tlb_destroy(j.skylake);
    tree_fini(&j.tree);
}

int main(void)
{
    for (int nested = 0; nested < 2; nested++)
        for (uint64_t pages = 32; pages <= 32768; pages *= 32)
            run(nested, pages);
    printf("\n%u targets missed\n", bench_missed());
    return 0;
}
