/* selected.c - who is meant, on the machine as it is now. */
#include <string.h>

#include "scenario/selector.h"
#include "xen/internal.h"

#define KIND(k) (1u << KIND_##k)

/* What a context of a view is; false: it is another one over again, as cpu0 is. */
static bool identify(const struct world *w, const char *name, struct value *ret,
                     unsigned int *kinds)
{
    static const unsigned int of_mode[] = { KIND(USER), KIND(KERNEL), KIND(GUEST), KIND(XEN) };
    const struct xenpt_machine *m = w->machine;
    size_t n = strlen(name);
    struct context_name c;

    *ret = (struct value){ .type = VALUE_CONTEXT };
    if (!strcmp(name, "idle")) {
        ret->who.kind = WHO_IDLE;
        *kinds = KIND(IDLE) | KIND(XEN);
        return true;
    }
    if (!strcmp(name, "quarantine")) {
        ret->who.kind = WHO_DEVICE;
        *kinds = KIND(DEVICE);
        return true;
    }
    if (n > 8 && !strcmp(name + n - 5, ".xpti") && digits_read(name + 3, n - 8, &ret->who.cpu)) {
        ret->who.kind = WHO_XPTI;
        *kinds = KIND(XPTI);
        return true;
    }
    if (context_name_read(name, &c)) {
        ret->who = (struct who){ WHO_VCPU, .vcpu = c.vcpu, .mode = c.mode, .user = c.user };
        *kinds = of_mode[c.mode];
        n = c.domain;
    } else if (n > 4 && !strcmp(name + n - 4, ".p2m")) {
        ret->who.kind = WHO_P2M;
        *kinds = KIND(P2M);
        n -= 4;
    } else if (n > 7 && !strcmp(name + n - 7, ".device")) {
        ret->who.kind = WHO_DEVICES;
        *kinds = KIND(DEVICE);
        n -= 7;
    } else {
        return false;
    }
    for (uint32_t i = 0; i < m->nr_domains; i++) {
        ret->who.domain = i;
        if (strlen(m->domains[i].name) == n && !memcmp(m->domains[i].name, name, n))
            return true;
    }
    return false;
}

static bool same_who(const struct who *a, const struct who *b)
{
    return a->kind == b->kind && a->domain == b->domain && a->vcpu == b->vcpu && a->cpu == b->cpu &&
           a->mode == b->mode && a->user == b->user;
}

/* Whether a context is a domain's. */
static bool is_of_domain(const struct value *v)
{
    return v->who.kind == WHO_VCPU || v->who.kind == WHO_P2M || v->who.kind == WHO_DEVICES;
}

/* Whether one belongs to whom an expression names: a domain, a vCPU, a context. */
static bool belongs(struct world *w, const struct expr *e, const struct value *v)
{
    struct value of;

    if (!expr_eval(w, e, &of))
        return false;
    if (of.type == VALUE_CONTEXT && v->type == VALUE_CONTEXT)
        return same_who(&of.who, &v->who);
    if (v->type == VALUE_CONTEXT && !is_of_domain(v))
        return false;
    if (of.who.domain != v->who.domain)
        return false;
    return of.type == VALUE_DOMAIN ||
           (of.type == VALUE_VCPU && v->type != VALUE_DOMAIN && of.who.vcpu == v->who.vcpu);
}

static bool passes(const struct world *w, const struct filter *f, const struct value *v,
                   unsigned int kinds)
{
    bool domains = v->type != VALUE_CONTEXT || is_of_domain(v);

    if (f->types && (!domains || !(f->types >> w->machine->domains[v->who.domain].desc->type & 1)))
        return false;
    return !f->kinds || v->type != VALUE_CONTEXT || f->kinds & kinds;
}

static bool is_meant(struct world *w, const struct selector *sel, const struct value *v,
                     unsigned int kinds)
{
    bool of = !sel->nr_list;

    if (!passes(w, &sel->filter, v, kinds))
        return false;
    /* Addresses of a guest's physical memory, and a device's, are others than a processor's. */
    if (kinds & (KIND(P2M) | KIND(DEVICE)) & ~sel->filter.kinds)
        return false;
    for (size_t i = 0; i < sel->nr_list && !of; i++)
        of = belongs(w, sel->list[i], v);
    for (size_t i = 0; i < sel->nr_but && of; i++)
        of = sel->but[i].e ? !belongs(w, sel->but[i].e, v)
                           : !passes(w, &sel->but[i].filter, v, kinds);
    return of;
}

typedef bool (*found_fn)(struct world *w, const struct value *v, void *ctx);

static bool each_context(struct world *w, const struct selector *sel, found_fn fn, void *ctx)
{
    for (size_t i = 0; world_view(w) && i < w->view->nr_contexts; i++) {
        unsigned int kinds;
        struct value v;

        if (identify(w, w->view->contexts[i].name, &v, &kinds) && is_meant(w, sel, &v, kinds) &&
            !fn(w, &v, ctx))
            return false;
    }
    return w->view;
}

static bool each_vcpu(struct world *w, const struct selector *sel, found_fn fn, void *ctx)
{
    for (uint32_t d = 0; d < w->machine->nr_domains; d++)
        for (uint32_t i = 0; i < w->machine->domains[d].nr_vcpus; i++) {
            struct value v = { .type = VALUE_VCPU, .who = { WHO_VCPU, .domain = d, .vcpu = i } };

            /* One that has nothing to run on is not meant. */
            if (vcpu_begun(&w->machine->domains[d].vcpus[i]) && is_meant(w, sel, &v, 0) &&
                !fn(w, &v, ctx))
                return false;
        }
    return true;
}

static bool each_domain(struct world *w, const struct selector *sel, found_fn fn, void *ctx)
{
    for (uint32_t d = 0; d < w->machine->nr_domains; d++) {
        struct value v = { .type = VALUE_DOMAIN, .who = { WHO_VCPU, .domain = d } };

        if (is_meant(w, sel, &v, 0) && !fn(w, &v, ctx))
            return false;
    }
    return true;
}

bool selector_each(struct world *w, const struct selector *sel, found_fn fn, void *ctx)
{
    if (sel->quant == QUANT_THESE) {
        for (size_t i = 0; i < sel->nr_list; i++) {
            struct value v;

            if (sel->each[i] ? !selector_each(w, sel->each[i], fn, ctx)
                             : !expr_eval(w, sel->list[i], &v) || !fn(w, &v, ctx))
                return false;
        }
        return true;
    }
    if (sel->type == VALUE_CONTEXT)
        return each_context(w, sel, fn, ctx);
    return sel->type == VALUE_VCPU ? each_vcpu(w, sel, fn, ctx) : each_domain(w, sel, fn, ctx);
}
