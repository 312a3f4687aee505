/* state.h - a report under way, and who writes which part of it. */
#ifndef XENPT_REPORT_STATE_H
#define XENPT_REPORT_STATE_H

#include "report/json.h"
#include "report/text.h"
#include "xenpt/report.h"

struct xenpt_report {
    enum xenpt_report_kind kind;
    enum xenpt_report_form form;
    uint64_t items;                    /* Written so far. */
    uint64_t points;                   /* TAP: test points. */
    const struct xenpt_context *shown; /* Text: whose header was written last. */
    struct text text;
    struct json json;
    struct out out;
};

struct answer;
struct reference;

/* header_text.c: who a context is; once, however many items in a row are about it. */
void header_text(struct xenpt_report *r, const struct xenpt_view *view,
                 const struct xenpt_context *context);
/* The area that an address lies in, as "name+0x10", or "". */
#define AREA_TEXT_MAX 160
const char *area_text(const struct xenpt_view *view, const struct xenpt_context *context,
                      uint64_t in, char buf[AREA_TEXT_MAX]);

/* walk_*.c: one address; the answers differ in the kind of access alone. */
void walk_text(struct xenpt_report *r, const struct xenpt_view *view,
               const struct xenpt_question *question, const struct answer *answers, size_t n);
void walk_json(struct xenpt_report *r, const struct xenpt_view *view,
               const struct xenpt_question *question, const struct answer *a);

/* why.c: what the view's explainer knows of each entry, if it knows of entries. */
void why_text(struct text *t, const struct xenpt_view *view, const struct answer *a);
void why_json(struct json *j, const struct xenpt_view *view, const struct answer *a,
              const struct reference *ref);

/* map_*.c */
enum xenpt_code map_text(struct xenpt_report *r, const struct xenpt_view *view,
                         const struct xenpt_context *context, const struct xenpt_map_options *opt,
                         struct xenpt_error *err);
enum xenpt_code map_json(struct xenpt_report *r, const struct xenpt_view *view,
                         const struct xenpt_context *context, const struct xenpt_map_options *opt,
                         struct xenpt_error *err);

/* validate_*.c: what came of asking MMUs. */
void validate_text(struct xenpt_report *r, const struct xenpt_validation *v);
void validate_json(struct xenpt_report *r, const struct xenpt_validation *v);
void validate_junit(struct xenpt_report *r, const struct xenpt_validation *v);
void validate_markdown(struct xenpt_report *r, const struct xenpt_validation *v);
/* validate.c: sums over suites, and what is said in one sentence. */
struct xenpt_validate_counts validate_sum(const struct xenpt_validate_result *result);
unsigned int validate_asked(const struct xenpt_validation *v); /* MMUs. */
#define VERDICT_MAX 200
const char *validate_verdict(const struct xenpt_validation *v, char buf[VERDICT_MAX]);

/*
 * entry_json.c: a context's name, root and format as members of an object, the flags of an entry as
 * a list, and the area of an address as two members.
 */
void context_json(struct json *j, const struct xenpt_context *context);
void flags_json(struct json *j, const struct xenpt_format *f, unsigned int level, uint64_t entry);
void area_json(struct json *j, const struct xenpt_view *view, const struct xenpt_context *context,
               uint64_t in);

#endif
