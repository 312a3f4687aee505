/* guest.h - an HVM guest's own page tables. */
#ifndef XENPT_XEN_GUEST_H
#define XENPT_XEN_GUEST_H

#include "xen/internal.h"

/* Tables for the mode that the guest is in; ret: its CR3. */
enum xenpt_code guest_tables(struct xenpt_machine *m, struct domain *d, uint64_t *ret,
                             struct xenpt_error *err);
/* Whether that puts a table into a frame. */
bool guest_builds_table(uint64_t gfn);
/* The machine address of a guest's frame, or NO_TABLE. */
uint64_t guest_maddr(const struct xenpt_machine *m, const struct domain *d, uint64_t gfn);
/* The same of 512 frames from an aligned one on. */
void guest_maddrs(const struct xenpt_machine *m, const struct domain *d, uint64_t gfn,
                  uint64_t ret[ENTRIES]);
/* The registers that a vCPU has when its guest is looked at first. */
void guest_reset(const struct xenpt_machine *m, const struct domain *d, struct vcpu *v,
                 uint64_t cr3);
/* Whether a guest's writes to a frame go through; those to be noted first, only when they are. */
bool guest_may_write(const struct xenpt_machine *m, const struct domain *d, uint64_t gfn,
                     bool writing);

#endif
