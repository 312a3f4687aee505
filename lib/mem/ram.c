/* ram.c - see ram.h. */
#include "mem/ram.h"

#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/search.h"

void ram_fini(struct ram *ram)
{
    free(ram->range);
    *ram = (struct ram){ 0 };
}

/* The first range that ends at or behind this address; nr: none does. */
static size_t find(const struct ram *ram, uint64_t at)
{
    size_t low = 0, high = ram->nr;

    SEARCH(low, high, i, ram->range[i].last < at);
    return low;
}

const struct ram_range *ram_find(const struct ram *ram, uint64_t at)
{
    size_t i = find(ram, at);

    return i < ram->nr && ram->range[i].first <= at ? &ram->range[i] : NULL;
}

bool ram_add(struct ram *ram, uint64_t first, uint64_t last)
{
    /* Ranges from..to-1 overlap or touch the new one, and become one with it. */
    size_t from = find(ram, first ? first - 1 : 0), to = from;
    struct ram_range *range = realloc(ram->range, (ram->nr + 1) * sizeof(*range));

    if (!range)
        return false;
    ram->range = range;
    for (; to < ram->nr && range[to].first <= last + 1; to++) {
        first = min_u64(first, range[to].first);
        last = max_u64(last, range[to].last);
    }
    memmove(range + from + 1, range + to, (ram->nr - to) * sizeof(*range));
    range[from] = (struct ram_range){ first, last };
    ram->nr = ram->nr - (to - from) + 1;
    return true;
}

bool ram_copy(struct ram *ret, const struct ram *ram)
{
    /* One more than there are: asking for no memory at all need not give any. */
    struct ram_range *range = malloc((ram->nr + 1) * sizeof(*range));

    if (!range)
        return false;
    if (ram->nr)
        memcpy(range, ram->range, ram->nr * sizeof(*range));
    *ret = (struct ram){ range, ram->nr };
    return true;
}
