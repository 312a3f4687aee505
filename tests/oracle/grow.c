/* grow.c - random machines: a processor, and random trees in a tiny memory. */
#include "oracle/grow.h"

#define REGIONS 4

/* --- One stage ------------------------------------------------------------------------------ */

/* Where the tiny memory lies: anywhere that CR3 and entries can reach. */
static uint64_t somewhere(struct dice *d, enum oracle_mode mode, unsigned int width)
{
    uint64_t four_gib = UINT64_C(4) << 30, size = TINY_FRAMES * 4096;

    if (mode <= ORACLE_32_BIT || width == 32)
        return dice_word(d) % (four_gib - size) / 4096 * 4096;
    if (mode == ORACLE_PAE) /* CR3 has 32 bits, entries have more. */
        return four_gib - 4096 * (uint64_t)(1 + dice_pick(d, TINY_FRAMES));
    return dice_word(d) % ((UINT64_C(1) << width) - size) / 4096 * 4096;
}

void grow_first_stage(struct bench *b, enum oracle_mode mode)
{
    struct random_tree *t = &b->tree;
    uint64_t size = TINY_FRAMES * 4096;

    b->trial.cpu = random_cpu(&b->dice, mode);
    *t = (struct random_tree){ .mode = mode, .width = b->trial.cpu.maxphyaddr };
    t->nr_frames = mode == ORACLE_32_BIT ? 8 : 16;
    /* The last frame may end in the middle. */
    size = t->nr_frames * 4096 - (dice_chance(&b->dice, 30) ? dice_pick(&b->dice, 1024) * 4 : 0);
    tiny_memory_init(&b->mem, somewhere(&b->dice, mode, t->width), size);
    for (unsigned int f = 0; f < t->nr_frames; f++)
        t->address[f] = tiny_frame(&b->mem, f);
    random_tree_grow(t, &b->dice, &b->mem);
}

/* --- Two ------------------------------------------------------------------------------------ */

/* Guest frames lie in regions of guest-physical memory; each is mapped by pages of one size. */
struct region {
    uint64_t gpa;
    unsigned int level; /* Of the pages that map it. */
};

/* How wide a guest-physical address can be. */
static unsigned int gpa_width(enum second_kind kind, enum oracle_mode mode, unsigned int m)
{
    if (kind == SECOND_NPT2 || kind == SECOND_NPT_PAE || mode == ORACLE_32_BIT ||
        mode == ORACLE_PAE || mode == ORACLE_NO_PAGING)
        return 32;
    return (kind == SECOND_EPT4 || kind == SECOND_NPT4) && m > 48 ? 48 : m;
}

static void map_region(struct bench *b, unsigned int n, const struct region *r)
{
    for (unsigned int f = n; f < GUEST_FRAMES; f += REGIONS) {
        uint64_t where = tiny_frame(&b->mem, HOST_FRAMES + f);

        if (r->level > 1) {
            b->tree.address[f] = r->gpa + (where - b->mem.first);
            continue;
        }
        /* In another order than they lie in memory. */
        b->tree.address[f] = r->gpa + (f * 5 + n) % 64 * UINT64_C(4096);
        second_tree_map(&b->second, b->tree.address[f], where, 1);
    }
    if (r->level > 1)
        second_tree_map(&b->second, r->gpa, b->mem.first, r->level);
}

/* Regions never meet: each has its own bits 31:30. */
void grow_both_stages(struct bench *b, enum second_kind kind, enum oracle_mode mode)
{
    struct dice *d = &b->dice;
    struct xenpt_cpu *cpu = &b->trial.cpu;
    unsigned int width;
    bool narrow = kind == SECOND_NPT2 || kind == SECOND_NPT_PAE;

    *cpu = random_cpu(d, ORACLE_4_LEVEL);
    cpu->vendor = kind <= SECOND_EPT5 ? XENPT_INTEL : XENPT_AMD;
    cpu->pks = cpu->pks && cpu->vendor == XENPT_INTEL;
    width = gpa_width(kind, mode, cpu->maxphyaddr);
    /* Frame 0 is at a GiB, so that pages of any size can map the whole. */
    tiny_memory_init(&b->mem,
                     narrow ? (uint64_t)dice_pick(d, 4) << 30
                            : in_place(dice_word(d), cpu->maxphyaddr - 1, 30),
                     TINY_FRAMES * 4096);
    second_tree_init(&b->second, kind, &b->mem, 0, HOST_FRAMES);
    b->tree = (struct random_tree){
        .mode = mode, .width = width, .frame = HOST_FRAMES, .nr_frames = GUEST_FRAMES
    };
    for (unsigned int n = 0; n < REGIONS; n++) {
        struct region r = { .level = 1 };
        unsigned int largest = narrow ? 2 : 3;

        r.level = dice_chance(d, 50) ? 1 : 1 + dice_pick(d, largest);
        r.gpa = in_place(dice_word(d), width - 1, 22);
        if (r.level == 3)
            r.gpa = in_place(r.gpa, 63, 30);
        r.gpa = (r.gpa & ~(UINT64_C(3) << 30)) | (uint64_t)n << 30;
        map_region(b, n, &r);
    }
    random_tree_grow(&b->tree, d, &b->mem);
    second_tree_spoil(&b->second, d, dice_chance(d, 30) ? 0 : 12);
}
