/*
 * test_find_roots.c - finding roots in memory that was made up: what is no root, memory that
 * cannot be gone through, tables that lead anywhere, and no memory on our side.  Real roots are
 * for test_roots_captures.c.
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

static size_t find(const struct world *w, const struct xenpt_layout *layout,
                   struct xenpt_roots **ret)
{
    const struct xenpt_root *list;
    struct xenpt_error err = { 0 };

    if (xenpt_roots_find(&w->view, layout, ret, &err))
        fail_msg("%s", err.text);
    return xenpt_roots_list(*ret, &list);
}

static void nothing_is_found(const struct world *w)
{
    struct xenpt_roots *roots;

    assert_int_equal(find(w, NULL, &roots), 0);
    assert_null(xenpt_roots_layout(roots));
    xenpt_roots_free(roots);
}

static void test_nothing(void **state)
{
    struct world w;

    (void)state;
    world_init(&w);
    nothing_is_found(&w);
    /* A table that leads back to itself, and has no hypervisor. */
    world_put(&w, (struct entry[]){ { 0x1000, LINEAR, 0x1000 | P | RW } }, 1);
    nothing_is_found(&w);
    /* Another's self-map, with something in the slots of Xen's image and directmap: pages. */
    world_put(&w,
              (struct entry[]){ { 0x1000, IMAGE, 0x200000 | P | PS },
                                { 0x1000, RAM, 0x200000 | P | PS } },
              2);
    nothing_is_found(&w);
    world_fini(&w);
}

/* Every page leads to itself, and all lead to the same few: whatever that is, it ends. */
static void test_everything(void **state)
{
    struct xenpt_roots *roots;
    struct world w;

    (void)state;
    world_init(&w);
    for (uint64_t at = 0; at < WORLD_SIZE; at += 0x1000)
        world_put(&w,
                  (struct entry[]){ { at, LINEAR, at | P | RW },
                                    { at, M2P, 0x3000 | P | US },
                                    { at, DOMAIN, (at ^ 0x1000) | P | RW },
                                    { at, IMAGE, 0x1000 | P | RW },
                                    { at, RAM, 0x2000 | P | RW },
                                    { at, 0, (at ^ 0x2000) | ALL } },
                  6);
    assert_int_equal(find(&w, NULL, &roots), WORLD_SIZE / 0x1000);
    xenpt_roots_free(roots);
    world_fini(&w);
}

/* An XPTI root is one if it has the M2P that another root has, and not by itself. */
static void test_xpti(void **state)
{
    static const struct entry others[] = {
        { 0x1000, LINEAR, 0x1000 | P | RW | NX }, { 0x1000, M2P, 0x3000 | P | US | NX },
        { 0x1000, DOMAIN, 0x6000 | P | RW | NX }, { 0x1000, IMAGE, 0x4000 | P | RW },
        { 0x1000, RAM, 0x5000 | P | RW | NX },
    };
    static const struct entry xpti[] = {
        { 0x2000, M2P, 0x3000 | P | US | NX },
        { 0x2000, IMAGE, 0x7000 | P | RW },
        { 0x2000, RAM, 0x8000 | P | RW },
    };
    const struct xenpt_root *list;
    struct xenpt_layout *layout;
    struct xenpt_roots *roots;
    struct world w;

    (void)state;
    assert_int_equal(xenpt_layout_open("4.17", &layout, NULL), XENPT_OK);
    world_init(&w);
    world_put(&w, xpti, COUNT(xpti));
    assert_int_equal(find(&w, layout, &roots), 0);
    xenpt_roots_free(roots);
    world_put(&w, others, COUNT(others));
    assert_int_equal(find(&w, layout, &roots), 2);
    xenpt_roots_list(roots, &list);
    assert_string_equal(list[0].context.name, "root:0x2");
    assert_string_equal(list[0].context.kind, "xpti");
    assert_string_equal(list[1].context.name, "root:0x1");
    assert_string_equal(list[1].context.kind, "pv64-kernel");
    assert_string_equal(list[1].context.domain, "0x6");
    xenpt_roots_free(roots);
    /* With another M2P it is some other table. */
    world_put(&w, (struct entry[]){ { 0x2000, M2P, 0x9000 | P | US | NX } }, 1);
    assert_int_equal(find(&w, layout, &roots), 1);
    xenpt_roots_free(roots);
    world_fini(&w);
    xenpt_layout_close(layout);
}

