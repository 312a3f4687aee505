/* state.h - the state the image is in, that of a case, and the way back. */
#ifndef XENPT_GUEST_STATE_H
#define XENPT_GUEST_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "validate/blob.h"

/* An exception, and where it came from. */
struct landing {
    bool loading; /* The state was not all loaded yet. */
    uint32_t vector, code;
    uintptr_t ip, ax, cr2;
};

/* What differs between the image and a case. */
struct registers {
    uintptr_t cr0, cr3, cr4;
    uint64_t efer, pat;
};

/* The image's own; CR4 and EFER change when it becomes a VMX or SVM host. */
extern struct registers own;

/* Where to go, and with what in DI. */
struct target {
    const struct blob_state *state;
    uintptr_t ip, di;
    uint8_t cpl, ac;
};

/* main.c: plants what is to be planted once a state is loaded. */
void plant_late(void);
/* Notes the state that the image is in as its own. */
void state_init(void);
/* Loads a state and goes to its target; comes back with the exception that ended it. */
void state_enter(const struct target *target, struct landing *ret);

/* What makes a host of the machine: more bits of its own state. */
void state_own_efer(uint64_t more);
void state_own_cr4(uintptr_t more);
/* PKRU, which a guest shares with its host. */
void state_load_pkru(const struct blob_state *state);

#endif
