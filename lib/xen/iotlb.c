/*
 * iotlb.c - what an IOMMU remembers of a domain's tables; drivers/passthrough/vtd/iommu.c,
 * dma_pte_clear_one, iommu_flush_iotlb.
 *
 * What devices have used is remembered.  Xen flushes what it changes: here that is looked for when
 * somebody asks next, and what tables do not say any more is gone then, unless Xen forgot it.
 *
 * Model: it remembers sixteen pages of a domain; the one that came first makes room.
 */
#include "xen/iommu.h"

#include <string.h>

#include "xen/own_rules.h"
#include "xen/p2m.h"

/* What tables say of a page now. */
static unsigned int says(const struct xenpt_machine *m, const struct domain *d, uint64_t dfn,
                         uint64_t *mfn)
{
    unsigned int rights = 0;
    struct p2m_slot s;

    if (d->device.how != XENPT_DEVICE_SHARED)
        return iommu_get(m, d, dfn, mfn, &rights) ? rights : 0;
    s = p2m_slot_of(m, d->p2m, dfn);
    if (!p2m_is_page(&s))
        return 0;
    *mfn = p2m_maddr(&s, dfn) >> XENPT_PAGE_SHIFT;
    return (unsigned int)(s.entry & (DEVICE_READS | DEVICE_WRITES)); /* EPT has them there, too. */
}

static bool is_stale(const struct xenpt_machine *m, const struct domain *d,
                     const struct remembered *r)
{
    uint64_t mfn = 0;
    unsigned int rights = says(m, d, r->dfn, &mfn);

    return mfn != r->mfn || r->rights & ~rights;
}

/* VT-d forgot the flush where one entry was cleared. */
static bool is_flushed(const struct xenpt_machine *m)
{
    return m->host.iommu == XENPT_IOMMU_AMD || machine_does(m, OWN_IOMMU_FLUSH);
}

static void settle(struct xenpt_machine *m, struct domain *d)
{
    unsigned int kept = 0;

    for (unsigned int i = 0; is_flushed(m) && i < d->device.nr_remembered; i++)
        if (!is_stale(m, d, &d->device.remembered[i]))
            d->device.remembered[kept++] = d->device.remembered[i];
    if (is_flushed(m))
        d->device.nr_remembered = kept;
}

static struct domain *devices_of(struct xenpt_machine *m, uint32_t domain)
{
    struct domain *d = domain_there(m, domain);

    if (!d || !iommu_in_use(d))
        return NULL;
    settle(m, d);
    return d;
}

bool xenpt_machine_device_remembers(struct xenpt_machine *m, uint32_t domain, uint64_t address,
                                    bool write, uint64_t *maddr)
{
    struct domain *d = devices_of(m, domain);
    unsigned int need = write ? DEVICE_WRITES : DEVICE_READS;

    for (unsigned int i = 0; d && i < d->device.nr_remembered; i++) {
        const struct remembered *r = &d->device.remembered[i];

        if (r->dfn != address >> XENPT_PAGE_SHIFT || !(r->rights & need))
            continue;
        *maddr = r->mfn << XENPT_PAGE_SHIFT | (address & (XENPT_PAGE_SIZE - 1));
        return true;
    }
    return false;
}

void xenpt_machine_device_uses(struct xenpt_machine *m, uint32_t domain, uint64_t address)
{
    struct domain *d = devices_of(m, domain);
    struct remembered now = { .dfn = address >> XENPT_PAGE_SHIFT };

    if (d)
        now.rights = says(m, d, now.dfn, &now.mfn);
    if (!now.rights)
        return;
    for (unsigned int i = 0; i < d->device.nr_remembered; i++)
        if (d->device.remembered[i].dfn == now.dfn) {
            d->device.remembered[i] = now;
            return;
        }
    if (d->device.nr_remembered == IOTLB_PAGES)
        memmove(&d->device.remembered[0], &d->device.remembered[1],
                --d->device.nr_remembered * sizeof(now));
    d->device.remembered[d->device.nr_remembered++] = now;
}

bool xenpt_machine_device_stale(struct xenpt_machine *m, uint32_t domain, uint64_t *address,
                                uint64_t *maddr)
{
    struct domain *d = devices_of(m, domain);

    for (unsigned int i = 0; d && i < d->device.nr_remembered; i++) {
        const struct remembered *r = &d->device.remembered[i];

        if (!is_stale(m, d, r))
            continue;
        *address = r->dfn << XENPT_PAGE_SHIFT;
        *maddr = r->mfn << XENPT_PAGE_SHIFT;
        return true;
    }
    return false;
}
