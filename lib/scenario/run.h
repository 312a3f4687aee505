/* run.h - running scenarios, from the file to the result. */
#ifndef XENPT_SCENARIO_RUN_H
#define XENPT_SCENARIO_RUN_H

#include "scenario/cells.h"
#include "scenario/images.h"
#include "scenario/verb.h"

struct xenpt_runner {
    struct layouts layouts;
};

/* One combination, read. */
struct cell {
    const struct node *root;
    struct xenpt_model *model;
    struct scope *scope;
    struct plan plan;
    const char *name;
    bool done;
};

struct xenpt_run {
    struct doc *out; /* Results. */
    struct doc *doc; /* What was read. */
    struct xenpt_run_result result;
    struct xenpt_error *mistakes; /* Of result. */
    uint64_t left;                /* Steps and combinations that may yet be run. */
    struct cell *cells;
    size_t nr;
    struct images images;
    struct xenpt_machine *machine; /* Of a run up to some step... */
    struct value lets[LETS_MAX];   /* ...and what its steps remembered. */
    bool no_memory;
};

/* --- run_read.c: from the file to the combinations of its parameters ------------------------- */

/* Of the run that is ctx; each once, though all combinations have it. */
void run_mistake(void *ctx, const struct xenpt_error *mistake);
/* False: no memory.  Mistakes are noted, and nothing is run if there are some. */
bool run_read(struct xenpt_runner *runner, struct xenpt_run *run, const char *file,
              const char *bytes, size_t n, const struct xenpt_run_options *opt);

/* --- run_machines.c: the combinations, on their machines; false: no memory ------------------- */

bool run_cells(struct xenpt_run *run, const struct xenpt_run_options *opt);
/* The first of them up to a step. */
bool run_until(struct xenpt_run *run, const struct xenpt_run_options *opt);

/* ask.c */
void ask_expectation(struct world *w, const struct expectation *e,
                     struct xenpt_run_expectation *ret);
/* Of one that does not hold in a context, or in none: what is to be told of it there. */
void ask_of(struct world *w, const struct expectation *e, const struct value *who,
            struct xenpt_run_expectation *ret);
struct xenpt_run_place result_place(struct doc *out, const struct place *at);

/* steps.c: the steps of one cell on its machine. */
/* Whether a text is its number or its name. */
bool is_step(const struct step *step, const char *text);
/* One more expectation, of which a step tells; false: no memory. */
bool step_expects(struct world *w, struct xenpt_run_step *to,
                  const struct xenpt_run_expectation *one);
bool run_steps(struct world *w, const struct plan *plan, const struct xenpt_run_options *opt,
               struct xenpt_run_cell *ret);

#endif
