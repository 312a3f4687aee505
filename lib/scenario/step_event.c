/* step_event.c - steps: event channels, and what domains do by the xenstore. */
#include "xenpt/event.h"

#include <inttypes.h>

#include "scenario/hypercall.h"
#include "scenario/sharing.h"
#include "scenario/verbs.h"
#include "xen/events.h"

/* --- Names for what came -------------------------------------------------------------------- */

void got_examine(struct scope *s, const struct node *node, struct got_number *got)
{
    if (got->name)
        let_name(s, node_get(node, "got"), got->name, VALUE_NUMBER, &got->which);
}

void got_set(struct world *w, const struct got_number *got, uint64_t value)
{
    if (got->name)
        w->lets[got->which] = (struct value){ .type = VALUE_NUMBER, .v = value, .last = value };
}

bool number32_or(struct world *w, const struct expr *e, uint32_t usual, const char *what,
                 uint32_t *ret)
{
    uint64_t v;

    if (!number_or(w, e, usual, &v))
        return false;
    *ret = (uint32_t)v;
    return v <= UINT32_MAX || world_cannot(w, "%s has 32 bits, and 0x%" PRIx64 " more", what, v);
}

/* --- Ports --------------------------------------------------------------------------------- */

struct port_args {
    struct step_head head;
    const struct expr *vcpu, *of, *to, *port, *for_vcpu, *argument;
    uint32_t virq;
    struct got_number got;
};

/* What has become of a new port, whether it came or not. */
static bool new_port(struct world *w, const struct port_args *a, const struct calling *c,
                     uint32_t port, const char **said)
{
    got_set(w, &a->got, c->r.error ? 0 : port);
    if (!c->r.error && !w->brief)
        *said = world_text(w, "%s; port %u", *said, (unsigned int)port);
    return true;
}

static bool run_alloc(struct world *w, const void *args, const char **said)
{
    const struct port_args *a = args;
    uint32_t of, to, port = 0;
    struct calling c;

    return call_begin(w, a->vcpu, &c) && call_argument(&c, a->argument) &&
           domain_or(w, a->of, XENPT_DOMID_SELF, &of) &&
           domain_or(w, a->to, XENPT_DOMID_SELF, &to) && call_go(&c) &&
           call_end(
               &c,
               !xenpt_event_alloc_unbound(w->machine, &c.caller, of, to, &port, &c.r, &w->problem),
               said) &&
           new_port(w, a, &c, port, said);
}

static bool run_connect(struct world *w, const void *args, const char **said)
{
    const struct port_args *a = args;
    uint32_t to, remote, port = 0;
    struct calling c;

    return call_begin(w, a->vcpu, &c) && call_argument(&c, a->argument) &&
           domain_or(w, a->to, XENPT_DOMID_SELF, &to) &&
           number32_or(w, a->port, 0, "a port", &remote) && call_go(&c) &&
           call_end(&c,
                    !xenpt_event_bind_interdomain(w->machine, &c.caller, to, remote, &port, &c.r,
                                                  &w->problem),
                    said) &&
           new_port(w, a, &c, port, said);
}

static bool run_virq(struct world *w, const void *args, const char **said)
{
    const struct port_args *a = args;
    uint32_t vcpu, virq, port = 0;
    struct calling c;

    return call_begin(w, a->vcpu, &c) && call_argument(&c, a->argument) &&
           number32_or(w, a->for_vcpu, 0, "a vCPU", &vcpu) &&
           number32_or(w, a->port, a->virq, "a virtual interrupt", &virq) && call_go(&c) &&
           call_end(
               &c,
               !xenpt_event_bind_virq(w->machine, &c.caller, virq, vcpu, &port, &c.r, &w->problem),
               said) &&
           new_port(w, a, &c, port, said);
}

static bool run_ipi(struct world *w, const void *args, const char **said)
{
    const struct port_args *a = args;
    uint32_t vcpu, port = 0;
    struct calling c;

    return call_begin(w, a->vcpu, &c) && call_argument(&c, a->argument) &&
           number32_or(w, a->for_vcpu, 0, "a vCPU", &vcpu) && call_go(&c) &&
           call_end(&c,
                    !xenpt_event_bind_ipi(w->machine, &c.caller, vcpu, &port, &c.r, &w->problem),
                    said) &&
           new_port(w, a, &c, port, said);
}

static void examine_new(struct scope *s, const struct node *node, void *args)
{
    struct port_args *a = args;

    got_examine(s, node, &a->got);
}

/* --- What is done by them ------------------------------------------------------------------- */

