/* step_multicall.c - the step multicall: hypercalls of a list, each with a result of its own. */
#include <stdio.h>

#include "scenario/hypercall.h"
#include "scenario/verbs.h"

struct multicall_args {
    struct step_head head;
    const struct expr *vcpu, *argument;
    struct step *calls;
    size_t nr;
};

struct making {
    struct world *w;
    const struct multicall_args *args;
    const char *said; /* Of those that were made. */
};

static enum xenpt_code make_entry(void *ctx, size_t i, const struct xenpt_pv_caller *caller,
                                  struct xenpt_pv_result *ret, struct xenpt_error *err)
{
    struct making *m = ctx;
    struct world *w = m->w;
    const struct step *call = &m->args->calls[i];
    const struct xenpt_pv_caller *before = w->entry;
    const char *said = NULL;
    bool made;

    (void)err; /* The world's own problem. */
    w->entry = caller;
    made = call->verb->run(w, call->args, &said);
    w->entry = before;
    if (!made)
        return w->problem.code ? w->problem.code : XENPT_ESTATE;
    *ret = w->call.r;
    /* A multicall in it has none of its own: that it is one is what is refused. */
    if (!before) {
        w->call.entry[i] = *ret;
        w->call.nr_entries = i + 1;
    }
    if (!w->brief)
        m->said = world_text(w, "%s%scall %zu: %s", m->said ? m->said : "", m->said ? "; " : "",
                             i + 1, said ? said : "ok");
    return XENPT_OK;
}

static bool run_multicall(struct world *w, const void *args, const char **said)
{
    const struct multicall_args *a = args;
    struct making m = { .w = w, .args = a };
    struct calling c;
    bool made;

    if (!call_begin(w, a->vcpu, &c) || !call_argument(&c, a->argument))
        return false;
    made = !xenpt_pv_multicall(w->machine, &c.caller, a->nr, make_entry, &m, &c.r, &w->problem);
    if (!call_end(&c, made, said))
        return false;
    if (!w->brief && !c.r.error)
        *said = world_text(w, "%u of %zu: %s", (unsigned int)c.r.done, a->nr,
                           m.said ? m.said : "nothing");
    return true;
}

/* --- How it is written --------------------------------------------------------------------- */

static void examine_call(struct scope *s, const struct step *call)
{
    const struct node *expect = node_get(call->node, "expect");

    if (!call->verb)
        return;
    if (!call->verb->hypercall)
        mistake(&s->m, &call->node->at, XENPT_EPARSE,
                "multicall: '%s' is no hypercall that it could have", call->verb->record.name);
    if (expect)
        mistake(&s->m, &expect->at, XENPT_EPARSE,
                "expect: a call of a multicall has none: `result` of the step, with `call`, is "
                "about it");
}

static void examine_multicall(struct scope *s, const struct node *node, void *args)
{
    struct multicall_args *a = args;
    const struct node *calls = node_get(node, "calls");
    char words[NODE_WORDS_MAX];

    if (!calls || calls->kind != NODE_LIST || !calls->nr || calls->nr > CALL_ENTRIES_MAX) {
        mistake(&s->m, calls ? &calls->at : &node->at, XENPT_EPARSE,
                "calls: %s, and a list of 1 to %d hypercalls was expected",
                calls ? node_words(calls, words) : "nothing", CALL_ENTRIES_MAX);
        return;
    }
    if (!plan_steps(s, calls, &a->calls, &a->nr))
        return;
    for (size_t i = 0; i < a->nr; i++)
        examine_call(s, &a->calls[i]);
}

/* clang-format off */
static const struct row multicall_rows[] = {
    { .key = "multicall", KIND_ROW(kind_vcpu, multicall_args, vcpu), .required = true,
      .text = "The vCPU that makes the hypercall, as of mmu-update." },
    { .key = "calls", .type = ROW_TREE,
      .text = "Hypercalls of the same vCPU, a list of steps, which are made whatever comes of those "
              "before; but none behind an iret, by the rule multicall-iret. (needed)" },
    ARGUMENT_ROW(multicall_args),
    STEP_ROWS,
};

const struct verb verb_multicall = {
    .record = VERB("multicall", "A guest makes several hypercalls by one, each with a result of its own.",
                   multicall_rows),
    .example = "{ multicall: d1.v0, calls: [ { mmuext-op: d1.v0, op: tlb-flush-local }, { iret: d1.v0 } ] }",
    .size = sizeof(struct multicall_args), .run = run_multicall, .examine = examine_multicall, .hypercall = true,
};
/* clang-format on */
