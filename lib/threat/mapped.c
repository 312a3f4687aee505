/*
 * mapped.c - what a guest has mapped now: its user code and its kernel by the tables of its vCPUs,
 * an HVM or PVH guest's kernel by its p2m, and its devices of what is others'.
 *
 * A PV guest's own roots are looked at, and not those that a CPU was left with; of what Xen has in
 * them the guest's user and kernel code alike reach what user-mode code may: M2P, where it is.
 */
#include <stdio.h>
#include <stdlib.h>

#include "analysis/rights.h"
#include "threat/internal.h"
#include "xen/grants.h"
#include "xen/p2m.h"
#include "xenpt/grant.h"
#include "xenpt/map.h"

/* Entries of a domain's tables that are looked at, by whatever path. */
#define LIMIT (UINT64_C(64) << 20)

struct adding {
    struct xenpt_threat *t;
    const struct domain *d;
    uint16_t party, move;
    uint32_t vcpu;
    bool ring3; /* Only user-mode addresses. */
    bool failed;
};

static bool room(struct xenpt_threat *t)
{
    size_t max = t->max_ranges ? 2 * t->max_ranges : 256;
    struct range *list;

    if (t->nr_ranges < t->max_ranges)
        return true;
    list = realloc(t->ranges, max * sizeof(*list));
    if (!list)
        return false;
    t->ranges = list;
    t->max_ranges = max;
    return true;
}

/* What is overwritten by it, if it is something that is believed. */
static void written(struct xenpt_threat *t, const struct range *r, size_t number)
{
    struct fact fact = { r->steps, r->party, r->move, (uint32_t)number + 1 };

    for (size_t i = piece_at(t, r->first); i < t->nr && t->pieces[i].first <= r->last; i++) {
        const struct patch *p = &t->pieces[i];

        if (is_by(t, r, p) && encrypted_rights(t, r->party, p, r->rights) & WRITE)
            reach_written(t, p, p->first > r->first ? p->first : r->first, fact);
    }
}

/* The page that stands for the registers of the local APIC: the processor lets nobody through to
 * it, but goes to Xen; Intel SDM 3C, "Virtualizing Memory-Mapped APIC Accesses". */
static bool is_apic(const struct adding *a, const struct xenpt_map_range *range)
{
    uint64_t entry = range->second.level ? range->second.entry : range->leaf.entry;

    return !is_pv(a->d) && (range->second.level || a->move != MOVE_MAPPED) &&
           p2m_type_of(a->t->m, a->d, entry) == P2M_APIC_ACCESS;
}

/*
 * Whether a guest can fetch from what its p2m has.  Of a page that is not executable because it is
 * large (XSA-304) Xen makes small ones when somebody fetches from it.
 */
static bool can_fetch(const struct adding *a, const struct xenpt_map_range *range)
{
    const struct xenpt_map_leaf *leaf = range->second.level ? &range->second : &range->leaf;
    const struct xenpt_p2m_type *type = NULL;

    if (rights_fetch(range->rights))
        return true;
    if (is_pv(a->d) || a->move != MOVE_OWN_P2M || leaf->level < 2 ||
        p2m_access_of(a->t->m, a->d, leaf->entry) != XENPT_ACCESS_RWX)
        return false;
    for (size_t i = 0; (type = xenpt_p2m_type(i)) != NULL; i++)
        if (type->number == (unsigned int)p2m_type_of(a->t->m, a->d, leaf->entry))
            return type->execute;
    return false;
}

/* False: no memory. */
static bool add_range(struct adding *a, struct range r)
{
    struct xenpt_threat *t = a->t;

    if (!room(t)) {
        a->failed = true;
        return false;
    }
    r.party = a->party;
    r.move = a->move;
    r.steps = (uint16_t)(t->parties[a->party].steps + 1);
    t->ranges[t->nr_ranges++] = r;
    if (r.rights & WRITE)
        written(t, &t->ranges[t->nr_ranges - 1], t->nr_ranges - 1);
    return true;
}

static bool range_met(void *ctx, const struct xenpt_map_range *range)
{
    struct adding *a = ctx;
    unsigned int rights = 0;

    if ((a->ring3 && !(range->rights & 1u << XENPT_U)) || is_apic(a, range))
        return true;
    if (range->rights & 1u << XENPT_R)
        rights |= READ;
    if (range->rights & 1u << XENPT_W)
        rights |= WRITE;
    if (a->move != MOVE_DMA_SHARED && can_fetch(a, range))
        rights |= EXECUTE;
    return add_range(a, (struct range){ .first = range->maddr >> XENPT_PAGE_SHIFT,
                                        .last = (range->maddr + (range->last - range->first)) >>
                                                XENPT_PAGE_SHIFT,
                                        .address = range->first,
                                        .vcpu = a->vcpu,
                                        .rights = rights });
}

static enum xenpt_code map(struct adding *a, const struct xenpt_context *c, uint64_t first,
                           uint64_t last, struct xenpt_error *err)
{
    const struct xenpt_view view = { .mem = xenpt_store_reader(a->t->m->store) };
    const struct xenpt_map_options opt = {
        .first = first, .last = last, .kinds = 1u << XENPT_MAP_PAGES, .unfold = true, .limit = LIMIT
    };
    enum xenpt_code code = xenpt_map(&view, c, &opt, range_met, a, NULL, err);

    if (a->failed)
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for what is mapped");
    return code == XENPT_ESTOPPED ? XENPT_OK : code;
}

/* --- PV guests ----------------------------------------------------------------------------- */

