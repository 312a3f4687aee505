/*
 * scan.c - every range of a tree; see scan.h for what that promises.
 *
 *     L4 ---+--- L3 ---+--- L2 ---+--- L1: many entries, read a cache line at a time
 *           |          |          |           (scan_l1.c)
 *           |          |          +--- a table met before: SHARED
 *           |          +--- a table on the way here: LINEAR
 *           +--- a page, a hole, an illegal entry, a table outside memory
 *
 * A table counts as met at a level: the same page read as an L3 and as an L2 is two things.
 */
#include <stdlib.h>

#include "arch/scan_state.h"

void scan_stop(struct scan *s, enum xenpt_code code)
{
    if (!s->code)
        s->code = code;
}

void scan_flush(struct scan *s, bool all)
{
    size_t ready = (size_t)(s->newest - s->batch) - (all ? 0 : 1);

    if (!ready)
        return;
    s->counts.ranges += ready;
    if (!s->code && !s->fn(s->ctx, s->batch + 1, ready))
        scan_stop(s, xenpt_fail(s->err, XENPT_ESTOPPED, "the scan was stopped by its caller"));
    if (!all)
        s->batch[1] = *s->newest;
    s->newest -= ready;
}

/* Entry by entry, where the table as a whole is not to be had. */
static bool read_piecemeal(struct scan *s, struct table *t, uint64_t at)
{
    unsigned int size = s->pg->format.entry_size, found = 0;

    memset(t->absent, 0, sizeof(t->absent));
    for (unsigned int i = 0; i < t->n; i++) {
        t->copy[i] = 0;
        if (s->mem->read(s->mem, at + (uint64_t)i * size, &t->copy[i], size))
            found++;
        else
            t->absent[i / 64] |= XENPT_BIT(i % 64);
    }
    t->partial = found != t->n;
    return found != 0;
}

static bool read_table(struct scan *s, unsigned int level, uint64_t at)
{
    const struct xenpt_format *f = &s->pg->format;
    struct table *t = &s->level[level];
    const uint8_t *bytes = NULL;
    uint32_t half;

    t->n = 1u << f->level[level].bits;
    t->partial = false;
    t->entry = t->copy;
    if (t->n * f->entry_size == XENPT_PAGE_SIZE)
        bytes = xenpt_read_page(s->mem, at, (uint8_t *)t->copy);
    if (!bytes)
        return read_piecemeal(s, t, at);
    if (f->entry_size == 8 && (uintptr_t)bytes % 8 == 0) {
        t->entry = (const uint64_t *)(const void *)bytes;
        return true;
    }
    if (f->entry_size == 8) {
        memcpy(t->copy, bytes, XENPT_PAGE_SIZE);
        return true;
    }
    for (unsigned int i = t->n; i-- > 0;) { /* From the end: it may widen in place. */
        memcpy(&half, bytes + i * sizeof(half), sizeof(half));
        t->copy[i] = half;
    }
    return true;
}

/* Where a slot begins: the upper half of a canonical space begins with ones. */
static uint64_t slot_begins(const struct xenpt_format *f, unsigned int level, uint64_t in,
                            unsigned int i)
{
    uint64_t at = in + ((uint64_t)i << f->level[level].shift);

    if (f->sign_extended && level == f->top && at >> (f->input_bits - 1))
        at |= ~ones(f->input_bits);
    return at;
}

/* The level at which a table is on the way here, or 0. */
static unsigned int on_path(const struct scan *s, unsigned int level, uint64_t table)
{
    for (unsigned int l = s->pg->format.top; l > level; l--)
        if (s->path[l] == table)
            return l;
    return 0;
}

static void visit(struct scan *s, unsigned int level, uint64_t table, uint64_t in,
                  uint64_t granted);

/*
 * An entry that leads to a table of `level`, from `r->first` on.  True: it is to be read; else
 * it is met before, and reported as such.
 */
static bool is_new(struct scan *s, unsigned int level, uint64_t table, struct xenpt_range *r)
{
    unsigned int seen_at = on_path(s, level, table);
    const struct table_slot *before;

    if (s->opt.unfold)
        return true;
    if (seen_at) {
        s->counts.linear++;
        r->kind = XENPT_RANGE_LINEAR;
        r->same_as = s->path_in[seen_at];
        r->same_level = (uint8_t)seen_at;
        return false;
    }
    if (!table_set_enter(&s->met, table, level, r->first, &before)) {
        scan_stop(s, xenpt_fail(s->err, XENPT_ENOMEM, "no memory to scan %llu tables",
                                (unsigned long long)s->met.nr));
        return false;
    }
    if (!before)
        return true;
    s->counts.shared++;
    r->kind = XENPT_RANGE_SHARED;
    r->same_as = before->in;
    return false;
}

