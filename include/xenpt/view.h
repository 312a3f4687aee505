/**
 * @file view.h
 * A view: contexts over memory.
 *
 * A memory image presents a view, and so does a simulated machine.  Whoever asks a question
 * takes a view and knows nothing of where it came from.
 */
#ifndef XENPT_VIEW_H
#define XENPT_VIEW_H

#include "xenpt/paging.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Longest name of a context, its end included. */
#define XENPT_NAME_MAX   48
/** Longest name of a domain, its end included. */
#define XENPT_DOMAIN_MAX 24

/** Something a CPU can run on: a root, a paging mode, and perhaps a second stage under it. */
struct xenpt_context {
    char name[XENPT_NAME_MAX];     /**< "cpu0", "d1.v0.kernel", ... */
    struct xenpt_paging paging;    /**< First stage (of the guest, if there is a second). */
    struct xenpt_paging second;    /**< Second stage; valid if @ref has_second. */
    bool has_second;               /**< The root is guest-physical, under @ref second. */
    bool has_cpu;                  /**< @ref cpl, @ref ac and @ref ip are those of a CPU. */
    uint8_t cpl;                   /**< Current privilege level. */
    bool ac;                       /**< EFLAGS.AC. */
    uint64_t ip;                   /**< Instruction pointer. */
    char assumed[256];             /**< What was inferred, not read: "EFER.LMA=1 (CS.L); ...". */
    const char *kind;              /**< What its root is for, in a word that outlives every view:
                                        "idle", "xpti"; NULL: nothing is known. */
    char domain[XENPT_DOMAIN_MAX]; /**< Whose it is: equal for the contexts of one domain and
                                        different for those of two; "": nobody's, or unknown. */
};

struct xenpt_view;

/** What a view that knows more than entries says of an address. */
struct xenpt_explanation {
    const char *area;     /**< "directmap", or a symbol; NULL: nothing is known. */
    uint64_t area_offset; /**< Bytes from the start of what @ref area names. */
};

/** How a view explains itself: Xen's knowledge reaches a reader through it alone. */
struct xenpt_explainer {
    /** Says what lies at input address @p in of @p ctx.  @return False: it does not know. */
    bool (*address)(const struct xenpt_explainer *self, const struct xenpt_context *ctx,
                    uint64_t in, struct xenpt_explanation *ret);
};

/** Contexts over memory.  All that it points to is borrowed from whoever presents it. */
struct xenpt_view {
    const struct xenpt_reader *mem;          /**< Machine memory. */
    const struct xenpt_context *contexts;    /**< In the order to show them. */
    size_t nr_contexts;                      /**< Of @ref contexts. */
    const struct xenpt_explainer *explainer; /**< May be NULL. */
};

/** The context with this name, or NULL. */
XENPT_API const struct xenpt_context *xenpt_view_context(const struct xenpt_view *view,
                                                         const char *name);

#ifdef __cplusplus
}
#endif

#endif
