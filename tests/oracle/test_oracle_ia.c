/*
 * test_oracle_ia.c - every bit of every entry, by itself, against everything it can meet.
 *
 * For each mode of paging and each size of page there are a few good trees.  One bit of one
 * entry is flipped, and the tree is accessed in every way under every setting of the control
 * registers; the engine has to agree with the oracle each time.  What cannot occur, or says
 * nothing new, is left out: each row of left_out[] says why.
 */
#include "oracle/bench.h"
#include "oracle/left_out.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* The trees' pages have key 5: allow all, forbid access, forbid writes, forbid all but key 5. */
static const uint32_t keys[] = { 0xffffffff, 0, 1 << 10, 1 << 11, ~(3u << 10) };

/* --- The trees ------------------------------------------------------------------------------- */

/* What a tree's page is. */
enum flavour { USER, SUPERVISOR, USER_SHADOW_STACK, SUPERVISOR_SHADOW_STACK, FLAVOURS };

/* One tree: a table in each of the first frames. */
struct tree {
    unsigned int top, leaf; /* Levels. */
    unsigned int size;      /* Of an entry. */
    uint64_t in;            /* The address that goes through it. */
    uint64_t at[6], entry[6];
};

#define PAGE UINT64_C(0x240000000) /* Below 2^36, and aligned to any size of page. */

static const unsigned int slots[] = { 0, 7, 6, 2, 257, 3 }; /* In the table of each level. */

/* The entry that maps the page. */
static uint64_t leaf_entry(const struct setting *s, unsigned int leaf, enum flavour flavour)
{
    bool narrow = s->mode == ORACLE_32_BIT || s->width == 32;
    uint64_t e = (narrow ? PAGE & 0xffffffff : PAGE) | 7;

    if (leaf > 1)
        e |= 1 << 7;
    if (flavour == SUPERVISOR || flavour == SUPERVISOR_SHADOW_STACK)
        e &= ~UINT64_C(4);
    if (flavour >= USER_SHADOW_STACK)
        e = (e & ~UINT64_C(2)) | 1 << 6;
    if (s->mode >= ORACLE_4_LEVEL)
        e |= UINT64_C(5) << 59;
    return e;
}

static void plant(struct tree *t, struct tiny_memory *mem, const struct setting *s,
                  unsigned int leaf, enum flavour flavour)
{
    bool narrow = s->mode == ORACLE_32_BIT;

    *t = (struct tree){ .top = narrow ? 2 : (unsigned int)s->mode + 1,
                        .leaf = leaf,
                        .size = narrow ? 4 : 8 };
    tiny_memory_init(mem, 0x100000, 8 * 4096);
    for (unsigned int l = t->top; l >= leaf; l--) {
        bool pdpte = s->mode == ORACLE_PAE && l == 3;

        t->at[l] = tiny_frame(mem, l) + slots[l] * t->size;
        t->entry[l] = l == leaf ? leaf_entry(s, leaf, flavour)
                                : tiny_frame(mem, l - 1) | (pdpte ? 1 : 7);
        t->in |= (uint64_t)slots[l] << (narrow ? 2 + 10 * l : 3 + 9 * l);
        tiny_put(mem, t->at[l], t->entry[l], t->size);
    }
    t->in |= 0xabc;
    if (s->mode == ORACLE_4_LEVEL)
        t->in |= UINT64_C(0xffff) << 48;
}

/* Bits that grant or withhold, are keys or flags; all others are addresses, or ignored. */
static bool of_rights(unsigned int n)
{
    return n <= 2 || n == 5 || n == 6 || n >= 59;
}

/* --- The loops ------------------------------------------------------------------------------- */

/* How often each row of left_out[] has left something out. */
static unsigned long pruned[NR_LEFT_OUT];

