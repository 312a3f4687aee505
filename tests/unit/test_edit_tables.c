/*
 * test_edit_tables.c - the tables of an edited tree: what leads to new ones, which are freed,
 * and what becomes of entries that lead back up or that several ways share.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/bits.h"
#include "tree_machine.h"
#include "xenpt/judge.h"

static struct xenpt_walk walk(const struct machine *m, uint64_t in)
{
    struct xenpt_walk w;

    xenpt_walk(&m->paging, xenpt_store_reader(m->store), in, &w);
    return w;
}

static struct call map(uint64_t first, uint64_t size, uint64_t out, uint64_t flags)
{
    return (struct call){ MAP, first, first + size - 1, out, flags, 0 };
}

static struct call unmap(uint64_t first, uint64_t size)
{
    return (struct call){ UNMAP, first, first + size - 1, 0, 0, 0 };
}

static struct call set(uint64_t in, unsigned int level, uint64_t entry)
{
    return (struct call){ SET, in, 0, entry, 0, level };
}

/* --- Splitting ----------------------------------------------------------------------------- */

/* Splits a page with these flags by tables that of themselves grant nothing more than P. */
static void split(const struct form *form, unsigned int from, unsigned int to, uint64_t flags)
{
    uint64_t size = UINT64_C(1) << form_shift(form, from), in = 2 * size, out = 3 * size;
    uint64_t part = UINT64_C(1) << form_shift(form, to);
    const uint64_t places[] = { 0, part - 1, part, size / 2 + 77, size - part, size - 1 };
    unsigned int rights;
    struct machine_state *was;
    struct machine m;

    machine_init(&m, form, 600);
    machine_do(&m, map(in, size, out, flags));
    rights = walk(&m, in).rights;
    m.tree.table_flags = P; /* EPT: R. */
    if (form->entry_size == 8 && !form_is_ept(form) && !form->no_nx)
        m.tree.table_flags |= NX;
    was = machine_save(&m);
    machine_do(&m, (struct call){ SPLIT, in + part, 0, 0, 0, from });
    machine_do(&m, (struct call){ SPLIT, in + size, 0, 0, 0, 1 });
    machine_check_unchanged(&m, was, "no larger than asked, and not mapped");

    for (size_t i = 0; i < ARRAY_SIZE(places); i++)
        machine_do(&m, (struct call){ SPLIT, in + places[i], 0, 0, 0, to });
    for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
        check_mapped(&m, "split", in + places[i], out + places[i], to, flags);
        if (walk(&m, in + places[i]).rights != rights)
            fail_msg("%s: a split changes rights, to 0x%x from 0x%x", form->name,
                     walk(&m, in + places[i]).rights, rights);
    }
    machine_check(&m, "split");
    was = machine_save(&m);
    machine_do(&m, (struct call){ SPLIT, in, 0, 0, 0, to });
    machine_do(&m, (struct call){ SPLIT, in, 0, 0, 0, from });
    machine_check_unchanged(&m, was, "split before");
    machine_fini(&m);
}

static void test_split(void **state)
{
    struct dice d = { 1 };

    (void)state;
    for (size_t i = 0; i < nr_forms; i++)
        for (unsigned int from = 2; from <= 3; from++)
            for (unsigned int to = 1; to < from; to++)
                for (unsigned int n = 0; n < 4; n++)
                    if (form_has_pages(&forms[i], from) && form_has_pages(&forms[i], to))
                        split(&forms[i], from, to, form_random_flags(&forms[i], &d));
}

/* A leaf with RW clear and D set is a shadow stack if RW is set all the way to it. */
static void test_split_shadow_stack(void **state)
{
    static const struct xenpt_access push = { .kind = XENPT_WRITE, .shadow_stack = true };
    struct xenpt_regs regs;
    struct xenpt_verdict v;
    struct xenpt_walk w;
    struct machine m;

    (void)state;
    machine_init(&m, form_named("4-level"), 16);
    regs = m.paging.regs;
    regs.cr4 |= XENPT_CR4_CET;
    must(xenpt_paging_init(&m.paging, &m.paging.cpu, &regs, NULL), NULL, "CET");
    machine_do(&m, map(GIB(1), GIB(1), 0, P | D));
    m.tree.table_flags = P;
    for (unsigned int level = 3; level >= 1; level--) {
        machine_do(&m, (struct call){ SPLIT, GIB(1) + MIB(33), 0, 0, 0, level });
        w = walk(&m, GIB(1) + MIB(33));
        assert_int_equal(w.nr_steps, 5 - level);
        xenpt_judge(&m.paging, &w, &push, &v);
        assert_true(v.allowed);
    }
    machine_fini(&m);
}

/* --- Single entries ------------------------------------------------------------------------ */

