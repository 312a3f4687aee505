/*
 * test_oracle_device.c - tables of Intel's IOMMUs: each bit of each entry on the way, and random
 * trees, asked of the engine by a walk that is recorded, by translation, and of the oracle.
 */
#include "oracle/dice.h"
#include "oracle/oracle_device.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define TABLES 16u

static uint64_t memory[TABLES * 512];
static const struct oracle_memory bytes = { (const uint8_t *)memory, 0, sizeof(memory) };

static void same(const struct xenpt_paging *pg, const struct xenpt_reader *mem,
                 const struct xenpt_walk *walk, const struct oracle_walk *w,
                 enum xenpt_access_kind kind)
{
    const struct xenpt_access access = { .kind = kind };
    bool right = kind == XENPT_READ ? w->r : kind == XENPT_WRITE && w->w;
    bool allowed = w->end == XENPT_MAPPED && right;
    struct xenpt_translation t;
    struct xenpt_verdict verdict;
    struct xenpt_ask ask;

    xenpt_judge(pg, walk, &access, &verdict);
    xenpt_ask_init(&ask, pg, &access);
    if (verdict.allowed != allowed || xenpt_translate(pg, mem, &ask, w->in, &t) != allowed ||
        t.rule != verdict.rule)
        fail_msg("0x%llx, access %d: allowed is %d", (unsigned long long)w->in, (int)kind,
                 (int)verdict.allowed);
    if (allowed)
        assert_int_equal(t.out, w->out);
    assert_int_equal(verdict.nr_updates, 0);
}

/* ret: how it ended. */
static enum xenpt_outcome ask(const struct oracle_device *d, uint64_t in)
{
    const struct xenpt_cpu cpu = { .vendor = XENPT_INTEL, .maxphyaddr = (uint8_t)d->host_bits };
    const struct xenpt_reader mem = xenpt_reader_flat(memory, 0, sizeof(memory));
    struct xenpt_paging pg;
    struct xenpt_walk walk;
    struct oracle_walk w;

    assert_int_equal(xenpt_paging_init_vtd(&pg, &cpu, d->levels, d->root, NULL), XENPT_OK);
    xenpt_walk(&pg, &mem, in, &walk);
    oracle_walk_vtd(d, &bytes, in, &w);
    if (walk.outcome != w.end || walk.out != w.out || walk.nr_steps != w.nr)
        fail_msg("0x%llx: %s, and %s by the specification", (unsigned long long)in,
                 xenpt_outcome_name(walk.outcome), xenpt_outcome_name(w.end));
    for (unsigned int i = 0; i < w.nr; i++)
        assert_int_equal(walk.step[i].at, w.entry[i].at);
    if (w.end == XENPT_MAPPED)
        assert_int_equal(walk.span, w.page_size);
    for (enum xenpt_access_kind kind = XENPT_READ; kind <= XENPT_FETCH; kind++)
        same(&pg, &mem, &walk, &w, kind);
    return w.end;
}

/* --- Each bit ------------------------------------------------------------------------------ */

/* One address; at each level the entry for it, of which one is changed. */
#define IN UINT64_C(0x8140a03123) /* L4 1, L3 5, L2 5, L1 3. */

static void plant(unsigned int levels, unsigned int page_at, unsigned int changed, uint64_t flip)
{
    static const unsigned int slot[5] = { 0, 3, 5, 5, 1 };

    memset(memory, 0, sizeof(memory));
    for (unsigned int l = levels; l >= page_at; l--) {
        uint64_t *entry = &memory[512 * l + slot[l]];

        *entry = (l == page_at ? UINT64_C(0x40000000) | (l > 1 ? 0x80 : 0) : 0x1000 * (l - 1)) | 3;
        if (l == changed)
            *entry ^= flip;
    }
}

static void each_bit_of(unsigned int levels, unsigned int page_at, unsigned int host_bits)
{
    const struct oracle_device d = { host_bits, levels, 0x1000 * levels };
    uint64_t in = levels == 3 ? IN & 0x7fffffffff : IN;

    for (unsigned int l = levels; l >= page_at; l--)
        for (unsigned int b = 0; b < 64; b++)
            for (unsigned int rw = 0; rw < 4; rw++) {
                plant(levels, page_at, l, XENPT_BIT(b) ^ rw);
                ask(&d, in);
            }
}

static void test_each_bit(void **state)
{
    (void)state;
    for (unsigned int levels = 3; levels <= 4; levels++)
        for (unsigned int page_at = 1; page_at <= 3; page_at++) {
            each_bit_of(levels, page_at, 39);
            each_bit_of(levels, page_at, 52);
        }
}

