/*
 * test_tlb.c - what is cached, for how long it is used, and when a missing flush shows.
 *
 * Claims are those of the Intel SDM vol. 3, "Caching Translation Information", and the AMD APM
 * vol. 2, 5.5, unless they name another source.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tlb_fixture.h"

#define LEAF  (P | RW | US | A | D)
#define X     UINT64_C(0x7f0000001000)
/* Aligned to 2M. */
#define LARGE UINT64_C(0x7f0000400000)

/* One space with X mapped to FRAME(1), on a CPU that keeps all it may. */
struct one {
    struct world w;
    struct xenpt_paging space;
    struct xenpt_tlb_context on;
};

static void one_init(struct one *o, enum xenpt_tlb_part_id part)
{
    world_init(&o->w, XENPT_INTEL, xenpt_tlb_part(part));
    o->space = world_space(&o->w, 0, 0);
    o->on = world_on(&o->w, &o->space, NULL, 0);
    world_map(&o->w, &o->space, X, FRAME(1), LEAF, 1);
}

static void apply(struct one *o, struct xenpt_tlb_event event)
{
    xenpt_tlb_apply(o->w.tlb, &o->on, &event, NULL, NULL);
}

/* --- References ----------------------------------------------------------------------------- */

static void test_references(void **state)
{
    struct one o;

    (void)state;
    one_init(&o, XENPT_TLB_IDEAL);
    for (unsigned int i = 0; i < 8; i++)
        world_map(&o.w, &o.space, X + i * PAGE, FRAME(i), LEAF, 1);
    world_map(&o.w, &o.space, X + MIB(2), FRAME(9), LEAF, 1);
    world_map(&o.w, &o.space, X + GIB(1), FRAME(9), LEAF, 1);
    world_map(&o.w, &o.space, X + 512 * GIB(1), FRAME(9), LEAF, 1);

    /* A walk begins at the lowest table that a paging-structure cache knows. */
    assert_int_equal(READS(&o.w, &o.on, X).references, 4);
    assert_int_equal(READS(&o.w, &o.on, X + 8).references, 0);
    assert_int_equal(READS(&o.w, &o.on, X + PAGE).references, 1);
    assert_int_equal(READS(&o.w, &o.on, X + MIB(2)).references, 2);
    assert_int_equal(READS(&o.w, &o.on, X + GIB(1)).references, 3);
    assert_int_equal(READS(&o.w, &o.on, X + 512 * GIB(1)).references, 4);
    assert_int_equal(READS(&o.w, &o.on, X + 512 * GIB(1)).references, 0);
    assert_int_equal(xenpt_tlb_stats(o.w.tlb).accesses, 7);
    assert_int_equal(xenpt_tlb_stats(o.w.tlb).hits, 2);
    assert_int_equal(xenpt_tlb_stats(o.w.tlb).references, 14);
    world_fini(&o.w);
}

/* Without caches: as many as the walk reads.  (g + 1)(h + 1) - 1 through two stages. */
static void test_references_of_two_stages(void **state)
{
    struct one o;
    struct xenpt_paging small, large;
    struct xenpt_tlb_context on;

    (void)state;
    one_init(&o, XENPT_TLB_NONE);
    small = world_second(&o.w, 1, true);
    large = world_second(&o.w, 2, true);
    world_map(&o.w, &o.space, LARGE, MIB(64), LEAF, 2);
    on = world_on(&o.w, &o.space, &small, 1);
    for (unsigned int i = 0; i < 2; i++) {
        assert_int_equal(READS(&o.w, &o.on, X).references, 4);
        assert_int_equal(READS(&o.w, &on, X).references, 24);
        assert_int_equal(READS(&o.w, &on, LARGE).references, 19);
    }
    on = world_on(&o.w, &o.space, &large, 1);
    assert_int_equal(READS(&o.w, &on, X).references, 19);
    assert_int_equal(READS(&o.w, &on, LARGE).references, 15);
    assert_int_equal(xenpt_tlb_each(o.w.tlb, NULL, NULL), 0);
    world_fini(&o.w);
}