static void test_set_entry(void **state)
{
    (void)state;
    for (size_t i = 0; i < nr_forms; i++) {
        const struct form *form = &forms[i];
        uint64_t word = form->entry_size == 4 ? 0xfedcba98 : UINT64_C(0xfedcba9876543210);
        uint64_t in = 0x40605000, flags = form_table_flags(form);
        struct machine m;

        for (unsigned int level = form->levels; level >= 1; level--) {
            machine_init(&m, form, 16);
            machine_do(&m, set(in, level, word));
            assert_int_equal(machine_entry(&m, in, level), word);
            assert_int_equal(machine_nr_taken(&m), form->levels - level + 1);

            /* Its neighbours: nothing in the table's other slots. */
            machine_do(&m, set(in, level, 0));
            assert_int_equal(walk(&m, in ^ UINT64_C(1) << form_shift(form, level)).step[0].entry,
                             level == form->levels ? 0 : machine_entry(&m, in, form->levels));
            machine_fini(&m);
        }
        /* It frees nothing: who writes by hand knows what he does. */
        machine_init(&m, form, 16);
        machine_do(&m, map(in, PAGE, 0, flags));
        machine_do(&m, set(in, form->levels, 0));
        assert_int_equal(machine_nr_taken(&m), form->levels);
        machine_fini(&m);
    }
}

static void test_set_entry_splits(void **state)
{
    uint64_t flags = P | RW | US | A | D | PAT | G | NX;
    struct machine m;

    (void)state;
    machine_init(&m, form_named("4-level"), 16);
    machine_do(&m, map(GIB(3), GIB(1), GIB(5), flags));
    machine_do(&m, set(GIB(3) + MIB(6) + PAGE, 1, 0));
    check_unmapped(&m, "the entry", GIB(3) + MIB(6) + PAGE);
    check_mapped(&m, "beside it", GIB(3) + MIB(6), GIB(5) + MIB(6), 1, flags);
    check_mapped(&m, "above it", GIB(3) + MIB(4), GIB(5) + MIB(4), 2, flags);
    machine_check(&m, "an entry in the midst of a page");
    machine_fini(&m);
}

/* --- What leads to tables ------------------------------------------------------------------ */

/* A PDPTE's bits 2:1, 8:5 and 63 are reserved: SDM vol. 3, "PAE Paging". */
static void test_pdpte(void **state)
{
    static const char *const names[] = { "PAE", "NPT PAE" };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        struct machine m;

        machine_init(&m, form_named(names[i]), 16);
        m.tree.table_flags = P | RW | US | PWT | A | D | NX | XENPT_BIT(9);
        machine_do(&m, map(GIB(2), PAGE, 0, P | RW | US));
        check_mapped(&m, "by a PDPTE", GIB(2), 0, 1, P | RW | US);
        assert_int_equal(machine_entry(&m, GIB(2), 3) & ~XENPT_BITS(51, 12),
                         P | PWT | XENPT_BIT(9));
        assert_int_equal(machine_entry(&m, GIB(2), 2) & ~XENPT_BITS(51, 12), m.tree.table_flags);
        machine_check(&m, "PDPTEs");
        machine_fini(&m);
    }
}

/* New tables lie where an entry can say so: the pool's upper part is out of reach. */
static void test_reach(void **state)
{
    static const struct {
        const char *form;
        uint64_t out_of_reach;
    } rows[] = {
        { "2-level", GIB(4) },           { "PSE-36 of 40 bits", GIB(4) },   { "PAE", GIB(64) },
        { "4-level of 2008", GIB(256) }, { "EPT of 4 KiB pages", GIB(64) },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const struct form *form = form_named(rows[i].form);
        uint64_t above = rows[i].out_of_reach;
        struct xenpt_error err = { 0 };
        struct machine m;

        machine_init(&m, form, form->levels);
        must(xenpt_store_add_ram(m.store, above, above + MIB(1) - 1, &err), &err, "more RAM");
        must(xenpt_alloc_add(m.alloc, xenpt_mfn(above / PAGE), xenpt_mfn(above / PAGE + 255), &err),
             &err, "more frames");
        machine_do(&m, map(0, PAGE, 0, form_table_flags(form)));
        check_mapped(&m, "tables within reach", 0, 0, 1, form_table_flags(form));
        assert_int_equal(machine_nr_tables(&m), form->levels);
        assert_int_equal(xenpt_alloc_nr_free(m.alloc), 256);
        machine_fini(&m);
    }
}

/* A new table is empty, whatever its frame held before. */
static void test_used_frames(void **state)
{
    static const uint64_t noise[512] = { [3] = P | RW, [511] = ~UINT64_C(0) };

    (void)state;
    for (size_t i = 0; i < nr_forms; i++) {
        struct xenpt_error err = { 0 };
        struct machine m;

        machine_init(&m, &forms[i], 8);
        for (uint64_t n = 1; n < m.nr_frames; n++)
            must(xenpt_store_write(m.store, (FIRST_FRAME + n) * PAGE, noise, sizeof(noise), &err),
                 &err, "noise");
        machine_do(&m, map(0x40605000, PAGE, PAGE, form_table_flags(m.form)));
        check_mapped(&m, "in used frames", 0x40605000, PAGE, 1, form_table_flags(m.form));
        machine_do(&m, unmap(0x40605000, PAGE));
        assert_int_equal(machine_nr_tables(&m), 1);
        machine_check(&m, "in used frames, and unmapped");
        machine_fini(&m);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_split),       cmocka_unit_test(test_split_shadow_stack),
        cmocka_unit_test(test_set_entry),   cmocka_unit_test(test_set_entry_splits),
        cmocka_unit_test(test_pdpte),       cmocka_unit_test(test_reach),
        cmocka_unit_test(test_used_frames),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
