/* step_interrupt.c - steps: physical interrupts of domains, and ports for them. */
#include "scenario/hypercall.h"
#include "scenario/sharing.h"
#include "scenario/verbs.h"
#include "xenpt/event.h"

struct pirq_args {
    struct step_head head;
    const struct expr *vcpu, *of, *gsi, *pirq, *argument;
    bool shared;
    struct got_number got;
};

/* What it has become, whether it came or not. */
static bool got_one(struct world *w, const struct pirq_args *a, const struct calling *c,
                    const char *what, uint32_t number, const char **said)
{
    got_set(w, &a->got, c->r.error ? 0 : number);
    if (!c->r.error && !w->brief)
        *said = world_text(w, "%s; %s %u", *said, what, (unsigned int)number);
    return true;
}

static bool run_map(struct world *w, const void *args, const char **said)
{
    const struct pirq_args *a = args;
    uint32_t of, gsi, pirq;
    struct calling c;

    return call_begin(w, a->vcpu, &c) && call_argument(&c, a->argument) &&
           domain_or(w, a->of, XENPT_DOMID_SELF, &of) &&
           number32_or(w, a->gsi, 0, "an input", &gsi) &&
           number32_or(w, a->pirq, XENPT_PIRQ_ANY, "an interrupt", &pirq) && call_go(&c) &&
           call_end(&c,
                    !xenpt_event_map_pirq(w->machine, &c.caller, of, gsi, &pirq, &c.r, &w->problem),
                    said) &&
           got_one(w, a, &c, "interrupt", pirq, said);
}

static bool run_bind(struct world *w, const void *args, const char **said)
{
    const struct pirq_args *a = args;
    uint32_t pirq, port = 0;
    struct calling c;

    return call_begin(w, a->vcpu, &c) && call_argument(&c, a->argument) &&
           number32_or(w, a->pirq, 0, "an interrupt", &pirq) && call_go(&c) &&
           call_end(&c,
                    !xenpt_event_bind_pirq(w->machine, &c.caller, pirq, a->shared, &port, &c.r,
                                           &w->problem),
                    said) &&
           got_one(w, a, &c, "port", port, said);
}

static void examine(struct scope *s, const struct node *node, void *args)
{
    struct pirq_args *a = args;

    got_examine(s, node, &a->got);
}

/* clang-format off */
#define CALLER(verb_) { .key = verb_, KIND_ROW(kind_vcpu, pirq_args, vcpu), .required = true, \
      .text = "The vCPU that makes the hypercall, as of event-alloc-unbound." }
#define GOT_ROW(what_) { .key = "got", .type = ROW_TEXT, ROW_AT(pirq_args, got.name), .text = "A name that the " what_ " has from now on; 0 if it is refused." }

static const struct row map_rows[] = {
    CALLER("map-pirq"),
    { .key = "gsi", KIND_ROW(kind_number, pirq_args, gsi), .required = true, .text = "Which input of the I/O APIC: 1 to 23." },
    { .key = "of", KIND_ROW(kind_domain, pirq_args, of), .text = "The domain whose it will be; the caller without it." },
    { .key = "pirq", KIND_ROW(kind_number, pirq_args, pirq), .text = "Its number there; without it, one that is free, or that it has." },
    GOT_ROW("interrupt"), ARGUMENT_ROW(pirq_args), STEP_ROWS,
};
static const struct row bind_rows[] = {
    CALLER("event-bind-pirq"),
    { .key = "pirq", KIND_ROW(kind_number, pirq_args, pirq), .required = true, .text = "Which physical interrupt of the caller's." },
    { .key = "shared", .type = ROW_BOOL, ROW_AT(pirq_args, shared), .text = "Others may bind it as well, who share it." },
    GOT_ROW("port"), ARGUMENT_ROW(pirq_args), STEP_ROWS,
};

#define PIRQ_VERB(fn_) .size = sizeof(struct pirq_args), .run = (fn_), .examine = examine
const struct verb verb_map_pirq = {
    .record = VERB("map-pirq", "An interrupt of the host's becomes one of a domain's: PHYSDEVOP_map_pirq.", map_rows),
    .example = "{ map-pirq: d0.v0, of: d1, gsi: 20, got: irq }", PIRQ_VERB(run_map),
};
const struct verb verb_event_bind_pirq = {
    .record = VERB("event-bind-pirq", "A domain has a physical interrupt come by a port: EVTCHNOP_bind_pirq.", bind_rows),
    .example = "{ event-bind-pirq: d0.v0, pirq: 20 }", PIRQ_VERB(run_bind),
};
/* clang-format on */