/* With them: guest-physical entries serve the tables, combined ones the next page. */
static void test_references_of_two_stages_cached(void **state)
{
    struct one o;
    struct xenpt_paging ept;
    struct xenpt_tlb_context on;
    struct xenpt_tlb_result r;

    (void)state;
    one_init(&o, XENPT_TLB_IDEAL);
    ept = world_second(&o.w, 1, true);
    world_map(&o.w, &o.space, X + PAGE, FRAME(2), LEAF, 1);
    world_map(&o.w, &o.space, X + 2 * PAGE, FRAME(600), LEAF, 1);
    on = world_on(&o.w, &o.space, &ept, 1);

    /* The guest's root takes 4 references, its L3 table, in another 2M region, 2, the others,
     * in the same, 1 each; FRAME(1), in a third, 2.  And 4 are the guest's own. */
    assert_int_equal(READS(&o.w, &on, X).references, 4 + 2 + 1 + 1 + 2 + 4);
    assert_int_equal(READS(&o.w, &on, X).references, 0);
    r = READS(&o.w, &on, X + PAGE);
    assert_int_equal(r.references, 1 + 1);
    assert_int_equal(r.level, 1);
    assert_int_equal(READS(&o.w, &on, X + 2 * PAGE).references, 1 + 2);
    /* Another PCID: no combined entry, but every guest-physical one. */
    o.space = with_pcid(&o.w, &o.space, 0);
    on = world_on(&o.w, &o.space, &ept, 2);
    r = READS(&o.w, &on, X);
    assert_int_equal(r.references, 4);
    assert_int_equal(r.guest_hits, 5);
    world_fini(&o.w);
}

/* --- Stale translations --------------------------------------------------------------------- */

static void test_missing_flush_shows(void **state)
{
    struct one o;
    struct xenpt_tlb_result r;

    (void)state;
    one_init(&o, XENPT_TLB_IDEAL);
    r = READS(&o.w, &o.on, X + 0x123);
    assert_int_equal(r.unit, XENPT_TLB_WALKED);
    assert_int_equal(r.used.out, FRAME(1) + 0x123);
    assert_int_equal(r.stale, 0);

    world_set(&o.w, &o.space, X, 1, FRAME(2) | LEAF);
    r = READS(&o.w, &o.on, X + 0x123);
    assert_int_equal(r.unit, 0);
    assert_int_equal(r.used.out, FRAME(1) + 0x123);
    assert_int_equal(r.fresh.out, FRAME(2) + 0x123);
    assert_int_equal(r.stale, 1u << XENPT_STALE_FRAME);
    assert_int_equal(xenpt_tlb_stats(o.w.tlb).stale, 1);

    apply(&o, (struct xenpt_tlb_event){ .id = XENPT_TLB_INVLPG, .address = X });
    r = READS(&o.w, &o.on, X + 0x123);
    assert_int_equal(r.used.out, FRAME(2) + 0x123);
    assert_int_equal(r.stale, 0);
    world_fini(&o.w);
}

/* Each difference, by a change of the leaf that no flush follows. */
static void test_differences(void **state)
{
    static const struct {
        const char *claim;
        uint64_t entry;
        enum xenpt_access_kind kind;
        unsigned int stale;
        uint64_t before; /* 0: FRAME(1) | LEAF. */
    } row[] = {
        { "unmapped", 0, XENPT_READ, 1u << XENPT_STALE_GONE, 0 },
        { "made read-only", FRAME(1) | (LEAF & ~RW), XENPT_WRITE, 1u << XENPT_STALE_GRANTS, 0 },
        { "made read-only, and read", FRAME(1) | (LEAF & ~RW), XENPT_READ, 1u << XENPT_STALE_GRANTS,
          0 },
        { "made not executable", FRAME(1) | LEAF | NX, XENPT_READ, 1u << XENPT_STALE_GRANTS, 0 },
        { "made uncacheable", FRAME(1) | LEAF | PCD, XENPT_READ, 1u << XENPT_STALE_TYPE, 0 },
        { "given a key", FRAME(1) | LEAF | UINT64_C(3) << 59, XENPT_READ, 1u << XENPT_STALE_PKEY,
          0 },
        { "made global", FRAME(1) | LEAF | G, XENPT_READ, 1u << XENPT_STALE_GLOBAL, 0 },
        { "A cleared", FRAME(1) | (LEAF & ~A), XENPT_READ, 1u << XENPT_STALE_ACCESSED, 0 },
        { "D cleared, and written", FRAME(1) | (LEAF & ~D), XENPT_WRITE, 1u << XENPT_STALE_DIRTY,
          0 },
        { "made writable, and read", FRAME(1) | LEAF, XENPT_READ, 1u << XENPT_STALE_DENIES,
          FRAME(1) | (LEAF & ~RW) },
        { "made executable", FRAME(1) | LEAF, XENPT_READ, 1u << XENPT_STALE_DENIES,
          FRAME(1) | LEAF | NX },
        { "made a user's, and fetched", FRAME(1) | LEAF, XENPT_FETCH, 1u << XENPT_STALE_DENIES,
          FRAME(1) | (LEAF & ~US) },
        { "bits that software owns", FRAME(1) | LEAF | XENPT_BIT(9), XENPT_READ, 0, 0 },
    };
    struct one o;

    (void)state;
    one_init(&o, XENPT_TLB_IDEAL);
    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        struct xenpt_tlb_result r;

        world_set(&o.w, &o.space, X, 1, row[i].before ? row[i].before : FRAME(1) | LEAF);
        apply(&o, (struct xenpt_tlb_event){ .id = XENPT_TLB_RESET });
        r = world_access(&o.w, &o.on, row[i].kind, 0, X);
        assert_int_equal(r.stale, 0);
        assert_true(r.used.accessed && r.fresh.accessed);
        world_set(&o.w, &o.space, X, 1, row[i].entry);
        r = world_access(&o.w, &o.on, row[i].kind, 0, X);
        assert_true(r.used.allowed);
        if (r.stale != row[i].stale)
            fail_msg("%s: 0x%x", row[i].claim, r.stale);
    }
    for (unsigned int i = 0; i < XENPT_NR_STALE; i++)
        assert_true(xenpt_tlb_stale(i)->name && xenpt_tlb_stale(i)->text);
    assert_null(xenpt_tlb_stale(XENPT_NR_STALE));
    world_fini(&o.w);
}

