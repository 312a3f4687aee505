/*
 * pod.h - populate-on-demand: frames of a guest's physical memory that have no memory before they
 * are touched, and memory that is kept for them; mm/p2m-pod.c.
 */
#ifndef XENPT_XEN_POD_H
#define XENPT_XEN_POD_H

#include "xen/p2m.h"

/* p2m-pod.c, POD_HISTORY_MAX; what was populated last, to be looked at for zeros. */
#define POD_HISTORY 128u
#define POD_NONE    UINT64_MAX
#define POD_LARGE   XENPT_BIT(63) /* Of a frame in it: 2 MiB. */
#define POD_SUPER   UINT64_C(512)

/* Memory that is kept, in the order in which it came: frames, or the first of 2 MiB. */
struct pod_list {
    uint64_t *frame;
    size_t nr, max;
};

struct pod {
    uint64_t entries; /* Frames that wait, as Xen counts them. */
    struct pod_list single, super;
    uint64_t last[POD_HISTORY];
    unsigned int next;
    uint64_t sweep; /* Where the last sweep ended; 0: it begins anew. */
    uint64_t highest;
};

/* A domain's; NULL: no memory. */
struct pod *pod_of(struct domain *d);
void pod_free(struct pod *pod);
/* False: no memory. */
bool pod_copy(const struct pod *from, struct pod **ret);
/* Frames that are kept. */
uint64_t pod_cache(const struct domain *d);
/* Frames that wait, as the p2m has them. */
uint64_t pod_waiting(const struct xenpt_machine *m, const struct domain *d);

/* Frames of the domain's, nowhere in its memory, are kept: order 0 or 9. */
enum xenpt_code pod_keep(struct xenpt_machine *m, struct domain *d, uint64_t frame,
                         unsigned int order, struct xenpt_error *err);
/* The first that was kept; larger ones are broken up.  False: there is none, or of that order. */
bool pod_take(struct domain *d, unsigned int order, uint64_t *ret, enum xenpt_code *code,
              struct xenpt_error *err);
/* Memory comes to a frame that waits, if it does.  done: it came, or there was some. */
enum xenpt_code pod_populate(struct xenpt_machine *m, struct domain *d, uint64_t gfn, bool *done,
                             struct xenpt_error *err);
/* 2 MiB of zeros wait from now on, and are kept.  ret: it was so. */
enum xenpt_code pod_reclaim_large(struct xenpt_machine *m, struct domain *d, uint64_t gfn,
                                  bool *ret, struct xenpt_error *err);

#endif
