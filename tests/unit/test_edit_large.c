/*
 * test_edit_large.c - large pages that an edit cuts: the parts lead where the page led, with
 * its flags, and cover it again.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tree_machine.h"

/*
 * A large page, with flags that no other has, three sizes into the address space;
 * the claims below cut it, cover it and change it.
 */
struct large {
    struct machine m;
    uint64_t in, out, size, flags;
    unsigned int level;
};

static bool large_init(struct large *l, const struct form *form, unsigned int level)
{
    if (!form_has_pages(form, level))
        return false;
    l->level = level;
    l->size = UINT64_C(1) << form_shift(form, level);
    l->in = 3 * l->size;
    l->out = 2 * l->size;
    /* Every flag there is but rights: A and D, PAT, the key, software's. */
    l->flags = form_table_flags(form) | form_free_flags(form);
    machine_init(&l->m, form, 600);
    machine_do(&l->m, (struct call){ MAP, l->in, l->in + l->size - 1, l->out, l->flags, level });
    check_mapped(&l->m, "a large page", l->in + 5, l->out + 5, level, l->flags);
    return true;
}

/* Runs a claim for each form and each size of large pages it has. */
static void each_large(void (*claim)(struct large *l))
{
    unsigned int nr = 0;

    for (size_t i = 0; i < nr_forms; i++)
        for (unsigned int level = 2; level <= 3; level++) {
            struct large l;

            if (!large_init(&l, &forms[i], level))
                continue;
            nr++;
            claim(&l);
            machine_fini(&l.m);
        }
    assert_true(nr > 20);
}

static unsigned int part_level(const struct large *l)
{
    unsigned int level = l->level - 1;

    while (!form_has_pages(l->m.form, level))
        level--;
    return level;
}

static void map_cuts(struct large *l)
{
    uint64_t at = l->in + l->size / 2 + PAGE, other = form_table_flags(l->m.form);

    machine_do(&l->m, (struct call){ MAP, at, at + 2 * PAGE - 1, MIB(10), other, 0 });
    check_mapped(&l->m, "the new pages", at + PAGE + 7, MIB(10) + PAGE + 7, 1, other);
    check_mapped(&l->m, "before them", at - 1, l->out + (at - 1 - l->in), 1, l->flags);
    check_mapped(&l->m, "behind them", at + 2 * PAGE, l->out + (at + 2 * PAGE - l->in), 1,
                 l->flags);
    check_mapped(&l->m, "first", l->in, l->out, part_level(l), l->flags);
    check_mapped(&l->m, "last", l->in + l->size - 1, l->out + l->size - 1, part_level(l), l->flags);
    machine_check(&l->m, "a large page, cut by a mapping");

    /* All of it again: the tables go. */
    machine_do(&l->m, (struct call){ MAP, l->in, l->in + l->size - 1, l->out, l->flags, 0 });
    check_mapped(&l->m, "covered", at, l->out + (at - l->in), l->level, l->flags);
    machine_check(&l->m, "a large page over small ones");
}

static void unmap_cuts(struct large *l)
{
    uint64_t at = l->in + l->size / 2 + PAGE;

    machine_do(&l->m, (struct call){ UNMAP, at, at + PAGE - 1, 0, 0, 0 });
    check_unmapped(&l->m, "the page", at);
    check_mapped(&l->m, "before it", at - 1, l->out + (at - 1 - l->in), 1, l->flags);
    check_mapped(&l->m, "behind it", at + PAGE, l->out + (at + PAGE - l->in), 1, l->flags);
    check_mapped(&l->m, "first", l->in, l->out, part_level(l), l->flags);
    machine_check(&l->m, "a large page, cut by unmapping");

    machine_do(&l->m, (struct call){ UNMAP, l->in, at + PAGE - 1, 0, 0, 0 });
    check_unmapped(&l->m, "the front", l->in);
    check_mapped(&l->m, "what is left", at + PAGE, l->out + (at + PAGE - l->in), 1, l->flags);
    machine_do(&l->m, (struct call){ UNMAP, at + PAGE, l->in + l->size - 1, 0, 0, 0 });
    check_unmapped(&l->m, "the rest", at + PAGE);
    machine_check(&l->m, "unmapped piece by piece");
    assert_int_equal(machine_nr_tables(&l->m), 1);
}

static void change_cuts(struct large *l)
{
    uint64_t at = l->in + l->size / 2 + PAGE, clear = l->flags & form_free_flags(l->m.form);
    uint64_t rest = l->flags & ~clear;

    /* All of it: it stays one page. */
    machine_do(&l->m, (struct call){ CHANGE, l->in, l->in + l->size - 1, 0, clear, 0 });
    check_mapped(&l->m, "all flags cleared", at, l->out + (at - l->in), l->level, rest);
    machine_do(&l->m, (struct call){ CHANGE, 0, l->in + l->size - 1, clear, 0, 0 });
    check_mapped(&l->m, "all flags set", at, l->out + (at - l->in), l->level, l->flags);
    check_unmapped(&l->m, "holes stay holes", 0);

    machine_do(&l->m, (struct call){ CHANGE, at, at + PAGE - 1, 0, clear, 0 });
    check_mapped(&l->m, "one page of it", at, l->out + (at - l->in), 1, rest);
    check_mapped(&l->m, "behind it", at + PAGE, l->out + (at + PAGE - l->in), 1, l->flags);
    check_mapped(&l->m, "first", l->in, l->out, part_level(l), l->flags);
    machine_check(&l->m, "a large page, cut by a change");
}

static void test_map_cuts(void **state)
{
    (void)state;
    each_large(map_cuts);
}

static void test_unmap_cuts(void **state)
{
    (void)state;
    each_large(unmap_cuts);
}

static void test_change_cuts(void **state)
{
    (void)state;
    each_large(change_cuts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_map_cuts),
        cmocka_unit_test(test_unmap_cuts),
        cmocka_unit_test(test_change_cuts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
