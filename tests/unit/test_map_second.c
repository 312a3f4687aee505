/*
 * test_map_second.c - what a map reports of two stages: rights that both leave, pages cut where
 * the second stage's begin, and guest's tables that the second stage keeps from the processor.
 *
 * The guest's tables are those of test_map.c.  Its memory, 2 MiB from guest-physical 0 on, is
 * mapped by the second stage to machine 200000 and following, through tables at 101000 (L4),
 * 102000 (L3), 103000 (L2) and 104000 (L1).
 */
#include "map_fixture.h"

#define GUEST_AT 0x200000

#define R   UINT64_C(1)
#define W   UINT64_C(2)
#define X   UINT64_C(4)
#define WB  UINT64_C(0x30)
#define UX  UINT64_C(0x400)
#define RWX (R | W | X)

static const struct entry guest_tables[] = {
    { GUEST_AT + 0x1000, 0, 0x2000 | ALL },
    { GUEST_AT + 0x2000, 0, 0x3000 | ALL },
    { GUEST_AT + 0x3000, 0, 0x4000 | ALL },
};

/* Everything of the guest, with these bits in each leaf. */
static void put_second(struct world *w, uint64_t table, uint64_t leaf)
{
    const struct entry way[] = {
        { 0x101000, 0, 0x102000 | table },
        { 0x102000, 0, 0x103000 | table },
        { 0x103000, 0, 0x104000 | table },
    };

    world_put(w, way, COUNT(way));
    for (unsigned int i = 0; i < 512; i++)
        world_put(w, &(struct entry){ 0x104000, i, (GUEST_AT + 0x1000 * i) | leaf }, 1);
}

static void ept(struct world *w, uint64_t eptp_flags, bool mbec)
{
    struct xenpt_cpu cpu = xenpt_cpu_widest(XENPT_INTEL);

    cpu.ept_mbec = mbec;
    assert_int_equal(
        xenpt_paging_init_ept(&w->context.second, &cpu, 0x101000 | 3 << 3 | 6 | eptp_flags, NULL),
        XENPT_OK);
    w->context.has_second = true;
    put_second(w, RWX, RWX | WB);
}

static void npt(struct world *w)
{
    struct xenpt_cpu cpu = xenpt_cpu_widest(XENPT_AMD);
    struct xenpt_regs host = {
        .cr0 = XENPT_CR0_PG | XENPT_CR0_PE | XENPT_CR0_WP,
        .cr4 = XENPT_CR4_PAE,
        .efer = XENPT_EFER_LME | XENPT_EFER_LMA | XENPT_EFER_NXE,
    };

    assert_int_equal(xenpt_paging_init_npt(&w->context.second, &cpu, &host, 0x101000, NULL),
                     XENPT_OK);
    w->context.has_second = true;
    put_second(w, ALL, ALL);
}

static void begin(struct world *w)
{
    world_init(w);
    ept(w, 0, false);
    world_put(w, guest_tables, COUNT(guest_tables));
}

static void expect(const struct world *w, const char *claim, const char *lines)
{
    char buf[LINES_MAX];

    if (strcmp(world_lines(w, NULL, buf), lines) != 0)
        fail_msg("%s:\n%sexpected:\n%s", claim, buf, lines);
}

/* A leaf of the guest at virtual address 0, and the second stage's for where it leads. */
static void test_rights(void **state)
{
    static const struct {
        const char *claim;
        uint64_t guest, second;
        const char *rights;
    } rows[] = {
        { "both grant everything", ALL, RWX | WB, "rwxu" },
        { "the guest withholds writing", P | US, RWX | WB, "r-xu" },
        { "the second stage does", ALL, R | X | WB, "r-xu" },
        { "the guest withholds execution", ALL | NX, RWX | WB, "rw-u" },
        { "the second stage does", ALL, R | W | WB, "rw-u" },
        { "execute-only memory", ALL, X | WB, "--xu" },
        { "a supervisor's page", P | RW, RWX | WB, "rwx-" },
        { "each withholds something", P | US, R | W | WB, "r--u" },
    };
    char want[64];
    struct world w;

    (void)state;
    begin(&w);
    for (size_t i = 0; i < COUNT(rows); i++) {
        world_put(&w, &(struct entry){ GUEST_AT + 0x4000, 0, 0x10000 | rows[i].guest }, 1);
        world_put(&w, &(struct entry){ 0x104000, 16, (GUEST_AT + 0x10000) | rows[i].second }, 1);
        snprintf(want, sizeof(want), "0-fff pages 10000>210000 %s 4K x1\n", rows[i].rights);
        expect(&w, rows[i].claim, want);
    }
    world_fini(&w);
}

