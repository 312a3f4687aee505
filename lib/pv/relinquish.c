/*
 * relinquish.c - a domain is destroyed: what it refers to is let go, and its memory is Xen's again;
 * domain.c, domain_relinquish_resources, relinquish_memory.
 *
 * First go the tables that its vCPUs run on, then their descriptors, then pins; so nearly all of
 * its tables are tables no more.  What is left refers to itself in a circle, by linear entries, and
 * is made to stop, the highest level first.  A frame that another domain has mapped stays, as the
 * dead domain's, until that one lets it go.
 *
 * Model: a page of Xen's own that others have mapped, such as a shared_info, is free at once, and
 * all references are counted anew.  A frame that is free in this way is not known to TLBs: its
 * domain ran last before CPUs loaded other tables.
 */
#include "pv/devices.h"
#include "pv/sharing.h"
#include "xen/events.h"
#include "xen/grants.h"
#include "xen/p2m.h"
#include "xen/sharing.h"

#include <stdlib.h>

#include "xen/vcpus.h"

struct dying {
    struct op op;
    struct xenpt_pv_caller caller;
    struct domain *d;
    uint64_t *known; /* Frames of its memory of which something is known... */
    size_t nr_known;
    struct left {
        uint64_t frame, gfn;
    } * left; /* ...and those of them that others use. */
    size_t nr_left;
};

/* What is done cannot be undone but by the snapshot. */
static int settle(struct op *op, int rc)
{
    if (!rc && op->m->nr_dropped)
        rc = prepare_release(op);
    if (!rc && op->m->nr_dropped)
        rc = release_dropped(op);
    op->nr = op->mark = 0;
    return rc;
}

/* --- What refers to frames besides tables -------------------------------------------------- */

static int root(struct op *op, uint64_t *maddr)
{
    uint64_t at = *maddr;

    *maddr = NO_TABLE;
    return at == NO_TABLE ? 0 : put_page_and_type(op, at >> XENPT_PAGE_SHIFT);
}

static int monitor(struct op *op, const struct vcpu *v)
{
    uint64_t frame = v->monitor >> XENPT_PAGE_SHIFT, entry;
    int rc;

    if (v->monitor == NO_TABLE || !((entry = op_read(op, frame, 0)) & ENTRY_P))
        return 0;
    rc = put_page_and_type(op, ENTRY_FRAME(entry));
    return rc ? rc : op_write(op, frame, 0, 0);
}

/* Pages of one part of a vCPU's area of descriptors. */
static int descriptors(struct op *op, uint32_t vcpu, const char *name)
{
    const struct xenpt_area *area = xenpt_layout_area(op->m->layout, "gdt-ldt");
    const struct xenpt_part *part = area ? xenpt_area_part(area, name) : NULL;
    uint64_t first = part ? xenpt_area_piece(area, vcpu) : 0, end = part ? part->last : 0;
    int rc = 0;

    for (uint64_t in = part ? part->first : 1; !rc && in < end; in += XENPT_PAGE_SIZE) {
        struct domain *owner;
        uint64_t table, entry;
        unsigned int slot;

        if (!perdomain_l1(op->m, op->d, first + in, &table, &slot))
            continue;
        entry = op_read(op, table, slot);
        pv_owner_of(op->m, ENTRY_FRAME(entry), &owner);
        if (!(entry & ENTRY_P) || owner != op->d)
            continue;
        rc = put_page_and_type(op, ENTRY_FRAME(entry));
        if (!rc)
            rc = op_write(op, table, slot, 0);
    }
    return rc;
}

