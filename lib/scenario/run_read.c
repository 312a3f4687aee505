/*
 * run_read.c - from the file of a scenario to all combinations of its parameters, each with its
 * model and its plan.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scenario/run.h"

/* --- Mistakes ------------------------------------------------------------------------------ */

/* Each once, though all combinations have it. */
void run_mistake(void *ctx, const struct xenpt_error *mistake)
{
    struct xenpt_run *run = ctx;
    struct xenpt_error *list;

    run->no_memory |= mistake->code == XENPT_ENOMEM;
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

/* --- Reading ------------------------------------------------------------------------------- */

static bool scope_of_cell(struct xenpt_run *run, struct cell *c)
{
    struct scope *s = doc_alloc(run->doc, sizeof(*s));

    c->scope = s;
    if (!s || !scope_of_model(s, run->doc, &c->model->desc, c->root, run_mistake, run))
        return false;
    s->images = &run->images;
    return true;
}

static bool read_cell(struct xenpt_runner *runner, struct xenpt_run *run, const char *before,
                      const struct cells *cells, size_t i)
{
    struct mistakes m = { .fn = run_mistake, .ctx = run };
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
    struct mistakes m = { .fn = run_mistake, .ctx = run };
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

bool run_read(struct xenpt_runner *runner, struct xenpt_run *run, const char *file,
              const char *bytes, size_t n, const struct xenpt_run_options *opt)
{
    struct mistakes m = { .fn = run_mistake, .ctx = run };
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
