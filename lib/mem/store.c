/*
 * store.c - simulated machine memory that costs only for the frames with content.
 */
#include <stdlib.h>

#include "mem/lookup.h"

struct ram {
    uint64_t first, last;
};

struct xenpt_store {
    struct store_index index; /* First: store_bare() casts back. */
    struct xenpt_reader reader;
    uint64_t frames;
    struct ram *ram; /* Sorted and disjoint, none touching the next. */
    size_t nr_ram;
};

#define FIRST_SLOTS_LOG2 4

static const _Alignas(XENPT_PAGE_SIZE) uint8_t zeros[XENPT_PAGE_SIZE];

static bool is_ram(const struct xenpt_store *store, uint64_t at)
{
    size_t low = 0, high = store->nr_ram;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (store->ram[middle].last < at)
            low = middle + 1;
        else
            high = middle;
    }
    return low < store->nr_ram && store->ram[low].first <= at;
}

const uint8_t *store_bare(const struct store_index *index, uint64_t at)
{
    const struct xenpt_store *store = (const void *)index;

    return is_ram(store, at) ? zeros + (at & (XENPT_PAGE_SIZE - 1)) : NULL;
}

static bool read_store(const struct xenpt_reader *self, uint64_t at, void *buf, size_t size)
{
    uint8_t *to = buf;

    while (size) {
        const uint8_t *from = store_at(self->index, at);
        size_t part = (size_t)min_u64(size, XENPT_PAGE_SIZE - (at & (XENPT_PAGE_SIZE - 1)));

        if (!from)
            return false;
        memcpy(to, from, part);
        to += part;
        at += part;
        size -= part;
    }
    return true;
}

enum xenpt_code xenpt_store_create(struct xenpt_store **ret, struct xenpt_error *err)
{
    struct xenpt_store *store = calloc(1, sizeof(*store));
    struct store_slot *slot = calloc(XENPT_BIT(FIRST_SLOTS_LOG2), sizeof(*slot));

    if (!store || !slot) {
        free(store);
        free(slot);
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for a store");
    }
    store->index = (struct store_index){
        .slot = slot,
        .shift = 64 - FIRST_SLOTS_LOG2,
        .mask = XENPT_BIT(FIRST_SLOTS_LOG2) - 1,
    };
    store->reader = (struct xenpt_reader){
        .read = read_store,
        .held = XENPT_HELD_IN_STORE,
        .index = &store->index,
    };
    *ret = store;
    return XENPT_OK;
}

void xenpt_store_destroy(struct xenpt_store *store)
{
    if (!store)
        return;
    for (uint64_t i = 0; i <= store->index.mask; i++)
        free(store->index.slot[i].page);
    free(store->index.slot);
    free(store->ram);
    free(store);
}

const struct xenpt_reader *xenpt_store_reader(const struct xenpt_store *store)
{
    return &store->reader;
}

enum xenpt_code xenpt_store_add_ram(struct xenpt_store *store, uint64_t first, uint64_t last,
                                    struct xenpt_error *err)
{
    struct ram *ram;
    size_t from = 0, to;

    if (first % XENPT_PAGE_SIZE || (last + 1) % XENPT_PAGE_SIZE || first > last ||
        last >> XENPT_MADDR_BITS)
        return xenpt_fail(err, XENPT_ERANGE,
                          "RAM from 0x%llx to 0x%llx: not whole pages below 2^%u",
                          (unsigned long long)first, (unsigned long long)last, XENPT_MADDR_BITS);

    ram = realloc(store->ram, (store->nr_ram + 1) * sizeof(*ram));
    if (!ram)
        return xenpt_fail(err, XENPT_ENOMEM, "no memory to note a range of RAM");
    store->ram = ram;

    /* Ranges from..to-1 overlap or touch the new one, and become one with it. */
    while (from < store->nr_ram && ram[from].last + 1 < first)
        from++;
    for (to = from; to < store->nr_ram && ram[to].first <= last + 1; to++) {
        first = min_u64(first, ram[to].first);
        last = max_u64(last, ram[to].last);
    }
    memmove(ram + from + 1, ram + to, (store->nr_ram - to) * sizeof(*ram));
    ram[from] = (struct ram){ first, last };
    store->nr_ram = store->nr_ram - (to - from) + 1;
    return XENPT_OK;
}