/* "Spurious" faults: a cached translation may deny what memory by now grants, but not twice. */
static void test_spurious_fault(void **state)
{
    struct one o;
    struct xenpt_tlb_result r;

    (void)state;
    one_init(&o, XENPT_TLB_IDEAL);
    world_set(&o.w, &o.space, X, 1, FRAME(1) | (LEAF & ~RW));
    READS(&o.w, &o.on, X);
    world_set(&o.w, &o.space, X, 1, FRAME(1) | LEAF);
    r = WRITES(&o.w, &o.on, X);
    assert_false(r.used.allowed);
    assert_int_equal(r.used.rule, XENPT_RULE_WRITE);
    assert_int_equal(r.used.fault.code, XENPT_PF_P | XENPT_PF_W);
    assert_int_equal(r.used.fault.address, X);
    assert_int_equal(r.stale, 1u << XENPT_STALE_DENIES);
    /* The translation and the three tables on its way. */
    assert_int_equal(r.dropped, 4);
    r = WRITES(&o.w, &o.on, X);
    assert_true(r.used.allowed);
    assert_int_equal(r.references, 4);
    world_fini(&o.w);
}

/* Nothing is cached of what is not present; a new mapping needs no flush. */
static void test_absence_is_not_cached(void **state)
{
    struct one o;
    struct xenpt_tlb_result r;

    (void)state;
    one_init(&o, XENPT_TLB_IDEAL);
    world_set(&o.w, &o.space, X, 1, 0);
    r = READS(&o.w, &o.on, X);
    assert_false(r.used.allowed);
    assert_int_equal(r.used.outcome, XENPT_NOT_PRESENT);
    assert_int_equal(xenpt_tlb_each(o.w.tlb, NULL, NULL), 0);
    world_set(&o.w, &o.space, X, 1, FRAME(1) | LEAF);
    assert_true(READS(&o.w, &o.on, X).used.allowed);
    world_fini(&o.w);
}

/* A paging-structure cache holds what entries of upper levels said, and is stale like a TLB. */
static void test_stale_table(void **state)
{
    struct one o;
    struct xenpt_tlb_result r;
    uint64_t pde;

    (void)state;
    one_init(&o, XENPT_TLB_IDEAL);
    world_map(&o.w, &o.space, X + PAGE, FRAME(2), LEAF, 1);
    READS(&o.w, &o.on, X);
    pde = world_get(&o.w, &o.space, X, 2);
    /* The whole 2M becomes one page; X + PAGE is not in a TLB, but the PDE cache has the PDE. */
    world_set(&o.w, &o.space, X, 2, MIB(96) | LEAF | PS);
    r = READS(&o.w, &o.on, X + PAGE);
    assert_int_equal(r.used.out, FRAME(2));
    assert_int_equal(r.stale, 1u << XENPT_STALE_FRAME | 1u << XENPT_STALE_SIZE);
    /* INVLPG of any address drops all of the PCID's tables. */
    apply(&o, (struct xenpt_tlb_event){ .id = XENPT_TLB_INVLPG, .address = GIB(7) });
    r = READS(&o.w, &o.on, X + 2 * PAGE);
    assert_int_equal(r.used.out, MIB(96) + (X & (MIB(2) - 1)) + 2 * PAGE);
    /* But of translations only those of its page. */
    r = READS(&o.w, &o.on, X);
    assert_int_equal(r.used.out, FRAME(1));
    assert_true(r.several);
    world_set(&o.w, &o.space, X, 2, pde);
    world_fini(&o.w);
}

