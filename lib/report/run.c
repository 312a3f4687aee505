/* run.c - what came of scenarios: one document, a scenario an item. */
#include "report/run.h"

enum xenpt_code xenpt_report_run(struct xenpt_report *report, const struct xenpt_run_result *result,
                                 struct xenpt_error *err)
{
    if (report->form == XENPT_REPORT_JSON)
        run_json(report, result);
    else
        run_text(report, result);
    report->items++;
    return report->out.failed ? xenpt_fail(err, XENPT_EIO, "the report cannot be written")
                              : XENPT_OK;
}
