/* run.c - what came of scenarios: one document, a scenario an item. */
#include "report/run.h"

void run_begin(struct xenpt_report *r)
{
    if (r->form == XENPT_REPORT_JUNIT)
        run_junit_begin(r);
    else if (r->form == XENPT_REPORT_TAP)
        run_tap_begin(r);
}

void run_end(struct xenpt_report *r)
{
    if (r->form == XENPT_REPORT_JUNIT)
        run_junit_end(r);
    else if (r->form == XENPT_REPORT_TAP)
        run_tap_end(r);
}

enum xenpt_code xenpt_report_run(struct xenpt_report *report, const struct xenpt_run_result *result,
                                 struct xenpt_error *err)
{
    static void (*const forms[])(struct xenpt_report *, const struct xenpt_run_result *) = {
        [XENPT_REPORT_TEXT] = run_text,
        [XENPT_REPORT_JSON] = run_json,
        [XENPT_REPORT_JUNIT] = run_junit,
        [XENPT_REPORT_TAP] = run_tap,
    };

    forms[report->form](report, result);
    report->items++;
    return report->out.failed ? xenpt_fail(err, XENPT_EIO, "the report cannot be written")
                              : XENPT_OK;
}
