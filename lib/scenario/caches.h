/* caches.h - what each CPU remembers of page tables, while a scenario runs with `tlb`. */
#ifndef XENPT_SCENARIO_CACHES_H
#define XENPT_SCENARIO_CACHES_H

#include "scenario/world.h"
#include "xenpt/tlb.h"

/* The words of the key `tlb`, and the part that each stands for. */
extern const struct xenpt_word tlb_words[];
extern const size_t nr_tlb_words;
/* False: a mistake was noted. */
bool caches_read(struct scope *s, const struct node *node, enum xenpt_tlb_part_id *ret);

struct caches {
    struct xenpt_tlb **cpu;
    uint32_t nr;
};

enum xenpt_code caches_create(enum xenpt_tlb_part_id part, uint32_t nr, struct caches **ret,
                              struct xenpt_error *err);
void caches_destroy(struct caches *caches);
enum xenpt_code caches_copy(const struct caches *from, struct caches **ret,
                            struct xenpt_error *err);

/* What CPUs are doing, before a step that changes that... */
struct running_before;
struct running_before *caches_watch(struct world *w);
/* ...and after it: what the switches on the way drop. */
bool caches_switch(struct world *w, const struct running_before *before);

/* An access of a context by what its CPU remembers; false: a problem. */
bool caches_access(struct world *w, const struct xenpt_context *c, const struct value *who,
                   uint64_t at, const struct xenpt_access *access, struct accessed *ret);
/* What a CPU that executes in a context asks its caches by. */
struct xenpt_tlb_context caches_context(const struct world *w, const struct xenpt_context *c,
                                        const struct value *who);
/* What a hypercall has flushed. */
struct xenpt_pv_flush;
void caches_flush(struct world *w, const struct xenpt_pv_flush *flush);
/* The CPU that a context is on; false: it is on none. */
bool caches_cpu(const struct world *w, const struct value *who, uint32_t *ret);
/* An operation in a context, on the CPU that it is on. */
struct xenpt_tlb_dropped caches_apply(struct world *w, const struct xenpt_context *c,
                                      const struct value *who, uint32_t cpu,
                                      const struct xenpt_tlb_event *event);

#endif
