/*
 * edit.c - changing a tree of page tables; see edit.h for what is promised.
 *
 * One recursion does it all: it goes down to the entries that a stretch covers, splitting
 * pages that the stretch cuts, and leaves what becomes of a covered entry to the operation.
 */
#include "xenpt/edit.h"
#include "arch/edit_log.h"
#include "arch/table_set.h"

#define ENTRIES_MAX 1024

/* What is to become of a stretch. */
struct operation {
    enum { MAP, UNMAP, CHANGE } what;
    uint64_t first, last;
    uint64_t out, flags;    /* MAP */
    unsigned int max_level; /* MAP */
    uint64_t set, clear;    /* CHANGE */
};

struct edit {
    struct edit_log log;
    const struct xenpt_paging *pg;
    const struct xenpt_format *f;
    struct operation op;
};

static enum xenpt_code edit_range(struct edit *e, unsigned int level, uint64_t table, uint64_t in,
                                  bool *empty);

static enum xenpt_code entry_read(struct edit *e, uint64_t at, uint64_t *ret)
{
    const struct xenpt_reader *mem = xenpt_store_reader(e->log.tree->store);

    if (mem_load(mem->held, mem, at, e->f->entry_size, ret))
        return XENPT_OK;
    return xenpt_fail(e->log.err, XENPT_ERANGE, "a table lies at 0x%llx, where there is no memory",
                      (unsigned long long)at);
}

static enum xenpt_code entry_write(struct edit *e, uint64_t at, uint64_t entry)
{
    return edit_write(&e->log, at, &entry, e->f->entry_size);
}

/* --- Entries ------------------------------------------------------------------------------- */

/* Moves the PAT bit from where pages of one level have it to where another's do. */
static uint64_t move_pat(const struct xenpt_format *f, uint64_t flags, unsigned int from,
                         unsigned int to)
{
    uint64_t was = f->level[from].pat, is = f->level[to].pat;

    return flags & was ? (flags & ~was) | is : flags & ~was;
}

/* A leaf of this level that leads to `out`; flags have PAT where 4 KiB pages have it. */
static uint64_t leaf(const struct xenpt_format *f, unsigned int level, uint64_t out, uint64_t flags)
{
    const struct xenpt_level *lv = &f->level[level];
    uint64_t high = out >> lv->fold.to & ones(lv->fold.bits);

    flags = move_pat(f, flags, 1, level);
    if (lv->fold.bits)
        flags |= high << lv->fold.from;
    return (out & f->address) | flags | (level > 1 ? lv->page_if : 0);
}

/* Whether a leaf of this level can stand for this stretch of the operation. */
static bool fits_level(const struct edit *e, unsigned int level, uint64_t first, uint64_t out)
{
    const struct xenpt_level *lv = &e->f->level[level];

    if (level == 1)
        return true;
    return lv->page_if && level <= e->op.max_level && !((first | out) & ones(lv->shift));
}

static enum xenpt_code check_leaf(struct edit *e, unsigned int level, uint64_t out, uint64_t entry)
{
    if (role_of(e->f, level, entry) != XENPT_PAGE)
        return xenpt_fail(e->log.err, XENPT_ESTATE,
                          "0x%llx would be no legal %s: its bits 0x%llx are wrong",
                          (unsigned long long)entry, e->f->level[level].name,
                          (unsigned long long)xenpt_entry_offence(e->pg, level, entry));
    if (frame_of(e->f, e->f, level, entry) != out)
        return xenpt_fail(e->log.err, XENPT_ERANGE, "a %s cannot hold the address 0x%llx",
                          e->f->level[level].name, (unsigned long long)out);
    return XENPT_OK;
}

/*
 * An entry for a new table.  What PAE's PDPTEs cannot have is left out; what the page that it
 * replaces granted, if there was one, it grants.
 */
static uint64_t table_entry(const struct edit *e, unsigned int level, uint64_t table,
                            uint64_t replaced)
{
    const struct xenpt_level *lv = &e->f->level[level];
    uint64_t rights = 0, entry = e->log.tree->table_flags | e->f->present;

    for (unsigned int r = 0; r < XENPT_NR_RIGHTS; r++)
        rights |= e->f->right[r];
    if (e->f->cache == XENPT_CACHE_EPT)
        entry = e->log.tree->table_flags;
    if (replaced & e->f->present)
        entry = (entry | (replaced & rights & ~e->f->inverted)) & ~(e->f->inverted & ~replaced);
    return table | (entry & ~lv->rsvd_table & ~lv->page_if);
}

