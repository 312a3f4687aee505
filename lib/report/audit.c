/* audit.c - what came of an audit: one item, in text or JSON. */
#include "report/audit.h"

static bool one_finding(void *ctx, const struct xenpt_audit_finding *f)
{
    struct audit_writer *w = ctx;

    if (w->r->form == XENPT_REPORT_JSON)
        audit_json_finding(w, f);
    else
        audit_text_finding(w, f);
    w->findings++;
    return !w->r->out.failed;
}

enum xenpt_code xenpt_report_audit(struct xenpt_report *report, const struct xenpt_view *view,
                                   const struct xenpt_audit_facts *facts, unsigned int which,
                                   size_t left_out, uint64_t *found, struct xenpt_error *err)
{
    struct xenpt_audit_result results[XENPT_NR_AUDITS];
    struct audit_writer w = { .r = report, .view = view };
    bool json = report->form == XENPT_REPORT_JSON;
    enum xenpt_code code;

    if (json)
        audit_json_begin(&w);
    else
        audit_text_begin(&w);
    code = xenpt_audit(view, facts, which, one_finding, &w, results, err);
    if (!code && json)
        audit_json_results(&w, results, left_out);
    else if (!code)
        audit_text_results(&w, results, left_out);
    report->items++;
    *found = w.findings;
    if (report->out.failed)
        return xenpt_fail(err, XENPT_EIO, "the report cannot be written");
    return code;
}
