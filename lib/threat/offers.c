/*
 * offers.c - what domains offer others by entries of their grant tables, as they are in memory now;
 * common/grant_table.c.
 *
 * Of an entry that leads to another's (transitive) Xen copies what that one grants, and to none
 * further.
 */
#include <stdlib.h>

#include "threat/internal.h"
#include "xen/grants.h"
#include "xenpt/grant.h"

static bool add(struct xenpt_threat *t, struct offer o)
{
    if (t->nr_offers == t->max_offers) {
        size_t max = t->max_offers ? 2 * t->max_offers : 64;
        struct offer *list = realloc(t->offers, max * sizeof(*list));

        if (!list)
            return false;
        t->offers = list;
        t->max_offers = max;
    }
    t->offers[t->nr_offers++] = o;
    return true;
}

/* The machine's frame of what an entry names; it has to be the domain's. */
static bool frame_of(const struct xenpt_machine *m, const struct domain *d, uint64_t frame,
                     uint64_t *ret)
{
    struct xenpt_p2m_entry p2m;
    struct domain *owner;

    *ret = frame;
    if (is_external(d)) {
        if (!xenpt_machine_p2m(m, d->id, XENPT_VIEW_HOST, frame, &p2m) || !p2m.type ||
            !p2m.type->present)
            return false;
        *ret = p2m.maddr >> XENPT_PAGE_SHIFT;
    }
    pv_owner_of(m, *ret, &owner);
    return owner == d;
}

/* What an entry that permits access gives; false: it gives nothing. */
static bool permitted(const struct xenpt_machine *m, const struct domain *d,
                      const struct xenpt_grant_entry *e, struct offer *ret)
{
    if ((e->flags & XENPT_GRANT_TYPE) != XENPT_GRANT_PERMIT_ACCESS)
        return false;
    ret->writable = !(e->flags & XENPT_GRANT_READONLY);
    ret->copied = e->flags & XENPT_GRANT_SUB_PAGE && grants_version(d) == 2;
    return frame_of(m, d, e->frame, &ret->frame);
}

/* Of a transitive one, what it leads to. */
static bool led_to(const struct xenpt_machine *m, const struct domain *d,
                   const struct xenpt_grant_entry *e, struct offer *ret)
{
    const struct domain *other = domain_there(m, e->from_domain);
    struct xenpt_grant_entry from;

    if ((e->flags & XENPT_GRANT_TYPE) != XENPT_GRANT_TRANSITIVE || grants_version(d) != 2 ||
        !other || other == d || !xenpt_grant_entry(m, other->id, e->from_ref, &from) ||
        from.domain != d->id || !permitted(m, other, &from, ret))
        return false;
    ret->writable &= !(e->flags & XENPT_GRANT_READONLY);
    ret->copied = true;
    return true;
}

static int by_frame(const void *a, const void *b)
{
    const struct offer *x = a, *y = b;

    if (x->frame != y->frame)
        return x->frame < y->frame ? -1 : 1;
    return x->owner != y->owner ? (x->owner > y->owner) - (x->owner < y->owner)
                                : (x->ref > y->ref) - (x->ref < y->ref);
}

bool offers_build(struct xenpt_threat *t)
{
    for (uint32_t i = 0; i < t->m->nr_domains; i++) {
        const struct domain *d = domain_there(t->m, i);
        uint64_t nr = d ? grants_nr_entries(d) : 0;

        for (uint32_t ref = 0; ref < nr; ref++) {
            struct offer o = { .owner = i, .ref = ref };
            struct xenpt_grant_entry e;

            if (!xenpt_grant_entry(t->m, i, ref, &e))
                continue;
            o.to = e.domain;
            if ((permitted(t->m, d, &e, &o) || led_to(t->m, d, &e, &o)) && !add(t, o))
                return false;
        }
    }
    if (t->nr_offers)
        qsort(t->offers, t->nr_offers, sizeof(*t->offers), by_frame);
    return true;
}
