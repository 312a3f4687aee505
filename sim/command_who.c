/* command_who.c - xenpt who. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "finding.h"
#include "job.h"
#include "meant.h"
#include "xenpt/suggest.h"

/* Addresses that --unfold gives without --limit. */
#define USUAL_LIMIT (UINT64_C(1) << 20)

/* A command under way. */
struct asking {
    struct job job;
    struct finding finding;
    const struct xenpt_context **contexts;
    size_t nr_contexts;
    struct xenpt_who *who;
};

/* --- Contexts ------------------------------------------------------------------------------ */

static bool has(const struct asking *a, const struct xenpt_context *c)
{
    for (size_t i = 0; a->contexts && i < a->nr_contexts; i++) {
        const struct xenpt_context *o = a->contexts[i];

        if (o && o->paging.root == c->paging.root && o->paging.id == c->paging.id &&
            !c->has_second && !o->has_second)
            return true;
    }
    return false;
}

/* Those that were asked for; without, CPUs and roots of a Xen, each root of an image once. */
static enum xenpt_code choose(struct asking *a, struct xenpt_error *err)
{
    const struct source *s = &a->job.source;
    size_t max = a->finding.found.nr + s->nr_shown;

    a->contexts = calloc(max + 1, sizeof(const struct xenpt_context *));
    if (!a->contexts)
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for %zu contexts", max);
    for (size_t i = 0; i < s->nr_shown; i++)
        a->contexts[a->nr_contexts++] = s->shown[i];
    for (size_t i = 0; i < a->finding.found.nr; i++) {
        const struct xenpt_root *r = &a->finding.found.roots[i];

        if (!r->stale && !has(a, &r->context))
            a->contexts[a->nr_contexts++] = &r->context;
    }
    if (!a->nr_contexts)
        return source_need_contexts(s, a->job.settings->arguments[0], err);
    return XENPT_OK;
}

/* --- What is asked about ------------------------------------------------------------------- */

static const struct xenpt_context *context_of(const struct asking *a, const char *name, size_t n,
                                              struct xenpt_error *err)
{
    char hint[XENPT_DID_YOU_MEAN_MAX], word[XENPT_NAME_MAX];
    struct xenpt_suggestion near;

    snprintf(word, sizeof(word), "%.*s", (int)n, name);
    xenpt_suggest_begin(&near, word);
    for (size_t i = 0; i < a->nr_contexts; i++) {
        const char *is = a->contexts[i]->name;

        if (strlen(is) == n && !memcmp(is, name, n))
            return a->contexts[i];
        xenpt_suggest_try(&near, is, strlen(is));
    }
    xenpt_fail(err, XENPT_EPARSE, "'%s': no context is called '%s'%s", name, word,
               xenpt_suggest_words(&near, hint));
    return NULL;
}

/* "d1.v0.user=401000": the frame that is there. */
static enum xenpt_code frame_at(struct asking *a, const char *text, const char *address,
                                uint64_t *ret, struct xenpt_error *err)
{
    const struct xenpt_context *c = context_of(a, text, (size_t)(address - 1 - text), err);
    struct xenpt_walk2 walk = { .outcome = XENPT_NOT_PRESENT };
    enum xenpt_code code;
    uint64_t in;

    if (!c)
        return XENPT_EPARSE;
    code = meant_address(&a->job.source, address, &in, err);
    if (code)
        return code;
    if (c->has_second) {
        xenpt_walk2(&c->paging, &c->second, a->job.source.view.mem, in, &walk);
    } else {
        walk.outcome = xenpt_walk(&c->paging, a->job.source.view.mem, in, &walk.guest);
        walk.out = walk.guest.out;
    }
    if (walk.outcome != XENPT_MAPPED)
        return xenpt_fail(err, XENPT_ESTATE, "'%s' leads nowhere: %s", text,
                          xenpt_outcome_name(walk.outcome));
    *ret = walk.out >> XENPT_PAGE_SHIFT;
    return XENPT_OK;
}

static enum xenpt_code frames(struct asking *a, const char *text, struct xenpt_who_question *ret,
                              struct xenpt_error *err)
{
    const char *address = strchr(text, '=');
    uint64_t first = 0, last = 0;
    enum xenpt_code code;

    if (address) {
        code = frame_at(a, text, address + 1, &first, err);
        last = first;
    } else {
        code = meant_frames(&a->job.source, text, &first, &last, err);
    }
    ret->first = first << XENPT_PAGE_SHIFT;
    ret->last = (last << XENPT_PAGE_SHIFT) + XENPT_PAGE_SIZE - 1;
    return code;
}

/* --- The command --------------------------------------------------------------------------- */

static enum xenpt_code begin(struct asking *a, const struct settings *settings,
                             struct xenpt_error *err)
{
    struct xenpt_who_options opt = { .pages = settings->nr_arguments > 8 };
    enum xenpt_code code = job_begin(&a->job, settings, XENPT_REPORT_WHO, err);

    if (!code)
        code = finding_begin(&a->finding, &a->job.source, settings, err);
    if (!code && a->finding.found.layout)
        code = source_name_areas(
            &a->job.source, settings->layout ? settings->layout : a->finding.found.layout, err);
    if (!code)
        code = choose(a, err);
    if (code)
        return code;
    opt.contexts = a->contexts;
    opt.nr_contexts = a->nr_contexts;
    return xenpt_who_create(&a->job.source.view, &opt, &a->who, err);
}

static enum xenpt_code ask(struct asking *a, const char *text, struct xenpt_error *err)
{
    const struct settings *s = a->job.settings;
    struct xenpt_who_question q = {
        .unfold = s->unfold,
        .limit = s->limit.given ? s->limit.v
                 : s->unfold    ? USUAL_LIMIT
                                : 0,
    };
    enum xenpt_code code = frames(a, text, &q, err);

    if (!code)
        code = xenpt_report_who(a->job.report, &a->job.source.view, a->who, &q, err);
    if (code == XENPT_ERANGE && q.limit)
        xenpt_fail(err, code, "%s: more than %llu addresses: --limit NUMBER allows more", text,
                   (unsigned long long)q.limit);
    return code;
}

enum ending command_who(const struct settings *settings, struct xenpt_error *err)
{
    struct xenpt_who_question q = { 0 };
    struct asking a = { 0 };
    enum xenpt_code code = begin(&a, settings, err);

    /* A mistake in the last argument spoils no report. */
    for (size_t i = 1; !code && i < settings->nr_arguments; i++)
        code = frames(&a, settings->arguments[i], &q, err);
    for (size_t i = 1; !code && i < settings->nr_arguments; i++)
        code = ask(&a, settings->arguments[i], err);
    code = job_end(&a.job, code, err);
    xenpt_who_destroy(a.who);
    finding_end(&a.finding);
    free(a.contexts);
    return code ? END_CANNOT : END_DONE;
}
