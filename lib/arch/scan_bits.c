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

bool scan_match_plain(uint64_t ret[ENTRIES_MAX / 64], const uint64_t *entry, unsigned int n,
                      const struct scan_reach *reach, const uint8_t *next)
{
    uint64_t any = 0;

    for (unsigned int i = 0; i < n; i += WORD) {
        uint64_t found = 0;

        for (unsigned int j = 0; j < WORD; j++) {
            uint64_t at = (entry[i + j] & reach->address) - reach->from;

            found |= (uint64_t)(at <= reach->reach) << j;
            if (next && j % 8 == 0)
                __builtin_prefetch(next + (i + j) * sizeof(*entry));
        }
        ret[i / WORD] = found;
        any |= found;
    }
    return any != 0;
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

/* Sign bits: of those of four that are not looked for. */
static AVX2 inline __m256i beyond(const uint64_t *entry, const __m256i *address,
                                  const __m256i *from, const __m256i *reach)
{
    __m256i at = _mm256_sub_epi64(_mm256_and_si256(four(entry), *address), *from);

    /* Less than nothing, or more than is looked for: addresses are below 2^63. */
    return _mm256_or_si256(at, _mm256_sub_epi64(*reach, at));
}

/* Whether any of 16 entries has this very address. */
static AVX2 inline bool any_equal(const uint64_t *entry, __m256i address, __m256i what)
{
    __m256i any = _mm256_setzero_si256();

    for (unsigned int j = 0; j < 16; j += 4)
        any = _mm256_or_si256(any,
                              _mm256_cmpeq_epi64(_mm256_and_si256(four(entry + j), address), what));
    return !_mm256_testz_si256(any, any);
}

AVX2 bool scan_match_avx2(uint64_t ret[ENTRIES_MAX / 64], const uint64_t *entry, unsigned int n,
                          const struct scan_reach *reach, const uint8_t *next)
{
    const __m256i address = _mm256_set1_epi64x((long long)reach->address);
    const __m256i from = _mm256_set1_epi64x((long long)reach->from);
    const __m256i most = _mm256_set1_epi64x((long long)reach->reach);
    bool any = false;

    for (unsigned int i = 0; i < n; i += 16) {
        __m256i all = _mm256_set1_epi64x(-1);

        if (next) {
            __builtin_prefetch(next + i * sizeof(*entry));
            __builtin_prefetch(next + (i + 8) * sizeof(*entry));
        }
        if (likely(!reach->reach)) {
            any |= any_equal(entry + i, address, from);
            continue;
        }
        for (unsigned int j = 0; j < 16; j += 4)
            all = _mm256_and_si256(all, beyond(entry + i + j, &address, &from, &most));
        any |= _mm256_movemask_pd(_mm256_castsi256_pd(all)) != 15;
    }
    /* Few tables have one, so which it is is found the plain way. */
    return any && scan_match_plain(ret, entry, n, reach, NULL);
}

scan_match_fn *scan_match_best(void)
{
    return __builtin_cpu_supports("avx2") ? scan_match_avx2 : scan_match_plain;
}
