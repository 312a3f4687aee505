/*
 * test_share.c - which tables contexts have in common: claims in words, tables, and the answer as
 * lines "SLOT: ENTRY-TARGET=CONTEXTS ... -=CONTEXTS; A/B LEVEL TABLES/OF +PAGES !OTHERS".
 */
#include "fail_alloc.h"
#include "map_fixture.h"
#include "xenpt/share.h"

static void append(char *buf, const char *fmt, uint64_t v)
{
    size_t used = strlen(buf);

    snprintf(buf + used, LINES_MAX - used, fmt, v);
}

static void contexts_of(char *buf, const size_t *member, size_t nr)
{
    for (size_t i = 0; i < nr; i++)
        append(buf, "%c", 'a' + member[i]);
}

static bool one_slot(void *ctx, const struct xenpt_share_slot *slot)
{
    char *buf = ctx;

    append(buf, "%llu:", slot->slot);
    for (size_t i = 0; i < slot->nr_groups; i++) {
        const struct xenpt_share_group *g = &slot->groups[i];

        if (g->itself)
            append(buf, " self=", 0);
        else
            append(buf, g->role == XENPT_PAGE ? " page %llx=" : " %llx=", g->target);
        contexts_of(buf, g->members, g->nr_members);
        if (g->has_twin)
            append(buf, "(%llu)", g->twin);
    }
    if (slot->nr_absent)
        append(buf, " -=", 0);
    contexts_of(buf, slot->absent, slot->nr_absent);
    for (size_t i = 0; i < slot->nr_meetings; i++) {
        const struct xenpt_share_meeting *m = &slot->meetings[i];

        append(buf, "; %llu/", m->a);
        append(buf, "%llu", m->b);
        append(buf, " L%llu", m->level);
        append(buf, " %llu/", m->tables);
        append(buf, "%llu", m->of);
        append(buf, " +%llu", m->pages);
        append(buf, " !%llu", m->others);
        if (m->cut)
            append(buf, " cut", 0);
    }
    append(buf, "\n", 0);
    return true;
}

/* Roots of contexts a, b, c. */
#define ROOT_A 0x1000
#define ROOT_B 0x2000
#define ROOT_C 0x3000

static const struct {
    const char *claim;
    unsigned int contexts;
    struct entry tables[24];
    const char *lines;
} rows[] = {
    { "the same L3 in two roots; a third has nothing there",
      3,
      { { ROOT_A, 5, 0x10000 | ALL }, { ROOT_B, 5, 0x10000 | ALL } },
      "5: 10000=ab -=c\n" },
    { "A and D are the processor's: entries that differ in nothing else are the same",
      2,
      { { ROOT_A, 5, 0x10000 | ALL | A }, { ROOT_B, 5, 0x10000 | ALL | D } },
      "5: 10000=ab\n" },
    { "other rights to the same table: two groups, which meet at its own level",
      2,
      { { ROOT_A, 5, 0x10000 | ALL }, { ROOT_B, 5, 0x10000 | P } },
      "5: 10000=a 10000=b; 0/1 L3 1/1 +0 !0\n" },
    { "each root itself",
      2,
      { { ROOT_A, 258, ROOT_A | P | RW }, { ROOT_B, 258, ROOT_B | P | RW } },
      "258: self=a self=b\n" },
    { "a root that leads to another root leads not to itself",
      2,
      { { ROOT_A, 258, ROOT_A | P | RW }, { ROOT_B, 258, ROOT_A | P | RW } },
      "258: self=ab\n" },
    { "larger groups first, and contexts in their order",
      3,
      { { ROOT_A, 0, 0x10000 | ALL }, { ROOT_B, 0, 0x11000 | ALL }, { ROOT_C, 0, 0x11000 | ALL } },
      "0: 11000=bc 10000=a\n" },
    { "one entry in two slots",
      2,
      { { ROOT_A, 4, 0x10000 | ALL },
        { ROOT_A, 260, 0x10000 | ALL },
        { ROOT_B, 260, 0x10000 | ALL } },
      "4: 10000=a -=b\n260: 10000=ab\n" },
    { "and in two slots of all that have it",
      1,
      { { ROOT_A, 4, 0x10000 | ALL }, { ROOT_A, 260, 0x10000 | ALL } },
      "4: 10000=a\n260: 10000=a(4)\n" },
    { "trees with their own L3 and one of two L2 in common",
      2,
      { { ROOT_A, 1, 0x10000 | ALL },
        { ROOT_B, 1, 0x11000 | ALL },
        { 0x10000, 0, 0x20000 | ALL },
        { 0x11000, 0, 0x20000 | ALL },
        { 0x10000, 1, 0x21000 | ALL },
        { 0x11000, 1, 0x22000 | ALL } },
      "1: 10000=a 11000=b; 0/1 L2 1/3 +0 !0\n" },
    { "an L2 at another address is no common one",
      2,
      { { ROOT_A, 1, 0x10000 | ALL },
        { ROOT_B, 1, 0x11000 | ALL },
        { 0x10000, 0, 0x20000 | ALL },
        { 0x11000, 1, 0x20000 | ALL } },
      "1: 10000=a 11000=b\n" },
    { "their own tables, with one page the same and one not",
      2,
      { { ROOT_A, 1, 0x10000 | ALL },
        { ROOT_B, 1, 0x11000 | ALL },
        { 0x10000, 0, 0x20000 | ALL },
        { 0x11000, 0, 0x21000 | ALL },
        { 0x20000, 0, 0x30000 | ALL },
        { 0x21000, 0, 0x31000 | ALL },
        { 0x30000, 7, 0x50000 | ALL },
        { 0x31000, 7, 0x50000 | ALL },
        { 0x30000, 8, 0x51000 | ALL },
        { 0x31000, 8, 0x52000 | ALL },
        { 0x30000, 9, 0x53000 | ALL } },
      "1: 10000=a 11000=b; 0/1 L0 0/0 +1 !1\n" },
    { "a page of 2M, and a table with three pages of it and one of another",
      2,
      { { ROOT_A, 1, 0x10000 | ALL },
        { ROOT_B, 1, 0x11000 | ALL },
        { 0x10000, 0, 0x20000 | ALL },
        { 0x11000, 0, 0x21000 | ALL },
        { 0x20000, 0, 0x200000 | ALL | PS },
        { 0x21000, 0, 0x31000 | ALL },
        { 0x31000, 0, 0x200000 | ALL },
        { 0x31000, 1, 0x201000 | ALL },
        { 0x31000, 511, 0x3ff000 | ALL },
        { 0x31000, 2, 0x203000 | ALL } },
      "1: 10000=a 11000=b; 0/1 L0 0/0 +3 !1\n" },
};

