/* abi_more.h - more of Xen's interface: public/event_channel.h, hvm/hvm_op.h, grant_table.h,
 * memory.h and domctl.h, of 4.17. */
#ifndef XENPT_TEST_XEN_ABI_MORE_H
#define XENPT_TEST_XEN_ABI_MORE_H

#include "abi_domains.h"

enum {
    EVENT_UNMASK = 9,
    EVENT_INIT_CONTROL = 11,
    EVENT_EXPAND_ARRAY = 12,
    EVENT_SET_PRIORITY = 13,
};
struct event_control {
    uint64_t frame;
    uint32_t offset, vcpu;
    uint8_t link_bits, pad[7];
};
struct event_priority {
    uint32_t port, priority;
};

#define HVM_GET_PARAM 1u

enum { GRANT_GET_VERSION = 10, GRANT_SWAP = 11, GRANT_CACHE_FLUSH = 12 };
struct grant_version {
    uint16_t domain, pad;
    uint32_t version;
};
struct grant_swap {
    uint32_t a, b;
    int16_t status;
};
struct grant_cache_flush {
    uint64_t address;
    uint16_t offset, length;
    uint32_t op;
};

#define MEM_PAGING 20u
struct paging_op {
    uint8_t op;
    uint16_t domain;
    uint64_t buffer, gfn;
};
enum { PAGING_NOMINATE = 0, PAGING_EVICT = 1, PAGING_PREPARE = 2 };

/* Of domctl: the op and what it is about, in the first words of what it has. */
enum { CTL_SHADOW_OP = 10, CTL_SET_TARGET = 46, CTL_VM_EVENT = 56 };
enum { LOG_OFF = 0, LOG_ON = 2 };
#define VM_EVENT_PAGING 1u
enum { VM_EVENT_ENABLE = 0, VM_EVENT_DISABLE = 1, VM_EVENT_RESUME = 2 };

#endif
