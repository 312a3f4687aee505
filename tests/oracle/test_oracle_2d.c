/*
 * test_oracle_2d.c - every bit of every entry of both stages of a two-dimensional walk.
 *
 * Each pair of formats has one tree that maps and grants all; one bit of one entry, the
 * guest's or the second stage's, is flipped, and engine and oracle have to agree on what
 * becomes of every kind of access.
 */
#include "oracle/bench.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static bool is_ept(enum second_kind kind)
{
    return kind <= SECOND_EPT5;
}

/* What varies. */
struct setting {
    enum oracle_mode mode;
    enum second_kind kind;
    bool ad, mbec;     /* EPT's. */
    bool guest_flags;  /* The guest's A and D are set beforehand. */
    bool second_flags; /* The second stage's. */
    bool smep;
    bool every_bit; /* Else those that grant, withhold or are flags. */
};

/* A guest's tables: one frame for each level from frame 32 on; GPA n GiB for frame 32 + n. */
struct guest {
    unsigned int top, size;
    uint64_t at[6], entry[6], in;
};

#define GUEST_FRAME 32

static uint64_t guest_gpa(unsigned int level)
{
    /* Of its own in each GiB, of which 32 bits have but four. */
    return ((uint64_t)(level % 4) << 30) + (level / 4) * UINT64_C(0x1000000) + level * 4096;
}

static void plant_guest(struct guest *g, struct bench *b, const struct setting *s)
{
    unsigned int level_bits = s->mode == ORACLE_32_BIT ? 10 : 9;

    *g = (struct guest){ .size = s->mode == ORACLE_32_BIT ? 4 : 8 };
    g->top = s->mode == ORACLE_NO_PAGING ? 0 : s->mode == ORACLE_32_BIT ? 2 : s->mode + 1u;
    for (unsigned int l = g->top; l > 0; l--) {
        unsigned int slot = 1 + l % 3;
        bool pdpte = s->mode == ORACLE_PAE && l == 3;

        g->at[l] = tiny_frame(&b->mem, GUEST_FRAME + l) + slot * g->size;
        g->entry[l] = guest_gpa(l - 1) | (pdpte ? 1 : 7);
        if (s->guest_flags && !pdpte)
            g->entry[l] |= 3 << 5;
        g->in |= (uint64_t)slot << (12 + level_bits * (l - 1));
        tiny_put(&b->mem, g->at[l], g->entry[l], g->size);
    }
    g->in += g->top ? 0x123 : guest_gpa(0) + 0x123;
    for (unsigned int l = 0; l <= g->top; l++)
        second_tree_map(&b->second, guest_gpa(l), tiny_frame(&b->mem, GUEST_FRAME + l), 1);
}

static void access_all(struct bench *b, uint64_t in)
{
    for (unsigned int n = 0; n < 3 * 2; n++) {
        if (!bench_turn(b))
            continue;
        b->trial.access = (struct xenpt_access){ .kind = (enum xenpt_access_kind)(n / 2),
                                                 .cpl = n % 2 ? 3 : 0 };
        bench_flush(b);
        trial_check2(&b->report, &b->trial, 1, &in);
    }
}

static bool worth_a_flip(const struct setting *s, unsigned int n)
{
    return s->every_bit || n <= 2 || (n >= 5 && n <= 10) || n == 63;
}

static void set_up(struct bench *b, const struct setting *s, const struct guest *g)
{
    struct trial *t = &b->trial;

    bench_trial(b, TRIAL_BOTH);
    t->cpu = xenpt_cpu_widest(is_ept(s->kind) ? XENPT_INTEL : XENPT_AMD);
    t->cpu.maxphyaddr = 46;
    t->cpu.ept_mbec = t->cpu.ept_advanced_info = s->mbec;
    t->second = second_tree_plain(&b->second, &t->cpu);
    t->second.pointer |= s->ad ? 1 << 6 : 0;
    t->regs.cr0 = 1 | 1u << 16 | (s->mode != ORACLE_NO_PAGING ? 1u << 31 : 0);
    t->regs.cr4 = (s->smep ? 1u << 20 : 0) | (s->mode > ORACLE_32_BIT ? 1u << 5 : 0) |
                  (s->mode == ORACLE_5_LEVEL ? 1u << 12 : 0);
    t->regs.efer = 1u << 11 | (s->mode > ORACLE_PAE ? 1u << 8 | 1u << 10 : 0);
    t->regs.cr3 = g->top ? guest_gpa(g->top) : 0;
    assert_true(trial_prepare(t));
}

