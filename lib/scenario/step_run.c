/* step_run.c - steps: vCPUs on CPUs, into Xen and out of it. */
#include "scenario/verbs.h"

#include "xen/internal.h"

/* --- Running ------------------------------------------------------------------------------- */

struct run_args {
    struct step_head head;
    const struct expr *context, *cpu;
};

static bool put(struct world *w, const struct who *who, uint32_t cpu, const char **said)
{
    enum xenpt_code code = XENPT_OK;

    world_changed(w);
    /* Xen is entered from the guest's user mode if that is where it was. */
    if (who->mode == XENPT_RUN_XEN && is_pv(&w->machine->domains[who->domain]) &&
        w->machine->domains[who->domain].desc->type == XENPT_DOMAIN_PV64)
        code = xenpt_machine_run(w->machine, who->domain, who->vcpu, cpu,
                                 who->user ? XENPT_RUN_USER : XENPT_RUN_KERNEL, &w->problem);
    if (!code)
        code = xenpt_machine_run(w->machine, who->domain, who->vcpu, cpu, who->mode, &w->problem);
    *said = NULL;
    return !code;
}

static bool run_run(struct world *w, const void *args, const char **said)
{
    const struct run_args *a = args;
    struct value context, cpu;
    const struct who *who = &context.who;

    if (!expr_eval(w, a->context, &context) || (a->cpu && !expr_eval(w, a->cpu, &cpu)))
        return false;
    if (who->kind != WHO_VCPU || context.type != VALUE_CONTEXT)
        return world_cannot(w, "only contexts of vCPUs run, such as d1.v0.user");
    if (who->domain >= w->machine->nr_domains ||
        who->vcpu >= w->machine->domains[who->domain].nr_vcpus)
        return world_cannot(w, "there is no such vCPU now");
    return put(w, who, a->cpu ? cpu.who.cpu : w->machine->domains[who->domain].vcpus[who->vcpu].cpu,
               said);
}

/* --- A vCPU that is on a CPU --------------------------------------------------------------- */

struct vcpu_args {
    struct step_head head;
    const struct expr *vcpu;
    uint32_t to;
};

/* Where a vCPU executes; false: nowhere, and the problem says so. */
static bool executing(struct world *w, const struct expr *e, struct who *who, uint32_t *cpu,
                      enum xenpt_run_mode *mode)
{
    struct xenpt_cpu_state s;
    char name[WHO_MAX];
    struct value v;

    if (!expr_eval(w, e, &v))
        return false;
    *who = v.who;
    *mode = XENPT_RUN_XEN;
    for (*cpu = 0; xenpt_machine_cpu(w->machine, *cpu, &s); (*cpu)++)
        if (!s.idle && s.domain == who->domain && s.vcpu == who->vcpu) {
            *mode = s.mode;
            return true;
        }
    return world_cannot(w, "%s is on no CPU: `run` puts it on one", who_text(w, &v, name));
}

static const char *type_name(const struct world *w, const struct who *who)
{
    return xenpt_domain_type_word(w->machine->domains[who->domain].desc->type)->name;
}

static bool run_enter(struct world *w, const void *args, const char **said)
{
    const struct vcpu_args *a = args;
    enum xenpt_run_mode mode;
    struct who who;
    uint32_t cpu;

    *said = NULL;
    if (!executing(w, a->vcpu, &who, &cpu, &mode))
        return false;
    if (mode == XENPT_RUN_XEN)
        return world_cannot(w, "it is in Xen already");
    world_changed(w);
    return !xenpt_machine_run(w->machine, who.domain, who.vcpu, cpu, XENPT_RUN_XEN, &w->problem);
}

static bool run_leave(struct world *w, const void *args, const char **said)
{
    const struct vcpu_args *a = args;
    const struct domain *d;
    enum xenpt_run_mode mode;
    struct who who;
    uint32_t cpu;

    *said = NULL;
    if (!executing(w, a->vcpu, &who, &cpu, &mode))
        return false;
    if (mode != XENPT_RUN_XEN)
        return world_cannot(w, "it is not in Xen: `enter-xen` gets it there");
    d = &w->machine->domains[who.domain];
    mode = !is_pv(d)                 ? XENPT_RUN_GUEST
           : d->vcpus[who.vcpu].user ? XENPT_RUN_USER
                                     : XENPT_RUN_KERNEL;
    world_changed(w);
    return !xenpt_machine_run(w->machine, who.domain, who.vcpu, cpu, mode, &w->problem);
}

