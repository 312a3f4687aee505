/*
 * test_store.c - what the store and its snapshots promise, one claim after the other.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/bits.h"
#include "fail_alloc.h"
#include "mem/lookup.h"

#define PAGE XENPT_PAGE_SIZE
#define TIB  (UINT64_C(1) << 40)

static int create(void **state)
{
    struct xenpt_store *store;

    assert_int_equal(xenpt_store_create(&store, NULL), XENPT_OK);
    *state = store;
    return 0;
}

static int destroy(void **state)
{
    xenpt_store_destroy(*state);
    return 0;
}

static void add_ram(struct xenpt_store *store, uint64_t first, uint64_t last)
{
    assert_int_equal(xenpt_store_add_ram(store, first, last, NULL), XENPT_OK);
}

static void put(struct xenpt_store *store, uint64_t at, uint64_t word)
{
    assert_int_equal(xenpt_store_write64(store, at, word, NULL), XENPT_OK);
}

/* --- RAM ----------------------------------------------------------------------------------- */

static const struct {
    const char *claim;
    uint64_t first, last;
    enum xenpt_code code;
} ram_rows[] = {
    { "a page", 0, 0xfff, XENPT_OK },
    { "the last page there can be", (UINT64_C(1) << 52) - PAGE, (UINT64_C(1) << 52) - 1, XENPT_OK },
    { "16 TiB", 0, 16 * TIB - 1, XENPT_OK },
    { "not from the beginning of a page", 0x800, 0xfff, XENPT_ERANGE },
    { "not to the end of a page", 0x1000, 0x2000, XENPT_ERANGE },
    { "nothing", 0x1000, 0xfff, XENPT_ERANGE },
    { "backwards", 0x3000, 0x1fff, XENPT_ERANGE },
    { "up to 2^52 and beyond", 0, UINT64_C(1) << 52 | 0xfff, XENPT_ERANGE },
    { "everything", 0, UINT64_MAX, XENPT_ERANGE },
};

static void test_ram(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(ram_rows); i++) {
        uint64_t first = ram_rows[i].first, last = ram_rows[i].last;
        struct xenpt_store *store;
        uint8_t byte = 1;

        assert_int_equal(xenpt_store_create(&store, NULL), XENPT_OK);
        if (xenpt_store_add_ram(store, first, last, NULL) != ram_rows[i].code)
            fail_msg("%s", ram_rows[i].claim);
        assert_int_equal(xenpt_read(xenpt_store_reader(store), first, &byte, 1),
                         ram_rows[i].code == XENPT_OK);
        if (ram_rows[i].code == XENPT_OK) {
            assert_int_equal(byte, 0);
            assert_true(xenpt_read(xenpt_store_reader(store), last, &byte, 1));
            assert_false(xenpt_read(xenpt_store_reader(store), last, &byte, 2));
            if (first)
                assert_false(xenpt_read(xenpt_store_reader(store), first - 1, &byte, 2));
        }
        xenpt_store_destroy(store);
    }
}

/* Ranges that touch or overlap are one: a write may cross what was a border. */
static void test_ram_joined(void **state)
{
    struct xenpt_store *store = *state;
    static const uint8_t bytes[6 * PAGE] = { 1, [6 * PAGE - 1] = 2 };
    static uint8_t back[6 * PAGE];

    add_ram(store, 0x5000, 0x5fff);
    add_ram(store, 0x1000, 0x1fff);
    add_ram(store, 0x3000, 0x3fff);
    add_ram(store, 0x2000, 0x2fff);
    add_ram(store, 0x1000, 0x4fff);
    add_ram(store, 0x6000, 0x6fff);
    assert_int_equal(xenpt_store_write(store, 0x1000, bytes, sizeof(bytes), NULL), XENPT_OK);
    assert_true(xenpt_read(xenpt_store_reader(store), 0x1000, back, sizeof(back)));
    assert_int_equal(memcmp(back, bytes, sizeof(back)), 0);
    assert_int_equal(xenpt_store_write(store, 0xfff, bytes, 2, NULL), XENPT_ERANGE);
    assert_int_equal(xenpt_store_write(store, 0x6fff, bytes, 2, NULL), XENPT_ERANGE);
}

/* --- Writing ------------------------------------------------------------------------------- */

