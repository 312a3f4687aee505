/*
 * test_construction_place.c - what lies where in what domains are given; gone with a domain, back
 * with a snapshot, and not there without memory.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "construction_fixture.h"
#include "fail_alloc.h"

/* --- What lies at an address --------------------------------------------------------------- */

static void test_place(void **state)
{
    struct xenpt_special_frames f;
    struct xenpt_special_place p;
    struct world w;

    (void)state;
    build(&w, HOST("rome") XEN("4.17", "") ALL_KINDS);
    assert_true(find(&w, 2, START, &f));
    assert_true(xenpt_machine_place(w.machine, (f.mfn << 12) + 45, &p));
    assert_int_equal(p.domain, 2);
    assert_int_equal(p.into, 45);
    assert_string_equal(p.name, "start_info.store_mfn"); /* In a 32-bit guest's form. */
    assert_true(xenpt_machine_place(w.machine, (f.mfn << 12) + 4000, &p));
    assert_string_equal(p.name, ""); /* Behind the structure. */
    assert_true(find(&w, 4, XENPT_SPECIAL_GRANT_TABLE, &f));
    assert_true(xenpt_machine_place(w.machine, (f.mfn << 12) + 8 * 511 + 2, &p));
    assert_string_equal(p.name, "grant_entry_v1[511].domid");
    assert_true(find(&w, 4, XENPT_SPECIAL_HVM_INFO, &f));
    assert_true(xenpt_machine_place(w.machine, f.mfn << 12, &p));
    assert_string_equal(p.name, "");
    assert_true(xenpt_machine_place(w.machine, (f.mfn << 12) + 0x810, &p));
    assert_string_equal(p.name, "hvm_info_table.nr_vcpus");
    assert_false(xenpt_machine_place(w.machine, context(&w, "idle")->paging.root, &p));
    assert_false(xenpt_machine_special(w.machine, 5, 0, &f));
    end(&w);
}

/* The same, as a view says it to whoever walks there. */
static void test_explained(void **state)
{
    struct xenpt_memory_explanation x;
    const struct xenpt_explainer *e;
    struct xenpt_special_frames f;
    struct world w;

    (void)state;
    build(&w, HOST("rome") XEN("4.17", "") ALL_KINDS);
    e = w.view->explainer;
    assert_true(find(&w, 1, START, &f));
    assert_true(e->memory(e, (f.mfn << 12) + 58, &x));
    assert_string_equal(x.owner, "d1");
    assert_string_equal(x.use, "start-info");
    assert_string_equal(x.what, "start_info.store_mfn");
    assert_int_equal(x.into, 2);
    assert_true(find(&w, 3, XENPT_SPECIAL_ACPI, &f));
    assert_true(e->memory(e, (f.mfn << 12) + 5, &x));
    assert_string_equal(x.what, "acpi-tables");
    assert_int_equal(x.into, 5);
    assert_false(e->memory(e, context(&w, "idle")->paging.root, &x));
    end(&w);
}

/* A domain that is no more has none of them, and one that comes in its place has its own. */
static void test_gone(void **state)
{
    struct xenpt_domain_desc desc = { .type = XENPT_DOMAIN_PV64, .memory = 64 << 20 };
    struct xenpt_special_frames f, list;
    struct xenpt_special_place p;
    struct xenpt_grant g;
    struct world w;
    uint32_t id;

    (void)state;
    build(&w, HOST("rome") XEN("4.17", "") ALL_KINDS);
    assert_true(find(&w, 1, XENPT_SPECIAL_P2M_LIST, &list));
    assert_int_equal(xenpt_machine_domain_destroy(w.machine, 1, NULL), XENPT_OK);
    assert_false(xenpt_machine_special(w.machine, 1, 0, &f));
    assert_false(xenpt_machine_grant(w.machine, 1, 0, &g));
    assert_false(xenpt_machine_place(w.machine, list.mfn << 12, &p));
    assert_int_equal(xenpt_machine_domain_create(w.machine, &desc, &id, NULL), XENPT_OK);
    assert_int_equal(xenpt_machine_view(w.machine, &w.view, NULL), XENPT_OK);
    start_info_agrees(&w, id, 0x4000, 8);
    assert_true(xenpt_machine_grant(w.machine, id, 1, &g));
    end(&w);
}

/* A snapshot has them as well. */
static void test_snapshot(void **state)
{
    struct xenpt_machine_snapshot *snap;
    struct xenpt_special_frames f;
    struct xenpt_grant g;
    struct world w;

    (void)state;
    build(&w, HOST("rome") XEN("4.17", "") ALL_KINDS);
    assert_int_equal(xenpt_machine_snapshot_take(w.machine, &snap, NULL), XENPT_OK);
    assert_int_equal(xenpt_machine_snapshot_restore(snap, NULL), XENPT_OK);
    assert_true(find(&w, 1, START, &f));
    assert_true(xenpt_machine_grant(w.machine, 1, 1, &g));
    assert_int_equal(xenpt_machine_view(w.machine, &w.view, NULL), XENPT_OK);
    start_info_agrees(&w, 1, 0x4000, 8);
    end(&w);
}

static void test_no_memory(void **state)
{
    static const char text[] = HOST("rome") XEN("4.6", "") ALL_KINDS;
    enum xenpt_code code;

    (void)state;
    for (unsigned long n = 0;; n++) {
        struct xenpt_model *model = NULL;
        struct xenpt_machine *machine = NULL;
        struct xenpt_machine_snapshot *snap;

        fail_alloc_after(n);
        code = xenpt_model_parse("model", text, strlen(text), NULL, NULL, &model, NULL);
        if (!code)
            code = xenpt_model_build(model, &machine, NULL);
        if (!code)
            code = xenpt_machine_snapshot_take(machine, &snap, NULL);
        xenpt_machine_destroy(machine);
        xenpt_model_close(model);
        if (!fail_alloc_stop())
            break;
        assert_int_equal(code, XENPT_ENOMEM);
    }
    assert_int_equal(code, XENPT_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_place),     cmocka_unit_test(test_explained),
        cmocka_unit_test(test_gone),      cmocka_unit_test(test_snapshot),
        cmocka_unit_test(test_no_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