/* --- Tables -------------------------------------------------------------------------------- */

/* A new table below an entry that holds no table: empty, or with the parts of its page. */
static enum xenpt_code grow(struct edit *e, unsigned int level, uint64_t at, uint64_t *entry)
{
    const struct xenpt_format *f = e->f;
    uint64_t words[ENTRIES_MAX] = { 0 }, table;
    unsigned int below = level - 1, n = 1u << f->level[below].bits;
    bool page = role_of(f, level, *entry) == XENPT_PAGE;
    uint64_t frame = frame_of(f, f, level, *entry);
    uint64_t flags = move_pat(f, *entry & ~f->address & ~f->level[level].page_if, level, 1);
    enum xenpt_code code = edit_take_table(&e->log, &table);

    if (f->level[level].fold.bits)
        flags &= ~(ones(f->level[level].fold.bits) << f->level[level].fold.from);
    for (unsigned int i = 0; page && i < n && !code; i++) {
        uint64_t out = frame + ((uint64_t)i << f->level[below].shift);
        uint64_t word = leaf(f, below, out, flags);

        code = check_leaf(e, below, out, word);
        if (f->entry_size == 8)
            words[i] = word;
        else
            memcpy((uint8_t *)words + i * sizeof(uint32_t), &word, sizeof(uint32_t));
    }
    if (!code)
        code = edit_write(&e->log, table, words, (size_t)n * f->entry_size);
    if (code)
        return code;
    *entry = table_entry(e, level, table, page ? *entry : 0);
    return entry_write(e, at, *entry);
}

/* Leaves every table below an entry that is about to go. */
static enum xenpt_code leave_below(struct edit *e, unsigned int level, uint64_t entry)
{
    uint64_t table = entry & e->f->address, below;
    enum xenpt_code code = XENPT_OK;

    if (level == 1 || role_of(e->f, level, entry) != XENPT_TABLE)
        return XENPT_OK;
    for (unsigned int i = 0; level > 2 && i < 1u << e->f->level[level - 1].bits && !code; i++) {
        code = entry_read(e, table + (uint64_t)i * e->f->entry_size, &below);
        if (!code)
            code = leave_below(e, level - 1, below);
    }
    return code ? code : edit_leave_table(&e->log, table);
}

/* --- Stretches ----------------------------------------------------------------------------- */

/* An entry that the stretch covers, all of it. */
static enum xenpt_code replace(struct edit *e, unsigned int level, uint64_t at, uint64_t first,
                               uint64_t entry)
{
    uint64_t out = e->op.out + (first - e->op.first), now = 0;
    enum xenpt_code code = XENPT_OK;

    if (e->op.what == CHANGE) {
        now = (entry | move_pat(e->f, e->op.set, 1, level)) &
              ~move_pat(e->f, e->op.clear, 1, level);
        return check_leaf(e, level, frame_of(e->f, e->f, level, entry), now)
                   ? e->log.err ? e->log.err->code : XENPT_ESTATE
                   : entry_write(e, at, now);
    }
    if (e->op.what == MAP) {
        now = leaf(e->f, level, out, e->op.flags);
        code = check_leaf(e, level, out, now);
    }
    if (!code)
        code = leave_below(e, level, entry);
    return code || now == entry ? code : entry_write(e, at, now);
}

/* Whether an entry that the stretch covers becomes something else as a whole. */
static bool replaces(const struct edit *e, unsigned int level, uint64_t first, enum xenpt_role role)
{
    switch (e->op.what) {
    case MAP:
        return fits_level(e, level, first, e->op.out + (first - e->op.first));
    case UNMAP:
        return true;
    case CHANGE:
        break;
    }
    return role == XENPT_PAGE;
}

/* One slot that the stretch reaches into, wholly or in part. */
static enum xenpt_code edit_slot(struct edit *e, unsigned int level, uint64_t at, uint64_t begins)
{
    uint64_t ends = begins + ones(e->f->level[level].shift), entry;
    bool whole = e->op.first <= begins && ends <= e->op.last, empty = false;
    enum xenpt_code code = entry_read(e, at, &entry);
    enum xenpt_role role;

