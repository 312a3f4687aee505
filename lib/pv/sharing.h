/* sharing.h - what guests share, from inside of requests. */
#ifndef XENPT_PV_SHARING_H
#define XENPT_PV_SHARING_H

#include "pv/op.h"

/* relinquish_shared_pages: a frame of a domain that goes is shared by one less; of the last, it is
 * free, when nothing refers to it. */
int sharing_destroy(struct op *op, struct domain *d, uint64_t gfn);

#endif
