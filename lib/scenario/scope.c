/* scope.c - what names mean in a file, as its model has it. */
#include "scenario/expr.h"

bool scope_of_model(struct scope *s, struct doc *doc, const struct xenpt_machine_desc *desc,
                    const struct node *root, xenpt_mistake_fn fn, void *ctx)
{
    size_t nr_names;

    s->m = (struct mistakes){ .fn = fn, .ctx = ctx };
    s->doc = doc;
    s->layout = desc->xen.layout;
    s->cpus = desc->host.cpus ? desc->host.cpus : 1;
    s->names = node_get(root, "names");
    nr_names = s->names && s->names->kind == NODE_MAP ? s->names->nr : 0;
    s->states = doc_alloc(doc, (nr_names + 1) * sizeof(*s->states));
    s->domains = doc_alloc(doc, (desc->nr_domains + 1) * sizeof(*s->domains));
    if (!s->states || !s->domains)
        return false;
    for (size_t i = 0; i < desc->nr_domains; i++)
        scope_domain_add(s, &desc->domains[i]);
    return true;
}

void scope_domain_add(struct scope *s, const struct xenpt_domain_desc *desc)
{
    s->domains[s->nr_domains++] = (struct scope_domain){
        .name = desc->name,
        .type = desc->type,
        .vcpus = desc->max_vcpus ? desc->max_vcpus
                 : desc->vcpus   ? desc->vcpus
                                 : 1,
        .given = desc->given,
        .nr_given = desc->nr_given,
    };
}
