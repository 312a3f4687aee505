/*
 * asks_more.h - requests that are made seldom: event channels in queues, parameters of HVM and PVH
 * domains, small ones of grant tables, pagers, and a domain that becomes a device model.
 */
#ifndef XENPT_TEST_XEN_ASKS_MORE_H
#define XENPT_TEST_XEN_ASKS_MORE_H

#include "asks.h"

/* What not every Xen is built with, and, of dom0, not every machine has: an IOMMU, so that d2 can
 * have devices. */
enum feature { ALWAYS, PAGING, DEVICES, NR_FEATURES };
/* Whether the Xen that is asked has it. */
bool has(enum feature what);
extern const char *const feature_names[NR_FEATURES];

/* --- Event channels in queues ---------------------------------------------------------------- */

int ask_init_control(uint64_t frame, uint32_t offset, uint32_t vcpu);
int ask_expand_array(uint64_t frame);
int ask_priority(uint32_t port, uint32_t priority);
int ask_unmask(uint32_t port);

/* --- Parameters ------------------------------------------------------------------------------ */

int ask_set_param(uint32_t domain, uint32_t index, uint64_t value);
int ask_get_param(uint32_t domain, uint32_t index, uint64_t *value);

/* --- Grants: those of a status have it as asks.h does ---------------------------------------- */

int ask_swap(uint32_t a, uint32_t b);
/* Its error is one of a hypercall's. */
int ask_cache_flush(uint64_t frame, uint16_t offset, uint16_t length, uint32_t what);
/* So is this one's. */
int ask_get_version(uint32_t domain, uint32_t *version);
/* A frame to a domain, by an entry of its. */
int ask_transfer_by(uint32_t domain, uint64_t frame, uint32_t ref);

/* --- Devices --------------------------------------------------------------------------------- */

/* One that there is, and that dom0 has at first; or one that there is not. */
int ask_device(uint32_t domain, bool there, bool assigned);
/* A log of the pages that d2 writes to; not for the line.  False: it cannot. */
bool log_of_d2(bool on);

/* --- Pagers ---------------------------------------------------------------------------------- */

enum { PAGER_ENABLE, PAGER_DISABLE, PAGER_NOMINATE, PAGER_EVICT, PAGER_PREPARE, PAGER_RESUME };
int ask_pager(uint32_t domain, unsigned int what, uint64_t gfn);

/* --- Device models --------------------------------------------------------------------------- */

/* d1: dom0 makes it the one of d2. */
void become_model(void);

#endif
