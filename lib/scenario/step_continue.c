/* step_continue.c - a step: a vCPU goes on with a hypercall that was pre-empted. */
#include <string.h>

#include "scenario/meanwhile.h"
#include "scenario/verbs.h"
#include "xen/internal.h"

/* --- What is pending ----------------------------------------------------------------------- */

struct pending *pending_of(struct world *w, uint32_t domain, uint32_t vcpu)
{
    for (size_t i = 0; i < w->nr_pending; i++)
        if (w->pending[i].domain == domain && w->pending[i].vcpu == vcpu)
            return &w->pending[i];
    return NULL;
}

/* Bytes of a request as the guest has it. */
static uint64_t element(const struct calling *c, bool ext)
{
    if (!ext)
        return 16;
    return c->w->machine->domains[c->caller.domain].desc->type == XENPT_DOMAIN_PV32 ? 12 : 24;
}

bool pending_note(struct calling *c, bool ext, const void *req, size_t nr, uint32_t foreigndom)
{
    size_t size = ext ? sizeof(struct xenpt_pv_mmuext) : sizeof(struct xenpt_pv_mmu_update);
    size_t left = c->r.settled ? 0 : nr - c->r.done;
    struct world *w = c->w;
    void *list;

    if (!c->r.preempted)
        return true;
    if (w->nr_pending == PENDING_MAX)
        return world_cannot(w, "more than %d hypercalls are pre-empted", PENDING_MAX);
    list = doc_alloc(w->out, left * size + 1);
    if (!list) {
        w->no_memory = true;
        return world_cannot(w, "no memory for a hypercall that is pre-empted");
    }
    if (left)
        memcpy(list, (const char *)req + c->r.done * size, left * size);
    w->pending[w->nr_pending++] = (struct pending){ .domain = c->caller.domain,
                                                    .vcpu = c->caller.vcpu,
                                                    .ext = ext,
                                                    .req = list,
                                                    .nr = left,
                                                    .foreigndom = foreigndom,
                                                    .r = c->r,
                                                    .argument = c->caller.argument +
                                                                c->r.done * element(c, ext),
                                                    .has_argument = c->caller.has_argument };
    return true;
}

/* --- Going on ------------------------------------------------------------------------------ */

struct continue_args {
    struct step_head head;
    const struct expr *vcpu;
    struct interleaving with;
};

/* What it returns in the end was settled before: only a table was left to be taken apart. */
static void settle(struct calling *c, const struct pending *p)
{
    uint64_t work = c->r.work;

    if (c->r.preempted) {
        c->r.settled = true;
        c->r.then = p->r.then;
        c->r.then_name = p->r.then_name;
    } else {
        c->r = p->r;
        c->r.preempted = c->r.settled = false;
        c->r.error = p->r.then;
        c->r.name = p->r.then_name;
    }
    c->r.work = work;
    c->r.done = 0;
}

static bool go_on(struct calling *c, const struct continue_args *a, const struct pending *p)
{
    struct world *w = c->w;
    struct pending *again;
    bool made;

    c->caller.argument = p->argument;
    c->caller.has_argument = p->has_argument;
    made = p->ext ? call_mmuext(c, &a->with, p->req, p->nr, p->foreigndom)
                  : call_mmu_update(c, &a->with, p->req, p->nr, p->foreigndom);
    again = made ? pending_of(w, p->domain, p->vcpu) : NULL;
    if (made && p->r.settled)
        settle(c, p);
    c->r.done += p->r.done;
    /* How many requests were done is of all of it; which are left is known. */
    if (again)
        again->r = c->r;
    return made;
}

static bool run_continue(struct world *w, const void *args, const char **said)
{
    const struct continue_args *a = args;
    struct pending *at, p;
    char name[WHO_MAX];
    struct calling c;
    struct value v;

    if (!expr_eval(w, a->vcpu, &v))
        return false;
    at = pending_of(w, v.who.domain, v.who.vcpu);
    if (!at)
        return world_cannot(w, "%s has no hypercall to go on with: none was pre-empted",
                            who_text(w, &v, name));
    p = *at;
    *at = w->pending[--w->nr_pending];
    return call_begin(w, a->vcpu, &c) && call_go(&c) && call_end(&c, go_on(&c, a, &p), said);
}

static void examine_continue(struct scope *s, const struct node *node, void *args)
{
    struct continue_args *a = args;

    meanwhile_examine(s, node, &a->with);
}

/* clang-format off */
static const struct row continue_rows[] = {
    { .key = "continue", KIND_ROW(kind_vcpu, continue_args, vcpu), .required = true,
      .text = "The vCPU, whose last hypercall was pre-empted." },
    PREEMPT_ROW(continue_args),
    MEANWHILE_ROW,
    STEP_ROWS,
};

const struct verb verb_continue = {
    .record = VERB("continue", "A vCPU goes on with a hypercall that was pre-empted, as it does by itself when it runs again.", continue_rows),
    .example = "{ continue: d1.v0, preempt: 1000 }",
    .size = sizeof(struct continue_args), .run = run_continue, .examine = examine_continue,
};
/* clang-format on */
