/* world.c - a scenario while it runs: who is meant, and how the machine looks from there. */
#include "scenario/world.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "xen/internal.h"

bool world_cannot(struct world *w, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(w->problem.text, sizeof(w->problem.text), fmt, ap);
    va_end(ap);
    w->problem.code = XENPT_ESTATE;
    return false;
}

const char *world_text(struct world *w, const char *fmt, ...)
{
    char text[1024];
    va_list ap;
    int n;

    va_start(ap, fmt);
    n = vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    return doc_text(w->out, text, n < (int)sizeof(text) ? (size_t)n : sizeof(text) - 1);
}

const struct xenpt_view *world_view(struct world *w)
{
    if (!w->view && xenpt_machine_view(w->machine, &w->view, &w->problem))
        w->view = NULL;
    return w->view;
}

const char *who_text(const struct world *w, const struct value *v, char buf[WHO_MAX])
{
    static const char *const modes[] = { "user", "kernel", "guest", "xen" };
    const struct who *who = &v->who;
    const char *name = w->scope->domains && who->domain < w->scope->nr_domains
                           ? w->scope->domains[who->domain].name
                           : "?";

    if (v->type == VALUE_CPU || who->kind == WHO_CPU)
        snprintf(buf, WHO_MAX, "cpu%u", (unsigned int)who->cpu);
    else if (v->type == VALUE_DOMAIN)
        snprintf(buf, WHO_MAX, "%s", name);
    else if (who->kind == WHO_P2M)
        snprintf(buf, WHO_MAX, "%s.p2m", name);
    else if (who->kind == WHO_XPTI)
        snprintf(buf, WHO_MAX, "cpu%u.xpti", (unsigned int)who->cpu);
    else if (who->kind == WHO_DEVICE)
        snprintf(buf, WHO_MAX, "quarantine");
    else if (who->kind == WHO_DEVICES)
        snprintf(buf, WHO_MAX, "%s.device", name);
    else if (who->kind == WHO_IDLE)
        snprintf(buf, WHO_MAX, "idle");
    else if (v->type == VALUE_VCPU)
        snprintf(buf, WHO_MAX, "%s.v%u", name, (unsigned int)who->vcpu);
    else
        snprintf(buf, WHO_MAX, "%s.v%u.%s%s", name, (unsigned int)who->vcpu, modes[who->mode],
                 who->user ? "-user" : "");
    return buf;
}

const struct xenpt_context *world_context(struct world *w, const struct value *v)
{
    const struct xenpt_view *view = world_view(w);
    const struct xenpt_context *c;
    char name[WHO_MAX];

    if (!view)
        return NULL;
    c = xenpt_view_context(view, who_text(w, v, name));
    if (!c)
        world_cannot(w, "there is no context %s now", name);
    return c;
}

/* --- Visits -------------------------------------------------------------------------------- */

/* Whether a context is on a CPU's root that holds what it does only while the context runs. */
static bool to_be_entered(const struct world *w, const char *name, struct visited *ret)
{
    const struct xenpt_machine *m = w->machine;
    struct xenpt_cpu_state s;
    struct context_name c;
    const struct cpu *cpu;
    uint32_t i = 0;

    if (!context_name_read(name, &c) || c.mode == XENPT_RUN_XEN)
        return false;
    while (i < m->nr_domains &&
           (strlen(m->domains[i].name) != c.domain || memcmp(m->domains[i].name, name, c.domain)))
        i++;
    if (i == m->nr_domains || c.vcpu >= m->domains[i].nr_vcpus || !m->domains[i].xpti)
        return false;
    cpu = &m->cpus[m->domains[i].vcpus[c.vcpu].cpu];
    *ret = (struct visited){ true, cpu->loaded, m->domains[i].vcpus[c.vcpu].cpu, cpu->domain,
                             cpu->vcpu };
    return !xenpt_machine_cpu(m, m->domains[i].vcpus[c.vcpu].cpu, &s) || s.idle || s.domain != i ||
           s.vcpu != c.vcpu || s.mode != c.mode;
}

const struct xenpt_context *world_enter(struct world *w, const char *name, struct visit *ret)
{
    const struct xenpt_context *c;
    struct visited visited;

    *ret = (struct visit){ .before = NULL };
    if (to_be_entered(w, name, &visited)) {
        w->visited = visited;
        world_changed(w);
        if (xenpt_machine_snapshot_take(w->machine, &ret->before, &w->problem) ||
            xenpt_machine_enter(w->machine, name, &w->problem))
            return NULL;
    }
    c = world_view(w) ? xenpt_view_context(w->view, name) : NULL;
    if (!c && w->view)
        world_cannot(w, "there is no context %s now", name);
    return c;
}

bool world_leave(struct world *w, const struct visit *v)
{
    enum xenpt_code code;

    w->visited.any = false;
    if (!v->before)
        return true;
    world_changed(w);
    code = xenpt_machine_snapshot_restore(v->before, &w->problem);
    xenpt_machine_snapshot_drop(v->before);
    /* Who asks of one context, with an address that another one says, has that context yet. */
    return !code && world_view(w);
}
