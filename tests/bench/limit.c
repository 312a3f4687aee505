/* limit.c - see limit.h. */
#include "limit.h"

#include <immintrin.h>
#include <stdbool.h>

#define ADDRESS UINT64_C(0x000ffffffffff000)
#define NX      (UINT64_C(1) << 63)

#define likely(x)   __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#define forced      inline __attribute__((always_inline))

static forced uint64_t load(const struct limit_machine *m, uint64_t at)
{
    return *(const uint64_t *)(const void *)(m->bytes + at);
}

static forced int checked_walk(const struct limit_machine *m, uint64_t va, uint64_t need,
                               uint64_t not_needed, uint64_t *out, uint64_t *attributes)
{
    uint64_t e, all, any, t = m->cr3;

    if (unlikely((uint64_t)((int64_t)(va << 16) >> 16) != va))
        return 1;
    e = load(m, t + (va >> 36 & 0xff8));
    all = any = e;
    if (unlikely((e & (1 | m->reserved | 0x80)) != 1))
        return e & 1 ? 3 : 2;
    t = e & ADDRESS;
    if (unlikely(t >= m->size))
        return 5;
    for (unsigned int shift = 30; shift >= 21; shift -= 9) {
        uint64_t mask = (UINT64_C(1) << shift) - 1;

        e = load(m, t + (va >> (shift - 3) & 0xff8));
        all &= e;
        any |= e;
        if (unlikely(!(e & 1)))
            return 2;
        if (unlikely(e & (0x80 | m->reserved))) {
            if (e & (m->reserved | (mask & ~UINT64_C(0x1fff))))
                return 3;
            *out = (e & ADDRESS & ~mask) | (va & mask);
            goto mapped;
        }
        t = e & ADDRESS;
        if (unlikely(t >= m->size))
            return 5;
    }
    e = load(m, t + (va >> 9 & 0xff8));
    all &= e;
    any |= e;
    if (unlikely((e & (1 | m->reserved)) != 1))
        return e & 1 ? 3 : 2;
    *out = (e & ADDRESS) | (va & 0xfff);
mapped:
    *attributes = (all & 7) | (any & NX);
    return unlikely((all & need) != need || any & not_needed) ? 4 : 0;
}

__attribute__((noinline)) int limit_walk(const struct limit_machine *m, uint64_t va, uint64_t need,
                                         uint64_t not_needed, uint64_t *out, uint64_t *attributes)
{
    return checked_walk(m, va, need, not_needed, out, attributes);
}

static forced int ept_walk(const struct limit_machine *m, uint64_t at, uint64_t *out,
                           uint64_t *rights)
{
    uint64_t e, all, t = m->eptp;

    if (unlikely(at >> 48))
        return 5;
    e = load(m, t + (at >> 36 & 0xff8));
    all = e;
    if (unlikely(!(e & 7)))
        return 2;
    t = e & ADDRESS;
    for (unsigned int shift = 30; shift >= 21; shift -= 9) {
        uint64_t mask = (UINT64_C(1) << shift) - 1;

        e = load(m, t + (at >> (shift - 3) & 0xff8));
        all &= e;
        if (unlikely(!(e & 7)))
            return 2;
        if (e & 0x80) {
            *out = (e & ADDRESS & ~mask) | (at & mask);
            *rights = all;
            return 0;
        }
        t = e & ADDRESS;
    }
    e = load(m, t + (at >> 9 & 0xff8));
    all &= e;
    if (unlikely(!(e & 7) || e & m->reserved))
        return 2;
    *out = (e & ADDRESS) | (at & 0xfff);
    *rights = all;
    return 0;
}

