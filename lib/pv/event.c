/*
 * event.c - event_channel_op: who may have which port, and what comes of an event;
 * common/event_channel.c.
 *
 * What can be refused comes first, and then the change, which only memory can stop.
 */
#include "xenpt/event.h"

#include "pv/argument.h"
#include "xen/events.h"
#include "xen/view.h"

/* --- Virtual interrupts -------------------------------------------------------------------- */

/* clang-format off */
static const struct xenpt_virq virqs[XENPT_NR_VIRQS] = {
    [0] = { "timer", false, "a timer of the vCPU has run out" },
    [1] = { "debug", false, "the guest is to say how it is" },
    [2] = { "console", true, "a key was pressed on Xen's console" },
    [3] = { "dom-exc", true, "a domain has died or was shut down" },
    [4] = { "tbuf", true, "trace buffers have something" },
    [6] = { "debugger", true, "a domain was paused for a debugger" },
    [7] = { "xenoprof", false, "a profile has samples" },
    [8] = { "con-ring", true, "Xen's console has written" },
    [9] = { "pcpu-state", true, "a CPU has come or gone" },
    [10] = { "mem-event", true, "a guest's memory had an event" },
    [11] = { "argo", true, "a message has come; before 4.13 this one is kept back" },
    [12] = { "enomem", true, "Xen runs out of memory" },
    [13] = { "xenpmu", false, "performance counters have run over" },
    [16] = { "arch-0", true, "a machine check" },
    [17] = { "arch-1", true, "of the architecture" }, [18] = { "arch-2", true, "of the architecture" },
    [19] = { "arch-3", true, "of the architecture" }, [20] = { "arch-4", true, "of the architecture" },
    [21] = { "arch-5", true, "of the architecture" }, [22] = { "arch-6", true, "of the architecture" },
    [23] = { "arch-7", true, "of the architecture" },
};
/* clang-format on */

const struct xenpt_virq *xenpt_virq(size_t i)
{
    return i < XENPT_NR_VIRQS ? &virqs[i] : NULL;
}

/* virq_is_global: what is no other is. */
static bool is_global(uint32_t virq)
{
    return !virqs[virq].name || virqs[virq].global;
}

/* --- What all of them ask ------------------------------------------------------------------ */

static int no_memory(struct op *op)
{
    op_broken(op, XENPT_ENOMEM, "no memory for what is known of event channels");
    return BROKEN;
}

static int find_domain(struct op *op, uint32_t id, struct domain **ret)
{
    *ret = id == XENPT_DOMID_SELF ? op->d : domain_there(op->m, id);
    if (!*ret)
        return grant_needs(op, RULE_EVENT_DOMAIN, 0, NO_SLOT_OF_IT);
    return events_of(*ret) ? 0 : no_memory(op);
}

/* XSM_TARGET. */
static int may(struct op *op, const struct domain *d)
{
    return d == op->d || controls(op->d, d) ? 0 : refused(op, RULE_EVENT_FOREIGN, 0, NO_SLOT_OF_IT);
}

/* get_free_port. */
static int free_port(struct op *op, struct domain *d, uint32_t *ret)
{
    struct events *e = events_of(d);

    if (!e)
        return no_memory(op);
    *ret = events_free_port(op->m, d);
    if (*ret >= events_limit(op->m, d))
        return grant_needs(op, RULE_EVENT_FREE, 0, NO_SLOT_OF_IT);
    return events_room(e, *ret) ? 0 : no_memory(op);
}

static int find_port(struct op *op, struct domain *d, uint32_t port,
                     const struct xenpt_event_channel **ret)
{
    if (!events_of(d))
        return no_memory(op);
    *ret = event_at(d, port);
    return *ret ? 0 : grant_needs(op, RULE_EVENT_PORT, 0, NO_SLOT_OF_IT);
}

static int no_xen(struct op *op, const struct xenpt_event_channel *c)
{
    return c->xen ? refused(op, RULE_EVENT_XEN, 0, NO_SLOT_OF_IT) : 0;
}

/* The request as it ends; done: it is to be done now. */
static enum xenpt_code end(struct op *op, int rc, struct xenpt_pv_result *ret, bool *done)
{
    enum xenpt_code code = grant_end(op, rc, ret);

