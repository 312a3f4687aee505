/*
 * altp2m.c - views of a guest's physical memory: more roots, whose entries are copied from the
 * domain's own when they are first used, and can have other access rights; mm/p2m.c,
 * p2m_init_altp2m_by_id, p2m_altp2m_get_or_propagate, 4.17.
 */
#include "xen/encrypt.h"
#include "xen/p2m.h"
#include "xen/shadow.h"

/* 4.6 had them first. */
#define RELEASE_ALTP2M 6

uint64_t p2m_root(const struct domain *d, uint32_t view)
{
    if (view == XENPT_VIEW_HOST)
        return d->p2m;
    return view < XENPT_VIEWS_MAX ? d->views[view] : NO_TABLE;
}

enum xenpt_code p2m_view_paging(const struct xenpt_machine *m, const struct domain *d,
                                uint32_t view, struct xenpt_paging *ret, struct xenpt_error *err)
{
    struct xenpt_cpu cpu = m->processor->cpu;
    struct xenpt_regs host = run_regs(m, 0, run_cr4(m, d));
    uint64_t root = p2m_root(d, view);

    /* APM vol. 2, 15.34.1: the host's tables have fewer bits of addresses. */
    if (encrypted_c_bit(d))
        cpu.maxphyaddr = (uint8_t)(cpu.maxphyaddr - XENPT_ENCRYPTED_FEWER_BITS);
    cpu.ept_mbec = false; /* Whatever the processor has: Xen sets no such control. */
    if (p2m_is_ept(m, d))
        return xenpt_paging_init_ept(ret, &cpu, run_eptp(d, root), err);
    return xenpt_paging_init_npt(ret, &cpu, &host, root, err);
}

/* --- Entries ------------------------------------------------------------------------------- */

/* A larger page takes the place of a table, whatever that has: so does Xen's, which copies an entry
 * as large as it is. */
static enum xenpt_code replace_table(struct xenpt_machine *m, uint64_t root, uint64_t gfn,
                                     const struct p2m_slot *from, struct xenpt_error *err)
{
    unsigned int level = 4;
    uint64_t table = root, below;
    enum xenpt_code code;

    for (; level > from->level; level--)
        table = entry_read(m, table, slot_at(level, gfn << XENPT_PAGE_SHIFT)) & ENTRY_ADDR;
    below = entry_read(m, table, slot_at(level, gfn << XENPT_PAGE_SHIFT)) & ENTRY_ADDR;
    code = entry_write(m, table, slot_at(level, gfn << XENPT_PAGE_SHIFT), from->entry, err);
    return code ? code : p2m_free_below(m, below, level - 1, err);
}

enum xenpt_code p2m_copy_lazily(struct xenpt_machine *m, struct domain *d, uint64_t root,
                                uint64_t gfn, bool *ret, struct xenpt_error *err)
{
    bool pending;
    enum xenpt_code code = p2m_resolve(m, d, d->p2m, gfn, &pending, err);
    struct p2m_slot from, to;

    *ret = false;
    if (code)
        return code;
    from = p2m_slot_of(m, d->p2m, gfn);
    to = p2m_slot_of(m, root, gfn);
    if (!p2m_is_page(&from) || to.entry & ENTRY_ADDR)
        return XENPT_OK;
    *ret = true;
    if (to.level < from.level)
        return replace_table(m, root, gfn, &from, err);
    while (!code && to.level > from.level) {
        uint64_t table = 0;

        code = table_new(m, &table, err);
        if (!code)
            code = p2m_fresh(m, d, table, err);
        if (!code)
            code = entry_write(m, to.table, to.slot, table | p2m_flags(m, d, P2M_RAM_RW, 0), err);
        to.table = table;
        to.level--;
        to.slot = slot_at(to.level, gfn << XENPT_PAGE_SHIFT);
    }
    return code ? code : entry_write(m, to.table, to.slot, from.entry, err);
}

/* --- The views of a domain ----------------------------------------------------------------- */

static enum xenpt_code give_up(struct xenpt_machine *m, struct domain *d, uint32_t view,
                               struct xenpt_error *err)
{
    uint64_t root = d->views[view];

