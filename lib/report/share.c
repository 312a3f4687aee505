/* share.c - what contexts share: one document. */
#include "report/share.h"

#include <stdlib.h>

static bool one_slot(void *ctx, const struct xenpt_share_slot *slot)
{
    struct share_writer *w = ctx;

    if (w->r->form == XENPT_REPORT_JSON)
        share_json(w, slot);
    else
        share_text(w, slot);
    w->r->items++;
    return !w->r->out.failed;
}

enum xenpt_code xenpt_report_share(struct xenpt_report *report, const struct xenpt_view *view,
                                   const struct xenpt_context *const contexts[], size_t nr_contexts,
                                   struct xenpt_error *err)
{
    struct share_writer *w = calloc(1, sizeof(*w));
    enum xenpt_code code;

    if (!w)
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for a report");
    w->r = report;
    w->view = view;
    w->contexts = contexts;
    w->nr = nr_contexts;
    w->first = 1;
    if (report->form == XENPT_REPORT_JSON)
        share_json_begin(w);
    else
        share_text_begin(w);
    code = xenpt_share(view, contexts, nr_contexts, one_slot, w, err);
    if (report->form == XENPT_REPORT_JSON)
        share_json_end(w);
    else
        share_text_end(w);
    free(w);
    if (report->out.failed)
        return xenpt_fail(err, XENPT_EIO, "the report cannot be written");
    return code;
}
