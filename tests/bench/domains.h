/*
 * domains.h - a machine of 12 TiB with 500 domains and 2,000 vCPUs of every kind, and an eighth, a
 * quarter or a half of it.
 */
#ifndef XENPT_BENCH_DOMAINS_H
#define XENPT_BENCH_DOMAINS_H

#include "xenpt.h"

struct domains {
    struct xenpt_domain_desc *domains;
    struct xenpt_machine_desc desc;
};

/* PV64, PV32, PVH and HVM in turn, every second HVM domain under shadow paging; 4 vCPUs each. */
void domains_init(struct domains *d, const struct xenpt_layout *layout, unsigned int eighths);
void domains_fini(struct domains *d);

#endif
