/*
 * scan_l1.c - the entries of an L1 table, a cache line at a time.
 *
 * Nearly all tables of a hierarchy are L1 tables, and most of their entries are either not
 * present or continue the one before: the next frame, with equal rights.  Eight entries are
 * tested for either at once, by plain loops that compilers turn into vector code; what the
 * tests do not prove goes one by one through the walker's own role_of().
 */
#include "arch/scan_state.h"

#define LINE 8 /* Entries in a cache line. */

/* Whether none of a line's entries is present. */
static always_inline bool empty_line(const uint64_t *e, uint64_t present)
{
    uint64_t any = 0;

    for (unsigned int i = 0; i < LINE; i++)
        any |= e[i];
    return !(any & present);
}

/* Whether a line's entries are what follows from `next`, a frame further each. */
static always_inline bool continues(const uint64_t *e, uint64_t next, uint64_t mask)
{
    uint64_t differs = 0;

    for (unsigned int i = 0; i < LINE; i++)
        differs |= e[i] ^ (next + ((uint64_t)i << XENPT_PAGE_SHIFT));
    return !(differs & mask);
}

/* The end of the hole that begins at slot i. */
static always_inline unsigned int hole_end(const uint64_t *e, unsigned int i, unsigned int n,
                                           uint64_t present)
{
    for (; i % LINE; i++)
        if (e[i] & present)
            return i;
    while (i < n && empty_line(e + i, present))
        i += LINE;
    while (i < n && !(e[i] & present))
        i++;
    return i;
}

/*
 * The end of the run that begins at slot i with a plain page.  A frame number that wraps
 * around continues nothing; only a run that begins near the very top of memory can.
 */
static always_inline unsigned int run_end(const uint64_t *e, unsigned int i, unsigned int n,
                                          uint64_t mask, uint64_t address)
{
    uint64_t next = e[i] + XENPT_PAGE_SIZE;
    uint64_t left = (address - (e[i] & address)) >> XENPT_PAGE_SHIFT; /* Frames above it. */
    unsigned int end = left < n - i ? i + 1 + (unsigned int)left : n;

    for (i++; i < end && i % LINE; i++, next += XENPT_PAGE_SIZE)
        if ((e[i] ^ next) & mask)
            return i;
    while (i + LINE <= end && continues(e + i, next, mask)) {
        i += LINE;
        next += LINE * XENPT_PAGE_SIZE;
    }
    for (; i < end && !((e[i] ^ next) & mask); i++)
        next += XENPT_PAGE_SIZE;
    return i;
}

/* An entry that is present and not plainly a page. */
static void odd_entry(struct scan *s, uint64_t e, uint64_t first, uint64_t granted)
{
    const struct xenpt_format *f = &s->pg->format;
    uint64_t last = first + XENPT_PAGE_SIZE - 1;

    granted &= (e ^ f->inverted) | f->level[1].silent;
    if (role_of(f, 1, e) == XENPT_PAGE) {
        s->counts.leaves++;
        report_pages(s, first, last, frame_of(f, f, 1, e), e, granted, 1);
        return;
    }
    s->counts.malformed++;
    report_other(s, (struct xenpt_range){ .first = first,
                                          .last = last,
                                          .entry = e,
                                          .granted = granted,
                                          .level = 1,
                                          .kind = XENPT_RANGE_MALFORMED });
}

/* The slots of the table that the part asked for reaches into: all of them, mostly. */
static always_inline void slots_asked(const struct scan *s, uint64_t in, unsigned int *from,
                                      unsigned int *to)
{
    uint64_t last = in + ((uint64_t)*to << XENPT_PAGE_SHIFT) - 1;

    if (unlikely(s->opt.first > in))
        *from = (unsigned int)min_u64((s->opt.first - in) >> XENPT_PAGE_SHIFT, *to);
    if (unlikely(s->opt.last < last))
        *to = s->opt.last < in ? 0 : (unsigned int)((s->opt.last - in) >> XENPT_PAGE_SHIFT) + 1;
}

static always_inline void entries(struct scan *s, const struct table *t, uint64_t in,
                                  uint64_t granted)
{
    const struct xenpt_format *f = &s->pg->format;
    const uint64_t *e = t->entry;
    uint64_t mask = s->run_mask, present = f->present, address = f->address;
    uint64_t page_mask = s->pg->plain[1].page_mask, page_value = s->pg->plain[1].page_value;
    unsigned int i = 0, n = t->n, end;

    slots_asked(s, in, &i, &n);
    for (; i < n; i = end) {
        uint64_t first = in + ((uint64_t)i << XENPT_PAGE_SHIFT);

        if (!(e[i] & present)) {
            end = hole_end(e, i, n, present);
            report_hole(s, first, in + ((uint64_t)end << XENPT_PAGE_SHIFT) - 1, e[i], granted, 1);
        } else if (unlikely((e[i] & page_mask) != page_value)) {
            end = i + 1;
            odd_entry(s, e[i], first, granted);
        } else {
            end = s->opt.merge ? run_end(e, i, n, mask, address) : i + 1;
            s->counts.leaves += end - i;
            report_pages(s, first, in + ((uint64_t)end << XENPT_PAGE_SHIFT) - 1, e[i] & address,
                         e[i], granted & (e[i] ^ f->inverted), 1);
        }
    }
}

/* Some entries lie outside memory: those between them, one by one. */
static void entries_of_partial(struct scan *s, const struct table *t, uint64_t in, uint64_t granted)
{
    for (unsigned int i = 0; i < t->n; i++) {
        uint64_t first = in + ((uint64_t)i << XENPT_PAGE_SHIFT), e = t->entry[i];

        if (missing(t, i))
            scan_report_absent(s, 1, 0, first, first + XENPT_PAGE_SIZE - 1, granted);
        else if (e & s->pg->format.present)
            odd_entry(s, e, first, granted);
        else
            report_hole(s, first, first + XENPT_PAGE_SIZE - 1, e, granted, 1);
    }
}

/* The same code, for processors whose vectors are twice as wide. */
__attribute__((target("avx2"))) static void entries_avx2(struct scan *s, const struct table *t,
                                                         uint64_t in, uint64_t granted)
{
    entries(s, t, in, granted);
}

void scan_l1(struct scan *s, const struct table *t, uint64_t in, uint64_t granted)
{
    if (unlikely(t->partial))
        entries_of_partial(s, t, in, granted);
    else if (__builtin_cpu_supports("avx2"))
        entries_avx2(s, t, in, granted);
    else
        entries(s, t, in, granted);
}
