/* comparing.h - a comparison under way; grouped by the file that defines what is declared. */
#ifndef XENPT_ANALYSIS_COMPARING_H
#define XENPT_ANALYSIS_COMPARING_H

#include "analysis/frame_map.h"
#include "xenpt/compare.h"

/* An entry of which only its frame is left to be judged. */
struct deferred {
    struct xenpt_difference difference;
    size_t area; /* Where it is counted. */
};

struct comparing {
    const struct xenpt_view *model, *image;
    const struct xenpt_compare_options *opt;
    xenpt_difference_fn fn;
    void *ctx;
    struct xenpt_error *err;
    enum xenpt_code code;
    const struct xenpt_pair *pair;
    struct frame_map frames;
    struct frame_half followed;
    struct xenpt_comparison result;
    size_t max_areas, last_area;
    struct deferred *deferred;
    size_t nr_deferred, max_deferred;
};

/* --- weigh.c ------------------------------------------------------------------------------- */

/* What an entry leads to, legal or not: Xen keeps entries that no walk gets past. */
enum xenpt_role compared_role(const struct comparing *c, unsigned int level, uint64_t entry);

/*
 * Compares an entry that both have; *follow: the tables that they lead to.  One that is exact may
 * yet turn out not to be, if its frame may be any: see count_later().
 */
void weigh(struct comparing *c, struct xenpt_difference *d, bool *follow);

/* --- count.c ------------------------------------------------------------------------------- */

/* Counts an entry, and tells of it if that is asked for. */
void count(struct comparing *c, const struct xenpt_difference *d);
/* Counts an entry whose frame may be any, and which is exact if that corresponds one to one. */
void count_later(struct comparing *c, const struct xenpt_difference *d);
/* Judges those, when all other frames are known. */
void count_deferred(struct comparing *c);

#endif