static int vcpus(struct op *op)
{
    int rc = 0;

    for (uint32_t i = 0; !rc && i < op->d->nr_vcpus; i++) {
        struct vcpu *v = &op->d->vcpus[i];

        op->v = v;
        rc = put_old(op);
        if (!rc && is_pv32(op->d))
            rc = monitor(op, v);
        else if (!rc && !(rc = root(op, &v->kernel_l4)))
            rc = root(op, &v->user_l4);
        rc = settle(op, rc);
    }
    for (uint32_t i = 0; !rc && i < op->d->nr_vcpus; i++) {
        rc = descriptors(op, i, "gdt");
        if (!rc)
            rc = descriptors(op, i, "ldt");
        rc = settle(op, rc);
    }
    return rc;
}

/* --- Its memory ---------------------------------------------------------------------------- */

/* Before anything is done to them: what is known of frames may move. */
static int find_known(struct dying *y)
{
    const struct frames *f = y->op.m->frames;
    size_t slots = frames_slots(f), nr = 0;

    for (size_t i = 0; i < slots; i++) {
        uint64_t frame;

        nr += frames_at(f, i, &frame) && domain_extent(y->d, frame);
    }
    y->known = malloc((nr + 1) * sizeof(*y->known));
    y->left = malloc((nr + 1) * sizeof(*y->left));
    if (!y->known || !y->left)
        return op_broken(&y->op, XENPT_ENOMEM, "no memory for the frames of a domain");
    for (size_t i = 0; i < slots; i++) {
        uint64_t frame;

        if (frames_at(f, i, &frame) && domain_extent(y->d, frame))
            y->known[y->nr_known++] = frame;
    }
    return 0;
}

static int pins(struct dying *y)
{
    int rc = 0;

    for (size_t i = 0; !rc && i < y->nr_known; i++) {
        const struct frame_info *is = frames_find(y->op.m->frames, y->known[i]);
        struct frame_info *info;

        if (!(is->flags & FRAME_PINNED))
            continue;
        info = op_info(&y->op, y->known[i]);
        if (!info)
            return BROKEN;
        info->flags &= (uint16_t)~FRAME_PINNED;
        rc = settle(&y->op, put_page_and_type(&y->op, y->known[i]));
    }
    return rc;
}

/* A table that Xen has done a part of is referred to by that: domain.c, relinquish_memory. */
static int put_part(struct op *op, uint64_t frame)
{
    struct frame_info *info = op_info(op, frame);

    if (!info)
        return BROKEN;
    if (info->type_count)
        info->type_count--;
    return put_page(op, frame);
}

/* A table that is still one at this level is referred to by what it leads to. */
static int break_circles(struct dying *y, enum frame_type level)
{
    int rc = 0;

    for (size_t i = 0; !rc && i < y->nr_known; i++) {
        const struct frame_info *is = frames_find(y->op.m->frames, y->known[i]);
        bool partial = is->flags & FRAME_PARTIAL;
        struct frame_info *info;

        if (is->type != level || !is->type_count || (!partial && !(is->flags & FRAME_VALIDATED)))
            continue;
        info = op_info(&y->op, y->known[i]);
        if (!info)
            return BROKEN;
        info->flags &= (uint16_t) ~(FRAME_VALIDATED | FRAME_PARTIAL);
        rc = demote(&y->op, y->known[i], level, partial);
        if (!rc && partial)
            rc = put_part(&y->op, y->known[i]);
        rc = settle(&y->op, rc);
    }
    return rc;
}

/* What is mapped by grants, and in no page table of a guest's. */
struct granted {
    struct dying *y;
    bool own; /* Of those by which others have frames of the domain's, only these. */
    int rc;
};

static void put_granted(void *ctx, uint64_t frame, bool writable)
{
    struct granted *g = ctx;

    if (g->rc || (g->own && !domain_extent(g->y->d, frame)))
        return;
    g->rc = writable ? put_type(&g->y->op, frame, NO_TABLE) : 0;
    if (!g->rc)
        g->rc = put_page(&g->y->op, frame);
}

