/*
 * test_store_index.c - the index of the store from within: exact for every address there is,
 * small for frames of every kind, and as good after much removing as it was before.
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
#include "mem/store.h"

#define PAGE XENPT_PAGE_SIZE

static uint64_t dice(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

static void put(struct xenpt_store *store, uint64_t frame)
{
    assert_int_equal(xenpt_store_write64(store, frame * PAGE, frame + 1, NULL), XENPT_OK);
}

static struct xenpt_store *new_store(void)
{
    struct xenpt_store *store;

    assert_int_equal(xenpt_store_create(&store, NULL), XENPT_OK);
    assert_int_equal(xenpt_store_add_ram(store, 0, ones(52), NULL), XENPT_OK);
    return store;
}

/* --- Kinds of frames ----------------------------------------------------------------------- */

static uint64_t in_a_row(uint64_t i)
{
    return 0x3fe00 + i;
}

static uint64_t every_other_mib(uint64_t i)
{
    return i << 9;
}

static uint64_t every_gib(uint64_t i)
{
    return i << 18;
}

static uint64_t at_random(uint64_t i)
{
    uint64_t x = i + 1;

    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
    x = (x ^ x >> 27) * 0x94d049bb133111eb;
    return (x ^ x >> 31) & ones(32); /* 16 TiB. */
}

static uint64_t runs_of_64(uint64_t i)
{
    return (at_random(i / 64) & ~UINT64_C(63)) | i % 64;
}

static const struct {
    const char *kind;
    uint64_t (*frame)(uint64_t i);
    double late; /* How many frames at most may not have their home slot. */
} rows[] = {
    { "in a row", in_a_row, 0 },       { "every 2 MiB", every_other_mib, 0.4 },
    { "every GiB", every_gib, 0.4 },   { "at random", at_random, 0.4 },
    { "runs of 64", runs_of_64, 0.4 },
};

/* --- Exact --------------------------------------------------------------------------------- */

/* Whether an address leads where the frame's own content says that it should. */
static void look(const struct xenpt_store *store, uint64_t at)
{
    const struct places *p = &store->places;
    const uint8_t *glance = store_glance(&p->index, at), *page;
    uint64_t word;

    if (glance) {
        uint64_t place = (uint64_t)(glance - p->pool.base) / PAGE;

        assert_true(place < p->used);
        assert_int_equal(places_owner(p, place), at >> XENPT_PAGE_SHIFT);
        assert_int_equal((uint64_t)(glance - p->pool.base) % PAGE, at % PAGE);
    }
    page = store_at(&p->index, at & ~(uint64_t)(PAGE - 1));
    assert_int_equal(page != NULL, at < UINT64_C(1) << 52);
    if (!page)
        return;
    memcpy(&word, page, sizeof(word));
    assert_true(word == 0 || word == (at >> XENPT_PAGE_SHIFT) + 1);
}

/* For every slot and every place, the address that the slot would lead there. */
static void look_everywhere(const struct xenpt_store *store)
{
    const struct store_index *index = &store->places.index;

    for (uint64_t slot = 0; slot <= index->mask; slot++)
        for (uint64_t place = 0; place <= index->mask; place++) {
            look(store, index->slot[slot] ^ place << XENPT_PAGE_SHIFT);
            look(store, ~(index->slot[slot] ^ place << XENPT_PAGE_SHIFT));
        }
    for (uint64_t place = 0; place < store->places.used; place++)
        for (unsigned int bit = 0; bit < 64; bit++)
            look(store, places_owner(&store->places, place) << XENPT_PAGE_SHIFT ^ XENPT_BIT(bit));
    look(store, UINT64_MAX);
}

static void test_exact(void **state)
{
    uint64_t seed = 0x1234567;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct xenpt_store *store = new_store();

        look_everywhere(store);
        for (uint64_t n = 0; n < 300; n++) {
            put(store, rows[i].frame(n));
            if (n == 62 || n == 63 || n == 126 || n == 299)
                look_everywhere(store);
        }
        for (unsigned int n = 0; n < 100000; n++)
            look(store, dice(&seed));
        xenpt_store_destroy(store);
    }
}

