/*
 * step_p2m.c - steps that a toolstack or a monitor does to a guest's physical memory: types and
 * access rights of its frames, views of it, the log of what is written.
 */
#include <stdio.h>
#include <string.h>

#include "pv/op.h"
#include "scenario/hypercall.h"
#include "scenario/p2m_words.h"
#include "scenario/verbs.h"

/* --- What Xen answers ---------------------------------------------------------------------- */

/* The text of a refusal of Xen's begins with its error: "-EINVAL: ...".  0: it is none of Xen's. */
static int error_of(const char *text)
{
    char name[16];
    size_t n = strcspn(text, ":");

    if (*text != '-' || n < 2 || n > sizeof(name))
        return 0;
    snprintf(name, sizeof(name), "%.*s", (int)(n - 1), text + 1);
    return error_number(name);
}

/* Ends a step: what came of it is the result, as of a hypercall.  False: it cannot be done. */
static bool answered(struct world *w, enum xenpt_code code, const char **said)
{
    int error = code ? error_of(w->problem.text) : 0;

    if (code && !error)
        return false;
    w->call = (struct made_call){ .made = true };
    w->call.r = (struct xenpt_pv_result){
        .error = error, .name = error_name(error), .slot = NO_SLOT_OF_IT, .done = !error
    };
    world_changed(w);
    *said = w->brief ? NULL : world_text(w, "%s", error ? w->problem.text : "ok");
    w->problem = (struct xenpt_error){ .code = XENPT_OK };
    return true;
}

/* The same of what CPUs remember of a second stage. */
static bool answered_of(struct world *w, uint32_t domain, enum xenpt_code code, const char **said)
{
    if (!answered(w, code, said))
        return false;
    if (domain_there(w->machine, domain))
        flush_second(w, domain);
    return true;
}

/* --- Types --------------------------------------------------------------------------------- */

struct type_args {
    struct step_head head;
    const struct expr *domain, *gfn;
    const char *type;
};

static bool run_type(struct world *w, const void *args, const char **said)
{
    const struct type_args *a = args;
    uint32_t domain;
    uint64_t gfn;

    if (!domain_or(w, a->domain, 0, &domain) || !number_or(w, a->gfn, 0, &gfn))
        return false;
    return answered_of(
        w, domain, xenpt_machine_p2m_set_type(w->machine, domain, gfn, a->type, &w->problem), said);
}

static void examine_type(struct scope *s, const struct node *node, void *args)
{
    p2m_type_examine(s, node, "type", ((const struct type_args *)args)->type);
}

/* --- Access rights ------------------------------------------------------------------------- */

struct access_rights_args {
    struct step_head head;
    const struct expr *domain, *gfns, *view;
    const char *access;
};

static bool run_rights(struct world *w, const void *args, const char **said)
{
    const struct access_rights_args *a = args;
    enum xenpt_p2m_access access;
    struct value gfns;
    uint32_t domain, view = 0;

    p2m_access_named(a->access, &access);
    if (!domain_or(w, a->domain, 0, &domain) || !expr_eval(w, a->gfns, &gfns) ||
        !p2m_view(w, a->view, 0, &view))
        return false;
    return answered_of(w, domain,
                       xenpt_machine_p2m_set_access(w->machine, domain, view, gfns.v,
                                                    gfns.last - gfns.v + 1, access, &w->problem),
                       said);
}

static void examine_rights(struct scope *s, const struct node *node, void *args)
{
    p2m_access_examine(s, node, ((const struct access_rights_args *)args)->access);
}

/* --- Views --------------------------------------------------------------------------------- */

enum view_op { VIEWS_ON, VIEWS_OFF, VIEW_CREATE, VIEW_DESTROY, VIEW_SWITCH, VIEW_REMAP };

struct view_args {
    struct step_head head;
    const struct expr *domain, *view, *vcpu, *gfn, *to;
    uint32_t op;
};

