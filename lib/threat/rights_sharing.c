/* rights_sharing.c - what moves give of memory that guests share, or that they are made to share.
 */
#include "threat/internal.h"
#include "xen/sharing.h"

/* get_page_from_l1e: that a frame is dom_cow's is all that is asked of an entry without RW. */
unsigned int rights_map_cow(const struct mover *by, const struct patch *p)
{
    return by->party.kind == XENPT_PARTY_KERNEL && is_pv(by->d) && p->what == XENPT_THREAT_COW
               ? READ | EXECUTE
               : 0;
}

/* mem_sharing_control. */
static bool can_share(const struct xenpt_threat *t, const struct domain *d)
{
    return !is_pv(d) && d->desc->paging != XENPT_GUEST_SHADOW &&
           d->device.how == XENPT_DEVICE_NO_TABLES &&
           (t->m->processor->cpu.vendor == XENPT_INTEL || !rule_on(t, RULE_SHARING_VMX));
}

/*
 * Nobody compares what is in two frames: who makes guests share has a guest of its own read
 * another's memory, and another read what is its own, in the place of what it had.
 * Model: it has, or builds, a guest that can share; and what is nominated is referred to by nobody.
 */
unsigned int rights_mem_sharing(const struct mover *by, const struct patch *p)
{
    bool may = by->party.kind == XENPT_PARTY_KERNEL && by->d->desc->privileged &&
               xenpt_machine_has_feature(by->t->m, XENPT_FEATURE_SHARING);

    if (!may || !p->owned || p->domain == by->party.domain || p->what != XENPT_THREAT_MEMORY ||
        !can_share(by->t, &by->t->m->domains[p->domain]))
        return 0;
    return READ | EXECUTE | EDIT;
}
