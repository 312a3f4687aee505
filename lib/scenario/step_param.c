/* step_param.c - parameters of HVM and PVH domains: steps that set and read them, and what they
 * are. */
#include <inttypes.h>
#include <string.h>

#include "scenario/hypercall.h"
#include "scenario/sharing.h"
#include "scenario/verbs.h"
#include "xen/internal.h"
#include "xenpt/param.h"
#include "xenpt/suggest.h"

/* --- Which --------------------------------------------------------------------------------- */

/* By its name, or by a number, which may be of none. */
struct which {
    const char *name;
    const struct expr *number;
    uint32_t nr;
};

static void examine_which(struct scope *s, const struct node *node, const char *key,
                          struct which *a)
{
    char hint[XENPT_DID_YOU_MEAN_MAX];
    struct xenpt_suggestion sug;

    if (!a->name == !a->number)
        mistake(&s->m, &node->at, XENPT_EPARSE,
                "%s: which parameter? One of these: param, its name; number", key);
    if (!a->name || xenpt_hvm_param_named(a->name, &a->nr))
        return;
    xenpt_suggest_begin(&sug, a->name);
    for (size_t i = 0; i < XENPT_NR_HVM_PARAMS; i++)
        if (xenpt_hvm_param_kind(i)->name)
            xenpt_suggest_try(&sug, xenpt_hvm_param_kind(i)->name,
                              strlen(xenpt_hvm_param_kind(i)->name));
    mistake(&s->m, &node->at, XENPT_EPARSE, "%s: '%.*s' is no parameter%s", key, QUOTE_MAX, a->name,
            xenpt_suggest_words(&sug, hint));
}

static bool number_of(struct world *w, const struct which *a, uint32_t *ret)
{
    return number32_or(w, a->number, a->nr, "a parameter's number", ret);
}

/* --- Setting and reading ------------------------------------------------------------------- */

struct param_args {
    struct step_head head;
    const struct expr *vcpu, *argument, *of, *value;
    struct which which;
    struct got_number got;
};

static bool run_set(struct world *w, const void *args, const char **said)
{
    const struct param_args *a = args;
    struct calling c;
    uint32_t of, nr;
    uint64_t value;

    return call_begin(w, a->vcpu, &c) && call_argument(&c, a->argument) &&
           domain_or(w, a->of, XENPT_DOMID_SELF, &of) && number_of(w, &a->which, &nr) &&
           number_or(w, a->value, 0, &value) && call_go(&c) &&
           call_end(&c,
                    !xenpt_hvm_param_set(w->machine, &c.caller, of, nr, value, &c.r, &w->problem),
                    said);
}

static bool run_get(struct world *w, const void *args, const char **said)
{
    const struct param_args *a = args;
    uint64_t value = 0;
    struct calling c;
    uint32_t of, nr;

    if (!call_begin(w, a->vcpu, &c) || !call_argument(&c, a->argument) ||
        !domain_or(w, a->of, XENPT_DOMID_SELF, &of) || !number_of(w, &a->which, &nr) ||
        !call_go(&c) ||
        !call_end(&c,
                  !xenpt_hvm_param_get(w->machine, &c.caller, of, nr, &value, &c.r, &w->problem),
                  said))
        return false;
    got_set(w, &a->got, value);
    if (!c.r.error && !w->brief)
        *said = world_text(w, "%s; 0x%" PRIx64, *said, value);
    return true;
}

static void examine_set(struct scope *s, const struct node *node, void *args)
{
    struct param_args *a = args;

    examine_which(s, node, "set-hvm-param", &a->which);
}

static void examine_get(struct scope *s, const struct node *node, void *args)
{
    struct param_args *a = args;

    examine_which(s, node, "get-hvm-param", &a->which);
    got_examine(s, node, &a->got);
}

/* --- What it is ---------------------------------------------------------------------------- */

struct is_args {
    struct check_head head;
    const struct expr *of, *value;
    struct which which;
};

static uint64_t value_of(const struct xenpt_machine *m, uint32_t domain, uint32_t nr)
{
    struct xenpt_hvm_param p;

    for (size_t i = 0; xenpt_machine_hvm_param(m, domain, i, &p); i++)
        if (p.nr == nr)
            return p.value;
    return 0;
}

