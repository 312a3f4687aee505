/*
 * test_expose_policy.c - what should not be: small worlds in words, through one stage and two, and
 * what goes wrong.
 */
#include "expose_fixture.h"

static bool add_finding(void *ctx, const struct xenpt_policy_finding *f)
{
    char *buf = ctx;
    size_t n = strlen(buf);

    snprintf(buf + n, TEXT_MAX - n, "%s %s slot %u: %llx, %llx>%llx %s%s%s %s\n",
             xenpt_policy_row(f->policy)->name, xenpt_executor_name(f->by), f->slot,
             (unsigned long long)f->bytes, (unsigned long long)f->in, (unsigned long long)f->maddr,
             f->can & XENPT_EXPOSE_READ ? "r" : "-", f->can & XENPT_EXPOSE_WRITE ? "w" : "-",
             f->can & XENPT_EXPOSE_EXECUTE ? "x" : "-", owner_name(f->owner));
    return true;
}

static const struct {
    const char *claim;
    struct entry entries[ENTRIES_MAX];
    const char *kind;
    const char *lines;
} policies[] = {
    { "what is as it should be",
      { WAY, { 0x4000, 0, 0x10000 | P | US }, { 0x4000, 1, 0x11000 | P | RW | US | NX } },
      "xpti",
      "" },
    { "written and executed, at the lowest address; by a user where it is a user's",
      { WAY,
        { 0x4000, 5, 0x10000 | P | US },
        { 0x4000, 7, 0x12000 | ALL },
        { 0x4000, 6, 0x11000 | ALL },
        { 0x1000, 511, 0x2000 | ALL } },
      "xpti",
      "wx user slot 0: 2000, 6000>11000 rwx d1\n"
      "wx user slot 511: 2000, ffffff8000006000>11000 rwx d1\n" },
    { "a table that was gone through with fewer rights is gone through again",
      { { 0x1000, 0, 0x2000 | ALL },
        { 0x2000, 0, 0x3000 | P | US },
        { 0x2000, 1, 0x3000 | ALL },
        { 0x3000, 0, 0x4000 | ALL },
        { 0x4000, 1, 0x10000 | ALL } },
      "xpti",
      "wx user slot 0: 1000, 40001000>10000 rwx d1\n" },
    { "a table is written through a large page, and found in the middle of it",
      { { 0x1000, 3, 0x2000 | ALL }, { 0x2000, 1, 0x3000 | ALL }, { 0x3000, 1, PS | ALL | NX } },
      "pv64-user",
      "tables user slot 3: 3000, 18040201000>1000 rw- xen\n"
      "user-xen user slot 3: 10000, 18040200000>0 rw- xen\n"
      "tables xen slot 3: 3000, 18040201000>1000 rw- xen\n" },
    { "a guest's code reads a page of Xen's",
      { WAY, { 0x4000, 0, 0xf000 | P | US | NX }, { 0x4000, 1, 0x9000 | P | RW | NX } },
      "xpti",
      "user-xen user slot 0: 1000, 0>f000 r-- xen\n" },
};

static void test_policies(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(policies); i++) {
        struct xenpt_expose_options opt = { .owners = &owners };
        char buf[TEXT_MAX] = "";
        struct world w;

        world_init(&w);
        world_put(&w, policies[i].entries, ENTRIES_MAX);
        w.context.kind = policies[i].kind;
        assert_int_equal(xenpt_expose_policies(&w.view, &opt, 0, add_finding, buf, NULL), XENPT_OK);
        if (strcmp(buf, policies[i].lines) != 0)
            fail_msg("%s:\n%sexpected:\n%s", policies[i].claim, buf, policies[i].lines);
        world_fini(&w);
    }
}

/* XSA-304: 2 MiB that can be executed, beside 4 KiB that can, and 1 GiB that cannot. */
static void test_superpages(void **state)
{
    static const struct entry entries[] = {
        { 0x103000, 2, 0x200000 | EPT_ALL | PS },
        { 0x103000, 3, 0x200000 | EPT_ALL | PS },
        { 0x102000, 1, 0x40000000 | EPT_R | EPT_W | 6u << 3 | PS },
    };
    struct xenpt_expose_options opt = { .owners = &owners };
    char buf[TEXT_MAX] = "";
    struct world w;

    (void)state;
    world_init(&w);
    second_stage(&w);
    world_put(&w, entries, COUNT(entries));
    w.context.paging = w.context.second;
    w.context.has_second = false;
    w.context.kind = "ept";
    assert_int_equal(
        xenpt_expose_policies(&w.view, &opt, 1u << XENPT_POLICY_SUPERPAGES, add_finding, buf, NULL),
        XENPT_OK);
    assert_string_equal(buf, "superpages kernel slot 0: 200000, 400000>200000 rwx d2\n");
    world_fini(&w);
}

/* A guest's mapping of one of Xen's tables, through both stages. */
static void test_policy_second(void **state)
{
    static const struct entry entries[] = { { 0x104000, 6, 0x103000 | EPT_ALL } };
    struct xenpt_expose_options opt = { .owners = &owners };
    char buf[TEXT_MAX] = "";
    struct world w;

    (void)state;
    world_init(&w);
    second_stage(&w);
    world_put(&w, entries, COUNT(entries));
    assert_int_equal(
        xenpt_expose_policies(&w.view, &opt, 1u << XENPT_POLICY_TABLES, add_finding, buf, NULL),
        XENPT_OK);
    assert_string_equal(buf, "tables kernel slot 0: 1000, 1000>103000 rw- d2\n");
    world_fini(&w);
}

/* --- What goes wrong ----------------------------------------------------------------------- */

static bool stop_finding(void *ctx, const struct xenpt_policy_finding *f)
{
    (void)ctx;
    (void)f;
    return false;
}

static void test_stopped(void **state)
{
    static const struct entry entries[] = { WAY, { 0x4000, 0, 0x9000 | ALL } };
    struct xenpt_expose_options opt = { .owners = &owners };
    struct xenpt_error err;
    struct world w;

    (void)state;
    world_init(&w);
    world_put(&w, entries, COUNT(entries));
    assert_int_equal(xenpt_expose_policies(&w.view, &opt, 0, stop_finding, NULL, &err),
                     XENPT_ESTOPPED);
    world_fini(&w);
}

static enum xenpt_code ask(const struct world *w, char *text)
{
    struct xenpt_expose_options opt = { .owners = &owners };

    return xenpt_expose_policies(&w->view, &opt, 0, add_finding, text, NULL);
}

static void test_no_memory(void **state)
{
    (void)state;
    each_allocation_fails(ask);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_policies),      cmocka_unit_test(test_superpages),
        cmocka_unit_test(test_policy_second), cmocka_unit_test(test_stopped),
        cmocka_unit_test(test_no_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
