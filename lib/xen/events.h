/*
 * events.h - event channels of domains as Xen has them, from when one is first asked about, and the
 * bits by which guests are told; common/event_channel.c, common/event_2l.c.
 *
 * The rules are in lib/pv; this is kept, copied with snapshots and forgotten.
 */
#ifndef XENPT_XEN_EVENTS_H
#define XENPT_XEN_EVENTS_H

#include "xen/grants.h"
#include "xen/internal.h"

/* A bucket of struct evtchn: ports come in so many at once, and those that came are valid. */
#define PORTS_PER_BUCKET 64u

/* A physical interrupt. */
struct pirq {
    uint32_t irq;  /* Xen's number; 0: it is not mapped. */
    uint32_t port; /* 0: none. */
    bool shared;
};

struct events {
    struct xenpt_event_channel *channel; /* By port; 0 is reserved, and closed. */
    bool *waits; /* An event that came when no page of queues had the port. */
    size_t nr, max;
    struct pirq *pirq; /* By number. */
    uint32_t max_pirqs;
};

/* A domain's; NULL: no memory. */
struct events *events_of(struct domain *d);
void events_free(struct events *e);
/* False: no memory. */
bool events_copy(const struct events *from, struct events **ret);
/* A port as it is; NULL: it is not valid. */
const struct xenpt_event_channel *event_at(struct domain *d, uint32_t port);
/* evtchn_usable: its domain's, and not closed. */
static inline bool event_usable(const struct xenpt_event_channel *c)
{
    return c->kind != XENPT_CHANNEL_CLOSED && !c->xen;
}
/* Ports that a domain can have. */
uint32_t events_limit(const struct xenpt_machine *m, const struct domain *d);
/* The lowest that is free, and in no queue, or the first behind all; of one that events_of() has
 * something for. */
uint32_t events_free_port(const struct xenpt_machine *m, const struct domain *d);
/* An event came, and there is no page for the port yet. */
void events_wait(struct domain *d, uint32_t port);
/* What a port becomes; there is room for it if events_room() said so. */
bool events_room(struct events *e, uint32_t port);
void events_set(struct events *e, struct xenpt_event_channel c);

/* NULL: nothing was done with that one. */
const struct pirq *events_pirq(const struct domain *d, uint32_t pirq);
/* Room for it; false: no memory. */
bool events_pirq_room(struct domain *d, uint32_t pirq);

/* Where a bit of shared_info is. */
struct event_place {
    uint64_t maddr; /* Of its word of 8 bytes; NO_TABLE: there is none. */
    uint64_t mask;
};
struct event_place event_pending(const struct domain *d, uint32_t port);
struct event_place event_mask(const struct domain *d, uint32_t port);
struct event_place event_selected(const struct domain *d, uint32_t port, uint32_t vcpu);
struct event_place event_upcall(const struct domain *d, uint32_t vcpu);
/* has_32bit_shinfo. */
enum xenpt_abi_form events_form(const struct domain *d);
/* Where a vCPU's vcpu_info is: a machine address, or NO_TABLE. */
uint64_t events_info(const struct domain *d, uint32_t vcpu);
bool event_bit(const struct xenpt_machine *m, struct event_place at);

/* For whom Xen does it: a vCPU, or a domain's program, of which it is not said on which. */
struct event_by {
    const struct domain *d;
    const struct vcpu *v; /* Or NULL. */
};

/* --- touch_event.c ------------------------------------------------------------------------- */

/* Xen reads or writes bytes of a guest's for an event: of shared_info, or of a page that the guest
 * has given for that.  by: NULL, it is the guest itself, and nothing is told. */
void event_tell(struct xenpt_machine *m, const struct event_by *by, const struct domain *d,
                uint64_t maddr, uint64_t length, bool write);
/* The same of a bit; x86/bitops.h has them in words of 32. */
void event_tell_bit(struct xenpt_machine *m, const struct event_by *by, const struct domain *d,
                    struct event_place at, bool write);

/* --- fifo.c -------------------------------------------------------------------------------- */

#define FIFO_PRIORITY_USUAL 7
#define FIFO_QUEUES         16u

/* Bits of a port's word; none, where no page has it. */
struct event_place fifo_pending(const struct domain *d, uint32_t port);
struct event_place fifo_masked(const struct domain *d, uint32_t port);
/* It is in a queue. */
bool fifo_linked(const struct xenpt_machine *m, const struct domain *d, uint32_t port);
/* The domain is to have queues: what is pending waits for their pages, and priorities are the usual
 * one.  False: no memory. */
bool fifo_begin(const struct xenpt_machine *m, struct domain *d);
/* One page more, and what waited for it. */
enum xenpt_code fifo_grow(struct xenpt_machine *m, const struct event_by *by, struct domain *d,
                          uint64_t frame, struct xenpt_error *err);
/* The port comes into its queue; upcall: which was empty, so that its vCPU is to be told. */
enum xenpt_code fifo_pend(struct xenpt_machine *m, const struct event_by *by, struct domain *d,
                          uint32_t port, bool *upcall, struct xenpt_error *err);
/* Its kernel takes it; empty: no queue of the vCPU's has anything. */
enum xenpt_code fifo_take(struct xenpt_machine *m, struct domain *d, uint32_t port, bool *empty,
                          struct xenpt_error *err);
/* Pages that Xen has a reference to, as ones that are written: those, and of vcpu_info; and none
 * any more. */
void fifo_each(const struct xenpt_machine *m, const struct domain *only, grants_refer_fn fn,
               void *ctx);
void fifo_forget(struct domain *d);

/* --- events.c ------------------------------------------------------------------------------ */

/* A port is not masked: what waited for that comes. */
enum xenpt_code events_unmask(struct xenpt_machine *m, const struct event_by *by, struct domain *d,
                              uint32_t port, struct xenpt_error *err);
/* A vCPU is told of events by all words, as some may have been lost. */
enum xenpt_code events_all(struct xenpt_machine *m, const struct event_by *by, struct domain *d,
                           uint32_t vcpu, struct xenpt_error *err);
/* evtchn_2l_set_pending: what is written, or nothing, if memory runs out. */
enum xenpt_code events_pend(struct xenpt_machine *m, const struct event_by *by, struct domain *d,
                            uint32_t port, struct xenpt_error *err);
/* An event by a port: to the other end, if there is one. */
enum xenpt_code events_send(struct xenpt_machine *m, const struct event_by *by, struct domain *d,
                            uint32_t port, struct xenpt_error *err);
/* The guest, or Xen's user, takes note of an event, as its kernel does: the port's bit goes, and
 * those above it that stand for no other. */
enum xenpt_code events_take(struct xenpt_machine *m, struct domain *d, uint32_t port,
                            struct xenpt_error *err);
/* A port is free, and the other end waits again. */
enum xenpt_code events_close(struct xenpt_machine *m, const struct event_by *by, struct domain *d,
                             uint32_t port, struct xenpt_error *err);
/* A domain goes: those that were connected to it wait for it, in vain. */
void events_forget(struct xenpt_machine *m, struct domain *d);

#endif
