/* steps.c - the steps of a cell, one after the other. */
#include "scenario/caches.h"
#include "scenario/journal.h"
#include "scenario/meanwhile.h"
#include "scenario/run.h"
#include "scenario/threat_blocks.h"
#include "scenario/trace.h"

#include <stdlib.h>
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

static void count(struct xenpt_run_cell *cell, enum xenpt_run_verdict verdict)
{
    cell->held += verdict == XENPT_RUN_HELD;
    cell->failed += verdict == XENPT_RUN_FAILED;
    cell->errors += verdict == XENPT_RUN_ERROR;
}

bool step_expects(struct world *w, struct xenpt_run_step *to,
                  const struct xenpt_run_expectation *one)
{
    struct xenpt_run_expectation *all = doc_alloc(w->out, (to->nr_expectations + 1) * sizeof(*all));

    if (!all)
        return false;
    if (to->nr_expectations)
        memcpy(all, to->expectations, to->nr_expectations * sizeof(*all));
    all[to->nr_expectations++] = *one;
    to->expectations = all;
    return true;
}

/* Of what is done again and again, only what does not hold is kept. */
static bool brief_expectations(struct world *w, const struct step *step, struct xenpt_run_step *ret,
                               struct xenpt_run_cell *cell)
{
    struct xenpt_run_expectation one;

    for (size_t i = 0; i < step->nr_expect; i++) {
        ask_expectation(w, &step->expect[i], &one);
        worse(&ret->verdict, one.verdict);
        count(cell, one.verdict);
        if (one.verdict != XENPT_RUN_HELD && !step_expects(w, ret, &one))
            return false;
    }
    return true;
}

static bool expectations(struct world *w, const struct step *step, struct xenpt_run_step *ret,
                         struct xenpt_run_cell *cell)
{
    struct xenpt_run_expectation *all;

    if (!step->nr_expect)
        return true;
    if (w->brief)
        return brief_expectations(w, step, ret, cell);
    all = doc_alloc(w->out, step->nr_expect * sizeof(*all));
    if (!all)
        return false;
    for (size_t i = 0; i < step->nr_expect; i++) {
        ask_expectation(w, &step->expect[i], &all[i]);
        worse(&ret->verdict, all[i].verdict);
        count(cell, all[i].verdict);
    }
    ret->expectations = all;
    ret->nr_expectations = step->nr_expect;
    return true;
}

