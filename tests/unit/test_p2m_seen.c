/*
 * test_p2m_seen.c - tables of guests' physical memory, held to those of 4.17.5 that were looked
 * at: EPT under Bochs, nested paging and shadow paging under QEMU.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "machine_fixture.h"
#include "xenpt/map.h"

static const struct {
    const char *model, *claim;
    uint64_t gfn;
    unsigned int level;
    uint64_t flags;
} rows[] = {
    { "ept", "a table", 0, 4, UINT64_C(0x9c00000000000107) },
    { "ept", "a table", 0, 3, UINT64_C(0x9c00000000000107) },
    { "ept", "RAM, 4K", 0x10, 1, UINT64_C(0x9c00000000000377) },
    { "ept", "RAM, 2M, of a domU: no code in larger pages", 0x200, 2,
      UINT64_C(0x9c000000000003f3) },
    { "ept", "the APIC's page", 0xfee00, 1, UINT64_C(0x9c50000000000377) },
    { "ept", "nothing, in the root", UINT64_C(1) << 27, 4, 0 },
    { "ept", "nothing, below", 0x1000, 2, XENPT_BIT(63) },
    { "ept", "nothing, further below", 0xfd000, 2, XENPT_BIT(63) },
    { "no-ad", "a table", 0, 4, UINT64_C(0x9c00000000000007) },
    { "no-ad", "RAM, 4K", 0x10, 1, UINT64_C(0x9c00000000000077) },
    { "pvh-dom0", "devices, one to one", 0xa0, 1, UINT64_C(0x9c50000000000307) },
    { "shadow", "a table", 0, 4, 0x67 },
    { "shadow", "RAM, 4K", 0x10, 1, 0x67 },
    { "shadow", "RAM, 2M", 0x200, 2, 0xe7 },
    { "shadow-dom0", "devices, one to one", 0xa0, 1, UINT64_C(0x0050000000000077) },
    { "npt", "a table", 0, 4, 0x67 },
    { "npt", "RAM, 4K", 0x10, 1, 0x67 },
    { "npt", "RAM, 2M", 0x200, 2, 0xe7 },
};

static const struct {
    const char *name, *text;
} models[] = {
    { "ept",
      HOST("skylake-server") XEN("4.17.5", "") "domains: { d0: { type: pvh, memory: 16M } }\n" },
    { "no-ad", HOST("skylake-server")
                   XEN("4.17.5", "ept=no-ad") "domains: { d0: { type: pvh, memory: 16M } }\n" },
    { "pvh-dom0",
      HOST("skylake-server") XEN(
          "4.17.5", "dom0=pvh") "domains: { d0: { type: pvh, memory: 64M, privileged: yes } }\n" },
    { "shadow", HOST("skylake-server") XEN(
                    "4.17.5", "") "domains: { d0: { type: pvh, memory: 16M, paging: shadow } }\n" },
    { "shadow-dom0",
      HOST("skylake-server")
          XEN("4.17.5",
              "dom0=pvh,shadow") "domains: { d0: { type: pvh, memory: 64M, privileged: yes } }\n" },
    { "npt", HOST("rome") XEN("4.17.5", "") "domains: { d0: { type: pvh, memory: 16M } }\n" },
};

static uint64_t entry_at(const struct world *w, uint64_t gfn, unsigned int level)
{
    uint64_t table = context(w, "d0.p2m")->paging.root, entry = 0;

    for (unsigned int l = 4; l >= level; l--) {
        assert_int_not_equal(table, 0);
        assert_true(xenpt_read(w->view->mem, table + 8 * (gfn >> 9 * (l - 1) & 511), &entry, 8));
        table = entry & ADDR;
    }
    return entry & ~ADDR;
}

static void test_entries(void **state)
{
    (void)state;
    for (size_t m = 0; m < sizeof(models) / sizeof(models[0]); m++) {
        struct world w;

        build(&w, models[m].text);
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
            if (!strcmp(rows[i].model, models[m].name) &&
                entry_at(&w, rows[i].gfn, rows[i].level) != rows[i].flags)
                fail_msg("%s, %s: %llx", rows[i].model, rows[i].claim,
                         (unsigned long long)entry_at(&w, rows[i].gfn, rows[i].level));
        end(&w);
    }
}

static bool by_size(void *ctx, const struct xenpt_map_range *r)
{
    size_t *n = ctx;

    n[strcmp(r->page, "4K") ? 1 : 0]++;
    return true;
}

/* A PVH domU of 16 MiB: its first 2 MiB in small pages, then seven large ones, the pages at fixed
 * places, and the APIC's; in seven tables. */
static void test_small_domain(void **state)
{
    struct xenpt_map_options opt = { .leaves = true };
    struct xenpt_map_counts counts;
    size_t n[2] = { 0 };
    struct world w;

    (void)state;
    build(&w, models[0].text);
    assert_int_equal(xenpt_map(w.view, context(&w, "d0.p2m"), &opt, by_size, n, &counts, NULL),
                     XENPT_OK);
    assert_int_equal(n[0], 512 + 9 + 8 + 1);
    assert_int_equal(n[1], 7);
    assert_int_equal(counts.tables, 7);
    end(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_entries),
        cmocka_unit_test(test_small_domain),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
