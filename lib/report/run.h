/* run.h - what came of scenarios. */
#ifndef XENPT_REPORT_RUN_H
#define XENPT_REPORT_RUN_H

#include "report/state.h"
#include "xenpt/scenario.h"

/* run.c: what goes around all scenarios, in forms that have something there. */
void run_begin(struct xenpt_report *r);
void run_end(struct xenpt_report *r);

/* run_text.c, run_json.c, run_junit.c, run_tap.c: one scenario. */
void run_text(struct xenpt_report *r, const struct xenpt_run_result *result);
void run_json(struct xenpt_report *r, const struct xenpt_run_result *result);
void run_junit_begin(struct xenpt_report *r);
void run_junit(struct xenpt_report *r, const struct xenpt_run_result *result);
void run_junit_end(struct xenpt_report *r);
void run_tap_begin(struct xenpt_report *r);
void run_tap(struct xenpt_report *r, const struct xenpt_run_result *result);
void run_tap_end(struct xenpt_report *r);

/* --- run_words.c --------------------------------------------------------------------------- */

/* Longer ones are cut short. */
#define RUN_NAME_MAX  512
#define RUN_FOUND_MAX 1024
/* "scenario.yaml [release=4.17]" */
const char *run_cell_words(const struct xenpt_run_result *r, const struct xenpt_run_cell *c,
                           char buf[RUN_NAME_MAX]);
/* "step 2: " and then the rest. */
const char *run_step_words(const struct xenpt_run_step *s, const char *then,
                           char buf[RUN_NAME_MAX]);
/* "expected absent; found present, in d1.v0.user" */
const char *run_found_words(const struct xenpt_run_expectation *e, char buf[RUN_FOUND_MAX]);
/* A line for the walk, and one for each of its entries. */
void run_walk_lines(const struct xenpt_run_walk *w, void (*line)(void *ctx, const char *text),
                    void *ctx);

#endif