static enum xenpt_code share(const struct world *w, unsigned int n, char *buf,
                             struct xenpt_error *err)
{
    static const uint64_t roots[] = { ROOT_A, ROOT_B, ROOT_C };
    const struct xenpt_context *list[COUNT(roots)];
    struct xenpt_context contexts[COUNT(roots)];

    for (unsigned int i = 0; i < COUNT(roots); i++) {
        contexts[i] = w->context;
        contexts[i].paging.root = roots[i];
        list[i] = &contexts[i];
    }
    buf[0] = '\0';
    return xenpt_share(&w->view, list, n, one_slot, buf, err);
}

static void test_rows(void **state)
{
    char buf[LINES_MAX];
    struct world w;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        world_init(&w);
        world_put(&w, rows[i].tables, COUNT(rows[i].tables));
        assert_int_equal(share(&w, rows[i].contexts, buf, NULL), XENPT_OK);
        if (strcmp(buf, rows[i].lines) != 0)
            fail_msg("%s:\n%snot\n%s", rows[i].claim, buf, rows[i].lines);
        world_fini(&w);
    }
}

/*
 * Table 0 leads 512 times to the next 31, and each of them 512 times to the 32 after: a quarter of
 * a million pairs of L1 tables, the end of which is not waited for.  These have a page each.
 */
static void test_cut(void **state)
{
    char buf[LINES_MAX];
    struct world w;

    (void)state;
    world_init(&w);
    world_put(&w, (struct entry[]){ { ROOT_A, 1, 0x10000 | ALL }, { ROOT_B, 1, 0x80000 | ALL } },
              2);
    for (uint64_t t = 0; t < 64; t++)
        for (unsigned int i = 0; i < (t < 32 ? 512 : 1); i++) {
            uint64_t to = t ? 32 + i % 32 : 1 + i % 31;

            world_put(
                &w,
                (struct entry[]){ { 0x10000 + t * 0x1000, i, (0x10000 + to * 0x1000) | ALL },
                                  { 0x80000 + t * 0x1000, i, (0x80000 + to * 0x1000) | ALL } },
                2);
        }
    assert_int_equal(share(&w, 2, buf, NULL), XENPT_OK);
    assert_non_null(strstr(buf, "cut"));
    world_fini(&w);
}

static void test_refused(void **state)
{
    struct xenpt_error err = { 0 };
    const struct xenpt_context *list[2];
    struct xenpt_context other;
    char buf[LINES_MAX] = "";
    struct world w;

    (void)state;
    world_init(&w);
    other = w.context;
    list[0] = &w.context;
    list[1] = &other;
    assert_int_equal(xenpt_share(&w.view, list, 0, one_slot, buf, &err), XENPT_OK);
    other.paging.root = UINT64_C(1) << 40;
    assert_int_equal(xenpt_share(&w.view, list, 2, one_slot, buf, &err), XENPT_ESTATE);
    assert_non_null(strstr(err.text, "not in memory"));
    other = w.context;
    other.has_second = true;
    assert_int_equal(xenpt_share(&w.view, list, 2, one_slot, buf, &err), XENPT_ESTATE);
    world_first(&w, "pae", 0x1000);
    other.has_second = false;
    assert_int_equal(xenpt_share(&w.view, list, 2, one_slot, buf, &err), XENPT_ESTATE);
    world_first(&w, "unpaged", 0);
    assert_int_equal(xenpt_share(&w.view, list, 1, one_slot, buf, &err), XENPT_ESTATE);
    world_fini(&w);
}

static bool stop(void *ctx, const struct xenpt_share_slot *slot)
{
    (void)ctx;
    (void)slot;
    return false;
}

static void test_stopped_and_out_of_memory(void **state)
{
    const struct xenpt_context *list[1];
    enum xenpt_code code;
    char buf[LINES_MAX];
    unsigned long n = 0;
    struct world w;

    (void)state;
    world_init(&w);
    world_put(&w, rows[0].tables, COUNT(rows[0].tables));
    list[0] = &w.context;
    assert_int_equal(xenpt_share(&w.view, list, 1, stop, NULL, NULL), XENPT_ESTOPPED);
    do {
        fail_alloc_after(n++);
        code = share(&w, 3, buf, NULL);
        assert_true(fail_alloc_stop() ? code == XENPT_ENOMEM : code == XENPT_OK);
    } while (code);
    assert_true(n > 3);
    world_fini(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_stopped_and_out_of_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
