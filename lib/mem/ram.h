/* ram.h - which machine addresses are RAM: ranges in order, none of which touch. */
#ifndef XENPT_MEM_RAM_H
#define XENPT_MEM_RAM_H

#include "xenpt/types.h"

struct ram_range {
    uint64_t first, last;
};

struct ram {
    struct ram_range *range;
    size_t nr;
};

void ram_fini(struct ram *ram);

/* The range that holds this address, or NULL. */
const struct ram_range *ram_find(const struct ram *ram, uint64_t at);

/* False: no memory, and nothing changed. */
bool ram_add(struct ram *ram, uint64_t first, uint64_t last);
bool ram_copy(struct ram *ret, const struct ram *ram);

#endif