static bool keep(const struct setting *s, bool of_access)
{
    for (size_t i = 0; i < NR_LEFT_OUT; i++)
        if (left_out[i].of_access == of_access && left_out[i].rule(s)) {
            pruned[i]++;
            return false;
        }
    return true;
}

/* All accesses to one tree. */
static void access_all(struct bench *b, struct setting *s, const struct tree *t)
{
    for (unsigned int n = 0; n < 3 * 2 * 2 * 2 * 2; n++) {
        struct xenpt_access a = { .kind = (enum xenpt_access_kind)(n / 16) };

        a.cpl = bit(n, 0) ? 3 : 0;
        a.implicit = bit(n, 1);
        a.ac = bit(n, 2);
        a.shadow_stack = bit(n, 3);
        s->access = a;
        if (!keep(s, true) || !bench_turn(b))
            continue;
        b->trial.access = a;
        trial_check(&b->report, &b->trial, 1, &t->in);
    }
}

/* Each bit of each entry in turn; first none. */
static void flip_all(struct bench *b, struct setting *s, unsigned int leaf, enum flavour flavour)
{
    struct tree t;

    plant(&t, &b->mem, s, leaf, flavour);
    access_all(b, s, &t);
    for (unsigned int l = leaf; l <= t.top; l++)
        for (unsigned int n = 0; n < t.size * 8; n++) {
            if (of_rights(n) != s->for_rights)
                continue;
            tiny_put(&b->mem, t.at[l], t.entry[l] ^ UINT64_C(1) << n, t.size);
            access_all(b, s, &t);
            tiny_put(&b->mem, t.at[l], t.entry[l], t.size);
        }
}

/* Registers and processor of a setting; CR3 is the table of the top level. */
static void set_up(struct bench *b, const struct setting *s)
{
    struct trial *t = &b->trial;

    bench_trial(b, TRIAL_FIRST);
    t->cpu = xenpt_cpu_widest(s->amd ? XENPT_AMD : XENPT_INTEL);
    t->cpu.maxphyaddr = (uint8_t)s->width;
    t->cpu.gb_pages = s->gb_pages;
    t->cpu.pse36 = s->pse36;
    t->cpu.cet_ss = s->cet;
    t->regs.cr0 = 1u << 31 | (s->wp ? 1u << 16 : 0) | 1;
    t->regs.cr4 = (s->smep ? 1u << 20 : 0) | (s->smap ? 1u << 21 : 0) | (s->cet ? 1u << 23 : 0) |
                  (s->pke ? 1u << 22 : 0) | (s->pks ? 1u << 24 : 0) | (s->pse ? 1u << 4 : 0) |
                  (s->mode > ORACLE_32_BIT ? 1u << 5 : 0) |
                  (s->mode == ORACLE_5_LEVEL ? 1u << 12 : 0);
    t->regs.efer = (s->nxe ? 1u << 11 : 0) | (s->mode > ORACLE_PAE ? 1u << 8 | 1u << 10 : 0);
    t->regs.pkru = keys[s->pke];
    t->regs.pkrs = keys[s->pks];
    t->regs.cr3 = UINT64_C(0x100000) + (s->mode == ORACLE_32_BIT ? 2 : s->mode + 1u) * 4096;
    assert_true(b->counting || trial_prepare(t));
}

static void run_setting(struct bench *b, struct setting *s)
{
    unsigned int largest = s->mode >= ORACLE_4_LEVEL ? 3 : 2;

    set_up(b, s);
    for (unsigned int leaf = 1; leaf <= largest; leaf++)
        for (enum flavour f = USER; f < FLAVOURS; f++)
            /* Reserved bits do not look at rights; L4 and below are the same with five levels. */
            if (f == USER || (s->for_rights && s->mode != ORACLE_5_LEVEL))
                flip_all(b, s, leaf, f);
}

