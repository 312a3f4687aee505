/*
 * shadow_pages.c - the shadows of a domain: a hash from the guest's tables to them, the pages
 * that they are made of, and what leads to them; mm/shadow/common.c, shadow_hash_lookup,
 * sh_put_ref.
 */
#include <stdlib.h>

#include "xen/shadow.h"

/* clang-format off */
const struct shadow_row shadow_rows[NR_SH_TYPES] = {
    [SH_L1_32]   = { "l1-32",   1, 2, 4, false, 0, 0 },
    [SH_FL1_32]  = { "fl1-32",  1, 2, 4, true,  0, 0 },
    [SH_L2_32]   = { "l2-32",   2, 4, 4, false, SH_L1_32, SH_FL1_32 },
    [SH_L1_PAE]  = { "l1-pae",  1, 1, 8, false, 0, 0 },
    [SH_FL1_PAE] = { "fl1-pae", 1, 1, 8, true,  0, 0 },
    [SH_L2_PAE]  = { "l2-pae",  2, 1, 8, false, SH_L1_PAE, SH_FL1_PAE },
    [SH_L1_64]   = { "l1-64",   1, 1, 8, false, 0, 0 },
    [SH_FL1_64]  = { "fl1-64",  1, 1, 8, true,  0, 0 },
    [SH_L2_64]   = { "l2-64",   2, 1, 8, false, SH_L1_64, SH_FL1_64 },
    [SH_L2H_64]  = { "l2h-64",  2, 1, 8, false, SH_L1_64, SH_FL1_64 },
    [SH_L3_64]   = { "l3-64",   3, 1, 8, false, SH_L2_64, 0 },
    [SH_L4_64]   = { "l4-64",   4, 1, 8, false, SH_L3_64, 0 },
};
/* clang-format on */

/* --- Which there are ----------------------------------------------------------------------- */

static uint64_t table_key(uint64_t of, enum shadow_type type)
{
    return of | type; /* Pages: the lower bits are free. */
}

static uint64_t by_table(const void *of, uint32_t id)
{
    const struct shadow *s = &((const struct shadows *)of)->list[id];

    return table_key(s->by, s->type);
}

static uint64_t by_page(const void *of, uint32_t id)
{
    return ((const struct shadows *)of)->list[id / SHADOW_PAGES].page[id % SHADOW_PAGES];
}

enum xenpt_code shadows_create(struct domain *d, struct xenpt_error *err)
{
    struct shadows *all = calloc(1, sizeof(*all));

    d->shadows = all;
    if (!all || !ids_init(&all->by_table, 0, by_table, all) ||
        !ids_init(&all->by_page, 0, by_page, all))
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for the shadows of a domain");
    all->unpaged = NO_TABLE;
    return XENPT_OK;
}

void shadows_free(struct shadows *all)
{
    if (!all)
        return;
    ids_fini(&all->by_table);
    ids_fini(&all->by_page);
    free(all->list);
    free(all);
}

bool shadows_copy(const struct shadows *from, struct shadows **ret)
{
    struct shadows *all;

    *ret = NULL;
    if (!from)
        return true;
    all = *ret = calloc(1, sizeof(*all));
    if (!all)
        return false;
    all->list = malloc((from->room ? from->room : 1) * sizeof(*all->list));
    if (!all->list || !ids_init(&all->by_table, from->room, by_table, all) ||
        !ids_init(&all->by_page, (size_t)from->room * SHADOW_PAGES, by_page, all))
        return false;
    all->nr = from->nr;
    all->room = from->room;
    all->unpaged = from->unpaged;
    all->stats = from->stats;
    for (uint32_t id = 0; id < all->nr; id++) {
        all->list[id] = from->list[id];
        if (!all->list[id].type)
            continue;
        ids_add(&all->by_table, id);
        for (unsigned int p = 0; p < shadow_rows[all->list[id].type].pages; p++)
            ids_add(&all->by_page, id * SHADOW_PAGES + p);
    }
    return true;
}

bool shadow_find(const struct shadows *all, enum shadow_type type, uint64_t of, uint32_t *ret)
{
    uint64_t key = table_key(of, type);

    for (size_t at = ids_first(&all->by_table, key); ids_get(&all->by_table, at, ret);
         at = ids_next(&all->by_table, at))
        if (by_table(all, *ret) == key)
            return true;
    return false;
}

