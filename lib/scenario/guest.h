/* guest.h - accesses, and what came of something that a guest did. */
#ifndef XENPT_SCENARIO_GUEST_H
#define XENPT_SCENARIO_GUEST_H

#include "scenario/world.h"
#include "xenpt/hvm.h"

/* What an access is about. */
struct accessing {
    struct value context;
    uint64_t at, data, bytes;
    struct xenpt_access access;
    const struct xenpt_enclave *inside; /* Code of which does it; NULL: of none. */
};

/* step_access.c: an access of whatever a CPU executes, by tables or what is remembered. */
bool access_by_processor(struct world *w, const struct xenpt_context *c, const struct accessing *x);
/* Reads or writes where the access that was made last leads. */
bool access_data(struct world *w, uint64_t data, uint64_t bytes);

/* guest_access.c: whether a guest executes in a context; and its access, with what Xen does. */
bool is_guest(const struct world *w, const struct value *context);
bool guest_access(struct world *w, const struct xenpt_context *c, const struct accessing *x,
                  const char **said);

/* step_access.c: whoever makes an access executes: it is put on its CPU, unless it is there. */
bool access_execute(struct world *w, const struct value *context);
/* A number, or what it is without; what: "a level", as it is called if it is more. */
bool number_at_most(struct world *w, const struct expr *e, uint64_t otherwise, uint64_t max,
                    const char *what, uint64_t *ret);

/* touch_access.c: tells of the access that was made last, if it was to another's memory. */
void access_tell(struct world *w, const struct accessing *x);

/* guest_fault.c: what Xen makes of a fault of a PV guest's that the last access has led to. */
bool guest_fault(struct world *w, const struct accessing *x, const char **said);

/* step_hvm.c: it is the access that expectations are about. */
void guest_did(struct world *w, const struct value *v, uint64_t in,
               const struct xenpt_access *access, const struct xenpt_guest_done *done);
/* In words; NULL where nothing is told. */
const char *guest_said(struct world *w, const struct xenpt_guest_done *done);

#endif