static bool run_send(struct world *w, const void *args, const char **said)
{
    const struct port_args *a = args;
    struct calling c;
    uint32_t port;

    return call_begin(w, a->vcpu, &c) && call_argument(&c, a->argument) &&
           number32_or(w, a->port, 0, "a port", &port) && call_go(&c) &&
           call_end(&c, !xenpt_event_send(w->machine, &c.caller, port, &c.r, &w->problem), said);
}

static bool run_close(struct world *w, const void *args, const char **said)
{
    const struct port_args *a = args;
    struct calling c;
    uint32_t port;

    return call_begin(w, a->vcpu, &c) && call_argument(&c, a->argument) &&
           number32_or(w, a->port, 0, "a port", &port) && call_go(&c) &&
           call_end(&c, !xenpt_event_close(w->machine, &c.caller, port, &c.r, &w->problem), said);
}

static bool run_status(struct world *w, const void *args, const char **said)
{
    const struct port_args *a = args;
    struct xenpt_event_channel channel;
    struct calling c;
    uint32_t port, of;
    bool made;

    if (!call_begin(w, a->vcpu, &c) || !call_argument(&c, a->argument) ||
        !domain_or(w, a->of, XENPT_DOMID_SELF, &of) ||
        !number32_or(w, a->port, 0, "a port", &port) || !call_go(&c))
        return false;
    made = !xenpt_event_status(w->machine, &c.caller, of, port, &channel, &c.r, &w->problem);
    if (!call_end(&c, made, said))
        return false;
    if (!c.r.error && !w->brief)
        *said = world_text(w, "%s; %s", *said, xenpt_channel_kind_word(channel.kind)->name);
    return true;
}

static bool run_take(struct world *w, const void *args, const char **said)
{
    const struct port_args *a = args;
    uint32_t of, port;
    struct domain *d;

    *said = NULL;
    if (!domain_or(w, a->of, 0, &of) || !number32_or(w, a->port, 0, "a port", &port))
        return false;
    d = domain_there(w->machine, of);
    if (!d || !event_at(d, port))
        return world_cannot(w, "there is no port %u of d%u now", (unsigned int)port,
                            (unsigned int)of);
    world_changed(w);
    return !events_take(w->machine, d, port, &w->problem);
}

/* --- The rows ------------------------------------------------------------------------------ */

/* clang-format off */
static const struct xenpt_word virq_names[XENPT_NR_VIRQS] = {
    { "timer", "a timer of the vCPU has run out" },
    { "debug", "the guest is to say how it is" },
    { "console", "a key was pressed on Xen's console" },
    { "dom-exc", "a domain has died or was shut down" },
    { "tbuf", "trace buffers have something" },
    { "virq-5", "none" },
    { "debugger", "a domain was paused for a debugger" },
    { "xenoprof", "a profile has samples" },
    { "con-ring", "Xen's console has written" },
    { "pcpu-state", "a CPU has come or gone" },
    { "mem-event", "a guest's memory had an event" },
    { "argo", "a message has come" },
    { "enomem", "Xen runs out of memory" },
    { "xenpmu", "performance counters have run over" },
    { "virq-14", "none" }, { "virq-15", "none" },
    { "arch-0", "a machine check" }, { "arch-1", "of the architecture" }, { "arch-2", "of the architecture" },
    { "arch-3", "of the architecture" }, { "arch-4", "of the architecture" }, { "arch-5", "of the architecture" },
    { "arch-6", "of the architecture" }, { "arch-7", "of the architecture" },
};
static const struct words virq_words = { virq_names, XENPT_NR_VIRQS, NULL, 0 };

#define CALLER(verb_)                                                                              \
    { .key = verb_, KIND_ROW(kind_vcpu, port_args, vcpu), .required = true,                        \
      .text = "The vCPU that makes the hypercall. It is put on its CPU, in its guest's kernel, if it is not there." }
#define GOT_ROW                                                                                    \
    { .key = "got", .type = ROW_TEXT, ROW_AT(port_args, got.name),                                 \
      .text = "A name that the new port has from now on; 0 if it is refused." }

