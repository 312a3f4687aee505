/* step_domain.c - steps: domains that come and go, vCPUs that wait. */
#include <string.h>

#include "scenario/domain_tables.h"
#include "scenario/sharing.h"
#include "scenario/verbs.h"
#include "xen/internal.h"
#include "xen/own_rules.h"
#include "xenpt/foreign.h"

/* --- Creating ------------------------------------------------------------------------------ */

struct create_args {
    struct step_head head;
    const char *name;
    const struct expr *vcpu; /* It, and no domain. */
    struct raw_domain as;
    size_t index; /* In the machine's list, as all files count that create in the same order. */
};

/* A vCPU of a domain that may have it. */
static bool create_vcpu(struct world *w, const struct create_args *a)
{
    struct value v;

    world_changed(w);
    return expr_eval(w, a->vcpu, &v) &&
           !xenpt_machine_vcpu_create(w->machine, v.who.domain, v.who.vcpu, &w->problem);
}

static bool run_create(struct world *w, const void *args, const char **said)
{
    const struct create_args *a = args;
    struct xenpt_domain_desc desc = a->as.desc;
    uint32_t id;

    *said = NULL;
    if (a->vcpu)
        return create_vcpu(w, a);
    if (w->machine->nr_domains != a->index)
        return world_cannot(w,
                            "%s is number %zu, and there are %zu domains: it was created already, "
                            "or one before it was not",
                            a->name, a->index, w->machine->nr_domains);
    desc.name = a->name;
    desc.built_by_xen = a->as.built_by == BUILDER_XEN;
    world_changed(w);
    return !xenpt_machine_domain_create(w->machine, &desc, &id, &w->problem);
}

static void examine_create(struct scope *s, const struct node *node, void *args)
{
    struct create_args *a = args;
    struct scope_domain *list;
    const char **names;

    if (!node_get(node, "as")) {
        if (!strchr(a->name, '.'))
            mistake(&s->m, &node->at, XENPT_EPARSE,
                    "create: a new domain has `as`, which says what it is, such as { type: pv64, "
                    "memory: 16M }; and a vCPU is such as d1.v2");
        else
            a->vcpu = expr_parse(s, node_get(node, "create"), VALUE_VCPU);
        return;
    }
    list = doc_alloc(s->doc, (s->nr_domains + 1) * sizeof(*list));

    if (!list)
        return;
    if (!scope_name_ok(s, &node_get(node, "create")->at, a->name))
        return;
    for (size_t i = 0; i < s->nr_domains; i++)
        if (!strcmp(s->domains[i].name, a->name))
            mistake(&s->m, &node_get(node, "create")->at, XENPT_EPARSE,
                    "create: there is a domain '%.*s' already, or has been", QUOTE_MAX, a->name);
    if (strlen(a->name) >= XENPT_DOMAIN_MAX)
        mistake(&s->m, &node_get(node, "create")->at, XENPT_ERANGE,
                "create: the name of a domain has %u letters at most", XENPT_DOMAIN_MAX - 1);
    memcpy(list, s->domains, s->nr_domains * sizeof(*list));
    a->as.desc.name = a->name;
    names = doc_alloc(s->doc, (s->nr_domains + 1) * sizeof(*names));
    for (size_t i = 0; names && i < s->nr_domains; i++)
        names[i] = s->domains[i].name;
    if (names)
        target_examine(&s->m, node_get(node, "as"), a->as.target, names, s->nr_domains,
                       &a->as.desc);
    memory_examine(&s->m, NULL, &a->as.desc,
                   (const struct node *const[]){ node_get(node_get(node, "as"), "memory") }, 0);
    a->index = s->nr_domains;
    s->domains = list;
    scope_domain_add(s, &a->as.desc);
    if (!tables_read(s, (uint32_t)a->index, node_get(node, "as"), &a->as.desc))
        mistake(&s->m, NULL, XENPT_ENOMEM, "no memory for tables");
}

/* --- Destroying ---------------------------------------------------------------------------- */

struct who_args {
    struct step_head head;
    const struct expr *who;
};

static bool run_destroy(struct world *w, const void *args, const char **said)
{
    const struct who_args *a = args;
    struct value v;

    *said = NULL;
    if (!expr_eval(w, a->who, &v))
        return false;
    world_changed(w);
    if (v.type == VALUE_VCPU)
        return !xenpt_machine_vcpu_destroy(w->machine, v.who.domain, v.who.vcpu, &w->problem);
    return !xenpt_machine_domain_destroy(w->machine, v.who.domain, &w->problem);
}

/* --- Waiting ------------------------------------------------------------------------------- */

/* Whether a policy refuses it: the step is made then, and its result is that.  False: it cannot be
 * told. */
struct holder {
    struct xenpt_foreign_map first;
    bool any;
};

static bool first_holder(void *ctx, const struct xenpt_foreign_map *map)
{
    struct holder *h = ctx;

    if (!map->resource) {
        h->first = *map;
        h->any = true;
    }
    return !h->any;
}

static bool is_held_back(struct world *w, uint32_t domain, bool *ret, const char **said)
{
    const struct xenpt_pv_rule *rule = own_rule(OWN_UNPAUSE_FOREIGN);
    struct xenpt_foreign_count count = { .memory = 0 };
    struct holder h = { .any = false };

    *ret = false;
    if (!machine_does(w->machine, OWN_UNPAUSE_FOREIGN))
        return true;
    if (xenpt_foreign_maps(w->machine, domain, first_holder, &h, &count, &w->problem))
        return false;
    *ret = h.any;
    answer_is_result(w, h.any ? rule->error : "ok", h.any ? rule : NULL);
    if (h.any && !w->brief)
        *said = world_text(w,
                           "%s, by the rule %s: %llu foreign maps, the first by %s, of mfn 0x%llx",
                           rule->error, rule->name, (unsigned long long)count.memory,
                           w->machine->domains[h.first.by].name, (unsigned long long)h.first.frame);
    return true;
}

