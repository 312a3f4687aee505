/*
 * bench_share.c - from which table down contexts share their trees: how that grows with tables, and
 * with what is in them.
 *
 * Domains of two contexts each, whose trees are apart and map other memory at the same addresses,
 * so that every pair of them is compared down to the pages.
 */
#include <stdio.h>
#include <stdlib.h>

#include "bench.h"
#include "trees.h"
#include "xenpt/share.h"

#define ROUNDS   5
#define DOMAINS  UINT64_C(4)
#define CONTEXTS UINT64_C(2)
#define LEAST    UINT64_C(4096) /* L1 tables; twice as many at each step. */
#define STEPS    4

struct sharing {
    struct tree tree;
    struct xenpt_context contexts[DOMAINS * CONTEXTS];
    const struct xenpt_context *list[DOMAINS * CONTEXTS];
    struct xenpt_view view;
    uint64_t groups;
};

static bool take(void *ctx, const struct xenpt_share_slot *slot)
{
    struct sharing *s = ctx;

    s->groups += slot->nr_groups;
    return true;
}

static uint64_t share(void *ctx)
{
    struct sharing *s = ctx;
    struct xenpt_error err = { 0 };

    s->groups = 0;
    must(xenpt_share(&s->view, s->list, DOMAINS * CONTEXTS, take, s, &err), &err);
    return s->groups;
}

static void init(struct sharing *s, uint64_t nr_l1, enum content content)
{
    *s = (struct sharing){ 0 };
    tree_init_domains(&s->tree, DOMAINS, CONTEXTS, nr_l1, content, true);
    for (uint64_t i = 0; i < DOMAINS * CONTEXTS; i++) {
        s->contexts[i].paging = s->tree.paging;
        s->contexts[i].paging.root = s->tree.cr3 + i * 4096;
        s->list[i] = &s->contexts[i];
    }
    s->view = (struct xenpt_view){ .mem = &s->tree.flat,
                                   .contexts = s->contexts,
                                   .nr_contexts = DOMAINS * CONTEXTS };
}

static double measure(struct sharing *s, uint64_t nr_l1, enum content content, const char *title)
{
    struct contender c[] = { { .name = "xenpt_share", .run = share } };

    init(s, nr_l1, content);
    printf("\n%llu tables, %s", (unsigned long long)nr_l1, title);
    bench("nanoseconds a table", c, 1, ROUNDS, (double)nr_l1, s);
    tree_fini(&s->tree);
    return bench_median(&c[0], ROUNDS);
}

int main(void)
{
    static struct sharing s;
    double sparse[STEPS], dense[STEPS];

    for (unsigned int i = 0; i < STEPS; i++) {
        sparse[i] = measure(&s, LEAST << i, SPARSE, "an entry in each");
        dense[i] = measure(&s, LEAST << i, DENSE, "full");
    }
    printf("\n");
    bench_target("a table, 8 times as many / at first: an entry in each",
                 sparse[STEPS - 1] / sparse[0], true, 2.0);
    bench_target("the same: full", dense[STEPS - 1] / dense[0], true, 2.0);
    bench_target("full tables, 512 times the mappings / an entry in each", dense[0] / sparse[0],
                 true, 2.0);
    printf("\n%u targets missed\n", bench_missed());
    return 0;
}
