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
#define ALL_PERMS (XENPT_RMP_R | XENPT_RMP_W | XENPT_RMP_XU | XENPT_RMP_XS)

/* What the reverse map table says to an access of a guest which has a second stage: of the tables
 * that were read, and of the page, if both stages allow it.  If it refuses: of which guest-physical
 * address, and the code of the fault. */
enum xenpt_rmp_verdict encrypted_check(const struct xenpt_machine *m, const struct domain *d,
                                       const struct xenpt_walk2 *walk,
                                       const struct xenpt_access *access, bool allowed,
                                       uint64_t *gaddr, uint64_t *code);
/* An entry that was changed while the frame was that domain's; NULL: it is as it was built. */
const struct xenpt_rmp_entry *rmp_changed(const struct xenpt_machine *m, uint64_t frame,
                                          uint32_t owner);
/* Whether a guest's entries have a C bit. */
static inline bool encrypted_c_bit(const struct domain *d)
{
    return d->desc->encryption >= XENPT_ENCRYPT_SEV && d->desc->encryption <= XENPT_ENCRYPT_SEV_SNP;
}

#endif
