/* command_roots.c - xenpt roots. */
#include "commands.h"
#include "job.h"

enum ending command_roots(const struct settings *settings, struct xenpt_error *err)
{
    struct job job;
    enum xenpt_code code = job_begin(&job, settings, XENPT_REPORT_ROOTS, err);

    if (!code)
        code = xenpt_report_roots(job.report, &job.source.view, job.source.shown,
                                  job.source.nr_shown, settings->slots, err);
    return job_end(&job, code, err) ? END_CANNOT : END_DONE;
}
