/*
 * test_mem.c - readers: memory in one piece, in runs, behind a call; and pages out of each.
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
#define TOP  UINT64_MAX

/* 64 pages of bytes that differ from one another nearby and from page to page. */
static struct {
    _Alignas(PAGE) uint8_t bytes[64 * PAGE];
} pool;

static int fill_pool(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(pool.bytes); i++)
        pool.bytes[i] = (uint8_t)(i * 167 + (i >> 12) * 59 + (i >> 8));
    return 0;
}

/* --- In one piece -------------------------------------------------------------------------- */

static const struct {
    const char *claim;
    uint64_t first;
    size_t held;
    uint64_t at;
    size_t size;
    bool there;
} flat_rows[] = {
    { "the first byte", 0x1000, 2 * PAGE, 0x1000, 1, true },
    { "the last byte", 0x1000, 2 * PAGE, 0x2fff, 1, true },
    { "all bytes at once", 0x1000, 2 * PAGE, 0x1000, 2 * PAGE, true },
    { "a word across pages", 0x1000, 2 * PAGE, 0x1ffc, 8, true },
    { "no bytes at all", 0x1000, 2 * PAGE, 0x1000, 0, true },
    { "the byte before", 0x1000, 2 * PAGE, 0xfff, 1, false },
    { "the byte behind", 0x1000, 2 * PAGE, 0x3000, 1, false },
    { "a word half behind", 0x1000, 2 * PAGE, 0x2ffc, 8, false },
    { "one byte more than is held", 0x1000, 2 * PAGE, 0x1000, 2 * PAGE + 1, false },
    { "a word that wraps round", 0, 2 * PAGE, TOP - 3, 8, false },
    { "the last byte of the address space", TOP - PAGE + 1, PAGE, TOP, 1, true },
    { "behind the address space is not its beginning", TOP - PAGE + 1, 2 * PAGE, 0, 1, false },
    { "across the end of the address space", TOP - PAGE + 1, 2 * PAGE, TOP, 2, false },
    { "less than a page: the last byte", 0x1000, PAGE - 1, 0x1ffe, 1, true },
    { "less than a page: the byte behind", 0x1000, PAGE - 1, 0x1fff, 1, false },
    { "less than a page: more than is held", 0x1000, 8, 0x1000, 9, false },
    { "nothing held: one byte", 0x1000, 0, 0x1000, 1, false },
    { "nothing held: a page", 0x1000, 0, 0x1000, PAGE, false },
};

static void test_flat(void **state)
{
    static uint8_t buf[3 * PAGE];

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(flat_rows); i++) {
        struct xenpt_reader mem = xenpt_reader_flat(pool.bytes, flat_rows[i].first,
                                                    flat_rows[i].held);
        uint64_t at = flat_rows[i].at, word;
        bool there = xenpt_read(&mem, at, buf, flat_rows[i].size);

        if (there != flat_rows[i].there)
            fail_msg("%s", flat_rows[i].claim);
        if (there)
            assert_int_equal(memcmp(buf, pool.bytes + (at - mem.first), flat_rows[i].size), 0);
        if (flat_rows[i].size == 8)
            assert_int_equal(mem_load(mem.held, false, &mem, at, 8, &word), there);
    }
}

static void test_flat_held(void **state)
{
    (void)state;
    /* The walker's inline path takes a page for granted. */
    assert_int_equal(xenpt_reader_flat(pool.bytes, 0, PAGE).held, XENPT_HELD_FLAT);
    assert_int_equal(xenpt_reader_flat(pool.bytes, 0, PAGE - 1).held, XENPT_HELD_BEHIND_CALL);
    assert_int_equal(xenpt_reader_flat(pool.bytes, TOP - PAGE + 2, PAGE).held,
                     XENPT_HELD_BEHIND_CALL);
    assert_int_equal(xenpt_reader_flat(pool.bytes, TOP - PAGE + 1, 9 * PAGE).size, PAGE);
}

/* --- In runs ------------------------------------------------------------------------------- */

/* What mem_runs_at() may answer, told without a directory. */
static const uint8_t *naive_at(const struct mem_run *run, size_t nr_runs, uint64_t at, size_t size)
{
    for (size_t i = 0; i < nr_runs; i++)
        if (run[i].first <= at && at <= run[i].last)
            return run[i].last - at >= size - 1 ? run[i].bytes + (at - run[i].first) : NULL;
    return NULL;
}

