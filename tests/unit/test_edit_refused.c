/*
 * test_edit_refused.c - edits that fail, and leave everything as it was: every byte of RAM,
 * and the allocator.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/bits.h"
#include "tree_machine.h"

#define TOP UINT64_MAX

/* Places of the tree that all calls are tried on, where its form has them. */
#define SMALL   UINT64_C(0)  /* 2 MiB of 4 KiB pages, read-only; EPT: the last one illegal. */
#define LARGE   MIB(16)      /* 8 MiB of large pages, read-only. */
#define ILLEGAL MIB(32)      /* An illegal L2 entry. */
#define FOREIGN MIB(44)      /* An L2 entry that leads to a table in frame 1. */
#define ABSENT  MIB(48)      /* An L2 entry that leads outside memory. */
#define HUGE    GIB(1)       /* A page of 1 GiB. */
#define ABSENT3 GIB(2)       /* 4-level and EPT: an L3 entry that leads outside memory. */
#define HIGH    GIB(3)       /* PSE-36: a page above 4 GiB. */
#define BAD_TOP GIB(512 * 5) /* 4-level: an illegal L4 entry. */

static void init(struct machine *m, const struct form *form)
{
    uint64_t flags = form_is_ept(form) ? ER | EX | EWB : P | US;
    uint64_t table = form_table_flags(form);

    machine_init(m, form, 64);
    machine_do(m, (struct call){ MAP, SMALL, SMALL + MIB(2) - PAGE - 1, MIB(1), flags, 1 });
    machine_do(m, (struct call){ MAP, LARGE, LARGE + MIB(8) - 1, MIB(64), flags, 2 });
    machine_do(m,
               (struct call){ SET, ILLEGAL, 0, P | RW | PS | XENPT_BIT(21) | XENPT_BIT(20), 0, 2 });
    if (form_is_ept(form))
        machine_do(m, (struct call){ SET, SMALL + MIB(2) - PAGE, 0, EW, 0, 1 });
    machine_do(m, (struct call){ SET, ABSENT, 0, GIB(2) | table, 0, 2 });
    machine_do(m, (struct call){ MAP, FOREIGN, FOREIGN + PAGE - 1, 0, flags, 0 });
    machine_do(m, (struct call){ SET, FOREIGN, 0, PAGE | table, 0, 2 });
    machine_do(m, (struct call){ MAP, FOREIGN, FOREIGN + PAGE - 1, 0, flags, 0 });
    if (form_has_pages(form, 3))
        machine_do(m, (struct call){ MAP, HUGE, HUGE + GIB(1) - 1, GIB(5), flags, 3 });
    if (form->pse36)
        machine_do(m, (struct call){ MAP, HIGH, HIGH + MIB(4) - 1, GIB(8), flags, 2 });
    if (form->levels >= 4) {
        machine_do(m, (struct call){ SET, ABSENT3, 0, GIB(2) | table, 0, 3 });
        machine_do(m, (struct call){ SET, BAD_TOP, 0, P | RW | PS, 0, 4 });
    }
}

