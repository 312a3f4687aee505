/* resource.c - frames that are acquired of another domain without being its memory;
 * common/memory.c, acquire_resource. */
#include "pv/resource.h"
#include "pv/argument.h"
#include "pv/physmap.h"
#include "xenpt/foreign.h"

#include "xen/events.h"
#include "xen/guest.h"
#include "xen/p2m.h"
#include "xen/view.h"

#define NR_AT_ONCE 32

/* --- Acquiring ----------------------------------------------------------------------------- */

static int check_grants(struct op *op, struct domain *d, const struct xenpt_resource *r, size_t nr)
{
    const struct grants *g = grants_of(d);
    uint64_t per_status = STATUS_PER_PAGE / ENTRIES_V2, max;

    if (!g)
        return grant_no_memory(op);
    if (r->id > 1)
        return grant_needs(op, RULE_RESOURCE_ID, 0, NO_SLOT_OF_IT);
    if (r->id == 1 && g->version != 2)
        return grant_needs(op, RULE_RESOURCE_VERSION, 0, NO_SLOT_OF_IT);
    max = r->id ? (g->max_frames + per_status - 1) / per_status : g->max_frames;
    return r->frame > max || nr > max - r->frame
               ? grant_needs(op, RULE_RESOURCE_TABLE, 0, NO_SLOT_OF_IT)
               : 0;
}

static int check_server(struct op *op, struct domain *d, const struct xenpt_resource *r, size_t nr)
{
    struct ioreq_server *s = NULL;
    int rc = is_pv(d) ? grant_needs(op, RULE_RESOURCE_HVM, 0, NO_SLOT_OF_IT)
                      : find_ioreq_server(op, d, r->id, &s);

    for (uint64_t i = r->frame; !rc && i - r->frame < nr; i++) {
        if (i > 1)
            return grant_needs(op, RULE_RESOURCE_FRAME, 0, NO_SLOT_OF_IT);
        if (!i && !s->buffered)
            return grant_needs(op, RULE_RESOURCE_BUFFERED, 0, NO_SLOT_OF_IT);
        if (s->page[i].there && s->page[i].gfn != NO_GFN)
            return grant_needs(op, RULE_IOREQ_EITHER, 0, NO_SLOT_OF_IT);
    }
    return rc;
}

static int check(struct op *op, const struct xenpt_resource *r, size_t nr, struct domain **d)
{
    static const struct other_rules rules = { RULE_RESOURCE_DOMAIN, RULE_RESOURCE_OWN,
                                              RULE_RESOURCE_RIGHT };
    int rc = refused(op, RULE_RESOURCE_NONE, 0, NO_SLOT_OF_IT);

    if (!rc && !is_pv(op->d) && !(op->d->desc->privileged && op->d->desc->built_by_xen))
        rc = refused(op, RULE_RESOURCE_TRANSLATED, 0, NO_SLOT_OF_IT);
    if (!rc && physmap_has_views(op->d))
        rc = refused(op, RULE_RESOURCE_VIEWS, 0, NO_SLOT_OF_IT);
    if (!rc && nr > NR_AT_ONCE)
        rc = refused(op, RULE_RESOURCE_NR, 0, NO_SLOT_OF_IT);
    if (!rc)
        rc = find_other(op, r->domain, rules, d);
    if (!rc)
        rc = may_control(op, *d, rules.right);
    if (!rc && r->type == XENPT_RESOURCE_VMTRACE)
        rc = refused(op, RULE_RESOURCE_EMPTY, 0, NO_SLOT_OF_IT);
    if (!rc && r->type > XENPT_RESOURCE_VMTRACE)
        rc = refused(op, RULE_RESOURCE_KNOWN, 0, NO_SLOT_OF_IT);
    if (!rc && r->type != XENPT_RESOURCE_IOREQ_SERVER && r->type != XENPT_RESOURCE_GRANT_TABLE)
        rc = grant_needs(op, RULE_RESOURCE_TYPE, 0, NO_SLOT_OF_IT);
    if (!rc)
        rc = r->type == XENPT_RESOURCE_GRANT_TABLE ? check_grants(op, *d, r, nr)
                                                   : check_server(op, *d, r, nr);
    return rc;
}

/* hvm_alloc_ioreq_mfn: a page of the guest's that is none of its memory. */
static enum xenpt_code make_page(struct xenpt_machine *m, struct domain *d, struct ioreq_page *page,
                                 struct xenpt_error *err)
{
    struct xenpt_special_frames f = { .special = XENPT_SPECIAL_IOREQ_SERVER, .nr = 1 };
    enum xenpt_code code;
    uint64_t maddr;

