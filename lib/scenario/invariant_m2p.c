/*
 * invariant_m2p.c - the machine-to-physical table: what it says of the frames of a guest under a
 * second stage is what leads to them there, and of frames that nobody has it says nothing.
 *
 * Of a PV guest's frames it says what the guest wants: mmu_update of M2P looks at whose the frame
 * is, and not at the number (mm.c, do_mmu_update, MMU_MACHPHYS_UPDATE).
 *
 * Model: the table is what is worked out for it, and what was written into it since.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/bits.h"
#include "base/search.h"
#include "pv/op.h"
#include "scenario/invariant.h"
#include "xen/owner.h"
#include "xen/sharing.h"

/* A frame, and those behind it that M2P has the same of: a guest's in a row, or nobody's. */
struct named {
    bool any;
    uint64_t gfn, nr;
};

static struct named named_at(const struct lists *l, uint64_t frame)
{
    size_t low = 0, high = l->nr_owned;
    const struct owned *o;

    SEARCH(low, high, i, l->owned[i].mfn + l->owned[i].nr <= frame);
    o = &l->owned[low];
    if (low == l->nr_owned || o->mfn > frame)
        return (struct named){ .nr = 1 };
    return (struct named){ true, o->gfn + (frame - o->mfn), o->nr - (frame - o->mfn) };
}

static bool nowhere(struct holding *h, const char *found)
{
    h->nowhere = true;
    return invariant_wrong(h, 0, found);
}

/* --- Frames that nobody has ---------------------------------------------------------------- */

/* The first frame of some that nobody has; false: all are somebody's, or Xen's for somebody. */
static bool nobody_has(const struct xenpt_machine *m, uint64_t first, uint64_t nr, uint64_t *ret)
{
    for (uint64_t frame = first, n; frame < first + nr; frame += n) {
        uint32_t domain;
        enum owner owner = frame_owner(m, frame, &domain);

        if (owner == OWNER_FREE || owner == OWNER_NOBODY) {
            *ret = frame;
            return true;
        }
        n = 1;
        for (size_t i = 0; owner == OWNER_DOMAIN && i < m->domains[domain].nr_memory; i++) {
            const struct extent *e = &m->domains[domain].memory[i];

            if (frame >= e->first && frame - e->first < e->nr)
                n = e->nr - (frame - e->first);
        }
    }
    return false;
}

static bool of_guests_alone(struct holding *h, const struct lists *l)
{
    const struct xenpt_machine *m = h->w->machine;
    uint64_t frame;

    for (size_t i = 0; i < l->nr_owned; i++)
        if (l->owned[i].gfn != UINT64_MAX && nobody_has(m, l->owned[i].mfn, l->owned[i].nr, &frame))
            return nowhere(
                h, world_text(h->w, "it says 0x%" PRIx64 " of mfn 0x%" PRIx64 ", which nobody has",
                              l->owned[i].gfn + (frame - l->owned[i].mfn), frame));
    return true;
}

/* --- Guests under a second stage ----------------------------------------------------------- */

struct following {
    struct holding *h;
    const struct lists *l;
    uint32_t domain;
};

/* Memory of its own, or what Xen shares with it, as share_xen_page_with_guest has it. */
static bool is_of(const struct xenpt_machine *m, uint32_t domain, uint64_t mfn)
{
    struct domain *d;
    enum pv_owner owner = pv_owner_of(m, mfn, &d);

    return (owner == PV_DOMAIN || owner == PV_SPECIAL) && d == &m->domains[domain];
}

/* What M2P has to say of a frame that a guest has. */
static uint64_t wanted_of(const struct xenpt_machine *m, uint64_t mfn, uint64_t gfn)
{
    return sharing_frame(m, mfn) ? SHARED_M2P : gfn;
}