/* clang-format off */
static const struct {
    const char *claim, *form;
    struct call call;
    enum xenpt_code code;
    const char *says;
} rows[] = {
    /* Stretches. */
    { "begins in a page", "4-level", { MAP, 1, PAGE - 1, 0, P, 0 }, XENPT_ERANGE, "stretch" },
    { "ends in a page", "4-level", { MAP, 0, PAGE, 0, P, 0 }, XENPT_ERANGE, "stretch" },
    { "ends before it begins", "4-level",
      { UNMAP, MIB(2), MIB(1) - 1, 0, 0, 0 }, XENPT_ERANGE, "stretch" },
    { "ends before it begins, by a byte", "4-level",
      { UNMAP, MIB(2), MIB(2) - 1, 0, 0, 0 }, XENPT_ERANGE, "stretch" },
    { "not canonical", "4-level",
      { UNMAP, XENPT_BIT(47), XENPT_BIT(47) + 0xfff, 0, 0, 0 }, XENPT_ERANGE, "no addresses" },
    { "not canonical, 5-level", "5-level",
      { UNMAP, XENPT_BIT(56), XENPT_BIT(56) + 0xfff, 0, 0, 0 }, XENPT_ERANGE, "no addresses" },
    { "both halves", "4-level", { CHANGE, 0, TOP, RW, 0, 0 }, XENPT_ERANGE, "no addresses" },
    { "above 4 GiB", "PAE",
      { MAP, GIB(4), GIB(4) + 0xfff, 0, P, 0 }, XENPT_ERANGE, "no addresses" },
    { "beyond 4 GiB", "2-level",
      { UNMAP, 0, GIB(4) + 0xfff, 0, 0, 0 }, XENPT_ERANGE, "no addresses" },
    { "above 48 bits", "EPT",
      { MAP, XENPT_BIT(48), XENPT_BIT(48) + 0xfff, 0, ER, 0 }, XENPT_ERANGE, "no addresses" },
    { "above 48 bits", "NPT", { UNMAP, TOP - 0xfff, TOP, 0, 0, 0 }, XENPT_ERANGE, "no addresses" },
    /* Where a mapping leads. */
    { "leads into a page", "4-level", { MAP, 0, PAGE - 1, 8, P, 0 }, XENPT_ERANGE, "first byte" },
    { "leads above MAXPHYADDR", "4-level of AMD",
      { MAP, 0, PAGE - 1, XENPT_BIT(48), P, 0 }, XENPT_ERANGE, "PTE cannot hold" },
    { "leads above MAXPHYADDR, large", "4-level of AMD",
      { MAP, 0, MIB(2) - 1, XENPT_BIT(48), P, 0 }, XENPT_ERANGE, "PDE cannot hold" },
    { "reaches above MAXPHYADDR", "4-level of AMD",
      { MAP, 0, MIB(1) - 1, XENPT_BIT(48) - PAGE, P, 0 }, XENPT_ERANGE, "PTE cannot hold" },
    { "leads above 52 bits", "4-level",
      { MAP, 0, PAGE - 1, XENPT_BIT(52), P, 0 }, XENPT_ERANGE, "cannot hold" },
    { "reaches around 2^64", "4-level",
      { MAP, 0, 2 * PAGE - 1, TOP - 0xfff, P, 0 }, XENPT_ERANGE, "cannot hold" },
    { "leads above 4 GiB", "2-level",
      { MAP, 0, PAGE - 1, GIB(4), P, 0 }, XENPT_ERANGE, "PTE cannot hold" },
    { "leads above 4 GiB without PSE-36", "2-level",
      { MAP, 0, MIB(4) - 1, GIB(4), P, 0 }, XENPT_ERANGE, "PDE cannot hold" },
    { "small pages above 4 GiB", "PSE-36 of 40 bits",
      { MAP, 0, MIB(4) - 1, GIB(4), P, 1 }, XENPT_ERANGE, "PTE cannot hold" },
    { "leads above 36 bits", "PSE-36 of 36 bits",
      { MAP, 0, MIB(4) - 1, GIB(64), P, 0 }, XENPT_ERANGE, "PDE cannot hold" },
    { "leads above 40 bits", "PSE-36 of 40 bits",
      { MAP, 0, MIB(4) - 1, GIB(1024), P, 0 }, XENPT_ERANGE, "PDE cannot hold" },
    /* Flags. */
    { "flags in the address", "4-level",
      { MAP, 0, PAGE - 1, 0, P | PATL, 0 }, XENPT_ERANGE, "0x1000" },
    { "flags in its upper end", "4-level",
      { MAP, 0, PAGE - 1, 0, P | XENPT_BIT(51), 0 }, XENPT_ERANGE, "flags" },
    { "flags above 32 bits", "2-level", { MAP, 0, PAGE - 1, 0, P | NX, 0 }, XENPT_ERANGE, "flags" },
    { "PS among EPT's flags", "EPT", { MAP, 0, PAGE - 1, 0, ER | PS, 0 }, XENPT_ERANGE, "0x80" },
    { "no P", "4-level", { MAP, 0, PAGE - 1, 0, RW, 0 }, XENPT_ESTATE, "not be present" },
    { "no R, W or X", "EPT", { MAP, 0, PAGE - 1, 0, EWB, 0 }, XENPT_ESTATE, "not be present" },
    { "NX without EFER.NXE", "PAE without NX",
      { MAP, 0, MIB(8) - 1, 0, P | NX, 0 }, XENPT_ESTATE, "not be legal" },
    { "software's bits in PAE", "PAE",
      { MAP, 0, PAGE - 1, 0, P | XENPT_BIT(52), 0 }, XENPT_ESTATE, "not be legal" },
    { "W without R", "EPT",
      { MAP, 0, PAGE - 1, 0, EW, 0 }, XENPT_ESTATE, "not be legal: its bits 0x2" },
    { "X without R", "EPT 5-level", { MAP, 0, PAGE - 1, 0, EX, 0 }, XENPT_ESTATE, "not be legal" },
    { "a memory type that is none", "EPT",
      { MAP, 0, GIB(1) - 1, 0, ER | 2 << 3, 0 }, XENPT_ESTATE, "not be legal: its bits 0x38" },
    { "L4 pages", "5-level", { MAP, 0, PAGE - 1, 0, P, 4 }, XENPT_ERANGE, "level 4" },
    /* Entries in the way. */
    { "a mapping cuts an illegal entry", "4-level",
      { MAP, LARGE, ILLEGAL + PAGE - 1, 0, P, 0 }, XENPT_ESTATE, "PDE at" },
    { "unmapping cuts one", "4-level",
      { UNMAP, SMALL, ILLEGAL + PAGE - 1, 0, 0, 0 }, XENPT_ESTATE, "PDE at" },
    { "unmapping cuts one", "2-level",
      { UNMAP, SMALL, ILLEGAL + PAGE - 1, 0, 0, 0 }, XENPT_ESTATE, "PDE at" },
    { "unmapping cuts one", "EPT",
      { UNMAP, SMALL, ILLEGAL + PAGE - 1, 0, 0, 0 }, XENPT_ESTATE, "EPT PDE at" },
    { "a change meets one", "PAE",
      { CHANGE, SMALL, ILLEGAL + MIB(2) - 1, RW, 0, 0 }, XENPT_ESTATE, "PDE at" },
    { "a change meets a small one", "EPT", { CHANGE, SMALL, MIB(2) - 1, EIPAT, 0, 0 },
      XENPT_ESTATE, "EPT PTE at" },
    { "a change meets one above", "4-level",
      { CHANGE, SMALL, BAD_TOP + GIB(512) - 1, RW, 0, 0 }, XENPT_ESTATE, "PML4E at" },
    { "no memory under a table", "4-level",
      { MAP, ABSENT - MIB(2), ABSENT + PAGE - 1, 0, P, 1 }, XENPT_ERANGE, "0x80000000" },
    { "no memory under a table, far behind", "4-level",
      { MAP, SMALL, ABSENT + PAGE - 1, 0, P, 1 }, XENPT_ERANGE, "0x80000000" },
    { "no memory, to be changed", "PAE",
      { CHANGE, ABSENT, ABSENT + PAGE - 1, RW, 0, 0 }, XENPT_ERANGE, "0x80000000" },
    { "no memory, to be freed", "4-level",
      { UNMAP, ABSENT, ABSENT + MIB(2) - 1, 0, 0, 0 }, XENPT_ESTATE, "0x80000000" },
    { "no memory, to be freed by a mapping", "EPT",
      { MAP, ABSENT, GIB(1) - 1, 0, ER, 2 }, XENPT_ESTATE, "0x80000000" },
    { "no memory to look what to free in", "4-level",
      { UNMAP, 0, GIB(512) - 1, 0, 0, 0 }, XENPT_ERANGE, "0x80000000" },
    { "a table that is not the allocator's", "4-level",
      { UNMAP, FOREIGN, FOREIGN + PAGE - 1, 0, 0, 0 }, XENPT_ESTATE, "0x1000" },
    { "... with others", "2-level", { UNMAP, 0, ABSENT - 1, 0, 0, 0 }, XENPT_ESTATE, "0x1000" },
    { "... with those above it", "5-level",
      { UNMAP, 0, GIB(1) - 1, 0, 0, 0 }, XENPT_ESTATE, "0x1000" },
    { "... mapped over", "4-level",
      { MAP, FOREIGN, FOREIGN + MIB(2) - 1, 0, P, 0 }, XENPT_ESTATE, "0x1000" },
    { "a page that cannot be split", "PSE-36 of 40 bits",
      { UNMAP, SMALL, HIGH + PAGE - 1, 0, 0, 0 }, XENPT_ERANGE, "PTE cannot hold" },
    { "a page that cannot be split", "PSE-36 of 40 bits",
      { MAP, HIGH + PAGE, HIGH + MIB(4) - 1, 0, P, 0 }, XENPT_ERANGE, "PTE cannot hold" },
    /* Changes. */
    { "P, to be set", "4-level", { CHANGE, SMALL, PAGE - 1, P, 0, 0 }, XENPT_ERANGE, "0x1" },
    { "P, to be cleared", "2-level", { CHANGE, SMALL, PAGE - 1, 0, P, 0 }, XENPT_ERANGE, "0x1" },
    { "an address bit, to be set", "4-level",
      { CHANGE, SMALL, PAGE - 1, XENPT_BIT(40), 0, 0 }, XENPT_ERANGE, "flags" },
    { "an address bit, to be cleared", "PAE",
      { CHANGE, SMALL, PAGE - 1, 0, PATL, 0 }, XENPT_ERANGE, "flags" },
    { "PS of EPT", "EPT", { CHANGE, LARGE, LARGE + MIB(2) - 1, 0, PS, 0 }, XENPT_ERANGE, "0x80" },
    { "a bit above 32", "2-level",
      { CHANGE, SMALL, PAGE - 1, XENPT_BIT(32), 0, 0 }, XENPT_ERANGE, "flags" },
    { "set and cleared", "4-level",
      { CHANGE, SMALL, PAGE - 1, RW | A, RW, 0 }, XENPT_ERANGE, "both" },
    { "all rights taken", "EPT",
      { CHANGE, SMALL, MIB(1) - 1, 0, ER | EX, 0 }, XENPT_ESTATE, "not be present" },
    { "R taken, W given", "EPT",
      { CHANGE, SMALL, MIB(1) - 1, EW, ER, 0 }, XENPT_ESTATE, "not be legal" },
    { "R taken, W given, in large pages", "EPT",
      { CHANGE, LARGE, LARGE + MIB(8) - 1, EW, ER, 0 }, XENPT_ESTATE, "PDE" },
    { "a reserved bit, set", "PAE",
      { CHANGE, SMALL, LARGE - 1, XENPT_BIT(62), 0, 0 }, XENPT_ESTATE, "not be legal" },
    /* Levels, and single entries. */
    { "level 0", "4-level", { SPLIT, 0, 0, 0, 0, 0 }, XENPT_ERANGE, "no level 0" },
    { "level 5 of 4", "4-level", { SPLIT, 0, 0, 0, 0, 5 }, XENPT_ERANGE, "no level 5" },
    { "level 3 of 2", "2-level", { SET, 0, 0, 0, 0, 3 }, XENPT_ERANGE, "no level 3" },
    { "no address", "4-level", { SPLIT, XENPT_BIT(47), 0, 0, 0, 1 }, XENPT_ERANGE, "no address" },
    { "no address", "PAE", { SET, GIB(4), 0, 0, 0, 1 }, XENPT_ERANGE, "no address" },
    { "an entry of 33 bits", "2-level", { SET, 0, 0, GIB(4), 0, 1 }, XENPT_ERANGE, "32 bits" },
    { "an illegal entry above", "4-level", { SET, ILLEGAL, 0, P, 0, 1 }, XENPT_ESTATE, "PDE at" },
    { "an illegal entry far above", "4-level",
      { SET, BAD_TOP, 0, P, 0, 1 }, XENPT_ESTATE, "PML4E at" },
    { "no memory under an entry", "EPT", { SET, ABSENT, 0, P, 0, 1 }, XENPT_ERANGE, "0x80000000" },
    { "no memory, to be split", "4-level",
      { SPLIT, ABSENT, 0, 0, 0, 1 }, XENPT_ERANGE, "0x80000000" },
    { "a page that cannot be split", "PSE-36 of 36 bits",
      { SPLIT, HIGH, 0, 0, 0, 1 }, XENPT_ERANGE, "PTE cannot hold" },
    { "a page that cannot be split, for an entry", "NPT 2-level",
      { SET, HIGH, 0, P, 0, 1 }, XENPT_ERANGE, "PTE cannot hold" },
    { "a tree with a table outside memory", "4-level",
      { DESTROY, 0, 0, 0, 0, 0 }, XENPT_ERANGE, "0x80000000" },
};
/* clang-format on */

