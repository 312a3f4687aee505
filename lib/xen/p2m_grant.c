/* p2m_grant.c - another domain's frame in a guest's physical memory: hvm/grant_table.c. */
#include "xen/grants.h"
#include "xen/p2m.h"
#include "xen/shadow.h"

/* One entry of a root, which is to speak for this frame alone. */
static enum xenpt_code put_entry(struct xenpt_machine *m, struct domain *d, uint64_t root,
                                 uint64_t gfn, uint64_t entry, struct xenpt_error *err)
{
    enum xenpt_code code = p2m_shatter(m, d, root, gfn, 1, err);
    struct p2m_slot s = p2m_slot_of(m, root, gfn);

    if (code || s.level > 1)
        return code;
    return entry_write(m, s.table, s.slot, entry, err);
}

/* Views of altp2m have what the domain's own has, as far as they have anything there. */
static enum xenpt_code put_views(struct xenpt_machine *m, struct domain *d, uint64_t gfn,
                                 uint64_t entry, struct xenpt_error *err)
{
    enum xenpt_code code = XENPT_OK;

    for (uint32_t i = 0; !code && i < XENPT_VIEWS_MAX; i++) {
        struct p2m_slot s;

        if (d->views[i] == NO_TABLE)
            continue;
        s = p2m_slot_of(m, d->views[i], gfn);
        if (p2m_is_page(&s))
            code = put_entry(m, d, d->views[i], gfn, entry, err);
    }
    return code;
}

/* What was there: shadows forget it, and RAM of the guest's has no frame in it any more. */
static enum xenpt_code forget(struct xenpt_machine *m, struct domain *d, uint64_t gfn,
                              struct xenpt_error *err)
{
    struct p2m_slot s = p2m_slot_of(m, d->p2m, gfn);
    enum xenpt_code code = XENPT_OK;
    uint64_t maddr;

    if (!p2m_is_page(&s))
        return XENPT_OK;
    maddr = p2m_maddr(&s, gfn);
    if (d->shadows)
        code = shadow_forget(m, d, maddr, err);
    if (!code && contents_gfn(&m->contents, maddr >> XENPT_PAGE_SHIFT) == gfn &&
        p2m_type_of(m, d, s.entry) != P2M_GRANT_RW && p2m_type_of(m, d, s.entry) != P2M_GRANT_RO)
        code = contents_rename(&m->contents, maddr >> XENPT_PAGE_SHIFT, UINT64_MAX, err);
    return code;
}

enum xenpt_code p2m_grant_set(struct xenpt_machine *m, struct domain *d, uint64_t gfn, uint64_t mfn,
                              bool read_only, struct xenpt_error *err)
{
    enum p2m_type type = read_only ? P2M_GRANT_RO : P2M_GRANT_RW;
    uint64_t entry = mfn << XENPT_PAGE_SHIFT | p2m_flags(m, d, type, 1);
    enum xenpt_code code = forget(m, d, gfn, err);

    if (!code)
        code = p2m_shatter(m, d, d->p2m, gfn, 1, err);
    if (!code)
        code = p2m_map(m, d, type, gfn, mfn, 1, 1, err);
    return code ? code : put_views(m, d, gfn, entry, err);
}

enum xenpt_code p2m_grant_clear(struct xenpt_machine *m, struct domain *d, uint64_t gfn,
                                struct xenpt_error *err)
{
    /* ept_set_entry: what suppresses #VE stays in an entry that is gone. */
    uint64_t none = p2m_is_ept(m, d) ? p2m_flags(m, d, P2M_RAM_RW, 1) & XENPT_BIT(63) : 0;
    enum xenpt_code code = forget(m, d, gfn, err);

    if (!code)
        code = put_entry(m, d, d->p2m, gfn, none, err);
    return code ? code : put_views(m, d, gfn, none, err);
}
