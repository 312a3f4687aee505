/*
 * test_report_json.c - JSON reports, read back by a parser that is not ours.
 *
 * The schema is a promise (docs/json.md): a key that is missing here, or has another type, is
 * a break of it.
 */
#include <jansson.h>

#include "fail_alloc.h"
#include "map_fixture.h"
#include "xenpt/report.h"

/* A document as it comes out. */
struct sheet {
    char *text;
    size_t n;
    size_t room; /* Bytes that can still be written. */
};

static bool put(void *ctx, const char *bytes, size_t n)
{
    struct sheet *s = ctx;

    if (n > s->room)
        return false;
    s->text = realloc(s->text, s->n + n + 1);
    assert_non_null(s->text);
    memcpy(s->text + s->n, bytes, n);
    s->n += n;
    s->room -= n;
    s->text[s->n] = '\0';
    return true;
}

static struct xenpt_report *begin(enum xenpt_report_kind kind, struct sheet *s)
{
    struct xenpt_report_options opt = { .form = XENPT_REPORT_JSON, .write = put, .ctx = s };
    struct xenpt_report *report;

    *s = (struct sheet){ .room = SIZE_MAX };
    assert_int_equal(xenpt_report_create(kind, &opt, &report, NULL), XENPT_OK);
    return report;
}

/* The finished document, parsed. */
static json_t *end(struct xenpt_report *report, struct sheet *s)
{
    json_error_t error;
    json_t *root;

    assert_int_equal(xenpt_report_finish(report, NULL), XENPT_OK);
    xenpt_report_destroy(report);
    root = json_loadb(s->text, s->n, JSON_REJECT_DUPLICATES, &error);
    if (!root)
        fail_msg("line %d: %s:\n%s", error.line, error.text, s->text);
    free(s->text);
    return root;
}

static const char *text_of(const json_t *object, const char *key)
{
    const json_t *v = json_object_get(object, key);

    if (!json_is_string(v))
        fail_msg("%s is no string", key);
    return json_string_value(v);
}

static uint64_t hex_of(const json_t *object, const char *key)
{
    const char *text = text_of(object, key);
    char *rest;
    uint64_t v;

    if (strncmp(text, "0x", 2) != 0)
        fail_msg("%s is %s, without 0x", key, text);
    v = strtoull(text + 2, &rest, 16);
    assert_true(!*rest && rest != text + 2);
    return v;
}

static json_int_t number_of(const json_t *object, const char *key)
{
    const json_t *v = json_object_get(object, key);

    if (!json_is_integer(v))
        fail_msg("%s is no number", key);
    return json_integer_value(v);
}

static const json_t *list_of(const json_t *object, const char *key, size_t n)
{
    const json_t *v = json_object_get(object, key);

    if (!json_is_array(v) || json_array_size(v) != n)
        fail_msg("%s is no list of %zu", key, n);
    return v;
}

static void is_null(const json_t *object, const char *key)
{
    if (!json_is_null(json_object_get(object, key)))
        fail_msg("%s is not null", key);
}

/* A list of strings, as words. */
static const char *words_of(const json_t *object, const char *key, char buf[128])
{
    const json_t *list = json_object_get(object, key), *word;
    size_t i;

    assert_true(json_is_array(list));
    buf[0] = '\0';
    json_array_foreach(list, i, word)
    {
        assert_true(json_is_string(word));
        strcat(strcat(buf, i ? " " : ""), json_string_value(word));
    }
    return buf;
}

/* --- Walks --------------------------------------------------------------------------------- */

static const struct entry tables[] = {
    { 0x1000, 0, 0x2000 | ALL | A },      { 0x2000, 0, 0x3000 | ALL },
    { 0x3000, 0, 0x4000 | ALL },          { 0x4000, 0, 0x10000 | P | US | NX },
    { 0x4000, 1, 0x11000 | P | US | NX }, { 0x3000, 1, 0x202000 | ALL | PS },
};

static json_t *walk(const struct world *w, struct xenpt_question question, bool *allowed)
{
    struct sheet s;
    struct xenpt_report *report = begin(XENPT_REPORT_WALK, &s);

    assert_int_equal(xenpt_report_walk(report, &w->view, &w->context, &question, allowed, NULL),
                     XENPT_OK);
    return end(report, &s);
}

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

/* --- Two stages ---------------------------------------------------------------------------- */

#define GUEST_AT 0x200000

/* The guest's memory, 2 MiB, is one large page of EPT; gaddr + GUEST_AT is where it lies. */
static void put_guest(struct world *w, uint64_t leaf)
{
    struct xenpt_cpu cpu = xenpt_cpu_widest(XENPT_INTEL);
    const struct entry second[] = { { 0x101000, 0, 0x102007 },
                                    { 0x102000, 0, 0x103007 },
                                    { 0x103000, 0, GUEST_AT | leaf } };

    assert_int_equal(xenpt_paging_init_ept(&w->context.second, &cpu, 0x10101e, NULL), XENPT_OK);
    w->context.has_second = true;
    world_put(w, second, COUNT(second));
    for (size_t i = 0; i < COUNT(tables); i++) {
        struct entry e = tables[i];

        e.table += GUEST_AT;
        world_put(w, &e, 1);
    }
}

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

/* --- Maps ---------------------------------------------------------------------------------- */

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

/* --- Roots --------------------------------------------------------------------------------- */

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

/* --- Names from files ---------------------------------------------------------------------- */

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

/* --- Why an entry is there ----------------------------------------------------------------- */

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
    *ret = (struct xenpt_memory_explanation){ "d1", "start-info", "start_info.flags", maddr & 7 };
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

/* --- What can fail ------------------------------------------------------------------------- */

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
        cmocka_unit_test(test_walk),          cmocka_unit_test(test_walk_accesses),
        cmocka_unit_test(test_walk_refused),  cmocka_unit_test(test_walk_two_stages),
        cmocka_unit_test(test_map),           cmocka_unit_test(test_map_two_stages),
        cmocka_unit_test(test_roots),         cmocka_unit_test(test_strange_names),
        cmocka_unit_test(test_holds),         cmocka_unit_test(test_why),
        cmocka_unit_test(test_disk_full),     cmocka_unit_test(test_disk_full_at_the_end),
        cmocka_unit_test(test_out_of_memory),
    };

    return cmocka_run_group_tests_name("report_json", tests, NULL, NULL);
}
