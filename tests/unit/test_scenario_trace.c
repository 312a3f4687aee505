/* test_scenario_trace.c - what a traced step says of each word that it changed. */
#include "scenario_fixture.h"

static struct xenpt_run *trace(const char *text)
{
    static const struct xenpt_run_options opt = { .trace = true };
    struct xenpt_run *run = scenario_run(text, &opt);

    if (xenpt_run_result(run)->verdict != HELD)
        print_error("%s", text);
    assert_int_equal(xenpt_run_result(run)->verdict, HELD);
    return run;
}

/* The change of a word of a step; NULL: none. */
static const struct xenpt_run_change *find(struct xenpt_run *run, unsigned int step,
                                           const char *name, unsigned int slot)
{
    const struct xenpt_run_step *s = &xenpt_run_result(run)->cells[0].steps[step];

    for (size_t i = 0; i < s->nr_changes; i++)
        if (s->changes[i].name && !strcmp(s->changes[i].name, name) && s->changes[i].slot == slot)
            return &s->changes[i];
    return NULL;
}

#define NAMES "names: { t1: d1.gfn(8000), page: d1.gfn(8001), gone: d1.gfn(7000) }\n"
#define MMU   "  - { mmu-update: d1.v0, "

/* Names are the file's; before Xen has looked at a table, it is none. */
static void test_names(void **state)
{
    struct xenpt_run *run = trace(NAMES "steps:\n"
                                        "  - { let: other, be: d1.gfn(8002) }\n" MMU
                                        "table: t1, slot: 3, value: maddr(page) | 0x63 }\n" MMU
                                        "table: other, slot: 0, value: 5 }\n"
                                        "  - { mmuext-op: d1.v0, op: pin-l1, frame: t1 }\n");
    const struct xenpt_run_change *c = find(run, 2, "t1", 3);

    (void)state;
    assert_non_null(c);
    assert_null(c->table);
    assert_null(c->to);
    assert_null(c->why);
    assert_non_null(find(run, 3, "other", 0));
    c = find(run, 4, "t1", 3);
    assert_non_null(c);
    assert_string_equal(c->table, "L1 of d1");
    assert_int_equal(c->level, 1);
    assert_string_equal(c->to, "page");
    xenpt_run_destroy(run);
}

/* pv/mm.h, adjust_guest_l1e: US and bit 52 in what had no US, G in what had. */
static void test_adjusted(void **state)
{
    struct xenpt_run *run = trace(NAMES "steps:\n" MMU
                                        "table: t1, slot: 3, value: maddr(page) | 0x63 }\n"
                                        "  - { mmuext-op: d1.v0, op: pin-l1, frame: t1 }\n" MMU
                                        "table: t1, slot: 4, value: maddr(page) | 0x67 }\n" MMU
                                        "table: t1, slot: 4, value: maddr(page) | 0x65 }\n" MMU
                                        "table: t1, slot: 4, value: 0 }\n");
    const struct xenpt_run_change *c = find(run, 2, "t1", 3);

    (void)state;
    assert_int_equal(c->after & ~c->before, UINT64_C(1) << 52 | 4);
    assert_non_null(strstr(c->why, "bit 52"));
    c = find(run, 3, "t1", 4);
    assert_true(c->after & 0x100);
    assert_non_null(strstr(c->why, "Xen sets G"));
    assert_null(find(run, 4, "t1", 4)->why); /* It had G before. */
    assert_null(find(run, 5, "t1", 4)->why);
    xenpt_run_destroy(run);
}

/* What is kept outside of tables is told by the member that changed, of the structures of
 * public/grant_table.h and public/xen.h; a guest's own memory has no such name.  A table's name is
 * by the vCPU that it is of, and not by the CPU that happens to run on it. */
static void test_places(void **state)
{
    struct xenpt_run *run = trace(
        NAMES "steps:\n"
              "  - { run: d1.v0.kernel, on: cpu1 }\n"
              "  - { grant-offer: d1, ref: 8, to: d0, frame: page }\n"
              "  - { event-send: d1.v0, port: d1.console-port }\n"
              "  - { update-va-mapping: d1.v0, at: 0xffffffff80005000, value: 0 }\n");
    const struct xenpt_run_step *s = xenpt_run_result(run)->cells[0].steps;

    (void)state;
    assert_int_equal(s[2].nr_changes, 1);
    assert_null(s[2].changes[0].table);
    assert_string_equal(s[2].changes[0].place, "grant-table of d1, grant_entry_v1[8].flags");
    assert_int_equal(s[4].nr_changes, 1);
    assert_string_equal(s[4].changes[0].table, "L1 of d1.v0.kernel");
    assert_null(s[4].changes[0].place);
    xenpt_run_destroy(run);
}

/* An L4 that is validated has Xen's slots; the copy that XPTI runs on says what it is. */
static void test_slots(void **state)
{
    struct xenpt_run *run = trace(NAMES "steps:\n"
                                        "  - { run: d1.v0.kernel, on: cpu1 }\n"
                                        "  - { mmuext-op: d1.v0, op: pin-l4, frame: t1 }\n"
                                        "  - { mmuext-op: d1.v0, op: new-baseptr, frame: t1 }\n");
    const struct xenpt_run_step *s = &xenpt_run_result(run)->cells[0].steps[3];
    const struct xenpt_run_change *c = find(run, 2, "t1", 262);
    bool copied = false;

    (void)state;
    assert_non_null(c);
    assert_string_equal(c->why, "a slot of Xen's own: directmap");
    assert_string_equal(find(run, 2, "t1", 258)->to, "t1"); /* To itself. */
    for (size_t i = 0; i < s->nr_changes; i++)
        copied |= s->changes[i].table && !strcmp(s->changes[i].table, "L4 of cpu1.xpti");
    assert_true(copied);
    xenpt_run_destroy(run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_adjusted),
        cmocka_unit_test(test_places),
        cmocka_unit_test(test_slots),
    };

    return cmocka_run_group_tests(tests, scenario_setup, scenario_teardown);
}
