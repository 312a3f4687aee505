/*
 * matrix_1d.c - cases on one tree with one thing the matter: 2-level, PAE, 4-level and 5-level
 * paging.
 */
#include "validate/matrix_1d.h"

#include "base/bits.h"

/* Sets out with full rights and a page of the size picked. */
void native_start(struct maker *k, uint64_t leaf)
{
    k->plan.page = path_full(k->s, (unsigned int)leaf + 1);
    k->need_pse = leaf > 0;
    for (unsigned int i = 1; i < 4; i++)
        k->plan.pdpte[i] = 0;
}

/* Rights of three levels and more, packed three bits each. */
enum prune native_rights(struct maker *k, const uint64_t *pick)
{
    native_start(k, pick[0]);
    for (unsigned int l = 1; l <= k->s->top; l++) {
        unsigned int withheld = pick[1] >> 3 * (l - 1) & 7;

        if (withheld && l < k->plan.page.leaf)
            return PRUNE_BELOW_LEAF;
        if (withheld && shape_is_pdpte(k->s, l))
            return PRUNE_PDPTE_RIGHTS;
        if (withheld & 4 && k->s->entry_size == 4)
            return PRUNE_NO_SUCH_BIT;
        path_withhold(k->s, &k->plan.page, l, withheld);
        k->need_nxe = k->need_nxe || withheld & 4;
    }
    k->need_nxe = k->need_nxe && maker_pick(k, 8);
    return maker_place(k, 0, 0);
}

/* An entry that is not present, and all kinds of things in its other bits. */
enum prune native_presence(struct maker *k, const uint64_t *pick)
{
    unsigned int level = (unsigned int)pick[1] + 1;
    uint64_t fill[] = { 0, ~UINT64_C(1), 0x7e, 0, 0, 0, k->s->inverted, XENPT_BITS(51, 12) };

    native_start(k, pick[0]);
    if (level < k->plan.page.leaf)
        return PRUNE_BELOW_LEAF;
    for (unsigned int i = 3; i < 6; i++)
        fill[i] = maker_random(k) & ~UINT64_C(1);
    k->plan.page.flags[level] = 0;
    k->plan.page.flip[level] = fill[pick[2]];
    for (unsigned int l = level + 1; l <= k->s->top; l++)
        if (!shape_is_pdpte(k->s, l))
            path_withhold(k->s, &k->plan.page, l, (unsigned int)pick[3]);
    return maker_place(k, 0, 0);
}

/* Each bit of each entry, alone: reserved ones, ignored ones, and whatever they are. */
enum prune native_bits(struct maker *k, const uint64_t *pick)
{
    unsigned int level = (unsigned int)pick[1] + 1, bit = (unsigned int)pick[2];

    native_start(k, pick[0]);
    if (level < k->plan.page.leaf)
        return PRUNE_BELOW_LEAF;
    if (bit >= 8u * k->s->entry_size)
        return PRUNE_NO_SUCH_BIT;
    if (maker_leads_elsewhere(k, k->s, level, level == k->plan.page.leaf, bit))
        return PRUNE_ADDRESS_BIT;
    if (level > k->plan.page.leaf && !maker_pick(k, 3))
        k->plan.page.flags[k->plan.page.leaf] &= ~UINT64_C(1);
    if (!maker_pick(k, 2))
        path_withhold(k->s, &k->plan.page, k->plan.page.leaf, maker_pick(k, 8));
    k->plan.page.flip[level] = XENPT_BIT(bit);
    k->need_pse = k->need_pse && maker_pick(k, 4) > 0;
    return maker_place(k, 0, 0);
}

/* A and D as they were before. */
enum prune native_flags(struct maker *k, const uint64_t *pick)
{
    struct path *p = &k->plan.page;

    native_start(k, pick[0]);
    for (unsigned int l = 1; l <= k->s->top; l++) {
        bool on = pick[1] >> (l - 1) & 1;

        if (on && l < p->leaf)
            return PRUNE_BELOW_LEAF;
        if (shape_is_pdpte(k->s, l)) {
            if (on)
                return PRUNE_PDPTE_RIGHTS;
            continue;
        }
        p->flags[l] |= on ? k->s->accessed : 0;
        if (l > p->leaf && pick[3])
            p->flags[l] |= k->s->dirty; /* Ignored where no page is mapped. */
    }
    p->flags[p->leaf] |= pick[2] ? k->s->dirty : 0;
    path_withhold(k->s, p, p->leaf, (unsigned int)pick[4]);
    return maker_place(k, 0, 0);
}

