/*
 * shadow_top.c - what a vCPU under shadow paging stands on: the shadows of its roots, and the
 * monitor table that Xen runs on; mm/shadow/multi.c, sh_update_cr3, and hvm.c,
 * sh_make_monitor_table.
 */
#include "xen/candidates.h"
#include "xen/guest.h"
#include "xen/own_rules.h"
#include "xen/shadow.h"
#include "xen/vcpus.h"

/* Where in the page that stands for struct vcpu its four L3 entries are; seen in 4.17.5. */
#define L3_IN_VCPU UINT64_C(0xc00)

/* Without long mode CR3 has 32 bits, so struct vcpu is below this frame. */
#define FOUR_GB (UINT64_C(1) << (32 - XENPT_PAGE_SHIFT))

#define XEN_T (ENTRY_P | ENTRY_RW | ENTRY_A | ENTRY_D | ENTRY_NX)

/* A larger page for each 4 MiB: what a vCPU that does not page is said to have. */
#define UNPAGED_ENTRIES 1024u
#define UNPAGED_FLAGS   (ENTRY_P | ENTRY_RW | ENTRY_US | ENTRY_A | ENTRY_D | ENTRY_PS)

/* --- Which roots --------------------------------------------------------------------------- */

/* mm/shadow/common.c, shadow_enable: a table of the domain's own, which maps 1:1. */
static enum xenpt_code unpaged_table(struct shadowing *s)
{
    uint32_t entry[UNPAGED_ENTRIES];
    enum xenpt_code code;

    if (s->all->unpaged != NO_TABLE)
        return XENPT_OK;
    code = table_new(s->m, &s->all->unpaged, s->err);
    for (uint32_t i = 0; i < UNPAGED_ENTRIES; i++)
        entry[i] = i << 22 | (uint32_t)UNPAGED_FLAGS;
    return code ? code
                : xenpt_store_write(s->m->store, s->all->unpaged, entry, sizeof(entry), s->err);
}

/* What is to be the roots: types, and the tables that they are of, or NO_TABLE. */
struct tops {
    enum shadow_type type;
    unsigned int nr;
    uint64_t of[4];
};

static enum xenpt_code wanted(struct shadowing *s, struct tops *ret)
{
    uint64_t root = s->v->guest.cr3 & ENTRY_ADDR;
    enum xenpt_code code = XENPT_OK;

    *ret = (struct tops){ .type = SH_L2_32, .nr = 1 };
    switch (guest_mode(s->v)) {
    case XENPT_GUEST_UNPAGED:
        code = unpaged_table(s);
        ret->of[0] = s->all->unpaged;
        return code;
    case XENPT_GUEST_4LEVEL:
        ret->type = SH_L4_64;
        break;
    case XENPT_GUEST_PAE:
        /* The processor has these four since CR3 was loaded, and so has Xen. */
        *ret = (struct tops){ .type = SH_L2_PAE, .nr = 4 };
        for (unsigned int i = 0; i < 4; i++)
            ret->of[i] = s->v->pdpte[i] & ENTRY_P
                             ? guest_maddr(s->m, s->d, (s->v->pdpte[i] & ENTRY_ADDR) >> 12)
                             : NO_TABLE;
        return XENPT_OK;
    default:
        break;
    }
    ret->of[0] = guest_maddr(s->m, s->d, root >> XENPT_PAGE_SHIFT);
    return XENPT_OK;
}

static enum xenpt_code put_tops(struct shadowing *s)
{
    enum xenpt_code code = XENPT_OK;

    for (unsigned int i = 0; i < 4; i++) {
        uint32_t id = s->v->top[i];

        s->v->top[i] = NO_SHADOW;
        if (id != NO_SHADOW && !code)
            code = shadow_put(s, id);
    }
    return code;
}

static enum xenpt_code set_tops(struct shadowing *s)
{
    uint32_t old[4], id;
    struct tops tops;
    enum xenpt_code code = wanted(s, &tops);

