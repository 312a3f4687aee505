/*
 * test_tlb_parts.c - sizes and ways, what is held in what pieces, copies, and running out of
 * memory.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fail_alloc.h"
#include "tlb_fixture.h"

#define LEAF     (P | RW | US | A | D)
#define BASE     UINT64_C(0x7f0000000000)
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct one {
    struct world w;
    struct xenpt_paging space;
    struct xenpt_tlb_context on;
};

static void one_init(struct one *o, const struct xenpt_tlb_part *part)
{
    world_init(&o->w, XENPT_INTEL, part);
    o->space = world_space(&o->w, 0, 0);
    o->on = world_on(&o->w, &o->space, NULL, 0);
}

static const char *unit_of(const struct one *o, const struct xenpt_tlb_result *r)
{
    return r->unit == XENPT_TLB_WALKED ? "walk" : xenpt_tlb_part_of(o->w.tlb)->unit[r->unit].name;
}

static void assert_unit(const struct one *o, struct xenpt_tlb_result r, const char *unit)
{
    assert_true(r.used.allowed);
    assert_string_equal(unit_of(o, &r), unit);
    assert_int_equal(r.stale, 0);
}

/* --- Rows ----------------------------------------------------------------------------------- */

static void test_rows(void **state)
{
    (void)state;
    for (unsigned int i = 0; i < XENPT_NR_TLB_PARTS; i++) {
        const struct xenpt_tlb_part *part = xenpt_tlb_part(i);

        assert_null(xenpt_tlb_part_check(part));
        assert_true(part->name && part->text && part->source);
        for (unsigned int k = 0; k < i; k++)
            assert_string_not_equal(part->name, xenpt_tlb_part(k)->name);
    }
    assert_ptr_equal(xenpt_tlb_part(XENPT_NR_TLB_PARTS), xenpt_tlb_part(XENPT_TLB_NONE));
    assert_string_equal(xenpt_tlb_kind_name(XENPT_TLB_COMBINED), "combined");
    assert_string_equal(xenpt_tlb_kind_name(XENPT_NR_TLB_KINDS), "unknown");
}

