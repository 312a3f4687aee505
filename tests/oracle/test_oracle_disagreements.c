/*
 * test_oracle_disagreements.c - ten translations on which other programs that read page tables
 * disagree with the architecture, and with each other.
 *
 * The tree maps 0x400000201000; each row injects one fault.  Some readers of memory images
 * accept most of these; some lose rights that only an upper level withholds.
 */
#include "oracle/tiny_memory.h"
#include "xenpt/judge.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define VA UINT64_C(0x400000201000) /* Slots 128, 0, 1, 1. */
#define PS (UINT64_C(1) << 7)
#define NX (UINT64_C(1) << 63)
#define RW UINT64_C(2)
#define US UINT64_C(4)

static const struct row {
    const char *claim;
    unsigned int leaf;   /* Level of the entry that maps the page. */
    unsigned int level;  /* Of the entry that is spoilt... */
    uint64_t set, clear; /* ...by these bits. */
    bool nxe_off;
    uint64_t va; /* If not VA. */
    struct xenpt_access access;
    enum xenpt_outcome outcome;
    enum xenpt_fault_kind fault;
    uint64_t code; /* In the manual's bits: 1 P, 2 W/R, 4 U/S, 8 RSVD, 16 I/D. */
} rows[] = {
    { .claim = "plain: a user may read",
      .leaf = 1,
      .access = { XENPT_READ, .cpl = 3 },
      .outcome = XENPT_MAPPED },
    { .claim = "plain: a user may write",
      .leaf = 1,
      .access = { XENPT_WRITE, .cpl = 3 },
      .outcome = XENPT_MAPPED },
    { .claim = "plain: a user may execute",
      .leaf = 1,
      .access = { XENPT_FETCH, .cpl = 3 },
      .outcome = XENPT_MAPPED },
    { .claim = "PS is reserved in a PML4E",
      .leaf = 1,
      .level = 4,
      .set = PS,
      .outcome = XENPT_RESERVED,
      .fault = XENPT_FAULT_PF,
      .code = 8 | 1 },
    { .claim = "bit 13 of a 1G page is reserved",
      .leaf = 3,
      .level = 3,
      .set = 1 << 13,
      .outcome = XENPT_RESERVED,
      .fault = XENPT_FAULT_PF,
      .code = 8 | 1 },
    { .claim = "bit 13 of a 2M page is reserved",
      .leaf = 2,
      .level = 2,
      .set = 1 << 13,
      .outcome = XENPT_RESERVED,
      .fault = XENPT_FAULT_PF,
      .code = 8 | 1 },
    { .claim = "address bit 51 is reserved if addresses have 48 bits",
      .leaf = 1,
      .level = 1,
      .set = UINT64_C(1) << 51,
      .outcome = XENPT_RESERVED,
      .fault = XENPT_FAULT_PF,
      .code = 8 | 1 },
    { .claim = "NX is reserved if EFER.NXE is 0",
      .leaf = 1,
      .level = 1,
      .set = NX,
      .nxe_off = true,
      .outcome = XENPT_RESERVED,
      .fault = XENPT_FAULT_PF,
      .code = 8 | 1 },
    { .claim = "a non-canonical address is no page fault",
      .leaf = 1,
      .va = VA | UINT64_C(1) << 48,
      .outcome = XENPT_NON_CANONICAL,
      .fault = XENPT_FAULT_GP },
    { .claim = "RW = 0 in the PDPTE alone makes the page read-only",
      .leaf = 1,
      .level = 3,
      .clear = RW,
      .access = { XENPT_WRITE, .cpl = 3 },
      .outcome = XENPT_MAPPED,
      .fault = XENPT_FAULT_PF,
      .code = 4 | 2 | 1 },
    { .claim = "US = 0 in the PDE alone makes the page a supervisor's",
      .leaf = 1,
      .level = 2,
      .clear = US,
      .access = { XENPT_READ, .cpl = 3 },
      .outcome = XENPT_MAPPED,
      .fault = XENPT_FAULT_PF,
      .code = 4 | 1 },
    { .claim = "NX = 1 in the PML4E alone makes the page not executable",
      .leaf = 1,
      .level = 4,
      .set = NX,
      .access = { XENPT_FETCH, .cpl = 3 },
      .outcome = XENPT_MAPPED,
      .fault = XENPT_FAULT_PF,
      .code = 16 | 4 | 1 },
};

/* Tables in frames 4 to 1; the page is at 2 GiB, aligned to any size. */
static void build(struct tiny_memory *mem, const struct row *row)
{
    static const unsigned int slot[] = { 0, 1, 1, 0, 128 };

    tiny_memory_init(mem, 0x100000, 8 * 4096);
    for (unsigned int l = 4; l >= row->leaf; l--) {
        uint64_t e = l == row->leaf ? UINT64_C(0x80000000) : tiny_frame(mem, l - 1);

        e |= l == row->leaf && l > 1 ? PS | 7 : 7;
        if (l == row->level)
            e = (e | row->set) & ~row->clear;
        tiny_put(mem, tiny_frame(mem, l) + 8 * slot[l], e, 8);
    }
}

static void check_row(struct tiny_memory *mem, const struct row *row)
{
    struct xenpt_cpu cpu = xenpt_cpu_widest(XENPT_INTEL);
    struct xenpt_regs regs = { .cr0 = 1u << 31 | 1u << 16 | 1,
                               .cr4 = 1 << 5,
                               .efer = 1 << 8 | 1 << 10 };
    uint64_t va = row->va ? row->va : VA;
    uint64_t offset = va & ((UINT64_C(1) << (3 + 9 * row->leaf)) - 1);
    struct xenpt_paging pg;
    struct xenpt_walk walk;
    struct xenpt_verdict verdict;

    build(mem, row);
    cpu.maxphyaddr = 48;
    regs.cr3 = tiny_frame(mem, 4);
    regs.efer |= row->nxe_off ? 0 : 1 << 11;
    assert_int_equal(xenpt_paging_init(&pg, &cpu, &regs, NULL), XENPT_OK);
    assert_int_equal(xenpt_walk(&pg, &mem->flat, va, &walk), row->outcome);
    if (row->outcome == XENPT_MAPPED)
        assert_int_equal(walk.out, UINT64_C(0x80000000) + offset);
    xenpt_judge(&pg, &walk, &row->access, &verdict);
    assert_int_equal(verdict.allowed, row->fault == XENPT_FAULT_NONE);
    assert_int_equal(verdict.fault.kind, row->fault);
    assert_int_equal(verdict.fault.code, row->code);
    if (row->fault == XENPT_FAULT_PF)
        assert_int_equal(verdict.fault.address, va);
}

static void test_rows(void **state)
{
    struct tiny_memory *mem = calloc(1, sizeof(*mem));

    (void)state;
    assert_non_null(mem);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        print_message("%s\n", rows[i].claim);
        check_row(mem, &rows[i]);
    }
    free(mem);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
    };

    return cmocka_run_group_tests_name("where other readers disagree", tests, NULL, NULL);
}
