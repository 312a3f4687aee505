/* ioreq.c - ioreq servers, by which device models are asked; hvm/ioreq.c, hvm/dm.c. */
#include "pv/argument.h"
#include "pv/hvm_param.h"
#include "pv/physmap.h"
#include "pv/resource.h"
#include "xenpt/foreign.h"

#include "xen/events.h"
#include "xen/guest.h"
#include "xen/p2m.h"
#include "xen/view.h"

/* --- Who may ------------------------------------------------------------------------------- */

int find_other(struct op *op, uint32_t id, struct other_rules rules, struct domain **ret)
{
    /* DOMID_SELF is no domain here. */
    *ret = domain_there(op->m, id);
    if (!*ret)
        return grant_needs(op, rules.exists, 0, NO_SLOT_OF_IT);
    if (*ret == op->d)
        return grant_needs(op, rules.own, 0, NO_SLOT_OF_IT);
    return 0;
}

int may_control(struct op *op, const struct domain *d, enum rule right)
{
    return controls(op->d, d) ? 0 : refused(op, right, 0, NO_SLOT_OF_IT);
}

/* --- ioreq servers ------------------------------------------------------------------------- */

/* Whether some page of a server is this frame of the guest's. */
static bool is_taken(const struct domain *d, uint64_t gfn)
{
    for (size_t i = 0; i < IOREQ_SERVERS_MAX; i++)
        for (size_t k = 0; k < 2; k++)
            if (d->servers[i].page[k].there && d->servers[i].page[k].gfn == gfn)
                return true;
    return false;
}

/* Those that the toolstack has set apart: HVM_PARAM_IOREQ_SERVER_PFN. */
static uint64_t free_gfn(const struct domain *d)
{
    for (size_t i = 0; i < d->built.nr_frames; i++) {
        const struct xenpt_special_frames *f = &d->built.frames[i];

        if (f->special != XENPT_SPECIAL_IOREQ_SERVER || !f->has_gfn)
            continue;
        for (uint64_t k = 0; k < f->nr; k++)
            if (!is_taken(d, f->gfn + k))
                return f->gfn + k;
    }
    return NO_GFN;
}

/*
 * hvm_alloc_legacy_ioreq_gfn: those of the device model that there was alone once.
 *
 * Model: from 4.12 on, without the rule, Xen takes one that is not set, which is frame 0, and one
 * that it has refused before, as often as it is asked.  Here it takes none.
 */
static uint64_t legacy_gfn(const struct op *op, const struct domain *d)
{
    for (uint32_t i = PARAM_IOREQ_PFN; i <= PARAM_BUFIOREQ_PFN; i++) {
        uint64_t gfn = hvm_param_value(d, i);

        if (gfn && in_force(op, RULE_IOREQ_LEGACY) && !is_taken(d, gfn))
            return gfn;
    }
    return NO_GFN;
}

/* hvm_map_ioreq_gfn. */
static int map_gfn(struct op *op, struct domain *d, struct ioreq_page *page)
{
    uint64_t gfn = free_gfn(d), maddr;

    if (page->there)
        return page->gfn == NO_GFN ? grant_needs(op, RULE_IOREQ_EITHER, 0, NO_SLOT_OF_IT) : 0;
    if (gfn == NO_GFN)
        gfn = legacy_gfn(op, d);
    if (gfn == NO_GFN)
        return grant_needs(op, RULE_IOREQ_GFN, 0, NO_SLOT_OF_IT);
    maddr = guest_maddr(op->m, d, gfn);
    if (maddr == NO_TABLE)
        return grant_needs(op, RULE_IOREQ_PAGE, 0, NO_SLOT_OF_IT);
    *page = (struct ioreq_page){ .there = true, .mfn = maddr >> XENPT_PAGE_SHIFT, .gfn = gfn };
    return 0;
}

static int info(struct op *op, struct domain *d, struct ioreq_server *s)
{
    int rc = map_gfn(op, d, &s->page[1]);

    return rc || !s->buffered ? rc : map_gfn(op, d, &s->page[0]);
}

/* Pages that are the guest's memory leave it, or come back. */
static enum xenpt_code switch_on(struct xenpt_machine *m, struct domain *d, struct ioreq_server *s,
                                 bool on, struct xenpt_error *err)
{
    enum xenpt_code code = XENPT_OK;

    if (s->enabled == on)
        return XENPT_OK;
    for (size_t i = 0; !code && i < 2; i++) {
        const struct ioreq_page *page = &s->page[1 - i];

        if (!page->there || page->gfn == NO_GFN)
            continue;
        if (on) {
            code = p2m_grant_clear(m, d, page->gfn, err);
            continue;
        }
        xenpt_store_drop(m->store, (xenpt_mfn_t){ page->mfn });
        code = p2m_map(m, d, P2M_RAM_RW, page->gfn, page->mfn, 1, 1, err);
        if (!code)
            code = contents_rename(&m->contents, page->mfn, page->gfn, err);
    }
    s->enabled = on;
    return code;
}