static int grants(struct dying *y)
{
    struct xenpt_machine *m = y->op.m;
    struct granted g = { .y = y };

    for (size_t i = 0; !g.rc && i < m->nr_domains; i++) {
        g.own = &m->domains[i] != y->d;
        grants_each(m, &m->domains[i], put_granted, &g);
    }
    g.own = false;
    fifo_each(m, y->d, put_granted, &g);
    if (!g.rc)
        fifo_forget(y->d);
    return settle(&y->op, g.rc);
}

/* relinquish_p2m_mapping: another's frames in its physical memory, without a grant. */
static int foreign(struct dying *y, uint64_t table, unsigned int level)
{
    int rc = 0;

    for (unsigned int i = 0; !rc && i < ENTRIES; i++) {
        struct p2m_slot s = { .table = table, .slot = i, .level = level };

        s.entry = entry_read(y->op.m, table, i);
        if (p2m_is_table(&s))
            rc = foreign(y, s.entry & ENTRY_ADDR, level - 1);
        else if (p2m_is_page(&s) && p2m_type_of(y->op.m, y->d, s.entry) == P2M_FOREIGN)
            rc = settle(&y->op, put_page(&y->op, ENTRY_FRAME(s.entry)));
    }
    return rc;
}

/* relinquish_shared_pages: what its p2m has of what guests share. */
static int shared(struct dying *y, uint64_t table, unsigned int level, uint64_t gfn)
{
    uint64_t each = UINT64_C(1) << 9 * (level - 1);
    int rc = 0;

    for (unsigned int i = 0; !rc && i < ENTRIES; i++, gfn += each) {
        struct p2m_slot s = { .table = table, .slot = i, .level = level };

        s.entry = entry_read(y->op.m, table, i);
        if (p2m_is_table(&s))
            rc = shared(y, s.entry & ENTRY_ADDR, level - 1, gfn);
        else if (p2m_is_page(&s) && p2m_type_of(y->op.m, y->d, s.entry) == P2M_RAM_SHARED)
            rc = settle(&y->op, sharing_destroy(&y->op, y->d, gfn));
    }
    return rc;
}

static int references(struct dying *y)
{
    int rc = grants(y);

    if (!rc && y->d->sharing_ever)
        rc = shared(y, y->d->p2m, 4, 0);

    if (!rc && y->d->has_foreign)
        rc = foreign(y, y->d->p2m, 4);

    if (!rc && is_pv(y->d))
        rc = vcpus(&y->op);

    if (!rc && is_pv(y->d))
        rc = pins(y);
    for (unsigned int level = FRAME_L4; !rc && is_pv(y->d) && level >= FRAME_L2; level--)
        rc = break_circles(y, (enum frame_type)level);
    return rc;
}

/* What others use is the domain's yet; of all else nothing is known any more. */
static int divide(struct dying *y)
{
    struct xenpt_machine *m = y->op.m;
    int rc = 0;

    for (size_t i = 0; !rc && i < y->nr_known; i++) {
        uint64_t frame = y->known[i];
        const struct frame_info *info = frames_find(m->frames, frame);
        uint64_t others = info->count - (info->count && !(info->flags & FRAME_DROPPED));

        if (!domain_extent(y->d, frame))
            continue; /* It was given back, and is free by now. */
        if (!others) {
            *frames_edit(m->frames, frame) = (struct frame_info){ .count = 0 };
            continue;
        }
        rc = drop_allocation(&y->op, frame);
        y->op.nr = y->op.mark = 0;
        y->left[y->nr_left++] = (struct left){ frame, domain_pfn(y->d, frame) };
    }
    y->op.info = NULL;
    return rc;
}

