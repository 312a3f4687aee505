/* model.c - from a YAML file to a description, and from that to a machine that runs. */
#include "xenpt/model.h"

#include <stdlib.h>
#include <string.h>

#include "scenario/cells.h"
#include "scenario/domain_tables.h"
#include "scenario/hypercall.h"
#include "xen/words.h"

/* --- Domains ------------------------------------------------------------------------------- */

void target_examine(struct mistakes *m, const struct node *domain, const char *target,
                    const char *const names[], size_t nr, struct xenpt_domain_desc *desc)
{
    for (size_t i = 0; target && i < nr; i++)
        if (!strcmp(names[i], target)) {
            desc->has_target = true;
            desc->target = (uint32_t)i;
        }
    if (target && !desc->has_target)
        mistake(m, &node_get(domain, "target")->at, XENPT_EPARSE,
                "target: '%.*s' is no domain that is there before this one", QUOTE_MAX, target);
}

static bool domains(struct model_reading *r)
{
    struct xenpt_domain_desc *list = doc_alloc(r->doc, (r->raw.nr_domains + 1) * sizeof(*list));
    const struct node **memory = doc_alloc(r->doc, (r->raw.nr_domains + 1) * sizeof(*memory));
    const char **names = doc_alloc(r->doc, (r->raw.nr_domains + 1) * sizeof(*names));
    const struct xenpt_host_desc *host = r->m->nr ? NULL : &r->desc.host;

    if (!list || !memory || !names)
        return false;
    for (size_t i = 0; i < r->raw.nr_domains; i++) {
        const struct raw_domain *raw = &r->raw.domains[i];

        list[i] = raw->desc;
        list[i].built_by_xen = raw->built_by == BUILDER_XEN ||
                               (raw->built_by == BUILDER_USUAL && !i && raw->desc.privileged);
        if (strlen(list[i].name) >= XENPT_DOMAIN_MAX)
            mistake(r->m, &raw->given.at, XENPT_ERANGE,
                    "the name of a domain has %u letters at "
                    "most",
                    XENPT_DOMAIN_MAX - 1);
        if (raw->desc.max_vcpus && raw->desc.max_vcpus < (raw->desc.vcpus ? raw->desc.vcpus : 1))
            mistake(r->m, &node_get(raw->given.node, "max-vcpus")->at, XENPT_ERANGE,
                    "max-vcpus: %s has %u vCPUs, and may have %u", list[i].name,
                    (unsigned int)(raw->desc.vcpus ? raw->desc.vcpus : 1),
                    (unsigned int)raw->desc.max_vcpus);
        if (raw->desc.vcpus > 1u << 16)
            mistake(r->m, &raw->given.at, XENPT_ERANGE, "%s: %u vCPUs are too many", list[i].name,
                    (unsigned int)raw->desc.vcpus);
        memory[i] = node_get(raw->given.node, "memory");
        memory_examine(r->m, host, list, memory, i);
        target_examine(r->m, raw->given.node, raw->target, names, i, &list[i]);
        names[i] = list[i].name;
    }
    r->desc.domains = list;
    r->desc.nr_domains = r->raw.nr_domains;
    return true;
}

/* Those of Xen's own tables decide what a machine is built like. */
static bool rules(struct model_reading *r, struct scope *s)
{
    struct xenpt_rules_wanted *wanted = doc_alloc(r->doc, sizeof(*wanted));

    r->desc.xen.rules = wanted;
    if (!wanted || !rules_read(s, node_get(r->root, "rules"), wanted))
        return false;
    if (r->raw.unpause != UNPAUSE_REFUSE)
        return true;
    if (wanted->nr == XENPT_RULES_SWITCHED_MAX)
        mistake(&s->m, &r->root->at, XENPT_ERANGE, "policy: more than %d rules are switched",
                XENPT_RULES_SWITCHED_MAX);
    else
        wanted->switched[wanted->nr++].name = "unpause-foreign";
    wanted->switched[wanted->nr - 1].on = true;
    return true;
}

/* What they have from the beginning, by names and expressions of the whole file. */
static bool tables(struct model_reading *r)
{
    struct scope *s = doc_alloc(r->doc, sizeof(*s));
    bool ok = s && scope_of_model(s, r->doc, &r->desc, r->root, r->m->fn, r->m->ctx);
    struct xenpt_domain_desc *list = (struct xenpt_domain_desc *)r->desc.domains;

    ok = ok && rules(r, s);
    for (uint32_t i = 0; ok && i < r->raw.nr_domains; i++)
        ok = tables_read(s, i, r->raw.domains[i].given.node, &list[i]);
    if (ok && s->m.nr && !r->m->nr)
        r->m->first = s->m.first;
    if (ok)
        r->m->nr += s->m.nr;
    return ok;
}

/* --- What runs ----------------------------------------------------------------------------- */

/* "d1.v0.kernel" */
static bool context_of(const struct model_reading *r, const char *text, struct running *ret)
{
    struct context_name name;

    if (!context_name_read(text, &name))
        return false;
    ret->vcpu = name.vcpu;
    ret->mode = name.mode;
    ret->user = name.user;
    for (uint32_t i = 0; i < r->desc.nr_domains; i++) {
        ret->domain = i;
        if (strlen(r->desc.domains[i].name) == name.domain &&
            !memcmp(r->desc.domains[i].name, text, name.domain))
            return true;
    }
    return false;
}

static bool cpu_of(const char *text, uint32_t *ret)
{
    return !strncmp(text, "cpu", 3) && digits_read(text + 3, strlen(text + 3), ret);
}

