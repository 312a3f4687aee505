/*
 * event_fifo.c - event_channel_op: event channels in queues, in pages that the guest gives to Xen;
 * common/event_fifo.c, evtchn_fifo_init_control, evtchn_fifo_expand_array,
 * evtchn_fifo_set_priority; common/event_channel.c, evtchn_unmask, 4.17.
 *
 * Xen maps such a page for as long as the domain lives, by its own tables (map_domain_page_global),
 * and has a reference to it as one that is written.
 */
#include "pv/argument.h"
#include "pv/given_page.h"
#include "pv/grant.h"
#include "xen/events.h"
#include "xen/view.h"
#include "xenpt/event.h"

#define CONTROL_SIZE 72u /* struct evtchn_fifo_control_block: 8 bytes and 16 heads. */
#define PRIORITY_MAX 15u

static int check_vcpu(struct op *op, uint32_t vcpu)
{
    return vcpu < op->d->nr_vcpus && !op->d->vcpus[vcpu].absent
               ? 0
               : grant_needs(op, RULE_EVENT_VCPU, 0, NO_SLOT_OF_IT);
}

static int check_control(struct op *op, uint32_t vcpu, uint32_t offset)
{
    int rc = check_vcpu(op, vcpu);

    if (!rc && (offset > XENPT_PAGE_SIZE - CONTROL_SIZE || offset % 8))
        rc = grant_needs(op, RULE_EVENT_FIFO_PLACE, 0, NO_SLOT_OF_IT);
    if (!rc && op->d->vcpus[vcpu].fifo.there)
        rc = grant_needs(op, RULE_EVENT_FIFO_TWICE, 0, NO_SLOT_OF_IT);
    return rc;
}

enum xenpt_code xenpt_event_init_control(struct xenpt_machine *m,
                                         const struct xenpt_pv_caller *caller, uint64_t gfn,
                                         uint32_t offset, uint32_t vcpu,
                                         struct xenpt_pv_result *ret, struct xenpt_error *err)
{
    struct op op;
    enum xenpt_code code = op_begin(&op, m, caller, err);
    uint64_t frame = 0;
    bool done;
    int rc;

    if (code)
        return code;
    rc = argument_whole(&op, ARGUMENT_PORT_CONTROL, 1);
    if (!rc)
        rc = check_control(&op, vcpu, offset);
    if (!rc)
        rc = given_page(&op, gfn, RULE_EVENT_FIFO_PAGE, RULE_EVENT_FIFO_PAGE, &frame);
    if (!rc && !op.d->fifo.on && !fifo_begin(m, op.d))
        rc = op_broken(&op, XENPT_ENOMEM, "no memory for what is known of event channels");
    done = !rc;
    if (!rc)
        rc = argument_back(&op, ARGUMENT_PORT_CONTROL);
    code = grant_end(&op, rc, ret);
    if (code || !done)
        return code;
    op.d->fifo.on = true;
    op.d->vcpus[vcpu].fifo.there = true;
    op.d->vcpus[vcpu].fifo.frame = frame;
    op.d->vcpus[vcpu].fifo.offset = offset;
    view_stale(m);
    return XENPT_OK;
}

enum xenpt_code xenpt_event_expand_array(struct xenpt_machine *m,
                                         const struct xenpt_pv_caller *caller, uint64_t gfn,
                                         struct xenpt_pv_result *ret, struct xenpt_error *err)
{
    struct op op;
    enum xenpt_code code = op_begin(&op, m, caller, err);
    uint64_t frame = 0;
    int rc;

    if (code)
        return code;
    rc = argument_whole(&op, ARGUMENT_PORT_ARRAY, 1);
    if (!rc && !op.d->fifo.on)
        rc = grant_needs(&op, RULE_EVENT_FIFO_OFF, 0, NO_SLOT_OF_IT);
    if (!rc && op.d->fifo.nr_pages == FIFO_PAGES_MAX)
        rc = grant_needs(&op, RULE_EVENT_FIFO_FULL, 0, NO_SLOT_OF_IT);
    if (!rc)
        rc = given_page(&op, gfn, RULE_EVENT_FIFO_PAGE, RULE_EVENT_FIFO_PAGE, &frame);
    code = grant_end(&op, rc, ret);
    if (code || rc)
        return code;
    view_stale(m);
    return fifo_grow(m, &(struct event_by){ op.d, op.v }, op.d, frame, err);
}

static int find_port(struct op *op, uint32_t port)
{
    if (!events_of(op->d)) {
        op_broken(op, XENPT_ENOMEM, "no memory for what is known of event channels");
        return BROKEN;
    }
    return event_at(op->d, port) ? 0 : grant_needs(op, RULE_EVENT_PORT, 0, NO_SLOT_OF_IT);
}

enum xenpt_code xenpt_event_set_priority(struct xenpt_machine *m,
                                         const struct xenpt_pv_caller *caller, uint32_t port,
                                         uint32_t priority, struct xenpt_pv_result *ret,
                                         struct xenpt_error *err)
{
    struct op op;
    enum xenpt_code code = op_begin(&op, m, caller, err);
    int rc;

    if (code)
        return code;
    rc = argument_whole(&op, ARGUMENT_PORT_PRIORITY, 1);
    if (!rc)
        rc = find_port(&op, port);
    if (!rc && !op.d->fifo.on)
        rc = grant_needs(&op, RULE_EVENT_PRIORITY_NONE, 0, NO_SLOT_OF_IT);
    if (!rc && !event_usable(event_at(op.d, port)))
        rc = refused(&op, RULE_EVENT_PRIORITY_USED, 0, NO_SLOT_OF_IT);
    if (!rc && priority > PRIORITY_MAX)
        rc = grant_needs(&op, RULE_EVENT_PRIORITY, 0, NO_SLOT_OF_IT);
    code = grant_end(&op, rc, ret);
    if (!code && !rc && port < op.d->events->nr)
        op.d->events->channel[port].priority = (int)priority - FIFO_PRIORITY_USUAL;
    return code;
}

enum xenpt_code xenpt_event_unmask(struct xenpt_machine *m, const struct xenpt_pv_caller *caller,
                                   uint32_t port, struct xenpt_pv_result *ret,
                                   struct xenpt_error *err)
{
    struct op op;
    enum xenpt_code code = op_begin(&op, m, caller, err);
    int rc;

    if (code)
        return code;
    rc = argument_whole(&op, ARGUMENT_PORT, 1);
    if (!rc)
        rc = find_port(&op, port);
    code = grant_end(&op, rc, ret);
    return code || rc ? code : events_unmask(m, &(struct event_by){ op.d, op.v }, op.d, port, err);
}
