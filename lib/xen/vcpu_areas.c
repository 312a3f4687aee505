/*
 * vcpu_areas.c - what Xen writes to a guest's memory when one of its vCPUs gets a CPU, or loses it:
 * the time in its vcpu_info, and what it has registered, its run state and its time;
 * common/domain.c, x86/domain.c, context_switch, update_runstate_area; x86/time.c,
 * __update_vcpu_system_time.
 *
 * A copy goes by the tables that are loaded.  So a 64-bit PV guest in user mode gets its run state
 * when it goes to its kernel: need_update_runstate_area.
 *
 * Model: the time, and what a guest has registered an address for, is not stored.
 */
#include "xen/events.h"
#include "xen/touch.h"

#define TIME_OFFSET 32u /* Of struct vcpu_time_info in struct vcpu_info: both have 32 bytes. */
#define TIME_SIZE   32u

/* struct vcpu_runstate_info, of a guest that executes 64-bit or 32-bit code. */
static uint64_t runstate_size(const struct domain *d)
{
    return d->desc->type == XENPT_DOMAIN_PV32 ? 44 : 48;
}

static bool put(struct xenpt_machine *m, struct domain *d, struct vcpu *v, enum xenpt_touch_why why,
                uint64_t va, uint64_t length)
{
    struct guest_copy c = { .d = d,
                            .v = v,
                            .va = va,
                            .length = length,
                            .why = why,
                            .consent = XENPT_TOUCH_REGISTERED,
                            .write = true };

    return touch_guest(m, &c);
}

void vcpu_put_runstate(struct xenpt_machine *m, struct domain *d, struct vcpu *v)
{
    if (!v->runstate_at)
        return;
    v->runstate_late = d->desc->type == XENPT_DOMAIN_PV64 && v->user;
    if (!v->runstate_late)
        put(m, d, v, XENPT_TOUCH_RUNSTATE, v->runstate_at, runstate_size(d));
}

void vcpu_put_time(struct xenpt_machine *m, struct domain *d, struct vcpu *v)
{
    uint64_t info = events_info(d, (uint32_t)(v - d->vcpus));
    bool own = v->info.there;
    struct xenpt_touch t = { TOUCH(XENPT_TOUCH_VCPU_INFO,
                                   own ? XENPT_TOUCH_KEPT : XENPT_TOUCH_DIRECTMAP),
                             .consent = own ? XENPT_TOUCH_REGISTERED : XENPT_TOUCH_SHARED,
                             .maddr = info + TIME_OFFSET, .length = TIME_SIZE, .write = true };

    if (touch_heard(m) && info != NO_TABLE)
        touch_by_xen(m, d, v, &t);
    if (v->time_at)
        put(m, d, v, XENPT_TOUCH_TIME, v->time_at, TIME_SIZE);
}

/* What was put off, when its kernel's tables are loaded. */
void vcpu_put_late(struct xenpt_machine *m, struct domain *d, struct vcpu *v)
{
    if (v->runstate_late && !v->user)
        vcpu_put_runstate(m, d, v);
}
