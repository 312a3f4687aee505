/* abi_vcpu.h - more of Xen's interface: public/vcpu.h, physdev.h and event_channel.h, of 4.17. */
#ifndef XENPT_TEST_XEN_ABI_VCPU_H
#define XENPT_TEST_XEN_ABI_VCPU_H

#include "abi_more.h"

#define VCPU_REGISTER_INFO 10u
struct vcpu_place {
    uint64_t frame;
    uint32_t offset, pad;
};

#define CALL_PHYSDEV_OP  33u
#define PHYSDEV_MAP_PIRQ 13u
#define MAP_GSI          1
struct map_pirq {
    uint16_t domain;
    int32_t type, index, pirq, bus, devfn, entry;
    uint64_t table;
};

#define EVENT_BIND_PIRQ 2u
struct event_pirq {
    uint32_t pirq, flags; /* 1: it shares it. */
    uint32_t port;
};

#endif
