/*
 * scan_order.c - L1 tables in the order in which they lie in memory.
 *
 * Where the order of ranges is free, reading tables in the order of their addresses lets
 * memory stream: several times faster than hopping from table to table, for trees larger
 * than the caches.  The upper levels are read first; they are a hundredth of it.
 */
#include <stdlib.h>

#include "arch/scan_state.h"
#include "base/sort.h"

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

void scan_put_off_ones(struct scan *s)
{
    /* Without memory for that they stay as they are: it is only slower. */
    (void)sort_by_word(s->later, s->nr_later, sizeof(*s->later), XENPT_PAGE_SHIFT);
    for (size_t i = 0; i < s->nr_later && !s->code; i++) {
        const struct put_off *p = &s->later[i];
        const uint8_t *next = NULL;

        if (i + 1 < s->nr_later)
            next = mem_at(s->mem->held, s->mem, p[1].table, XENPT_PAGE_SIZE);
        if (scan_table(s, 1, p->table, p->in, p->granted))
            scan_l1(s, &s->level[1], p->in, p->granted, next);
    }
}