/* And may have no translation where there is one by now; the fault makes it look again. */
static void test_stale_table_hides(void **state)
{
    struct one o;
    struct xenpt_tlb_result r;
    uint64_t other = X + MIB(8), pde;

    (void)state;
    one_init(&o, XENPT_TLB_IDEAL);
    world_map(&o.w, &o.space, other + PAGE, FRAME(3), LEAF, 1);
    pde = world_get(&o.w, &o.space, other + PAGE, 2);
    READS(&o.w, &o.on, X);
    world_set(&o.w, &o.space, X, 2, pde);
    r = READS(&o.w, &o.on, X + PAGE);
    assert_int_equal(r.used.outcome, XENPT_NOT_PRESENT);
    assert_int_equal(r.used.fault.address, X + PAGE);
    assert_int_equal(r.stale, 1u << XENPT_STALE_APPEARED);
    r = READS(&o.w, &o.on, X + PAGE);
    assert_int_equal(r.used.out, FRAME(3));
    world_fini(&o.w);
}

/* PAE's PDPTEs are in registers, and in no cache; the walk takes them from memory. */
static void test_pdptes_are_not_cached(void **state)
{
    static const struct xenpt_regs regs = { .cr0 = XENPT_CR0_PE | XENPT_CR0_PG,
                                            .cr3 = MIB(200),
                                            .cr4 = XENPT_CR4_PAE };
    static const struct {
        uint64_t at, entry;
    } word[] = { { MIB(200), MIB(201) | P },
                 { MIB(201), MIB(202) | LEAF },
                 { MIB(202), FRAME(1) | LEAF },
                 { MIB(203), MIB(202) | LEAF },
                 { MIB(202) + 8, FRAME(2) | LEAF } };
    struct xenpt_paging pg;
    struct one o;

    (void)state;
    one_init(&o, XENPT_TLB_IDEAL);
    assert_int_equal(xenpt_paging_init(&pg, &o.w.cpu, &regs, NULL), XENPT_OK);
    for (size_t i = 0; i < sizeof(word) / sizeof(word[0]); i++)
        assert_int_equal(xenpt_store_write64(o.w.store, word[i].at, word[i].entry, NULL), XENPT_OK);
    o.on.first = &pg;
    assert_int_equal(READS(&o.w, &o.on, 0).references, 2);
    /* A translation and a PDE, and no PDPTE. */
    assert_int_equal(xenpt_tlb_each(o.w.tlb, NULL, NULL), 2);
    world_fini(&o.w);
}

/* Rights are those of all levels: a stale PDE's as well. */
static void test_stale_rights_of_tables(void **state)
{
    struct one o;
    struct xenpt_tlb_result r;

    (void)state;
    one_init(&o, XENPT_TLB_IDEAL);
    world_map(&o.w, &o.space, X + PAGE, FRAME(2), LEAF, 1);
    READS(&o.w, &o.on, X);
    world_set(&o.w, &o.space, X, 3, world_get(&o.w, &o.space, X, 3) & ~RW);
    r = WRITES(&o.w, &o.on, X + PAGE);
    assert_true(r.used.allowed);
    assert_false(r.fresh.allowed);
    assert_int_equal(r.stale, 1u << XENPT_STALE_GRANTS);
    world_fini(&o.w);
}

/* --- A and D -------------------------------------------------------------------------------- */

static void test_dirty(void **state)
{
    struct one o;
    struct xenpt_tlb_result r;

    (void)state;
    one_init(&o, XENPT_TLB_IDEAL);
    world_set(&o.w, &o.space, X, 1, FRAME(1) | P | RW);
    r = READS(&o.w, &o.on, X);
    assert_int_equal(r.updates, 1);
    assert_int_equal(world_get(&o.w, &o.space, X, 1), FRAME(1) | P | RW | A);
    assert_false(r.used.dirty);
    /* A write through a clean entry sets D, once. */
    r = WRITES(&o.w, &o.on, X);
    assert_int_equal(r.unit, XENPT_TLB_WALKED);
    assert_int_equal(r.references, 1);
    assert_int_equal(world_get(&o.w, &o.space, X, 1), FRAME(1) | P | RW | A | D);
    assert_int_equal(WRITES(&o.w, &o.on, X).unit, 0);
    /* Cleared without a flush, it is not set again. */
    world_set(&o.w, &o.space, X, 1, FRAME(1) | P | RW | A);
    r = WRITES(&o.w, &o.on, X);
    assert_int_equal(r.unit, 0);
    assert_int_equal(r.stale, 1u << XENPT_STALE_DIRTY);
    assert_int_equal(world_get(&o.w, &o.space, X, 1), FRAME(1) | P | RW | A);
    world_fini(&o.w);
}

