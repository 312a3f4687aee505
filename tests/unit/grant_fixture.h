/* grant_fixture.h - domains of pv_tree.h grant frames to one another. */
#ifndef XENPT_TEST_GRANT_FIXTURE_H
#define XENPT_TEST_GRANT_FIXTURE_H

#include "pv_tree.h"
#include "xen/grants.h"
#include "xenpt/grant.h"

#define DEV_MAP   XENPT_GRANT_MAP_DEVICE
#define CPU_MAP   XENPT_GRANT_MAP_HOST
#define READ_ONLY XENPT_GRANT_MAP_READ_ONLY
#define BY_PTE    XENPT_GRANT_MAP_CONTAINS_PTE
#define APP       XENPT_GRANT_MAP_APPLICATION

/* Of the last mapping. */
extern uint32_t handle;
extern uint64_t bus;

/* An entry of a domain's: `flags` besides that access is permitted. */
void offer(uint32_t d, uint32_t ref, uint32_t to, uint64_t frame, unsigned int flags);
/* The name of the error, or "ok". */
const char *grant_map(uint32_t d, uint64_t where, uint32_t flags, uint32_t owner, uint32_t ref);
const char *grant_unmap(uint32_t d, uint64_t where, uint64_t bus_at, uint64_t by, uint32_t which);
const char *grant_copy(uint32_t d, struct xenpt_grant_side from, struct xenpt_grant_side to,
                       uint16_t length);
const char *grant_version(uint32_t d, uint32_t version);
/* An address of a PV domain's kernel, page i of it; and its L1 entry. */
uint64_t va_of(uint32_t d, uint64_t i);
uint64_t entry_for(uint32_t d, uint64_t va);
/* A frame of the PVH domain's, as it calls it; and that domain runs. */
uint64_t gfn_of_d3(uint64_t i);
void run_d3(void);
/* How often an entry is pinned: host-rw, host-ro, device-rw, device-ro as hex digits. */
unsigned int pins(uint32_t d, uint32_t ref);
/* READING and WRITING, as the guest sees them. */
unsigned int status_of(uint32_t d, uint32_t ref);

#endif
