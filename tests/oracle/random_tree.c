#include "oracle/random_tree.h"

static unsigned int top(enum oracle_mode mode)
{
    switch (mode) {
    case ORACLE_32_BIT:
        return 2;
    case ORACLE_PAE:
        return 3;
    case ORACLE_4_LEVEL:
        return 4;
    case ORACLE_5_LEVEL:
        return 5;
    default:
        return 0;
    }
}

struct xenpt_cpu random_cpu(struct dice *d, enum oracle_mode mode)
{
    static const uint8_t width[] = { 52, 36, 40, 46, 48, 52 };
    struct xenpt_cpu cpu = xenpt_cpu_widest(dice_chance(d, 50) ? XENPT_AMD : XENPT_INTEL);

    cpu.maxphyaddr = width[dice_pick(d, sizeof(width))];
    if (mode == ORACLE_32_BIT || mode == ORACLE_PAE)
        cpu.maxphyaddr = dice_chance(d, 20) ? 32 : cpu.maxphyaddr;
    cpu.gb_pages = dice_chance(d, 70);
    cpu.pse36 = dice_chance(d, 60);
    cpu.cet_ss = dice_chance(d, 70);
    return cpu;
}

/* A quarter of them set. */
static uint64_t few_bits(struct dice *d)
{
    uint64_t half = dice_word(d);

    return half & dice_word(d);
}

struct xenpt_regs random_regs(struct dice *d, enum oracle_mode mode, const struct xenpt_cpu *cpu)
{
    struct xenpt_regs r = { .cr0 = 1 };
    bool cet = cpu->cet_ss && dice_chance(d, 60);

    r.cr0 |= mode != ORACLE_NO_PAGING ? 1u << 31 : 0;
    r.cr0 |= cet || dice_chance(d, 50) ? 1u << 16 : 0; /* CR4.CET = 1 needs CR0.WP = 1. */
    r.cr4 |= mode > ORACLE_32_BIT || (mode == ORACLE_NO_PAGING && dice_chance(d, 30)) ? 1u << 5 : 0;
    r.cr4 |= mode == ORACLE_5_LEVEL ? 1u << 12 : 0;
    r.cr4 |= dice_chance(d, 70) ? 1u << 4 : 0;  /* PSE: inert but in 32-bit paging */
    r.cr4 |= dice_chance(d, 50) ? 1u << 20 : 0; /* SMEP */
    r.cr4 |= dice_chance(d, 50) ? 1u << 21 : 0; /* SMAP */
    r.cr4 |= dice_chance(d, 50) ? 1u << 22 : 0; /* PKE */
    r.cr4 |= cet ? 1u << 23 : 0;
    r.cr4 |= cpu->pks && dice_chance(d, 50) ? 1u << 24 : 0; /* PKS */
    r.efer |= mode >= ORACLE_4_LEVEL ? 1u << 8 | 1u << 10 : 0;
    r.efer |= dice_chance(d, 85) ? 1u << 11 : 0; /* NXE: inert without PAE */
    r.cr4 |= mode >= ORACLE_4_LEVEL && dice_chance(d, 50) ? 1u << 17 : 0; /* PCIDE */
    r.pkru = (uint32_t)few_bits(d);
    r.pkrs = (uint32_t)few_bits(d);
    return r;
}

struct xenpt_access random_access(struct dice *d, const struct xenpt_regs *regs)
{
    struct xenpt_access a = { .kind = (enum xenpt_access_kind)dice_pick(d, 3) };

    a.cpl = dice_chance(d, 50) ? 3 : (uint8_t)dice_pick(d, 3);
    a.ac = dice_chance(d, 50);
    a.stack_segment = a.kind != XENPT_FETCH && dice_chance(d, 20);
    if (a.kind == XENPT_FETCH)
        return a;
    a.implicit = dice_chance(d, 15);
    a.shadow_stack = bit(regs->cr4, 23) && dice_chance(d, 35);
    return a;
}

/* An address that need not exist. */
static uint64_t anywhere(const struct random_tree *t, struct dice *d)
{
    unsigned int width = t->mode == ORACLE_32_BIT ? 32 : t->width;

    return in_place(dice_word(d), width - 1, 12);
}

/* Where an entry leads: to a table of the level below, mostly. */
static uint64_t table_below(const struct random_tree *t, struct dice *d, unsigned int level)
{
    unsigned int f = dice_pick(d, t->nr_frames);

    if (dice_chance(d, 4))
        return anywhere(t, d);
    for (unsigned int i = 0; i < t->nr_frames && dice_chance(d, 97); i++) {
        if (t->level[f] == level - 1)
            break;
        f = (f + 1) % t->nr_frames;
    }
    return t->address[f];
}

/* Where a leaf leads: to one of the frames, or a page in their neighbourhood, or anywhere. */
static uint64_t page_below(const struct random_tree *t, struct dice *d, unsigned int shift)
{
    uint64_t address = dice_chance(d, 60) ? t->address[dice_pick(d, t->nr_frames)] : anywhere(t, d);

    return dice_chance(d, 95) && shift > 12 ? address >> shift << shift : address;
}

/* "Format of an Entry in a Page-Directory-Pointer Table": it has no rights. */
static uint64_t pdpte(const struct random_tree *t, struct dice *d)
{
    return table_below(t, d, 3) | dice_chance(d, 93) | (dice_word(d) & 0x18) |
           (dice_word(d) & 0xe00);
}

