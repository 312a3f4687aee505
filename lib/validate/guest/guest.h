/* guest.h - what VMX and SVM hosts have in common: a guest that makes one access. */
#ifndef XENPT_GUEST_GUEST_H
#define XENPT_GUEST_GUEST_H

#include "state.h"

struct guest {
    bool is_64; /* Its code is that of 64-bit mode. */
    uint8_t cpl, ac;
    uint16_t cs;
    uint64_t efer;
    uint64_t ip; /* The stub. */
};

void guest_make(const struct blob_state *state, const struct blob_access *access,
                struct guest *ret);

#endif
