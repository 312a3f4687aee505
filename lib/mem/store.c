/*
 * store.c - simulated machine memory that costs only for the frames with content.
 *
 *     address --slot--> place in the pool        frames with content       places.c
 *             --------> version in the past      for snapshots             history.c
 *             --------> RAM, or nothing          frames without content    ram.c
 */
#include "mem/store.h"

#include <stdlib.h>

#include "mem/lookup.h"

#define OFFSET(at) ((at) & (XENPT_PAGE_SIZE - 1))

static const _Alignas(XENPT_PAGE_SIZE) uint8_t zeros[XENPT_PAGE_SIZE];

/* --- Reading ------------------------------------------------------------------------------- */

/* What was RAM: a snapshot has a copy only if RAM was added while it was the newest. */
static const struct ram *ram_of(const struct store_view *view)
{
    for (const struct xenpt_snapshot *snap = view->then; snap; snap = snap->newer)
        if (snap->has_ram)
            return &snap->ram;
    return &view->store->ram;
}

/* Of a frame that has no content here. */
static bool is_computed(const struct xenpt_store *store, uint64_t frame)
{
    return store->source && store->source->has(store->source, frame);
}

void store_ask(struct xenpt_store *store, const struct store_source *source)
{
    store->source = source;
}

const uint8_t *store_miss(const struct store_index *index, uint64_t at)
{
    const struct store_view *view = index->view;
    const struct xenpt_store *store = view->store;
    const struct version *version = NULL;
    uint64_t frame = at >> XENPT_PAGE_SHIFT;
    uint32_t place;

    if (view->then)
        version = history_find(&store->history, frame, view->then->era);
    place = version ? version->place : places_find(&store->places, frame);
    if (place != NOWHERE)
        return places_page(&store->places, place) + OFFSET(at);
    if (is_computed(store, frame))
        return NULL; /* read_store() is asked. */
    return ram_find(ram_of(view), at) ? zeros + OFFSET(at) : NULL;
}

static bool read_store(const struct xenpt_reader *self, uint64_t at, void *buf, size_t size)
{
    const struct store_index *index = self->index;
    const struct xenpt_store *store = index->view->store;
    uint8_t *to = buf;

    while (size) {
        const uint8_t *from = store_at(index, at);
        size_t part = (size_t)min_u64(size, XENPT_PAGE_SIZE - OFFSET(at));

        if (from)
            memcpy(to, from, part);
        else if (is_computed(store, at >> XENPT_PAGE_SHIFT))
            store->source->read(store->source, at, to, part);
        else
            return false;
        to += part;
        at += part;
        size -= part;
    }
    return true;
}

struct xenpt_reader store_reader(const struct store_index *index)
{
    return (struct xenpt_reader){
        .read = read_store,
        .held = XENPT_HELD_IN_STORE,
        .index = index,
    };
}

const struct xenpt_reader *xenpt_store_reader(const struct xenpt_store *store)
{
    return &store->reader;
}

/* --- From first to last -------------------------------------------------------------------- */

static enum xenpt_code no_memory(struct xenpt_error *err, const char *what)
{
    return xenpt_fail(err, XENPT_ENOMEM, "no memory for %s", what);
}

enum xenpt_code xenpt_store_create(struct xenpt_store **ret, struct xenpt_error *err)
{
    struct xenpt_store *store = calloc(1, sizeof(*store));

    if (!store)
        return no_memory(err, "a store");
    store->now.store = store;
    if (!history_init(&store->history)) {
        free(store);
        return no_memory(err, "a store");
    }
    if (!places_init(&store->places, &store->now)) {
        history_fini(&store->history);
        free(store);
        return no_memory(err, "a store");
    }
    store->reader = store_reader(&store->places.index);
    *ret = store;
    return XENPT_OK;
}

void xenpt_store_destroy(struct xenpt_store *store)
{
    struct xenpt_snapshot *snap, *older;

    if (!store)
        return;
    for (snap = store->newest; snap; snap = older) {
        older = snap->older;
        ram_fini(&snap->ram);
        free(snap);
    }
    places_fini(&store->places);
    history_fini(&store->history);
    ram_fini(&store->ram);
    free(store);
}

enum xenpt_code xenpt_store_add_ram(struct xenpt_store *store, uint64_t first, uint64_t last,
                                    struct xenpt_error *err)
{
    struct xenpt_snapshot *snap = store->newest;
    const struct ram_range *range = ram_find(&store->ram, first);
    struct ram before = { 0 };
    bool keeps = snap && !snap->has_ram;