    *done = !code && !rc;
    return code;
}

/* The same, and the guest is told by the structure that it passed; what cannot be written to is
 * EFAULT, and the port stays. */
static enum xenpt_code end_back(struct op *op, int rc, enum argument which,
                                struct xenpt_pv_result *ret, bool *done)
{
    int back = rc ? rc : argument_back(op, which);
    enum xenpt_code code = grant_end(op, back, ret);

    *done = !code && !rc;
    return code;
}

static enum xenpt_code begin(struct op *op, struct xenpt_machine *m,
                             const struct xenpt_pv_caller *caller, struct xenpt_error *err)
{
    enum xenpt_code code = op_begin(op, m, caller, err);

    if (!code)
        op->work++;
    return code;
}

/* --- Ports --------------------------------------------------------------------------------- */

enum xenpt_code xenpt_event_alloc_unbound(struct xenpt_machine *m,
                                          const struct xenpt_pv_caller *caller, uint32_t domain,
                                          uint32_t remote, uint32_t *port,
                                          struct xenpt_pv_result *ret, struct xenpt_error *err)
{
    struct domain *d = NULL;
    struct op op;
    enum xenpt_code code = begin(&op, m, caller, err);
    uint32_t at = 0;
    bool done;
    int rc;

    if (code)
        return code;
    rc = argument_whole(&op, ARGUMENT_PORT_ALLOC, 1);
    if (!rc)
        rc = find_domain(&op, domain, &d);
    if (!rc)
        rc = free_port(&op, d, &at);
    if (!rc)
        rc = may(&op, d);
    code = end_back(&op, rc, ARGUMENT_PORT_ALLOC, ret, &done);
    if (!done)
        return code;
    events_set(
        d->events,
        (struct xenpt_event_channel){
            .port = at,
            .kind = XENPT_CHANNEL_UNBOUND,
            .remote_domain = (uint16_t)(remote == XENPT_DOMID_SELF ? caller->domain : remote),
            .use = "",
        });
    *port = at;
    view_stale(m);
    return XENPT_OK;
}

/* What is connected: both ends. */
static enum xenpt_code connect(struct op *op, uint32_t port, struct domain *to,
                               uint32_t remote_port, struct xenpt_error *err)
{
    struct xenpt_event_channel was = to->events->channel[remote_port];
    struct domain *d = op->d;
    enum xenpt_code code;

    events_set(d->events, (struct xenpt_event_channel){ .port = port,
                                                        .kind = XENPT_CHANNEL_INTERDOMAIN,
                                                        .remote_domain = (uint16_t)to->id,
                                                        .remote_port = remote_port,
                                                        .use = was.use });
    to->events->channel[remote_port].kind = XENPT_CHANNEL_INTERDOMAIN;
    to->events->channel[remote_port].remote_domain = (uint16_t)d->id;
    to->events->channel[remote_port].remote_port = port;
    code = events_pend(op->m, &(struct event_by){ d, op->v }, d, port, err);
    if (code) {
        to->events->channel[remote_port] = was;
        events_set(d->events, (struct xenpt_event_channel){ .port = port });
    }
    view_stale(op->m);
    return code;
}

enum xenpt_code xenpt_event_bind_interdomain(struct xenpt_machine *m,
                                             const struct xenpt_pv_caller *caller, uint32_t remote,
                                             uint32_t remote_port, uint32_t *port,
                                             struct xenpt_pv_result *ret, struct xenpt_error *err)
{
    const struct xenpt_event_channel *c = NULL;
    struct domain *to = NULL;
    struct op op;
    enum xenpt_code code = begin(&op, m, caller, err);
    uint32_t at = 0;
    bool done;
    int rc;