/* Mode-based execute control asks whether the address is a user's. */
static void test_mode_based(void **state)
{
    static const struct {
        const char *claim;
        uint64_t guest, second;
        const char *rights;
    } rows[] = {
        { "a user's page, executable for users", ALL, R | UX | WB, "r-xu" },
        { "a user's page, executable for supervisors", ALL, R | X | WB, "r--u" },
        { "a supervisor's page, executable for users", P | RW, R | UX | WB, "r---" },
        { "a supervisor's page, executable for supervisors", P | RW, R | X | WB, "r-x-" },
    };
    char want[64];
    struct world w;

    (void)state;
    begin(&w);
    ept(&w, 0, true);
    world_put(&w, guest_tables, COUNT(guest_tables));
    for (size_t i = 0; i < COUNT(rows); i++) {
        put_second(&w, RWX | UX, RWX | UX | WB);
        world_put(&w, &(struct entry){ GUEST_AT + 0x4000, 0, 0x10000 | rows[i].guest }, 1);
        world_put(&w, &(struct entry){ 0x104000, 16, (GUEST_AT + 0x10000) | rows[i].second }, 1);
        snprintf(want, sizeof(want), "0-fff pages 10000>210000 %s 4K x1\n", rows[i].rights);
        expect(&w, rows[i].claim, want);
    }
    world_fini(&w);
}

/* A guest's page of 2 MiB over pages of 4 KiB, some of which lead elsewhere, or nowhere. */
static void test_pieces(void **state)
{
    struct world w;

    (void)state;
    begin(&w);
    world_put(&w, &(struct entry){ GUEST_AT + 0x3000, 1, 0 | ALL | PS }, 1);
    expect(&w, "a page that the second stage has in one piece of memory",
           "200000-3fffff pages 0>200000 rwxu 4K x512\n");
    world_put(&w, &(struct entry){ 0x104000, 16, 0x300000 | RWX | WB }, 1);
    world_put(&w, &(struct entry){ 0x104000, 17, 0 }, 1);
    world_put(&w, &(struct entry){ 0x104000, 18, 0 }, 1);
    expect(&w, "a page that lies here and there, with a hole",
           "200000-20ffff pages 0>200000 rwxu 4K x16\n"
           "210000-210fff pages 10000>300000 rwxu 4K x1\n"
           "211000-212fff no-second-stage 11000>0 ---- x2\n"
           "213000-3fffff pages 13000>213000 rwxu 4K x493\n");
    world_put(&w, &(struct entry){ 0x103000, 1, 0x200000 | RWX | WB | PS }, 1);
    world_put(&w, &(struct entry){ GUEST_AT + 0x3000, 1, 0 }, 1);
    world_put(&w, &(struct entry){ GUEST_AT + 0x4000, 0, 0x234000 | ALL }, 1);
    world_put(&w, &(struct entry){ GUEST_AT + 0x4000, 1, 0x235000 | ALL }, 1);
    expect(&w, "small pages of the guest in a large one of the second stage",
           "0-1fff pages 234000>234000 rwxu 4K x2\n");
    world_put(&w, &(struct entry){ GUEST_AT + 0x4000, 0, 0x1000000000000 | ALL }, 1);
    world_put(&w, &(struct entry){ GUEST_AT + 0x4000, 1, 0 }, 1);
    expect(&w, "a guest-physical address that the second stage has not",
           "0-fff no-second-stage 1000000000000>0 ---- x1\n");
    world_fini(&w);
}

