/* events.c - event channels of domains, and the bits of shared_info that are theirs. */
#include "xen/events.h"

#include <stdlib.h>
#include <string.h>

#include "xen/view.h"

/* --- From first to last -------------------------------------------------------------------- */

bool events_room(struct events *e, uint32_t port)
{
    size_t max = e->max ? e->max : 16;
    struct xenpt_event_channel *more;
    bool *waits;

    if (port < e->max)
        return true;
    while (max <= port)
        max *= 2;
    more = realloc(e->channel, max * sizeof(*more));
    if (!more)
        return false;
    e->channel = more;
    waits = realloc(e->waits, max * sizeof(*waits));
    if (!waits)
        return false;
    memset(waits + e->max, 0, (max - e->max) * sizeof(*waits));
    e->waits = waits;
    e->max = max;
    return true;
}

void events_set(struct events *e, struct xenpt_event_channel c)
{
    for (; e->nr <= c.port; e->nr++)
        e->channel[e->nr] = (struct xenpt_event_channel){ .port = (uint32_t)e->nr,
                                                          .kind = XENPT_CHANNEL_CLOSED };
    e->channel[c.port] = c;
}

struct events *events_of(struct domain *d)
{
    struct events *e = d->events;

    if (e)
        return e;
    e = calloc(1, sizeof(*e));
    if (!e || !events_room(e, (uint32_t)d->built.nr_channels)) {
        events_free(e);
        return NULL;
    }
    events_set(e, (struct xenpt_event_channel){ .port = 0 });
    for (size_t i = 0; i < d->built.nr_channels; i++)
        events_set(e, d->built.channels[i]);
    d->events = e;
    return e;
}

void events_free(struct events *e)
{
    if (e) {
        free(e->channel);
        free(e->waits);
        free(e->pirq);
    }
    free(e);
}

bool events_copy(const struct events *from, struct events **ret)
{
    struct events *to;

    *ret = NULL;
    if (!from)
        return true;
    to = calloc(1, sizeof(*to));
    if (to && from->max_pirqs)
        to->pirq = malloc(from->max_pirqs * sizeof(*to->pirq));
    if (!to || (from->max_pirqs && !to->pirq) || !events_room(to, (uint32_t)from->nr)) {
        events_free(to);
        return false;
    }
    if (from->max_pirqs)
        memcpy(to->pirq, from->pirq, from->max_pirqs * sizeof(*to->pirq));
    to->max_pirqs = from->max_pirqs;
    memcpy(to->waits, from->waits, from->nr * sizeof(*from->waits));
    memcpy(to->channel, from->channel, from->nr * sizeof(*from->channel));
    to->nr = from->nr;
    *ret = to;
    return true;
}

const struct pirq *events_pirq(const struct domain *d, uint32_t pirq)
{
    return d->events && pirq < d->events->max_pirqs ? &d->events->pirq[pirq] : NULL;
}

bool events_pirq_room(struct domain *d, uint32_t pirq)
{
    struct events *e = events_of(d);
    struct pirq *more;

    if (!e || pirq < e->max_pirqs)
        return e;
    more = realloc(e->pirq, (pirq + 1) * sizeof(*more));
    if (!more)
        return false;
    memset(more + e->max_pirqs, 0, (pirq + 1 - e->max_pirqs) * sizeof(*more));
    e->pirq = more;
    e->max_pirqs = pirq + 1;
    return true;
}

const struct xenpt_event_channel *event_at(struct domain *d, uint32_t port)
{
    static const struct xenpt_event_channel unused = { .kind = XENPT_CHANNEL_CLOSED };
    const struct events *e = events_of(d);
    size_t valid = e ? (e->nr + PORTS_PER_BUCKET - 1) / PORTS_PER_BUCKET * PORTS_PER_BUCKET : 0;

    if (port >= valid)
        return NULL;
    return port < e->nr ? &e->channel[port] : &unused;
}

/* --- How many ------------------------------------------------------------------------------ */

enum xenpt_abi_form events_form(const struct domain *d)
{
    const struct xenpt_special_frames *f = frames_of(d, XENPT_SPECIAL_SHARED_INFO);

    return f && f->form == XENPT_ABI_32 ? XENPT_ABI_32 : XENPT_ABI_64;
}

static bool is_32(const struct domain *d)
{
    return events_form(d) == XENPT_ABI_32;
}

