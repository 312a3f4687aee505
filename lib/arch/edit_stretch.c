/*
 * edit_stretch.c - through a tree along a stretch of input addresses, one table at a time.
 *
 *          first                         last
 *            |=============================|
 *     [  cut   |  whole  |  whole  |  cut    ]     entries of one table
 *          |                            |
 *     [ | | |x|x]                  [x|x| | ]       and of the tables below it
 *
 * A table is taken in two passes.  The first settles every entry that the stretch reaches
 * into: a whole one becomes what the operation makes of it, and a page that is cut, or a hole
 * to be filled with smaller pages, becomes a table.  These entries are read and written as
 * one slice.  The second pass goes down into every entry that is a table now.
 */
#include "arch/edit_entry.h"
#include "arch/edit_tree.h"

/* Neighbouring entries of a table, each in 8 bytes. */
struct slice {
    uint64_t at, begins; /* Where the first one lies, and the input it speaks for. */
    unsigned int level, nr;
    bool is_new; /* The table was taken by this edit. */
    uint64_t entry[ENTRIES_MAX];
    uint64_t grown[ENTRIES_MAX / 64]; /* Bit i: entry i leads to a table that it did not. */
};

static enum xenpt_code illegal(struct edit *e, const struct slice *s, unsigned int i)
{
    return xenpt_fail(e->log.err, XENPT_ESTATE, "the %s at 0x%llx is not legal: 0x%llx",
                      e->f->level[s->level].name, (unsigned long long)s->at + i * e->f->entry_size,
                      (unsigned long long)s->entry[i]);
}

/* --- First pass: tables of pages ----------------------------------------------------------- */

static enum xenpt_code change_pages(struct edit *e, struct slice *s)
{
    enum xenpt_code code = XENPT_OK;

    for (unsigned int i = 0; i < s->nr && !code; i++) {
        uint64_t was = s->entry[i], now = (was & ~e->op.clear) | e->op.set;
        enum xenpt_role role = role_of(e->f, 1, was);

        if (role == XENPT_MALFORMED)
            return illegal(e, s, i);
        if (role != XENPT_PAGE)
            continue;
        s->entry[i] = now;
        if (unlikely(role_of(e->f, 1, now) != XENPT_PAGE))
            code = edit_check_leaf(e->pg, 1, was & e->f->address, now, e->log.err);
    }
    return code;
}

/* Pages in a row differ in their address only: with the first and the last, all are legal. */
static enum xenpt_code map_pages(struct edit *e, struct slice *s)
{
    uint64_t out = e->op.out + (s->begins - e->op.first), flags = e->op.flags;
    uint64_t last = out + ((uint64_t)(s->nr - 1) << XENPT_PAGE_SHIFT);
    enum xenpt_code code = edit_check_leaf(e->pg, 1, out, edit_leaf(e->f, 1, out, flags),
                                           e->log.err);

    if (!code)
        code = edit_check_leaf(e->pg, 1, last, edit_leaf(e->f, 1, last, flags), e->log.err);
    for (unsigned int i = 0; i < s->nr && !code; i++)
        s->entry[i] = (out + ((uint64_t)i << XENPT_PAGE_SHIFT)) | flags;
    return code;
}

static enum xenpt_code settle_pages(struct edit *e, struct slice *s)
{
    switch (e->op.what) {
    case EDIT_MAP:
        return map_pages(e, s);
    case EDIT_CHANGE:
        return change_pages(e, s);
    case EDIT_UNMAP:
        break;
    }
    memset(s->entry, 0, s->nr * sizeof(*s->entry));
    return XENPT_OK;
}

/* --- First pass: tables above them --------------------------------------------------------- */

/* Whether a leaf of this level can stand for a whole entry of a mapping. */
static bool fits_level(const struct edit *e, unsigned int level, uint64_t out)
{
    const struct xenpt_level *lv = &e->f->level[level];

    return lv->page_if && level <= e->op.max_level && !(out & ones(lv->shift));
}

/* A large page, with some flags other than before. */
static enum xenpt_code change_page(struct edit *e, unsigned int level, uint64_t *entry)
{
    uint64_t out = frame_of(e->f, e->f, level, *entry);
    uint64_t flags = (edit_leaf_flags(e->f, level, *entry) & ~e->op.clear) | e->op.set;

    *entry = edit_leaf(e->f, level, out, flags);
    return edit_check_leaf(e->pg, level, out, *entry, e->log.err);
}

/* An entry that the stretch covers, all of it. */
static enum xenpt_code settle_whole(struct edit *e, unsigned int level, uint64_t begins,
                                    enum xenpt_role role, uint64_t *entry)
{
    uint64_t out = e->op.out + (begins - e->op.first), now = 0;
    enum xenpt_code code = XENPT_OK;

    if (e->op.what == EDIT_CHANGE)
        return role == XENPT_PAGE ? change_page(e, level, entry) : XENPT_OK;
    if (e->op.what == EDIT_MAP) {
        if (!fits_level(e, level, out))
            return role == XENPT_TABLE ? XENPT_OK : edit_grow(e, level, false, entry);
        now = edit_leaf(e->f, level, out, e->op.flags);
        code = edit_check_leaf(e->pg, level, out, now, e->log.err);
    }
    if (!code && role == XENPT_TABLE)
        code = edit_leave_tree(e, level - 1, *entry & e->f->address);
    *entry = now;
    return code;
}