/* Slots of a root that are the guest's, in a row at a time. */
static enum xenpt_code map_slots(struct adding *a, const struct domain *d,
                                 const struct xenpt_context *c, struct xenpt_error *err)
{
    const struct xenpt_layout *l = a->t->m->layout;
    enum xenpt_code code = XENPT_OK;

    for (unsigned int s = 0, end; !code && s < ENTRIES; s = end + 1) {
        for (end = s;
             end < ENTRIES && is_guest_l4_slot(a->t->m, d, end) && (end == s || end != ENTRIES / 2);
             end++)
            ;
        if (end == s)
            continue;
        code = map(a, c, xenpt_layout_slot_first(l, s),
                   xenpt_layout_slot_first(l, end - 1) + level_size(4) - 1, err);
        if (end == ENTRIES / 2)
            end--; /* The other half begins with it. */
    }
    return code;
}

static enum xenpt_code map_m2p(struct adding *a, const struct xenpt_context *c,
                               struct xenpt_error *err)
{
    const struct xenpt_area *m2p = xenpt_layout_area(a->t->m->layout, "ro-m2p");

    return m2p ? map(a, c, m2p->first, m2p->last, err) : XENPT_OK;
}

static enum xenpt_code map_pv(struct adding *a, const struct domain *d, uint32_t i, bool user,
                              struct xenpt_error *err)
{
    const struct xenpt_machine *m = a->t->m;
    const struct vcpu *v = &d->vcpus[i];
    uint64_t root = pv_guest_root(d, v, user);
    struct xenpt_context c = { .has_cpu = true };
    enum xenpt_code code;

    if (root == NO_TABLE)
        return XENPT_OK;
    code = pv_paging(m, d, root, &c.paging, err);
    /* A 32-bit guest's kernel is in ring 1, and reaches what the supervisor does of 4 GiB. */
    a->ring3 = user || !is_pv32(d);
    c.cpl = a->ring3 ? 3 : 1;
    a->vcpu = i;
    if (!code && is_pv32(d))
        return map(a, &c, 0, UINT32_MAX, err);
    if (!code)
        code = map_slots(a, d, &c, err);
    if (!code && d->xpti)
        code = pv_paging(m, d, m->cpus[v->cpu].root, &c.paging, err);
    return code ? code : map_m2p(a, &c, err);
}

/* --- HVM and PVH guests -------------------------------------------------------------------- */

static enum xenpt_code map_guest(struct adding *a, const struct domain *d, uint32_t i,
                                 struct xenpt_error *err)
{
    const struct xenpt_context *c;
    const struct xenpt_view *view;
    char name[XENPT_NAME_MAX];
    enum xenpt_code code = xenpt_machine_view(a->t->m, &view, err);

    if (code)
        return code;
    snprintf(name, sizeof(name), "%s.v%u.guest", d->name, (unsigned int)i);
    c = xenpt_view_context(view, name);
    a->vcpu = i;
    a->ring3 = true;
    return c ? map(a, c, 0, 0, err) : XENPT_OK;
}

static enum xenpt_code map_p2m(struct adding *a, const struct domain *d, struct xenpt_error *err)
{
    struct xenpt_context c = { .has_cpu = false };
    enum xenpt_code code = p2m_view_paging(a->t->m, d, XENPT_VIEW_HOST, &c.paging, err);

    a->vcpu = UINT32_MAX;
    a->ring3 = false;
    return code ? code : map(a, &c, 0, 0, err);
}

/* --- Devices ------------------------------------------------------------------------------- */

/*
 * A PV domain's IOMMU has what it has mapped by grants, whether it said that it is for devices or
 * for itself, and whatever their entries have become: an entry that is in use is as it was first.
 */
static enum xenpt_code map_granted(struct adding *a, const struct domain *d,
                                   struct xenpt_error *err)
{
    const struct grants *g = d->grants;

    for (uint64_t i = 0; g && i < g->nr_mappings; i++) {
        const struct grant_mapping *map = &g->mappings[i];
        const struct domain *owner = map->flags ? domain_there(a->t->m, (uint32_t)map->domain)
                                                : NULL;
        const struct grant_active *active = owner ? grants_active(owner, map->ref) : NULL;
        bool writes = !(map->flags & XENPT_GRANT_MAP_READ_ONLY);

        if (active && !add_range(a, (struct range){ .first = active->frame,
                                                    .last = active->frame,
                                                    .rights = READ | (writes ? WRITE : 0),
                                                    .by_grant = true,
                                                    .owner = owner->id,
                                                    .ref = (uint32_t)map->ref }))
            return xenpt_fail(err, XENPT_ENOMEM, "no memory for what is mapped");
    }
    return XENPT_OK;
}

enum xenpt_code mapped_add(struct xenpt_threat *t, uint16_t party, struct xenpt_error *err)
{
    struct xenpt_party who = party_of(t, party);
    const struct domain *d = &t->m->domains[who.domain];
    struct adding a = { .t = t, .d = d, .party = party, .move = MOVE_MAPPED };
    bool user = who.kind == XENPT_PARTY_USER;
    enum xenpt_code code = XENPT_OK;

    if (who.kind == XENPT_PARTY_DEVICE)
        a.move = MOVE_DMA_SHARED;
    else if (!is_pv(d) && !user)
        a.move = MOVE_OWN_P2M;
    if (t->without[a.move])
        return XENPT_OK;
    if (a.move == MOVE_DMA_SHARED && is_pv(d))
        return map_granted(&a, d, err);
    if (a.move != MOVE_MAPPED)
        return map_p2m(&a, d, err);
    for (uint32_t i = 0; !code && i < d->nr_vcpus; i++)
        if (vcpu_begun(&d->vcpus[i]))
            code = is_pv(d) ? map_pv(&a, d, i, user, err) : map_guest(&a, d, i, err);
    return code;
}