    if (code)
        return code;
    role = role_of(e->f, level, entry);
    if (role == XENPT_HOLE && e->op.what != MAP)
        return whole && e->op.what == UNMAP && entry ? entry_write(e, at, 0) : XENPT_OK;
    if (role == XENPT_MALFORMED && (!whole || e->op.what == CHANGE))
        return xenpt_fail(e->log.err, XENPT_ESTATE, "the %s at 0x%llx is not legal: 0x%llx",
                          e->f->level[level].name, (unsigned long long)at,
                          (unsigned long long)entry);
    if (whole && replaces(e, level, begins, role))
        return replace(e, level, at, begins, entry);
    if (role != XENPT_TABLE) {
        code = grow(e, level, at, &entry);
        if (code)
            return code;
    }
    code = edit_range(e, level - 1, entry & e->f->address, begins, &empty);
    if (code || !empty || e->op.what != UNMAP)
        return code;
    code = edit_leave_table(&e->log, entry & e->f->address);
    return code ? code : entry_write(e, at, 0);
}

static bool all_empty(struct edit *e, unsigned int level, uint64_t table)
{
    uint64_t entry;

    for (unsigned int i = 0; i < 1u << e->f->level[level].bits; i++)
        if (entry_read(e, table + (uint64_t)i * e->f->entry_size, &entry) || entry)
            return false;
    return true;
}

static enum xenpt_code edit_range(struct edit *e, unsigned int level, uint64_t table, uint64_t in,
                                  bool *empty)
{
    const struct xenpt_level *lv = &e->f->level[level];
    uint64_t high = level == e->f->top ? e->op.first & ~ones(e->f->input_bits) : 0;
    uint64_t from = level == e->f->top || e->op.first > in ? slot_of(lv, e->op.first) : 0;
    uint64_t end = in + ones(lv->shift + (unsigned int)lv->bits);
    uint64_t to = level == e->f->top || e->op.last < end ? slot_of(lv, e->op.last) : ones(lv->bits);
    enum xenpt_code code = XENPT_OK;

    for (uint64_t i = from; i <= to && !code; i++)
        code = edit_slot(e, level, table + i * e->f->entry_size, in + high + (i << lv->shift));
    *empty = !code && e->op.what == UNMAP && level != e->f->top && all_empty(e, level, table);
    return code;
}

/* --- The operations ------------------------------------------------------------------------ */

static struct edit begin(const struct xenpt_tree *tree, struct xenpt_error *err)
{
    return (struct edit){ .log = edit_begin(tree, err),
                          .pg = tree->paging,
                          .f = &tree->paging->format };
}

/* A stretch is of whole pages, and of one half of a canonical space. */
static enum xenpt_code check_stretch(const struct edit *e)
{
    uint64_t first = e->op.first, last = e->op.last, page = XENPT_PAGE_SIZE - 1;

    if (!e->f->top)
        return xenpt_fail(e->log.err, XENPT_ESTATE, "an unpaged context has no tables to edit");
    if (first & page || (last & page) != page || first > last)
        return xenpt_fail(e->log.err, XENPT_ERANGE, "0x%llx..0x%llx is not a stretch of pages",
                          (unsigned long long)first, (unsigned long long)last);
    if (!fits(e->f, first) || !fits(e->f, last) ||
        (first ^ last) & ~ones(e->f->input_bits - (e->f->sign_extended ? 1u : 0u)))
        return xenpt_fail(e->log.err, XENPT_ERANGE, "0x%llx..0x%llx are no addresses of %s",
                          (unsigned long long)first, (unsigned long long)last, e->f->name);
    return XENPT_OK;
}

static enum xenpt_code perform(struct edit *e)
{
    enum xenpt_code code = check_stretch(e);
    bool empty;

    if (!code)
        code = edit_range(e, e->f->top, e->pg->root, 0, &empty);
    return edit_end(&e->log, code);
}

enum xenpt_code xenpt_edit_map(const struct xenpt_tree *tree, const struct xenpt_mapping *m,
                               struct xenpt_error *err)
{
    struct edit e = begin(tree, err);
    unsigned int max = m->max_level ? m->max_level : XENPT_TOP_MAX;

    e.op = (struct operation){ .what = MAP,
                               .first = m->first,
                               .last = m->last,
                               .out = m->out,
                               .flags = m->flags,
                               .max_level = max };
    if (m->out & (XENPT_PAGE_SIZE - 1))
        return xenpt_fail(err, XENPT_ERANGE, "0x%llx is not the first byte of a page",
                          (unsigned long long)m->out);
    if (m->flags & e.f->address)
        return xenpt_fail(err, XENPT_ERANGE, "the flags 0x%llx reach into the address",
                          (unsigned long long)m->flags);
    return perform(&e);
}

