/* pv_shadow.c - a log of dirty pages of a paravirtual domain. */
#include "xen/shadow.h"

enum xenpt_code pv_shadow_begin(struct xenpt_machine *m, struct domain *d, struct xenpt_error *err)
{
    (void)m;
    return xenpt_fail(err, XENPT_EUNSUPPORTED,
                      "%s is paravirtual: shadows of its tables are not modelled", d->name);
}

enum xenpt_code pv_shadow_end(struct xenpt_machine *m, struct domain *d, struct xenpt_error *err)
{
    return pv_shadow_begin(m, d, err);
}
