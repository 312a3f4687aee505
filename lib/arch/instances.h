/*
 * instances.h - one function for each pair of a format and a way of holding memory.
 *
 * Define INSTANCE(id, held) to make one, then use TABLE_OF_INSTANCES for the table of them,
 * to be indexed by [paging->id][reader->held].
 */
#ifndef XENPT_ARCH_INSTANCES_H
#define XENPT_ARCH_INSTANCES_H

#include "arch/format_tables.h"

#define XENPT_NR_HELD (XENPT_HELD_IN_STORE + 1)

/* Held where an entry can be reached without a call... */
#define EACH_OPEN(X, id)                                                                           \
    X(id, XENPT_HELD_FLAT)                                                                         \
    X(id, XENPT_HELD_IN_RUNS)                                                                      \
    X(id, XENPT_HELD_IN_STORE)

/* ...and any. */
#define EACH_HELD(X, id)                                                                           \
    X(id, XENPT_HELD_BEHIND_CALL)                                                                  \
    EACH_OPEN(X, id)

#define EACH_INSTANCE(X)                                                                           \
    EACH_HELD(X, XENPT_UNPAGED)                                                                    \
    EACH_HELD(X, XENPT_2LEVEL)                                                                     \
    EACH_HELD(X, XENPT_PAE)                                                                        \
    EACH_HELD(X, XENPT_4LEVEL)                                                                     \
    EACH_HELD(X, XENPT_5LEVEL)                                                                     \
    EACH_HELD(X, XENPT_EPT4)                                                                       \
    EACH_HELD(X, XENPT_EPT5)                                                                       \
    EACH_HELD(X, XENPT_NPT2)                                                                       \
    EACH_HELD(X, XENPT_NPT_PAE)                                                                    \
    EACH_HELD(X, XENPT_NPT4)                                                                       \
    EACH_HELD(X, XENPT_NPT5)                                                                       \
    EACH_HELD(X, XENPT_IOMMU3)                                                                     \
    EACH_HELD(X, XENPT_IOMMU4)                                                                     \
    EACH_HELD(X, XENPT_VTD3)                                                                       \
    EACH_HELD(X, XENPT_VTD4)

#endif