int find_ioreq_server(struct op *op, struct domain *d, uint32_t id, struct ioreq_server **ret)
{
    *ret = id < IOREQ_SERVERS_MAX ? &d->servers[id] : NULL;
    if (!*ret || !(*ret)->there)
        return grant_needs(op, RULE_IOREQ_SERVER, 0, NO_SLOT_OF_IT);
    return (*ret)->emulator == op->d->id ? 0 : refused(op, RULE_IOREQ_EMULATOR, 0, NO_SLOT_OF_IT);
}

/* Xen's own ends, by which it tells the device model; by where their uses are, they are told
 * apart. */
static const struct {
    char ioreq[8], bufioreq[12];
} uses[IOREQ_SERVERS_MAX] = {
    { "ioreq", "bufioreq" }, { "ioreq", "bufioreq" }, { "ioreq", "bufioreq" },
    { "ioreq", "bufioreq" }, { "ioreq", "bufioreq" }, { "ioreq", "bufioreq" },
    { "ioreq", "bufioreq" }, { "ioreq", "bufioreq" },
};

static int add_port(struct op *op, struct domain *d, uint32_t vcpu, const char *use)
{
    struct events *e = events_of(d);
    struct xenpt_event_channel c = { .kind = XENPT_CHANNEL_UNBOUND,
                                     .remote_domain = (uint16_t)op->d->id,
                                     .vcpu = vcpu,
                                     .xen = true,
                                     .use = use };

    if (e)
        c.port = events_free_port(op->m, d);
    if (e && c.port >= events_limit(op->m, d))
        return grant_needs(op, RULE_EVENT_FREE, 0, NO_SLOT_OF_IT);
    if (!e || !events_room(e, c.port))
        return op_broken(op, XENPT_ENOMEM, "no memory for what is known of event channels");
    events_set(e, c);
    return 0;
}

static enum xenpt_code remove_ports(struct xenpt_machine *m, struct domain *d, size_t server,
                                    struct xenpt_error *err)
{
    enum xenpt_code code = XENPT_OK;

    for (uint32_t p = 0; !code && d->events && p < d->events->nr; p++)
        if (d->events->channel[p].use == uses[server].ioreq ||
            d->events->channel[p].use == uses[server].bufioreq)
            code = events_close(m, NULL, d, p, err);
    return code;
}

/* hvm_ioreq_server_add_vcpu, of each. */
static int add_ports(struct op *op, struct domain *d, uint32_t server, bool buffered)
{
    struct xenpt_error ignored;
    int rc = 0;

    for (uint32_t v = 0; !rc && v < d->nr_vcpus; v++) {
        rc = add_port(op, d, v, uses[server].ioreq);
        if (!rc && !v && buffered)
            rc = add_port(op, d, v, uses[server].bufioreq);
    }
    /* Those that came go: none has had an event, so that nothing is written. */
    if (rc && remove_ports(op->m, d, server, &ignored))
        return op_broken(op, XENPT_ENOMEM, "no memory for event channels that go");
    view_stale(op->m);
    return rc;
}

static int create(struct op *op, struct domain *d, uint32_t buffered, uint32_t *id)
{
    uint32_t i = 0;
    int rc = buffered > 2 ? refused(op, RULE_IOREQ_BUFFERED, 0, NO_SLOT_OF_IT) : 0;

    if (rc)
        return rc;
    while (i < IOREQ_SERVERS_MAX && d->servers[i].there)
        i++;
    if (i == IOREQ_SERVERS_MAX)
        return grant_needs(op, RULE_IOREQ_FREE, 0, NO_SLOT_OF_IT);
    rc = add_ports(op, d, i, buffered);
    if (rc)
        return rc;
    d->servers[i] = (struct ioreq_server){ .there = true,
                                           .emulator = op->d->id,
                                           .buffered = buffered };
    *id = i;
    return 0;
}

