/*
 * p2m_set.c - one frame of a guest's physical memory: looked up, and given another type or other
 * access rights; mm/p2m.c, p2m_change_type_one, and mm/mem_access.c.
 */
#include "xen/guest.h"
#include "xen/logdirty.h"
#include "xen/p2m.h"
#include "xen/shadow.h"

#include <string.h>

/* --- Looking up ---------------------------------------------------------------------------- */

struct p2m_slot p2m_slot_of(const struct xenpt_machine *m, uint64_t root, uint64_t gfn)
{
    struct p2m_slot s = { .table = root, .level = 4 };
    uint64_t in = gfn << XENPT_PAGE_SHIFT;

    for (;; s.level--) {
        s.slot = slot_at(s.level, in);
        s.entry = entry_read(m, s.table, s.slot);
        if (s.level == 1 || !p2m_leads(s.entry) || p2m_is_page(&s))
            return s;
        s.table = s.entry & ENTRY_ADDR;
    }
}

bool p2m_is_page(const struct p2m_slot *s)
{
    return p2m_leads(s->entry) && (s->level == 1 || (s->level < 4 && s->entry & ENTRY_PS));
}

bool p2m_is_table(const struct p2m_slot *s)
{
    return s->level > 1 && p2m_leads(s->entry) && !p2m_is_page(s);
}

bool p2m_waits(const struct xenpt_machine *m, const struct domain *d, const struct p2m_slot *s)
{
    return s->entry & ENTRY_ADDR && !p2m_leads(s->entry) && p2m_type_of(m, d, s->entry) == P2M_POD;
}

/* The frame of the machine's that a frame of the guest's is, in a larger page. */
uint64_t p2m_maddr(const struct p2m_slot *s, uint64_t gfn)
{
    uint64_t mask = level_size(s->level) - 1;

    return (s->entry & ENTRY_ADDR & ~mask) | (gfn << XENPT_PAGE_SHIFT & mask);
}

bool guest_may_write(const struct xenpt_machine *m, const struct domain *d, uint64_t gfn,
                     bool writing)
{
    struct p2m_slot s = p2m_slot_of(m, d->p2m, gfn);

    switch (p2m_type_of(m, d, s.entry)) {
    case P2M_RAM_RO:
    case P2M_GRANT_RO:
    case P2M_RAM_SHARED:
        return false;
    case P2M_RAM_LOGDIRTY:
        return writing;
    default:
        return writing || !d->dirty || !d->shadows || dirty_is(d, gfn);
    }
}

bool xenpt_machine_p2m(const struct xenpt_machine *m, uint32_t domain, uint32_t view, uint64_t gfn,
                       struct xenpt_p2m_entry *ret)
{
    const struct domain *d = domain_there(m, domain);
    uint64_t root = d && !is_pv(d) ? p2m_root(d, view) : NO_TABLE;
    struct p2m_slot s;

    if (root == NO_TABLE)
        return false;
    s = p2m_slot_of(m, root, gfn);
    *ret = (struct xenpt_p2m_entry){
        .access = XENPT_ACCESS_RWX,
        .entry = s.entry,
        .at = s.table + s.slot * sizeof(s.entry),
        .level = s.level,
        .pending = p2m_is_pending(m, d, s.entry),
    };
    if (p2m_waits(m, d, &s))
        ret->type = xenpt_p2m_type(P2M_POD);
    else if (s.entry & ENTRY_ADDR && p2m_is_paging(p2m_type_of(m, d, s.entry)))
        ret->type = xenpt_p2m_type(p2m_type_of(m, d, s.entry));
    if (!p2m_is_page(&s))
        return true;
    ret->access = p2m_access_of(m, d, s.entry);
    ret->maddr = p2m_maddr(&s, gfn);
    for (size_t i = 0; xenpt_p2m_type(i); i++)
        if (xenpt_p2m_type(i)->number == p2m_type_of(m, d, s.entry) % P2M_APIC_ACCESS)
            ret->type = xenpt_p2m_type(i);
    if (p2m_type_of(m, d, s.entry) == P2M_APIC_ACCESS)
        ret->type = xenpt_p2m_type(P2M_MMIO_DIRECT);
    return true;
}