static bool naive_read(const struct mem_run *run, size_t nr_runs, uint64_t at, uint8_t *buf,
                       size_t size)
{
    for (size_t i = 0; i < size; i++) {
        const uint8_t *byte = at + i < at ? NULL : naive_at(run, nr_runs, at + i, 1);

        if (!byte)
            return false;
        buf[i] = *byte;
    }
    return true;
}

static void compare_at(const struct mem_runs *runs, uint64_t at)
{
    static const size_t sizes[] = { 1, 4, 8, 300, PAGE };
    struct xenpt_reader mem = mem_runs_reader(runs);
    static uint8_t got[3 * PAGE], want[3 * PAGE];

    for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
        size_t size = sizes[i];
        bool there = naive_read(runs->run, runs->nr_runs, at, want, size);

        assert_int_equal(xenpt_read(&mem, at, got, size), there);
        if (there)
            assert_int_equal(memcmp(got, want, size), 0);
        if ((at & (PAGE - 1)) + size <= PAGE)
            assert_ptr_equal(mem_at(XENPT_HELD_IN_RUNS, &mem, at, size),
                             naive_at(runs->run, runs->nr_runs, at, size));
    }
}

static void compare_around(const struct mem_runs *runs, uint64_t at)
{
    static const int64_t steps[] = { -4096, -8, -4, -1, 0, 1, 4, 7, 4095, 4096 };

    for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
        compare_at(runs, at + (uint64_t)steps[i]);
        compare_at(runs, (at + (uint64_t)steps[i]) & ~(uint64_t)(PAGE - 1));
    }
}

static void compare(const struct mem_run *run, size_t nr_runs)
{
    struct mem_runs runs;

    assert_true(mem_runs_init(&runs, run, nr_runs));
    assert_true(runs.nr_chunks <= 64 * nr_runs + 4096);
    for (size_t i = 0; i < nr_runs; i++) {
        compare_around(&runs, run[i].first);
        compare_around(&runs, run[i].last);
        compare_around(&runs, run[i].first + (run[i].last - run[i].first) / 2);
    }
    compare_around(&runs, 0);
    compare_around(&runs, UINT64_C(1) << 63);
    compare_around(&runs, runs.nr_chunks << runs.shift);
    mem_runs_fini(&runs);
    assert_null(runs.directory);
}

static const struct {
    const char *claim;
    size_t nr_runs;
    struct mem_run run[4];
} runs_rows[] = {
    { "no runs", 0, { { 0 } } },
    { "one page", 1, { { 0, 0xfff, pool.bytes } } },
    { "one byte", 1, { { 0x1234, 0x1234, pool.bytes } } },
    { "unaligned at both ends, bytes unaligned too", 1, { { 0x1ff9, 0x7003, pool.bytes + 5 } } },
    { "two runs meet within a page",
      2,
      { { 0x1000, 0x27ff, pool.bytes }, { 0x2800, 0x3fff, pool.bytes + 0x8000 } } },
    { "three runs in one page, with holes",
      3,
      { { 0x1100, 0x11ff, pool.bytes },
        { 0x1300, 0x13ff, pool.bytes + 0x1000 },
        { 0x1400, 0x1fff, pool.bytes + 0x2000 } } },
    { "far apart, so that chunks are large",
      4,
      { { 0, 0x1fff, pool.bytes },
        { 0x1000000000, 0x1000001fff, pool.bytes + 0x2000 },
        { 0x8000000000000, 0x8000000001fff, pool.bytes + 0x4000 },
        { 0x8000000002000, 0x8000000002fff, pool.bytes + 0x8000 } } },
    { "the last byte of the address space",
      2,
      { { 0x1000, 0x1fff, pool.bytes }, { TOP - 0x1fff, TOP, pool.bytes + 0x1000 } } },
};

static void test_runs(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(runs_rows); i++) {
        print_message("%s\n", runs_rows[i].claim);
        compare(runs_rows[i].run, runs_rows[i].nr_runs);
    }
}

/* A delta that means something else, by accident of where the bytes lie. */
static void test_runs_delta(void **state)
{
    uint64_t home = (uint64_t)(uintptr_t)pool.bytes;
    struct mem_run run = { home, home + 4 * PAGE - 1, pool.bytes };

    (void)state;
    compare(&run, 1);
    run.bytes++;
    compare(&run, 1);
    run.bytes++;
    compare(&run, 1);
}