static bool wait(struct world *w, const struct who_args *a, bool paused)
{
    struct value v;
    bool done = true;

    if (!expr_eval(w, a->who, &v))
        return false;
    world_changed(w);
    if (v.type == VALUE_VCPU)
        return !xenpt_machine_pause(w->machine, v.who.domain, v.who.vcpu, paused, &w->problem);
    if (v.who.domain >= w->machine->nr_domains || !w->machine->domains[v.who.domain].nr_vcpus)
        return world_cannot(w, "there is no such domain now");
    /* All of them or none: one that is not to be told says so before anything has changed. */
    for (uint32_t i = 0; done && i < w->machine->domains[v.who.domain].nr_vcpus; i++) {
        const struct vcpu *one = &w->machine->domains[v.who.domain].vcpus[i];

        done = one->absent || one->paused != paused ||
               !xenpt_machine_pause(w->machine, v.who.domain, i, paused, &w->problem);
    }
    for (uint32_t i = 0; done && i < w->machine->domains[v.who.domain].nr_vcpus; i++)
        done = w->machine->domains[v.who.domain].vcpus[i].absent ||
               !xenpt_machine_pause(w->machine, v.who.domain, i, paused, &w->problem);
    return done;
}

static bool run_pause(struct world *w, const void *args, const char **said)
{
    *said = NULL;
    return wait(w, args, true);
}

static bool run_unpause(struct world *w, const void *args, const char **said)
{
    const struct who_args *a = args;
    struct value v;
    bool held;

    *said = NULL;
    if (!expr_eval(w, a->who, &v))
        return false;
    if (!domain_there(w->machine, v.who.domain))
        return world_cannot(w, "there is no such domain now");
    return is_held_back(w, v.who.domain, &held, said) && (held || wait(w, args, false));
}

static void examine_wait(struct scope *s, const struct node *node, void *args)
{
    const struct who_args *a = args;
    enum value_type type = expr_type(a->who);

    if (type != VALUE_DOMAIN && type != VALUE_VCPU)
        mistake(&s->m, &node->at, XENPT_EPARSE, "%s, and a vCPU or a domain was expected",
                value_type_words[type]);
}

/* --- The rows ------------------------------------------------------------------------------ */

static bool read_domain(struct doc *doc, const struct row *row, const struct node *node, void *at,
                        struct mistakes *m)
{
    (void)row;
    return read_record(doc, &domain_record, node, at, m);
}

static const struct row_kind kind_domain_desc = {
    .words = "a map, as of a domain of a model",
    .schema = "{\"$ref\":\"#/$defs/domain\"}",
    .read = read_domain,
};

/* clang-format off */
static const struct row create_rows[] = {
    { .key = "create", .type = ROW_TEXT, ROW_AT(create_args, name), .required = true,
      .text = "The name of a domain, which later steps and expectations can name; or a vCPU that was "
              "destroyed, such as d1.v2: it has what Xen makes for one, and is down." },
    { .key = "as", KIND_ROW(kind_domain_desc, create_args, as),
      .text = "What a domain is: type, memory, vcpus and so on." },
    STEP_ROWS,
};
static const struct row destroy_rows[] = {
    { .key = "destroy", KIND_ROW(kind_vcpus, who_args, who), .required = true,
      .text = "A domain: its vCPUs leave their CPUs, and its memory is free. Or a vCPU, such as d1.v2: "
              "what Xen has made for it is gone." },
    STEP_ROWS,
};
static const struct row pause_rows[] = {
    { .key = "pause", KIND_ROW(kind_vcpus, who_args, who), .required = true,
      .text = "A vCPU, or a domain: all of its vCPUs. Its CPU is idle then, and keeps the tables that "
              "it has loaded." },
    STEP_ROWS,
};
static const struct row unpause_rows[] = {
    { .key = "unpause", KIND_ROW(kind_vcpus, who_args, who), .required = true,
      .text = "A vCPU, or a domain. It runs when a step runs it. Where the policy unpause is refuse-while-foreign-mapped, `result` has what came of it: ok, or EBUSY." },
    STEP_ROWS,
};

const struct verb verb_create = {
    .record = VERB("create", "The toolstack creates a domain, or a vCPU.", create_rows),
    .example = "{ create: d5, as: { type: pv64, memory: 16M } }",
    .size = sizeof(struct create_args), .run = run_create, .examine = examine_create,
};
const struct verb verb_destroy = {
    .record = VERB("destroy", "A domain is destroyed, or a vCPU.", destroy_rows),
    .example = "{ destroy: d5 }",
    .size = sizeof(struct who_args), .run = run_destroy, .examine = examine_wait, .switches = true,
};
const struct verb verb_pause = {
    .record = VERB("pause", "A vCPU does not run any more.", pause_rows),
    .example = "{ pause: d1.v0 }",
    .size = sizeof(struct who_args), .run = run_pause, .examine = examine_wait, .switches = true,
    .moves = true,
};
const struct verb verb_unpause = {
    .record = VERB("unpause", "A vCPU may run again.", unpause_rows),
    .example = "{ unpause: d1 }",
    .size = sizeof(struct who_args), .run = run_unpause, .examine = examine_wait,
};
