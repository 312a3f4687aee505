/*
 * test_find_p2m.c - a guest's physical memory, found in memory that was made up: what is one, and
 * what looks like one and is none.  Entries are those that were seen in real machines; real
 * second stages are for test_roots_captures.c.
 */
#include "fail_alloc.h"
#include "map_fixture.h"
#include "xenpt/roots.h"

/* Slots of Xen 4.17, from its config.h: written again. */
#define M2P    256
#define LINEAR 258
#define DOMAIN 260
#define IMAGE  261
#define RAM    262

/* Entries that Xen 4.17 was seen to have. */
#define EPT_TABLE UINT64_C(0x9c00000000000107)
#define EPT_AGAIN UINT64_C(0x9c0000000000013f) /* Memory types below are to be worked out. */
#define EPT_PAGE  UINT64_C(0x9c00000000000377)
#define EPT_2M    UINT64_C(0x9c000000000003f3)
#define EPT_HOLE  UINT64_C(0x8000000000000000)
#define NPT_TABLE UINT64_C(0x67)
#define NPT_2M    UINT64_C(0xe7)

/* A monitor table, by which there is a guest that may have a second stage. */
static const struct entry monitor[] = {
    { 0x1000, LINEAR, 0x1000 | P | RW | NX }, { 0x1000, 4, 0x6000 | P | RW | NX },
    { 0x1000, DOMAIN, 0x6000 | P | RW | NX }, { 0x1000, IMAGE, 0x4000 | P | RW },
    { 0x1000, RAM, 0x5000 | P | RW | NX },
};

static const struct {
    const char *claim;
    struct entry entries[8];
    const char *kind; /* Of the root at 0x10000; NULL: it is none. */
} rows[] = {
    { "EPT",
      { { 0x10000, 0, 0x11000 | EPT_TABLE },
        { 0x11000, 0, 0x12000 | EPT_AGAIN },
        { 0x12000, 0, 0x13000 | EPT_TABLE },
        { 0x12000, 1, 0x200000 | EPT_2M },
        { 0x12000, 2, EPT_HOLE },
        { 0x13000, 7, 0x20000 | EPT_PAGE } },
      "ept" },
    { "EPT before 4.6",
      { { 0x10000, 0, 0x11000 | UINT64_C(0x1c00000000000007) },
        { 0x11000, 0, 0x12000 | UINT64_C(0x1c00000000000007) },
        { 0x12000, 1, 0x200000 | UINT64_C(0x1c000000000000f3) } },
      "ept" },
    { "EPT from 4.22 on",
      { { 0x10000, 0, 0x11000 | UINT64_C(0xb800000000000107) },
        { 0x11000, 0, 0x12000 | UINT64_C(0xb800000000000107) },
        { 0x12000, 1, 0x200000 | UINT64_C(0xb8000000000003f3) } },
      "ept" },
    { "EPT that nothing is mapped by",
      { { 0x10000, 0, 0x11000 | EPT_TABLE },
        { 0x11000, 0, 0x12000 | EPT_TABLE },
        { 0x12000, 2, EPT_HOLE } },
      NULL },
    { "an entry among EPT's that is none of Xen's",
      { { 0x10000, 0, 0x11000 | EPT_TABLE },
        { 0x11000, 0, 0x12000 | EPT_TABLE },
        { 0x12000, 0, 0x200000 | PS | ALL } },
      NULL },
    { "something else in the root",
      { { 0x10000, 0, 0x11000 | EPT_TABLE },
        { 0x10000, 3, 0x11000 | ALL },
        { 0x11000, 0, 0x12000 | EPT_TABLE },
        { 0x12000, 1, 0x200000 | EPT_2M } },
      NULL },
    { "a table that is not in memory",
      { { 0x10000, 0, 0x11000 | EPT_TABLE }, { 0x11000, 0, 0x40000000 | EPT_TABLE } },
      NULL },
    { "nested paging",
      { { 0x10000, 0, 0x11000 | NPT_TABLE },
        { 0x11000, 0, 0x12000 | NPT_TABLE },
        { 0x12000, 0, 0x13000 | NPT_TABLE },
        { 0x12000, 1, 0x200000 | NPT_2M },
        { 0x13000, 7, 0x20000 | NPT_TABLE } },
      "npt" },
    { "a table with two parents",
      { { 0x10000, 0, 0x11000 | NPT_TABLE },
        { 0x11000, 0, 0x12000 | NPT_TABLE },
        { 0x12000, 0, 0x13000 | NPT_TABLE },
        { 0x12000, 1, 0x13000 | NPT_TABLE },
        { 0x13000, 7, 0x20000 | NPT_TABLE } },
      NULL },
    { "a page that is one of the tables",
      { { 0x10000, 0, 0x11000 | NPT_TABLE },
        { 0x11000, 0, 0x12000 | NPT_TABLE },
        { 0x12000, 0, 0x13000 | NPT_TABLE },
        { 0x13000, 7, 0x13000 | NPT_TABLE } },
      NULL },
    { "a large page around the tables",
      { { 0x10000, 0, 0x11000 | NPT_TABLE },
        { 0x11000, 0, 0x12000 | NPT_TABLE },
        { 0x12000, 0, NPT_2M } },
      NULL },
    { "a page of the supervisor",
      { { 0x10000, 0, 0x11000 | NPT_TABLE },
        { 0x11000, 0, 0x12000 | NPT_TABLE },
        { 0x12000, 1, 0x200000 | (NPT_2M & ~US) } },
      NULL },
    { "a global page",
      { { 0x10000, 0, 0x11000 | NPT_TABLE },
        { 0x11000, 0, 0x12000 | NPT_TABLE },
        { 0x12000, 1, 0x200000 | NPT_2M | XENPT_BIT(8) } },
      NULL },
    { "a page that is not aligned",
      { { 0x10000, 0, 0x11000 | NPT_TABLE },
        { 0x11000, 0, 0x12000 | NPT_TABLE },
        { 0x12000, 1, 0x240000 | NPT_2M } },
      NULL },
    { "memory that does not begin at address 0",
      { { 0x10000, 1, 0x11000 | NPT_TABLE },
        { 0x11000, 0, 0x12000 | NPT_TABLE },
        { 0x12000, 1, 0x200000 | NPT_2M } },
      NULL },
};

