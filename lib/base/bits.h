/* bits.h - masks that do not trip over a shift by 64, and names for the compiler's hints. */
#ifndef XENPT_BASE_BITS_H
#define XENPT_BASE_BITS_H

#include "xenpt/types.h"

#define likely(x)     __builtin_expect(!!(x), 1)
#define unlikely(x)   __builtin_expect(!!(x), 0)
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/*
 * Where a hundred copies of a function serve nobody there is one: a sanitizer checks what it says,
 * and what is not optimised is none the faster, but takes a compiler minutes.
 */
#if defined(XENPT_ONE_COPY) || !defined(__OPTIMIZE__)
#define always_inline inline
#else
#define always_inline inline __attribute__((always_inline))
#endif

/* The lowest n bits; n up to 64. */
static always_inline uint64_t ones(unsigned int n)
{
    return n ? ~UINT64_C(0) >> (64 - n) : 0;
}

static always_inline uint64_t min_u64(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static always_inline uint64_t max_u64(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

#endif
