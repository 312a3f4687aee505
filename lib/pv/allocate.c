/*
 * allocate.c - frames that a domain gets of Xen's allocator, and that go back to it when nothing
 * refers to them any more; common/page_alloc.c, alloc_domheap_pages, assign_pages,
 * free_domheap_pages.
 *
 * Whose a frame is cannot be undone as words and counts are.  So it changes last, when what is done
 * cannot be refused any more, and with memory that was set aside: it does not fail.
 *
 * Model: a frame that went back reads as zeros, as with scrub-domheap.  Without that, Xen leaves to
 * a guest that gives memory back whether somebody may read in it.
 */
#include "pv/devices.h"
#include "xen/sharing.h"
#include "xen/view.h"

int set_aside(struct op *op, struct domain *d, uint64_t nr)
{
    op->code = d ? memory_reserve(d, nr, op->err) : XENPT_OK;
    if (!op->code)
        op->code = contents_reserve(&op->m->contents, nr, op->err);
    if (!op->code)
        op->code = xenpt_alloc_reserve(op->m->alloc, nr, op->err);
    return op->code ? BROKEN : 0;
}

/* --- Going back ---------------------------------------------------------------------------- */

/* Nobody's frame, of which something is known, is free. */
static void give(struct op *op, uint64_t frame, uint16_t flags)
{
    struct frame_info *info = frames_edit(op->m->frames, frame);

    op->info = NULL;
    op->code = contents_disown(&op->m->contents, frame, 1, op->err);
    if (!op->code)
        op->code = xenpt_alloc_give(op->m->alloc, xenpt_mfn(frame), 0, op->err);
    xenpt_store_drop(op->m->store, xenpt_mfn(frame));
    if (info)
        *info = (struct frame_info){ .flags = flags, .stamp = op->m->moment };
}

/* The frame of a note that is dropped, and that nothing refers to; d NULL: it is dom_cow's. */
static bool is_released(const struct op *op, const struct undo *u, struct domain **d)
{
    const struct frame_info *info = u->kind == UNDO_INFO ? frames_find(op->m->frames, u->at) : NULL;
    enum pv_owner owner;

    if (!info || !(info->flags & FRAME_DROPPED) || info->count)
        return false;
    owner = pv_owner_of(op->m, u->at, d);
    return owner == PV_DOMAIN || owner == PV_COW;
}

int prepare_release(struct op *op)
{
    size_t nr = 0;
    struct domain *d;
    int rc = 0;

    for (size_t i = 0; i < op->nr; i++)
        nr += is_released(op, &op->undo[i], &d);
    for (size_t i = 0; nr && !rc && i < op->nr; i++)
        if (is_released(op, &op->undo[i], &d))
            rc = set_aside(op, d, nr);
    return rc;
}

int release_dropped(struct op *op)
{
    struct domain *d;

    for (size_t i = 0; !op->code && i < op->nr; i++) {
        uint64_t frame = op->undo[i].at;

        if (!is_released(op, &op->undo[i], &d))
            continue;
        if (d)
            op->code = memory_lose(d, frame, op->err);
        else
            sharing_forget(op->m, frame);
        if (!op->code && (!d || !devices_lose(op, d, frame)))
            give(op, frame, FRAME_STALE);
        if (d)
            d->nr_frames--;
        op->m->nr_dropped--;
        view_stale(op->m);
    }
    return op->code ? BROKEN : 0;
}

int drop_allocation(struct op *op, uint64_t frame)
{
    struct frame_info *info = op_info(op, frame);

    if (!info)
        return BROKEN;
    if (info->flags & FRAME_DROPPED)
        return 0;
    info->flags |= FRAME_DROPPED;
    info->count--;
    return op_set(op, &op->m->nr_dropped, op->m->nr_dropped + 1);
}

int free_stolen(struct op *op, uint64_t frame)
{
    give(op, frame, 0);
    return op->code ? BROKEN : 0;
}

/* --- Coming -------------------------------------------------------------------------------- */

unsigned int clamp_bits(const struct op *op, const struct domain *d, unsigned int bits)
{
    uint64_t below = memory_below(op->m, d);
    unsigned int own = below ? (unsigned int)__builtin_ctzll(below) + XENPT_PAGE_SHIFT : 0;

    return own && (!bits || own < bits) ? own : bits;
}

/* accumulate_tlbflush, filtered_flush_tlb_mask: all CPUs, and not those of the domain alone. */
static void flush_for_new(struct op *op, uint64_t frame, uint64_t nr)
{
    bool stale = false;
    uint32_t stamp = 0;

    for (uint64_t i = 0; i < nr; i++) {
        const struct frame_info *info = frames_find(op->m->frames, frame + i);

        if (info && info->flags & FRAME_STALE && (!stale || info->stamp > stamp)) {
            stale = true;
            stamp = info->stamp;
        }
    }
    for (uint32_t i = 0; stale && in_force(op, RULE_MEMORY_FLUSH) && i < op->m->nr_cpus; i++)
        if (op->m->cpus[i].flushed <= stamp)
            op_flush_cpu(op, XENPT_PV_FLUSH_TLB, i, 0, xenpt_pv_rule(RULE_MEMORY_FLUSH));
}

bool allocate(struct op *op, const struct domain *d, unsigned int order, unsigned int bits,
              uint64_t *ret)
{
    struct xenpt_alloc_want want = { .order = order };
    enum xenpt_code code;
    xenpt_mfn_t mfn;

    bits = clamp_bits(op, d, bits);
    if (bits && bits <= XENPT_PAGE_SHIFT)
        return false;
    if (bits && bits < 64)
        want.below = UINT64_C(1) << (bits - XENPT_PAGE_SHIFT);
    code = order > 52 ? XENPT_ERANGE : xenpt_alloc_take(op->m->alloc, want, &mfn, NULL);
    if (code == XENPT_ENOMEM)
        op_broken(op, code, "no memory for the frames of a domain");
    if (code)
        return false;
    *ret = mfn.v;
    flush_for_new(op, mfn.v, UINT64_C(1) << order);
    return true;
}

bool has_room(const struct domain *d, uint64_t nr)
{
    uint64_t max = memory_max(d);

    return d->nr_frames <= max && nr <= max - d->nr_frames;
}

int assign(struct op *op, struct domain *d, uint64_t frame, uint64_t nr, uint64_t gfn)
{
    op->info = NULL;
    if (gfn != NO_GFN && devices_gain(op, d, frame, nr))
        return BROKEN;
    op->code = memory_gain(d, frame, nr, NO_GFN, op->err);
    for (uint64_t i = 0; !op->code && gfn != NO_GFN && i < nr; i++)
        op->code = memory_name(d, frame + i, gfn + i, op->err);
    if (!op->code && gfn != NO_GFN)
        op->code = contents_rename_run(&op->m->contents, (struct owned){ frame, nr, gfn }, op->err);
    if (op->code)
        return BROKEN;
    for (uint64_t i = 0; i < nr; i++) {
        struct frame_info *info = frames_find(op->m->frames, frame + i)
                                      ? frames_edit(op->m->frames, frame + i)
                                      : NULL;

        /* Room for what is not known stays that: whether there is any depends on snapshots. */
        if (!info || (!info->flags && !info->type && !info->type_count))
            continue;
        info->flags &= (uint16_t)~FRAME_STALE;
        info->count = 1; /* Its type is what it was. */
    }
    d->nr_frames += nr;
    view_stale(op->m);
    return 0;
}
