/*
 * mem_sharing.c - guests are made to share memory: arch/x86/mm/mem_sharing.c, mem_sharing_memop,
 * nominate_page, share_pages, add_to_physmap, mem_sharing_domctl; common/vm_event.c,
 * vm_event_domctl, 4.17.
 */
#include "xenpt/mem_sharing.h"

#include "pv/argument.h"
#include "pv/hvm_param.h"
#include "pv/physmap.h"
#include "pv/sharing.h"
#include "xen/sharing.h"

/* --- Whether it may be --------------------------------------------------------------------- */

/* mem_sharing_control.  Before 4.14, of any domain under HAP, of whatever processor. */
static int enable(struct op *op, struct domain *d)
{
    int rc = 0;

    if ((is_pv(d) || op->m->processor->cpu.vendor != XENPT_INTEL) && in_force(op, RULE_SHARING_VMX))
        rc = physmap_refused(op, RULE_SHARING_VMX, 0);
    if (!rc && (is_pv(d) || d->desc->paging == XENPT_GUEST_SHADOW))
        rc = physmap_needs(op, RULE_SHARING_HAP, 0);
    if (!rc && d->device.how != XENPT_DEVICE_NO_TABLES)
        rc = physmap_refused(op, RULE_SHARING_DEVICES, 0);
    if (!rc)
        d->sharing = true;
    return rc;
}

/* vm_event_domctl: the ring of those who are told of no memory. */
static int listen(struct op *op, struct domain *d)
{
    const struct domain *hardware = domain_there(op->m, 0);
    int rc = 0;

    if (hardware && hardware->desc->privileged && !is_pv(hardware))
        rc = physmap_refused(op, RULE_SHARING_HARDWARE, 0);
    if (!rc && (is_pv(d) || d->desc->paging == XENPT_GUEST_SHADOW))
        rc = physmap_needs(op, RULE_SHARING_HAP, 0);
    if (!rc && d->helper)
        rc = physmap_refused(op, RULE_SHARING_LISTENED, 0);
    if (!rc && !hvm_param_value(d, PARAM_SHARING_RING_PFN))
        rc = physmap_refused(op, RULE_SHARING_RING_PAGE, 0);
    if (!rc)
        d->helper = true;
    return rc;
}

/* By domctl; the others are of memory_op. */
static bool is_control(enum xenpt_mem_sharing_op what)
{
    return what <= XENPT_MEM_SHARING_LISTEN;
}

static int control(struct op *op, struct domain *d, enum xenpt_mem_sharing_op what)
{
    int rc = op->d->desc->privileged ? 0 : physmap_refused(op, RULE_FOREIGN_RIGHT, 0);

    if (!rc && what == XENPT_MEM_SHARING_LISTEN && d == op->d)
        rc = physmap_refused(op, RULE_PAGING_CONTROL_SELF, 0);
    if (rc)
        return rc;
    if (what == XENPT_MEM_SHARING_LISTEN)
        return listen(op, d);
    if (what == XENPT_MEM_SHARING_ENABLE)
        return enable(op, d);
    /* Before 4.14 that is said of domains that can share alone. */
    if (!in_force(op, RULE_SHARING_VMX) && (is_pv(d) || d->desc->paging == XENPT_GUEST_SHADOW))
        return physmap_needs(op, RULE_SHARING_HAP, 0);
    d->sharing = false;
    return 0;
}

/* rcu_lock_live_remote_domain_by_id; XSM_DM_PRIV. */
static int find(struct op *op, uint32_t id, struct domain **ret)
{
    int rc = 0;

    *ret = domain_there(op->m, id);
    if (!*ret)
        return physmap_needs(op, RULE_UNKNOWN_DOMAIN, 0);
    if (*ret == op->d)
        rc = physmap_needs(op, RULE_SHARING_SELF, 0);
    return !rc && !controls(op->d, *ret) ? physmap_refused(op, RULE_FOREIGN_RIGHT, 0) : rc;
}

static int find_client(struct op *op, uint32_t id, struct domain **ret)
{
    int rc = find(op, id, ret);

    return !rc && *ret && !(*ret)->sharing ? physmap_needs(op, RULE_SHARING_CLIENT, 0) : rc;
}

/* --- Nominating ---------------------------------------------------------------------------- */

static bool is_special(const struct op *op, uint64_t frame)
{
    struct domain *owner;
    enum pv_owner kind = pv_owner_of(op->m, frame, &owner);

    return kind != PV_DOMAIN;
}

