/**
 * @file event.h
 * Event channels: ports of domains, by which they notify each other, and what Xen writes into
 * shared_info when an event comes; the ABI with two levels of bits.
 *
 * A domain begins with the ports that its builder made (construction.h): for the xenstore, the
 * console and, of an HVM domain, its device model.
 */
#ifndef XENPT_EVENT_H
#define XENPT_EVENT_H

#include "xenpt/construction.h"
#include "xenpt/pv.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Virtual interrupts that there can be; public/xen.h, NR_VIRQS. */
#define XENPT_NR_VIRQS 24u

/** A virtual interrupt. */
struct xenpt_virq {
    const char *name; /**< "timer"; NULL: this number has none. */
    bool global;      /**< It is one for all of a domain, and is bound for vCPU 0. */
    const char *text; /**< What it says. */
};

/** Virtual interrupt @p i; NULL behind the last. */
XENPT_API const struct xenpt_virq *xenpt_virq(size_t i);

/**
 * EVTCHNOP_alloc_unbound: a port that waits for a domain.
 * @param domain  Whose port it will be, or #XENPT_DOMID_SELF.
 * @param remote  Who may connect, or #XENPT_DOMID_SELF: the caller.
 * @param port    Its number.
 * @return For all of these see xenpt_pv_mmu_update(); a request that is refused changes nothing.
 */
XENPT_API XENPT_CHECK enum xenpt_code
xenpt_event_alloc_unbound(struct xenpt_machine *machine, const struct xenpt_pv_caller *caller,
                          uint32_t domain, uint32_t remote, uint32_t *port,
                          struct xenpt_pv_result *ret, struct xenpt_error *err);
/** EVTCHNOP_bind_interdomain: a new port of the caller's is connected to one that waits for it, and
 *  has an event at once, as one may have been lost. */
XENPT_API XENPT_CHECK enum xenpt_code
xenpt_event_bind_interdomain(struct xenpt_machine *machine, const struct xenpt_pv_caller *caller,
                             uint32_t remote, uint32_t remote_port, uint32_t *port,
                             struct xenpt_pv_result *ret, struct xenpt_error *err);
/**
 * EVTCHNOP_bind_virq: a port for a virtual interrupt of a vCPU of the caller's.
 * Model: from 4.21 on a global one is refused to a domain that is not to have it; here it is not.
 */
XENPT_API XENPT_CHECK enum xenpt_code
xenpt_event_bind_virq(struct xenpt_machine *machine, const struct xenpt_pv_caller *caller,
                      uint32_t virq, uint32_t vcpu, uint32_t *port, struct xenpt_pv_result *ret,
                      struct xenpt_error *err);
/** EVTCHNOP_bind_ipi: a port by which the caller's vCPUs notify one of them. */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_event_bind_ipi(struct xenpt_machine *machine,
                                                           const struct xenpt_pv_caller *caller,
                                                           uint32_t vcpu, uint32_t *port,
                                                           struct xenpt_pv_result *ret,
                                                           struct xenpt_error *err);
/** Any physical interrupt of a domain that is free. */
#define XENPT_PIRQ_ANY UINT32_MAX
/**
 * PHYSDEVOP_map_pirq, MAP_PIRQ_TYPE_GSI: an input of the I/O APIC becomes a physical interrupt of a
 * domain's.
 * @param domain  Whose, or #XENPT_DOMID_SELF.
 * @param pirq    Its number there, or #XENPT_PIRQ_ANY; the one that it has.
 * @return And #XENPT_EUNSUPPORTED: the caller is no PV domain.
 */
XENPT_API XENPT_CHECK enum xenpt_code
xenpt_event_map_pirq(struct xenpt_machine *machine, const struct xenpt_pv_caller *caller,
                     uint32_t domain, uint32_t gsi, uint32_t *pirq, struct xenpt_pv_result *ret,
                     struct xenpt_error *err);
/** EVTCHNOP_bind_pirq: a port of the caller's for a physical interrupt, which it has mapped, or
 *  somebody for it; xenpt_event_channel::virq has its number.  @param shared BIND_PIRQ__WILL_SHARE.
 */