static bool run_switch(struct world *w, const void *args, const char **said)
{
    const struct vcpu_args *a = args;
    enum xenpt_run_mode mode = XENPT_RUN_XEN, to = a->to ? XENPT_RUN_KERNEL : XENPT_RUN_USER;
    struct who who;
    uint32_t cpu;

    *said = NULL;
    if (!executing(w, a->vcpu, &who, &cpu, &mode))
        return false;
    if (!is_pv(&w->machine->domains[who.domain]))
        return world_cannot(w, "a %s guest changes its mode without Xen, and on the same tables",
                            type_name(w, &who));
    if (mode == to)
        return world_cannot(w, "it is in mode %s already", xenpt_run_mode_word(to)->name);
    world_changed(w);
    return !xenpt_machine_run(w->machine, who.domain, who.vcpu, cpu, to, &w->problem);
}

/* --- The rows ------------------------------------------------------------------------------ */

/* clang-format off */
static const struct row run_rows[] = {
    { .key = "run", KIND_ROW(kind_context, run_args, context), .required = true,
      .text = "The context to execute in: the vCPU is put on the CPU by the ways there are, through "
              "Xen, with all that is switched and copied on them." },
    { .key = "on", KIND_ROW(kind_cpu, run_args, cpu),
      .text = "The CPU; without it, the one that the vCPU was on last." },
    STEP_ROWS,
};

static const struct row enter_rows[] = {
    { .key = "enter-xen", KIND_ROW(kind_vcpu, vcpu_args, vcpu), .required = true,
      .text = "The vCPU, which is on a CPU and in its guest." },
    STEP_ROWS,
};

static const struct row leave_rows[] = {
    { .key = "leave-xen", KIND_ROW(kind_vcpu, vcpu_args, vcpu), .required = true,
      .text = "The vCPU, which is in Xen." },
    STEP_ROWS,
};

static const struct xenpt_word guest_modes[] = {
    { "user", "the guest's user mode" },
    { "kernel", "its kernel" },
};
static const struct words guest_mode_words_of = { guest_modes, ARRAY_SIZE(guest_modes), NULL, 0 };

static const struct row switch_rows[] = {
    { .key = "switch", KIND_ROW(kind_vcpu, vcpu_args, vcpu), .required = true,
      .text = "The vCPU of a PV guest." },
    { .key = "to", .type = ROW_ONE, ROW_AT(vcpu_args, to), .words = &guest_mode_words_of,
      .required = true, .text = "Where it executes then." },
    STEP_ROWS,
};

const struct verb verb_run = {
    .record = VERB("run", "Puts a vCPU on a CPU, in a mode.", run_rows),
    .example = "{ run: d1.v0.user, on: cpu1 }",
    .size = sizeof(struct run_args), .run = run_run, .switches = true, .moves = true,
};
const struct verb verb_enter_xen = {
    .record = VERB("enter-xen", "Enters Xen from a guest, as an exception, an interrupt, a hypercall or "
                "a VM exit does.", enter_rows),
    .example = "{ enter-xen: d1.v0 }",
    .size = sizeof(struct vcpu_args), .run = run_enter, .switches = true, .moves = true,
};
const struct verb verb_leave_xen = {
    .record = VERB("leave-xen", "Returns from Xen to the guest, into the mode that it was in.", leave_rows),
    .example = "{ leave-xen: d1.v0 }",
    .size = sizeof(struct vcpu_args), .run = run_leave, .switches = true, .moves = true,
};
const struct verb verb_switch = {
    .record = VERB("switch", "A PV guest goes from its kernel to user mode, or back, which takes Xen.", switch_rows),
    .example = "{ switch: d1.v0, to: kernel }",
    .size = sizeof(struct vcpu_args), .run = run_switch, .switches = true, .moves = true,
};
