/*
 * run.c - a scenario from its file to its result.
 *
 * First all combinations of its parameters are read, so that every mistake is told before anything
 * runs.  Then they run; those whose machines are the same have one, which is made what it was.
 */
#include "scenario/run.h"
#include "scenario/caches.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STEPS_MAX UINT64_C(100000000)

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
    struct xenpt_machine *machine; /* Of a run up to some step. */
    bool no_memory;
};

enum xenpt_code xenpt_runner_create(struct xenpt_runner **ret, struct xenpt_error *err)
{
    struct xenpt_runner *r = calloc(1, sizeof(*r));

    if (!r)
        return xenpt_fail(err, XENPT_ENOMEM, "no memory to run scenarios");
    *ret = r;
    return XENPT_OK;
}

void xenpt_runner_destroy(struct xenpt_runner *runner)
{
    if (!runner)
        return;
    layouts_fini(&runner->layouts);
    free(runner);
}

/* --- Mistakes ------------------------------------------------------------------------------ */

/* Each once, though all combinations have it. */
static void note_mistake(void *ctx, const struct xenpt_error *mistake)
{
    struct xenpt_run *run = ctx;
    struct xenpt_error *list;

    for (size_t i = 0; i < run->result.nr_mistakes; i++)
        if (run->mistakes[i].line == mistake->line && run->mistakes[i].column == mistake->column &&
            !strcmp(run->mistakes[i].text, mistake->text))
            return;
    if (run->result.nr_mistakes == MISTAKES_TOLD)
        return;
    list = realloc(run->mistakes, (run->result.nr_mistakes + 1) * sizeof(*list));
    if (!list) {
        run->no_memory = true;
        return;
    }
    list[run->result.nr_mistakes++] = *mistake;
    run->mistakes = list;
    run->result.mistakes = list;
    run->result.verdict = XENPT_RUN_ERROR;
}

static int by_place(const void *a, const void *b)
{
    const struct xenpt_error *x = a, *y = b;
    int order = strcmp(x->file, y->file);

    if (order)
        return order;
    if (x->line != y->line)
        return x->line < y->line ? -1 : 1;
    return (x->column > y->column) - (x->column < y->column);
}

/* --- Reading ------------------------------------------------------------------------------- */

static bool scope_of_cell(struct xenpt_run *run, struct cell *c)
{
    const struct xenpt_machine_desc *desc = &c->model->desc;
    struct scope *s = doc_alloc(run->doc, sizeof(*s));
    size_t nr_names;

    if (!s)
        return false;
    c->scope = s;
    s->m = (struct mistakes){ .fn = note_mistake, .ctx = run };
    s->doc = run->doc;
    s->layout = desc->xen.layout;
    s->cpus = desc->host.cpus ? desc->host.cpus : 1;
    s->names = node_get(c->root, "names");
    nr_names = s->names && s->names->kind == NODE_MAP ? s->names->nr : 0;
    s->states = doc_alloc(run->doc, (nr_names + 1) * sizeof(*s->states));
    s->domains = doc_alloc(run->doc, (desc->nr_domains + 1) * sizeof(*s->domains));
    if (!s->states || !s->domains)
        return false;
    for (size_t i = 0; i < desc->nr_domains; i++)
        s->domains[s->nr_domains++] = (struct scope_domain){
            desc->domains[i].name, desc->domains[i].type,
            desc->domains[i].vcpus ? desc->domains[i].vcpus : 1
        };
    return true;
}

static bool read_cell(struct xenpt_runner *runner, struct xenpt_run *run, const char *before,
                      const struct cells *cells, size_t i)
{
    struct mistakes m = { .fn = note_mistake, .ctx = run };
    struct cell *c = &run->cells[run->nr];

    c->name = cell_name(run->out, before, cells, i);
    c->root = cell_root(run->doc, cells, i, &m);
    c->model = doc_alloc(run->doc, sizeof(*c->model));
    if (!c->root)
        return m.nr; /* With its parameters it is too large. */
    if (!c->name || !c->model)
        return false;
    c->model->doc = run->doc;
    run->nr++;
    return model_fill(c->model, c->root, &runner->layouts, &m) && scope_of_cell(run, c) &&
           plan_read(c->scope, c->root, &c->plan);
}

