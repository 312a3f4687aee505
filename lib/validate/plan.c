/*
 * plan.c - from paths to words.
 *
 * A table is a frame of the window, given out as paths first come to it; the key is the tree,
 * the level and the address above what the table translates.  So paths share what they have
 * in common, without anybody having to work out what that is.
 */
#include "validate/plan.h"

#include <string.h>

#include "base/bits.h"

#define FIRST_TABLES  UINT64_C(0x02000000) /* Tables of linear addresses... */
#define SECOND_TABLES UINT64_C(0x02200000) /* ...and of the second stage. */
#define PAGE          UINT64_C(4096)

#define IA_64(name, top, biggest, input)                                                           \
    {                                                                                              \
        name, top, 8, 9, biggest, input, 52, { 0x2, 0x4, XENPT_BIT(63) }, XENPT_BIT(63), 0x7, 0,   \
            0x80, 0x20, 0x40                                                                       \
    }

/* clang-format off */
static const struct shape shapes[NR_MODES] = {
    [MODE_UNPAGED] = { "unpaged", .input_bits = 32 },
    [MODE_2LEVEL] = { "2-level", 2, 4, 10, 2, 32, 32, { 0x2, 0x4, 0 }, 0, 0x7, 0, 0x80, 0x20, 0x40 },
    [MODE_PAE] = IA_64("PAE", 3, 2, 32),
    [MODE_4LEVEL] = IA_64("4-level", 4, 3, 48),
    [MODE_5LEVEL] = IA_64("5-level", 5, 3, 57),
};
/* Write-back is what memory is: 6 in bits 5:3. */
static const struct shape ept_shape = {
    "EPT", 4, 8, 9, 3, 48, 52, { 0x1, 0x2, 0x4 }, 0, 0x7, 0x30, 0x80, 0x100, 0x200
};
static const struct shape npt_shape = IA_64("NPT", 4, 3, 48);
/* clang-format on */

const struct shape *shape_of(enum mode mode)
{
    return &shapes[mode];
}

const struct shape *shape_of_stage(uint32_t stage)
{
    static const struct shape *const stages[NR_STAGES] = {
        [STAGE_NATIVE] = &npt_shape, /* Of no meaning. */
        [STAGE_EPT] = &ept_shape,
        [STAGE_NPT] = &npt_shape,
        [STAGE_NPT_PAE] = &shapes[MODE_PAE],
        [STAGE_NPT_2LEVEL] = &shapes[MODE_2LEVEL],
    };

    return stages[stage];
}

unsigned int shape_shift(const struct shape *s, unsigned int level)
{
    return 12 + (level - 1) * s->bits;
}

/* --- Paths --------------------------------------------------------------------------------- */

bool shape_is_pdpte(const struct shape *s, unsigned int level)
{
    return level == 3 && s == &shapes[MODE_PAE];
}

struct path path_full(const struct shape *s, unsigned int leaf)
{
    struct path p = { .leaf = (uint8_t)leaf };

    for (unsigned int l = 1; l <= s->top; l++)
        p.flags[l] = shape_is_pdpte(s, l) ? 1 : s->full;
    p.flags[leaf] |= s->full_leaf | (leaf > 1 ? s->large : 0);
    return p;
}

void path_withhold(const struct shape *s, struct path *p, unsigned int level, unsigned int rights)
{
    for (unsigned int i = 0; i < 3; i++) {
        if (!(rights & 1u << i))
            continue;
        if (s->right[i] & s->inverted)
            p->flags[level] |= s->right[i];
        else
            p->flags[level] &= ~s->right[i];
    }
}

/* --- Trees --------------------------------------------------------------------------------- */

#define TREE_TABLES  32
#define TREE_ENTRIES 64

/* A tree under construction. */
struct tree {
    const struct shape *shape;
    uint64_t base;  /* What its tables' addresses are more than machine addresses. */
    uint64_t frame; /* The next one to be given out. */
    struct {
        uint64_t prefix, frame;
        unsigned int level;
    } table[TREE_TABLES];
    unsigned int nr_tables;
    struct case_draft *draft;
    bool full;
};

