/* table_set.c - an open hash of tables; see table_set.h. */
#include "arch/table_set.h"

#include <stdlib.h>

#include "base/bits.h"

#define FIRST_ORDER 8

static size_t home(const struct table_set *set, uint64_t key)
{
    return (size_t)((key * UINT64_C(0x9e3779b97f4a7c15)) >> (64 - set->order));
}

/* The slot that holds this key, or the free one where it belongs. */
static struct table_slot *find(const struct table_set *set, uint64_t key)
{
    size_t mask = ((size_t)1 << set->order) - 1, i = home(set, key);

    while (set->slot[i].key && set->slot[i].key != key)
        i = (i + 1) & mask;
    return &set->slot[i];
}

bool table_set_init(struct table_set *set)
{
    *set = (struct table_set){ .order = FIRST_ORDER };
    set->slot = calloc((size_t)1 << FIRST_ORDER, sizeof(*set->slot));
    return set->slot != NULL;
}

void table_set_fini(struct table_set *set)
{
    free(set->slot);
    set->slot = NULL;
}

static bool grow(struct table_set *set)
{
    struct table_set larger = { .order = set->order + 1, .nr = set->nr };

    larger.slot = calloc((size_t)1 << larger.order, sizeof(*larger.slot));
    if (!larger.slot)
        return false;
    for (size_t i = 0; i < (size_t)1 << set->order; i++)
        if (set->slot[i].key)
            *find(&larger, set->slot[i].key) = set->slot[i];
    free(set->slot);
    *set = larger;
    return true;
}

bool table_set_enter(struct table_set *set, uint64_t table, unsigned int level, uint64_t in,
                     const struct table_slot **ret)
{
    uint64_t key = table | level; /* Tables are aligned to 32 bytes, and levels are 1 to 5. */
    struct table_slot *slot = find(set, key);

    *ret = NULL;
    if (slot->key) {
        *ret = slot;
        return true;
    }
    if (set->nr * 2 >= (size_t)1 << set->order) {
        if (!grow(set))
            return false;
        slot = find(set, key);
    }
    *slot = (struct table_slot){ key, in };
    set->nr++;
    return true;
}
