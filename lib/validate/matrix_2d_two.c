/* matrix_2d_two.c - cases on two trees with more than one thing the matter: two pages, and
 * anything. */
#include "base/bits.h"
#include "validate/matrix_2d.h"

/* Addresses for an access to two pages.  A larger page of the second stage's cannot begin
 * in the midst of smaller ones: it would never be planted. */
static enum prune place_two(struct maker *k, unsigned int boundary)
{
    const struct plan *p = &k->plan;
    enum prune why = maker_place(k, boundary, maker_pick(k, 2) ? 1 : 1 + maker_pick(k, 7));
    unsigned int shift = shape_shift(k->s2, p->next_page.leaf);

    if (!why && p->next_page.leaf > p->pages.leaf && p->data >> shift == p->next_data >> shift)
        return PRUNE_BOUNDARY;
    return why;
}

/* A bit that an entry of the second stage that maps a page must not have; 0: there is none. */
static uint64_t reserved(const struct maker *k, unsigned int leaf)
{
    if (k->stage == STAGE_EPT)
        return 0x38;
    if (k->s2->entry_size == 4)
        return leaf == 2 ? XENPT_BIT(21) : 0;
    return maker_reserved(k, leaf);
}

/* What is the matter with a page, in either stage. */
static void spoil(struct maker *k, struct path *first, struct path *second, unsigned int how)
{
    if (how >= 1 && how <= 3)
        path_withhold(k->s2, second, second->leaf, 1u << (how - 1));
    else if (how == 4)
        guest_absent(k, second, second->leaf);
    else if (how == 5 && k->s->top)
        first->flags[first->leaf] &= ~UINT64_C(1);
    else if (how == 6 && k->s->top)
        path_withhold(k->s, first, first->leaf, 1);
    else if (how == 7)
        second->flags[second->leaf] |= reserved(k, second->leaf);
}

enum prune nested_crossing(struct maker *k, const uint64_t *pick)
{
    unsigned int boundary = 1 + (k->s->top ? maker_pick(k, k->s->top) : 0);

    guest_start(k, pick[0], pick[2]);
    k->plan.next = path_full(k->s, (unsigned int)pick[1] + 1);
    k->need_pse = k->need_pse || pick[1] > 0;
    k->plan.next_page = path_full(k->s2, (unsigned int)pick[3] + 1);
    spoil(k, &k->plan.page, &k->plan.pages, (unsigned int)pick[4]);
    spoil(k, &k->plan.next, &k->plan.next_page, (unsigned int)pick[5]);
    return place_two(k, boundary);
}

/* --- Anything ------------------------------------------------------------------------------ */

static void scatter(struct maker *k, const struct shape *s, struct path *p, unsigned int rarely)
{
    for (unsigned int l = p->leaf; l <= s->top; l++) {
        unsigned int bit = maker_pick(k, 8u * s->entry_size);

        if (shape_is_pdpte(s, l))
            continue;
        if (!maker_pick(k, rarely))
            path_withhold(s, p, l, 1u << maker_pick(k, 3));
        if (!maker_pick(k, 2))
            p->flags[l] |= s->accessed;
        if (!maker_pick(k, 2))
            p->flags[l] |= s->dirty;
        if (s == k->s && k->plan.mode >= MODE_4LEVEL && !maker_pick(k, 2))
            p->flags[l] |= maker_random(k) & XENPT_BITS(62, 59);
        if (!maker_pick(k, 4 * rarely) && !maker_leads_elsewhere(k, s, l, l == p->leaf, bit) &&
            !(l == p->leaf && l > 1 && bit == 7))
            p->flip[l] ^= XENPT_BIT(bit);
        if (s == k->s2 && s->full_leaf && l == p->leaf && !maker_pick(k, 4))
            p->flags[l] = (p->flags[l] & ~UINT64_C(0x78)) | (uint64_t)maker_pick(k, 16) << 3;
    }
}

enum prune nested_anything(struct maker *k, const uint64_t *pick)
{
    unsigned int boundary = maker_pick(k, 4) ? 0 : 1 + maker_pick(k, k->s->top ? k->s->top : 1);
    unsigned int biggest = k->s->biggest ? k->s->biggest : 1, place;
    enum prune why = PRUNE_NONE;
    struct path *p;

    (void)pick;
    guest_start(k, maker_pick(k, biggest), maker_pick(k, k->s2->biggest));
    k->plan.tables = k->plan.odd = path_full(k->s2, 1 + maker_pick(k, k->s2->biggest));
    k->plan.next_page = path_full(k->s2, 1 + maker_pick(k, k->s2->biggest));
    if (maker_pick(k, 2))
        scatter(k, k->s, &k->plan.page, 4);
    place = maker_pick(k, 2) ? 0 : maker_pick(k, k->s->top + 1u);
    if (place) {
        why = guest_about(k, place, maker_pick(k, 4) ? k->plan.odd.leaf : k->s2->top, false, &p);
        scatter(k, k->s2, p, 4);
    }
    scatter(k, k->s2, &k->plan.pages, 6);
    if (why || !boundary)
        return why ? why : maker_place(k, 0, 0);
    k->plan.next = path_full(k->s, 1 + maker_pick(k, biggest));
    k->need_pse = k->need_pse || k->plan.next.leaf > 1;
    scatter(k, k->s, &k->plan.next, 6);
    scatter(k, k->s2, &k->plan.next_page, 6);
    return place_two(k, boundary);
}
