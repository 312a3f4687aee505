/* mmu_update.c - the hypercall of that name: entries of tables, and of M2P; mm.c, do_mmu_update. */
#include "pv/argument.h"

/* --- Who is named -------------------------------------------------------------------------- */

/* common/page_alloc.c, get_pg_owner. */
int find_pg_owner(struct op *op, uint32_t id, struct domain **ret, enum pv_owner *named)
{
    int rc = 0;

    *ret = NULL;
    *named = PV_DOMAIN;
    switch (id) {
    case XENPT_DOMID_SELF:
        *ret = op->d;
        return 0;
    case XENPT_DOMID_IO:
        *named = PV_MMIO;
        return 0;
    case XENPT_DOMID_XEN:
        *named = PV_XEN;
        return 0;
    default:
        *ret = domain_there(op->m, id);
        if (*ret == op->d)
            rc = refused(op, RULE_OWN_DOMID, 0, NO_SLOT_OF_IT);
        else if (!*ret)
            rc = refused(op, RULE_UNKNOWN_DOMAIN, 0, NO_SLOT_OF_IT);
        /* Without the rule, it is the caller who is meant. */
        if (!*ret)
            *ret = op->d;
        return rc;
    }
}

/* include/xsm/dummy.h, XSM_TARGET. */
int may_touch(struct op *op, const struct domain *d, enum pv_owner named)
{
    if (named == PV_MMIO || d == op->d || (d ? controls(op->d, d) : op->d->desc->privileged))
        return 0;
    return refused(op, RULE_FOREIGN_RIGHT, 0, NO_SLOT_OF_IT);
}

struct owners {
    struct domain *pt, *pg; /* pg NULL: named says whose. */
    enum pv_owner named;
};

static int find_owners(struct op *op, uint32_t foreigndom, struct owners *ret)
{
    uint32_t high = foreigndom >> 16;
    int rc = 0;

    ret->pt = high ? domain_there(op->m, high - 1) : op->d;
    if (!ret->pt) {
        rc = refused(op, RULE_UNKNOWN_DOMAIN, 0, NO_SLOT_OF_IT);
        ret->pt = op->d;
    }
    return rc ? rc : find_pg_owner(op, foreigndom & 0xffff, &ret->pg, &ret->named);
}

/* --- Entries of tables --------------------------------------------------------------------- */

/* What has to be flushed when all is done. */
struct flushes {
    bool linear, root_here, root_others;
};

/* Whether other CPUs than this one may run on an L4: what does not explain its references. */
static void note_l4(struct op *op, const struct owners *o, uint64_t frame, struct flushes *f)
{
    const struct frame_info *info = frames_find(op->m->frames, frame);
    bool here = op->v->kernel_l4 >> XENPT_PAGE_SHIFT == frame;
    bool user = op->v->user_l4 != NO_TABLE && op->v->user_l4 >> XENPT_PAGE_SHIFT == frame;

    if (!o->pt->xpti)
        return;
    f->root_here |= here;
    f->root_others |= info->type_count > (info->flags & FRAME_PINNED ? 1u : 0u) + user + here;
}

static int update_table(struct op *op, const struct owners *o, struct change *c, unsigned int level,
                        struct flushes *f)
{
    int rc = 0;

    if (level > 1 && (o->named != PV_DOMAIN || o->pg != o->pt))
        rc = refused(op, RULE_UPPER_FOREIGN, c->frame, c->slot);
    if (!rc)
        rc = change_locked(op, level, c);
    if (rc || level == 1)
        return rc;
    f->linear = true;
    if (level == 4)
        note_l4(op, o, c->frame, f);
    return 0;
}

