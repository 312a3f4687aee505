/*
 * pv_shadow.c - a paravirtual domain on shadows: while a log of its dirty pages is kept, as live
 * migration does; mm/shadow/common.c, sh_enable_log_dirty; multi.c, sh_make_shadow.
 *
 *     CR3, in Xen and in the guest   the shadow of the L4 (of a 32-bit guest, of Xen's own L4)
 *     slot 258                       the guest's L4, not the shadow
 *     slot 259                       the shadow itself
 *     what the guest has            its shadow; entries without RW until a page is written
 *
 * Nothing goes out of sync: the guest's tables are written by hypercalls.
 */
#include "xen/candidates.h"
#include "xen/own_rules.h"
#include "xen/shadow.h"

bool pv_shadow_is_xens(const struct shadowing *s, enum shadow_type type, unsigned int index)
{
    bool is_32 = s->d->desc->type == XENPT_DOMAIN_PV32;
    const struct xenpt_area *window = xenpt_layout_area(s->m->layout, "compat-m2p-window");
    enum xenpt_root_kind kind = is_32 ? XENPT_ROOT_PV32 : XENPT_ROOT_PV64_KERNEL;

    if (type == SH_L4_64)
        return !xenpt_layout_slot(s->m->layout, kind, s->m->conditions, index).guest;
    if (type == SH_L3_64 && is_32)
        return index > 3;
    return type == SH_L2H_64 && window && index >= slot_at(2, window->first);
}

/* --- Xen's slots --------------------------------------------------------------------------- */

static uint64_t shadow_flags(const struct shadowing *s, unsigned int slot)
{
    return xenpt_layout_slot(s->m->layout, XENPT_ROOT_SHADOW, s->m->conditions, slot).table;
}

/*
 * XSA-64: behind slot 271 Xen's own table has more of the directmap, where a host has more than
 * 5 TiB; there a PV guest has slots of its own.
 *
 * Model: Xen took such an entry for one of a shadow when the guest used the slot, and wrote to its
 * own L3; here the shadow's entry is replaced then.
 */
static enum xenpt_code fill_beyond(struct shadowing *s, uint32_t id)
{
    enum xenpt_code code = XENPT_OK;

    for (unsigned int i = ENTRIES / 2; !code && i < ENTRIES; i++)
        if (!pv_shadow_is_xens(s, SH_L4_64, i))
            code = entry_write(s->m, s->all->list[id].page[0], i, entry_read(s->m, s->m->idle, i),
                               s->err);
    return code;
}

/* As of any root of the domain, but for those that lead to the root and to its shadow. */
static enum xenpt_code fill_root(struct shadowing *s, uint32_t id)
{
    uint64_t l4 = s->all->list[id].of, page = s->all->list[id].page[0];
    struct root_slots slots = root_slots_of(s->m->layout);
    struct root_of of = {
        .kind = s->d->desc->type == XENPT_DOMAIN_PV32 ? XENPT_ROOT_PV32 : XENPT_ROOT_PV64_SHADOW,
        .self = l4,
        .shadow = page,
        .perdomain = s->d->perdomain,
    };
    enum xenpt_code code = root_fill(s->m, page, &of, s->err);

    if (!code && slots.shadow != NO_SLOT)
        code = entry_write(s->m, page, slots.shadow, page | shadow_flags(s, slots.shadow), s->err);
    if (!code && !machine_does(s->m, OWN_SHADOW_ROOT_SLOTS))
        code = fill_beyond(s, id);
    /* M2P is there in the guest's kernel, or by m2p_strict: as in the guest's own L4. */
    if (code || slots.m2p == NO_SLOT)
        return code;
    return entry_write(s->m, page, slots.m2p, entry_read(s->m, l4, slots.m2p), s->err);
}

/* The slots of the last L2 of a 32-bit guest that are Xen's. */
static enum xenpt_code fill_l2h(struct shadowing *s, uint32_t id)
{
    const struct shadow *one = &s->all->list[id];
    enum xenpt_code code = XENPT_OK;

