/* value.h - what expressions are about: numbers, addresses and frames, and who is meant. */
#ifndef XENPT_SCENARIO_VALUE_H
#define XENPT_SCENARIO_VALUE_H

#include "xen/words.h"
#include "xenpt/machine.h"

enum value_type {
    VALUE_NUMBER,  /* Stands for each of the next four where one is wanted. */
    VALUE_ADDRESS, /* A virtual address, or what a guest under a second stage calls physical. */
    VALUE_MADDR,
    VALUE_MFN,
    VALUE_GFN,
    VALUE_DOMAIN,
    VALUE_VCPU,
    VALUE_CONTEXT,
    VALUE_CPU,
    VALUE_XEN,   /* "xen", of which only its members can be meant. */
    VALUE_LEVEL, /* "l4", likewise. */
    NR_VALUE_TYPES,
};

enum who_kind {
    WHO_VCPU, /* A vCPU, in a mode if a context is meant. */
    WHO_P2M,
    WHO_XPTI,
    WHO_CPU,
    WHO_IDLE,
    WHO_DEVICE,  /* The one in quarantine. */
    WHO_DEVICES, /* Those of a domain. */
};

struct who {
    enum who_kind kind;
    uint32_t domain, vcpu, cpu;
    enum xenpt_run_mode mode;
    bool user; /* In Xen, entered from the guest's user mode. */
};

struct value {
    enum value_type type;
    uint64_t v;    /* Of a level: its number. */
    uint64_t last; /* Of a range, its last one; else v. */
    struct who who;
};

/* "an address", "a frame of the machine (mfn)" */
extern const char *const value_type_words[NR_VALUE_TYPES];
/* How to get from one to another, or "". */
const char *value_hint(enum value_type have, enum value_type want);
/* Whether a value of one type can stand where another is wanted. */
bool value_fits(enum value_type have, enum value_type want);

#endif
