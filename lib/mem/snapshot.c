/*
 * snapshot.c - the store as it was.
 *
 * Taking a snapshot copies nothing; a write copies the page it is about to change, once for
 * the newest snapshot (store.c), and history.c knows which copy speaks for whom.  The store
 * itself is as fast to read as without snapshots; a snapshot pays for its age instead.
 */
#include <stdlib.h>

#include "mem/store.h"

enum xenpt_code xenpt_snapshot_take(struct xenpt_store *store, struct xenpt_snapshot **ret,
                                    struct xenpt_error *err)
{
    struct xenpt_snapshot *snap = calloc(1, sizeof(*snap));

    /* Every frame may be dropped, and dropping has nobody to tell that it failed. */
    if (!snap || !history_reserve(&store->history, store->history.count + store->places.live)) {
        free(snap);
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for a snapshot");
    }
    snap->store = store;
    snap->view = (struct store_view){ store, snap };
    snap->index = (struct store_index){ .slot = &snap->no_slot, .order = 1, .view = &snap->view };
    snap->reader = store_reader(&snap->index);
    snap->era = ++store->era;
    snap->versions = NOWHERE;
    snap->older = store->newest;
    if (snap->older)
        snap->older->newer = snap;
    store->newest = snap;
    *ret = snap;
    return XENPT_OK;
}

const struct xenpt_reader *xenpt_snapshot_reader(const struct xenpt_snapshot *snap)
{
    return &snap->reader;
}

/* A version of `snap` becomes that of the next older one, which may have one already. */
static void bequeath(struct xenpt_snapshot *snap, uint32_t id)
{
    struct xenpt_snapshot *older = snap->older;
    struct history *h = &snap->store->history;
    struct version *v = &h->version[id];
    uint32_t place = v->place;

    if (older && (v->older == NOWHERE || h->version[v->older].era != older->era)) {
        v->era = older->era;
        v->next = older->versions;
        older->versions = id;
        return;
    }
    history_remove(h, id);
    if (place != NOWHERE)
        store_give(snap->store, place);
}

static void forget(struct xenpt_snapshot *snap)
{
    struct xenpt_snapshot *older = snap->older;
    const struct history *h = &snap->store->history;

    for (uint32_t id = snap->versions, next; id != NOWHERE; id = next) {
        next = h->version[id].next;
        bequeath(snap, id);
    }
    if (older && !older->has_ram) {
        older->ram = snap->ram;
        older->has_ram = snap->has_ram;
    } else {
        ram_fini(&snap->ram);
    }
    if (older)
        older->newer = snap->newer;
    if (snap->newer)
        snap->newer->older = older;
    else
        snap->store->newest = older;
    free(snap);
}

void xenpt_snapshot_drop(struct xenpt_snapshot *snap)
{
    struct xenpt_store *store;

    if (!snap)
        return;
    store = snap->store;
    forget(snap);
    places_trim(&store->places);
}

/* How many frames get content back when this snapshot is restored, or more. */
static uint64_t kept_since(const struct xenpt_snapshot *snap)
{
    const struct history *h = &snap->store->history;
    uint64_t n = 0;

    for (; snap; snap = snap->newer)
        for (uint32_t id = snap->versions; id != NOWHERE; id = h->version[id].next)
            n += h->version[id].place != NOWHERE;
    return n;
}

/* The frame contains again what its version says. */
static void restore(struct xenpt_store *store, uint32_t id)
{
    struct places *p = &store->places;
    uint64_t frame = store->history.version[id].frame;
    uint32_t then = store->history.version[id].place, now = places_find(p, frame);

    history_remove(&store->history, id);
    if (now != NOWHERE)
        places_leave(p, now);
    if (then != NOWHERE) {
        places_own(p, then, frame);
        places_enter(p, then);
    }
    if (now != NOWHERE)
        store_give(store, now);
}

enum xenpt_code xenpt_snapshot_restore(struct xenpt_snapshot *snap, struct xenpt_error *err)
{
    struct xenpt_store *store = snap->store;

    if (!places_reserve(&store->places, 0, kept_since(snap)))
        return xenpt_fail(err, XENPT_ENOMEM, "no memory to restore a snapshot");
    for (struct xenpt_snapshot *later = store->newest, *older; later != snap; later = older) {
        older = later->older;
        forget(later);
    }
    for (uint32_t id = snap->versions, next; id != NOWHERE; id = next) {
        next = store->history.version[id].next;
        restore(store, id);
    }
    snap->versions = NOWHERE;
    if (snap->has_ram) {
        ram_fini(&store->ram);
        store->ram = snap->ram;
        snap->ram = (struct ram){ 0 };
        snap->has_ram = false;
    }
    places_trim(&store->places);
    return XENPT_OK;
}