/* Whether a combination is asked for. */
static bool is_asked(const struct xenpt_run *run, const struct xenpt_run_options *opt,
                     const char *before, const struct cells *cells, size_t i)
{
    const char *name;

    if (cell_is_left_out(cells, i))
        return false;
    if (!opt->only || strstr(run->result.file, opt->only) ||
        (run->result.name && strstr(run->result.name, opt->only)))
        return true;
    name = cell_name(run->doc, before, cells, i);
    return name && strstr(name, opt->only);
}

static const char *text_at(struct xenpt_run *run, const struct node *root, const char *key,
                           struct mistakes *m)
{
    const struct node *node = node_get(root, key);
    char words[NODE_WORDS_MAX];

    if (!node || node->kind == NODE_NULL)
        return NULL;
    if (node->kind != NODE_TEXT)
        mistake(m, &node->at, XENPT_EPARSE, "%s: %s, and a text was expected", key,
                node_words(node, words));
    return doc_text(run->out, node->text, strlen(node->text));
}

/* All combinations of one document. */
static bool read_document(struct xenpt_runner *runner, struct xenpt_run *run,
                          const struct node *root, const char *before,
                          const struct xenpt_run_options *opt)
{
    struct mistakes m = { .fn = note_mistake, .ctx = run };
    char words[NODE_WORDS_MAX];
    struct cells cells;
    struct cell *grown;

    if (root->kind != NODE_MAP) {
        mistake(&m, &root->at, XENPT_EPARSE, "%s, and a map was expected: host, xen, domains, ...",
                node_words(root, words));
        return true;
    }
    if (!cells_read(run->doc, root, opt->set, opt->nr_set, &m, &cells))
        return false;
    if (cells.nr > run->left) {
        mistake(&m, &root->at, XENPT_ERANGE, "it has more combinations than are allowed");
        return true;
    }
    grown = realloc(run->cells, (run->nr + cells.nr) * sizeof(*run->cells));
    if (!grown)
        return false;
    memset(grown + run->nr, 0, cells.nr * sizeof(*grown));
    run->cells = grown;
    for (size_t i = 0; i < cells.nr; i++)
        if (is_asked(run, opt, before, &cells, i) && !read_cell(runner, run, before, &cells, i))
            return false;
    return true;
}

/* Of several documents each has a name, or a number. */
static const char *document_name(struct xenpt_run *run, const struct node *root, size_t i,
                                 struct mistakes *m)
{
    const char *name = text_at(run, root, "name", m);
    char number[24];

    if (name)
        return name;
    snprintf(number, sizeof(number), "#%zu", i + 1);
    return doc_text(run->out, number, strlen(number));
}

static bool read_all(struct xenpt_runner *runner, struct xenpt_run *run, const char *file,
                     const char *bytes, size_t n, const struct xenpt_run_options *opt)
{
    struct mistakes m = { .fn = note_mistake, .ctx = run };
    const struct node *all = source_read_all(run->doc, file, bytes, n, &m);
    bool ok = true;

    if (!all)
        return m.nr;
    if (all->nr == 1)
        run->result.name = text_at(run, all->items[0], "name", &m);
    run->result.about = text_at(run, all->items[0], "about", &m);
    for (size_t i = 0; ok && i < all->nr; i++) {
        const char *before = all->nr == 1 ? "" : document_name(run, all->items[i], i, &m);

        ok = before && read_document(runner, run, all->items[i], before, opt);
    }
    return ok;
}

/* --- Machines ------------------------------------------------------------------------------ */

