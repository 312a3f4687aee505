/* abi.h - structures that are shared with guests, by number. */
#ifndef XENPT_XEN_ABI_H
#define XENPT_XEN_ABI_H

#include "xenpt/construction.h"

enum abi {
    ABI_SHARED_INFO,
    ABI_VCPU_INFO,
    ABI_VCPU_TIME_INFO,
    ABI_START_INFO,
    ABI_HVM_START_INFO,
    ABI_HVM_MEMMAP,
    ABI_CONSOLE,
    ABI_XENSTORE,
    ABI_GRANT_V1,
    ABI_HVM_INFO,
    ABI_GRANT_V2,
    ABI_GRANT_STATUS,
};

#endif
