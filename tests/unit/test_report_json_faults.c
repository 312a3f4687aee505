/*
 * test_report_json_faults.c - reports that cannot be written, or that memory does not suffice for.
 */
#include "fail_alloc.h"
#include "json_fixture.h"

/* Many ranges, so that several bufferfuls are written. */
static void fill(struct world *w)
{
    world_put(w, tables, 3);
    for (unsigned int i = 0; i < 512; i++)
        world_put(w, &(struct entry){ 0x4000, i, (0x10000 + 0x2000 * i) | ALL }, 1);
    for (unsigned int i = 1; i < 512; i++)
        world_put(w, &(struct entry){ 0x3000, i, 0x4000 | ALL }, 1);
}

static void test_disk_full(void **state)
{
    static const size_t rooms[] = { 0, 1, 1u << 16, 100000, 3u << 16, 1u << 20 };
    struct xenpt_map_options opt = { .leaves = true, .unfold = true };
    struct world w;

    (void)state;
    world_init(&w);
    fill(&w);
    for (size_t i = 0; i < COUNT(rooms); i++) {
        for (unsigned int form = XENPT_REPORT_TEXT; form <= XENPT_REPORT_JSON; form++) {
            struct sheet s;
            struct xenpt_report_options to = { .form = (enum xenpt_report_form)form,
                                               .write = put,
                                               .ctx = &s };
            struct xenpt_error err = { 0 };
            struct xenpt_report *report;
            enum xenpt_code code;

            s = (struct sheet){ .room = rooms[i] };
            assert_int_equal(xenpt_report_create(XENPT_REPORT_MAP, &to, &report, NULL), XENPT_OK);
            code = xenpt_report_map(report, &w.view, &w.context, &opt, &err);
            assert_int_equal(code, XENPT_EIO);
            assert_string_equal(err.text, "the report cannot be written");
            assert_int_equal(xenpt_report_finish(report, NULL), XENPT_EIO);
            xenpt_report_destroy(report);
            free(s.text);
        }
    }
    world_fini(&w);
}

/* A small report is written when it is finished, and says so then. */
static void test_disk_full_at_the_end(void **state)
{
    struct sheet s;
    struct xenpt_report *report = begin(XENPT_REPORT_WALK, &s);
    struct xenpt_question question = { .in = 0 };
    struct xenpt_error err = { 0 };
    struct world w;

    (void)state;
    world_init(&w);
    s.room = 0;
    assert_int_equal(xenpt_report_walk(report, &w.view, &w.context, &question, NULL, NULL),
                     XENPT_OK);
    assert_int_equal(xenpt_report_finish(report, &err), XENPT_EIO);
    assert_int_equal(xenpt_report_walk(report, &w.view, &w.context, &question, NULL, NULL),
                     XENPT_EIO);
    xenpt_report_destroy(report);
    xenpt_report_destroy(NULL);
    world_fini(&w);
}

static enum xenpt_code everything(const struct world *w, struct xenpt_error *err)
{
    struct sheet s = { .room = SIZE_MAX };
    struct xenpt_report_options to = { .write = put, .ctx = &s };
    const struct xenpt_context *contexts[] = { &w->context };
    struct xenpt_report *report = NULL;
    enum xenpt_code code;

    s.room = 0; /* Nothing is kept: the sheet's own memory is not at issue. */
    code = xenpt_report_create(XENPT_REPORT_ROOTS, &to, &report, err);
    if (!code)
        code = xenpt_report_roots(report, &w->view, contexts, 1, NULL, true, err);
    if (!code)
        code = xenpt_report_map(report, &w->view, &w->context, NULL, err);
    xenpt_report_destroy(report);
    return code;
}

static void test_out_of_memory(void **state)
{
    struct xenpt_error err;
    enum xenpt_code code;
    unsigned long n = 0;
    struct world w;

    (void)state;
    world_init(&w);
    world_put(&w, tables, COUNT(tables));
    for (;; n++) {
        err = (struct xenpt_error){ 0 };
        fail_alloc_after(n);
        code = everything(&w, &err);
        if (!fail_alloc_stop())
            break;
        assert_int_equal(code, XENPT_ENOMEM);
        assert_int_not_equal(err.text[0], '\0');
    }
    assert_int_equal(code, XENPT_OK);
    assert_true(n > 3);
    world_fini(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_disk_full),
        cmocka_unit_test(test_disk_full_at_the_end),
        cmocka_unit_test(test_out_of_memory),
    };

    return cmocka_run_group_tests_name("report_json_faults", tests, NULL, NULL);
}
