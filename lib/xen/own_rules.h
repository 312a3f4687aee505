/*
 * own_rules.h - what Xen does with its own tables, walkers, TLBs and caches, where releases differ
 * by an advisory: a row each, which the machine has or has not.
 */
#ifndef XENPT_XEN_OWN_RULES_H
#define XENPT_XEN_OWN_RULES_H

#include "xen/internal.h"
#include "xenpt/rule.h"

enum own_rule {
    OWN_SHADOW_ROOT_SLOTS,
    OWN_MONITOR_LINEAR,
    OWN_CR3_FLUSH,
    OWN_TOGGLE_FLUSH,
    OWN_WALK_PS,
    OWN_SHADOW_GFN,
    OWN_QUARANTINE_LEVELS,
    OWN_IOMMU_WRITE_BACK,
    OWN_IOMMU_FLUSH,
    OWN_UNPAUSE_FOREIGN,
    /* The xenstore's. */
    OWN_STORE_PATH,
    OWN_STORE_READ,
    OWN_STORE_WRITE,
    OWN_STORE_THERE,
    OWN_STORE_OWNER,
    OWN_STORE_GIVEN,
    OWN_STORE_PERMS,
    OWN_STORE_ROOT,
    OWN_STORE_NODES,
    OWN_STORE_SIZE,
    OWN_STORE_WATCHED,
    OWN_STORE_WATCHES,
    OWN_STORE_WATCH_THERE,
    OWN_STORE_TX_THERE,
    OWN_STORE_TX_NESTED,
    OWN_STORE_TX_MANY,
    OWN_STORE_TX_CONFLICT,
    OWN_STORE_TX_END,
    NR_OWN_RULES,
};

/* NULL behind the last. */
const struct xenpt_pv_rule *own_rule(size_t i);
/* Whether a release has what a row says. */
bool rule_since(const struct xenpt_pv_rule *rule, struct xenpt_release release);
/* Which a description asks for: those of its release, but for what it switches. */
void own_rules_of(const struct xenpt_xen_desc *xen, bool ret[NR_OWN_RULES]);

static inline bool machine_does(const struct xenpt_machine *m, enum own_rule rule)
{
    return m->own_rules[rule];
}

#endif
