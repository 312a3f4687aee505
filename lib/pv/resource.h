/* resource.h - what requests about another domain's resources ask first. */
#ifndef XENPT_PV_RESOURCE_H
#define XENPT_PV_RESOURCE_H

#include "pv/op.h"

/* That the other domain is there, that it is another, and that the caller controls it. */
struct other_rules {
    enum rule exists, own, right;
};

int find_other(struct op *op, uint32_t id, struct other_rules rules, struct domain **ret);
int may_control(struct op *op, const struct domain *d, enum rule right);
int find_ioreq_server(struct op *op, struct domain *d, uint32_t id, struct ioreq_server **ret);

#endif
