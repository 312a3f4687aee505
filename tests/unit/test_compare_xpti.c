/*
 * test_compare_xpti.c - what an XPTI root may lack, and what it has to have: one entry at a time is
 * taken out of the machine's own memory, which is then held against the machine.  Which pages
 * are in such a root is smpboot.c's to say, setup_cpu_root_pgt() of 4.17.
 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "patched_fixture.h"
#include "xenpt/compare.h"

#define GIB (UINT64_C(1) << 30)
#define MIB (UINT64_C(1) << 20)

/* Xen 4.17's config.h, written again. */
#define RO_M2P    UINT64_C(0xffff800000000000)
#define PERDOMAIN UINT64_C(0xffff820000000000)
#define IMAGE     UINT64_C(0xffff82d040000000)
#define STUBS     UINT64_C(0xffff82d07fffe000)
#define DIRECTMAP UINT64_C(0xffff830000000000)

#define STACK0 UINT64_C(0x1ffd0000)
#define STACK1 UINT64_C(0x1ffc0000)

/* `stated`: the model says where its build has what. */
static void machine_init(struct machine *m, bool stated)
{
    static const uint64_t stacks[] = { STACK0, STACK1 };
    static const struct xenpt_domain_desc domain = {
        .type = XENPT_DOMAIN_PV64, .memory = 64 * MIB, .vcpus = 2, .built_by_xen = true
    };
    struct xenpt_machine_desc desc = {
        .host = { .ram = GIB, .cpus = 2 },
        .xen = { .stacks = stacks, .nr_stacks = 2 },
        .domains = &domain,
        .nr_domains = 1,
    };
    struct xenpt_error err = { 0 };

    if (stated)
        desc.xen.image = (struct xenpt_image_sections){
            .text_end = 0x361000,
            .rodata_end = 0x3b7000,
            .data_first = 0x45b000,
            .data_end = 0x5a7000,
            .hole_first = 0x472000,
            .boot_idt = 0x577000,
            .boot_tss = 0x579000,
        };
    assert_int_equal(xenpt_layout_open("4.17", &m->layout, &err), XENPT_OK);
    desc.xen.layout = m->layout;
    if (xenpt_machine_create(&desc, &m->machine, &err) ||
        xenpt_machine_run(m->machine, 0, 0, 0, XENPT_RUN_KERNEL, &err) ||
        xenpt_machine_run(m->machine, 0, 1, 1, XENPT_RUN_USER, &err) ||
        xenpt_machine_view(m->machine, &m->view, &err))
        fail_msg("%s", err.text);
}

static void machine_fini(struct machine *m)
{
    xenpt_machine_destroy(m->machine);
    xenpt_layout_close(m->layout);
}

/* The entry on the way to an address, at a level; *entry: what it is. */
static uint64_t entry_at(const struct machine *m, const struct xenpt_context *c, uint64_t va,
                         unsigned int level, uint64_t *entry)
{
    struct xenpt_walk walk;

    xenpt_walk(&c->paging, m->view->mem, va, &walk);
    for (unsigned int i = 0; i < walk.nr_steps; i++)
        if (walk.step[i].level == level) {
            *entry = walk.step[i].entry;
            return walk.step[i].at;
        }
    fail_msg("%s has no L%u entry for 0x%" PRIx64, c->name, level, va);
    return 0;
}

static struct xenpt_comparison compare(const struct machine *m, const struct xenpt_context *c,
                                       uint64_t at, uint64_t entry)
{
    struct patched p = { { .read = read_patched }, m->view->mem, at, entry };
    struct xenpt_view image = { .mem = &p.reader };
    struct xenpt_pair pair = { c, c };
    struct xenpt_comparison result, counts;

    assert_int_equal(xenpt_compare(m->view, &image, &pair, 1, NULL, NULL, NULL, &result, NULL),
                     XENPT_OK);
    counts = result;
    xenpt_comparison_fini(&result);
    return counts; /* Its areas are gone. */
}

/* The heap page that this CPU's root has besides its stack: its IDT, or its TSS. */
static uint64_t on_heap(const struct machine *m, const struct xenpt_context *c)
{
    for (uint64_t va = DIRECTMAP; va < DIRECTMAP + GIB; va += XENPT_PAGE_SIZE) {
        struct xenpt_walk walk;

        if (va - DIRECTMAP - STACK0 < 0x8000 || va - DIRECTMAP - STACK1 < 0x8000)
            continue;
        xenpt_walk(&c->paging, m->view->mem, va, &walk);
        if (walk.outcome == XENPT_MAPPED)
            return va;
    }
    fail_msg("%s has nothing on the heap", c->name);
    return 0;
}

