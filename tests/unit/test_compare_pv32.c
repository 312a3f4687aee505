/*
 * test_compare_pv32.c - what a 32-bit PV guest decides of its vCPUs' roots and of the pages by
 * which its LDT is mapped: one entry at a time is another one in the machine's own memory, which is
 * then held against the machine.  Seen in a 4.17.5 with 32-bit PV: docs/real-xen.md.
 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "patched_fixture.h"
#include "xenpt/compare.h"

#define MIB (UINT64_C(1) << 20)
#define LDT UINT64_C(0xffff820000010000) /* config.h: LDT_VIRT_START of vCPU 0. */

enum { P = 1, RW = 2, US = 4 };

/* A processor that has Meltdown, so that CPUs have XPTI roots beside the guest's. */
static void machine_init(struct machine *m, enum xenpt_domain_type type)
{
    const struct xenpt_domain_desc domain = {
        .type = type, .memory = 64 * MIB, .vcpus = 2, .ldt = true, .built_by_xen = true
    };
    struct xenpt_machine_desc desc = {
        .host = { .ram = 1024 * MIB, .cpus = 2 },
        .xen = { .pv32 = true },
        .domains = &domain,
        .nr_domains = 1,
    };
    struct xenpt_error err = { 0 };

    assert_int_equal(xenpt_layout_open("4.17", &m->layout, &err), XENPT_OK);
    desc.xen.layout = m->layout;
    if (xenpt_machine_create(&desc, &m->machine, &err) ||
        xenpt_machine_run(m->machine, 0, 0, 0, XENPT_RUN_KERNEL, &err) ||
        xenpt_machine_run(m->machine, 0, 1, 1, XENPT_RUN_KERNEL, &err) ||
        xenpt_machine_view(m->machine, &m->view, &err))
        fail_msg("%s", err.text);
}

static void machine_fini(struct machine *m)
{
    xenpt_machine_destroy(m->machine);
    xenpt_layout_close(m->layout);
}

/* The last entry on the way to an address, or the first; *entry: what it is. */
static uint64_t entry_at(const struct machine *m, const struct xenpt_context *c, uint64_t va,
                         bool first, uint64_t *entry)
{
    struct xenpt_walk walk;
    const struct xenpt_step *step;

    xenpt_walk(&c->paging, m->view->mem, va, &walk);
    step = &walk.step[first ? 0 : walk.nr_steps - 1];
    *entry = step->entry;
    return step->at;
}

static const struct {
    const char *claim;
    enum xenpt_domain_type type;
    const char *context;
    uint64_t va;
    bool first;
    uint64_t change;
    bool unexplained;
} rows[] = {
    { "another table for a vCPU", XENPT_DOMAIN_PV32, "d0.v1.kernel", 0, true, 0x800000, false },
    { "which is led to as all are", XENPT_DOMAIN_PV32, "d0.v1.kernel", 0, true, RW, true },
    { "a page of an LDT that user mode may reach", XENPT_DOMAIN_PV32, "d0.v0.kernel", LDT, false,
      US, false },
    { "the same, by an XPTI root", XENPT_DOMAIN_PV32, "cpu0.xpti", LDT, false, US, false },
    { "one that Xen cannot write", XENPT_DOMAIN_PV32, "cpu0.xpti", LDT, false, RW, true },
    { "of a 64-bit guest it always may", XENPT_DOMAIN_PV64, "d0.v0.kernel", LDT, false, US, true },
    { "and by an XPTI root", XENPT_DOMAIN_PV64, "cpu0.xpti", LDT, false, US, true },
};

static void test_decided(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct patched p = { .reader = { .read = read_patched } };
        struct xenpt_view image = { .mem = &p.reader };
        struct xenpt_comparison result;
        struct xenpt_pair pairs[2]; /* The first vCPU's as it is, and that one. */
        struct machine m;

        machine_init(&m, rows[i].type);
        p.mem = m.view->mem;
        pairs[0].model = pairs[0].image = xenpt_view_context(m.view, "d0.v0.kernel");
        pairs[1].model = pairs[1].image = xenpt_view_context(m.view, rows[i].context);
        assert_non_null(pairs[1].model);
        p.at = entry_at(&m, pairs[1].model, rows[i].va, rows[i].first, &p.entry);
        assert_true(p.entry & P);
        p.entry ^= rows[i].change;
        assert_int_equal(xenpt_compare(m.view, &image, pairs, 2, NULL, NULL, NULL, &result, NULL),
                         XENPT_OK);
        if (result.entries[XENPT_UNEXPLAINED] != rows[i].unexplained)
            fail_msg("%s: %" PRIu64 " unexplained", rows[i].claim,
                     result.entries[XENPT_UNEXPLAINED]);
        xenpt_comparison_fini(&result);
        machine_fini(&m);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decided),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