/* All views that have something there have what the domain's own has. */
static bool as_views_have_it(const struct op *op, const struct domain *d, uint64_t gfn)
{
    const struct xenpt_machine *m = op->m;
    struct p2m_slot own = p2m_slot_of(m, d->p2m, gfn);

    for (uint32_t i = 0; i < XENPT_VIEWS_MAX; i++) {
        struct p2m_slot s;

        if (d->views[i] == NO_TABLE)
            continue;
        s = p2m_slot_of(m, d->views[i], gfn);
        if (p2m_is_page(&s) && (p2m_maddr(&s, gfn) != p2m_maddr(&own, gfn) ||
                                p2m_access_of(m, d, s.entry) != p2m_access_of(m, d, own.entry)))
            return false;
    }
    return true;
}

/* page_make_sharable: nothing refers to it but that it is allocated, and, now, as a shared page. */
static int take_type(struct op *op, struct domain *d, uint64_t frame)
{
    const struct frame_info *info;
    int rc;

    if (!get_page(op, frame, d))
        return op->code ? BROKEN : physmap_needs(op, RULE_SHARING_TYPE, frame);
    rc = get_type(op, frame, FRAME_SHARED, false, RULE_SHARING_TYPE);
    if (rc)
        return rc;
    info = op_info(op, frame);
    if (!info)
        return BROKEN;
    return info->count == 2 && !(info->flags & FRAME_DROPPED)
               ? 0
               : physmap_refused(op, RULE_SHARING_HELD, frame);
}

static int set_aside_for(struct op *op, struct domain *d, size_t nr)
{
    if (!sharing_reserve(op->m, nr))
        return op_broken(op, XENPT_ENOMEM, "no memory for what domains share");
    return set_aside(op, d, 4 + nr);
}

static int failed(struct op *op, enum xenpt_code code)
{
    op->code = code;
    return code ? BROKEN : 0;
}

/* What CPUs remember of a guest's memory is dropped. */
static void flush(struct op *op, const struct domain *d)
{
    op_flush_cpu(op, XENPT_PV_FLUSH_SECOND, op->cpu, d->id, NULL);
}

/* It is dom_cow's, with the access that all memory has by default. */
static int make_shared(struct op *op, struct domain *d, uint64_t gfn, uint64_t frame)
{
    int rc = set_aside_for(op, d, 1);

    if (!rc)
        rc = op_commit(op);
    if (rc)
        return rc;
    op->info = NULL;
    if (failed(op, memory_lose(d, frame, op->err)))
        return BROKEN;
    d->nr_frames--;
    d->sharing_ever = true;
    sharing_begin(op->m, frame);
    sharing_join(op->m, frame, d->id, gfn);
    if (failed(op, contents_rename(&op->m->contents, frame, SHARED_M2P, op->err)) ||
        failed(op, sharing_enter(op->m, d, gfn, frame, op->err)))
        return BROKEN;
    flush(op, d);
    return 0;
}

static int nominate(struct op *op, struct domain *d, uint64_t gfn, uint64_t *value)
{
    struct there t;
    int rc = 0;

    t = physmap_look(op, d, gfn);
    if (t.page && t.type == P2M_RAM_SHARED) {
        *value = sharing_frame(op->m, t.frame)->handle;
        return 0;
    }
    if (!t.page || (t.type != P2M_RAM_RW && t.type != P2M_RAM_LOGDIRTY) || is_special(op, t.frame))
        return physmap_needs(op, RULE_SHARING_SHARABLE, t.page ? t.frame : 0);
    if (!as_views_have_it(op, d, gfn))
        rc = physmap_refused(op, RULE_SHARING_VIEWS, t.frame);
    if (!rc)
        rc = take_type(op, d, t.frame);
    if (!rc)
        rc = make_shared(op, d, gfn, t.frame);
    if (!rc)
        *value = sharing_frame(op->m, t.frame)->handle;
    return rc;
}

/* --- Sharing ------------------------------------------------------------------------------- */

/* The frame that a guest has at a place, if it is shared; or what names whose it is not. */
static int shared_at(struct op *op, const struct domain *d, uint64_t gfn, enum rule rule,
                     uint64_t *ret)
{
    return sharing_at(op->m, d, gfn, ret) ? 0 : physmap_needs(op, rule, 0);
}

static int check_handle(struct op *op, uint64_t frame, uint64_t handle, enum rule rule)
{
    return sharing_frame(op->m, frame)->handle == handle ? 0 : physmap_refused(op, rule, frame);
}

/* get_page_and_type, of one of dom_cow's. */
static int refer(struct op *op, uint64_t frame)
{
    if (!get_page_or_shared(op, frame, NULL))
        return op->code ? BROKEN : op_broken(op, XENPT_ESTATE, "a frame that is shared is none");
    return get_type(op, frame, FRAME_SHARED, false, RULE_SHARING_TYPE);
}