    if (page->there)
        return XENPT_OK;
    code = own_frame_new(m, d, m->max_frame, &maddr, err);
    f.mfn = maddr >> XENPT_PAGE_SHIFT;
    if (!code)
        code = add_frames(d, f, err);
    if (!code)
        *page = (struct ioreq_page){ .there = true, .mfn = f.mfn, .gfn = NO_GFN };
    return code;
}

static enum xenpt_code find_frames(struct xenpt_machine *m, uint32_t domain,
                                   const struct xenpt_resource *r, uint64_t *mfn, size_t nr,
                                   struct xenpt_error *err)
{
    enum xenpt_special special = r->id ? XENPT_SPECIAL_GRANT_STATUS : XENPT_SPECIAL_GRANT_TABLE;
    uint64_t last = r->frame + nr, per_status = STATUS_PER_PAGE / ENTRIES_V2;
    uint64_t frames = r->id ? last * per_status : last;
    struct domain *d = &m->domains[domain];
    enum xenpt_code code = XENPT_OK;

    if (r->type == XENPT_RESOURCE_IOREQ_SERVER) {
        struct ioreq_server *s = &d->servers[r->id];

        /* Both are made at once. */
        for (size_t i = s->buffered ? 0 : 1; !code && i < 2; i++)
            code = make_page(m, d, &s->page[i], err);
        for (size_t i = 0; !code && i < nr; i++)
            mfn[i] = s->page[r->frame + i].mfn;
        return code;
    }
    if (frames > d->grants->max_frames)
        frames = d->grants->max_frames;
    if (last > grants_nr_frames(d, special))
        code = grants_grow(m, domain, frames, err);
    for (size_t i = 0; !code && i < nr; i++)
        mfn[i] = grants_frame(&m->domains[domain], special, r->frame + i);
    return code;
}

/* set_foreign_p2m_entry: in the place of what is there, with a reference (p2m_entry_modify). */
static int hook(struct op *op, struct domain *of, uint64_t mfn, uint64_t gfn)
{
    int rc = 0;

    if (!get_page(op, mfn, of))
        return op->code ? BROKEN : op_broken(op, XENPT_ESTATE, "a page of a resource is nobody's");
    rc = op_commit(op);
    if (!rc)
        rc = physmap_unhook(op, op->d, gfn);
    return rc ? rc : physmap_hook_foreign(op, op->d, gfn, mfn);
}

static enum xenpt_code put_p2m(struct xenpt_machine *m, const struct xenpt_pv_caller *caller,
                               struct domain *of, const uint64_t *mfn, const uint64_t *gfn,
                               size_t nr, struct xenpt_pv_result *ret, struct xenpt_error *err)
{
    struct op op;
    enum xenpt_code code = op_begin(&op, m, caller, err);
    int rc = 0;

    if (code)
        return code;
    op.work++;
    for (size_t i = 0; !rc && i < nr; i++)
        rc = hook(&op, of, mfn[i], gfn[i]);
    return grant_end(&op, rc, ret);
}

enum xenpt_code xenpt_acquire_resource(struct xenpt_machine *m,
                                       const struct xenpt_pv_caller *caller,
                                       const struct xenpt_resource *r, uint64_t *frames, size_t nr,
                                       struct xenpt_pv_result *ret, struct xenpt_error *err)
{
    struct xenpt_machine_snapshot *before;
    uint64_t mfn[NR_AT_ONCE];
    struct domain *d = NULL;
    struct op op;
    enum xenpt_code code = op_begin(&op, m, caller, err);
    bool pv;
    int rc;

    if (code)
        return code;
    pv = is_pv(op.d);
    op.work++;
    rc = argument_whole(&op, ARGUMENT_RESOURCE, 1);
    if (!rc)
        rc = check(&op, r, nr, &d);
    if (!rc && nr) /* The list of frames is returned, or, of a domain with a p2m, read. */
        argument_elsewhere(&op, 8 * (uint64_t)nr, pv);
    code = grant_end(&op, rc, ret);
    if (code || rc)
        return code;
    if (nr > NR_AT_ONCE)
        return xenpt_fail(err, XENPT_EUNSUPPORTED, "%d frames are acquired at once, at most",
                          NR_AT_ONCE);
    code = xenpt_machine_snapshot_take(m, &before, err);
    if (code)
        return code;
    code = find_frames(m, d->id, r, mfn, nr, err);
    if (!code && !pv)
        code = put_p2m(m, caller, d, mfn, frames, nr, ret, err);
    for (size_t i = 0; !code && pv && i < nr; i++)
        frames[i] = mfn[i];
    return snapshot_end(before, code);
}
