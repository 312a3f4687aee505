/*
 * test_map.c - what a map reports of one stage: when neighbours are one range, what is folded,
 * what a filter leaves out.
 *
 * Most rows have these tables: the L4 at 1000, an L3 at 2000, an L2 at 3000, an L1 at 4000, so
 * that slot i of 4000 is the page at i << 12.
 */
#include "map_fixture.h"

#define WAY                                                                                        \
    { 0x1000, 0, 0x2000 | ALL }, { 0x2000, 0, 0x3000 | ALL },                                      \
    {                                                                                              \
        0x3000, 0, 0x4000 | ALL                                                                    \
    }
#define ENTRIES_MAX 12

struct row {
    const char *claim;
    struct entry entries[ENTRIES_MAX];
    struct xenpt_map_options opt;
    const char *lines;
};

static void check_rows(const struct row rows[], size_t n)
{
    char buf[LINES_MAX];

    for (size_t i = 0; i < n; i++) {
        struct world w;

        world_init(&w);
        world_put(&w, rows[i].entries, ENTRIES_MAX);
        if (strcmp(world_lines(&w, &rows[i].opt, buf), rows[i].lines) != 0)
            fail_msg("%s:\n%sexpected:\n%s", rows[i].claim, buf, rows[i].lines);
        world_fini(&w);
    }
}

/* --- Neighbours ---------------------------------------------------------------------------- */