static uint64_t table_for(struct tree *t, unsigned int level, uint64_t in)
{
    unsigned int shift = shape_shift(t->shape, level + 1);
    uint64_t prefix = level == t->shape->top ? 0 : in >> shift;

    for (unsigned int i = 0; i < t->nr_tables; i++)
        if (t->table[i].level == level && t->table[i].prefix == prefix)
            return t->table[i].frame;
    if (t->nr_tables == TREE_TABLES) {
        t->full = true;
        return t->frame;
    }
    t->table[t->nr_tables].level = level;
    t->table[t->nr_tables].prefix = prefix;
    t->table[t->nr_tables].frame = t->frame;
    t->frame += PAGE;
    return t->table[t->nr_tables++].frame;
}

/* The root, @offset bytes into its page. */
static uint64_t root_of(struct tree *t, uint64_t offset)
{
    uint64_t root = table_for(t, t->shape->top, 0) + offset;

    t->table[0].frame = root;
    return root;
}

static uint64_t slot_of(const struct tree *t, unsigned int level, uint64_t in)
{
    return in >> shape_shift(t->shape, level) & (ones(t->shape->bits));
}

static bool has_word(const struct case_draft *c, uint64_t at)
{
    for (unsigned int i = 0; i < c->nr_words; i++)
        if (word_address(&c->word[i]) == at)
            return true;
    return false;
}

/* Plants a word unless there is one: what is planned first holds. */
static void plant(struct tree *t, const struct blob_word *w)
{
    if (!has_word(t->draft, w->at & ~UINT64_C(3)) && !case_word(t->draft, w->at, w->value))
        t->full = true;
}

/* The path of @in, to machine address @target (of the byte that @in is). */
static void grow(struct tree *t, uint64_t in, const struct path *p, uint64_t target, uint64_t base)
{
    const struct shape *s = t->shape;
    uint64_t field = ones(s->address_bits) & ~(PAGE - 1);

    for (unsigned int l = s->top; l >= p->leaf; l--) {
        uint64_t at = table_for(t, l, in) + slot_of(t, l, in) * s->entry_size, to;
        struct blob_word w = { at, 0 };

        if (l > p->leaf)
            to = table_for(t, l - 1, in) + t->base;
        else
            to = (target + base) & ~ones(shape_shift(s, l));
        w.value = ((to & field) | p->flags[l]) ^ p->flip[l];
        if (s->entry_size == 4) {
            w.at |= WORD_IS_32;
            w.value &= UINT32_MAX;
        }
        plant(t, &w);
    }
}

/* --- Data ---------------------------------------------------------------------------------- */

