/* ask.c - an expectation, asked of everyone who is meant. */
#include "scenario/run.h"

#include <string.h>

struct asking {
    const struct expectation *e;
    const struct check_head *head;
    uint64_t asked, held, failed;
    bool has_shown, cannot;
    struct value bound, who; /* For whom it is shown: the first for whom it is wrong. */
    bool has_who;
};

static enum checked ask_one(struct world *w, const struct expectation *e, const struct value *who,
                            struct finding *f)
{
    const struct xenpt_context *c;
    enum checked checked = CHECK_CANNOT;
    char name[WHO_MAX];
    struct visit visit;

    if (!who)
        return e->verb->check(w, e->args, NULL, f);
    c = world_enter(w, who_text(w, who, name), &visit);
    if (c)
        checked = e->verb->check(w, e->args, c, f);
    return world_leave(w, &visit) ? checked : CHECK_CANNOT;
}

/* What an answer means to a quantifier. */
static bool is_wrong(enum quantifier quant, bool held)
{
    return quant == QUANT_NO ? held : !held;
}

static bool is_wrong_in_all(enum quantifier quant, uint64_t held, uint64_t failed)
{
    if (quant == QUANT_ANY)
        return !held;
    return quant == QUANT_NO ? held : failed;
}

static void note(struct asking *a, const struct world *w, const struct value *who)
{
    if (a->has_shown)
        return;
    a->has_shown = true;
    a->has_who = who;
    if (who)
        a->who = *who;
    a->bound = w->bound[a->head->binding];
}

static bool ask_in(struct world *w, const struct value *who, void *ctx)
{
    struct finding f = { .tell = false };
    struct asking *a = ctx;
    enum checked checked = ask_one(w, a->e, who, &f);

    a->asked++;
    if (checked == CHECK_CANNOT) {
        a->has_shown = false;
        note(a, w, who);
        a->cannot = true;
        return false;
    }
    a->held += checked == CHECK_HELD;
    a->failed += checked == CHECK_FAILED;
    if (is_wrong(a->head->in ? a->head->in->quant : QUANT_THESE, checked == CHECK_HELD))
        note(a, w, who);
    return true;
}

/* For one that is bound, or with none: asked of all contexts. */
static enum checked ask_all(struct world *w, struct asking *a)
{
    const struct selector *in = a->head->in;
    uint64_t asked = a->asked, held = a->held, failed = a->failed;

    if (!(in ? selector_each(w, in, ask_in, a) : ask_in(w, NULL, a))) {
        a->cannot = true;
        return CHECK_CANNOT;
    }
    if (in && a->asked == asked) {
        world_cannot(w, "nobody is meant by '%s' now", in->text ? in->text : "an empty list");
        a->cannot = true;
        return CHECK_CANNOT;
    }
    return is_wrong_in_all(in ? in->quant : QUANT_THESE, a->held - held, a->failed - failed)
               ? CHECK_FAILED
               : CHECK_HELD;
}

struct binding_asked {
    struct asking *asking;
    uint64_t asked, held, failed;
};

static bool ask_bound(struct world *w, const struct value *v, void *ctx)
{
    struct binding_asked *b = ctx;
    enum checked checked;

    w->bound[b->asking->head->binding] = *v;
    checked = ask_all(w, b->asking);
    b->asked++;
    b->held += checked == CHECK_HELD;
    b->failed += checked == CHECK_FAILED;
    return checked != CHECK_CANNOT;
}

static enum checked ask(struct world *w, struct asking *a)
{
    const struct selector *bind = a->head->bind;
    struct binding_asked b = { .asking = a };

    if (!bind)
        return ask_all(w, a);
    if (!selector_each(w, bind, ask_bound, &b) || a->cannot) {
        a->cannot = true;
        return CHECK_CANNOT;
    }
    if (!b.asked) {
        world_cannot(w, "nobody is meant by '%s' now", bind->text);
        return CHECK_CANNOT;
    }
    return is_wrong_in_all(bind->quant, b.held, b.failed) ? CHECK_FAILED : CHECK_HELD;
}