    for (unsigned int i = 0; i < 4; i++) {
        old[i] = s->v->top[i];
        s->v->top[i] = NO_SHADOW;
    }
    for (unsigned int i = 0; !code && i < tops.nr; i++) {
        if (tops.of[i] == NO_TABLE)
            continue;
        code = shadow_get(s, tops.type, tops.of[i], &id, NULL);
        if (code)
            break;
        shadow_hold(s, id);
        s->v->top[i] = id;
        code = shadow_pin(s, id); /* A root that is left is likely to be loaded again. */
    }
    for (unsigned int i = 0; i < 4; i++)
        if (!code && old[i] != NO_SHADOW)
            code = shadow_put(s, old[i]);
    return code;
}

/* --- What the processor and Xen have of them ----------------------------------------------- */

/* The pages of the second level, for fewer than four. */
static uint64_t l2_page(const struct shadowing *s, unsigned int i)
{
    const struct vcpu *v = s->v;
    bool small = guest_mode(v) != XENPT_GUEST_PAE;
    uint32_t id = v->top[small ? 0 : i];

    return id == NO_SHADOW ? NO_TABLE : s->all->list[id].page[small ? i : 0];
}

static enum xenpt_code three_levels(struct shadowing *s)
{
    struct vcpu *v = s->v;
    enum xenpt_code code = XENPT_OK;

    if (v->l3_page == NO_TABLE)
        code = frames_below(s->m, 0, FOUR_GB, &v->l3_page, s->err);
    v->shadow = v->l3_page + L3_IN_VCPU;
    for (unsigned int i = 0; !code && i < 4; i++) {
        uint64_t page = l2_page(s, i);

        code = xenpt_store_write64(s->m->store, v->shadow + 8 * i,
                                   page == NO_TABLE ? 0 : page | ENTRY_P, s->err);
        if (!code)
            code = entry_write(s->m, v->linear_l2, i, page == NO_TABLE ? 0 : page | XEN_T, s->err);
    }
    return code;
}

/* For fewer than 4 levels the shadow-linear slot leads to two tables of Xen's, then to the L2s. */
static enum xenpt_code linear(struct shadowing *s)
{
    struct vcpu *v = s->v;
    enum xenpt_code code = table_new(s->m, &v->linear_l3, s->err);

    if (!code)
        code = table_new(s->m, &v->linear_l2, s->err);
    return code ? code : entry_write(s->m, v->linear_l3, 0, v->linear_l2 | XEN_T, s->err);
}

static enum xenpt_code free_table(struct shadowing *s, uint64_t *table)
{
    uint64_t at = *table;

    *table = NO_TABLE;
    return at == NO_TABLE ? XENPT_OK : table_free(s->m, at, s->err);
}

/*
 * Before there is a shadow: when the root gets one, Xen looks through the shadow-linear slot for
 * mappings by which the guest could write to it (sh_guess_wrmap).  XSA-243: with four levels that
 * slot led to the monitor table itself, and Xen went through its own mappings.
 *
 * Model: that search is not made here, as all shadows are known; what it would have gone through is
 * kept, for the invariant xen-slots.
 */
static enum xenpt_code begin_monitor(struct shadowing *s, unsigned int levels)
{
    struct vcpu *v = s->v;
    unsigned int slot = root_slots_of(s->m->layout).shadow;
    bool linear = levels < 4, itself = !linear && !machine_does(s->m, OWN_MONITOR_LINEAR);
    struct root_of of = { .kind = XENPT_ROOT_SHADOW,
                          .self = v->monitor,
                          .shadow = linear   ? v->linear_l3
                                    : itself ? v->monitor
                                             : NO_TABLE,
                          .perdomain = s->d->perdomain };
    enum xenpt_code code = root_fill(s->m, v->monitor, &of, s->err);

    v->first_linear = slot == NO_SLOT ? 0 : entry_read(s->m, v->monitor, slot);
    return code;
}

static enum xenpt_code new_monitor(struct shadowing *s, unsigned int levels)
{
    struct vcpu *v = s->v;
    enum xenpt_code code = free_table(s, &v->monitor);

    if (!code)
        code = free_table(s, &v->linear_l3);
    if (!code)
        code = free_table(s, &v->linear_l2);
    if (!code)
        code = table_new(s->m, &v->monitor, s->err);
    if (!code && levels < 4)
        code = linear(s);
    v->monitor_levels = levels;
    s->all->stats.monitors++;
    return code ? code : begin_monitor(s, levels);
}