static enum checked check_param(struct world *w, const void *args, const struct xenpt_context *c,
                                struct finding *ret)
{
    const struct is_args *a = args;
    uint64_t value, have;
    uint32_t of, nr;

    (void)c;
    if (!domain_or(w, a->of, 0, &of) || !number_of(w, &a->which, &nr) ||
        !number_or(w, a->value, 0, &value))
        return CHECK_CANNOT;
    have = value_of(w->machine, of, nr);
    if (ret->tell) {
        ret->expected = world_text(w, "it is 0x%" PRIx64, value);
        ret->found = world_text(w, "it is 0x%" PRIx64, have);
    }
    return have == value ? CHECK_HELD : CHECK_FAILED;
}

static void examine_param(struct scope *s, const struct node *node, void *args)
{
    struct is_args *a = args;

    examine_which(s, node, "hvm-param", &a->which);
}

/* --- The rows ------------------------------------------------------------------------------ */

/* clang-format off */
#define WHICH_ROWS(s)                                                                              \
    { .key = "param", .type = ROW_TEXT, ROW_AT(s, which.name),                                     \
      .text = "Which, as public/hvm/params.h calls it, without HVM_PARAM_: STORE_PFN, IDENT_PT, ALTP2M..." }, \
    { .key = "number", KIND_ROW(kind_number, s, which.number), .text = "...or its number, which may be of none." }

static const struct row set_rows[] = {
    { .key = "set-hvm-param", KIND_ROW(kind_vcpu, param_args, vcpu), .required = true,
      .text = "The vCPU that makes the hypercall, as of grant-map." },
    WHICH_ROWS(param_args),
    { .key = "of", KIND_ROW(kind_domain, param_args, of), .text = "The domain whose it is; the caller without it." },
    { .key = "value", KIND_ROW(kind_number, param_args, value), .required = true, .text = "What it is to be." },
    ARGUMENT_ROW(param_args),
    STEP_ROWS,
};
static const struct row get_rows[] = {
    { .key = "get-hvm-param", KIND_ROW(kind_vcpu, param_args, vcpu), .required = true,
      .text = "The vCPU that makes the hypercall, as of grant-map." },
    WHICH_ROWS(param_args),
    { .key = "of", KIND_ROW(kind_domain, param_args, of), .text = "The domain whose it is; the caller without it." },
    { .key = "got", .type = ROW_TEXT, ROW_AT(param_args, got.name),
      .text = "A name for what it is, as of the step let; 0 if it is refused." },
    ARGUMENT_ROW(param_args),
    STEP_ROWS,
};
static const struct row is_rows[] = {
    { .key = "hvm-param", .type = ROW_TEXT, ROW_AT(is_args, which.name), .required = true,
      .text = "Which, as of set-hvm-param." },
    { .key = "of", KIND_ROW(kind_domain, is_args, of), .required = true, .text = "The domain whose it is." },
    { .key = "value", KIND_ROW(kind_number, is_args, value), .required = true, .text = "What it is; 0 if nobody has set it." },
    CHECK_ROWS,
};

const struct verb verb_set_hvm_param = {
    .record = VERB("set-hvm-param", "A parameter of an HVM or PVH domain is set, by the hypercall hvm_op: where the pages are that it shares with who serves it, and what else "
                   "its builder says of it.", set_rows),
    .example = "{ set-hvm-param: d0.v0, of: d2, param: VM86_TSS, value: 0xfc000 }",
    .size = sizeof(struct param_args), .run = run_set, .examine = examine_set,
};
const struct verb verb_get_hvm_param = {
    .record = VERB("get-hvm-param", "A parameter of an HVM or PVH domain is read.", get_rows),
    .example = "{ get-hvm-param: d2.v0, param: STORE_PFN, got: ring }",
    .size = sizeof(struct param_args), .run = run_get, .examine = examine_get,
};
const struct verb verb_hvm_param = {
    .record = VERB("hvm-param", "What a parameter of an HVM or PVH domain is, whoever asks.", is_rows),
    .example = "{ hvm-param: STORE_PFN, of: d2, value: 0xfeffc }",
    .size = sizeof(struct is_args), .check = check_param, .examine = examine_param,
};
/* clang-format on */
