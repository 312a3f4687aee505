/**
 * @file owners.h
 * Whose machine memory is, piece by piece: of a model exactly, of an image as far as its tables
 * tell.
 */
#ifndef XENPT_OWNERS_H
#define XENPT_OWNERS_H

#include "xenpt/machine.h"
#include "xenpt/roots.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Whose the memory of a machine is now: "xen", "free", and each domain by its name.
 * @param ret  To be freed with xenpt_owners_free().
 * @return #XENPT_ENOMEM.
 */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_machine_owners(const struct xenpt_machine *machine,
                                                           struct xenpt_owners **ret,
                                                           struct xenpt_error *err);

/**
 * Whose the memory of an image is, by its tables.  RAM is what Xen's directmap maps.  "xen" is what
 * Xen's own root maps elsewhere - its image, frametable and machine-to-physical table, stubs -,
 * its page tables, and what XPTI roots map of their own; a domain, by the name that
 * xenpt_roots_find() gave it, has what its part of a root, or its second stage, maps, and the
 * tables in that part.
 *
 * Model: Xen says in its frametable whose a frame is, and an image of tables alone has none.  So
 * what two domains map is "several" (dom0 maps frames of others to serve them), and so is a guest's
 * page that Xen has mapped where its code asks for it (vcpu_info); a page that Xen
 * shares with a domain and maps nowhere by itself is the domain's, and RAM that neither Xen nor a
 * domain maps in a way of its own is "unknown": Xen's heap, free memory, and what a guest does not
 * map at the moment.
 * @param ret  To be freed with xenpt_owners_free(); names are borrowed from @p roots.
 * @return #XENPT_ESTATE without Xen's own root; #XENPT_ENOMEM.
 */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_image_owners(const struct xenpt_view *view,
                                                         const struct xenpt_roots *roots,
                                                         struct xenpt_owners **ret,
                                                         struct xenpt_error *err);

/** Frees them; NULL is fine. */
XENPT_API void xenpt_owners_free(struct xenpt_owners *owners);

/** The processor of a machine. */
XENPT_API const struct xenpt_cpu_model *
xenpt_machine_processor(const struct xenpt_machine *machine);
/** The name of its control domain: the first that is privileged; NULL: there is none. */
XENPT_API const char *xenpt_machine_control(const struct xenpt_machine *machine);

#ifdef __cplusplus
}
#endif

#endif
