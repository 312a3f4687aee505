/*
 * shadow.c - HVM and PVH domains under shadow paging: the monitor tables, and shadows of a
 * guest's tables; mm/shadow/hvm.c, sh_make_monitor_table, and mm/shadow/multi.c.
 */
#include "xen/internal.h"

enum xenpt_code shadow_build(struct xenpt_machine *m, struct domain *d, struct vcpu *v,
                             struct xenpt_error *err)
{
    (void)m;
    (void)v;
    return xenpt_fail(err, XENPT_EUNSUPPORTED, "shadow paging of %s is not modelled yet", d->name);
}

void shadow_context(struct xenpt_machine *m, const struct domain *d, const struct vcpu *v,
                    struct xenpt_context *ret, struct xenpt_error *err, enum xenpt_code *code)
{
    (void)m;
    (void)v;
    (void)ret;
    *code = xenpt_fail(err, XENPT_EUNSUPPORTED, "shadow paging of %s is not modelled yet", d->name);
}