__attribute__((noinline)) int limit_walk2(const struct limit_machine *m, uint64_t va, uint64_t *out)
{
    uint64_t t = m->cr3, all = ~UINT64_C(0), e, at, rights;
    int fault;

    if ((uint64_t)((int64_t)(va << 16) >> 16) != va)
        return 1;
    for (unsigned int shift = 39; shift >= 12; shift -= 9) {
        uint64_t mask = (UINT64_C(1) << shift) - 1;

        fault = ept_walk(m, t + (va >> shift & 511) * 8, &at, &rights);
        if (fault)
            return fault;
        e = load(m, at);
        all &= e;
        if (!(e & 1))
            return 2;
        if (shift == 12 || e & 0x80) {
            if ((all & 7) != 7)
                return 4;
            fault = ept_walk(m, (e & ADDRESS & ~mask) | (va & mask), out, &rights);
            return fault ? fault : (rights & 3) != 3 ? 4 : 0;
        }
        t = e & ADDRESS;
    }
    return 4;
}

/* --- Scan ---------------------------------------------------------------------------------- */

/* P RW US G NX: what has to be equal in a range. */
#define COMPARED (NX | 0x107)

struct scanning {
    const struct limit_machine *m;
    struct limit_counts counts;
    uint64_t va, out, size, rights; /* The range that still grows; size 0: none. */
};

static forced void add(struct scanning *s, uint64_t va, uint64_t out, uint64_t size,
                       uint64_t rights)
{
    if (s->size && va == s->va + s->size && out == s->out + s->size && rights == s->rights) {
        s->size += size;
        return;
    }
    if (s->size) {
        s->counts.ranges++;
        s->counts.sum += s->out ^ s->va;
    }
    s->va = va;
    s->out = out;
    s->size = size;
    s->rights = rights;
}

#define AVX2 __attribute__((target("avx2")))

static AVX2 inline unsigned int present_of_8(const uint64_t *e)
{
    __m256i low = _mm256_load_si256((const void *)e),
            high = _mm256_load_si256((const void *)(e + 4));
    int a = _mm256_movemask_pd(_mm256_castsi256_pd(_mm256_slli_epi64(low, 63)));
    int b = _mm256_movemask_pd(_mm256_castsi256_pd(_mm256_slli_epi64(high, 63)));

    return (unsigned int)(a | b << 4);
}

static AVX2 inline bool zero_8(const uint64_t *e)
{
    __m256i x = _mm256_or_si256(_mm256_load_si256((const void *)e),
                                _mm256_load_si256((const void *)(e + 4)));

    return _mm256_testz_si256(x, x);
}

/* Whether 8 entries are the first of them, a frame further each. */
static AVX2 inline bool linear_8(const uint64_t *e)
{
    const __m256i mask = _mm256_set1_epi64x((long long)(ADDRESS | COMPARED));
    __m256i base = _mm256_set1_epi64x((long long)(e[0] & (ADDRESS | COMPARED)));
    __m256i low = _mm256_xor_si256(
        _mm256_and_si256(_mm256_load_si256((const void *)e), mask),
        _mm256_add_epi64(base, _mm256_set_epi64x(0x3000, 0x2000, 0x1000, 0)));
    __m256i high = _mm256_xor_si256(
        _mm256_and_si256(_mm256_load_si256((const void *)(e + 4)), mask),
        _mm256_add_epi64(base, _mm256_set_epi64x(0x7000, 0x6000, 0x5000, 0x4000)));

    high = _mm256_or_si256(high, low);
    return _mm256_testz_si256(high, high);
}

static forced uint64_t rights_of(uint64_t above, uint64_t e)
{
    return (above & e & 6) | ((above | e) & NX);
}

static AVX2 void scan_l1(struct scanning *s, const uint64_t *e, uint64_t va, uint64_t rights)
{
    for (unsigned int i = 0; i < 512; i += 8) {
        if (zero_8(e + i))
            continue;
        if (e[i] & 1 && linear_8(e + i)) {
            add(s, va | (uint64_t)i << 12, e[i] & ADDRESS, 0x8000, rights_of(rights, e[i]));
            s->counts.leaves += 8;
            continue;
        }
        for (unsigned int mask = present_of_8(e + i); mask; mask &= mask - 1) {
            unsigned int j = i + (unsigned int)__builtin_ctz(mask);

            add(s, va | (uint64_t)j << 12, e[j] & ADDRESS, 4096, rights_of(rights, e[j]));
            s->counts.leaves++;
        }
    }
}

