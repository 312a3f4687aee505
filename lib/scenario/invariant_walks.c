/*
 * invariant_walks.c - an HVM guest's tables are read by its processor, by Xen in the guest's place,
 * and for shadows: all of them have to find the same; XSA-173 and 176.
 */
#include <inttypes.h>

#include "scenario/invariant.h"
#include "scenario/verbs.h"
#include "xen/guest.h"
#include "xen/p2m.h"
#include "xen/shadow.h"
#include "xenpt/map.h"
#include "xenpt/nested.h"

struct reading {
    struct holding *h;
    const struct domain *d;
    const struct vcpu *v;
    const struct xenpt_reader *memory;
    struct pdptes pdptes;
    struct xenpt_context own; /* The guest's own tables, over its memory. */
    struct xenpt_paging xens; /* As Xen walks them. */
};

/* ret->d NULL: it is no context of an HVM guest's.  False: the world's problem. */
static bool begin(struct holding *h, struct reading *ret)
{
    struct xenpt_machine *m = h->w->machine;
    struct xenpt_error *err = &h->w->problem;
    struct invariant_vcpu at;

    *ret = (struct reading){ .h = h };
    if (!invariant_vcpu(h, &at) || at.mode != XENPT_RUN_GUEST)
        return true;
    ret->d = &m->domains[at.domain];
    ret->v = &ret->d->vcpus[at.vcpu];
    ret->own = *h->c;
    ret->own.has_second = true;
    ret->memory = pdptes_reader(&ret->pdptes, m, ret->d, ret->v);
    return !guest_paging(m, ret->d, &ret->v->guest, &ret->own.paging, err) &&
           !guest_walk_paging(m, ret->d, &ret->v->guest, &ret->xens, err) &&
           !p2m_view_paging(m, ret->d, ret->v->view, &ret->own.second, err);
}

static bool go(struct reading *r, const struct xenpt_context *c, enum xenpt_map_kind kind,
               bool (*fn)(void *ctx, const struct xenpt_map_range *range))
{
    struct xenpt_map_options opt = { .kinds = 1u << kind,
                                     .last = context_last_address(r->h->w, c),
                                     .unfold = true,
                                     .limit = UINT64_C(64) << 20 };
    enum xenpt_code code = xenpt_map(r->h->w->view, c, &opt, fn, r, NULL, &r->h->w->problem);

    return !r->h->lost && (!code || code == XENPT_ESTOPPED);
}

/* --- Xen in the guest's place -------------------------------------------------------------- */

/* What the processor refuses, for a reserved bit. */
static bool refused(void *ctx, const struct xenpt_map_range *range)
{
    struct reading *r = ctx;
    struct xenpt_walk2 walk;

    /* What the second stage refuses, it refuses to both. */
    xenpt_walk2(&r->own.paging, &r->own.second, r->memory, range->first, &walk);
    if (walk.guest.outcome != XENPT_RESERVED)
        return true;
    xenpt_walk2(&r->xens, &r->own.second, r->memory, range->first, &walk);
    if (walk.guest.outcome != XENPT_MAPPED)
        return true;
    return invariant_wrong(r->h, range->first,
                           world_text(r->h->w,
                                      "0x%" PRIx64 " leads to guest-physical 0x%" PRIx64
                                      " for Xen, and the processor refuses the L%u entry "
                                      "0x%016" PRIx64,
                                      range->first, walk.guest.out, range->leaf.level,
                                      range->leaf.entry));
}

bool invariant_walks(struct holding *h)
{
    struct reading r;

    return begin(h, &r) && (!r.d || go(&r, &r.own, XENPT_MAP_MALFORMED, refused));
}

/* --- Shadows ------------------------------------------------------------------------------- */

/* Until the guest flushes, the shadow of a table that is out of sync is what the table was. */
static bool is_open(const struct reading *r, const struct xenpt_walk2 *walk)
{
    for (unsigned int i = 0; i < walk->guest.nr_steps; i++) {
        const struct xenpt_step *s = &walk->guest.step[i];
        uint64_t at = guest_maddr(r->h->w->machine, r->d, s->at >> XENPT_PAGE_SHIFT);

        if (s->level == 1 && at != NO_TABLE && oos_of(r->d, at))
            return true;
    }
    return false;
}

static bool page_is_right(struct reading *r, uint64_t in, uint64_t maddr, unsigned int rights)
{
    const unsigned int all = 1u << XENPT_R | 1u << XENPT_W | 1u << XENPT_U;
    uint64_t guest, should;
    struct xenpt_walk2 walk;

    xenpt_walk2(&r->own.paging, &r->own.second, r->memory, in, &walk);
    if (is_open(r, &walk))
        return true;
    if (walk.guest.outcome != XENPT_MAPPED)
        return invariant_wrong(r->h, in,
                               world_text(r->h->w,
                                          "the shadow leads 0x%" PRIx64 " to mfn 0x%" PRIx64
                                          ", and the guest's tables lead nowhere: %s",
                                          in, maddr >> XENPT_PAGE_SHIFT,
                                          xenpt_outcome_name(walk.guest.outcome)));
    guest = walk.guest.out;
    should = guest_maddr(r->h->w->machine, r->d, guest >> XENPT_PAGE_SHIFT);
    if (should == maddr && !(rights & all & ~walk.guest.rights))
        return true;
    return invariant_wrong(r->h, in,
                           world_text(r->h->w,
                                      "the shadow leads 0x%" PRIx64 " to mfn 0x%" PRIx64
                                      ", and the guest's tables to guest-physical 0x%" PRIx64
                                      ", mfn 0x%" PRIx64 "%s",
                                      in, maddr >> XENPT_PAGE_SHIFT, guest,
                                      should == NO_TABLE ? 0 : should >> XENPT_PAGE_SHIFT,
                                      should == maddr ? ", with fewer rights" : ""));
}

static bool shadowed(void *ctx, const struct xenpt_map_range *range)
{
    struct reading *r = ctx;

    for (uint64_t off = 0; off <= range->last - range->first; off += XENPT_PAGE_SIZE)
        if (!page_is_right(r, range->first + off, range->maddr + (range->repeated ? 0 : off),
                           range->rights))
            return false;
    return true;
}

bool invariant_shadows(struct holding *h)
{
    struct reading r;

    return begin(h, &r) && (!r.d || !r.d->shadows || go(&r, h->c, XENPT_MAP_PAGES, shadowed));
}
