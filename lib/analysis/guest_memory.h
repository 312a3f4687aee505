/*
 * guest_memory.h - guest-physical memory as a reader: each page is where the second stage puts
 * it, and exists if the processor could reach a guest's table there.
 */
#ifndef XENPT_ANALYSIS_GUEST_MEMORY_H
#define XENPT_ANALYSIS_GUEST_MEMORY_H

#include "xenpt/view.h"

struct guest_memory {
    struct xenpt_reader reader; /* First: it is cast back. */
    const struct xenpt_context *context;
    const struct xenpt_reader *machine;
};

/* Memory as the first stage of a context sees it: machine memory, if there is no second. */
void guest_memory_init(struct guest_memory *ret, const struct xenpt_context *context,
                       const struct xenpt_reader *machine);

#endif