static const struct row neighbours[] = {
    { "nothing is mapped", { WAY }, { 0 }, "" },
    { "two pages in a row are one range",
      { WAY, { 0x4000, 0, 0x10000 | ALL }, { 0x4000, 1, 0x11000 | ALL } },
      { 0 },
      "0-1fff pages >10000 rwxu 4K x2\n" },
    { "A, D and what software owns may differ",
      { WAY,
        { 0x4000, 0, 0x10000 | ALL | A },
        { 0x4000, 1, 0x11000 | ALL | D },
        { 0x4000, 2, 0x12000 | ALL | AVL9 } },
      { 0 },
      "0-2fff pages >10000 rwxu 4K x3\n" },
    { "rights may not",
      { WAY, { 0x4000, 0, 0x10000 | ALL }, { 0x4000, 1, 0x11000 | P | US } },
      { 0 },
      "0-fff pages >10000 rwxu 4K x1\n1000-1fff pages >11000 r-xu 4K x1\n" },
    { "nor flags that change no right",
      { WAY, { 0x4000, 0, 0x10000 | ALL }, { 0x4000, 1, 0x11000 | ALL | PCD } },
      { 0 },
      "0-fff pages >10000 rwxu 4K x1\n1000-1fff pages >11000 rwxu 4K x1\n" },
    { "nor protection keys",
      { WAY, { 0x4000, 0, 0x10000 | ALL }, { 0x4000, 1, 0x11000 | ALL | KEY3 } },
      { 0 },
      "0-fff pages >10000 rwxu 4K x1\n1000-1fff pages >11000 rwxu 4K x1\n" },
    { "nor the sizes of pages, even if memory goes on",
      { WAY, { 0x4000, 511, 0x1ff000 | ALL }, { 0x3000, 1, 0x200000 | ALL | PS } },
      { 0 },
      "1ff000-1fffff pages >1ff000 rwxu 4K x1\n200000-3fffff pages >200000 rwxu 2M x1\n" },
    { "not even where a small one's PAT is where a large one's mark is",
      { WAY, { 0x4000, 511, 0x1ff000 | ALL | PS }, { 0x3000, 1, 0x200000 | ALL | PS } },
      { 0 },
      "1ff000-1fffff pages >1ff000 rwxu 4K x1\n200000-3fffff pages >200000 rwxu 2M x1\n" },
    { "nor rights that a table above withholds",
      { WAY,
        { 0x3000, 1, 0x5000 | P },
        { 0x4000, 511, 0x10000 | ALL },
        { 0x5000, 0, 0x11000 | ALL } },
      { 0 },
      "1ff000-1fffff pages >10000 rwxu 4K x1\n200000-200fff pages >11000 r-x- 4K x1\n" },
    { "memory has to go on",
      { WAY, { 0x4000, 0, 0x10000 | ALL }, { 0x4000, 1, 0x12000 | ALL } },
      { 0 },
      "0-fff pages >10000 rwxu 4K x1\n1000-1fff pages >12000 rwxu 4K x1\n" },
    { "addresses have to go on",
      { WAY, { 0x4000, 0, 0x10000 | ALL }, { 0x4000, 2, 0x12000 | ALL } },
      { 0 },
      "0-fff pages >10000 rwxu 4K x1\n2000-2fff pages >12000 rwxu 4K x1\n" },
    { "a table's end is no border",
      { WAY,
        { 0x3000, 1, 0x5000 | ALL },
        { 0x4000, 511, 0x10000 | ALL },
        { 0x5000, 0, 0x11000 | ALL } },
      { 0 },
      "1ff000-200fff pages >10000 rwxu 4K x2\n" },
    { "rights are those of all levels",
      { { 0x1000, 0, 0x2000 | P | US },
        { 0x2000, 0, 0x3000 | ALL | NX },
        { 0x3000, 0, 0x4000 | P | RW },
        { 0x4000, 0, 0x10000 | ALL } },
      { 0 },
      "0-fff pages >10000 r--- 4K x1\n" },
    { "the last page of all addresses",
      { { 0x1000, 511, 0x2000 | ALL },
        { 0x2000, 511, 0x3000 | ALL },
        { 0x3000, 511, 0x4000 | ALL },
        { 0x4000, 511, 0x10000 | ALL } },
      { 0 },
      "fffffffffffff000-ffffffffffffffff pages >10000 rwxu 4K x1\n" },
    { "leaves are not merged",
      { WAY, { 0x4000, 0, 0x10000 | ALL }, { 0x4000, 1, 0x11000 | ALL } },
      { .leaves = true },
      "0-fff pages >10000 rwxu 4K x1\n1000-1fff pages >11000 rwxu 4K x1\n" },
    { "one page again and again, if asked for",
      { WAY,
        { 0x4000, 0, 0x10000 | ALL },
        { 0x4000, 1, 0x10000 | ALL | A },
        { 0x4000, 2, 0x10000 | ALL } },
      { .repeats = true },
      "0-2fff pages >10000 rwxu 4K x3 repeated\n" },
    { "and each by itself if not",
      { WAY, { 0x4000, 0, 0x10000 | ALL }, { 0x4000, 1, 0x10000 | ALL } },
      { 0 },
      "0-fff pages >10000 rwxu 4K x1\n1000-1fff pages >10000 rwxu 4K x1\n" },
    { "what follows a repeated page begins anew",
      { WAY,
        { 0x4000, 0, 0x10000 | ALL },
        { 0x4000, 1, 0x10000 | ALL },
        { 0x4000, 2, 0x12000 | ALL },
        { 0x4000, 3, 0x13000 | ALL },
        { 0x4000, 4, 0x13000 | ALL } },
      { .repeats = true },
      "0-1fff pages >10000 rwxu 4K x2 repeated\n2000-3fff pages >12000 rwxu 4K x2\n"
      "4000-4fff pages >13000 rwxu 4K x1\n" },
    { "a range of two pages is no page to repeat",
      { WAY,
        { 0x4000, 0, 0x10000 | ALL },
        { 0x4000, 1, 0x11000 | ALL },
        { 0x4000, 2, 0x10000 | ALL } },
      { .repeats = true },
      "0-1fff pages >10000 rwxu 4K x2\n2000-2fff pages >10000 rwxu 4K x1\n" },
    { "scattered memory, if asked for",
      { WAY,
        { 0x4000, 0, 0x10000 | ALL },
        { 0x4000, 1, 0x11000 | ALL },
        { 0x4000, 2, 0x20000 | ALL },
        { 0x4000, 3, 0x1f000 | P } },
      { .scatter = true },
      "0-2fff pages >10000 rwxu 4K x3 scattered\n3000-3fff pages >1f000 r-x- 4K x1\n" },
    { "a repeated page can become part of a scatter",
      { WAY,
        { 0x4000, 0, 0x10000 | ALL },
        { 0x4000, 1, 0x10000 | ALL },
        { 0x4000, 2, 0x20000 | ALL } },
      { .scatter = true, .repeats = true },
      "0-2fff pages >10000 rwxu 4K x3 scattered\n" },
};

