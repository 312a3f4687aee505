/* step_xenbus.c - steps: devices by the xenstore; ioreq servers, and resources that are acquired.
 */
#include "xenpt/foreign.h"

#include <inttypes.h>

#include "scenario/hypercall.h"
#include "scenario/sharing.h"
#include "scenario/verbs.h"
#include "xen/internal.h"

/* --- Devices ------------------------------------------------------------------------------- */

enum end_of_device { FRONT_END, BACK_END };

/* clang-format off */
static const struct xenpt_word kinds[] = {
    [XENPT_DEVICE_VBD] = { "vbd", "a block device" },
    [XENPT_DEVICE_VIF] = { "vif", "a network interface" },
};
const struct words device_kind_words = { kinds, ARRAY_SIZE(kinds), NULL, 0 };
static const struct xenpt_word states[] = {
    [XENPT_XENBUS_UNKNOWN] = { "unknown", "there is none" },
    [XENPT_XENBUS_INITIALISING] = { "initialising", "it begins" },
    [XENPT_XENBUS_INIT_WAIT] = { "init-wait", "the back-end has begun, and waits for the front-end" },
    [XENPT_XENBUS_INITIALISED] = { "initialised", "the front-end has told of its ring" },
    [XENPT_XENBUS_CONNECTED] = { "connected", "it is in use" },
    [XENPT_XENBUS_CLOSING] = { "closing", "it ends" },
    [XENPT_XENBUS_CLOSED] = { "closed", "it has ended" },
};
const struct words xenbus_state_words = { states, ARRAY_SIZE(states), NULL, 0 };
static const struct xenpt_word ends[] = {
    [FRONT_END] = { "front", "of the domain that uses it" },
    [BACK_END] = { "back", "of the domain that provides it" },
};
const struct words end_words = { ends, ARRAY_SIZE(ends), NULL, 0 };
/* clang-format on */

bool device_eval(struct world *w, const struct device_args *a, struct xenpt_xenbus_device *ret)
{
    ret->kind = (enum xenpt_device_kind)a->kind;
    return domain_or(w, a->front, 0, &ret->front) && domain_or(w, a->back, 0, &ret->back) &&
           number32_or(w, a->id, 0, "a device's number", &ret->id);
}

struct device_step {
    struct step_head head;
    struct device_args device;
    uint32_t end, to;
};

static bool run_add(struct world *w, const void *args, const char **said)
{
    const struct device_step *a = args;
    struct xenpt_xenbus_device device;

    *said = NULL;
    if (!device_eval(w, &a->device, &device))
        return false;
    world_changed(w);
    return !xenpt_device_add(w->machine, &device, &w->problem);
}

static bool run_switch(struct world *w, const void *args, const char **said)
{
    const struct device_step *a = args;
    struct xenpt_xenstore_answer answer;
    struct xenpt_xenbus_device device;

    *said = NULL;
    if (!device_eval(w, &a->device, &device))
        return false;
    world_changed(w);
    if (xenpt_device_switch(w->machine, &device, a->end == BACK_END, (enum xenpt_xenbus_state)a->to,
                            &answer, &w->problem))
        return false;
    answer_is_result(w, answer.error, answer.rule);
    return true;
}

/* --- Resources ----------------------------------------------------------------------------- */

struct resource_args {
    struct step_head head;
    const struct expr *vcpu, *of, *id, *frame, *frames, *gfn, *argument;
    uint32_t type;
    const char *got;
    size_t which;
};
#define FRAMES_MAX 64

