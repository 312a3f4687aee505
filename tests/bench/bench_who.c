/*
 * bench_who.c - who reaches a frame: the reverse index of a machine of 1,000 contexts, and single
 * questions without one, beside a search by hand through every L1 table.
 *
 *     bench_who              1 GiB of L1 tables, whatever they have in them
 *     bench_who TABLES [N]   so many, a power of two: 2097152 are 8 GiB; the nth content alone
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "trees.h"
#include "xenpt/who.h"

#define ROUNDS    5
#define DOMAINS   UINT64_C(128) /* By 8 contexts. */
#define CONTEXTS  UINT64_C(8)
#define QUESTIONS 64

struct asking {
    struct tree tree;
    struct xenpt_context *contexts;
    struct xenpt_view view;
    struct xenpt_who *who; /* With pages. */
    uint64_t frame[QUESTIONS], found;
    struct xenpt_who_counts size;
};

/* --- A machine ----------------------------------------------------------------------------- */

static void make_contexts(struct asking *a)
{
    a->contexts = calloc(DOMAINS * CONTEXTS, sizeof(*a->contexts));
    if (!a->contexts)
        exit(2);
    for (uint64_t i = 0; i < DOMAINS * CONTEXTS; i++) {
        a->contexts[i].paging = a->tree.paging;
        a->contexts[i].paging.root = a->tree.cr3 + i * 4096;
        snprintf(a->contexts[i].name, sizeof(a->contexts[i].name), "d%llu.v%llu",
                 (unsigned long long)(i / CONTEXTS), (unsigned long long)(i % CONTEXTS));
    }
    a->view = (struct xenpt_view){ .mem = &a->tree.flat,
                                   .contexts = a->contexts,
                                   .nr_contexts = DOMAINS * CONTEXTS };
}

/* Frames that some entry has: one of a table in so many. */
static void choose_frames(struct asking *a)
{
    const uint64_t *words = (const void *)a->tree.bytes;
    uint64_t at = a->tree.size - a->tree.nr_l1 * 4096;

    for (unsigned int i = 0; i < QUESTIONS; i++) {
        uint64_t w = (at + a->tree.nr_l1 / QUESTIONS * i * 4096) / 8;

        while (w < a->tree.size / 8 - 1 && !(words[w] & 1))
            w++;
        a->frame[i] = words[w] >> 12 & UINT64_C(0xffffffffff);
    }
}

/* --- Contenders ---------------------------------------------------------------------------- */

/* Each domain's tables once, for one frame. */
static uint64_t by_hand(void *ctx)
{
    const struct asking *a = ctx;
    struct limit_machine m = a->tree.limit;
    uint64_t n = 0;

    for (uint64_t d = 0; d < DOMAINS; d++) {
        m.cr3 = a->tree.cr3 + d * CONTEXTS * 4096;
        n += limit_find(&m, a->frame[0]);
    }
    return n * CONTEXTS;
}

static bool take(void *ctx, const struct xenpt_reach *reach)
{
    struct asking *a = ctx;

    a->found += reach->count;
    return true;
}

static uint64_t ask(struct asking *a, const struct xenpt_who *who, uint64_t frame)
{
    struct xenpt_who_question q = { .first = frame << 12, .last = frame << 12 | 0xfff };
    struct xenpt_error err = { 0 };

    a->found = 0;
    must(xenpt_who(who, &q, take, a, &err), &err);
    return a->found;
}

static uint64_t one_question(void *ctx)
{
    struct asking *a = ctx;
    struct xenpt_error err = { 0 };
    struct xenpt_who *who;
    uint64_t n;

    must(xenpt_who_create(&a->view, NULL, &who, &err), &err);
    n = ask(a, who, a->frame[0]);
    xenpt_who_destroy(who);
    return n;
}

static uint64_t index_all(void *ctx)
{
    struct asking *a = ctx;
    struct xenpt_who_options opt = { .pages = true };
    struct xenpt_error err = { 0 };

    xenpt_who_destroy(a->who);
    must(xenpt_who_create(&a->view, &opt, &a->who, &err), &err);
    a->size = xenpt_who_size(a->who);
    return ask(a, a->who, a->frame[0]);
}

static uint64_t questions(void *ctx)
{
    struct asking *a = ctx;
    uint64_t n = 0;

    for (unsigned int i = 0; i < QUESTIONS; i++)
        n += ask(a, a->who, a->frame[i]);
    return n;
}

/* --- What came of it ----------------------------------------------------------------------- */

static void measure(uint64_t nr_l1, enum content content, bool scattered, const char *title)
{
    static struct asking a;
    struct contender c[] = { { .name = "by hand (AVX2), one frame", .run = by_hand },
                             { .name = "one question, no index kept", .run = one_question },
                             { .name = "an index of all pages", .run = index_all } };
    struct contender q[] = { { .name = "with the index", .run = questions } };
    double ms;

    memset(&a, 0, sizeof(a));
    tree_init_domains(&a.tree, DOMAINS, CONTEXTS, nr_l1, content, scattered);
    make_contexts(&a);
    choose_frames(&a);
    bench_agree(c, 3, &a);
    bench(title, c, 3, ROUNDS, (double)nr_l1, &a);
    printf("  %llu tables, %llu pieces, %.0f MiB of index; by hand %.1f GB/s, index %.1f GB/s\n",
           (unsigned long long)a.size.tables, (unsigned long long)a.size.pieces,
           (double)a.size.bytes / 1048576, 4096 / bench_least(&c[0]), 4096 / bench_least(&c[2]));
    bench_target("one question / by hand", bench_ratio(&c[1], &c[0], ROUNDS), true, 1.0);
    bench_target("building the index / by hand", bench_ratio(&c[2], &c[0], ROUNDS), true, 2.0);
    bench("a question", q, 1, ROUNDS, QUESTIONS, &a);
    ms = bench_median(&q[0], ROUNDS) / 1e6;
    bench_target("milliseconds a question", ms, true, 1.0);
    xenpt_who_destroy(a.who);
    free(a.contexts);
    tree_fini(&a.tree);
}

int main(int argc, char **argv)
{
    static const struct {
        enum content content;
        bool scattered;
        const char *title;
    } made[] = {
        { DENSE, true, "scattered, dense" },
        { MIXED, true, "scattered, mixed" },
        { LINE, true, "scattered, an entry a cache line" },
        { SPARSE, true, "scattered, an entry a table" },
        { RANDOM, true, "scattered, frames at random" },
        { DENSE, false, "in physical order, dense" },
    };
    uint64_t nr_l1 = argc > 1 ? strtoull(argv[1], NULL, 0) : 1 << 18;

    if (nr_l1 < DOMAINS || nr_l1 & (nr_l1 - 1)) {
        fprintf(stderr, "usage: bench_who [TABLES, a power of two [CONTENT, from 0]]\n");
        return 2;
    }
    for (size_t i = 0; i < sizeof(made) / sizeof(made[0]); i++)
        if (argc < 3 || strtoull(argv[2], NULL, 0) == i)
            measure(nr_l1, made[i].content, made[i].scattered, made[i].title);
    printf("\n%u targets missed\n", bench_missed());
    return 0;
}