/* Of a page in many pieces, those that the part asked for touches. */
static void test_part(void **state)
{
    struct xenpt_map_options opt = { .first = 0x2107ff, .last = 0x2127ff };
    char buf[LINES_MAX];
    struct world w;

    (void)state;
    begin(&w);
    world_put(&w, &(struct entry){ GUEST_AT + 0x3000, 1, 0 | ALL | PS }, 1);
    assert_string_equal(world_lines(&w, &opt, buf),
                        "210000-212fff pages 10000>210000 rwxu 4K x3\n");
    world_fini(&w);
}

/* Neighbours in the guest and in memory, of which the second stage thinks differently. */
static void test_second_flags(void **state)
{
    struct world w;

    (void)state;
    begin(&w);
    world_put(&w, &(struct entry){ GUEST_AT + 0x4000, 0, 0x10000 | P | NX }, 1);
    world_put(&w, &(struct entry){ GUEST_AT + 0x4000, 1, 0x11000 | P | NX }, 1);
    world_put(&w, &(struct entry){ 0x104000, 17, 0x211000 | RWX }, 1); /* UC */
    expect(&w, "the memory type differs",
           "0-fff pages 10000>210000 r--- 4K x1\n1000-1fff pages 11000>211000 r--- 4K x1\n");
    world_put(&w, &(struct entry){ 0x104000, 17, 0x211000 | R | WB }, 1);
    expect(&w, "rights differ that the guest withholds anyway",
           "0-fff pages 10000>210000 r--- 4K x1\n1000-1fff pages 11000>211000 r--- 4K x1\n");
    world_put(&w, &(struct entry){ 0x104000, 17, 0x211000 | RWX | WB }, 1);
    expect(&w, "nothing differs", "0-1fff pages 10000>210000 r--- 4K x2\n");
    world_put(&w, &(struct entry){ GUEST_AT + 0x4000, 1, 0x12000 | P | NX }, 1);
    world_put(&w, &(struct entry){ 0x104000, 18, 0x211000 | RWX | WB }, 1);
    expect(&w, "machine memory goes on, and the guest's does not",
           "0-fff pages 10000>210000 r--- 4K x1\n1000-1fff pages 12000>211000 r--- 4K x1\n");
    world_put(&w, &(struct entry){ GUEST_AT + 0x4000, 1, 0x11000 | P | NX }, 1);
    world_put(&w, &(struct entry){ 0x104000, 16, 0 }, 1);
    world_put(&w, &(struct entry){ 0x104000, 17, 0 }, 1);
    expect(&w, "a hole", "0-1fff no-second-stage 10000>0 ---- x2\n");
    world_put(&w, &(struct entry){ GUEST_AT + 0x4000, 1, 0x11000 | ALL }, 1);
    expect(&w, "a hole, of which the guest thinks differently",
           "0-fff no-second-stage 10000>0 ---- x1\n1000-1fff no-second-stage 11000>0 ---- x1\n");
    world_put(&w, &(struct entry){ GUEST_AT + 0x4000, 0, 0x1ff000 | ALL }, 1);
    world_put(&w, &(struct entry){ GUEST_AT + 0x4000, 1, 0x200000 | ALL }, 1);
    world_put(&w, &(struct entry){ 0x104000, 511, 0x3ff000 | RWX | WB }, 1);
    world_put(&w, &(struct entry){ 0x103000, 1, 0x400000 | RWX | WB | PS }, 1);
    expect(&w, "the size of the second stage's page differs",
           "0-fff pages 1ff000>3ff000 rwxu 4K x1\n1000-1fff pages 200000>400000 rwxu 4K x1\n");
    world_fini(&w);
}