/* Whether two combinations have the same machine. */
static bool same_machine(const struct cell *a, const struct cell *b)
{
    static const char *const keys[] = { "host", "xen", "domains", "running" };

    for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
        if (!node_same(node_get(a->root, keys[i]), node_get(b->root, keys[i])))
            return false;
    return true;
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
    ok = run_steps(w, &c->plan, opt, ret);
    caches_destroy(w->caches);
    for (size_t i = 0; i < w->nr_saved; i++)
        caches_destroy(w->saved[i].caches);
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
        const struct node *host = node_get(c->root, "host");

        ret->verdict = XENPT_RUN_ERROR;
        ret->errors = 1;
        ret->error = doc_text(run->out, err.text, strlen(err.text));
        ret->place = result_place(run->out, host ? &host->at : &c->root->at);
        return ret->error;
    }
    w.machine = b->machine;
    return run_with_caches(&w, c, opt, ret);
}

/* The next of those that have the same machine; nr: there is none. */
static size_t next_same(const struct xenpt_run *run, size_t i, size_t from)
{
    while (from < run->nr &&
           (run->cells[from].done || !same_machine(&run->cells[i], &run->cells[from])))
        from++;
    return from;
}

static bool run_all(struct xenpt_run *run, const struct xenpt_run_options *opt)
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
static bool run_until(struct xenpt_run *run, const struct xenpt_run_options *given)
{
    struct mistakes m = { .fn = note_mistake, .ctx = run };
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

struct xenpt_machine *xenpt_run_machine(const struct xenpt_run *run)
{
    return run->result.nr_mistakes ? NULL : run->machine;
}

/* --- A run --------------------------------------------------------------------------------- */

static void forget_what_was_read(struct xenpt_run *run)
{
    free(run->cells);
    run->cells = NULL;
    doc_destroy(run->doc);
    run->doc = NULL;
}

static enum xenpt_code run_one(struct xenpt_runner *runner, const char *file, const char *bytes,
                               size_t n, const struct xenpt_run_options *opt,
                               struct xenpt_run **ret, struct xenpt_error *err)
{
    static const struct xenpt_run_options usual;
    struct xenpt_run *run = calloc(1, sizeof(*run));
    bool ok = run && !doc_create(&run->out, err) && !doc_create(&run->doc, err);

    opt = opt ? opt : &usual;
    if (ok)
        run->left = opt->limit ? opt->limit : STEPS_MAX;
    if (ok)
        run->result.file = doc_text(run->out, file, strlen(file));
    ok = ok && run->result.file && read_all(runner, run, file, bytes, n, opt);
    if (ok && !run->result.nr_mistakes)
        ok = opt->until ? run_until(run, opt) : run_all(run, opt);
    if (!ok || run->no_memory || doc_failed(run->out) || doc_failed(run->doc)) {
        xenpt_run_destroy(run);
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for a scenario");
    }
    if (run->result.nr_mistakes)
        qsort(run->mistakes, run->result.nr_mistakes, sizeof(*run->mistakes), by_place);
    if (!opt->until)
        forget_what_was_read(run);
    *ret = run;
    return XENPT_OK;
}

enum xenpt_code xenpt_run_file(struct xenpt_runner *runner, const char *path,
                               const struct xenpt_run_options *opt, struct xenpt_run **ret,
                               struct xenpt_error *err)
{
    return run_one(runner, path, NULL, 0, opt, ret, err);
}

enum xenpt_code xenpt_run_bytes(struct xenpt_runner *runner, const char *file, const char *bytes,
                                size_t n, const struct xenpt_run_options *opt,
                                struct xenpt_run **ret, struct xenpt_error *err)
{
    return run_one(runner, file, bytes, n, opt, ret, err);
}

void xenpt_run_destroy(struct xenpt_run *run)
{
    if (!run)
        return;
    xenpt_machine_destroy(run->machine);
    forget_what_was_read(run);
    doc_destroy(run->out);
    free(run->mistakes);
    free(run);
}

const struct xenpt_run_result *xenpt_run_result(const struct xenpt_run *run)
{
    return &run->result;
}

const char *xenpt_run_verdict_name(enum xenpt_run_verdict verdict)
{
    static const char *const names[XENPT_NR_RUN_VERDICTS] = { "held", "failed", "error",
                                                              "skipped" };

    return names[verdict < XENPT_NR_RUN_VERDICTS ? verdict : XENPT_RUN_ERROR];
}
