/*
 * test_tlb_second.c - stale second stages: what INVEPT and TLB_CONTROL are for.
 *
 * Intel SDM vol. 3, "Caching Translation Information" of the chapter on VMX support for address
 * translation; AMD APM vol. 2, 15.16 and 15.25.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tlb_fixture.h"

#define LEAF         (P | RW | US | A | D)
#define X            UINT64_C(0x7f0000001000)
#define WHOLE(entry) ((entry) | EA | ED)

struct guest {
    struct world w;
    struct xenpt_paging space, second;
    struct xenpt_tlb_context on;
};

static void guest_init(struct guest *g, enum xenpt_vendor vendor)
{
    world_init(&g->w, vendor, xenpt_tlb_part(XENPT_TLB_IDEAL));
    g->space = world_space(&g->w, 0, 0);
    g->second = world_second(&g->w, 1, true);
    world_map(&g->w, &g->space, X, FRAME(1), LEAF, 1);
    world_map(&g->w, &g->space, X + PAGE, FRAME(2), LEAF, 1);
    g->on = world_on(&g->w, &g->space, &g->second, 1);
}

static size_t apply(struct guest *g, struct xenpt_tlb_event event)
{
    struct xenpt_tlb_dropped d = xenpt_tlb_apply(g->w.tlb, &g->on, &event, NULL, NULL);

    return d.translations + d.tables;
}

static void test_differences(void **state)
{
    static const struct {
        const char *claim;
        uint64_t before, after;
        enum xenpt_access_kind kind;
        unsigned int stale;
    } row[] = {
        { "unmapped", WHOLE(ERWX | EWB | FRAME(1)), 0, XENPT_READ, 1u << XENPT_STALE_GONE },
        { "elsewhere", WHOLE(ERWX | EWB | FRAME(1)), WHOLE(ERWX | EWB | FRAME(7)), XENPT_READ,
          1u << XENPT_STALE_FRAME },
        { "made read-only", WHOLE(ERWX | EWB | FRAME(1)), WHOLE(ER | EX | EWB | FRAME(1)),
          XENPT_READ, 1u << XENPT_STALE_GRANTS },
        { "made read-only, and written", WHOLE(ERWX | EWB | FRAME(1)),
          WHOLE(ER | EX | EWB | FRAME(1)), XENPT_WRITE, 1u << XENPT_STALE_GRANTS },
        { "made executable", WHOLE(ER | EW | EWB | FRAME(1)), WHOLE(ERWX | EWB | FRAME(1)),
          XENPT_READ, 1u << XENPT_STALE_DENIES },
        { "made executable, and fetched", WHOLE(ER | EW | EWB | FRAME(1)),
          WHOLE(ERWX | EWB | FRAME(1)), XENPT_FETCH, 1u << XENPT_STALE_DENIES },
        { "made uncacheable", WHOLE(ERWX | EWB | FRAME(1)), WHOLE(ERWX | FRAME(1)), XENPT_READ,
          1u << XENPT_STALE_TYPE },
        { "made to ignore PAT", WHOLE(ERWX | EWB | FRAME(1)), WHOLE(ERWX | EWB | EIPAT | FRAME(1)),
          XENPT_READ, 1u << XENPT_STALE_TYPE },
        { "A cleared", WHOLE(ERWX | EWB | FRAME(1)), ERWX | EWB | ED | FRAME(1), XENPT_READ,
          1u << XENPT_STALE_ACCESSED },
        { "D cleared", WHOLE(ERWX | EWB | FRAME(1)), ERWX | EWB | EA | FRAME(1), XENPT_WRITE,
          1u << XENPT_STALE_DIRTY },
    };
    struct guest g;

    (void)state;
    guest_init(&g, XENPT_INTEL);
    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        enum xenpt_access_kind first = row[i].kind == XENPT_FETCH ? XENPT_READ : row[i].kind;
        struct xenpt_tlb_result r;

        world_set(&g.w, &g.second, FRAME(1), 1, row[i].before);
        apply(&g, (struct xenpt_tlb_event){ .id = XENPT_TLB_RESET });
        r = world_access(&g.w, &g.on, first, 0, X);
        assert_int_equal(r.stale, 0);
        world_set(&g.w, &g.second, FRAME(1), 1, row[i].after);
        /* INVVPID, or all that a guest can do, is not enough: another page's walk, or another
         * walk for the same page, meets the guest-physical entry. */
        apply(&g, (struct xenpt_tlb_event){ .id = XENPT_TLB_INVVPID_ALL });
        r = world_access(&g.w, &g.on, row[i].kind, 0, X);
        assert_int_equal(r.unit, XENPT_TLB_WALKED);
        if (r.stale != row[i].stale)
            fail_msg("%s: 0x%x", row[i].claim, r.stale);
        assert_int_equal(r.used.allowed, row[i].kind != XENPT_FETCH);
        /* INVEPT is. */
        apply(&g, (struct xenpt_tlb_event){ .id = XENPT_TLB_INVEPT_SINGLE, .root = g.second.root });
        assert_int_equal(world_access(&g.w, &g.on, row[i].kind, 0, X).stale, 0);
    }
    world_fini(&g.w);
}

