/*
 * asks_domains.h - requests about other domains, besides those of asks.h: physical memory of PVH
 * domains, event channels, device models, resources; and requests that say where they are.
 */
#ifndef XENPT_TEST_XEN_ASKS_DOMAINS_H
#define XENPT_TEST_XEN_ASKS_DOMAINS_H

#include "asks.h"

/* A frame of d2's memory, as d2 calls it, that no case has used, ... */
uint64_t fresh_of_d2(void);
/* ...and one where it has nothing. */
uint64_t nothing_of_d2(void);

/* The caller is a PVH domain: d2, or dom0. */
bool is_pvh(void);
/* A frame of the physical memory of a PVH dom0's where it has nothing. */
uint64_t nothing_of_own(void);

/* --- Physical memory ------------------------------------------------------------------------- */

enum {
    SPACE_SHARED_INFO,
    SPACE_GRANT_TABLE,
    SPACE_GMFN,
    SPACE_GMFN_RANGE,
    SPACE_GMFN_FOREIGN,
    SPACE_DEV_MMIO,
};
#define STATUS_FRAME (UINT64_C(1) << 31)

struct place {
    uint64_t idx, gfn;
};
struct to_add {
    uint32_t domain, space, foreign; /* foreign: in a batch. */
    uint32_t size;                   /* Of a range. */
};
int ask_add(struct to_add what, struct place at);
/* Each has an error of its own, if there is none of all. */
int ask_add_batch(struct to_add what, const struct place *at, unsigned int nr, int *errors);
int ask_remove(uint32_t domain, uint64_t gfn);

/* Frames of it are populated when they are touched; returns how many extents were done. */
int ask_on_demand(uint32_t domain, uint32_t order, uint64_t gfn);
int ask_pod_target(uint32_t domain, uint64_t frames);
/* What waits, what is kept for it, and all that it has; dom0 asks this. */
int ask_pod(uint32_t domain, uint64_t *entries, uint64_t *cache, uint64_t *total);

/* A frame of a device is there in d2's; by dom0, and not for the line.  False: it cannot. */
bool device_of_d2(uint64_t gfn);
/* Some PCI device becomes a domain's, or is no more. */
int ask_assign(uint32_t domain, bool assigned);

/* --- Event channels -------------------------------------------------------------------------- */

int ask_alloc_unbound(uint32_t domain, uint32_t remote, uint32_t *port);
int ask_bind_interdomain(uint32_t remote, uint32_t remote_port, uint32_t *port);
int ask_bind_virq(uint32_t virq, uint32_t vcpu, uint32_t *port);
int ask_bind_ipi(uint32_t vcpu, uint32_t *port);
int ask_send(uint32_t port);
int ask_close(uint32_t port);
struct channel {
    uint32_t kind, vcpu;   /* EVTCHNSTAT_* */
    uint32_t domain, port; /* Of what is connected; domain alone of what waits; else 0. */
};
int ask_status(uint32_t domain, uint32_t port, struct channel *ret);

/* --- Device models, and resources ------------------------------------------------------------ */

enum { IOREQ_CREATE, IOREQ_INFO, IOREQ_ENABLE, IOREQ_DISABLE, IOREQ_DESTROY };
int ask_ioreq(unsigned int what, uint32_t domain, uint32_t *id, uint32_t buffered);

enum { RESOURCE_IOREQ, RESOURCE_GRANTS, RESOURCE_TRACE };
struct resource {
    uint32_t domain, type, id;
    uint64_t frame;
};
/* Frames: PV: which they are, afterwards. */
int ask_acquire(struct resource what, uint64_t *frames, unsigned int nr);

/* --- Where they are -------------------------------------------------------------------------- */

/* What Xen reads there is what they say; put() has written it where anything can be. */
int ask_mmu_at(uint64_t va, struct mmu_request req);
int ask_ext_at(uint64_t va, struct ext_request op);
int ask_gdt_at(uint64_t va, uint64_t frame);
int ask_version_at(uint64_t va, uint32_t version);
/* structure, extents: addresses, or 0: where it may be. */
int ask_memory_at(unsigned int what, uint64_t structure, uint64_t extents, uint64_t frame);

/* --- Transfers ------------------------------------------------------------------------------- */

/* A frame to a domain that accepts one at that frame of its; PV. */
int ask_transfer(uint32_t domain, uint64_t frame, uint64_t gfn);

#endif
