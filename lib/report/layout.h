/* layout.h - layouts in reports: what their text and their JSON share. */
#ifndef XENPT_REPORT_LAYOUT_H
#define XENPT_REPORT_LAYOUT_H

#include "layout/schema.h"
#include "report/state.h"

/* "4.15 to 4.16", "4.17", "4.20 and later". */
#define RELEASES_TEXT_MAX 48
const char *releases_text(const struct xenpt_layout *layout, char buf[RELEASES_TEXT_MAX]);

/* layout_*.c */
void layout_name_text(struct xenpt_report *r, const struct xenpt_layout *layout);
void layout_name_json(struct xenpt_report *r, const struct xenpt_layout *layout);
void layout_text(struct xenpt_report *r, const struct xenpt_layout *layout);
void layout_json(struct xenpt_report *r, const struct xenpt_layout *layout);

#endif
