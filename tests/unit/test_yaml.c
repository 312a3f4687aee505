/*
 * test_yaml.c - files as trees: what is read, where each node stands, and what is refused, with
 * its line and column.  YAML 1.2's own words for what is what.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "fail_alloc.h"
#include "yaml/doc.h"

static struct doc *new_doc(void)
{
    struct doc *doc = NULL;

    assert_int_equal(doc_create(&doc, NULL), XENPT_OK);
    return doc;
}

/* A node as one line: {a: [b, 'c'], d: ~}. */
static void show(const struct node *n, char *buf, size_t size)
{
    size_t used = strlen(buf);

#define PUT(...) snprintf(buf + strlen(buf), size - strlen(buf), __VA_ARGS__)
    (void)used;
    switch (n->kind) {
    case NODE_NULL:
        PUT("~");
        break;
    case NODE_TEXT:
        PUT(n->quoted ? "'%s'" : "%s", n->text);
        break;
    default:
        PUT(n->kind == NODE_MAP ? "{" : "[");
        for (size_t i = 0; i < n->nr; i++) {
            PUT("%s", i ? ", " : "");
            if (n->kind == NODE_MAP)
                PUT("%s: ", n->keys[i]->text);
            show(n->items[i], buf, size);
        }
        PUT(n->kind == NODE_MAP ? "}" : "]");
    }
#undef PUT
}