    d->views[view] = NO_TABLE;
    return root == NO_TABLE ? XENPT_OK : p2m_free(m, root, err);
}

enum xenpt_code altp2m_free(struct xenpt_machine *m, struct domain *d, struct xenpt_error *err)
{
    enum xenpt_code code = XENPT_OK;

    for (uint32_t i = 0; !code && i < XENPT_VIEWS_MAX; i++)
        code = give_up(m, d, i, err);
    return code;
}

/* A domain that can have views; NULL: code says why not. */
static struct domain *domain_of(struct xenpt_machine *m, uint32_t domain, bool on,
                                enum xenpt_code *code, struct xenpt_error *err)
{
    struct domain *d = domain_there(m, domain);

    if (!d) {
        *code = xenpt_fail(err, XENPT_ERANGE, "-ESRCH: there is no d%u", (unsigned int)domain);
        return NULL;
    }
    if (is_pv(d) || d->shadows || !p2m_is_ept(m, d) || m->options.altp2m != SET_ON ||
        !machine_since(m, 4, RELEASE_ALTP2M)) {
        *code = xenpt_fail(err, XENPT_EUNSUPPORTED,
                           "-EOPNOTSUPP: views take EPT, a release from 4.6 on and altp2m on Xen's "
                           "command line, and %s has not all of that",
                           d->name);
        return NULL;
    }
    if (on && d->views[0] == NO_TABLE) {
        *code = xenpt_fail(err, XENPT_EUNSUPPORTED, "-EOPNOTSUPP: %s has no views: they are not on",
                           d->name);
        return NULL;
    }
    view_stale(m);
    *code = XENPT_OK;
    return d;
}

enum xenpt_code xenpt_machine_views(struct xenpt_machine *m, uint32_t domain, bool on,
                                    struct xenpt_error *err)
{
    enum xenpt_code code;
    struct domain *d = domain_of(m, domain, false, &code, err);

    if (!d || on == (d->views[0] != NO_TABLE))
        return code;
    if (on)
        code = table_new(m, &d->views[0], err);
    if (!on)
        code = altp2m_free(m, d, err);
    for (uint32_t i = 0; i < d->nr_vcpus; i++)
        d->vcpus[i].view = on && !code ? 0 : XENPT_VIEW_HOST;
    return code;
}

enum xenpt_code xenpt_machine_view_create(struct xenpt_machine *m, uint32_t domain, uint32_t *ret,
                                          struct xenpt_error *err)
{
    enum xenpt_code code;
    struct domain *d = domain_of(m, domain, true, &code, err);

    for (uint32_t i = 1; d && i < XENPT_VIEWS_MAX; i++)
        if (d->views[i] == NO_TABLE) {
            *ret = i;
            return table_new(m, &d->views[i], err);
        }
    return !d ? code
              : xenpt_fail(err, XENPT_ERANGE,
                           "-EINVAL: %s has %u views, which are all that there "
                           "can be",
                           d->name, XENPT_VIEWS_MAX);
}

static enum xenpt_code no_view(const struct domain *d, uint32_t view, struct xenpt_error *err)
{
    return xenpt_fail(err, XENPT_ERANGE, "-EINVAL: %s has no view %u", d->name, (unsigned int)view);
}

enum xenpt_code xenpt_machine_view_destroy(struct xenpt_machine *m, uint32_t domain, uint32_t view,
                                           struct xenpt_error *err)
{
    enum xenpt_code code;
    struct domain *d = domain_of(m, domain, true, &code, err);

    if (!d)
        return code;
    /* mm/p2m.c, p2m_destroy_altp2m_by_id: this also of one that is not there. */
    if (view >= XENPT_VIEWS_MAX || d->views[view] == NO_TABLE)
        return xenpt_fail(err, XENPT_ESTATE, "-EBUSY: %s has no view %u", d->name,
                          (unsigned int)view);
    for (uint32_t i = 0; i < d->nr_vcpus; i++)
        if (!view || d->vcpus[i].view == view)
            return xenpt_fail(err, XENPT_ESTATE, "-EBUSY: view %u of %s %s", (unsigned int)view,
                              d->name, view ? "is in use by a vCPU" : "is its first");
    return give_up(m, d, view, err);
}