static AVX2 void scan_table(struct scanning *s, uint64_t table, unsigned int level, uint64_t va,
                            uint64_t rights)
{
    const uint64_t *e = (const void *)(s->m->bytes + table);
    unsigned int shift = 12 + 9 * (level - 1);

    s->counts.tables++;
    if (level == 1) {
        scan_l1(s, e, va, rights);
        return;
    }
    for (unsigned int i = 0; i < 512; i += 8) {
        unsigned int mask = present_of_8(e + i);

        for (unsigned int j = i + 8; mask && level == 2 && j < i + 16 && j < 512; j++)
            if ((e[j] & 0x81) == 1 && (e[j] & ADDRESS) < s->m->size) {
                __builtin_prefetch(s->m->bytes + (e[j] & ADDRESS));
                __builtin_prefetch(s->m->bytes + (e[j] & ADDRESS) + 64);
            }
        for (; mask; mask &= mask - 1) {
            uint64_t slot = i + (unsigned int)__builtin_ctz(mask), at = va | slot << shift;

            if (level == 4 && slot >= 256)
                at |= UINT64_C(0xffff000000000000);
            if (level < 4 && e[slot] & 0x80) {
                add(s, at, e[slot] & ADDRESS & ~((UINT64_C(1) << shift) - 1), UINT64_C(1) << shift,
                    rights_of(rights, e[slot]));
                s->counts.leaves++;
            } else if ((e[slot] & ADDRESS) < s->m->size) {
                scan_table(s, e[slot] & ADDRESS, level - 1, at, rights_of(rights, e[slot]));
            }
        }
    }
}

struct limit_counts limit_scan(const struct limit_machine *m)
{
    struct scanning s = { .m = m };

    scan_table(&s, m->cr3, 4, 0, 6);
    add(&s, 1, 0, 1, ~UINT64_C(0));
    return s.counts;
}

/* --- Backwards ----------------------------------------------------------------------------- */

__attribute__((target("avx2"))) static uint64_t find_in(const uint64_t *entry, const uint64_t *next,
                                                        __m256i what)
{
    const __m256i mask = _mm256_set1_epi64x((long long)(ADDRESS | 1));
    __m256i found = _mm256_setzero_si256();
    uint64_t each[4];

    for (unsigned int i = 0; i < 512; i += 8) {
        const __m256i *at = (const void *)(entry + i);

        __builtin_prefetch(next + i);
        found = _mm256_sub_epi64(
            found, _mm256_cmpeq_epi64(_mm256_and_si256(_mm256_load_si256(at), mask), what));
        found = _mm256_sub_epi64(
            found, _mm256_cmpeq_epi64(_mm256_and_si256(_mm256_load_si256(at + 1), mask), what));
    }
    _mm256_storeu_si256((void *)each, found);
    return each[0] + each[1] + each[2] + each[3];
}

static const uint64_t *table_at(const struct limit_machine *m, uint64_t entry)
{
    return (const uint64_t *)(const void *)(m->bytes + (entry & ADDRESS));
}

static uint64_t find_below(const struct limit_machine *m, const uint64_t *table, unsigned int level,
                           __m256i what)
{
    uint64_t n = 0;

    for (unsigned int i = 0; i < 512; i++) {
        if (!(table[i] & 1) || (table[i] & ADDRESS) >= m->size)
            continue;
        if (level > 2)
            n += find_below(m, table_at(m, table[i]), level - 1, what);
        else
            n += find_in(table_at(m, table[i]),
                         table_at(m, i < 511 && table[i + 1] & 1 ? table[i + 1] : table[i]), what);
    }
    return n;
}

uint64_t limit_find(const struct limit_machine *m, uint64_t frame)
{
    return find_below(m, table_at(m, m->cr3), 4, _mm256_set1_epi64x((long long)(frame << 12 | 1)));
}
