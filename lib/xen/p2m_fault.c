/*
 * p2m_fault.c - what Xen does when the second stage refuses a guest something; hvm/hvm.c,
 * hvm_hap_nested_page_fault, and mm/mem_access.c, p2m_mem_access_check.
 */
#include "xen/guest.h"
#include "xen/logdirty.h"
#include "xen/p2m.h"
#include "xen/pod.h"
#include "xen/sharing.h"
#include "xen/touch.h"

/* What a fault is about. */
struct refusal {
    struct xenpt_machine *m;
    struct domain *d;
    struct vcpu *v;
    uint64_t root, gfn;
    enum xenpt_access_kind kind;
    struct p2m_slot slot;
    struct xenpt_guest_done *ret;
    bool *again;
    struct xenpt_error *err;
};

static bool allows(enum xenpt_p2m_access access, enum xenpt_access_kind kind)
{
    static const uint8_t rights[XENPT_NR_ACCESS] = {
        [XENPT_ACCESS_R] = 1,   [XENPT_ACCESS_W] = 2,     [XENPT_ACCESS_RW] = 3,
        [XENPT_ACCESS_X] = 4,   [XENPT_ACCESS_RX] = 5,    [XENPT_ACCESS_WX] = 6,
        [XENPT_ACCESS_RWX] = 7, [XENPT_ACCESS_RX2RW] = 5,
    };
    static const uint8_t needs[] = { [XENPT_READ] = 1, [XENPT_WRITE] = 2, [XENPT_FETCH] = 4 };

    return rights[access] & needs[kind];
}

/*
 * vm_event_put_request: Xen has the ring's page mapped for good.  Where in it, and how much, is not
 * told: the page is.
 */
static void tell_ring(const struct refusal *r, enum xenpt_special ring)
{
    const struct xenpt_special_frames *f = frames_of(r->d, ring);
    struct xenpt_touch t = { TOUCH(XENPT_TOUCH_VM_EVENT, XENPT_TOUCH_KEPT), .write = true };

    if (!touch_heard(r->m) || !f)
        return;
    t.maddr = f->mfn << XENPT_PAGE_SHIFT;
    touch_by_xen(r->m, r->d, r->v, &t);
}

/* Two kinds of access rights give way by themselves; the monitor is told of others. */
static enum xenpt_code of_access(struct refusal *r, enum xenpt_p2m_access access)
{
    enum p2m_type type = p2m_type_of(r->m, r->d, r->slot.entry);

    if (access == XENPT_ACCESS_RX2RW && r->kind == XENPT_WRITE)
        access = XENPT_ACCESS_RW;
    else if (access == XENPT_ACCESS_N2RWX)
        access = XENPT_ACCESS_RWX;
    else
        access = XENPT_NR_ACCESS;
    *r->again = access != XENPT_NR_ACCESS;
    if (*r->again)
        return p2m_set(r->m, r->d, r->root, r->gfn, type, access, r->err);
    tell_ring(r, XENPT_SPECIAL_MONITOR_RING);
    r->ret->outcome = XENPT_GUEST_EVENT;
    return XENPT_OK;
}

static enum xenpt_code refuse(struct refusal *r, enum xenpt_guest_outcome outcome)
{
    r->ret->outcome = outcome;
    return XENPT_OK;
}

static enum xenpt_code of_type(struct refusal *r)
{
    bool write = r->kind == XENPT_WRITE;

    switch (p2m_type_of(r->m, r->d, r->slot.entry)) {
    case P2M_RAM_LOGDIRTY:
        if (!write)
            break;
        dirty_mark(r->d, r->gfn);
        *r->again = true;
        return p2m_set_all(r->m, r->d, r->gfn, P2M_RAM_RW, XENPT_ACCESS_RWX, r->err);
    case P2M_RAM_RO:
        if (write)
            return refuse(r, XENPT_GUEST_DISCARDED);
        break;
    case P2M_RAM_SHARED: /* There was no memory for one of its own. */
        if (write)
            return refuse(r, r->d->helper ? XENPT_GUEST_EVENT : XENPT_GUEST_CRASH);
        break;
    case P2M_GRANT_RO:
        if (!write)
            break;
        r->ret->fault = (struct xenpt_fault){ .kind = XENPT_FAULT_GP, .vector = 13 };
        return refuse(r, XENPT_GUEST_FAULT);
    default:
        break;
    }
    /* Code in a larger page: as small ones it can be executed. */
    *r->again = r->kind == XENPT_FETCH && r->slot.level > 1;
    if (*r->again)
        return p2m_shatter(r->m, r->d, r->root, r->gfn, 1, r->err);
    return refuse(r, XENPT_GUEST_CRASH);
}

/* Memory comes to where there is none yet; the guest crashes if there is no more. */
static enum xenpt_code populate(struct refusal *r, bool *again)
{
    struct p2m_slot s = p2m_slot_of(r->m, r->d->p2m, r->gfn);
    enum xenpt_code code;

    if (!p2m_waits(r->m, r->d, &s))
        return XENPT_OK;
    code = pod_populate(r->m, r->d, r->gfn, again, r->err);
    return code || *again ? code : refuse(r, XENPT_GUEST_CRASH);
}

/* get_gfn_type_access, P2M_UNSHARE: of a write, whatever rights there are. */
static enum xenpt_code unshare(struct refusal *r, const struct vcpu *v, bool *again)
{
    uint64_t frame;

    if (r->kind != XENPT_WRITE || !sharing_at(r->m, r->d, r->gfn, &frame))
        return XENPT_OK;
    return sharing_unshare(r->m, r->d, v, r->gfn, again, r->err);
}

enum xenpt_code p2m_fault(struct xenpt_machine *m, struct domain *d, struct vcpu *v, uint64_t gaddr,
                          enum xenpt_access_kind kind, bool *again, struct xenpt_guest_done *ret,
                          struct xenpt_error *err)
{
    struct refusal r = {
        .m = m,
        .d = d,
        .v = v,
        .root = p2m_root(d, v->view),
        .gfn = gaddr >> XENPT_PAGE_SHIFT,
        .kind = kind,
        .ret = ret,
        .again = again,
        .err = err,
    };
    enum xenpt_p2m_access access;
    enum xenpt_code code = p2m_resolve(m, d, r.root, r.gfn, again, err);

    if (!code && !*again) {
        code = populate(&r, again);
        if (code || *again || ret->outcome == XENPT_GUEST_CRASH)
            return code;
    }
    if (!code && !*again)
        code = unshare(&r, v, again);
    if (!code && !*again && v->view != XENPT_VIEW_HOST)
        code = p2m_copy_lazily(m, d, r.root, r.gfn, again, err);
    if (code || *again)
        return code;
    r.slot = p2m_slot_of(m, r.root, r.gfn);
    if (p2m_is_paging(p2m_type_of(m, d, r.slot.entry))) {
        if (d->pager && p2m_type_of(m, d, r.slot.entry) != P2M_PAGING_IN)
            tell_ring(&r, XENPT_SPECIAL_PAGING_RING);
        code = p2m_page_in(m, d, r.gfn, err);
        return code ? code : refuse(&r, d->pager ? XENPT_GUEST_EVENT : XENPT_GUEST_CRASH);
    }
    if (!p2m_is_page(&r.slot))
        return refuse(&r, XENPT_GUEST_DEVICE);
    access = p2m_access_of(m, d, r.slot.entry);
    return allows(access, kind) ? of_type(&r) : of_access(&r, access);
}
