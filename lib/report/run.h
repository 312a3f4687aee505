/* run.h - what came of scenarios. */
#ifndef XENPT_REPORT_RUN_H
#define XENPT_REPORT_RUN_H

#include "report/state.h"
#include "xenpt/scenario.h"

/* run_text.c, run_json.c: one scenario. */
void run_text(struct xenpt_report *r, const struct xenpt_run_result *result);
void run_json(struct xenpt_report *r, const struct xenpt_run_result *result);

#endif
