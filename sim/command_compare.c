/* command_compare.c - xenpt compare. */
#include <stdlib.h>

#include "commands.h"
#include "finding.h"
#include "job.h"

/* Everything that a comparison is made of. */
struct comparing {
    struct job job; /* Its source: the model, or with --derive the image. */
    struct source second;
    const struct source *image;
    struct finding finding;
    struct xenpt_derived *derived;
    const struct xenpt_view *model;
    const struct xenpt_context **contexts; /* Of the image: roots in use. */
    size_t nr_contexts;
    struct xenpt_context *given; /* Second stages of --root. */
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

static enum xenpt_code check(const struct settings *s, struct xenpt_error *err)
{
    if (s->derive && s->nr_arguments > 1)
        return xenpt_fail(err, XENPT_EPARSE,
                          "--derive makes the model from the image: it takes an IMAGE alone");
    if (!s->derive && s->nr_arguments < 2)
        return xenpt_fail(err, XENPT_EPARSE,
                          "it needs a MODEL and an IMAGE; --derive makes the model from the image");
    return XENPT_OK;
}

static enum xenpt_code open_image(struct comparing *c, const struct settings *settings,
                                  struct xenpt_error *err)
{
    enum xenpt_code code = XENPT_OK;

    c->image = &c->job.source;
    if (!settings->derive) {
        if (!c->job.source.machine)
            return xenpt_fail(
                err, XENPT_EPARSE,
                "%s is no model: compare takes a MODEL and an IMAGE, and diff takes two "
                "images",
                settings->arguments[0]);
        code = source_open(&c->second, settings->arguments[1], settings, err);
        c->image = &c->second;
    }
    if (!code && !c->image->image)
        return xenpt_fail(err, XENPT_EPARSE, "%s is no image",
                          settings->arguments[settings->nr_arguments - 1]);
    return code;
}

/* Xen's own roots are found; a second stage may have to be named, and is of the kind it is. */
static enum xenpt_code take_given(struct comparing *c, const struct settings *settings,
                                  struct xenpt_error *err)
{
    for (size_t i = 0; i < settings->roots.nr; i++) {
        struct xenpt_context *given = &c->given[i];

        *given = *c->image->shown[i];
        if (!given->paging.format.second_stage)
            return xenpt_fail(err, XENPT_EPARSE,
                              "--root %s: roots of a Xen are found; what can be given is a second "
                              "stage, as in 0x1afa5:ept",
                              settings->roots.word[i]);
        given->kind = given->paging.id == XENPT_EPT4 || given->paging.id == XENPT_EPT5 ? "ept"
                                                                                       : "npt";
        c->contexts[c->nr_contexts++] = given;
    }
    return XENPT_OK;
}

/* Roots in use, and those given by hand. */
static enum xenpt_code find(struct comparing *c, const struct settings *settings,
                            struct xenpt_error *err)
{
    const struct xenpt_machine *machine = settings->derive ? NULL : c->job.source.machine;
    enum xenpt_code code = finding_all(&c->finding, c->image,
                                       settings->arguments[settings->nr_arguments - 1], settings,
                                       machine ? xenpt_machine_layout(machine) : NULL, err);

    if (code)
        return code;
    if (!c->finding.found.nr)
        return xenpt_fail(err, XENPT_ESTATE, "%s: no root of a Xen was found",
                          settings->arguments[settings->nr_arguments - 1]);
    c->contexts = calloc(c->finding.found.nr + settings->roots.nr,
                         sizeof(const struct xenpt_context *));
    c->given = calloc(settings->roots.nr + 1, sizeof(*c->given));
    if (!c->contexts || !c->given)
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for the contexts");
    for (size_t i = 0; i < c->finding.found.nr; i++)
        if (!c->finding.found.roots[i].stale)
            c->contexts[c->nr_contexts++] = &c->finding.found.roots[i].context;
    return take_given(c, settings, err);
}

static enum xenpt_code choose_model(struct comparing *c, const struct settings *settings,
                                    struct xenpt_error *err)
{
    enum xenpt_code code;

    if (!settings->derive) {
        c->model = &c->job.source.view;
        return XENPT_OK;
    }
    code = xenpt_derive(&c->image->view, c->finding.roots, &c->derived, err);
    if (!code)
        c->model = xenpt_derived_view(c->derived);
    return code;
}

/* --- The comparison ------------------------------------------------------------------------ */

static enum xenpt_code compare(struct comparing *c, const struct settings *settings,
                               struct xenpt_error *err)
{
    struct xenpt_compare_options opt = { .allowed = settings->allowed };
    struct xenpt_report_comparison report = { 0 };
    enum xenpt_code code;

    code = xenpt_pair_contexts(c->model, &c->image->view, c->contexts, c->nr_contexts, &c->pairing,
                               err);
    if (!code)
        code = xenpt_compare(c->model, &c->image->view, c->pairing.pairs, c->pairing.nr_pairs, &opt,
                             keep, c, &c->result, err);
    if (code)
        return c->no_memory ? xenpt_fail(err, XENPT_ENOMEM, "no memory for the differences") : code;
    report.pairing = &c->pairing;
    report.result = &c->result;
    report.difference = c->differences;
    report.nr_differences = c->nr;
    if (c->derived)
        report.nr_inferred = xenpt_derived_from(c->derived, &report.inferred);
    return xenpt_report_compare(c->job.report, &report, err);
}

static void fini(struct comparing *c)
{
    free(c->differences);
    xenpt_comparison_fini(&c->result);
    xenpt_pairing_fini(&c->pairing);
    free(c->contexts);
    free(c->given);
    xenpt_derived_free(c->derived);
    finding_end(&c->finding);
    source_close(&c->second);
}

enum ending command_compare(const struct settings *settings, struct xenpt_error *err)
{
    struct comparing c = { .max = 0 };
    enum xenpt_code code = check(settings, err);
    bool differs;

    if (code)
        return END_CANNOT;
    code = job_begin(&c.job, settings, XENPT_REPORT_COMPARE, err);
    if (!code)
        code = open_image(&c, settings, err);
    if (!code)
        code = find(&c, settings, err);
    if (!code)
        code = choose_model(&c, settings, err);
    if (!code)
        code = compare(&c, settings, err);
    differs = c.result.entries[XENPT_UNEXPLAINED] || c.result.entries[XENPT_MISSING];
    fini(&c);
    code = job_end(&c.job, code, err);
    return code ? END_CANNOT : differs ? END_REFUSED : END_DONE;
}
