/*
 * touch.h - whoever touches a guest's memory, and is not the guest, says so here, where it is done.
 *
 * While nobody listens, that is one branch: callers ask touch_heard() first, and make nothing
 * before.  What is told is a fact of the moment; a request that is refused and undone has touched
 * what it has touched.
 */
#ifndef XENPT_XEN_TOUCH_H
#define XENPT_XEN_TOUCH_H

#include "xen/internal.h"
#include "xenpt/touch.h"

/* The words of xenpt_touch_by_word() and so on. */
extern const struct xenpt_word touch_by_words[XENPT_NR_TOUCH_BY],
    touch_why_words[XENPT_NR_TOUCH_WHY], touch_through_words[XENPT_NR_TOUCH_THROUGH],
    touch_consent_words[XENPT_NR_TOUCH_CONSENT];

static inline bool touch_heard(const struct xenpt_machine *m)
{
    return __builtin_expect(m->touch.fn != NULL, 0);
}

/* A touch that is to be filled in: one of what is not said. */
#define TOUCH(why_, through_)                                                                      \
    .why = (uint8_t)(why_), .through = (uint8_t)(through_), .va = XENPT_TOUCH_UNKNOWN,             \
    .gfn = XENPT_TOUCH_UNKNOWN, .cpu = XENPT_TOUCH_NOBODY, .by_domain = XENPT_TOUCH_NOBODY,        \
    .by_vcpu = XENPT_TOUCH_NOBODY, .domain = XENPT_TOUCH_NOBODY, .writable = true

/*
 * By whomever it says.  Whose memory it is, unless said, and what that calls it is found by the
 * machine address; it is told if it is a domain's, and the domain does not touch its own.
 * near: the domain to ask first, or NULL.
 */
void touch_tell(struct xenpt_machine *m, const struct domain *near, struct xenpt_touch *t);
/* By Xen, at work for a vCPU: NULL for none. */
void touch_by_xen(struct xenpt_machine *m, const struct domain *d, const struct vcpu *v,
                  struct xenpt_touch *t);

/* --- vcpu_areas.c -------------------------------------------------------------------------- */

/* A vCPU begins to run, or stops: what Xen writes of that to its guest's memory. */
void vcpu_put_runstate(struct xenpt_machine *m, struct domain *d, struct vcpu *v);
void vcpu_put_time(struct xenpt_machine *m, struct domain *d, struct vcpu *v);
void vcpu_put_late(struct xenpt_machine *m, struct domain *d, struct vcpu *v);

/* --- touch_built.c ------------------------------------------------------------------------- */

/* What a domain's builder has left in its memory. */
void touch_built(struct xenpt_machine *m, const struct domain *d);

/* --- touch_guest.c ------------------------------------------------------------------------- */

/* Xen's access to an address of a guest's, page by page. */
struct guest_copy {
    struct domain *d;
    struct vcpu *v;
    uint64_t va, length;
    enum xenpt_touch_why why;
    enum xenpt_touch_consent consent;
    bool write, fetch;
    bool as_user; /* With the rights of the guest's user mode; else of its kernel. */
    /* Where each page's part lies; or NULL. */
    void (*found)(void *ctx, uint64_t offset, uint64_t maddr, uint64_t length);
    void *ctx;
};
/* A and D are set on the way.  False: a fault; what lies before it was touched. */
bool touch_guest(struct xenpt_machine *m, const struct guest_copy *c);
/* Xen has walked the tables of an HVM or PVH guest. */
void touch_walk(struct xenpt_machine *m, const struct domain *d, const struct vcpu *v,
                const struct xenpt_walk *walk, unsigned int size);

#endif
