/* walk.c - one address, asked about once for each kind of access. */
#include "report/answer.h"
#include "report/state.h"

#define KINDS (XENPT_FETCH + 1)

enum xenpt_code xenpt_report_walk(struct xenpt_report *report, const struct xenpt_view *view,
                                  const struct xenpt_context *context,
                                  const struct xenpt_question *question, bool *allowed,
                                  struct xenpt_error *err)
{
    unsigned int kinds = question->kinds ? question->kinds : 1u << XENPT_READ;
    struct answer answers[KINDS];
    bool all = true;
    size_t n = 0;

    for (unsigned int kind = XENPT_READ; kind <= XENPT_FETCH; kind++) {
        struct xenpt_access access = question->access;

        if (!(kinds >> kind & 1))
            continue;
        access.kind = (enum xenpt_access_kind)kind;
        answer(&answers[n], view, context, question->in, &access);
        all = all && answers[n].verdict.allowed;
        n++;
    }
    if (report->form == XENPT_REPORT_TEXT)
        walk_text(report, view, question, answers, n);
    for (size_t i = 0; report->form == XENPT_REPORT_JSON && i < n; i++)
        walk_json(report, view, question, &answers[i]);
    if (allowed)
        *allowed = all;
    return report->out.failed ? xenpt_fail(err, XENPT_EIO, "the report cannot be written")
                              : XENPT_OK;
}
