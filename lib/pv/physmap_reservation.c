/*
 * physmap_reservation.c - memory_op: an HVM or PVH guest gives memory back, and gets some, which
 * its balloon driver does; common/memory.c, increase_reservation, decrease_reservation,
 * populate_physmap.  Frames are named as the guest calls them.
 *
 * Model: where a grant, another's frame or a device's is, Xen crashes the guest that has memory put
 * there; here what was asked for ends.
 */
#include "pv/physmap.h"

/* What ends extents is told, and no error. */
static int as_short(int rc)
{
    return is_refusal(rc) ? -SHORT_OF : rc;
}

/* --- Giving back --------------------------------------------------------------------------- */

/* What waits for memory goes first; there is nothing then, which is no error. */
static int decrease(struct physmap *p, const struct xenpt_pv_reservation *r, uint64_t gfn)
{
    uint64_t waited;
    int rc = physmap_pod_decrease(p, gfn, r->order, &waited);

    for (uint64_t i = 0; !rc && i < UINT64_C(1) << r->order; i++)
        if (waited && !physmap_look(&p->op, p->d, gfn + i).page)
            waited--;
        else
            rc = physmap_free(&p->op, p->d, gfn + i, RULE_PHYSMAP_DIRECT, RULE_MEMORY_OWN);
    return as_short(rc);
}

/* --- Asking for ---------------------------------------------------------------------------- */

static bool is_special(enum p2m_type type)
{
    return type == P2M_GRANT_RW || type == P2M_GRANT_RO || type == P2M_FOREIGN ||
           type == P2M_MMIO_DIRECT || type == P2M_APIC_ACCESS;
}

static int check_place(struct physmap *p, const struct xenpt_pv_reservation *r, uint64_t gfn)
{
    int rc = physmap_reaches(&p->op, p->d, gfn, UINT64_C(1) << r->order);

    for (uint64_t i = 0; !rc && i < UINT64_C(1) << r->order; i++) {
        struct there t;

        /* p2m_add_page; not where memory is to wait, which it does not where there is some. */
        if (!r->on_demand)
            rc = physmap_unshare(&p->op, p->d, gfn + i, RULE_SHARING_FREE);
        t = physmap_look(&p->op, p->d, gfn + i);
        if (!rc && t.page && is_special(t.type))
            rc = physmap_needs(&p->op, RULE_PHYSMAP_POPULATE, t.frame);
    }
    return as_short(rc);
}

/* Memory that it had there stays its own, and is nowhere; so is what cannot be there. */
static int populate(struct physmap *p, const struct xenpt_pv_reservation *r, uint64_t *extent)
{
    uint64_t gfn = *extent, frame = 0;
    int rc = r->on_demand ? 0 : more_memory(&p->op, p->d, r, NO_GFN, &frame);

    if (!rc)
        rc = check_place(p, r, gfn);
    if (rc)
        return rc;
    if (r->on_demand)
        return physmap_pod_mark(p, gfn, r->order);
    *extent = frame;
    return physmap_hook(&p->op, p->d, gfn, frame, r->order);
}

/* --- All of it ----------------------------------------------------------------------------- */

static int one(struct physmap *p, const struct xenpt_pv_reservation *r, uint64_t *extent)
{
    switch (r->what) {
    case XENPT_PV_DECREASE:
        return decrease(p, r, *extent);
    case XENPT_PV_POPULATE:
        return populate(p, r, extent);
    default: /* It is the guest's, and nowhere. */
        return more_memory(&p->op, p->d, r, NO_GFN, extent);
    }
}

enum xenpt_code physmap_reservation(struct xenpt_machine *m, const struct xenpt_pv_caller *caller,
                                    const struct xenpt_pv_reservation *r, uint64_t *extents,
                                    size_t nr, struct xenpt_pv_result *ret, struct xenpt_error *err)
{
    struct physmap p;
    enum xenpt_code code = physmap_start(&p, m, caller, err);
    uint32_t done = 0;
    int rc;

    if (code)
        return code;
    rc = find_any_memory_of(&p.op, r->domain, RULE_MEMORY_DOMAIN, RULE_MEMORY_RIGHT, &p.d);
    if (!rc)
        rc = check_reservation(&p.op, r);
    while (!rc && done < nr) {
        rc = one(&p, r, &extents[done]);
        rc = rc == NOTHING ? 0 : rc;
        done += !rc;
        if (rc != BROKEN && op_commit(&p.op))
            rc = BROKEN;
    }
    code = physmap_finish(&p, rc, done, ret);
    if (!code && ret->error == SHORT_OF)
        ret->error = 0;
    return code;
}
