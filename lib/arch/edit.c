/*
 * edit.c - changing a tree of page tables; see edit.h for what is promised.
 *
 * Each operation says what it wants, checks that it can be said of this format, and leaves
 * the tables to edit_tree.c; edit_log.c sees to it that it is done wholly or not at all.
 */
#include "xenpt/edit.h"

#include "arch/edit_entry.h"
#include "arch/edit_tree.h"

static struct edit begin(const struct xenpt_tree *tree, struct xenpt_error *err)
{
    return (struct edit){
        .log = edit_begin(tree, err),
        .pg = tree->paging,
        .f = &tree->paging->format,
    };
}

/* --- Stretches ----------------------------------------------------------------------------- */

/* A stretch is of whole pages, and of one half of a canonical space. */
static enum xenpt_code check_stretch(const struct edit *e)
{
    uint64_t first = e->op.first, last = e->op.last, page = XENPT_PAGE_SIZE - 1;
    unsigned int half = e->f->input_bits - (e->f->sign_extended ? 1u : 0u);

    if (!e->f->top)
        return xenpt_fail(e->log.err, XENPT_ESTATE, "an unpaged context has no tables to edit");
    if (first & page || (last & page) != page || first > last)
        return xenpt_fail(e->log.err, XENPT_ERANGE, "0x%llx..0x%llx is not a stretch of pages",
                          (unsigned long long)first, (unsigned long long)last);
    if (!fits(e->f, first) || !fits(e->f, last) || (first ^ last) & ~ones(half))
        return xenpt_fail(e->log.err, XENPT_ERANGE, "0x%llx..0x%llx are no addresses of %s",
                          (unsigned long long)first, (unsigned long long)last, e->f->name);
    return XENPT_OK;
}

/* Flags of a leaf say neither where it leads nor how large it is. */
static enum xenpt_code check_flags(const struct edit *e, uint64_t flags, uint64_t refused)
{
    refused |= e->f->address | edit_size_marks(e->f) | ~ones(8u * e->f->entry_size);
    if (flags & refused)
        return xenpt_fail(e->log.err, XENPT_ERANGE, "the bits 0x%llx are none of a leaf's flags",
                          (unsigned long long)(flags & refused));
    return XENPT_OK;
}

static enum xenpt_code perform(struct edit *e, enum xenpt_code code)
{
    if (!code)
        code = check_stretch(e);
    if (!code)
        code = edit_stretch(e);
    return edit_end(&e->log, code);
}

enum xenpt_code xenpt_edit_map(const struct xenpt_tree *tree, const struct xenpt_mapping *m,
                               struct xenpt_error *err)
{
    struct edit e = begin(tree, err);
    enum xenpt_code code = check_flags(&e, m->flags, 0);

    e.op = (struct edit_operation){
        .what = EDIT_MAP,
        .first = m->first,
        .last = m->last,
        .out = m->out,
        .flags = m->flags,
        .max_level = m->max_level ? m->max_level : XENPT_TOP_MAX,
    };
    if (m->max_level > 3)
        code = xenpt_fail(err, XENPT_ERANGE, "no page is mapped at level %u", m->max_level);
    if (m->out & (XENPT_PAGE_SIZE - 1))
        code = xenpt_fail(err, XENPT_ERANGE, "0x%llx is not the first byte of a page",
                          (unsigned long long)m->out);
    return perform(&e, code);
}

enum xenpt_code xenpt_edit_unmap(const struct xenpt_tree *tree, uint64_t first, uint64_t last,
                                 struct xenpt_error *err)
{
    struct edit e = begin(tree, err);

    e.op = (struct edit_operation){ .what = EDIT_UNMAP, .first = first, .last = last };
    return perform(&e, XENPT_OK);
}

enum xenpt_code xenpt_edit_change(const struct xenpt_tree *tree, uint64_t first, uint64_t last,
                                  uint64_t set, uint64_t clear, struct xenpt_error *err)
{
    struct edit e = begin(tree, err);
    /* One present bit makes a page; EPT's several are its rights, and may come and go. */
    uint64_t present = e.f->present & (e.f->present - 1) ? 0 : e.f->present;
    enum xenpt_code code = check_flags(&e, set | clear, present);

    e.op = (struct edit_operation){
        .what = EDIT_CHANGE, .first = first, .last = last, .set = set, .clear = clear
    };
    if (set & clear)
        code = xenpt_fail(err, XENPT_ERANGE, "the bits 0x%llx are to be both set and cleared",
                          (unsigned long long)(set & clear));
    return perform(&e, code);
}

/* --- Single entries ------------------------------------------------------------------------ */

static enum xenpt_code check_place(const struct edit *e, uint64_t in, unsigned int level)
{
    if (!level || level > e->f->top)
        return xenpt_fail(e->log.err, XENPT_ERANGE, "%s has no level %u", e->f->name, level);
    if (!fits(e->f, in))
        return xenpt_fail(e->log.err, XENPT_ERANGE, "0x%llx is no address of %s",
                          (unsigned long long)in, e->f->name);
    return XENPT_OK;
}

enum xenpt_code xenpt_edit_split(const struct xenpt_tree *tree, uint64_t in, unsigned int level,
                                 struct xenpt_error *err)
{
    struct edit e = begin(tree, err);
    enum xenpt_code code = check_place(&e, in, level);
    struct edit_place place;

    if (!code)
        code = edit_go_down(&e, in, level, false, &place);
    return edit_end(&e.log, code);
}

enum xenpt_code xenpt_edit_set_entry(const struct xenpt_tree *tree, uint64_t in, unsigned int level,
                                     uint64_t entry, struct xenpt_error *err)
{
    struct edit e = begin(tree, err);
    enum xenpt_code code = check_place(&e, in, level);
    struct edit_place place;

    if (!code && entry & ~ones(8u * e.f->entry_size))
        code = xenpt_fail(err, XENPT_ERANGE, "an entry of %s has 32 bits, and 0x%llx has more",
                          e.f->name, (unsigned long long)entry);
    if (!code)
        code = edit_go_down(&e, in, level, true, &place);
    if (!code && place.level != level)
        code = xenpt_fail(err, XENPT_ESTATE, "the %s at 0x%llx is not legal: 0x%llx",
                          e.f->level[place.level].name, (unsigned long long)place.at,
                          (unsigned long long)place.entry);
    if (!code)
        code = edit_write_entries(&e, place.at, 1, &entry, false);
    return edit_end(&e.log, code);
}

enum xenpt_code xenpt_edit_destroy(const struct xenpt_tree *tree, struct xenpt_error *err)
{
    struct edit e = begin(tree, err);
    enum xenpt_code code = XENPT_OK;

    if (e.f->top)
        code = edit_leave_tree(&e, e.f->top, e.pg->root);
    return edit_end(&e.log, code);
}
