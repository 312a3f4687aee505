/* test_frame_map.c - frames that correspond one to one, held against two arrays that say the same.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "analysis/frame_map.h"
#include "fail_alloc.h"

#define FRAMES UINT64_C(4096)
#define NONE   UINT64_MAX

static uint64_t dice(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

/* Frames from 0 on, and others of which the last has the highest address there is. */
static uint64_t model_at(uint64_t i)
{
    return i << XENPT_PAGE_SHIFT;
}

static uint64_t image_at(uint64_t i)
{
    return ((UINT64_C(1) << 40) - FRAMES + i) << XENPT_PAGE_SHIFT;
}

struct arrays {
    uint64_t there[FRAMES], back[FRAMES];
};

static enum frame_match expected(struct arrays *a, uint64_t x, uint64_t y)
{
    if (a->there[x] != NONE || a->back[y] != NONE)
        return a->there[x] == y && a->back[y] == x ? FRAME_SAME : FRAME_OTHER;
    a->there[x] = y;
    a->back[y] = x;
    return FRAME_NEW;
}

/* How the other side's frame lies beside the model's. */
static uint64_t in_rows(uint64_t i, uint64_t *seed)
{
    return dice(seed) % 16 ? (i + (i / 100) * 37) % FRAMES : dice(seed) % FRAMES;
}

static uint64_t at_random(uint64_t i, uint64_t *seed)
{
    (void)i;
    return dice(seed) % FRAMES;
}

static uint64_t backwards(uint64_t i, uint64_t *seed)
{
    (void)seed;
    return FRAMES - 1 - i;
}

static void test_one_to_one(void **state)
{
    static uint64_t (*const ways[])(uint64_t i, uint64_t * seed) = { in_rows, at_random,
                                                                     backwards };
    static struct arrays a;
    uint64_t seed = 4711, times[4] = { 0 };

    (void)state;
    for (size_t k = 0; k < sizeof(ways) / sizeof(ways[0]); k++) {
        struct frame_map map = { 0 };

        memset(&a, 0xff, sizeof(a));
        for (unsigned int n = 0; n < 4 * FRAMES; n++) {
            uint64_t x = n % 5 ? dice(&seed) % FRAMES : n / 5 % FRAMES, y = ways[k](x, &seed), out;
            enum frame_match match = expected(&a, x, y);

            assert_int_equal(frame_map_match(&map, model_at(x), image_at(y)), match);
            times[match]++;
            x = dice(&seed) % FRAMES;
            assert_int_equal(frame_map_find(&map, model_at(x), &out), a.there[x] != NONE);
            if (a.there[x] != NONE)
                assert_int_equal(out, image_at(a.there[x]));
        }
        frame_map_fini(&map);
    }
    assert_true(times[FRAME_NEW] > 1000 && times[FRAME_SAME] > 1000 && times[FRAME_OTHER] > 1000);
}

/* What lies in rows is said of 16 frames at once. */
static void test_rows_are_small(void **state)
{
    struct frame_map map = { 0 };

    (void)state;
    for (uint64_t i = 0; i < FRAMES; i++)
        assert_int_equal(frame_map_match(&map, model_at(i), image_at(i)), FRAME_NEW);
    assert_int_equal(map.there.nr, FRAMES / 16);
    assert_int_equal(map.back.nr, FRAMES / 16);
    frame_map_fini(&map);
}

static void test_no_memory(void **state)
{
    struct frame_map map = { 0 };
    uint64_t out;

    (void)state;
    for (unsigned long n = 0; n < 2; n++) {
        fail_alloc_after(n);
        assert_int_equal(frame_map_match(&map, model_at(1), image_at(2)), FRAME_NO_MEMORY);
        assert_int_equal(fail_alloc_stop(), 1);
        assert_false(frame_map_find(&map, model_at(1), &out));
    }
    assert_int_equal(frame_map_match(&map, model_at(1), image_at(2)), FRAME_NEW);
    frame_map_fini(&map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_to_one),
        cmocka_unit_test(test_rows_are_small),
        cmocka_unit_test(test_no_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