static void run_setting(struct bench *b, const struct setting *s)
{
    struct guest g;

    tiny_memory_init(&b->mem, 0x40000000, TINY_FRAMES * 4096);
    second_tree_init(&b->second, s->kind, &b->mem, 0, GUEST_FRAME);
    plant_guest(&g, b, s);
    set_up(b, s, &g);
    for (unsigned int n = 0; n < b->second.nr_entries; n++) {
        bool pdpte = s->kind == SECOND_NPT_PAE && b->second.entry[n].level == 3;

        if (s->second_flags && !pdpte)
            second_tree_set(&b->second, n,
                            second_tree_get(&b->second, n) | (is_ept(s->kind) ? 3 << 8 : 3 << 5));
    }
    access_all(b, g.in);
    for (unsigned int l = 1; l <= g.top; l++) {
        for (unsigned int n = 0; n < g.size * 8; n++) {
            if (!worth_a_flip(s, n))
                continue;
            tiny_put(&b->mem, g.at[l], g.entry[l] ^ UINT64_C(1) << n, g.size);
            access_all(b, g.in);
        }
        tiny_put(&b->mem, g.at[l], g.entry[l], g.size);
    }
    for (unsigned int i = 0; i < b->second.nr_entries; i++) {
        uint64_t e = second_tree_get(&b->second, i);

        for (unsigned int n = 0; n < second_tree_entry_size(&b->second) * 8; n++) {
            if (!worth_a_flip(s, n))
                continue;
            second_tree_set(&b->second, i, e ^ UINT64_C(1) << n);
            access_all(b, g.in);
        }
        for (unsigned int rights = 0; rights < 8 && is_ept(s->kind); rights++) {
            second_tree_set(&b->second, i, (e & ~UINT64_C(7)) | rights);
            access_all(b, g.in);
        }
        second_tree_set(&b->second, i, e);
    }
}

/* Address bits and ignored ones need not meet every pair of formats: one of each kind is enough. */
static void run_pair(struct bench *b, enum oracle_mode mode, enum second_kind kind)
{
    for (unsigned int f = 0; f < 32; f++) {
        struct setting s = { .mode = mode, .kind = kind, .ad = bit(f, 0), .mbec = bit(f, 1) };

        s.guest_flags = bit(f, 2);
        s.second_flags = bit(f, 3);
        s.smep = bit(f, 4);
        s.every_bit = (mode == ORACLE_4_LEVEL && (kind == SECOND_EPT4 || kind == SECOND_NPT4)) ||
                      (mode == ORACLE_PAE && kind == SECOND_EPT4);
        if (!is_ept(kind) && (s.ad || s.mbec))
            continue; /* EPT's. */
        if (s.every_bit && (s.smep || s.second_flags))
            continue; /* An address bit does not meet these. */
        run_setting(b, &s);
    }
}

/* --- The tests ------------------------------------------------------------------------------- */

static void every_guest_on_ept(struct bench *b)
{
    for (enum oracle_mode mode = ORACLE_NO_PAGING; mode <= ORACLE_5_LEVEL; mode++)
        for (enum second_kind kind = SECOND_EPT4; kind <= SECOND_EPT5; kind++)
            run_pair(b, mode, kind);
}

static void every_guest_on_npt(struct bench *b)
{
    for (enum oracle_mode mode = ORACLE_NO_PAGING; mode <= ORACLE_5_LEVEL; mode++)
        for (enum second_kind kind = SECOND_NPT2; kind <= SECOND_NPT5; kind++)
            run_pair(b, mode, kind);
}

static const enum xenpt_rule_id by_guest[] = { XENPT_RULE_NOT_PRESENT, XENPT_RULE_RESERVED,
                                               XENPT_RULE_USER,        XENPT_RULE_WRITE,
                                               XENPT_RULE_EXECUTE,     XENPT_RULE_SMEP,
                                               XENPT_RULE_TABLE,       XENPT_RULE_PDPTE };

static void test_guests_on_ept(void **state)
{
    static const enum xenpt_rule_id rules[] = { XENPT_RULE_READ, XENPT_RULE_EPT_MISCONFIG };
    struct bench *b = *state;

    bench_enumerate(b, every_guest_on_ept, "guests on EPT");
    BENCH_ASSERT_RULES(b, rules, 500);
    BENCH_ASSERT_RULES(b, by_guest, 500);
}

static void test_guests_on_npt(void **state)
{
    static const enum xenpt_rule_id rules[] = { XENPT_RULE_NPT_USER };
    struct bench *b = *state;

    bench_enumerate(b, every_guest_on_npt, "guests on NPT");
    BENCH_ASSERT_RULES(b, rules, 500);
    BENCH_ASSERT_RULES(b, by_guest, 500);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BENCH_TEST(test_guests_on_ept),
        BENCH_TEST(test_guests_on_npt),
    };

    return cmocka_run_group_tests_name("oracle: every bit of both stages", tests, NULL, NULL);
}