/* Those of a step that was not made. */
static bool unreached(struct world *w, const struct step *step, struct xenpt_run_step *ret)
{
    struct xenpt_run_expectation *all;

    if (!step->nr_expect || w->brief)
        return true;
    all = doc_alloc(w->out, step->nr_expect * sizeof(*all));
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

static bool one_step(struct world *w, const struct step *step, bool trace,
                     struct xenpt_run_step *ret, struct xenpt_run_cell *cell);

static bool repeat(struct world *w, const struct repeat_args *a, struct xenpt_run_step *ret,
                   struct xenpt_run_cell *cell)
{
    uint64_t times = w->times;
    bool brief = w->brief, ok = true;

    w->brief = true;
    for (uint64_t n = 0; ok && n < times && ret->verdict == XENPT_RUN_HELD; n++) {
        if (a->has_binding)
            w->bound[a->binding] = (struct value){ .type = VALUE_NUMBER, .v = n, .last = n };
        for (size_t i = 0; ok && i < a->nr_steps && ret->verdict == XENPT_RUN_HELD; i++)
            ok = one_step(w, &a->steps[i], false, ret, cell) &&
                 invariants_check(w, a->steps[i].node, false, ret, cell);
        if (ok && ret->verdict != XENPT_RUN_HELD)
            ret->said = world_text(w, "%s%sin time %llu of %llu", ret->said ? ret->said : "",
                                   ret->said ? ", " : "", (unsigned long long)n + 1,
                                   (unsigned long long)times);
    }
    w->brief = brief;
    return ok;
}

bool steps_inside(struct world *w, const struct step *steps, size_t nr)
{
    struct xenpt_run_step *ret = w->step;
    struct xenpt_run_cell *cell = w->cell;
    bool brief = w->brief, ok = true;

    w->brief = true;
    for (size_t i = 0; ok && i < nr && ret->verdict == XENPT_RUN_HELD; i++)
        ok = one_step(w, &steps[i], false, ret, cell);
    w->brief = brief;
    return ok && ret->verdict != XENPT_RUN_ERROR;
}

/* Makes it, and has CPUs drop what they do on the way. */
static bool made(struct world *w, const struct step *step, const char **said)
{
    struct running_before *before = w->caches && step->verb->switches ? caches_watch(w) : NULL;
    struct listening was = journal_listen(w);
    bool done = step->verb->run(w, step->args, said);

    if (!journal_leave(w, &was))
        done = false;
    if (done && before)
        done = caches_switch(w, before);
    free(before);
    return done;
}

static bool not_done(struct world *w, struct xenpt_run_step *ret, struct xenpt_run_cell *cell)
{
    ret->verdict = XENPT_RUN_ERROR;
    ret->said = copy(w->out, w->problem.text);
    cell->errors += !ret->undone; /* One inside of it may be told already. */
    ret->undone = true;
    return w->problem.code != XENPT_ENOMEM;
}

/* What a step leads to; false: there is no memory. */
static bool do_step(struct world *w, const struct step *step, struct xenpt_run_step *ret,
                    struct xenpt_run_cell *cell)
{
    const struct step_head *head = step->args;
    const char *said = NULL;

    w->step = ret;
    w->cell = cell;
    w->problem = (struct xenpt_error){ .code = XENPT_OK };
    if (!*w->left) {
        world_cannot(w, "the file makes more steps than are allowed");
        return not_done(w, ret, cell);
    }
    --*w->left;
    if (!w->brief)
        ret->name = copy(w->out, head->name);
    if (made(w, step, &said)) {
        w->keeping.poked |= step->verb->poke;
        w->keeping.moved |= step->verb->moves;
        w->keeping.changed |= !step->verb->moves && !step->verb->quiet;
        ret->said = said;
        return step->verb != &verb_repeat || repeat(w, step->args, ret, cell);
    }
    return not_done(w, ret, cell);
}

/* Whether a step goes back to what memory was, so that there is nothing to compare it with. */
static bool rewinds(const struct step *step)
{
    const struct repeat_args *a = step->args;
    bool any = step->verb->rewinds;

    for (size_t i = 0; step->verb == &verb_repeat && i < a->nr_steps; i++)
        any |= rewinds(&a->steps[i]);
    return any;
}

static bool one_step(struct world *w, const struct step *step, bool trace,
                     struct xenpt_run_step *ret, struct xenpt_run_cell *cell)
{
    bool traced = trace && step->verb && !rewinds(step);
    struct xenpt_snapshot *before = traced ? trace_begin(w) : NULL;

    if ((traced && !before) || (step->verb && !do_step(w, step, ret, cell)) ||
        (before && !trace_end(w, before, step->verb->poke, ret)))
        return false;
    if (ret->verdict != XENPT_RUN_HELD)
        return ret->nr_expectations || unreached(w, step, ret); /* Of what it repeats. */
    return expectations(w, step, ret, cell);
}

bool is_step(const struct step *step, const char *text)
{
    const struct step_head *head = step->args;
    uint32_t number;

    if (digits_read(text, strlen(text), &number))
        return step->number == number;
    return step->verb && head->name && !strcmp(head->name, text);
}

/* Invariants and threats, of a step that came out as expected, or of whatever step if it goes on.
 */
static bool kept(struct world *w, const struct plan *plan, const struct xenpt_run_options *opt,
                 size_t i, struct xenpt_run_step *step, struct xenpt_run_cell *cell)
{
    if (opt->until || (step->verdict != XENPT_RUN_HELD && !opt->keep_going))
        return true;
    return invariants_check(w, plan->steps[0].node, i + 1 == plan->nr_steps, step, cell) &&
           threats_check(w, i, plan->steps[i].verb, i + 1 == plan->nr_steps, step, cell);
}

bool run_steps(struct world *w, const struct plan *plan, const struct xenpt_run_options *opt,
               struct xenpt_run_cell *ret)
{
    struct xenpt_run_step *all = doc_alloc(w->out, plan->nr_steps * sizeof(*all));
    bool stopped = false;

    if (!all)
        return false;
    invariants_begin(w, &plan->invariants, opt->check_invariants);
    if (!threats_begin(w))
        return false;
    for (size_t i = 0; i < plan->nr_steps; i++) {
        const struct step *step = &plan->steps[i];

        all[i].number = step->number;
        all[i].place = result_place(w->out, &step->node->at);
        all[i].text = step->verb ? plan_text(w->out, step->node) : "";
        all[i].verdict = stopped ? XENPT_RUN_SKIPPED : XENPT_RUN_HELD;
        if (w->journal && !journal_step(w->journal, step))
            return false;
        if (w->journal && !i)
            journal_built(w);
        if (!(stopped ? unreached(w, step, &all[i])
                      : one_step(w, step, opt->trace, &all[i], ret) &&
                            kept(w, plan, opt, i, &all[i], ret)) ||
            (opt->journal && !journal_result(w, &all[i])))
            return false;
        worse(&ret->verdict, all[i].verdict);
        stopped |= all[i].verdict != XENPT_RUN_HELD && !opt->keep_going;
        ret->nr_steps = i + 1;
        if (opt->until && is_step(step, opt->until))
            break;
    }
    ret->steps = all;
    return invariants_end(w, ret) && !w->no_memory;
}
