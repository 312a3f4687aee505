/**
 * @file derive.h
 * From a memory image to a machine: what host, Xen and domains there must have been.
 */
#ifndef XENPT_DERIVE_H
#define XENPT_DERIVE_H

#include "xenpt/machine.h"
#include "xenpt/roots.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A machine that was made from what was inferred, and the inferences. */
struct xenpt_derived;

/**
 * Infers a machine from the tables of @p view: RAM from the directmap and the M2P, the image and
 * its sections from its area, CPUs from stubs, stacks and XPTI roots, domains and vCPUs from
 * their roots and from what the area of a domain holds, a guest's memory from its second stage;
 * and builds it.
 *
 * @param roots  What xenpt_roots_find() found in the same view; borrowed, as long as the machine,
 *               with its layout.
 * @return #XENPT_ESTATE if there is no Xen, or one that cannot be made out; else as
 *         xenpt_machine_create().
 */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_derive(const struct xenpt_view *view,
                                                   const struct xenpt_roots *roots,
                                                   struct xenpt_derived **ret,
                                                   struct xenpt_error *err);
/** Frees what was derived, the machine included; NULL is fine. */
XENPT_API void xenpt_derived_free(struct xenpt_derived *derived);

/** The description that the machine was built from.  Borrowed. */
XENPT_API const struct xenpt_machine_desc *xenpt_derived_desc(const struct xenpt_derived *derived);

/** The machine as a view.  Borrowed. */
XENPT_API const struct xenpt_view *xenpt_derived_view(const struct xenpt_derived *derived);

/** What was inferred, and from what.  Borrowed.  @return How many. */
XENPT_API size_t xenpt_derived_from(const struct xenpt_derived *derived,
                                    const struct xenpt_inference **ret);

#ifdef __cplusplus
}
#endif

#endif
