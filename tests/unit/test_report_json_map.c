/*
 * test_report_json_map.c - maps and lists of roots as JSON.
 */
#include "json_fixture.h"

/* --- Maps
 * ----------------------------------------------------------------------------------------- */

static json_t *map(const struct world *w, const struct xenpt_map_options *opt)
{
    struct sheet s;
    struct xenpt_report *report = begin(XENPT_REPORT_MAP, &s);

    assert_int_equal(xenpt_report_map(report, &w->view, &w->context, opt, NULL), XENPT_OK);
    return end(report, &s);
}

static void test_map(void **state)
{
    static const struct entry more[] = {
        { 0x4000, 1, 0x11000 | P | US | NX | A | D },
        { 0x3000, 2, 0x4000 | ALL },
    };
    const json_t *one, *range, *other;
    char buf[128];
    struct world w;
    json_t *root;

    (void)state;
    world_init(&w);
    world_put(&w, tables, COUNT(tables));
    world_put(&w, more, COUNT(more));
    strcpy(w.context.assumed, "this \"and\" that");
    root = map(&w, NULL);
    assert_string_equal(text_of(root, "schema"), "xenpt.map/1");
    one = json_array_get(list_of(root, "contexts", 1), 0);
    assert_string_equal(text_of(one, "name"), "it");
    assert_int_equal(hex_of(one, "root"), 0x1000);
    assert_string_equal(text_of(one, "format"), "4-level");
    assert_string_equal(text_of(one, "assumed"), "this \"and\" that");
    is_null(one, "second");
    range = json_array_get(list_of(one, "ranges", 1), 0);
    assert_int_equal(hex_of(range, "first"), 0);
    assert_int_equal(hex_of(range, "last"), 0x1fff);
    assert_int_equal(hex_of(range, "maddr"), 0x10000);
    assert_string_equal(text_of(range, "page"), "4K");
    assert_string_equal(text_of(range, "rights"), "r--u");
    assert_string_equal(words_of(range, "flags", buf), "P US NX");
    assert_string_equal(words_of(range, "some", buf), "A D");
    assert_int_equal(number_of(range, "leaves"), 2);
    is_null(range, "area");
    assert_int_equal(number_of(one, "pages"), 2);
    assert_int_equal(hex_of(one, "bytes"), 0x2000);
    list_of(one, "others", 2);
    other = json_array_get(json_object_get(one, "others"), 0);
    assert_string_equal(text_of(other, "kind"), "malformed");
    assert_int_equal(hex_of(other, "entry"), 0x202000 | ALL | PS);
    other = json_array_get(json_object_get(one, "others"), 1);
    assert_string_equal(text_of(other, "kind"), "shared");
    assert_int_equal(hex_of(other, "same_as"), 0);
    assert_int_equal(hex_of(other, "maddr"), 0x4000);
    json_decref(root);

    root = map(&w, &(struct xenpt_map_options){ .leaves = true, .unfold = true });
    one = json_array_get(list_of(root, "contexts", 1), 0);
    range = json_array_get(list_of(one, "ranges", 4), 1);
    assert_string_equal(words_of(range, "flags", buf), "P US A D NX");
    assert_null(json_object_get(range, "some"));
    json_decref(root);

    root = map(&w, &(struct xenpt_map_options){ .scatter = true, .unfold = true });
    one = json_array_get(list_of(root, "contexts", 1), 0);
    assert_int_equal(hex_of(json_array_get(list_of(one, "ranges", 2), 0), "maddr"), 0x10000);
    json_decref(root);
    world_put(&w, &(struct entry){ 0x4000, 1, 0x20000 | P | US | NX }, 1);
    root = map(&w, &(struct xenpt_map_options){ .scatter = true });
    one = json_array_get(list_of(root, "contexts", 1), 0);
    is_null(json_array_get(list_of(one, "ranges", 1), 0), "maddr");
    json_decref(root);
    world_fini(&w);
}

static void test_map_two_stages(void **state)
{
    const json_t *one, *range;
    char buf[128];
    struct world w;
    json_t *root;

    (void)state;
    world_init(&w);
    put_guest(&w, 0xb7);
    root = map(&w, NULL);
    one = json_array_get(list_of(root, "contexts", 1), 0);
    assert_int_equal(hex_of(json_object_get(one, "second"), "root"), 0x101000);
    assert_string_equal(text_of(json_object_get(one, "second"), "format"), "EPT");
    range = json_array_get(list_of(one, "ranges", 1), 0);
    assert_int_equal(hex_of(range, "gaddr"), 0x10000);
    assert_int_equal(hex_of(range, "maddr"), GUEST_AT + 0x10000);
    assert_string_equal(words_of(range, "flags", buf), "P US NX");
    assert_string_equal(words_of(range, "second_flags", buf), "R W X MT=6 PS");
    json_decref(root);
    world_fini(&w);
}

/* --- Roots
 * ---------------------------------------------------------------------------------------- */

static void test_roots(void **state)
{
    const struct xenpt_context *contexts[3];
    struct xenpt_context other;
    const json_t *roots, *root_of_it, *slots;
    struct xenpt_report *report;
    struct sheet s;
    char buf[128];
    struct world w;
    json_t *root;

    (void)state;
    world_init(&w);
    world_put(&w, tables, COUNT(tables));
    other = w.context;
    strcpy(other.name, "too");
    contexts[0] = &w.context;
    contexts[1] = &other;
    report = begin(XENPT_REPORT_ROOTS, &s);
    assert_int_equal(xenpt_report_roots(report, &w.view, contexts, 2, NULL, true, NULL), XENPT_OK);
    root = end(report, &s);
    assert_string_equal(text_of(root, "schema"), "xenpt.roots/1");
    roots = list_of(root, "roots", 1);
    root_of_it = json_array_get(roots, 0);
    assert_int_equal(hex_of(root_of_it, "mfn"), 1);
    assert_string_equal(text_of(root_of_it, "kind"), "4-level");
    assert_string_equal(text_of(root_of_it, "confidence"), "certain");
    assert_string_equal(text_of(root_of_it, "space"), "machine");
    is_null(root_of_it, "domain");
    assert_string_equal(words_of(root_of_it, "contexts", buf), "it too");
    slots = json_object_get(root_of_it, "slots");
    assert_int_equal(json_object_size(slots), 1);
    assert_int_equal(hex_of(slots, "0"), 0x2000 | ALL | A);
    json_decref(root);

    /* Under a second stage: a guest's root, its own, and one of no guest. */
    put_guest(&w, 0xb7);
    contexts[2] = &w.context;
    report = begin(XENPT_REPORT_ROOTS, &s);
    assert_int_equal(xenpt_report_roots(report, &w.view, contexts, 3, NULL, false, NULL), XENPT_OK);
    root = end(report, &s);
    roots = list_of(root, "roots", 3);
    assert_string_equal(text_of(json_array_get(roots, 0), "space"), "guest");
    assert_string_equal(words_of(json_array_get(roots, 0), "contexts", buf), "it it");
    assert_string_equal(text_of(json_array_get(roots, 1), "kind"), "EPT");
    assert_string_equal(text_of(json_array_get(roots, 1), "space"), "machine");
    assert_string_equal(text_of(json_array_get(roots, 2), "space"), "machine");
    assert_string_equal(words_of(json_array_get(roots, 2), "contexts", buf), "too");
    json_decref(root);
    world_fini(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_map),
        cmocka_unit_test(test_map_two_stages),
        cmocka_unit_test(test_roots),
    };

    return cmocka_run_group_tests_name("report_json_map", tests, NULL, NULL);
}