/* All that have the client's frame have the source's. */
static int move_all(struct op *op, uint64_t from, uint64_t to)
{
    for (struct sharer *s = sharing_next(op->m, from); s; s = sharing_next(op->m, from)) {
        struct domain *d = domain_there(op->m, s->domain);
        int rc;

        if (!d)
            return op_broken(op, XENPT_EUNSUPPORTED,
                             "a domain that is gone has a frame that is shared yet: Xen stops");
        rc = refer(op, to);
        if (!rc)
            rc = put_page_and_type(op, from);
        if (!rc)
            rc = failed(op, sharing_enter(op->m, d, s->gfn, to, op->err));
        if (rc)
            return rc;
        s->frame = to;
        flush(op, d);
    }
    return 0;
}

static int share(struct op *op, const struct xenpt_mem_sharing *r, struct domain *d,
                 struct domain *client)
{
    struct there s = physmap_look(op, d, r->gfn), c = physmap_look(op, client, r->client_gfn);
    uint64_t from = 0, to = 0;
    int rc = 0;

    /* Pages that are none are the same one, too. */
    if ((!s.page && !c.page) || (s.page && c.page && s.frame == c.frame))
        return 0;
    /* The one with the lower number is looked at first. */
    if (s.page && (!c.page || s.frame < c.frame)) {
        rc = shared_at(op, d, r->gfn, RULE_SHARING_SOURCE, &to);
        rc = rc ? rc : shared_at(op, client, r->client_gfn, RULE_SHARING_CLIENT_FRAME, &from);
    } else {
        rc = shared_at(op, client, r->client_gfn, RULE_SHARING_CLIENT_FRAME, &from);
        rc = rc ? rc : shared_at(op, d, r->gfn, RULE_SHARING_SOURCE, &to);
    }
    if (!rc)
        rc = check_handle(op, to, r->handle, RULE_SHARING_SOURCE);
    if (!rc)
        rc = check_handle(op, from, r->client_handle, RULE_SHARING_CLIENT_FRAME);
    if (!rc)
        rc = move_all(op, from, to);
    if (rc)
        return rc;
    sharing_end(op->m, from);
    rc = drop_allocation(op, from);
    return rc ? rc : op_commit(op);
}

/* --- Adding -------------------------------------------------------------------------------- */

/* Nothing that a p2m has an entry of: p2m_is_hole. */
static bool is_hole(const struct there *t)
{
    return t->type == P2M_MMIO_DM || t->type == P2M_INVALID || t->type == P2M_PAGED ||
           t->type == P2M_PAGING_IN;
}

/* What was on its way back from a disk is not leaked. */
static int drop_paged(struct op *op, struct domain *client, uint64_t gfn)
{
    uint64_t frame;
    enum p2m_type type = p2m_type_at_all(op->m, client, gfn, &frame);

    if (!p2m_is_paging(type) || type == P2M_PAGING_OUT || frame == NO_TABLE)
        return 0;
    if (failed(op, contents_rename(&op->m->contents, frame, NO_GFN, op->err)) ||
        drop_allocation(op, frame))
        return BROKEN;
    return 0;
}

static int add_physmap(struct op *op, const struct xenpt_mem_sharing *r, struct domain *d,
                       struct domain *client)
{
    struct there t;
    uint64_t frame;
    int rc = shared_at(op, d, r->gfn, RULE_SHARING_SOURCE, &frame);

    if (!rc)
        rc = check_handle(op, frame, r->handle, RULE_SHARING_SOURCE);
    t = physmap_look(op, client, r->client_gfn);
    if (!rc && !is_hole(&t))
        rc = physmap_needs(op, RULE_SHARING_HOLE, t.page ? t.frame : 0);
    /* p2m_set_entry: EINVAL, as of a gfn that no table has. */
    if (!rc)
        rc = physmap_reaches(op, client, r->client_gfn, 1);
    if (!rc)
        rc = refer(op, frame);
    if (!rc)
        rc = set_aside_for(op, client, 1);
    if (!rc)
        rc = drop_paged(op, client, r->client_gfn);
    if (!rc)
        rc = op_commit(op);
    if (rc)
        return rc;
    client->sharing_ever = true;
    sharing_join(op->m, frame, client->id, r->client_gfn);
    if (failed(op, sharing_enter(op->m, client, r->client_gfn, frame, op->err)))
        return BROKEN;
    flush(op, client);
    return 0;
}

/* --- When a guest goes --------------------------------------------------------------------- */

int sharing_destroy(struct op *op, struct domain *d, uint64_t gfn)
{
    bool last;
    uint64_t frame;
    int rc;

    if (!sharing_at(op->m, d, gfn, &frame))
        return 0;
    last = sharing_count(op->m, frame) == 1;
    sharing_part(op->m, frame, d->id, gfn);
    rc = put_page_and_type(op, frame);
    if (!rc && last) {
        sharing_end(op->m, frame);
        rc = drop_allocation(op, frame);
    }
    return rc ? rc : failed(op, physmap_clear(op->m, d, gfn, 0, op->err));
}

