/* kcore.h - the machine's memory, as Linux shows it to root. */
#ifndef XENPT_VALIDATE_KCORE_H
#define XENPT_VALIDATE_KCORE_H

#include "xenpt/mem.h"

#define KCORE_RUNS 512

/* Memory with its machine address; what kcore has besides (vmalloc, modules) is left out. */
struct kcore_run {
    uint64_t first, size, offset;
};

struct kcore {
    struct xenpt_reader reader; /* First: see xenpt_reader. */
    int fd;
    size_t nr_runs;
    struct kcore_run run[KCORE_RUNS]; /* By address; they do not overlap. */
};

/* XENPT_EUNSUPPORTED: it is not there, or of no use; the text says why. */
XENPT_CHECK enum xenpt_code kcore_open(const char *path, struct kcore *ret,
                                       struct xenpt_error *err);
void kcore_close(struct kcore *kcore);

#endif
