/* roots.h - the roots of a list of contexts, each of them once. */
#ifndef XENPT_REPORT_ROOTS_H
#define XENPT_REPORT_ROOTS_H

#include "analysis/guest_memory.h"
#include "report/state.h"

struct root {
    const struct xenpt_context *context; /* The first that runs on it. */
    const struct xenpt_paging *paging;
    const struct xenpt_root *found; /* What is known of it; NULL: nobody looked for it. */
    bool second;                    /* It is the second stage's. */
    bool guest;                     /* Its address is a guest-physical one. */
    struct guest_memory memory;
};

/* Entry `slot` of a root's table.  False: it lies outside memory. */
bool root_entry(const struct root *root, unsigned int slot, uint64_t *ret);
/* How many entries the table has, and how many of them are not zero. */
unsigned int root_slots(const struct root *root);
unsigned int root_slots_used(const struct root *root);

/* Whether a context has this root, in the stage that it is of. */
bool root_is_of(const struct root *root, const struct xenpt_context *context);

/* Contexts to go through when naming those that run on a root. */
struct contexts {
    const struct xenpt_context *const *list;
    size_t nr;
};

/* What a root is for, or else its format; its domain, or NULL. */
const char *root_kind(const struct root *root);
const char *root_domain(const struct root *root);

void roots_text_begin(struct xenpt_report *r, const struct xenpt_report_found *found);
void roots_text(struct xenpt_report *r, const struct root *root, const struct contexts *contexts);
void roots_json_begin(struct xenpt_report *r, const struct xenpt_report_found *found);
void roots_json(struct xenpt_report *r, const struct root *root, const struct contexts *contexts);
void roots_json_end(struct xenpt_report *r);
/* slots_text.c: a root's table, drawn and listed. */
enum xenpt_code slots_text(struct xenpt_report *r, const struct xenpt_view *view,
                           const struct root *root, struct xenpt_error *err);

#endif