/* public/event_channel.h, EVTCHN_2L_NR_CHANNELS; tools/libs/light, max_event_channels. */
uint32_t events_limit(const struct xenpt_machine *m, const struct domain *d)
{
    uint32_t abi = d->fifo.on ? FIFO_WORDS * FIFO_PAGES_MAX : is_32(d) ? 32 * 32 : 64 * 64;

    return d->desc->built_by_xen || !machine_since(m, 4, 4) || abi < 1024 ? abi : 1024;
}

/* evtchn_allocate_port: what its guest has not taken out of a queue yet is busy. */
uint32_t events_free_port(const struct xenpt_machine *m, const struct domain *d)
{
    const struct events *e = d->events;
    uint32_t port = 1;

    while (port < e->nr &&
           (e->channel[port].kind != XENPT_CHANNEL_CLOSED || fifo_linked(m, d, port)))
        port++;
    return port;
}

void events_wait(struct domain *d, uint32_t port)
{
    if (d->events && port < d->events->nr)
        d->events->waits[port] = true;
}

/* --- Bits ---------------------------------------------------------------------------------- */

/* A bit from a byte on. */
static struct event_place bit_of(uint64_t byte, uint64_t bit)
{
    byte += bit / 8;
    return (struct event_place){ .maddr = byte & ~UINT64_C(7),
                                 .mask = UINT64_C(1) << (byte % 8 * 8 + bit % 8) };
}

static struct event_place bitmap(const struct domain *d, const char *name, uint32_t port)
{
    const struct xenpt_abi_member *m = xenpt_abi_member(xenpt_abi_struct(ABI_SHARED_INFO), name);
    const struct xenpt_special_frames *f = frames_of(d, XENPT_SPECIAL_SHARED_INFO);
    enum xenpt_abi_form form = events_form(d);

    if (!f || port >= 8u * m->size[form] * m->nr[form])
        return (struct event_place){ .maddr = NO_TABLE };
    return bit_of((f->mfn << XENPT_PAGE_SHIFT) + m->at[form], port);
}

struct event_place event_pending(const struct domain *d, uint32_t port)
{
    return d->fifo.on ? fifo_pending(d, port) : bitmap(d, "evtchn_pending", port);
}

struct event_place event_mask(const struct domain *d, uint32_t port)
{
    return d->fifo.on ? fifo_masked(d, port) : bitmap(d, "evtchn_mask", port);
}

/* Model: of vCPUs from 32 on that have registered none Xen keeps a page that no guest sees. */
uint64_t events_info(const struct domain *d, uint32_t vcpu)
{
    const struct xenpt_abi_member *all = xenpt_abi_member(xenpt_abi_struct(ABI_SHARED_INFO),
                                                          "vcpu_info");
    const struct xenpt_special_frames *f = frames_of(d, XENPT_SPECIAL_SHARED_INFO);
    enum xenpt_abi_form form = events_form(d);

    if (vcpu < d->nr_vcpus && d->vcpus[vcpu].info.there)
        return (d->vcpus[vcpu].info.frame << XENPT_PAGE_SHIFT) + d->vcpus[vcpu].info.offset;
    if (!f || vcpu >= all->nr[form])
        return NO_TABLE;
    return (f->mfn << XENPT_PAGE_SHIFT) + all->at[form] + (uint64_t)vcpu * all->size[form];
}

static struct event_place of_vcpu(const struct domain *d, const char *name, uint32_t vcpu,
                                  uint64_t bit)
{
    const struct xenpt_abi_member *m = xenpt_abi_member(xenpt_abi_struct(ABI_VCPU_INFO), name);
    uint64_t info = events_info(d, vcpu);

    return info == NO_TABLE ? (struct event_place){ .maddr = NO_TABLE }
                            : bit_of(info + m->at[events_form(d)], bit);
}

struct event_place event_selected(const struct domain *d, uint32_t port, uint32_t vcpu)
{
    if (d->fifo.on)
        return (struct event_place){ .maddr = NO_TABLE };
    return of_vcpu(d, "evtchn_pending_sel", vcpu, port / (is_32(d) ? 32 : 64));
}

struct event_place event_upcall(const struct domain *d, uint32_t vcpu)
{
    return of_vcpu(d, "evtchn_upcall_pending", vcpu, 0);
}

static uint64_t word(const struct xenpt_machine *m, uint64_t maddr)
{
    uint64_t page = maddr & ~(XENPT_PAGE_SIZE - 1);

    return entry_read(m, page, (unsigned int)((maddr - page) / 8));
}