static enum xenpt_code do_view(struct world *w, const struct view_args *a, uint32_t domain,
                               uint32_t view, uint32_t vcpu, uint64_t gfn, uint64_t to)
{
    struct xenpt_machine *m = w->machine;

    switch ((enum view_op)a->op) {
    case VIEWS_ON:
    case VIEWS_OFF:
        return xenpt_machine_views(m, domain, a->op == VIEWS_ON, &w->problem);
    case VIEW_CREATE:
        return xenpt_machine_view_create(m, domain, &view, &w->problem);
    case VIEW_DESTROY:
        return xenpt_machine_view_destroy(m, domain, view, &w->problem);
    case VIEW_SWITCH:
        return xenpt_machine_view_switch(m, domain, vcpu, view, &w->problem);
    default:
        return xenpt_machine_view_remap(m, domain, view, gfn, to, &w->problem);
    }
}

static bool run_view(struct world *w, const void *args, const char **said)
{
    const struct view_args *a = args;
    struct value vcpu = { .v = 0 };
    uint32_t domain, view = 0;
    uint64_t gfn, to;

    if (!domain_or(w, a->domain, 0, &domain) || !p2m_view(w, a->view, 0, &view) ||
        !number_or(w, a->gfn, 0, &gfn) || !number_or(w, a->to, XENPT_NO_FRAME, &to) ||
        (a->vcpu && !expr_eval(w, a->vcpu, &vcpu)))
        return false;
    if (a->vcpu && vcpu.who.domain != domain)
        return world_cannot(w, "the vCPU is not of that domain");
    return answered_of(w, domain, do_view(w, a, domain, view, vcpu.who.vcpu, gfn, to), said);
}

static void examine_view(struct scope *s, const struct node *node, void *args)
{
    const struct view_args *a = args;

    if (a->op >= VIEW_DESTROY && !a->view)
        mistake(&s->m, &node->at, XENPT_EPARSE, "altp2m: which view? 'view' is missing");
    if (a->op == VIEW_SWITCH && !a->vcpu)
        mistake(&s->m, &node->at, XENPT_EPARSE, "altp2m: which vCPU? 'vcpu' is missing");
    if (a->op == VIEW_REMAP && !a->gfn)
        mistake(&s->m, &node->at, XENPT_EPARSE, "altp2m: which frame? 'gfn' is missing");
}

/* --- The log ------------------------------------------------------------------------------- */

struct log_args {
    struct step_head head;
    const struct expr *domain;
    uint32_t op;
};

static bool run_log(struct world *w, const void *args, const char **said)
{
    const struct log_args *a = args;
    uint32_t domain;

    if (!domain_or(w, a->domain, 0, &domain))
        return false;
    return answered_of(
        w, domain,
        xenpt_machine_log_dirty(w->machine, domain, (enum xenpt_log_dirty)a->op, &w->problem),
        said);
}

/* --- The rows ------------------------------------------------------------------------------ */

/* clang-format off */
static const struct xenpt_word view_ops[] = {
    [VIEWS_ON] = { "on", "the domain has views: all its vCPUs are on view 0" },
    [VIEWS_OFF] = { "off", "it has none any more" },
    [VIEW_CREATE] = { "create", "one more: the first number that is free" },
    [VIEW_DESTROY] = { "destroy", "it is not there any more" },
    [VIEW_SWITCH] = { "switch", "a vCPU is on it from now on" },
    [VIEW_REMAP] = { "remap", "it has at gfn what it has at to; without to, what the domain's own has" },
};
static const struct words view_op_words = { view_ops, ARRAY_SIZE(view_ops), NULL, 0 };
/* In the order of enum xenpt_log_dirty. */
static const struct xenpt_word log_ops[] = {
    [XENPT_LOG_ENABLE] = { "enable", "from now on, writes are noted" },
    [XENPT_LOG_CLEAN] = { "clean", "what was noted is forgotten, and noted anew" },
    [XENPT_LOG_DISABLE] = { "disable", "no more" },
};
static const struct words log_op_words = { log_ops, ARRAY_SIZE(log_ops), NULL, 0 };

