/**
 * @file types.h
 * Words that every other header uses: exported symbols, bits, typed frame numbers.
 */
#ifndef XENPT_TYPES_H
#define XENPT_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Marks what the shared library shows to its users; all else stays inside. */
#define XENPT_API   __attribute__((visibility("default")))
/** Marks a result that says whether the call worked: it may not be dropped unread. */
#define XENPT_CHECK __attribute__((warn_unused_result))

/** A word with bit @p n set. */
#define XENPT_BIT(n)       (UINT64_C(1) << (n))
/** A word with bits @p hi down to @p lo set, both included. */
#define XENPT_BITS(hi, lo) ((~UINT64_C(0) >> (63 - (hi))) & (~UINT64_C(0) << (lo)))

/** Bytes of a frame, and of a table, on x86. */
#define XENPT_PAGE_SIZE  4096u
/** log2 of #XENPT_PAGE_SIZE. */
#define XENPT_PAGE_SHIFT 12u
/** Bits an x86 physical address can have; AMD APM vol. 2, "Long-Mode Page Translation". */
#define XENPT_MADDR_BITS 52u

/** The number of a frame of machine memory, as Xen counts them (mfn_t). */
typedef struct {
    uint64_t v; /**< maddr >> #XENPT_PAGE_SHIFT. */
} xenpt_mfn_t;

/** The frame with number @p v. */
static inline xenpt_mfn_t xenpt_mfn(uint64_t v)
{
    xenpt_mfn_t mfn = { v };

    return mfn;
}

/** The machine address of a frame's first byte. */
static inline uint64_t xenpt_mfn_to_maddr(xenpt_mfn_t mfn)
{
    return mfn.v << XENPT_PAGE_SHIFT;
}

/** The frame that holds machine address @p maddr. */
static inline xenpt_mfn_t xenpt_maddr_to_mfn(uint64_t maddr)
{
    return xenpt_mfn(maddr >> XENPT_PAGE_SHIFT);
}

#endif
