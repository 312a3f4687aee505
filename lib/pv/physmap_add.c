/*
 * physmap_add.c - one frame comes to a place of a guest's physical memory; mm/p2m.c,
 * xenmem_add_to_physmap_one, p2m_add_foreign; common/grant_table.c, gnttab_map_frame, 4.17.
 */
#include "pv/physmap.h"

#include "pv/hvm_param.h"
#include "xen/grants.h"

int physmap_refused(struct op *op, enum rule rule, uint64_t frame)
{
    return refused(op, rule, frame, NO_SLOT_OF_IT);
}

int physmap_needs(struct op *op, enum rule rule, uint64_t frame)
{
    int rc = physmap_refused(op, rule, frame);

    return rc ? rc : NOTHING;
}

/* --- Which frame --------------------------------------------------------------------------- */

/* The one that is to be mapped, and a reference to it that is only for the time. */
struct source {
    uint64_t frame;
    bool held;
};

static int no_source(struct op *op)
{
    return physmap_needs(op, RULE_PHYSMAP_SOURCE, 0);
}

static int hold(struct op *op, const struct domain *d, struct source *s)
{
    s->held = get_page(op, s->frame, d);
    return s->held ? 0 : op->code ? BROKEN : no_source(op);
}

/* Of statuses as many frames as the table needs. */
static uint64_t table_frames(uint64_t idx, bool status)
{
    return status ? (idx * STATUS_PER_PAGE + ENTRIES_V2) / ENTRIES_V2 : idx + 1;
}

/* gnttab_map_frame: the table grows until it has that frame, or is as large as it may be. */
static int of_grants(struct physmap *p, uint64_t idx, struct source *s)
{
    bool status = grants_version(p->d) == 2 && idx & XENPT_PHYSMAP_STATUS;
    enum xenpt_special kind = status ? XENPT_SPECIAL_GRANT_STATUS : XENPT_SPECIAL_GRANT_TABLE;
    const struct grants *g = grants_of(p->d);
    uint64_t at = status ? idx & ~XENPT_PHYSMAP_STATUS : idx;

    if (!g)
        return op_broken(&p->op, XENPT_ENOMEM, "no memory for what is known of grants");
    if (at < UINT32_MAX && grants_frame(p->d, kind, at) == NO_TABLE &&
        table_frames(at, status) <= g->max_frames) {
        p->op.code = grants_grow(p->op.m, p->d->id, table_frames(at, status), p->op.err);
        if (p->op.code)
            return BROKEN;
    }
    s->frame = at < UINT32_MAX ? grants_frame(p->d, kind, at) : NO_TABLE;
    if (s->frame == NO_TABLE)
        return no_source(&p->op);
    return in_force(&p->op, RULE_PHYSMAP_HELD) ? hold(&p->op, p->d, s) : 0;
}

static int of_gfn(struct physmap *p, uint64_t gfn, struct source *s)
{
    int rc = physmap_populate(&p->op, p->d, gfn);
    struct there t;

    if (!rc)
        rc = physmap_unshare(&p->op, p->d, gfn, RULE_SHARING_FREE);
    if (rc)
        return rc;
    t = physmap_look(&p->op, p->d, gfn);
    if (t.type != P2M_RAM_RW && t.type != P2M_RAM_LOGDIRTY)
        rc = physmap_refused(&p->op, RULE_PHYSMAP_SOURCE_RAM, t.page ? t.frame : 0);
    if (rc || !t.page)
        return rc ? rc : no_source(&p->op);
    s->frame = t.frame;
    return hold(&p->op, p->d, s);
}

static int find_source(struct physmap *p, const struct xenpt_physmap_add *a, struct source *s)
{
    const struct xenpt_special_frames *shared = frames_of(p->d, XENPT_SPECIAL_SHARED_INFO);

    *s = (struct source){ .frame = NO_TABLE };
    switch (a->space) {
    case XENPT_PHYSMAP_SHARED_INFO:
        if (a->idx || !shared)
            return no_source(&p->op);
        s->frame = shared->mfn;
        return 0;
    case XENPT_PHYSMAP_GRANT_TABLE:
        return of_grants(p, a->idx, s);
    case XENPT_PHYSMAP_GMFN:
    case XENPT_PHYSMAP_GMFN_RANGE:
        return of_gfn(p, a->idx, s);
    default:
        return no_source(&p->op);
    }
}

