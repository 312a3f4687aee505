/* guest.h - an HVM guest's own page tables. */
#ifndef XENPT_XEN_GUEST_H
#define XENPT_XEN_GUEST_H

#include "xen/internal.h"

/* Tables for the mode that the guest is in; ret: its CR3. */
enum xenpt_code guest_tables(struct xenpt_machine *m, const struct domain *d, uint64_t *ret,
                             struct xenpt_error *err);
/* The machine address of a guest's frame, or NO_TABLE. */
uint64_t guest_maddr(const struct xenpt_machine *m, const struct domain *d, uint64_t gfn);
/* An entry of a table at a guest frame, 4 or 8 bytes. */
uint64_t guest_entry(const struct xenpt_machine *m, const struct domain *d, uint64_t gfn,
                     unsigned int slot, unsigned int size);
/* Whether a guest's frame is one of its page tables. */
bool guest_is_table(const struct domain *d, uint64_t gfn);

#endif
