/*
 * matrix_1d.c - groups of cases on one tree: 2-level, PAE, 4-level and 5-level paging.
 */
#include "base/bits.h"
#include "validate/matrix_make.h"

#define S(suite) (1u << SUITE_##suite)
#define ALL      (S(2LEVEL) | S(PAE) | LONG)
#define LONG     (S(4LEVEL) | S(5LEVEL))
#define ANYHOW   (BY_KIND | BY_CPL | BY_AC)
#define PROTECTS (ST(WP) | ST(NXE) | ST(SMEP) | ST(SMAP))

/* Sets out with full rights and a page of the size picked. */
static void start(struct maker *k, uint64_t leaf)
{
    k->plan.page = path_full(k->s, (unsigned int)leaf + 1);
    k->need_pse = leaf > 0;
    for (unsigned int i = 1; i < 4; i++)
        k->plan.pdpte[i] = 0;
}

static bool is_pdpte(const struct maker *k, unsigned int level)
{
    return k->plan.mode == MODE_PAE && level == 3;
}

/* Rights of three levels and more, packed three bits each. */
static enum prune rights(struct maker *k, const uint64_t *pick)
{
    start(k, pick[0]);
    for (unsigned int l = 1; l <= k->s->top; l++) {
        unsigned int withheld = pick[1] >> 3 * (l - 1) & 7;

        if (withheld && l < k->plan.page.leaf)
            return PRUNE_BELOW_LEAF;
        if (withheld && is_pdpte(k, l))
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
static enum prune presence(struct maker *k, const uint64_t *pick)
{
    unsigned int level = (unsigned int)pick[1] + 1;
    uint64_t fill[] = { 0, ~UINT64_C(1), 0x7e, 0, 0, 0, k->s->inverted, XENPT_BITS(51, 12) };

    start(k, pick[0]);
    if (level < k->plan.page.leaf)
        return PRUNE_BELOW_LEAF;
    for (unsigned int i = 3; i < 6; i++)
        fill[i] = maker_random(k) & ~UINT64_C(1);
    k->plan.page.flags[level] = 0;
    k->plan.page.flip[level] = fill[pick[2]];
    for (unsigned int l = level + 1; l <= k->s->top; l++)
        if (!is_pdpte(k, l))
            path_withhold(k->s, &k->plan.page, l, (unsigned int)pick[3]);
    return maker_place(k, 0, 0);
}

/* Each bit of each entry, alone: reserved ones, ignored ones, and whatever they are. */
static enum prune bits(struct maker *k, const uint64_t *pick)
{
    unsigned int level = (unsigned int)pick[1] + 1, bit = (unsigned int)pick[2];

    start(k, pick[0]);
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
static enum prune flags(struct maker *k, const uint64_t *pick)
{
    struct path *p = &k->plan.page;

    start(k, pick[0]);
    for (unsigned int l = 1; l <= k->s->top; l++) {
        bool on = pick[1] >> (l - 1) & 1;

        if (on && l < p->leaf)
            return PRUNE_BELOW_LEAF;
        if (is_pdpte(k, l)) {
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

static enum prune keys(struct maker *k, const uint64_t *pick)
{
    struct path *p = &k->plan.page;

    start(k, pick[0]);
    path_withhold(k->s, p, p->leaf, (unsigned int)pick[2]);
    p->flags[p->leaf] |= pick[1] << 59;
    for (unsigned int l = p->leaf + 1u; pick[3] && l <= k->s->top; l++)
        p->flags[l] |= (uint64_t)maker_pick(k, 16) << 59;
    return maker_place(k, 0, 0);
}

/* The edges of what is canonical, on both sides. */
static enum prune edges(struct maker *k, const uint64_t *pick)
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

    start(k, 0);
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

static enum prune crossing(struct maker *k, const uint64_t *pick)
{
    unsigned int boundary = (unsigned int)pick[2] + 1;

    start(k, pick[0]);
    k->plan.next = path_full(k->s, (unsigned int)pick[1] + 1);
    k->need_pse = k->need_pse || pick[1] > 0;
    if (k->plan.page.leaf > boundary && (pick[1] || pick[4]))
        return PRUNE_BOUNDARY; /* One page, and nothing else to say of the next. */
    spoil(k, &k->plan.page, (unsigned int)pick[3]);
    spoil(k, &k->plan.next, (unsigned int)pick[4]);
    return maker_place(k, boundary, split(k));
}

/* Bits of CR3, one at a time. */
static enum prune roots(struct maker *k, const uint64_t *pick)
{
    unsigned int bit = (unsigned int)pick[0];

    start(k, 0);
    if (bit >= 12 && bit < k->cpu->maxphyaddr)
        return PRUNE_ADDRESS_BIT;
    if (k->plan.mode == MODE_PAE && bit >= 5 && bit < 12)
        return PRUNE_ADDRESS_BIT;
    if (k->plan.mode <= MODE_PAE && bit >= 32)
        return PRUNE_NO_SUCH_BIT;
    k->plan.root_low = XENPT_BIT(bit);
    return maker_place(k, 0, 0);
}

/* Each bit of each of the four PDPTEs, used or not: a load of CR3 weighs them all. */
static enum prune pdptes(struct maker *k, const uint64_t *pick)
{
    unsigned int bit = (unsigned int)pick[1];
    bool used = pick[0] == 0;
    uint64_t *entry;
    enum prune why;

    start(k, 0);
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
static enum prune registers(struct maker *k, const uint64_t *pick)
{
    unsigned int bit = (unsigned int)pick[1];

    start(k, pick[2]);
    if (bit >= 12 && bit < k->cpu->maxphyaddr)
        return PRUNE_ADDRESS_BIT;
    k->plan.page.flip[3] = pick[0];
    k->plan.late = true;
    k->plan.late_pdpte = XENPT_BIT(bit);
    return maker_place(k, 0, 0);
}

/* Anything: rights, flags, keys, reserved bits, at every level, and crossing. */
static void scatter(struct maker *k, struct path *p)
{
    for (unsigned int l = p->leaf; l <= k->s->top; l++) {
        unsigned int bit = maker_pick(k, 8u * k->s->entry_size);

        if (is_pdpte(k, l))
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

static enum prune anything(struct maker *k, const uint64_t *pick)
{
    unsigned int boundary = maker_pick(k, 4) ? 0 : 1 + maker_pick(k, k->s->top);

    (void)pick;
    start(k, maker_pick(k, k->s->biggest));
    scatter(k, &k->plan.page);
    if (!boundary)
        return maker_place(k, 0, 0);
    k->plan.next = path_full(k->s, 1 + maker_pick(k, k->s->biggest));
    k->need_pse = k->need_pse || k->plan.next.leaf > 1;
    scatter(k, &k->plan.next);
    return maker_place(k, boundary, split(k));
}

#define LEAF                                                                                       \
    {                                                                                              \
        "page size", 0, DIM_LEAVES                                                                 \
    }
#define LEVEL                                                                                      \
    {                                                                                              \
        "level", 0, DIM_LEVELS                                                                     \
    }

static const struct group groups[] = {
    /* NX with NXE clear is one answer, whatever else there is: NXE is drawn, mostly set. */
    { "rights",
      "RW, US and NX of every level, withheld or not, in every combination",
      ALL,
      6,
      { LEAF, { "rights of each level", 8, DIM_PER_LEVEL } },
      rights,
      PROTECTS,
      ANYHOW,
      false,
      false },
    { "presence",
      "each entry in turn is not present, whatever its other bits are",
      ALL,
      2,
      { LEAF, LEVEL, { "other bits", 8, DIM_ONCE }, { "rights above", 8, DIM_ONCE } },
      presence,
      PROTECTS,
      ANYHOW,
      true,
      false },
    { "bits",
      "each bit of each entry alone turned round: reserved, ignored, rights and flags",
      ALL,
      10,
      { LEAF, LEVEL, { "bit", 64, DIM_ONCE } },
      bits,
      PROTECTS | ST(PSE),
      ANYHOW,
      true,
      false },
    { "flags",
      "A of every level and D, set before or not, in every combination",
      ALL,
      3,
      { LEAF,
        { "A of each level", 2, DIM_PER_LEVEL },
        { "D", 2, DIM_ONCE },
        { "D above", 2, DIM_ONCE },
        /* NX with NXE clear is one answer, whatever else there is: NXE is drawn, mostly set. */
        { "rights", 8, DIM_ONCE } },
      flags,
      PROTECTS,
      ANYHOW,
      false,
      false },
    { "keys",
      "every protection key, with every way of denying by it",
      LONG,
      3,
      { LEAF, { "key", 16, DIM_ONCE }, { "rights", 8, DIM_ONCE }, { "keys above", 2, DIM_ONCE } },
      keys,
      ST(WP) | ST(SMAP) | ST(PKE) | ST(PKRU),
      ANYHOW,
      false,
      false },
    { "edges",
      "the first and last canonical addresses, and those beside them",
      LONG,
      1,
      { { "address", 16, DIM_ONCE }, { "rights", 8, DIM_ONCE } },
      edges,
      ST(SMAP) | ST(WP),
      ANYHOW | BY_SIZE,
      false,
      false },
    { "crossing",
      "an access crosses into a page that is otherwise: size, rights, presence",
      ALL,
      4,
      { LEAF,
        { "next page's size", 0, DIM_LEAVES },
        { "boundary", 0, DIM_LEVELS },
        { "this page", 7, DIM_ONCE },
        { "next page", 7, DIM_ONCE } },
      crossing,
      ST(WP) | ST(SMEP) | ST(SMAP),
      ANYHOW,
      false,
      false },
    { "roots",
      "each bit of CR3 alone",
      ALL,
      1,
      { { "bit", 64, DIM_ONCE } },
      roots,
      ST(PCIDE) | ST(WP) | ST(NXE),
      ANYHOW,
      true,
      false },
    { "pdptes",
      "each bit of a PDPTE alone, of the one that is used and of another",
      S(PAE),
      2,
      { { "which", 2, DIM_ONCE }, { "bit", 64, DIM_ONCE }, { "present", 2, DIM_ONCE } },
      pdptes,
      ST(NXE) | ST(WP),
      BY_KIND | BY_CPL,
      true,
      false },
    { "registers",
      "each bit of the PDPTE that is used changed after the load of CR3, which has taken it before",
      S(PAE),
      1,
      { { "absent before", 2, DIM_ONCE }, { "bit", 64, DIM_ONCE }, LEAF },
      registers,
      ST(NXE) | ST(WP),
      ANYHOW,
      true,
      false },
    { "anything",
      "all of it at random",
      ALL,
      6,
      { { 0 } },
      anything,
      PROTECTS | ST(PSE) | ST(PKE) | ST(PKRU),
      ANYHOW,
      false,
      true },
};

const struct group *group_1d(unsigned int i)
{
    return i < ARRAY_SIZE(groups) ? &groups[i] : NULL;
}
