/* command_walk.c - xenpt walk. */
#include <string.h>

#include "commands.h"
#include "job.h"
#include "meant.h"

/* How an address is accessed in a context: as its CPU would, unless something else was asked. */
static struct xenpt_question question_for(const struct settings *s, const struct xenpt_context *c,
                                          uint64_t in, const char *name)
{
    bool as_cpu = c->has_cpu && !s->cpl.given;

    return (struct xenpt_question){
        .in = in,
        .name = name,
        .kinds = s->kinds,
        .access = {
            .cpl = as_cpu ? c->cpl : (uint8_t)s->cpl.v,
            .ac = s->ac || (as_cpu && c->ac),
            .implicit = s->implicit,
            .shadow_stack = s->shadow_stack,
            .stack_segment = s->stack_segment,
        },
    };
}

static enum xenpt_code walk_one(struct job *job, const struct xenpt_context *context,
                                const char *text, bool *all_allowed, struct xenpt_error *err)
{
    struct xenpt_question question;
    enum xenpt_code code;
    bool allowed;
    uint64_t in;

    code = meant_address(&job->source, text, &in, err);
    if (code)
        return code;
    question = question_for(job->settings, context, in, NULL);
    code = xenpt_report_walk(job->report, &job->source.view, context, &question, &allowed, err);
    *all_allowed = *all_allowed && allowed;
    return code;
}

/* Every address is read before the first is walked: a mistake in the last spoils no report. */
static enum xenpt_code check_addresses(struct job *job, struct xenpt_error *err)
{
    enum xenpt_code code = XENPT_OK;
    uint64_t in;

    for (size_t i = 1; !code && i < job->settings->nr_arguments; i++)
        code = meant_address(&job->source, job->settings->arguments[i], &in, err);
    return code;
}

enum ending command_walk(const struct settings *settings, struct xenpt_error *err)
{
    bool allowed = true;
    struct job job;
    enum xenpt_code code = job_begin(&job, settings, XENPT_REPORT_WALK, err);

    if (!code)
        code = check_addresses(&job, err);
    for (size_t c = 0; !code && c < job.source.nr_shown; c++)
        for (size_t i = 1; !code && i < settings->nr_arguments; i++)
            code = walk_one(&job, job.source.shown[c], settings->arguments[i], &allowed, err);
    code = job_end(&job, code, err);
    if (code)
        return END_CANNOT;
    return settings->kinds && !allowed ? END_REFUSED : END_DONE;
}
