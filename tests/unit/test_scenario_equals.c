/*
 * test_scenario_equals.c - a machine held to a memory image: real ones, and the models of the
 * machines that they are of.
 */
#include <stdlib.h>
#include <unistd.h>

#include "fail_alloc.h"
#include "scenario_fixture.h"

#define IMAGE "deb-pv64-intel-guest"
#define MODEL "include: " XENPT_CAPTURES "/" IMAGE ".yaml\n"
#define EQUAL "equals: " XENPT_CAPTURES "/" IMAGE ".elf.zst"
#define OTHER "equals: " XENPT_CAPTURES "/deb-pvhd0-hap64-xen.elf.zst"

static struct xenpt_run *run_text(struct xenpt_runner *runner, const char *text)
{
    struct xenpt_run *run = NULL;

    assert_int_equal(xenpt_run_bytes(runner, "t.yaml", text, strlen(text), NULL, &run, NULL),
                     XENPT_OK);
    return run;
}

struct equals_row {
    const char *text; /* Behind the model. */
    enum xenpt_run_verdict verdict;
    const char *found; /* In what is found last, or in the first mistake. */
    size_t walks;
};

static void check(struct xenpt_runner *runner, const struct equals_row *row)
{
    const struct xenpt_run_expectation *e = NULL;
    const struct xenpt_run_result *r;
    struct xenpt_run *run;
    const char *found;
    char text[2048];

    snprintf(text, sizeof(text), MODEL "%s\n", row->text);
    run = run_text(runner, text);
    r = xenpt_run_result(run);
    for (size_t i = 0; r->nr_cells && i < r->cells[0].nr_steps; i++)
        if (r->cells[0].steps[i].nr_expectations)
            e = r->cells[0].steps[i].expectations;
    found = r->nr_mistakes ? r->mistakes[0].text : e ? e->found : NULL;
    if (r->verdict != row->verdict || (row->found && !strstr(found ? found : "", row->found)))
        print_error("%s\n  is %s: %s\n", row->text, xenpt_run_verdict_name(r->verdict),
                    found ? found : "");
    assert_int_equal(r->verdict, row->verdict);
    if (r->nr_mistakes)
        assert_true(r->mistakes[0].line == 2 && r->mistakes[0].column);
    assert_non_null(strstr(found ? found : "", row->found ? row->found : ""));
    assert_int_equal(e ? e->nr_walks : 0, row->walks);
    xenpt_run_destroy(run);
}

static void test_equals(void **state)
{
    static const struct equals_row rows[] = {
        { "expect: [{ " EQUAL " }]", HELD, NULL, 0 },
        /* tests/cli/compare_captures.py holds it to as much. */
        { "expect: [{ " EQUAL ", exact: 98 }]", HELD, NULL, 0 },
        { "expect: [{ " EQUAL ", of: [d0.v0.kernel, d0.v1.kernel] }]", HELD, NULL, 0 },
        { "expect: [{ " EQUAL ", of: idle, exact: 90 }]", HELD, NULL, 0 },
        /* Allocators chose some. */
        { "expect: [{ " EQUAL ", exact: 100 }]", FAILED, " 0 unexplained, 0 missing", 0 },
        /* The last page of code is data now, as the image has it. */
        { "xen: { image: { text-end: 0x362000 } }\nexpect: [{ " EQUAL " }]", FAILED,
          "1 unexplained, 0 missing", 2 },
        { "host: { ram: [0x0..0x9fbff, 0x100000..0x1ffdffff] }\nexpect: [{ " EQUAL " }]", FAILED,
          "missing", 2 },
        /* One flag of one entry: as it stands, and not as it was built. */
        { "steps: [{ poke-entry: xen.directmap(d0.gfn(5)), in: d0.v0.xen, set: [US], expect: "
          "[{ " EQUAL " }] }]",
          FAILED, "1 unexplained, 0 missing", 2 },
        { "steps: [{ poke-entry: xen.directmap(d0.gfn(5)), in: d0.v0.xen, level: 3, value: 0, "
          "expect: [{ " EQUAL " }] }]",
          FAILED, "the L3 entry of 0xffff830000000000", 2 },
        { "steps: [{ poke-entry: xen.directmap(0xfff0), in: d0.v0.xen, value: 0x800000000fff0163, "
          "expect: [{ " EQUAL " }] }]",
          FAILED, " 0 unexplained, 1 missing", 2 },
        /* Nothing of dom0's user mode was running. */
        { "expect: [{ " EQUAL ", of: d0.v1.xen-user }]", FAILED,
          "d0.v1.xen-user has no root in the image", 0 },
        { "expect: [{ " EQUAL ", of: every p2m context }]", ERROR, "nobody is meant", 0 },
        { "expect: [{ " OTHER ", of: d0.v0.kernel }]", FAILED, "has no root in the image", 0 },
        { "host: { ram: 1G, processor: rome }\ndomains: { d9: { type: pvh, memory: 32M } }\n"
          "expect: [{ " EQUAL ", of: d9.v0.guest }]",
          ERROR, "tables of the guest's own", 0 },
    };
    struct xenpt_runner *runner = NULL;

    (void)state;
    assert_int_equal(xenpt_runner_create(&runner, NULL), XENPT_OK);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        check(runner, &rows[i]);
    xenpt_runner_destroy(runner);
}

