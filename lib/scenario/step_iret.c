/* step_iret.c - the step iret: a PV guest's kernel returns to its user mode, or to itself. */
#include <stdlib.h>

#include "scenario/caches.h"
#include "scenario/hypercall.h"
#include "scenario/verbs.h"
#include "xen/internal.h"

struct iret_args {
    struct step_head head;
    const struct expr *vcpu, *cs, *stack;
    uint32_t to;
};

enum { TO_USER, TO_KERNEL };

/* Xen's own descriptors; public/arch-x86: FLAT_RING3_CS64, FLAT_KERNEL_CS of a guest in ring 0, as
 * it sees itself; compat: FLAT_RING3_CS32, FLAT_COMPAT_RING1_CS. */
static uint64_t selector(bool narrow, uint32_t to)
{
    if (narrow)
        return to == TO_KERNEL ? 0xe019 : 0xe023;
    return to == TO_KERNEL ? 0xe030 : 0xe033;
}

/* The caches of CPUs see CR3 written, if it is. */
static bool make(struct calling *c, const struct xenpt_pv_iret *iret)
{
    struct world *w = c->w;
    struct running_before *before = w->caches ? caches_watch(w) : NULL;
    bool made = !xenpt_pv_iret(w->machine, &c->caller, iret, &c->r, &w->problem);

    world_changed(w);
    if (made && before)
        made = caches_switch(w, before);
    free(before);
    return made;
}

static bool run_iret(struct world *w, const void *args, const char **said)
{
    const struct iret_args *a = args;
    struct xenpt_pv_iret iret = { .on_stack = a->stack };
    const struct domain *d;
    struct calling c;
    uint64_t cs;

    if (!call_begin(w, a->vcpu, &c))
        return false;
    d = &w->machine->domains[c.caller.domain];
    if (!number_or(w, a->cs, selector(d->desc->type == XENPT_DOMAIN_PV32, a->to), &cs) ||
        !number_or(w, a->stack, 0, &iret.stack))
        return false;
    if (cs > UINT16_MAX)
        return world_cannot(w, "a selector has 16 bits");
    iret.cs = (uint16_t)cs;
    return call_go(&c) && call_end(&c, make(&c, &iret), said);
}

static void examine_iret(struct scope *s, const struct node *node, void *args)
{
    const struct iret_args *a = args;

    if (!!node_get(node, "to") + !!a->cs + !!a->stack > 1)
        mistake(&s->m, &node->at, XENPT_EPARSE,
                "iret: where to? One of these says it, or none: to, cs, stack");
}

/* clang-format off */
static const struct xenpt_word modes[] = {
    [TO_USER] = { "user", "user mode" },
    [TO_KERNEL] = { "kernel", "the kernel, where it is" },
};
static const struct words mode_words_of = { modes, ARRAY_SIZE(modes), NULL, 0 };

static const struct row iret_rows[] = {
    { .key = "iret", KIND_ROW(kind_vcpu, iret_args, vcpu), .required = true,
      .text = "The vCPU of a PV guest that makes the hypercall, as of mmu-update." },
    { .key = "to", .type = ROW_ONE, ROW_AT(iret_args, to), .words = &mode_words_of,
      .text = "Where it returns to, by the usual selector; user without it." },
    { .key = "cs", KIND_ROW(kind_number, iret_args, cs),
      .text = "Or the selector, whose last two bits say it: of a 64-bit guest 3 is user mode; of a "
              "32-bit one 1 is the kernel, 2 and 3 are user mode, and 0 is nothing." },
    { .key = "stack", KIND_ROW(kind_address, iret_args, stack),
      .text = "Or where the frame is that has it, in the guest's memory: as struct iret_context, or "
              "of a 32-bit guest EAX, EIP, CS, EFLAGS." },
    STEP_ROWS,
};

const struct verb verb_iret = {
    .record = VERB("iret", "A PV guest's kernel returns to user mode by the hypercall iret: a 64-bit guest's "
                   "table for that is loaded. What Xen does not do crashes the domain: its vCPUs are paused.",
                   iret_rows),
    .example = "{ iret: d1.v0 }",
    .size = sizeof(struct iret_args), .run = run_iret, .examine = examine_iret, .hypercall = true,
};
/* clang-format on */
