/*
 * test_cells.c - cells of narrowed tables, changed one at a time: the matrix has to notice.
 *
 * This is the quick part of what mutants.py does at length, with the oracle for an MMU.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "validate/compare.h"
#include "validate/matrix.h"
#include "validate/model.h"
#include "validate/oracle_mmu.h"

#define ACCESSES 100000

#define LEVEL(l, member) offsetof(struct xenpt_format, level[l].member)
#define MEMBER(m)        offsetof(struct xenpt_format, m)

/* A cell, and the bits that it loses. */
static const struct cell {
    const char *text;
    enum suite suite;
    bool second; /* It is the second stage's table. */
    size_t at;
    uint64_t bits;
} cells[] = {
    { "L4: PS is reserved", SUITE_4LEVEL, false, LEVEL(4, rsvd_table), 0x80 },
    { "L4: bit 51 is reserved", SUITE_4LEVEL, false, LEVEL(4, rsvd_table), XENPT_BIT(51) },
    { "L3: PS maps a page", SUITE_4LEVEL, false, LEVEL(3, page_if), 0x80 },
    { "L3: bit 13 is reserved in a page", SUITE_4LEVEL, false, LEVEL(3, rsvd_page), 0x2000 },
    { "L2: bit 20 is reserved in a page", SUITE_4LEVEL, false, LEVEL(2, rsvd_page), 0x100000 },
    { "L1: bit 40 is reserved", SUITE_4LEVEL, false, LEVEL(1, rsvd_page), XENPT_BIT(40) },
    { "A", SUITE_4LEVEL, false, MEMBER(accessed), 0x20 },
    { "D", SUITE_4LEVEL, false, MEMBER(dirty), 0x40 },
    { "keys: bit 62", SUITE_4LEVEL, false, MEMBER(pkey), XENPT_BIT(62) },
    { "L5: PS is reserved", SUITE_5LEVEL, false, LEVEL(5, rsvd_table), 0x80 },
    { "L2: PS maps a page", SUITE_2LEVEL, false, LEVEL(2, page_if), 0x80 },
    { "PDPTE: bit 1 is reserved", SUITE_PAE, false, LEVEL(3, rsvd_table), 0x2 },
    { "PAE L1: bit 52 is reserved", SUITE_PAE, false, LEVEL(1, rsvd_page), XENPT_BIT(52) },
    { "EPT L4: bit 7 is reserved", SUITE_EPT, true, LEVEL(4, rsvd_table), 0x80 },
    { "EPT L3: bit 3 is reserved", SUITE_EPT, true, LEVEL(3, rsvd_table), 0x8 },
    { "EPT L2: bit 12 is reserved in a page", SUITE_EPT, true, LEVEL(2, rsvd_page), 0x1000 },
    { "EPT: W needs R", SUITE_EPT, true, MEMBER(dependent), 0x2 },
    { "EPT: A", SUITE_EPT, true, MEMBER(accessed), 0x100 },
    { "EPT: D", SUITE_EPT, true, MEMBER(dirty), 0x200 },
    { "NPT L4: bit 8 is reserved", SUITE_NPT, true, LEVEL(4, rsvd_table), 0x100 },
    { "NPT: D", SUITE_NPT, true, MEMBER(dirty), 0x40 },
};

/* How many answers are not what the oracle says; that nothing is known is none. */
static unsigned int differences(const struct cell *cell, const struct xenpt_cpu *cpu,
                                const struct blob *blob)
{
    unsigned int n = 0;
    struct oracle_mmu oracle;
    struct case_view c;
    struct model *m;

    assert_true(oracle_mmu_init(&oracle, cpu));
    assert_int_equal(model_create(cpu, &m, NULL), XENPT_OK);
    for (size_t at = 0; blob_next(blob, &at, &c);) {
        model_plant(m, &c);
        for (unsigned int i = 0; i < c.head->nr_accesses; i++) {
            struct readied *r = readied_of(m, c.accesses[i].state);
            char *table = (char *)(cell->second ? &r->second.format : &r->first.format);
            struct oracle_result got;
            struct comparison cmp;
            struct answer answer;

            *(uint64_t *)(void *)(table + cell->at) &= ~cell->bits;
            model_answer(m, i, &answer);
            oracle_mmu_access(&oracle, &c, i, &got);
            compare(&c, i, &answer, &got.result, &cmp);
            n += cmp.differs != 0 || cmp.open;
        }
    }
    model_destroy(m);
    oracle_mmu_fini(&oracle);
    return n;
}

static void each_cell_is_missed(void **state)
{
    const struct cell nothing = { .at = MEMBER(dirty) };
    enum suite made = NR_SUITES;
    unsigned int usual = 0;
    struct xenpt_cpu cpu = { 0 };
    struct blob blob = { 0 };

    (void)state;
    for (size_t i = 0; i < sizeof(cells) / sizeof(cells[0]); i++) {
        const struct cell *cell = &cells[i];
        unsigned int n;

        if (cell->suite != made) {
            struct matrix_options options = { .suite = cell->suite, .seed = 1 };
            struct matrix *m;

            cpu = xenpt_cpu_widest(cell->suite == SUITE_NPT ? XENPT_AMD : XENPT_INTEL);
            cpu.maxphyaddr = 40;
            cpu.cet_ss = cpu.pks = cpu.ept_5level = cpu.ept_sss = false;
            options.cpu = cpu;
            blob_free(&blob);
            blob_init(&blob, suite_flags(cell->suite));
            assert_int_equal(matrix_create(&options, &m, NULL), XENPT_OK);
            assert_int_equal(matrix_more(m, ACCESSES, &blob, NULL), XENPT_OK);
            assert_int_equal(blob_finish(&blob, NULL), XENPT_OK);
            matrix_destroy(m);
            made = cell->suite;
            usual = differences(&nothing, &cpu, &blob);
            assert_true(usual * 20 < blob.nr_accesses);
        }
        n = differences(cell, &cpu, &blob);
        print_message("%-8s %-40s %u of %u\n", suite_name(cell->suite), cell->text, n - usual,
                      blob.nr_accesses);
        if (n <= usual)
            fail_msg("%s: nobody notices", cell->text);
    }
    blob_free(&blob);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(each_cell_is_missed) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