static void test_neighbours(void **state)
{
    (void)state;
    check_rows(neighbours, COUNT(neighbours));
}

/* --- What was met before, and what is no page ---------------------------------------------- */

static const struct row others[] = {
    { "a table met before takes a line that says where",
      { WAY, { 0x3000, 1, 0x4000 | P }, { 0x4000, 0, 0x10000 | ALL } },
      { 0 },
      "0-fff pages >10000 rwxu 4K x1\n200000-3fffff shared >4000 r-x- as 0 x1\n" },
    { "neighbours that share one table are one range",
      { WAY,
        { 0x3000, 1, 0x4000 | ALL },
        { 0x3000, 2, 0x4000 | ALL },
        { 0x3000, 3, 0x4000 | P },
        { 0x4000, 0, 0x10000 | ALL } },
      { 0 },
      "0-fff pages >10000 rwxu 4K x1\n200000-5fffff shared >4000 rwxu as 0 x2\n"
      "600000-7fffff shared >4000 r-x- as 0 x1\n" },
    { "neighbours that share two tables are not",
      { WAY,
        { 0x3000, 1, 0x5000 | ALL },
        { 0x3000, 2, 0x4000 | ALL },
        { 0x3000, 3, 0x5000 | ALL } },
      { 0 },
      "400000-5fffff shared >4000 rwxu as 0 x1\n600000-7fffff shared >5000 rwxu as 200000 x1\n" },
    { "unfolded, it is followed",
      { WAY, { 0x3000, 1, 0x4000 | P }, { 0x4000, 0, 0x10000 | ALL } },
      { .unfold = true },
      "0-fff pages >10000 rwxu 4K x1\n200000-200fff pages >10000 r-x- 4K x1\n" },
    { "a linear entry says which table it reads as another",
      { WAY, { 0x1000, 256, 0x1000 | P | RW }, { 0x4000, 0, 0x10000 | ALL } },
      { 0 },
      "0-fff pages >10000 rwxu 4K x1\n"
      "ffff800000000000-ffff807fffffffff linear >1000 rwx- as 0 L4 x1\n" },
    { "unfolded, it maps the tables themselves",
      { WAY, { 0x1000, 256, 0x1000 | P | RW }, { 0x4000, 0, 0x10000 | ALL } },
      { .unfold = true, .first = 0xffff800000000000, .last = 0xffff803fffffffff },
      "ffff800000000000-ffff800000000fff pages >4000 rwx- 4K x1\n" },
    { "illegal entries in a row are one range",
      { WAY, { 0x3000, 1, 0x202000 | ALL | PS }, { 0x3000, 2, 0x402000 | ALL | PS } },
      { 0 },
      "200000-5fffff malformed >0 ---- x2\n" },
    { "illegal entries of two levels are not",
      { WAY, { 0x3000, 511, 0x202000 | ALL | PS }, { 0x2000, 1, 0x40002000 | ALL | PS } },
      { 0 },
      "3fe00000-3fffffff malformed >0 ---- x1\n40000000-7fffffff malformed >0 ---- x1\n" },
    { "a table that is not in memory",
      { WAY, { 0x3000, 1, 0x40000000 | ALL } },
      { 0 },
      "200000-3fffff no-memory >40000000 ---- x1\n" },
    { "only kinds that were asked for",
      { WAY,
        { 0x3000, 1, 0x4000 | ALL },
        { 0x3000, 2, 0x202000 | ALL | PS },
        { 0x4000, 0, 0x10000 | ALL } },
      { .kinds = 1u << XENPT_MAP_MALFORMED },
      "400000-5fffff malformed >0 ---- x1\n" },
};

