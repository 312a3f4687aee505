/*
 * asks_vcpu.h - a page for a vCPU's vcpu_info, physical interrupts, and memory that guests share.
 */
#ifndef XENPT_TEST_XEN_ASKS_VCPU_H
#define XENPT_TEST_XEN_ASKS_VCPU_H

#include "asks.h"

/* --- vCPUs ----------------------------------------------------------------------------------- */

/* VCPUOP_register_vcpu_info, of a vCPU of the caller's. */
int ask_vcpu_info(uint32_t vcpu, uint64_t frame, uint32_t offset);

/* --- Physical interrupts --------------------------------------------------------------------- */

#define ANY_PIRQ 0xffffffffu
/* PHYSDEVOP_map_pirq, of an input of the I/O APIC: *pirq is the number that is asked for. */
int ask_map_pirq(uint32_t domain, uint32_t gsi, uint32_t *pirq);
int ask_bind_pirq(uint32_t pirq, bool shared, uint32_t *port);

#endif
