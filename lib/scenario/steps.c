/* steps.c - the steps of a cell, one after the other. */
#include "scenario/run.h"
#include "scenario/trace.h"

#include <string.h>

static const char *copy(struct doc *out, const char *text)
{
    return text ? doc_text(out, text, strlen(text)) : NULL;
}

static void worse(enum xenpt_run_verdict *to, enum xenpt_run_verdict by)
{
    if (by != XENPT_RUN_SKIPPED && by > *to)
        *to = by;
}

static bool expectations(struct world *w, const struct step *step, struct xenpt_run_step *ret,
                         struct xenpt_run_cell *cell)
{
    struct xenpt_run_expectation *all = doc_alloc(w->out, (step->nr_expect + 1) * sizeof(*all));

    if (!all)
        return false;
    for (size_t i = 0; i < step->nr_expect; i++) {
        ask_expectation(w, &step->expect[i], &all[i]);
        worse(&ret->verdict, all[i].verdict);
        cell->held += all[i].verdict == XENPT_RUN_HELD;
        cell->failed += all[i].verdict == XENPT_RUN_FAILED;
        cell->errors += all[i].verdict == XENPT_RUN_ERROR;
    }
    ret->expectations = all;
    ret->nr_expectations = step->nr_expect;
    return true;
}

/* Those of a step that was not made. */
static bool unreached(struct world *w, const struct step *step, struct xenpt_run_step *ret)
{
    struct xenpt_run_expectation *all = doc_alloc(w->out, (step->nr_expect + 1) * sizeof(*all));

    if (!all)
        return false;
    for (size_t i = 0; i < step->nr_expect; i++) {
        all[i].verdict = XENPT_RUN_SKIPPED;
        all[i].text = plan_text(w->out, step->expect[i].node);
        all[i].place = result_place(w->out, &step->expect[i].node->at);
    }
    ret->expectations = all;
    ret->nr_expectations = step->nr_expect;
    return true;
}

/* Does it; false: it cannot be done, or there is no memory. */
static bool do_step(struct world *w, const struct step *step, bool trace, const char **said,
                    struct xenpt_run_step *ret, bool *memory)
{
    struct xenpt_snapshot *before = trace ? trace_begin(w) : NULL;
    bool done;

    *memory = !trace || before;
    if (!*memory)
        return false;
    done = step->verb->run(w, step->args, said);
    if (trace && done)
        *memory = trace_end(w, before, step->verb->poke, ret);
    return done;
}

static bool one_step(struct world *w, const struct step *step, bool trace,
                     struct xenpt_run_step *ret, struct xenpt_run_cell *cell)
{
    const struct step_head *head = step->args;
    const char *said = NULL;
    bool memory;

    if (step->verb) {
        w->problem = (struct xenpt_error){ .code = XENPT_OK };
        if (!do_step(w, step, trace, &said, ret, &memory)) {
            if (!memory || w->problem.code == XENPT_ENOMEM)
                return false;
            ret->verdict = XENPT_RUN_ERROR;
            ret->said = copy(w->out, w->problem.text);
            cell->errors++;
            return unreached(w, step, ret);
        }
        ret->said = said;
        ret->name = copy(w->out, head->name);
    }
    return expectations(w, step, ret, cell);
}

bool run_steps(struct world *w, const struct plan *plan, const struct xenpt_run_options *opt,
               struct xenpt_run_cell *ret)
{
    struct xenpt_run_step *all = doc_alloc(w->out, plan->nr_steps * sizeof(*all));
    bool stopped = false;

    if (!all)
        return false;
    for (size_t i = 0; i < plan->nr_steps; i++) {
        const struct step *step = &plan->steps[i];

        all[i].number = step->number;
        all[i].place = result_place(w->out, &step->node->at);
        all[i].text = step->verb ? plan_text(w->out, step->node) : "";
        all[i].verdict = stopped ? XENPT_RUN_SKIPPED : XENPT_RUN_HELD;
        if (!(stopped ? unreached(w, step, &all[i]) : one_step(w, step, opt->trace, &all[i], ret)))
            return false;
        worse(&ret->verdict, all[i].verdict);
        stopped |= all[i].verdict != XENPT_RUN_HELD && !opt->keep_going;
    }
    ret->steps = all;
    ret->nr_steps = plan->nr_steps;
    return true;
}
