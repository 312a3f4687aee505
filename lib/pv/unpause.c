/*
 * unpause.c - whether a vCPU may run again: XEN_DOMCTL_unpausedomain refuses nobody; here a policy
 * may, which holds a domain back until those who built it have let go of its memory.
 */
#include "xenpt/foreign.h"

#include "pv/op.h"
#include "xen/own_rules.h"
#include "xen/vcpus.h"

/* The first who has some of its memory. */
static bool first(void *ctx, const struct xenpt_foreign_map *map)
{
    struct xenpt_foreign_map *ret = ctx;

    *ret = *map;
    return map->resource;
}

static enum xenpt_code ask(struct xenpt_machine *m, uint32_t domain, struct xenpt_error *err)
{
    struct xenpt_foreign_map who = { .resource = true };
    struct xenpt_foreign_count count;
    enum xenpt_code code = xenpt_foreign_maps(m, domain, first, &who, &count, err);

    if (code || !count.memory)
        return code;
    return xenpt_fail(
        err, XENPT_ESTATE,
        "EBUSY, by the rule %s: %s has %llu foreign maps, the first by %s: mfn 0x%llx, "
        "by the entry at 0x%llx",
        own_rule(OWN_UNPAUSE_FOREIGN)->name, m->domains[domain].name,
        (unsigned long long)count.memory, m->domains[who.by].name, (unsigned long long)who.frame,
        (unsigned long long)who.at);
}

enum xenpt_code xenpt_machine_pause(struct xenpt_machine *m, uint32_t domain, uint32_t vcpu,
                                    bool paused, struct xenpt_error *err)
{
    const struct domain *d = domain_there(m, domain);
    bool asks = !paused && machine_does(m, OWN_UNPAUSE_FOREIGN) && d && vcpu < d->nr_vcpus &&
                d->vcpus[vcpu].paused;
    enum xenpt_code code = asks ? ask(m, domain, err) : XENPT_OK;

    return code ? code : vcpu_pause(m, domain, vcpu, paused, err);
}
