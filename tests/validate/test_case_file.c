/*
 * test_case_file.c - cases that are kept as text: each holds of the model and of the oracle; and
 * whatever is wrong with such a text is told with its place.
 */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "validate/answer.h"
#include "validate/case_file.h"
#include "validate/compare.h"
#include "validate/describe.h"
#include "validate/oracle_mmu.h"

static const char good[] = "# A write to a page that is read-only.\n"
                           "suite 4level\n"
                           "vendor intel\n"
                           "maxphyaddr 40\n"
                           "has nx smep\n"
                           "cr0 0x80010031\n"
                           "cr3 0x2000000\n"
                           "cr4 0x20\n"
                           "efer 0x500\n"
                           "word 0x2000000 0x2001007\n"
                           "word 0x2001000 0x2002007\n"
                           "word 0x2002000 0x2003007\n"
                           "word 0x2003000 0x2400005\n"
                           "access write cpl 3 ac 0 size 8 at 0x10\n"
                           "expect fault 14 0x7 0x10\n";

/* --- Kept cases ----------------------------------------------------------------------------- */

struct checking {
    const struct case_file *f;
    bool seen;
};

static void holds(const struct case_file *f, const struct result *got,
                  const struct result_changed *changed, const char *who, const char *name)
{
    char text[DESCRIBE_TEXT];

    if (got->outcome != f->expect.outcome || got->vector != f->expect.vector ||
        got->code != f->expect.code || got->value != f->expect.value ||
        got->address != f->expect.address || got->nr_changed != f->expect.nr_changed ||
        memcmp(changed, f->changed, f->nr_changed * sizeof(*changed)) != 0)
        fail_msg("%s: %s says: %s", name, who, describe_result(got, changed, text));
}

static bool look(void *ctx, const struct case_view *c, unsigned int i, const struct answer *answer)
{
    struct checking *k = ctx;
    struct oracle_mmu oracle;
    struct oracle_result got;

    assert_false(answer->open);
    holds(k->f, &answer->result, answer->changed, "the model", "case");
    assert_true(oracle_mmu_init(&oracle, &k->f->cpu));
    oracle_mmu_access(&oracle, c, i, &got);
    holds(k->f, &got.result, got.changed, "the oracle", "case");
    oracle_mmu_fini(&oracle);
    k->seen = true;
    return true;
}

static void check_case(const struct case_file *f)
{
    struct checking k = { f, false };
    struct blob blob;

    blob_init(&blob, suite_flags(f->suite));
    assert_int_equal(blob_add(&blob, &f->draft, NULL), XENPT_OK);
    assert_int_equal(blob_finish(&blob, NULL), XENPT_OK);
    assert_int_equal(answer_blob(&f->cpu, &blob, look, &k, NULL), XENPT_OK);
    assert_true(k.seen);
    blob_free(&blob);
}

static void kept_cases_hold(void **state)
{
    DIR *d = opendir(XENPT_CASES);
    struct dirent *e;
    unsigned int n = 0;

    (void)state;
    assert_non_null(d);
    while ((e = readdir(d))) {
        char path[512], text[CASE_FILE_TEXT];
        struct xenpt_error err = { 0 };
        struct case_file f;
        FILE *file;
        size_t size;

        if (!strstr(e->d_name, ".case"))
            continue;
        snprintf(path, sizeof(path), "%s/%s", XENPT_CASES, e->d_name);
        file = fopen(path, "r");
        assert_non_null(file);
        size = fread(text, 1, sizeof(text), file);
        fclose(file);
        if (case_file_parse(text, size, &f, &err))
            fail_msg("%s:%u:%u: %s", e->d_name, err.line, err.column, err.text);
        print_message("%s\n", e->d_name);
        check_case(&f);
        n++;
    }
    closedir(d);
    assert_true(n > 0);
}

static void what_is_written_is_read(void **state)
{
    char text[CASE_FILE_TEXT], again[CASE_FILE_TEXT];
    struct case_file a, b;

    (void)state;
    assert_int_equal(case_file_parse(good, strlen(good), &a, NULL), XENPT_OK);
    check_case(&a);
    case_file_write(&a, text);
    assert_int_equal(case_file_parse(text, strlen(text), &b, NULL), XENPT_OK);
    assert_string_equal(case_file_write(&b, again), text);
    assert_memory_equal(&a, &b, sizeof(a));
}

/* --- Mistakes ------------------------------------------------------------------------------- */

static const struct {
    const char *from, *to; /* What is put in the place of what. */
    unsigned int line, column;
    const char *text;
} mistakes[] = {
    { "suite 4level", "suite 6level", 2, 7, "\"6level\" is no suite" },
    { "vendor intel", "vendor via", 3, 8, "\"via\" is no vendor" },
    { "maxphyaddr 40", "maxphyaddr 31", 4, 12, "an address has 32 bits at least" },
    { "maxphyaddr 40", "maxphyaddr 53", 4, 12, "and can be 0x34 at most" },
    { "has nx smep", "has nx smop", 5, 8, "\"smop\" is nothing that a processor has" },
    { "cr0 0x80010031", "cr0 0x8001003g", 6, 5, "where cr0 is expected, a number" },
    { "cr0 0x80010031", "cr0", 6, 4, "the line ends where cr0 is expected" },
    { "cr0 0x80010031", "cr9 1", 6, 1, "\"cr9\" is no line of a case" },
    { "cr3 0x2000000", "cr0 0", 7, 1, "a second line \"cr0\"" },
    { "cr3 0x2000000", "cr3 0x20000000000000000", 7, 5, "more than 64 bits" },
    { "efer 0x500", "efer 0x500 1", 9, 12, "\"1\" behind the end of the line" },
    { "word 0x2000000", "word 0x1000000", 10, 6, "is not a multiple of 4 from" },
    { "word 0x2000000 0x2001007", "word 0x2000000 0x2001007 seen", 10, 26,
      "\"seen\" where \"unwatched\" is expected" },
    { "word 0x2000000 0x2001007", "word32 0x2000000 0x100000000", 10, 18, "at most" },
    { "cpl 3", "cpl 1", 14, 8, "the CPL is 0 or 3" },
    { "size 8", "size 3", 14, 8, "and a size 1, 2, 4 or 8" },
    { "access write", "access jump", 14, 8, "\"jump\" is no access" },
    { "expect fault", "expect luck", 15, 8, "\"luck\" is no outcome" },
    { "expect fault 14 0x7 0x10", "change 0x2400000 1", 15, 8, "no word is planted at 0x2400000" },
    { "expect fault 14 0x7 0x10", "", 0, 0, "there is no line \"expect\"" },
};

static void mistakes_are_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
        const char *at = strstr(good, mistakes[i].from);
        struct xenpt_error err = { 0 };
        struct case_file f;
        char text[1024];

        assert_non_null(at);
        snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - good), good, mistakes[i].to,
                 at + strlen(mistakes[i].from));
        assert_int_equal(case_file_parse(text, strlen(text), &f, &err), XENPT_EPARSE);
        if (!strstr(err.text, mistakes[i].text) || err.line != mistakes[i].line ||
            (mistakes[i].line && err.column != mistakes[i].column))
            fail_msg("%s: %u:%u: %s", mistakes[i].to, err.line, err.column, err.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kept_cases_hold),
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(mistakes_are_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
