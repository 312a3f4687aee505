/*
 * random_file.c - steps as a scenario's file has them, made one by one on a machine that is there:
 * the same reading, and the same verbs, as of a whole file, without what only results need.
 */
#include "random_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "scenario/hypercall.h"
#include "scenario/meanwhile.h"
#include "scenario/verbs.h"
#include "xen/internal.h"

struct file_steps {
    struct xenpt_machine *machine;
    struct doc *doc;
    struct scope scope;
    struct world world;
    struct xenpt_rules_wanted rules;
    uint64_t left;
    char mistake[1000];
};

/* The first one. */
static void note(void *ctx, const struct xenpt_error *mistake)
{
    struct file_steps *f = ctx;

    if (!*f->mistake)
        snprintf(f->mistake, sizeof(f->mistake), "%s", mistake->text);
}

static void open_file(struct file_steps *f)
{
    const struct xenpt_machine *m = f->machine;
    struct scope *s = &f->scope;

    assert_int_equal(doc_create(&f->doc, NULL), XENPT_OK);
    *s = (struct scope){ .m = { .fn = note, .ctx = f },
                         .doc = f->doc,
                         .layout = m->layout,
                         .cpus = m->nr_cpus,
                         .rules = &f->rules };
    s->domains = doc_alloc(f->doc, (m->nr_domains + 1) * sizeof(*s->domains));
    assert_non_null(s->domains);
    for (size_t i = 0; i < m->nr_domains; i++)
        scope_domain_add(s, m->domains[i].desc);
    f->world = (struct world){
        .machine = f->machine, .scope = s, .out = f->doc, .left = &f->left, .brief = true
    };
    f->left = UINT64_MAX;
    for (size_t i = 0; i < LETS_MAX; i++)
        f->world.lets[i].type = NR_VALUE_TYPES;
}

static void switch_rule(struct file_steps *f, const char *name, bool on)
{
    if (!name)
        return;
    f->rules.switched[f->rules.nr].name = name;
    f->rules.switched[f->rules.nr++].on = on;
}

struct file_steps *file_begin(struct xenpt_machine *m, const char *on, const char *off)
{
    struct file_steps *f = calloc(1, sizeof(*f));

    assert_non_null(f);
    f->machine = m;
    switch_rule(f, on, true);
    switch_rule(f, off, false);
    open_file(f);
    return f;
}

void file_end(struct file_steps *f)
{
    doc_destroy(f->doc);
    free(f);
}

void file_again(struct file_steps *f)
{
    doc_destroy(f->doc);
    *f->mistake = '\0';
    open_file(f);
}

static const struct step *read_step(struct file_steps *f, const char *text)
{
    static const struct doc_limits limits = { .bytes = 4000, .weight = 400, .depth = 16 };
    const struct node *root;
    struct step *steps;
    size_t nr, before = f->scope.m.nr;
    char line[1200];

    snprintf(line, sizeof(line), "- { %s }", text);
    root = doc_read(f->doc, "step", line, strlen(line), &limits, &f->scope.m);
    if (!root || !plan_steps(&f->scope, root, &steps, &nr) || f->scope.m.nr != before || nr != 1) {
        note(f, &(struct xenpt_error){ .text = "it is no step" });
        return NULL;
    }
    return steps;
}

bool file_do(struct file_steps *f, const char *text, struct xenpt_pv_result *ret)
{
    const struct scope before = f->scope;
    const struct step *step = read_step(f, text);
    struct xenpt_run_cell cell = { .errors = 0 };
    struct xenpt_run_step told = { .number = 1 };
    struct world *w = &f->world;
    const char *said = NULL;
    bool done;

    if (!step) {
        f->scope = before;
        return false;
    }
    w->call.made = false;
    w->last.made = false;
    w->problem = (struct xenpt_error){ .code = XENPT_OK };
    w->step = &told;
    w->cell = &cell;
    world_changed(w);
    done = step->verb->run(w, step->args, &said);
    *ret = done && w->call.made ? w->call.r : (struct xenpt_pv_result){ .name = "ok" };
    /* A file with what was done alone has no name of what was not created. */
    if (!done)
        f->scope = before;
    if (!done && w->problem.code == XENPT_ENOMEM && strstr(w->problem.text, "no memory"))
        fail_msg("%s: %s", text, w->problem.text);
    return done;
}

bool file_pending(struct file_steps *f, uint32_t domain, uint32_t vcpu)
{
    return pending_of(&f->world, domain, vcpu);
}

const char *file_mistake(const struct file_steps *f)
{
    return *f->mistake ? f->mistake : NULL;
}

const char *file_domain(const struct file_steps *f, size_t i)
{
    return f->scope.domains[i < f->scope.nr_domains ? i : 0].name;
}

const char *file_verb(size_t i, bool *changes)
{
    const struct verb *v = step_verbs[i];

    if (!v)
        return NULL;
    *changes = !v->quiet && !v->poke && !v->rewinds;
    return v->record.name;
}