/* A page that is no table is written without a look at what is written. */
static int update_page(struct op *op, const struct change *c)
{
    int rc = get_type(op, c->frame, FRAME_WRITABLE, false, RULE_ENTRY_TYPE);

    if (rc)
        return rc;
    op_tell(op, XENPT_TOUCH_PAGE, true, c->frame, 8 * (uint64_t)c->slot, 8);
    rc = op_write(op, c->frame, c->slot, c->value);
    if (!rc && frames_find(op->m->frames, c->frame)->type == FRAME_WRITABLE)
        rc = put_type(op, c->frame, NO_TABLE);
    return rc;
}

static int update(struct op *op, const struct owners *o, const struct xenpt_pv_mmu_update *req,
                  unsigned int cmd, struct flushes *f)
{
    struct change c = {
        .frame = req->ptr >> XENPT_PAGE_SHIFT,
        .slot = (unsigned int)(req->ptr % XENPT_PAGE_SIZE / 8),
        .value = req->val,
        .d = o->pt,
        .pg_owner = o->pg,
        .named = o->named,
        .preserve_ad = cmd == XENPT_PV_MMU_PRESERVE_AD,
        .translate = cmd != XENPT_PV_MMU_NO_TRANSLATE,
    };
    const struct frame_info *info;
    struct domain *real;
    int rc = is_external(o->pt) ? refused(op, RULE_PT_OWNER_PV, c.frame, c.slot) : 0;

    if (!rc)
        rc = may_touch(op, o->pg, o->named);
    if (!rc)
        rc = may_touch(op, o->pt, PV_DOMAIN);
    if (rc)
        return rc;
    if (pv_owner_of(op->m, c.frame, &real) == PV_MMIO || real != o->pt)
        rc = refused(op, RULE_ENTRY_FRAME, c.frame, c.slot);
    if (rc || !real)
        return rc;
    info = frames_find(op->m->frames, c.frame);
    if (info && info->flags & FRAME_LOCKED)
        return op_waits(op, c.frame);
    if (info && info->type_count && info->flags & FRAME_VALIDATED && info->type >= FRAME_L1 &&
        info->type <= FRAME_L4)
        return update_table(op, o, &c, info->type, f);
    return update_page(op, &c);
}

/* --- M2P ----------------------------------------------------------------------------------- */

/* Where that has the entry of a frame. */
static uint64_t m2p_maddr(const struct op *op, uint64_t frame)
{
    const struct lists *l = op->m->contents.lists;

    for (size_t i = 0; i < l->nr_pieces; i++) {
        const struct piece *p = &l->pieces[i];

        if (!p->nr && p->entry_size == 8 && frame >= p->frame && frame - p->frame < p->size / 8)
            return p->maddr + 8 * (frame - p->frame);
    }
    return XENPT_TOUCH_UNKNOWN;
}

/* Xen's own M2P, by which it writes; the guest reads another mapping of the same pages. */
static void tell_m2p(struct op *op, uint64_t frame, const struct domain *d)
{
    struct xenpt_touch t = { TOUCH(XENPT_TOUCH_M2P, XENPT_TOUCH_M2P_TABLE),
                             .consent = XENPT_TOUCH_ASKED, .length = 8, .write = true,
                             .xens = true };

    for (size_t i = 0; i < op->m->layout->nr_areas; i++) {
        const struct xenpt_area *a = &op->m->layout->areas[i];

        if (a->fill == XENPT_FILL_M2P && a->entry_size == 8 && a->kinds >> XENPT_ROOT_HAP & 1)
            t.va = a->first + 8 * frame;
    }
    t.maddr = m2p_maddr(op, frame);
    t.domain = d ? d->id : XENPT_TOUCH_NOBODY;
    op_tell_slowly(op, &t);
}

