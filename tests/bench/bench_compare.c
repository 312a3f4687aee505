/*
 * bench_compare.c - a model of 500 domains held against the memory of that machine, and an eighth,
 * a quarter and a half of it: roots are found, paired and compared, beside scanning from each of
 * them, and beside reading each table once and asking nothing.  Time is to grow as the number of
 * tables does.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "domains.h"

#define ROUNDS 5

struct comparing {
    struct domains domains;
    struct xenpt_machine *machine;
    const struct xenpt_view *view;
    struct xenpt_view memory; /* The same, of which nothing is known. */
    struct xenpt_roots *roots;
    const struct xenpt_context **contexts;
    size_t nr;
    uint64_t *met; /* A hash of the tables that were read. */
    uint64_t tables, entries;
};

#define MET_ORDER 16

static void must(enum xenpt_code code, const struct xenpt_error *err)
{
    if (!code)
        return;
    fprintf(stderr, "bench_compare: %s\n", err->text);
    exit(2);
}

static void init(struct comparing *c, const struct xenpt_layout *layout, unsigned int eighths)
{
    const struct xenpt_root *list;
    struct xenpt_error err = { 0 };

    *c = (struct comparing){ .nr = 0 };
    domains_init(&c->domains, layout, eighths);
    must(xenpt_machine_create(&c->domains.desc, &c->machine, &err), &err);
    must(xenpt_machine_view(c->machine, &c->view, &err), &err);
    c->memory = (struct xenpt_view){ .mem = c->view->mem };
    must(xenpt_roots_find(&c->memory, layout, &c->roots, &err), &err);
    c->nr = xenpt_roots_list(c->roots, &list);
    c->contexts = calloc(c->nr + 1, sizeof(*c->contexts));
    c->met = calloc(UINT64_C(1) << MET_ORDER, sizeof(*c->met));
    if (!c->contexts || !c->met)
        exit(2);
    for (size_t i = 0; i < c->nr; i++)
        c->contexts[i] = &list[i].context;
}

static void fini(struct comparing *c)
{
    free(c->contexts);
    free(c->met);
    xenpt_roots_free(c->roots);
    xenpt_machine_destroy(c->machine);
    domains_fini(&c->domains);
}

static bool take(void *ctx, const struct xenpt_range *ranges, size_t n)
{
    uint64_t *sum = ctx;

    *sum += ranges[n - 1].out;
    return true;
}

static uint64_t scan(void *ctx)
{
    const struct comparing *c = ctx;
    struct xenpt_error err = { 0 };
    uint64_t sum = 0;

    for (size_t i = 0; i < c->nr; i++)
        must(xenpt_scan(&c->contexts[i]->paging, c->memory.mem, NULL, take, &sum, NULL, &err),
             &err);
    return sum;
}

/* --- Each table once ----------------------------------------------------------------------- */

static bool meet(struct comparing *c, uint64_t table)
{
    uint64_t mask = (UINT64_C(1) << MET_ORDER) - 1;
    uint64_t at = (table * UINT64_C(0x9e3779b97f4a7c15)) >> (64 - MET_ORDER);

    for (; c->met[at]; at = (at + 1) & mask)
        if (c->met[at] == table)
            return false;
    c->met[at] = table;
    return true;
}

/* All entries of a table, and of those that it leads to, with no check at all. */
static uint64_t read_table(struct comparing *c, const struct xenpt_paging *pg, uint64_t table,
                           unsigned int level)
{
    uint8_t copy[4096] __attribute__((aligned(8)));
    uint64_t sum = 0, entry;
    const uint8_t *page;

    if (!meet(c, table | level) || !(page = xenpt_read_page(c->memory.mem, table, copy)))
        return 0;
    c->tables++;
    for (unsigned int i = 0; i < 512; i++) {
        memcpy(&entry, page + 8 * i, sizeof(entry));
        if (!(entry & pg->format.present))
            continue;
        c->entries++;
        sum += entry;
        if (level > 1 && !(entry & pg->format.level[level].page_if) &&
            (entry & pg->format.address) != pg->root)
            sum += read_table(c, pg, entry & pg->format.address, level - 1);
    }
    return sum;
}

static uint64_t read_once(void *ctx)
{
    struct comparing *c = ctx;
    uint64_t sum = 0;

    memset(c->met, 0, sizeof(*c->met) << MET_ORDER);
    c->tables = c->entries = 0;
    for (size_t i = 0; i < c->nr; i++)
        sum += read_table(c, &c->contexts[i]->paging, c->contexts[i]->paging.root & ~UINT64_C(4095),
                          c->contexts[i]->paging.format.top);
    return sum;
}

static uint64_t compare(void *ctx)
{
    struct comparing *c = ctx;
    struct xenpt_pairing pairing;
    struct xenpt_comparison result;
    struct xenpt_error err = { 0 };

    must(xenpt_pair_contexts(c->view, &c->memory, c->contexts, c->nr, &pairing, &err), &err);
    must(xenpt_compare(c->view, &c->memory, pairing.pairs, pairing.nr_pairs, NULL, NULL, NULL,
                       &result, &err),
         &err);
    xenpt_comparison_fini(&result);
    xenpt_pairing_fini(&pairing);
    return 0;
}

int main(void)
{
    static const unsigned int eighths[] = { 1, 2, 4, 8 };
    double each[4], scans = 0, reads = 0;
    struct xenpt_layout *layout;
    struct xenpt_error err = { 0 };

    must(xenpt_layout_open("4.17", &layout, &err), &err);
    for (size_t i = 0; i < 4; i++) {
        struct contender c[] = { { .name = "scanning from each root", .run = scan },
                                 { .name = "pairing and comparing", .run = compare },
                                 { .name = "reading each of its tables once", .run = read_once } };
        struct comparing of;
        char title[96];
        uint64_t tables;

        init(&of, layout, eighths[i]);
        tables = xenpt_machine_stats(of.machine).tables;
        snprintf(title, sizeof(title), "%zu domains, %zu roots, %llu tables: a table",
                 of.domains.desc.nr_domains, of.nr, (unsigned long long)tables);
        bench(title, c, 3, ROUNDS, (double)tables, &of);
        each[i] = bench_median(&c[1], ROUNDS);
        scans = each[i] / bench_median(&c[0], ROUNDS);
        reads = each[i] / bench_median(&c[2], ROUNDS);
        printf("  %.1f entries in each of %llu tables\n", (double)of.entries / (double)of.tables,
               (unsigned long long)of.tables);
        fini(&of);
    }
    bench_target("times the time of a table at an eighth", each[3] / each[0], true, 1.5);
    bench_target("times as long as two scans from each root", scans / 2, true, 1.0);
    printf("  times as long as reading each table of both machines once: %.0f\n", reads / 2);
    xenpt_layout_close(layout);
    return bench_missed() ? 1 : 0;
}
