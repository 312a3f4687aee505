/* logdirty.c - see logdirty.h. */
#include "xen/logdirty.h"

#include "xen/iommu.h"

#include <stdlib.h>
#include <string.h>

#include "xen/guest.h"
#include "xen/p2m.h"
#include "xen/shadow.h"

/* --- The bitmap ---------------------------------------------------------------------------- */

static size_t words(uint64_t nr)
{
    return (size_t)(nr / 64 + 1);
}

static struct dirty *create(uint64_t nr)
{
    struct dirty *dirty = calloc(1, sizeof(*dirty));

    if (!dirty)
        return NULL;
    dirty->nr = nr;
    dirty->map = calloc(words(nr), sizeof(*dirty->map));
    if (dirty->map)
        return dirty;
    free(dirty);
    return NULL;
}

void dirty_free(struct dirty *dirty)
{
    if (!dirty)
        return;
    free(dirty->map);
    free(dirty);
}

bool dirty_copy(const struct dirty *from, struct dirty **ret)
{
    *ret = from ? create(from->nr) : NULL;
    if (!from || !*ret)
        return !from;
    memcpy((*ret)->map, from->map, words(from->nr) * sizeof(*from->map));
    (*ret)->set = from->set;
    return true;
}

bool dirty_is(const struct domain *d, uint64_t pfn)
{
    return d->dirty && pfn < d->dirty->nr && d->dirty->map[pfn / 64] >> pfn % 64 & 1;
}

void dirty_mark(struct domain *d, uint64_t pfn)
{
    if (!d->dirty || pfn >= d->dirty->nr || dirty_is(d, pfn))
        return;
    d->dirty->map[pfn / 64] |= XENPT_BIT(pfn % 64);
    d->dirty->set++;
}

/* --- What it does to tables ---------------------------------------------------------------- */

/* HAP: types are worked out anew; the processor's own log needs A and D in EPT. */
static enum xenpt_code hap_begin(struct xenpt_machine *m, struct domain *d, bool on,
                                 struct xenpt_error *err)
{
    d->ept_ad = on && p2m_has_pml(m, d);
    return p2m_recalculate(m, d, err);
}

static enum xenpt_code begin(struct xenpt_machine *m, struct domain *d, struct xenpt_error *err)
{
    if (d->shadows)
        return shadow_clean(m, d, err);
    return is_pv(d) ? pv_shadow_begin(m, d, err) : hap_begin(m, d, true, err);
}

static enum xenpt_code end(struct xenpt_machine *m, struct domain *d, struct xenpt_error *err)
{
    dirty_free(d->dirty);
    d->dirty = NULL;
    if (is_pv(d) && !d->shadow_forced)
        return pv_shadow_end(m, d, err);
    return d->shadows ? XENPT_OK : hap_begin(m, d, false, err);
}

/* What was written can be written no more, or the writes not be seen. */
static enum xenpt_code clean(struct xenpt_machine *m, struct domain *d, struct xenpt_error *err)
{
    memset(d->dirty->map, 0, words(d->dirty->nr) * sizeof(*d->dirty->map));
    d->dirty->set = 0;
    return d->shadows ? shadow_clean(m, d, err) : p2m_recalculate(m, d, err);
}

static enum xenpt_code enable(struct xenpt_machine *m, struct domain *d, struct xenpt_error *err)
{
    enum xenpt_code code;

    d->dirty = create(is_pv(d) ? d->nr_frames : d->max_gfn + 1);
    if (!d->dirty)
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for a log of dirty pages");
    code = begin(m, d, err);
    if (code) {
        dirty_free(d->dirty);
        d->dirty = NULL;
    }
    return code;
}

enum xenpt_code xenpt_machine_log_dirty(struct xenpt_machine *m, uint32_t domain,
                                        enum xenpt_log_dirty op, struct xenpt_error *err)
{
    struct domain *d = domain_there(m, domain);
    enum xenpt_code code;

    if (!d)
        return xenpt_fail(err, XENPT_ERANGE, "there is no d%u", (unsigned int)domain);
    if ((op == XENPT_LOG_ENABLE) == (d->dirty != NULL))
        return xenpt_fail(err, XENPT_ESTATE, "-EINVAL: %s %s a log of dirty pages", d->name,
                          d->dirty ? "has" : "has not");
    if (op == XENPT_LOG_ENABLE && iommu_in_use(d))
        return xenpt_fail(err, XENPT_ESTATE, "-EINVAL: %s has devices", d->name);
    view_stale(m);
    code = op == XENPT_LOG_CLEAN     ? clean(m, d, err)
           : op == XENPT_LOG_DISABLE ? end(m, d, err)
                                     : enable(m, d, err);
    /* It was paused meanwhile, and leaves Xen with the tables that it has now. */
    return code ? code : xpti_sync(m, err);
}

bool xenpt_machine_is_dirty(const struct xenpt_machine *m, uint32_t domain, uint64_t pfn)
{
    return domain_there(m, domain) && dirty_is(domain_there(m, domain), pfn);
}

uint64_t xenpt_machine_nr_dirty(const struct xenpt_machine *m, uint32_t domain)
{
    const struct domain *d = domain_there(m, domain);

    return d && d->dirty ? d->dirty->set : 0;
}