static int update_m2p(struct op *op, const struct owners *o, const struct xenpt_pv_mmu_update *req)
{
    uint64_t frame = req->ptr >> XENPT_PAGE_SHIFT;
    struct domain *real;
    int rc = 0;

    if (o->pt != op->d)
        rc = refused(op, RULE_M2P_OWN, frame, NO_SLOT_OF_IT);
    if (!rc && o->pg && is_external(o->pg))
        rc = refused(op, RULE_M2P_TRANSLATED, frame, NO_SLOT_OF_IT);
    if (!rc)
        rc = may_touch(op, o->pg, o->named);
    if (rc)
        return rc;
    pv_owner_of(op->m, frame, &real);
    if (!real || real != o->pg)
        rc = refused(op, RULE_M2P_FRAME, frame, NO_SLOT_OF_IT);
    if (rc)
        return rc;
    if (touch_heard(op->m))
        tell_m2p(op, frame, real);
    op->code = contents_rename(&op->m->contents, frame, req->val, op->err);
    /* A frame that came without a number has one now. */
    if (!op->code && real && domain_extent(real, frame) && domain_pfn(real, frame) == NO_TABLE)
        op->code = memory_name(real, frame, req->val, op->err);
    return op->code ? BROKEN : 0;
}

/* --- All of it ----------------------------------------------------------------------------- */

static int one(struct op *op, const struct owners *o, size_t i,
               const struct xenpt_pv_mmu_update *req, struct flushes *f)
{
    unsigned int cmd = req->ptr & 7;
    int rc = argument_read(op, ARGUMENT_MMU_UPDATE, i);

    if (rc)
        return rc;
    op->work++;
    if (cmd == XENPT_PV_MMU_M2P)
        return update_m2p(op, o, req);
    if (cmd > XENPT_PV_MMU_NO_TRANSLATE)
        return refused(op, RULE_MMU_COMMAND, req->ptr >> XENPT_PAGE_SHIFT, NO_SLOT_OF_IT);
    return update(op, o, req, cmd, f);
}

/* What Xen itself reads by linear maps, and what XPTI has copied. */
static void flush(struct op *op, const struct domain *d, const struct flushes *f)
{
    for (uint32_t i = 0; f->linear && i < op->m->nr_cpus; i++) {
        if (!is_dirty(op->m, d, i))
            continue;
        if (in_force(op, RULE_LINEAR_FLUSH))
            op_flush_cpu(op, XENPT_PV_FLUSH_TLB, i, 0, xenpt_pv_rule(RULE_LINEAR_FLUSH));
        if (in_force(op, RULE_ROOT_FLUSH) && (i == op->cpu ? f->root_here : f->root_others))
            op_flush_cpu(op, XENPT_PV_FLUSH_ROOT, i, 0, xenpt_pv_rule(RULE_ROOT_FLUSH));
    }
}

enum xenpt_code xenpt_pv_mmu_update(struct xenpt_machine *m, const struct xenpt_pv_caller *caller,
                                    const struct xenpt_pv_mmu_update *req, size_t nr,
                                    uint32_t foreigndom, struct xenpt_pv_result *ret,
                                    struct xenpt_error *err)
{
    struct flushes f = { .linear = false };
    struct owners o = { .named = PV_DOMAIN };
    struct op op;
    enum xenpt_code code = op_begin(&op, m, caller, err);
    size_t i = 0;
    int rc;

    if (code)
        return code;
    rc = is_external(op.d) ? refused(&op, RULE_HVM_HYPERCALL, 0, NO_SLOT_OF_IT) : put_old(&op);
    if (!rc)
        rc = argument_range(&op, ARGUMENT_MMU_UPDATE, nr);
    if (!rc)
        rc = find_owners(&op, foreigndom, &o);
    while (!rc && i < nr) {
        rc = op.v->old.frame || (i && op_due(&op)) ? RESTART : one(&op, &o, i, &req[i], &f);
        if (!rc)
            rc = op_commit(&op);
        i += !rc;
    }
    if (rc && !is_stopped(rc))
        op_undo(&op, 0);
    if (o.pt)
        flush(&op, o.pt, &f);
    *ret = (struct xenpt_pv_result){ .done = (uint32_t)i };
    return op_end(&op, rc, ret);
}