static enum xenpt_code settle_entry(struct edit *e, struct slice *s, unsigned int i)
{
    uint64_t begins = s->begins + ((uint64_t)i << e->f->level[s->level].shift);
    uint64_t ends = begins + ones(e->f->level[s->level].shift), was = s->entry[i];
    bool whole = e->op.first <= begins && ends <= e->op.last;
    enum xenpt_role role = role_of(e->f, s->level, was);
    enum xenpt_code code = XENPT_OK;

    if (role == XENPT_MALFORMED && (!whole || e->op.what == EDIT_CHANGE))
        return illegal(e, s, i);
    if (whole)
        code = settle_whole(e, s->level, begins, role, &s->entry[i]);
    else if (role == XENPT_PAGE || (role == XENPT_HOLE && e->op.what == EDIT_MAP))
        code = edit_grow(e, s->level, role == XENPT_PAGE, &s->entry[i]);
    if (s->entry[i] != was && role_of(e->f, s->level, s->entry[i]) == XENPT_TABLE)
        s->grown[i / 64] |= XENPT_BIT(i % 64);
    return code;
}

static enum xenpt_code settle_entries(struct edit *e, struct slice *s)
{
    enum xenpt_code code = XENPT_OK;

    for (unsigned int i = 0; i < s->nr && !code; i++)
        code = settle_entry(e, s, i);
    return code;
}

/* Settles the entries of a slice, and writes those that became something else. */
static enum xenpt_code settle_slice(struct edit *e, struct slice *s)
{
    uint64_t was[ENTRIES_MAX];
    unsigned int from = 0, to = s->nr;
    enum xenpt_code code;

    memcpy(was, s->entry, s->nr * sizeof(*was));
    code = s->level == 1 ? settle_pages(e, s) : settle_entries(e, s);
    while (from < to && s->entry[from] == was[from])
        from++;
    while (to > from && s->entry[to - 1] == was[to - 1])
        to--;
    if (code || from == to)
        return code;
    return edit_write_entries(e, s->at + (uint64_t)from * e->f->entry_size, to - from,
                              &s->entry[from], s->is_new);
}

/* --- Second pass --------------------------------------------------------------------------- */

static enum xenpt_code edit_table(struct edit *e, unsigned int level, uint64_t table,
                                  uint64_t begins, bool is_new);

static bool is_empty(struct edit *e, unsigned int level, uint64_t table)
{
    unsigned int nr = 1u << e->f->level[level].bits;
    uint64_t entry[ENTRIES_MAX], any = 0;

    if (edit_read(e, table, nr, entry))
        return false;
    for (unsigned int i = 0; i < nr; i++)
        any |= entry[i];
    return !any;
}

/*
 * Into an entry, if it is a table now.  It is read again: an edit that goes through a linear
 * entry can change tables that it has still to go through, and then has no clear meaning.
 */
static enum xenpt_code go_into(struct edit *e, const struct slice *s, unsigned int i)
{
    uint64_t at = s->at + (uint64_t)i * e->f->entry_size, entry, table, none = 0;
    bool is_new = s->grown[i / 64] >> i % 64 & 1;
    enum xenpt_code code;

    if (role_of(e->f, s->level, s->entry[i]) != XENPT_TABLE)
        return XENPT_OK;
    code = edit_read(e, at, 1, &entry);
    if (!code && entry != s->entry[i])
        code = xenpt_fail(e->log.err, XENPT_ESTATE,
                          "the edit changes the %s at 0x%llx, which it has to go through",
                          e->f->level[s->level].name, (unsigned long long)at);
    if (code)
        return code;
    table = entry & e->f->address;
    code = edit_table(e, s->level - 1, table,
                      s->begins + ((uint64_t)i << e->f->level[s->level].shift), is_new);
    if (code || e->op.what != EDIT_UNMAP || edit_on_path(e, table) ||
        !is_empty(e, s->level - 1, table))
        return code;
    code = edit_leave_table(&e->log, table);
    return code ? code : edit_write_entries(e, at, 1, &none, false);
}

/* What the stretch covers of a table that maps from `begins` on. */
static enum xenpt_code edit_table(struct edit *e, unsigned int level, uint64_t table,
                                  uint64_t begins, bool is_new)
{
    const struct xenpt_level *lv = &e->f->level[level];
    uint64_t first = max_u64(e->op.first, begins);
    uint64_t last = min_u64(e->op.last, begins + ones(lv->shift + (unsigned int)lv->bits));
    struct slice s;
    enum xenpt_code code;

    e->path[level] = table;
    s.at = entry_at(e->f, level, table, first);
    s.begins = first & ~ones(lv->shift);
    s.level = level;
    s.nr = (unsigned int)((last - s.begins) >> lv->shift) + 1;
    s.is_new = is_new;
    memset(s.grown, 0, sizeof(s.grown));
    code = edit_read(e, s.at, s.nr, s.entry);
    if (!code)
        code = settle_slice(e, &s);
    for (unsigned int i = 0; level > 1 && i < s.nr && !code; i++)
        code = go_into(e, &s, i);
    e->path[level] = 0;
    return code;
}

enum xenpt_code edit_stretch(struct edit *e)
{
    return edit_table(e, e->f->top, e->pg->root, e->op.first & ~ones(e->f->input_bits), false);
}
