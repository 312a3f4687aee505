/*
 * test_edit_shared.c - trees that are not quite trees: entries that lead back up, tables that
 * are reached in several ways, and how a tree is taken down.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/bits.h"
#include "tree_machine.h"

#define LINEAR GIB(1024) /* L4 slot 2 of a 4-level tree. */

static uint64_t table_at(const struct machine *m, uint64_t in, unsigned int level)
{
    return machine_entry(m, in, level) & XENPT_BITS(51, 12);
}

/* A 4-level tree with pages at 0 and 1 GiB, and a linear entry in L4 slot 2. */
static void init_linear(struct machine *m)
{
    machine_init(m, form_named("4-level"), 32);
    machine_do(m, (struct call){ MAP, 0, MIB(4) - 1, 0, P | RW, 1 });
    machine_do(m, (struct call){ MAP, GIB(1), GIB(1) + MIB(6) - 1, GIB(3), P | RW, 2 });
    machine_do(m, (struct call){ SET, LINEAR, 0, m->paging.root | P | RW, 0, 4 });
}

/* Through it, an L1 table is a page: address bits move down by one level. */
static void test_linear_leads_to_tables(void **state)
{
    uint64_t entry;
    struct machine m;

    (void)state;
    init_linear(&m);
    check_mapped(&m, "the L1 table of 2 MiB", LINEAR + MIB(2) / PAGE * 8, table_at(&m, MIB(2), 2),
                 1, P | RW | US);
    /* A page mapped there is an L2 entry that is overwritten: 0 to 2 MiB go elsewhere. */
    entry = table_at(&m, MIB(2), 2);
    machine_do(&m, (struct call){ MAP, LINEAR, LINEAR + PAGE - 1, entry, P | RW, 0 });
    assert_int_equal(table_at(&m, 0, 2), entry);
    check_mapped(&m, "by the other L1 table", PAGE, MIB(2) + PAGE, 1, P | RW);
    machine_fini(&m);
}

static void test_linear_frees_nothing(void **state)
{
    uint64_t taken;
    struct machine m;

    (void)state;
    init_linear(&m);
    taken = machine_nr_taken(&m);
    machine_do(&m, (struct call){ UNMAP, LINEAR, LINEAR + GIB(512) - 1, 0, 0, 0 });
    check_unmapped(&m, "the linear entry", LINEAR);
    check_mapped(&m, "what it led to", MIB(2), MIB(2), 1, P | RW);
    assert_int_equal(machine_nr_taken(&m), taken);
    machine_check(&m, "without its linear entry");

    /* Again, below an entry that goes. */
    machine_do(&m, (struct call){ MAP, GIB(512), GIB(512) + PAGE - 1, 0, P, 0 });
    machine_do(&m, (struct call){ SET, GIB(513), 0, m.paging.root | P, 0, 3 });
    machine_do(&m, (struct call){ UNMAP, GIB(512), GIB(1024) - 1, 0, 0, 0 });
    check_mapped(&m, "what is not below it", MIB(2), MIB(2), 1, P | RW);
    machine_check(&m, "a linear entry below what is unmapped");

    /* And as one entry among others that go. */
    machine_do(&m, (struct call){ SET, LINEAR, 0, m.paging.root | P | RW, 0, 4 });
    machine_do(&m, (struct call){ UNMAP, 0, UINT64_C(0x00007fffffffffff), 0, 0, 0 });
    assert_int_equal(machine_nr_tables(&m), 1);
    machine_check(&m, "with all else unmapped");
    machine_fini(&m);
}

/* A large page in its place: the root stays, and so do the tables that it leads to. */
static void test_linear_mapped_over(void **state)
{
    struct machine m;

    (void)state;
    init_linear(&m);
    machine_do(&m, (struct call){ SET, GIB(2), 0, table_at(&m, 0, 4) | P | RW, 0, 3 });
    machine_do(&m, (struct call){ MAP, GIB(2), GIB(3) - 1, GIB(1), P, 0 });
    check_mapped(&m, "the large page", GIB(2) + 9, GIB(1) + 9, 3, P);
    check_mapped(&m, "beside it", MIB(2), MIB(2), 1, P | RW);
    machine_check(&m, "a page over a linear L3 entry");
    machine_fini(&m);
}

/* Cutting into a linear entry's stretch unmaps tables; the last entry of a table that is on
 * the way to it does not free that table. */
static void test_linear_cut(void **state)
{
    uint64_t in = LINEAR + LINEAR / 512 + LINEAR / 512 / 512;
    struct machine m;

    (void)state;
    machine_init(&m, form_named("4-level"), 32);
    machine_do(&m, (struct call){ SET, LINEAR, 0, m.paging.root | P | RW, 0, 4 });
    /* Slot 2 thrice: then the root is read as an L1 table, and all of that goes. */
    machine_do(&m, (struct call){ UNMAP, in, in + MIB(2) - 1, 0, 0, 0 });
    check_unmapped(&m, "the linear entry, unmapped through itself", LINEAR);
    assert_int_equal(machine_nr_taken(&m), 1);
    machine_check(&m, "a linear entry, unmapped through itself");
    machine_fini(&m);
}

/* What is mapped through it would be the table that the rest of the stretch goes through. */
static void test_linear_changes_its_way(void **state)
{
    static const struct call call = { MAP, LINEAR + GIB(3), GIB(3 * 512) + PAGE - 1, 0, P, 0 };
    struct machine_state *was;
    struct xenpt_error err;
    struct machine m;

    (void)state;
    init_linear(&m);
    machine_do(&m, (struct call){ MAP, GIB(3 * 512), GIB(3 * 512) + MIB(8) - 1, 0, P, 1 });
    was = machine_save(&m);
    assert_int_equal(machine_call(&m, &call, &err), XENPT_ESTATE);
    assert_non_null(strstr(err.text, "which it has to go through"));
    machine_check_unchanged(&m, was, "a stretch that changes its own way");
    machine_fini(&m);
}

