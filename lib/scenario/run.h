/* run.h - running scenarios, from the file to the result. */
#ifndef XENPT_SCENARIO_RUN_H
#define XENPT_SCENARIO_RUN_H

#include "scenario/cells.h"
#include "scenario/verb.h"

/* ask.c */
void ask_expectation(struct world *w, const struct expectation *e,
                     struct xenpt_run_expectation *ret);
struct xenpt_run_place result_place(struct doc *out, const struct place *at);

/* steps.c: the steps of one cell on its machine. */
/* Whether a text is its number or its name. */
bool is_step(const struct step *step, const char *text);
bool run_steps(struct world *w, const struct plan *plan, const struct xenpt_run_options *opt,
               struct xenpt_run_cell *ret);

#endif
