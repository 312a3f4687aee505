/* job.h - what every command does around its own work: a source, a report, a place for it. */
#ifndef SIM_JOB_H
#define SIM_JOB_H

#include "output.h"
#include "rows.h"
#include "source.h"

struct job {
    const struct settings *settings;
    struct source source;
    struct output output;
    struct xenpt_report *report;
};

enum xenpt_code job_begin(struct job *ret, const struct settings *settings,
                          enum xenpt_report_kind kind, struct xenpt_error *err);
/* Makes the report visible, if all went well so far, and frees everything. */
enum xenpt_code job_end(struct job *job, enum xenpt_code code, struct xenpt_error *err);

#endif