static void test_trees(void **state)
{
    static const struct {
        const char *yaml, *tree;
    } rows[] = {
        { "a: 1\nb: [x, \"y z\"]\n", "{a: 1, b: [x, 'y z']}" },
        { "- a\n- - b\n  - c\n", "[a, [b, c]]" },
        { "a: ~\nb:\nc: null\nd: \"\"\ne: 'null'\n", "{a: ~, b: ~, c: ~, d: '', e: 'null'}" },
        { "{}", "{}" },
        { "[]", "[]" },
        { "a: >-\n  two\n  lines\n", "{a: 'two lines'}" },
        { "---\na: b\n...\n", "{a: b}" },
        { "\xef\xbb\xbf"
          "a: b\n",
          "{a: b}" },
        { "a: \xc3\xa4\n", "{a: \xc3\xa4}" },
        { "a: &x [1, 2]\nb: *x\n", "{a: [1, 2], b: [1, 2]}" },
        { "a: &x 1\nb: &x 2\nc: *x\n", "{a: 1, b: 2, c: 2}" },
        { "# only\na: b # a comment\n", "{a: b}" },
        { "<<: a\n", "{<<: a}" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct mistakes m = { .fn = NULL };
        struct doc *doc = new_doc();
        const struct node *root = doc_read(doc, "t", rows[i].yaml, strlen(rows[i].yaml),
                                           &doc_limits, &m);
        char buf[200] = "";

        if (!root || m.nr)
            fail_msg("%s: %s", rows[i].yaml, m.first.text);
        show(root, buf, sizeof(buf));
        assert_string_equal(buf, rows[i].tree);
        doc_destroy(doc);
    }
    doc_destroy(NULL);
}

static void test_places(void **state)
{
    const char *yaml = "a:\n  b: [c,\n    d]\n\xc3\xa4: x\n";
    struct mistakes m = { .fn = NULL };
    struct doc *doc = new_doc();
    const struct node *root = doc_read(doc, "file", yaml, strlen(yaml), &doc_limits, &m);
    const struct node *list = node_get(node_get(root, "a"), "b");

    (void)state;
    assert_string_equal(list->at.file, "file");
    assert_int_equal(list->at.line * 100 + list->at.column, 206);
    assert_int_equal(list->items[1]->at.line * 100 + list->items[1]->at.column, 305);
    assert_int_equal(root->keys[1]->at.line * 100 + root->keys[1]->at.column, 401);
    assert_int_equal(root->items[1]->at.column, 4); /* Characters, not bytes. */
    assert_null(node_get(root, "b"));
    assert_null(node_get(list, "c"));
    doc_destroy(doc);
}

static void test_refused(void **state)
{
    static const struct {
        const char *yaml;
        unsigned int line, column;
        const char *says;
        bool tree; /* There is one all the same. */
    } rows[] = {
        { "", 1, 1, "the file is empty", false },
        { "# nothing\n", 2, 1, "the file is empty", false },
        { "a: b\n---\nc: d\n", 2, 1, "a second document", true },
        { "a: 1\nb: 2\na: 3\n", 3, 1, "the key 'a' is there already, in line 1", true },
        { "a: { x: 1, y: 2, x: 3 }\n", 1, 18, "the key 'x' is there already, in line 1", true },
        { "a: !!int 1\n", 1, 4, "tags are not taken: tag:yaml.org,2002:int", true },
        { "a: !x [b]\n", 1, 4, "tags are not taken: !x", true },
        { "? [a]\n: b\n", 1, 3, "a list cannot be a key", true },
        { "? {a: b}\n: c\n", 1, 3, "a map cannot be a key", true },
        { "~: b\n", 1, 1, "nothing cannot be a key", true },
        { "a: *x\n", 1, 4, "*x names nothing", false },
        { "a: &x [*x]\n", 1, 8, "*x stands in what it names", false },
        { "a: [b\n", 2, 1, "no YAML: did not find expected ',' or ']'", false },
        { "a: b: c\n", 1, 5, "no YAML: mapping values are not allowed in this context", false },
        { "a:\n\t- b\n", 2, 1,
          "no YAML: found character that cannot start any token, while scanning for the next "
          "token: "
          "it is a tab",
          false },
        { "a: \xc3\xa9\n\t- b\n", 2, 1, "it is a tab", false },
        { "a: 1\nb\nc: 2\n", 3, 1, "while scanning a simple key that begins in line 2", false },
        { "a: \"b\n", 2, 1, "no YAML: found unexpected end of stream", false },
        { "a: b\nc: \xff\n", 2, 4, "a file is UTF-8", false },
        { "a: \xc3\xa4\xc3(\n", 1, 6, "a file is UTF-8", false },
        { "a: \xed\xa0\x80\n", 1, 4, "a file is UTF-8", false },
        { "a: \x01\n", 1, 4, "control characters are not allowed, 0x1", false },
        { "a: \"\\0\"\n", 1, 4, "a text holds a NUL", true },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct mistakes m = { .fn = NULL };
        struct doc *doc = new_doc();
        const struct node *root = doc_read(doc, "t", rows[i].yaml, strlen(rows[i].yaml),
                                           &doc_limits, &m);

        if (!m.nr || !strstr(m.first.text, rows[i].says) || m.first.line != rows[i].line ||
            m.first.column != rows[i].column)
            fail_msg("%s: %u:%u: %s", rows[i].yaml, m.first.line, m.first.column, m.first.text);
        if (!root == rows[i].tree)
            fail_msg("%s: is there a tree?", rows[i].yaml);
        doc_destroy(doc);
    }
}

static enum xenpt_code refused(const char *yaml, size_t n, const char *says)
{
    struct mistakes m = { .fn = NULL };
    struct doc *doc = new_doc();

    assert_null(doc_read(doc, "t", yaml, n, &doc_limits, &m));
    assert_int_equal(m.nr, 1);
    if (!strstr(m.first.text, says))
        fail_msg("%s", m.first.text);
    doc_destroy(doc);
    return m.first.code;
}

/* Small files that would be large in memory, or deep on the stack. */
static void test_bombs(void **state)
{
    char *yaml = malloc((size_t)1 << 23);
    size_t n = 0;

    (void)state;
    assert_non_null(yaml);
    memset(yaml, '[', 100000);
    assert_int_equal(refused(yaml, 100000, "more than 32 lists and maps in each other"),
                     XENPT_ERANGE);
    n = (size_t)sprintf(yaml, "a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for (int i = 1; i < 20; i++)
        n += (size_t)sprintf(yaml + n, "a%d: &a%d [*a%d, *a%d, *a%d, *a%d, *a%d, *a%d]\n", i, i,
                             i - 1, i - 1, i - 1, i - 1, i - 1, i - 1);
    assert_int_equal(refused(yaml, n, "more than 262144 values, aliases followed"), XENPT_ERANGE);
    for (n = 0; n < 1500000; n += 3)
        memcpy(yaml + n, "- \n", 3);
    assert_int_equal(refused(yaml, n, "more than 262144 values"), XENPT_ERANGE);
    memset(yaml, ' ', (size_t)1 << 23);
    assert_int_equal(refused(yaml, (size_t)1 << 23, "it has more than 4194304 bytes"),
                     XENPT_ERANGE);
    free(yaml);
}

static void test_numbers(void **state)
{
    static const struct {
        const char *text;
        bool ok;
        uint64_t v;
    } rows[] = {
        { "0", true, 0 },
        { "4096", true, 4096 },
        { "0xffff830000000000", true, 0xffff830000000000 },
        { "0xFF", true, 255 },
        { "4K", true, 4096 },
        { "2MiB", true, 2 << 20 },
        { "3 GiB", true, UINT64_C(3) << 30 },
        { "5T", true, UINT64_C(5) << 40 },
        { "1P", true, UINT64_C(1) << 50 },
        { "15E", true, UINT64_C(15) << 60 },
        { "18446744073709551615", true, UINT64_MAX },
        { "18446744073709551616", false, 0 },
        { "0x10000000000000000", false, 0 },
        { "16E", false, 0 },
        { "0x", false, 0 },
        { "-1", false, 0 },
        { "1.5G", false, 0 },
        { "4k", false, 0 },
        { "4KB", false, 0 },
        { "4  K", false, 0 },
        { "K", false, 0 },
        { "'4'", false, 0 },
        { "[4]", false, 0 },
        { "~", false, 0 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct mistakes m = { .fn = NULL };
        struct doc *doc = new_doc();
        uint64_t v = 0;
        const struct node *n = doc_read(doc, "t", rows[i].text, strlen(rows[i].text), &doc_limits,
                                        &m);

        if (node_number(n, &v) != rows[i].ok || v != rows[i].v)
            fail_msg("%s: %llu", rows[i].text, (unsigned long long)v);
        doc_destroy(doc);
    }
}

static void test_overlays(void **state)
{
    static const struct {
        const char *base, *over, *tree;
    } rows[] = {
        { "{a: 1, b: 2}", "{b: 3}", "{a: 1, b: 3}" },
        { "{a: 1, b: 2}", "{c: 3}", "{a: 1, b: 2, c: 3}" },
        { "{a: 1, b: 2}", "{a: ~}", "{b: 2}" },
        { "{a: {x: 1, y: 2}}", "{a: {y: 3}}", "{a: {x: 1, y: 3}}" },
        { "{a: {x: 1}}", "{a: [1]}", "{a: [1]}" },
        { "{a: [1, 2]}", "{a: [3]}", "{a: [3]}" },
        { "{a: 1}", "{a: {x: 1}}", "{a: {x: 1}}" },
        { "{a: 1}", "{}", "{a: 1}" },
        { "{a: 1}", "{b: ~}", "{a: 1}" },
        { "{}", "{a: 1}", "{a: 1}" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct mistakes m = { .fn = NULL };
        struct doc *doc = new_doc();
        const struct node *base = doc_read(doc, "base", rows[i].base, strlen(rows[i].base),
                                           &doc_limits, &m);
        const struct node *over = doc_read(doc, "over", rows[i].over, strlen(rows[i].over),
                                           &doc_limits, &m);
        char buf[200] = "";

        show(doc_overlay(doc, base, over), buf, sizeof(buf));
        assert_string_equal(buf, rows[i].tree);
        doc_destroy(doc);
    }
}

static void test_files(void **state)
{
    char path[] = "/tmp/test_yaml.XXXXXX";
    struct mistakes m = { .fn = NULL };
    struct doc *doc = new_doc();
    int fd = mkstemp(path);

    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "a: b\na: c\n", 10), 10);
    close(fd);
    assert_non_null(doc_read_file(doc, path, &doc_limits, &m));
    assert_string_equal(m.first.file, path);
    assert_int_equal(m.first.line, 2);
    unlink(path);
    m = (struct mistakes){ .fn = NULL };
    assert_null(doc_read_file(doc, path, &doc_limits, &m));
    assert_int_equal(m.first.code, XENPT_EIO);
    m = (struct mistakes){ .fn = NULL };
    assert_null(doc_read_file(doc, "/dev/zero", &doc_limits, &m));
    assert_non_null(strstr(m.first.text, "more than 4194304 bytes"));
    doc_destroy(doc);
}

static void count(void *ctx, const struct xenpt_error *e)
{
    (void)e;
    ++*(size_t *)ctx;
}

/* A file of nothing but mistakes does not write forever. */
static void test_many_mistakes(void **state)
{
    char yaml[16384];
    size_t n = 0, told = 0;
    struct mistakes m = { .fn = count, .ctx = &told };
    struct doc *doc = new_doc();
    struct xenpt_error err;

    (void)state;
    for (int i = 0; i < 500; i++)
        n += (size_t)sprintf(yaml + n, "- !x y\n");
    assert_non_null(doc_read(doc, "t", yaml, n, &doc_limits, &m));
    assert_int_equal(m.nr, 500);
    assert_int_equal(told, 100);
    assert_int_equal(mistakes_end(&m, &err), XENPT_EPARSE);
    assert_non_null(strstr(err.text, "(and 499 more mistakes)"));
    doc_destroy(doc);
}

static void test_out_of_memory(void **state)
{
    const char *yaml = "a: &x [1, 2, 3, 4, 5, 6, 7, 8, 9]\nb: *x\nc: { d: e }\n";
    struct mistakes m;
    const struct node *root;

    (void)state;
    for (unsigned long n = 0;; n++) {
        struct doc *doc = new_doc();

        m = (struct mistakes){ .fn = NULL };
        fail_alloc_after(n);
        root = doc_read(doc, "t", yaml, strlen(yaml), &doc_limits, &m);
        if (!fail_alloc_stop()) {
            assert_int_equal(m.nr, 0);
            assert_non_null(root);
            doc_destroy(doc);
            break;
        }
        assert_null(root);
        assert_int_equal(m.first.code, XENPT_ENOMEM);
        doc_destroy(doc);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_trees),         cmocka_unit_test(test_places),
        cmocka_unit_test(test_refused),       cmocka_unit_test(test_bombs),
        cmocka_unit_test(test_numbers),       cmocka_unit_test(test_overlays),
        cmocka_unit_test(test_files),         cmocka_unit_test(test_many_mistakes),
        cmocka_unit_test(test_out_of_memory),
    };

    return cmocka_run_group_tests_name("yaml", tests, NULL, NULL);
}
