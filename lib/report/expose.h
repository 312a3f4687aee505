/* expose.h - what contexts expose, row by row, and what is against policies. */
#ifndef XENPT_REPORT_EXPOSE_H
#define XENPT_REPORT_EXPOSE_H

#include "report/state.h"
#include "xenpt/expose.h"

struct expose_writer {
    struct xenpt_report *r;
    const struct xenpt_view *view;
    const struct xenpt_expose_options *opt;
    bool ranges;
    uint64_t rows;
};

/* "no RAM" for what has no owner. */
const char *expose_owner_name(const struct expose_writer *w, uint32_t owner);
/* "rwx", "r--". */
#define CAN_TEXT_MAX 4
const char *expose_can_text(unsigned int can, char buf[CAN_TEXT_MAX]);

/* expose_text.c */
void expose_text_begin(struct expose_writer *w);
void expose_text_row(struct expose_writer *w, const struct xenpt_expose_row *row);
void expose_text_end(struct expose_writer *w);
void expose_text_policies(struct expose_writer *w);
void expose_text_finding(struct expose_writer *w, const struct xenpt_policy_finding *f);
void expose_text_none(struct expose_writer *w);

/* expose_json.c */
void expose_json_begin(struct expose_writer *w);
void expose_json_row(struct expose_writer *w, const struct xenpt_expose_row *row);
void expose_json_end(struct expose_writer *w);
void expose_json_policies(struct expose_writer *w);
void expose_json_finding(struct expose_writer *w, const struct xenpt_policy_finding *f);

#endif
