/* test_scenario_mistakes.c - files that are no scenarios, parameters, includes, and no memory. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "fail_alloc.h"
#include "scenario_fixture.h"

struct mistake_row {
    const char *text;
    size_t nr; /* Mistakes. */
    unsigned int line;
    const char *says;
};

static void check(const struct mistake_row *row)
{
    struct xenpt_run *run = scenario_run(row->text, NULL);
    const struct xenpt_run_result *r = xenpt_run_result(run);

    if (r->nr_mistakes != row->nr || !r->nr_mistakes || r->mistakes[0].line != row->line ||
        !strstr(r->mistakes[0].text, row->says))
        for (size_t i = 0; i < r->nr_mistakes; i++)
            print_error("%s\n  %u:%u: %s\n", row->text, r->mistakes[i].line, r->mistakes[i].column,
                        r->mistakes[i].text);
    assert_int_equal(r->nr_mistakes, row->nr);
    assert_int_equal(r->verdict, XENPT_RUN_ERROR);
    assert_int_equal(r->nr_cells, 0);
    assert_int_equal(r->mistakes[0].line, row->line);
    assert_non_null(strstr(r->mistakes[0].text, row->says));
    xenpt_run_destroy(run);
}

/* The small machine has seven lines. */
static void test_mistakes(void **state)
{
    static const struct mistake_row rows[] = {
        { "step: []\n", 1, 8, "did you mean 'steps'?" },
        { "steps: { run: d0.v0.user }\n", 1, 8, "a list of steps was expected" },
        { "steps: [ { run: d0.v0.user, expect: 5 } ]\n", 1, 8, "a list of expectations" },
        { "steps: []\nsteps: []\n", 1, 9, "is there already" },
        { "expect:\n  - { unmapped: xen.directmap(sekret), in: d0.v0.usr }\n"
          "  - { slot: 999, in: d0.v0.xen, is: absent }\n  - { maped: 1 }\nnames: { secret: 5 }\n",
          4, 9, "did you mean 'secret'?" },
        { "names: { a: b, b: c, c: a }\n", 1, 8, "stands for itself" },
        { "names: { a: a }\n", 1, 8, "stands for itself" },
        { "names: { 1a: 5 }\n", 1, 8, "is no name" },
        { "names: [ a ]\n", 1, 8, "a map was expected" },
        { "names: { a: 1 + }\n", 1, 8, "missing at the end" },
        { "names: { a: (1 + 2 }\n", 1, 8, "a closing parenthesis" },
        { "names: { a: 1 2 }\n", 1, 8, "is too much" },
        { "expect: [ { root: xen contexts, is: 1 } ]\n", 1, 8,
          "which of them? 'every xen contexts', 'any xen contexts' or 'no xen contexts'" },
        { "expect: [ { root: all xen contexts, is: 1 } ]\n", 1, 8,
          "did you mean 'every xen contexts'?" },
        { "expect: [ { root: some, is: 1 } ]\n", 1, 8, "there is no 'some'" },
        { "names: { a: 99999999999999999999 }\n", 1, 8, "no number of 64 bits" },
        { "names: { a: d0.gfn(1) + d0.gfn(2) }\n", 1, 8, "make nothing together" },
        { "names: { a: 'd0.gfn(1, 2)' }\n", 1, 8, "all that it takes" },
        { "names: { a: 'va(1, 2)' }\n", 1, 8, "it is written as va(" },
        { "names:\n  a: va(1, 2\n", 1, 9, "a text with a comma is in quotes" },
        { "steps: [ { create: d5, as: { type: pv64, memory: 16M, tables: { kernel: { slots: { 5: { "
          "to: x }, 5..6: { to: self } } } } } } ]\n",
          2, 8, "there is no 'x'" },
        { "names: { a: xen.m2p }\n", 1, 8, "it is written as xen.m2p(MFN)" },
        { "names: { a: d0.gfn }\n", 1, 8, "it is written as d1.gfn(N)" },
        { "names: { a: d4.gfn(5) }\n", 1, 8, "did you mean 'd0'?" },
        { "names: { a: d0.v0.rot }\n", 1, 8, "did you mean 'root'?" },
        { "names: { a: secret-1 }\n", 1, 8, "a minus has blanks around it" },
        { "names: { a: maddr(maddr(5)) }\n", 1, 8, "mfn(MADDR)" },
        { "names: { a: cpu9 }\n", 1, 8, "the host has 2 CPUs" },
        { "names: { a: ((((((((((((((((((((((((((((((((((1)))))))))))))))))))))))))))))))))) }\n",
          1, 8, "more than 32 parentheses" },
        { "names: { a: 'b+b+b+b+b+b+b+b', b: 'c+c+c+c+c+c+c+c', c: 'd+d+d+d+d+d+d+d', d: "
          "'e+e+e+e+e+e+e+e', e: 'f+f+f+f+f+f+f+f', f: '1+1+1+1+1+1+1+1' }\n",
          1, 8, "more than 65536 values" },
        { "about: $rel\n", 1, 8, "written $$" },
        { "parameters: { rel: [1] }\nabout: ${re}\n", 1, 9, "did you mean 'rel'?" },
        { "parameters: { a: [] }\n", 1, 8, "has no values" },
        { "parameters: [ a ]\n", 1, 8, "a map" },
        { "parameters: { a: [1] }\nexcept: { a: 1 }\n", 1, 9, "a list was expected" },
        { "parameters: { a: [1] }\nexcept: [ { b: 1 } ]\n", 1, 9, "there is no parameter 'b'" },
        { "include: nowhere.yaml\n", 1, 0, "cannot read it" },
        { "include: { a: b }\n", 1, 8, "the name of a file" },
        { "about: \xff\n", 1, 8, "UTF-8" },
        { "about: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]\n", 1,
          8, "in each other" },
        { "steps: &a [ *a ]\n", 1, 8, "stands in what it names" },
        { "steps: [ !x { run: d0.v0.user } ]\n", 1, 8, "tags are not taken" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        check(&rows[i]);
}

/* Aliases of aliases: counted as often as they are used. */
static void test_bomb(void **state)
{
    char text[4096];
    size_t used = (size_t)snprintf(text, sizeof(text),
                                   "names:\n  a0: &a0 [x, x, x, x, x, x, x, x]\n");
    struct mistake_row row = { text, 1, 14, "aliases followed" };

    (void)state;
    for (int i = 1; i < 12; i++)
        used += (size_t)snprintf(text + used, sizeof(text) - used,
                                 "  a%d: &a%d [*a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d]\n",
                                 i, i, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1);
    check(&row);
}

static void test_limit(void **state)
{
    static const struct xenpt_run_options opt = { .limit = 100 };
    struct xenpt_run *run = scenario_run(
        "steps: [ { repeat: 0xffffffffffffffff, steps: [ { run: d0.v0.user } ] } ]\n", &opt);
    const struct xenpt_run_step *s = &xenpt_run_result(run)->cells[0].steps[1];

    (void)state;
    assert_int_equal(s->verdict, XENPT_RUN_ERROR);
    assert_non_null(strstr(s->said, "more steps than are allowed"));
    assert_non_null(strstr(s->said, "in time 100 of"));
    xenpt_run_destroy(run);
}

/* --- Parameters ---------------------------------------------------------------------------- */

#define MATRIX                                                                                     \
    "parameters:\n  who: [user, kernel]\n  n: [1, 2, 3]\n  list: [[a, b]]\n"                       \
    "except:\n  - { who: kernel, n: [1, 3] }\n"                                                    \
    "expect:\n  - { root: d0.v0.$who, same-as: d0.v0.user }\n"                                     \
    "  - { unmapped: 'va(0, 0, 7, ${n})', in: d0.v0.user }\n"

static void check_cells(const struct xenpt_run_options *opt, size_t nr, const char *first,
                        const char *last, enum xenpt_run_verdict verdict)
{
    struct xenpt_run *run = scenario_run(MATRIX, opt);
    const struct xenpt_run_result *r = xenpt_run_result(run);

    for (size_t i = 0; i < r->nr_mistakes; i++)
        print_error("%s\n", r->mistakes[i].text);
    assert_int_equal(r->nr_cells, nr);
    assert_int_equal(r->verdict, verdict);
    if (nr) {
        assert_string_equal(r->cells[0].name, first);
        assert_string_equal(r->cells[nr - 1].name, last);
    }
    xenpt_run_destroy(run);
}

static void test_parameters(void **state)
{
    static const char *const one[] = { "who=user", "n=9" }, *const wrong[] = { "whom=user" };
    const struct xenpt_run_options set = { .set = one, .nr_set = 2 };
    const struct xenpt_run_options bad = { .set = wrong, .nr_set = 1 };
    const struct xenpt_run_options only = { .only = "n=2" }, none = { .only = "n=7" };

    (void)state;
    check_cells(NULL, 4, "who=user n=1 list=a,b", "who=kernel n=2 list=a,b", XENPT_RUN_FAILED);
    check_cells(&set, 1, "who=user n=9 list=a,b", "who=user n=9 list=a,b", XENPT_RUN_HELD);
    check_cells(&only, 2, "who=user n=2 list=a,b", "who=kernel n=2 list=a,b", XENPT_RUN_FAILED);
    check_cells(&none, 0, NULL, NULL, XENPT_RUN_HELD);
    check_cells(&bad, 0, NULL, NULL, XENPT_RUN_ERROR);
}

/* Combinations that have one machine do not see what others did to it. */
static void test_sharing(void **state)
{
    struct xenpt_run *run = scenario_run(
        "parameters: { n: [0, 1, 2] }\n"
        "steps:\n"
        "  - access: read\n    in: d0.v0.xen\n    at: xen.directmap(d0.gfn(5))\n"
        "    expect: [ { data: 0 } ]\n"
        "  - access: write\n    in: d0.v0.xen\n    at: xen.directmap(d0.gfn(5))\n    data: $n + "
        "7\n",
        NULL);

    (void)state;
    assert_int_equal(xenpt_run_result(run)->nr_cells, 3);
    assert_int_equal(xenpt_run_result(run)->verdict, XENPT_RUN_HELD);
    xenpt_run_destroy(run);
}

static bool says(const struct xenpt_run_result *r, const char *text)
{
    for (size_t i = 0; i < r->nr_mistakes; i++)
        if (strstr(r->mistakes[i].text, text))
            return true;
    return false;
}

/* Each is a scenario of its own, with the machine that it says. */
static void test_documents(void **state)
{
    struct xenpt_run *run = scenario_run("expect: [ { owner: d1.gfn(1), is: d1 } ]\n"
                                         "---\n"
                                         "name: second\n"
                                         "host: { ram: 256M }\nxen: { release: \"4.12\" }\n"
                                         "domains: { d9: { type: pv64, memory: 8M } }\n"
                                         "parameters: { n: [1, 2] }\n"
                                         "expect: [ { owner: d9.gfn($n), is: d9 } ]\n",
                                         NULL);
    const struct xenpt_run_result *r = xenpt_run_result(run);

    (void)state;
    assert_int_equal(r->verdict, XENPT_RUN_HELD);
    assert_int_equal(r->nr_cells, 3);
    assert_string_equal(r->cells[0].name, "#1");
    assert_string_equal(r->cells[2].name, "second n=2");
    xenpt_run_destroy(run);
    run = scenario_run("---\nhost: 5\n--- [ a ]\n", NULL);
    assert_int_equal(xenpt_run_result(run)->nr_cells, 0);
    assert_true(says(xenpt_run_result(run), "a map was expected"));
    xenpt_run_destroy(run);
}

/* --- Includes ------------------------------------------------------------------------------ */

static void put_file(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static void test_includes(void **state)
{
    char folder[] = "/tmp/xenpt-includes-XXXXXX", path[3][64];
    struct xenpt_runner *runner = NULL;
    struct xenpt_run *run = NULL;

    (void)state;
    assert_non_null(mkdtemp(folder));
    for (int i = 0; i < 3; i++)
        snprintf(path[i], sizeof(path[i]), "%s/%c.yaml", folder, "abc"[i]);
    put_file(path[0], "include: b.yaml\nexpect: [ { owner: d0.gfn(2), is: d0 } ]\n"
                      "domains: { d0: { memory: 16M } }\n");
    put_file(path[1], "host: { ram: 256M }\nxen: { release: \"4.17\" }\n"
                      "domains: { d0: { type: pv64, memory: 8M } }\n"
                      "expect: [ { owner: d0.gfn(1), is: d0 } ]\n");
    put_file(path[2], "include: [ c.yaml ]\n");
    assert_int_equal(xenpt_runner_create(&runner, NULL), XENPT_OK);
    assert_int_equal(xenpt_run_file(runner, path[0], NULL, &run, NULL), XENPT_OK);
    assert_int_equal(xenpt_run_result(run)->verdict, XENPT_RUN_HELD);
    assert_int_equal(xenpt_run_result(run)->cells[0].held, 2);
    assert_string_equal(xenpt_run_result(run)->cells[0].steps[0].expectations[0].place.file,
                        path[1]);
    xenpt_run_destroy(run);
    assert_int_equal(xenpt_run_file(runner, path[2], NULL, &run, NULL), XENPT_OK);
    assert_true(says(xenpt_run_result(run), "includes itself"));
    xenpt_run_destroy(run);
    xenpt_runner_destroy(runner);
    for (int i = 0; i < 3; i++)
        unlink(path[i]);
    rmdir(folder);
}

/* --- No memory ----------------------------------------------------------------------------- */

static const char everything[] =
    "host: { ram: 256M }\nxen: { release: \"4.17\", options: xpti=yes }\n"
    "domains: { d0: { type: pv64, memory: 4M, privileged: yes }, d1: { type: hvm, memory: 4M } }\n"
    "parameters: { n: [1, 2] }\ntlb: zen2\nnames: { at: d0.gfn($n) }\n"
    "expect: [ { unmapped: xen.directmap(at), in: every user context, because: x } ]\n"
    "steps:\n"
    "  - { access: read, in: d0.v0.xen, at: xen.directmap(at), expect: [ { tlb: hit } ] }\n"
    "  - { snapshot: s }\n"
    "  - { restore: s }\n"
    "  - { let: x, be: d0.v0.root, expect: [ { root: d0.v0.xen, is: x }, { reachable: d0, from: "
    "any "
    "context }, { invariant: flushed, in: d0.v0.xen }, { invariant: linear-tables, in: d0.v0.xen "
    "}, "
    "{ invariant: l1tf-safe, in: d0.v0.xen } ] }\n"
    "  - { run: d1.v0.guest, on: cpu0 }\n"
    "  - { create: d2, as: { type: pv64, memory: [{ size: 8M }], max-vcpus: 2, frames: { a: any }, "
    "tables: { kernel: { slots: { 5: { name: l3, slots: {} }, 6: { to: l3 } } } } } }\n"
    "  - { up: d2.v1, expect: [ { mapped: xen.directmap(d2.l3), in: d2.v1.xen, flags: [RW] } ] }\n"
    "  - { down: d2.v1 }\n"
    "  - { destroy: d2.v1 }\n"
    "  - { create: d2.v1 }\n";

static void starve(const struct xenpt_run_options *opt)
{
    unsigned long n = 0, step = 1;

    for (;; n += step) {
        struct xenpt_runner *runner = NULL;
        struct xenpt_run *run = NULL;
        enum xenpt_code code;
        bool failed;

        fail_alloc_after(n);
        code = xenpt_runner_create(&runner, NULL);
        if (!code)
            code = xenpt_run_bytes(runner, "t.yaml", everything, sizeof(everything) - 1, opt, &run,
                                   NULL);
        failed = fail_alloc_stop();
        xenpt_run_destroy(run);
        xenpt_runner_destroy(runner);
        if (!failed)
            break;
        assert_int_equal(code, XENPT_ENOMEM);
        step = 1 + n / 200;
    }
    assert_true(n > 500);
}

static void test_no_memory(void **state)
{
    const struct xenpt_run_options all = { .keep_going = true, .trace = true };
    const struct xenpt_run_options some = { .until = "1" };

    (void)state;
    starve(&all);
    starve(&some);
}

/* --- Up to a step -------------------------------------------------------------------------- */

#define POKES                                                                                      \
    "steps:\n"                                                                                     \
    "  - { poke: 0x1000, value: 1, expect: [{ unmapped: 0xffffffff80000000, in: d0.v0.kernel }] "  \
    "}\n"                                                                                          \
    "  - { poke: 0x1000, value: 2, name: two }\n"                                                  \
    "  - { leave-xen: d0.v0, expect: [{ slot: 258, in: d0.v0.xen, is: self }] }\n"

/* What memory has then, or what is wrong. */
static void check_until(const char *until, uint64_t value, const char *says)
{
    const struct xenpt_run_options opt = { .until = until };
    struct xenpt_run *run = scenario_run(POKES, &opt);
    struct xenpt_machine *machine = xenpt_run_machine(run);
    const struct xenpt_view *view;
    uint64_t word = 0;

    if (says) {
        assert_null(machine);
        assert_int_equal(xenpt_run_result(run)->nr_mistakes, 1);
        assert_non_null(strstr(xenpt_run_result(run)->mistakes[0].text, says));
    } else {
        assert_non_null(machine);
        assert_int_equal(xenpt_machine_view(machine, &view, NULL), XENPT_OK);
        assert_true(xenpt_read(view->mem, 0x1000, &word, 8));
        assert_int_equal(word, value);
    }
    xenpt_run_destroy(run);
}

static void test_until(void **state)
{
    struct xenpt_run *run = scenario_run(POKES, NULL);

    (void)state;
    assert_null(xenpt_run_machine(run));
    xenpt_run_destroy(run);
    check_until("0", 0, NULL);
    check_until("1", 1,
                NULL); /* What is expected there does not hold: it is looked at all the more. */
    check_until("2", 2, NULL);
    check_until("two", 2, NULL);
    check_until("3", 0, "cannot be done"); /* Whatever is expected of it. */
    check_until("4", 0, "there are 3");
    check_until("tow", 0, "there are 3");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mistakes), cmocka_unit_test(test_bomb),
        cmocka_unit_test(test_limit),    cmocka_unit_test(test_parameters),
        cmocka_unit_test(test_sharing),  cmocka_unit_test(test_documents),
        cmocka_unit_test(test_includes), cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_until),
    };

    return cmocka_run_group_tests(tests, scenario_setup, scenario_teardown);
}