static enum xenpt_code write_word(struct xenpt_machine *m, uint64_t maddr, uint64_t value,
                                  struct xenpt_error *err)
{
    uint64_t page = maddr & ~(XENPT_PAGE_SIZE - 1);

    return entry_write(m, page, (unsigned int)((maddr - page) / 8), value, err);
}

bool event_bit(const struct xenpt_machine *m, struct event_place at)
{
    return at.maddr != NO_TABLE && word(m, at.maddr) & at.mask;
}

/* guest_test_bit. */
static bool test_bit(struct xenpt_machine *m, const struct event_by *by, const struct domain *d,
                     struct event_place at)
{
    event_tell_bit(m, by, d, at, false);
    return event_bit(m, at);
}

/* guest_test_and_set_bit; was: whether it was set already. */
static enum xenpt_code set_bit(struct xenpt_machine *m, const struct event_by *by,
                               const struct domain *d, struct event_place at, bool *was,
                               struct xenpt_error *err)
{
    *was = event_bit(m, at);
    event_tell_bit(m, by, d, at, true);
    if (*was || at.maddr == NO_TABLE)
        return XENPT_OK;
    view_stale(m);
    return write_word(m, at.maddr, word(m, at.maddr) | at.mask, err);
}

/* The vCPU is told. */
static enum xenpt_code select_port(struct xenpt_machine *m, const struct event_by *by,
                                   struct domain *d, uint32_t port, struct xenpt_error *err)
{
    const struct xenpt_event_channel *c = event_at(d, port);
    uint32_t vcpu = c ? c->vcpu : 0;
    enum xenpt_code code;
    bool was;

    code = set_bit(m, by, d, event_selected(d, port, vcpu), &was, err);
    return code || was ? code : set_bit(m, by, d, event_upcall(d, vcpu), &was, err);
}

enum xenpt_code events_pend(struct xenpt_machine *m, const struct event_by *by, struct domain *d,
                            uint32_t port, struct xenpt_error *err)
{
    const struct xenpt_event_channel *c = event_at(d, port);
    uint32_t vcpu = c ? c->vcpu : 0;
    enum xenpt_code code;
    bool was;

    if (d->fifo.on) {
        code = fifo_pend(m, by, d, port, &was, err);
        return code || !was ? code : set_bit(m, by, d, event_upcall(d, vcpu), &was, err);
    }
    code = set_bit(m, by, d, event_pending(d, port), &was, err);
    if (code || was || test_bit(m, by, d, event_mask(d, port)))
        return code;
    return select_port(m, by, d, port, err);
}

/* map_vcpu_info, its end. */
enum xenpt_code events_all(struct xenpt_machine *m, const struct event_by *by, struct domain *d,
                           uint32_t vcpu, struct xenpt_error *err)
{
    struct event_place first = of_vcpu(d, "evtchn_pending_sel", vcpu, 0);
    uint64_t ones = is_32(d) ? UINT32_MAX : UINT64_MAX,
             at = first.maddr + (first.mask >> 32 ? 4 : 0);
    enum xenpt_code code;
    bool was;

    event_tell(m, by, d, at, is_32(d) ? 4 : 8, true);
    view_stale(m);
    code = xenpt_store_write(m->store, at, &ones, is_32(d) ? 4 : 8, err);
    return code ? code : set_bit(m, by, d, event_upcall(d, vcpu), &was, err);
}

/* guest_clear_bit, guest_test_and_clear_bit; by: NULL, the guest does it. */
static enum xenpt_code clear_bit(struct xenpt_machine *m, const struct event_by *by,
                                 const struct domain *d, struct event_place at,
                                 struct xenpt_error *err)
{
    event_tell_bit(m, by, d, at, true);
    if (!event_bit(m, at))
        return XENPT_OK;
    view_stale(m);
    return write_word(m, at.maddr, word(m, at.maddr) & ~at.mask, err);
}

/* Whether some port that is for the same bit of the selector has an event. */
static bool is_selected_still(const struct xenpt_machine *m, const struct domain *d, uint32_t port)
{
    uint32_t per_word = is_32(d) ? 32 : 64, first = port / per_word * per_word;

    for (uint32_t i = first; i < first + per_word; i++)
        if (event_bit(m, event_pending(d, i)) && !event_bit(m, event_mask(d, i)))
            return true;
    return false;
}