static void test_others(void **state)
{
    (void)state;
    check_rows(others, COUNT(others));
}

/* --- What is asked for --------------------------------------------------------------------- */

#define KINDS_OF_PAGE                                                                              \
    { 0x4000, 0, 0x10000 | ALL }, { 0x4000, 1, 0x20000 | P | US | NX },                            \
        { 0x4000, 2, 0x30000 | P | RW | NX },                                                      \
    {                                                                                              \
        0x4000, 3, 0x40000 | P                                                                     \
    }
#define BEHIND                                                                                     \
    { 0x3000, 1, 0x202000 | ALL | PS },                                                            \
    {                                                                                              \
        0x3000, 2, 0x4000 | P | RW | NX                                                            \
    }

static const struct row asked[] = {
    { "writable: and tables behind which there may be some",
      { WAY, KINDS_OF_PAGE, BEHIND },
      { .writable = true },
      "0-fff pages >10000 rwxu 4K x1\n2000-2fff pages >30000 rw-- 4K x1\n"
      "400000-5fffff shared >4000 rw-- as 0 x1\n" },
    { "executable",
      { WAY, KINDS_OF_PAGE, BEHIND },
      { .executable = true },
      "0-fff pages >10000 rwxu 4K x1\n3000-3fff pages >40000 r-x- 4K x1\n" },
    { "user",
      { WAY, KINDS_OF_PAGE, BEHIND },
      { .user = true },
      "0-fff pages >10000 rwxu 4K x1\n1000-1fff pages >20000 r--u 4K x1\n" },
    { "all three at once",
      { WAY, KINDS_OF_PAGE, BEHIND },
      { .writable = true, .executable = true, .user = true },
      "0-fff pages >10000 rwxu 4K x1\n" },
    { "pages that a part touches are reported whole",
      { WAY, { 0x3000, 1, 0x200000 | ALL | PS }, { 0x3000, 2, 0x400000 | P | PS } },
      { .first = 0x201000, .last = 0x202fff },
      "200000-3fffff pages >200000 rwxu 2M x1\n" },
    { "a part of one address",
      { WAY, KINDS_OF_PAGE },
      { .first = 0x2fff, .last = 0x2fff },
      "2000-2fff pages >30000 rw-- 4K x1\n" },
    { "a part that is none", { WAY }, { .first = 0x2000, .last = 0x1fff }, "= out of range\n" },
    { "as many pages as the limit are fine",
      { WAY, KINDS_OF_PAGE },
      { .limit = 8, .kinds = 1u << XENPT_MAP_MALFORMED },
      "" },
};

static void test_asked(void **state)
{
    (void)state;
    check_rows(asked, COUNT(asked));
}

/* --- The rest ------------------------------------------------------------------------------ */

/* Tables that lead to themselves from every slot map 2^36 pages, and no map of them ends. */
static void test_limit(void **state)
{
    struct xenpt_map_options opt = { .unfold = true,
                                     .limit = 100000,
                                     .kinds = 1u << XENPT_MAP_SHARED };
    struct xenpt_error err = { 0 };
    char buf[LINES_MAX];
    struct world w;

    (void)state;
    world_init(&w);
    for (unsigned int i = 0; i < 512; i++)
        world_put(&w, &(struct entry){ 0x1000, i, 0x1000 | ALL }, 1);
    assert_string_equal(world_lines(&w, &opt, buf), "= out of range\n");
    assert_int_equal(xenpt_map(&w.view, &w.context, &opt, NULL, NULL, NULL, &err), XENPT_ERANGE);
    assert_non_null(strstr(err.text, "100000"));
    opt = (struct xenpt_map_options){ .kinds = 1u << XENPT_MAP_PAGES };
    assert_string_equal(world_lines(&w, &opt, buf), "");
    world_fini(&w);
}

