/* guest.h - an HVM guest's own page tables. */
#ifndef XENPT_XEN_GUEST_H
#define XENPT_XEN_GUEST_H

#include "xen/internal.h"

/* Tables for the mode that the guest is in; ret: its CR3. */
enum xenpt_code guest_tables(struct xenpt_machine *m, const struct domain *d, uint64_t *ret,
                             struct xenpt_error *err);
/* The machine address of a guest's frame, or NO_TABLE. */
uint64_t guest_maddr(const struct xenpt_machine *m, const struct domain *d, uint64_t gfn);
/* The same of 512 frames from an aligned one on. */
void guest_maddrs(const struct xenpt_machine *m, const struct domain *d, uint64_t gfn,
                  uint64_t ret[ENTRIES]);
/* Entries of a table at a guest frame, of 4 or 8 bytes, from some slot on; zeros: it is not there.
 */
void guest_entries(const struct xenpt_machine *m, const struct domain *d, uint64_t gfn,
                   unsigned int slot, unsigned int nr, unsigned int size, uint64_t *ret);
/* Whether a guest's frame is one of its page tables. */
bool guest_is_table(const struct domain *d, uint64_t gfn);

#endif
