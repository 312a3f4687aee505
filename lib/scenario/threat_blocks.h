/* threat_blocks.h - the key `threat` of a scenario: who is compromised, and what must stay out of
 * reach whatever happens. */
#ifndef XENPT_SCENARIO_THREAT_BLOCKS_H
#define XENPT_SCENARIO_THREAT_BLOCKS_H

#include "scenario/threat_terms.h"

/* What they must not be able to. */
enum threat_claim {
    CLAIM_UNREACHABLE,
    CLAIM_UNREADABLE,
    CLAIM_UNWRITABLE,
    CLAIM_UNCHANGEABLE,
    NR_THREAT_CLAIMS,
};

/* One of them. */
struct threat_block {
    const char *name;
    const struct node *node;
    struct threat_terms terms;
    struct target_list claims[NR_THREAT_CLAIMS];
    struct name_list becomes_not;
    uint32_t except;
    const char *because;
    const struct node *after; /* As it stands in the file... */
    bool *at;                 /* ...of each step of the plan, whether it is one; NULL: all are. */
};

struct threat_blocks {
    struct threat_block *list;
    size_t nr;
};

extern const struct record threat_record;
extern const struct xenpt_word threat_claim_words[NR_THREAT_CLAIMS];
extern const unsigned int threat_claim_rights[NR_THREAT_CLAIMS];

/* --- threat_blocks.c ----------------------------------------------------------------------- */

/* All of a file, when its steps have been read; false: no memory. */
struct plan;
bool threat_blocks_read(struct scope *s, const struct node *root, struct plan *plan);
/* Whether a file has one of that name, read or not. */
bool threat_block_is(const struct scope *s, const char *name);
/* That has been read, or NULL. */
const struct threat_block *threat_block_named(const struct scope *s, const char *name);

/* --- threat_keep.c ------------------------------------------------------------------------- */

/* Of each claim of each block. */
#define THREAT_CLAIMS_MAX (NR_THREAT_CLAIMS * NAMES_MAX + 1)
struct threat_kept {
    bool broken, met; /* There were some such frames. */
    unsigned int checks;
};

/* Before the first step of a cell; false: no memory. */
bool threats_begin(struct world *w);
/* After step i of the plan.  False: no memory. */
bool threats_check(struct world *w, size_t i, const struct verb *verb, bool last,
                   struct xenpt_run_step *step, struct xenpt_run_cell *cell);
/* As it is at the moment: what they reach, for the caller to destroy, NULL if nobody of them is
 * there; and whether its claims hold, as expectations of the step.  False: no memory. */
bool threat_now(struct world *w, const struct threat_block *b, struct xenpt_threat **ret,
                struct xenpt_run_step *step);

#endif