static void test_no_ram(void **state)
{
    struct xenpt_store *store = *state;
    static const uint8_t bytes[3 * PAGE] = { 1 };
    struct xenpt_error err = { 0 };
    uint64_t word;

    add_ram(store, 0x1000, 0x2fff);
    assert_int_equal(xenpt_store_write(store, 0x2ffc, bytes, 8, &err), XENPT_ERANGE);
    assert_int_equal(err.code, XENPT_ERANGE);
    assert_string_equal(err.text, "write of 8 bytes at 0x2ffc: there is no RAM at 0x3000");
    assert_int_equal(xenpt_store_write(store, 0x800, bytes, 1, &err), XENPT_ERANGE);
    assert_string_equal(err.text, "write of 1 bytes at 0x800: there is no RAM at 0x800");
    assert_int_equal(xenpt_store_write(store, 0x1000, bytes, sizeof(bytes), NULL), XENPT_ERANGE);
    assert_int_equal(xenpt_store_write64(store, UINT64_MAX - 3, 1, NULL), XENPT_ERANGE);
    assert_int_equal(xenpt_store_write(store, 0x2fff, bytes, SIZE_MAX, NULL), XENPT_ERANGE);
    assert_int_equal(xenpt_store_stats(store).frames, 0);
    assert_true(xenpt_read(xenpt_store_reader(store), 0x2ff8, &word, 8));
    assert_int_equal(word, 0);
    /* Nothing can be written anywhere. */
    assert_int_equal(xenpt_store_write(store, 0x9000, NULL, 0, NULL), XENPT_OK);
}

static void test_words(void **state)
{
    struct xenpt_store *store = *state;
    const struct xenpt_reader *mem = xenpt_store_reader(store);
    uint8_t byte[8];
    uint64_t word;

    add_ram(store, 0, 16 * TIB - 1);
    put(store, 0x1ffc, 0x1122334455667788);
    assert_true(xenpt_read(mem, 0x1ffc, byte, 8));
    assert_int_equal(byte[0], 0x88);
    assert_int_equal(byte[7], 0x11);
    assert_true(mem_load(mem->held, false, mem, 0x2000, 4, &word));
    assert_int_equal(word, 0x11223344);
    assert_int_equal(xenpt_store_stats(store).frames, 2);
}

/* A frame that is written to once has content, and any further write to it needs no memory. */
static void test_written_once(void **state)
{
    struct xenpt_store *store = *state;
    struct xenpt_snapshot *snap;

    add_ram(store, 0, 16 * TIB - 1);
    put(store, 0x1000, 1);
    fail_alloc_after(0);
    put(store, 0x1008, 2);
    fail_alloc_stop();
    assert_int_equal(xenpt_snapshot_take(store, &snap, NULL), XENPT_OK);
    put(store, 0x1010, 3);
    fail_alloc_after(0);
    put(store, 0x1018, 4);
    fail_alloc_stop();
}

static void test_drop(void **state)
{
    struct xenpt_store *store = *state;
    uint64_t word = 1;

    add_ram(store, 0, 0xffff);
    put(store, 0x1000, 1);
    put(store, 0x2000, 2);
    put(store, 0x3000, 3);
    xenpt_store_drop(store, xenpt_mfn(1));
    xenpt_store_drop(store, xenpt_mfn(1));
    xenpt_store_drop(store, xenpt_mfn(0x77));
    /* Frames that cannot be, though the low bits of their addresses are those of frame 2. */
    xenpt_store_drop(store, xenpt_mfn(UINT64_C(1) << 40 | 2));
    xenpt_store_drop(store, xenpt_mfn(UINT64_C(1) << 52 | 2));
    assert_int_equal(xenpt_store_stats(store).frames, 2);
    assert_true(xenpt_read(xenpt_store_reader(store), 0x1000, &word, 8));
    assert_int_equal(word, 0);
    assert_true(xenpt_read(xenpt_store_reader(store), 0x2000, &word, 8));
    assert_int_equal(word, 2);
    /* What a frame contained before it was dropped does not come back. */
    put(store, 0x1008, 9);
    assert_true(xenpt_read(xenpt_store_reader(store), 0x1000, &word, 8));
    assert_int_equal(word, 0);
}

/* --- Each ---------------------------------------------------------------------------------- */

struct list {
    uint64_t mfn[8];
    size_t nr, stop_at;
};

static bool note(void *ctx, xenpt_mfn_t mfn, const void *page)
{
    struct list *list = ctx;
    uint64_t word;

    memcpy(&word, page, sizeof(word));
    assert_int_equal(word, mfn.v + 1);
    list->mfn[list->nr++] = mfn.v;
    return list->nr != list->stop_at;
}

static void test_each(void **state)
{
    static const uint64_t frames[] = { 0, 5, 0x1000, 0x12345678, 0xffffffff };
    struct xenpt_store *store = *state;
    struct xenpt_error err = { 0 };
    struct list list = { .nr = 0 };

    add_ram(store, 0, 16 * TIB - 1);
    assert_int_equal(xenpt_store_each(store, note, &list, NULL), XENPT_OK);
    assert_int_equal(list.nr, 0);
    for (size_t i = ARRAY_SIZE(frames); i-- > 0;)
        put(store, frames[i] * PAGE, frames[i] + 1);

    assert_int_equal(xenpt_store_each(store, note, &list, NULL), XENPT_OK);
    assert_int_equal(list.nr, ARRAY_SIZE(frames));
    assert_int_equal(memcmp(list.mfn, frames, sizeof(frames)), 0);

    list = (struct list){ .stop_at = 2 };
    assert_int_equal(xenpt_store_each(store, note, &list, &err), XENPT_ESTOPPED);
    assert_int_equal(err.code, XENPT_ESTOPPED);
    assert_int_equal(list.nr, 2);

    fail_alloc_after(0);
    assert_int_equal(xenpt_store_each(store, note, &list, NULL), XENPT_ENOMEM);
    fail_alloc_stop();
}

