/*
 * bench_expose.c - what contexts expose, as what they map grows: with the tables as they are, each
 * only led to by more entries, and with tables that grow as well.  Beside it, a map that follows
 * every way to every page, which is what there is without it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "trees.h"
#include "xenpt/expose.h"
#include "xenpt/map.h"

#define ROUNDS 9
#define SIZES  4
#define MIB    (UINT64_C(1) << 20)
#define ALL    UINT64_C(7)

struct job {
    uint8_t *bytes;
    struct xenpt_reader mem;
    struct xenpt_context context;
    struct xenpt_view view;
    struct xenpt_owners owners;
    struct xenpt_owned piece[2];
    const char *names[2];
    struct xenpt_expose_counts counts;
};

static void put(struct job *j, uint64_t table, unsigned int slot, uint64_t entry)
{
    memcpy(j->bytes + table + 8 * (uint64_t)slot, &entry, 8);
}

/*
 * An L4, L3 tables that `ways` of its entries lead to, an L2, and nr_l1 full L1 tables whose pages
 * are frames in runs of eight.
 */
static void job_init(struct job *j, unsigned int ways, unsigned int nr_l1)
{
    struct xenpt_cpu cpu = xenpt_cpu_widest(XENPT_INTEL);
    struct xenpt_regs regs = { .cr0 = XENPT_CR0_PG | XENPT_CR0_PE | XENPT_CR0_WP,
                               .cr3 = 0x1000,
                               .cr4 = XENPT_CR4_PAE,
                               .efer = XENPT_EFER_LME | XENPT_EFER_LMA | XENPT_EFER_NXE };
    uint64_t size = (UINT64_C(16) + nr_l1) << 12, first = UINT64_C(0x10000), frame = 0x100000;
    struct xenpt_error err;

    *j = (struct job){ .names = { "xen", "d1" } };
    j->bytes = bench_memory((size + 2 * MIB - 1) & ~(2 * MIB - 1));
    j->mem = xenpt_reader_flat(j->bytes, 0, size);
    for (unsigned int i = 0; i < ways; i++)
        put(j, 0x1000, i, 0x2000 | ALL);
    put(j, 0x2000, 0, 0x3000 | ALL);
    for (unsigned int t = 0; t < nr_l1; t++) {
        put(j, 0x3000, t, (first + ((uint64_t)t << 12)) | ALL);
        for (unsigned int i = 0; i < 512; i++) {
            frame += i % 8 ? 1 : 17;
            put(j, first + ((uint64_t)t << 12), i, frame << 12 | ALL);
        }
    }
    regs.cr3 = 0x1000;
    must(xenpt_paging_init(&j->context.paging, &cpu, &regs, &err), &err);
    snprintf(j->context.name, sizeof(j->context.name), "it");
    j->context.has_cpu = true;
    j->view = (struct xenpt_view){ .mem = &j->mem, .contexts = &j->context, .nr_contexts = 1 };
    j->piece[0] = (struct xenpt_owned){ 0, (UINT64_C(1) << 32) - 1, 0 };
    j->piece[1] = (struct xenpt_owned){ UINT64_C(1) << 32, (UINT64_C(1) << 46) - 1, 1 };
    j->owners = (struct xenpt_owners){ j->names, 2, j->piece, 2 };
}

static bool sum_row(void *ctx, const struct xenpt_expose_row *row)
{
    for (size_t i = 0; i < row->nr_cells; i++)
        *(uint64_t *)ctx += row->cells[i].bytes[0];
    return true;
}

static uint64_t by_expose(void *ctx)
{
    struct job *j = ctx;
    struct xenpt_expose_options opt = { .owners = &j->owners };
    struct xenpt_error err;
    uint64_t sum = 0;

    must(xenpt_expose(&j->view, &opt, sum_row, &sum, &j->counts, &err), &err);
    return sum;
}

/* Sorts what a map reports, and joins it: as much as it takes to count each byte once. */
struct list {
    uint64_t (*of)[2];
    size_t nr, max;
};

static bool note(void *ctx, const struct xenpt_map_range *r)
{
    struct list *l = ctx;

    if (l->nr == l->max) {
        l->max = l->max ? 2 * l->max : 1024;
        l->of = realloc(l->of, l->max * sizeof(*l->of));
        if (!l->of)
            exit(2);
    }
    l->of[l->nr][0] = r->maddr;
    l->of[l->nr++][1] = r->maddr + (r->last - r->first) + 1;
    return true;
}

static int by_first(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

static uint64_t by_map(void *ctx)
{
    struct job *j = ctx;
    struct xenpt_map_options opt = { .unfold = true, .kinds = 1u << XENPT_MAP_PAGES };
    struct list l = { 0 };
    struct xenpt_error err;
    uint64_t sum = 0, end = 0;

    must(xenpt_map(&j->view, &j->context, &opt, note, &l, NULL, &err), &err);
    qsort(l.of, l.nr, sizeof(*l.of), by_first);
    for (size_t i = 0; i < l.nr; i++) {
        uint64_t first = l.of[i][0] > end ? l.of[i][0] : end;

        if (l.of[i][1] > first)
            sum += l.of[i][1] - first;
        end = l.of[i][1] > end ? l.of[i][1] : end;
    }
    free(l.of);
    return sum;
}

/* The curve at 1, 2, 4 and 8 times: each size beside its enumeration, and beside the first. */
static void curve(const char *title, bool tables, double grown[2])
{
    double first[2] = { 0 };

    puts(title);
    for (unsigned int times = 1; times <= 8; times *= 2) {
        struct contender c[] = { { .name = "expose", .run = by_expose },
                                 { .name = "enumeration by map", .run = by_map } };
        char text[64];
        struct job j;

        job_init(&j, tables ? 8 : 8 * times, tables ? 48 * times : 48);
        bench_agree(c, 2, &j);
        snprintf(text, sizeof(text), "  %u x", times);
        bench(text, c, 2, ROUNDS, 1, &j);
        for (int i = 0; i < 2; i++) {
            double now = bench_median(&c[i], ROUNDS);

            first[i] = times == 1 ? now : first[i];
            grown[i] = now / first[i];
        }
        printf("    %llu tables read; beside 1 x: expose %.2f, enumeration %.2f\n",
               (unsigned long long)j.counts.tables, grown[0], grown[1]);
    }
}

int main(void)
{
    double grown[2];

    curve("mappings grow, tables do not: 24,576 pages, by 8, 16, 32 and 64 ways", false, grown);
    bench_target("8 x the mappings of the same tables: time", grown[0], true, 1.3);
    bench_target("the same by enumeration", grown[1], false, 4);
    curve("tables grow: 48, 96, 192 and 384 full L1 tables, by 8 ways", true, grown);
    bench_target("8 x the tables: time", grown[0], true, 12);
    return bench_missed() ? 1 : 0;
}