/* What the second stage has to grant for a guest's table to be read. */
static void test_tables(void **state)
{
    static const struct {
        const char *claim;
        enum { PLAIN_EPT, EPT_AD, NPT } stage;
        uint64_t leaf; /* Of the guest's L1 table, at guest-physical 4000. */
        bool reached;
    } rows[] = {
        { "EPT: a table may be read-only", PLAIN_EPT, R | WB, true },
        { "EPT: it has to be readable", PLAIN_EPT, X | WB, false },
        { "EPT: it has to be there", PLAIN_EPT, 0, false },
        { "EPT with A and D: it is written", EPT_AD, R | WB, false },
        { "EPT with A and D: read and write are enough", EPT_AD, R | W | WB, true },
        { "NPT: it is written", NPT, P | US, false },
        { "NPT: it is a user's access", NPT, P | RW, false },
        { "NPT: it may be no-execute", NPT, ALL | NX, true },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct world w;

        world_init(&w);
        if (rows[i].stage == NPT)
            npt(&w);
        else
            ept(&w, rows[i].stage == EPT_AD ? 1 << 6 : 0, false);
        world_put(&w, guest_tables, COUNT(guest_tables));
        world_put(&w, &(struct entry){ GUEST_AT + 0x4000, 0, 0x10000 | ALL }, 1);
        world_put(
            &w,
            &(struct entry){ 0x104000, 4, rows[i].leaf ? (GUEST_AT + 0x4000) | rows[i].leaf : 0 },
            1);
        expect(&w, rows[i].claim,
               rows[i].reached ? "0-fff pages 10000>210000 rwxu 4K x1\n"
                               : "0-1fffff no-memory 4000>0 ---- x1\n");
        world_fini(&w);
    }
}

/* PDPTEs are loaded into registers, which is no write even where other tables are written. */
static void test_pdptes(void **state)
{
    static const struct entry tables[] = {
        { GUEST_AT + 0x1000, 0, 0x2000 | P },
        { GUEST_AT + 0x2000, 0, 0x3000 | ALL },
        { GUEST_AT + 0x3000, 5, 0x10000 | ALL },
    };
    struct world w;

    (void)state;
    world_init(&w);
    world_first(&w, "pae", 0x1000);
    ept(&w, 1 << 6, false);
    world_put(&w, tables, COUNT(tables));
    world_put(&w, &(struct entry){ 0x104000, 1, 0x201000 | R | WB }, 1);
    expect(&w, "EPT with A and D: PDPTEs may be read-only",
           "5000-5fff pages 10000>210000 rwxu 4K x1\n");
    npt(&w);
    world_put(&w, tables, COUNT(tables));
    world_put(&w, &(struct entry){ 0x104000, 1, 0x201000 | P | US }, 1);
    expect(&w, "NPT writes them", "0-ffffffff no-memory 1000>0 ---- x1\n");
    world_fini(&w);
}

static void test_unpaged_guest(void **state)
{
    struct world w;

    (void)state;
    begin(&w);
    world_first(&w, "unpaged", 0);
    expect(&w, "a guest without paging has the second stage's pages",
           "0-1fffff pages 0>200000 rwxu 4K x512\n200000-ffffffff no-second-stage 200000>0 ---- "
           "x514\n");
    world_fini(&w);
}

/* The work is bounded by pieces, which one entry of a guest can make many of. */
static void test_limit(void **state)
{
    struct xenpt_map_options opt = { .limit = 512 };
    char buf[LINES_MAX];
    struct world w;

    (void)state;
    begin(&w);
    world_put(&w, &(struct entry){ GUEST_AT + 0x3000, 1, 0 | ALL | PS }, 1);
    assert_string_equal(world_lines(&w, &opt, buf), "200000-3fffff pages 0>200000 rwxu 4K x512\n");
    opt.limit--;
    assert_non_null(strstr(world_lines(&w, &opt, buf), "= out of range\n"));
    world_fini(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rights),       cmocka_unit_test(test_mode_based),
        cmocka_unit_test(test_pieces),       cmocka_unit_test(test_part),
        cmocka_unit_test(test_second_flags), cmocka_unit_test(test_tables),
        cmocka_unit_test(test_pdptes),       cmocka_unit_test(test_unpaged_guest),
        cmocka_unit_test(test_limit),
    };

    return cmocka_run_group_tests_name("map_second", tests, NULL, NULL);
}
