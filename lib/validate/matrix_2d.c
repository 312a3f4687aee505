/*
 * matrix_2d.c - groups of cases on two trees: guests under EPT and under nested paging.
 *
 * A case is about the way to the page, or about the way to one of the guest's tables; that is
 * the dimension "place": 0 is the page, n the table of level n.
 */
#include "validate/matrix_2d.h"
#include "base/bits.h"

#define GIB     UINT64_C(0x40000000)
#define NEXT_L4 (UINT64_C(1) << 39)

void guest_start(struct maker *k, uint64_t leaf, uint64_t leaf2)
{
    struct plan *p = &k->plan;
    unsigned int gib = maker_pick(k, 3), way = maker_pick(k, 2);

    p->page = path_full(k->s, (unsigned int)leaf + 1);
    p->next = p->page;
    if (maker_pick(k, 2))
        for (unsigned int l = 1; l <= k->s->top; l++)
            if (p->mode != MODE_PAE || l < 3)
                p->page.flags[l] |= k->s->accessed | (maker_pick(k, 2) ? k->s->dirty : 0);
    k->need_pse = leaf > 0;
    p->tables = p->pages = p->next_page = path_full(k->s2, (unsigned int)leaf2 + 1);
    p->odd = p->tables;
    p->odd_table = 0;
    /* Each in a GiB of its own, so that they share nothing below L4. */
    p->tables_base = gib * GIB;
    p->data_base = (gib + 1 + way) % 3 * GIB;
    p->root_base = (gib + 2 - way) % 3 * GIB;
}

enum prune guest_about(struct maker *k, uint64_t place, unsigned int level, bool harmless,
                       struct path **ret)
{
    struct plan *p = &k->plan;

    *ret = &p->pages;
    if (place) {
        p->odd_table = (unsigned int)place;
        *ret = &p->odd;
        if (p->mode == MODE_PAE && place == 3 && k->stage == STAGE_EPT)
            return PRUNE_EPT_PDPTE;
        if (place == k->s->top && !harmless)
            return PRUNE_STUB;
    }
    if (level < (*ret)->leaf)
        return PRUNE_BELOW_LEAF;
    if (level < 4)
        return PRUNE_NONE;
    if (p->mode < (place ? MODE_4LEVEL : MODE_PAE) || k->cpu->maxphyaddr < 40 || place == k->s->top)
        return PRUNE_32_BIT_GUEST;
    *(place ? &p->tables_base : &p->data_base) |= NEXT_L4;
    return PRUNE_NONE;
}

void guest_absent(const struct maker *k, struct path *p, unsigned int level)
{
    p->flags[level] &= ~(k->stage == STAGE_EPT ? UINT64_C(7) : UINT64_C(1));
}

enum prune nested_rights(struct maker *k, const uint64_t *pick)
{
    unsigned int top = 1, unreadable = 0;
    struct path *p;
    enum prune why;

    guest_start(k, pick[0], pick[1]);
    for (unsigned int l = 1; l <= k->s2->top; l++) {
        unsigned int withheld = pick[3] >> 3 * (l - 1) & 7;

        if (withheld && shape_is_pdpte(k->s2, l))
            return PRUNE_PDPTE_RIGHTS;
        if (withheld & 4 && k->s2->entry_size == 4)
            return PRUNE_NO_SUCH_BIT;
        top = withheld ? l : top;
        unreadable += k->stage == STAGE_EPT && (withheld & 3) == 1; /* W without R. */
    }
    if (unreadable > 1)
        return PRUNE_TWICE;
    why = guest_about(k, pick[2], (unsigned int)max_u64(top, pick[1] + 1), !pick[3], &p);
    for (unsigned int l = 1; l <= k->s2->top && !why; l++) {
        unsigned int withheld = pick[3] >> 3 * (l - 1) & 7;

        if (withheld && l < p->leaf)
            return PRUNE_BELOW_LEAF;
        path_withhold(k->s2, p, l, withheld);
    }
    return why ? why : maker_place(k, 0, 0);
}

enum prune nested_presence(struct maker *k, const uint64_t *pick)
{
    unsigned int level = (unsigned int)pick[2] + 1;
    uint64_t keep = k->stage == STAGE_EPT ? ~UINT64_C(7) : ~UINT64_C(1);
    const uint64_t fill[] = { 0, ~UINT64_C(0), 0x80, maker_random(k), maker_random(k), 0xff8 };
    struct path *p;
    enum prune why;

