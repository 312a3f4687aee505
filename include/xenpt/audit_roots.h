/**
 * @file audit_roots.h
 * What is known of the roots of a Xen that were found in memory, for xenpt_audit().
 */
#ifndef XENPT_AUDIT_ROOTS_H
#define XENPT_AUDIT_ROOTS_H

#include "xenpt/audit_facts.h"
#include "xenpt/roots.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What the layout, Xen's own root and the tables say: of slots, of owners, of descriptors. */
struct xenpt_audit_roots;

/**
 * Makes them.  Roots that are stale are left out, and monitor tables that may be.
 *
 * @param view   In which @p roots were found; borrowed, as is @p roots.
 * @param ret    To be freed with xenpt_audit_roots_free().
 * @return #XENPT_ESTATE: there is no Xen's own root; #XENPT_ENOMEM.
 */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_audit_roots_create(const struct xenpt_view *view,
                                                               const struct xenpt_roots *roots,
                                                               struct xenpt_audit_roots **ret,
                                                               struct xenpt_error *err);

/** What xenpt_audit() takes.  Borrowed. */
XENPT_API const struct xenpt_audit_facts *
xenpt_audit_roots_facts(const struct xenpt_audit_roots *roots);
/** How many roots were left out. */
XENPT_API size_t xenpt_audit_roots_left_out(const struct xenpt_audit_roots *roots);
/** Frees them; NULL is fine. */
XENPT_API void xenpt_audit_roots_free(struct xenpt_audit_roots *roots);

#ifdef __cplusplus
}
#endif

#endif
