/*
 * fifo.c - event channels in queues: words of 32 bits in pages that the guest has given, and a
 * block of control for each vCPU; public/event_channel.h, common/event_fifo.c.
 */
#include "xen/events.h"
#include "xen/grants.h"
#include "xen/view.h"

/* public/event_channel.h, EVTCHN_FIFO_*: bits of a word, and what follows it in its queue. */
#define FIFO_PENDING  (UINT32_C(1) << 31)
#define FIFO_MASKED   (UINT32_C(1) << 30)
#define FIFO_LINKED   (UINT32_C(1) << 29)
#define FIFO_BUSY     (UINT32_C(1) << 28)
#define FIFO_LINK     ((UINT32_C(1) << 17) - 1)
#define CONTROL_READY 0u
#define CONTROL_HEADS 8u

static uint64_t place_of(const struct domain *d, uint32_t port)
{
    uint32_t page = port / FIFO_WORDS;

    return page < d->fifo.nr_pages
               ? (d->fifo.page[page] << XENPT_PAGE_SHIFT) + port % FIFO_WORDS * sizeof(uint32_t)
               : NO_TABLE;
}

static struct event_place bit_of(uint64_t at, uint32_t mask)
{
    return at == NO_TABLE ? (struct event_place){ .maddr = NO_TABLE }
                          : (struct event_place){ at & ~UINT64_C(7), (uint64_t)mask << at % 8 * 8 };
}

struct event_place fifo_pending(const struct domain *d, uint32_t port)
{
    return bit_of(place_of(d, port), FIFO_PENDING);
}

struct event_place fifo_masked(const struct domain *d, uint32_t port)
{
    return bit_of(place_of(d, port), FIFO_MASKED);
}

bool fifo_linked(const struct xenpt_machine *m, const struct domain *d, uint32_t port)
{
    return d->fifo.on && event_bit(m, bit_of(place_of(d, port), FIFO_LINKED));
}

/* --- Words --------------------------------------------------------------------------------- */

static uint32_t get(const struct xenpt_machine *m, uint64_t at)
{
    uint64_t table = at & ~(XENPT_PAGE_SIZE - 1);

    return (uint32_t)(entry_read(m, table, (unsigned int)((at - table) / 8)) >> at % 8 * 8);
}

static enum xenpt_code put(struct xenpt_machine *m, uint64_t at, uint32_t value,
                           struct xenpt_error *err)
{
    uint64_t table = at & ~(XENPT_PAGE_SIZE - 1);
    unsigned int slot = (unsigned int)((at - table) / 8), shift = (unsigned int)(at % 8 * 8);
    uint64_t word = entry_read(m, table, slot) & ~(UINT64_C(0xffffffff) << shift);

    view_stale(m);
    return entry_write(m, table, slot, word | (uint64_t)value << shift, err);
}

static uint64_t control_of(const struct vcpu *v, uint32_t member)
{
    return (v->fifo.frame << XENPT_PAGE_SHIFT) + v->fifo.offset + member;
}

static unsigned int queue_of(const struct xenpt_event_channel *c)
{
    return (unsigned int)(FIFO_PRIORITY_USUAL + c->priority);
}

/* --- An event ------------------------------------------------------------------------------ */

/* It is in no queue yet: where it was the last one before, that queue is empty. */
static void forget_tail(struct domain *d, uint32_t port)
{
    for (uint32_t i = 0; i < d->nr_vcpus; i++)
        for (unsigned int k = 0; k < FIFO_QUEUES; k++)
            if (d->vcpus[i].fifo.tail[k] == port)
                d->vcpus[i].fifo.tail[k] = 0;
}

/* The port is the last of its queue: what was the last names it, if that is in the queue yet. */
static enum xenpt_code append(struct xenpt_machine *m, const struct event_by *by, struct domain *d,
                              struct vcpu *v, unsigned int queue, uint32_t port, bool *first,
                              struct xenpt_error *err)
{
    uint32_t tail = v->fifo.tail[queue];
    uint64_t at = tail ? place_of(d, tail) : NO_TABLE;
    enum xenpt_code code;

    *first = at == NO_TABLE || !(get(m, at) & FIFO_LINKED);
    if (at != NO_TABLE)
        event_tell(m, by, d, at, 4, !*first);
    if (*first)
        event_tell(m, by, d, control_of(v, CONTROL_HEADS + 4 * queue), 4, true);
    code = *first ? put(m, control_of(v, CONTROL_HEADS + 4 * queue), port, err)
                  : put(m, at, (get(m, at) & ~(FIFO_BUSY | FIFO_LINK)) | port, err);
    v->fifo.tail[queue] = port;
    return code;
}

/* evtchn_fifo_set_pending: without a page for the port it waits for one, and without a block for
 * the vCPU it is lost. */
