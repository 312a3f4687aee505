/* audit.h - what came of an audit: findings as they are met, and then each invariant. */
#ifndef XENPT_REPORT_AUDIT_H
#define XENPT_REPORT_AUDIT_H

#include "report/state.h"
#include "xenpt/audit.h"

struct audit_writer {
    struct xenpt_report *r;
    const struct xenpt_view *view;
    uint64_t findings;
};

/* audit_text.c */
void audit_text_begin(struct audit_writer *w);
void audit_text_finding(struct audit_writer *w, const struct xenpt_audit_finding *f);
void audit_text_results(struct audit_writer *w, const struct xenpt_audit_result *results,
                        size_t left_out);

/* audit_json.c */
void audit_json_begin(struct audit_writer *w);
void audit_json_finding(struct audit_writer *w, const struct xenpt_audit_finding *f);
void audit_json_results(struct audit_writer *w, const struct xenpt_audit_result *results,
                        size_t left_out);

#endif
