/*
 * invariants.c - all invariants of a machine, after its last step or after each.
 *
 * Asked are all contexts of the kinds that a row names, each of them for all that is to be so in
 * it, as looking at one that does not run costs more than the question.  What does not hold is
 * asked once more as an expectation would be, to be told as one.
 */
#include "scenario/invariants.h"

#include <stdio.h>
#include <string.h>

#include "scenario/invariant.h"
#include "scenario/machine_invariants.h"
#include "scenario/run.h"

/* --- Asking -------------------------------------------------------------------------------- */

void invariants_begin(struct world *w, const struct invariants_wanted *wanted, bool every_step)
{
    w->keeping = (struct keeping){
        .which = wanted->which,
        .every_step = wanted->every_step || every_step,
        .asked_for = wanted->given || every_step,
    };
}

void invariants_declared(struct world *w, unsigned int which)
{
    w->keeping.declared |= 1u << which;
}

static unsigned int kind_of(const struct value *v)
{
    static const unsigned int of_mode[] = { KIND_USER, KIND_KERNEL, KIND_GUEST, KIND_XEN };

    switch (v->who.kind) {
    case WHO_P2M:
        return KIND_P2M;
    case WHO_DEVICE:
    case WHO_DEVICES:
        return KIND_DEVICE;
    case WHO_XPTI:
        return KIND_XPTI;
    case WHO_IDLE:
        return KIND_IDLE;
    default:
        return of_mode[v->who.mode];
    }
}

struct asking {
    invariant_set left;               /* Of which nothing was found yet. */
    invariant_set wrong;              /* Of which something was... */
    struct value who[INVARIANTS_MAX]; /* ...of this context first. */
};

/* Of one context, or of none: the world's problem says why it cannot be told. */
static bool ask_these(struct world *w, invariant_set these, const struct xenpt_context *c,
                      const struct value *who, struct asking *a)
{
    for (unsigned int i = 0; these >> i; i++) {
        struct holding h = { .w = w, .c = c };
        unsigned int kinds = invariants[i].kinds ? invariants[i].kinds : INVARIANT_CONTEXTS;

        if (!((these & a->left) >> i & 1))
            continue;
        if (c && !(kinds >> kind_of(who) & 1))
            continue;
        if (!invariants[i].holds(&h)) {
            if (h.lost)
                xenpt_fail(&w->problem, XENPT_ENOMEM, "no memory for invariants");
            return false;
        }
        if (h.found) {
            a->left &= ~(1u << i);
            a->wrong |= 1u << i;
            if (who)
                a->who[i] = *who;
        }
    }
    return true;
}

/* Those of some for which something is so. */
static invariant_set those(invariant_set of, bool machine, bool running)
{
    invariant_set ret = 0;

    for (unsigned int i = 0; of >> i; i++)
        if (of >> i & 1 && invariants[i].of_machine == machine &&
            invariants[i].of_running == running)
            ret |= 1u << i;
    return ret;
}

static bool ask_as_it_is(struct world *w, const struct value *v, void *ctx)
{
    struct asking *a = ctx;
    const struct xenpt_context *c = world_context(w, v);

    return c && ask_these(w, those(a->left, false, true), c, v, a);
}

static bool runs(struct world *w, const struct xenpt_context *c)
{
    struct holding h = { .w = w, .c = c };
    struct invariant_vcpu at;

    return invariant_vcpu(&h, &at) && at.executes;
}

static bool ask_entered(struct world *w, const struct value *v, void *ctx)
{
    const struct xenpt_context *c;
    struct asking *a = ctx;
    char name[WHO_MAX];
    struct visit visit;
    bool ok = false;

    c = world_enter(w, who_text(w, v, name), &visit);
    /* One that is paused, or down, executes nothing, and its CPU's root is another's. */
    if (c && visit.before && !runs(w, c))
        ok = true;
    else if (c)
        ok = ask_these(w, those(a->left, false, false), c, v, a);
    else
        ok = w->problem.code == XENPT_ESTATE;
    return world_leave(w, &visit) && ok;
}

