/* matrix_1d_two.c - cases on one tree with more than one thing the matter: two pages, anything. */
#include "base/bits.h"
#include "validate/matrix_1d.h"

/* How many bytes are in the first page: often one, for a fetch has but two. */
static unsigned int split(struct maker *k)
{
    return maker_pick(k, 2) ? 1 : 1 + maker_pick(k, 7);
}

/* What is the matter with a page that an access crosses from or into. */
static void spoil(struct maker *k, struct path *p, unsigned int how)
{
    switch (how) {
    case 0:
        break;
    case 4:
        p->flags[p->leaf] &= ~UINT64_C(1);
        break;
    case 5:
        if (k->s->entry_size == 8)
            p->flags[p->leaf] |= maker_reserved(k, p->leaf);
        else
            p->flags[p->leaf] |= p->leaf == 2 ? XENPT_BIT(21) : 0;
        break;
    case 6:
        p->flags[p->leaf] |= k->s->accessed | k->s->dirty;
        break;
    default:
        path_withhold(k->s, p, p->leaf, 1u << (how - 1));
        break;
    }
}

enum prune native_crossing(struct maker *k, const uint64_t *pick)
{
    unsigned int boundary = (unsigned int)pick[2] + 1;

    native_start(k, pick[0]);
    k->plan.next = path_full(k->s, (unsigned int)pick[1] + 1);
    k->need_pse = k->need_pse || pick[1] > 0;
    if (k->plan.page.leaf > boundary && (pick[1] || pick[4]))
        return PRUNE_BOUNDARY; /* One page, and nothing else to say of the next. */
    spoil(k, &k->plan.page, (unsigned int)pick[3]);
    spoil(k, &k->plan.next, (unsigned int)pick[4]);
    return maker_place(k, boundary, split(k));
}

/* Anything: rights, flags, keys, reserved bits, at every level, and crossing. */
static void scatter(struct maker *k, struct path *p)
{
    for (unsigned int l = p->leaf; l <= k->s->top; l++) {
        unsigned int bit = maker_pick(k, 8u * k->s->entry_size);

        if (shape_is_pdpte(k->s, l))
            continue;
        if (!maker_pick(k, 3))
            path_withhold(k->s, p, l, maker_pick(k, 8));
        if (!maker_pick(k, 2))
            p->flags[l] |= k->s->accessed;
        if (!maker_pick(k, 2))
            p->flags[l] |= k->s->dirty;
        if (k->s->entry_size == 8 && k->plan.mode != MODE_PAE && !maker_pick(k, 2))
            p->flags[l] |= maker_random(k) & XENPT_BITS(62, 52);
        if (!maker_pick(k, 2))
            p->flags[l] |= maker_random(k) & XENPT_BITS(11, 9);
        if (!maker_pick(k, 16))
            p->flags[l] &= ~UINT64_C(1);
        if (!maker_pick(k, 12) && !maker_leads_elsewhere(k, k->s, l, l == p->leaf, bit) &&
            !(l == p->leaf && l > 1 && bit == 7))
            p->flip[l] ^= XENPT_BIT(bit);
    }
}

enum prune native_anything(struct maker *k, const uint64_t *pick)
{
    unsigned int boundary = maker_pick(k, 4) ? 0 : 1 + maker_pick(k, k->s->top);

    (void)pick;
    native_start(k, maker_pick(k, k->s->biggest));
    scatter(k, &k->plan.page);
    if (!boundary)
        return maker_place(k, 0, 0);
    k->plan.next = path_full(k->s, 1 + maker_pick(k, k->s->biggest));
    k->need_pse = k->need_pse || k->plan.next.leaf > 1;
    scatter(k, &k->plan.next);
    return maker_place(k, boundary, split(k));
}
