/* pv_cases_events.c - what Xen refuses of event channels; common/event_channel.c. */
#include "pv_cases.h"
#include "sharing_fixture.h"

#include "xen/events.h"

static const char *domain(void)
{
    return event_connect(0, 77, 1);
}

static const char *foreign_port(void)
{
    return event_alloc(1, 0, 1);
}

static const char *none_free(void)
{
    struct events *e = events_of(&p.w.machine->domains[1]);

    assert_true(events_room(e, 1023));
    for (uint32_t i = 3; i < 1024; i++)
        events_set(e, (struct xenpt_event_channel){ .port = i, .kind = XENPT_CHANNEL_UNBOUND });
    return event_alloc(1, SELF, 0);
}

/* Ports come in buckets of 64: this is the first of the next one. */
static const char *no_port(void)
{
    assert_int_equal(event_status(0, 1, 63)[0], 'o');
    return event_send(1, 64);
}

static const char *not_offered(void)
{
    return event_connect(2, 1, 1);
}

/* As the ports of ioreq servers are. */
static void make_xens(uint32_t which)
{
    assert_non_null(events_of(&p.w.machine->domains[1]));
    p.w.machine->domains[1].events->channel[which].xen = true;
}

static const char *xens(void)
{
    make_xens(1);
    return event_send(1, 1);
}

static const char *closed(void)
{
    return event_close(1, 5);
}

static const char *sent(void)
{
    return event_send(1, 5);
}

static const char *status_xen(void)
{
    make_xens(1);
    return event_status(1, SELF, 1);
}

static const char *virq(void)
{
    return event_virq(1, 24, 0);
}

static const char *virq_global(void)
{
    return event_virq(1, 8, 1);
}

static const char *virq_bound(void)
{
    must(event_virq(1, 0, 1));
    must(event_virq(1, 0, 0));
    return event_virq(1, 0, 1);
}

static const char *vcpu(void)
{
    return event_ipi(1, 2);
}

static const struct pv_case cases[] = {
    { "event-domain", "ESRCH", domain, NULL },
    { "event-foreign", "EPERM", foreign_port, NULL },
    { "event-free", "ENOSPC", none_free, NULL },
    { "event-port", "EINVAL", no_port, NULL },
    { "event-offered", "EINVAL", not_offered, NULL },
    { "event-xen", "EINVAL", xens, NULL },
    { "event-closed", "EINVAL", closed, NULL },
    { "event-send", "EINVAL", sent, NULL },
    { "event-status-xen", "EACCES", status_xen, NULL },
    { "event-virq", "EINVAL", virq, NULL },
    { "event-virq-global", "EINVAL", virq_global, NULL },
    { "event-virq-bound", "EEXIST", virq_bound, NULL },
    { "event-vcpu", "ENOENT", vcpu, NULL },
};
const struct pv_cases pv_event_cases = { cases, sizeof(cases) / sizeof(cases[0]) };
