/* encrypt.h - encrypted domains from inside. */
#ifndef XENPT_XEN_ENCRYPT_H
#define XENPT_XEN_ENCRYPT_H

#include "xen/internal.h"
#include "xenpt/encrypt.h"
#include "xenpt/nested.h"

/* What a domain calls one of its frames since it was built, and the level of the page that its
 * second stage has there now; NO_GFN: nothing. */
uint64_t encrypted_gfn(const struct xenpt_machine *m, const struct domain *d, uint64_t mfn,
                       unsigned int *level);
/* Whether the guest's own entry says that a page is private: without entries of 64 bits there is no
 * C bit, and all is. */
bool encrypted_private(const struct xenpt_machine *m, const struct domain *d,
                       const struct xenpt_walk2 *walk);
/* What the reverse map table says to an access of a guest that its tables allow. */
enum xenpt_rmp_verdict encrypted_check(const struct xenpt_machine *m, const struct domain *d,
                                       const struct xenpt_walk2 *walk,
                                       const struct xenpt_access *access, uint64_t *code);
/* Whether a guest's entries have a C bit. */
static inline bool encrypted_c_bit(const struct domain *d)
{
    return d->desc->encryption >= XENPT_ENCRYPT_SEV && d->desc->encryption <= XENPT_ENCRYPT_SEV_SNP;
}

#endif
