/* view.h - a machine as a view: contexts, and what each of them is. */
#ifndef XENPT_XEN_VIEW_H
#define XENPT_XEN_VIEW_H

#include <stddef.h>

#include "xen/internal.h"

/* What explaining a context takes. */
struct context_of {
    enum xenpt_root_kind kind;
    xenpt_conditions when;       /* The machine's, and what holds of this root. */
    const struct domain *domain; /* Or NULL. */
    uint32_t cpu;                /* XPTI: whose root it is. */
    bool guest;                  /* Its first stage is the guest's, or its shadow. */
    bool p2m;                    /* A guest's physical memory; kind says nothing. */
    bool device;                 /* A device's tables; kind says nothing. */
};

struct machine_view {
    struct xenpt_view view;
    struct xenpt_explainer explainer; /* Cast back by its offset. */
    const struct xenpt_machine *machine;
    struct xenpt_context *contexts;
    struct context_of *of; /* Of each context. */
    size_t nr;
    bool stale;
};

static inline const struct machine_view *view_of(const struct xenpt_explainer *self)
{
    return (const struct machine_view *)(const void *)((const char *)self -
                                                       offsetof(struct machine_view, explainer));
}

/* special.c */
bool explain_memory(const struct xenpt_explainer *self, uint64_t maddr,
                    struct xenpt_memory_explanation *ret);
/* explain.c */
bool explain_address(const struct xenpt_explainer *self, const struct xenpt_context *ctx,
                     uint64_t in, struct xenpt_explanation *ret);
bool explain_entry(const struct xenpt_explainer *self, const struct xenpt_entry_question *q,
                   struct xenpt_entry_explanation *ret);

/* explain_shadow.c: an entry of a shadow, in a context of a domain that has them; false: it is
 * none. */
bool explain_shadow(const struct xenpt_machine *m, const struct domain *d,
                    const struct xenpt_paging *pg, const struct xenpt_entry_question *q,
                    struct xenpt_entry_explanation *ret);

#endif
