/* physmap.h - frames of a guest's physical memory, from inside of requests. */
#ifndef XENPT_PV_PHYSMAP_H
#define XENPT_PV_PHYSMAP_H

#include "pv/op.h"
#include "xen/p2m.h"
#include "xen/pod.h"
#include "xenpt/physmap.h"

/* Of four levels of tables; p2m-ept.c, ept_set_entry; p2m-pt.c, p2m_pt_set_entry. */
#define PHYSMAP_GFN_BITS 36

/* Something is done, or refused, of a domain's physical memory. */
struct physmap {
    struct op op;
    struct domain *d;
    struct xenpt_machine_snapshot *before;
    bool inside; /* Of another hypercall. */
};

/* --- physmap.c ----------------------------------------------------------------------------- */

/* A request about physical memory: if it fails on our side, all is as it was. */
enum xenpt_code physmap_start(struct physmap *p, struct xenpt_machine *m,
                              const struct xenpt_pv_caller *caller, struct xenpt_error *err);
enum xenpt_code physmap_finish(struct physmap *p, int rc, uint32_t done,
                               struct xenpt_pv_result *ret);

/* --- physmap_reservation.c ----------------------------------------------------------------- */

/* xenpt_pv_reservation() of an HVM or PVH domain's memory. */
enum xenpt_code physmap_reservation(struct xenpt_machine *m, const struct xenpt_pv_caller *caller,
                                    const struct xenpt_pv_reservation *r, uint64_t *extents,
                                    size_t nr, struct xenpt_pv_result *ret,
                                    struct xenpt_error *err);

/* --- physmap_pod.c ------------------------------------------------------------------------- */

/* Frames wait for memory from now on. */
int physmap_pod_mark(struct physmap *p, uint64_t gfn, unsigned int order);
/* Memory comes to a frame that waits, as for get_gfn with P2M_ALLOC. */
int physmap_populate(struct op *op, struct domain *d, uint64_t gfn);
/* What a frame shares with others becomes its own, as for get_gfn with P2M_UNSHARE: 0, or what a
 * rule says of there being no memory; op NULL fails on our side. */
int physmap_unshare(struct op *op, struct domain *d, uint64_t gfn, enum rule rule);
/* Before an extent is given back: frames of it that wait do so no more, and memory is kept for
 * others.  done: so many are dealt with. */
int physmap_pod_decrease(struct physmap *p, uint64_t gfn, unsigned int order, uint64_t *done);

/* --- physmap_add.c ------------------------------------------------------------------------- */

int physmap_refused(struct op *op, enum rule rule, uint64_t frame);
/* The same of what cannot be done whatever rules are in force: NOTHING, if none refuses it. */
int physmap_needs(struct op *op, enum rule rule, uint64_t frame);
/* Whether there can be views of its physical memory: HVM_PARAM_ALTP2M. */
bool physmap_has_views(const struct domain *d);
/* What the request's space and number mean comes to its place. */
int physmap_add_one(struct physmap *p, const struct xenpt_physmap_add *a);

/* --- physmap_frames.c ---------------------------------------------------------------------- */

/* What is at a frame of a guest's. */
struct there {
    bool page; /* A frame of the machine's... */
    uint64_t frame;
    enum p2m_type type; /* ...as what; or, of none, what is there in its place. */
    unsigned int level;
};
struct there physmap_look(const struct op *op, const struct domain *d, uint64_t gfn);

/* p2m_remove_page: nothing is there any more, and M2P does not say so either.  What it was
 * referred to for is put. */
int physmap_unhook(struct op *op, struct domain *d, uint64_t gfn);
/* guest_remove_page: the same, and memory of the domain's goes back to Xen, when nothing refers to
 * it. direct, other: the rules that what is a device's, or another's, breaks. */
int physmap_free(struct op *op, struct domain *d, uint64_t gfn, enum rule direct, enum rule other);
/* p2m_add_page: 2^order frames are there from now on, and M2P says so. */
int physmap_hook(struct op *op, struct domain *d, uint64_t gfn, uint64_t frame, unsigned int order);
/* set_foreign_p2m_entry: another's frame is, to which there is a reference. */
int physmap_hook_foreign(struct op *op, struct domain *d, uint64_t gfn, uint64_t frame);
/* Whether tables of its physical memory have these places: 0, or what refuses it. */
int physmap_reaches(struct op *op, const struct domain *d, uint64_t gfn, uint64_t nr);
/* What M2P says of a frame, or NO_GFN. */
uint64_t physmap_gfn(const struct op *op, uint64_t frame);

#endif
