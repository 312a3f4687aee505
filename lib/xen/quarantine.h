/* quarantine.h - what a device reaches while it is in quarantine, on an AMD IOMMU. */
#ifndef XENPT_XEN_QUARANTINE_H
#define XENPT_XEN_QUARANTINE_H

#include "xen/internal.h"

/* After the domains: tables by which a device reaches a page that is nobody's, and nothing else. */
enum xenpt_code quarantine_build(struct xenpt_machine *m, struct xenpt_error *err);
/* As its device table entry has them: the root, and how many levels the IOMMU walks. */
enum xenpt_code quarantine_paging(const struct xenpt_machine *m, struct xenpt_paging *ret,
                                  struct xenpt_error *err);

#endif
