/*
 * test_threat_devices.c - what devices reach: by the IOMMU that a host has, and by what others have
 * granted their domain.  common/grant_table.c, map_grant_ref, mapkind; asm/p2m.h,
 * p2m_get_iommu_flags; drivers/passthrough/iommu.c, 4.17.
 */
#include "threat_fixture.h"

#include <stdio.h>

static const char *const alone[] = { "overwrite-kernel", "dma-shared" };
/* What devices do, and not what becomes of it. */
static const struct xenpt_threat_options strict = { .iommu = XENPT_DMA_STRICT,
                                                    .without = alone,
                                                    .nr_without = 1 },
                                         no_move = { .iommu = XENPT_DMA_STRICT,
                                                     .without = alone,
                                                     .nr_without = 2 };

/* --- Grants that are mapped ---------------------------------------------------------------- */

static void test_pv_grants(void **state)
{
    const struct xenpt_threat *t;
    uint64_t rw, ro, offered;
    struct xenpt_threat_way way;
    char text[XENPT_STEP_MAX], words[XENPT_STEP_MAX];

    (void)state;
    pv_begin(&p, THREAT_MACHINE);
    rw = fresh(&p, 1);
    ro = fresh(&p, 1);
    offered = fresh(&p, 1);
    offer(1, 8, 2, rw, 0);
    offer(1, 9, 2, ro, 0);
    offer(1, 10, 2, offered, 0);
    /* What is offered is the kernel's to map, and no device's. */
    t = threat_of("d2.device", &strict);
    reaches(t, rw, "-----");
    /* Mapped for the processor alone: the IOMMU has it all the same. */
    must(grant_map(2, va_of(2, 5), CPU_MAP, 1, 8));
    must(grant_map(2, 0, DEV_MAP | READ_ONLY, 1, 9));
    t = threat_of("d2.device", &strict);
    reaches(t, rw, "rw---");
    reaches(t, ro, "r----");
    reaches(t, offered, "-----");
    assert_string_equal(way_of(t, rw, XENPT_THREAT_WRITE), "dma-shared");
    assert_true(xenpt_threat_way(t, rw, XENPT_THREAT_READ, &way));
    snprintf(words, sizeof(words),
             "d2.device: dma-shared: read+write mfn 0x%llx (d1's memory), by grant 8 of d1",
             (unsigned long long)rw);
    assert_string_equal(xenpt_threat_step_text(t, &way.step[0], text), words);
    /* Nobody else's device, and no device where there is no such move. */
    reaches(threat_of("d3.device", &strict), rw, "-----");
    reaches(threat_of("d2.device", &no_move), rw, "-----");
    /* The entry says something else by now, and is in use as it was. */
    offer(1, 8, 3, rw, 0);
    reaches(threat_of("d2.device", &strict), rw, "rw---");
    must(grant_unmap(2, 0, bus, 0, handle));
    reaches(threat_of("d2.device", &strict), ro, "-----");
    threat_end();
    pv_finish(&p);
}

/* A PVH guest's device has what its p2m has. */
static void test_p2m_grants(void **state)
{
    const struct xenpt_threat *t;
    uint64_t rw, ro;

    (void)state;
    pv_begin(&p, THREAT_MACHINE);
    rw = fresh(&p, 1);
    ro = fresh(&p, 1);
    offer(1, 8, 3, rw, 0);
    offer(1, 9, 3, ro, XENPT_GRANT_READONLY);
    run_d3();
    reaches(threat_of("d3.device", &strict), rw, "-----");
    must(grant_map(3, gfn_of_d3(5) << 12, CPU_MAP, 1, 8));
    must(grant_map(3, gfn_of_d3(6) << 12, CPU_MAP | READ_ONLY, 1, 9));
    t = threat_of("d3.device", &strict);
    reaches(t, rw, "rw---");
    reaches(t, ro, "r----");
    assert_string_equal(way_of(t, rw, XENPT_THREAT_READ), "dma-shared");
    assert_string_equal(way_of(t, place(AT_D3), XENPT_THREAT_READ), "dma");
    reaches(t, place(AT_D3), "rw---");
    /* What is its domain's own it has by `dma` alone. */
    t = threat_of("d3.device", &(struct xenpt_threat_options){
                                   .without = (const char *const[]){ "dma" }, .nr_without = 1 });
    reaches(t, rw, "rw---");
    reaches(t, place(AT_D3), "-----");
    threat_end();
    pv_finish(&p);
}

/* --- The host ------------------------------------------------------------------------------ */

static void test_host(void **state)
{
    static const struct {
        const char *iommu, *options;
        enum xenpt_threat_iommu is;
        const char *heap, *image, *guest; /* Of dom0's device; and d1's of d0. */
    } rows[] = {
        { "", "", XENPT_DMA_STOCK, "rw---", "-----", "-----" },
        { ", iommu: intel", "", XENPT_DMA_STOCK, "rw---", "-----", "-----" },
        { ", iommu: intel", ", options: dom0-iommu=strict", XENPT_DMA_STRICT, "-----", "-----",
          "-----" },
        { ", iommu: intel", ", options: iommu=dom0-strict", XENPT_DMA_STRICT, "-----", "-----",
          "-----" },
        { ", iommu: intel", ", options: dom0-iommu=passthrough", XENPT_DMA_STOCK, "rw---", "rw---",
          "-----" },
        { ", iommu: intel", ", options: iommu=no", XENPT_DMA_NONE, "rw---", "rw---", "rw---" },
        { "", ", options: iommu=no", XENPT_DMA_NONE, "rw---", "rw---", "rw---" },
    };
    const struct xenpt_threat_options host = {
        .without = (const char *const[]){ "overwrite-xen", "overwrite-kernel", "write-entries" },
        .nr_without = 3
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct xenpt_threat *t;
        char text[800];

        snprintf(text, sizeof(text),
                 "host: { ram: 1G, cpus: 4, mmcfg: { base: 0xe0000000, buses: 16 }%s }\n"
                 "xen: { release: \"4.17\"%s, pv32: yes }\n" THREAT_DOMAINS,
                 rows[i].iommu, rows[i].options);
        pv_begin(&p, text);
        t = threat_of("d0.device", &host);
        assert_int_equal(xenpt_threat_iommu(t), rows[i].is);
        reaches(t, place(AT_HEAP), rows[i].heap);
        reaches(t, place(AT_IMAGE), rows[i].image);
        reaches(threat_of("d1.device", &host), place(AT_D0), rows[i].guest);
        threat_end();
        pv_finish(&p);
    }
}

/* A domain that has a device on the machine drives it: nobody has to say so. */
static void test_has(void **state)
{
    (void)state;
    pv_begin(&p, "host: { ram: 1G, cpus: 2, iommu: intel }\n"
                 "xen: { release: \"4.17\" }\n"
                 "domains:\n"
                 "  d0: { type: pv64, memory: 16M, privileged: yes }\n"
                 "  d1: { type: pv64, memory: 16M, devices: [nic] }\n"
                 "  d2: { type: pv64, memory: 16M, devices: [] }\n");
    assert_true(xenpt_threat_becomes(threat_of("d1", &strict),
                                     (struct xenpt_party){ XENPT_PARTY_DEVICE, 1 }));
    assert_false(xenpt_threat_becomes(threat_of("d2", &strict),
                                      (struct xenpt_party){ XENPT_PARTY_DEVICE, 2 }));
    threat_end();
    pv_finish(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pv_grants),
        cmocka_unit_test(test_p2m_grants),
        cmocka_unit_test(test_host),
        cmocka_unit_test(test_has),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
