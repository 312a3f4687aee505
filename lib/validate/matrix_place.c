/*
 * matrix_place.c - addresses for a plan: virtual, guest-physical, and where the data is.
 *
 * Data lies in frames of the window above all tables.  An address that a large page maps has
 * the low bits of its data; the others are drawn.
 */
#include "base/bits.h"
#include "validate/matrix_make.h"

#define ZONE       UINT64_C(0x02400000) /* A multiple of 4 MiB, up to the window's end. */
#define ZONE_PAGES ((PROBE_WINDOW + PROBE_WINDOW_SIZE - ZONE) / 4096)
#define PAGE       UINT64_C(4096)
#define GIB        UINT64_C(0x40000000)

/* The slot of a root that is not the image's; even, if the next one has to be free as well. */
static uint64_t root_slot(struct maker *k, bool even)
{
    switch (k->plan.mode) {
    case MODE_2LEVEL:
        return even ? 2 + 2u * maker_pick(k, 511) : 1 + maker_pick(k, 1023);
    case MODE_PAE:
        return even ? 2 : 1 + maker_pick(k, 3);
    default:
        return even ? 2u * maker_pick(k, 255) : maker_pick(k, 511);
    }
}

static uint64_t canonical(const struct shape *s, uint64_t va)
{
    unsigned int unused = 64 - s->input_bits;

    if (s->input_bits == 32)
        return va & UINT32_MAX;
    return (uint64_t)((int64_t)(va << unused) >> unused);
}

/* An address of data whose low bits are those of @like, as far as @mask goes. */
static uint64_t data_like(struct maker *k, uint64_t like, uint64_t mask)
{
    uint64_t any = ZONE + maker_pick(k, (unsigned int)ZONE_PAGES) * PAGE;

    return (any & ~mask) | (like & mask);
}

/* Sets bits 12 and up to @boundary's own slot, whose lowest bit is cleared. */
static uint64_t before_boundary(const struct shape *s, uint64_t va, unsigned int boundary)
{
    unsigned int shift = shape_shift(s, boundary);

    return (va | (ones(shift) & ~(PAGE - 1))) & ~XENPT_BIT(shift);
}

enum prune maker_place(struct maker *k, unsigned int boundary, unsigned int split)
{
    struct plan *p = &k->plan;
    const struct shape *s = k->s;
    unsigned int leaf = p->page.leaf;
    uint64_t low = boundary ? PAGE - split : 8 * maker_pick(k, 504) + maker_pick(k, 2) * 4;
    uint64_t mask, va;

    if (!s->top) {
        p->data = data_like(k, low, PAGE - 1);
        p->va = p->data + p->data_base;
        p->first = boundary ? split : 0;
        p->next_data = p->data + split;
        return boundary > 1 ? PRUNE_BOUNDARY : PRUNE_NONE;
    }
    mask = ones(shape_shift(s, leaf));
    va = data_like(k, low, PAGE - 1);
    if (leaf < 3) /* A 1 GiB page has its data where the zone is; others map it from anywhere. */
        va = (maker_random(k) & ones(shape_shift(s, s->top)) & ~(PAGE - 1)) | low;
    if (boundary)
        va = before_boundary(s, va, boundary);
    if (leaf >= 3 && (va & (GIB - 1)) < ZONE)
        va |= ZONE;
    if (leaf >= 3 && (va & (GIB - 1)) >= PROBE_WINDOW + PROBE_WINDOW_SIZE)
        return PRUNE_BOUNDARY;
    va &= ones(shape_shift(s, s->top));
    va |= root_slot(k, boundary == s->top) << shape_shift(s, s->top);
    p->va = canonical(s, va);
    p->data = data_like(k, p->va, mask);
    if (!boundary)
        return PRUNE_NONE;
    p->first = split;
    if (leaf > boundary) { /* Both pages are parts of one. */
        p->next = p->page;
        p->next_data = p->data + split;
        return PRUNE_NONE;
    }
    if (p->next.leaf >= 3)
        return PRUNE_NEXT_1G;
    if (p->next.leaf > boundary)
        return PRUNE_BOUNDARY;
    do
        p->next_data = data_like(k, 0, ones(shape_shift(s, p->next.leaf)));
    while (p->next_data >> 22 == p->data >> 22);
    return PRUNE_NONE;
}

bool maker_leads_elsewhere(const struct maker *k, const struct shape *s, unsigned int level,
                           bool leaf, unsigned int bit)
{
    unsigned int width = k->cpu->maxphyaddr;

    if (s->entry_size == 4) {
        /* PSE-36 has the address's bits 39:32 in bits 20:13, as far as there are such. */
        unsigned int high = k->cpu->pse36 ? (unsigned int)min_u64(width, 40) - 32 : 0;

        if (leaf && level == 2)
            return bit >= 22 || (bit >= 13 && bit < 13 + high);
        return bit >= 12;
    }
    return bit >= (leaf ? shape_shift(s, level) : 12) && bit < width;
}

uint64_t maker_reserved(const struct maker *k, unsigned int leaf)
{
    if (k->cpu->maxphyaddr < XENPT_MADDR_BITS)
        return XENPT_BIT(51);
    return leaf > 1 ? XENPT_BIT(13) : 0;
}