/* What an entry above L1 stands for. */
static void visit_entry(struct scan *s, unsigned int level, uint64_t e, uint64_t first,
                        uint64_t granted)
{
    const struct xenpt_format *f = &s->pg->format;
    const struct xenpt_level *lv = &f->level[level];
    struct xenpt_range r = {
        .first = first,
        .last = first + ones(lv->shift),
        .out = e & f->address,
        .entry = e,
        .granted = granted & ((e ^ f->inverted) | lv->silent),
        .level = (uint8_t)level,
    };

    switch (role_of(f, level, e)) {
    case XENPT_HOLE:
        report_hole(s, r.first, r.last, e, r.granted, level);
        return;
    case XENPT_PAGE:
        s->counts.leaves++;
        report_pages(s, r.first, r.last, frame_of(f, f, level, e), e, r.granted, level);
        return;
    case XENPT_MALFORMED:
        s->counts.malformed++;
        r.kind = XENPT_RANGE_MALFORMED;
        r.out = 0;
        report_other(s, r);
        return;
    case XENPT_TABLE:
        break;
    }
    if (is_new(s, level - 1, r.out, &r))
        visit(s, level - 1, r.out, r.first, r.granted);
    else
        report_other(s, r);
}

/* The table that an entry of an L2 table plainly leads to.  False: it does not. */
static bool plain_child(const struct scan *s, const struct table *t, unsigned int i, uint64_t *ret)
{
    const struct xenpt_paging *pg = s->pg;

    if (i >= t->n || !plain_table(&pg->format, pg, t->entry[i]))
        return false;
    *ret = t->entry[i] & pg->format.address;
    return true;
}

/*
 * Has the L1 tables that will be read soon fetched: the next one while this one is read, line
 * by line, and of another the lines that tell the processor to go on by itself.
 */
static void look_ahead(struct scan *s, const struct table *t, unsigned int i)
{
    enum { AHEAD = 8 };
    uint64_t table;

    s->next = NULL;
    if (plain_child(s, t, i + 1, &table))
        s->next = mem_at(s->mem->held, s->mem, table, XENPT_PAGE_SIZE);
    if (plain_child(s, t, i + AHEAD, &table)) {
        const uint8_t *page = mem_at(s->mem->held, s->mem, table, XENPT_PAGE_SIZE);

        __builtin_prefetch(page);
        __builtin_prefetch(page + 64);
    }
}

void scan_report_absent(struct scan *s, unsigned int level, uint64_t at, uint64_t first,
                        uint64_t last, uint64_t granted)
{
    report_other(s, (struct xenpt_range){ .first = first,
                                          .last = last,
                                          .out = at,
                                          .granted = granted,
                                          .level = (uint8_t)level,
                                          .kind = XENPT_RANGE_NO_MEMORY });
}

bool scan_table(struct scan *s, unsigned int level, uint64_t table, uint64_t in, uint64_t granted)
{
    const struct xenpt_level *lv = &s->pg->format.level[level];

    s->counts.tables++;
    if (s->opt.limit && s->counts.tables + s->counts.leaves > s->opt.limit) {
        scan_stop(s, xenpt_fail(s->err, XENPT_ERANGE,
                                "the scan met its limit of %llu tables and leaves",
                                (unsigned long long)s->opt.limit));
        return false;
    }
    if (read_table(s, level, table))
        return true;
    scan_report_absent(s, level, table, in, in + ones(lv->shift + (unsigned int)lv->bits), granted);
    return false;
}

/* The slots of a table that the part asked for reaches into. */
static bool slots_asked(const struct scan *s, unsigned int level, uint64_t in, unsigned int n,
                        unsigned int *from, unsigned int *to)
{
    const struct xenpt_format *f = &s->pg->format;
    uint64_t size = XENPT_BIT(f->level[level].shift);

    *from = 0;
    *to = n - 1;
    while (*from <= *to && slot_begins(f, level, in, *from) + (size - 1) < s->opt.first)
        ++*from;
    while (*to > *from && slot_begins(f, level, in, *to) > s->opt.last)
        --*to;
    return *from <= *to && slot_begins(f, level, in, *from) <= s->opt.last;
}

/* A bit for each entry that has to be looked at: those present, or all if there is more to say. */
static void entries_wanted(const struct scan *s, const struct table *t, uint64_t wanted[])
{
    struct scan_bits bits;

    if (s->opt.holes || t->partial || t->n % 64) {
        for (unsigned int i = 0; i < t->n; i += 64)
            wanted[i / 64] = ones(t->n - i < 64 ? t->n - i : 64);
        return;
    }
    s->classify(&bits, t->entry, t->n, &s->masks, NULL);
    memcpy(wanted, bits.present, t->n / 8);
}

static void visit_slot(struct scan *s, unsigned int level, uint64_t table, uint64_t in,
                       uint64_t granted, unsigned int i)
{
    const struct xenpt_format *f = &s->pg->format;
    const struct table *t = &s->level[level];
    uint64_t first = slot_begins(f, level, in, i);

    if (level == 2)
        look_ahead(s, t, i);
    if (missing(t, i))
        scan_report_absent(s, level, table + i * f->entry_size, first,
                           first + ones(f->level[level].shift), granted);
    else
        visit_entry(s, level, t->entry[i], first, granted);
}

