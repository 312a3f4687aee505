/*
 * memory.c - which frames of the machine are a domain's, and what it calls them.
 *
 * A description says how much, and the allocator where; or it says where, range by range.  Frames
 * that are said are taken before any domain is built, and after Xen has what is its own.
 */
#include <stdlib.h>

#include "xen/guest.h"
#include "xen/owner.h"

/* The largest pieces that the allocator has are 1 GiB. */
#define ORDER_MAX 18

/* Guest-physical addresses have 48 bits. */
#define GFN_END (UINT64_C(1) << (48 - XENPT_PAGE_SHIFT))
#define MFN_END (UINT64_C(1) << (XENPT_MADDR_BITS - XENPT_PAGE_SHIFT))

/* The map of its memory that an HVM or PVH guest is given is a page, with room for these. */
#define APART_MAX 64

typedef unsigned long long llu;

uint64_t memory_size(const struct xenpt_domain_desc *desc)
{
    uint64_t nr = 0;

    if (!desc->nr_ranges)
        return desc->memory;
    for (size_t i = 0; i < desc->nr_ranges; i++)
        nr += desc->ranges[i].nr;
    return nr << XENPT_PAGE_SHIFT;
}

/* --- Whether ranges can be ----------------------------------------------------------------- */

static bool meet(uint64_t a, uint64_t nr_a, uint64_t b, uint64_t nr_b)
{
    return a < b + nr_b && b < a + nr_a;
}

enum xenpt_code memory_check(const struct xenpt_domain_desc *desc, size_t range,
                             struct xenpt_error *err)
{
    const struct xenpt_domain_range *r = &desc->ranges[range], *before = range ? r - 1 : NULL;
    uint64_t end = before ? before->gfn + before->nr : 0, apart = 1;

    if (!r->nr || r->nr > GFN_END || r->gfn > GFN_END - r->nr)
        return xenpt_fail(err, XENPT_ERANGE,
                          "0x%llx frames from gfn 0x%llx on: a guest's frames are 1 or more, and "
                          "below gfn 0x%llx",
                          (llu)r->nr, (llu)r->gfn, (llu)GFN_END);
    if (r->placed && r->mfn > MFN_END - r->nr)
        return xenpt_fail(err, XENPT_ERANGE, "mfns 0x%llx to 0x%llx have more than %u bits",
                          (llu)r->mfn, (llu)(r->mfn + r->nr - 1),
                          XENPT_MADDR_BITS - XENPT_PAGE_SHIFT);
    if (r->gfn < end)
        return xenpt_fail(err, XENPT_ERANGE,
                          "gfns 0x%llx to 0x%llx do not follow the range before them, which ends "
                          "with gfn 0x%llx",
                          (llu)r->gfn, (llu)(r->gfn + r->nr - 1), (llu)(end - 1));
    if (desc->type <= XENPT_DOMAIN_PV32 && r->gfn != end)
        return xenpt_fail(err, XENPT_ERANGE,
                          "a PV domain counts its frames from 0 on without a hole, and its gfn "
                          "0x%llx has no memory",
                          (llu)end);
    for (size_t k = 1; k <= range; k++)
        apart += desc->ranges[k].gfn != desc->ranges[k - 1].gfn + desc->ranges[k - 1].nr;
    if (apart > APART_MAX)
        return xenpt_fail(err, XENPT_ERANGE, "its memory has more than %d pieces", APART_MAX);
    return XENPT_OK;
}

/* The first frame of both, if there is one. */
static bool both(const struct xenpt_domain_range *a, const struct xenpt_domain_range *b,
                 uint64_t *ret)
{
    if (!a->placed || !b->placed || !meet(a->mfn, a->nr, b->mfn, b->nr))
        return false;
    *ret = a->mfn > b->mfn ? a->mfn : b->mfn;
    return true;
}

bool memory_clash(const struct xenpt_domain_desc *list, size_t i, size_t range, uint64_t *mfn,
                  size_t *with, size_t *with_range)
{
    const struct xenpt_domain_range *r = &list[i].ranges[range];

    for (size_t d = 0; d <= i; d++)
        for (size_t k = 0; k < (d == i ? range : list[d].nr_ranges); k++)
            if (both(r, &list[d].ranges[k], mfn)) {
                *with = d;
                *with_range = k;
                return true;
            }
    return false;
}