    for (unsigned int i = 0; !code && i < ENTRIES; i++)
        if (pv_shadow_is_xens(s, SH_L2H_64, i))
            code = entry_write(s->m, one->page[0], i, entry_read(s->m, one->of, i), s->err);
    return code;
}

enum xenpt_code pv_shadow_fill(struct shadowing *s, uint32_t id)
{
    switch (s->all->list[id].type) {
    case SH_L4_64:
        return fill_root(s, id);
    case SH_L2H_64:
        return fill_l2h(s, id);
    default:
        return XENPT_OK;
    }
}

/* --- Roots --------------------------------------------------------------------------------- */

enum xenpt_code pv_shadow_update(struct xenpt_machine *m, struct domain *d, struct vcpu *v,
                                 struct xenpt_error *err)
{
    struct shadowing s = { .m = m, .d = d, .v = v, .all = d->shadows, .err = err };
    unsigned int nr = d->desc->type == XENPT_DOMAIN_PV64 ? 2 : 1;
    enum xenpt_code code = XENPT_OK;

    if (!vcpu_begun(v))
        return XENPT_OK;
    for (unsigned int i = 0; !code && i < nr; i++) {
        uint64_t l4 = pv_guest_root(d, v, i);
        uint32_t id, old = v->top[i];

        if (l4 == NO_TABLE || (old != NO_SHADOW && s.all->list[old].of == l4))
            continue;
        code = shadow_get(&s, SH_L4_64, l4, &id, NULL);
        if (code)
            break;
        shadow_hold(&s, id);
        v->top[i] = id;
        code = shadow_pin(&s, id);
        if (!code && old != NO_SHADOW)
            code = shadow_put(&s, old);
    }
    return code;
}

/* What is copied from the guest's L4 is copied from its shadow from now on, and back. */
static void roots_changed(struct xenpt_machine *m, const struct domain *d)
{
    for (uint32_t i = 0; i < m->nr_cpus; i++)
        if (m->cpus[i].loaded && &m->domains[m->cpus[i].domain] == d)
            m->cpus[i].changed = true;
}

enum xenpt_code pv_shadow_begin(struct xenpt_machine *m, struct domain *d, struct xenpt_error *err)
{
    enum xenpt_code code = shadows_create(d, err);

    for (uint32_t i = 0; !code && i < d->nr_vcpus; i++)
        code = pv_shadow_update(m, d, &d->vcpus[i], err);
    roots_changed(m, d);
    return code;
}

enum xenpt_code pv_shadow_vcpu(struct xenpt_machine *m, struct domain *d, struct vcpu *v,
                               struct xenpt_error *err)
{
    struct shadowing s = { .m = m, .d = d, .v = v, .all = d->shadows, .err = err };
    enum xenpt_code code = pv_shadow_update(m, d, v, err);

    for (unsigned int n = 0; !code && n < 2; n++)
        if (v->top[n] != NO_SHADOW)
            code = shadow_fill(&s, v->top[n], 1);
    return code;
}

enum xenpt_code pv_shadow_build(struct xenpt_machine *m, struct domain *d, struct xenpt_error *err)
{
    enum xenpt_code code = pv_shadow_begin(m, d, err);

    for (uint32_t i = 0; !code && i < d->nr_vcpus; i++)
        code = pv_shadow_vcpu(m, d, &d->vcpus[i], err);
    return code;
}

enum xenpt_code pv_shadow_end(struct xenpt_machine *m, struct domain *d, struct xenpt_error *err)
{
    struct shadowing s = { .m = m, .d = d, .v = d->vcpus, .all = d->shadows, .err = err };
    enum xenpt_code code = shadow_drop(&s);

    shadows_free(d->shadows);
    d->shadows = NULL;
    roots_changed(m, d);
    return code;
}