/* --- Shared tables ------------------------------------------------------------------------- */

static void test_shared_freed_once(void **state)
{
    struct machine m;

    (void)state;
    machine_init(&m, form_named("4-level"), 32);
    machine_do(&m, (struct call){ MAP, 0, MIB(4) - 1, 0, P, 1 });
    machine_do(&m, (struct call){ SET, MIB(8), 0, table_at(&m, 0, 2) | P, 0, 2 });
    machine_do(&m, (struct call){ SET, GIB(1), 0, table_at(&m, 0, 3) | P, 0, 3 });
    machine_do(&m, (struct call){ SET, GIB(512), 0, table_at(&m, 0, 4) | P, 0, 4 });
    assert_int_equal(machine_nr_tables(&m), 5);
    machine_do(&m, (struct call){ UNMAP, 0, GIB(1024) - 1, 0, 0, 0 });
    assert_int_equal(machine_nr_tables(&m), 1);
    machine_check(&m, "shared tables, all of whose ways are gone");
    machine_fini(&m);
}

/* A table that is written twice is, when the edit fails, what it was before the first time. */
static void test_shared_undone(void **state)
{
    static const struct call call = { MAP, 0, MIB(8) + PAGE - 1, GIB(1), P | RW, 1 };
    struct machine_state *was;
    struct machine m;

    (void)state;
    machine_init(&m, form_named("4-level"), 32);
    machine_do(&m, (struct call){ MAP, 0, MIB(2) - 1, 0, P, 1 });
    machine_do(&m, (struct call){ SET, MIB(4), 0, table_at(&m, 0, 2) | P, 0, 2 });
    machine_do(&m, (struct call){ SET, MIB(8), 0, GIB(2) | P, 0, 2 }); /* No memory there. */
    was = machine_save(&m);
    assert_int_equal(machine_call(&m, &call, NULL), XENPT_ERANGE);
    machine_check_unchanged(&m, was, "a shared table, written twice");

    machine_do(&m, (struct call){ MAP, 0, MIB(8) - 1, GIB(1), P | RW, 1 });
    check_mapped(&m, "the last one stays", PAGE, GIB(1) + MIB(4) + PAGE, 1, P | RW);
    machine_fini(&m);
}

/* --- Taking a tree down -------------------------------------------------------------------- */

static void destroy(struct machine *m, const char *claim)
{
    machine_do(m, (struct call){ DESTROY, 0, 0, 0, 0, 0 });
    if (machine_nr_taken(m))
        fail_msg("%s, %s: %llu frames are still taken", m->form->name, claim,
                 (unsigned long long)machine_nr_taken(m));
}

static void test_destroy(void **state)
{
    static const char page[] = "what a page holds is not the tree's";
    struct dice d = { 7 };
    char found[sizeof(page)];

    (void)state;
    for (size_t i = 0; i < nr_forms; i++) {
        struct xenpt_error err = { 0 };
        struct machine m;

        machine_init(&m, &forms[i], 64);
        must(xenpt_store_write(m.store, PAGE, page, sizeof(page), &err), &err, "a page");
        for (unsigned int n = 0; n < 10; n++) {
            uint64_t in = (dice_word(&d) & 0x7ff) << 21 | (dice_word(&d) & 0x1ff000);

            machine_do(&m,
                       (struct call){ MAP, in, in + PAGE - 1, PAGE, form_table_flags(m.form), 0 });
        }
        destroy(&m, "a plain tree");
        assert_true(xenpt_read(xenpt_store_reader(m.store), PAGE, found, sizeof(found)));
        assert_string_equal(found, page);
        for (uint64_t at = FIRST_FRAME * PAGE; at < (FIRST_FRAME + m.nr_frames) * PAGE; at += 8) {
            uint64_t word = 1;

            assert_true(xenpt_read(xenpt_store_reader(m.store), at, &word, sizeof(word)));
            assert_int_equal(word, 0); /* A freed frame costs the store nothing. */
        }
        machine_fini(&m);
    }
}

static void test_destroy_shared(void **state)
{
    struct machine m;

    (void)state;
    init_linear(&m);
    /* Linear entries on every level, and a table that is met as L1 before it is as L3. */
    machine_do(&m, (struct call){ SET, GIB(2), 0, table_at(&m, 0, 4) | P, 0, 3 });
    machine_do(&m, (struct call){ SET, GIB(3), 0, m.paging.root | P, 0, 3 });
    machine_do(&m, (struct call){ MAP, GIB(512), GIB(512) + MIB(4) - 1, 0, P, 1 });
    machine_do(&m, (struct call){ SET, MIB(10), 0, table_at(&m, GIB(512), 4) | P, 0, 2 });
    destroy(&m, "a tree with linear and shared entries");
    machine_fini(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_linear_leads_to_tables), cmocka_unit_test(test_linear_frees_nothing),
        cmocka_unit_test(test_linear_mapped_over),     cmocka_unit_test(test_linear_cut),
        cmocka_unit_test(test_linear_changes_its_way), cmocka_unit_test(test_shared_freed_once),
        cmocka_unit_test(test_shared_undone),          cmocka_unit_test(test_destroy),
        cmocka_unit_test(test_destroy_shared),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