static bool run_acquire(struct world *w, const void *args, const char **said)
{
    const struct resource_args *a = args;
    struct xenpt_resource r = { .type = a->type };
    uint64_t list[FRAMES_MAX], nr, gfn;
    struct calling c;
    bool made;

    if (!call_begin(w, a->vcpu, &c) || !call_argument(&c, a->argument) ||
        !domain_or(w, a->of, 0, &r.domain) ||
        !number32_or(w, a->id, 0, "a resource's number", &r.id) ||
        !number_or(w, a->frame, 0, &r.frame) || !number_or(w, a->frames, 1, &nr) ||
        !number_or(w, a->gfn, 0, &gfn))
        return false;
    if (!nr || nr > FRAMES_MAX)
        return world_cannot(w, "1 to %d frames are asked for, and not %" PRIu64, FRAMES_MAX, nr);
    for (uint64_t i = 0; i < nr; i++)
        list[i] = gfn + i;
    if (!call_go(&c))
        return false;
    made = !xenpt_acquire_resource(w->machine, &c.caller, &r, list, (size_t)nr, &c.r, &w->problem);
    if (!call_end(&c, made, said))
        return false;
    if (a->got)
        w->lets[a->which] = (struct value){ .type = VALUE_MFN,
                                            .v = c.r.error ? 0 : list[0],
                                            .last = c.r.error ? 0 : list[0] };
    if (!c.r.error && !w->brief)
        *said = world_text(w, "%s; the first is %s 0x%" PRIx64, *said, a->gfn ? "gfn" : "mfn",
                           list[0]);
    return true;
}

static void examine_acquire(struct scope *s, const struct node *node, void *args)
{
    struct resource_args *a = args;

    if (a->got)
        let_name(s, node_get(node, "got"), a->got, VALUE_MFN, &a->which);
}

/* --- ioreq servers ------------------------------------------------------------------------- */

struct ioreq_args {
    struct step_head head;
    const struct expr *vcpu, *of, *id, *buffered, *argument;
    uint32_t op;
    struct got_number got;
};

static bool run_ioreq(struct world *w, const void *args, const char **said)
{
    const struct ioreq_args *a = args;
    uint32_t of, id, buffered;
    struct calling c;

    if (!call_begin(w, a->vcpu, &c) || !call_argument(&c, a->argument) ||
        !domain_or(w, a->of, 0, &of) || !number32_or(w, a->id, 0, "a server's number", &id) ||
        !number32_or(w, a->buffered, 2, "how it handles requests", &buffered) || !call_go(&c) ||
        !call_end(&c,
                  !xenpt_ioreq(w->machine, &c.caller, (enum xenpt_ioreq_op)a->op, of, &id, buffered,
                               &c.r, &w->problem),
                  said))
        return false;
    got_set(w, &a->got, c.r.error ? 0 : id);
    return true;
}

static void examine_ioreq(struct scope *s, const struct node *node, void *args)
{
    struct ioreq_args *a = args;

    got_examine(s, node, &a->got);
}

/* --- The rows ------------------------------------------------------------------------------ */

/* clang-format off */
static const struct xenpt_word types[] = {
    [XENPT_RESOURCE_IOREQ_SERVER] = { "ioreq-server", "pages of an ioreq server" },
    [XENPT_RESOURCE_GRANT_TABLE] = { "grant-table", "a grant table, or its statuses" },
    [XENPT_RESOURCE_VMTRACE] = { "vmtrace", "a buffer of traces, which domains have not here" },
};
static const struct words type_words = { types, ARRAY_SIZE(types), NULL, 0 };
static const struct xenpt_word ops[XENPT_NR_IOREQ_OPS] = {
    [XENPT_IOREQ_CREATE] = { "create", "the caller's device model has one more" },
    [XENPT_IOREQ_INFO] = { "info", "it asks for the guest's frames that its pages are" },
    [XENPT_IOREQ_ENABLE] = { "enable", "requests go to it, and those frames leave the guest's memory" },
    [XENPT_IOREQ_DISABLE] = { "disable", "they come back" },
    [XENPT_IOREQ_DESTROY] = { "destroy", "it goes" },
};
static const struct words op_words = { ops, ARRAY_SIZE(ops), NULL, 0 };

#define DEVICE_ROWS(verb_, s_)                                                                     \
    { .key = verb_, .type = ROW_ONE, ROW_AT(s_, device.kind), .words = &device_kind_words, .required = true, .text = "Its kind." }, \
    { .key = "id", KIND_ROW(kind_number, s_, device.id), .required = true, .text = "Its number: 51712 is xvda." }, \
    { .key = "front", KIND_ROW(kind_domain, s_, device.front), .required = true, .text = "The domain that uses it." }, \
    { .key = "back", KIND_ROW(kind_domain, s_, device.back), .required = true, .text = "The domain that provides it." }

