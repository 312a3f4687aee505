/*
 * test_compare_split.c - smaller pages where one is expected: the table of them is led to as tables
 * of that area are, and not otherwise.  Xen splits pages of a guest's memory by tables with all
 * rights (p2m-pt.c, p2m_next_level, 4.17), and those of the directmap by map_pages_to_xen(), whose
 * tables are Xen's alone.
 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "patched_fixture.h"
#include "xenpt/compare.h"

#define MIB       (UINT64_C(1) << 20)
#define DIRECTMAP UINT64_C(0xffff830000000000)
#define NX        (UINT64_C(1) << 63)

enum { P = 1, RW = 2, US = 4, A = 0x20, D = 0x40, PS = 0x80 };

static void machine_init(struct machine *m)
{
    const struct xenpt_domain_desc domain = { .type = XENPT_DOMAIN_PVH,
                                              .memory = 64 * MIB,
                                              .vcpus = 1 };
    const struct xenpt_cpu_model *cpus;
    size_t nr = xenpt_cpu_models(&cpus);
    struct xenpt_machine_desc desc = {
        .host = { .ram = 1024 * MIB, .cpus = 1 },
        .domains = &domain,
        .nr_domains = 1,
    };
    struct xenpt_error err = { 0 };

    /* Nested paging, whose entries are as other tables' are. */
    for (size_t i = 0; i < nr; i++)
        if (!strcmp(cpus[i].name, "naples"))
            desc.host.processor = &cpus[i];
    assert_int_equal(xenpt_layout_open("4.17", &m->layout, &err), XENPT_OK);
    desc.xen.layout = m->layout;
    if (xenpt_machine_create(&desc, &m->machine, &err) ||
        xenpt_machine_view(m->machine, &m->view, &err))
        fail_msg("%s", err.text);
}

static void machine_fini(struct machine *m)
{
    xenpt_machine_destroy(m->machine);
    xenpt_layout_close(m->layout);
}

static const struct {
    const char *claim, *context;
    uint64_t va, flags;
    bool unexplained;
} rows[] = {
    { "a page of a guest's in pieces", "d0.p2m", 32 * MIB, P | RW | US | A | D, false },
    { "which nobody can write", "d0.p2m", 32 * MIB, P | US | A | D, true },
    { "which cannot be executed", "d0.p2m", 32 * MIB, P | RW | US | A | D | NX, true },
    { "the directmap in pieces", "idle", DIRECTMAP + 512 * MIB, P | RW | A | D, false },
    { "which user mode may reach", "idle", DIRECTMAP + 512 * MIB, P | RW | US | A | D, true },
    { "which nobody can write, either", "idle", DIRECTMAP + 512 * MIB, P | A | D, true },
};

/* In place of an L2 entry that maps 2 MiB, one that leads to an empty table. */
static void test_pieces(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct patched p = { .reader = { .read = read_patched } };
        struct xenpt_view image = { .mem = &p.reader };
        struct xenpt_comparison result;
        struct xenpt_pair pair;
        struct xenpt_walk walk;
        struct machine m;

        machine_init(&m);
        p.mem = m.view->mem;
        pair.model = pair.image = xenpt_view_context(m.view, rows[i].context);
        assert_non_null(pair.model);
        xenpt_walk(&pair.model->paging, p.mem, rows[i].va, &walk);
        p.at = walk.step[walk.nr_steps - 1].at;
        p.entry = walk.step[walk.nr_steps - 1].entry;
        assert_int_equal(walk.step[walk.nr_steps - 1].level, 2);
        assert_true(p.entry & PS);
        p.entry = (walk.out & ~UINT64_C(0xfff)) | rows[i].flags;
        assert_int_equal(xenpt_compare(m.view, &image, &pair, 1, NULL, NULL, NULL, &result, NULL),
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
        cmocka_unit_test(test_pieces),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
