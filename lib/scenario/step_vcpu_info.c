/* step_vcpu_info.c - step: a guest has a vcpu_info in a page of its own. */
#include "scenario/hypercall.h"
#include "scenario/sharing.h"
#include "scenario/verbs.h"
#include "xen/internal.h"

struct info_args {
    struct step_head head;
    const struct expr *vcpu, *frame, *offset, *for_vcpu, *argument;
};

static bool run(struct world *w, const void *args, const char **said)
{
    const struct info_args *a = args;
    uint32_t offset, vcpu;
    struct calling c;
    uint64_t frame;

    if (!call_begin(w, a->vcpu, &c) || !call_argument(&c, a->argument) ||
        !number_or(w, a->frame, 0, &frame) ||
        !number32_or(w, a->offset, 0, "a place in a page", &offset) ||
        !number32_or(w, a->for_vcpu, c.caller.vcpu, "a vCPU", &vcpu) || !call_go(&c))
        return false;
    if (!is_pv(&w->machine->domains[c.caller.domain]))
        frame = contents_gfn(&w->machine->contents, frame);
    return call_end(
        &c,
        !xenpt_pv_register_vcpu_info(w->machine, &c.caller, vcpu, frame, offset, &c.r, &w->problem),
        said);
}

/* clang-format off */
static const struct row rows[] = {
    { .key = "register-vcpu-info", KIND_ROW(kind_vcpu, info_args, vcpu), .required = true,
      .text = "The vCPU that makes the hypercall, as of mmu-update." },
    { .key = "for", KIND_ROW(kind_number, info_args, for_vcpu),
      .text = "The number of the vCPU whose it is; the caller without it. Before 4.18 another one is down." },
    { .key = "frame", KIND_ROW(kind_frame, info_args, frame), .required = true, .text = "A frame of the caller's, which Xen maps for good." },
    { .key = "offset", KIND_ROW(kind_number, info_args, offset), .text = "Where in it the 64 bytes begin; 0 without it." },
    ARGUMENT_ROW(info_args),
    STEP_ROWS,
};

const struct verb verb_register_vcpu_info = {
    .record = VERB("register-vcpu-info", "A guest has the vcpu_info of a vCPU in a page of its own, and no more in shared_info: VCPUOP_register_vcpu_info. "
                   "Xen writes events and the time there from now on.", rows),
    .example = "{ register-vcpu-info: d1.v0, frame: d1.gfn(8000), offset: 0x40 }",
    .size = sizeof(struct info_args), .hypercall = true, .run = run,
};
/* clang-format on */