/* What is wrong with an image is told with the others, before anything runs. */
static void test_no_image(void **state)
{
    static const struct equals_row rows[] = {
        { "expect: [{ equals: /nowhere.elf }]", ERROR, "equals: /nowhere.elf: cannot open", 0 },
        { "expect: [{ equals: / }]", ERROR, "equals: /: ", 0 },
        { "expect: [{ equals: " XENPT_CAPTURES "/README.md }]", ERROR, "no root of a Xen", 0 },
        { "expect: [{ equals: [a, b] }]", ERROR, "equals: a list", 0 },
        { "expect: [{ equals: }]", ERROR, "equals: nothing", 0 },
        { "expect: [{ " EQUAL ", exact: 101 }]", ERROR, "at most 100", 0 },
        { "expect: [{ " EQUAL ", of: any context }]", ERROR, "all that are meant", 0 },
        { "expect: [{ " EQUAL ", of: no context }]", ERROR, "all that are meant", 0 },
        { "expect: [{ " EQUAL ", in: d0.v0.xen }]", ERROR, "in", 0 },
    };
    struct xenpt_runner *runner = NULL;

    (void)state;
    assert_int_equal(xenpt_runner_create(&runner, NULL), XENPT_OK);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        check(runner, &rows[i]);
    xenpt_runner_destroy(runner);
}

/* --- Beside the scenario, whole or cut short ------------------------------------------------- */

static void write_file(const char *path, const char *bytes, size_t n)
{
    FILE *f = fopen(path, "wb");

    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
}

static size_t read_capture(char *buf, size_t size)
{
    FILE *f = fopen(XENPT_CAPTURES "/" IMAGE ".elf.zst", "rb");
    size_t n;

    assert_non_null(f);
    n = fread(buf, 1, size, f);
    assert_true(n > 1000 && n < size);
    fclose(f);
    return n;
}

static void test_beside(void **state)
{
    static const char text[] = MODEL "expect: [{ equals: it.zst }]\n";
    static char image[1u << 20];
    char folder[] = "/tmp/xenpt-equals-XXXXXX", scenario[64], path[64];
    size_t n = read_capture(image, sizeof(image));
    const size_t sizes[] = { n, n - 1, n / 2, 10, 0 };
    struct xenpt_runner *runner = NULL;

    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(scenario, sizeof(scenario), "%s/s.yaml", folder);
    snprintf(path, sizeof(path), "%s/it.zst", folder);
    write_file(scenario, text, sizeof(text) - 1);
    assert_int_equal(xenpt_runner_create(&runner, NULL), XENPT_OK);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        struct xenpt_run *run = NULL;
        const struct xenpt_run_result *r;

        write_file(path, image, sizes[i]);
        assert_int_equal(xenpt_run_file(runner, scenario, NULL, &run, NULL), XENPT_OK);
        r = xenpt_run_result(run);
        assert_int_equal(r->verdict, i ? ERROR : HELD);
        assert_int_equal(r->nr_mistakes, i ? 1 : 0);
        if (i)
            assert_non_null(strstr(r->mistakes[0].text, "it.zst: "));
        xenpt_run_destroy(run);
    }
    xenpt_runner_destroy(runner);
    unlink(path);
    unlink(scenario);
    rmdir(folder);
}

/* Each allocation fails once: of opening, of comparing, of telling. */
static void test_no_memory(void **state)
{
    static const char text[] = MODEL "xen: { image: { text-end: 0x362000 } }\nexpect: [{ " EQUAL
                                     " }, { " EQUAL ", of: idle }]\n";
    unsigned long n = 0;

    (void)state;
    for (unsigned long step = 1;; n += step) {
        struct xenpt_runner *runner = NULL;
        struct xenpt_run *run = NULL;
        enum xenpt_code code;
        bool failed;

        fail_alloc_after(n);
        code = xenpt_runner_create(&runner, NULL);
        if (!code)
            code = xenpt_run_bytes(runner, "t.yaml", text, sizeof(text) - 1, NULL, &run, NULL);
        failed = fail_alloc_stop();
        xenpt_run_destroy(run);
        xenpt_runner_destroy(runner);
        if (!failed)
            break;
        assert_int_equal(code, XENPT_ENOMEM);
        step = 1 + n / 12;
    }
    assert_true(n > 300);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equals),
        cmocka_unit_test(test_no_image),
        cmocka_unit_test(test_beside),
        cmocka_unit_test(test_no_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
