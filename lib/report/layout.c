/* layout.c - layouts in reports. */
#include "report/layout.h"

#include <stdio.h>

static const char *release_text(struct xenpt_release r, char buf[16])
{
    snprintf(buf, 16, "%u.%u", r.major, r.minor);
    return buf;
}

const char *releases_text(const struct xenpt_layout *layout, char buf[RELEASES_TEXT_MAX])
{
    char first[16], last[16];

    release_text(layout->first, first);
    release_text(layout->last, last);
    if (!layout->last.major)
        snprintf(buf, RELEASES_TEXT_MAX, "%s and later", first);
    else if (layout->first.minor == layout->last.minor && layout->first.major == layout->last.major)
        snprintf(buf, RELEASES_TEXT_MAX, "%s", first);
    else
        snprintf(buf, RELEASES_TEXT_MAX, "%s to %s", first, last);
    return buf;
}

static enum xenpt_code written(struct xenpt_report *r, struct xenpt_error *err)
{
    r->items++;
    return r->out.failed ? xenpt_fail(err, XENPT_EIO, "the report cannot be written") : XENPT_OK;
}

enum xenpt_code xenpt_report_layout_name(struct xenpt_report *report,
                                         const struct xenpt_layout *layout, struct xenpt_error *err)
{
    if (report->form == XENPT_REPORT_JSON)
        layout_name_json(report, layout);
    else
        layout_name_text(report, layout);
    return written(report, err);
}

enum xenpt_code xenpt_report_layout(struct xenpt_report *report, const struct xenpt_layout *layout,
                                    struct xenpt_error *err)
{
    if (report->form == XENPT_REPORT_JSON)
        layout_json(report, layout);
    else
        layout_text(report, layout);
    return written(report, err);
}
