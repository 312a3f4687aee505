/* memory.h - where the image finds things: machine addresses and its own. */
#ifndef XENPT_GUEST_MEMORY_H
#define XENPT_GUEST_MEMORY_H

#include "validate/blob.h"

#ifdef __x86_64__
#define MEMORY_OFFSET PROBE_HIGH
#else
#define MEMORY_OFFSET 0u
#endif

/* What the image can reach of the machine's memory. */
#define MEMORY_REACH 0x40000000u

/* A machine address below MEMORY_REACH, to be read and written. */
static inline void *memory_at(uint32_t address)
{
    return (void *)(MEMORY_OFFSET + address);
}

/* The machine address of something in the image. */
static inline uint32_t machine_address(const void *p)
{
    return (uint32_t)((uintptr_t)p - MEMORY_OFFSET);
}

/* stubs64.S, stubs32.S; the page of stubs in user mode begins with either. */
extern const uint8_t stubs64[], stubs32_u[], stubs32_s[];

static inline const void *stubs_of_user(void)
{
#ifdef __x86_64__
    return stubs64;
#else
    return stubs32_u;
#endif
}

#endif