static uint64_t flags(const struct random_tree *t, struct dice *d, unsigned int level, bool leaf)
{
    uint64_t e = dice_chance(d, 94);

    e |= dice_chance(d, 85) ? 2 : 0;
    e |= dice_chance(d, 80) ? 4 : 0;
    e |= dice_word(d) & (8 | 16 | 32 | 64 | 0xe00);
    e |= level < 4 && dice_chance(d, 30) ? 256 : 0;
    if (leaf && dice_chance(d, 25)) /* A shadow stack's. */
        e = (e & ~UINT64_C(2)) | 64;
    if (t->mode == ORACLE_32_BIT)
        return e;
    e |= dice_chance(d, 9) ? UINT64_C(1) << 63 : 0;
    if (t->mode >= ORACLE_4_LEVEL)
        e |= in_place(dice_word(d), 62, 52);
    return e;
}

static uint64_t entry(const struct random_tree *t, struct dice *d, unsigned int level)
{
    unsigned int bits_each = t->mode == ORACLE_32_BIT ? 10 : 9;
    bool ps = (level == 2 || level == 3) && dice_chance(d, 25);
    uint64_t e;

    if (level == 3 && t->mode == ORACLE_PAE) {
        e = pdpte(t, d);
    } else {
        e = flags(t, d, level, ps || level == 1);
        e |= ps ? 128 : level == 1 ? dice_word(d) & 128 : 0;
        e |= ps || level == 1 ? page_below(t, d, 12 + bits_each * (level - 1))
                              : table_below(t, d, level);
        e |= ps ? dice_word(d) & 4096 : 0; /* PAT */
        if (ps && t->mode == ORACLE_32_BIT && dice_chance(d, 70))
            e |= in_place(few_bits(d), 20, 13);
    }
    if (dice_chance(d, 4))
        e ^= UINT64_C(1) << dice_pick(d, t->mode == ORACLE_32_BIT ? 32 : 64);
    return e;
}

/* A slot as a fraction of 512, in a table of 512, 1024 or 4 of them. */
static unsigned int slot_of(const struct random_tree *t, unsigned int level, unsigned int n)
{
    if (t->mode == ORACLE_32_BIT)
        return t->slot[n] * 2 + n % 2;
    if (t->mode == ORACLE_PAE && level == 3)
        return n;
    return t->slot[n];
}

void random_tree_grow(struct random_tree *t, struct dice *d, struct tiny_memory *mem)
{
    unsigned int size = t->mode == ORACLE_32_BIT ? 4 : 8, root = 0;
    unsigned int offset = 0;

    if (t->mode == ORACLE_NO_PAGING)
        return;
    t->slot[0] = 0;
    t->slot[1] = dice_chance(d, 50) ? 1 : dice_pick(d, 512);
    t->slot[2] = 511;
    t->slot[3] = dice_pick(d, 512);
    for (unsigned int f = 0; f < t->nr_frames; f++)
        t->level[f] = f == 0 ? top(t->mode) : 1 + dice_pick(d, top(t->mode));
    /* Without long mode CR3 has 32 bits, or as many as the address has: the rest is cut off. */
    if (t->mode == ORACLE_PAE)
        offset = dice_pick(d, 128) * 32;
    for (unsigned int f = 0; f < t->nr_frames; f++)
        for (unsigned int n = 0; n < RANDOM_SLOTS; n++) {
            unsigned int slot = slot_of(t, t->level[f], n);
            uint64_t at = tiny_frame(mem, t->frame + f) + slot * size;

            if (t->mode == ORACLE_PAE && t->level[f] == 3)
                at += offset;
            tiny_put(mem, at, entry(t, d, t->level[f]), size);
        }
    t->cr3 = t->address[root] + offset;
    /* PWT, PCD and what is ignored, or a PCID: no part of the address. */
    t->cr3 |= dice_word(d) & (t->mode == ORACLE_PAE ? 0x1f : 0xfff);
}

uint64_t random_tree_address(const struct random_tree *t, struct dice *d)
{
    unsigned int width[] = { 32, 32, 32, 48, 57 };
    unsigned int n = width[t->mode];
    uint64_t in = dice_word(d) & 0xfff;

    for (unsigned int level = 1; level <= top(t->mode); level++) {
        unsigned int shift = t->mode == ORACLE_32_BIT ? 2 + 10 * level : 3 + 9 * level;

        in |= (uint64_t)slot_of(t, level, dice_pick(d, RANDOM_SLOTS)) << shift;
    }
    if (t->mode == ORACLE_NO_PAGING)
        in = dice_chance(d, 70) ? t->address[dice_pick(d, t->nr_frames)] + in
                                : in_place(dice_word(d), 31, 0);
    if (dice_chance(d, 2))
        return in ^ UINT64_C(1) << (n - 1 + dice_pick(d, 65 - n));
    if (t->mode >= ORACLE_4_LEVEL && bit(in, n - 1))
        in |= ~UINT64_C(0) << (n - 1);
    return in;
}

void random_tree_addresses(const struct random_tree *t, struct dice *d, size_t n, uint64_t in[])
{
    unsigned int width = t->mode == ORACLE_32_BIT ? 10 : 9;

    for (size_t i = 0; i < n; i++) {
        unsigned int slot = slot_of(t, 1, dice_pick(d, RANDOM_SLOTS));

        in[i] = random_tree_address(t, d);
        if (i == 0 || t->mode == ORACLE_NO_PAGING || dice_chance(d, 50))
            continue;
        in[i] = in[i - 1] & ~in_place(~UINT64_C(0), 11 + width, 0);
        in[i] |= (uint64_t)slot << 12 | (dice_word(d) & 0xfff);
    }
}
