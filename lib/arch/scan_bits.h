/*
 * scan_bits.h - what the entries of an L1 table are, a bit for each.
 *
 * Nearly all tables of a hierarchy are L1 tables, and most of their entries are either not
 * present or continue the one before: the next frame, with equal rights.  Both are found for a
 * whole table at a time, before anything is asked of an entry by itself.
 */
#ifndef XENPT_ARCH_SCAN_BITS_H
#define XENPT_ARCH_SCAN_BITS_H

#include "base/bits.h"

/* Entries of the largest table there is: a 2-level format's. */
#define ENTRIES_MAX 1024

struct scan_bits {
    uint64_t present[ENTRIES_MAX / 64];
    uint64_t continues[ENTRIES_MAX / 64]; /* The entry before, by a page, with equal bits. */
};

/* What is asked of the entries. */
struct scan_masks {
    uint64_t present; /* An entry with any of these is present. */
    uint64_t run;     /* Those that are as foreseen in an entry that continues another. */
};

/*
 * Classifies `n` entries, a multiple of 64.  An entry continues the one before if both are
 * present and it is that one and a page, in the bits of masks->run; the first continues none.
 * `next`: as many bytes again, to be fetched because they are read next, or NULL.
 */
typedef void scan_classify_fn(struct scan_bits *ret, const uint64_t *entry, unsigned int n,
                              const struct scan_masks *masks, const uint8_t *next);

scan_classify_fn scan_classify_plain;
scan_classify_fn scan_classify_avx2; /* Where the processor has AVX2 only. */

/* The fastest for this processor. */
scan_classify_fn *scan_classify_best(void);

/* Addresses that are looked for: `from`, and up to so many behind it. */
struct scan_reach {
    uint64_t address; /* Bits of an entry that are one; below bit 63. */
    uint64_t from, reach;
};

/*
 * A bit for each of `n` entries, a multiple of 64, whose address is looked for; whether they are
 * present is not asked.  False: none is, and `ret` has nothing.  `next`: as of a scan_classify_fn.
 */
typedef bool scan_match_fn(uint64_t ret[ENTRIES_MAX / 64], const uint64_t *entry, unsigned int n,
                           const struct scan_reach *reach, const uint8_t *next);

scan_match_fn scan_match_plain;
scan_match_fn scan_match_avx2; /* Where the processor has AVX2 only. */

/* The fastest for this processor. */
scan_match_fn *scan_match_best(void);

#endif