/* --- Splitting ----------------------------------------------------------------------------- */

/* The rights of smaller pages can be others: x is taken from larger ones alone. */
static enum xenpt_code split(struct xenpt_machine *m, struct domain *d, const struct p2m_slot *s,
                             struct xenpt_error *err)
{
    enum p2m_type type = p2m_type_of(m, d, s->entry);
    uint64_t flags = p2m_flags_for(m, d, type, p2m_access_of(m, d, s->entry), s->level - 1);
    uint64_t maddr = p2m_maddr(s, 0) & ~(level_size(s->level) - 1), part[ENTRIES], table = 0;
    uint64_t step = p2m_leads(s->entry) ? level_size(s->level - 1) : 0;
    enum xenpt_code code = table_new(m, &table, err);

    if (!step)
        maddr = ENTRY_ADDR;
    for (unsigned int i = 0; i < ENTRIES; i++)
        part[i] = (maddr + i * step) | flags | (s->level > 2 ? ENTRY_PS : 0);
    if (!code)
        code = entries_write(m, table, 0, ENTRIES, part, err);
    return code ? code
                : entry_write(m, s->table, s->slot, table | p2m_flags(m, d, P2M_RAM_RW, 0), err);
}

enum xenpt_code p2m_shatter(struct xenpt_machine *m, struct domain *d, uint64_t root, uint64_t gfn,
                            unsigned int level, struct xenpt_error *err)
{
    enum xenpt_code code = XENPT_OK;

    for (struct p2m_slot s = p2m_slot_of(m, root, gfn);
         !code && s.level > level && (p2m_is_page(&s) || p2m_waits(m, d, &s));
         s = p2m_slot_of(m, root, gfn))
        code = split(m, d, &s, err);
    return code;
}

/* --- Setting ------------------------------------------------------------------------------- */

enum xenpt_code p2m_set(struct xenpt_machine *m, struct domain *d, uint64_t root, uint64_t gfn,
                        enum p2m_type type, enum xenpt_p2m_access access, struct xenpt_error *err)
{
    enum xenpt_code code = p2m_shatter(m, d, root, gfn, 1, err);
    struct p2m_slot s;

    if (code)
        return code;
    s = p2m_slot_of(m, root, gfn);
    return entry_write(m, s.table, s.slot,
                       (s.entry & ENTRY_ADDR) | p2m_flags_for(m, d, type, access, 1), err);
}

/* mm/p2m.c, p2m_altp2m_propagate_change: views get what the domain's own has, access included. */
enum xenpt_code p2m_set_all(struct xenpt_machine *m, struct domain *d, uint64_t gfn,
                            enum p2m_type type, enum xenpt_p2m_access access,
                            struct xenpt_error *err)
{
    enum xenpt_code code = XENPT_OK;

    for (uint32_t i = 0; !code && i <= XENPT_VIEWS_MAX; i++) {
        uint64_t root = i == XENPT_VIEWS_MAX ? d->p2m : d->views[i];
        struct p2m_slot s;

        if (root == NO_TABLE)
            continue;
        s = p2m_slot_of(m, root, gfn);
        if (p2m_is_page(&s))
            code = p2m_set(m, d, root, gfn, type, access, err);
    }
    return code;
}

/* --- From outside -------------------------------------------------------------------------- */

/* A domain that has physical memory of its own; NULL: code says why not. */
static struct domain *translated(struct xenpt_machine *m, uint32_t domain, enum xenpt_code *code,
                                 struct xenpt_error *err)
{
    struct domain *d = domain_there(m, domain);

    if (!d)
        *code = xenpt_fail(err, XENPT_ERANGE, "-ESRCH: there is no d%u", (unsigned int)domain);
    else if (is_pv(d))
        *code = xenpt_fail(err, XENPT_ESTATE,
                           "%s is paravirtual: it has no physical memory of its own to be mapped",
                           d->name);
    else
        *code = XENPT_OK;
    view_stale(m);
    return d && !is_pv(d) ? d : NULL;
}

