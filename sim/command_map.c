/* command_map.c - xenpt map. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "address.h"
#include "areas.h"
#include "commands.h"
#include "job.h"
#include "progress.h"

/* Entries that are followed by every path, unless --limit says otherwise. */
#define USUAL_LIMIT (UINT64_C(1) << 26)

/* A program sees every page and need not know of sharing; a person sees each table once. */
static bool unfolds(const struct settings *s)
{
    return s->unfold || s->leaves || (s->format == XENPT_REPORT_JSON && !s->fold);
}

/* Of a device in quarantine all entries of a table lead to one: 512 to the fourth power of pages,
 * which nobody wants unless he says so. */
static bool folds_anyway(const struct settings *s, const struct xenpt_context *context)
{
    return !s->unfold && !s->leaves && context->kind && !strcmp(context->kind, "iommu") &&
           !*context->domain;
}

static enum xenpt_code check_contradictions(const struct settings *s, struct xenpt_error *err)
{
    if (s->fold && (s->unfold || s->leaves))
        return xenpt_fail(err, XENPT_EPARSE, "--fold and --%s contradict each other",
                          s->leaves ? "leaves" : "unfold");
    if (s->overview && s->leaves)
        return xenpt_fail(err, XENPT_EPARSE, "--overview and --leaves contradict each other");
    return XENPT_OK;
}

/* An area of a machine's layout, or of the one that was stated; or a symbol. */
static enum xenpt_code check_area(const struct job *job, const char *name, struct xenpt_error *err)
{
    if (job->source.machine)
        return source_area(&job->source, name, err);
    if (job->source.areas && !areas_named(job->source.areas, name, err))
        return XENPT_OK;
    if (job->source.areas && !xenpt_image_symbol_name(job->source.image, 0))
        return areas_named(job->source.areas, name, err);
    return address_area(name, job->source.image, err);
}

static enum xenpt_code options_of(const struct job *job, struct xenpt_map_options *ret,
                                  struct xenpt_error *err)
{
    const struct settings *s = job->settings;

    *ret = (struct xenpt_map_options){
        .scatter = s->overview,
        .writable = s->writable,
        .executable = s->executable,
        .user = s->user,
        .area = s->area,
        .leaves = s->leaves,
        .unfold = unfolds(s),
        .limit = s->limit.given ? s->limit.v
                 : unfolds(s)   ? USUAL_LIMIT
                                : 0,
    };
    if (s->area && check_area(job, s->area, err))
        return XENPT_EPARSE;
    return s->va ? address_range(s->va, job->source.image, &ret->first, &ret->last, err) : XENPT_OK;
}

/* A range may end above what a format has: FIRST.. does. */
static void clip(struct xenpt_map_options *opt, const struct xenpt_format *f)
{
    uint64_t end = f->sign_extended ? UINT64_MAX : XENPT_BITS(f->input_bits - 1, 0);

    if (opt->last > end && opt->first <= end)
        opt->last = end;
}

static enum xenpt_code map_one(struct job *job, const struct xenpt_context *context,
                               struct xenpt_map_options opt, struct xenpt_error *err)
{
    struct progress progress;
    enum xenpt_code code;

    clip(&opt, &context->paging.format);
    if (folds_anyway(job->settings, context)) {
        opt.unfold = false;
        opt.limit = job->settings->limit.given ? opt.limit : 0;
    }
    /* On a terminal the map itself is the progress. */
    progress_begin(&progress,
                   !job->settings->quiet && (job->output.file != stdout || !isatty(STDOUT_FILENO)),
                   context->name);
    opt.progress = progress_pages;
    opt.progress_ctx = &progress;
    code = xenpt_report_map(job->report, &job->source.view, context, &opt, err);
    progress_end(&progress);
    if (code == XENPT_ERANGE && opt.limit)
        return xenpt_fail(err, code,
                          "%s: more than %llu entries: --limit NUMBER allows more, --va looks at "
                          "less%s",
                          context->name, (unsigned long long)opt.limit,
                          opt.unfold ? ", --fold takes each table once" : "");
    return code && code != XENPT_EIO ? xenpt_prefix(err, code, "%s", context->name) : code;
}

enum ending command_map(const struct settings *settings, struct xenpt_error *err)
{
    struct xenpt_map_options opt;
    struct job job;
    enum xenpt_code code;

    if (check_contradictions(settings, err))
        return END_CANNOT;
    code = job_begin(&job, settings, XENPT_REPORT_MAP, err);
    if (!code)
        code = options_of(&job, &opt, err);
    for (size_t c = 0; !code && c < job.source.nr_shown; c++)
        code = map_one(&job, job.source.shown[c], opt, err);
    return job_end(&job, code, err) ? END_CANNOT : END_DONE;
}