static uint64_t dice(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

static void test_runs_random(void **state)
{
    uint64_t seed = 0x2545f4914f6cdd1d;

    (void)state;
    for (unsigned int round = 0; round < 60; round++) {
        struct mem_run run[12];
        size_t nr_runs = dice(&seed) % ARRAY_SIZE(run) + 1;
        unsigned int spread = (unsigned int)(dice(&seed) % 40);
        uint64_t at = 0;

        for (size_t i = 0; i < nr_runs; i++) {
            uint64_t grain = dice(&seed) % 2 ? PAGE : 1;
            uint64_t size = dice(&seed) % (6 * PAGE) + 1;

            at += dice(&seed) % 3 ? dice(&seed) >> (63 - spread) : 0;
            at = (at + grain - 1) & ~(grain - 1);
            size = (size + grain - 1) & ~(grain - 1);
            run[i] = (struct mem_run){ at, at + size - 1, pool.bytes + dice(&seed) % (48 * PAGE) };
            at += size;
        }
        compare(run, nr_runs);
    }
}

/* The last chunk of dense runs is found without a search, and so is each before it. */
static void test_runs_directory(void **state)
{
    struct mem_run run[2] = { { 0, 16 * PAGE - 1, pool.bytes },
                              { 16 * PAGE, 32 * PAGE - 1, pool.bytes + 40 * PAGE } };
    struct mem_runs runs;

    (void)state;
    assert_true(mem_runs_init(&runs, run, 2));
    assert_int_equal(runs.shift, XENPT_PAGE_SHIFT);
    assert_int_equal(runs.nr_chunks, 32);
    for (uint64_t chunk = 0; chunk < 32; chunk++)
        assert_true(runs.directory[chunk] > CHUNK_MIXED);
    mem_runs_fini(&runs);
}

static void test_runs_no_memory(void **state)
{
    static const struct mem_run run = { 0x1000, 0x1fff, pool.bytes };
    struct mem_runs runs = { .shift = 77 };

    (void)state;
    fail_alloc_after(0);
    assert_false(mem_runs_init(&runs, &run, 1));
    assert_int_equal(fail_alloc_stop(), 1);
    assert_int_equal(runs.shift, 77);
}

/* --- Pages --------------------------------------------------------------------------------- */

static bool read_behind_call(const struct xenpt_reader *self, uint64_t at, void *buf, size_t size)
{
    struct xenpt_reader flat = xenpt_reader_flat(self->index, 0x1000, 3 * PAGE);

    return xenpt_read(&flat, at, buf, size);
}

static void test_read_page(void **state)
{
    static const struct mem_run run[] = { { 0x1000, 0x2fff, pool.bytes + 1 },
                                          { 0x3000, 0x37ff, pool.bytes + 0x2001 },
                                          { 0x3800, 0x3fff, pool.bytes + 0x2801 } };
    struct xenpt_reader flat = xenpt_reader_flat(pool.bytes, 0x1000, 3 * PAGE);
    struct xenpt_reader part = xenpt_reader_flat(pool.bytes, 0x1000, PAGE - 1);
    struct xenpt_reader call = { .read = read_behind_call, .index = pool.bytes }, in_runs;
    struct mem_runs runs;
    _Alignas(8) uint8_t copy[PAGE];

    (void)state;
    assert_true(mem_runs_init(&runs, run, ARRAY_SIZE(run)));
    in_runs = mem_runs_reader(&runs);

    assert_ptr_equal(xenpt_read_page(&flat, 0x3000, copy), pool.bytes + 0x2000);
    assert_null(xenpt_read_page(&flat, 0x4000, copy));
    assert_null(xenpt_read_page(&flat, 0, copy));
    assert_null(xenpt_read_page(&part, 0x1000, copy));

    assert_ptr_equal(xenpt_read_page(&in_runs, 0x2000, copy), pool.bytes + 0x1001);
    assert_null(xenpt_read_page(&in_runs, 0x4000, copy));
    /* In two pieces: put together in the caller's copy. */
    assert_ptr_equal(xenpt_read_page(&in_runs, 0x3000, copy), copy);
    assert_int_equal(memcmp(copy, pool.bytes + 0x2001, PAGE), 0);

    assert_ptr_equal(xenpt_read_page(&call, 0x2000, copy), copy);
    assert_int_equal(memcmp(copy, pool.bytes + 0x1000, PAGE), 0);
    assert_null(xenpt_read_page(&call, 0x4000, copy));
    mem_runs_fini(&runs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_flat),           cmocka_unit_test(test_flat_held),
        cmocka_unit_test(test_runs),           cmocka_unit_test(test_runs_delta),
        cmocka_unit_test(test_runs_random),    cmocka_unit_test(test_runs_directory),
        cmocka_unit_test(test_runs_no_memory), cmocka_unit_test(test_read_page),
    };

    return cmocka_run_group_tests(tests, fill_pool, NULL);
}