/* All settings: a number whose digits are what varies. */
static void run_all(struct bench *b, enum oracle_mode mode)
{
    static const unsigned int width[] = { 32, 36, 39, 40, 46, 48, 52 };

    for (unsigned int n = 0; n < 2 * 7 * 5 * 5 * 512; n++) {
        unsigned int flags = n % 512, pke = n / 512 % 5, pks = n / 512 / 5 % 5;
        struct setting s = { .mode = mode, .pke = pke, .pks = pks };

        s.width = width[n / 512 / 25 % 7];
        s.for_rights = n / 512 / 25 / 7;
        s.wp = bit(flags, 0);
        s.nxe = bit(flags, 1);
        s.smep = bit(flags, 2);
        s.smap = bit(flags, 3);
        s.cet = bit(flags, 4);
        s.pse = bit(flags, 5);
        s.pse36 = bit(flags, 6);
        s.gb_pages = bit(flags, 7);
        s.amd = bit(flags, 8);
        if (keep(&s, false))
            run_setting(b, &s);
    }
}

/* --- The tests ------------------------------------------------------------------------------- */

static const enum xenpt_rule_id everywhere[] = { XENPT_RULE_NOT_PRESENT, XENPT_RULE_RESERVED,
                                                 XENPT_RULE_USER,        XENPT_RULE_WRITE,
                                                 XENPT_RULE_SMEP,        XENPT_RULE_SMAP,
                                                 XENPT_RULE_SHADOW_STACK };

static void every_2_level(struct bench *b)
{
    run_all(b, ORACLE_32_BIT);
}

static void every_pae(struct bench *b)
{
    run_all(b, ORACLE_PAE);
}

static void every_4_level(struct bench *b)
{
    run_all(b, ORACLE_4_LEVEL);
}

static void every_5_level(struct bench *b)
{
    run_all(b, ORACLE_5_LEVEL);
}

static void test_2_level(void **state)
{
    struct bench *b = *state;

    bench_enumerate(b, every_2_level, "2-level");
    BENCH_ASSERT_RULES(b, everywhere, 200);
    assert_int_equal(b->report.rule[XENPT_RULE_EXECUTE], 0);
    assert_int_equal(b->report.rule[XENPT_RULE_PKEY], 0);
}

static void test_pae(void **state)
{
    static const enum xenpt_rule_id also[] = { XENPT_RULE_EXECUTE, XENPT_RULE_PDPTE };
    struct bench *b = *state;

    bench_enumerate(b, every_pae, "PAE");
    BENCH_ASSERT_RULES(b, everywhere, 300);
    BENCH_ASSERT_RULES(b, also, 300);
    assert_int_equal(b->report.rule[XENPT_RULE_PKEY], 0);
}

static const enum xenpt_rule_id in_long_mode[] = { XENPT_RULE_EXECUTE, XENPT_RULE_PKEY };

static void test_4_level(void **state)
{
    struct bench *b = *state;

    bench_enumerate(b, every_4_level, "4-level");
    BENCH_ASSERT_RULES(b, everywhere, 200);
    BENCH_ASSERT_RULES(b, in_long_mode, 200);
}

static void test_5_level(void **state)
{
    struct bench *b = *state;

    bench_enumerate(b, every_5_level, "5-level");
    BENCH_ASSERT_RULES(b, everywhere, 200);
    BENCH_ASSERT_RULES(b, in_long_mode, 200);
}

/* A rule that leaves nothing out is not needed, or not what it says. */
static void test_every_omission_is_used(void **state)
{
    (void)state;
    for (size_t i = 0; i < NR_LEFT_OUT; i++)
        if (pruned[i] == 0)
            fail_msg("nothing was left out because: %s", left_out[i].because);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BENCH_TEST(test_2_level),
        BENCH_TEST(test_pae),
        BENCH_TEST(test_4_level),
        BENCH_TEST(test_5_level),
        cmocka_unit_test(test_every_omission_is_used), /* By those above. */
    };

    return cmocka_run_group_tests_name("oracle: every bit of every entry", tests, NULL, NULL);
}
