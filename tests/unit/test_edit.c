/*
 * test_edit.c - what each edit of a tree promises, seen by walking the tree afterwards.
 *
 * Entries are told in the manuals' bits (forms.h).  machine_check() adds to every claim that
 * the frames taken are the tree's tables, and that no table is left empty.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/bits.h"
#include "tree_machine.h"

#define TOP UINT64_MAX

/* Bits of an input address. */
static unsigned int input_bits(const struct form *form)
{
    return form->levels < 4 ? 32 : form->levels == 4 ? 48 : 57;
}

/* --- Mapping ------------------------------------------------------------------------------- */

static void one_page(const struct form *form, uint64_t in)
{
    uint64_t flags = form_table_flags(form), out = 0xabcde000;
    struct machine m;

    machine_init(&m, form, 16);
    machine_do(&m, (struct call){ MAP, in, in + 0xfff, out, flags, 0 });
    check_mapped(&m, "one page", in, out, 1, flags);
    check_mapped(&m, "its last byte", in + 0xfff, out + 0xfff, 1, flags);
    check_unmapped(&m, "the page beside it", in ^ 0x1000);
    machine_check(&m, "one page");
    assert_int_equal(machine_nr_tables(&m), form->levels);

    machine_do(&m, (struct call){ UNMAP, in, in + 0xfff, 0, 0, 0 });
    check_unmapped(&m, "no page", in);
    assert_int_equal(machine_nr_taken(&m), 1);
    machine_fini(&m);
}

static void test_one_page(void **state)
{
    (void)state;
    for (size_t i = 0; i < nr_forms; i++) {
        const struct form *form = &forms[i];
        uint64_t end = UINT64_C(1) << input_bits(form);

        one_page(form, 0);
        one_page(form, 0x40201000);
        one_page(form, end / 2 - PAGE);
        one_page(form, form_is_canonical(form) ? -(end / 2) : end / 2);
        one_page(form, form_is_canonical(form) ? -PAGE : end - PAGE);
    }
}