enum prune native_keys(struct maker *k, const uint64_t *pick)
{
    struct path *p = &k->plan.page;

    native_start(k, pick[0]);
    path_withhold(k->s, p, p->leaf, (unsigned int)pick[2]);
    p->flags[p->leaf] |= pick[1] << 59;
    for (unsigned int l = p->leaf + 1u; pick[3] && l <= k->s->top; l++)
        p->flags[l] |= (uint64_t)maker_pick(k, 16) << 59;
    return maker_place(k, 0, 0);
}

/* The edges of what is canonical, on both sides. */
enum prune native_edges(struct maker *k, const uint64_t *pick)
{
    uint64_t half = XENPT_BIT(k->s->input_bits - 1);
    const uint64_t at[] = { 0,
                            8,
                            half - 8,
                            half - 4,
                            half,
                            half + 8,
                            2 * half,
                            -half - 16,
                            -half - 4,
                            -half,
                            -half + 8,
                            half - 1,
                            -half - 1,
                            half - 2,
                            half << 1 | half >> 1,
                            UINT64_C(1) << 63 };

    native_start(k, 0);
    (void)maker_place(k, 0, 0);
    k->plan.va = at[pick[0]];
    k->plan.data = (k->plan.data & ~UINT64_C(0xfff)) | (k->plan.va & 0xfff);
    k->plan.beyond = (k->plan.va & 0xfff) > 0x1000 - 8;
    k->plan.size = k->plan.beyond ? 8 : 1;
    k->plan.next = k->plan.page;
    k->plan.next_data = (k->plan.data ^ 0x1000) & ~UINT64_C(0xfff);
    k->edge = pick[0] + 1;
    k->no_fetch = true;
    if (pick[1])
        path_withhold(k->s, &k->plan.page, 1, (unsigned int)pick[1]);
    return PRUNE_NONE;
}

/* Bits of CR3, one at a time. */
enum prune native_roots(struct maker *k, const uint64_t *pick)
{
    unsigned int bit = (unsigned int)pick[0];

    native_start(k, 0);
    if (bit >= 12 && bit < k->cpu->maxphyaddr)
        return PRUNE_ADDRESS_BIT;
    if (k->plan.mode <= MODE_PAE && bit >= 32)
        return PRUNE_NO_SUCH_BIT;
    /* A PDPT lies where they say. */
    if (k->plan.mode == MODE_PAE && bit >= 5 && bit < 12)
        k->plan.root_offset = XENPT_BIT(bit);
    else
        k->plan.root_low = XENPT_BIT(bit);
    return maker_place(k, 0, 0);
}

/* A register that cannot be loaded; all else is as it should be. */
enum prune native_pcide(struct maker *k, const uint64_t *pick)
{
    native_start(k, pick[0]);
    k->pcide = true;
    return k->cpu->pcid ? maker_place(k, 0, 0) : PRUNE_NO_PCID;
}

/* Each bit of each of the four PDPTEs, used or not: a load of CR3 weighs them all. */
enum prune native_pdptes(struct maker *k, const uint64_t *pick)
{
    unsigned int bit = (unsigned int)pick[1];
    bool used = pick[0] == 0;
    uint64_t *entry;
    enum prune why;

    native_start(k, 0);
    if (bit >= 12 && bit < k->cpu->maxphyaddr && used)
        return PRUNE_ADDRESS_BIT;
    why = maker_place(k, 0, 0);
    entry = used ? &k->plan.page.flip[3] : &k->plan.pdpte[(k->plan.va >> 30) % 3 + 1];
    *entry = (used ? 0 : pick[2]) ^ XENPT_BIT(bit);
    if (used && !pick[2])
        *entry ^= 1;
    return why;
}

/* The PDPTE that is used, changed in memory since CR3 was loaded: registers have it as it was. */
enum prune native_registers(struct maker *k, const uint64_t *pick)
{
    unsigned int bit = (unsigned int)pick[1];

    native_start(k, pick[2]);
    if (bit >= 12 && bit < k->cpu->maxphyaddr)
        return PRUNE_ADDRESS_BIT;
    k->plan.page.flip[3] = pick[0];
    k->plan.late = true;
    k->plan.late_pdpte = XENPT_BIT(bit);
    return maker_place(k, 0, 0);
}
