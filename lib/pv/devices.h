/* devices.h - what devices of PV domains reach, while memory changes. */
#ifndef XENPT_PV_DEVICES_H
#define XENPT_PV_DEVICES_H

#include "pv/op.h"

/* Tables of IOMMUs follow what was noted; 0 or BROKEN. */
int devices_follow(struct op *op);
/* Frames come to a domain, which has a number for them; one leaves it.  0 or BROKEN. */
int devices_gain(struct op *op, struct domain *d, uint64_t frame, uint64_t nr);
int devices_lose(struct op *op, struct domain *d, uint64_t frame);
/* A domain is destroyed: others' devices do not reach its memory any more. */
enum xenpt_code devices_forget(struct xenpt_machine *m, const struct domain *d,
                               struct xenpt_error *err);

#endif
