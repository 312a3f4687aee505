/*
 * test_report_json_why.c - what an explainer knows, as JSON: names, owners, and why an entry is
 * there.
 */
#include "json_fixture.h"

/* --- Names from files
 * ----------------------------------------------------------------------------- */

static bool explain(const struct xenpt_explainer *self, const struct xenpt_context *ctx,
                    uint64_t in, struct xenpt_explanation *ret)
{
    (void)self;
    (void)ctx;
    ret->area = "a\"b\\c\n\x01\xff\xc3\xa9\xe2\x82\xed\xa0\x80\xf4\x90\x80\x80";
    ret->area_offset = in;
    return true;
}

/* Whatever a symbol is called, the document stays one. */
static void test_strange_names(void **state)
{
    static const struct xenpt_explainer explainer = { .address = explain };
    const char *want = "a\"b\\c\n\x01\xef\xbf\xbd\xc3\xa9"                 /* U+FFFD, e acute, */
                       "\xef\xbf\xbd\xef\xbf\xbd"                          /* a cut-off sequence, */
                       "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"              /* a surrogate, */
                       "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"; /* above U+10FFFF. */
    const json_t *one;
    struct world w;
    json_t *root;

    (void)state;
    world_init(&w);
    world_put(&w, tables, COUNT(tables));
    w.view.explainer = &explainer;
    root = walk(&w, (struct xenpt_question){ .in = 0x123 }, NULL);
    one = json_array_get(list_of(root, "walks", 1), 0);
    assert_string_equal(text_of(one, "area"), want);
    assert_int_equal(hex_of(one, "area_offset"), 0x123);
    json_decref(root);
    world_fini(&w);
}

/* --- Why an entry is there
 * ------------------------------------------------------------------------ */

/* Knows L4 and L1 entries of either stage, and nothing of the others. */
static bool explain_entry(const struct xenpt_explainer *self, const struct xenpt_entry_question *q,
                          struct xenpt_entry_explanation *ret)
{
    static const struct xenpt_entry_rule root = { "root", "a root", "Book, 1" };
    static const struct xenpt_entry_rule leaf = { "leaf", "a leaf", "Book, 2" };

    (void)self;
    /* The first address that the entry speaks for. */
    if (q->in & ((UINT64_C(1) << (12 + 9 * (q->level - 1))) - 1) || !(q->entry & 1))
        return false;
    ret->area = q->second ? "ram" : "low";
    ret->owner = "xen";
    ret->rule = q->level == 4 ? &root : &leaf;
    ret->shared = q->level == 4 ? "all" : NULL;
    return q->level == 4 || q->level == 1;
}

#define HELD UINT64_C(0x10008)

/* Knows one word of memory. */
static bool explain_memory(const struct xenpt_explainer *self, uint64_t maddr,
                           struct xenpt_memory_explanation *ret)
{
    (void)self;
    if (maddr >> 3 != HELD >> 3)
        return false;
    *ret = (struct xenpt_memory_explanation){
        .owner = "d1", .use = "start-info", .what = "start_info.flags", .into = maddr & 7
    };
    return true;
}

static void test_holds(void **state)
{
    static const struct xenpt_explainer explainer = { explain, explain_entry, explain_memory };
    const json_t *one;
    struct world w;
    json_t *root;

    (void)state;
    world_init(&w);
    world_put(&w, tables, COUNT(tables));
    w.view.explainer = &explainer;
    root = walk(&w, (struct xenpt_question){ .in = (HELD & 0xfff) | 3 }, NULL);
    one = json_array_get(list_of(root, "walks", 1), 0);
    assert_int_equal(hex_of(one, "maddr"), HELD | 3);
    one = json_object_get(one, "holds");
    assert_string_equal(text_of(one, "owner"), "d1");
    assert_string_equal(text_of(one, "use"), "start-info");
    assert_string_equal(text_of(one, "what"), "start_info.flags");
    assert_int_equal(hex_of(one, "offset"), 3);
    json_decref(root);
    root = walk(&w, (struct xenpt_question){ .in = 0 }, NULL);
    assert_true(
        json_is_null(json_object_get(json_array_get(list_of(root, "walks", 1), 0), "holds")));
    json_decref(root);
    w.view.explainer = NULL;
    root = walk(&w, (struct xenpt_question){ .in = 0 }, NULL);
    assert_null(json_object_get(json_array_get(list_of(root, "walks", 1), 0), "holds"));
    json_decref(root);
    world_fini(&w);
}

static void test_why(void **state)
{
    static const struct xenpt_explainer explainer = { explain, explain_entry, explain_memory };
    static const char *const rules[] = { "root", NULL, NULL, "leaf" };
    const json_t *steps;
    struct world w;
    json_t *root;

    (void)state;
    world_init(&w);
    world_put(&w, tables, COUNT(tables));
    w.view.explainer = &explainer;
    root = walk(&w, (struct xenpt_question){ .in = 0x123 }, NULL);
    steps = list_of(json_array_get(list_of(root, "walks", 1), 0), "steps", 4);
    for (size_t i = 0; i < COUNT(rules); i++) {
        const json_t *step = json_array_get(steps, i), *why = json_object_get(step, "why");

        if (!rules[i]) {
            is_null(step, "why");
            is_null(step, "owner");
            is_null(step, "area");
            continue;
        }
        assert_string_equal(text_of(step, "owner"), "xen");
        assert_string_equal(text_of(step, "area"), "low");
        assert_string_equal(text_of(why, "rule"), rules[i]);
        assert_string_equal(text_of(why, "source"), i ? "Book, 2" : "Book, 1");
        if (i)
            is_null(why, "shared");
        else
            assert_string_equal(text_of(why, "shared"), "all");
    }
    json_decref(root);
    world_fini(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_strange_names),
        cmocka_unit_test(test_holds),
        cmocka_unit_test(test_why),
    };

    return cmocka_run_group_tests_name("report_json_why", tests, NULL, NULL);
}