static int check_ioreq(struct op *op, enum xenpt_ioreq_op what, uint32_t domain, uint32_t *id,
                       uint32_t arg, struct domain **d, struct ioreq_server **s)
{
    static const struct other_rules rules = { RULE_DM_DOMAIN, RULE_DM_OWN, RULE_DM_RIGHT };
    int rc = find_other(op, domain, rules, d);

    op->work++;
    if (!rc && is_pv(*d))
        rc = grant_needs(op, RULE_DM_HVM, 0, NO_SLOT_OF_IT);
    if (!rc)
        rc = may_control(op, *d, rules.right);
    if (!rc && what == XENPT_IOREQ_CREATE)
        return create(op, *d, arg, id);
    return rc ? rc : find_ioreq_server(op, *d, *id, s);
}

static enum xenpt_code act(struct xenpt_machine *m, enum xenpt_ioreq_op what, struct domain *d,
                           struct ioreq_server *s, struct xenpt_error *err)
{
    struct xenpt_machine_snapshot *before;
    uint32_t domain = d->id;
    size_t server = (size_t)(s - d->servers);
    enum xenpt_code code = xenpt_machine_snapshot_take(m, &before, err);

    if (code)
        return code;
    code = switch_on(m, d, s, what == XENPT_IOREQ_ENABLE, err);
    if (!code && what == XENPT_IOREQ_DESTROY) {
        m->domains[domain].servers[server] = (struct ioreq_server){ .there = false };
        code = remove_ports(m, &m->domains[domain], server, err);
    }
    return snapshot_end(before, code);
}

/*
 * do_dm_op: an array of buffers, one of which has what is asked for: its number and 4 bytes that
 * are 0, and then a structure for that.  Before 4.9 it was one of hvm_op.
 *
 * Model: of earlier releases what is read is not told; a buffer is at an address that is not said.
 */
#define DM_OP_HEADER 8u
static int dm_op_begin(struct op *op)
{
    return machine_since(op->m, 4, 9) ? argument_whole(op, ARGUMENT_DM_BUFFERS, 1) : 0;
}

/* What is new to who asked is written back, with all of it. */
static void dm_op_buffer(struct op *op, enum xenpt_ioreq_op what)
{
    static const uint8_t sizes[] = { [XENPT_IOREQ_CREATE] = 6,
                                     [XENPT_IOREQ_INFO] = 24,
                                     [XENPT_IOREQ_ENABLE] = 4,
                                     [XENPT_IOREQ_DISABLE] = 4,
                                     [XENPT_IOREQ_DESTROY] = 4 };

    if (!machine_since(op->m, 4, 9))
        return;
    argument_elsewhere(op, DM_OP_HEADER, false);
    argument_elsewhere(op, sizes[what], false);
    if (what == XENPT_IOREQ_CREATE || what == XENPT_IOREQ_INFO)
        argument_elsewhere(op, DM_OP_HEADER + sizes[what], true);
}

enum xenpt_code xenpt_ioreq(struct xenpt_machine *m, const struct xenpt_pv_caller *caller,
                            enum xenpt_ioreq_op what, uint32_t domain, uint32_t *id, uint32_t arg,
                            struct xenpt_pv_result *ret, struct xenpt_error *err)
{
    struct ioreq_server *s = NULL, was;
    struct domain *d = NULL;
    struct op op;
    enum xenpt_code code = op_begin(&op, m, caller, err);
    int rc;

    if (code)
        return code;
    rc = dm_op_begin(&op);
    if (!rc)
        rc = check_ioreq(&op, what, domain, id, arg, &d, &s);
    if (!rc && what == XENPT_IOREQ_INFO) {
        was = *s;
        rc = info(&op, d, s);
        if (rc)
            *s = was;
    }
    if (!rc)
        dm_op_buffer(&op, what);
    code = grant_end(&op, rc, ret);
    if (code || rc || what == XENPT_IOREQ_CREATE || what == XENPT_IOREQ_INFO)
        return code;
    return act(m, what, d, s, err);
}

bool xenpt_ioreq_server(const struct xenpt_machine *m, uint32_t domain, uint32_t id,
                        struct xenpt_ioreq_server *ret)
{
    const struct domain *d = domain_there(m, domain);
    const struct ioreq_server *s = d && id < IOREQ_SERVERS_MAX ? &d->servers[id] : NULL;

    if (!s || !s->there)
        return false;
    *ret = (struct xenpt_ioreq_server){ .emulator = s->emulator,
                                        .buffered = s->buffered,
                                        .enabled = s->enabled };
    for (size_t i = 0; i < 2; i++) {
        ret->page[i].there = s->page[i].there;
        ret->page[i].mfn = s->page[i].mfn;
        ret->page[i].has_gfn = s->page[i].there && s->page[i].gfn != NO_GFN;
        ret->page[i].gfn = ret->page[i].has_gfn ? s->page[i].gfn : 0;
    }
    return true;
}
