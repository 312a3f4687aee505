/* test_rename.c - an image's tables as cases: what is renamed, and what stays. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "validate/harness.h"
#include "validate/rename.h"

#define PAGE   UINT64_C(4096)
#define FLAGS  UINT64_C(0x80d0000000000fff) /* All bits of an entry that are no address. */
#define NX     XENPT_BIT(63)
#define TARGET UINT64_C(0x00fffffffffff000)

/* Machine memory of 8 pages: L4 in page 1, L3 in 2, L2 in 3, L1 in 4. */
struct fixture {
    uint64_t page[8][512];
    struct xenpt_reader mem;
    struct xenpt_context context;
    struct xenpt_view view;
    struct case_draft draft;
};

static struct fixture *fixture(void)
{
    const struct xenpt_cpu cpu = xenpt_cpu_widest(XENPT_AMD);
    const struct xenpt_regs regs = {
        .cr0 = XENPT_CR0_PG | XENPT_CR0_PE | XENPT_CR0_WP | 8,
        .cr3 = PAGE,
        .cr4 = XENPT_CR4_PAE | XENPT_CR4_SMAP | 0x600,
        .efer = XENPT_EFER_LME | XENPT_EFER_LMA | XENPT_EFER_NXE | 1,
    };
    struct fixture *f = aligned_alloc(64, sizeof(*f) + (64 - sizeof(*f) % 64));

    assert_non_null(f);
    memset(f, 0, sizeof(*f));
    f->mem = xenpt_reader_flat(f->page, 0, sizeof(f->page));
    assert_int_equal(xenpt_paging_init(&f->context.paging, &cpu, &regs, NULL), XENPT_OK);
    f->view = (struct xenpt_view){ .mem = &f->mem, .contexts = &f->context, .nr_contexts = 1 };
    f->page[1][3] = 2 * PAGE | 0x067;
    f->page[1][511] = 2 * PAGE | 0x063;
    f->page[2][4] = 3 * PAGE | 0x827;
    f->page[3][5] = 4 * PAGE | 0x067;
    f->page[3][6] = UINT64_C(0x1234400000) | 0x10e7 | NX; /* 2M, PAT */
    f->page[4][7] = UINT64_C(0x777777000) | 0x1e1 | NX;
    f->page[4][8] = UINT64_C(0x777778000);
    return f;
}

static uint64_t word_at(const struct fixture *f, uint64_t at)
{
    for (unsigned int i = 0; i < f->draft.nr_words; i++)
        if ((f->draft.word[i].at & ~UINT64_C(3)) == at)
            return f->draft.word[i].value;
    fail_msg("no word is planted at %llx", (unsigned long long)at);
    return 0;
}

/* Follows the case's own tables by hand; the leaf's entry is returned. */
static uint64_t follow(const struct fixture *f, uint64_t va, unsigned int last)
{
    uint64_t table = f->draft.state[0].cr3 & TARGET, entry = 0;

    for (unsigned int level = 4; level >= last; level--) {
        entry = word_at(f, table + (va >> (12 + 9 * (level - 1)) & 511) * 8);
        table = entry & TARGET;
        if (level > last)
            assert_in_range(table, PROBE_WINDOW, PROBE_WINDOW + PROBE_WINDOW_SIZE - 1);
    }
    return entry;
}

static void check_window(const struct fixture *f)
{
    struct blob_word harness;

    for (unsigned int i = 0; i < f->draft.nr_words; i++)
        assert_in_range(f->draft.word[i].at, PROBE_WINDOW, PROBE_WINDOW + PROBE_WINDOW_SIZE - 8);
    assert_true(harness_native(MODE_4LEVEL, f->draft.state[0].cr3, &harness));
    assert_int_equal(word_at(f, harness.at & ~UINT64_C(3)), harness.value);
    for (unsigned int i = 0; i < f->draft.nr_accesses; i++)
        assert_int_equal(f->draft.access[i].va, f->draft.access[0].va);
    assert_int_equal(f->draft.nr_accesses, RENAME_ACCESSES);
}

static uint64_t address(unsigned int l4, unsigned int l3, unsigned int l2, unsigned int l1)
{
    uint64_t va = (uint64_t)l4 << 39 | (uint64_t)l3 << 30 | (uint64_t)l2 << 21 | (uint64_t)l1 << 12;

    return l4 & 256 ? va | UINT64_C(0xffff000000000000) : va;
}

static void test_page(void **state)
{
    struct fixture *f = fixture();
    uint64_t va = address(3, 4, 5, 7) | 0x238, leaf;

    (void)state;
    assert_true(rename_address(&f->view, &f->context, va, &f->draft));
    check_window(f);
    assert_int_equal(f->draft.access[0].va, va);
    assert_int_equal(follow(f, va, 4) & FLAGS, 0x067);
    assert_int_equal(follow(f, va, 3) & FLAGS, 0x827);
    leaf = follow(f, va, 1);
    assert_int_equal(leaf & FLAGS, 0x1e1 | NX);
    assert_int_equal(word_at(f, (leaf & TARGET) | 0x238) & 0xffff, 0x0b0f);
    /* What has no say in paging is gone from the registers, and the rest is there. */
    assert_int_equal(f->draft.state[0].cr4, XENPT_CR4_PAE | XENPT_CR4_SMAP);
    assert_int_equal(f->draft.state[0].efer, 0xd00);
    assert_int_equal(f->draft.state[0].cr0 & 8, 0);
    free(f);
}

static void test_large(void **state)
{
    struct fixture *f = fixture();
    uint64_t va = address(3, 4, 6, 0) + 0x123458, leaf;

    (void)state;
    assert_true(rename_address(&f->view, &f->context, va, &f->draft));
    check_window(f);
    leaf = follow(f, va, 2);
    assert_int_equal(leaf & (FLAGS | 0x1000), 0x10e7 | NX);
    assert_int_equal(leaf & 0x1fe000, 0);
    assert_int_equal(word_at(f, (leaf & TARGET & ~UINT64_C(0x1fffff)) + 0x123458) & 0xffff, 0x0b0f);
    free(f);
}

static void test_hole_and_slot(void **state)
{
    struct fixture *f = fixture();
    uint64_t moved = address(510, 4, 5, 7);

    (void)state;
    /* A hole is kept as it is, address and all: no walk goes there. */
    assert_true(rename_address(&f->view, &f->context, address(3, 4, 5, 8), &f->draft));
    assert_int_equal(follow(f, address(3, 4, 5, 8), 1), UINT64_C(0x777778000));
    /* The image's own slot is left to it. */
    assert_true(rename_address(&f->view, &f->context, address(511, 4, 5, 7), &f->draft));
    check_window(f);
    assert_int_equal(f->draft.access[0].va, moved);
    assert_int_equal(follow(f, moved, 4) & FLAGS, 0x063);
    free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_page),
        cmocka_unit_test(test_large),
        cmocka_unit_test(test_hole_and_slot),
    };

    return cmocka_run_group_tests_name("rename", tests, NULL, NULL);
}