enum xenpt_code shadow_update(struct shadowing *s)
{
    struct root_of of = { .kind = XENPT_ROOT_SHADOW, .perdomain = s->d->perdomain };
    bool four = guest_mode(s->v) == XENPT_GUEST_4LEVEL;
    enum xenpt_code code = XENPT_OK;

    if (s->v->monitor_levels != (four ? 4 : 3))
        code = new_monitor(s, four ? 4 : 3);
    if (!code)
        code = set_tops(s);
    if (!code && !four)
        code = three_levels(s);
    if (code)
        return code;
    if (four)
        s->v->shadow = s->v->top[0] == NO_SHADOW ? NO_TABLE : s->all->list[s->v->top[0]].page[0];
    of.self = s->v->monitor;
    of.shadow = four ? s->v->shadow : s->v->linear_l3;
    return root_fill(s->m, s->v->monitor, &of, s->err);
}

/* --- From nothing, and to nothing ---------------------------------------------------------- */

/*
 * Model: a guest is looked at when it has touched what its tables say that it has: all entries
 * with A have been used, and without paging the first 2 MiB.
 */
enum xenpt_code shadow_build(struct xenpt_machine *m, struct domain *d, struct vcpu *v,
                             struct xenpt_error *err)
{
    bool unpaged = guest_mode(v) == XENPT_GUEST_UNPAGED;
    enum xenpt_code code = d->shadows ? XENPT_OK : shadows_create(d, err);
    struct shadowing s = { .m = m, .d = d, .v = v, .all = d->shadows, .err = err };

    if (!code)
        code = shadow_update(&s);
    for (unsigned int i = 0; !code && i < 4 && v == d->vcpus; i++)
        if (v->top[i] != NO_SHADOW)
            code = unpaged ? shadow_fill_first(&s, v->top[i])
                           : shadow_fill(&s, v->top[i],
                                         shadow_rows[d->shadows->list[v->top[i]].type].pages);
    return code;
}

/* mm/shadow/common.c, shadow_vcpu_teardown; of a PV guest Xen runs on shadows of its own roots. */
enum xenpt_code shadow_vcpu_end(struct xenpt_machine *m, struct domain *d, struct vcpu *v,
                                struct xenpt_error *err)
{
    struct shadowing s = { .m = m, .d = d, .v = v, .all = d->shadows, .err = err };
    enum xenpt_code code = XENPT_OK;
    uint32_t id;

    for (unsigned int n = 0; !code && n < OOS_PAGES; n++)
        if (v->oos[n].of)
            code = oos_end(&s, &v->oos[n]);
    if (!code)
        code = put_tops(&s);
    /* Xen's own L4 of a 32-bit PV guest goes with the vCPU, and what was made of it, too. */
    if (!code && is_pv(d) && shadow_find(d->shadows, SH_L4_64, v->monitor, &id))
        code = shadow_unpin(&s, id);
    return code;
}

enum xenpt_code shadow_drop(struct shadowing *s)
{
    struct vcpu *v = s->v;
    enum xenpt_code code = oos_end_all(s);

    for (uint32_t i = 0; !code && i < s->d->nr_vcpus; i++) {
        s->v = &s->d->vcpus[i];
        code = put_tops(s);
    }
    s->v = v;
    for (uint32_t id = 0; !code && id < s->all->nr; id++)
        if (s->all->list[id].type)
            code = shadow_unpin(s, id);
    return code;
}

enum xenpt_code shadow_zap(struct shadowing *s)
{
    struct vcpu *v = s->v;
    enum xenpt_code code = shadow_drop(s);

    for (uint32_t i = 0; !code && i < s->d->nr_vcpus; i++) {
        s->v = &s->d->vcpus[i];
        if (!vcpu_begun(s->v))
            continue;
        code = is_pv(s->d) ? pv_shadow_update(s->m, s->d, s->v, s->err) : shadow_update(s);
    }
    s->v = v;
    return code;
}

/* mm/shadow/common.c, sh_clean_dirty_bitmap: all shadows are given up, and made again by faults. */
enum xenpt_code shadow_clean(struct xenpt_machine *m, struct domain *d, struct xenpt_error *err)
{
    struct shadowing s = { .m = m, .d = d, .v = d->vcpus, .all = d->shadows, .err = err };

    return shadow_zap(&s);
}
