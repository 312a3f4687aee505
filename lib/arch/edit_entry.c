/* edit_entry.c - the entries that an edit makes; see edit_entry.h. */
#include "arch/edit_entry.h"

uint64_t edit_leaf_flags(const struct xenpt_format *f, unsigned int level, uint64_t leaf)
{
    const struct xenpt_level *lv = &f->level[level];
    uint64_t flags = leaf & ~f->address;

    if (level == 1)
        return flags;
    return (flags & ~lv->page_if) | (leaf & lv->pat ? f->level[1].pat : 0);
}

uint64_t edit_leaf(const struct xenpt_format *f, unsigned int level, uint64_t out, uint64_t flags)
{
    const struct xenpt_level *lv = &f->level[level];
    uint64_t pat = f->level[1].pat, entry = out & f->address;

    if (level == 1)
        return entry | flags;
    entry |= (out >> lv->fold.to & ones(lv->fold.bits)) << lv->fold.from;
    return entry | (flags & ~pat) | (flags & pat ? lv->pat : 0) | lv->page_if;
}

enum xenpt_code edit_check_leaf(const struct xenpt_paging *pg, unsigned int level, uint64_t out,
                                uint64_t entry, struct xenpt_error *err)
{
    const struct xenpt_format *f = &pg->format;
    const char *name = f->level[level].name;
    enum xenpt_role role = role_of(f, level, entry);
    uint64_t offence;

    if (likely(role == XENPT_PAGE && frame_of(f, f, level, entry) == out))
        return XENPT_OK;
    offence = xenpt_entry_offence(pg, level, entry);
    if (frame_of(f, f, level, entry) != out || offence & f->address)
        return xenpt_fail(err, XENPT_ERANGE, "a %s cannot hold the address 0x%llx", name,
                          (unsigned long long)out);
    if (role == XENPT_HOLE)
        return xenpt_fail(err, XENPT_ESTATE, "the %s 0x%llx would not be present", name,
                          (unsigned long long)entry);
    return xenpt_fail(err, XENPT_ESTATE, "the %s 0x%llx would not be legal: its bits 0x%llx", name,
                      (unsigned long long)entry, (unsigned long long)offence);
}

uint64_t edit_table_entry(const struct xenpt_format *f, unsigned int level, uint64_t table,
                          uint64_t flags, bool of_page)
{
    const struct xenpt_level *lv = &f->level[level];
    uint64_t rights = 0, lacks = lv->silent | (lv->rsvd_table & f->dirty);

    for (unsigned int r = 0; of_page && r < XENPT_NR_RIGHTS; r++)
        rights |= f->right[r];
    flags = (flags | (rights & ~f->inverted)) & ~(rights & f->inverted);
    return table | (flags & ~lacks);
}

enum xenpt_code edit_check_table(const struct xenpt_paging *pg, unsigned int level, uint64_t entry,
                                 struct xenpt_error *err)
{
    if (role_of(&pg->format, level, entry) == XENPT_TABLE)
        return XENPT_OK;
    return xenpt_fail(err, XENPT_ESTATE, "the %s 0x%llx would lead to no table",
                      pg->format.level[level].name, (unsigned long long)entry);
}

uint64_t edit_size_marks(const struct xenpt_format *f)
{
    uint64_t marks = 0;

    for (unsigned int l = 2; l <= f->top; l++)
        marks |= f->level[l].page_if;
    return marks & ~f->level[1].pat;
}
