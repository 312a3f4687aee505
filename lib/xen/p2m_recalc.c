/*
 * p2m_recalc.c - types that are worked out when a frame is touched: Xen marks the root's entries,
 * and each touch pushes the mark a level down, until it reaches a page; p2m-ept.c,
 * ept_change_entry_type_global, resolve_misconfig; p2m-pt.c, do_recalc.
 *
 *     EPT             memory type 7, which no processor accepts, and bit 10
 *     nested paging   U/S clear in an entry that is present
 */
#include "xen/logdirty.h"
#include "xen/p2m.h"

#define EPT_EMT    XENPT_BITS(5, 3)
#define EPT_RECALC XENPT_BIT(10)
#define EPT_RWX    XENPT_BITS(2, 0)

bool p2m_is_pending(const struct xenpt_machine *m, const struct domain *d, uint64_t entry)
{
    if (p2m_is_ept(m, d))
        return (entry & EPT_EMT) == EPT_EMT;
    return entry & ENTRY_P && !(entry & ENTRY_US);
}

static bool present(const struct xenpt_machine *m, const struct domain *d, uint64_t entry)
{
    return entry & ENTRY_ADDR && entry & (p2m_is_ept(m, d) ? EPT_RWX : ENTRY_P);
}

static uint64_t mark(const struct xenpt_machine *m, const struct domain *d, uint64_t entry)
{
    if (!present(m, d, entry))
        return entry;
    return p2m_is_ept(m, d) ? entry | EPT_EMT | EPT_RECALC : entry & ~ENTRY_US;
}

static enum xenpt_code mark_all(struct xenpt_machine *m, const struct domain *d, uint64_t table,
                                struct xenpt_error *err)
{
    uint64_t entry[ENTRIES];

    if (!xenpt_read(xenpt_store_reader(m->store), table, entry, sizeof(entry)))
        return XENPT_OK;
    for (unsigned int i = 0; i < ENTRIES; i++)
        entry[i] = mark(m, d, entry[i]);
    return entries_write(m, table, 0, ENTRIES, entry, err);
}

enum xenpt_code p2m_recalculate(struct xenpt_machine *m, struct domain *d, struct xenpt_error *err)
{
    enum xenpt_code code = mark_all(m, d, d->p2m, err);

    for (uint32_t i = 0; !code && i < XENPT_VIEWS_MAX; i++)
        if (d->views[i] != NO_TABLE)
            code = mark_all(m, d, d->views[i], err);
    return code;
}

/* RAM has its type by whether a log is kept. */
static uint64_t worked_out(const struct xenpt_machine *m, const struct domain *d, uint64_t entry,
                           unsigned int level)
{
    enum p2m_type type = p2m_type_of(m, d, entry);
    uint64_t ps = level > 1 ? ENTRY_PS : 0;

    if (type == P2M_RAM_RW || type == P2M_RAM_LOGDIRTY)
        type = d->dirty ? P2M_RAM_LOGDIRTY : P2M_RAM_RW;
    return (entry & ENTRY_ADDR) | ps | p2m_flags_for(m, d, type, p2m_access_of(m, d, entry), level);
}

/* EPT's whole L1 is worked out at once; of nested paging, one entry. */
static enum xenpt_code pages(struct xenpt_machine *m, struct domain *d, const struct p2m_slot *s,
                             struct xenpt_error *err)
{
    bool all = p2m_is_ept(m, d) && s->level == 1;
    enum xenpt_code code = XENPT_OK;

    for (unsigned int i = all ? 0 : s->slot; !code && i <= (all ? ENTRIES - 1 : s->slot); i++) {
        uint64_t entry = entry_read(m, s->table, i);

        if (p2m_is_pending(m, d, entry))
            code = entry_write(m, s->table, i, worked_out(m, d, entry, s->level), err);
    }
    return code;
}

enum xenpt_code p2m_resolve(struct xenpt_machine *m, struct domain *d, uint64_t root, uint64_t gfn,
                            bool *ret, struct xenpt_error *err)
{
    struct p2m_slot s = { .table = root, .level = 4 };
    enum xenpt_code code = XENPT_OK;

    *ret = false;
    for (; !code; s.level--) {
        bool pending;

        s.slot = slot_at(s.level, gfn << XENPT_PAGE_SHIFT);
        s.entry = entry_read(m, s.table, s.slot);
        pending = p2m_is_pending(m, d, s.entry);
        *ret |= pending;
        if (!p2m_leads(s.entry))
            return XENPT_OK;
        if (p2m_is_page(&s))
            return pending ? pages(m, d, &s, err) : XENPT_OK;
        if (pending)
            code = mark_all(m, d, s.entry & ENTRY_ADDR, err);
        if (!code && pending)
            code = entry_write(m, s.table, s.slot,
                               (s.entry & ENTRY_ADDR) | p2m_flags(m, d, P2M_RAM_RW, 0), err);
        s.table = s.entry & ENTRY_ADDR;
    }
    return code;
}