/* Without a store nothing is set, and nothing of it is called stale. */
static void test_flags_not_kept(void **state)
{
    struct one o;
    struct xenpt_tlb_result r;

    (void)state;
    one_init(&o, XENPT_TLB_IDEAL);
    o.on.store = NULL;
    world_set(&o.w, &o.space, X, 1, FRAME(1) | P | RW);
    r = WRITES(&o.w, &o.on, X);
    assert_int_equal(r.updates, 1);
    assert_int_equal(r.stale, 0);
    assert_int_equal(world_get(&o.w, &o.space, X, 1), FRAME(1) | P | RW);
    assert_int_equal(WRITES(&o.w, &o.on, X).updates, 0);
    world_fini(&o.w);
}

/* Rights are weighed with the registers of the moment, not with those of the walk. */
static void test_registers_of_the_moment(void **state)
{
    struct one o;

    (void)state;
    one_init(&o, XENPT_TLB_IDEAL);
    assert_true(FETCHES(&o.w, &o.on, X).used.allowed);
    o.space.regs.cr4 |= XENPT_CR4_SMEP;
    assert_int_equal(FETCHES(&o.w, &o.on, X).used.rule, XENPT_RULE_SMEP);
    READS(&o.w, &o.on, X);
    o.space.regs.cr4 |= XENPT_CR4_PKE;
    o.space.regs.pkru = 1; /* AD of key 0. */
    assert_int_equal(READS(&o.w, &o.on, X).used.rule, XENPT_RULE_PKEY);
    o.space.regs.pkru = 2; /* WD of key 0, which CR0.WP has supervisors heed. */
    assert_true(READS(&o.w, &o.on, X).used.allowed);
    assert_int_equal(WRITES(&o.w, &o.on, X).used.rule, XENPT_RULE_PKEY);
    o.space.regs.pkru = 0;
    world_set(&o.w, &o.space, X, 1, FRAME(1) | (LEAF & ~RW));
    assert_int_equal(WRITES(&o.w, &o.on, X).used.rule, XENPT_RULE_WRITE);
    READS(&o.w, &o.on, X);
    o.space.regs.cr0 &= ~XENPT_CR0_WP;
    assert_true(WRITES(&o.w, &o.on, X).used.allowed);
    world_fini(&o.w);
}

/* Addresses that have no translation to be cached. */
static void test_non_canonical(void **state)
{
    struct one o;
    struct xenpt_tlb_result r;

    (void)state;
    one_init(&o, XENPT_TLB_IDEAL);
    READS(&o.w, &o.on, X);
    r = READS(&o.w, &o.on, X | XENPT_BIT(60));
    assert_int_equal(r.used.rule, XENPT_RULE_NON_CANONICAL);
    assert_int_equal(r.used.fault.kind, XENPT_FAULT_GP);
    assert_int_equal(r.references, 0);
    /* #GP drops nothing. */
    assert_int_equal(r.dropped, 0);
    assert_int_equal(READS(&o.w, &o.on, X).references, 0);
    world_fini(&o.w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_references),
        cmocka_unit_test(test_references_of_two_stages),
        cmocka_unit_test(test_references_of_two_stages_cached),
        cmocka_unit_test(test_missing_flush_shows),
        cmocka_unit_test(test_differences),
        cmocka_unit_test(test_spurious_fault),
        cmocka_unit_test(test_absence_is_not_cached),
        cmocka_unit_test(test_stale_table),
        cmocka_unit_test(test_stale_table_hides),
        cmocka_unit_test(test_pdptes_are_not_cached),
        cmocka_unit_test(test_stale_rights_of_tables),
        cmocka_unit_test(test_dirty),
        cmocka_unit_test(test_flags_not_kept),
        cmocka_unit_test(test_registers_of_the_moment),
        cmocka_unit_test(test_non_canonical),
    };

    return cmocka_run_group_tests_name("tlb", tests, NULL, NULL);
}
