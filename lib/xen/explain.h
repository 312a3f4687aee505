/* explain.h - an entry that is being explained; grouped by the file that defines what is declared.
 */
#ifndef XENPT_XEN_EXPLAIN_H
#define XENPT_XEN_EXPLAIN_H

#include "xen/rules.h"
#include "xen/view.h"

/* An entry that is being explained. */
struct question {
    const struct xenpt_machine *m;
    const struct context_of *of;
    const struct xenpt_entry_question *q;
    const struct xenpt_area *area; /* What the address is for, or NULL. */
    const struct xenpt_part *part; /* Of that, or NULL. */
    uint64_t in;                   /* The address, of a mirror that of what it mirrors. */
    uint64_t expected;             /* What this machine has there; 0: nothing. */
    bool from_larger;              /* It is part of a larger page here. */
    struct xenpt_entry_explanation *ret;
};

static inline bool entry_is_leaf(uint64_t entry, unsigned int level)
{
    return level == 1 || (level < 4 && entry & ENTRY_PS);
}

/* --- explain.c: answers, all of which are true --------------------------------------------- */

bool explain_say(struct question *x, enum rule_id id, uint64_t entry);
/* What the machine has there. */
bool explain_expected(struct question *x, enum rule_id id);
/* What is not here but may be there: of this kind, at least. */
bool explain_kind(struct question *x, enum rule_id id, uint64_t flags);
/* Whether the entry asked about has these, whatever walks set. */
bool explain_flags_are(const struct question *x, uint64_t flags);

/* --- explain_areas.c ----------------------------------------------------------------------- */

/* An entry below the root, by what fills the area of its address. */
bool explain_area(struct question *x);
/* The part of the area that the address is in. */
const struct xenpt_part *explain_part(const struct question *x);

/* --- explain_xpti.c ------------------------------------------------------------------------ */

/* What an XPTI root has of its own. */
bool explain_xpti(struct question *x);

/* --- explain_p2m.c ------------------------------------------------------------------------- */

/* An entry of a guest's physical memory. */
bool explain_p2m(struct question *x);

#endif
