/* history.c - see history.h. */
#include "mem/history.h"

#include <stdlib.h>

#include "mem/places.h"

static uint64_t frame_of(const void *of, uint32_t id)
{
    const struct history *h = of;

    return h->version[id].frame;
}

bool history_init(struct history *ret)
{
    *ret = (struct history){ .unused = NOWHERE };
    return ids_init(&ret->newest, 0, frame_of, ret);
}

void history_fini(struct history *h)
{
    ids_fini(&h->newest);
    free(h->version);
}

bool history_reserve(struct history *h, uint64_t room)
{
    struct version *version;
    uint64_t max = max_u64(room, h->max + h->max / 2);

    if (room > h->max) {
        /* Memory that is not touched costs nothing, so this may be generous. */
        if (max >= NOWHERE || !(version = realloc(h->version, max * sizeof(*version))))
            return false;
        h->version = version;
        h->max = (uint32_t)max;
    }
    return ids_reserve(&h->newest, room);
}

/* The newest version of a frame, or NOWHERE; `slot`: where it is noted. */
static uint32_t newest_of(const struct history *h, uint64_t frame, size_t *slot)
{
    uint32_t id;

    for (size_t at = ids_first(&h->newest, frame); ids_get(&h->newest, at, &id);
         at = ids_next(&h->newest, at))
        if (h->version[id].frame == frame) {
            *slot = at;
            return id;
        }
    return NOWHERE;
}

const struct version *history_find(const struct history *h, uint64_t frame, uint64_t era)
{
    const struct version *found = NULL;
    size_t slot;

    for (uint32_t id = newest_of(h, frame, &slot); id != NOWHERE && h->version[id].era >= era;
         id = h->version[id].older)
        found = &h->version[id];
    return found;
}

uint32_t history_add(struct history *h, struct version v, uint32_t *list)
{
    uint32_t id = h->unused;
    size_t slot;

    if (id != NOWHERE)
        h->unused = h->version[id].older;
    else
        id = h->nr++;
    h->count++;

    v.next = *list;
    *list = id;
    v.older = newest_of(h, v.frame, &slot);
    h->version[id] = v;
    if (v.older == NOWHERE)
        ids_add(&h->newest, id);
    else
        h->newest.slot[slot] = id + 1;
    return id;
}

void history_remove(struct history *h, uint32_t id)
{
    struct version *v = &h->version[id];
    size_t slot = 0;
    uint32_t newer = newest_of(h, v->frame, &slot);

    if (newer != id) {
        while (h->version[newer].older != id)
            newer = h->version[newer].older;
        h->version[newer].older = v->older;
    } else if (v->older != NOWHERE) {
        h->newest.slot[slot] = v->older + 1;
    } else {
        ids_remove(&h->newest, slot);
    }
    v->older = h->unused;
    h->unused = id;
    h->count--;
}

uint64_t history_bytes(const struct history *h)
{
    return h->nr * sizeof(*h->version) + (sizeof(*h->newest.slot) << h->newest.order);
}
