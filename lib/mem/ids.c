/* ids.c - see ids.h. */
#include "mem/ids.h"

#include <stdlib.h>
#include <string.h>

#define ORDER_LEAST 3

static bool fits(unsigned int order, size_t room)
{
    return room <= XENPT_BIT(order) / 5 * 4;
}

bool ids_init(struct ids *ret, size_t room, uint64_t (*key_of)(const void *of, uint32_t id),
              const void *of)
{
    struct ids ids = { .order = ORDER_LEAST, .key_of = key_of, .of = of };

    while (!fits(ids.order, room))
        ids.order++;
    ids.slot = calloc(XENPT_BIT(ids.order), sizeof(*ids.slot));
    if (!ids.slot)
        return false;
    *ret = ids;
    return true;
}

void ids_init_at(struct ids *ret, uint32_t *slot, unsigned int order,
                 uint64_t (*key_of)(const void *of, uint32_t id), const void *of)
{
    memset(slot, 0, XENPT_BIT(order) * sizeof(*slot));
    *ret = (struct ids){ .slot = slot, .order = order, .key_of = key_of, .of = of };
}

void ids_fini(struct ids *ids)
{
    free(ids->slot);
    *ids = (struct ids){ 0 };
}

bool ids_reserve(struct ids *ids, size_t room)
{
    struct ids larger;

    if (fits(ids->order, room))
        return true;
    if (!ids_init(&larger, room, ids->key_of, ids->of))
        return false;
    for (size_t i = 0; i <= ones(ids->order); i++)
        if (ids->slot[i])
            ids_add(&larger, ids->slot[i] - 1);
    ids_fini(ids);
    *ids = larger;
    return true;
}

void ids_add(struct ids *ids, uint32_t id)
{
    size_t at = ids_first(ids, ids->key_of(ids->of, id));

    while (ids->slot[at])
        at = ids_next(ids, at);
    ids->slot[at] = id + 1;
    ids->count++;
}

size_t ids_slot_of(const struct ids *ids, uint32_t id)
{
    size_t at = ids_first(ids, ids->key_of(ids->of, id));

    while (ids->slot[at] != id + 1)
        at = ids_next(ids, at);
    return at;
}

void ids_remove(struct ids *ids, size_t gap)
{
    uint64_t mask = ones(ids->order);

    /* Whoever was put behind the gap because it was full, moves into it. */
    for (size_t at = ids_next(ids, gap); ids->slot[at]; at = ids_next(ids, at)) {
        size_t first = ids_first(ids, ids->key_of(ids->of, ids->slot[at] - 1));

        if (((at - first) & mask) < ((at - gap) & mask))
            continue;
        ids->slot[gap] = ids->slot[at];
        gap = at;
    }
    ids->slot[gap] = 0;
    ids->count--;
}
