/* step_vcpu.c - steps: vCPUs that are brought up and down. */
#include "scenario/verbs.h"
#include "xenpt/machine.h"

struct up_args {
    struct step_head head;
    const struct expr *vcpu, *kernel, *user;
};

/* A root that is said; false: it has no value. */
static bool root_of(struct world *w, const struct expr *e, xenpt_mfn_t *mfn,
                    const xenpt_mfn_t **ret)
{
    struct value v;

    *ret = NULL;
    if (!e)
        return true;
    if (!expr_eval(w, e, &v))
        return false;
    *mfn = xenpt_mfn(v.v);
    *ret = mfn;
    return true;
}

static bool run_up(struct world *w, const void *args, const char **said)
{
    const struct up_args *a = args;
    const xenpt_mfn_t *kernel, *user;
    enum xenpt_vcpu_state was;
    xenpt_mfn_t roots[2];
    struct value v;

    *said = NULL;
    if (!expr_eval(w, a->vcpu, &v) || !root_of(w, a->kernel, &roots[0], &kernel) ||
        !root_of(w, a->user, &roots[1], &user))
        return false;
    if (!xenpt_machine_vcpu(w->machine, v.who.domain, v.who.vcpu, &was))
        return world_cannot(w, "there is no such vCPU now");
    world_changed(w);
    if (xenpt_machine_vcpu_up(w->machine, v.who.domain, v.who.vcpu, kernel, user, &w->problem))
        return false;
    *said = was == XENPT_VCPU_CREATED ? "VCPUOP_initialise, VCPUOP_up" : "it may run";
    return true;
}

static bool run_down(struct world *w, const void *args, const char **said)
{
    const struct up_args *a = args;
    struct value v;

    *said = NULL;
    if (!expr_eval(w, a->vcpu, &v))
        return false;
    world_changed(w);
    return !xenpt_machine_vcpu_down(w->machine, v.who.domain, v.who.vcpu, &w->problem);
}

/* clang-format off */
static const struct row up_rows[] = {
    { .key = "up", KIND_ROW(kind_vcpu, up_args, vcpu), .required = true,
      .text = "The vCPU, which is down. One of a PV guest that was never up is initialised first: Xen is "
              "told its roots, its GDT and its LDT." },
    { .key = "kernel", KIND_ROW(kind_frame, up_args, kernel),
      .text = "PV: the root that its kernel begins on, such as a table that the model gives; without "
              "it, one like that of a vCPU that has some." },
    { .key = "user", KIND_ROW(kind_frame, up_args, user),
      .text = "PV64: the root that its user mode begins on, with kernel." },
    STEP_ROWS,
};
static const struct row down_rows[] = {
    { .key = "down", KIND_ROW(kind_vcpu, up_args, vcpu), .required = true,
      .text = "The vCPU. Its CPU is idle then; its tables stay." },
    STEP_ROWS,
};

const struct verb verb_up = {
    .record = VERB("up", "A guest brings one of its vCPUs up.", up_rows),
    .example = "{ up: d1.v1 }",
    .size = sizeof(struct up_args), .run = run_up,
};
const struct verb verb_down = {
    .record = VERB("down", "A guest brings one of its vCPUs down.", down_rows),
    .example = "{ down: d1.v1 }",
    .size = sizeof(struct up_args), .run = run_down, .switches = true, .moves = true,
};
