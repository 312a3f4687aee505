/* report.c - one document, from its beginning to its end. */
#include "xenpt/report.h"

#include <stdio.h>
#include <stdlib.h>

#include "report/run.h"

#define FORM(f) (1u << XENPT_REPORT_##f)
#define USUAL   (FORM(TEXT) | FORM(JSON))

/* A document is a list of items, or what its one item writes. */
static const struct {
    const char *schema, *list;
    unsigned int forms;
} kinds[XENPT_NR_REPORT_KINDS] = {
    [XENPT_REPORT_WALK] = { "xenpt.walk/1", "walks", USUAL },
    [XENPT_REPORT_MAP] = { "xenpt.map/1", "contexts", USUAL },
    [XENPT_REPORT_ROOTS] = { "xenpt.roots/1", NULL, USUAL },
    [XENPT_REPORT_LAYOUTS] = { "xenpt.layouts/1", "layouts", USUAL },
    [XENPT_REPORT_LAYOUT] = { "xenpt.layout/1", "layouts", USUAL },
    [XENPT_REPORT_LAYOUT_DIFF] = { "xenpt.layout-diff/1", "changes", USUAL },
    [XENPT_REPORT_VALIDATE] = { "xenpt.validate/1", "validations",
                                USUAL | FORM(JUNIT) | FORM(MARKDOWN) },
    [XENPT_REPORT_DIFF] = { "xenpt.diff/1", "diffs", USUAL },
    [XENPT_REPORT_WHO] = { "xenpt.who/1", "frames", USUAL },
    [XENPT_REPORT_SHARE] = { "xenpt.share/1", NULL, USUAL },
    [XENPT_REPORT_COMPARE] = { "xenpt.compare/1", NULL, USUAL },
    [XENPT_REPORT_THREAT] = { "xenpt.threat/1", "threats", USUAL },
    [XENPT_REPORT_RUN] = { "xenpt.run/1", "scenarios", USUAL | FORM(JUNIT) | FORM(TAP) },
    [XENPT_REPORT_EXPOSE] = { "xenpt.expose/1", "exposures", USUAL },
    [XENPT_REPORT_CHECK] = { "xenpt.check/1", "checks", USUAL },
};

static const char *const form_names[] = {
    [XENPT_REPORT_TEXT] = "text",   [XENPT_REPORT_JSON] = "json",
    [XENPT_REPORT_JUNIT] = "junit", [XENPT_REPORT_MARKDOWN] = "markdown",
    [XENPT_REPORT_TAP] = "tap",
};
#define NR_FORMS (sizeof(form_names) / sizeof(form_names[0]))

static enum xenpt_code no_such_form(enum xenpt_report_kind kind, struct xenpt_error *err)
{
    char has[80] = "";
    size_t used = 0;

    for (unsigned int f = 0; f < NR_FORMS; f++)
        if (kinds[kind].forms >> f & 1)
            used += (size_t)snprintf(has + used, sizeof(has) - used, "%s%s", used ? ", " : "",
                                     form_names[f]);
    return xenpt_fail(err, XENPT_EUNSUPPORTED, "this report has these forms only: %s", has);
}

enum xenpt_code xenpt_report_create(enum xenpt_report_kind kind,
                                    const struct xenpt_report_options *opt,
                                    struct xenpt_report **ret, struct xenpt_error *err)
{
    struct xenpt_report *r;

    if (opt->form >= NR_FORMS || !(kinds[kind].forms >> opt->form & 1))
        return no_such_form(kind, err);
    r = calloc(1, sizeof(*r));
    if (!r)
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for a report");
    r->kind = kind;
    r->form = opt->form;
    r->out.write = opt->write;
    r->out.ctx = opt->ctx;
    r->text = (struct text){ &r->out, opt->colour };
    r->json.out = &r->out;
    if (r->form == XENPT_REPORT_JSON) {
        json_open(&r->json, '{');
        json_key(&r->json, "schema");
        json_text(&r->json, kinds[kind].schema);
        if (kinds[kind].list) {
            json_key(&r->json, kinds[kind].list);
            json_open(&r->json, '[');
        }
    } else if (kind == XENPT_REPORT_RUN) {
        run_begin(r);
    }
    *ret = r;
    return XENPT_OK;
}

void xenpt_report_destroy(struct xenpt_report *report)
{
    free(report);
}

enum xenpt_code xenpt_report_finish(struct xenpt_report *report, struct xenpt_error *err)
{
    if (report->form == XENPT_REPORT_JSON) {
        if (kinds[report->kind].list)
            json_close(&report->json, ']');
        json_close(&report->json, '}');
        out_char(&report->out, '\n');
    } else if (report->kind == XENPT_REPORT_RUN) {
        run_end(report);
    }
    out_flush(&report->out);
    if (report->out.failed)
        return xenpt_fail(err, XENPT_EIO, "the report cannot be written");
    return XENPT_OK;
}

enum xenpt_code xenpt_report_map(struct xenpt_report *report, const struct xenpt_view *view,
                                 const struct xenpt_context *context,
                                 const struct xenpt_map_options *opt, struct xenpt_error *err)
{
    static const struct xenpt_map_options everything;

    opt = opt ? opt : &everything;
    return report->form == XENPT_REPORT_JSON ? map_json(report, view, context, opt, err)
                                             : map_text(report, view, context, opt, err);
}

enum xenpt_code xenpt_report_validation(struct xenpt_report *report,
                                        const struct xenpt_validation *validation,
                                        struct xenpt_error *err)
{
    static void (*const forms[])(struct xenpt_report *, const struct xenpt_validation *) = {
        [XENPT_REPORT_TEXT] = validate_text,
        [XENPT_REPORT_JSON] = validate_json,
        [XENPT_REPORT_JUNIT] = validate_junit,
        [XENPT_REPORT_MARKDOWN] = validate_markdown,
    };

    forms[report->form](report, validation);
    report->items++;
    return report->out.failed ? xenpt_fail(err, XENPT_EIO, "the report cannot be written")
                              : XENPT_OK;
}
