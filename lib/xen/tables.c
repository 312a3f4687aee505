/*
 * tables.c - making page tables in the machine's memory.
 *
 * Tables are made from nothing and seldom changed, by Xen, which may write any entry; so this
 * writes whole stretches of entries, and leaves what a guest may do to edits.
 */
#include "mem/lookup.h"
#include "xen/internal.h"

/* --- Frames -------------------------------------------------------------------------------- */

enum xenpt_code frames_new(struct xenpt_machine *m, unsigned int order, uint64_t *ret,
                           struct xenpt_error *err)
{
    return frames_below(m, order, m->heap_below, ret, err);
}

enum xenpt_code frames_below(struct xenpt_machine *m, unsigned int order, uint64_t below,
                             uint64_t *ret, struct xenpt_error *err)
{
    struct xenpt_alloc_want want = { .order = order, .below = below };
    xenpt_mfn_t mfn;
    enum xenpt_code code = xenpt_alloc_take(m->alloc, want, &mfn, err);

    if (code)
        return code;
    *ret = xenpt_mfn_to_maddr(mfn);
    return XENPT_OK;
}

enum xenpt_code table_new(struct xenpt_machine *m, uint64_t *ret, struct xenpt_error *err)
{
    m->stats.tables++;
    return frames_new(m, 0, ret, err);
}

/* It reads as zeros, so that the next table in it is empty. */
enum xenpt_code table_free(struct xenpt_machine *m, uint64_t table, struct xenpt_error *err)
{
    m->stats.tables--;
    xenpt_store_drop(m->store, xenpt_maddr_to_mfn(table));
    return xenpt_alloc_give(m->alloc, xenpt_maddr_to_mfn(table), 0, err);
}

enum xenpt_code table_static(struct xenpt_machine *m, uint64_t *ret, struct xenpt_error *err)
{
    uint64_t end = m->image.phys + m->image.d.data_end;

    if (m->next_static + XENPT_PAGE_SIZE > end)
        return xenpt_fail(err, XENPT_ERANGE, "the image's data have no room for its page tables");
    *ret = m->next_static;
    m->next_static += XENPT_PAGE_SIZE;
    m->stats.tables++;
    return XENPT_OK;
}

/* --- Entries ------------------------------------------------------------------------------- */

uint64_t entry_read(const struct xenpt_machine *m, uint64_t table, unsigned int slot)
{
    const struct xenpt_reader *mem = xenpt_store_reader(m->store);
    uint64_t entry = 0;

    return mem_load(XENPT_HELD_IN_STORE, false, mem, table + slot * sizeof(entry), sizeof(entry),
                    &entry)
               ? entry
               : 0;
}

enum xenpt_code entries_write(struct xenpt_machine *m, uint64_t table, unsigned int slot,
                              unsigned int nr, const uint64_t *entries, struct xenpt_error *err)
{
    return xenpt_store_write(m->store, table + slot * sizeof(*entries), entries,
                             nr * sizeof(*entries), err);
}

enum xenpt_code entry_write(struct xenpt_machine *m, uint64_t table, unsigned int slot,
                            uint64_t entry, struct xenpt_error *err)
{
    return xenpt_store_write64(m->store, table + slot * sizeof(entry), entry, err);
}

/* Bit 7 is PAT in a 4K page's entry, and the mark of a larger page, whose PAT is bit 12. */
static uint64_t leaf_of(uint64_t flags, unsigned int level)
{
    if (level == 1)
        return flags;
    return (flags & ~ENTRY_PS) | ENTRY_PS | (flags & ENTRY_PS ? XENPT_BIT(12) : 0);
}

static bool is_leaf(uint64_t entry, unsigned int level)
{
    return level == 1 || (level < 4 && entry & ENTRY_PS);
}

/* --- Stretches ----------------------------------------------------------------------------- */

/* A page becomes a table of smaller ones that say the same. */
static enum xenpt_code split(struct xenpt_machine *m, uint64_t table, unsigned int slot,
                             unsigned int level, const struct stretch *s, uint64_t *ret,
                             struct xenpt_error *err)
{
    uint64_t entry = entry_read(m, table, slot), parts[ENTRIES], child = 0;
    uint64_t flags = (entry & ~ENTRY_ADDR & ~ENTRY_PS) | (entry & XENPT_BIT(12) ? ENTRY_PS : 0);
    uint64_t maddr = entry & ENTRY_ADDR & ~(level_size(level) - 1);
    enum xenpt_code code = table_new(m, &child, err);

    for (unsigned int i = 0; i < ENTRIES; i++)
        parts[i] = (maddr + i * level_size(level - 1)) | leaf_of(flags, level - 1);
    if (!code)
        code = entries_write(m, child, 0, ENTRIES, parts, err);
    if (!code)
        code = entry_write(m, table, slot, child | s->table[level], err);
    *ret = child;
    return code;
}

