/*
 * scan_l1.c - the entries of an L1 table, a cache line at a time.
 *
 * Nearly all tables of a hierarchy are L1 tables, and most of their entries are either not
 * present or continue the one before: the next frame, with equal rights.  Eight entries and
 * more are tested for either at once; what the tests do not prove goes one by one through the
 * walker's own role_of().
 */
#include "arch/scan_state.h"

#define LINE  8  /* Entries in a cache line... */
#define LINES 32 /* ...and in a few: tables are mostly empty, or not at all. */

/* Four entries at once: the compilers' own vectors, whatever the processor's are. */
typedef uint64_t four __attribute__((vector_size(32), aligned(8), may_alias));

/* One bit for each entry of a line: set where (entry & mask) == value, or is not. */
static always_inline unsigned int lanes(const uint64_t *e, uint64_t mask, uint64_t value, bool is)
{
    const four *at = (const four *)(const void *)e;
    four low = (four)((at[0] & mask) == value), high = (four)((at[1] & mask) == value);
    four bits = (low & (four){ 1, 2, 4, 8 }) | (high & (four){ 16, 32, 64, 128 });
    unsigned int equal = (unsigned int)(bits[0] | bits[1] | bits[2] | bits[3]);

    return is ? equal : equal ^ 0xff;
}

/* Whether any entry of n, a multiple of a line's, has one of these bits. */
static always_inline bool any_has(const uint64_t *e, unsigned int n, uint64_t bits)
{
    const four *at = (const four *)(const void *)e;
    four any = at[0] | at[1];

    for (unsigned int i = 2; i < n / 4; i += 2)
        any |= at[i] | at[i + 1];
    return ((any[0] | any[1] | any[2] | any[3]) & bits) != 0;
}

/* Whether a line's entries are its first, a frame further each. */
static always_inline bool in_a_row(const uint64_t *e, uint64_t mask)
{
    const uint64_t page = XENPT_PAGE_SIZE;
    const four *at = (const four *)(const void *)e;
    four expected = { e[0], e[0] + page, e[0] + 2 * page, e[0] + 3 * page };
    four differs = (at[0] ^ expected) | (at[1] ^ (expected + 4 * page));

    return !((differs[0] | differs[1] | differs[2] | differs[3]) & mask);
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

/* One entry, whatever it is.  Returns how many leaves that odd_entry() has not counted. */
static always_inline unsigned int entry(struct scan *s, uint64_t e, uint64_t first,
                                        uint64_t granted)
{
    const struct xenpt_paging *pg = s->pg;

    if (unlikely((e & pg->plain.page[1].mask) != pg->plain.page[1].value)) {
        odd_entry(s, e, first, granted);
        return 0;
    }
    report_pages(s, first, first + XENPT_PAGE_SIZE - 1, e & pg->format.address, e,
                 granted & (e ^ pg->format.inverted), 1);
    return 1;
}

/* A line none of whose entries is present, or some are not: its holes, where they are wanted. */
static always_inline void holes(struct scan *s, const uint64_t *e, unsigned int present,
                                uint64_t first, uint64_t granted)
{
    for (unsigned int i = 0; i < LINE; i++)
        if (!(present >> i & 1))
            report_hole(s, first + i * XENPT_PAGE_SIZE, first + (i + 1) * XENPT_PAGE_SIZE - 1, e[i],
                        granted, 1);
}

/* A line whose entries are of all kinds, in their order.  Returns as entry(). */
static always_inline unsigned int mixed_line(struct scan *s, const uint64_t *e, uint64_t first,
                                             uint64_t granted)
{
    unsigned int present = lanes(e, s->pg->format.present, 0, false), leaves = 0;

    if (unlikely(s->opt.holes)) {
        for (unsigned int i = 0; i < LINE; i++) {
            holes(s, e, present | ~(1u << i), first, granted);
            if (present >> i & 1)
                leaves += entry(s, e[i], first + i * XENPT_PAGE_SIZE, granted);
        }
        return leaves;
    }
    for (; present; present &= present - 1) {
        unsigned int i = (unsigned int)__builtin_ctz(present);

        leaves += entry(s, e[i], first + i * XENPT_PAGE_SIZE, granted);
    }
    return leaves;
}

/*
 * A line whose first entry is plainly a page and whose others continue it.  A frame number
 * that wraps around continues nothing; only the very top of memory can.
 */
static always_inline bool is_run(const struct scan *s, const uint64_t *e)
{
    uint64_t address = s->pg->format.address;

    return (e[0] & s->pg->plain.page[1].mask) == s->pg->plain.page[1].value &&
           in_a_row(e, s->run_mask) && address - (e[0] & address) >= (LINE - 1) * XENPT_PAGE_SIZE;
}

static always_inline unsigned int line(struct scan *s, const uint64_t *e, uint64_t first,
                                       uint64_t granted)
{
    const struct xenpt_format *f = &s->pg->format;

    if (!s->opt.merge || !is_run(s, e))
        return mixed_line(s, e, first, granted);
    report_pages(s, first, first + LINE * XENPT_PAGE_SIZE - 1, e[0] & f->address, e[0],
                 granted & (e[0] ^ f->inverted), 1);
    return LINE;
}

static always_inline void entries(struct scan *s, const struct table *t, uint64_t in,
                                  uint64_t granted)
{
    const uint64_t present = s->pg->format.present;
    unsigned int leaves = 0; /* Counted here: in memory, each would wait for the one before. */

    for (unsigned int i = 0; i < t->n; i += LINES) {
        const uint64_t *e = t->entry + i;
        uint64_t first = in + ((uint64_t)i << XENPT_PAGE_SHIFT);

        if (any_has(e, LINES, present)) {
            for (unsigned int j = 0; j < LINES; j += LINE)
                leaves += line(s, e + j, first + (uint64_t)j * XENPT_PAGE_SIZE, granted);
        } else if (unlikely(s->opt.holes)) {
            report_hole(s, first, first + LINES * XENPT_PAGE_SIZE - 1, e[0], granted, 1);
        }
    }
    s->counts.leaves += leaves;
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
