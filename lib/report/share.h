/* share.h - what contexts have in common, slot by slot. */
#ifndef XENPT_REPORT_SHARE_H
#define XENPT_REPORT_SHARE_H

#include "report/state.h"
#include "xenpt/share.h"

/* What a slot looks like, without addresses: equal for slots that make one line. */
#define SHARE_LOOK_MAX 4096

struct share_writer {
    struct xenpt_report *r;
    const struct xenpt_view *view;
    const struct xenpt_context *const *contexts;
    size_t nr;
    /* Text: slots that look alike, and wait for one that does not. */
    unsigned int first, last; /* first > last: none wait. */
    uint64_t from;
    char area[AREA_TEXT_MAX];
    char look[SHARE_LOOK_MAX], shown[SHARE_LOOK_MAX];
};

/* share_text.c */
void share_text_begin(struct share_writer *w);
void share_text(struct share_writer *w, const struct xenpt_share_slot *slot);
void share_text_end(struct share_writer *w);

/* share_json.c */
void share_json_begin(const struct share_writer *w);
void share_json_end(const struct share_writer *w);
void share_json(const struct share_writer *w, const struct xenpt_share_slot *slot);

#endif
