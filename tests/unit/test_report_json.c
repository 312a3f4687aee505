/*
 * test_report_json.c - walks as JSON, read back by a parser that is not ours.
 *
 * The schema is a promise (docs/json.md): a key that is missing here, or has another type, is
 * a break of it.
 */
#include "json_fixture.h"

static void test_walk(void **state)
{
    struct xenpt_question question = { .in = 0x123, .access = { .cpl = 3 } };
    const json_t *one, *step, *updates;
    bool allowed = false;
    char buf[128];
    struct world w;
    json_t *root;

    (void)state;
    world_init(&w);
    world_put(&w, tables, COUNT(tables));
    root = walk(&w, question, &allowed);
    assert_true(allowed);
    assert_string_equal(text_of(root, "schema"), "xenpt.walk/1");
    one = json_array_get(list_of(root, "walks", 1), 0);
    assert_string_equal(text_of(one, "context"), "it");
    assert_int_equal(hex_of(one, "va"), 0x123);
    assert_string_equal(text_of(one, "outcome"), "mapped");
    assert_int_equal(hex_of(one, "maddr"), 0x10123);
    assert_string_equal(text_of(one, "page"), "4K");
    assert_string_equal(text_of(one, "rights"), "r--u");
    assert_string_equal(text_of(one, "memory_type"), "WB");
    assert_true(json_is_true(json_object_get(one, "allowed")));
    is_null(one, "fault");
    is_null(one, "rule");
    is_null(one, "decided_by");
    assert_int_equal(number_of(one, "references"), 4);
    step = json_array_get(list_of(one, "steps", 4), 0);
    assert_int_equal(number_of(step, "level"), 4);
    assert_int_equal(hex_of(step, "at"), 0x1000);
    assert_int_equal(hex_of(step, "entry"), 0x2000 | ALL | A);
    assert_string_equal(words_of(step, "flags", buf), "P RW US A");
    assert_null(json_object_get(step, "stage"));
    updates = list_of(one, "updates", 3);
    assert_int_equal(number_of(json_array_get(updates, 0), "level"), 3);
    assert_string_equal(words_of(json_array_get(updates, 2), "set", buf), "A");
    json_decref(root);
    world_fini(&w);
}

/* One element for each access, in the order read, write, fetch. */
static void test_walk_accesses(void **state)
{
    struct xenpt_question question = { .in = 0x123, .kinds = 7, .access = { .cpl = 3 } };
    static const struct {
        const char *kind;
        json_int_t code;
        const char *rule;
    } refused[] = { { "write", 7, "write" }, { "fetch", 0x15, "execute" } };
    const json_t *walks, *one, *fault;
    bool allowed = true;
    struct world w;
    json_t *root;

    (void)state;
    world_init(&w);
    world_put(&w, tables, COUNT(tables));
    root = walk(&w, question, &allowed);
    assert_false(allowed);
    walks = list_of(root, "walks", 3);
    assert_true(json_is_true(json_object_get(json_array_get(walks, 0), "allowed")));
    for (size_t i = 0; i < COUNT(refused); i++) {
        one = json_array_get(walks, i + 1);
        assert_true(json_is_false(json_object_get(one, "allowed")));
        assert_string_equal(text_of(json_object_get(one, "access"), "kind"), refused[i].kind);
        assert_int_equal(number_of(json_object_get(one, "access"), "cpl"), 3);
        assert_string_equal(text_of(one, "rule"), refused[i].rule);
        fault = json_object_get(one, "fault");
        assert_int_equal(number_of(fault, "vector"), 14);
        assert_int_equal(number_of(fault, "error_code"), refused[i].code);
        assert_int_equal(hex_of(fault, "cr2"), 0x123);
        assert_string_equal(text_of(one, "outcome"), "mapped");
        list_of(one, "updates", 0);
    }
    assert_int_equal(hex_of(json_object_get(one, "decided_by"), "bits"), NX);
    assert_int_equal(number_of(json_object_get(one, "decided_by"), "level"), 1);
    json_decref(root);
    world_fini(&w);
}

