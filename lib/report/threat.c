/* threat.c - what a threat reaches, summed up by whose frames are what. */
#include <stdlib.h>
#include <string.h>

#include "report/threat.h"

/* --- Sums ---------------------------------------------------------------------------------- */

static struct group *group_of(struct threat_writer *w, const struct xenpt_threat_piece *p)
{
    size_t row = p->owned ? p->domain + 1u : 0;

    if (row >= w->nr) {
        struct group *list = realloc(w->groups, (row + 1) * NR_WHATS * sizeof(*list));

        if (!list)
            return NULL;
        memset(list + w->nr * NR_WHATS, 0, (row + 1 - w->nr) * NR_WHATS * sizeof(*list));
        w->groups = list;
        w->nr = row + 1;
    }
    return &w->groups[row * NR_WHATS + p->what];
}

static bool sum(struct threat_writer *w)
{
    struct xenpt_threat_piece p;

    for (uint64_t f = 0; xenpt_threat_piece(w->threat, f, &p); f = p.last + 1) {
        struct group *g = group_of(w, &p);

        if (!g)
            return false;
        g->owner = p.owner;
        g->frames += p.last - p.first + 1;
        for (unsigned int r = 0; r < NR_RIGHTS; r++) {
            if (!(p.rights >> r & 1))
                continue;
            if (!g->reached[r] || (g->granted[r] && !p.granted)) {
                g->first[r] = p.first;
                g->granted[r] = p.granted;
            }
            g->reached[r] += p.last - p.first + 1;
        }
    }
    return true;
}

/* --- Either -------------------------------------------------------------------------------- */

void threat_frames(struct threat_writer *w, const struct xenpt_report_frames *asked,
                   void (*tell)(struct threat_writer *w, const struct xenpt_threat_piece *p))
{
    struct xenpt_threat_piece p;

    for (uint64_t f = asked->first; f <= asked->last && xenpt_threat_piece(w->threat, f, &p);
         f = p.last + 1) {
        if (p.first < f)
            p.first = f;
        if (p.last > asked->last)
            p.last = asked->last;
        tell(w, &p);
    }
}

static enum xenpt_code write_threat(struct threat_writer *w, struct xenpt_error *err)
{
    struct xenpt_report *report = w->r;

    if (w->threat && !sum(w)) {
        free(w->groups);
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for what is reached");
    }
    if (report->form == XENPT_REPORT_JSON)
        threat_json(w);
    else
        threat_text(w);
    free(w->groups);
    report->items++;
    return report->out.failed ? xenpt_fail(err, XENPT_EIO, "the report cannot be written")
                              : XENPT_OK;
}

enum xenpt_code xenpt_report_threat(struct xenpt_report *report, const struct xenpt_threat *threat,
                                    const struct xenpt_report_frames *asked, size_t nr,
                                    struct xenpt_error *err)
{
    return write_threat(
        &(struct threat_writer){ .r = report, .threat = threat, .asked = asked, .nr_asked = nr },
        err);
}

enum xenpt_code xenpt_report_run_threat(struct xenpt_report *report,
                                        const struct xenpt_run_threat *of,
                                        const struct xenpt_report_frames *asked, size_t nr,
                                        struct xenpt_error *err)
{
    return write_threat(
        &(struct threat_writer){
            .r = report, .threat = of->threat, .of = of, .asked = asked, .nr_asked = nr },
        err);
}
