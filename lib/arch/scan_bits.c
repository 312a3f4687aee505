/*
 * scan_bits.c - see scan_bits.h: once in plain C, and once for processors with AVX2.
 */
#include "arch/scan_bits.h"

#include <immintrin.h>

#define WORD 64 /* Entries that have their bits in one word. */

void scan_classify_plain(struct scan_bits *ret, const uint64_t *entry, unsigned int n,
                         const struct scan_masks *masks, const uint8_t *next)
{
    uint64_t before = 0, carry = 0;

    for (unsigned int i = 0; i < n; i += WORD) {
        uint64_t present = 0, continues = 0;

        for (unsigned int j = 0; j < WORD; j++) {
            uint64_t e = entry[i + j], differs = ((before + XENPT_PAGE_SIZE) ^ e) & masks->run;

            present |= (uint64_t)((e & masks->present) != 0) << j;
            continues |= (uint64_t)(differs == 0) << j;
            before = e;
            if (next && j % 8 == 0)
                __builtin_prefetch(next + (i + j) * sizeof(e));
        }
        ret->present[i / WORD] = present;
        ret->continues[i / WORD] = continues & present & (present << 1 | carry);
        carry = present >> 63;
    }
}

/* --- Four entries at a time ---------------------------------------------------------------- */

#define AVX2 __attribute__((target("avx2")))

struct vectors {
    __m256i present, run;
};

static AVX2 inline __m256i four(const uint64_t *entry)
{
    return _mm256_loadu_si256((const void *)entry);
}

/* A bit for each of four that has none of the bits of `mask`. */
static AVX2 inline uint64_t without(__m256i entries, __m256i mask)
{
    __m256i is = _mm256_cmpeq_epi64(_mm256_and_si256(entries, mask), _mm256_setzero_si256());

    return (uint64_t)_mm256_movemask_pd(_mm256_castsi256_pd(is));
}

/* A bit for each of a word's entries that is present. */
static AVX2 inline uint64_t present_of(const uint64_t *entry, __m256i present)
{
    uint64_t holes = 0;
    __m256i any = four(entry);

    for (unsigned int j = 4; j < WORD; j += 4)
        any = _mm256_or_si256(any, four(entry + j));
    if (_mm256_testz_si256(any, present))
        return 0;
    for (unsigned int j = 0; j < WORD; j += 4)
        holes |= without(four(entry + j), present) << j;
    return ~holes;
}

/* A bit for each of a word's entries that continues the one before; `before`: those of the first
 * four. */
static AVX2 inline uint64_t continuing(const uint64_t *entry, __m256i before, __m256i run)
{
    const __m256i page = _mm256_set1_epi64x(XENPT_PAGE_SIZE);
    uint64_t bits = without(_mm256_xor_si256(four(entry), _mm256_add_epi64(before, page)), run);

    for (unsigned int j = 4; j < WORD; j += 4) {
        __m256i expected = _mm256_add_epi64(four(entry + j - 1), page);

        bits |= without(_mm256_xor_si256(four(entry + j), expected), run) << j;
    }
    return bits;
}

AVX2 void scan_classify_avx2(struct scan_bits *ret, const uint64_t *entry, unsigned int n,
                             const struct scan_masks *masks, const uint8_t *next)
{
    const __m256i any_of = _mm256_set1_epi64x((long long)masks->present);
    const __m256i run = _mm256_set1_epi64x((long long)masks->run);
    __m256i before = _mm256_set_epi64x((long long)entry[2], (long long)entry[1],
                                       (long long)entry[0], 0);
    uint64_t carry = 0;

    for (unsigned int word = 0; word < n / WORD; word++, entry += WORD) {
        uint64_t present, followed;

        if (next)
            for (unsigned int line = 0; line < 8; line++, next += 64)
                __builtin_prefetch(next);
        present = present_of(entry, any_of);
        followed = present & (present << 1 | carry); /* None continues a hole. */
        if (word)
            before = four(entry - 1);
        ret->present[word] = present;
        ret->continues[word] = followed ? followed & continuing(entry, before, run) : 0;
        carry = present >> 63;
    }
}

scan_classify_fn *scan_classify_best(void)
{
    return __builtin_cpu_supports("avx2") ? scan_classify_avx2 : scan_classify_plain;
}