/* What CPUID leaf 18H and 8000_0005H to 8000_0006H of such parts say of entries and ways. */
static void test_published_sizes(void **state)
{
    static const struct {
        enum xenpt_tlb_part_id part;
        const char *unit;
        unsigned int entries, ways;
    } row[] = {
        { XENPT_TLB_SKYLAKE, "L1 DTLB 4K", 64, 4 },  { XENPT_TLB_SKYLAKE, "L1 DTLB 2M", 32, 4 },
        { XENPT_TLB_SKYLAKE, "L1 DTLB 1G", 4, 4 },   { XENPT_TLB_SKYLAKE, "L1 ITLB 4K", 128, 8 },
        { XENPT_TLB_SKYLAKE, "L1 ITLB 2M", 8, 0 },   { XENPT_TLB_SKYLAKE, "STLB 4K 2M", 1536, 12 },
        { XENPT_TLB_SKYLAKE, "STLB 1G", 16, 4 },     { XENPT_TLB_ICELAKE, "STLB", 2048, 16 },
        { XENPT_TLB_ICELAKE, "L1 ITLB 4K", 128, 8 }, { XENPT_TLB_ZEN2, "L1 DTLB", 64, 0 },
        { XENPT_TLB_ZEN2, "L1 ITLB", 64, 0 },        { XENPT_TLB_ZEN2, "L2 DTLB", 2048, 16 },
        { XENPT_TLB_ZEN3, "L2 ITLB", 512, 8 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(row); i++) {
        const struct xenpt_tlb_part *part = xenpt_tlb_part(row[i].part);
        size_t k = 0;

        while (k < part->nr_units && strcmp(part->unit[k].name, row[i].unit) != 0)
            k++;
        assert_true(k < part->nr_units);
        assert_int_equal(part->unit[k].entries, row[i].entries);
        assert_int_equal(part->unit[k].ways, row[i].ways);
    }
}

static void test_impossible_parts(void **state)
{
    static const struct {
        const char *broken;
        struct xenpt_tlb_unit unit;
    } row[] = {
        { "name", { .stage = 1, .accesses = 1, .pages = 2 } },
        { "stage 1 or 2", { "u", .stage = 3, .accesses = 1, .pages = 2 } },
        { "pages and accesses", { "u", .stage = 1, .accesses = 1 } },
        { "pages and accesses", { "u", .stage = 1, .pages = 2 } },
        { "pages and accesses", { "u", .accesses = 1, .pages = 2 } },
        { "do not exist", { "u", .stage = 1, .accesses = 8, .pages = 2 } },
        { "levels 1 to 3", { "u", .stage = 1, .accesses = 1, .pages = 1 } },
        { "levels 1 to 3", { "u", .guest = 16 } },
        { "levels 2 to 5", { "u", .tables = 2 } },
        { "levels 2 to 5", { "u", .guest_tables = 64 } },
        { "holds nothing", { .name = "u" } },
        { "no ways", { "u", .tables = 4, .ways = 4 } },
        { "multiple", { "u", .tables = 4, .entries = 6, .ways = 4 } },
    };
    static const struct xenpt_tlb_unit late[] = {
        { "L2", .stage = 2, .accesses = 1, .pages = 2 },
        { "L1", .stage = 1, .accesses = 1, .pages = 2 },
    };
    struct xenpt_tlb_part part = { "p", "t", "s", 1, NULL };
    struct xenpt_error err = { 0 };
    struct xenpt_tlb *tlb = NULL;

    (void)state;
    for (size_t i = 0; i < COUNT(row); i++) {
        part.unit = &row[i].unit;
        assert_non_null(xenpt_tlb_part_check(&part));
        assert_non_null(strstr(xenpt_tlb_part_check(&part), row[i].broken));
        assert_int_equal(xenpt_tlb_create(&part, &tlb, &err), XENPT_ERANGE);
        assert_non_null(strstr(err.text, row[i].broken));
        assert_null(tlb);
    }
    part = (struct xenpt_tlb_part){ "p", "t", "s", 2, late };
    assert_non_null(strstr(xenpt_tlb_part_check(&part), "come first"));
    part.nr_units = XENPT_TLB_UNITS_MAX + 1;
    assert_non_null(strstr(xenpt_tlb_part_check(&part), "room"));
}

/* --- Sets and ways -------------------------------------------------------------------------- */

static void test_sets(void **state)
{
    struct one o;

    (void)state;
    one_init(&o, xenpt_tlb_part(XENPT_TLB_SKYLAKE));
    /* 64 entries of 4 ways: pages 16 apart share a set. */
    for (unsigned int i = 0; i < 5; i++) {
        world_map(&o.w, &o.space, BASE + i * 16 * PAGE, FRAME(i), LEAF, 1);
        assert_unit(&o, READS(&o.w, &o.on, BASE + i * 16 * PAGE), "walk");
    }
    /* The first was used least recently, and is in the second level alone. */
    assert_unit(&o, READS(&o.w, &o.on, BASE + 16 * PAGE), "L1 DTLB 4K");
    assert_unit(&o, READS(&o.w, &o.on, BASE), "STLB 4K 2M");
    assert_int_equal(xenpt_tlb_stats(o.w.tlb).later_hits, 1);
    assert_unit(&o, READS(&o.w, &o.on, BASE), "L1 DTLB 4K");
    /* It came in place of the third, as the second has been used since. */
    assert_unit(&o, READS(&o.w, &o.on, BASE + 16 * PAGE), "L1 DTLB 4K");
    assert_unit(&o, READS(&o.w, &o.on, BASE + 2 * 16 * PAGE), "STLB 4K 2M");
    /* Writes go through the same entries, fetches through others. */
    assert_unit(&o, WRITES(&o.w, &o.on, BASE), "L1 DTLB 4K");
    assert_unit(&o, FETCHES(&o.w, &o.on, BASE), "STLB 4K 2M");
    assert_unit(&o, FETCHES(&o.w, &o.on, BASE), "L1 ITLB 4K");
    world_fini(&o.w);
}

/* 1536 entries of 12 ways: pages 128 apart share a set of the second level. */
static void test_second_level_sets(void **state)
{
    struct one o;

    (void)state;
    one_init(&o, xenpt_tlb_part(XENPT_TLB_SKYLAKE));
    for (unsigned int i = 0; i < 13; i++) {
        world_map(&o.w, &o.space, BASE + i * 128 * PAGE, FRAME(i), LEAF, 1);
        READS(&o.w, &o.on, BASE + i * 128 * PAGE);
    }
    for (unsigned int i = 1; i < 9; i++)
        assert_unit(&o, READS(&o.w, &o.on, BASE + i * 128 * PAGE), "STLB 4K 2M");
    assert_unit(&o, READS(&o.w, &o.on, BASE), "walk");
    assert_true(xenpt_tlb_stats(o.w.tlb).evicted > 0);
    world_fini(&o.w);
}

/* Of every structure the entry goes that was used least recently, and a hit is a use. */
static void test_least_recently_used(void **state)
{
    static const struct xenpt_tlb_unit units[] = {
        { "PDE cache", .tables = 1 << 2, .entries = 2 },
        { "guest-physical TLB", .guest = 1 << 1, .entries = 2 },
        { "EPT PDE cache", .guest_tables = 1 << 2, .entries = 2 },
    };
    static const struct xenpt_tlb_part linear = { "mine", "", "", 1, units };
    static const struct xenpt_tlb_part guest = { "mine", "", "", 1, units + 1 };
    static const struct xenpt_tlb_part tables = { "mine", "", "", 1, units + 2 };
    static const struct xenpt_regs unpaged = { .cr0 = XENPT_CR0_PE };
    static const struct {
        const struct xenpt_tlb_part *part;
        uint64_t apart;
        unsigned int hit, miss; /* References. */
    } row[] = { { &linear, MIB(2), 1, 4 }, { &guest, PAGE, 0, 4 }, { &tables, MIB(2), 1, 4 } };

    (void)state;
    for (size_t i = 0; i < COUNT(row); i++) {
        uint64_t first = i ? FRAME(0) : BASE, apart = row[i].apart;
        struct xenpt_paging ept;
        struct one o;

        one_init(&o, row[i].part);
        ept = world_second(&o.w, 1, false);
        for (unsigned int k = 0; !i && k < 3; k++)
            world_map(&o.w, &o.space, first + k * apart, FRAME(k), LEAF, 1);
        if (i) {
            assert_int_equal(xenpt_paging_init(&o.space, &o.w.cpu, &unpaged, NULL), XENPT_OK);
            o.on.second = &ept;
        }
        assert_int_equal(READS(&o.w, &o.on, first).references, row[i].miss);
        assert_int_equal(READS(&o.w, &o.on, first + apart).references, row[i].miss);
        assert_int_equal(READS(&o.w, &o.on, first).references, row[i].hit);
        assert_int_equal(READS(&o.w, &o.on, first + 2 * apart).references, row[i].miss);
        assert_int_equal(READS(&o.w, &o.on, first).references, row[i].hit);
        assert_int_equal(READS(&o.w, &o.on, first + apart).references, row[i].miss);
        world_fini(&o.w);
    }
}

/* --- Pieces --------------------------------------------------------------------------------- */

struct count {
    unsigned int translations, tables, unit_2m, unit_1g;
    uint64_t first_2m, out_2m;
};

static void count(void *ctx, const struct xenpt_tlb_entry *e)
{
    struct count *c = ctx;

    if (e->table)
        c->tables++;
    else
        c->translations++;
    c->unit_2m += !e->table && e->span == MIB(2);
    if (!e->table && e->span == MIB(2)) {
        c->first_2m = e->first;
        c->out_2m = e->out;
    }
    c->unit_1g += !e->table && e->span == GIB(1);
}

static struct count counted(const struct one *o)
{
    struct count c = { 0 };

    xenpt_tlb_each(o->w.tlb, count, &c);
    return c;
}

/* A fetch from a 1G page: no ITLB of Skylake has such pages, its second level does. */
static void test_pieces_of_1g(void **state)
{
    struct one o;
    struct count c;

    (void)state;
    one_init(&o, xenpt_tlb_part(XENPT_TLB_SKYLAKE));
    world_map(&o.w, &o.space, BASE, GIB(1), LEAF, 3);
    assert_unit(&o, FETCHES(&o.w, &o.on, BASE + MIB(6)), "walk");
    c = counted(&o);
    assert_int_equal(c.unit_2m, 1);
    assert_int_equal(c.unit_1g, 1);
    assert_int_equal(c.first_2m, BASE + MIB(6));
    assert_int_equal(c.out_2m, GIB(1) + MIB(6));
    assert_unit(&o, FETCHES(&o.w, &o.on, BASE + MIB(7)), "L1 ITLB 2M");
    assert_unit(&o, FETCHES(&o.w, &o.on, BASE + MIB(8)), "STLB 1G");
    assert_unit(&o, READS(&o.w, &o.on, BASE + MIB(8)), "STLB 1G");
    assert_unit(&o, READS(&o.w, &o.on, BASE + MIB(800)), "L1 DTLB 1G");
    world_fini(&o.w);
}

/* The largest piece that fits, in whatever order the structures are given. */
static void test_pieces_in_any_order(void **state)
{
    static const struct xenpt_tlb_unit units[] = {
        { "2M", .stage = 1, .accesses = 7, .pages = 1 << 2, .entries = 4 },
        { "4K", .stage = 1, .accesses = 7, .pages = 1 << 1, .entries = 4 },
    };
    static const struct xenpt_tlb_part part = { "mine", "", "", 2, units };
    struct one o;

    (void)state;
    one_init(&o, &part);
    world_map(&o.w, &o.space, BASE, GIB(1), LEAF, 3);
    world_map(&o.w, &o.space, BASE + GIB(1), FRAME(1), LEAF, 1);
    READS(&o.w, &o.on, BASE);
    assert_int_equal(counted(&o).translations, 1);
    assert_unit(&o, READS(&o.w, &o.on, BASE + PAGE), "2M");
    READS(&o.w, &o.on, BASE + GIB(1));
    assert_unit(&o, READS(&o.w, &o.on, BASE + GIB(1)), "4K");
    world_fini(&o.w);
}

/* AMD: 1G pages are 2M in the second level, and 1G again in the first. */
static void test_pieces_come_back_whole(void **state)
{
    struct one o;

    (void)state;
    one_init(&o, xenpt_tlb_part(XENPT_TLB_ZEN2));
    world_map(&o.w, &o.space, BASE, GIB(1), LEAF, 3);
    READS(&o.w, &o.on, BASE);
    for (unsigned int i = 0; i < 64; i++) { /* Out of the first level with it. */
        world_map(&o.w, &o.space, BASE + GIB(2) + i * PAGE, FRAME(i), LEAF, 1);
        READS(&o.w, &o.on, BASE + GIB(2) + i * PAGE);
    }
    assert_unit(&o, READS(&o.w, &o.on, BASE + PAGE), "L2 DTLB");
    assert_unit(&o, READS(&o.w, &o.on, BASE + MIB(900)), "L1 DTLB");
    world_fini(&o.w);
}

/* "Details of TLB Use": INVLPG drops all entries of a page, however many there are. */
static void test_pieces_go_together(void **state)
{
    struct xenpt_tlb_event invlpg = { .id = XENPT_TLB_INVLPG, .address = BASE + MIB(100) };
    struct xenpt_tlb_context on;
    struct xenpt_paging ept;
    struct one o;
    struct count c;

    (void)state;
    one_init(&o, xenpt_tlb_part(XENPT_TLB_IDEAL));
    ept = world_second(&o.w, 1, true);
    on = world_on(&o.w, &o.space, &ept, 1);
    world_map(&o.w, &o.space, BASE, 0, LEAF, 3);
    for (unsigned int i = 0; i < 4; i++) {
        struct xenpt_tlb_result r = READS(&o.w, &on, BASE + MIB(64) + i * PAGE);

        assert_true(r.used.allowed);
        assert_int_equal(r.used.span, PAGE);
        assert_int_equal(r.stale, 0);
    }
    c = counted(&o);
    assert_int_equal(xenpt_tlb_apply(o.w.tlb, &on, &invlpg, NULL, NULL).translations, 4);
    assert_int_equal(counted(&o).translations, c.translations - 4);
    world_fini(&o.w);
}

/* 4M pages of 32-bit paging are two of 2M. */
static void test_4m(void **state)
{
    static const struct xenpt_regs regs = { .cr0 = XENPT_CR0_PE | XENPT_CR0_PG,
                                            .cr3 = MIB(200),
                                            .cr4 = XENPT_CR4_PSE };
    struct xenpt_paging pg;
    struct one o;
    struct xenpt_tlb_event invlpg = { .id = XENPT_TLB_INVLPG, .address = MIB(4) };

    (void)state;
    one_init(&o, xenpt_tlb_part(XENPT_TLB_IDEAL));
    assert_int_equal(xenpt_paging_init(&pg, &o.w.cpu, &regs, NULL), XENPT_OK);
    assert_int_equal(xenpt_store_write64(o.w.store, MIB(200), (MIB(8) | LEAF | PS) << 32, NULL),
                     XENPT_OK);
    o.on.first = &pg;
    assert_int_equal(READS(&o.w, &o.on, MIB(4)).references, 1);
    assert_int_equal(READS(&o.w, &o.on, MIB(5)).references, 0);
    assert_int_equal(READS(&o.w, &o.on, MIB(7)).references, 1);
    assert_int_equal(READS(&o.w, &o.on, MIB(7)).used.out, MIB(11));
    assert_int_equal(counted(&o).unit_2m, 2);
    assert_int_equal(xenpt_tlb_apply(o.w.tlb, &o.on, &invlpg, NULL, NULL).translations, 2);
    world_fini(&o.w);
}

/* --- Without limit, copies, no memory ------------------------------------------------------- */

#define MANY 3000

static void test_without_limit(void **state)
{
    struct one o;

    (void)state;
    one_init(&o, xenpt_tlb_part(XENPT_TLB_IDEAL));
    for (unsigned int i = 0; i < MANY; i++)
        world_map(&o.w, &o.space, BASE + i * PAGE, FRAME(i), LEAF | (i % 3 ? 0 : G), 1);
    for (unsigned int i = 0; i < MANY; i++)
        assert_true(READS(&o.w, &o.on, BASE + i * PAGE).references <= 4);
    for (unsigned int i = 0; i < MANY; i++) {
        struct xenpt_tlb_result r = READS(&o.w, &o.on, BASE + i * PAGE);

        assert_int_equal(r.references, 0);
        assert_int_equal(r.used.out, FRAME(i));
    }
    assert_int_equal(counted(&o).translations, MANY);
    assert_int_equal(xenpt_tlb_stats(o.w.tlb).evicted, 0);
    world_fini(&o.w);
}

static void test_copy(void **state)
{
    struct xenpt_tlb_event reset = { .id = XENPT_TLB_RESET };
    struct xenpt_tlb *copy, *original;
    struct one o;

    (void)state;
    for (unsigned int part = 0; part < XENPT_NR_TLB_PARTS; part++) {
        size_t n;

        one_init(&o, xenpt_tlb_part(part));
        world_map(&o.w, &o.space, BASE, FRAME(1), LEAF, 1);
        READS(&o.w, &o.on, BASE);
        n = xenpt_tlb_each(o.w.tlb, NULL, NULL);
        assert_int_equal(xenpt_tlb_copy(o.w.tlb, &copy, NULL), XENPT_OK);
        xenpt_tlb_apply(o.w.tlb, &o.on, &reset, NULL, NULL);
        assert_int_equal(xenpt_tlb_each(o.w.tlb, NULL, NULL), 0);
        assert_int_equal(xenpt_tlb_each(copy, NULL, NULL), n);
        assert_ptr_equal(xenpt_tlb_part_of(copy), xenpt_tlb_part(part));
        assert_int_equal(xenpt_tlb_stats(copy).accesses, 1);
        original = o.w.tlb;
        o.w.tlb = copy;
        assert_int_equal(READS(&o.w, &o.on, BASE).references, part == XENPT_TLB_NONE ? 4 : 0);
        o.w.tlb = original;
        xenpt_tlb_destroy(copy);
        world_fini(&o.w);
    }
    xenpt_tlb_destroy(NULL);
}

static void test_no_memory(void **state)
{
    struct xenpt_tlb *tlb = NULL, *copy = NULL;
    struct xenpt_error err = { 0 };
    enum xenpt_code code;

    (void)state;
    for (unsigned long n = 0;; n++) {
        fail_alloc_after(n);
        code = xenpt_tlb_create(xenpt_tlb_part(XENPT_TLB_SKYLAKE), &tlb, &err);
        if (!fail_alloc_stop())
            break;
        assert_int_equal(code, XENPT_ENOMEM);
        assert_null(tlb);
    }
    assert_int_equal(code, XENPT_OK);
    for (unsigned long n = 0;; n++) {
        fail_alloc_after(n);
        code = xenpt_tlb_copy(tlb, &copy, &err);
        if (!fail_alloc_stop())
            break;
        assert_int_equal(code, XENPT_ENOMEM);
        assert_null(copy);
    }
    assert_int_equal(code, XENPT_OK);
    xenpt_tlb_destroy(copy);
    xenpt_tlb_destroy(tlb);
}

/* Growing may fail in the middle of an access; what was cached is still there. */
static void test_no_memory_to_grow(void **state)
{
    struct xenpt_access read = { .kind = XENPT_READ };
    struct xenpt_tlb_result r;
    struct xenpt_paging ept;
    unsigned int failed = 0;
    struct one o;

    (void)state;
    one_init(&o, xenpt_tlb_part(XENPT_TLB_IDEAL));
    ept = world_second(&o.w, 1, false);
    o.on = world_on(&o.w, &o.space, &ept, 1);
    o.on.store = NULL; /* Whose own allocations are not the question. */
    for (unsigned int i = 0; i < 600; i++)
        world_map(&o.w, &o.space, BASE + i * MIB(2), FRAME(i), LEAF, 1);
    for (unsigned int i = 0; i < 600; i++) {
        enum xenpt_code code;

        fail_alloc_after(0);
        code = xenpt_tlb_access(o.w.tlb, &o.on, &read, BASE + i * MIB(2), true, &r, NULL);
        if (fail_alloc_stop()) {
            assert_int_equal(code, XENPT_ENOMEM);
            failed++;
            code = xenpt_tlb_access(o.w.tlb, &o.on, &read, BASE + i * MIB(2), true, &r, NULL);
        }
        assert_int_equal(code, XENPT_OK);
        assert_true(r.used.allowed);
        assert_int_equal(r.used.out, FRAME(i));
    }
    assert_true(failed > 4);
    for (unsigned int i = 0; i < 600; i++)
        assert_int_equal(READS(&o.w, &o.on, BASE + i * MIB(2)).references, 0);
    world_fini(&o.w);
}

/* Flags that cannot be written: the memory that is read is not the store's. */
static void test_flags_cannot_be_written(void **state)
{
    struct xenpt_access read = { .kind = XENPT_READ };
    struct xenpt_store *elsewhere = NULL;
    struct xenpt_error err = { 0 };
    struct xenpt_paging ept;
    struct xenpt_tlb_result r;
    struct one o;

    (void)state;
    one_init(&o, xenpt_tlb_part(XENPT_TLB_IDEAL));
    ept = world_second(&o.w, 1, true);
    world_map(&o.w, &o.space, BASE, FRAME(1), P | RW, 1);
    assert_int_equal(xenpt_store_create(&elsewhere, NULL), XENPT_OK);
    o.on.store = elsewhere;
    for (unsigned int stages = 1; stages <= 2; stages++) {
        o.on.second = stages == 2 ? &ept : NULL;
        assert_int_equal(xenpt_tlb_access(o.w.tlb, &o.on, &read, BASE, true, &r, &err),
                         XENPT_ERANGE);
        assert_true(err.text[0]);
        assert_int_equal(xenpt_tlb_each(o.w.tlb, NULL, NULL), 0);
    }
    o.on.store = o.w.store;
    assert_true(READS(&o.w, &o.on, BASE).used.allowed);
    xenpt_store_destroy(elsewhere);
    world_fini(&o.w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_published_sizes),
        cmocka_unit_test(test_impossible_parts),
        cmocka_unit_test(test_sets),
        cmocka_unit_test(test_second_level_sets),
        cmocka_unit_test(test_least_recently_used),
        cmocka_unit_test(test_pieces_of_1g),
        cmocka_unit_test(test_pieces_in_any_order),
        cmocka_unit_test(test_pieces_come_back_whole),
        cmocka_unit_test(test_pieces_go_together),
        cmocka_unit_test(test_4m),
        cmocka_unit_test(test_without_limit),
        cmocka_unit_test(test_copy),
        cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_no_memory_to_grow),
        cmocka_unit_test(test_flags_cannot_be_written),
    };

    return cmocka_run_group_tests_name("tlb parts", tests, NULL, NULL);
}
