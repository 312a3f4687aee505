/* access.h - one access of a case, by the machine itself or by a guest. */
#ifndef XENPT_GUEST_ACCESS_H
#define XENPT_GUEST_ACCESS_H

#include "state.h"

/* One of STAGE_... */
struct stage {
    /* False: the machine lacks what it takes.  Only called for one that has a flag. */
    bool (*begin)(void);
    void (*access)(const struct blob_state *state, const struct blob_access *access,
                   struct result *ret);
};

extern const struct stage stage_native, stage_ept, stage_npt;

/* The stub that makes an access, counted from the first of its mode. */
uint32_t access_stub(const struct blob_access *access);
/* What an exception says, of an access by the stub at @stub. */
void access_landed(const struct blob_access *access, uintptr_t stub, const struct landing *landing,
                   struct result *ret);

#endif