enum xenpt_code xenpt_edit_unmap(const struct xenpt_tree *tree, uint64_t first, uint64_t last,
                                 struct xenpt_error *err)
{
    struct edit e = begin(tree, err);

    e.op = (struct operation){ .what = UNMAP, .first = first, .last = last };
    return perform(&e);
}

enum xenpt_code xenpt_edit_change(const struct xenpt_tree *tree, uint64_t first, uint64_t last,
                                  uint64_t set, uint64_t clear, struct xenpt_error *err)
{
    struct edit e = begin(tree, err);

    e.op = (struct operation){
        .what = CHANGE, .first = first, .last = last, .set = set, .clear = clear
    };
    if ((set | clear) & e.f->address)
        return xenpt_fail(err, XENPT_ERANGE, "the bits 0x%llx reach into the address",
                          (unsigned long long)(set | clear));
    return perform(&e);
}

/* Goes down to the entry at `level`, splitting pages, and making tables if asked to. */
static enum xenpt_code go_down(struct edit *e, uint64_t in, unsigned int level, bool make,
                               uint64_t *at, uint64_t *entry)
{
    uint64_t table = e->pg->root;
    enum xenpt_code code = XENPT_OK;

    for (unsigned int l = e->f->top; l >= level && !code; l--) {
        enum xenpt_role role;

        *at = entry_at(e->f, l, table, in);
        code = entry_read(e, *at, entry);
        if (code || l == level)
            break;
        role = role_of(e->f, l, *entry);
        if (role == XENPT_MALFORMED || (role == XENPT_HOLE && !make))
            break;
        if (role != XENPT_TABLE)
            code = grow(e, l, *at, entry);
        table = *entry & e->f->address;
    }
    return code;
}

static enum xenpt_code check_level(const struct edit *e, uint64_t in, unsigned int level)
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
    enum xenpt_code code = check_level(&e, in, level);
    uint64_t at, entry;

    if (!code)
        code = go_down(&e, in, level, false, &at, &entry);
    return edit_end(&e.log, code);
}

enum xenpt_code xenpt_edit_set_entry(const struct xenpt_tree *tree, uint64_t in, unsigned int level,
                                     uint64_t entry, struct xenpt_error *err)
{
    struct edit e = begin(tree, err);
    enum xenpt_code code = check_level(&e, in, level);
    uint64_t at, was;

    if (!code && e.f->entry_size == 4 && entry >> 32)
        code = xenpt_fail(err, XENPT_ERANGE, "an entry of %s has 32 bits, and 0x%llx has more",
                          e.f->name, (unsigned long long)entry);
    if (!code)
        code = go_down(&e, in, level, true, &at, &was);
    if (!code && at != entry_at(e.f, level, at & ~(uint64_t)(XENPT_PAGE_SIZE - 1), in) &&
        level != e.f->top)
        code = xenpt_fail(err, XENPT_ESTATE, "an entry above level %u is not legal", level);
    if (!code)
        code = entry_write(&e, at, entry);
    return edit_end(&e.log, code);
}

/* Every table below this one, each once: also where an entry leads back up. */
static enum xenpt_code leave_all(struct edit *e, struct table_set *met, unsigned int level,
                                 uint64_t table)
{
    const struct table_slot *before;
    enum xenpt_code code = XENPT_OK;
    uint64_t entry;

    if (!table_set_enter(met, table & ~(uint64_t)(XENPT_PAGE_SIZE - 1), 1, 0, &before))
        return xenpt_fail(e->log.err, XENPT_ENOMEM, "no memory to free a tree");
    if (before)
        return XENPT_OK;
    for (unsigned int i = 0; level > 1 && i < 1u << e->f->level[level].bits && !code; i++) {
        code = entry_read(e, table + (uint64_t)i * e->f->entry_size, &entry);
        if (!code && role_of(e->f, level, entry) == XENPT_TABLE)
            code = leave_all(e, met, level - 1, entry & e->f->address);
    }
    return code ? code : edit_leave_table(&e->log, table);
}

enum xenpt_code xenpt_edit_destroy(const struct xenpt_tree *tree, struct xenpt_error *err)
{
    struct edit e = begin(tree, err);
    struct table_set met;
    enum xenpt_code code = XENPT_OK;

    if (!table_set_init(&met))
        return xenpt_fail(err, XENPT_ENOMEM, "no memory to free a tree");
    if (e.f->top)
        code = leave_all(&e, &met, e.f->top, e.pg->root);
    table_set_fini(&met);
    return edit_end(&e.log, code);
}
