#include "oracle/second_tree.h"

const char *const second_kind_name[SECOND_KINDS] = {
    [SECOND_EPT4] = "EPT",        [SECOND_EPT5] = "5-level EPT", [SECOND_NPT2] = "2-level NPT",
    [SECOND_NPT_PAE] = "PAE NPT", [SECOND_NPT4] = "NPT",         [SECOND_NPT5] = "5-level NPT",
};

static const unsigned int levels[SECOND_KINDS] = {
    [SECOND_EPT4] = 4,    [SECOND_EPT5] = 5, [SECOND_NPT2] = 2,
    [SECOND_NPT_PAE] = 3, [SECOND_NPT4] = 4, [SECOND_NPT5] = 5,
};

static bool ept(const struct second_tree *t)
{
    return t->kind == SECOND_EPT4 || t->kind == SECOND_EPT5;
}

unsigned int second_tree_entry_size(const struct second_tree *t)
{
    return t->kind == SECOND_NPT2 ? 4 : 8;
}

void second_tree_init(struct second_tree *t, enum second_kind kind, struct tiny_memory *mem,
                      unsigned int first, unsigned int end)
{
    *t = (struct second_tree){ .kind = kind, .mem = mem, .next = first + 1, .end = end };
    t->root = tiny_frame(mem, first);
}

static uint64_t get(const struct second_tree *t, uint64_t at)
{
    uint64_t e = 0;

    for (unsigned int i = 0; i < second_tree_entry_size(t); i++)
        e |= (uint64_t)t->mem->bytes[at - t->mem->first + i] << (8 * i);
    return e;
}

uint64_t second_tree_get(const struct second_tree *t, unsigned int n)
{
    return get(t, t->entry[n].at);
}

void second_tree_set(struct second_tree *t, unsigned int n, uint64_t entry)
{
    tiny_put(t->mem, t->entry[n].at, entry, second_tree_entry_size(t));
}

/* Which entry of a table at @level @gpa picks. */
static uint64_t index_of(const struct second_tree *t, uint64_t gpa, unsigned int level)
{
    if (t->kind == SECOND_NPT2)
        return level == 2 ? bits(gpa, 31, 22) : bits(gpa, 21, 12);
    if (t->kind == SECOND_NPT_PAE && level == 3)
        return bits(gpa, 31, 30);
    return bits(gpa, 11 + 9 * level, 3 + 9 * level);
}

static void put(struct second_tree *t, uint64_t at, unsigned int level, bool page, uint64_t e)
{
    unsigned int n = t->nr_entries++;

    t->entry[n].at = at;
    t->entry[n].level = level;
    t->entry[n].page = page;
    second_tree_set(t, n, e);
}

/* R, W, X, and UX where that exists; P, R/W, U/S. */
static uint64_t table_entry(const struct second_tree *t, unsigned int level, uint64_t table)
{
    if (ept(t))
        return table | 7 | 1 << 10;
    if (t->kind == SECOND_NPT_PAE && level == 3)
        return table | 1;
    return table | 7;
}

static uint64_t page_entry(const struct second_tree *t, unsigned int level, uint64_t page)
{
    uint64_t large = level > 1 ? 128 : 0;

    if (t->kind == SECOND_NPT2 && level == 2 && page >> 32)
        page = in_place(page, 31, 22) | bits(page, 39, 32) << 13;
    return page | large | 7 | (ept(t) ? 6 << 3 | 1 << 10 : 0);
}

void second_tree_map(struct second_tree *t, uint64_t gpa, uint64_t where, unsigned int level)
{
    uint64_t table = t->root, at;

    for (unsigned int l = levels[t->kind];; l--) {
        at = table + index_of(t, gpa, l) * second_tree_entry_size(t);
        if (l == level)
            break;
        if (get(t, at) == 0)
            put(t, at, l, false, table_entry(t, l, tiny_frame(t->mem, t->next++)));
        table = in_place(get(t, at), t->kind == SECOND_NPT2 ? 31 : 51, 12);
    }
    if (get(t, at) == 0)
        put(t, at, level, true, page_entry(t, level, where));
}