/* An EPT violation drops what led to it, so that the access works once EPT grants it. */
static void test_violation(void **state)
{
    struct guest g;
    struct xenpt_tlb_result r;

    (void)state;
    guest_init(&g, XENPT_INTEL);
    world_set(&g.w, &g.second, FRAME(1), 1, WHOLE(ER | EWB | FRAME(1)));
    assert_true(READS(&g.w, &g.on, X + 0x10).used.allowed);
    world_set(&g.w, &g.second, FRAME(1), 1, WHOLE(ERWX | EWB | FRAME(1)));
    r = WRITES(&g.w, &g.on, X + 0x10);
    assert_false(r.used.allowed);
    assert_true(r.used.second);
    assert_int_equal(r.used.fault.kind, XENPT_FAULT_EPT_VIOLATION);
    assert_int_equal(r.used.fault.address, FRAME(1) + 0x10);
    assert_int_equal(r.used.fault.code,
                     XENPT_EPTV_WRITE | XENPT_EPTV_CAN_READ | XENPT_EPTV_LINEAR | XENPT_EPTV_FINAL);
    assert_true(r.dropped >= 2);
    assert_true(WRITES(&g.w, &g.on, X + 0x10).used.allowed);
    world_fini(&g.w);
}

/* D of EPT is set by the first write, and not again while an entry remembers it. */
static void test_dirty(void **state)
{
    struct guest g;

    (void)state;
    guest_init(&g, XENPT_INTEL);
    READS(&g.w, &g.on, X);
    assert_int_equal(world_get(&g.w, &g.second, FRAME(1), 1), ERWX | EWB | EA | FRAME(1));
    WRITES(&g.w, &g.on, X);
    assert_int_equal(world_get(&g.w, &g.second, FRAME(1), 1), ERWX | EWB | EA | ED | FRAME(1));
    assert_int_equal(WRITES(&g.w, &g.on, X).references, 0);
    world_fini(&g.w);
}

/* A guest without paging uses guest-physical entries, and nothing is filed by VPID. */
static void test_unpaged_guest(void **state)
{
    struct xenpt_paging unpaged = { 0 };
    struct xenpt_regs regs = { .cr0 = XENPT_CR0_PE };
    struct guest g;
    struct xenpt_tlb_result r;

    (void)state;
    guest_init(&g, XENPT_INTEL);
    assert_int_equal(xenpt_paging_init(&unpaged, &g.w.cpu, &regs, NULL), XENPT_OK);
    g.on.first = &unpaged;
    r = READS(&g.w, &g.on, FRAME(1));
    assert_int_equal(r.used.out, FRAME(1));
    assert_int_equal(r.references, 4);
    r = READS(&g.w, &g.on, FRAME(1) + 8);
    assert_int_equal(r.references, 0);
    assert_int_equal(r.guest_hits, 1);
    assert_int_equal(apply(&g, (struct xenpt_tlb_event){ .id = XENPT_TLB_INVVPID_ALL }), 0);
    world_fini(&g.w);
}

/* AMD: an ASID is all that guests are told apart by, whatever table is nested under them. */
static void test_asid(void **state)
{
    struct guest g;
    struct xenpt_paging other;
    struct xenpt_tlb_result r;

    (void)state;
    guest_init(&g, XENPT_AMD);
    READS(&g.w, &g.on, X);
    other = world_second(&g.w, 1, true);
    world_set(&g.w, &other, FRAME(1), 1, FRAME(9) | LEAF);
    g.on.second = &other;
    r = READS(&g.w, &g.on, X);
    assert_int_equal(r.references, 0);
    assert_int_equal(r.used.out, FRAME(1));
    assert_int_equal(r.stale, 1u << XENPT_STALE_FRAME);
    apply(&g, (struct xenpt_tlb_event){ .id = XENPT_TLB_VMRUN_ASID, .vpid = 1 });
    assert_int_equal(READS(&g.w, &g.on, X).used.out, FRAME(9));
    g.on.vpid = 2;
    assert_int_equal(READS(&g.w, &g.on, X).unit, XENPT_TLB_WALKED);
    world_fini(&g.w);
}

/* What was cached without nested paging serves under it: software has to flush the ASID. */
static void test_asid_without_nesting(void **state)
{
    struct guest g;
    struct xenpt_tlb_result r;

    (void)state;
    guest_init(&g, XENPT_AMD);
    g.on.second = NULL;
    READS(&g.w, &g.on, X);
    g.on.second = &g.second;
    r = READS(&g.w, &g.on, X);
    assert_true(r.used.allowed);
    assert_int_equal(r.references, 0);
    world_fini(&g.w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_differences), cmocka_unit_test(test_violation),
        cmocka_unit_test(test_dirty),       cmocka_unit_test(test_unpaged_guest),
        cmocka_unit_test(test_asid),        cmocka_unit_test(test_asid_without_nesting),
    };

    return cmocka_run_group_tests_name("tlb, two stages", tests, NULL, NULL);
}