static bool read_nothing(const struct xenpt_reader *self, uint64_t at, void *buf, size_t size)
{
    (void)self;
    (void)at;
    (void)buf;
    (void)size;
    return false;
}

static void test_behind_call(void **state)
{
    struct xenpt_reader mem = { .read = read_nothing };
    struct xenpt_roots *roots = NULL;
    struct world w;

    (void)state;
    world_init(&w);
    w.view.mem = &mem;
    assert_int_equal(xenpt_roots_find(&w.view, NULL, &roots, NULL), XENPT_EUNSUPPORTED);
    assert_null(roots);
    world_fini(&w);
}

static void test_out_of_memory(void **state)
{
    struct xenpt_layout *layout;
    struct xenpt_roots *roots;
    enum xenpt_code code;
    unsigned long n = 0;
    struct world w;

    (void)state;
    assert_int_equal(xenpt_layout_open("4.17", &layout, NULL), XENPT_OK);
    world_init(&w);
    for (uint64_t at = 0x1000; at < 0x100000; at += 0x1000)
        world_put(&w,
                  (struct entry[]){ { at, LINEAR, at | P | RW },
                                    { at, IMAGE, 0x1000 | P | RW },
                                    { at, RAM, 0x2000 | P | RW } },
                  3);
    do {
        roots = NULL;
        fail_alloc_after(n++);
        code = xenpt_roots_find(&w.view, layout, &roots, NULL);
        /* Tables behind a root that cannot be scanned only make it less sure. */
        if (fail_alloc_stop())
            assert_true(code == XENPT_ENOMEM || code == XENPT_OK);
        else
            break;
        assert_int_equal(code == XENPT_OK, roots != NULL);
        xenpt_roots_free(roots);
    } while (n < 100000);
    assert_int_equal(code, XENPT_OK);
    assert_true(n > 3);
    xenpt_roots_free(roots);
    world_fini(&w);
    xenpt_layout_close(layout);
}

/* --- The memory that it goes through ------------------------------------------------------- */

static bool count(void *ctx, uint64_t first, const uint8_t *bytes, uint64_t size)
{
    uint64_t *sum = ctx;

    assert_non_null(bytes);
    sum[0]++;
    sum[1] += size;
    sum[2] = first;
    return sum[0] < 3;
}

static void test_stretches(void **state)
{
    uint8_t page[XENPT_PAGE_SIZE] = { 0 };
    struct xenpt_reader flat = xenpt_reader_flat(page, 0x7000, sizeof(page));
    struct xenpt_snapshot *snap;
    struct xenpt_store *store;
    uint64_t sum[3] = { 0 };

    (void)state;
    assert_int_equal(xenpt_each_stretch(&flat, count, sum, NULL), XENPT_OK);
    assert_int_equal(sum[0], 1);
    assert_int_equal(sum[1], sizeof(page));
    assert_int_equal(sum[2], 0x7000);
    /* A store: frames with content, in order; what is not written is not shown. */
    memset(sum, 0, sizeof(sum));
    assert_int_equal(xenpt_store_create(&store, NULL), XENPT_OK);
    assert_int_equal(xenpt_store_add_ram(store, 0, 0xffffff, NULL), XENPT_OK);
    assert_int_equal(xenpt_store_write64(store, 0x9000, 1, NULL), XENPT_OK);
    assert_int_equal(xenpt_store_write64(store, 0x3008, 1, NULL), XENPT_OK);
    assert_int_equal(xenpt_each_stretch(xenpt_store_reader(store), count, sum, NULL), XENPT_OK);
    assert_int_equal(sum[0], 2);
    assert_int_equal(sum[1], 2 * XENPT_PAGE_SIZE);
    assert_int_equal(sum[2], 0x9000);
    assert_int_equal(xenpt_each_stretch(xenpt_store_reader(store), count, sum, NULL),
                     XENPT_ESTOPPED);
    assert_int_equal(xenpt_snapshot_take(store, &snap, NULL), XENPT_OK);
    assert_int_equal(xenpt_each_stretch(xenpt_snapshot_reader(snap), count, sum, NULL),
                     XENPT_EUNSUPPORTED);
    xenpt_store_destroy(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing),   cmocka_unit_test(test_everything),
        cmocka_unit_test(test_xpti),      cmocka_unit_test(test_behind_call),
        cmocka_unit_test(test_stretches), cmocka_unit_test(test_out_of_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