/* --- What is told of it -------------------------------------------------------------------- */

static const char *subject(struct world *w, const struct asking *a)
{
    char who[WHO_MAX], bound[WHO_MAX];

    if (a->has_who)
        return world_text(w, "%s", who_text(w, &a->who, who));
    if (a->head->bind)
        return world_text(w, "%s", who_text(w, &a->bound, bound));
    return NULL;
}

static void tell(struct world *w, const struct asking *a, struct xenpt_run_expectation *ret)
{
    struct finding f = { .tell = true };
    struct xenpt_run_walk *walks;
    enum checked checked;

    if (a->head->bind)
        w->bound[a->head->binding] = a->bound;
    checked = ask_one(w, a->e, a->has_who ? &a->who : NULL, &f);
    if (checked == CHECK_CANNOT) {
        ret->found = world_text(w, "%s", w->problem.text);
        return;
    }
    ret->expected = f.expected;
    ret->found = f.found;
    if (a->head->in && a->head->in->quant == QUANT_NO)
        ret->expected = world_text(w, "in no such context: %s", f.expected ? f.expected : "");
    else if (a->head->in && a->head->in->quant == QUANT_ANY)
        ret->expected = world_text(w, "in one of them at least: %s", f.expected ? f.expected : "");
    walks = doc_alloc(w->out, (f.nr_walks + 1) * sizeof(*walks));
    for (size_t i = 0; walks && i < f.nr_walks; i++)
        walks[i] = *f.walks[i];
    ret->walks = walks;
    ret->nr_walks = walks ? f.nr_walks : 0;
}

struct xenpt_run_place result_place(struct doc *out, const struct place *at)
{
    return (struct xenpt_run_place){ at->file ? doc_text(out, at->file, strlen(at->file)) : "",
                                     at->line, at->column };
}

void ask_of(struct world *w, const struct expectation *e, const struct value *who,
            struct xenpt_run_expectation *ret)
{
    struct asking a = { .e = e, .head = e->args, .has_shown = true, .has_who = who };

    if (who)
        a.who = *who;
    w->problem = (struct xenpt_error){ .code = XENPT_OK };
    *ret = (struct xenpt_run_expectation){
        .verdict = XENPT_RUN_FAILED,
        .place = result_place(w->out, &e->node->at),
        .subject = subject(w, &a),
        .asked = 1,
        .failed = 1,
    };
    tell(w, &a, ret);
    w->no_memory |= w->problem.code == XENPT_ENOMEM;
}

void ask_expectation(struct world *w, const struct expectation *e,
                     struct xenpt_run_expectation *ret)
{
    struct asking a = { .e = e, .head = e->args };
    enum checked checked;

    w->problem = (struct xenpt_error){ .code = XENPT_OK };
    checked = ask(w, &a);
    w->no_memory |= w->problem.code == XENPT_ENOMEM;
    if (w->brief && checked == CHECK_HELD) {
        *ret = (struct xenpt_run_expectation){ .verdict = XENPT_RUN_HELD };
        return;
    }
    *ret = (struct xenpt_run_expectation){
        .verdict = checked == CHECK_HELD     ? XENPT_RUN_HELD
                   : checked == CHECK_FAILED ? XENPT_RUN_FAILED
                                             : XENPT_RUN_ERROR,
        .text = plan_text(w->out, e->node),
        .because = a.head->because ? world_text(w, "%s", a.head->because) : NULL,
        .place = result_place(w->out, &e->node->at),
        .asked = a.asked,
        .failed = a.failed,
    };
    if (a.head->in && a.head->in->quant == QUANT_NO)
        ret->failed = a.held;
    if (checked == CHECK_HELD)
        return;
    ret->subject = a.has_shown ? subject(w, &a) : NULL;
    if (checked == CHECK_CANNOT)
        ret->found = world_text(w, "%s", w->problem.text);
    else
        tell(w, &a, ret);
}
