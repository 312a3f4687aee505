/* compare.h - what differs between a model and an image. */
#ifndef XENPT_REPORT_COMPARE_H
#define XENPT_REPORT_COMPARE_H

#include "report/state.h"

void compare_text(struct xenpt_report *r, const struct xenpt_report_comparison *c);
void compare_json(struct xenpt_report *r, const struct xenpt_report_comparison *c);

#endif
