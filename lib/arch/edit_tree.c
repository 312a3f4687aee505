/* edit_tree.c - tables that come, and tables that go; see edit_tree.h. */
#include "arch/edit_tree.h"

#include "arch/edit_entry.h"

#define FRAME(at) ((at) & ~(uint64_t)(XENPT_PAGE_SIZE - 1))

/* --- Entries in memory --------------------------------------------------------------------- */

enum xenpt_code edit_read(struct edit *e, uint64_t at, unsigned int nr, uint64_t *ret)
{
    const struct xenpt_reader *mem = xenpt_store_reader(e->log.tree->store);
    unsigned int size = e->f->entry_size;
    uint32_t half;

    if (!xenpt_read(mem, at, ret, (size_t)nr * size))
        return xenpt_fail(e->log.err, XENPT_ERANGE,
                          "a table lies at 0x%llx, where there is no memory",
                          (unsigned long long)FRAME(at));
    while (size == sizeof(half) && nr-- > 0) { /* From the end: it widens in place. */
        memcpy(&half, (uint8_t *)ret + nr * sizeof(half), sizeof(half));
        ret[nr] = half;
    }
    return XENPT_OK;
}

enum xenpt_code edit_write_entries(struct edit *e, uint64_t at, unsigned int nr,
                                   const uint64_t *entry, bool is_new)
{
    uint32_t half[ENTRIES_MAX];
    const void *bytes = entry;

    if (e->f->entry_size == sizeof(*half)) {
        for (unsigned int i = 0; i < nr; i++)
            half[i] = (uint32_t)entry[i];
        bytes = half;
    }
    return is_new ? edit_fill(&e->log, at, bytes, (size_t)nr * e->f->entry_size)
                  : edit_write(&e->log, at, bytes, (size_t)nr * e->f->entry_size);
}

/* --- Tables that come ---------------------------------------------------------------------- */

/*
 * A new table in the place of a page of `level`, and the entry that leads to it.  Its entries
 * are pages, or tables again where the processor has no pages of the next size.
 */
static enum xenpt_code split(struct edit *e, unsigned int level, uint64_t frame, uint64_t flags,
                             uint64_t *ret)
{
    unsigned int below = level - 1, nr = 1u << e->f->level[below].bits;
    uint64_t parts[ENTRIES_MAX], table;
    enum xenpt_code code = edit_take_table(&e->log, edit_table_reach(e->f, level), &table);

    for (unsigned int i = 0; i < nr && !code; i++) {
        uint64_t out = frame + ((uint64_t)i << e->f->level[below].shift);

        if (!e->f->level[below].page_if) {
            code = split(e, below, out, flags, &parts[i]);
            continue;
        }
        parts[i] = edit_leaf(e->f, below, out, flags);
        code = edit_check_leaf(e->pg, below, out, parts[i], e->log.err);
    }
    if (!code)
        code = edit_write_entries(e, table, nr, parts, true);
    if (code)
        return code;
    *ret = edit_table_entry(e->f, level, table, e->log.tree->table_flags, true);
    return edit_check_table(e->pg, level, *ret, e->log.err);
}

enum xenpt_code edit_grow(struct edit *e, unsigned int level, bool of_page, uint64_t *entry)
{
    const struct xenpt_format *f = e->f;
    enum xenpt_code code;
    uint64_t table;

    if (of_page)
        return split(e, level, frame_of(f, f, level, *entry), edit_leaf_flags(f, level, *entry),
                     entry);
    code = edit_take_table(&e->log, edit_table_reach(f, level), &table);
    if (code)
        return code;
    *entry = edit_table_entry(f, level, table, e->log.tree->table_flags, false);
    return edit_check_table(e->pg, level, *entry, e->log.err);
}

/* --- Tables that go ------------------------------------------------------------------------ */

bool edit_on_path(const struct edit *e, uint64_t table)
{
    for (unsigned int l = e->f->top; l >= 1; l--)
        if (e->path[l] && FRAME(e->path[l]) == FRAME(table))
            return true;
    return false;
}

static enum xenpt_code leave_children(struct edit *e, unsigned int level, uint64_t table)
{
    unsigned int nr = 1u << e->f->level[level].bits;
    uint64_t entry[ENTRIES_MAX];
    enum xenpt_code code = edit_read(e, table, nr, entry);

    for (unsigned int i = 0; i < nr && !code; i++) {
        uint64_t child = entry[i] & e->f->address;

        if (role_of(e->f, level, entry[i]) == XENPT_TABLE && !edit_on_path(e, child))
            code = edit_leave_table(&e->log, child);
    }
    return code;
}

/*
 * Level by level, so that a table that is met at several levels is taken for what it is at
 * the highest.  The list of tables left is also the list of those still to be looked into.
 */
enum xenpt_code edit_leave_tree(struct edit *e, unsigned int level, uint64_t table)
{
    size_t next = e->log.nr_left;
    enum xenpt_code code = edit_on_path(e, table) ? XENPT_OK : edit_leave_table(&e->log, table);

    for (; level > 1 && !code; level--)
        for (size_t end = e->log.nr_left; next < end && !code; next++)
            code = leave_children(e, level, e->log.left[next]);
    return code;
}

/* --- The way down -------------------------------------------------------------------------- */

enum xenpt_code edit_go_down(struct edit *e, uint64_t in, unsigned int level, bool make,
                             struct edit_place *ret)
{
    uint64_t table = e->pg->root;

    for (ret->level = e->f->top;; ret->level--) {
        enum xenpt_role role;
        enum xenpt_code code;

        ret->at = entry_at(e->f, ret->level, table, in);
        code = edit_read(e, ret->at, 1, &ret->entry);
        if (code || ret->level == level)
            return code;
        role = role_of(e->f, ret->level, ret->entry);
        if (role == XENPT_MALFORMED || (role == XENPT_HOLE && !make))
            return XENPT_OK;
        if (role != XENPT_TABLE) {
            code = edit_grow(e, ret->level, role == XENPT_PAGE, &ret->entry);
            if (!code)
                code = edit_write_entries(e, ret->at, 1, &ret->entry, false);
            if (code)
                return code;
        }
        table = ret->entry & e->f->address;
    }
}
