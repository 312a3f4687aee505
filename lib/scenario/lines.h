/*
 * lines.h - what the data caches have of memory where memory has something else, while a scenario
 * runs with `caches`.
 *
 * Model: caches of x86 CPUs are coherent among each other, so that there is one, as large as need
 * be: a line that was read or written as cacheable stays until it is evicted or flushed.  A write
 * by a write-combining or uncacheable mapping goes to memory, and leaves a line that is cached as
 * it is, and such a read reads memory: what processors do that do not snoop themselves, by whom
 * alone Xen has to be careful (X86_FEATURE_XEN_SELFSNOOP).  WBINVD of one CPU is one of all.
 *
 * All else - walks, what Xen reads and writes - is by what is cached, which is what machine's store
 * has; what memory has instead is beside it here.  What Xen itself reads or writes becomes no line.
 * A page that is freed keeps its lines, which Xen flushes then.
 */
#ifndef XENPT_SCENARIO_LINES_H
#define XENPT_SCENARIO_LINES_H

#include "scenario/world.h"

#define LINE_SIZE 64u

/* A line that is cached. */
struct line {
    uint64_t at;
    bool dirty; /* It is written back, whole. */
};

/* A word of a cached line, of which memory has another value. */
struct beside {
    uint64_t at;
    uint64_t memory;
};

struct lines {
    struct line *line;
    size_t nr, max;
    struct beside *beside;
    size_t nr_beside, max_beside;
};

/* False: a mistake was noted. */
bool lines_read(struct scope *s, const struct node *node, bool *ret);

/* NULL: no memory. */
struct lines *lines_create(void);
void lines_destroy(struct lines *lines);
struct lines *lines_copy(const struct lines *from);

/* The data of the last access, which was allowed: from or to memory, or what is cached of it. */
bool lines_access(struct world *w, uint64_t *data, uint64_t bytes);
/* All lines of these bytes leave the caches; those that were written to are written back. */
bool lines_drop(struct world *w, uint64_t first, uint64_t last);
/* What a hypercall flushes, at that moment. */
struct xenpt_pv_flush;
bool lines_flush(struct world *w, const struct xenpt_pv_flush *flush);
/* The next word, from a number on, that will be what memory has. */
const struct beside *lines_beside(const struct lines *lines, size_t *i);

#endif