static const struct row alloc_rows[] = {
    CALLER("event-alloc-unbound"),
    { .key = "to", KIND_ROW(kind_domain, port_args, to), .required = true, .text = "The domain that may connect to it." },
    { .key = "of", KIND_ROW(kind_domain, port_args, of), .text = "The domain whose it will be; the caller without it." },
    GOT_ROW, ARGUMENT_ROW(port_args), STEP_ROWS,
};
static const struct row connect_rows[] = {
    CALLER("event-bind-interdomain"),
    { .key = "to", KIND_ROW(kind_domain, port_args, to), .required = true, .text = "The domain..." },
    { .key = "port", KIND_ROW(kind_number, port_args, port), .required = true, .text = "...whose port waits for the caller's." },
    GOT_ROW, ARGUMENT_ROW(port_args), STEP_ROWS,
};
static const struct row virq_rows[] = {
    CALLER("event-bind-virq"),
    { .key = "virq", .type = ROW_ONE, ROW_AT(port_args, virq), .words = &virq_words, .text = "Which." },
    { .key = "number", KIND_ROW(kind_number, port_args, port), .text = "Or its number." },
    { .key = "for", KIND_ROW(kind_number, port_args, for_vcpu), .text = "The number of the vCPU that it is for; 0 without it." },
    GOT_ROW, ARGUMENT_ROW(port_args), STEP_ROWS,
};
static const struct row ipi_rows[] = {
    CALLER("event-bind-ipi"),
    { .key = "for", KIND_ROW(kind_number, port_args, for_vcpu), .text = "The number of the vCPU that it notifies; 0 without it." },
    GOT_ROW, ARGUMENT_ROW(port_args), STEP_ROWS,
};
static const struct row send_rows[] = {
    CALLER("event-send"),
    { .key = "port", KIND_ROW(kind_number, port_args, port), .required = true, .text = "By which port of its domain's." },
    ARGUMENT_ROW(port_args), STEP_ROWS,
};
static const struct row close_rows[] = {
    CALLER("event-close"),
    { .key = "port", KIND_ROW(kind_number, port_args, port), .required = true, .text = "Which port of its domain's." },
    ARGUMENT_ROW(port_args), STEP_ROWS,
};
static const struct row status_rows[] = {
    CALLER("event-status"),
    { .key = "of", KIND_ROW(kind_domain, port_args, of), .text = "The domain whose port it is; the caller without it." },
    { .key = "port", KIND_ROW(kind_number, port_args, port), .required = true, .text = "Which port." },
    ARGUMENT_ROW(port_args), STEP_ROWS,
};
static const struct row take_rows[] = {
    { .key = "event-take", KIND_ROW(kind_domain, port_args, of), .required = true, .text = "The domain." },
    { .key = "port", KIND_ROW(kind_number, port_args, port), .required = true, .text = "Which port." },
    STEP_ROWS,
};

#define PORT_VERB(fn_) .size = sizeof(struct port_args), .run = (fn_)
const struct verb verb_event_alloc = {
    .record = VERB("event-alloc-unbound", "A domain makes an event channel that waits for another to connect.", alloc_rows),
    .example = "{ event-alloc-unbound: d1.v0, to: d0, got: port }",
    PORT_VERB(run_alloc), .examine = examine_new,
};
const struct verb verb_event_connect = {
    .record = VERB("event-bind-interdomain", "A domain connects to a port that waits for it. Its own end has an event at once.", connect_rows),
    .example = "{ event-bind-interdomain: d0.v0, to: d1, port: 1 }",
    PORT_VERB(run_connect), .examine = examine_new,
};
const struct verb verb_event_virq = {
    .record = VERB("event-bind-virq", "A domain has a virtual interrupt come by a port.", virq_rows),
    .example = "{ event-bind-virq: d1.v0, virq: timer }",
    PORT_VERB(run_virq), .examine = examine_new,
};
const struct verb verb_event_ipi = {
    .record = VERB("event-bind-ipi", "A domain has a port by which its vCPUs notify one of them.", ipi_rows),
    .example = "{ event-bind-ipi: d1.v0, for: 0 }",
    PORT_VERB(run_ipi), .examine = examine_new,
};
const struct verb verb_event_send = {
    .record = VERB("event-send", "A domain sends an event by a port: Xen sets bits in shared_info of the other end's domain.", send_rows),
    .example = "{ event-send: d1.v0, port: 1 }",
    PORT_VERB(run_send),
};
const struct verb verb_event_close = {
    .record = VERB("event-close", "A domain closes a port; the other end waits for it again.", close_rows),
    .example = "{ event-close: d1.v0, port: 1 }",
    PORT_VERB(run_close),
};
const struct verb verb_event_status = {
    .record = VERB("event-status", "A domain asks what a port is.", status_rows),
    .example = "{ event-status: d0.v0, of: d1, port: 1 }",
    PORT_VERB(run_status),
};
const struct verb verb_event_take = {
    .record = VERB("event-take", "A guest's kernel takes note of an event: the port's bit in evtchn_pending goes, and those above it that stand for no other.", take_rows),
    .example = "{ event-take: d1, port: 1 }",
    .size = sizeof(struct port_args), .run = run_take,
};
/* clang-format on */