XENPT_API XENPT_CHECK enum xenpt_code
xenpt_event_bind_pirq(struct xenpt_machine *machine, const struct xenpt_pv_caller *caller,
                      uint32_t pirq, bool shared, uint32_t *port, struct xenpt_pv_result *ret,
                      struct xenpt_error *err);
/** EVTCHNOP_send: by a port of the caller's; what is sent by one that waits is lost. */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_event_send(struct xenpt_machine *machine,
                                                       const struct xenpt_pv_caller *caller,
                                                       uint32_t port, struct xenpt_pv_result *ret,
                                                       struct xenpt_error *err);
/** EVTCHNOP_close: the other end waits for the caller's domain again. */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_event_close(struct xenpt_machine *machine,
                                                        const struct xenpt_pv_caller *caller,
                                                        uint32_t port, struct xenpt_pv_result *ret,
                                                        struct xenpt_error *err);
/** EVTCHNOP_status: what a port is, of the caller's domain or of one that it controls. */
XENPT_API XENPT_CHECK enum xenpt_code
xenpt_event_status(struct xenpt_machine *machine, const struct xenpt_pv_caller *caller,
                   uint32_t domain, uint32_t port, struct xenpt_event_channel *channel,
                   struct xenpt_pv_result *ret, struct xenpt_error *err);

/* --- Queues ---------------------------------------------------------------------------------- */

/**
 * EVTCHNOP_init_control: a vCPU's queues have their heads in a frame of the caller's, which Xen
 * maps for good.  From the first of these on all ports of the domain are words of pages that
 * EVTCHNOP_expand_array gives, and no bits of shared_info.  Since 4.4.
 * @param gfn     As the caller calls it.
 * @param offset  Where in it 72 bytes begin.
 *
 * Model: a bit that was set in shared_info before is not carried over; and a release before 4.4 is
 * not told apart, which has none of this but EVTCHNOP_unmask.
 */
XENPT_API XENPT_CHECK enum xenpt_code
xenpt_event_init_control(struct xenpt_machine *machine, const struct xenpt_pv_caller *caller,
                         uint64_t gfn, uint32_t offset, uint32_t vcpu, struct xenpt_pv_result *ret,
                         struct xenpt_error *err);
/** EVTCHNOP_expand_array: a page for words of 1024 ports more, which Xen maps for good. */
XENPT_API XENPT_CHECK enum xenpt_code
xenpt_event_expand_array(struct xenpt_machine *machine, const struct xenpt_pv_caller *caller,
                         uint64_t gfn, struct xenpt_pv_result *ret, struct xenpt_error *err);
/** EVTCHNOP_set_priority: 0, the highest, to 15. */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_event_set_priority(struct xenpt_machine *machine,
                                                               const struct xenpt_pv_caller *caller,
                                                               uint32_t port, uint32_t priority,
                                                               struct xenpt_pv_result *ret,
                                                               struct xenpt_error *err);
/** EVTCHNOP_unmask: of either ABI; an event that waited for that comes. */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_event_unmask(struct xenpt_machine *machine,
                                                         const struct xenpt_pv_caller *caller,
                                                         uint32_t port, struct xenpt_pv_result *ret,
                                                         struct xenpt_error *err);

/** A port as it is, whoever asks.  @return False: there is no such domain, or it has not so many.
 */
XENPT_API bool xenpt_event_port(const struct xenpt_machine *machine, uint32_t domain, uint32_t port,
                                struct xenpt_event_channel *ret);

/** What shared_info says of a port, or what its vCPU has for vcpu_info; or its word, of a domain
 * that has queues. */
struct xenpt_event_bits {
    bool pending; /**< Its bit of evtchn_pending. */
    bool masked;  /**< Of evtchn_mask. */
    bool
        selected; /**< The bit for its word in evtchn_pending_sel of the vCPU that it notifies... */
    bool upcall;  /**< ...and evtchn_upcall_pending of that vCPU. */
};

/**
 * Reads them from the domain's memory.
 * Model: vCPUs from 32 on have none in shared_info, and read as clear until they register one.
 * @return False: there is no such domain, or the ABI has not so many ports.
 */
XENPT_API bool xenpt_event_bits(const struct xenpt_machine *machine, uint32_t domain, uint32_t port,
                                struct xenpt_event_bits *ret);

#ifdef __cplusplus
}
#endif

#endif