bool shadow_of_page(const struct shadows *all, uint64_t page, uint32_t *ret, unsigned int *nr)
{
    uint32_t id;

    for (size_t at = ids_first(&all->by_page, page); ids_get(&all->by_page, at, &id);
         at = ids_next(&all->by_page, at))
        if (by_page(all, id) == page) {
            *ret = id / SHADOW_PAGES;
            *nr = id % SHADOW_PAGES;
            return true;
        }
    return false;
}

bool shadow_is_table(const struct shadows *all, uint64_t maddr)
{
    uint32_t id;

    for (enum shadow_type t = SH_L1_32; t < NR_SH_TYPES; t++)
        if (!shadow_rows[t].made_up && shadow_find(all, t, maddr, &id))
            return true;
    return false;
}

/* --- Making and giving up ------------------------------------------------------------------ */

static enum xenpt_code room(struct shadows *all, struct xenpt_error *err)
{
    uint32_t more = all->room ? 2 * all->room : 16;
    struct shadow *list;

    if (all->nr < all->room)
        return XENPT_OK;
    list = realloc(all->list, more * sizeof(*list));
    if (list)
        all->list = list;
    if (!list || !ids_reserve(&all->by_table, more) ||
        !ids_reserve(&all->by_page, (size_t)more * SHADOW_PAGES))
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for %u shadows", (unsigned int)more);
    all->room = more;
    return XENPT_OK;
}

/* The first place that is not in use: seldom far, as shadows are given up in groups. */
static uint32_t place(const struct shadows *all)
{
    uint32_t id = all->nr;

    if (all->stats.made - all->stats.freed == all->nr)
        return id;
    for (id = 0; all->list[id].type; id++)
        ;
    return id;
}

/*
 * XSA-173: struct page_info has 32 bits for the guest's frame of which a larger page's shadow is.
 *
 * Model: Xen looks among those alone whose full number has the same of 251 sums of bytes; a guest
 * can have that.  To give such a shadow up made Xen crash, and here it does not.
 */
static uint64_t found_by(const struct shadowing *s, enum shadow_type type, uint64_t of)
{
    bool cut = shadow_rows[type].made_up && !is_bigmem(s->m);

    return cut ? of & ones(32 + XENPT_PAGE_SHIFT) : of;
}

static enum xenpt_code make(struct shadowing *s, enum shadow_type type, uint64_t of, uint32_t *ret)
{
    struct shadows *all = s->all;
    struct shadow new = { .type = type, .of = of, .by = found_by(s, type, of) };
    enum xenpt_code code = room(all, s->err);

    for (unsigned int i = 0; !code && i < shadow_rows[type].pages; i++)
        code = table_new(s->m, &new.page[i], s->err);
    if (code)
        return code;
    *ret = place(all);
    if (*ret == all->nr)
        all->nr++;
    all->list[*ret] = new;
    ids_add(&all->by_table, *ret);
    for (unsigned int i = 0; i < shadow_rows[type].pages; i++)
        ids_add(&all->by_page, *ret * SHADOW_PAGES + i);
    all->stats.made++;
    return XENPT_OK;
}

enum xenpt_code shadow_get(struct shadowing *s, enum shadow_type type, uint64_t of, uint32_t *ret,
                           bool *made)
{
    bool is_new = !shadow_find(s->all, type, of, ret);
    struct oos *o = shadow_rows[type].level > 1 ? oos_of(s->d, of) : NULL;
    enum xenpt_code code = XENPT_OK;

    /* What is used above L1 may not be out of sync. */
    if (o)
        code = oos_end(s, o);
    if (!code && is_new)
        code = make(s, type, of, ret);
    /* What a piece of a larger page becomes is by the walk that leads to it. */
    if (!code && !is_new && shadow_rows[type].made_up)
        s->all->list[*ret].of = of;
    if (!code && is_new && !shadow_rows[type].made_up && !oos_of(s->d, of))
        code = shadow_protect(s, of);
    if (!code && is_new && is_pv(s->d))
        code = pv_shadow_fill(s, *ret);
    if (made)
        *made = is_new;
    return code;
}

void shadow_hold(struct shadowing *s, uint32_t id)
{
    s->all->list[id].refs++;
}