static void check_refused(const struct machine *m, const char *claim, const struct call *call,
                          enum xenpt_code code, const char *says)
{
    struct machine_state *was = machine_save(m);
    struct xenpt_error err = { 0 };
    enum xenpt_code got = machine_call(m, call, &err);

    if (got != code || err.code != code)
        fail_msg("%s, %s: %s: %s", m->form->name, claim, xenpt_code_name(got), err.text);
    if (!strstr(err.text, says))
        fail_msg("%s, %s: \"%s\" does not say %s", m->form->name, claim, err.text, says);
    machine_check_unchanged(m, was, claim);
    assert_int_equal(machine_call(m, call, NULL), code);
}

static void test_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct machine m;

        init(&m, form_named(rows[i].form));
        check_refused(&m, rows[i].claim, &rows[i].call, rows[i].code, rows[i].says);
        machine_fini(&m);
    }
}

/* Table flags that make no entry leading to a table. */
static void test_table_flags(void **state)
{
    static const struct {
        const char *form;
        uint64_t flags;
    } bad[] = {
        { "4-level", 0 },
        { "4-level", RW | US },
        { "2-level", P | PS },
        { "4-level", P | PS },
        { "4-level of 2008", P | NX },
        { "4-level of AMD", P | G }, /* Reserved in an AMD PML4E. */
        { "PAE", P | XENPT_BIT(52) },
        { "EPT", 0 },
        { "EPT", EW },
        { "EPT", ER | EWB },
        { "EPT 5-level", EX },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        const struct form *form = form_named(bad[i].form);
        const struct call call = { MAP, 0, PAGE - 1, 0, form_table_flags(form), 0 };
        struct machine m;

        machine_init(&m, form, 16);
        m.tree.table_flags = bad[i].flags;
        check_refused(&m, "table flags", &call, XENPT_ESTATE, "would lead to no table");
        machine_fini(&m);
    }
}

