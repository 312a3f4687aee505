/* entries.h - entries of a table, apart from where it lies. */
#ifndef XENPT_ANALYSIS_ENTRIES_H
#define XENPT_ANALYSIS_ENTRIES_H

#include <string.h>

#include "base/bits.h"
#include "xenpt/paging.h"

/* Entry `i` of a table that is there, or 0. */
static inline uint64_t table_entry(const uint8_t *table, unsigned int i, unsigned int size)
{
    uint64_t entry = 0;
    uint32_t half = 0;

    if (!table)
        return 0;
    /* Each a load, where a size that is not known would be a call. */
    if (size == sizeof(entry)) {
        memcpy(&entry, table + (size_t)i * sizeof(entry), sizeof(entry));
        return entry;
    }
    memcpy(&half, table + (size_t)i * sizeof(half), sizeof(half));
    return half;
}

/* The first input address that entry `i` of a table speaks for, which itself begins at `in`. */
static inline uint64_t entry_input(const struct xenpt_format *f, unsigned int level, uint64_t in,
                                   unsigned int i)
{
    in += (uint64_t)i << f->level[level].shift;
    if (f->sign_extended && in >> (f->input_bits - 1) & 1)
        in |= ~ones(f->input_bits);
    return in;
}

/* Bits of an entry that are no address. */
static inline uint64_t entry_flags(const struct xenpt_paging *pg, unsigned int level,
                                   uint64_t entry, enum xenpt_role role)
{
    uint64_t span = role == XENPT_PAGE ? XENPT_BIT(pg->format.level[level].shift) - 1
                                       : XENPT_PAGE_SIZE - 1;

    /* PAT of a larger page lies where addresses do: below the page's own. */
    return entry & ~(pg->format.address & ~span);
}

#endif
