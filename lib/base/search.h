/* search.h - binary search: the first in order that is not below something. */
#ifndef XENPT_BASE_SEARCH_H
#define XENPT_BASE_SEARCH_H

#include <stddef.h>

/*
 * Of places `low` to `high`, of which the first ones are below something, makes `low` the first
 * that is not: `below`, an expression of `i`, says it of one.  Where all are, it is `high`.
 *
 *     size_t low = 0, high = nr;
 *
 *     SEARCH(low, high, i, list[i].last < at);
 */
#define SEARCH(low, high, i, below)                                                                \
    do {                                                                                           \
        while ((low) < (high)) {                                                                   \
            size_t i = (low) + ((high) - (low)) / 2;                                               \
                                                                                                   \
            if (below)                                                                             \
                (low) = i + 1;                                                                     \
            else                                                                                   \
                (high) = i;                                                                        \
        }                                                                                          \
    } while (0)

#endif
