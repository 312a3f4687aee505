/* pv_memory.h - memory_op of a domain's first vCPU, for tests. */
#ifndef XENPT_TEST_PV_MEMORY_H
#define XENPT_TEST_PV_MEMORY_H

#include "pv_tree.h"

/* Each returns the name of the error, "ok" or "short"; what has come is in the extents. */
const char *reserve(uint32_t d, enum xenpt_pv_reservation_kind what, uint64_t *extents, size_t nr,
                    uint32_t order, uint32_t domain);
const char *give_back(uint32_t d, uint64_t mfn);
const char *swap(uint32_t d, struct xenpt_pv_exchange x);
/* One frame for another; out: what the guest calls it, and which it is. */
const char *swap_one(uint32_t d, uint64_t in, uint64_t *out);
const char *transfer_to(uint32_t d, uint64_t mfn, uint32_t domain, uint64_t gfn, uint64_t *got);

/* What M2P says of a frame; and frames that Xen has left. */
uint64_t m2p_of(uint64_t mfn);
uint64_t nr_free(void);

#endif
