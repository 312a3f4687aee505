/* expose.c - what contexts expose: an item for each threat, and one for policies. */
#include "report/expose.h"

const char *expose_owner_name(const struct expose_writer *w, uint32_t owner)
{
    return owner == XENPT_OWNER_NONE ? "no RAM" : w->opt->owners->names[owner];
}

const char *expose_can_text(unsigned int can, char buf[CAN_TEXT_MAX])
{
    buf[0] = can & XENPT_EXPOSE_READ ? 'r' : '-';
    buf[1] = can & XENPT_EXPOSE_WRITE ? 'w' : '-';
    buf[2] = can & XENPT_EXPOSE_EXECUTE ? 'x' : '-';
    buf[3] = '\0';
    return buf;
}

static bool one_row(void *ctx, const struct xenpt_expose_row *row)
{
    struct expose_writer *w = ctx;

    if (w->r->form == XENPT_REPORT_JSON)
        expose_json_row(w, row);
    else
        expose_text_row(w, row);
    w->rows++;
    return !w->r->out.failed;
}

static enum xenpt_code written(const struct expose_writer *w, enum xenpt_code code,
                               struct xenpt_error *err)
{
    if (w->r->out.failed)
        return xenpt_fail(err, XENPT_EIO, "the report cannot be written");
    return code;
}

enum xenpt_code xenpt_report_expose(struct xenpt_report *report, const struct xenpt_view *view,
                                    const struct xenpt_expose_options *opt, bool ranges,
                                    struct xenpt_error *err)
{
    struct expose_writer w = { .r = report, .view = view, .opt = opt, .ranges = ranges };
    bool json = report->form == XENPT_REPORT_JSON;
    enum xenpt_code code;

    if (json)
        expose_json_begin(&w);
    else
        expose_text_begin(&w);
    code = xenpt_expose(view, opt, one_row, &w, NULL, err);
    if (json)
        expose_json_end(&w);
    else
        expose_text_end(&w);
    report->items++;
    return written(&w, code, err);
}

static bool one_finding(void *ctx, const struct xenpt_policy_finding *f)
{
    struct expose_writer *w = ctx;

    if (w->r->form == XENPT_REPORT_JSON)
        expose_json_finding(w, f);
    else
        expose_text_finding(w, f);
    w->rows++;
    return !w->r->out.failed;
}

enum xenpt_code xenpt_report_policies(struct xenpt_report *report, const struct xenpt_view *view,
                                      const struct xenpt_expose_options *opt, unsigned int policies,
                                      uint64_t *found, struct xenpt_error *err)
{
    struct expose_writer w = { .r = report, .view = view, .opt = opt };
    bool json = report->form == XENPT_REPORT_JSON;
    enum xenpt_code code;

    if (json)
        expose_json_policies(&w);
    else
        expose_text_policies(&w);
    code = xenpt_expose_policies(view, opt, policies, one_finding, &w, err);
    if (json)
        expose_json_end(&w);
    else if (!w.rows)
        expose_text_none(&w);
    report->items++;
    *found = w.rows;
    return written(&w, code, err);
}