static bool is_any_selected(const struct xenpt_machine *m, const struct domain *d, uint32_t vcpu)
{
    uint32_t per_word = is_32(d) ? 32 : 64;

    for (uint32_t i = 0; i < per_word; i++)
        if (event_bit(m, event_selected(d, i * per_word, vcpu)))
            return true;
    return false;
}

enum xenpt_code events_take(struct xenpt_machine *m, struct domain *d, uint32_t port,
                            struct xenpt_error *err)
{
    const struct xenpt_event_channel *c = event_at(d, port);
    uint32_t vcpu = c ? c->vcpu : 0;
    enum xenpt_code code;
    bool empty;

    if (d->fifo.on) {
        code = fifo_take(m, d, port, &empty, err);
        return code || !empty ? code : clear_bit(m, NULL, d, event_upcall(d, vcpu), err);
    }
    code = clear_bit(m, NULL, d, event_pending(d, port), err);
    if (!code && !is_selected_still(m, d, port))
        code = clear_bit(m, NULL, d, event_selected(d, port, vcpu), err);
    if (!code && !is_any_selected(m, d, vcpu))
        code = clear_bit(m, NULL, d, event_upcall(d, vcpu), err);
    return code;
}

/* evtchn_port_unmask, evtchn_2l_unmask, evtchn_fifo_unmask: what is in a queue, or is to be, need
 * not have been masked. */
enum xenpt_code events_unmask(struct xenpt_machine *m, const struct event_by *by, struct domain *d,
                              uint32_t port, struct xenpt_error *err)
{
    const struct xenpt_event_channel *c = event_at(d, port);
    bool masked = event_bit(m, event_mask(d, port));
    enum xenpt_code code;

    if (!c || !event_usable(c))
        return XENPT_OK;
    code = clear_bit(m, by, d, event_mask(d, port), err);
    if (code || !(masked || d->fifo.on) || !test_bit(m, by, d, event_pending(d, port)))
        return code;
    return d->fifo.on ? events_pend(m, by, d, port, err) : select_port(m, by, d, port, err);
}

/* --- Sending and closing ------------------------------------------------------------------- */

enum xenpt_code events_send(struct xenpt_machine *m, const struct event_by *by, struct domain *d,
                            uint32_t port, struct xenpt_error *err)
{
    const struct xenpt_event_channel *c = event_at(d, port), *other;
    struct domain *to = c ? domain_there(m, c->remote_domain) : NULL;

    if (c && c->kind == XENPT_CHANNEL_IPI)
        return events_pend(m, by, d, port, err);
    if (!to || c->kind != XENPT_CHANNEL_INTERDOMAIN)
        return XENPT_OK;
    other = event_at(to, c->remote_port);
    /* Xen's own end is told by a call, and no bit. */
    return other && !other->xen ? events_pend(m, by, to, c->remote_port, err) : XENPT_OK;
}

enum xenpt_code events_close(struct xenpt_machine *m, const struct event_by *by, struct domain *d,
                             uint32_t port, struct xenpt_error *err)
{
    struct xenpt_event_channel c = *event_at(d, port);
    struct domain *to = domain_there(m, c.remote_domain);
    enum xenpt_code code;

    /* free_evtchn: an event that came is not one of who has the port next. */
    code = clear_bit(m, by, d, event_pending(d, port), err);
    if (code)
        return code;
    if (c.kind == XENPT_CHANNEL_INTERDOMAIN && to && to->events && c.remote_port < to->events->nr) {
        struct xenpt_event_channel *other = &to->events->channel[c.remote_port];

        other->kind = XENPT_CHANNEL_UNBOUND;
        other->remote_domain = (uint16_t)d->id;
        other->remote_port = 0;
    }
    if (c.kind == XENPT_CHANNEL_PIRQ)
        d->events->pirq[c.virq].port = 0;
    events_set(d->events, (struct xenpt_event_channel){ .port = port });
    view_stale(m);
    return XENPT_OK;
}

void events_forget(struct xenpt_machine *m, struct domain *d)
{
    for (size_t i = 0; i < m->nr_domains; i++) {
        struct events *e = m->domains[i].events;

        for (size_t k = 0; e && e != d->events && k < e->nr; k++)
            if (e->channel[k].kind == XENPT_CHANNEL_INTERDOMAIN &&
                e->channel[k].remote_domain == d->id) {
                e->channel[k].kind = XENPT_CHANNEL_UNBOUND;
                e->channel[k].remote_port = 0;
            }
    }
    events_free(d->events);
    d->events = NULL;
    fifo_forget(d);
}
