/*
 * test_oracle_codes.c - what a hypervisor is told of a refusal: codes that others have seen.
 *
 * The EPT rows are what kvm-unit-tests' ept_access_test_* find on Intel processors, the NPT
 * rows what its svm_npt tests and Linux's own tests of nested SVM expect.  A guest with four
 * levels of tables runs over a second stage with four.
 */
#include "oracle/site.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define PAGE     0
#define L1_TABLE 1

enum guest_flags { A_AND_D_CLEAR, A_AND_D_SET };

static const struct row {
    const char *claim;
    enum second_kind second;
    unsigned int of;        /* The frame whose second-stage entry is changed: PAGE or a table. */
    uint64_t set, clear;    /* How. */
    bool ept_ad;            /* EPTP bit 6. */
    enum guest_flags guest; /* A and D in the guest's tables. */
    struct xenpt_access access;
    uint64_t code; /* 0: the access is allowed. */
} rows[] = {
    { "EPT: the page is not present",
      SECOND_EPT4,
      PAGE,
      0,
      7,
      false,
      A_AND_D_SET,
      { .kind = XENPT_READ, .cpl = 3 },
      0x181 },
    { "EPT: the page is not writable",
      SECOND_EPT4,
      PAGE,
      0,
      6,
      false,
      A_AND_D_SET,
      { .kind = XENPT_WRITE, .cpl = 3 },
      0x18a },
    { "EPT: the page is not executable",
      SECOND_EPT4,
      PAGE,
      0,
      4,
      false,
      A_AND_D_SET,
      { .kind = XENPT_FETCH, .cpl = 3 },
      0x19c },
    { "EPT: the page is execute-only",
      SECOND_EPT4,
      PAGE,
      0,
      3,
      false,
      A_AND_D_SET,
      { .kind = XENPT_READ, .cpl = 3 },
      0x1a1 },
    { "EPT: a table is not present",
      SECOND_EPT4,
      L1_TABLE,
      0,
      7,
      false,
      A_AND_D_SET,
      { .kind = XENPT_READ, .cpl = 3 },
      0x81 },
    { "EPT with A and D: it is read and written",
      SECOND_EPT4,
      L1_TABLE,
      0,
      7,
      true,
      A_AND_D_SET,
      { .kind = XENPT_READ, .cpl = 3 },
      0x83 },
    { "EPT with A and D: a table has to be writable",
      SECOND_EPT4,
      L1_TABLE,
      0,
      6,
      true,
      A_AND_D_SET,
      { .kind = XENPT_READ, .cpl = 3 },
      0x8b },
    { "EPT with A and D: execute rights show",
      SECOND_EPT4,
      L1_TABLE,
      0,
      2,
      true,
      A_AND_D_SET,
      { .kind = XENPT_READ, .cpl = 3 },
      0xab },
    { "EPT: a table need not be writable if A is set",
      SECOND_EPT4,
      L1_TABLE,
      0,
      6,
      false,
      A_AND_D_SET,
      { .kind = XENPT_READ, .cpl = 3 },
      0 },
    { "EPT: setting the guest's A is a write",
      SECOND_EPT4,
      L1_TABLE,
      0,
      6,
      false,
      A_AND_D_CLEAR,
      { .kind = XENPT_READ, .cpl = 3 },
      0x8b },
    { "NPT: the page is not present",
      SECOND_NPT4,
      PAGE,
      0,
      1,
      false,
      A_AND_D_SET,
      { .kind = XENPT_READ },
      0x100000004 },
    { "NPT: the page is not writable",
      SECOND_NPT4,
      PAGE,
      0,
      2,
      false,
      A_AND_D_SET,
      { .kind = XENPT_WRITE },
      0x100000007 },
    { "NPT: the page is not executable",
      SECOND_NPT4,
      PAGE,
      UINT64_C(1) << 63,
      0,
      false,
      A_AND_D_SET,
      { .kind = XENPT_FETCH },
      0x100000015 },
    { "NPT: the page is a supervisor's",
      SECOND_NPT4,
      PAGE,
      0,
      4,
      false,
      A_AND_D_SET,
      { .kind = XENPT_READ },
      0x100000005 },
    { "NPT: the page's entry has a reserved bit",
      SECOND_NPT4,
      PAGE,
      UINT64_C(1) << 51,
      0,
      false,
      A_AND_D_SET,
      { .kind = XENPT_READ },
      0x10000000d },
    { "NPT: a table is not present",
      SECOND_NPT4,
      L1_TABLE,
      0,
      1,
      false,
      A_AND_D_SET,
      { .kind = XENPT_READ },
      0x200000006 },
    { "NPT: a table has to be writable",
      SECOND_NPT4,
      L1_TABLE,
      0,
      2,
      false,
      A_AND_D_SET,
      { .kind = XENPT_READ },
      0x200000007 },
    { "NPT: a table's entry has a reserved bit",
      SECOND_NPT4,
      L1_TABLE,
      UINT64_C(1) << 51,
      0,
      false,
      A_AND_D_SET,
      { .kind = XENPT_FETCH },
      0x20000000f },
};

static void prepare(struct site *s, const struct row *row, const struct plan *plan)
{
    unsigned int changed;
    uint64_t e;

    site_build(s, plan);
    s->setting.cpu.maxphyaddr = 48;
    s->setting.pointer |= row->ept_ad ? 1 << 6 : 0;
    site_set_host(s);
    changed = site_entry_of(s, plan, row->of);
    e = (second_tree_get(&s->second, changed) | row->set) & ~row->clear;
    second_tree_set(&s->second, changed, e);
    for (unsigned int l = 1; row->guest == A_AND_D_SET && l <= 4; l++)
        s->mem.bytes[(SITE_FRAME + l) * 4096 + 8] |= 3 << 5;
}

static void check_row(const struct row *row)
{
    const struct plan plan = { ORACLE_4_LEVEL, 1, row->second, 1 };
    struct site *s = calloc(1, sizeof(*s));
    struct xenpt_walk2 walk;
    struct xenpt_verdict2 verdict;

    assert_non_null(s);
    prepare(s, row, &plan);
    xenpt_walk2(&s->guest, &s->host, &s->mem.flat, s->in, &walk);
    xenpt_judge2(&s->guest, &s->host, &walk, &row->access, &verdict);
    assert_int_equal(verdict.allowed, row->code == 0);
    if (row->code) {
        assert_true(verdict.second);
        assert_int_equal(verdict.fault.kind,
                         row->second == SECOND_EPT4 ? XENPT_FAULT_EPT_VIOLATION : XENPT_FAULT_NPF);
        assert_int_equal(verdict.fault.code, row->code);
        assert_int_equal(verdict.fault.address / 4096, site_gpa(&plan, row->of) / 4096);
    }
    free(s);
}

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        print_message("%s: %#llx\n", rows[i].claim, (unsigned long long)rows[i].code);
        check_row(&rows[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
    };

    return cmocka_run_group_tests_name("codes of VM exits", tests, NULL, NULL);
}
