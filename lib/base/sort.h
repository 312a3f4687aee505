/*
 * sort.h - many records in the order of their first word: a radix sort.
 *
 * Millions of tables, or of pieces of memory, are put into the order in which they lie in memory.
 * The words are addresses that have few digits in which they differ.
 */
#ifndef XENPT_BASE_SORT_H
#define XENPT_BASE_SORT_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Sorts n records of `size` bytes, 8, 16 or 24, by the bits from `bit` on of the uint64_t that each
 * begins with; equal ones keep their order.  False: no memory, and nothing was moved.
 */
bool sort_by_word(void *list, size_t n, size_t size, unsigned int bit);

#endif