static bool range_is_named(void *ctx, const struct xenpt_map_range *range)
{
    struct following *f = ctx;
    uint64_t mfn = range->maddr >> XENPT_PAGE_SHIFT, gfn = range->first >> XENPT_PAGE_SHIFT;
    uint64_t nr = ((range->last - range->first) >> XENPT_PAGE_SHIFT) + 1;
    struct named is;

    for (uint64_t i = 0; i < nr; i += is.nr) {
        is = named_at(f->l, mfn + i);
        /* What is Xen's or another's, it says of nobody, or of that one. */
        if ((is.any && is.gfn == wanted_of(f->h->w->machine, mfn + i, gfn + i)) ||
            (!sharing_frame(f->h->w->machine, mfn + i) &&
             !is_of(f->h->w->machine, f->domain, mfn + i)))
            continue;
        if (!is.any)
            is.gfn = UINT64_MAX;
        return nowhere(
            f->h, world_text(f->h->w,
                             "mfn 0x%" PRIx64 " is gfn 0x%" PRIx64 " of %s, and it says 0x%" PRIx64,
                             mfn + i, gfn + i, f->h->w->machine->domains[f->domain].name, is.gfn));
    }
    return true;
}

static bool as_p2m_has_it(struct holding *h, const struct lists *l)
{
    const struct xenpt_machine *m = h->w->machine;

    for (uint32_t i = 0; i < m->nr_domains && !h->found; i++) {
        struct following f = { h, l, i };
        struct xenpt_map_options opt = { .kinds = 1u << XENPT_MAP_PAGES, .unfold = true };
        const struct xenpt_context *c;
        char name[XENPT_NAME_MAX];
        enum xenpt_code code;

        snprintf(name, sizeof(name), "%s.p2m", m->domains[i].name);
        c = xenpt_view_context(h->w->view, name);
        if (!c)
            continue;
        opt.last = ones(c->paging.format.level[c->paging.format.top].shift +
                        c->paging.format.level[c->paging.format.top].bits);
        opt.limit = UINT64_C(64) << 20;
        code = xenpt_map(h->w->view, c, &opt, range_is_named, &f, NULL, &h->w->problem);
        if (code && code != XENPT_ESTOPPED)
            return false;
    }
    return true;
}

/* --- What was written into it -------------------------------------------------------------- */

struct written {
    struct holding *h;
    const struct lists *l;
};

static bool page_is_worked_out(void *ctx, xenpt_mfn_t mfn, const void *page)
{
    struct written *w = ctx;
    uint64_t at = xenpt_mfn_to_maddr(mfn);
    size_t i = lists_piece(w->l, at);
    const struct piece *p = i < w->l->nr_pieces ? &w->l->pieces[i] : NULL;

    if (!p || p->maddr > at || p->nr)
        return true;
    for (uint64_t k = 0; k < XENPT_PAGE_SIZE / p->entry_size; k++) {
        uint64_t frame = p->frame + (at - p->maddr) / p->entry_size + k, entry = 0;
        struct named is = named_at(w->l, frame);
        uint64_t wanted = (is.any ? is.gfn : UINT64_MAX) & ones(8 * p->entry_size);

        memcpy(&entry, (const uint8_t *)page + k * p->entry_size, p->entry_size);
        if (entry != wanted)
            return nowhere(w->h, world_text(w->h->w,
                                            "0x%" PRIx64 " was written into it for mfn 0x%" PRIx64
                                            ", and it is 0x%" PRIx64,
                                            entry, frame, wanted));
    }
    return true;
}

bool invariant_m2p(struct holding *h)
{
    const struct lists *l = h->w->machine->contents.lists;
    struct written w = { h, l };
    enum xenpt_code code;

    if (!of_guests_alone(h, l))
        return !h->lost;
    if (!as_p2m_has_it(h, l))
        return false;
    if (h->found)
        return !h->lost;
    code = xenpt_store_each(h->w->machine->store, page_is_worked_out, &w, &h->w->problem);
    return !h->lost && (!code || code == XENPT_ESTOPPED);
}
