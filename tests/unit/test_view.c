/* test_view.c - finding a context by its name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "xenpt/view.h"

static void test_context(void **state)
{
    static const struct xenpt_context contexts[] = {
        { .name = "cpu0" },
        { .name = "cpu1" },
        { .name = "cpu10" },
        { .name = "cpu1" },
    };
    struct xenpt_view view = { .contexts = contexts, .nr_contexts = 4 };

    (void)state;
    assert_ptr_equal(xenpt_view_context(&view, "cpu0"), &contexts[0]);
    assert_ptr_equal(xenpt_view_context(&view, "cpu1"), &contexts[1]);
    assert_ptr_equal(xenpt_view_context(&view, "cpu10"), &contexts[2]);
    assert_null(xenpt_view_context(&view, "cpu"));
    assert_null(xenpt_view_context(&view, "CPU0"));
    assert_null(xenpt_view_context(&view, ""));
    view.nr_contexts = 2;
    assert_null(xenpt_view_context(&view, "cpu10"));
    view = (struct xenpt_view){ 0 };
    assert_null(xenpt_view_context(&view, "cpu0"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_context),
    };

    return cmocka_run_group_tests_name("view", tests, NULL, NULL);
}
