/* test_threat_sharing.c - what parties reach by memory that guests share, and by making them. */
#include "threat_fixture.h"

#include "xen/internal.h"
#include "xenpt/mem_sharing.h"

#define SHARING_MACHINE                                                                            \
    PV_HOST "xen: { release: \"4.17\", pv32: yes, livepatch: no, kexec: no, mem-sharing: yes "     \
            "}\n" THREAT_DOMAINS

static struct xenpt_threat_options strict(void)
{
    return (struct xenpt_threat_options){ .iommu = XENPT_DMA_STRICT, .rules = &p.rules };
}

/* A page of d3's, nominated. */
static uint64_t shared(void)
{
    struct xenpt_pv_caller c = pv_caller(&p, 0);
    struct xenpt_mem_sharing r = { .op = XENPT_MEM_SHARING_NOMINATE,
                                   .domain = 3,
                                   .gfn = gfn_of_d3(0) };
    struct xenpt_p2m_entry e;
    uint64_t value;

    assert_true(xenpt_machine_p2m(p.w.machine, 3, XENPT_VIEW_HOST, r.gfn, &e));
    assert_int_equal(xenpt_mem_sharing(p.w.machine, &c, &r, &value, &p.r, NULL), XENPT_OK);
    must(p.r.name);
    return e.maddr >> XENPT_PAGE_SHIFT;
}

/* get_page_from_l1e: any PV guest's kernel, to be read; HVM and PVH ones that share it, and no
 * others; user code not. */
static void test_what_is_shared(void **state)
{
    struct xenpt_threat_options o;
    uint64_t frame;

    (void)state;
    pv_begin(&p, SHARING_MACHINE);
    o = strict();
    frame = shared();
    reaches(threat_of("d1", &o), frame, "r-x--");
    assert_string_equal(way_of(threat_of("d1", &o), frame, XENPT_THREAT_READ), "map-cow");
    reaches(threat_of("d2", &o), frame, "r-x--");
    reaches(threat_of("d1.user", &o), frame, "-----");
    reaches(threat_of("d4", &o), frame, "-----");
    reaches(threat_of("d3.kernel", &o), frame, "r-x--");
    assert_string_equal(way_of(threat_of("d3.kernel", &o), frame, XENPT_THREAT_READ), "own-p2m");
    threat_end();
    pv_finish(&p);
}

/* dom0, without all by which it has guests' memory anyway. */
static const char *const left_out[] = { "foreign-map", "foreign-physmap", "device-model",
                                        "set-context", "spawn",           "assign-device" };

static void makes(const char *machine, enum place at, const char *rights)
{
    struct xenpt_threat_options o;

    pv_begin(&p, machine);
    o = strict();
    o.without = left_out;
    o.nr_without = sizeof(left_out) / sizeof(left_out[0]);
    reaches(threat_of("dom0", &o), place(at), rights);
    threat_end();
    pv_finish(&p);
}

/* mem_sharing_control; a Xen that is built so; nobody but a privileged domain. */
static void test_who_makes_guests_share(void **state)
{
    struct xenpt_threat_options o;

    (void)state;
    makes(SHARING_MACHINE, AT_D3, "r-xe-");
    makes(SHARING_MACHINE, AT_D4, "r-xe-");
    makes(SHARING_MACHINE, AT_D1, "-----");
    makes(THREAT_MACHINE, AT_D3, "-----");
    pv_begin(&p, SHARING_MACHINE);
    o = strict();
    reaches(threat_of("d1", &o), place(AT_D3), "-----");
    threat_end();
    pv_finish(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_shared),
        cmocka_unit_test(test_who_makes_guests_share),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
