/*
 * bench_store.c - a walk through page tables that lie scattered in a machine of 16 TiB, and
 * what holding them costs: our store beside the obvious ones.
 *
 *     bench_store [L1-TABLES...]     powers of two
 *
 * The walk is the barest that one would call a walk, the same for all, so that what differs
 * is the way from a table's address to its bytes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "machine.h"
#include "mem/lookup.h"

#define ROUNDS  31
#define PASSES  8
#define P       UINT64_C(0x7)
#define ADDRESS UINT64_C(0x000ffffffffff000)

typedef const uint8_t *find_page(const void *store, uint64_t table);

static always_inline bool bare_walk(find_page *page, const void *store, uint64_t cr3, uint64_t va,
                                    uint64_t *out)
{
    uint64_t all = ~UINT64_C(0), table = cr3;

    for (unsigned int shift = 39; shift >= 12; shift -= 9) {
        const uint8_t *bytes = page(store, table);
        uint64_t entry;

        if (unlikely(!bytes))
            return false;
        memcpy(&entry, bytes + (va >> shift & 511) * 8, 8);
        all &= entry;
        if (!(entry & 1) || entry & UINT64_C(0xf) << 48)
            return false;
        if (shift == 12 || entry & 0x80) {
            uint64_t low = ones(shift);

            *out = (entry & ADDRESS & ~low) | (va & low);
            return (all & P) == P;
        }
        table = entry & ADDRESS;
    }
    return false;
}

/* Where `waits`, an address is known only when the walk before is done. */
static always_inline uint64_t walks(const struct machine *m, find_page *page, const void *store,
                                    uint64_t cr3, bool waits)
{
    uint64_t sum = 0, out = 0, pages = m->nr_l1 * 512;

    for (uint64_t pass = 0; pass < PASSES; pass++)
        for (uint64_t i = 0; i < m->n; i++) {
            uint64_t va = m->va[i] ^ (pass * 2654435761u & (pages - 1)) << 12;

            sum += bare_walk(page, store, cr3, waits ? va ^ out >> 63 : va, &out);
            sum += out;
        }
    return sum;
}

#define CONTENDER(name, page, store, cr3)                                                          \
    static uint64_t name(void *ctx)                                                                \
    {                                                                                              \
        const struct machine *m = ctx;                                                             \
                                                                                                   \
        return walks(m, page, store, cr3, false);                                                  \
    }                                                                                              \
    static uint64_t name##_waits(void *ctx)                                                        \
    {                                                                                              \
        const struct machine *m = ctx;                                                             \
                                                                                                   \
        return walks(m, page, store, cr3, true);                                                   \
    }

CONTENDER(in_flat, flat_page, &m->flat, by_frame(m, 0))
CONTENDER(in_radix, radix_page, &m->radix, by_frame(m, 0))
CONTENDER(in_hash, hash_page, &m->hash, by_frame(m, 0))
CONTENDER(in_ours, store_at, m->index, by_frame(m, 0))
CONTENDER(in_offsets, flat_page, &m->offsets, by_offset(m, 0))

/* The walk with every check there is, where the store does not stand out so much. */
static always_inline uint64_t full_walks(const struct machine *m, const struct xenpt_reader *mem,
                                         bool waits)
{
    struct xenpt_translation t = { .out = 0 };
    uint64_t sum = 0, pages = m->nr_l1 * 512;

    for (uint64_t pass = 0; pass < PASSES; pass++)
        for (uint64_t i = 0; i < m->n; i++) {
            uint64_t va = m->va[i] ^ (pass * 2654435761u & (pages - 1)) << 12;

            xenpt_translate(&m->paging, mem, &m->ask, waits ? va ^ t.out >> 63 : va, &t);
            sum += t.out + 1;
        }
    return sum;
}

static uint64_t full_flat(void *ctx)
{
    return full_walks(ctx, &((const struct machine *)ctx)->flat_reader, false);
}

static uint64_t full_flat_waits(void *ctx)
{
    return full_walks(ctx, &((const struct machine *)ctx)->flat_reader, true);
}

static uint64_t full_ours(void *ctx)
{
    return full_walks(ctx, xenpt_store_reader(((const struct machine *)ctx)->ours), false);
}

