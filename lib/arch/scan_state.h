/*
 * scan_state.h - a scan under way: what it was asked, what it has met, what it has to report.
 */
#ifndef XENPT_ARCH_SCAN_STATE_H
#define XENPT_ARCH_SCAN_STATE_H

#include "arch/scan_bits.h"
#include "arch/table_set.h"
#include "arch/walk_core.h"
#include "xenpt/scan.h"

/* Ranges reported at a time. */
#define BATCH 128

/* A table's entries, each in 8 bytes. */
struct table {
    const uint64_t *entry;
    unsigned int n;
    bool partial; /* Some entries lie outside memory: ask missing(). */
    uint64_t absent[ENTRIES_MAX / 64];
    uint64_t copy[ENTRIES_MAX]; /* For what is not held as an array of 8-byte words. */
};

/* An L1 table put off until all are known; see scan_order.c. */
struct put_off {
    uint64_t table, in, granted;
};

struct scan {
    const struct xenpt_paging *pg;
    const struct xenpt_reader *mem;
    struct xenpt_scan_options opt;
    xenpt_range_fn fn;
    void *ctx;
    struct xenpt_error *err;
    struct xenpt_scan_counts counts;
    enum xenpt_code code; /* Why it has to stop, once it has to. */

    bool part;                           /* Not all of the input space is asked for. */
    uint64_t rights;                     /* Bits of `granted` that rights are made of. */
    scan_classify_fn *classify;          /* L1: what the entries of a table are... */
    struct scan_masks masks;             /* ...which is asked in these bits. */
    uint64_t path[XENPT_TOP_MAX + 1];    /* The tables on the way here, by level... */
    uint64_t path_in[XENPT_TOP_MAX + 1]; /* ...and the input address each begins at. */
    struct table_set met;                /* Every table read, at its level. */
    struct table *level;                 /* Room for the table at hand, by level. */
    const uint8_t *next;                 /* Where the next L1 table is held, or NULL. */
    struct put_off *later;               /* any_order: L1 tables not read yet. */
    size_t nr_later, max_later;

    struct xenpt_range *newest;          /* In the batch, whose first one is a dummy, */
    struct xenpt_range batch[BATCH + 1]; /* so that there is always one before. */
};

/* Reports what is ready, keeping the newest range, which may still grow. */
void scan_flush(struct scan *s, bool all);

/* Stops the scan for this reason; the first one counts. */
void scan_stop(struct scan *s, enum xenpt_code code);

/*
 * Reads the table of this level that maps from `in` on into its place, s->level[level].
 * False: it cannot be read, which is reported, or the scan has to stop.
 */
bool scan_table(struct scan *s, unsigned int level, uint64_t table, uint64_t in, uint64_t granted);

/* A stretch whose table, or whose entry at `at`, lies outside memory. */
void scan_report_absent(struct scan *s, unsigned int level, uint64_t at, uint64_t first,
                        uint64_t last, uint64_t granted);

/*
 * An L1 table: what it maps from `in` on, which `granted` grants on the way to it.  `next`:
 * where the table read after it is held, or NULL.
 */
void scan_l1(struct scan *s, const struct table *t, uint64_t in, uint64_t granted,
             const uint8_t *next);

/* any_order: puts an L1 table off, and takes them all in the order they lie in memory. */
void scan_put_off(struct scan *s, uint64_t table, uint64_t in, uint64_t granted);
void scan_put_off_ones(struct scan *s);

static always_inline bool missing(const struct table *t, unsigned int i)
{
    return unlikely(t->partial) && t->absent[i / 64] >> i % 64 & 1;
}

/* Where the next range is to be written. */
static always_inline struct xenpt_range *next_range(struct scan *s)
{
    if (unlikely(s->newest == s->batch + BATCH))
        scan_flush(s, false);
    return ++s->newest;
}

/* The part of the input space asked for, as far as this stretch reaches into it. */
static always_inline bool clip(const struct scan *s, uint64_t *first, uint64_t *last)
{
    *first = max_u64(*first, s->opt.first);
    *last = min_u64(*last, s->opt.last);
    return *first <= *last;
}

/* Whether pages that follow the newest range where they lead to belong to it. */
static inline bool continues(const struct scan *s, const struct xenpt_range *r, uint64_t first,
                             uint64_t entry, uint64_t granted, unsigned int level)
{
    return s->opt.merge && r->kind == XENPT_RANGE_PAGES && r->last + 1 == first &&
           r->level == level && !((r->granted ^ granted) & s->rights) &&
           !((r->entry ^ entry) & s->opt.same);
}

/*
 * Pages in a row, all of one level: `last - first + 1` bytes from where `entry` leads.  They are
 * a part of what was asked for, or all of it was.
 */
static always_inline void report_asked(struct scan *s, uint64_t first, uint64_t last, uint64_t out,
                                       uint64_t entry, uint64_t granted, unsigned int level)
{
    struct xenpt_range *r = s->newest;

    if (r->out + (first - r->first) == out && continues(s, r, first, entry, granted, level)) {
        r->last = last;
        return;
    }
    r = next_range(s);
    r->first = first;
    r->last = last;
    r->out = out;
    r->entry = entry;
    r->granted = granted;
    r->same_as = 0;
    r->level = (uint8_t)level;
    r->kind = XENPT_RANGE_PAGES;
    r->same_level = 0;
}

/* The same for any pages. */
static always_inline void report_pages(struct scan *s, uint64_t first, uint64_t last, uint64_t out,
                                       uint64_t entry, uint64_t granted, unsigned int level)
{
    if (unlikely(s->part)) {
        out -= first;
        if (!clip(s, &first, &last))
            return;
        out += first;
    }
    report_asked(s, first, last, out, entry, granted, level);
}

/* Nothing, at this level; neighbouring holes are one, whatever their levels. */
static always_inline void report_hole(struct scan *s, uint64_t first, uint64_t last, uint64_t entry,
                                      uint64_t granted, unsigned int level)
{
    struct xenpt_range *r = s->newest;

    if (!s->opt.holes || !clip(s, &first, &last))
        return;
    if (r->kind == XENPT_RANGE_HOLE && r->last + 1 == first) {
        r->last = last;
        if (r->level != level)
            r->level = 0;
        return;
    }
    *next_range(s) = (struct xenpt_range){
        .first = first,
        .last = last,
        .entry = entry,
        .granted = granted,
        .level = (uint8_t)level,
        .kind = XENPT_RANGE_HOLE,
    };
}

/* Anything else: it stands by itself. */
static always_inline void report_other(struct scan *s, struct xenpt_range r)
{
    if (clip(s, &r.first, &r.last))
        *next_range(s) = r;
}

#endif
