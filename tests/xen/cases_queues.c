/* cases_queues.c - event channels in queues.  From the first case that gives a place for them on a
 * domain has them, so that these come after all others of events. */
#include "cases.h"

static uint32_t waiting;
static uint64_t heads, array;

static void control(uint64_t frame, uint32_t offset, uint32_t vcpu)
{
    said(ask_init_control(frame, offset, vcpu));
}
static void expand(uint64_t frame)
{
    said(ask_expand_array(frame));
}
static void priority(uint32_t port, uint32_t p)
{
    said(ask_priority(port, p));
}
/* The word of a port's, and of the heads of queues the bits, and two that are used. */
static void words(uint32_t port)
{
    uint64_t head = get(heads, 0);

    said_number(get(array, port / 2) >> port % 2 * 32 & UINT32_MAX);
    said_number(head & UINT32_MAX);
    said_number(get(heads, 1) & UINT32_MAX);
    said_number(get(heads, 4) >> 32);
}

static void none_yet(void)
{
    expand(fresh());
    said(ask_alloc_unbound(SELF, SELF, &waiting));
    priority(waiting, 0);
    priority(waiting, 16);
    priority(5000, 0);
    said(ask_unmask(waiting));
    said(ask_unmask(5000));
}
static void places(void)
{
    uint64_t frame = fresh();

    control(frame, 4032, 0);
    control(frame, 4025, 0);
    control(frame, 4, 0);
    control(frame, 8, 1);
    control(frame, 8, 8192);
    priority(waiting, 0);
}
static void pages(void)
{
    if (who() == D2)
        control(nothing_of_d2(), 0, 0);
    else {
        control(other(), 0, 0);
        control(l1, 0, 0);
    }
    control(BEYOND, 0, 0);
    heads = fresh();
    control(heads, 0, 0);
    control(heads, 0, 0);
    control(fresh(), 128, 0);
}
static void arrays(void)
{
    unsigned int nr = 1;
    int rc;

    if (who() == D2)
        expand(nothing_of_d2());
    else {
        expand(other());
        expand(l2);
    }
    array = fresh();
    expand(array);
    while (!(rc = ask_expand_array(array)) && nr < 200)
        nr++;
    said_number(nr);
    said(rc);
    expand(BEYOND);
}
static void priorities(void)
{
    priority(waiting, 0);
    priority(waiting, 15);
    priority(waiting, 16);
    priority(waiting, 0xffffffff);
    priority(900, 3);
    priority(900, 16);
    priority(0, 3);
    priority(5000, 3);
}
static void sent(void)
{
    uint32_t port = 0, to = 0;

    said(ask_alloc_unbound(SELF, SELF, &to));
    said(ask_bind_interdomain(SELF, to, &port));
    words(port);
    words(to);
    priority(to, 0);
    said(ask_send(port));
    words(to);
    said(ask_send(port));
    words(to);
    said(ask_unmask(to));
    words(to);
    said(ask_close(port));
    said(ask_close(to));
    words(to);
    said(ask_close(waiting));
}
/* What is in use of the pages that Xen has of it. */
static void given_pages(void)
{
    uint64_t frame = heads;

    mmu(at(l1, 5), frame << 12 | PAGE);
    mmu(at(l1, 5), 0);
    ext(PIN_L1, frame, 0);
}
/* Xen's own, for dom0's ioreq server. */
static void xens(void)
{
    for (uint32_t p = 1; p <= 6; p++)
        priority(p, 3);
}

static const struct xen_case cases[] = {
    { "event-fifo-off", "before there are any", none_yet, ALL },
    { "event-fifo-place", "and vCPUs", places, ALL },
    { "event-fifo-page", "for the heads", pages, ALL },
    { "event-fifo-full", "for ports", arrays, ALL },
    { "event-priority", "each", priorities, ALL },
    { "event-send", "what is in a queue", sent, ALL },
    { "event-fifo-page", "is one that is written", given_pages, BOTH },
    { "event-priority-used", "of an ioreq server", xens, BY_D2 },
};
const struct xen_cases queue_cases = CASES_OF(cases);
