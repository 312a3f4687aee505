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
    return kind == XENPT_REPORT_ROOTS || kind == XENPT_REPORT_SHARE ||
           kind == XENPT_REPORT_COMPARE || kind == XENPT_REPORT_WHO ||
           kind == XENPT_REPORT_EXPOSE || kind == XENPT_REPORT_CHECK;
}

/* A machine has a layout of its own.  Of an image, walk and map name addresses by the one that was
 * stated, and the others recognise roots by it; compare does whatever the model has. */
static enum xenpt_code take_layout(struct job *job, enum xenpt_report_kind kind,
                                   struct xenpt_error *err)
{
    const struct settings *s = job->settings;

    if (!s->layout || !s->nr_arguments || kind == XENPT_REPORT_COMPARE)
        return XENPT_OK;
    if (job->source.machine)
        return xenpt_fail(err, XENPT_EPARSE, "--layout: %s has the layout of its own machine: %s",
                          s->arguments[0], xenpt_machine_layout(job->source.machine)->name);
    return finds_roots(kind) ? XENPT_OK : source_name_areas(&job->source, s->layout, err);
}

enum xenpt_code job_begin(struct job *ret, const struct settings *settings,
                          enum xenpt_report_kind kind, struct xenpt_error *err)
{
    enum xenpt_code code;

    *ret = (struct job){ .settings = settings };
    code = settings->nr_arguments ? source_open(&ret->source, settings->arguments[0], settings, err)
                                  : XENPT_OK;
    /* compare's other source is an image, which has its options. */
    if (!code && settings->nr_arguments && (kind != XENPT_REPORT_COMPARE || settings->derive))
        code = source_check_given(&ret->source, settings, err);
    if (!code && settings->nr_arguments && !finds_roots(kind))
        code = source_need_contexts(&ret->source, settings->arguments[0], err);
    if (!code)
        code = take_layout(ret, kind, err);
    if (!code)
        code = output_open(&ret->output, settings, err);
    return code ? code : begin_report(ret, kind, err);
}

enum xenpt_code job_end(struct job *job, enum xenpt_code code, struct xenpt_error *err)
{
    if (!code)
        code = xenpt_report_finish(job->report, err);
    code = output_written(&job->output, code, err);
    xenpt_report_destroy(job->report);
    output_close(&job->output);
    source_close(&job->source);
    return code;
}