static void test_walk_refused(void **state)
{
    static const struct {
        const char *claim;
        uint64_t in;
        const char *outcome, *kind;
        json_int_t vector, code;
        size_t steps;
    } rows[] = {
        { "nothing there", 0x5000, "not-present", "#PF", 14, 0, 4 },
        { "a reserved bit", 0x200000, "reserved", "#PF", 14, 9, 3 },
        { "no address", UINT64_C(1) << 47, "non-canonical", "#GP", 13, 0, 0 },
    };
    struct world w;

    (void)state;
    world_init(&w);
    world_put(&w, tables, COUNT(tables));
    for (size_t i = 0; i < COUNT(rows); i++) {
        json_t *root = walk(&w, (struct xenpt_question){ .in = rows[i].in }, NULL);
        const json_t *one = json_array_get(list_of(root, "walks", 1), 0);
        const json_t *fault = json_object_get(one, "fault");

        assert_string_equal(text_of(one, "outcome"), rows[i].outcome);
        is_null(one, "maddr");
        is_null(one, "page");
        is_null(one, "memory_type");
        assert_string_equal(text_of(one, "rights"), "----");
        assert_string_equal(text_of(fault, "kind"), rows[i].kind);
        assert_int_equal(number_of(fault, "vector"), rows[i].vector);
        assert_int_equal(number_of(fault, "error_code"), rows[i].code);
        if (rows[i].vector == 14)
            assert_int_equal(hex_of(fault, "cr2"), rows[i].in);
        else
            is_null(fault, "cr2");
        list_of(one, "steps", rows[i].steps);
        json_decref(root);
    }
    world_fini(&w);
}

/* --- Two stages
 * ----------------------------------------------------------------------------------- */

static void test_walk_two_stages(void **state)
{
    struct xenpt_question question = { .in = 0x123, .access = { .cpl = 3 } };
    const json_t *one, *steps, *step;
    char buf[128];
    struct world w;
    json_t *root;

    (void)state;
    world_init(&w);
    put_guest(&w, 0xb7); /* R W X, WB, a page. */
    root = walk(&w, question, NULL);
    one = json_array_get(list_of(root, "walks", 1), 0);
    assert_int_equal(hex_of(one, "maddr"), GUEST_AT + 0x10123);
    assert_int_equal(hex_of(one, "gaddr"), 0x10123);
    assert_string_equal(text_of(one, "page"), "4K");
    assert_string_equal(text_of(one, "rights"), "r--u");
    assert_int_equal(number_of(one, "references"), 19); /* (4 + 1)(3 + 1) - 1 */
    steps = list_of(one, "steps", 19);
    step = json_array_get(steps, 2);
    assert_string_equal(text_of(step, "stage"), "second");
    assert_int_equal(number_of(step, "level"), 2);
    assert_string_equal(words_of(step, "flags", buf), "R W X MT=6 PS");
    step = json_array_get(steps, 3);
    assert_string_equal(text_of(step, "stage"), "guest");
    assert_int_equal(number_of(step, "level"), 4);
    assert_int_equal(hex_of(step, "gaddr"), 0x1000);
    assert_int_equal(hex_of(step, "at"), GUEST_AT + 0x1000);
    json_decref(root);

    put_guest(&w, 0xb2); /* W without R. */
    root = walk(&w, question, NULL);
    one = json_array_get(list_of(root, "walks", 1), 0);
    assert_string_equal(text_of(one, "outcome"), "second-stage");
    assert_string_equal(text_of(json_object_get(one, "fault"), "kind"), "EPT misconfiguration");
    is_null(json_object_get(one, "fault"), "vector");
    is_null(json_object_get(one, "fault"), "error_code");
    is_null(json_object_get(one, "fault"), "cr2");
    assert_int_equal(hex_of(json_object_get(one, "fault"), "gaddr"), 0x1000);
    assert_string_equal(text_of(json_object_get(one, "decided_by"), "stage"), "second");
    json_decref(root);

    put_guest(&w, 0xb4); /* Execute-only: no guest's table can be read. */
    root = walk(&w, question, NULL);
    one = json_array_get(list_of(root, "walks", 1), 0);
    assert_string_equal(text_of(json_object_get(one, "fault"), "kind"), "EPT violation");
    /* SDM, table of exit qualifications: read, X permitted, linear address valid, not final. */
    assert_int_equal(hex_of(json_object_get(one, "fault"), "exit_qualification"), 0xa1);
    json_decref(root);
    world_fini(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_walk),
        cmocka_unit_test(test_walk_accesses),
        cmocka_unit_test(test_walk_refused),
        cmocka_unit_test(test_walk_two_stages),
    };

    return cmocka_run_group_tests_name("report_json", tests, NULL, NULL);
}