/* What a view has for a frame, or would get when it is used: RAM of the domain's own. */
static enum xenpt_code effective(struct xenpt_machine *m, const struct domain *d, uint64_t root,
                                 uint64_t gfn, struct p2m_slot *ret, struct xenpt_error *err)
{
    *ret = p2m_slot_of(m, root, gfn);
    if (ret->entry & ENTRY_ADDR && p2m_is_page(ret))
        return XENPT_OK;
    *ret = p2m_slot_of(m, d->p2m, gfn);
    if (p2m_is_page(ret) && ret->entry & ENTRY_ADDR && p2m_type_of(m, d, ret->entry) == P2M_RAM_RW)
        return XENPT_OK;
    return xenpt_fail(err, XENPT_ESTATE, "-ESRCH: frame 0x%llx of %s is no RAM",
                      (unsigned long long)gfn, d->name);
}

/* mm/p2m.c, p2m_change_altp2m_gfn. */
static enum xenpt_code remap(struct xenpt_machine *m, struct domain *d, uint64_t root, uint64_t gfn,
                             uint64_t to, struct xenpt_error *err)
{
    struct p2m_slot at, from;
    bool copied;
    enum xenpt_code code = effective(m, d, root, gfn, &at, err);

    if (!code)
        code = effective(m, d, root, to, &from, err);
    if (!code)
        code = p2m_copy_lazily(m, d, root, gfn, &copied, err);
    if (!code)
        code = p2m_shatter(m, d, root, gfn, 1, err);
    if (code)
        return code;
    at = p2m_slot_of(m, root, gfn);
    return entry_write(m, at.table, at.slot,
                       p2m_maddr(&from, to) | p2m_flags_for(m, d, p2m_type_of(m, d, from.entry),
                                                            p2m_access_of(m, d, from.entry), 1),
                       err);
}

/* Of a larger page, the one frame; it is copied from the domain's own when it is used again. */
static enum xenpt_code unmap(struct xenpt_machine *m, struct domain *d, uint64_t root, uint64_t gfn,
                             struct xenpt_error *err)
{
    struct p2m_slot at = p2m_slot_of(m, root, gfn);
    enum xenpt_code code;

    if (!(at.entry & ENTRY_ADDR) || !p2m_is_page(&at))
        return XENPT_OK;
    code = p2m_shatter(m, d, root, gfn, 1, err);
    at = p2m_slot_of(m, root, gfn);
    return code ? code : entry_write(m, at.table, at.slot, XENPT_BIT(63), err); /* suppress_ve */
}

enum xenpt_code xenpt_machine_view_remap(struct xenpt_machine *m, uint32_t domain, uint32_t view,
                                         uint64_t gfn, uint64_t to, struct xenpt_error *err)
{
    enum xenpt_code code;
    struct domain *d = domain_of(m, domain, true, &code, err);

    if (!d)
        return code;
    if (view >= XENPT_VIEWS_MAX || d->views[view] == NO_TABLE)
        return no_view(d, view, err);
    return to == XENPT_NO_FRAME ? unmap(m, d, d->views[view], gfn, err)
                                : remap(m, d, d->views[view], gfn, to, err);
}

enum xenpt_code xenpt_machine_view_switch(struct xenpt_machine *m, uint32_t domain, uint32_t vcpu,
                                          uint32_t view, struct xenpt_error *err)
{
    enum xenpt_code code;
    struct domain *d = domain_of(m, domain, true, &code, err);

    if (!d)
        return code;
    if (vcpu >= d->nr_vcpus)
        return xenpt_fail(err, XENPT_ERANGE, "there is no %s.v%u", d->name, (unsigned int)vcpu);
    if (view >= XENPT_VIEWS_MAX || d->views[view] == NO_TABLE)
        return no_view(d, view, err);
    d->vcpus[vcpu].view = view;
    return XENPT_OK;
}