/* free_domheap_pages: pages of a domain that is dying are cleared, whoever asks for it to die. */
static enum xenpt_code scrub(struct xenpt_machine *m, const struct domain *d,
                             const struct extent *e, struct xenpt_error *err)
{
    struct xenpt_touch t = { TOUCH(XENPT_TOUCH_SCRUB, XENPT_TOUCH_TRANSIENT),
                             .maddr = e->first << XENPT_PAGE_SHIFT,
                             .length = e->nr << XENPT_PAGE_SHIFT, .write = true };

    if (touch_heard(m)) {
        t.gfn = e->gfn == NO_GFN ? XENPT_TOUCH_UNKNOWN : e->gfn;
        t.domain = d->id;
        touch_by_xen(m, d, NULL, &t);
    }
    return memory_give_back(m, e, err);
}

static enum xenpt_code give_memory(struct dying *y, struct xenpt_error *err)
{
    struct xenpt_machine *m = y->op.m;
    enum xenpt_code code = XENPT_OK;

    for (size_t i = 0; !code && i < y->nr_left; i++)
        code = memory_lose(y->d, y->left[i].frame, err);
    for (size_t i = 0; !code && i < y->d->nr_memory; i++) {
        code = contents_disown(&m->contents, y->d->memory[i].first, y->d->memory[i].nr, err);
        if (!code)
            code = scrub(m, y->d, &y->d->memory[i], err);
    }
    y->d->nr_memory = 0;
    y->d->nr_frames = y->nr_left;
    for (size_t i = 0; !code && i < y->nr_left; i++)
        code = memory_gain(y->d, y->left[i].frame, 1,
                           y->left[i].gfn == NO_TABLE ? NO_GFN : y->left[i].gfn, err);
    return code;
}

/* Pages that Xen took for it and shares with it. */
static void forget_shared(struct xenpt_machine *m, const struct domain *d)
{
    for (size_t i = 0; i < d->nr_own; i++) {
        uint64_t frame = d->own[i] >> XENPT_PAGE_SHIFT;
        const struct frame_info *info = frames_find(m->frames, frame);

        if (!info)
            continue;
        m->frames->stale |= info->count > 1;
        *frames_edit(m->frames, frame) = (struct frame_info){ .count = 0 };
    }
}

/* --- All of it ----------------------------------------------------------------------------- */

static enum xenpt_code relinquish(struct xenpt_machine *m, struct domain *d,
                                  struct xenpt_error *err)
{
    struct dying y = { .d = d, .caller = { .domain = d->id } };
    enum xenpt_code code;
    int rc;

    y.op = (struct op){ .m = m,
                        .caller = &y.caller,
                        .d = d,
                        .v = d->vcpus,
                        .err = err,
                        .slot = NO_SLOT_OF_IT,
                        .for_nobody = true };
    for (uint32_t i = 0; i < d->nr_vcpus; i++)
        vcpu_deschedule(m, d->id, i, true);
    rc = find_known(&y);
    if (!rc)
        rc = references(&y);
    if (!rc)
        rc = divide(&y);
    code = rc ? y.op.code : XENPT_OK;
    free(y.op.undo);
    if (!code) {
        forget_shared(m, d);
        code = grants_forget(m, d, err);
    }
    if (!code)
        code = devices_forget(m, d, err);
    if (!code)
        code = teardown(m, d, err);
    if (!code)
        code = give_memory(&y, err);
    free(y.known);
    free(y.left);
    return code;
}

enum xenpt_code xenpt_machine_domain_destroy(struct xenpt_machine *m, uint32_t domain,
                                             struct xenpt_error *err)
{
    struct domain *d = domain_there(m, domain);
    struct xenpt_machine_snapshot *before;
    enum xenpt_code code;

    if (!d)
        return xenpt_fail(err, XENPT_ERANGE, "there is no domain %u", (unsigned int)domain);
    code = counts_ready(m, err);
    if (!code)
        code = xenpt_machine_snapshot_take(m, &before, err);
    if (code)
        return code;
    if (!frames_own(&m->frames))
        code = xenpt_fail(err, XENPT_ENOMEM, "no memory to forget the frames of a domain");
    if (!code)
        code = relinquish(m, d, err);
    if (!code)
        domain_forget(m, d);
    return snapshot_end(before, code);
}
