/* job.c - what every command does around its own work. */
#include "job.h"

static enum xenpt_code begin_report(struct job *job, enum xenpt_report_kind kind,
                                    struct xenpt_error *err)
{
    struct xenpt_report_options opt = {
        .form = (enum xenpt_report_form)job->settings->format,
        .colour = output_colour(&job->output, job->settings),
        .write = output_write,
        .ctx = &job->output,
    };

    return xenpt_report_create(kind, &opt, &job->report, err);
}

/* Reports about roots that nobody has to name. */
static bool finds_roots(enum xenpt_report_kind kind)
{
    return kind == XENPT_REPORT_ROOTS || kind == XENPT_REPORT_SHARE || kind == XENPT_REPORT_COMPARE;
}

enum xenpt_code job_begin(struct job *ret, const struct settings *settings,
                          enum xenpt_report_kind kind, struct xenpt_error *err)
{
    enum xenpt_code code;

    *ret = (struct job){ .settings = settings };
    code = settings->nr_arguments ? source_open(&ret->source, settings->arguments[0], settings, err)
                                  : XENPT_OK;
    if (!code && settings->nr_arguments && !finds_roots(kind))
        code = source_need_contexts(&ret->source, settings->arguments[0], err);
    if (!code)
        code = output_open(&ret->output, settings, err);
    return code ? code : begin_report(ret, kind, err);
}

enum xenpt_code job_end(struct job *job, enum xenpt_code code, struct xenpt_error *err)
{
    if (!code)
        code = xenpt_report_finish(job->report, err);
    if (!code || (code == XENPT_EIO && job->report)) {
        /* What failed is the file: it knows why better than the report does. */
        enum xenpt_code wrote = output_commit(&job->output, err);

        code = wrote ? wrote : code;
    }
    xenpt_report_destroy(job->report);
    output_close(&job->output);
    source_close(&job->source);
    return code;
}