    if (OFFSET(first) || OFFSET(last + 1) || first > last || last >> XENPT_MADDR_BITS)
        return xenpt_fail(err, XENPT_ERANGE,
                          "RAM from 0x%llx to 0x%llx: not whole pages below 2^%u",
                          (unsigned long long)first, (unsigned long long)last, XENPT_MADDR_BITS);
    if (range && last <= range->last)
        return XENPT_OK;
    if (keeps && !ram_copy(&before, &store->ram))
        return no_memory(err, "the RAM that a snapshot had");
    if (!ram_add(&store->ram, first, last)) {
        ram_fini(&before);
        return no_memory(err, "a range of RAM");
    }
    if (keeps) {
        snap->ram = before;
        snap->has_ram = true;
    }
    return XENPT_OK;
}

/* --- Writing ------------------------------------------------------------------------------- */

/* Whether the newest snapshot has yet to be told what this frame contains. */
static bool is_news(const struct xenpt_store *store, uint64_t frame)
{
    return store->newest && !history_find(&store->history, frame, store->newest->era);
}

/* Notes that what a frame contained is in this place, or is nothing. */
static uint32_t keep(struct xenpt_store *store, uint64_t frame, uint32_t place)
{
    struct version v = { .frame = frame, .era = store->newest->era, .place = place };

    return history_add(&store->history, v, &store->newest->versions);
}

void store_give(struct xenpt_store *store, uint32_t place)
{
    uint32_t moved = places_give(&store->places, place);

    if (moved != NOWHERE)
        store->history.version[moved].place = place;
}

/* The page to write to, once there is room for all that has to be done first. */
static uint8_t *page_to_write(struct xenpt_store *store, uint64_t frame)
{
    struct places *p = &store->places;
    uint32_t place = places_find(p, frame);

    if (is_news(store, frame)) {
        uint32_t id = keep(store, frame, NOWHERE);

        if (place != NOWHERE) {
            uint32_t copy = places_take(p, KEPT | id);

            memcpy(places_page(p, copy), places_page(p, place), XENPT_PAGE_SIZE);
            store->history.version[id].place = copy;
        }
    }
    if (place == NOWHERE) {
        place = places_take(p, frame);
        places_enter(p, place);
        if (is_computed(store, frame))
            store->source->read(store->source, frame << XENPT_PAGE_SHIFT, places_page(p, place),
                                XENPT_PAGE_SIZE);
    }
    return places_page(p, place);
}

/*
 * Room to write to these frames.  So much room for versions that each frame with content can
 * be dropped later, which cannot fail: a new frame may want two, and a copied one one.
 */
static bool make_room(struct xenpt_store *store, uint64_t first, uint64_t last)
{
    uint64_t more = 0;

    for (uint64_t frame = first; frame <= last; frame++)
        more += is_news(store, frame) || places_find(&store->places, frame) == NOWHERE;
    if (!more)
        return true;
    return places_reserve(&store->places, more, more) &&
           (!store->newest ||
            history_reserve(&store->history, store->history.count + store->places.live + 2 * more));
}

static enum xenpt_code is_writable(const struct xenpt_store *store, uint64_t at, size_t size,
                                   struct xenpt_error *err)
{
    const struct ram_range *range = ram_find(&store->ram, at);

    if (range && size - 1 <= range->last - at)
        return XENPT_OK;
    return xenpt_fail(err, XENPT_ERANGE, "write of %zu bytes at 0x%llx: there is no RAM at 0x%llx",
                      size, (unsigned long long)at,
                      (unsigned long long)(range ? range->last + 1 : at));
}

enum xenpt_code xenpt_store_write(struct xenpt_store *store, uint64_t at, const void *buf,
                                  size_t size, struct xenpt_error *err)
{
    const uint8_t *from = buf;
    enum xenpt_code code;

    if (!size)
        return XENPT_OK;
    if ((code = is_writable(store, at, size, err)))
        return code;
    if (!make_room(store, at >> XENPT_PAGE_SHIFT, (at + size - 1) >> XENPT_PAGE_SHIFT))
        return no_memory(err, "the content of frames");
    while (size) {
        size_t part = (size_t)min_u64(size, XENPT_PAGE_SIZE - OFFSET(at));

        memcpy(page_to_write(store, at >> XENPT_PAGE_SHIFT) + OFFSET(at), from, part);
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

void xenpt_store_drop(struct xenpt_store *store, xenpt_mfn_t mfn)
{
    struct places *p = &store->places;
    uint32_t place = mfn.v >> (XENPT_MADDR_BITS - XENPT_PAGE_SHIFT) ? NOWHERE
                                                                    : places_find(p, mfn.v);

    if (place == NOWHERE)
        return;
    places_leave(p, place);
    if (is_news(store, mfn.v)) {
        places_own(p, place, KEPT | keep(store, mfn.v, place));
        return;
    }
    store_give(store, place);
    places_trim(p);
}
