/*
 * run_junit.c - what came of scenarios as JUnit's XML: a test suite a run of a scenario, a test
 * case an expectation.  No times are in it: the same scenario has the same report.
 */
#include <stdio.h>

#include "report/run.h"
#include "report/xml.h"

void run_junit_begin(struct xenpt_report *r)
{
    out_text(&r->out,
             "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"xenpt run\">\n");
}

void run_junit_end(struct xenpt_report *r)
{
    out_text(&r->out, "</testsuites>\n");
}

static void suite_begin(struct out *o, const char *name, uint64_t tests, uint64_t failures,
                        uint64_t errors, uint64_t skipped)
{
    out_text(o, "  <testsuite");
    xml_attribute(o, "name", name);
    xml_number(o, "tests", tests);
    xml_number(o, "failures", failures);
    xml_number(o, "errors", errors);
    xml_number(o, "skipped", skipped);
    out_text(o, ">\n");
}

static void case_begin(struct out *o, const char *of, const char *name, const char *file,
                       unsigned int line)
{
    out_text(o, "    <testcase");
    xml_attribute(o, "classname", of);
    xml_attribute(o, "name", name);
    xml_attribute(o, "file", file);
    if (line)
        xml_number(o, "line", line);
}

/* A case that ended badly, and why. */
static void outcome(struct out *o, const char *element, const char *message)
{
    out_text(o, ">\n      <");
    out_text(o, element);
    xml_attribute(o, "message", message);
}

static void put_line(void *ctx, const char *text)
{
    xml_text(ctx, text);
    out_char(ctx, '\n');
}

static void expectation(struct out *o, const char *of, const struct xenpt_run_step *s,
                        const struct xenpt_run_expectation *e)
{
    char name[RUN_NAME_MAX], found[RUN_FOUND_MAX];
    bool failed = e->verdict == XENPT_RUN_FAILED;

    case_begin(o, of, run_step_words(s, e->text, name), e->place.file, e->place.line);
    switch (e->verdict) {
    case XENPT_RUN_HELD:
        out_text(o, "/>\n");
        return;
    case XENPT_RUN_SKIPPED:
        outcome(o, "skipped", "not reached");
        out_text(o, "/>\n    </testcase>\n");
        return;
    default:
        break;
    }
    outcome(o, failed ? "failure" : "error", run_found_words(e, found));
    out_char(o, '>');
    if (e->because)
        put_line(o, e->because);
    for (size_t i = 0; i < e->nr_walks; i++)
        run_walk_lines(&e->walks[i], put_line, o);
    out_text(o, failed ? "</failure>" : "</error>");
    out_text(o, "\n    </testcase>\n");
}

/* What is no expectation, and went wrong: a case of its own. */
static void error_case(struct out *o, const char *of, const char *name,
                       const struct xenpt_run_place *p, const char *why)
{
    case_begin(o, of, name, p->file ? p->file : of, p->line);
    outcome(o, "error", why ? why : "");
    out_text(o, "/>\n    </testcase>\n");
}

/* Cases of a suite by how they ended; what is no expectation counts where it went wrong. */
static void count(const struct xenpt_run_cell *c, uint64_t n[XENPT_NR_RUN_VERDICTS])
{
    n[XENPT_RUN_ERROR] += c->error != NULL;
    for (size_t i = 0; i < c->nr_steps; i++) {
        n[XENPT_RUN_ERROR] += c->steps[i].undone;
        for (size_t k = 0; k < c->steps[i].nr_expectations; k++)
            n[c->steps[i].expectations[k].verdict]++;
    }
}

static void cell(struct out *o, const struct xenpt_run_result *r, const struct xenpt_run_cell *c)
{
    char of[RUN_NAME_MAX], name[RUN_NAME_MAX];
    uint64_t n[XENPT_NR_RUN_VERDICTS] = { 0 };

    count(c, n);
    suite_begin(o, run_cell_words(r, c, of),
                n[XENPT_RUN_HELD] + n[XENPT_RUN_FAILED] + n[XENPT_RUN_ERROR] + n[XENPT_RUN_SKIPPED],
                n[XENPT_RUN_FAILED], n[XENPT_RUN_ERROR], n[XENPT_RUN_SKIPPED]);
    if (c->error)
        error_case(o, of, "the machine", &c->place, c->error);
    for (size_t i = 0; i < c->nr_steps; i++) {
        const struct xenpt_run_step *s = &c->steps[i];

        if (s->undone)
            error_case(o, of, run_step_words(s, s->text, name), &s->place, s->said);
        for (size_t k = 0; k < s->nr_expectations; k++)
            expectation(o, of, s, &s->expectations[k]);
    }
    out_text(o, "  </testsuite>\n");
}

void run_junit(struct xenpt_report *r, const struct xenpt_run_result *result)
{
    struct out *o = &r->out;

    if (result->nr_mistakes) {
        suite_begin(o, result->file, result->nr_mistakes, 0, result->nr_mistakes, 0);
        for (size_t i = 0; i < result->nr_mistakes; i++) {
            const struct xenpt_error *m = &result->mistakes[i];
            struct xenpt_run_place place = { m->file, m->line, m->column };
            char name[64];

            snprintf(name, sizeof(name), "line %u, column %u", m->line, m->column);
            error_case(o, result->file, name, &place, m->text);
        }
        out_text(o, "  </testsuite>\n");
    }
    for (size_t i = 0; i < result->nr_cells; i++)
        cell(o, result, &result->cells[i]);
}
