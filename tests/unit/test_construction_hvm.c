/*
 * test_construction_hvm.c - what HVM and PVH domains are given when they are built.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "construction_fixture.h"

static void test_params(void **state)
{
    /* xg_dom_x86.c: special_pfn() and what is set to it. */
    static const struct {
        uint32_t nr;
        const char *name;
        uint64_t value;
        bool hvm_only;
    } rows[] = {
        { 32, "IOREQ_SERVER_PFN", 0xfeff0, true },  { 27, "PAGING_RING_PFN", 0xfeff8, false },
        { 28, "MONITOR_RING_PFN", 0xfeff9, false }, { 29, "SHARING_RING_PFN", 0xfeffa, false },
        { 6, "BUFIOREQ_PFN", 0xfeffb, false },      { 1, "STORE_PFN", 0xfeffc, false },
        { 5, "IOREQ_PFN", 0xfeffd, false },         { 12, "IDENT_PT", 0xfeffe000, false },
        { 17, "CONSOLE_PFN", 0xfefff, false },      { 2, "STORE_EVTCHN", 1, false },
        { 18, "CONSOLE_EVTCHN", 2, false },         { 33, "NR_IOREQ_SERVER_PAGES", 8, true },
    };
    struct xenpt_hvm_param p;
    struct world w;

    (void)state;
    build(&w, HOST("rome") XEN("4.17", "") ALL_KINDS);
    for (uint32_t d = 3; d < 5; d++) {
        size_t n = 0;

        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
            if (rows[i].hvm_only && d == 3)
                continue;
            assert_true(xenpt_machine_hvm_param(w.machine, d, n++, &p));
            assert_int_equal(p.nr, rows[i].nr);
            assert_string_equal(p.name, rows[i].name);
            assert_int_equal(p.value, rows[i].value);
        }
        assert_false(xenpt_machine_hvm_param(w.machine, d, n, &p));
    }
    assert_false(xenpt_machine_hvm_param(w.machine, 0, 0, &p));
    end(&w);
}

/* Their frames are where the guest's physical memory has them. */
static void test_hvm_frames(void **state)
{
    struct xenpt_special_frames f;
    struct xenpt_grant g;
    struct world w;
    size_t n = 0;

    (void)state;
    build(&w, HOST("rome") XEN("4.17", "") ALL_KINDS);
    for (size_t i = 0; xenpt_machine_special(w.machine, 4, i, &f); i++)
        if (f.has_gfn) {
            assert_int_equal(at(&w, "d4.p2m", f.gfn << 12), f.mfn << 12);
            n++;
        }
    assert_int_equal(n, 8 + 8 + 2); /* Device models', rings, and what it is told. */
    /* 32-bit pages of 4 MiB, one to one. */
    assert_true(find(&w, 4, XENPT_SPECIAL_IDENT_PT, &f));
    for (uint64_t i = 0; i < 1024; i += 341)
        assert_int_equal(read_at(&w, (f.mfn << 12) + 4 * i, 4), i << 22 | 0xe7);
    /* A grant of an HVM guest's names its own frame. */
    assert_true(xenpt_machine_grant(w.machine, 4, 1, &g));
    assert_int_equal(g.frame, 0xfeffc);
    assert_int_equal(g.mfn << 12, at(&w, "d4.p2m", UINT64_C(0xfeffc000)));
    end(&w);
    build(&w, HOST("rome")
                  XEN("4.17",
                      "dom0=pvh") "domains: { d0: { type: pvh, memory: 64M, privileged: yes } }\n");
    assert_false(find(&w, 0, XENPT_SPECIAL_CONSOLE, &f));
    assert_int_equal(get(&w, 0, START, "flags"), 3);
    assert_int_equal(get(&w, 0, START, "memmap_entries"), 0);
    end(&w);
}

struct map_entry {
    uint64_t addr, size;
    uint32_t type, reserved;
};

/* What a PVH guest is told of its memory is what its physical memory has. */
static void test_memory_map(void **state)
{
    static const struct map_entry wanted[] = {
        { 0, 0xfc000000, 1, 0 },      { 0xfeff8000, 0x8000, 2, 0 },
        { 0xfc008000, 64, 3, 0 },     { 0xfc000000, 0x1000, 3, 0 },
        { 0xfc001000, 0x7000, 3, 0 }, { UINT64_C(1) << 32, 0x44000000, 1, 0 },
    };
    struct map_entry got[6];
    struct world w;
    uint64_t maddr;

    (void)state;
    build(&w, "host: { ram: 16G, processor: rome }\n" XEN(
                  "4.17", "") "domains: { d0: { type: pvh, memory: 5G } }\n");
    assert_int_equal(get(&w, 0, START, "magic"), 0x336ec578);
    assert_int_equal(get(&w, 0, START, "version"), 1);
    assert_int_equal(get(&w, 0, START, "rsdp_paddr"), 0xfc008000);
    assert_int_equal(get(&w, 0, START, "memmap_entries"), 6);
    maddr = at(&w, "d0.p2m", get(&w, 0, START, "memmap_paddr"));
    assert_true(xenpt_read(w.view->mem, maddr, got, sizeof(got)));
    assert_memory_equal(got, wanted, sizeof(got));
    for (size_t i = 0; i < 6; i++) {
        assert_int_not_equal(at(&w, "d0.p2m", got[i].addr), 0);
        assert_int_not_equal(at(&w, "d0.p2m", got[i].addr + got[i].size - 1), 0);
    }
    assert_int_equal(at(&w, "d0.p2m", 0xfc009000), 0);
    assert_int_equal(at(&w, "d0.p2m", (UINT64_C(5) << 30) + 0x4000000), 0);
    end(&w);
    /* Toolstacks before 4.12 left it to be asked for. */
    build(&w, HOST("rome") XEN("4.11", "") "domains: { d0: { type: pvh, memory: 64M } }\n");
    assert_int_equal(get(&w, 0, START, "version"), 0);
    assert_int_equal(get(&w, 0, START, "memmap_paddr"), 0);
    end(&w);
}

static void test_hvm_info(void **state)
{
    struct xenpt_special_frames f;
    struct world w;
    uint8_t bytes[48], sum = 0;

    (void)state;
    build(&w, "host: { ram: 16G, processor: rome }\n" XEN(
                  "4.17", "") "domains: { d0: { type: hvm, memory: 5G, vcpus: 9 } }\n");
    assert_true(find(&w, 0, XENPT_SPECIAL_HVM_INFO, &f));
    assert_int_equal((f.gfn << 12) + f.from, 0x9f800);
    assert_true(xenpt_read(w.view->mem, (f.mfn << 12) + f.from, bytes, sizeof(bytes)));
    for (size_t i = 0; i < sizeof(bytes); i++)
        sum = (uint8_t)(sum + bytes[i]);
    assert_int_equal(sum, 0);
    assert_memory_equal(bytes, "HVM INFO\x30\0\0\0", 12);
    assert_int_equal(get(&w, 0, f.special, "nr_vcpus"), 9);
    assert_int_equal(read_at(&w, (f.mfn << 12) + f.from + 32, 8), 0x1ff);
    assert_int_equal(get(&w, 0, f.special, "low_mem_pgend"), 0xf0000);
    assert_int_equal(get(&w, 0, f.special, "high_mem_pgend"), 0x150000);
    assert_int_equal(get(&w, 0, f.special, "reserved_mem_pgstart"), 0xfeff0);
    end(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_params),
        cmocka_unit_test(test_hvm_frames),
        cmocka_unit_test(test_memory_map),
        cmocka_unit_test(test_hvm_info),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