static bool running(struct model_reading *r, struct xenpt_model *model)
{
    const struct node *map = node_get(r->root, "running");
    char words[NODE_WORDS_MAX];

    if (!map || map->kind == NODE_NULL)
        return true;
    if (map->kind != NODE_MAP) {
        mistake(r->m, &map->at, XENPT_EPARSE, "running: %s, and a map of CPUs was expected",
                node_words(map, words));
        return true;
    }
    model->running = doc_alloc(r->doc, (map->nr + 1) * sizeof(*model->running));
    if (!model->running)
        return false;
    for (size_t i = 0; i < map->nr; i++) {
        struct running *one = &model->running[model->nr_running++];

        if (!cpu_of(map->keys[i]->text, &one->cpu))
            mistake(r->m, &map->keys[i]->at, XENPT_EPARSE, "running: %s is no CPU, such as cpu0",
                    node_words(map->keys[i], words));
        if (!context_of(r, map->items[i]->text, one))
            mistake(r->m, &map->items[i]->at, XENPT_EPARSE,
                    "running: %s is nothing that a CPU executes, such as %s.v0.%s",
                    node_words(map->items[i], words),
                    r->desc.nr_domains ? r->desc.domains[0].name : "d0",
                    r->desc.nr_domains && r->desc.domains[0].type > XENPT_DOMAIN_PV32 ? "guest"
                                                                                      : "kernel");
    }
    return true;
}

/* --- All of it ----------------------------------------------------------------------------- */

bool model_fill(struct xenpt_model *model, const struct node *root, struct layouts *layouts,
                struct mistakes *m)
{
    struct model_reading r = { .doc = model->doc, .m = m, .root = root, .layouts = layouts };
    bool memory = read_record(r.doc, &model_record, root, &r.raw, m);

    model->borrowed = layouts;
    if (root->kind == NODE_MAP)
        memory = memory && host_parts(&r) && xen_parts(&r) && domains(&r) && tables(&r) &&
                 running(&r, model);
    model->desc = r.desc;
    return memory;
}

const struct node *model_blamed(const struct node *root, const char *text)
{
    const struct node *domains = node_get(root, "domains"), *host = node_get(root, "host");

    for (size_t i = 0; domains && domains->kind == NODE_MAP && i < domains->nr; i++) {
        size_t n = strlen(domains->keys[i]->text);

        if (!strncmp(text, domains->keys[i]->text, n) && !strncmp(text + n, ": ", 2))
            return domains->keys[i];
    }
    return host ? host : root;
}

/* A scenario is a model, with what its parameters are in the first combination. */
static bool fill_first(struct xenpt_model *model, const char *file, const char *bytes, size_t n,
                       struct mistakes *m)
{
    const struct node *root = source_read(model->doc, file, bytes, n, m);
    struct cells cells;

    if (root && root->kind == NODE_MAP) {
        if (!cells_read(model->doc, root, NULL, 0, m, &cells))
            return false;
        root = cell_root(model->doc, &cells, 0, m);
        if (!root)
            return m->nr;
    }
    return !root || model_fill(model, root, NULL, m);
}

static enum xenpt_code read_model(const char *file, const char *bytes, size_t n,
                                  xenpt_mistake_fn fn, void *ctx, struct xenpt_model **ret,
                                  struct xenpt_error *err)
{
    struct mistakes m = { .fn = fn, .ctx = ctx };
    struct xenpt_model *model = calloc(1, sizeof(*model));
    enum xenpt_code code;

    if (!model)
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for a model");
    code = doc_create(&model->doc, err);
    if (!code)
        code = fill_first(model, file, bytes, n, &m)
                   ? mistakes_end(&m, err)
                   : xenpt_fail(err, XENPT_ENOMEM, "no memory for a model");
    if (code) {
        xenpt_model_close(model);
        return code;
    }
    *ret = model;
    return XENPT_OK;
}

enum xenpt_code xenpt_model_read(const char *path, xenpt_mistake_fn fn, void *ctx,
                                 struct xenpt_model **ret, struct xenpt_error *err)
{
    return read_model(path, NULL, 0, fn, ctx, ret, err);
}

enum xenpt_code xenpt_model_parse(const char *file, const char *bytes, size_t n,
                                  xenpt_mistake_fn fn, void *ctx, struct xenpt_model **ret,
                                  struct xenpt_error *err)
{
    return read_model(file, bytes, n, fn, ctx, ret, err);
}

void xenpt_model_close(struct xenpt_model *model)
{
    if (!model)
        return;
    if (!model->borrowed)
        xenpt_layout_close((struct xenpt_layout *)model->desc.xen.layout);
    doc_destroy(model->doc);
    free(model);
}

const struct xenpt_machine_desc *xenpt_model_desc(const struct xenpt_model *model)
{
    return &model->desc;
}

enum xenpt_code xenpt_model_build(const struct xenpt_model *model, struct xenpt_machine **ret,
                                  struct xenpt_error *err)
{
    struct xenpt_machine *m;
    enum xenpt_code code = xenpt_machine_create(&model->desc, &m, err);

    if (code)
        return code;
    for (size_t i = 0; !code && i < model->nr_running; i++) {
        const struct running *r = &model->running[i];

        if (r->mode == XENPT_RUN_XEN && r->user)
            code = xenpt_machine_run(m, r->domain, r->vcpu, r->cpu, XENPT_RUN_USER, err);
        if (!code)
            code = xenpt_machine_run(m, r->domain, r->vcpu, r->cpu, r->mode, err);
    }
    if (code) {
        xenpt_machine_destroy(m);
        return xenpt_prefix(err, code, "running");
    }
    *ret = m;
    return XENPT_OK;
}