/* The table that an entry leads to; one is made if there is none. */
static enum xenpt_code below(struct xenpt_machine *m, uint64_t table, unsigned int slot,
                             unsigned int level, const struct stretch *s, uint64_t *ret,
                             struct xenpt_error *err)
{
    uint64_t entry = entry_read(m, table, slot);
    enum xenpt_code code;

    if (entry & ENTRY_ADDR && is_leaf(entry, level))
        return split(m, table, slot, level, s, ret, err);
    if (entry & ENTRY_ADDR) {
        *ret = entry & ENTRY_ADDR;
        return XENPT_OK;
    }
    code = table_new(m, ret, err);
    if (!code && s->fresh)
        code = s->fresh(m, *ret, err);
    return code ? code : entry_write(m, table, slot, *ret | s->table[level], err);
}

/* Neighbouring entries that are written at once. */
struct run {
    unsigned int slot, nr;
    uint64_t entry[ENTRIES];
};

static enum xenpt_code flush(struct xenpt_machine *m, uint64_t table, struct run *run,
                             struct xenpt_error *err)
{
    unsigned int nr = run->nr;

    run->nr = 0;
    return nr ? entries_write(m, table, run->slot, nr, run->entry, err) : XENPT_OK;
}

static bool fits_page(const struct xenpt_machine *m, uint64_t table, unsigned int slot,
                      unsigned int level, const struct stretch *s, uint64_t first, uint64_t last,
                      uint64_t maddr)
{
    uint64_t size = level_size(level);

    if (!(s->pages >> level & 1) || first & (size - 1) || last - first != size - 1 ||
        maddr & (size - 1))
        return false;
    if (level > 1) {
        uint64_t old = entry_read(m, table, slot);

        return !(old & ENTRY_ADDR) || is_leaf(old, level);
    }
    return true;
}

enum xenpt_code stretch_map(struct xenpt_machine *m, uint64_t table, unsigned int level,
                            const struct stretch *s, struct xenpt_error *err)
{
    uint64_t size = level_size(level), in = s->first;
    enum xenpt_code code = XENPT_OK;
    struct run run;

    run.nr = 0;
    while (!code) {
        uint64_t end = in | (size - 1), last = end < s->last ? end : s->last;
        uint64_t maddr = s->repeat ? s->maddr : s->maddr + (in - s->first);
        unsigned int slot = slot_at(level, in);

        if (fits_page(m, table, slot, level, s, in, last, maddr)) {
            if (!run.nr)
                run.slot = slot;
            run.entry[run.nr++] = maddr |
                                  leaf_of(s->by_level[level] ? s->by_level[level] : s->leaf, level);
        } else {
            struct stretch part = *s;
            uint64_t child;

            part.first = in;
            part.last = last;
            part.maddr = maddr;
            code = flush(m, table, &run, err);
            if (!code)
                code = below(m, table, slot, level, s, &child, err);
            if (!code)
                code = stretch_map(m, child, level - 1, &part, err);
        }
        if (last == s->last)
            break;
        in = last + 1;
    }
    return code ? code : flush(m, table, &run, err);
}

enum xenpt_code stretch_reach(struct xenpt_machine *m, uint64_t table, unsigned int level,
                              const struct stretch *s, unsigned int down, struct xenpt_error *err)
{
    enum xenpt_code code = XENPT_OK;

    for (; !code && level > down; level--)
        code = below(m, table, slot_at(level, s->first), level, s, &table, err);
    return code;
}

enum xenpt_code stretch_unmap(struct xenpt_machine *m, uint64_t table, unsigned int level,
                              const struct stretch *s, struct xenpt_error *err)
{
    enum xenpt_code code = XENPT_OK;

    for (uint64_t in = s->first; !code; in += XENPT_PAGE_SIZE) {
        uint64_t at = table;

        for (unsigned int l = level; !code && l > 1; l--)
            code = below(m, at, slot_at(l, in), l, s, &at, err);
        if (!code)
            code = entry_write(m, at, slot_at(1, in), 0, err);
        if ((in | (XENPT_PAGE_SIZE - 1)) >= s->last)
            break;
    }
    return code;
}

uint64_t entry_of(const struct xenpt_machine *m, uint64_t root, unsigned int top, uint64_t in,
                  unsigned int *level)
{
    uint64_t table = root, entry = 0;

    for (unsigned int l = top; l >= 1; l--) {
        entry = entry_read(m, table, slot_at(l, in));
        *level = l;
        if (!(entry & ENTRY_ADDR) || is_leaf(entry, l))
            break;
        table = entry & ENTRY_ADDR;
    }
    return entry;
}
