/* command_roots.c - xenpt roots. */
#include "commands.h"
#include "finding.h"
#include "job.h"

enum ending command_roots(const struct settings *settings, struct xenpt_error *err)
{
    struct finding finding = { 0 };
    struct job job;
    enum xenpt_code code = job_begin(&job, settings, XENPT_REPORT_ROOTS, err);

    if (!code)
        code = finding_begin(&finding, &job.source, settings, err);
    if (!code)
        code = xenpt_report_roots(job.report, &job.source.view, job.source.shown,
                                  job.source.nr_shown, finding.roots ? &finding.found : NULL,
                                  settings->slots, err);
    code = job_end(&job, code, err);
    finding_end(&finding);
    return code ? END_CANNOT : END_DONE;
}
