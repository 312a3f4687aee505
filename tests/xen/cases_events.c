/* cases_events.c - event_channel_op. */
#include "cases.h"

static uint32_t port;

static uint32_t another(void)
{
    return who() == D0 ? D1 : D0;
}
/* A new port, or why there is none. */
static void made(int rc)
{
    said(rc);
    if (!rc)
        said_number(port);
}
static void waits(uint32_t domain, uint32_t remote)
{
    made(ask_alloc_unbound(domain, remote, &port));
}
static void connects(uint32_t remote, uint32_t remote_port)
{
    made(ask_bind_interdomain(remote, remote_port, &port));
}
static void virq(uint32_t number, uint32_t vcpu)
{
    made(ask_bind_virq(number, vcpu, &port));
}
static void ipi(uint32_t vcpu)
{
    made(ask_bind_ipi(vcpu, &port));
}
static void sends(uint32_t p)
{
    said(ask_send(p));
}
static void closes(uint32_t p)
{
    said(ask_close(p));
}
static void is(uint32_t domain, uint32_t p)
{
    struct channel c;
    int rc = ask_status(domain, p, &c);

    said(rc);
    if (rc)
        return;
    said_number(c.kind);
    said_number(c.vcpu);
    said_number(c.domain);
    said_number(c.port);
}
/* Whether its bit in shared_info is set. */
static void pending(uint32_t p)
{
    said_number(get(shared_info(), 256 + p / 64) >> p % 64 & 1);
}

static void waiting(void)
{
    uint32_t first;

    waits(SELF, SELF);
    first = port;
    is(SELF, first);
    waits(SELF, another());
    is(SELF, port);
    sends(port);
    closes(port);
    is(SELF, port);
    waits(who(), 77);
    is(who(), port);
    closes(port);
    closes(first);
}
static void waiting_of_others(void)
{
    waits(another(), SELF);
    waits(another(), another());
    waits(D2, SELF);
    waits(77, SELF);
}
static void connected(void)
{
    uint32_t first, second;

    waits(SELF, SELF);
    first = port;
    connects(SELF, first);
    second = port;
    is(SELF, first);
    is(SELF, second);
    pending(second);
    pending(first);
    sends(second);
    pending(first);
    connects(who(), first);
    closes(second);
    pending(first);
    is(SELF, first);
    connects(who(), first);
    closes(first);
    closes(port);
}
static void not_offered(void)
{
    connects(another(), 1);
    connects(another(), 40);
    connects(another(), 5000);
    connects(77, 1);
    connects(D2, 63);
    waits(SELF, 77);
    connects(SELF, port);
    closes(port);
    ipi(0);
    connects(SELF, port);
    closes(port);
}
/* As its back-ends do. */
static void ports_of_d1(void)
{
    uint32_t theirs;

    is(D1, 1);
    is(D1, 3);
    waits(D1, SELF);
    theirs = port;
    is(D1, theirs);
    connects(D1, theirs);
    is(D1, theirs);
    is(SELF, port);
    sends(port);
    connects(D1, theirs);
    closes(port);
    is(D1, theirs);
    waits(D1, 77);
    connects(D1, port);
}
static void status_of_others(void)
{
    is(another(), 1);
    is(D2, 1);
    is(77, 1);
    is(another(), 5000);
}
static void no_port(void)
{
    sends(0);
    sends(63);
    sends(64);
    sends(5000);
    closes(0);
    closes(63);
    closes(64);
    closes(5000);
    is(SELF, 0);
    is(SELF, 63);
    is(SELF, 64);
    is(SELF, 5000);
}
static void virtual_interrupts(void)
{
    uint32_t first;

    virq(0, 0);
    first = port;
    is(SELF, first);
    virq(0, 0);
    sends(first);
    connects(SELF, first);
    closes(first);
    virq(0, 0);
    closes(port);
    virq(24, 0);
    virq(0xffffffff, 0);
}
static void virtual_interrupts_of_vcpus(void)
{
    virq(0, 1);
    virq(0, 8191);
    virq(1, 5);
    virq(3, 1);
    virq(3, 5);
    virq(5, 1);
    virq(5, 5);
    virq(12, 1);
    virq(15, 1);
    virq(23, 1);
    virq(24, 1);
}
static void ipis(void)
{
    ipi(0);
    is(SELF, port);
    sends(port);
    pending(port);
    closes(port);
    pending(port);
    ipi(1);
    ipi(8191);
}
/* With as many as there can be. */
static void all_ports(void)
{
    uint32_t first = 0, last = 0, nr = 0;
    int rc;

    while (!(rc = ask_alloc_unbound(SELF, 77, &port)) && nr < 5000) {
        first = first ? first : port;
        last = port;
        nr++;
    }
    said_number(nr);
    said_number(last);
    said(rc);
    ipi(0);
    virq(1, 0);
    waits(SELF, SELF);
    connects(another(), 1);
    closes(last);
    waits(SELF, SELF);
    for (uint32_t p = first; p <= last; p++)
        if (ask_close(p))
            said_text(" not closed");
}

static const struct xen_case cases[] = {
    { "event-port", "what is not there", no_port, ALL },
    { "event-send", "one that waits", waiting, ALL },
    { "event-foreign", "one of another's", waiting_of_others, ALL },
    { "event-offered", "both ends its own", connected, BOTH },
    { "event-offered", "what is not offered", not_offered, BOTH },
    { "event-offered", "ends of another's", ports_of_d1, BY_D0 },
    { "event-foreign", "what another's is", status_of_others, BOTH },
    { "event-virq", "for vCPU 0", virtual_interrupts, ALL },
    { "event-virq-global", "for others", virtual_interrupts_of_vcpus, ALL },
    { "event-vcpu", "an IPI", ipis, BOTH },
    { "event-free", "as many as there can be", all_ports, BOTH },
};
const struct xen_cases event_cases = CASES_OF(cases);
