/*
 * physmap_pod.c - populate-on-demand, as it is asked for: frames of a guest's that wait for memory,
 * how much is kept for them, and what becomes of both when the guest's balloon driver gives frames
 * back; mm/p2m-pod.c, guest_physmap_mark_populate_on_demand, p2m_pod_set_mem_target,
 * p2m_pod_decrease_reservation, 4.17.
 */
#include "pv/physmap.h"

static int failed(struct physmap *p, enum xenpt_code code)
{
    p->op.code = code;
    return code ? BROKEN : 0;
}

/* --- Frames that wait ---------------------------------------------------------------------- */

static bool is_ram(const struct there *t)
{
    return t->page && (t->type == P2M_RAM_RW || t->type == P2M_RAM_LOGDIRTY ||
                       t->type == P2M_RAM_RO || t->type == P2M_IOREQ_SERVER);
}

int physmap_pod_mark(struct physmap *p, uint64_t gfn, unsigned int order)
{
    uint64_t nr = UINT64_C(1) << order, waited = 0;
    int rc = p->d == p->op.d ? physmap_refused(&p->op, RULE_POD_OWN, 0) : 0;

    if (!rc && has_devices(p->d))
        rc = physmap_refused(&p->op, RULE_POD_DEVICES, 0);
    if (!rc && p->d->shadows)
        return op_broken(&p->op, XENPT_EUNSUPPORTED,
                         "memory that a guest on shadows waits for is not modelled");
    for (uint64_t i = 0; !rc && i < nr; i++) {
        struct there t = physmap_look(&p->op, p->d, gfn + i);

        if (is_ram(&t) || (t.page && t.type == P2M_RAM_SHARED))
            rc = physmap_needs(&p->op, RULE_POD_UNUSED, t.frame);
        waited += !t.page && t.type == P2M_POD;
    }
    if (rc)
        return rc;
    if (!pod_of(p->d))
        return op_broken(&p->op, XENPT_ENOMEM, "no memory for what is kept of a domain's");
    p->d->pod->entries += nr - waited;
    return failed(p, physmap_put(p->op.m, p->d, gfn, 0, order, P2M_POD, p->op.err));
}

int physmap_populate(struct op *op, struct domain *d, uint64_t gfn)
{
    bool done;

    /* Model: where there is no memory left, Xen crashes the domain as well. */
    op->code = pod_populate(op->m, d, gfn, &done, op->err);
    return op->code ? BROKEN : 0;
}

/* --- What is kept -------------------------------------------------------------------------- */

static int keep_more(struct physmap *p, uint64_t wanted)
{
    unsigned int order = wanted >= POD_SUPER ? 9 : 0;
    uint64_t frame;
    int rc = set_aside(&p->op, p->d, 4);

    if (rc)
        return rc;
    if (!allocate(&p->op, p->d, order, 0, &frame)) {
        if (p->op.code)
            return BROKEN;
        if (!order || !allocate(&p->op, p->d, order = 0, 0, &frame))
            return p->op.code ? BROKEN : physmap_needs(&p->op, RULE_POD_FREE, 0);
    }
    rc = assign(&p->op, p->d, frame, UINT64_C(1) << order, NO_GFN);
    return rc ? rc : failed(p, pod_keep(p->op.m, p->d, frame, order, p->op.err));
}

static int keep_less(struct physmap *p, uint64_t most)
{
    const struct pod *pod = p->d->pod;
    unsigned int order = pod && pod_cache(p->d) - most > POD_SUPER && pod->super.nr ? 9 : 0;
    enum xenpt_code code;
    uint64_t frame;
    int rc = 0;

    if (!pod_take(p->d, order, &frame, &code, p->op.err))
        return failed(p, code ? code : XENPT_ESTATE);
    for (uint64_t i = 0; !rc && i < UINT64_C(1) << order; i++) {
        rc = drop_allocation(&p->op, frame + i);
        if (!rc)
            rc = op_commit(&p->op);
    }
    return rc;
}

/* p2m_pod_set_cache_target. */
static int keep(struct physmap *p, uint64_t target)
{
    int rc = 0;

    while (!rc && target > pod_cache(p->d))
        rc = keep_more(p, target - pod_cache(p->d));
    while (!rc && target < pod_cache(p->d))
        rc = keep_less(p, target);
    return rc;
}

static int set_target(struct physmap *p, uint64_t target)
{
    uint64_t populated = p->d->nr_frames - pod_cache(p->d), wanted;
    uint64_t entries = p->d->pod ? p->d->pod->entries : 0;

    if ((populated && !entries) || target < p->d->nr_frames)
        return 0;
    wanted = target - populated;
    if (populated && wanted > entries)
        wanted = entries;
    return keep(p, wanted);
}

/* --- Giving back --------------------------------------------------------------------------- */

/* What there is in an extent. */
struct share {
    uint64_t waits, other, ram;
};

/* Frames that the entry at one speaks for, as far as they are the extent's. Without the rule, they
 * are taken to begin with it. */
static uint64_t together(const struct physmap *p, uint64_t gfn, unsigned int order,
                         const struct there *t)
{
    uint64_t most = UINT64_C(1) << order, nr = UINT64_C(1) << 9 * (t->level - 1);

    if (in_force(&p->op, RULE_POD_ALIGNED) && gfn & (most - 1))
        return 1;
    return nr < most ? nr : most;
}

