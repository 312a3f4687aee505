/* stores.c - see stores.h. */
#define _GNU_SOURCE
#include "stores.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "bench.h"

#define MACHINE ((size_t)16 << 40)

/* --- Layouts ------------------------------------------------------------------------------- */

/* Numbers below 2^bits in an order that looks like chance, each of them once. */
static uint64_t shuffled(uint64_t i, unsigned int bits)
{
    uint64_t mask = (UINT64_C(1) << bits) - 1;

    i = (i + 1) * 0x9e3779b1 & mask;
    i ^= i >> bits / 2;
    i = i * 0x85ebca6b & mask;
    return i ^ i >> bits / 2;
}

static uint64_t side_by_side(uint64_t i)
{
    return (UINT64_C(1) << 26) + i;
}

static uint64_t runs_of_64(uint64_t i)
{
    return shuffled(i / 64, 26) << 6 | i % 64;
}

static uint64_t isolated(uint64_t i)
{
    return shuffled(i, 32);
}

const struct named_layout layouts[NR_LAYOUTS] = {
    [SIDE_BY_SIDE] = { "side by side", side_by_side },
    [RUNS_OF_64] = { "runs of 64", runs_of_64 },
    [ISOLATED] = { "isolated", isolated },
};

/* --- Stores -------------------------------------------------------------------------------- */

void flat_init(struct flat_store *s)
{
    s->bytes = mmap(NULL, MACHINE, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (s->bytes == MAP_FAILED) {
        perror("no address space for 16 TiB");
        exit(2);
    }
    madvise(s->bytes, MACHINE, MADV_NOHUGEPAGE);
}

void flat_fini(struct flat_store *s)
{
    munmap(s->bytes, MACHINE);
}

static void *zeroed(size_t nr, size_t size)
{
    void *p = calloc(nr, size);

    if (!p) {
        perror("no memory for the benchmark");
        exit(2);
    }
    return p;
}

/* Page i is in place i + 1: no entry is 0 then. */
void radix_init(struct radix_store *s, layout *frame_of, uint64_t nr, uint8_t *pool)
{
    *s = (struct radix_store){ zeroed(1 << 16, sizeof(*s->leaf)), pool };
    for (uint64_t i = 0; i < nr; i++) {
        uint64_t frame = frame_of(i);
        uint32_t **leaf = &s->leaf[frame >> 16];

        if (!*leaf)
            *leaf = zeroed(1 << 16, sizeof(**leaf));
        (*leaf)[frame & 0xffff] = (uint32_t)i + 1;
    }
}

void radix_fini(struct radix_store *s)
{
    for (size_t i = 0; i < 1 << 16; i++)
        free(s->leaf[i]);
    free(s->leaf);
}

/* Not worth a huge page. */
static bool is_small(const struct hash_store *s)
{
    return s->mask < 1 << 18;
}

void hash_init(struct hash_store *s, layout *frame_of, uint64_t nr, uint8_t *pool)
{
    *s = (struct hash_store){ .shift = 63, .mask = 1, .pool = pool };
    for (; s->mask + 1 < 2 * nr; s->mask = 2 * s->mask + 1)
        s->shift--;
    s->slot = is_small(s) ? zeroed(s->mask + 1, sizeof(*s->slot))
                          : bench_memory((s->mask + 1) * sizeof(*s->slot));
    for (uint64_t i = 0; i < nr; i++) {
        uint32_t frame = (uint32_t)frame_of(i);
        uint64_t at = frame * UINT64_C(0x9e3779b97f4a7c15) >> s->shift;

        while (s->slot[at].place)
            at = (at + 1) & s->mask;
        s->slot[at] = (struct hash_slot){ frame, (uint32_t)i + 1 };
    }
}

void hash_fini(struct hash_store *s)
{
    if (is_small(s))
        free(s->slot);
    else
        munmap(s->slot, (s->mask + 1) * sizeof(*s->slot));
}