static bool ask_all(struct world *w, struct asking *a)
{
    static const struct selector all = { .quant = QUANT_EVERY,
                                         .type = VALUE_CONTEXT,
                                         .filter = { .kinds = INVARIANT_CONTEXTS | 1u << KIND_P2M |
                                                              1u << KIND_DEVICE } };

    return world_view(w) && ask_these(w, those(a->left, true, false), NULL, NULL, a) &&
           world_view(w) &&
           (!those(a->left, false, true) || selector_each(w, &all, ask_as_it_is, a)) &&
           (!those(a->left, false, false) || selector_each(w, &all, ask_entered, a));
}

/* Which of some do not hold; false: it cannot be told. */
static bool ask(struct world *w, invariant_set which, struct asking *ret)
{
    struct together together = { .has_tables = false };
    bool ok;

    *ret = (struct asking){ .left = which };
    w->together = &together;
    w->trusting = true;
    ok = ask_all(w, ret);
    w->trusting = false;
    w->together = NULL;
    together_fini(&together);
    return ok;
}

/* What is found where one does not hold. */
static void find(struct world *w, const struct node *root, unsigned int which,
                 const struct asking *a, struct xenpt_run_expectation *ret)
{
    w->trusting = true;
    ask_invariant(w, root, which, invariants[which].of_machine ? NULL : &a->who[which], ret);
    w->trusting = false;
}

/* --- Telling ------------------------------------------------------------------------------- */

static void judge(struct xenpt_run_step *step, struct xenpt_run_cell *cell,
                  const struct xenpt_run_expectation *one)
{
    if (one->verdict > step->verdict && one->verdict != XENPT_RUN_SKIPPED)
        step->verdict = one->verdict;
    cell->failed += one->verdict == XENPT_RUN_FAILED;
    cell->errors += one->verdict == XENPT_RUN_ERROR;
}

/* Who is meant by a run, as an expectation has it; NULL: nobody. */
static const char *all_of(const struct invariant *i)
{
    if (i->of_machine)
        return NULL;
    if (i->kinds == INVARIANT_DEVICES)
        return "every device context";
    return i->kinds == INVARIANT_GUESTS ? "every guest context"
                                        : "[every guest context, every xen context]";
}

/* One that does not hold. */
static bool tell(struct world *w, const struct node *root, unsigned int which,
                 const struct asking *a, struct xenpt_run_step *step, struct xenpt_run_cell *cell)
{
    const struct invariant *i = &invariants[which];
    const char *in = all_of(i);
    struct xenpt_run_expectation one;

    find(w, root, which, a, &one);
    one.text = world_text(w, "invariant: %s%s%s", i->word->name, in ? ", in: " : "", in ? in : "");
    judge(step, cell, &one);
    w->keeping.broken |= 1u << which;
    w->keeping.step[which] = step->number;
    return one.text && step_expects(w, step, &one);
}

static bool cannot(struct world *w, const struct node *root, struct xenpt_run_step *step,
                   struct xenpt_run_cell *cell)
{
    struct xenpt_run_expectation one = {
        .verdict = XENPT_RUN_ERROR,
        .text = "invariants",
        .found = world_text(w, "%s", w->problem.text),
        .place = result_place(w->out, &root->at),
    };

    w->no_memory |= w->problem.code == XENPT_ENOMEM;
    judge(step, cell, &one);
    w->keeping.which = 0;
    return one.found && step_expects(w, step, &one);
}

/* What can be broken by what has happened. */
static invariant_set asked_now(const struct world *w)
{
    const struct keeping *k = &w->keeping;
    invariant_set ret = 0;

    for (unsigned int i = 0; invariants[i].word; i++)
        if (invariants[i].tlb ? w->caches != NULL
            : invariants[i].caches
                ? w->lines != NULL
                : k->asked_for || k->changed || (k->moved && invariants[i].of_running))
            ret |= 1u << i;
    return ret & k->which & ~k->declared & ~k->broken;
}

