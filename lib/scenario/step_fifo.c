/* step_fifo.c - steps: event channels in queues, and what is done with one that waits. */
#include "scenario/hypercall.h"
#include "scenario/sharing.h"
#include "scenario/verbs.h"
#include "xen/internal.h"
#include "xenpt/event.h"

struct fifo_args {
    struct step_head head;
    const struct expr *vcpu, *frame, *offset, *for_vcpu, *port, *priority, *argument;
};

/* As the caller calls it. */
static bool number_of(struct world *w, const struct fifo_args *a, const struct calling *c,
                      uint64_t *ret)
{
    const struct domain *d = &w->machine->domains[c->caller.domain];

    if (!number_or(w, a->frame, 0, ret))
        return false;
    if (!is_pv(d))
        *ret = contents_gfn(&w->machine->contents, *ret);
    return true;
}

static bool run_control(struct world *w, const void *args, const char **said)
{
    const struct fifo_args *a = args;
    uint32_t offset, vcpu;
    struct calling c;
    uint64_t gfn;

    return call_begin(w, a->vcpu, &c) && call_argument(&c, a->argument) &&
           number_of(w, a, &c, &gfn) &&
           number32_or(w, a->offset, 0, "a place in a page", &offset) &&
           number32_or(w, a->for_vcpu, 0, "a vCPU", &vcpu) && call_go(&c) &&
           call_end(&c,
                    !xenpt_event_init_control(w->machine, &c.caller, gfn, offset, vcpu, &c.r,
                                              &w->problem),
                    said);
}

static bool run_expand(struct world *w, const void *args, const char **said)
{
    const struct fifo_args *a = args;
    struct calling c;
    uint64_t gfn;

    return call_begin(w, a->vcpu, &c) && call_argument(&c, a->argument) &&
           number_of(w, a, &c, &gfn) && call_go(&c) &&
           call_end(&c, !xenpt_event_expand_array(w->machine, &c.caller, gfn, &c.r, &w->problem),
                    said);
}

static bool run_priority(struct world *w, const void *args, const char **said)
{
    const struct fifo_args *a = args;
    uint32_t port, priority;
    struct calling c;

    return call_begin(w, a->vcpu, &c) && call_argument(&c, a->argument) &&
           number32_or(w, a->port, 0, "a port", &port) &&
           number32_or(w, a->priority, 0, "a priority", &priority) && call_go(&c) &&
           call_end(
               &c,
               !xenpt_event_set_priority(w->machine, &c.caller, port, priority, &c.r, &w->problem),
               said);
}

static bool run_unmask(struct world *w, const void *args, const char **said)
{
    const struct fifo_args *a = args;
    struct calling c;
    uint32_t port;

    return call_begin(w, a->vcpu, &c) && call_argument(&c, a->argument) &&
           number32_or(w, a->port, 0, "a port", &port) && call_go(&c) &&
           call_end(&c, !xenpt_event_unmask(w->machine, &c.caller, port, &c.r, &w->problem), said);
}

/* clang-format off */
#define CALLER(verb_)                                                                              \
    { .key = verb_, KIND_ROW(kind_vcpu, fifo_args, vcpu), .required = true,                        \
      .text = "The vCPU that makes the hypercall, as of event-alloc-unbound." }
#define PORT_ROW { .key = "port", KIND_ROW(kind_number, fifo_args, port), .required = true, .text = "Which port of its domain's." }

static const struct row control_rows[] = {
    CALLER("event-init-control"),
    { .key = "frame", KIND_ROW(kind_frame, fifo_args, frame), .required = true, .text = "A frame of the caller's, which Xen maps for good." },
    { .key = "offset", KIND_ROW(kind_number, fifo_args, offset), .text = "Where in it the 72 bytes begin; 0 without it." },
    { .key = "for", KIND_ROW(kind_number, fifo_args, for_vcpu), .text = "The number of the vCPU whose queues it has; 0 without it." },
    ARGUMENT_ROW(fifo_args),
    STEP_ROWS,
};
static const struct row expand_rows[] = {
    CALLER("event-expand-array"),
    { .key = "frame", KIND_ROW(kind_frame, fifo_args, frame), .required = true, .text = "A frame of the caller's, for 1024 ports more." },
    ARGUMENT_ROW(fifo_args),
    STEP_ROWS,
};
static const struct row priority_rows[] = {
    CALLER("event-set-priority"),
    PORT_ROW,
    { .key = "priority", KIND_ROW(kind_number, fifo_args, priority), .required = true, .text = "0, the highest, to 15; 7 is the usual one." },
    ARGUMENT_ROW(fifo_args),
    STEP_ROWS,
};
static const struct row unmask_rows[] = {
    CALLER("event-unmask"),
    PORT_ROW,
    ARGUMENT_ROW(fifo_args),
    STEP_ROWS,
};

#define FIFO_VERB(fn_) .size = sizeof(struct fifo_args), .run = (fn_)
const struct verb verb_event_init_control = {
    .record = VERB("event-init-control", "A guest has its event channels in queues, and not as bits of shared_info, from the first of these on: EVTCHNOP_init_control, since 4.4.", control_rows),
    .example = "{ event-init-control: d1.v0, frame: d1.gfn(8000) }", FIFO_VERB(run_control),
};
const struct verb verb_event_expand_array = {
    .record = VERB("event-expand-array", "A guest gives Xen a page for words of more ports: EVTCHNOP_expand_array.", expand_rows),
    .example = "{ event-expand-array: d1.v0, frame: d1.gfn(8001) }", FIFO_VERB(run_expand),
};
const struct verb verb_event_set_priority = {
    .record = VERB("event-set-priority", "Events of a port come in another queue: EVTCHNOP_set_priority.", priority_rows),
    .example = "{ event-set-priority: d1.v0, port: 3, priority: 0 }", FIFO_VERB(run_priority),
};
const struct verb verb_event_unmask = {
    .record = VERB("event-unmask", "A port is not masked any more, and an event that waited for that comes: EVTCHNOP_unmask.", unmask_rows),
    .example = "{ event-unmask: d1.v0, port: 3 }", FIFO_VERB(run_unmask),
};
/* clang-format on */