static const struct {
    const char *claim, *context;
    uint64_t va; /* 0: that of the page on the heap. */
    unsigned int level;
    bool stated, missing;
} rows[] = {
    { "code that Xen is entered by", "cpu1.xpti", IMAGE + 0x201000, 1, true, true },
    { "the table above it", "cpu1.xpti", IMAGE + 0x201000, 2, true, true },
    { "the same, of a build that nobody stated", "cpu1.xpti", IMAGE + 0x201000, 1, false, false },
    { "the boot CPU's IDT", "cpu0.xpti", IMAGE + 0x577000, 1, true, true },
    { "a stub", "cpu0.xpti", STUBS, 1, true, true },
    { "a page of the stack", "cpu1.xpti", DIRECTMAP + STACK1 + 0x2000, 1, true, true },
    { "a guard page", "cpu1.xpti", DIRECTMAP + STACK1, 1, true, true },
    { "the table above the stack", "cpu0.xpti", DIRECTMAP + STACK0, 2, true, true },
    { "the IDT of a CPU that was started later", "cpu1.xpti", 0, 1, true, false },
    { "the guests' M2P", "cpu0.xpti", RO_M2P, 4, true, true },
    { "what is the domain's that ran there", "cpu0.xpti", PERDOMAIN, 4, true, true },
    { "the part of Xen that all have", "cpu1.xpti", IMAGE, 4, true, true },
    { "a guest's slot, which is copied", "cpu0.xpti", 0xffff880000000000, 4, true, false },
};

static void test_absent(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct xenpt_context *c;
        struct xenpt_comparison result;
        struct machine m;
        uint64_t entry, at;

        machine_init(&m, rows[i].stated);
        c = xenpt_view_context(m.view, rows[i].context);
        assert_non_null(c);
        at = entry_at(&m, c, rows[i].va ? rows[i].va : on_heap(&m, c), rows[i].level, &entry);
        result = compare(&m, c, at, entry);
        assert_int_equal(result.entries[XENPT_MISSING] + result.entries[XENPT_UNEXPLAINED], 0);
        result = compare(&m, c, at, 0);
        if (result.entries[XENPT_MISSING] != rows[i].missing ||
            result.entries[XENPT_UNEXPLAINED] != 0)
            fail_msg("%s: %" PRIu64 " missing, %" PRIu64 " unexplained", rows[i].claim,
                     result.entries[XENPT_MISSING], result.entries[XENPT_UNEXPLAINED]);
        machine_fini(&m);
    }
}

/* An entry that is there and that this root has not. */
static void test_more(void **state)
{
    static const struct {
        const char *claim, *context;
        uint64_t near, off; /* As the entry at `near` is, this far behind it. */
        bool stated, unexplained;
    } more[] = {
        { "a page of code", "cpu1.xpti", IMAGE + 0x201000, 0x8000, true, true },
        { "the same, of a build that nobody stated", "cpu1.xpti", IMAGE + 0x201000, 0x8000, false,
          false },
        { "a page behind the stack of the boot CPU", "cpu0.xpti", DIRECTMAP + STACK0 + 0x1000,
          0x10000, true, true },
        { "one that may be another CPU's IDT", "cpu1.xpti", DIRECTMAP + STACK1 + 0x1000, 0x1c000,
          true, false },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(more) / sizeof(more[0]); i++) {
        struct xenpt_comparison result;
        struct machine m;
        uint64_t entry, at;
        const struct xenpt_context *c;

        machine_init(&m, more[i].stated);
        c = xenpt_view_context(m.view, more[i].context);
        at = entry_at(&m, c, more[i].near, 1, &entry) + more[i].off / XENPT_PAGE_SIZE * 8;
        result = compare(&m, c, at, entry + more[i].off);
        if (result.entries[XENPT_UNEXPLAINED] != more[i].unexplained)
            fail_msg("%s: %" PRIu64 " unexplained", more[i].claim,
                     result.entries[XENPT_UNEXPLAINED]);
        machine_fini(&m);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_absent),
        cmocka_unit_test(test_more),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
