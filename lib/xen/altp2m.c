/*
 * altp2m.c - views of a guest's physical memory: more roots, whose entries are copied from the
 * domain's own when they are first used, and can have other access rights; mm/p2m.c,
 * p2m_init_altp2m_by_id, p2m_altp2m_get_or_propagate, 4.17.
 */
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

    cpu.ept_mbec = false; /* Whatever the processor has: Xen sets no such control. */
    if (p2m_is_ept(m, d))
        return xenpt_paging_init_ept(ret, &cpu, run_eptp(d, root), err);
    return xenpt_paging_init_npt(ret, &cpu, &host, root, err);
}

/* --- Entries ------------------------------------------------------------------------------- */

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
        *code = xenpt_fail(err, XENPT_ERANGE, "-EINVAL: %s has no views: they are not on", d->name);
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
    if (view >= XENPT_VIEWS_MAX || d->views[view] == NO_TABLE)
        return no_view(d, view, err);
    for (uint32_t i = 0; i < d->nr_vcpus; i++)
        if (!view || d->vcpus[i].view == view)
            return xenpt_fail(err, XENPT_ESTATE, "-EBUSY: view %u of %s %s", (unsigned int)view,
                              d->name, view ? "is in use by a vCPU" : "is its first");
    return give_up(m, d, view, err);
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