/* clang-format off */
static const struct {
    const char *claim, *form;
    uint64_t first, size, out;
    unsigned int max_level;
    unsigned int level[3]; /* Of the pages that map the first, a middle and the last byte. */
    uint64_t tables;
} size_rows[] = {
    { "2 MiB", "4-level", MIB(2), MIB(2), MIB(6), 0, { 2, 2, 2 }, 3 },
    { "2 MiB, out not aligned", "4-level", MIB(2), MIB(2), MIB(6) + PAGE, 0, { 1, 1, 1 }, 4 },
    { "2 MiB, not aligned", "4-level", MIB(2) + PAGE, MIB(2), MIB(6) + PAGE, 0, { 1, 1, 1 }, 5 },
    { "2 MiB in small pages", "4-level", MIB(2), MIB(2), MIB(6), 1, { 1, 1, 1 }, 4 },
    { "less than 2 MiB", "4-level", MIB(2), MIB(2) - PAGE, MIB(6), 0, { 1, 1, 1 }, 4 },
    { "2 MiB and a page", "4-level", MIB(2), MIB(2) + PAGE, MIB(6), 0, { 2, 2, 1 }, 4 },
    { "a page and 2 MiB", "4-level", PAGE * 511, MIB(2) + PAGE, PAGE * 511, 0, { 1, 2, 2 }, 4 },
    { "1 GiB", "4-level", GIB(512), GIB(1), GIB(7), 0, { 3, 3, 3 }, 2 },
    { "1 GiB, aligned to 2 MiB", "4-level", GIB(512), GIB(1), GIB(7) + MIB(2), 0, { 2, 2, 2 }, 3 },
    { "1 GiB in pages of 2 MiB", "4-level", GIB(512), GIB(1), GIB(7), 2, { 2, 2, 2 }, 3 },
    { "1 GiB in pages of 1 GiB", "4-level", GIB(512), GIB(1), GIB(7), 3, { 3, 3, 3 }, 2 },
    { "512 GiB: there are no larger pages", "4-level", GIB(512), GIB(512), 0, 0, { 3, 3, 3 }, 2 },
    { "1 GiB and 2 MiB", "4-level", 0, GIB(1) + MIB(2), 0, 0, { 3, 3, 2 }, 3 },
    { "1 GiB: no such pages", "4-level of 2008", 0, GIB(1), 0, 0, { 2, 2, 2 }, 3 },
    { "1 GiB in the upper half", "5-level", TOP - GIB(1) + 1, GIB(1), GIB(3), 0, { 3, 3, 3 }, 3 },
    { "1 GiB", "EPT", 0, GIB(1), GIB(1), 0, { 3, 3, 3 }, 2 },
    { "2 MiB", "EPT 5-level", 0, MIB(2), 0, 0, { 2, 2, 2 }, 4 },
    { "2 MiB: small pages only", "EPT of 4 KiB pages", 0, MIB(2), 0, 0, { 1, 1, 1 }, 4 },
    { "1 GiB where 2 MiB is no size", "EPT without 2M pages", 0, GIB(1), 0, 0, { 3, 3, 3 }, 2 },
    { "2 MiB where 1 GiB is a size", "EPT without 2M pages", 0, MIB(2), 0, 0, { 1, 1, 1 }, 4 },
    { "1 GiB", "PAE", GIB(3), GIB(1), 0, 0, { 2, 2, 2 }, 2 },
    { "2 MiB above 4 GiB", "PAE", GIB(3), MIB(2), GIB(60), 0, { 2, 2, 2 }, 2 },
    { "4 MiB", "2-level", GIB(3), MIB(4), GIB(3), 0, { 2, 2, 2 }, 1 },
    { "2 MiB", "2-level", GIB(3), MIB(2), GIB(3), 0, { 1, 1, 1 }, 2 },
    { "4 MiB: PS is ignored", "2-level without PSE", GIB(3), MIB(4), GIB(3), 0, { 1, 1, 1 }, 2 },
    { "4 GiB", "2-level", 0, GIB(4), 0, 0, { 2, 2, 2 }, 1 },
    { "4 MiB above 4 GiB", "PSE-36 of 36 bits", MIB(4), MIB(4), GIB(60), 0, { 2, 2, 2 }, 1 },
    { "the last 4 MiB", "PSE-36 of 40 bits", 0, MIB(4), GIB(1024) - MIB(4), 0, { 2, 2, 2 }, 1 },
    { "4 MiB above 4 GiB", "NPT 2-level", 0, MIB(4), GIB(4), 0, { 2, 2, 2 }, 1 },
    { "1 GiB", "NPT 5-level", GIB(1024), GIB(1), GIB(1), 0, { 3, 3, 3 }, 3 },
};
/* clang-format on */

static void test_sizes(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(size_rows); i++) {
        const struct form *form = form_named(size_rows[i].form);
        uint64_t flags = form_table_flags(form), first = size_rows[i].first;
        uint64_t size = size_rows[i].size, out = size_rows[i].out;
        const char *claim = size_rows[i].claim;
        struct machine m;

        machine_init(&m, form, 16);
        machine_do(
            &m, (struct call){ MAP, first, first + size - 1, out, flags, size_rows[i].max_level });
        for (unsigned int j = 0; j < 3; j++) {
            const uint64_t at[] = { 0, size / 2 + 1, size - 1 };

            check_mapped(&m, claim, first + at[j], out + at[j], size_rows[i].level[j], flags);
        }
        machine_check(&m, claim);
        if (machine_nr_tables(&m) != size_rows[i].tables)
            fail_msg("%s, %s: %llu tables, not %llu", form->name, claim,
                     (unsigned long long)machine_nr_tables(&m),
                     (unsigned long long)size_rows[i].tables);
        machine_fini(&m);
    }
}

/* --- What is there already ------------------------------------------------------------------ */

