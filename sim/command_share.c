/* command_share.c - xenpt share. */
#include <stdlib.h>

#include "commands.h"
#include "finding.h"
#include "job.h"

/* Contexts to compare. */
struct list {
    const struct xenpt_context **context;
    size_t nr;
};

/* A root that several run on is compared once. */
static void add(struct list *l, const struct xenpt_context *c)
{
    for (size_t i = 0; i < l->nr; i++)
        if (l->context[i]->paging.root == c->paging.root &&
            l->context[i]->paging.id == c->paging.id)
            return;
    l->context[l->nr++] = c;
}

/* A guest's own tables are at a guest's addresses, and those of a second stage are no CPU's. */
static bool comparable(const struct list *l, const struct xenpt_context *c)
{
    return !c->has_second && (!l->nr || l->context[0]->paging.id == c->paging.id);
}

/*
 * Those that were asked for.  Without, the roots of Xen that are in use: what else a CPU of this
 * machine runs on is a guest's.  Without a Xen, all of the CPUs'.
 */
static enum xenpt_code choose(struct list *l, const struct job *job, const struct finding *finding,
                              struct xenpt_error *err)
{
    size_t max = finding->found.nr + job->source.nr_shown;

    l->context = calloc(max + 1, sizeof(const struct xenpt_context *));
    if (!l->context)
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for %zu contexts", max);
    for (size_t i = 0; i < finding->found.nr; i++)
        if (!finding->found.roots[i].stale)
            add(l, &finding->found.roots[i].context);
    for (size_t i = 0; !finding->found.nr && i < job->source.nr_shown; i++)
        if (job->settings->contexts.nr || job->settings->roots.nr ||
            comparable(l, job->source.shown[i]))
            add(l, job->source.shown[i]);
    if (!l->nr)
        return source_need_contexts(&job->source, job->settings->arguments[0], err);
    return XENPT_OK;
}

enum ending command_share(const struct settings *settings, struct xenpt_error *err)
{
    struct finding finding = { 0 };
    struct list list = { 0 };
    struct job job;
    enum xenpt_code code = job_begin(&job, settings, XENPT_REPORT_SHARE, err);

    if (!code)
        code = finding_begin(&finding, &job.source, settings, err);
    if (!code)
        code = choose(&list, &job, &finding, err);
    if (!code)
        code = xenpt_report_share(job.report, &job.source.view, list.context, list.nr, err);
    code = job_end(&job, code, err);
    finding_end(&finding);
    free(list.context);
    return code ? END_CANNOT : END_DONE;
}
