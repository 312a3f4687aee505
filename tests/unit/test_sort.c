/* test_sort.c - records by their first word, beside the C library's sort of the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../oracle/dice.h"
#include "base/sort.h"
#include "fail_alloc.h"

#define MOST 3000

/* As the longest records are; shorter ones are what such a one begins with. */
struct record {
    uint64_t word, number, third;
};

static unsigned int from_bit;

static int by_word(const void *a, const void *b)
{
    const struct record *x = a, *y = b;
    uint64_t i = x->word >> from_bit, j = y->word >> from_bit;

    if (i != j)
        return i < j ? -1 : 1;
    return (x->number > y->number) - (x->number < y->number);
}

/* Words of few values or many, that differ in some of their bits. */
static void make(struct dice *d, struct record *list, size_t n)
{
    uint64_t differ = dice_chance(d, 30) ? ~UINT64_C(0) : dice_word(d) & dice_word(d);
    uint64_t same = dice_word(d) & ~differ;

    for (size_t i = 0; i < n; i++)
        list[i] = (struct record){ same | (dice_word(d) & differ), i, ~(uint64_t)i };
    if (dice_chance(d, 20))
        qsort(list, n, sizeof(*list), by_word);
}

static void check(const struct record *list, size_t n, size_t size)
{
    static struct record expected[MOST];
    static uint8_t bytes[MOST * sizeof(struct record)];

    memcpy(expected, list, n * sizeof(*list));
    qsort(expected, n, sizeof(*expected), by_word);
    for (size_t i = 0; i < n; i++)
        memcpy(bytes + i * size, &list[i], size);
    assert_true(sort_by_word(bytes, n, size, from_bit));
    for (size_t i = 0; i < n; i++)
        assert_memory_equal(bytes + i * size, &expected[i], size);
}

static void test_order(void **state)
{
    static const size_t sizes[] = { 8, 16, 24 };
    static struct record list[MOST];
    struct dice d = { 3 };

    (void)state;
    for (unsigned int round = 0; round < 300; round++) {
        size_t n = dice_chance(&d, 20) ? dice_pick(&d, 4) : dice_pick(&d, MOST);

        from_bit = dice_chance(&d, 50) ? 0 : dice_pick(&d, 64);
        make(&d, list, n);
        check(list, n, sizes[dice_pick(&d, 3)]);
    }
}

static void test_no_memory(void **state)
{
    struct record list[] = { { 9, 0, 1 }, { 7, 1, 2 }, { 8, 2, 3 } }, as_it_was[3];

    (void)state;
    memcpy(as_it_was, list, sizeof(list));
    fail_alloc_after(0);
    assert_false(sort_by_word(list, 3, sizeof(*list), 0));
    assert_int_equal(fail_alloc_stop(), 1);
    assert_memory_equal(list, as_it_was, sizeof(list));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_no_memory),
    };

    return cmocka_run_group_tests_name("sort", tests, NULL, NULL);
}
