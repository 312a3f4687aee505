/*
 * run_machines.c - the combinations of a scenario on their machines: those whose machines are the
 * same have one, which is made what it was.
 */
#include <string.h>

#include "scenario/caches.h"
#include "scenario/journal.h"
#include "scenario/lines.h"
#include "scenario/run.h"
#include "xen/own_rules.h"

/* Of those that a machine is built by; hypercalls are held to theirs one by one. */
static bool same_rules(const struct cell *a, const struct cell *b)
{
    bool one[NR_OWN_RULES], other[NR_OWN_RULES];

    own_rules_of(&xenpt_model_desc(a->model)->xen, one);
    own_rules_of(&xenpt_model_desc(b->model)->xen, other);
    return !memcmp(one, other, sizeof(one));
}

/* Whether two combinations have the same machine. */
static bool same_machine(const struct cell *a, const struct cell *b)
{
    static const char *const keys[] = { "host", "xen", "domains", "running" };

    for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
        if (!node_same(node_get(a->root, keys[i]), node_get(b->root, keys[i])))
            return false;
    return same_rules(a, b);
}

/* A machine, and what it was when it was built. */
struct built {
    struct xenpt_machine *machine;
    struct xenpt_machine_snapshot *snapshot; /* Goes with it. */
};

/* For another combination that has the same. */
static bool as_built(struct built *b)
{
    struct xenpt_error err = { 0 };

    return !b->machine || !b->snapshot || !xenpt_machine_snapshot_restore(b->snapshot, &err);
}

static bool run_with_caches(struct world *w, const struct cell *c,
                            const struct xenpt_run_options *opt, struct xenpt_run_cell *ret)
{
    struct xenpt_error err = { 0 };
    bool ok;

    if (c->plan.part != XENPT_TLB_NONE &&
        caches_create((enum xenpt_tlb_part_id)c->plan.part, c->scope->cpus, &w->caches, &err))
        return false;
    w->lines = c->plan.lines ? lines_create() : NULL;
    w->journal = c->scope->journal || opt->journal ? journal_create() : NULL;
    ok = (w->lines || !c->plan.lines) && (w->journal || !(c->scope->journal || opt->journal)) &&
         run_steps(w, &c->plan, opt, ret);
    journal_destroy(w->journal);
    caches_destroy(w->caches);
    lines_destroy(w->lines);
    for (size_t i = 0; i < w->nr_saved; i++) {
        caches_destroy(w->saved[i].caches);
        lines_destroy(w->saved[i].lines);
    }
    return ok;
}

static bool run_cell(struct xenpt_run *run, const struct xenpt_run_options *opt, struct cell *c,
                     struct built *b, bool again, struct xenpt_run_cell *ret)
{
    struct world w = { .scope = c->scope, .out = run->out, .left = &run->left };
    struct xenpt_error err = { 0 };
    enum xenpt_code code = XENPT_OK;

    c->done = true;
    ret->name = c->name;
    if (!b->machine)
        code = xenpt_model_build(c->model, &b->machine, &err);
    if (!code && again && !b->snapshot)
        code = xenpt_machine_snapshot_take(b->machine, &b->snapshot, &err);
    if (code == XENPT_ENOMEM)
        return false;
    if (code) {
        ret->verdict = XENPT_RUN_ERROR;
        ret->errors = 1;
        ret->error = doc_text(run->out, err.text, strlen(err.text));
        ret->place = result_place(run->out, &model_blamed(c->root, err.text)->at);
        return ret->error;
    }
    w.machine = b->machine;
    for (size_t i = 0; i < LETS_MAX; i++)
        w.lets[i].type = NR_VALUE_TYPES;
    if (!run_with_caches(&w, c, opt, ret))
        return false;
    memcpy(run->lets, w.lets, sizeof(run->lets));
    return true;
}

/* The next of those that have the same machine; nr: there is none. */
static size_t next_same(const struct xenpt_run *run, size_t i, size_t from)
{
    while (from < run->nr &&
           (run->cells[from].done || !same_machine(&run->cells[i], &run->cells[from])))
        from++;
    return from;
}

bool run_cells(struct xenpt_run *run, const struct xenpt_run_options *opt)
{
    struct xenpt_run_cell *all = doc_alloc(run->out, (run->nr + 1) * sizeof(*all));
    bool ok = all;

    for (size_t i = 0; ok && i < run->nr; i++) {
        struct built b = { NULL, NULL };

        for (size_t k = run->cells[i].done ? run->nr : i, next; ok && k < run->nr; k = next) {
            next = next_same(run, i, k + 1);
            ok = as_built(&b) && run_cell(run, opt, &run->cells[k], &b, next < run->nr, &all[k]);
        }
        xenpt_machine_destroy(b.machine);
        if (ok && all[i].verdict > run->result.verdict)
            run->result.verdict = all[i].verdict;
    }
    run->result.cells = all;
    run->result.nr_cells = ok ? run->nr : 0;
    return ok;
}

/* --- Up to a step --------------------------------------------------------------------------- */

static const struct step *step_named(const struct plan *plan, const char *text)
{
    for (size_t i = 0; i < plan->nr_steps; i++)
        if (is_step(&plan->steps[i], text))
            return &plan->steps[i];
    return NULL;
}

/* The first step that could not be done, or NULL. */
static const struct xenpt_run_step *first_undone(const struct xenpt_run_cell *cell)
{
    for (size_t i = 0; i < cell->nr_steps; i++)
        if (cell->steps[i].undone)
            return &cell->steps[i];
    return NULL;
}

/* What the machine is then, whatever was expected on the way. */
bool run_until(struct xenpt_run *run, const struct xenpt_run_options *given)
{
    struct mistakes m = { .fn = run_mistake, .ctx = run };
    struct xenpt_run_options opt = *given;
    struct xenpt_run_cell *cell = doc_alloc(run->out, sizeof(*cell));
    struct built b = { NULL, NULL };
    const struct xenpt_run_step *bad;

    opt.keep_going = true;
    if (!cell)
        return false;
    if (!run->nr) {
        mistake(&m, NULL, XENPT_ESTATE, "no combination of parameters is asked for");
        return true;
    }
    if (!step_named(&run->cells[0].plan, opt.until)) {
        mistake(&m, &run->cells[0].root->at, XENPT_ESTATE,
                "no step has the number or the name '%s': there are %zu", opt.until,
                run->cells[0].plan.nr_steps - 1);
        return true;
    }
    if (!run_cell(run, &opt, &run->cells[0], &b, false, cell)) {
        xenpt_machine_destroy(b.machine);
        return false;
    }
    run->machine = b.machine;
    run->result.cells = cell;
    run->result.nr_cells = 1;
    run->result.verdict = cell->verdict;
    bad = first_undone(cell);
    if (cell->error)
        mistake(&m, &run->cells[0].root->at, XENPT_ESTATE, "%s", cell->error);
    else if (bad)
        mistake(&m, &(struct place){ bad->place.file, bad->place.line, bad->place.column },
                XENPT_ESTATE, "step %u cannot be done: %s", bad->number, bad->said);
    return true;
}