static uint64_t mix(uint64_t z)
{
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

/* How many bytes of the largest access are in its first page; 0: all. */
static unsigned int in_first(const struct plan *plan)
{
    return plan->beyond ? (unsigned int)(PAGE - (plan->va & (PAGE - 1))) : plan->first;
}

/* Eight bytes at a time, so that a frame other than the right one shows; with UD2 at @data. */
static void plant_data(struct tree *t, const struct plan *plan)
{
    static const uint8_t ud2[2] = { 0x0f, 0x0b };
    unsigned int first = in_first(plan);

    for (unsigned int i = 0; i < plan->size + 8; i++) {
        bool next = first && i >= first;
        uint64_t at = next ? plan->next_data + (i - first) : plan->data + i;
        struct blob_word w = { at & ~UINT64_C(7), mix(plan->salt ^ (at & ~UINT64_C(7))) };

        if (i >= plan->size && (at & 7) == 0)
            break;
        if (!has_word(t->draft, w.at))
            plant(t, &w);
        for (unsigned int k = t->draft->nr_words; i < 2 && k-- > 0;)
            if (t->draft->word[k].at == w.at) {
                t->draft->word[k].value &= ~(UINT64_C(0xff) << 8 * (at & 7));
                t->draft->word[k].value |= (uint64_t)ud2[i] << 8 * (at & 7);
                break;
            }
    }
}

/* The PDPTE that is used: what it is at the load is a word of its own. */
static void plant_late(struct tree *t, const struct plan *plan, uint64_t root)
{
    uint64_t at = root + (plan->va >> 30 & 3) * 8;

    for (unsigned int i = 0; i < t->draft->nr_words; i++) {
        struct blob_word *w = &t->draft->word[i];

        if (w->at != at)
            continue;
        w->at |= WORD_UNWATCHED;
        t->full = !case_word(t->draft, at | WORD_LATE, w->value ^ plan->late_pdpte) || t->full;
        return;
    }
}

/* --- The whole ----------------------------------------------------------------------------- */

/* The second stage's path to one of the guest's tables. */
static void grow_table(const struct plan *plan, const struct tree *guest, struct tree *second,
                       unsigned int i, const struct path *p)
{
    uint64_t frame = guest->table[i].frame;
    bool root = guest->table[i].level == guest->shape->top;

    grow(second, frame + (root ? plan->root_base : plan->tables_base), p, frame, 0);
}

/* The second stage's paths to the guest's tables, then to its pages. */
static void grow_second(const struct plan *plan, const struct tree *guest, struct tree *second,
                        bool pages_first)
{
    const struct path root = path_full(second->shape, 1);

    for (int round = 0; round < 2; round++) {
        if ((round == 0) == pages_first) {
            grow(second, plan->data + plan->data_base, &plan->pages, plan->data, 0);
            if (plan->first)
                grow(second, plan->next_data + plan->data_base, &plan->next_page, plan->next_data,
                     0);
            continue;
        }
        for (unsigned int i = 0; i < guest->nr_tables; i++)
            if (guest->table[i].level == plan->odd_table)
                grow_table(plan, guest, second, i, &plan->odd);
        for (unsigned int i = 0; i < guest->nr_tables; i++)
            grow_table(plan, guest, second, i,
                       guest->table[i].level == guest->shape->top ? &root : &plan->tables);
    }
}

static void second_words(const struct plan *plan, const struct tree *guest,
                         struct case_draft *draft, struct planned *ret)
{
    struct tree second = { .shape = shape_of_stage(plan->stage),
                           .frame = SECOND_TABLES,
                           .draft = draft };
    bool ept = plan->stage == STAGE_EPT;
    const struct path full = path_full(second.shape, 1);
    uint64_t root = root_of(&second, plan->second_offset), table = root;
    struct blob_word w;

    ret->second = (root | (ept ? 6 | 3 << 3 : 0)) ^ plan->second_flip;
    /* The image's part comes first, and leaves nothing to be withheld in what leads to it. */
    if (second.shape->top == 4) {
        table = table_for(&second, 3, 0);
        w = (struct blob_word){ root, table | full.flags[4] | second.shape->accessed };
        plant(&second, &w);
    }
    harness_second(plan->stage, table, &w);
    plant(&second, &w);
    /* Where a table of the guest is what the case is about, its path holds. */
    grow_second(plan, guest, &second, !plan->odd_table);
    ret->full = ret->full || second.full;
}

void plan_words(const struct plan *plan, struct case_draft *draft, struct planned *ret)
{
    struct tree first = { .shape = shape_of(plan->mode),
                          .base = plan->tables_base,
                          .frame = FIRST_TABLES,
                          .draft = draft };
    const struct shape *s = first.shape;
    bool guest = plan->stage != STAGE_NATIVE;
    struct blob_word w;
    uint64_t root = 0;

    *ret = (struct planned){ 0 };
    if (s->top) {
        root = root_of(&first, plan->root_offset);
        if (guest ? harness_guest(plan->mode, root, &w) : harness_native(plan->mode, root, &w))
            plant(&first, &w);
        grow(&first, plan->va, &plan->page, plan->data, plan->data_base);
        if (plan->first)
            grow(&first, plan->va + plan->first, &plan->next, plan->next_data, plan->data_base);
        if (plan->beyond)
            grow(&first, plan->va + in_first(plan), &plan->next, plan->next_data, plan->data_base);
        for (unsigned int i = 1; plan->mode == MODE_PAE && i < 4; i++) {
            w = (struct blob_word){ root + i * 8, plan->pdpte[i] };
            plant(&first, &w);
        }
        if (plan->late)
            plant_late(&first, plan, root);
    }
    ret->cr3 = ((root + plan->root_base) | plan->root_low) ^ plan->root_flip;
    plant_data(&first, plan);
    if (guest)
        second_words(plan, &first, draft, ret);
    ret->full = ret->full || first.full;
}