static enum xenpt_code give_up(struct shadowing *s, uint32_t id)
{
    struct shadow *one = &s->all->list[id];
    unsigned int pages = shadow_rows[one->type].pages;
    struct oos *o = shadow_rows[one->type].made_up ? NULL : oos_of(s->d, one->of);
    enum xenpt_code code = o ? oos_end(s, o) : XENPT_OK;

    for (unsigned int p = 0; !code && p < pages && shadow_rows[one->type].level > 1; p++)
        for (unsigned int slot = 0; !code && slot < ENTRIES; slot++)
            if (!is_pv(s->d) || !pv_shadow_is_xens(s, one->type, slot))
                code = shadow_set(s, id, p, slot, 0);
    one = &s->all->list[id];
    ids_remove(&s->all->by_table, ids_slot_of(&s->all->by_table, id));
    for (unsigned int p = 0; p < pages; p++)
        ids_remove(&s->all->by_page, ids_slot_of(&s->all->by_page, id * SHADOW_PAGES + p));
    for (unsigned int p = 0; p < pages; p++) {
        enum xenpt_code gave = table_free(s->m, one->page[p], s->err);

        code = code ? code : gave;
    }
    one->type = 0;
    s->all->stats.freed++;
    return code;
}

enum xenpt_code shadow_put(struct shadowing *s, uint32_t id)
{
    return --s->all->list[id].refs ? XENPT_OK : give_up(s, id);
}

enum xenpt_code shadow_pin(struct shadowing *s, uint32_t id)
{
    if (!s->all->list[id].pinned)
        s->all->list[id].refs++;
    s->all->list[id].pinned = true;
    return XENPT_OK;
}

enum xenpt_code shadow_unpin(struct shadowing *s, uint32_t id)
{
    if (!s->all->list[id].pinned)
        return XENPT_OK;
    s->all->list[id].pinned = false;
    return shadow_put(s, id);
}

/* --- Entries ------------------------------------------------------------------------------- */

enum xenpt_code shadow_set(struct shadowing *s, uint32_t id, unsigned int page, unsigned int slot,
                           uint64_t entry)
{
    const struct shadow *one = &s->all->list[id];
    uint64_t table = one->page[page], old = entry_read(s->m, table, slot);
    bool upper = shadow_rows[one->type].level > 1;
    enum xenpt_code code;
    unsigned int nr;
    uint32_t child;

    if (old == entry)
        return XENPT_OK;
    code = entry_write(s->m, table, slot, entry, s->err);
    if (code || !upper || !((old ^ entry) & (ENTRY_ADDR | ENTRY_P)))
        return code;
    if (entry & ENTRY_P && shadow_of_page(s->all, entry & ENTRY_ADDR, &child, &nr))
        shadow_hold(s, child);
    if (old & ENTRY_P && shadow_of_page(s->all, old & ENTRY_ADDR, &child, &nr))
        code = shadow_put(s, child);
    return code;
}

/* Takes bits out of all entries that map a page and have them. */
static enum xenpt_code take(struct shadowing *s, uint64_t maddr, uint64_t has, uint64_t takes)
{
    uint64_t entries[ENTRIES];
    enum xenpt_code code = XENPT_OK;

    for (uint32_t id = 0; id < s->all->nr; id++) {
        const struct shadow *one = &s->all->list[id];

        if (!one->type || shadow_rows[one->type].level > 1)
            continue;
        for (unsigned int p = 0; !code && p < shadow_rows[one->type].pages; p++) {
            if (!xenpt_read(xenpt_store_reader(s->m->store), one->page[p], entries,
                            sizeof(entries)))
                continue;
            for (unsigned int i = 0; !code && i < ENTRIES; i++)
                if ((entries[i] & (ENTRY_ADDR | has)) == (maddr | has))
                    code = entry_write(s->m, one->page[p], i, entries[i] & ~takes, s->err);
        }
    }
    return code;
}

enum xenpt_code shadow_protect(struct shadowing *s, uint64_t maddr)
{
    return take(s, maddr, ENTRY_P | ENTRY_RW, ENTRY_RW);
}

enum xenpt_code shadow_forget(struct xenpt_machine *m, struct domain *d, uint64_t maddr,
                              struct xenpt_error *err)
{
    struct shadowing s = { .m = m, .d = d, .v = d->vcpus, .all = d->shadows, .err = err };

    return take(&s, maddr, ENTRY_P, UINT64_MAX);
}
