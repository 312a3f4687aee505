/*
 * scan_l1.c - the entries of an L1 table, a stretch of them at a time.
 *
 *     entry       0  a  a+1  a+2  b  0  0  c        a stretch begins where an entry does not
 *     present     .  x   x    x   x  .  .  x        continue the one before, and is reported
 *     continues   .  .   x    x   .  .  .  .        whole; see scan_bits.h for the bits
 *
 * What the bits do not prove goes one by one through the walker's own role_of().
 */
#include "arch/scan_state.h"

/* What plain entries are; beside the loop, which would read it again after every range. */
struct plain_page {
    uint64_t mask, value, address, inverted;
    uint64_t highest; /* The last frame that a legal entry can lead to. */
};

static always_inline struct plain_page plain_page_of(const struct xenpt_paging *pg)
{
    return (struct plain_page){
        .mask = pg->plain.page[1].mask,
        .value = pg->plain.page[1].value,
        .address = pg->format.address,
        .inverted = pg->format.inverted,
        .highest = pg->format.address & ~pg->plain.page[1].mask,
    };
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

/* Entries that are not proved to be pages in a row; such a stretch is short. */
static __attribute__((noinline)) void odd_stretch(struct scan *s, const uint64_t *e, unsigned int n,
                                                  uint64_t first, uint64_t granted)
{
    for (unsigned int i = 0; i < n; i++)
        odd_entry(s, e[i], first + i * XENPT_PAGE_SIZE, granted);
}

/*
 * Whether a stretch of present entries, each of which continues the one before, is pages in a
 * row.  Where the next frame would lie behind the last one that an entry can lead to, an entry
 * that looks as if it went on is malformed, or leads to frame 0.
 */
static always_inline bool is_plain(const struct plain_page *page, uint64_t e, uint64_t more)
{
    return (e & page->mask) == page->value && (e & page->address) + more <= page->highest;
}

/* Any stretch.  False: it was not plain; its leaves are counted. */
static __attribute__((noinline)) bool stretch(struct scan *s, const struct plain_page *page,
                                              const uint64_t *at, unsigned int n, uint64_t first,
                                              uint64_t granted)
{
    uint64_t e = at[0], more = ((uint64_t)n - 1) << XENPT_PAGE_SHIFT;

    if (unlikely(!is_plain(page, e, more))) {
        odd_stretch(s, at, n, first, granted);
        return false;
    }
    report_pages(s, first, first + more + XENPT_PAGE_SIZE - 1, e & page->address, e,
                 granted & (e ^ page->inverted), 1);
    return true;
}

/* How many entries the stretch has that begins at `bit` of a word. */
static always_inline unsigned int length_of(const uint64_t *continues, unsigned int word,
                                            unsigned int bit, unsigned int words)
{
    uint64_t stops = ~continues[word] >> bit >> 1;
    unsigned int n = 64 - bit;

    if (likely(stops))
        return 1 + (unsigned int)__builtin_ctzll(stops);
    while (++word < words) {
        if (~continues[word])
            return n + (unsigned int)__builtin_ctzll(~continues[word]);
        n += 64;
    }
    return n;
}

/* A hole behind a hole continues it. */
static void join_holes(struct scan_bits *bits, unsigned int n)
{
    uint64_t before = 1;

    for (unsigned int word = 0; word < n / 64; word++) {
        uint64_t present = bits->present[word];

        bits->continues[word] |= ~(present | present << 1 | before);
        before = present >> 63;
    }
}

/*
 * All stretches of a table.  One can belong to the newest range only where its table begins, or
 * behind one that was odd: any other begins because the entry before says that it does.
 */
static always_inline void stretches(struct scan *s, const struct table *t,
                                    const struct scan_bits *bits, uint64_t in, uint64_t granted,
                                    bool holes, bool all_asked)
{
    const struct plain_page page = plain_page_of(s->pg);
    const uint64_t *entry = t->entry;
    struct xenpt_range *newest = s->newest; /* Here while this table is read. */
    unsigned int words = t->n / 64;
    unsigned int leaves = 0; /* Counted here: in memory, each would wait for the one before. */
    bool may_join = true;

    for (unsigned int word = 0; word < words; word++, entry += 64, in += 64 * XENPT_PAGE_SIZE) {
        uint64_t present = bits->present[word];
        uint64_t starts = ~bits->continues[word] & (holes ? ~UINT64_C(0) : present);

        for (; starts; starts &= starts - 1) {
            unsigned int bit = (unsigned int)__builtin_ctzll(starts);
            unsigned int n = length_of(bits->continues, word, bit, words);
            uint64_t first = in + ((uint64_t)bit << XENPT_PAGE_SHIFT), e = entry[bit];
            uint64_t more = ((uint64_t)n - 1) << XENPT_PAGE_SHIFT;

            if (all_asked && likely(!may_join && newest != s->batch + BATCH) &&
                likely(is_plain(&page, e, more))) {
                leaves += n;
                *++newest = (struct xenpt_range){
                    .first = first,
                    .last = first + more + XENPT_PAGE_SIZE - 1,
                    .out = e & page.address,
                    .entry = e,
                    .granted = granted & (e ^ page.inverted),
                    .level = 1,
                    .kind = XENPT_RANGE_PAGES,
                };
                continue;
            }
            s->newest = newest;
            if (holes && !(present >> bit & 1)) {
                report_hole(s, first, first + more + XENPT_PAGE_SIZE - 1, e, granted, 1);
            } else {
                may_join = !stretch(s, &page, entry + bit, n, first, granted);
                leaves += may_join ? 0 : n;
            }
            newest = s->newest;
        }
    }
    s->newest = newest;
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

void scan_l1(struct scan *s, const struct table *t, uint64_t in, uint64_t granted,
             const uint8_t *next)
{
    struct scan_bits bits;

    if (unlikely(t->partial)) {
        entries_of_partial(s, t, in, granted);
        return;
    }
    s->classify(&bits, t->entry, t->n, &s->masks, next);
    if (unlikely(!s->opt.merge || s->part)) /* A range cut off begins with its own entry. */
        memset(bits.continues, 0, t->n / 8);
    if (likely(!s->opt.holes && !s->part)) {
        stretches(s, t, &bits, in, granted, false, true);
        return;
    }
    if (s->opt.holes)
        join_holes(&bits, t->n);
    stretches(s, t, &bits, in, granted, s->opt.holes, false);
}
