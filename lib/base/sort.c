/* sort.c - see sort.h: a pass for each digit in which words differ. */
#include "base/sort.h"

#include <stdlib.h>
#include <string.h>

#include "base/bits.h"

#define DIGIT_BITS 11 /* At most: more buckets than a TLB has pages make each pass slower. */
#define DIGITS     (1u << DIGIT_BITS)

static always_inline uint64_t word_of(const uint8_t *record)
{
    uint64_t word;

    memcpy(&word, record, sizeof(word));
    return word;
}

/* Bits of a word. */
struct digit {
    unsigned int shift, bits;
};

/* One pass: by a digit. */
static always_inline void by_digit(uint8_t *to, const uint8_t *from, size_t n, size_t size,
                                   struct digit d)
{
    const uint64_t mask = ones(d.bits);
    size_t at[DIGITS] = { 0 }, sum = 0;

    for (size_t i = 0; i < n; i++)
        at[word_of(from + i * size) >> d.shift & mask]++;
    for (size_t i = 0; i <= mask; i++) {
        size_t count = at[i];

        at[i] = sum;
        sum += count;
    }
    for (size_t i = 0; i < n; i++) {
        const uint8_t *record = from + i * size;

        memcpy(to + size * at[word_of(record) >> d.shift & mask]++, record, size);
    }
}

static void pass(uint8_t *to, const uint8_t *from, size_t n, size_t size, struct digit d)
{
    if (size == 8)
        by_digit(to, from, n, 8, d);
    else if (size == 16)
        by_digit(to, from, n, 16, d);
    else
        by_digit(to, from, n, size, d);
}

/* Bits in which words differ from the first; 0: they are in order as they are. */
static uint64_t to_be_sorted(const uint8_t *list, size_t n, size_t size, unsigned int bit)
{
    uint64_t differs = 0, first = n ? word_of(list) >> bit : 0, before = first;
    bool sorted = true;

    for (size_t i = 1; i < n; i++) {
        uint64_t word = word_of(list + i * size) >> bit;

        sorted = sorted && before <= word;
        differs |= word ^ first;
        before = word;
    }
    return sorted ? 0 : differs << bit;
}

/* As few passes as there can be, of digits as small as they can be then. */
static unsigned int digit_bits(uint64_t differs)
{
    unsigned int width = 64u - (unsigned int)__builtin_clzll(differs >> __builtin_ctzll(differs));
    unsigned int passes = (width + DIGIT_BITS - 1) / DIGIT_BITS;

    return (width + passes - 1) / passes;
}

bool sort_by_word(void *list, size_t n, size_t size, unsigned int bit)
{
    uint64_t differs = to_be_sorted(list, n, size, bit);
    uint8_t *from = list, *to, *spare;
    unsigned int digit;

    if (!differs)
        return true;
    spare = malloc(n * size);
    if (!spare)
        return false;
    to = spare;
    digit = digit_bits(differs);
    for (unsigned int shift = (unsigned int)__builtin_ctzll(differs); shift < 64; shift += digit) {
        uint8_t *sorted = to;

        if (!(differs >> shift & ones(digit)))
            continue;
        pass(to, from, n, size, (struct digit){ shift, digit });
        to = from;
        from = sorted;
    }
    if (from != list)
        memcpy(list, from, n * size);
    free(spare);
    return true;
}
