/* step_hvm.c - steps: what an HVM or PVH guest does to its registers and its tables. */
#include <inttypes.h>
#include <string.h>

#include "scenario/guest.h"
#include "scenario/verbs.h"
#include "xen/internal.h"

/* --- What came of it ----------------------------------------------------------------------- */

void guest_did(struct world *w, const struct value *v, uint64_t in,
               const struct xenpt_access *access, const struct xenpt_guest_done *done)
{
    struct value context = { .type = VALUE_CONTEXT, .who = v->who };
    struct accessed *l = &w->last;
    const struct xenpt_context *c;
    struct followed f;

    *l = (struct accessed){ .made = true, .in = in, .access = *access, .guest = true };
    l->outcome = done->outcome;
    l->allowed = done->outcome == XENPT_GUEST_DONE || done->outcome == XENPT_GUEST_EMULATED;
    l->refused = !l->allowed;
    l->exits = done->exits;
    l->verdict.allowed = l->allowed;
    l->verdict.fault = done->fault;
    l->verdict.rule = done->rule;
    l->maddr = done->maddr;
    if (v->type == VALUE_VCPU)
        context.who.mode = XENPT_RUN_GUEST;
    world_changed(w);
    c = world_context(w, &context);
    if (!c)
        return;
    l->of = *c;
    follow_address(w, c, in, &f);
    l->walk = f.walk;
}

const char *guest_said(struct world *w, const struct xenpt_guest_done *done)
{
    const struct xenpt_word *word = xenpt_guest_outcome_word(done->outcome);

    if (w->brief)
        return NULL;
    return world_text(w, "%s: %s%s%s%s", word->name, word->text, *done->reason ? " (" : "",
                      done->reason, *done->reason ? ")" : "");
}

/* --- Registers ----------------------------------------------------------------------------- */

struct load_args {
    struct step_head head;
    const struct expr *vcpu, *cr0, *cr3, *cr4, *efer, *pkru, *pkrs, *pat;
};

static bool run_load(struct world *w, const void *args, const char **said)
{
    const struct load_args *a = args;
    static const struct xenpt_access none;
    struct xenpt_guest_done done = { .outcome = XENPT_GUEST_DONE };
    uint64_t pkru = 0, pkrs = 0;
    struct xenpt_regs regs;
    struct value vcpu, v;

    if (!expr_eval(w, a->vcpu, &vcpu))
        return false;
    if (!xenpt_machine_guest_regs(w->machine, vcpu.who.domain, vcpu.who.vcpu, &regs))
        return world_cannot(w, "only vCPUs of HVM and PVH domains load registers themselves");
    pkru = regs.pkru;
    pkrs = regs.pkrs;
    const struct {
        const struct expr *e;
        uint64_t *to;
    } list[] = { { a->cr0, &regs.cr0 },   { a->cr3, &regs.cr3 }, { a->cr4, &regs.cr4 },
                 { a->efer, &regs.efer }, { a->pkru, &pkru },    { a->pkrs, &pkrs },
                 { a->pat, &regs.pat } };

    for (size_t i = 0; i < ARRAY_SIZE(list); i++)
        if (list[i].e) {
            if (!expr_eval(w, list[i].e, &v))
                return false;
            *list[i].to = v.v;
        }
    if (pkru > UINT32_MAX || pkrs > UINT32_MAX)
        return world_cannot(w, "PKRU and PKRS have 32 bits");
    regs.pkru = (uint32_t)pkru;
    regs.pkrs = (uint32_t)pkrs;
    world_changed(w);
    if (xenpt_machine_load(w->machine, vcpu.who.domain, vcpu.who.vcpu, &regs, &done, &w->problem))
        return false;
    guest_did(w, &vcpu, 0, &none, &done);
    *said = guest_said(w, &done);
    return true;
}

static void examine_load(struct scope *s, const struct node *node, void *args)
{
    const struct load_args *a = args;

    if (!a->cr0 && !a->cr3 && !a->cr4 && !a->efer && !a->pkru && !a->pkrs && !a->pat)
        mistake(&s->m, &node->at, XENPT_EPARSE,
                "load: what? One of these at least: cr0, cr3, cr4, efer, pkru, pkrs, pat");
}

/* --- Writes by guest-physical address ------------------------------------------------------ */

struct write_args {
    struct step_head head;
    const struct expr *at, *vcpu, *value, *bytes;
};

static bool run_write(struct world *w, const void *args, const char **said)
{
    static const struct xenpt_access write = { .kind = XENPT_WRITE };
    const struct write_args *a = args;
    struct xenpt_guest_done done = { .outcome = XENPT_GUEST_DONE };
    struct value vcpu, at, value, bytes = { .v = 8 };

    if (!expr_eval(w, a->vcpu, &vcpu) || !expr_eval(w, a->at, &at) ||
        !expr_eval(w, a->value, &value) || (a->bytes && !expr_eval(w, a->bytes, &bytes)))
        return false;
    world_changed(w);
    if (xenpt_machine_guest_write_phys(w->machine, vcpu.who.domain, vcpu.who.vcpu, at.v, value.v,
                                       bytes.v > 8 ? 9 : (unsigned int)bytes.v, &done, &w->problem))
        return false;
    guest_did(w, &vcpu, at.v, &write, &done);
    *said = guest_said(w, &done);
    return true;
}

/* --- The outcome --------------------------------------------------------------------------- */

