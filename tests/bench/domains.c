/* domains.c - see domains.h. */
#include "domains.h"

#include <stdlib.h>

#define DOMAINS 500
#define CPUS    256
#define TIB     (UINT64_C(1) << 40)
#define MIB     (UINT64_C(1) << 20)

void domains_init(struct domains *d, const struct xenpt_layout *layout, unsigned int eighths)
{
    size_t n = DOMAINS * eighths / 8;

    d->domains = calloc(n, sizeof(*d->domains));
    if (!d->domains)
        exit(2);
    for (size_t i = 0; i < n; i++)
        d->domains[i] = (struct xenpt_domain_desc){
            .type = (enum xenpt_domain_type)(i % XENPT_NR_DOMAIN_TYPES),
            .paging = i % 8 == XENPT_DOMAIN_HVM ? XENPT_GUEST_SHADOW : XENPT_GUEST_USUAL,
            .memory = (i % 4 == XENPT_DOMAIN_PV32 ? 256 : 4096) * MIB,
            .vcpus = 4,
            .privileged = !i,
            .built_by_xen = !i,
        };
    d->desc = (struct xenpt_machine_desc){
        .host = { .ram = 12 * TIB / 8 * eighths, .cpus = CPUS / 8 * eighths },
        .xen = { .layout = layout, .pv32 = true },
        .domains = d->domains,
        .nr_domains = n,
    };
}

void domains_fini(struct domains *d)
{
    free(d->domains);
}