/* What its domain calls a frame of a range. */
static uint64_t gfn_at(const struct xenpt_domain_range *r, uint64_t mfn)
{
    return r->gfn + (mfn - r->mfn);
}

static const char *name_of(const struct xenpt_domain_desc *desc)
{
    return desc->name ? desc->name : "another domain";
}

/* Why a frame cannot be a domain's. */
static enum xenpt_code is_taken(const struct xenpt_machine *m, const struct xenpt_domain_range *r,
                                uint64_t mfn, struct xenpt_error *err)
{
    uint64_t gfn = gfn_at(r, mfn), at = mfn << XENPT_PAGE_SHIFT;
    uint32_t domain;

    switch (frame_owner(m, mfn, &domain)) {
    case OWNER_NOBODY:
        return xenpt_fail(err, XENPT_ERANGE, "its gfn 0x%llx is to be mfn 0x%llx, which is no RAM",
                          (llu)gfn, (llu)mfn);
    case OWNER_DOMAIN:
        return xenpt_fail(err, XENPT_ERANGE, "its gfn 0x%llx is to be mfn 0x%llx, which is %s's",
                          (llu)gfn, (llu)mfn, m->domains[domain].name);
    default:
        return xenpt_fail(err, XENPT_ERANGE,
                          "its gfn 0x%llx is to be mfn 0x%llx, which is Xen's own: %s", (llu)gfn,
                          (llu)mfn,
                          at < UINT64_C(1) << 20 ? "the first MiB is"
                          : at >= m->image.phys && at < m->image.phys + m->image.d.data_end
                              ? "its image is there"
                              : "it took it for tables or data when it booted");
    }
}

/* In aligned pieces, as the allocator counts. */
static enum xenpt_code claim(struct xenpt_machine *m, const struct xenpt_domain_range *r,
                             struct xenpt_error *err)
{
    uint64_t at = r->mfn, end = r->mfn + r->nr, last;

    while (at < end) {
        unsigned int order = at ? (unsigned int)__builtin_ctzll(at) : ORDER_MAX;
        enum xenpt_code code;

        while (order > ORDER_MAX || UINT64_C(1) << order > end - at)
            order--;
        last = at + (UINT64_C(1) << order) - 1;
        code = xenpt_alloc_claim(m->alloc, xenpt_mfn(at), order, NULL);
        if (code == XENPT_ENOMEM)
            return xenpt_fail(err, code, "no memory for the frames of a domain");
        for (uint64_t i = at; code && i <= last; i++) {
            if (xenpt_alloc_claim(m->alloc, xenpt_mfn(i), 0, NULL))
                return is_taken(m, r, i, err);
            if (xenpt_alloc_give(m->alloc, xenpt_mfn(i), 0, NULL))
                return is_taken(m, r, i, err);
        }
        if (code)
            return xenpt_fail(err, code, "its mfns 0x%llx to 0x%llx cannot be taken", (llu)at,
                              (llu)last);
        at = last + 1;
    }
    return XENPT_OK;
}

enum xenpt_code memory_claim(struct xenpt_machine *m, const struct xenpt_domain_desc *list,
                             size_t i, struct xenpt_error *err)
{
    const struct xenpt_domain_desc *desc = &list[i];
    enum xenpt_code code = XENPT_OK;
    size_t with, other;
    uint64_t mfn;

    for (size_t n = 0; !code && n < desc->nr_ranges; n++) {
        const struct xenpt_domain_range *r = &desc->ranges[n];

        code = memory_check(desc, n, err);
        if (code || !r->placed)
            continue;
        if (memory_clash(list, i, n, &mfn, &with, &other))
            code = xenpt_fail(err, XENPT_ERANGE,
                              "mfn 0x%llx is to be its gfn 0x%llx, and gfn 0x%llx of %s", (llu)mfn,
                              (llu)gfn_at(r, mfn), (llu)gfn_at(&list[with].ranges[other], mfn),
                              with == i ? "itself" : name_of(&list[with]));
        else
            code = claim(m, r, err);
    }
    return xenpt_prefix(err, code, "%s", name_of(desc));
}

/* --- Taking it ----------------------------------------------------------------------------- */

