/*
 * p2m_physmap.c - frames come into a guest's physical memory and go from there while it runs;
 * mm/p2m-ept.c, ept_set_entry; mm/p2m-pt.c, p2m_pt_set_entry; mm/p2m.c, p2m_remove_entry.
 *
 * Here is what becomes of entries.  Who has the frames, what refers to them and what M2P says is
 * for those to see to who ask for this: lib/pv.
 */
#include "xen/p2m.h"
#include "xen/shadow.h"

#define MAX_LEVEL 3u

/* --- One root ------------------------------------------------------------------------------ */

static enum xenpt_code table_below(struct xenpt_machine *m, struct domain *d, uint64_t table,
                                   unsigned int slot, uint64_t *ret, struct xenpt_error *err)
{
    enum xenpt_code code = table_new(m, ret, err);

    if (!code)
        code = p2m_fresh(m, d, *ret, err);
    return code ? code : entry_write(m, table, slot, *ret | p2m_flags(m, d, P2M_RAM_RW, 0), err);
}

/* What is lower than the entry goes with it. */
static enum xenpt_code replace(struct xenpt_machine *m, uint64_t table, unsigned int level,
                               unsigned int slot, uint64_t entry, struct xenpt_error *err)
{
    struct p2m_slot was = { .table = table, .slot = slot, .level = level };
    enum xenpt_code code;

    was.entry = entry_read(m, table, slot);
    code = entry_write(m, table, slot, entry, err);
    if (code || !p2m_is_table(&was))
        return code;
    return p2m_free_below(m, was.entry & ENTRY_ADDR, level - 1, err);
}

/* One entry of this level; what is pending on the way is worked out first, and tables are made if
 * it leads anywhere. */
static enum xenpt_code put(struct xenpt_machine *m, struct domain *d, uint64_t root, uint64_t gfn,
                           unsigned int level, uint64_t entry, struct xenpt_error *err)
{
    bool pending;
    enum xenpt_code code = p2m_resolve(m, d, root, gfn, &pending, err);
    struct p2m_slot s = { .table = root, .level = 4 };

    if (!code)
        code = p2m_shatter(m, d, root, gfn, level, err);
    for (; !code; s.level--) {
        s.slot = slot_at(s.level, gfn << XENPT_PAGE_SHIFT);
        s.entry = entry_read(m, s.table, s.slot);
        if (s.level == level)
            return replace(m, s.table, level, s.slot, entry, err);
        if (p2m_is_table(&s)) {
            s.table = s.entry & ENTRY_ADDR;
            continue;
        }
        if (!(entry & ENTRY_ADDR) && !(s.entry & ENTRY_ADDR))
            return XENPT_OK; /* There is nothing already. */
        code = table_below(m, d, s.table, s.slot, &s.table, err);
    }
    return code;
}

/* --- All of a domain's --------------------------------------------------------------------- */

/* mm/p2m.c, p2m_altp2m_propagate_change: in views, as far as they have anything there. */
static enum xenpt_code put_all(struct xenpt_machine *m, struct domain *d, uint64_t gfn,
                               unsigned int level, uint64_t entry, struct xenpt_error *err)
{
    enum xenpt_code code = put(m, d, d->p2m, gfn, level, entry, err);

    for (uint32_t i = 0; !code && i < XENPT_VIEWS_MAX; i++) {
        struct p2m_slot s;

        if (d->views[i] == NO_TABLE)
            continue;
        s = p2m_slot_of(m, d->views[i], gfn);
        if (p2m_is_page(&s))
            code = put(m, d, d->views[i], gfn, level, entry, err);
    }
    return code;
}

/* The larger pages that there are, as p2m_map() knows them. */
static bool has_pages(const struct xenpt_machine *m, const struct domain *d, unsigned int level)
{
    const struct xenpt_cpu *cpu = &m->processor->cpu;

    if (level == 1)
        return true;
    if (m->options.hap_2mb == SET_OFF)
        return false;
    if (level == 2)
        return true;
    return m->options.hap_1gb != SET_OFF && d->desc->paging != XENPT_GUEST_SHADOW &&
           (p2m_is_ept(m, d) ? cpu->ept_gb_pages : cpu->gb_pages);
}

unsigned int physmap_level(const struct xenpt_machine *m, const struct domain *d, uint64_t gfn,
                           uint64_t mfn, unsigned int order)
{
    unsigned int level = order / 9 + 1 < MAX_LEVEL ? order / 9 + 1 : MAX_LEVEL;

    while (level > 1 &&
           (!has_pages(m, d, level) || (gfn | mfn) & ((UINT64_C(1) << 9 * (level - 1)) - 1)))
        level--;
    return level;
}

enum xenpt_code physmap_put(struct xenpt_machine *m, struct domain *d, uint64_t gfn, uint64_t mfn,
                            unsigned int order, enum p2m_type type, struct xenpt_error *err)
{
    unsigned int level = physmap_level(m, d, gfn, mfn, order);
    uint64_t nr = UINT64_C(1) << order, each = UINT64_C(1) << 9 * (level - 1);
    uint64_t flags = p2m_flags(m, d, type, level) | (level > 1 ? ENTRY_PS : 0);
    enum xenpt_code code = XENPT_OK;

    for (uint64_t i = 0; !code && i < nr; i += each)
        code = put_all(m, d, gfn + i, level,
                       (type == P2M_POD ? ENTRY_ADDR : (mfn + i) << XENPT_PAGE_SHIFT) | flags, err);
    if (!code && gfn + nr - 1 > d->max_gfn)
        d->max_gfn = gfn + nr - 1;
    return code;
}

enum xenpt_code physmap_put_entry(struct xenpt_machine *m, struct domain *d, uint64_t gfn,
                                  uint64_t entry, struct xenpt_error *err)
{
    return put_all(m, d, gfn, 1, entry, err);
}

/* ept_set_entry: what suppresses #VE stays in an entry that is gone. */
static uint64_t nothing(const struct xenpt_machine *m, const struct domain *d)
{
    return p2m_is_ept(m, d) ? p2m_flags(m, d, P2M_RAM_RW, 1) & XENPT_BIT(63) : 0;
}

enum xenpt_code physmap_clear(struct xenpt_machine *m, struct domain *d, uint64_t gfn,
                              unsigned int order, struct xenpt_error *err)
{
    unsigned int level = physmap_level(m, d, gfn, 0, order);
    uint64_t nr = UINT64_C(1) << order, each = UINT64_C(1) << 9 * (level - 1);
    enum xenpt_code code = XENPT_OK;

    for (uint64_t i = 0; !code && d->shadows && i < nr; i++) {
        struct p2m_slot s = p2m_slot_of(m, d->p2m, gfn + i);

        if (p2m_is_page(&s))
            code = shadow_forget(m, d, p2m_maddr(&s, gfn + i), err);
    }
    for (uint64_t i = 0; !code && i < nr; i += each)
        code = put_all(m, d, gfn + i, level, nothing(m, d), err);
    return code;
}