enum xenpt_code xenpt_machine_p2m_set_type(struct xenpt_machine *m, uint32_t domain, uint64_t gfn,
                                           const char *type, struct xenpt_error *err)
{
    enum p2m_type to = !strcmp(type, "ram_ro") ? P2M_RAM_RO : P2M_RAM_RW;
    enum xenpt_code code;
    struct domain *d = translated(m, domain, &code, err);
    struct p2m_slot s;
    enum p2m_type from;

    if (!d)
        return code;
    if (to == P2M_RAM_RW && strcmp(type, "ram_rw") != 0)
        return xenpt_fail(err, XENPT_ERANGE,
                          "-EINVAL: frames are given type ram_rw or ram_ro, and "
                          "not %s",
                          type);
    s = p2m_slot_of(m, d->p2m, gfn);
    from = p2m_type_of(m, d, s.entry);
    if (!p2m_is_page(&s) || (from != P2M_RAM_RW && from != P2M_RAM_RO && from != P2M_RAM_LOGDIRTY))
        return xenpt_fail(err, XENPT_ESTATE, "-EINVAL: frame 0x%llx of %s is no RAM",
                          (unsigned long long)gfn, d->name);
    /* p2m_change_type_one: with the access that all of the domain's memory has by default. */
    code = p2m_set_all(m, d, gfn, to, XENPT_ACCESS_RWX, err);
    if (!code && d->shadows)
        code = shadow_forget(m, d, p2m_maddr(&s, gfn), err);
    return code;
}

/* What is no RAM of the domain's own is no RAM of a view: it is left out, as is what is not there.
 */
static enum xenpt_code set_access(struct xenpt_machine *m, struct domain *d, uint64_t root,
                                  uint64_t gfn, enum xenpt_p2m_access access,
                                  struct xenpt_error *err)
{
    struct p2m_slot s = p2m_slot_of(m, root, gfn);
    enum xenpt_code code = XENPT_OK;
    bool copied;

    if (root != d->p2m && !(s.entry & ENTRY_ADDR && p2m_is_page(&s))) {
        struct p2m_slot own = p2m_slot_of(m, d->p2m, gfn);

        if (!p2m_is_page(&own) || p2m_type_of(m, d, own.entry) != P2M_RAM_RW)
            return XENPT_OK;
        code = p2m_copy_lazily(m, d, root, gfn, &copied, err);
        s = p2m_slot_of(m, root, gfn);
    }
    if (code || !p2m_is_page(&s))
        return code;
    return root == d->p2m ? p2m_set_all(m, d, gfn, p2m_type_of(m, d, s.entry), access, err)
                          : p2m_set(m, d, root, gfn, p2m_type_of(m, d, s.entry), access, err);
}

enum xenpt_code xenpt_machine_p2m_set_access(struct xenpt_machine *m, uint32_t domain,
                                             uint32_t view, uint64_t gfn, uint64_t nr,
                                             enum xenpt_p2m_access access, struct xenpt_error *err)
{
    enum xenpt_code code;
    struct domain *d = translated(m, domain, &code, err);
    uint64_t root;

    if (!d)
        return code;
    if (!p2m_is_ept(m, d))
        return xenpt_fail(err, XENPT_EUNSUPPORTED, "-EINVAL: access rights are EPT's: %s has %s",
                          d->name, d->shadows ? "shadows" : "nested paging");
    /* What is called view 0 here is the domain's own memory. */
    root = view ? p2m_root(d, view) : d->p2m;
    if (root == NO_TABLE || access >= XENPT_NR_ACCESS)
        return xenpt_fail(err, XENPT_ERANGE, "-EINVAL: %s has no view %u, or there is no access %u",
                          d->name, (unsigned int)view, (unsigned int)access);
    if (gfn + nr - 1 < gfn || gfn + nr - 1 > d->max_gfn)
        return xenpt_fail(err, XENPT_ERANGE, "-EINVAL: the highest frame of %s is 0x%llx", d->name,
                          (unsigned long long)d->max_gfn);
    for (uint64_t i = 0; !code && i < nr; i++)
        code = set_access(m, d, root, gfn + i, access, err);
    return code;
}