bool invariants_check(struct world *w, const struct node *root, bool last,
                      struct xenpt_run_step *step, struct xenpt_run_cell *cell)
{
    struct keeping *k = &w->keeping;
    invariant_set which = asked_now(w);
    struct asking a = { .left = 0 };

    /* What a file writes into memory itself is against all rules, and for it to say. */
    if ((!last && !k->every_step) || (k->poked && !k->asked_for))
        return true;
    k->checked |= which;
    k->checks++;
    w->problem = (struct xenpt_error){ .code = XENPT_OK };
    if (which && !ask(w, which, &a))
        return cannot(w, root, step, cell);
    for (unsigned int i = 0; a.wrong >> i; i++)
        if (a.wrong >> i & 1 && !tell(w, root, i, &a, step, cell))
            return false;
    return true;
}

bool invariants_end(struct world *w, struct xenpt_run_cell *cell)
{
    size_t n = number_of_invariants();
    struct xenpt_run_invariant *all = doc_alloc(w->out, n * sizeof(*all));
    const struct keeping *k = &w->keeping;

    if (!all)
        return false;
    for (unsigned int i = 0; i < n; i++) {
        all[i] = (struct xenpt_run_invariant){
            .name = invariants[i].word->name,
            .number = invariants[i].number,
            .verdict = k->broken >> i & 1                               ? XENPT_RUN_FAILED
                       : k->checked >> i & 1 && !(k->declared >> i & 1) ? XENPT_RUN_HELD
                                                                        : XENPT_RUN_SKIPPED,
            .declared = k->declared >> i & 1,
            .step = k->step[i],
        };
    }
    cell->invariants = all;
    cell->nr_invariants = n;
    cell->checks = k->checks;
    return true;
}

/* --- Of a machine alone -------------------------------------------------------------------- */

/* A scope that knows no more than what domains are called. */
static bool scope_of_machine(struct scope *s, struct doc *doc, const struct xenpt_machine *m)
{
    s->doc = doc;
    s->cpus = m->nr_cpus;
    s->layout = m->layout;
    s->domains = doc_alloc(doc, (m->nr_domains + 1) * sizeof(*s->domains));
    for (size_t i = 0; s->domains && i < m->nr_domains; i++)
        s->domains[s->nr_domains++] = (struct scope_domain){
            .name = doc_text(doc, m->domains[i].name, strlen(m->domains[i].name)),
            .type = m->domains[i].desc->type,
            .vcpus = m->domains[i].nr_vcpus,
        };
    return s->domains;
}

enum xenpt_code invariants_of_machine(struct xenpt_machine *m, struct broken_invariant *ret,
                                      struct xenpt_error *err)
{
    struct scope s = { .nr_domains = 0 };
    struct world w = { .machine = m, .scope = &s };
    struct xenpt_run_expectation one;
    struct node root = { .kind = NODE_MAP };
    enum xenpt_code code = doc_create(&w.out, err);
    invariant_set which = 0;
    struct asking a = { .left = 0 };

    *ret = (struct broken_invariant){ .name = NULL };
    if (code)
        return code;
    for (unsigned int i = 0; invariants[i].word; i++)
        which |= invariants[i].tlb || invariants[i].caches ? 0 : 1u << i;
    if (!scope_of_machine(&s, w.out, m))
        code = xenpt_fail(err, XENPT_ENOMEM, "no memory for invariants");
    else if (!ask(&w, which, &a))
        code = xenpt_fail(err, w.problem.code, "%s", w.problem.text);
    for (unsigned int i = 0; !code && a.wrong && !ret->name; i++)
        if (a.wrong >> i & 1) {
            find(&w, &root, i, &a, &one);
            snprintf(ret->found, sizeof(ret->found), "%s%s%s", one.subject ? one.subject : "",
                     one.subject ? ": " : "", one.found ? one.found : "");
            ret->name = invariants[i].word->name;
            ret->in = all_of(&invariants[i]);
        }
    doc_destroy(w.out);
    return code;
}