/* --- Adding one ---------------------------------------------------------------------------- */

/* Pages of Xen's that it shares with the guest: they are taken out, and stay what they are. */
static bool is_special(const struct op *op, uint64_t frame)
{
    struct domain *owner;
    enum pv_owner kind = pv_owner_of(op->m, frame, &owner);

    return kind == PV_SPECIAL || kind == PV_XEN;
}

static int replace(struct physmap *p, uint64_t gfn, uint64_t by)
{
    int rc = physmap_populate(&p->op, p->d, gfn);
    struct there t = physmap_look(&p->op, p->d, gfn);

    if (rc || !t.page)
        return rc;
    if (t.type == P2M_MMIO_DIRECT || t.type == P2M_APIC_ACCESS) {
        rc = physmap_refused(&p->op, RULE_PHYSMAP_DIRECT, t.frame);
        if (rc)
            return rc;
    }
    if (is_special(&p->op, t.frame))
        return physmap_unhook(&p->op, p->d, gfn);
    if (t.frame == by && in_force(&p->op, RULE_PHYSMAP_SAME))
        return 0;
    return physmap_free(&p->op, p->d, gfn, RULE_PHYSMAP_DIRECT, RULE_PHYSMAP_REPLACED);
}

/* A frame of the guest's own is taken from where M2P says that it is. */
static int check_alias(struct physmap *p, const struct xenpt_physmap_add *a, uint64_t frame)
{
    bool moves = a->space == XENPT_PHYSMAP_GMFN || a->space == XENPT_PHYSMAP_GMFN_RANGE;

    return moves && physmap_gfn(&p->op, frame) != a->idx
               ? physmap_refused(&p->op, RULE_PHYSMAP_ALIAS, frame)
               : 0;
}

/* p2m_remove_page: without the rule, M2P is told that the frame is nowhere, and what is at the
 * place goes, if anything is there by now. */
static int leave(struct physmap *p, uint64_t was, uint64_t frame)
{
    struct op *op = &p->op;

    if (!in_force(op, RULE_PHYSMAP_ONE_PLACE)) {
        op->code = contents_rename(&op->m->contents, frame, NO_GFN, op->err);
        if (op->code)
            return BROKEN;
    }
    return physmap_unhook(op, p->d, was);
}

/* Others are at work until physical memory is locked: before it is looked up where the frame is,
 * or, without the rule, after that. */
static int leave_old(struct physmap *p, uint64_t gfn, uint64_t frame)
{
    bool locked = in_force(&p->op, RULE_PHYSMAP_ONE_PLACE);
    int rc = locked ? op_point(&p->op, XENPT_PV_POINT_PHYSMAP_OLD, frame) : 0;
    uint64_t was = physmap_gfn(&p->op, frame);

    if (!rc && !locked)
        rc = op_point(&p->op, XENPT_PV_POINT_PHYSMAP_OLD, frame);
    return rc || was == NO_GFN || was == gfn ? rc : leave(p, was, frame);
}

static int move_to(struct physmap *p, const struct xenpt_physmap_add *a, uint64_t frame)
{
    bool stays = in_force(&p->op, RULE_PHYSMAP_SAME);
    int rc = stays ? check_alias(p, a, frame) : 0;

    if (!rc)
        rc = replace(p, a->gfn, frame);
    if (!rc && !stays)
        rc = check_alias(p, a, frame);
    if (!rc)
        rc = leave_old(p, a->gfn, frame);
    /* It is not where it was any more, whether it comes or not. */
    if (!rc)
        rc = physmap_reaches(&p->op, p->d, a->gfn, 1);
    return rc ? rc : physmap_hook(&p->op, p->d, a->gfn, frame, 0);
}

static int put_source(struct op *op, const struct source *s, int rc)
{
    if (s->held && rc != BROKEN && put_page(op, s->frame))
        return BROKEN;
    return rc == BROKEN || !op_commit(op) ? rc : BROKEN;
}

