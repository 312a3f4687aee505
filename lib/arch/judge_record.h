/* judge_record.h - what judging a record in one dimension and in two have in common. */
#ifndef XENPT_ARCH_JUDGE_RECORD_H
#define XENPT_ARCH_JUDGE_RECORD_H

#include "arch/decide.h"

/* How a recorded walk ended. */
struct ending ending_of(const struct xenpt_paging *pg, const struct xenpt_walk *w);

/* The entry, and the bits of it, that a rule found wanting; 0 and 0: there is none. */
void point_out(const struct xenpt_paging *pg, const struct xenpt_walk *w, enum xenpt_rule_id rule,
               uint8_t *level, uint64_t *bits);

/* The A and D flags that an access would still have to set in one entry. */
uint64_t flags_to_set(const struct xenpt_paging *pg, unsigned int level, enum xenpt_role role,
                      uint64_t entry, bool write);

/* All of them along a walk, root first; room for XENPT_TOP_MAX.  Returns how many. */
unsigned int list_updates(const struct xenpt_paging *pg, const struct xenpt_walk *w, bool write,
                          struct xenpt_update *ret);

/* A decision as a fault at this address: CR2, or a guest-physical address. */
struct xenpt_fault fault_from(const struct decision *d, uint64_t address);

/* --- Through two stages -------------------------------------------------------------------- */

/* Whether an entry of a guest's was read when CR3 was loaded, and is not by a walk. */
bool in_register(const struct xenpt_paging *guest, const struct xenpt_paging *second,
                 unsigned int level);

/* A guest's own decision. */
struct decision decide_guest(const struct xenpt_paging *guest, const struct xenpt_paging *second,
                             const struct ending *e, const struct xenpt_access *access);

/* The access to the page itself, of an address for which a guest's tables grant this. */
struct second_access page_access(const struct xenpt_paging *guest,
                                 const struct xenpt_paging *second,
                                 const struct xenpt_access *access, uint64_t granted);

#endif