static const struct row add_rows[] = { DEVICE_ROWS("device-add", device_step), STEP_ROWS };
static const struct row switch_rows[] = {
    DEVICE_ROWS("device-switch", device_step),
    { .key = "end", .type = ROW_ONE, ROW_AT(device_step, end), .words = &end_words, .required = true, .text = "Which end goes on..." },
    { .key = "is", .type = ROW_ONE, ROW_AT(device_step, to), .words = &xenbus_state_words, .required = true, .text = "...to which state." },
    STEP_ROWS,
};
static const struct row acquire_rows[] = {
    { .key = "acquire-resource", KIND_ROW(kind_vcpu, resource_args, vcpu), .required = true,
      .text = "The vCPU that makes the hypercall. It is put on its CPU, in its guest's kernel, if it is not there." },
    { .key = "of", KIND_ROW(kind_domain, resource_args, of), .required = true, .text = "The domain whose it is." },
    { .key = "type", .type = ROW_ONE, ROW_AT(resource_args, type), .words = &type_words, .required = true, .text = "What." },
    { .key = "id", KIND_ROW(kind_number, resource_args, id), .text = "Which: of ioreq servers the number; of a grant table 0, or 1 for statuses. 0 without it." },
    { .key = "frame", KIND_ROW(kind_number, resource_args, frame), .text = "The first frame of it; 0 without it." },
    { .key = "frames", KIND_ROW(kind_number, resource_args, frames), .text = "How many; 1 without it." },
    { .key = "gfn", KIND_ROW(kind_number, resource_args, gfn), .text = "Of an HVM or PVH caller: where the first is to be, as it counts." },
    { .key = "got", .type = ROW_TEXT, ROW_AT(resource_args, got), .text = "A name for the first frame; of an HVM or PVH caller, for its gfn." },
    ARGUMENT_ROW(resource_args),
    STEP_ROWS,
};
static const struct row ioreq_rows[] = {
    { .key = "ioreq", KIND_ROW(kind_vcpu, ioreq_args, vcpu), .required = true, .text = "The vCPU that makes the hypercall, in the device model's domain." },
    { .key = "op", .type = ROW_ONE, ROW_AT(ioreq_args, op), .words = &op_words, .required = true, .text = "What is done." },
    { .key = "of", KIND_ROW(kind_domain, ioreq_args, of), .required = true, .text = "The HVM or PVH domain." },
    { .key = "id", KIND_ROW(kind_number, ioreq_args, id), .text = "Which server; not of create. 0 without it." },
    { .key = "buffered", KIND_ROW(kind_number, ioreq_args, buffered), .text = "Of create: how it handles requests that nobody waits for; 0 not, 1, 2. 2 without it." },
    { .key = "got", .type = ROW_TEXT, ROW_AT(ioreq_args, got.name), .text = "Of create: a name for its number." },
    ARGUMENT_ROW(ioreq_args),
    STEP_ROWS,
};

const struct verb verb_device_add = {
    .record = VERB("device-add", "The toolstack makes nodes of the xenstore for a device, as libxl does: both ends are initialising.", add_rows),
    .example = "{ device-add: vbd, id: 51712, front: d1, back: d0 }",
    .size = sizeof(struct device_step), .run = run_add,
};
const struct verb verb_device_switch = {
    .record = VERB("device-switch", "One end of a device goes on to a state, as its driver does: it looks at the other end and at what has to be there, and "
                   "writes its state. What it looks at says docs/rules.md.", switch_rows),
    .example = "{ device-switch: vbd, id: 51712, front: d1, back: d0, end: back, is: init-wait }",
    .size = sizeof(struct device_step), .run = run_switch,
};
const struct verb verb_acquire_resource = {
    .record = VERB("acquire-resource", "A domain acquires frames of another that are no memory of its (XENMEM_acquire_resource).", acquire_rows),
    .example = "{ acquire-resource: d0.v0, of: d1, type: grant-table, got: table }",
    .size = sizeof(struct resource_args), .run = run_acquire, .examine = examine_acquire,
};
const struct verb verb_ioreq = {
    .record = VERB("ioreq", "A device model does something with an ioreq server, by which it is asked.", ioreq_rows),
    .example = "{ ioreq: d0.v0, op: create, of: d2 }",
    .size = sizeof(struct ioreq_args), .run = run_ioreq, .examine = examine_ioreq,
};
/* clang-format on */
