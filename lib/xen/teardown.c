/*
 * teardown.c - frames that Xen takes for a domain, and gives back with it: domain_destroy and
 * arch_domain_destroy, free_perdomain_mappings, hap_teardown, shadow_teardown, p2m_teardown.
 *
 * Tables are found by what leads to them, as Xen finds them; pages that are no tables are in a
 * list, since guests may have put them elsewhere in their physical memory, or nowhere.
 */
#include <stdlib.h>
#include <string.h>

#include "xen/iommu.h"
#include "xen/logdirty.h"
#include "xen/p2m.h"
#include "xen/pod.h"
#include "xen/shadow.h"

/* --- Pages that are no tables -------------------------------------------------------------- */

enum xenpt_code own_frame_new(struct xenpt_machine *m, struct domain *d, uint64_t below,
                              uint64_t *ret, struct xenpt_error *err)
{
    uint64_t *more;
    enum xenpt_code code;

    if (d->nr_own == d->max_own) {
        size_t max = d->max_own ? 2 * d->max_own : 16;

        more = realloc(d->own, max * sizeof(*more));
        if (!more)
            return xenpt_fail(err, XENPT_ENOMEM, "no memory for the list of a domain's frames");
        d->own = more;
        d->max_own = max;
    }
    code = frames_below(m, 0, below, ret, err);
    if (!code)
        d->own[d->nr_own++] = *ret;
    return code;
}

/* It reads as zeros afterwards. */
static enum xenpt_code give(struct xenpt_machine *m, uint64_t maddr, struct xenpt_error *err)
{
    enum xenpt_code code = contents_disown(&m->contents, maddr >> XENPT_PAGE_SHIFT, 1, err);

    if (code)
        return code;
    xenpt_store_drop(m->store, xenpt_maddr_to_mfn(maddr));
    return xenpt_alloc_give(m->alloc, xenpt_maddr_to_mfn(maddr), 0, err);
}

enum xenpt_code own_frame_free(struct xenpt_machine *m, struct domain *d, uint64_t maddr,
                               struct xenpt_error *err)
{
    for (size_t i = 0; i < d->nr_own; i++)
        if (d->own[i] == maddr) {
            memmove(&d->own[i], &d->own[i + 1], (d->nr_own - i - 1) * sizeof(d->own[0]));
            d->nr_own--;
            break;
        }
    return give(m, maddr, err);
}

static enum xenpt_code give_own(struct xenpt_machine *m, struct domain *d, struct xenpt_error *err)
{
    enum xenpt_code code = XENPT_OK;

    while (!code && d->nr_own)
        code = give(m, d->own[--d->nr_own], err);
    free(d->own);
    d->own = NULL;
    d->nr_own = d->max_own = 0;
    return code;
}

/* --- Tables -------------------------------------------------------------------------------- */

static enum xenpt_code one_table(struct xenpt_machine *m, uint64_t *table, struct xenpt_error *err)
{
    uint64_t at = *table;

    *table = NO_TABLE;
    return at == NO_TABLE ? XENPT_OK : table_free(m, at, err);
}

/* A table and all below it; entries that lead to tables have no larger page's mark, and P. */
static enum xenpt_code ordinary(struct xenpt_machine *m, uint64_t table, unsigned int level,
                                struct xenpt_error *err)
{
    enum xenpt_code code = XENPT_OK;

    for (unsigned int i = 0; !code && level > 1 && i < ENTRIES; i++) {
        uint64_t entry = entry_read(m, table, i);

        if (entry & ENTRY_P && !(entry & ENTRY_PS))
            code = ordinary(m, entry & ENTRY_ADDR, level - 1, err);
    }
    return code ? code : table_free(m, table, err);
}

static enum xenpt_code perdomain(struct xenpt_machine *m, struct domain *d, struct xenpt_error *err)
{
    uint64_t at = d->perdomain;

    d->perdomain = NO_TABLE;
    return at == NO_TABLE ? XENPT_OK : ordinary(m, at, 3, err);
}

static enum xenpt_code second_stages(struct xenpt_machine *m, struct domain *d,
                                     struct xenpt_error *err)
{
    uint64_t p2m = d->p2m;
    enum xenpt_code code = altp2m_free(m, d, err);

    d->p2m = NO_TABLE;
    return code || p2m == NO_TABLE ? code : p2m_free(m, p2m, err);
}

static enum xenpt_code shadows(struct xenpt_machine *m, struct domain *d, struct xenpt_error *err)
{
    struct shadowing s = { .m = m, .d = d, .v = d->vcpus, .all = d->shadows, .err = err };
    enum xenpt_code code;

    if (!d->shadows)
        return XENPT_OK;
    code = shadow_drop(&s);
    if (!code)
        code = one_table(m, &d->shadows->unpaged, err);
    shadows_free(d->shadows);
    d->shadows = NULL;
    return code;
}

enum xenpt_code teardown_vcpu(struct xenpt_machine *m, struct vcpu *v, struct xenpt_error *err)
{
    uint64_t *const tables[] = { &v->monitor, &v->linear_l3, &v->linear_l2 };
    enum xenpt_code code = XENPT_OK;

    for (size_t i = 0; !code && i < sizeof(tables) / sizeof(tables[0]); i++)
        code = one_table(m, tables[i], err);
    if (!code && v->l3_page != NO_TABLE)
        code = give(m, v->l3_page, err);
    v->l3_page = NO_TABLE;
    return code;
}

/* What a CPU's root has of the domain stays there, as Xen leaves it, and is copied anew. */
static void forget_copies(struct xenpt_machine *m, uint32_t domain)
{
    for (uint32_t i = 0; i < m->nr_cpus; i++)
        if (m->cpus[i].domain == domain)
            m->cpus[i].copied = NO_TABLE;
}

enum xenpt_code teardown(struct xenpt_machine *m, struct domain *d, struct xenpt_error *err)
{
    enum xenpt_code code = shadows(m, d, err);

    if (!code)
        code = iommu_free(m, d, err);
    for (uint32_t i = 0; !code && i < d->nr_vcpus; i++)
        code = teardown_vcpu(m, &d->vcpus[i], err);
    if (!code)
        code = second_stages(m, d, err);
    if (!code)
        code = perdomain(m, d, err);
    if (!code)
        code = give_own(m, d, err);
    m->stats.tables -= d->nr_tables;
    dirty_free(d->dirty);
    d->dirty = NULL;
    pod_free(d->pod);
    d->pod = NULL;
    forget_copies(m, d->id);
    return code;
}
