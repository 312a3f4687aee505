/* given_page.h - a page that a guest gives to Xen, which maps it for as long as the domain lives.
 */
#ifndef XENPT_PV_GIVEN_PAGE_H
#define XENPT_PV_GIVEN_PAGE_H

#include "pv/op.h"

/*
 * A reference to a frame of the caller's, as one that is written.
 * gfn:  As the caller calls it.
 * page: The rule that it is memory of its own.
 * type: The rule that it can be written.
 */
int given_page(struct op *op, uint64_t gfn, enum rule page, enum rule type, uint64_t *ret);
/* That reference goes. */
int given_page_back(struct op *op, uint64_t frame);

#endif
