/* given.h - tables and frames that a description gives a guest. */
#ifndef XENPT_XEN_GIVEN_H
#define XENPT_XEN_GIVEN_H

#include "xen/internal.h"

/* --- given.c ------------------------------------------------------------------------------- */

/* The format of a guest's tables, of which a 32-bit PV guest has the lower three levels. */
const struct xenpt_format *given_format(const struct xenpt_domain_desc *desc);
/* The level of its roots; 0: it does not page. */
unsigned int given_top(const struct xenpt_domain_desc *desc);
/* How many slots a table of a level has. */
unsigned int given_slots(const struct xenpt_domain_desc *desc, unsigned int level);
/* How many frames a page at a level has, if it is one. */
uint64_t given_frames_of(const struct xenpt_format *f, unsigned int level, uint64_t flags);

/* Whether one of the guest's frames is a given table. */
bool given_is_table(const struct domain *d, uint64_t gfn);
/* Whether an HVM guest's root stands in the place of the builder's. */
bool given_alone(const struct domain *d);
/* Which frame each one is that a domain is given; roots of its builder's are not among them yet. */
enum xenpt_code given_frames(struct xenpt_machine *m, struct domain *d, struct xenpt_error *err);
/* The machine address of one of a guest's frames, or NO_TABLE. */
uint64_t given_maddr(const struct xenpt_machine *m, const struct domain *d, uint64_t gfn);

/* --- given_tables.c ------------------------------------------------------------------------ */

/* Whether a slot of a 64-bit PV guest's root is the guest's. */
bool given_is_guests(const struct xenpt_layout *layout, unsigned int slot);

/* Of a PV domain that is built otherwise. */
enum xenpt_code given_pv(struct xenpt_machine *m, struct domain *d, struct xenpt_error *err);
/* Of an HVM or PVH guest that has its memory.  cr3: the builder's root, or ours in its place. */
enum xenpt_code given_hvm(struct xenpt_machine *m, struct domain *d, uint64_t *cr3,
                          struct xenpt_error *err);
/* Whether an entry of the table at a machine address is as the description has it, but for A and D.
 */
bool given_has(const struct xenpt_machine *m, const struct domain *d, uint64_t table,
               unsigned int slot, uint64_t entry);

#endif
