/* owner.c - whose a frame is: a domain's memory, what the allocator has, or Xen's. */
#include "xen/owner.h"

static bool is_of(const struct domain *d, uint64_t frame)
{
    for (size_t i = 0; i < d->nr_memory; i++)
        if (frame >= d->memory[i].first && frame - d->memory[i].first < d->memory[i].nr)
            return true;
    return false;
}

/* What can be taken was free, and is given back. */
static bool is_free(const struct xenpt_machine *m, uint64_t frame)
{
    if (xenpt_alloc_claim(m->alloc, xenpt_mfn(frame), 0, NULL))
        return false;
    return !xenpt_alloc_give(m->alloc, xenpt_mfn(frame), 0, NULL);
}

enum owner frame_owner(const struct xenpt_machine *m, uint64_t frame, uint32_t *ret)
{
    for (uint32_t i = 0; i < m->nr_domains; i++)
        if (is_of(&m->domains[i], frame)) {
            *ret = i;
            return OWNER_DOMAIN;
        }
    if (!ram_any(m, frame, frame))
        return OWNER_NOBODY;
    return is_free(m, frame) ? OWNER_FREE : OWNER_XEN;
}