static struct share share_of(const struct physmap *p, uint64_t gfn, unsigned int order)
{
    struct share s = { 0, 0, 0 };

    for (uint64_t i = 0, n; i < UINT64_C(1) << order; i += n) {
        struct there t = physmap_look(&p->op, p->d, gfn + i);

        n = together(p, gfn, order, &t);
        if (!t.page && t.type == P2M_POD)
            s.waits += n;
        else
            s.other += n;
        if (is_ram(&t))
            s.ram += n;
    }
    return s;
}

static int clear(struct physmap *p, uint64_t gfn, uint64_t nr)
{
    int rc = 0;

    for (uint64_t i = 0; !rc && i < nr; i++)
        rc = physmap_unhook(&p->op, p->d, gfn + i);
    for (uint64_t i = 0; !rc && i < nr; i++)
        rc = failed(p, physmap_clear(p->op.m, p->d, gfn + i, 0, p->op.err));
    return rc;
}

/* So many wait no more. */
static int wait_less(struct physmap *p, uint64_t gfn, uint64_t nr)
{
    if (nr > p->d->pod->entries)
        return op_broken(&p->op, XENPT_ESTATE,
                         "fewer frames wait for memory than are given back: Xen stops there");
    p->d->pod->entries -= nr;
    return clear(p, gfn, nr);
}

static bool is_owed(const struct physmap *p)
{
    return p->d->pod->entries > pod_cache(p->d);
}

static int take_some(struct physmap *p, uint64_t gfn, unsigned int order, struct share *s,
                     uint64_t *done)
{
    int rc = 0;

    for (uint64_t i = 0, n; !rc && i < UINT64_C(1) << order && (s->waits || (is_owed(p) && s->ram));
         i += n) {
        struct there t = physmap_look(&p->op, p->d, gfn + i);

        n = together(p, gfn, order, &t);
        if (!t.page && t.type == P2M_POD) {
            rc = wait_less(p, gfn + i, n);
            s->waits -= n;
        } else if (is_owed(p) && is_ram(&t)) {
            unsigned int kept = n == POD_SUPER && t.frame % POD_SUPER == 0 ? 9 : 0;

            rc = clear(p, gfn + i, n);
            for (uint64_t k = 0; !rc && k < n; k += UINT64_C(1) << kept)
                rc = failed(p, pod_keep(p->op.m, p->d, t.frame + k, kept, p->op.err));
            s->ram -= n;
        } else {
            continue;
        }
        *done += n;
    }
    return rc;
}

int physmap_pod_decrease(struct physmap *p, uint64_t gfn, unsigned int order, uint64_t *done)
{
    bool large = false;
    struct share s;
    int rc = 0;

    *done = 0;
    if (!p->d->pod || !p->d->pod->entries)
        return 0;
    s = share_of(p, gfn, order);
    if (!s.waits && !is_owed(p))
        return 0;
    if (!s.other) {
        *done = UINT64_C(1) << order;
        rc = wait_less(p, gfn, *done);
    } else {
        if (is_owed(p) && order < 9 && s.ram == UINT64_C(1) << order)
            rc = failed(
                p, pod_reclaim_large(p->op.m, p->d, gfn & ~(POD_SUPER - 1), &large, p->op.err));
        if (large)
            s = (struct share){ .waits = UINT64_C(1) << order };
        if (!rc)
            rc = take_some(p, gfn, order, &s, done);
    }
    return rc || p->d->pod->entries >= pod_cache(p->d) ? rc : keep(p, p->d->pod->entries);
}

/* --- From outside -------------------------------------------------------------------------- */

static int target(struct physmap *p, uint32_t domain, uint64_t frames)
{
    int rc = 0;

    p->d = domain == XENPT_DOMID_SELF ? p->op.d : domain_there(p->op.m, domain);
    if (!p->d)
        return physmap_needs(&p->op, RULE_UNKNOWN_DOMAIN, 0);
    if (is_pv(p->d))
        rc = physmap_needs(&p->op, RULE_POD_TARGET_EXTERNAL, 0);
    if (!rc && !p->op.d->desc->privileged)
        rc = physmap_refused(&p->op, RULE_POD_RIGHT, 0);
    if (!rc && frames > memory_max(p->d))
        rc = physmap_refused(&p->op, RULE_POD_TARGET_MAX, 0);
    return rc ? rc : set_target(p, frames);
}

enum xenpt_code xenpt_physmap_pod_target(struct xenpt_machine *m,
                                         const struct xenpt_pv_caller *caller, uint32_t domain,
                                         uint64_t frames, struct xenpt_pv_result *ret,
                                         struct xenpt_error *err)
{
    struct physmap p;
    enum xenpt_code code = physmap_start(&p, m, caller, err);
    int rc;

    if (code)
        return code;
    rc = target(&p, domain, frames);
    if (is_refusal(rc) && op_commit(&p.op))
        rc = BROKEN;
    return physmap_finish(&p, rc, !rc, ret);
}

bool xenpt_physmap_pod(const struct xenpt_machine *m, uint32_t domain,
                       struct xenpt_physmap_pod *ret)
{
    const struct domain *d = domain_there(m, domain);

    if (!d || is_pv(d))
        return false;
    *ret = (struct xenpt_physmap_pod){ .entries = d->pod ? d->pod->entries : 0,
                                       .cache = pod_cache(d),
                                       .waiting = pod_waiting(m, d) };
    return true;
}