/* --- The request --------------------------------------------------------------------------- */

/* audit: in release builds there is none. */
static int audit(struct op *op)
{
    return op->m->xen.debug ? 0 : physmap_refused(op, RULE_SHARING_AUDIT, 0);
}

static int debug(struct op *op, const struct domain *d, uint64_t gfn, uint64_t *value)
{
    uint64_t frame;
    int rc = shared_at(op, d, gfn, RULE_SHARING_DEBUG, &frame);

    if (!rc)
        *value = sharing_count(op->m, frame);
    return rc;
}

static int of_two(struct op *op, const struct xenpt_mem_sharing *r, struct domain *d)
{
    struct domain *client;
    int rc = find_client(op, r->client, &client);

    if (rc)
        return rc;
    return r->op == XENPT_MEM_SHARING_SHARE ? share(op, r, d, client)
                                            : add_physmap(op, r, d, client);
}

static int memory_op(struct op *op, const struct xenpt_mem_sharing *r, uint64_t *value)
{
    struct domain *d;
    int rc;

    if (r->op == XENPT_MEM_SHARING_AUDIT)
        return audit(op);
    rc = find(op, r->domain, &d);
    if (!rc && !d->sharing)
        rc = in_force(op, RULE_SHARING_ENABLED) ? physmap_refused(op, RULE_SHARING_ENABLED, 0)
                                                : enable(op, d);
    if (rc)
        return rc;
    switch (r->op) {
    case XENPT_MEM_SHARING_NOMINATE:
        return nominate(op, d, r->gfn, value);
    case XENPT_MEM_SHARING_DEBUG:
        return debug(op, d, r->gfn, value);
    default:
        return of_two(op, r, d);
    }
}

enum xenpt_code xenpt_mem_sharing(struct xenpt_machine *m, const struct xenpt_pv_caller *caller,
                                  const struct xenpt_mem_sharing *r, uint64_t *value,
                                  struct xenpt_pv_result *ret, struct xenpt_error *err)
{
    bool domctl = is_control(r->op);
    struct physmap p;
    enum xenpt_code code = physmap_start(&p, m, caller, err);
    int rc = 0;

    *value = 0;
    if (code)
        return code;
    if (domctl)
        rc = argument_whole(&p.op, ARGUMENT_DOMCTL, 1);
    p.d = domctl ? domain_there(m, r->domain) : NULL;
    if (!rc && domctl && !p.d)
        rc = physmap_needs(&p.op, RULE_UNKNOWN_DOMAIN, 0);
    if (!rc && !xenpt_machine_has_feature(m, XENPT_FEATURE_SHARING))
        rc = physmap_refused(&p.op, RULE_SHARING_BUILT, 0);
    if (!rc && !domctl)
        rc = argument_whole(&p.op, ARGUMENT_SHARING, 1);
    if (!rc)
        rc = domctl ? control(&p.op, p.d, r->op) : memory_op(&p.op, r, value);
    if (!rc && !domctl && r->op != XENPT_MEM_SHARING_AUDIT && r->op != XENPT_MEM_SHARING_DEBUG)
        rc = argument_back(&p.op, ARGUMENT_SHARING);
    return physmap_finish(&p, rc, !rc, ret);
}

uint64_t xenpt_mem_sharing_handle(const struct xenpt_machine *m, uint32_t domain, uint64_t gfn)
{
    const struct domain *d = domain_there(m, domain);
    uint64_t frame;

    return d && sharing_at(m, d, gfn, &frame) ? sharing_frame(m, frame)->handle : 0;
}

const struct xenpt_word *xenpt_mem_sharing_word(enum xenpt_mem_sharing_op op)
{
    static const struct xenpt_word words[XENPT_NR_MEM_SHARING_OPS] = {
        [XENPT_MEM_SHARING_ENABLE] = { "enable", "a domain's memory may be shared" },
        [XENPT_MEM_SHARING_DISABLE] = { "disable", "no more of it" },
        [XENPT_MEM_SHARING_LISTEN] = { "listen", "somebody is told of a copy without memory" },
        [XENPT_MEM_SHARING_NOMINATE] = { "nominate", "a frame may be shared" },
        [XENPT_MEM_SHARING_SHARE] = { "share", "two frames become one" },
        [XENPT_MEM_SHARING_ADD_PHYSMAP] = { "add-physmap", "a frame is another's as well" },
        [XENPT_MEM_SHARING_AUDIT] = { "audit", "Xen checks what it keeps" },
        [XENPT_MEM_SHARING_DEBUG] = { "debug", "how many have a frame" },
    };

    return &words[op < XENPT_NR_MEM_SHARING_OPS ? op : 0];
}
