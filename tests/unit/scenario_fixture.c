/* scenario_fixture.c - scenarios on a small machine, a line of text each. */
#include "scenario_fixture.h"

static struct xenpt_runner *runner;

int scenario_setup(void **state)
{
    (void)state;
    return (int)xenpt_runner_create(&runner, NULL);
}

int scenario_teardown(void **state)
{
    (void)state;
    xenpt_runner_destroy(runner);
    return 0;
}

#define HOST_LINES 8
#define HOST                                                                                       \
    "host: { ram: 1G, cpus: 2 }\n"                                                                 \
    "xen: { release: \"4.17\", pv32: yes, options: xpti=no-dom0, livepatch: no, kexec: no }\n"     \
    "domains:\n"                                                                                   \
    "  d0: { type: pv64, memory: 64M, vcpus: 2, privileged: yes }\n"                               \
    "  d1: { type: pv64, memory: 32M }\n"                                                          \
    "  d2: { type: pvh, memory: 32M }\n"                                                           \
    "  d3: { type: pv32, memory: 32M }\n"

struct xenpt_run *scenario_run(const char *text, const struct xenpt_run_options *opt)
{
    static char all[1u << 16];
    struct xenpt_run *run = NULL;
    enum xenpt_code code;
    int n = snprintf(all, sizeof(all), HOST "%s", text);

    assert_true(n > 0 && (size_t)n < sizeof(all));
    code = xenpt_run_bytes(runner, "t.yaml", all, (size_t)n, opt, &run, NULL);
    if (code)
        print_error("%s\n", text);
    assert_int_equal(code, XENPT_OK);
    return run;
}

/* Of the last expectation that was asked, or of the step that cannot be done. */
static const char *last_found(const struct xenpt_run_cell *c, enum xenpt_run_verdict *verdict)
{
    const char *found = NULL;

    *verdict = XENPT_RUN_SKIPPED;
    for (size_t i = 0; i < c->nr_steps; i++) {
        const struct xenpt_run_step *s = &c->steps[i];

        if (s->verdict == XENPT_RUN_SKIPPED)
            continue;
        if (s->nr_expectations) {
            found = s->expectations[s->nr_expectations - 1].found;
            *verdict = s->expectations[s->nr_expectations - 1].verdict;
        } else if (s->verdict == XENPT_RUN_ERROR) {
            found = s->said;
            *verdict = s->verdict;
        }
    }
    return found;
}

static void check(const char *text, const struct expect_row *row)
{
    struct xenpt_run *run = scenario_run(text, NULL);
    const struct xenpt_run_result *r = xenpt_run_result(run);
    const char *found = r->nr_mistakes ? r->mistakes[0].text : NULL;
    enum xenpt_run_verdict verdict = r->verdict;

    if (r->nr_mistakes)
        assert_true(r->mistakes[0].line >= HOST_LINES && r->mistakes[0].column);
    else
        found = last_found(&r->cells[0], &verdict);
    if (r->verdict != row->verdict || verdict != row->verdict ||
        (row->found && (!found || !strstr(found, row->found))))
        print_error("%s\n  is %s: %s\n", row->expectation, xenpt_run_verdict_name(r->verdict),
                    found ? found : "");
    assert_int_equal(r->verdict, row->verdict);
    assert_int_equal(verdict, row->verdict);
    if (row->found) {
        assert_non_null(found);
        assert_non_null(strstr(found, row->found));
    }
    xenpt_run_destroy(run);
}

void expected_is(const struct expect_row *row)
{
    char text[2048];

    snprintf(text, sizeof(text), "expect: [ %s ]\n", row->expectation);
    check(text, row);
}

void steps_are(const struct expect_row *row)
{
    char text[2048];

    snprintf(text, sizeof(text), "steps: [ %s ]\n", row->expectation);
    check(text, row);
}

/* --- Whole files ---------------------------------------------------------------------------- */

static const char *found_in(const struct xenpt_run_result *r)
{
    const struct xenpt_run_step *s;

    if (r->nr_mistakes)
        return r->mistakes[0].text;
    if (r->cells[0].error)
        return r->cells[0].error;
    s = &r->cells[0].steps[r->cells[0].nr_steps - 1];
    return s->nr_expectations ? s->expectations[s->nr_expectations - 1].found : s->said;
}

/* The line of the domain that an error begins with, if the file has it; else of its host. */
static unsigned int line_blamed(const char *text, const char *error)
{
    char key[40];
    const char *at;
    unsigned int line = 1;

    snprintf(key, sizeof(key), "\n  %.*s:", (int)strcspn(error, ":"), error);
    at = strstr(text, key);
    for (const char *c = text; at && c <= at; c++)
        line += *c == '\n';
    return line;
}

void whole_is(const char *head, const struct whole_row *row)
{
    const struct xenpt_run_result *r;
    struct xenpt_runner *own;
    struct xenpt_run *run;
    const char *found;
    char text[4096];
    int n = snprintf(text, sizeof(text), "%s%s%s", head, row->domains, row->rest);

    assert_true(n > 0 && (size_t)n < sizeof(text));
    assert_int_equal(xenpt_runner_create(&own, NULL), XENPT_OK);
    assert_int_equal(xenpt_run_bytes(own, "t.yaml", text, (size_t)n, NULL, &run, NULL), XENPT_OK);
    r = xenpt_run_result(run);
    found = found_in(r);
    if (r->verdict != row->verdict || r->nr_mistakes != (row->line != 0) ||
        (row->found && (!found || !strstr(found, row->found))))
        print_error("%s\n  is %s with %zu mistakes: %s\n", text, xenpt_run_verdict_name(r->verdict),
                    r->nr_mistakes, found ? found : "");
    assert_int_equal(r->verdict, row->verdict);
    assert_int_equal(r->nr_mistakes, row->line != 0);
    if (row->line)
        assert_int_equal(r->mistakes[0].line, row->line);
    else if (r->cells[0].error)
        assert_int_equal(r->cells[0].place.line, line_blamed(text, r->cells[0].error));
    if (row->found) {
        assert_non_null(found);
        assert_non_null(strstr(found, row->found));
    }
    xenpt_run_destroy(run);
    xenpt_runner_destroy(own);
}