/* Illegal entries that a stretch covers are covered like any others. */
static void test_illegal_covered(void **state)
{
    uint64_t small = EW, large = P | RW | PS | XENPT_BIT(13);
    struct machine m;

    (void)state;
    machine_init(&m, form_named("EPT"), 16);
    for (unsigned int i = 0; i < 2; i++) {
        machine_do(&m, (struct call){ SET, PAGE, 0, small, 0, 1 });
        machine_do(&m, (struct call){ SET, MIB(2), 0, large, 0, 2 });
        machine_do(&m, (struct call){ SET, MIB(4), 0, large, 0, 2 });
        if (i) {
            machine_do(&m, (struct call){ UNMAP, PAGE, MIB(6) - 1, 0, 0, 0 });
        } else {
            machine_do(&m, (struct call){ MAP, PAGE, MIB(4) - 1, PAGE, ERWX, 1 });
            machine_do(&m, (struct call){ MAP, MIB(4), MIB(6) - 1, MIB(4), ERWX, 2 });
            check_mapped(&m, "an illegal PTE", PAGE, PAGE, 1, ERWX);
            check_mapped(&m, "an illegal PDE, by small pages", MIB(3), MIB(3), 1, ERWX);
            check_mapped(&m, "an illegal PDE", MIB(4), MIB(4), 2, ERWX);
            machine_check(&m, "illegal entries mapped over");
            machine_do(&m, (struct call){ UNMAP, 0, MIB(6) - 1, 0, 0, 0 });
        }
        assert_int_equal(machine_nr_tables(&m), 1);
        machine_check(&m, "illegal entries unmapped");
    }
    machine_fini(&m);
}

/* It could not be split: 4 KiB pages cannot lead where it does. */
static void test_map_over_pse36(void **state)
{
    struct machine m;

    (void)state;
    machine_init(&m, form_named("PSE-36 of 40 bits"), 16);
    machine_do(&m, (struct call){ MAP, 0, MIB(4) - 1, GIB(8), P, 2 });
    machine_do(&m, (struct call){ MAP, 0, MIB(4) - 1, MIB(4), P, 1 });
    check_mapped(&m, "small pages in its place", MIB(3), MIB(7), 1, P);
    machine_fini(&m);
}

/* --- What is not there --------------------------------------------------------------------- */

static void test_unmap_nothing(void **state)
{
    (void)state;
    for (size_t i = 0; i < nr_forms; i++) {
        struct machine_state *was;
        struct machine m;

        machine_init(&m, &forms[i], 16);
        machine_do(&m,
                   (struct call){ MAP, MIB(8), MIB(8) + 0xfff, 0, form_table_flags(m.form), 0 });
        was = machine_save(&m);
        machine_do(&m, (struct call){ UNMAP, MIB(8) + PAGE, MIB(16) - 1, 0, 0, 0 });
        machine_do(&m, (struct call){ UNMAP, 0, MIB(8) - 1, 0, 0, 0 });
        machine_do(&m, (struct call){ CHANGE, 0, MIB(8) - 1, A, 0, 0 });
        machine_check_unchanged(&m, was, "holes, unmapped");
        machine_fini(&m);
    }
}

/* An entry that is not present may keep what software wrote: a page's place in a swap file. */
static void test_unmap_swapped(void **state)
{
    uint64_t swapped = 0x7ff000 | A;
    struct machine m;

    (void)state;
    machine_init(&m, form_named("4-level"), 16);
    machine_do(&m, (struct call){ SET, MIB(2), 0, swapped, 0, 1 });
    machine_do(&m, (struct call){ SET, GIB(1), 0, swapped, 0, 3 });
    machine_do(&m, (struct call){ UNMAP, MIB(2) + PAGE, MIB(4) - 1, 0, 0, 0 });
    assert_int_equal(machine_entry(&m, MIB(2), 1), swapped);
    machine_do(&m, (struct call){ UNMAP, GIB(1) + PAGE, GIB(2) - 1, 0, 0, 0 });
    assert_int_equal(machine_entry(&m, GIB(1), 3), swapped);
    machine_check(&m, "tables that keep what software wrote");
    machine_do(&m, (struct call){ UNMAP, 0, GIB(2) - 1, 0, 0, 0 });
    assert_int_equal(machine_nr_tables(&m), 1);
    machine_check(&m, "unmapped with all that software wrote");
    machine_fini(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_page),        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_illegal_covered), cmocka_unit_test(test_map_over_pse36),
        cmocka_unit_test(test_unmap_nothing),   cmocka_unit_test(test_unmap_swapped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