/* Neither does one of 2^27 tables with nothing in them. */
static void test_limit_of_tables(void **state)
{
    struct xenpt_map_options opt = { .unfold = true, .limit = 1000 };
    char buf[LINES_MAX];
    struct world w;

    (void)state;
    world_init(&w);
    for (uint64_t table = 0x1000; table < 0x4000; table += 0x1000)
        for (unsigned int i = 0; i < 512; i++)
            world_put(&w, &(struct entry){ table, i, (table + 0x1000) | ALL }, 1);
    assert_string_equal(world_lines(&w, &opt, buf), "= out of range\n");
    world_fini(&w);
}

static bool stop_at_second(void *ctx, const struct xenpt_map_range *range)
{
    unsigned int *n = ctx;

    (void)range;
    return ++*n < 2;
}

/* However many ranges there are, and also if the last one is the one to stop at. */
static void test_stop(void **state)
{
    static const struct entry entries[] = { WAY,
                                            { 0x4000, 0, 0x10000 | ALL },
                                            { 0x4000, 2, 0x20000 | ALL },
                                            { 0x4000, 4, 0x30000 | ALL },
                                            { 0x4000, 6, 0x40000 | ALL } };

    (void)state;
    for (size_t pages = 2; pages <= 4; pages++) {
        unsigned int n = 0;
        struct world w;

        world_init(&w);
        world_put(&w, entries, 3 + pages);
        assert_int_equal(xenpt_map(&w.view, &w.context, NULL, stop_at_second, &n, NULL, NULL),
                         XENPT_ESTOPPED);
        assert_int_equal(n, 2);
        world_fini(&w);
    }
}

static bool ignore(void *ctx, const struct xenpt_map_range *range)
{
    (void)ctx;
    (void)range;
    return true;
}

static void count_progress(void *ctx, uint64_t pages)
{
    *(uint64_t *)ctx = pages;
}

static void test_counts(void **state)
{
    static const struct entry entries[] = { WAY,
                                            { 0x4000, 0, 0x10000 | ALL },
                                            { 0x4000, 1, 0x11000 | ALL },
                                            { 0x4000, 2, 0x20000 | ALL },
                                            { 0x3000, 1, 0x4000 | ALL },
                                            { 0x3000, 2, 0x202000 | ALL | PS },
                                            { 0x3000, 3, 0x200000 | ALL | PS } };
    struct xenpt_map_counts counts;
    uint64_t pages = 0;
    struct xenpt_map_options opt = { .progress = count_progress, .progress_ctx = &pages };
    struct world w;

    (void)state;
    world_init(&w);
    world_put(&w, entries, COUNT(entries));
    assert_int_equal(xenpt_map(&w.view, &w.context, &opt, ignore, NULL, &counts, NULL), XENPT_OK);
    assert_int_equal(counts.ranges[XENPT_MAP_PAGES], 3);
    assert_int_equal(counts.ranges[XENPT_MAP_SHARED], 1);
    assert_int_equal(counts.ranges[XENPT_MAP_MALFORMED], 1);
    assert_int_equal(counts.ranges[XENPT_MAP_LINEAR], 0);
    assert_int_equal(counts.pages, 4);
    assert_int_equal(counts.bytes, 3 * 4096 + 2 * MIB);
    assert_int_equal(counts.tables, 4);
    assert_int_equal(pages, 6);
    world_fini(&w);
}

static bool all_and_any(void *ctx, const struct xenpt_map_range *range)
{
    *(struct xenpt_map_leaf *)ctx = range->leaf;
    return true;
}

