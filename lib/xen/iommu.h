/*
 * iommu.h - tables by which devices reach memory; drivers/passthrough/iommu.c, x86/iommu.c.
 */
#ifndef XENPT_XEN_IOMMU_H
#define XENPT_XEN_IOMMU_H

#include "xen/internal.h"

/* What a device may do with a page. */
#define DEVICE_READS  1u
#define DEVICE_WRITES 2u

/* --- iommu.c ------------------------------------------------------------------------------- */

/* Whether a description can be: before anything of it is built. */
enum xenpt_code iommu_check(const struct xenpt_machine *m, const struct domain *d,
                            struct xenpt_error *err);
/* The devices of a domain's description, which becomes theirs; and, behind all that it has, its
 * tables. */
enum xenpt_code iommu_build(struct xenpt_machine *m, struct domain *d, struct xenpt_error *err);
enum xenpt_code iommu_free(struct xenpt_machine *m, struct domain *d, struct xenpt_error *err);
/* Whether some device is its, and its tables are in use. */
bool iommu_in_use(const struct domain *d);
enum xenpt_code iommu_paging(const struct xenpt_machine *m, const struct domain *d,
                             struct xenpt_paging *ret, struct xenpt_error *err);
/* A device by its name, or NULL. */
struct device *iommu_device(struct xenpt_machine *m, const char *name);

/* --- iommu_tables.c ------------------------------------------------------------------------ */

/* What its devices have at a page; false: nothing. */
bool iommu_get(const struct xenpt_machine *m, const struct domain *d, uint64_t dfn, uint64_t *mfn,
               unsigned int *rights);
/* Pages from one on; rights 0: nothing is there. */
enum xenpt_code iommu_set(struct xenpt_machine *m, struct domain *d, uint64_t dfn, uint64_t mfn,
                          uint64_t nr, unsigned int rights, struct xenpt_error *err);
/* Larger pages where they fit, if the IOMMU has some. */
enum xenpt_code iommu_set_large(struct xenpt_machine *m, struct domain *d, uint64_t first,
                                uint64_t nr, struct xenpt_error *err);
enum xenpt_code iommu_tables_new(struct xenpt_machine *m, struct domain *d, unsigned int levels,
                                 struct xenpt_error *err);
enum xenpt_code iommu_tables_free(struct xenpt_machine *m, struct domain *d,
                                  struct xenpt_error *err);

/* --- iommu_fill.c -------------------------------------------------------------------------- */

/* What a domain's devices reach when it was built. */
enum xenpt_code iommu_fill_pv(struct xenpt_machine *m, struct domain *d, struct xenpt_error *err);
enum xenpt_code iommu_fill_fixed(struct xenpt_machine *m, struct domain *d,
                                 struct xenpt_error *err);
/* Tables that are apart from a p2m become what that says, of frames from one to another. */
enum xenpt_code iommu_follow_p2m(struct xenpt_machine *m, struct domain *d, uint64_t first,
                                 uint64_t last, struct xenpt_error *err);
/* The same of all domains whose tables follow at once; for whoever looks at them. */
enum xenpt_code iommu_follow(struct xenpt_machine *m, struct xenpt_error *err);

/* Whether it is the guest's types of frames that decide. */
static inline bool iommu_by_types(const struct domain *d)
{
    return d->device.how == XENPT_DEVICE_APART && is_pv(d);
}

#endif