static void visit_upper(struct scan *s, unsigned int level, uint64_t table, uint64_t in,
                        uint64_t granted)
{
    const struct table *t = &s->level[level];
    uint64_t wanted[ENTRIES_MAX / 64] = { 0 };
    unsigned int from, to;

    s->path[level] = table;
    s->path_in[level] = in;
    if (!slots_asked(s, level, in, t->n, &from, &to))
        return;
    entries_wanted(s, t, wanted);
    for (unsigned int word = from / 64; word <= to / 64; word++) {
        uint64_t bits = wanted[word];

        if (word == from / 64)
            bits &= ~ones(from % 64);
        if (word == to / 64)
            bits &= ones(to % 64 + 1);
        for (; bits && !s->code; bits &= bits - 1)
            visit_slot(s, level, table, in, granted,
                       word * 64 + (unsigned int)__builtin_ctzll(bits));
    }
}

static void visit(struct scan *s, unsigned int level, uint64_t table, uint64_t in, uint64_t granted)
{
    if (level == 1 && s->opt.any_order) {
        scan_put_off(s, table, in, granted);
        return;
    }
    if (!scan_table(s, level, table, in, granted))
        return;
    if (level == 1)
        scan_l1(s, &s->level[1], in, granted, s->next);
    else
        visit_upper(s, level, table, in, granted);
}

/* The input addresses that a format has, the last one included. */
static enum xenpt_code check_part(struct scan *s)
{
    const struct xenpt_format *f = &s->pg->format;
    uint64_t end = f->sign_extended ? ~UINT64_C(0) : ones(f->input_bits);

    if (!s->opt.first && !s->opt.last)
        s->opt.last = end;
    s->part = s->opt.first || s->opt.last != end;
    if (s->opt.first > s->opt.last || s->opt.last > end)
        return xenpt_fail(s->err, XENPT_ERANGE,
                          "the part 0x%llx..0x%llx is none of %s's input addresses, 0..0x%llx",
                          (unsigned long long)s->opt.first, (unsigned long long)s->opt.last,
                          f->name, (unsigned long long)end);
    return XENPT_OK;
}

/* What is asked of L1 entries: all that two of them have in common where they are one range. */
static struct scan_masks masks_of(const struct scan *s)
{
    const struct xenpt_format *f = &s->pg->format;
    uint64_t run = f->present | s->pg->plain.page[1].mask | f->address | s->rights | s->opt.same;

    return (struct scan_masks){ f->present, run };
}

static void run(struct scan *s)
{
    const struct xenpt_format *f = &s->pg->format;
    const struct table_slot *before;

    s->batch[0] = (struct xenpt_range){ .kind = XENPT_NR_RANGE_KINDS };
    s->newest = s->batch;
    for (unsigned int r = 0; r < XENPT_NR_RIGHTS; r++)
        s->rights |= f->right[r];
    s->classify = scan_classify_best();
    s->masks = masks_of(s);
    if (!f->top) {
        report_pages(s, 0, ones(f->input_bits), 0, 0, ~UINT64_C(0), 0);
    } else {
        if (!table_set_enter(&s->met, s->pg->root, f->top, 0, &before))
            scan_stop(s, xenpt_fail(s->err, XENPT_ENOMEM, "no memory to scan"));
        else
            visit(s, f->top, s->pg->root, 0, ~UINT64_C(0));
        if (!s->code)
            scan_put_off_ones(s);
    }
    if (!s->code)
        scan_flush(s, true);
}

enum xenpt_code xenpt_scan(const struct xenpt_paging *pg, const struct xenpt_reader *mem,
                           const struct xenpt_scan_options *opt, xenpt_range_fn fn, void *ctx,
                           struct xenpt_scan_counts *counts, struct xenpt_error *err)
{
    struct scan *s = calloc(1, sizeof(*s));
    enum xenpt_code code;

    if (!s)
        return xenpt_fail(err, XENPT_ENOMEM, "no memory to scan");
    s->pg = pg;
    s->mem = mem;
    s->fn = fn;
    s->ctx = ctx;
    s->err = err;
    if (opt)
        s->opt = *opt;
    s->level = malloc(sizeof(*s->level) * (XENPT_TOP_MAX + 1));
    code = check_part(s);
    if (!code && (!s->level || !table_set_init(&s->met)))
        code = xenpt_fail(err, XENPT_ENOMEM, "no memory to scan");
    if (!code) {
        run(s);
        code = s->code;
        if (counts)
            *counts = s->counts;
    }
    table_set_fini(&s->met);
    free(s->later);
    free(s->level);
    free(s);
    return code;
}