static const struct row type_rows[] = {
    { .key = "set-p2m-type", KIND_ROW(kind_domain, type_args, domain), .required = true, .text = "An HVM or PVH domain." },
    { .key = "gfn", KIND_ROW(kind_number, type_args, gfn), .required = true, .text = "A frame of its physical memory." },
    { .key = "type", .type = ROW_TEXT, ROW_AT(type_args, type), .required = true,
      .text = "ram_rw or ram_ro. The access rights are those that all of its memory has by default." },
    STEP_ROWS,
};
static const struct row rights_rows[] = {
    { .key = "set-mem-access", KIND_ROW(kind_domain, access_rights_args, domain), .required = true, .text = "An HVM or PVH domain with EPT." },
    { .key = "gfns", KIND_ROW(kind_numbers, access_rights_args, gfns), .required = true, .text = "Frames of its physical memory." },
    { .key = "access", .type = ROW_TEXT, ROW_AT(access_rights_args, access), .required = true,
      .text = "What is left of the rights that the type gives: n, r, w, rw, x, rx, wx, rwx, rx2rw or n2rwx." },
    { .key = "view", KIND_ROW(kind_number, access_rights_args, view), .text = "In a view alone; 0 without it: the domain's own memory, and all views that have it." },
    STEP_ROWS,
};
static const struct row view_rows[] = {
    { .key = "altp2m", KIND_ROW(kind_domain, view_args, domain), .required = true, .text = "An HVM or PVH domain with EPT." },
    { .key = "op", .type = ROW_ONE, ROW_AT(view_args, op), .words = &view_op_words, .required = true, .text = "What is done." },
    { .key = "view", KIND_ROW(kind_number, view_args, view), .text = "Of destroy, switch and remap: which view." },
    { .key = "vcpu", KIND_ROW(kind_vcpu, view_args, vcpu), .text = "Of switch: the vCPU." },
    { .key = "gfn", KIND_ROW(kind_number, view_args, gfn), .text = "Of remap: a frame of the guest's..." },
    { .key = "to", KIND_ROW(kind_number, view_args, to), .text = "...and that whose memory comes there." },
    STEP_ROWS,
};
static const struct row log_rows[] = {
    { .key = "log-dirty", KIND_ROW(kind_domain, log_args, domain), .required = true, .text = "A domain." },
    { .key = "op", .type = ROW_ONE, ROW_AT(log_args, op), .words = &log_op_words, .required = true, .text = "What is done to its log." },
    STEP_ROWS,
};
const struct verb verb_set_p2m_type = {
    .record = VERB("set-p2m-type", "A frame of a guest's gets another type: a device model does so, by HVMOP_set_mem_type.", type_rows),
    .example = "{ set-p2m-type: d2, gfn: 0x400, type: ram_ro }",
    .size = sizeof(struct type_args), .run = run_type, .examine = examine_type,
};
const struct verb verb_set_mem_access = {
    .record = VERB("set-mem-access", "A monitor takes rights to frames away from a guest, by XENMEM_access_op or HVMOP_altp2m: what it then "
                   "does there is an event.", rights_rows),
    .example = "{ set-mem-access: d2, gfns: 0x400..0x4ff, access: rx }",
    .size = sizeof(struct access_rights_args), .run = run_rights, .examine = examine_rights,
};
const struct verb verb_altp2m = {
    .record = VERB("altp2m", "Views of a guest's physical memory, by HVMOP_altp2m: Xen's command line has altp2m.", view_rows),
    .example = "{ altp2m: d2, op: switch, view: 1, vcpu: d2.v0 }",
    .size = sizeof(struct view_args), .run = run_view, .examine = examine_view,
};
const struct verb verb_log_dirty = {
    .record = VERB("log-dirty", "The log of the pages that a domain writes, as live migration has it: XEN_DOMCTL_shadow_op.", log_rows),
    .example = "{ log-dirty: d2, op: enable }",
    .size = sizeof(struct log_args), .run = run_log,
};
/* clang-format on */