static enum xenpt_code add_extent(struct xenpt_machine *m, struct domain *d, uint64_t first,
                                  uint64_t nr, uint64_t gfn, struct xenpt_error *err)
{
    uint64_t before = 0;

    /* A PV guest counts its frames in this order; of others the p2m says. */
    if (is_pv(d) && contents_own(&m->contents, (struct owned){ first, nr, gfn }, err))
        return XENPT_ENOMEM;
    for (size_t i = 0; i < d->nr_memory; i++)
        before += d->memory[i].nr;
    return memory_gain(d, first, nr, before, err);
}

/*
 * A 32-bit guest has frames that its M2P has entries for; pv/domain.c, switch_compat and
 * domain_clamp_alloc_bitsize.
 */
uint64_t memory_below(const struct xenpt_machine *m, const struct domain *d)
{
    const struct xenpt_area *window = xenpt_layout_area(m->layout, "compat-m2p-window");
    uint64_t entries = window ? xenpt_area_size(window) / 4 : 0, below = 1;

    if (d->desc->type != XENPT_DOMAIN_PV32 || !entries)
        return 0;
    while (2 * below <= entries)
        below *= 2;
    return below;
}

/* libxl, LIBXL_MAXMEM_CONSTANT; dom0_build.c, without dom0_mem=max. */
uint64_t memory_max(const struct domain *d)
{
    if (d->desc->max_memory)
        return d->desc->max_memory >> XENPT_PAGE_SHIFT;
    return d->desc->built_by_xen ? UINT64_MAX : (memory_size(d->desc) >> XENPT_PAGE_SHIFT) + 256;
}

/* So many frames, from wherever there are some. */
static enum xenpt_code take(struct xenpt_machine *m, struct domain *d, uint64_t gfn, uint64_t nr,
                            struct xenpt_error *err)
{
    unsigned int order = ORDER_MAX;
    enum xenpt_code code;

    for (uint64_t left = nr; left;) {
        struct xenpt_alloc_want want;
        xenpt_mfn_t mfn;

        while (UINT64_C(1) << order > left)
            order--;
        want = (struct xenpt_alloc_want){ .order = order, .below = memory_below(m, d) };
        code = xenpt_alloc_take(m->alloc, want, &mfn, NULL);
        if (code == XENPT_ENOMEM)
            return xenpt_fail(err, code, "no memory for the frames of a domain");
        if (code) {
            if (!order--)
                return xenpt_fail(err, XENPT_ERANGE,
                                  "the host has no memory left for %llu of the domain's %llu pages",
                                  (llu)left, (llu)d->nr_frames);
            continue;
        }
        if (add_extent(m, d, mfn.v, UINT64_C(1) << order, gfn + (nr - left), err))
            return XENPT_ENOMEM;
        left -= UINT64_C(1) << order;
    }
    return XENPT_OK;
}

enum xenpt_code memory_take(struct xenpt_machine *m, struct domain *d, struct xenpt_error *err)
{
    enum xenpt_code code = XENPT_OK;

    if (!d->desc->nr_ranges)
        return take(m, d, 0, d->nr_frames, err);
    for (size_t i = 0; !code && i < d->desc->nr_ranges; i++) {
        const struct xenpt_domain_range *r = &d->desc->ranges[i];

        code = r->placed ? add_extent(m, d, r->mfn, r->nr, r->gfn, err)
                         : take(m, d, r->gfn, r->nr, err);
    }
    return code;
}

/* --- Giving it back ------------------------------------------------------------------------ */

enum xenpt_code memory_give_back(struct xenpt_machine *m, const struct extent *e,
                                 struct xenpt_error *err)
{
    uint64_t at = e->first, end = e->first + e->nr;
    enum xenpt_code code = XENPT_OK;

    for (uint64_t i = at; i < end; i++)
        xenpt_store_drop(m->store, xenpt_mfn(i));
    while (!code && at < end) {
        unsigned int order = at ? (unsigned int)__builtin_ctzll(at) : ORDER_MAX;

        while (order > ORDER_MAX || UINT64_C(1) << order > end - at)
            order--;
        code = xenpt_alloc_give(m->alloc, xenpt_mfn(at), order, err);
        at += UINT64_C(1) << order;
    }
    return code;
}