    if (code)
        return code;
    rc = argument_whole(&op, ARGUMENT_PORT_INTERDOMAIN, 1);
    if (!rc)
        rc = find_domain(&op, remote, &to);
    if (!rc)
        rc = free_port(&op, op.d, &at);
    if (!rc)
        rc = find_port(&op, to, remote_port, &c);
    if (!rc && (c->kind != XENPT_CHANNEL_UNBOUND || c->remote_domain != op.d->id))
        rc = grant_needs(&op, RULE_EVENT_OFFERED, 0, NO_SLOT_OF_IT);
    code = end_back(&op, rc, ARGUMENT_PORT_INTERDOMAIN, ret, &done);
    if (!done)
        return code;
    *port = at;
    return connect(&op, at, to, remote_port, err);
}

static int find_vcpu(struct op *op, uint32_t vcpu)
{
    return vcpu < op->d->nr_vcpus && !op->d->vcpus[vcpu].absent
               ? 0
               : grant_needs(op, RULE_EVENT_VCPU, 0, NO_SLOT_OF_IT);
}

static int check_virq(struct op *op, uint32_t virq, uint32_t vcpu)
{
    const struct events *e = events_of(op->d);
    int rc = 0;

    if (virq >= XENPT_NR_VIRQS)
        return grant_needs(op, RULE_EVENT_VIRQ, 0, NO_SLOT_OF_IT);
    if (is_global(virq) && vcpu)
        rc = refused(op, RULE_EVENT_VIRQ_GLOBAL, 0, NO_SLOT_OF_IT);
    if (!rc)
        rc = find_vcpu(op, vcpu);
    if (rc || !e)
        return rc ? rc : no_memory(op);
    for (size_t i = 0; i < e->nr; i++)
        if (e->channel[i].kind == XENPT_CHANNEL_VIRQ && e->channel[i].virq == virq &&
            (is_global(virq) || e->channel[i].vcpu == vcpu))
            return refused(op, RULE_EVENT_VIRQ_BOUND, 0, NO_SLOT_OF_IT);
    return 0;
}

/* A port of the caller's own vCPU. */
static enum xenpt_code bind(struct xenpt_machine *m, const struct xenpt_pv_caller *caller,
                            struct xenpt_event_channel c, uint32_t *port,
                            struct xenpt_pv_result *ret, struct xenpt_error *err)
{
    enum argument which = c.kind == XENPT_CHANNEL_VIRQ ? ARGUMENT_PORT_VIRQ : ARGUMENT_PORT_IPI;
    struct op op;
    enum xenpt_code code = begin(&op, m, caller, err);
    bool done;
    int rc;

    if (code)
        return code;
    rc = argument_whole(&op, which, 1);
    if (!rc)
        rc = c.kind == XENPT_CHANNEL_VIRQ ? check_virq(&op, c.virq, c.vcpu)
                                          : find_vcpu(&op, c.vcpu);
    if (!rc)
        rc = free_port(&op, op.d, &c.port);
    code = end_back(&op, rc, which, ret, &done);
    if (!done)
        return code;
    events_set(op.d->events, c);
    *port = c.port;
    view_stale(m);
    return XENPT_OK;
}

enum xenpt_code xenpt_event_bind_virq(struct xenpt_machine *m, const struct xenpt_pv_caller *caller,
                                      uint32_t virq, uint32_t vcpu, uint32_t *port,
                                      struct xenpt_pv_result *ret, struct xenpt_error *err)
{
    struct xenpt_event_channel c = {
        .kind = XENPT_CHANNEL_VIRQ, .virq = virq, .vcpu = vcpu, .use = ""
    };

    return bind(m, caller, c, port, ret, err);
}

enum xenpt_code xenpt_event_bind_ipi(struct xenpt_machine *m, const struct xenpt_pv_caller *caller,
                                     uint32_t vcpu, uint32_t *port, struct xenpt_pv_result *ret,
                                     struct xenpt_error *err)
{
    struct xenpt_event_channel c = { .kind = XENPT_CHANNEL_IPI, .vcpu = vcpu, .use = "" };

    return bind(m, caller, c, port, ret, err);
}

/* --- What is done by them ------------------------------------------------------------------ */

enum xenpt_code xenpt_event_send(struct xenpt_machine *m, const struct xenpt_pv_caller *caller,
                                 uint32_t port, struct xenpt_pv_result *ret,
                                 struct xenpt_error *err)
{
    const struct xenpt_event_channel *c = NULL;
    struct op op;
    enum xenpt_code code = begin(&op, m, caller, err);
    bool done;
    int rc;