/* --- Snapshots ----------------------------------------------------------------------------- */

static uint64_t word_at(const struct xenpt_reader *mem, uint64_t at)
{
    uint64_t word;

    assert_true(xenpt_read(mem, at, &word, sizeof(word)));
    return word;
}

/* The middle one of three is forgotten: what it kept is still there for the first. */
static void test_snapshots(void **state)
{
    struct xenpt_store *store = *state;
    struct xenpt_snapshot *snap[3];

    add_ram(store, 0, 0xffff);
    for (unsigned int i = 0; i < 3; i++) {
        put(store, 0x1000, i + 1);
        put(store, 0x2000 + 0x1000 * i, 7);
        assert_int_equal(xenpt_snapshot_take(store, &snap[i], NULL), XENPT_OK);
    }
    assert_int_equal(xenpt_store_stats(store).snapshot_frames, 2);
    put(store, 0x1000, 4);
    assert_int_equal(xenpt_store_stats(store).snapshot_frames, 3);
    xenpt_store_drop(store, xenpt_mfn(2));
    assert_int_equal(xenpt_store_stats(store).snapshot_frames, 4);

    xenpt_snapshot_drop(snap[1]);
    assert_int_equal(word_at(xenpt_snapshot_reader(snap[0]), 0x1000), 1);
    assert_int_equal(word_at(xenpt_snapshot_reader(snap[2]), 0x1000), 3);
    assert_int_equal(word_at(xenpt_store_reader(store), 0x1000), 4);
    assert_int_equal(word_at(xenpt_snapshot_reader(snap[0]), 0x2000), 7);
    assert_int_equal(word_at(xenpt_snapshot_reader(snap[0]), 0x3000), 0);
    assert_int_equal(word_at(xenpt_snapshot_reader(snap[2]), 0x3000), 7);
    assert_int_equal(word_at(xenpt_store_reader(store), 0x2000), 0);
    /* The second's version of frame 1 served nobody else. */
    assert_int_equal(xenpt_store_stats(store).snapshot_frames, 3);

    assert_int_equal(xenpt_snapshot_restore(snap[0], NULL), XENPT_OK);
    assert_int_equal(word_at(xenpt_store_reader(store), 0x1000), 1);
    assert_int_equal(word_at(xenpt_store_reader(store), 0x2000), 7);
    assert_int_equal(word_at(xenpt_store_reader(store), 0x3000), 0);
    assert_int_equal(xenpt_store_stats(store).frames, 2);
    assert_int_equal(xenpt_store_stats(store).snapshot_frames, 0);
    /* It can be restored again. */
    put(store, 0x1000, 8);
    assert_int_equal(xenpt_snapshot_restore(snap[0], NULL), XENPT_OK);
    assert_int_equal(word_at(xenpt_store_reader(store), 0x1000), 1);
    xenpt_snapshot_drop(snap[0]);
    xenpt_snapshot_drop(NULL);
}

/* RAM is part of what a snapshot is a snapshot of. */
static void test_snapshot_ram(void **state)
{
    struct xenpt_store *store = *state;
    struct xenpt_snapshot *snap[3];
    uint8_t byte;

    add_ram(store, 0x1000, 0x1fff);
    assert_int_equal(xenpt_snapshot_take(store, &snap[0], NULL), XENPT_OK);
    assert_int_equal(xenpt_snapshot_take(store, &snap[1], NULL), XENPT_OK);
    add_ram(store, 0x2000, 0x2fff);
    put(store, 0x2000, 2);
    assert_int_equal(xenpt_snapshot_take(store, &snap[2], NULL), XENPT_OK);
    add_ram(store, 0x3000, 0x3fff);
    add_ram(store, 0x4000, 0x4fff);

    assert_true(xenpt_read(xenpt_snapshot_reader(snap[0]), 0x1000, &byte, 1));
    assert_false(xenpt_read(xenpt_snapshot_reader(snap[0]), 0x2000, &byte, 1));
    assert_false(xenpt_read(xenpt_snapshot_reader(snap[1]), 0x2000, &byte, 1));
    assert_true(xenpt_read(xenpt_snapshot_reader(snap[2]), 0x2000, &byte, 1));
    assert_false(xenpt_read(xenpt_snapshot_reader(snap[2]), 0x3000, &byte, 1));
    assert_true(xenpt_read(xenpt_store_reader(store), 0x4000, &byte, 1));

    /* The first had the same as the second, and still has when that is gone. */
    xenpt_snapshot_drop(snap[1]);
    assert_false(xenpt_read(xenpt_snapshot_reader(snap[0]), 0x2000, &byte, 1));
    assert_int_equal(xenpt_snapshot_restore(snap[2], NULL), XENPT_OK);
    assert_true(xenpt_read(xenpt_store_reader(store), 0x2000, &byte, 1));
    assert_false(xenpt_read(xenpt_store_reader(store), 0x3000, &byte, 1));
    assert_int_equal(xenpt_store_write(store, 0x3000, "", 1, NULL), XENPT_ERANGE);
    assert_int_equal(xenpt_snapshot_restore(snap[0], NULL), XENPT_OK);
    assert_false(xenpt_read(xenpt_store_reader(store), 0x2000, &byte, 1));
    assert_int_equal(xenpt_store_stats(store).frames, 0);
}

