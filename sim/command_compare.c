/* command_compare.c - xenpt compare. */
#include <stdlib.h>

#include "commands.h"
#include "finding.h"
#include "job.h"

/* Everything that a comparison is made of. */
struct comparing {
    struct job job; /* Its source: the model. */
    struct source image;
    struct finding finding;
    const struct xenpt_context **contexts; /* Of the image: roots in use. */
    size_t nr_contexts;
    struct xenpt_pairing pairing;
    struct xenpt_comparison result;
    struct xenpt_difference *differences;
    size_t nr, max;
    bool no_memory;
};

static bool keep(void *ctx, const struct xenpt_difference *difference)
{
    struct comparing *c = ctx;

    if (c->nr == c->max) {
        size_t max = c->max ? 2 * c->max : 64;
        struct xenpt_difference *more = realloc(c->differences, max * sizeof(*more));

        c->no_memory = !more;
        if (!more)
            return false;
        c->differences = more;
        c->max = max;
    }
    c->differences[c->nr++] = *difference;
    return true;
}

/* --- Both sides ---------------------------------------------------------------------------- */

static enum xenpt_code open_both(struct comparing *c, const struct settings *settings,
                                 struct xenpt_error *err)
{
    enum xenpt_code code;

    if (!c->job.source.machine)
        return xenpt_fail(err, XENPT_EPARSE, "%s is no model", settings->arguments[0]);
    code = source_open(&c->image, settings->arguments[1], settings, err);
    if (!code && !c->image.image)
        return xenpt_fail(err, XENPT_EPARSE, "%s is no image", settings->arguments[1]);
    return code;
}

/* Roots in use; those given by hand have no kind to be paired by. */
static enum xenpt_code find(struct comparing *c, const struct settings *settings,
                            struct xenpt_error *err)
{
    enum xenpt_code code = finding_begin(&c->finding, &c->image, settings, err);

    if (code)
        return code;
    if (!c->finding.found.nr)
        return xenpt_fail(err, XENPT_ESTATE, "%s: no root of a Xen was found",
                          settings->arguments[1]);
    c->contexts = calloc(c->finding.found.nr, sizeof(const struct xenpt_context *));
    if (!c->contexts)
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for the contexts");
    for (size_t i = 0; i < c->finding.found.nr; i++)
        if (!c->finding.found.roots[i].stale)
            c->contexts[c->nr_contexts++] = &c->finding.found.roots[i].context;
    return XENPT_OK;
}

/* --- The comparison ------------------------------------------------------------------------ */

static enum xenpt_code compare(struct comparing *c, const struct settings *settings,
                               struct xenpt_error *err)
{
    struct xenpt_compare_options opt = { .allowed = settings->allowed };
    struct xenpt_report_comparison report = { 0 };
    enum xenpt_code code;

    code = xenpt_pair_contexts(&c->job.source.view, &c->image.view, c->contexts, c->nr_contexts,
                               &c->pairing, err);
    if (!code)
        code = xenpt_compare(&c->job.source.view, &c->image.view, c->pairing.pairs,
                             c->pairing.nr_pairs, &opt, keep, c, &c->result, err);
    if (code)
        return c->no_memory ? xenpt_fail(err, XENPT_ENOMEM, "no memory for the differences") : code;
    report.pairing = &c->pairing;
    report.result = &c->result;
    report.difference = c->differences;
    report.nr_differences = c->nr;
    return xenpt_report_compare(c->job.report, &report, err);
}

static void fini(struct comparing *c)
{
    free(c->differences);
    xenpt_comparison_fini(&c->result);
    xenpt_pairing_fini(&c->pairing);
    free(c->contexts);
    finding_end(&c->finding);
    source_close(&c->image);
}

enum ending command_compare(const struct settings *settings, struct xenpt_error *err)
{
    struct comparing c = { .max = 0 };
    enum xenpt_code code;
    bool differs;

    code = job_begin(&c.job, settings, XENPT_REPORT_COMPARE, err);
    if (!code)
        code = open_both(&c, settings, err);
    if (!code)
        code = find(&c, settings, err);
    if (!code)
        code = compare(&c, settings, err);
    differs = c.result.entries[XENPT_UNEXPLAINED] || c.result.entries[XENPT_MISSING];
    fini(&c);
    code = job_end(&c.job, code, err);
    return code ? END_CANNOT : differs ? END_REFUSED : END_DONE;
}
