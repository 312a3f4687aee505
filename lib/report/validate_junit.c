/* validate_junit.c - a validation as JUnit's XML: a test suite an MMU, a test case a suite. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "report/state.h"
#include "report/xml.h"

static void seconds(struct out *o, double s)
{
    char text[32];

    snprintf(text, sizeof(text), "%.3f", s);
    xml_attribute(o, "time", text);
}

static void differences(struct out *o, const struct xenpt_validation *v, const char *mmu,
                        const char *suite)
{
    for (size_t i = 0; i < v->nr_differences; i++) {
        const struct xenpt_validate_difference *d = &v->difference[i];

        if (strcmp(d->mmu, mmu) != 0 || strcmp(d->suite, suite) != 0)
            continue;
        xml_text(o, d->text ? d->text : "");
        out_text(o, "\n  xenpt: ");
        xml_text(o, d->model);
        out_text(o, "\n  ");
        xml_text(o, mmu);
        out_text(o, ": ");
        xml_text(o, d->answer);
        out_char(o, '\n');
    }
}

static void test_case(struct out *o, const struct xenpt_validation *v,
                      const struct xenpt_validate_result *r, unsigned int s,
                      const struct xenpt_validate_suite *suite)
{
    const struct xenpt_validate_counts *c = &r->counts[s];
    char text[96];

    out_text(o, "    <testcase");
    xml_attribute(o, "classname", r->mmu.name);
    xml_attribute(o, "name", suite->name);
    xml_number(o, "assertions", c->accesses);
    seconds(o, c->seconds);
    if (!c->disagreed) {
        out_text(o, "/>\n");
        return;
    }
    snprintf(text, sizeof(text), "%" PRIu64 " of %" PRIu64 " accesses differ", c->disagreed,
             c->accesses);
    out_text(o, ">\n      <failure");
    xml_attribute(o, "message", text);
    out_char(o, '>');
    differences(o, v, r->mmu.name, suite->name);
    out_text(o, "</failure>\n    </testcase>\n");
}

/* An MMU that was not asked, or not to the end, as a case of its own. */
static void presence(struct out *o, const struct xenpt_validate_result *r)
{
    out_text(o, "    <testcase");
    xml_attribute(o, "classname", r->mmu.name);
    xml_attribute(o, "name", "is here");
    out_text(o, ">\n      <");
    out_text(o, r->missed ? "error" : "skipped");
    xml_attribute(o, "message", r->why);
    out_text(o, "/>\n    </testcase>\n");
}

static void test_suite(struct out *o, const struct xenpt_validation *v,
                       const struct xenpt_validate_result *r)
{
    struct xenpt_validate_suite suite;
    unsigned int tests = r->why[0] != '\0', failures = 0;

    for (unsigned int s = 0; xenpt_validate_suite(s, &suite); s++) {
        tests += r->suites >> s & 1;
        failures += r->counts[s].disagreed != 0;
    }
    out_text(o, "  <testsuite");
    xml_attribute(o, "name", r->mmu.name);
    xml_number(o, "tests", tests);
    xml_number(o, "failures", failures);
    xml_number(o, "errors", r->missed);
    xml_number(o, "skipped", r->skipped && !r->missed);
    seconds(o, validate_sum(r).seconds);
    out_text(o, ">\n");
    for (unsigned int s = 0; xenpt_validate_suite(s, &suite); s++)
        if (r->suites >> s & 1)
            test_case(o, v, r, s, &suite);
    if (r->why[0])
        presence(o, r);
    out_text(o, "  </testsuite>\n");
}

void validate_junit(struct xenpt_report *r, const struct xenpt_validation *v)
{
    struct out *o = &r->out;

    out_text(o,
             "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"xenpt validate\">\n");
    for (size_t i = 0; i < v->nr_results; i++)
        test_suite(o, v, &v->result[i]);
    out_text(o, "</testsuites>\n");
}
