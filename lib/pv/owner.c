/* owner.c - whose a frame is to Xen's checks of entries: page_get_owner, mfn_valid. */
#include "pv/op.h"
#include "xen/sharing.h"

/* Pages of Xen's heap that a guest maps: share_xen_page_with_guest; and those of ioreq servers that
 * are none of the guest's memory: hvm/ioreq.c, hvm_alloc_ioreq_mfn. */
static bool is_shared_with(const struct domain *d, uint64_t frame)
{
    for (size_t i = 0; i < d->built.nr_frames; i++) {
        const struct xenpt_special_frames *f = &d->built.frames[i];

        if ((f->special == XENPT_SPECIAL_SHARED_INFO || f->special == XENPT_SPECIAL_GRANT_TABLE ||
             f->special == XENPT_SPECIAL_GRANT_STATUS ||
             (f->special == XENPT_SPECIAL_IOREQ_SERVER && !f->has_gfn)) &&
            frame >= f->mfn && frame - f->mfn < f->nr)
            return true;
    }
    return false;
}

/* M2P is shared with whoever is privileged: subarch_init_memory. */
static bool is_m2p(const struct xenpt_machine *m, uint64_t frame)
{
    const struct lists *l = m->contents.lists;

    for (size_t i = 0; i < l->nr_pieces; i++) {
        const struct piece *p = &l->pieces[i];

        if (!p->nr && frame >= p->maddr >> XENPT_PAGE_SHIFT &&
            frame <= (p->maddr + p->size - 1) >> XENPT_PAGE_SHIFT)
            return true;
    }
    return false;
}

/* Memory of domains first: nearly all that is asked about is that. */
enum pv_owner pv_owner_of(const struct xenpt_machine *m, uint64_t frame, struct domain **ret)
{
    for (size_t i = 0; i < m->nr_domains; i++)
        if (domain_extent(&m->domains[i], frame)) {
            *ret = &m->domains[i];
            return PV_DOMAIN;
        }
    for (size_t i = 0; i < m->nr_domains; i++)
        if (m->domains[i].nr_vcpus && is_shared_with(&m->domains[i], frame)) {
            *ret = &m->domains[i];
            return PV_SPECIAL;
        }
    *ret = NULL;
    if (sharing_frame(m, frame))
        return PV_COW;
    if (!ram_any(m, frame, frame))
        return PV_MMIO;
    return is_m2p(m, frame) ? PV_XEN : PV_NOBODY;
}

enum pv_owner pv_owner_near(const struct xenpt_machine *m, const struct domain *near,
                            uint64_t frame, struct domain **ret)
{
    if (near && domain_extent(near, frame)) {
        *ret = &m->domains[near - m->domains];
        return PV_DOMAIN;
    }
    return pv_owner_of(m, frame, ret);
}

static bool is_dropped(const struct xenpt_machine *m, uint64_t frame)
{
    const struct frame_info *info = m->nr_dropped ? frames_find(m->frames, frame) : NULL;

    return info && info->flags & FRAME_DROPPED;
}

struct frame_info info_at_first(const struct xenpt_machine *m, const struct domain *near,
                                uint64_t frame)
{
    struct domain *d;

    switch (pv_owner_near(m, near, frame, &d)) {
    case PV_DOMAIN: /* That it is allocated is a reference. */
        if (is_dropped(m, frame))
            return (struct frame_info){ .flags = FRAME_DROPPED };
        return (struct frame_info){ .count = 1 };
    case PV_COW: /* The same; a guest's frame that it is, is another, as a shared page. */
        return (struct frame_info){ .count = !is_dropped(m, frame),
                                    .flags = is_dropped(m, frame) ? FRAME_DROPPED : 0 };
    case PV_SPECIAL: /* share_xen_page_with_guest, SHARE_rw. */
        return (struct frame_info){ .count = !is_dropped(m, frame),
                                    .type_count = 1,
                                    .type = FRAME_WRITABLE,
                                    .flags = FRAME_VALIDATED |
                                             (is_dropped(m, frame) ? FRAME_DROPPED : 0) };
    case PV_XEN: /* SHARE_ro: its type is taken, so that nobody maps it writable. */
        return (struct frame_info){ .count = 1, .type_count = 1, .flags = FRAME_VALIDATED };
    default:
        return (struct frame_info){ .count = 0 };
    }
}