/* --- Without memory ------------------------------------------------------------------------ */

static void test_create_no_memory(void **state)
{
    struct xenpt_store *store = NULL;
    struct xenpt_error err = { 0 };

    (void)state;
    for (unsigned long n = 0;; n++) {
        enum xenpt_code code;

        fail_alloc_after(n);
        code = xenpt_store_create(&store, &err);
        if (!fail_alloc_stop() || code == XENPT_OK)
            break;
        assert_int_equal(code, XENPT_ENOMEM);
        assert_int_equal(err.code, XENPT_ENOMEM);
        assert_null(store);
    }
    assert_non_null(store);
    xenpt_store_destroy(store);
    xenpt_store_destroy(NULL);
}

/* Address space is asked for in plenty, and less of it will do. */
static void test_little_address_space(void **state)
{
    struct xenpt_store *store;

    (void)state;
    fail_alloc_once_after(2);
    assert_int_equal(xenpt_store_create(&store, NULL), XENPT_OK);
    assert_int_equal(fail_alloc_stop(), 1);
    add_ram(store, 0, 16 * TIB - 1);
    put(store, 0x12345678000, 5);
    assert_int_equal(word_at(xenpt_store_reader(store), 0x12345678000), 5);
    xenpt_store_destroy(store);
}

/* A write across three frames, two of them new, in the middle of which memory runs out. */
static void test_write_no_memory(void **state)
{
    static const uint8_t bytes[PAGE + 2] = { 1, 2, [PAGE] = 3, 4 };
    struct xenpt_store *store = *state;
    struct xenpt_snapshot *snap;
    unsigned long n;

    add_ram(store, 0, 16 * TIB - 1);
    /* So full that the next frame needs a larger index, and more room for versions. */
    for (uint64_t i = 0; i < 510; i++)
        put(store, (8 + i) * PAGE, i);
    put(store, 0x1000, 77);
    assert_int_equal(xenpt_snapshot_take(store, &snap, NULL), XENPT_OK);
    for (n = 0;; n++) {
        enum xenpt_code code;

        fail_alloc_after(n);
        code = xenpt_store_write(store, 0x1fff, bytes, sizeof(bytes), NULL);
        if (!fail_alloc_stop())
            break;
        assert_int_equal(code, XENPT_ENOMEM);
        assert_int_equal(word_at(xenpt_store_reader(store), 0x1000), 77);
        assert_int_equal(word_at(xenpt_store_reader(store), 0x1ff8), 0);
        assert_int_equal(xenpt_store_stats(store).frames, 511);
        assert_int_equal(xenpt_store_stats(store).snapshot_frames, 0);
    }
    /* The pool opened at the first attempt; the block, versions. */
    assert_int_equal(n, 2);
    assert_int_equal(xenpt_store_stats(store).frames, 513);
    assert_int_equal(word_at(xenpt_store_reader(store), 0x1ff8), UINT64_C(1) << 56);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ram),
        cmocka_unit_test_setup_teardown(test_ram_joined, create, destroy),
        cmocka_unit_test_setup_teardown(test_no_ram, create, destroy),
        cmocka_unit_test_setup_teardown(test_words, create, destroy),
        cmocka_unit_test_setup_teardown(test_written_once, create, destroy),
        cmocka_unit_test_setup_teardown(test_drop, create, destroy),
        cmocka_unit_test_setup_teardown(test_each, create, destroy),
        cmocka_unit_test_setup_teardown(test_snapshots, create, destroy),
        cmocka_unit_test_setup_teardown(test_snapshot_ram, create, destroy),
        cmocka_unit_test(test_create_no_memory),
        cmocka_unit_test(test_little_address_space),
        cmocka_unit_test_setup_teardown(test_write_no_memory, create, destroy),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
