/* trace_words.h - what a changed word is called, and what of it is Xen's doing. */
#ifndef XENPT_SCENARIO_TRACE_WORDS_H
#define XENPT_SCENARIO_TRACE_WORDS_H

#include "scenario/world.h"

/* Frames that a file has names for, as they are now. */
struct frame_names {
    struct named_frame {
        uint64_t mfn;
        const char *name;
    } * list;
    size_t nr;
};

/* Lives as long as the results; of a frame with two names, the first in the file.  False: no
 * memory. */
bool frame_names_list(struct world *w, struct frame_names *ret);
/* NULL: it has none. */
const char *frame_name(const struct frame_names *names, uint64_t mfn);

/* Fills in what is told of a change besides the words themselves: all but the name of a context's
 * table, which it keeps. */
void trace_words(struct world *w, const struct frame_names *names, struct xenpt_run_change *c);

#endif
