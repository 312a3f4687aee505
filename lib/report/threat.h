/* threat.h - what a threat reaches, as text and as JSON. */
#ifndef XENPT_REPORT_THREAT_H
#define XENPT_REPORT_THREAT_H

#include "report/state.h"

#define NR_RIGHTS XENPT_NR_THREAT_RIGHTS
#define NR_WHATS  XENPT_NR_THREAT_WHATS

/* Frames of one owner's that are one thing. */
struct group {
    const char *owner;
    uint64_t frames, reached[NR_RIGHTS];
    uint64_t first[NR_RIGHTS]; /* The lowest that is. */
    bool granted[NR_RIGHTS];   /* It is offered: then another would tell more. */
};

struct threat_writer {
    struct xenpt_report *r;
    const struct xenpt_threat *threat; /* NULL: nobody of them is there. */
    const struct xenpt_run_threat *of; /* Of a scenario; or NULL. */
    const struct xenpt_report_frames *asked;
    size_t nr_asked;
    struct group *groups; /* By domain, nobody's first, and what. */
    size_t nr;            /* Rows of NR_WHATS. */
};

static inline const char *threat_what_text(size_t group)
{
    return xenpt_threat_what_word((enum xenpt_threat_what)(group % NR_WHATS))->name;
}

static inline const char *threat_right_text(unsigned int r)
{
    return xenpt_threat_right_word((enum xenpt_threat_right)r)->name;
}

/* threat.c: the pieces of the frames that were asked for, each within what was asked. */
void threat_frames(struct threat_writer *w, const struct xenpt_report_frames *asked,
                   void (*tell)(struct threat_writer *w, const struct xenpt_threat_piece *p));
/* threat_text.c */
void threat_text(struct threat_writer *w);
/* threat_json.c */
void threat_json(struct threat_writer *w);

#endif
