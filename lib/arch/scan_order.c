/*
 * scan_order.c - L1 tables in the order in which they lie in memory.
 *
 * Where the order of ranges is free, reading tables in the order of their addresses lets
 * memory stream: several times faster than hopping from table to table, for trees larger
 * than the caches.  The upper levels are read first; they are a hundredth of it.
 */
#include <stdlib.h>

#include "arch/scan_state.h"

void scan_put_off(struct scan *s, uint64_t table, uint64_t in, uint64_t granted)
{
    if (s->nr_later == s->max_later) {
        size_t max = s->max_later ? s->max_later * 2 : 256;
        struct put_off *later = realloc(s->later, max * sizeof(*later));

        if (!later) {
            scan_stop(s, xenpt_fail(s->err, XENPT_ENOMEM, "no memory to scan %zu L1 tables",
                                    s->nr_later));
            return;
        }
        s->later = later;
        s->max_later = max;
    }
    s->later[s->nr_later++] = (struct put_off){ table, in, granted };
}

#define DIGIT_BITS 11
#define DIGITS     (1u << DIGIT_BITS)

static unsigned int digit_of(const struct put_off *p, unsigned int shift)
{
    return (unsigned int)(p->table >> shift & (DIGITS - 1));
}

/* One pass of a radix sort: by one digit of the table's address, keeping the order of equals. */
static void sort_by_digit(struct put_off *to, const struct put_off *from, size_t n,
                          unsigned int shift)
{
    size_t at[DIGITS] = { 0 }, sum = 0;

    for (size_t i = 0; i < n; i++)
        at[digit_of(&from[i], shift)]++;
    for (unsigned int d = 0; d < DIGITS; d++) {
        size_t count = at[d];

        at[d] = sum;
        sum += count;
    }
    for (size_t i = 0; i < n; i++)
        to[at[digit_of(&from[i], shift)]++] = from[i];
}

/*
 * Sorts the tables by address, with as many passes as their addresses have digits that differ.
 * Without memory for that they stay as they are: it is only slower.
 */
static void sort_by_address(struct scan *s)
{
    struct put_off *spare;
    uint64_t differs = 0;
    bool sorted = true;

    for (size_t i = 1; i < s->nr_later; i++) {
        sorted = sorted && s->later[i - 1].table <= s->later[i].table;
        differs |= s->later[i - 1].table ^ s->later[i].table;
    }
    if (sorted)
        return;
    spare = malloc(s->nr_later * sizeof(*spare));
    if (!spare)
        return;
    for (unsigned int shift = 0; shift < 64; shift += DIGIT_BITS) {
        struct put_off *sorted_now = spare;

        if (!(differs >> shift & (DIGITS - 1)))
            continue;
        sort_by_digit(spare, s->later, s->nr_later, shift);
        spare = s->later;
        s->later = sorted_now;
    }
    free(spare);
}

void scan_put_off_ones(struct scan *s)
{
    sort_by_address(s);
    for (size_t i = 0; i < s->nr_later && !s->code; i++) {
        const struct put_off *p = &s->later[i];
        const uint8_t *next = NULL;

        if (i + 1 < s->nr_later)
            next = mem_at(s->mem->held, s->mem, p[1].table, XENPT_PAGE_SIZE);
        if (scan_table(s, 1, p->table, p->in, p->granted))
            scan_l1(s, &s->level[1], p->in, p->granted, next);
    }
}