    if (code)
        return code;
    rc = argument_whole(&op, ARGUMENT_PORT, 1);
    if (!rc)
        rc = find_port(&op, op.d, port, &c);
    if (!rc)
        rc = no_xen(&op, c);
    if (!rc && c->kind != XENPT_CHANNEL_INTERDOMAIN && c->kind != XENPT_CHANNEL_IPI &&
        c->kind != XENPT_CHANNEL_UNBOUND)
        rc = refused(&op, RULE_EVENT_SEND, 0, NO_SLOT_OF_IT);
    code = end(&op, rc, ret, &done);
    return done ? events_send(m, &(struct event_by){ op.d, op.v }, op.d, port, err) : code;
}

enum xenpt_code xenpt_event_close(struct xenpt_machine *m, const struct xenpt_pv_caller *caller,
                                  uint32_t port, struct xenpt_pv_result *ret,
                                  struct xenpt_error *err)
{
    const struct xenpt_event_channel *c = NULL;
    struct op op;
    enum xenpt_code code = begin(&op, m, caller, err);
    bool done;
    int rc;

    if (code)
        return code;
    rc = argument_whole(&op, ARGUMENT_PORT, 1);
    if (!rc)
        rc = find_port(&op, op.d, port, &c);
    if (!rc)
        rc = no_xen(&op, c);
    if (!rc && c->kind == XENPT_CHANNEL_CLOSED)
        rc = grant_needs(&op, RULE_EVENT_CLOSED, 0, NO_SLOT_OF_IT);
    code = end(&op, rc, ret, &done);
    return done ? events_close(m, &(struct event_by){ op.d, op.v }, op.d, port, err) : code;
}

enum xenpt_code xenpt_event_status(struct xenpt_machine *m, const struct xenpt_pv_caller *caller,
                                   uint32_t domain, uint32_t port,
                                   struct xenpt_event_channel *channel, struct xenpt_pv_result *ret,
                                   struct xenpt_error *err)
{
    const struct xenpt_event_channel *c = NULL;
    struct domain *d = NULL;
    struct op op;
    enum xenpt_code code = begin(&op, m, caller, err);
    bool done;
    int rc;

    if (code)
        return code;
    rc = argument_whole(&op, ARGUMENT_PORT_STATUS, 1);
    if (!rc)
        rc = find_domain(&op, domain, &d);
    if (!rc)
        rc = find_port(&op, d, port, &c);
    if (!rc && c->xen)
        rc = refused(&op, RULE_EVENT_STATUS_XEN, 0, NO_SLOT_OF_IT);
    if (!rc)
        rc = may(&op, d);
    if (!rc) {
        *channel = *c;
        channel->port = port;
    }
    return end_back(&op, rc, ARGUMENT_PORT_STATUS, ret, &done);
}

/* --- Looking ------------------------------------------------------------------------------- */

bool xenpt_event_port(const struct xenpt_machine *m, uint32_t domain, uint32_t port,
                      struct xenpt_event_channel *ret)
{
    const struct domain *d = domain_there(m, domain);

    if (!d || port >= events_limit(m, d))
        return false;
    *ret = (struct xenpt_event_channel){ .port = port, .kind = XENPT_CHANNEL_CLOSED };
    if (d->events && port < d->events->nr)
        *ret = d->events->channel[port];
    else if (!d->events && port && port <= d->built.nr_channels)
        *ret = d->built.channels[port - 1];
    return true;
}

bool xenpt_event_bits(const struct xenpt_machine *m, uint32_t domain, uint32_t port,
                      struct xenpt_event_bits *ret)
{
    const struct domain *d = domain_there(m, domain);
    struct xenpt_event_channel c;

    if (!d || !xenpt_event_port(m, domain, port, &c))
        return false;
    *ret = (struct xenpt_event_bits){
        .pending = event_bit(m, event_pending(d, port)),
        .masked = event_bit(m, event_mask(d, port)),
        .selected = event_bit(m, event_selected(d, port, c.vcpu)),
        .upcall = event_bit(m, event_upcall(d, c.vcpu)),
    };
    return true;
}
