/* invariants.h - which invariants a run checks, and when: the key `invariants` of a scenario. */
#ifndef XENPT_SCENARIO_INVARIANTS_H
#define XENPT_SCENARIO_INVARIANTS_H

#include "scenario/world.h"

/* Which, a bit each, in the order of the rows. */
typedef uint32_t invariant_set;

/* What a scenario says. */
struct invariants_wanted {
    bool given; /* It says something. */
    bool every_step;
    invariant_set which;
};

/* How many rows there are. */
size_t number_of_invariants(void);
/* When: words of the key; the last has no name. */
extern const struct xenpt_word invariants_moments[];
/* False: no memory; mistakes are noted. */
bool invariants_read(struct scope *s, const struct node *node, struct invariants_wanted *ret);

/* Of a run of a cell, before its first step.  every_step: whoever runs it wants that. */
void invariants_begin(struct world *w, const struct invariants_wanted *wanted, bool every_step);
/* Some expectation says that one is broken, and it is so: nobody is told of it again. */
void invariants_declared(struct world *w, unsigned int which);

struct node;
/*
 * After a step that is done, the last one or not.  What is broken is added to its expectations;
 * false: no memory.
 */
bool invariants_check(struct world *w, const struct node *root, bool last,
                      struct xenpt_run_step *step, struct xenpt_run_cell *cell);
/* What came of all of them; false: no memory. */
bool invariants_end(struct world *w, struct xenpt_run_cell *cell);

#endif
