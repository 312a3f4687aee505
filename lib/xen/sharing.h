/*
 * sharing.h - frames that several HVM or PVH guests have, to be read, until one of them writes:
 * arch/x86/mm/mem_sharing.c.  Whoever nominated it, such a frame is dom_cow's; each guest's frame
 * that it is, is a reference to it.
 */
#ifndef XENPT_XEN_SHARING_H
#define XENPT_XEN_SHARING_H

#include "xen/internal.h"

/* What M2P says of all of them; asm/mm.h, SHARED_M2P_ENTRY. */
#define SHARED_M2P (UINT64_MAX - 1)

/* A frame of dom_cow's. */
struct cow_frame {
    uint64_t frame;
    uint64_t handle; /* By which it is named to be shared; 0: it is shared no more, and somebody
                        refers to it yet. */
};

/* A guest's frame that is one of them; struct gfn_info. */
struct sharer {
    uint64_t frame, gfn;
    uint32_t domain;
};

struct sharing {
    struct cow_frame *cow; /* In order of frames. */
    size_t nr_cow, max_cow;
    struct sharer *sharers; /* In the order in which they came. */
    size_t nr_sharers, max_sharers;
    uint64_t last_handle;
};

/* NULL: no memory. */
struct sharing *sharing_of(struct xenpt_machine *m);
void sharing_free(struct sharing *s);
/* False: no memory. */
bool sharing_copy(const struct sharing *from, struct sharing **ret);

/* One of dom_cow's, or NULL. */
const struct cow_frame *sharing_frame(const struct xenpt_machine *m, uint64_t frame);
/* How many have it. */
size_t sharing_count(const struct xenpt_machine *m, uint64_t frame);
/* Who has it as the first in the list, NULL: nobody. */
struct sharer *sharing_next(const struct xenpt_machine *m, uint64_t frame);
/* Whether a guest's frame is shared: its p2m says so.  ret: the frame of the machine's. */
bool sharing_at(const struct xenpt_machine *m, const struct domain *d, uint64_t gfn, uint64_t *ret);

/* Room so that so many calls of the following two need no memory. */
bool sharing_reserve(struct xenpt_machine *m, size_t nr);
/* A frame becomes dom_cow's.  Returns its handle. */
uint64_t sharing_begin(struct xenpt_machine *m, uint64_t frame);
void sharing_join(struct xenpt_machine *m, uint64_t frame, uint32_t domain, uint64_t gfn);
/* A guest has it no more. */
void sharing_part(struct xenpt_machine *m, uint64_t frame, uint32_t domain, uint64_t gfn);
/* It is not shared any more, and has no handle. */
void sharing_end(struct xenpt_machine *m, uint64_t frame);
/* It is dom_cow's no more. */
void sharing_forget(struct xenpt_machine *m, uint64_t frame);

/* A guest's entry leads to it, with the rights and access of such. */
enum xenpt_code sharing_enter(struct xenpt_machine *m, struct domain *d, uint64_t gfn,
                              uint64_t frame, struct xenpt_error *err);

/*
 * A guest's frame becomes its own, if it is shared: the last that has it keeps the frame, and
 * another gets a copy; __mem_sharing_unshare_page.  done: false, if there is no memory for that.
 * v: for whom Xen is at work, or NULL.
 */
enum xenpt_code sharing_unshare(struct xenpt_machine *m, struct domain *d, const struct vcpu *v,
                                uint64_t gfn, bool *done, struct xenpt_error *err);

#endif
