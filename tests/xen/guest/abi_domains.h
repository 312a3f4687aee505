/* abi_domains.h - more of Xen's interface: public/memory.h, event_channel.h, hvm/dm_op.h and
 * hvm/params.h, of 4.17. */
#ifndef XENPT_TEST_XEN_ABI_DOMAINS_H
#define XENPT_TEST_XEN_ABI_DOMAINS_H

#include "abi.h"

enum {
    CALL_EVENT_CHANNEL_OP = 32,
    CALL_HVM_OP = 34,
    CALL_DM_OP = 41,
};

enum {
    MEM_ADD = 7,
    MEM_REMOVE = 15,
    MEM_SET_POD_TARGET = 16,
    MEM_GET_POD_TARGET = 17,
    MEM_ADD_BATCH = 23,
    MEM_ACQUIRE = 28,
};
#define MEM_ON_DEMAND (1u << 16)

struct add_one {
    uint16_t domain, size;
    uint32_t space;
    uint64_t idx, gfn;
};
struct add_batch {
    uint16_t domain, space, size, foreign;
    uint64_t idx, gfn, errors; /* Where there are arrays of them. */
};
struct remove_one {
    uint16_t domain;
    uint64_t gfn;
};
struct pod_target {
    uint64_t target, total, cache, entries;
    uint16_t domain;
};
struct acquire {
    uint16_t domain, type;
    uint32_t id, nr, pad;
    uint64_t frame, frames;
};

enum {
    EVENT_BIND_INTERDOMAIN = 0,
    EVENT_BIND_VIRQ = 1,
    EVENT_CLOSE = 3,
    EVENT_SEND = 4,
    EVENT_STATUS = 5,
    EVENT_ALLOC_UNBOUND = 6,
    EVENT_BIND_IPI = 7,
};
struct event_alloc {
    uint16_t domain, remote;
    uint32_t port;
};
struct event_interdomain {
    uint16_t remote;
    uint32_t remote_port, port;
};
struct event_virq {
    uint32_t virq, vcpu, port;
};
struct event_ipi {
    uint32_t vcpu, port;
};
struct event_status {
    uint16_t domain;
    uint32_t port, kind, vcpu;
    uint16_t remote; /* Of a virtual interrupt: its number. */
    uint32_t remote_port;
};

enum { DM_CREATE = 1, DM_INFO = 2, DM_STATE = 5, DM_DESTROY = 6 };
struct dm_op {
    uint32_t op, pad;
    union {
        struct {
            uint8_t buffered, pad[3];
            uint16_t id;
        } create;
        struct {
            uint16_t id, flags;
            uint32_t port;
            uint64_t gfn, buffered_gfn;
        } info;
        struct {
            uint16_t id;
            uint8_t enabled, pad;
        } state;
        uint8_t room[64];
    } u;
};
struct dm_buffer {
    uint64_t at, size;
};

#define HVM_SET_PARAM  0u
#define PARAM_STORE    1u
#define PARAM_IOREQ    5u
#define PARAM_BUFIOREQ 6u
struct hvm_param {
    uint16_t domain, pad;
    uint32_t index;
    uint64_t value;
};

#define GRANT_OP_TRANSFER 4u
struct grant_transfer {
    uint64_t frame;
    uint16_t domain;
    uint32_t ref;
    int16_t status;
};

#endif
