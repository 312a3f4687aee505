/* json_fixture.c - see json_fixture.h. */
#include "json_fixture.h"

bool put(void *ctx, const char *bytes, size_t n)
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

struct xenpt_report *begin(enum xenpt_report_kind kind, struct sheet *s)
{
    struct xenpt_report_options opt = { .form = XENPT_REPORT_JSON, .write = put, .ctx = s };
    struct xenpt_report *report;

    *s = (struct sheet){ .room = SIZE_MAX };
    assert_int_equal(xenpt_report_create(kind, &opt, &report, NULL), XENPT_OK);
    return report;
}

json_t *end(struct xenpt_report *report, struct sheet *s)
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

const char *text_of(const json_t *object, const char *key)
{
    const json_t *v = json_object_get(object, key);

    if (!json_is_string(v))
        fail_msg("%s is no string", key);
    return json_string_value(v);
}

uint64_t hex_of(const json_t *object, const char *key)
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

json_int_t number_of(const json_t *object, const char *key)
{
    const json_t *v = json_object_get(object, key);

    if (!json_is_integer(v))
        fail_msg("%s is no number", key);
    return json_integer_value(v);
}

const json_t *list_of(const json_t *object, const char *key, size_t n)
{
    const json_t *v = json_object_get(object, key);

    if (!json_is_array(v) || json_array_size(v) != n)
        fail_msg("%s is no list of %zu", key, n);
    return v;
}

void is_null(const json_t *object, const char *key)
{
    if (!json_is_null(json_object_get(object, key)))
        fail_msg("%s is not null", key);
}

const char *words_of(const json_t *object, const char *key, char buf[128])
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

const struct entry tables[NR_TABLES] = {
    { 0x1000, 0, 0x2000 | ALL | A },      { 0x2000, 0, 0x3000 | ALL },
    { 0x3000, 0, 0x4000 | ALL },          { 0x4000, 0, 0x10000 | P | US | NX },
    { 0x4000, 1, 0x11000 | P | US | NX }, { 0x3000, 1, 0x202000 | ALL | PS },
};

json_t *walk(const struct world *w, struct xenpt_question question, bool *allowed)
{
    struct sheet s;
    struct xenpt_report *report = begin(XENPT_REPORT_WALK, &s);

    assert_int_equal(xenpt_report_walk(report, &w->view, &w->context, &question, allowed, NULL),
                     XENPT_OK);
    return end(report, &s);
}

void put_guest(struct world *w, uint64_t leaf)
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
