/* owner.h - whose a frame is. */
#ifndef XENPT_XEN_OWNER_H
#define XENPT_XEN_OWNER_H

#include "xen/internal.h"

enum owner {
    OWNER_NOBODY, /* It is no RAM. */
    OWNER_FREE,
    OWNER_XEN,
    OWNER_DOMAIN,
    OWNER_COW, /* dom_cow's: domains have it that share it. */
};

/* Number of the first domain in what xenpt_machine_owners() gives. */
#define OWNERS_FIRST_DOMAIN 2u

/* ret: the domain, if it is one's. */
enum owner frame_owner(const struct xenpt_machine *m, uint64_t frame, uint32_t *ret);

#endif