static struct xenpt_layout *layout_4_17(void)
{
    struct xenpt_layout *layout;

    assert_int_equal(xenpt_layout_open("4.17", &layout, NULL), XENPT_OK);
    return layout;
}

static const struct xenpt_root *root_at(const struct xenpt_roots *roots, uint64_t at)
{
    const struct xenpt_root *list;
    size_t n = xenpt_roots_list(roots, &list);

    for (size_t i = 0; i < n; i++)
        if (list[i].context.paging.root == at)
            return &list[i];
    return NULL;
}

static void test_rows(void **state)
{
    struct xenpt_layout *layout = layout_4_17();

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct xenpt_root *root;
        struct xenpt_roots *roots;
        struct world w;

        world_init(&w);
        world_put(&w, monitor, COUNT(monitor));
        world_put(&w, rows[i].entries, COUNT(rows[i].entries));
        assert_int_equal(xenpt_roots_find(&w.view, layout, &roots, NULL), XENPT_OK);
        root = root_at(roots, 0x10000);
        if (!root != !rows[i].kind)
            fail_msg("%s: %s", rows[i].claim, root ? root->why : "not found");
        if (root) {
            assert_string_equal(root->context.kind, rows[i].kind);
            assert_string_equal(root->context.domain, "0x6"); /* There is one guest. */
            assert_true(root->context.paging.format.second_stage);
        }
        /* What is below a root is none. */
        assert_null(root_at(roots, 0x11000));
        xenpt_roots_free(roots);
        world_fini(&w);
    }
    xenpt_layout_close(layout);
}

/* Without a guest that could have one, nothing is looked for; of two, no table tells whose it is.
 */
static void test_whose(void **state)
{
    struct xenpt_layout *layout = layout_4_17();
    struct xenpt_roots *roots;
    struct world w;

    (void)state;
    world_init(&w);
    world_put(&w, rows[0].entries, COUNT(rows[0].entries));
    assert_int_equal(xenpt_roots_find(&w.view, layout, &roots, NULL), XENPT_OK);
    assert_null(root_at(roots, 0x10000));
    xenpt_roots_free(roots);
    world_put(&w, monitor, COUNT(monitor));
    world_put(&w,
              (struct entry[]){ { 0x2000, LINEAR, 0x2000 | P | RW | NX },
                                { 0x2000, 4, 0x7000 | P | RW | NX },
                                { 0x2000, DOMAIN, 0x7000 | P | RW | NX },
                                { 0x2000, IMAGE, 0x4000 | P | RW },
                                { 0x2000, RAM, 0x5000 | P | RW | NX } },
              5);
    assert_int_equal(xenpt_roots_find(&w.view, layout, &roots, NULL), XENPT_OK);
    assert_string_equal(root_at(roots, 0x10000)->context.domain, "");
    xenpt_roots_free(roots);
    world_fini(&w);
    xenpt_layout_close(layout);
}

static void test_out_of_memory(void **state)
{
    struct xenpt_layout *layout = layout_4_17();
    struct xenpt_roots *roots;
    enum xenpt_code code;
    unsigned long n = 0, refused;
    struct world w;

    (void)state;
    world_init(&w);
    world_put(&w, monitor, COUNT(monitor));
    world_put(&w, rows[0].entries, COUNT(rows[0].entries));
    do {
        roots = NULL;
        fail_alloc_after(n++);
        code = xenpt_roots_find(&w.view, layout, &roots, NULL);
        refused = fail_alloc_stop();
        assert_int_equal(code == XENPT_OK, roots != NULL);
        xenpt_roots_free(roots);
    } while (refused && n < 1000);
    assert_int_equal(code, XENPT_OK);
    assert_true(n > 3);
    world_fini(&w);
    xenpt_layout_close(layout);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_whose),
        cmocka_unit_test(test_out_of_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