    guest_start(k, maker_pick(k, k->s->biggest ? k->s->biggest : 1u), pick[0]);
    why = guest_about(k, pick[1], level, false, &p);
    p->flags[level] = 0;
    p->flip[level] = fill[pick[3]] & keep;
    return why ? why : maker_place(k, 0, 0);
}

enum prune nested_bits(struct maker *k, const uint64_t *pick)
{
    unsigned int level = (unsigned int)pick[1] + 1, bit = (unsigned int)pick[2];
    struct path *p;
    enum prune why;

    guest_start(k, maker_pick(k, k->s->biggest ? k->s->biggest : 1u), pick[0]);
    why = guest_about(k, maker_pick(k, 2) ? 0 : maker_pick(k, k->s->top + 1u), level, false, &p);
    if (why)
        return why;
    if (bit >= 8u * k->s2->entry_size)
        return PRUNE_NO_SUCH_BIT;
    if (maker_leads_elsewhere(k, k->s2, level, level == p->leaf, bit))
        return PRUNE_ADDRESS_BIT;
    if (!maker_pick(k, 3) && level > p->leaf)
        guest_absent(k, p, p->leaf);
    else if (!maker_pick(k, 3) && !shape_is_pdpte(k->s2, level))
        path_withhold(k->s2, p, level, 1u << maker_pick(k, 3));
    p->flip[level] = XENPT_BIT(bit);
    return maker_place(k, 0, 0);
}

/*
 * Bits of a guest's address above 4 GiB, in each of its entries: the second stage has nothing
 * there, or takes no such address at all, and says which one it was.
 */
enum prune nested_addresses(struct maker *k, const uint64_t *pick)
{
    unsigned int level = (unsigned int)pick[1] + 1, bit = 32 + (unsigned int)pick[2];

    guest_start(k, pick[0], pick[3]);
    if (level < k->plan.page.leaf)
        return PRUNE_BELOW_LEAF;
    if (k->s->entry_size == 4) {
        if (level == 1 || level != k->plan.page.leaf)
            return PRUNE_NO_SUCH_BIT;
        bit -= 32 - 13; /* PSE-36; bit 21 and what the processor has no address for is reserved. */
        if (bit > 21)
            return PRUNE_NO_SUCH_BIT;
    }
    k->plan.page.flip[level] = XENPT_BIT(bit);
    return maker_place(k, 0, 0);
}

/* A PAE guest's PDPTEs: EPT has them checked at VM entry, nested paging at each walk. */
enum prune nested_pdptes(struct maker *k, const uint64_t *pick)
{
    unsigned int bit = (unsigned int)pick[1];
    enum prune why;

    guest_start(k, maker_pick(k, 2), maker_pick(k, k->s2->biggest));
    if (k->plan.mode != MODE_PAE)
        return PRUNE_NO_PDPTE;
    if (bit >= 12 && bit < k->cpu->maxphyaddr)
        return PRUNE_ADDRESS_BIT;
    why = maker_place(k, 0, 0);
    if (pick[0])
        k->plan.pdpte[(k->plan.va >> 30) % 3 + 1] = 1 ^ XENPT_BIT(bit);
    else
        k->plan.page.flip[3] = XENPT_BIT(bit);
    return why;
}

/* The same, changed in memory since the guest was entered: EPT has registers, nested paging not. */
enum prune nested_registers(struct maker *k, const uint64_t *pick)
{
    unsigned int bit = (unsigned int)pick[1];

    guest_start(k, pick[2], maker_pick(k, k->s2->biggest));
    if (k->plan.mode != MODE_PAE)
        return PRUNE_NO_PDPTE;
    if (bit >= 12 && bit < k->cpu->maxphyaddr)
        return PRUNE_ADDRESS_BIT;
    k->plan.page.flip[3] = pick[0];
    k->plan.late = true;
    k->plan.late_pdpte = XENPT_BIT(bit);
    return maker_place(k, 0, 0);
}

/* Memory types, in entries that map pages; what they are elsewhere is bits that must be 0. */
enum prune nested_types(struct maker *k, const uint64_t *pick)
{
    unsigned int level = (unsigned int)pick[2] + 1;
    struct path *p;
    enum prune why;