/* What the oracle itself is held to: sentences of the specification. */
static void test_sentences(void **state)
{
    static const struct row {
        const char *says;
        unsigned int page_at, level;
        uint64_t flip;
        enum xenpt_outcome end;
    } rows[] = {
        { "a page of 4 KiB", 1, 1, 0, XENPT_MAPPED },
        { "a page of 1 GiB", 3, 3, 0, XENPT_MAPPED },
        { "neither R nor W: not present", 1, 2, 3, XENPT_NOT_PRESENT },
        { "...whatever reserved bits it has", 1, 2, 3 | XENPT_BIT(62), XENPT_NOT_PRESENT },
        { "W alone is present", 1, 1, 1, XENPT_MAPPED },
        { "bit 7 of an SS-PML4E is reserved", 1, 4, 0x80, XENPT_RESERVED },
        { "bit 11 of what leads to a table", 1, 2, 0x800, XENPT_RESERVED },
        { "SNP of a page", 1, 1, 0x800, XENPT_MAPPED },
        { "alignment of a page of 2 MiB", 2, 2, 0x1000, XENPT_RESERVED },
        { "X is ignored", 1, 1, 4, XENPT_MAPPED },
        { "A, D and what EPT calls a memory type are", 1, 1, 0x378, XENPT_MAPPED },
        { "what EPT suppresses #VE by is", 1, 1, XENPT_BIT(63), XENPT_MAPPED },
        { "TM without device TLBs is not", 1, 1, XENPT_BIT(62), XENPT_RESERVED },
        { "addresses end where the host's do", 1, 1, XENPT_BIT(46), XENPT_RESERVED },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        plant(4, rows[i].page_at, rows[i].level, rows[i].flip);
        if (ask(&(struct oracle_device){ 46, 4, 0x4000 }, IN) != rows[i].end)
            fail_msg("%s", rows[i].says);
    }
}

/* --- Random trees -------------------------------------------------------------------------- */

static uint64_t entry_of(struct dice *dice)
{
    uint64_t e = (uint64_t)dice_pick(dice, TABLES + 1) * 0x1000 | 3;

    if (dice_chance(dice, 20))
        e ^= 1u + dice_pick(dice, 3);
    if (dice_chance(dice, 15))
        e = (e & ~XENPT_BITS(29, 12)) | (uint64_t)dice_pick(dice, 4) << 30 | 0x80;
    if (dice_chance(dice, 10))
        e ^= XENPT_BIT(dice_pick(dice, 64));
    return dice_chance(dice, 3) ? dice_word(dice) : e;
}

static void test_random(void **state)
{
    const char *cases = getenv("XENPT_ORACLE_CASES");
    unsigned long n = cases ? strtoul(cases, NULL, 10) : 20000;
    struct dice dice = { 7 };
    unsigned int mapped = 0, refused = 0;

    (void)state;
    for (unsigned long i = 0; i < n; i++) {
        struct oracle_device d = { dice_chance(&dice, 50) ? 52 : 39, 3 + dice_pick(&dice, 2),
                                   dice_pick(&dice, TABLES) * UINT64_C(0x1000) };
        enum xenpt_outcome end;

        for (size_t k = 0; i % 100 == 0 && k < TABLES * 512; k++)
            memory[k] = entry_of(&dice);
        end = ask(&d, dice_word(&dice) >> (64 - (d.levels == 3 ? 39 : 48) - (i % 50 == 0)));
        mapped += end == XENPT_MAPPED;
        refused += end == XENPT_RESERVED;
    }
    assert_true(!cases || n < 1000 ? true : mapped > n / 10 && refused > n / 50);
}

static void test_refused(void **state)
{
    const struct xenpt_cpu cpu = { .vendor = XENPT_INTEL, .maxphyaddr = 46 };
    const struct xenpt_cpu narrow = { .vendor = XENPT_INTEL, .maxphyaddr = 31 };
    struct xenpt_paging pg;

    (void)state;
    assert_int_equal(xenpt_paging_init_vtd(&pg, &cpu, 2, 0, NULL), XENPT_EUNSUPPORTED);
    assert_int_equal(xenpt_paging_init_vtd(&pg, &cpu, 5, 0, NULL), XENPT_EUNSUPPORTED);
    assert_int_equal(xenpt_paging_init_vtd(&pg, &narrow, 4, 0, NULL), XENPT_ERANGE);
    assert_null(xenpt_format_check(xenpt_format(XENPT_VTD3)));
    assert_null(xenpt_format_check(xenpt_format(XENPT_VTD4)));
    assert_true(xenpt_format_is_device(xenpt_format(XENPT_VTD3)));
    assert_true(xenpt_format_is_device(xenpt_format(XENPT_IOMMU4)));
    assert_false(xenpt_format_is_device(xenpt_format(XENPT_EPT4)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_bit),
        cmocka_unit_test(test_sentences),
        cmocka_unit_test(test_random),
        cmocka_unit_test(test_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