static int add_own(struct physmap *p, const struct xenpt_physmap_add *a)
{
    struct source s;
    int rc = find_source(p, a, &s);

    if (!rc)
        rc = op_point(&p->op, XENPT_PV_POINT_PHYSMAP_FRAME, s.frame);
    if (!rc)
        rc = move_to(p, a, s.frame);
    return put_source(&p->op, &s, rc);
}

/* --- Another's ----------------------------------------------------------------------------- */

bool physmap_has_views(const struct domain *d)
{
    return hvm_param_value(d, PARAM_ALTP2M) || d->views[0] != NO_TABLE;
}

static int check_mapper(struct physmap *p)
{
    int rc = 0;

    if (!p->d->desc->privileged)
        rc = physmap_refused(&p->op, RULE_PHYSMAP_FOREIGN_HARDWARE, 0);
    if (!rc && physmap_has_views(p->d))
        rc = physmap_refused(&p->op, RULE_PHYSMAP_FOREIGN_VIEWS, 0);
    return rc;
}

static int find_foreign(struct physmap *p, uint32_t id, struct domain **ret)
{
    int rc = check_mapper(p);

    if (!rc && id == XENPT_DOMID_XEN)
        return op_broken(&p->op, XENPT_EUNSUPPORTED,
                         "frames of DOMID_XEN in physical memory of a guest's are not modelled");
    *ret = domain_there(p->op.m, id); /* DOMID_SELF is no domain here. */
    if (!rc && !*ret)
        rc = physmap_needs(&p->op, RULE_UNKNOWN_DOMAIN, 0);
    if (!rc && *ret == p->op.d)
        rc = physmap_needs(&p->op, RULE_PHYSMAP_FOREIGN_OWN, 0);
    if (!rc && *ret == p->d)
        rc = physmap_needs(&p->op, RULE_PHYSMAP_FOREIGN_SELF, 0);
    return !rc && !p->d->desc->privileged ? physmap_refused(&p->op, RULE_FOREIGN_RIGHT, 0) : rc;
}

/* get_page_from_gfn: RAM that is there; of a PV domain, any frame of its own. */
static int foreign_frame(struct physmap *p, struct domain *from, uint64_t gfn, uint64_t *ret)
{
    struct there t = { .page = true, .frame = gfn, .type = P2M_RAM_RW };

    if (!is_pv(from) && physmap_populate(&p->op, from, gfn))
        return BROKEN;
    if (!is_pv(from))
        t = physmap_look(&p->op, from, gfn);
    *ret = t.frame;
    switch (t.type) {
    case P2M_RAM_RW:
    case P2M_RAM_LOGDIRTY:
    case P2M_RAM_RO:
    case P2M_IOREQ_SERVER:
    case P2M_PAGING_OUT: /* As a pager has to. */
        break;
    default:
        t.page = false;
    }
    if (t.page && get_page(&p->op, t.frame, from))
        return 0;
    return p->op.code ? BROKEN : physmap_needs(&p->op, RULE_PHYSMAP_FOREIGN_FRAME, t.frame);
}

static int add_foreign(struct physmap *p, const struct xenpt_physmap_add *a)
{
    struct domain *from = NULL;
    uint64_t frame;
    int rc = find_foreign(p, a->foreign, &from);

    if (!rc)
        rc = foreign_frame(p, from, a->idx, &frame);
    if (rc)
        return rc;
    rc = op_commit(&p->op);
    if (!rc)
        rc = replace(p, a->gfn, NO_TABLE);
    if (!rc)
        rc = physmap_reaches(&p->op, p->d, a->gfn, 1);
    if (rc)
        return rc == BROKEN || !put_page(&p->op, frame) ? rc : BROKEN;
    return physmap_hook_foreign(&p->op, p->d, a->gfn, frame);
}

/* --- One of them --------------------------------------------------------------------------- */

int physmap_add_one(struct physmap *p, const struct xenpt_physmap_add *a)
{
    int rc = a->space == XENPT_PHYSMAP_FOREIGN ? add_foreign(p, a) : add_own(p, a);

    /* What was done until then stays. */
    return is_refusal(rc) && op_commit(&p->op) ? BROKEN : rc;
}