static void test_unpaged(void **state)
{
    static const struct call calls[] = {
        { MAP, 0, PAGE - 1, 0, P, 0 },
        { UNMAP, 0, PAGE - 1, 0, 0, 0 },
        { CHANGE, 0, PAGE - 1, RW, 0, 0 },
    };
    static const struct xenpt_regs regs = { .cr0 = XENPT_CR0_PE };
    struct xenpt_cpu cpu = xenpt_cpu_widest(XENPT_INTEL);
    struct machine m;

    (void)state;
    machine_init(&m, form_named("2-level"), 16);
    must(xenpt_paging_init(&m.paging, &cpu, &regs, NULL), NULL, "unpaged");
    for (size_t i = 0; i < ARRAY_SIZE(calls); i++)
        check_refused(&m, "unpaged", &calls[i], XENPT_ESTATE, "unpaged");
    check_refused(&m, "unpaged", &(struct call){ SPLIT, 0, 0, 0, 0, 1 }, XENPT_ERANGE, "no level");
    check_refused(&m, "unpaged", &(struct call){ SET, 0, 0, 0, 0, 1 }, XENPT_ERANGE, "no level");
    machine_do(&m, (struct call){ DESTROY, 0, 0, 0, 0, 0 }); /* There is nothing to free. */
    assert_int_equal(machine_nr_taken(&m), 1);
    machine_fini(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_table_flags),
        cmocka_unit_test(test_unpaged),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
