/* machine_invariants.h - invariants of a machine, without a scenario. */
#ifndef XENPT_SCENARIO_MACHINE_INVARIANTS_H
#define XENPT_SCENARIO_MACHINE_INVARIANTS_H

#include "xenpt/machine.h"

/* One that does not hold. */
struct broken_invariant {
    const char *name; /* NULL: all of them hold. */
    const char *in;   /* As an expectation has it: "every guest context"; NULL: of none. */
    char found[1024];
};

/* The first that does not.  What CPUs remember is left out. */
enum xenpt_code invariants_of_machine(struct xenpt_machine *m, struct broken_invariant *ret,
                                      struct xenpt_error *err);

#endif
