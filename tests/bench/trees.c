/* trees.c - see trees.h. */
#define _GNU_SOURCE
#include "trees.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "bench.h"

#define TABLE   UINT64_C(7)
#define LEAF    UINT64_C(0x67)
#define EPT_MID UINT64_C(0x7)
#define EPT_RAM UINT64_C(0x37) /* rwx, WB */
#define ADDRESS UINT64_C(0x000ffffffffff000)

void must(enum xenpt_code code, const struct xenpt_error *err)
{
    char text[800];

    if (!code)
        return;
    xenpt_error_format(err, text, sizeof(text));
    fprintf(stderr, "%s\n", text);
    exit(2);
}

static uint64_t *words(const struct tree *t, uint64_t at)
{
    return (uint64_t *)(void *)(t->bytes + at);
}

/* A permutation of a power of two of tables. */
static uint64_t scatter(uint64_t i, uint64_t n)
{
    return i * UINT64_C(2654435761) & (n - 1);
}

/* 32 tables: one in a row, one of frames at random, one of pairs, one empty, 28 of one entry. */
static enum content mixture(uint64_t table)
{
    static const enum content few[] = { DENSE, RANDOM, DENSE, EMPTY };

    return table % 32 < 4 ? few[table % 32] : SPARSE;
}

static uint64_t content_of(enum content content, uint64_t i, uint64_t *random)
{
    switch (content) {
    case DENSE:
        return (i & UINT64_C(0xfffffffff)) << 12 | LEAF;
    case RANDOM:
        return (bench_random(random) & UINT64_C(0xffffffff)) << 12 | LEAF;
    case SPARSE:
        return (i & 511) == ((i >> 9) * 37 & 511) ? i << 12 | LEAF : 0;
    case LINE:
        return (i & 7) == 3 ? i << 12 | LEAF : 0;
    case MIXED:
        /* Of the third kind, every second pair is a frame further on. */
        return content_of(mixture(i >> 9), (i >> 9 & 31) == 2 ? i + (i >> 1) : i, random);
    case EMPTY:
        break;
    }
    return 0;
}

static struct xenpt_cpu cpu(void)
{
    struct xenpt_cpu cpu = xenpt_cpu_widest(XENPT_INTEL);

    cpu.maxphyaddr = 48;
    return cpu;
}

static void make_views(struct tree *t)
{
    struct xenpt_cpu facts = cpu();
    struct xenpt_regs regs = {
        .cr0 = XENPT_CR0_PG | XENPT_CR0_PE | XENPT_CR0_WP,
        .cr3 = t->cr3,
        .cr4 = XENPT_CR4_PAE | XENPT_CR4_SMEP | XENPT_CR4_SMAP,
        .efer = XENPT_EFER_LME | XENPT_EFER_LMA | XENPT_EFER_NXE,
    };
    struct xenpt_error err = { 0 };

    t->segment = (struct segment){ 0, t->size, t->bytes };
    t->naive = (struct naive_memory){ &t->segment, 1 };
    t->limit = (struct limit_machine){ t->bytes, t->size, t->cr3, XENPT_BITS(51, 48), 0 };
    t->flat = xenpt_reader_flat(t->bytes, 0, t->size);
    must(xenpt_paging_init(&t->paging, &facts, &regs, &err), &err);
}

void tree_init(struct tree *t, uint64_t nr_l1, enum content content, bool scattered)
{
    tree_init_domains(t, 1, 1, nr_l1, content, scattered);
}

/* All tables of a kind, side by side: each entry leads to the next one of those from `to` on. */
static void lead(const struct tree *t, uint64_t from, uint64_t nr, uint64_t to)
{
    for (uint64_t i = 0; i < nr; i++)
        words(t, from)[i] = (to + i * 4096) | TABLE;
}

void tree_init_domains(struct tree *t, uint64_t domains, uint64_t contexts, uint64_t nr_l1,
                       enum content content, bool scattered)
{
    uint64_t of_l1 = nr_l1 / domains, of_l2 = (of_l1 + 511) / 512, of_l3 = (of_l2 + 511) / 512;
    uint64_t random = 88172645463325252, l3 = (1 + domains * contexts) * 4096;
    uint64_t l2 = l3 + domains * of_l3 * 4096, l1 = l2 + domains * of_l2 * 4096;

