/* meanwhile.h - hypercalls that are pre-empted and gone on with, and steps inside of them. */
#ifndef XENPT_SCENARIO_MEANWHILE_H
#define XENPT_SCENARIO_MEANWHILE_H

#include "scenario/hypercall.h"
#include "scenario/verb.h"
#include "xenpt/physmap.h"

/* What arguments of a hypercall have of that, by name: with. */
struct interleaving {
    const struct expr *preempt; /* NULL: it is not. */
    bool any;                   /* Something happens inside of it... */
    enum xenpt_pv_point at;
    const struct expr *of;
    struct step *steps;
    size_t nr;
};

#define PREEMPT_ROW(s)                                                                             \
    {                                                                                              \
        .key = "preempt", KIND_ROW(kind_number, s, with.preempt),                                  \
        .text = "It is pre-empted at the first place where Xen lets it be after so much work: "    \
                "entries and requests that it looks at. Its result is ERESTART, which no guest "   \
                "sees, and the step continue goes on with it."                                     \
    }
#define MEANWHILE_ROW                                                                              \
    {                                                                                              \
        .key = "meanwhile", .type = ROW_TREE,                                                      \
        .text = "Steps of other vCPUs, on other CPUs, that are made inside of it: "                \
                "{ at: POINT, of: FRAME, steps: [...] }. Points are type-flush, before a frame "   \
                "changes its type, typed, before what is in it is checked, and locked, before an " \
                "entry of a table changes; physmap-frame, when it is known which frame is to "     \
                "come to physical memory, physmap-old, when it is to go from where it was, and "   \
                "physmap-table, when a table of physical memory was given up for a larger page. "  \
                "Of the first one that it comes to, or of that frame's."                           \
    }

/* Reads what is under `meanwhile`. */
void meanwhile_examine(struct scope *s, const struct node *node, struct interleaving *with);
/* A hypercall, between call_go() and call_end(): `made` of that. */
bool call_mmu_update(struct calling *c, const struct interleaving *with,
                     const struct xenpt_pv_mmu_update *req, size_t nr, uint32_t foreigndom);
bool call_mmuext(struct calling *c, const struct interleaving *with,
                 const struct xenpt_pv_mmuext *op, size_t nr, uint32_t foreigndom);
bool call_update_va(struct calling *c, const struct interleaving *with,
                    const struct xenpt_pv_va_update *u);
bool call_reservation(struct calling *c, const struct interleaving *with,
                      const struct xenpt_pv_reservation *r, uint64_t *extents, size_t nr);
/* add: several of a batch, or one. */
bool call_physmap_add(struct calling *c, const struct interleaving *with,
                      const struct xenpt_physmap_add *add, size_t nr, bool batch);

/* continue.c: the hypercall of a vCPU that was pre-empted; NULL: none. */
struct pending *pending_of(struct world *w, uint32_t domain, uint32_t vcpu);
/* It goes on later, with the requests from r.done on; false: no memory. */
bool pending_note(struct calling *c, bool ext, const void *req, size_t nr, uint32_t foreigndom);

/* steps.c: steps inside of another, whose verdict they have. */
bool steps_inside(struct world *w, const struct step *steps, size_t nr);

#endif