    guest_start(k, maker_pick(k, k->s->biggest ? k->s->biggest : 1u), pick[0]);
    why = guest_about(k, pick[1], level, false, &p);
    p->flags[level] &= ~UINT64_C(0x78);
    p->flags[level] |= pick[3] << 3 | pick[4] << 6;
    path_withhold(k->s2, p, p->leaf, (unsigned int)pick[5]);
    return why ? why : maker_place(k, 0, 0);
}

/* A guest's tables in pages with every combination of rights, and A and D yet to be set. */
enum prune nested_tables(struct maker *k, const uint64_t *pick)
{
    struct path *p;
    enum prune why;

    guest_start(k, pick[0], pick[1]);
    why = guest_about(k, pick[2] + 1, (unsigned int)pick[1] + 1, !pick[3], &p);
    path_withhold(k->s2, p, p->leaf, (unsigned int)pick[3]);
    for (unsigned int l = k->plan.page.leaf; l <= k->s->top; l++) {
        if (k->plan.mode == MODE_PAE && l == 3)
            continue;
        k->plan.page.flags[l] &= ~(k->s->accessed | k->s->dirty);
        k->plan.page.flags[l] |= pick[4] >> (l - 1) & 1 ? k->s->accessed : 0;
    }
    if (pick[5] & 1)
        k->plan.page.flags[k->plan.page.leaf] |= k->s->dirty;
    if (pick[5] & 2)
        path_withhold(k->s, &k->plan.page, k->plan.page.leaf, 1);
    return why ? why : maker_place(k, 0, 0);
}

/* Both stages refuse, or one of them: which of them is heard? */
enum prune nested_both(struct maker *k, const uint64_t *pick)
{
    unsigned int level = (unsigned int)pick[1] + 1;

    guest_start(k, pick[0], pick[3]);
    if (level < k->plan.page.leaf)
        return PRUNE_BELOW_LEAF;
    if (k->plan.mode == MODE_PAE && level == 3 && pick[2] & 7)
        return PRUNE_PDPTE_RIGHTS;
    if (pick[2] & 4 && k->s->entry_size == 4)
        return PRUNE_NO_SUCH_BIT;
    path_withhold(k->s, &k->plan.page, level, pick[2] & 7);
    if (pick[2] & 8)
        k->plan.page.flags[level] &= ~UINT64_C(1);
    path_withhold(k->s2, &k->plan.pages, k->plan.pages.leaf, pick[4] & 7);
    if (pick[4] & 8)
        guest_absent(k, &k->plan.pages, k->plan.pages.leaf);
    return maker_place(k, 0, 0);
}

/* A and D of the second stage, set before or not. */
enum prune nested_flags(struct maker *k, const uint64_t *pick)
{
    struct path *p;
    enum prune why;

    guest_start(k, pick[4], pick[0]);
    why = guest_about(k, pick[1], (unsigned int)pick[0] + 1, true, &p);
    for (unsigned int l = 1; l <= k->s2->top; l++) {
        bool on = pick[2] >> (l - 1) & 1;

        if (on && l < p->leaf)
            return PRUNE_BELOW_LEAF;
        if (on && shape_is_pdpte(k->s2, l))
            return PRUNE_PDPTE_RIGHTS;
        p->flags[l] |= on ? k->s2->accessed : 0;
    }
    p->flags[p->leaf] |= pick[3] ? k->s2->dirty : 0;
    return why ? why : maker_place(k, 0, 0);
}

enum prune nested_roots(struct maker *k, const uint64_t *pick)
{
    unsigned int bit = (unsigned int)pick[1];

    guest_start(k, 0, 0);
    if (bit >= 12 && bit < k->cpu->maxphyaddr)
        return PRUNE_ADDRESS_BIT;
    if (!pick[0] && k->s2->input_bits == 32) {
        if (bit >= 32)
            return PRUNE_NO_SUCH_BIT;
    }
    if (!pick[0]) {
        if (k->s2->top == 3 && bit >= 5)
            k->plan.second_offset = XENPT_BIT(bit);
        else
            k->plan.second_flip = XENPT_BIT(bit);
        return maker_place(k, 0, 0);
    }
    if (k->plan.mode < MODE_4LEVEL && (bit >= 32 || k->plan.mode == MODE_UNPAGED))
        return PRUNE_NO_SUCH_BIT;
    if (k->plan.mode == MODE_PAE && bit >= 5 && bit < 12)
        k->plan.root_offset = XENPT_BIT(bit);
    else
        k->plan.root_low = XENPT_BIT(bit);
    return maker_place(k, 0, 0);
}
