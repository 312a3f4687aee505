/*
 * sharing_break.c - what a guest shares becomes its own: mm/mem_sharing.c,
 * __mem_sharing_unshare_page, 4.17; and entries of what is shared, mm/p2m.c, set_shared_p2m_entry.
 *
 * Model: what is known of a frame that is free, and that a guest gets here, does not have CPUs'
 * TLBs flushed, as where memory is allocated by a hypercall.
 */
#include "xen/frames.h"
#include "xen/logdirty.h"
#include "xen/p2m.h"
#include "xen/sharing.h"
#include "xen/touch.h"

static enum xenpt_code put(struct xenpt_machine *m, struct domain *d, uint64_t gfn, uint64_t frame,
                           enum p2m_type type, struct xenpt_error *err)
{
    view_stale(m);
    return physmap_put_entry(m, d, gfn, frame << XENPT_PAGE_SHIFT | p2m_flags(m, d, type, 1), err);
}

enum xenpt_code sharing_enter(struct xenpt_machine *m, struct domain *d, uint64_t gfn,
                              uint64_t frame, struct xenpt_error *err)
{
    enum xenpt_code code = put(m, d, gfn, frame, P2M_RAM_SHARED, err);

    if (!code && gfn > d->max_gfn)
        d->max_gfn = gfn;
    return code;
}

/* The guest's frame is no reference any more. */
static enum xenpt_code put_reference(struct xenpt_machine *m, uint64_t frame,
                                     struct xenpt_error *err)
{
    struct frame_info *info;

    if (!frames_own(&m->frames) || !(info = frames_edit(m->frames, frame)))
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for what is known of frames");
    if (info->count)
        info->count--;
    if (info->type_count && !--info->type_count)
        info->stamp = m->moment;
    return XENPT_OK;
}

/* It is memory of the guest's own, and M2P says where. */
static enum xenpt_code own(struct xenpt_machine *m, struct domain *d, uint64_t gfn, uint64_t frame,
                           struct xenpt_error *err)
{
    enum xenpt_code code = memory_gain(d, frame, 1, NO_GFN, err);

    if (!code)
        code = contents_rename(&m->contents, frame, gfn, err);
    if (code)
        return code;
    d->nr_frames++;
    return put(m, d, gfn, frame, P2M_RAM_RW, err);
}

/* page_make_private: nobody else has it. */
static enum xenpt_code keep(struct xenpt_machine *m, struct domain *d, uint64_t gfn, uint64_t frame,
                            struct xenpt_error *err)
{
    enum xenpt_code code = put_reference(m, frame, err);

    if (code)
        return code;
    sharing_part(m, frame, d->id, gfn);
    sharing_forget(m, frame);
    return own(m, d, gfn, frame, err);
}

/* Whose a vCPU is for which Xen is at work: the guest's own, or of who uses its memory. */
static const struct domain *domain_of(const struct xenpt_machine *m, const struct vcpu *v)
{
    for (size_t i = 0; v && i < m->nr_domains; i++)
        for (uint32_t k = 0; k < m->domains[i].nr_vcpus; k++)
            if (v == &m->domains[i].vcpus[k])
                return &m->domains[i];
    return NULL;
}

static void tell(struct xenpt_machine *m, const struct domain *d, const struct vcpu *v,
                 uint64_t frame, uint64_t gfn, bool write)
{
    struct xenpt_touch t = { TOUCH(XENPT_TOUCH_UNSHARE, XENPT_TOUCH_TRANSIENT),
                             .maddr = frame << XENPT_PAGE_SHIFT, .length = XENPT_PAGE_SIZE,
                             .write = write };

    if (!touch_heard(m))
        return;
    t.gfn = gfn;
    t.domain = d->id;
    touch_by_xen(m, domain_of(m, v), v, &t);
}

/* alloc_domheap_page: false, if there is none, or the domain may have no more. */
static bool allocate(struct xenpt_machine *m, const struct domain *d, uint64_t *ret)
{
    struct xenpt_alloc_want want = { .below = memory_below(m, d) };
    struct frame_info *info;
    xenpt_mfn_t mfn;

    if (d->nr_frames >= memory_max(d) || xenpt_alloc_take(m->alloc, want, &mfn, NULL))
        return false;
    *ret = mfn.v;
    info = frames_find(m->frames, mfn.v) && frames_own(&m->frames) ? frames_edit(m->frames, mfn.v)
                                                                   : NULL;
    if (info && (info->flags || info->type || info->type_count))
        *info = (struct frame_info){ .count = 1, .type = info->type };
    return true;
}

static enum xenpt_code copy(struct xenpt_machine *m, uint64_t to, uint64_t from,
                            struct xenpt_error *err)
{
    uint8_t page[XENPT_PAGE_SIZE];

    if (!xenpt_read(xenpt_store_reader(m->store), from << XENPT_PAGE_SHIFT, page, sizeof(page)))
        return xenpt_fail(err, XENPT_ESTATE, "a page that is shared lies outside memory");
    return xenpt_store_write(m->store, to << XENPT_PAGE_SHIFT, page, sizeof(page), err);
}

static enum xenpt_code leave(struct xenpt_machine *m, struct domain *d, const struct vcpu *v,
                             uint64_t gfn, uint64_t frame, uint64_t mine, struct xenpt_error *err)
{
    enum xenpt_code code = copy(m, mine, frame, err);

    if (!code) {
        tell(m, d, v, frame, gfn, false);
        tell(m, d, v, mine, gfn, true);
        code = put_reference(m, frame, err);
    }
    if (code)
        return code;
    sharing_part(m, frame, d->id, gfn);
    return own(m, d, gfn, mine, err);
}

enum xenpt_code sharing_unshare(struct xenpt_machine *m, struct domain *d, const struct vcpu *v,
                                uint64_t gfn, bool *done, struct xenpt_error *err)
{
    enum xenpt_code code = XENPT_OK;
    uint64_t frame, mine;

    *done = true;
    if (!sharing_at(m, d, gfn, &frame))
        return XENPT_OK;
    if (sharing_count(m, frame) == 1) {
        code = keep(m, d, gfn, frame, err);
    } else {
        *done = allocate(m, d, &mine);
        if (*done)
            code = leave(m, d, v, gfn, frame, mine, err);
    }
    if (!code && *done)
        dirty_mark(d, gfn);
    return code;
}
