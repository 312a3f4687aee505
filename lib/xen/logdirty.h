/* logdirty.h - which frames of a guest have been written; common/paging.c, paging_log_dirty_op. */
#ifndef XENPT_XEN_LOGDIRTY_H
#define XENPT_XEN_LOGDIRTY_H

#include "xen/internal.h"

struct dirty {
    uint64_t *map; /* A bit for each frame. */
    uint64_t nr;   /* Frames. */
    uint64_t set;  /* Those with their bit set. */
};

void dirty_free(struct dirty *dirty);
/* False: no memory. */
bool dirty_copy(const struct dirty *from, struct dirty **ret);
/* Notes a write, if a log is kept. */
void dirty_mark(struct domain *d, uint64_t pfn);
bool dirty_is(const struct domain *d, uint64_t pfn);

#endif