static struct store_slot *find(const struct store_index *index, uint64_t frame)
{
    uint64_t i = store_home(index, frame);

    while (index->slot[i].page && index->slot[i].frame != frame)
        i = (i + 1) & index->mask;
    return &index->slot[i];
}

static bool make_room(struct xenpt_store *store)
{
    struct store_index old = store->index, new = old;

    if (2 * (store->frames + 1) <= old.mask + 1)
        return true;
    new.shift--;
    new.mask = 2 * old.mask + 1;
    new.slot = calloc(new.mask + 1, sizeof(*new.slot));
    if (!new.slot)
        return false;
    for (uint64_t i = 0; i <= old.mask; i++)
        if (old.slot[i].page)
            *find(&new, old.slot[i].frame) = old.slot[i];
    free(old.slot);
    store->index = new;
    return true;
}

/* The frame's page, with content from now on.  NULL: no memory. */
static uint8_t *materialise(struct xenpt_store *store, uint64_t frame)
{
    struct store_slot *slot = find(&store->index, frame);
    uint8_t *page;

    if (slot->page)
        return slot->page;
    page = aligned_alloc(XENPT_PAGE_SIZE, XENPT_PAGE_SIZE);
    if (!page || !make_room(store)) {
        free(page);
        return NULL;
    }
    memset(page, 0, XENPT_PAGE_SIZE);
    *find(&store->index, frame) = (struct store_slot){ frame, page };
    store->frames++;
    return page;
}

enum xenpt_code xenpt_store_write(struct xenpt_store *store, uint64_t at, const void *buf,
                                  size_t size, struct xenpt_error *err)
{
    const uint8_t *from = buf;
    uint64_t last = at + size - 1;

    if (!size)
        return XENPT_OK;
    for (uint64_t frame = at >> XENPT_PAGE_SHIFT; frame <= last >> XENPT_PAGE_SHIFT; frame++)
        if (last < at || !is_ram(store, frame << XENPT_PAGE_SHIFT))
            return xenpt_fail(err, XENPT_ERANGE, "write of %zu bytes at 0x%llx: not RAM", size,
                              (unsigned long long)at);
    for (uint64_t frame = at >> XENPT_PAGE_SHIFT; frame <= last >> XENPT_PAGE_SHIFT; frame++)
        if (!materialise(store, frame))
            return xenpt_fail(err, XENPT_ENOMEM, "no memory for the content of frame 0x%llx",
                              (unsigned long long)frame);
    while (size) {
        uint64_t in_page = at & (XENPT_PAGE_SIZE - 1);
        size_t part = (size_t)min_u64(size, XENPT_PAGE_SIZE - in_page);

        memcpy(materialise(store, at >> XENPT_PAGE_SHIFT) + in_page, from, part);
        from += part;
        at += part;
        size -= part;
    }
    return XENPT_OK;
}

enum xenpt_code xenpt_store_write64(struct xenpt_store *store, uint64_t at, uint64_t word,
                                    struct xenpt_error *err)
{
    return xenpt_store_write(store, at, &word, sizeof(word), err);
}

/* Closes the gap that a slot leaves, so that every probe still ends where it should. */
static void remove_slot(struct store_index *index, uint64_t gap)
{
    for (uint64_t i = (gap + 1) & index->mask; index->slot[i].page; i = (i + 1) & index->mask) {
        uint64_t home = store_home(index, index->slot[i].frame);

        if (((i - home) & index->mask) < ((i - gap) & index->mask))
            continue;
        index->slot[gap] = index->slot[i];
        gap = i;
    }
    index->slot[gap].page = NULL;
}

void xenpt_store_drop(struct xenpt_store *store, xenpt_mfn_t mfn)
{
    struct store_slot *slot = find(&store->index, mfn.v);

    if (!slot->page)
        return;
    free(slot->page);
    remove_slot(&store->index, (uint64_t)(slot - store->index.slot));
    store->frames--;
}
