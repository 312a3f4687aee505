/*
 * dice.h - random numbers that are the same on every machine.
 */
#ifndef XENPT_TESTS_DICE_H
#define XENPT_TESTS_DICE_H

#include <stdbool.h>
#include <stdint.h>

struct dice {
    uint64_t state;
};

/* 64 random bits; the "splitmix64" generator of Steele, Lea and Flood. */
static inline uint64_t dice_word(struct dice *d)
{
    uint64_t z = d->state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

/* One of 0 to @n - 1. */
static inline unsigned int dice_pick(struct dice *d, unsigned int n)
{
    return (unsigned int)(dice_word(d) >> 33) % n;
}

/* True @percent times in a hundred. */
static inline bool dice_chance(struct dice *d, unsigned int percent)
{
    return dice_pick(d, 100) < percent;
}

#endif
