/* trace.h - what a step changes in memory, word by word. */
#ifndef XENPT_SCENARIO_TRACE_H
#define XENPT_SCENARIO_TRACE_H

#include "scenario/world.h"

/* From here on changes are noted; NULL: no memory. */
struct xenpt_snapshot *trace_begin(struct world *w);
/* What changed since.  False: no memory. */
bool trace_end(struct world *w, struct xenpt_snapshot *before, bool poke,
               struct xenpt_run_step *ret);

#endif