struct outcome_args {
    struct check_head head;
    uint32_t outcome;
    const struct expr *exits;
};

static enum checked check_outcome(struct world *w, const void *args, const struct xenpt_context *c,
                                  struct finding *ret)
{
    const struct outcome_args *a = args;
    const struct accessed *l = &w->last;
    struct value exits = { .v = l->exits };
    const struct xenpt_word *word;

    (void)c;
    if (!l->made || !l->guest) {
        world_cannot(w, l->made
                            ? "what was done last, no guest did"
                            : "no guest has accessed anything, nor loaded a register, or written "
                              "by guest-physical address");
        return CHECK_CANNOT;
    }
    if (a->exits && !expr_eval(w, a->exits, &exits))
        return CHECK_CANNOT;
    if (ret->tell) {
        word = xenpt_guest_outcome_word(l->outcome);
        ret->expected = world_text(
            w, a->exits ? "%s, after %" PRIu64 " exit%s" : "%s",
            xenpt_guest_outcome_word((enum xenpt_guest_outcome)a->outcome)->name, exits.v,
            exits.v == 1 ? "" : "s");
        ret->found = world_text(w, "%s, after %u exit%s: %s", word->name, (unsigned int)l->exits,
                                l->exits == 1 ? "" : "s", word->text);
    }
    return l->outcome == (enum xenpt_guest_outcome)a->outcome && exits.v == l->exits ? CHECK_HELD
                                                                                     : CHECK_FAILED;
}

/* --- The rows ------------------------------------------------------------------------------ */

/* In the order of enum xenpt_guest_outcome. */
static const struct xenpt_word outcomes[XENPT_NR_GUEST_OUTCOMES] = {
    [XENPT_GUEST_DONE] = { "done", "the processor did it, perhaps with Xen's help" },
    [XENPT_GUEST_EMULATED] = { "emulated", "Xen did it in the guest's place" },
    [XENPT_GUEST_FAULT] = { "fault", "the guest was given an exception" },
    [XENPT_GUEST_DEVICE] = { "device", "it went to the device model" },
    [XENPT_GUEST_DISCARDED] = { "discarded", "a write to what may only be read was left out" },
    [XENPT_GUEST_EVENT] = { "event", "a monitor is told" },
    [XENPT_GUEST_CRASH] = { "crash", "Xen destroys the domain" },
};
static const struct words outcome_words = { outcomes, ARRAY_SIZE(outcomes), NULL, 0 };

/* clang-format off */
static const struct row load_rows[] = {
    { .key = "load", KIND_ROW(kind_vcpu, load_args, vcpu), .required = true,
      .text = "A vCPU of an HVM or PVH domain, which loads what is beside it." },
    { .key = "cr0", KIND_ROW(kind_number, load_args, cr0), .text = "CR0." },
    { .key = "cr3", KIND_ROW(kind_number, load_args, cr3), .text = "CR3: a guest-physical address." },
    { .key = "cr4", KIND_ROW(kind_number, load_args, cr4), .text = "CR4." },
    { .key = "efer", KIND_ROW(kind_number, load_args, efer), .text = "IA32_EFER." },
    { .key = "pkru", KIND_ROW(kind_number, load_args, pkru), .text = "PKRU." },
    { .key = "pkrs", KIND_ROW(kind_number, load_args, pkrs), .text = "IA32_PKRS." },
    { .key = "pat", KIND_ROW(kind_number, load_args, pat), .text = "IA32_PAT." },
    STEP_ROWS,
};
static const struct row write_rows[] = {
    { .key = "guest-write", KIND_ROW(kind_address, write_args, at), .required = true,
      .text = "A guest-physical address, where a guest writes through whatever mapping it has of it: "
              "to a table of its own, as a rule. Under shadow paging Xen sees that." },
    { .key = "of", KIND_ROW(kind_vcpu, write_args, vcpu), .required = true,
      .text = "The vCPU that does." },
    { .key = "value", KIND_ROW(kind_word, write_args, value), .required = true,
      .text = "What it writes." },
    { .key = "bytes", KIND_ROW(kind_number, write_args, bytes), .text = "4 or 8; 8 without it." },
    STEP_ROWS,
};
static const struct row outcome_rows[] = {
    { .key = "outcome", .type = ROW_ONE, ROW_AT(outcome_args, outcome), .words = &outcome_words,
      .required = true, .text = "How what a guest did last has ended: an access, load, guest-write." },
    { .key = "exits", KIND_ROW(kind_number, outcome_args, exits),
      .text = "So often the processor left the guest for Xen on the way." },
    CHECK_ROWS,
};

const struct verb verb_load = {
    .record = VERB("load", "An HVM or PVH guest loads registers that decide how it pages.", load_rows),
    .example = "{ load: d2.v0, cr3: 0x5000 }",
    .size = sizeof(struct load_args), .run = run_load, .examine = examine_load,
};
const struct verb verb_guest_write = {
    .record = VERB("guest-write", "An HVM or PVH guest writes to its memory by its physical address.",
                   write_rows),
    .example = "{ guest-write: 0x5000, of: d2.v0, value: 0 }",
    .size = sizeof(struct write_args), .run = run_write,
};
const struct verb verb_outcome = {
    .record = VERB("outcome", "How what a guest did last has ended.", outcome_rows),
    .example = "{ outcome: emulated }",
    .size = sizeof(struct outcome_args), .check = check_outcome,
};