/* --- Small, and quick ---------------------------------------------------------------------- */

/* At most 32 bytes a page beside its content, wherever the pages are and few as they may be. */
static void test_small(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct xenpt_store *store = new_store();
        double most = 0, latest = 0;

        for (uint64_t n = 0; n < 9000; n++) {
            struct xenpt_store_stats stats;
            double each, late;

            put(store, rows[i].frame(n));
            if (n < 127)
                continue;
            stats = xenpt_store_stats(store);
            each = (double)stats.bytes / (double)stats.frames - PAGE;
            most = each > most ? each : most;
            late = (double)store->places.others.count / (double)stats.frames;
            latest = late > latest ? late : latest;
        }
        print_message("%s: %.1f bytes a page, %.2f late\n", rows[i].kind, most, latest);
        assert_true(most <= 32);
        assert_true(latest <= rows[i].late);
        xenpt_store_destroy(store);
    }
}

/* Frames come and go for long, at random: no more of them are late than at first. */
static void test_no_rot(void **state)
{
    struct xenpt_store *store = new_store();
    const struct places *p = &store->places;
    uint64_t seed = 99, oldest = 0, newest = 0;

    (void)state;
    while (newest < 2100)
        put(store, at_random(newest++));
    print_message("late at first: %zu of %llu\n", p->others.count, (unsigned long long)p->live);
    assert_int_equal(p->index.order, 12);
    for (unsigned int n = 0; n < 60000; n++) {
        xenpt_store_drop(store, xenpt_mfn(at_random(oldest++)));
        put(store, at_random(newest++));
    }
    print_message("late at last: %zu of %llu\n", p->others.count, (unsigned long long)p->live);
    assert_int_equal(p->live, 2100);
    assert_int_equal(p->used, 2100);
    /* Half full, a fifth is late when built, a third if slots were not handed on. */
    assert_true(p->others.count < p->live / 4);
    for (uint64_t i = oldest; i < newest; i++)
        look(store, at_random(i) * PAGE);
    (void)dice(&seed);
    xenpt_store_destroy(store);
}

/* Frames at home leave, and those that had to stand aside for them are found as quickly. */
static void test_heirs(void **state)
{
    struct xenpt_store *store = new_store();
    const struct places *p = &store->places;

    (void)state;
    for (uint64_t i = 0; i < 1000; i++)
        put(store, i);
    for (uint64_t i = 0; i < 300; i++)
        put(store, (i + 1) << 20 | i);
    assert_int_equal(p->index.order, 11);
    assert_int_equal(p->others.count, 300);
    for (uint64_t i = 0; i < 300; i++) {
        xenpt_store_drop(store, xenpt_mfn(i));
        look(store, i * PAGE);
        look(store, ((i + 1) << 20 | i) * PAGE);
    }
    /* At most 64 and a 16th of what there is may wait. */
    assert_true(p->others.count <= 64 + 1000 / 16 + 1);
    assert_false(p->index.mixed);
    for (uint64_t i = 0; i < 300; i++)
        assert_int_equal(*store_at(&p->index, ((i + 1) << 20 | i) * PAGE),
                         (((i + 1) << 20 | i) + 1) & 0xff);
    for (uint64_t i = 0; i < 1000; i++)
        look(store, i * PAGE);
    xenpt_store_destroy(store);
}

/* So many of them stand aside that only a larger index has room for them: all have one home. */
static void test_all_want_one_slot(void **state)
{
    struct xenpt_store *store = new_store();
    const struct places *p = &store->places;
    uint64_t frame[240], n = 0;

    (void)state;
    for (uint64_t high = 0; n < 240; high++) {
        bool wants_it = true;

        /* Mixed or not, at two orders. */
        for (unsigned int order = 8; order <= 9; order++) {
            uint64_t at = high << 9;

            wants_it = wants_it && !(store_mix(at >> order, order) & ones(order) & 0xf);
        }
        if (wants_it)
            frame[n++] = high << 9;
    }
    for (uint64_t i = 0; i < n; i++) {
        put(store, frame[i]);
        for (uint64_t k = 0; k <= i; k++)
            look(store, frame[k] * PAGE);
        assert_true(p->others.count <= XENPT_BIT(p->others.order) / 8 * 7);
    }
    print_message("%llu frames, order %u\n", (unsigned long long)n, p->index.order);
    assert_true(p->index.order > 8);
    for (uint64_t i = 0; i < n; i++)
        assert_int_equal(*store_at(&p->index, frame[i] * PAGE), (frame[i] + 1) & 0xff);
    xenpt_store_destroy(store);
}

