/* store_frames.c - what a store holds: counted, and one frame after the other. */
#include <stdlib.h>

#include "mem/store.h"

struct xenpt_store_stats xenpt_store_stats(const struct xenpt_store *store)
{
    uint64_t bytes = sizeof(*store) + places_bytes(&store->places) +
                     history_bytes(&store->history) + store->ram.nr * sizeof(struct ram_range);

    for (const struct xenpt_snapshot *snap = store->newest; snap; snap = snap->older)
        bytes += sizeof(*snap) + snap->ram.nr * sizeof(struct ram_range);
    return (struct xenpt_store_stats){
        .frames = store->places.live,
        .snapshot_frames = store->places.used - store->places.live,
        .bytes = bytes,
    };
}

static int by_number(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

/* Frame i of those whose content is computed and counts. */
static uint64_t small_at(const struct xenpt_store *store, size_t i)
{
    return store->source ? store->source->small(store->source, i) : STORE_NO_FRAME;
}

static const void *page_of(const struct xenpt_store *store, uint64_t frame, uint8_t *copy)
{
    uint32_t place = places_find(&store->places, frame);

    if (place != NOWHERE)
        return places_page(&store->places, place);
    store->source->read(store->source, frame << XENPT_PAGE_SHIFT, copy, XENPT_PAGE_SIZE);
    return copy;
}

enum xenpt_code xenpt_store_each(const struct xenpt_store *store,
                                 bool (*fn)(void *ctx, xenpt_mfn_t mfn, const void *page),
                                 void *ctx, struct xenpt_error *err)
{
    const struct places *p = &store->places;
    _Alignas(8) uint8_t copy[XENPT_PAGE_SIZE];
    enum xenpt_code code = XENPT_OK;
    size_t nr = 0, small = 0;
    uint64_t *frame;

    while (small_at(store, small) != STORE_NO_FRAME)
        small++;
    frame = malloc((p->live + small + 1) * sizeof(*frame));
    if (!frame)
        return xenpt_fail(err, XENPT_ENOMEM, "no memory to sort %llu frames",
                          (unsigned long long)p->live);
    for (uint64_t place = 0; place < p->used; place++)
        if (!(places_owner(p, place) & KEPT))
            frame[nr++] = places_owner(p, place);
    for (size_t i = 0; i < small; i++)
        if (places_find(p, small_at(store, i)) == NOWHERE)
            frame[nr++] = small_at(store, i);
    qsort(frame, nr, sizeof(*frame), by_number);
    for (size_t i = 0; i < nr && !code; i++)
        if (!fn(ctx, xenpt_mfn(frame[i]), page_of(store, frame[i], copy)))
            code = xenpt_fail(err, XENPT_ESTOPPED, "stopped at frame 0x%llx, %zu of %zu",
                              (unsigned long long)frame[i], i + 1, nr);
    free(frame);
    return code;
}
