/* owner.c - whose a frame is: a domain's memory, what the allocator has, or Xen's. */
#include "xen/owner.h"

#include "xen/sharing.h"

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
        if (domain_extent(&m->domains[i], frame)) {
            *ret = i;
            return OWNER_DOMAIN;
        }
    if (sharing_frame(m, frame))
        return OWNER_COW;
    if (!ram_any(m, frame, frame))
        return OWNER_NOBODY;
    return is_free(m, frame) ? OWNER_FREE : OWNER_XEN;
}