enum xenpt_code fifo_pend(struct xenpt_machine *m, const struct event_by *by, struct domain *d,
                          uint32_t port, bool *upcall, struct xenpt_error *err)
{
    const struct xenpt_event_channel *c = event_at(d, port);
    uint64_t at = place_of(d, port);
    struct vcpu *v = &d->vcpus[c && c->vcpu < d->nr_vcpus ? c->vcpu : 0];
    unsigned int queue = c ? queue_of(c) : FIFO_PRIORITY_USUAL;
    uint32_t word, ready;
    enum xenpt_code code;
    bool first;

    *upcall = false;
    if (at == NO_TABLE)
        events_wait(d, port);
    if (at == NO_TABLE || !v->fifo.there)
        return XENPT_OK;
    event_tell(m, by, d, at, 4, true);
    word = get(m, at) | FIFO_PENDING;
    if (word & (FIFO_MASKED | FIFO_LINKED))
        return put(m, at, word, err);
    forget_tail(d, port);
    code = put(m, at, word | FIFO_LINKED, err);
    if (!code)
        code = append(m, by, d, v, queue, port, &first, err);
    if (code || !first)
        return code;
    event_tell(m, by, d, control_of(v, CONTROL_READY), 4, true);
    ready = get(m, control_of(v, CONTROL_READY));
    *upcall = !(ready >> queue & 1);
    return put(m, control_of(v, CONTROL_READY), ready | UINT32_C(1) << queue, err);
}

/* As a guest's kernel takes the first of a queue: Linux, events_fifo.c, consume_one_event. */
enum xenpt_code fifo_take(struct xenpt_machine *m, struct domain *d, uint32_t port, bool *empty,
                          struct xenpt_error *err)
{
    const struct xenpt_event_channel *c = event_at(d, port);
    uint64_t at = place_of(d, port);
    struct vcpu *v = &d->vcpus[c && c->vcpu < d->nr_vcpus ? c->vcpu : 0];
    unsigned int queue = c ? queue_of(c) : FIFO_PRIORITY_USUAL;
    uint32_t word, ready;
    enum xenpt_code code;

    *empty = false;
    if (at == NO_TABLE)
        return XENPT_OK;
    word = get(m, at);
    if (!v->fifo.there || get(m, control_of(v, CONTROL_HEADS + 4 * queue)) != port)
        return put(m, at, word & ~FIFO_PENDING, err);
    code = put(m, at, word & ~(FIFO_PENDING | FIFO_LINKED | FIFO_LINK), err);
    if (!code)
        code = put(m, control_of(v, CONTROL_HEADS + 4 * queue), word & FIFO_LINK, err);
    ready = get(m, control_of(v, CONTROL_READY));
    if (code || word & FIFO_LINK)
        return code;
    ready &= ~(UINT32_C(1) << queue);
    *empty = !ready;
    return put(m, control_of(v, CONTROL_READY), ready, err);
}

/* --- From bits to queues ------------------------------------------------------------------- */

/* setup_ports. */
bool fifo_begin(const struct xenpt_machine *m, struct domain *d)
{
    struct events *e = events_of(d);

    if (!e)
        return false;
    for (uint32_t i = 1; i < e->nr; i++) {
        if (event_bit(m, event_pending(d, i)))
            events_wait(d, i);
        e->channel[i].priority = 0;
    }
    return true;
}

/* add_page_to_event_array. */
enum xenpt_code fifo_grow(struct xenpt_machine *m, const struct event_by *by, struct domain *d,
                          uint64_t frame, struct xenpt_error *err)
{
    uint32_t port = d->fifo.nr_pages * FIFO_WORDS, end = port + FIFO_WORDS;
    enum xenpt_code code = XENPT_OK;

    d->fifo.page[d->fifo.nr_pages++] = frame;
    for (; !code && d->events && port < end && port < d->events->nr; port++)
        if (d->events->waits[port])
            code = events_pend(m, by, d, port, err);
    return code;
}

/* --- References ---------------------------------------------------------------------------- */

void fifo_each(const struct xenpt_machine *m, const struct domain *only, grants_refer_fn fn,
               void *ctx)
{
    for (size_t i = 0; i < m->nr_domains; i++) {
        const struct domain *d = &m->domains[i];

        if (!domain_there(m, (uint32_t)i) || (only && only != d))
            continue;
        for (uint32_t k = 0; k < d->fifo.nr_pages; k++)
            fn(ctx, d->fifo.page[k], true);
        for (uint32_t v = 0; v < d->nr_vcpus; v++)
            if (d->vcpus[v].fifo.there)
                fn(ctx, d->vcpus[v].fifo.frame, true);
        for (uint32_t v = 0; v < d->nr_vcpus; v++)
            if (d->vcpus[v].info.there)
                fn(ctx, d->vcpus[v].info.frame, true);
    }
}

void fifo_forget(struct domain *d)
{
    d->fifo.on = false;
    d->fifo.nr_pages = 0;
    for (uint32_t v = 0; v < d->nr_vcpus; v++)
        d->vcpus[v].fifo.there = d->vcpus[v].info.there = false;
}
