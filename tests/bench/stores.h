/*
 * stores.h - ways to hold the pages of a machine of 16 TiB that has few: the obvious ones,
 * for the store to be measured beside.
 */
#ifndef XENPT_BENCH_STORES_H
#define XENPT_BENCH_STORES_H

#include <stddef.h>
#include <stdint.h>

#define PAGE 4096u

/* Where the pages lie: page i of a machine is in frame layout(i). */
typedef uint64_t layout(uint64_t i);

enum { SIDE_BY_SIDE, RUNS_OF_64, ISOLATED, NR_LAYOUTS };

extern const struct named_layout {
    const char *name;
    layout *frame;
} layouts[NR_LAYOUTS];

/* One piece of address space, page tables and all left to the host. */
struct flat_store {
    uint8_t *bytes;
};

/* Two levels of 2^16 entries over a pool of pages. */
struct radix_store {
    uint32_t **leaf;
    uint8_t *pool;
};

/* A hash of half-full 8-byte slots over a pool of pages. */
struct hash_slot {
    uint32_t frame, place;
};

struct hash_store {
    struct hash_slot *slot;
    unsigned int shift;
    uint64_t mask;
    uint8_t *pool;
};

void flat_init(struct flat_store *s);
void flat_fini(struct flat_store *s);
void radix_init(struct radix_store *s, layout *frame_of, uint64_t nr, uint8_t *pool);
void radix_fini(struct radix_store *s);
void hash_init(struct hash_store *s, layout *frame_of, uint64_t nr, uint8_t *pool);
void hash_fini(struct hash_store *s);

/* The page at address `table`: what is timed. */
static inline const uint8_t *flat_page(const void *store, uint64_t table)
{
    const struct flat_store *s = store;

    return s->bytes + table;
}

static inline const uint8_t *radix_page(const void *store, uint64_t table)
{
    const struct radix_store *s = store;
    uint64_t frame = table / PAGE;
    const uint32_t *leaf = s->leaf[frame >> 16];
    uint32_t place = leaf ? leaf[frame & 0xffff] : 0;

    return place ? s->pool + (uint64_t)place * PAGE : NULL;
}

static inline const uint8_t *hash_page(const void *store, uint64_t table)
{
    const struct hash_store *s = store;
    uint32_t frame = (uint32_t)(table / PAGE);

    for (uint64_t i = frame * UINT64_C(0x9e3779b97f4a7c15) >> s->shift;; i = (i + 1) & s->mask) {
        struct hash_slot slot = s->slot[i];

        if (!slot.place)
            return NULL;
        if (slot.frame == frame)
            return s->pool + (uint64_t)slot.place * PAGE;
    }
}

#endif
