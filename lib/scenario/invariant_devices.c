/*
 * invariant_devices.c - what devices reach: a PV domain's tables and descriptors none of them
 * writes, and memory of others they do not reach at all.
 *
 * A dom0 that is not strict has given its devices all RAM, and a run that checks all invariants
 * lets it.
 */
#include <inttypes.h>
#include <string.h>

#include "scenario/invariant.h"
#include "xen/frames.h"
#include "xen/grants.h"
#include "xen/owner.h"
#include "xenpt/iommu.h"
#include "xenpt/map.h"
#include "xenpt/pv.h"

/* Whose devices a context is of; NULL: of the one in quarantine, or of no devices. */
static const struct domain *domain_of(const struct holding *h)
{
    const struct xenpt_machine *m = h->w->machine;

    if (!xenpt_format_is_device(&h->c->paging.format))
        return NULL;
    for (size_t i = 0; i < m->nr_domains; i++)
        if (m->domains[i].nr_vcpus && !strcmp(m->domains[i].name, h->c->domain))
            return &m->domains[i];
    return NULL;
}

static bool is_trusted(const struct holding *h, const struct domain *d)
{
    return h->w->trusting && d->device.how == XENPT_DEVICE_FIXED;
}

static uint64_t first_frame(const struct xenpt_map_range *range)
{
    return range->maddr >> XENPT_PAGE_SHIFT;
}

static uint64_t frames_in(const struct xenpt_map_range *range)
{
    return range->repeated ? 1 : ((range->last - range->first) >> XENPT_PAGE_SHIFT) + 1;
}

/* --- Types --------------------------------------------------------------------------------- */

static bool types(void *ctx, const struct xenpt_map_range *range)
{
    struct holding *h = ctx;
    const struct xenpt_machine *m = h->w->machine;

    for (uint64_t i = 0; i < frames_in(range); i++) {
        uint64_t frame = first_frame(range) + i;
        const struct frame_info *info = frames_find(m->frames, frame);

        if (!info || !info->type_count || info->type < FRAME_L1 || info->type > FRAME_SEG_DESC)
            continue;
        return invariant_wrong(
            h, range->first + (i << XENPT_PAGE_SHIFT),
            world_text(h->w,
                       "0x%" PRIx64 " leads to mfn 0x%" PRIx64
                       ", which can be written, and has %s in use",
                       range->first + (i << XENPT_PAGE_SHIFT), frame,
                       info->type == FRAME_SEG_DESC ? "descriptors" : "a page table"));
    }
    return true;
}

bool invariant_device_types(struct holding *h)
{
    struct xenpt_map_options opt = { .kinds = 1u << XENPT_MAP_PAGES, .writable = true };
    const struct domain *d = domain_of(h);
    struct xenpt_frame counted;

    if (!d || !is_pv(d) || is_trusted(h, d))
        return true;
    /* So that types are known. */
    if (xenpt_pv_frame(h->w->machine, 0, &counted, &h->w->problem))
        return false;
    return invariant_go_through(h, types, opt);
}

/* --- Memory -------------------------------------------------------------------------------- */

static bool memory(void *ctx, const struct xenpt_map_range *range)
{
    struct holding *h = ctx;
    const struct xenpt_machine *m = h->w->machine;
    const struct domain *own = domain_of(h);

    for (uint64_t i = 0; i < frames_in(range); i++) {
        uint64_t frame = first_frame(range) + i;
        const struct extent *e = domain_extent(own, frame);
        uint32_t domain = 0;
        enum owner owner;

        if (e) {
            i += e->nr - (frame - e->first) - 1;
            continue;
        }
        owner = frame_owner(m, frame, &domain);
        if (owner != OWNER_FREE && owner != OWNER_DOMAIN)
            continue;
        if (owner == OWNER_DOMAIN && grants_allow(m, own->name, frame))
            continue;
        return invariant_wrong(
            h, range->first + (i << XENPT_PAGE_SHIFT),
            world_text(h->w, "0x%" PRIx64 " leads to mfn 0x%" PRIx64 ", which is %s",
                       range->first + (i << XENPT_PAGE_SHIFT), frame,
                       owner == OWNER_DOMAIN ? m->domains[domain].name : "free"));
    }
    return true;
}

bool invariant_device_memory(struct holding *h)
{
    const struct domain *d = domain_of(h);

    if (!d || is_trusted(h, d))
        return true;
    return invariant_go_through(h, memory,
                                (struct xenpt_map_options){ .kinds = 1u << XENPT_MAP_PAGES });
}

/* --- What is remembered -------------------------------------------------------------------- */

bool invariant_device_flushed(struct holding *h)
{
    const struct domain *d = domain_of(h);
    uint64_t address, maddr;

    if (!d || !xenpt_machine_device_stale(h->w->machine, d->id, &address, &maddr))
        return true;
    invariant_wrong(
        h, address,
        world_text(h->w, "0x%" PRIx64 " leads to mfn 0x%" PRIx64 " for an IOMMU that remembers it",
                   address, maddr >> XENPT_PAGE_SHIFT));
    return !h->lost;
}