/* What differs within a range can still be told. */
static void test_all_and_any(void **state)
{
    static const struct entry entries[] = { WAY,
                                            { 0x4000, 0, 0x10000 | ALL | A | D },
                                            { 0x4000, 1, 0x11000 | ALL | A },
                                            { 0x4000, 2, 0x12000 | ALL | AVL9 | A } };
    struct xenpt_map_leaf leaf;
    struct world w;

    (void)state;
    world_init(&w);
    world_put(&w, entries, COUNT(entries));
    assert_int_equal(xenpt_map(&w.view, &w.context, NULL, all_and_any, &leaf, NULL, NULL),
                     XENPT_OK);
    assert_int_equal(leaf.entry, 0x10000 | ALL | A | D);
    assert_int_equal(leaf.all & 0xfff, ALL | A);
    assert_int_equal(leaf.any & 0xfff, ALL | A | D | AVL9);
    assert_int_equal(leaf.level, 1);
    world_fini(&w);
}

/* Area "middle": the bytes from 1800 to 27ff. */
static bool explain(const struct xenpt_explainer *self, const struct xenpt_context *ctx,
                    uint64_t in, struct xenpt_explanation *ret)
{
    (void)self;
    (void)ctx;
    ret->area = "middle";
    ret->area_offset = in - 0x1800;
    return in >= 0x1800 && in <= 0x27ff;
}

static void test_area(void **state)
{
    static const struct xenpt_explainer explainer = { .address = explain };
    struct xenpt_map_options opt = { .area = "middle" };
    static const struct entry entries[] = { WAY,
                                            { 0x4000, 0, 0x10000 | ALL },
                                            { 0x4000, 1, 0x11000 | ALL },
                                            { 0x4000, 2, 0x12000 | ALL },
                                            { 0x4000, 3, 0x13000 | ALL } };
    char buf[LINES_MAX];
    struct world w;

    (void)state;
    world_init(&w);
    world_put(&w, entries, COUNT(entries));
    assert_string_equal(world_lines(&w, &opt, buf), ""); /* Nobody knows of areas. */
    w.view.explainer = &explainer;
    assert_string_equal(world_lines(&w, &opt, buf), "1000-2fff pages >11000 rwxu 4K x2\n");
    opt.area = "mid";
    assert_string_equal(world_lines(&w, &opt, buf), "");
    world_fini(&w);
}

/* Other formats: their pages have other sizes, and without paging there is one. */
static void test_formats(void **state)
{
    static const struct entry legacy[] = { { 0x1000, 0, 0x2000 | ALL },
                                           { 0x1000, 1, 0x400000 | ALL | PS },
                                           { 0x1000, 2, 0x800000 | ALL | PS },
                                           { 0x2000, 1023, 0x5000 | P } };
    char buf[LINES_MAX];
    struct world w;

    (void)state;
    world_init(&w);
    world_first(&w, "2level", 0x1000);
    world_put32(&w, legacy, COUNT(legacy));
    assert_string_equal(world_lines(&w, NULL, buf), "3ff000-3fffff pages >5000 r-x- 4K x1\n"
                                                    "400000-bfffff pages >400000 rwxu 4M x2\n");
    world_first(&w, "unpaged", 0);
    assert_string_equal(world_lines(&w, NULL, buf), "0-ffffffff pages >0 rwxu none x1\n");
    world_fini(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_neighbours),
        cmocka_unit_test(test_others),
        cmocka_unit_test(test_asked),
        cmocka_unit_test(test_limit),
        cmocka_unit_test(test_limit_of_tables),
        cmocka_unit_test(test_stop),
        cmocka_unit_test(test_counts),
        cmocka_unit_test(test_all_and_any),
        cmocka_unit_test(test_area),
        cmocka_unit_test(test_formats),
    };

    return cmocka_run_group_tests_name("map", tests, NULL, NULL);
}