    *t = (struct tree){
        .size = l1 + nr_l1 * 4096, .cr3 = 4096, .nr_l1 = nr_l1, .pages = nr_l1 * 512
    };
    t->bytes = bench_memory(t->size);
    for (uint64_t i = 0; i < domains * contexts; i++)
        lead(t, t->cr3 + i * 4096, of_l3, l3 + i / contexts * of_l3 * 4096);
    for (uint64_t d = 0; d < domains; d++) {
        uint64_t own_l3 = l3 + d * of_l3 * 4096, own_l2 = l2 + d * of_l2 * 4096;

        lead(t, own_l3, of_l2, own_l2);
        for (uint64_t i = 0; i < of_l1; i++) {
            uint64_t n = d * of_l1 + i, table = l1 + (scattered ? scatter(n, nr_l1) : n) * 4096;

            words(t, own_l2)[i] = table | TABLE;
            for (uint64_t j = 0; j < 512; j++)
                words(t, table)[j] = content_of(content, n * 512 + j, &random);
        }
    }
    make_views(t);
}

/* Where the guest's table with this number is in guest-physical memory. */
static uint64_t table_gfn(uint64_t i, uint64_t gfns)
{
    return i * UINT64_C(0x9e3779b1) & (gfns - 1);
}

/* EPT tables for all of a guest's memory; its own tables get real frames, all else no bytes. */
static void make_ept(struct tree *t, uint64_t gfns, uint64_t backing, uint64_t nr_tables)
{
    uint64_t nr1 = gfns / 512, nr2 = (nr1 + 511) / 512;
    uint64_t e3 = 8192, e2 = e3 + 4096, e1 = e2 + nr2 * 4096;

    words(t, 4096)[0] = e3 | EPT_MID;
    for (uint64_t i = 0; i < nr2; i++)
        words(t, e3)[i] = (e2 + i * 4096) | EPT_MID;
    for (uint64_t i = 0; i < nr1; i++)
        words(t, e2)[i] = (e1 + scatter(i, nr1) * 4096) | EPT_MID;
    for (uint64_t g = 0; g < gfns; g++)
        words(t, words(t, e2)[g >> 9] & ADDRESS)[g & 511] = ((g ^ 0x5a5a) << 12) | EPT_RAM;
    for (uint64_t i = 0; i < nr_tables; i++) {
        uint64_t g = table_gfn(i, gfns);

        words(t, words(t, e2)[g >> 9] & ADDRESS)[g & 511] = (backing + i * 4096) | EPT_RAM;
    }
}

void tree_init_nested(struct tree *t, uint64_t nr_l1, uint64_t guest_gib)
{
    uint64_t gfns = guest_gib << 18, nr_l2 = (nr_l1 + 511) / 512, nr_l3 = (nr_l2 + 511) / 512;
    uint64_t tables = 1 + nr_l3 + nr_l2 + nr_l1, random = 88172645463325252;
    uint64_t backing = (2 + 1 + (gfns / 512 + 511) / 512 + gfns / 512) * 4096;
    uint64_t l3 = 1, l2 = l3 + nr_l3, l1 = l2 + nr_l2;
    struct xenpt_cpu facts = cpu();
    struct xenpt_error err = { 0 };

    *t = (struct tree){ .size = backing + tables * 4096,
                        .nr_l1 = nr_l1,
                        .pages = nr_l1 * 512,
                        .cr3 = table_gfn(0, gfns) << 12 };
    t->bytes = bench_memory(t->size);
    make_ept(t, gfns, backing, tables);
    for (uint64_t i = 0; i < nr_l3; i++)
        words(t, backing)[i] = table_gfn(l3 + i, gfns) << 12 | TABLE;
    for (uint64_t i = 0; i < nr_l2; i++)
        words(t, backing + l3 * 4096)[i] = table_gfn(l2 + i, gfns) << 12 | TABLE;
    for (uint64_t i = 0; i < nr_l1; i++)
        words(t, backing + l2 * 4096)[i] = table_gfn(l1 + scatter(i, nr_l1), gfns) << 12 | TABLE;
    for (uint64_t i = 0; i < nr_l1 * 512; i++)
        words(t, backing + l1 * 4096)[i] = (bench_random(&random) & (gfns - 1)) << 12 | LEAF;
    make_views(t);
    t->limit.eptp = 4096;
    must(xenpt_paging_init_ept(&t->second, &facts, 4096 | 0x1e, &err), &err);
}

void tree_fini(struct tree *t)
{
    munmap(t->bytes, t->size);
}
