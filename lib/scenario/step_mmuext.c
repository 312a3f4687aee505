/* step_mmuext.c - the step mmuext-op: pins, roots, flushes, the LDT and whole pages. */
#include "scenario/hypercall.h"
#include "scenario/meanwhile.h"
#include "scenario/verbs.h"

struct ext_request {
    const struct expr *frame, *address, *source, *entries, *vcpus;
    uint32_t op;
};

struct ext_args {
    struct step_head head;
    struct ext_request one;
    struct requests all;
    const struct expr *vcpu, *argument, *of, *foreigndom;
    struct interleaving with;
};

static bool ext_requests(struct world *w, const struct requests *all,
                         struct xenpt_pv_mmuext op[REQUESTS_MAX])
{
    const struct ext_request *a = all->first;

    for (size_t i = 0; i < all->nr; i++, a++) {
        const struct expr *second = a->source ? a->source : a->entries ? a->entries : a->vcpus;

        op[i] = (struct xenpt_pv_mmuext){ .cmd = a->op };
        if (!number_or(w, a->frame ? a->frame : a->address, 0, &op[i].arg) ||
            !number_or(w, second, 0, &op[i].second))
            return false;
    }
    return true;
}

static bool run_ext(struct world *w, const void *args, const char **said)
{
    const struct ext_args *a = args;
    struct xenpt_pv_mmuext op[REQUESTS_MAX];
    uint64_t foreigndom;
    struct calling c;
    uint32_t of;

    if (!call_begin(w, a->vcpu, &c) || !call_argument(&c, a->argument) ||
        !ext_requests(w, &a->all, op) || !domain_or(w, a->of, XENPT_DOMID_SELF, &of) ||
        !number_or(w, a->foreigndom, of, &foreigndom))
        return false;
    return call_go(&c) &&
           call_end(&c, call_mmuext(&c, &a->with, op, a->all.nr, (uint32_t)foreigndom), said);
}

/* --- The rows ------------------------------------------------------------------------------ */

/* clang-format off */
static const struct xenpt_word ops[] = {
    [XENPT_PV_PIN_L1] = { "pin-l1", "frame is a table of this level, and stays one" },
    [XENPT_PV_PIN_L2] = { "pin-l2", "likewise" },
    [XENPT_PV_PIN_L3] = { "pin-l3", "likewise" },
    [XENPT_PV_PIN_L4] = { "pin-l4", "likewise" },
    [XENPT_PV_UNPIN] = { "unpin", "frame need not stay one" },
    [XENPT_PV_NEW_BASE] = { "new-baseptr", "frame is the vCPU's root" },
    [XENPT_PV_TLB_LOCAL] = { "tlb-flush-local", "this CPU's TLB" },
    [XENPT_PV_INVLPG_LOCAL] = { "invlpg-local", "address, on this CPU" },
    [XENPT_PV_TLB_MULTI] = { "tlb-flush-multi", "TLBs of vcpus" },
    [XENPT_PV_INVLPG_MULTI] = { "invlpg-multi", "address, on CPUs of vcpus" },
    [XENPT_PV_TLB_ALL] = { "tlb-flush-all", "TLBs of all CPUs of the domain" },
    [XENPT_PV_INVLPG_ALL] = { "invlpg-all", "address, on all CPUs of the domain" },
    [XENPT_PV_FLUSH_CACHE_LOCAL] = { "flush-cache", "this CPU's caches" },
    [XENPT_PV_SET_LDT] = { "set-ldt", "the LDT is at address, with entries" },
    [14] = { "command-14", "one that there is not" },
    [XENPT_PV_NEW_USER_BASE] = { "new-user-baseptr", "frame is the vCPU's root in user mode; 0: it has none" },
    [XENPT_PV_CLEAR_PAGE] = { "clear-page", "frame is filled with zeros" },
    [XENPT_PV_COPY_PAGE] = { "copy-page", "frame gets what source has" },
    [XENPT_PV_FLUSH_CACHE_GLOBAL] = { "flush-cache-global", "caches of all CPUs" },
    [XENPT_PV_MARK_SUPER] = { "mark-super", "a superpage is marked" },
    [XENPT_PV_UNMARK_SUPER] = { "unmark-super", "it is not" },
};
static const struct words op_words = { ops, ARRAY_SIZE(ops), NULL, 0 };


/* Of one request: in the step, and in each of a list. */
#define REQUEST_ROWS(s, m)                                                                          \
    { .key = "op", .type = ROW_ONE, ROW_AT(s, m op), .words = &op_words,                            \
      .text = "What it does. It is needed, of each request." },                                     \
    { .key = "frame", KIND_ROW(kind_frame, s, m frame), .text = "The frame that it is about." },    \
    { .key = "address", KIND_ROW(kind_address, s, m address), .text = "Or the address." },          \
    { .key = "source", KIND_ROW(kind_frame, s, m source), .text = "Of copy-page." },                \
    { .key = "entries", KIND_ROW(kind_number, s, m entries), .text = "Of set-ldt: how many." },     \
    { .key = "vcpus", KIND_ROW(kind_number, s, m vcpus), .text = "Of -multi: a bit each." }
static const struct row request_rows[] = { REQUEST_ROWS(ext_request, ) };
static const struct record request_record = { .name = "request", .text = "One request of mmuext_op.",
    .rows = request_rows, .nr = ARRAY_SIZE(request_rows), .size = sizeof(struct ext_request) };

static const struct row ext_rows[] = {
    { .key = "mmuext-op", KIND_ROW(kind_vcpu, ext_args, vcpu), .required = true,
      .text = "The vCPU that makes the hypercall, as of mmu-update. An HVM or PVH domain pins tables "
              "of PV domains, and has nothing else of this." },
    REQUEST_ROWS(ext_args, one.),
    { .key = "requests", .type = ROW_TREE, .record = &request_record,
      .text = "In place of the six above a list of maps of them, done in this order until one is refused." },
    { .key = "of", KIND_ROW(kind_domain, ext_args, of),
      .text = "The domain whose frame it is; the caller's own without it." },
    { .key = "foreigndom", KIND_ROW(kind_number, ext_args, foreigndom), .text = "Its number in place of that." },
    ARGUMENT_ROW(ext_args),
    ARGUMENT_ROW(ext_args),
    PREEMPT_ROW(ext_args),
    MEANWHILE_ROW,
    STEP_ROWS,
};
/* clang-format on */

/* An op of none is the first of them, which nobody has asked for. */
static void examine_request(struct scope *s, const struct node *node, const void *request)
{
    (void)request;
    if (!node_get(node, "op"))
        mistake(&s->m, &node->at, XENPT_EPARSE, "mmuext-op: the key 'op' is missing");
}

static void examine_ext(struct scope *s, const struct node *node, void *args)
{
    struct ext_args *a = args;

    meanwhile_examine(s, node, &a->with);
    requests_read(s, node, &request_record, examine_request, &a->one, &a->all);
}

/* clang-format off */
const struct verb verb_mmuext_op = {
    .record = VERB("mmuext-op", "A PV guest pins tables, changes roots, flushes, and so on, by the "
                   "hypercall mmuext_op.", ext_rows),
    .example = "{ mmuext-op: d1.v0, op: pin-l4, frame: d1.gfn(100) }",
    .size = sizeof(struct ext_args), .hypercall = true, .run = run_ext, .examine = examine_ext,
};
/* clang-format on */