/* One change that takes something away, or makes the entry illegal. */
static uint64_t spoil(const struct second_tree *t, struct dice *d, uint64_t e)
{
    switch (dice_pick(d, ept(t) ? 9 : 5)) {
    case 0:
        return 0;
    case 1:
        return e & ~UINT64_C(2);
    case 2:
        return e & ~UINT64_C(4);
    case 3:
        return e ^ UINT64_C(1) << dice_pick(d, second_tree_entry_size(t) * 8);
    case 4:
        if (second_tree_entry_size(t) == 8)
            return ept(t) ? e & ~UINT64_C(3) : e | UINT64_C(1) << 63;
        return e & ~UINT64_C(6);
    case 5:
        return e & ~(UINT64_C(1) << 10);
    case 6:
        return e & ~UINT64_C(6);
    case 7:
        return (e & ~UINT64_C(7)) | dice_pick(d, 8);
    default:
        return (e & ~(UINT64_C(7) << 3)) | (uint64_t)dice_pick(d, 8) << 3;
    }
}

void second_tree_spoil(struct second_tree *t, struct dice *d, unsigned int percent)
{
    for (unsigned int n = 0; n < t->nr_entries; n++) {
        uint64_t e = second_tree_get(t, n), flags;
        bool pdpte = t->kind == SECOND_NPT_PAE && t->entry[n].level == 3;

        /* A and D at random: bits 8 and 9, or 5 and 6; and what is ignored. */
        flags = ept(t) ? dice_word(d) & (3 << 8 | 1 << 11) : dice_word(d) & (3 << 5 | 0xe00);
        if (ept(t) && t->entry[n].page && dice_chance(d, 50))
            flags |= UINT64_C(1) << 60; /* A supervisor shadow stack. */
        if (!pdpte)
            e |= flags;
        if (dice_chance(d, percent))
            e = spoil(t, d, e);
        second_tree_set(t, n, e);
    }
}

struct oracle_second second_tree_plain(const struct second_tree *t, const struct xenpt_cpu *cpu)
{
    struct oracle_second s = { .cpu = *cpu, .ept = ept(t), .pointer = t->root };

    if (s.ept) {
        s.cpu.vendor = XENPT_INTEL;
        s.pointer |= (levels[t->kind] - 1) << 3 | 6;
        return s;
    }
    s.cpu.vendor = XENPT_AMD;
    s.host.cr0 = 1u << 31 | 1u << 16 | 1;
    s.host.cr4 = 1 << 4;
    s.host.cr4 |= t->kind == SECOND_NPT2 ? 0 : 1 << 5;
    s.host.cr4 |= t->kind == SECOND_NPT5 ? 1 << 12 : 0;
    s.host.efer = 1 << 11;
    s.host.efer |= t->kind >= SECOND_NPT4 ? 1 << 8 | 1 << 10 : 0;
    return s;
}

struct oracle_second second_tree_random(const struct second_tree *t, struct dice *d,
                                        const struct xenpt_cpu *cpu)
{
    struct oracle_second s = second_tree_plain(t, cpu);

    if (s.ept) {
        s.cpu.ept_gb_pages = dice_chance(d, 80);
        s.cpu.ept_2m_pages = dice_chance(d, 80);
        s.cpu.ept_mbec = dice_chance(d, 50);
        s.cpu.ept_exec_only = dice_chance(d, 50);
        s.cpu.ept_advanced_info = dice_chance(d, 50);
        s.pointer ^= dice_chance(d, 30) ? 6 : 0;      /* UC tables. */
        s.pointer |= dice_chance(d, 50) ? 1 << 6 : 0; /* A and D flags. */
        s.pointer |= dice_chance(d, 50) ? 1 << 7 : 0; /* Supervisor shadow stacks. */
        return s;
    }
    s.cpu.gb_pages = dice_chance(d, 80);
    s.cpu.pse36 = dice_chance(d, 80);
    s.host.efer ^= dice_chance(d, 20) ? 1 << 11 : 0;
    s.host.cr4 ^= dice_chance(d, 20) ? 1 << 4 : 0;
    s.host.cr0 ^= dice_chance(d, 50) ? 1 << 16 : 0;             /* WP: no part in it */
    s.host.cr4 |= dice_word(d) & (1 << 20 | 1 << 21 | 1 << 22); /* SMEP, SMAP, PKE: nor they */
    s.host.pkru = (uint32_t)dice_word(d);
    s.pointer |= dice_word(d) & 0x18; /* PWT, PCD */
    return s;
}