/* An index must grow, and the next size does not do either; and then memory runs out. */
static void test_grows_twice(void **state)
{
    struct xenpt_store *store = new_store();
    const struct places *p = &store->places;
    uint64_t frame[256], n = 0;
    unsigned long fails;

    (void)state;
    for (uint64_t high = 1; n < 256; high++)
        if (!store_mix(high, 9)) /* One slot of 512, mixed or not; of 256 only if not. */
            frame[n++] = high << 9 | 0x100;
    for (uint64_t i = 0; i < 255; i++)
        put(store, frame[i]);
    assert_int_equal(p->index.order, 8);
    for (fails = 0;; fails++) {
        enum xenpt_code code;

        fail_alloc_after(fails);
        code = xenpt_store_write64(store, frame[255] * PAGE, 1, NULL);
        if (!fail_alloc_stop())
            break;
        assert_int_equal(code, XENPT_ENOMEM);
        assert_int_equal(p->index.order, 8);
        for (uint64_t i = 0; i < 255; i++)
            assert_int_equal(*store_at(&p->index, frame[i] * PAGE), (frame[i] + 1) & 0xff);
    }
    /* The pool opened at first attempts: a block, the pool for the second, its block. */
    assert_in_range(fails, 3, 4);
    assert_int_equal(p->index.order, 10);
    for (uint64_t i = 0; i < 255; i++)
        look(store, frame[i] * PAGE);
    xenpt_store_destroy(store);
}

/* Most of what there was goes: so does its memory. */
static void test_gives_back(void **state)
{
    struct xenpt_store *store = new_store();
    struct xenpt_store_stats stats;

    (void)state;
    for (uint64_t i = 0; i < 5000; i++)
        put(store, at_random(i));
    for (uint64_t i = 0; i < 5000; i++)
        if (i % 10)
            xenpt_store_drop(store, xenpt_mfn(at_random(i)));
    stats = xenpt_store_stats(store);
    assert_int_equal(stats.frames, 500);
    /* 64 pages may wait to be used again. */
    assert_true(stats.bytes <= (500 + 64) * (PAGE + 32));
    for (uint64_t i = 0; i < 5000; i += 10)
        look(store, at_random(i) * PAGE);
    for (uint64_t i = 0; i < 5000; i += 10)
        xenpt_store_drop(store, xenpt_mfn(at_random(i)));
    assert_true(xenpt_store_stats(store).bytes <= 65 * PAGE + 4096);
    xenpt_store_destroy(store);
}

/* Frames for which the plain index is hopeless, among those for which it is best. */
static void test_mixes_when_it_must(void **state)
{
    struct xenpt_store *store = new_store();

    (void)state;
    for (uint64_t i = 0; i < 300; i++)
        put(store, in_a_row(i));
    assert_false(store->places.index.mixed);
    /* No growth in between: the index has room for 511. */
    for (uint64_t i = 0; i < 200; i++)
        put(store, every_gib(i + 1));
    assert_int_equal(store->places.index.order, 9);
    for (uint64_t i = 0; i < 4000; i++)
        put(store, every_gib(i + 1));
    assert_true(store->places.index.mixed);
    for (uint64_t i = 0; i < 4000; i++)
        xenpt_store_drop(store, xenpt_mfn(every_gib(i + 1)));
    assert_false(store->places.index.mixed);
    assert_int_equal(store->places.others.count, 0);
    xenpt_store_destroy(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exact),
        cmocka_unit_test(test_small),
        cmocka_unit_test(test_no_rot),
        cmocka_unit_test(test_heirs),
        cmocka_unit_test(test_all_want_one_slot),
        cmocka_unit_test(test_grows_twice),
        cmocka_unit_test(test_gives_back),
        cmocka_unit_test(test_mixes_when_it_must),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