static uint64_t full_ours_waits(void *ctx)
{
    return full_walks(ctx, xenpt_store_reader(((const struct machine *)ctx)->ours), true);
}

static void random_addresses(void *ctx)
{
    struct machine *m = ctx;

    for (uint64_t i = 0; i < m->n; i++)
        m->va[i] = bench_random(&m->random) % (m->nr_l1 * 512) << 12 | 8;
}

static void measure_walks(uint64_t nr_l1, const struct named_layout *in)
{
    struct machine *m = malloc(sizeof(*m));

    if (!m)
        exit(2);
    machine_init(m, nr_l1, in->frame);
    m->n = nr_l1 > 8192 ? 1 << 15 : 1 << 13;
    m->va = malloc(m->n * sizeof(*m->va));
    if (!m->va)
        exit(2);
    for (int waits = 0; waits < 2; waits++) {
        struct contender c[] = {
            { .name = "flat, 16 TiB", .run = waits ? in_flat_waits : in_flat },
            { .name = "radix 16+16", .run = waits ? in_radix_waits : in_radix },
            { .name = "hash", .run = waits ? in_hash_waits : in_hash },
            { .name = "xenpt_store", .run = waits ? in_ours_waits : in_ours },
            { .name = "offsets in the tables (no store)",
              .run = waits ? in_offsets_waits : in_offsets },
            { .name = "xenpt_translate, flat", .run = waits ? full_flat_waits : full_flat },
            { .name = "xenpt_translate, xenpt_store", .run = waits ? full_ours_waits : full_ours },
        };
        unsigned int rounds = nr_l1 > 8192 ? ROUNDS / 3 : ROUNDS;
        double best = 1e9;
        char text[160];

        for (size_t i = 0; i < ARRAY_SIZE(c); i++)
            c[i].prepare = random_addresses;
        snprintf(text, sizeof(text), "a walk, %s, %llu L1 tables, %s",
                 waits ? "each waiting for the one before" : "one after the other",
                 (unsigned long long)nr_l1, in->name);
        bench_agree(c, 4, m);
        bench(text, c, ARRAY_SIZE(c), rounds, (double)m->n * PASSES, m);
        for (size_t i = 0; i < 3; i++)
            best = bench_median(&c[i], rounds) < best ? bench_median(&c[i], rounds) : best;
        bench_target("xenpt_store / best of flat, radix, hash", bench_median(&c[3], rounds) / best,
                     true, 1.3);
        /* Flat is no store for this: isolated pages cost it 8 KiB each in the host's page tables.
         */
        printf("  xenpt_store / hash, the best that costs as little: %.2f\n",
               bench_median(&c[3], rounds) / bench_median(&c[2], rounds));
        printf("  xenpt_translate, xenpt_store / flat: %.2f\n",
               bench_median(&c[6], rounds) / bench_median(&c[5], rounds));
    }
    free(m->va);
    machine_fini(m);
    free(m);
}

int main(int argc, char **argv)
{
    static const uint64_t pages[] = { 131,  257,  300,   520,   700,    1030,
                                      2060, 4106, 16390, 40000, 262657, 500000 };

    if (argc > 1) {
        for (int i = 1; i < argc; i++) {
            uint64_t nr_l1 = strtoull(argv[i], NULL, 0);

            if (!nr_l1 || nr_l1 & (nr_l1 - 1)) {
                fprintf(stderr, "%s is not a power of two\n", argv[i]);
                return 2;
            }
            for (size_t k = 0; k < NR_LAYOUTS; k++)
                measure_walks(nr_l1, &layouts[k]);
        }
    } else {
        for (size_t i = 0; i < ARRAY_SIZE(pages); i++)
            measure_cost(pages[i]);
        measure_walks(4, &layouts[RUNS_OF_64]);
        measure_walks(128, &layouts[RUNS_OF_64]);
        measure_walks(128, &layouts[SIDE_BY_SIDE]);
        measure_walks(1024, &layouts[RUNS_OF_64]);
        measure_walks(4096, &layouts[RUNS_OF_64]);
        measure_walks(262144, &layouts[RUNS_OF_64]);
        measure_walks(262144, &layouts[ISOLATED]);
    }
    printf("\n%u targets missed\n", bench_missed());
    return 0;
}
