/* matrix_dims.c - dice, permutations, and what a group's dimensions amount to. */
#include "validate/matrix_make.h"

#include "base/bits.h"

/* --- Dice and permutations ----------------------------------------------------------------- */

uint64_t maker_mix(uint64_t z)
{
    z += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

uint64_t maker_random(struct maker *k)
{
    return k->random = maker_mix(k->random);
}

unsigned int maker_pick(struct maker *k, unsigned int n)
{
    return (unsigned int)(maker_random(k) >> 33) % n;
}

/* A Feistel network over the next even number of bits, gone through again until the result is in
 * range. */
uint64_t maker_permuted(uint64_t i, uint64_t n, uint64_t key)
{
    unsigned int half = 1;

    while (half < 31 && (UINT64_C(1) << 2 * half) < n)
        half++;
    do {
        uint64_t left = i >> half, right = i & ones(half);

        for (unsigned int round = 0; round < 4; round++) {
            uint64_t next = left ^ (maker_mix(key ^ right << 8 ^ round) & ones(half));

            left = right;
            right = next;
        }
        i = left << half | right;
    } while (i >= n);
    return i;
}

/* --- Dimensions ---------------------------------------------------------------------------- */

uint64_t dim_size(const struct maker *k, const struct dim *d)
{
    const struct shape *s = d->per >= DIM_PER_LEVEL2 ? k->s2 : k->s;
    uint64_t n = 1;

    switch (d->per) {
    case DIM_PER_LEVEL:
    case DIM_PER_LEVEL2:
        for (unsigned int l = 0; l < s->top; l++)
            n *= d->n;
        return n;
    case DIM_LEVELS:
    case DIM_LEVELS2:
        return s->top;
    case DIM_PLACES:
        return s->top + 1u;
    case DIM_LEAVES:
    case DIM_LEAVES2:
        return s->biggest ? s->biggest : 1;
    default:
        return d->n;
    }
}

uint64_t dims_product(const struct maker *k, const struct group *row)
{
    uint64_t n = 1;

    for (unsigned int d = 0; d < GROUP_DIMS && row->dims[d].name; d++)
        n *= dim_size(k, &row->dims[d]);
    return n;
}
